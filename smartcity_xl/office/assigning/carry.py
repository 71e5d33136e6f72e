"""What an assignment says of another system, of another edition, in another city or round: what carries over, and what
is new or changed and left to be shared out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from smartcity_xl.catalog.diff import diff_definitions, match_figures
from smartcity_xl.catalog.terms import departments_in
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog, Figure
from smartcity_xl.office.assigning.form import is_asked, unit_words

NOBODY = "—"


class Precedent(Struct, frozen=True):
    """An assignment to begin from. ``named``: figure -> the departments it names, the lead first; a figure that it
    leaves to the office has none. ``printed``: figure -> label and unit as its workbook has them. ``catalog`` is its
    system, None where that edition is not known here: then the assignment has no duties of indicators. ``own``: whether
    an office made it for itself."""

    assignment: Assignment
    named: Mapping[str, tuple[str, ...]]
    printed: Mapping[str, tuple[str, str]]
    catalog: Catalog | None
    own: bool = True


class FigureChange(Struct, frozen=True):
    """What is not as it was: ``field`` says what of the figure, by the name the catalogs' comparison has for it."""

    field: str
    before: str
    after: str


class Carried(Struct, frozen=True):
    """What a source says of a system. ``assignment`` is the source as the new city has it; ``settings`` what is known
    of the new round, by the keys of the sheet.

    ``named``: figure -> departments, of the figures that are what they were; ``before``: the same of those that are
    not, for comparison. ``new`` and ``changed`` are what is left to share out; ``gone``: label of every figure that is
    asked no more. ``same``: the source is of this very system.
    """

    source: Precedent
    assignment: Assignment
    named: Mapping[str, tuple[str, ...]]
    before: Mapping[str, tuple[str, ...]]
    new: tuple[str, ...]
    changed: Mapping[str, tuple[FigureChange, ...]]
    gone: tuple[str, ...]
    same: bool
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def open(self) -> tuple[str, ...]:
        """The figures that are left to share out."""
        return (*self.new, *self.changed)

    @property
    def settled(self) -> int:
        """How many figures are as they were, those among them that are left to the office."""
        return len(self.named)

    @property
    def to_office(self) -> int:
        """How many of them the source names nobody for."""
        return len([key for key, departments in self.named.items() if not departments])

    @property
    def whose(self) -> str:
        """The source in words: its city and round, and the id of a built-in one."""
        one = self.assignment
        named = (one.city, one.round, "" if self.source.own else f"[{one.id}]")
        return " ".join(filter(None, named)) or NOBODY


def source_of(catalog: Catalog, assignment: Assignment) -> Precedent:
    """A built-in assignment to begin from: a figure is left to the office where the text names nobody for it."""
    named = {
        key: departments
        for key, departments in assignment.asked.items()
        if departments != (assignment.office,) or any(code in assignment.duties for code in catalog.used_by[key])
    }
    printed = {key: (figure.label, unit_words(figure)) for key, figure in catalog.figures.items()}
    return Precedent(assignment, named, printed, catalog, own=False)


def carry_over(source: Precedent, catalog: Catalog, city: str = "") -> Carried:
    """What a source says of a system in a city ("": nobody says which, and it is not the source's)."""
    before: dict[str, tuple[str, ...]] = {}
    new, changed, used = [], {}, set()
    for old, figure in _pairs(source, catalog):
        if not is_asked(figure):
            used.add(old)
        elif not old:
            new.append(figure.key)
        else:
            used.add(old)
            before[figure.key] = source.named.get(old, ())
            if changes := tuple(_changes(source, old, figure)):
                changed[figure.key] = changes
    was = source.catalog
    asked_before = (key for key in source.printed if was is None or is_asked(was.figures[key]))
    home = source.assignment
    return Carried(
        source=source,
        assignment=replace(home, departments=departments_in(home, city)),
        named={key: departments for key, departments in before.items() if key not in changed},
        before=before,
        new=tuple(new),
        changed=changed,
        gone=tuple(source.printed[key][0] for key in asked_before if key not in used),
        same=was is not None and (was.id, was.version) == (catalog.id, catalog.version),
    )


def _pairs(source: Precedent, catalog: Catalog) -> Iterator[tuple[str, Figure]]:
    """The key that each figure had, "" where it is new: by its key, else by its wording."""
    if source.catalog is not None:
        yield from ((old.key if old else "", new) for old, new in match_figures(source.catalog, catalog) if new)
        return
    left = {printed: key for key, printed in source.printed.items() if key not in catalog.figures}
    for figure in catalog.figures.values():
        same = left.get((figure.label, unit_words(figure)), "")
        yield figure.key if figure.key in source.printed else same, figure


def _changes(source: Precedent, old: str, figure: Figure) -> Iterator[FigureChange]:
    if source.catalog is not None:
        for one in diff_definitions(source.catalog.figures[old], figure):
            yield FigureChange(one.field or "title", one.before, one.after)
        return
    for name, was, now in zip(("title", "unit"), source.printed[old], (figure.label, unit_words(figure)), strict=True):
        if was != now:
            yield FigureChange(name, was, now)


def keep_round(carried: Carried) -> Carried:
    """The same with all that its own round says of itself: an export, to be edited."""
    return replace(carried, settings=_own_settings(carried.source))


def begin_round(carried: Carried, city: str, **said: str) -> Carried:
    """The same for another round: what holds in the same city, and what is ``said`` of the new round; the rest stays
    open, lest a day that has passed or another's document come along."""
    own = _own_settings(carried.source)
    kept = {"recipients": own["recipients"]} if city == carried.source.assignment.city else {}
    office = carried.assignment.name(carried.assignment.office)
    return replace(carried, settings={**kept, "office": office, "city": city, **said})


def _own_settings(source: Precedent) -> dict[str, str]:
    one = source.assignment
    title = "" if one.title == label("assign.own_title", city=one.city, round=one.round) else one.title
    document = "" if source.catalog and one.document == source.catalog.title else one.document
    return {
        "city": one.city, "round": one.round, "deadline": one.deadline, "contacts_deadline": one.contacts_deadline,
        "recipients": label("word.separator").join(one.recipients), "office": one.name(one.office), "title": title,
        "document": document,
    }  # fmt: skip
