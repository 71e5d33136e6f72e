"""Who is asked for what, and who sees an indicator whole."""

from __future__ import annotations

from smartcity_xl.model import Assignment, Catalog, Figure, Indicator, Merge


def indicators_for(catalog: Catalog, assignment: Assignment, department: str) -> tuple[Indicator, ...]:
    """The indicators that a department answers in full or in part."""
    read_by = catalog.used_by
    codes = {code for key in assignment.figures_for(department) for code in read_by.get(key, ())}
    return tuple(
        i for i in catalog.indicators if i.code in codes and is_drawn_in(catalog, assignment, department, i.code)
    )


def is_drawn_in(catalog: Catalog, assignment: Assignment, department: str, code: str) -> bool:
    """Whether an indicator is a department's business as soon as it answers a figure that the indicator reads. Not
    where the text names no department for it, and this one is only asked for the figure on behalf of another (E74)."""
    if code not in assignment.unassigned or department in (assignment.office, *assignment.duties.get(code, ())):
        return True
    answered = [f for f in catalog.figures_of[code] if department in assignment.asked[f.key]]
    return not answered or not all(
        any(department in assignment.duties.get(other, ()) for other in catalog.used_by[figure.key])
        for figure in answered
    )


def indicators_of_figure(catalog: Catalog, assignment: Assignment, department: str, figure: str) -> tuple[str, ...]:
    """The indicators for which a department is asked for a figure; "" for what no department says: all that read it."""
    codes = catalog.used_by.get(figure, ())
    return tuple(code for code in codes if not department or is_drawn_in(catalog, assignment, department, code))


def sees_all(catalog: Catalog, assignment: Assignment, department: str, indicator: Indicator) -> bool:
    """Whether the department's own answers settle the indicator: it gives every figure, and merging changes none."""
    return all(
        _counts(figure, assignment.asked[figure.key], department) for figure in catalog.figures_of[indicator.code]
    )


def _counts(figure: Figure, asked: tuple[str, ...], department: str) -> bool:
    """Whether what the department answers is what counts, whoever else answers."""
    if figure.merge is Merge.LEAD:
        return asked[0] == department
    return department in asked and (figure.merge is Merge.AGREE or len(asked) == 1)


def is_required(assignment: Assignment, figure: Figure, department: str) -> bool:
    """Whether a blank is a gap. A shared checklist, and what the lead decides, only the lead department must answer."""
    if figure.fixed is not None:
        return False
    return figure.merge not in (Merge.ANY, Merge.LEAD) or assignment.asked[figure.key][0] == department
