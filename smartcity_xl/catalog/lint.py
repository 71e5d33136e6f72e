"""Proof that a catalog is whole: weights close, every name is known, every figure is used and answered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction

from msgspec.structs import replace

from smartcity_xl.catalog.dates import bare_years, date_words, odd_words, texts_of
from smartcity_xl.catalog.entry import Fault, FaultPlace, fault_at
from smartcity_xl.catalog.load import catalog_ids, load_catalog
from smartcity_xl.errors import CatalogFault
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog, Figure, Indicator, Kind, Merge, Option, Role, Scheme, Slot
from smartcity_xl.model.periods import is_date
from smartcity_xl.rules.formula import constant, percent
from smartcity_xl.rules.syntax import KEYWORDS
from smartcity_xl.rules.tree import Count, Mean, Node, Pick, Points, Reference, Rule, names_used, walk
from smartcity_xl.units import is_known, read_unit

_LABEL_LIMIT = 60
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_DEPARTMENT_KEY = re.compile(r"[a-z][a-z0-9-]*")
_GUIDANCE_LIMIT = 120
_LIST_LIMIT = 255
"""Characters of all entries of a drop-down list together, with the commas between them."""


def lint_catalog(catalog: Catalog) -> tuple[Fault, ...]:
    """Every fault of substance of an indicator system, in the order of the file."""
    from smartcity_xl.catalog.lint_texts import lint_texts  # not at the top: a system that is shipped is proven

    return (
        *_lint_weights(catalog),
        *_lint_figures(catalog),
        *(fault for indicator in catalog.indicators for fault in _lint_rule(catalog, indicator)),
        *_lint_use(catalog),
        *lint_texts(catalog),
        *_lint_dates(catalog),
    )


def load_whole_catalog(reference: str) -> Catalog:
    """A catalog that may be worked with: as ``load_catalog``, and an office's own is linted. Raises CatalogFault."""
    catalog = load_catalog(reference)
    if reference not in catalog_ids() and (faults := lint_catalog(catalog)):
        raise CatalogFault(reference, faults)
    return catalog


def lint_assignment(catalog: Catalog, assignment: Assignment) -> tuple[Fault, ...]:
    """Every fault of substance of an assignment for its catalog."""
    return tuple(_lint_duties(catalog, assignment))


def _closes(where: FaultPlace, weights: Iterable[Fraction], expected: Fraction) -> Iterator[Fault]:
    total = sum(weights, Fraction(0))
    if total != expected:
        yield fault_at(where, "weights-open", found=percent(total), expected=percent(expected))


def _lint_weights(catalog: Catalog) -> Iterator[Fault]:
    weighted = (
        ("dimensions", catalog.dimensions),
        ("categories", catalog.categories),
        ("indicators", catalog.indicators),
    )
    for name, entries in weighted:
        for entry in entries:
            if entry.weight < 0:
                yield fault_at((name, entry.code, "weight"), "weight-negative", found=percent(entry.weight))
    dimensions = {dimension.code for dimension in catalog.dimensions}
    categories = {category.code for category in catalog.categories}
    for category in catalog.categories:
        if category.dimension not in dimensions:
            yield fault_at(("categories", category.code, "dimension"), "name-unknown", found=category.dimension)
        if not any(True for _ in catalog.indicators_of(category)):
            yield fault_at(("categories", category.code), "category-empty")
    for indicator in catalog.indicators:
        if indicator.category not in categories:
            yield fault_at(("indicators", indicator.code, "category"), "name-unknown", found=indicator.category)
    if catalog.survey_dimension and catalog.survey_dimension not in dimensions:
        yield fault_at(("survey_dimension",), "name-unknown", found=catalog.survey_dimension)
    yield from _lint_stars(catalog) if catalog.scheme is Scheme.STARS else _lint_sums(catalog)


def _lint_sums(catalog: Catalog) -> Iterator[Fault]:
    """Weights that must close; what is kept apart closes by itself, once there is anything in it."""
    yield from _closes(("dimensions",), (d.weight for d in catalog.dimensions if not d.apart), Fraction(1))
    for dimension in catalog.dimensions:
        inside = tuple(catalog.categories_of(dimension))
        if inside or not dimension.apart:
            yield from _closes(("dimensions", dimension.code), (c.weight for c in inside), dimension.weight)
        if dimension.most_categories and len(inside) > dimension.most_categories:
            where = ("dimensions", dimension.code, "most_categories")
            yield fault_at(where, "too-many", found=len(inside), expected=dimension.most_categories)
        for category in inside:
            number, most = sum(1 for _ in catalog.indicators_of(category)), dimension.most_indicators
            if most and number > most:
                yield fault_at(("categories", category.code), "too-many", found=number, expected=most)
    for category in catalog.categories:
        indicators = tuple(catalog.indicators_of(category))
        if any(indicator.deducts for indicator in indicators):
            if not all(indicator.deducts for indicator in indicators) or category.weight:
                yield fault_at(("categories", category.code), "deduction-mixed")
        elif indicators and not category.weights_open:  # where the text itself does not close, the catalog says so
            scored = (indicator.weight for indicator in indicators if indicator.role is Role.SCORED)
            yield from _closes(("categories", category.code), scored, Fraction(1))


def _lint_stars(catalog: Catalog) -> Iterator[Fault]:
    """A star system's own: a level for every indicator scored, and points that fit the levels."""
    if not 1 <= catalog.target <= 5:
        yield fault_at(("target",), "target-range", found=catalog.target)
    graded = catalog.graded
    for indicator in catalog.indicators:
        where = ("indicators", indicator.code)
        if indicator.role is not Role.SCORED:
            continue
        if not indicator.starred:
            yield fault_at((*where, "rule"), "not-stars")
            continue
        levels = [level for level, _ in indicator.levels]
        if unknown := sorted(indicator.points.keys() - set(levels)):
            yield fault_at((*where, f"points_{unknown[0]}"), "points-level", found=unknown[0])
        if graded and not indicator.points:
            yield fault_at((*where, f"points_{levels[0]}"), "field-missing")
        earned = [indicator.points.get(level, Fraction(0)) for level in levels]
        if earned != sorted(earned, reverse=True) or any(points < 0 for points in earned):
            yield fault_at((*where, f"points_{levels[0]}"), "points-fall")


def _lint_figures(catalog: Catalog) -> Iterator[Fault]:
    for figure in catalog.figures.values():
        where = ("figures", figure.key)
        for at, key in _keys(figure):
            if not _KEY.fullmatch(key) or key in KEYWORDS:
                yield fault_at(where, "key-form", at, found=key)
        if len(figure.label) > _LABEL_LIMIT or len(figure.guidance) > _GUIDANCE_LIMIT:
            at_field = ("label" if len(figure.label) > _LABEL_LIMIT else "guidance",)
            yield fault_at(where, "text-long", at_field, label=_LABEL_LIMIT, guidance=_GUIDANCE_LIMIT)
        for field in ("part_of", "same_as"):
            yield from _lint_relation(catalog, figure, field)
        expected: dict[Kind, tuple[str, tuple[Option, ...] | tuple[Slot, ...]]] = {
            Kind.CHECKLIST: ("items", figure.items), Kind.CHOICE: ("options", figure.options),
            Kind.TABLE: ("columns", figure.columns),
        }  # fmt: skip
        for kind, (field, entries) in expected.items():
            if (figure.kind is kind) != bool(entries):
                yield fault_at((*where, field), "members", kind=figure.kind.value, found=len(entries))
            for key, times in Counter(entry.key for entry in entries).items():
                if times > 1:
                    yield fault_at((*where, field), "duplicate", (key,), found=key)
        if not _fit_a_list([option.label for option in figure.options]):
            yield fault_at((*where, "options"), "options-list", most=_LIST_LIMIT)
        if figure.kind is Kind.TABLE and (figure.rows < 1 or not figure.row_label):
            yield fault_at(where, "table-size")
        numeric = figure.kind not in (Kind.YESNO, Kind.CHOICE, Kind.CHECKLIST, Kind.TABLE)
        ticks = figure.kind in (Kind.YESNO, Kind.CHECKLIST)
        of_numbers = figure.merge in (Merge.SUM, Merge.LARGEST)
        if (of_numbers and not numeric) or (figure.merge is Merge.ANY and not ticks):
            yield fault_at((*where, "merge"), "merge-kind", found=figure.merge.value, kind=figure.kind.value)
        columns = {column.key for column in figure.columns}
        for column in figure.columns:
            if column.part_of and column.part_of not in columns - {column.key}:
                yield fault_at((*where, "columns", column.key, "part_of"), "name-unknown", found=column.part_of)
        if numeric and not figure.unit:
            yield fault_at((*where, "unit"), "field-missing")
        yield from _lint_units(where, figure)
        for column in figure.columns:
            yield from _lint_units((*where, "columns", column.key), column)
        for slot in (*figure.slots, *figure.columns):
            outside = slot.fixed is not None and not slot.minimum <= slot.fixed <= slot.maximum
            if slot.minimum >= slot.maximum or outside:
                at_column: tuple[str, ...] = ("columns", slot.key) if slot in figure.columns else ()
                yield fault_at(
                    where, "range", at_column, minimum=constant(slot.minimum), maximum=constant(slot.maximum)
                )


def _fit_a_list(options: list[str]) -> bool:
    """Whether a drop-down list has room for options and “not applicable”: it is one text within quotes, with commas
    between its entries, and Excel counts rare signs twice."""
    listed = ",".join((*options, label("word.not_applicable")))
    return (
        '"' not in listed and listed.count(",") == len(options) and len(listed.encode("utf-16-le")) <= 2 * _LIST_LIMIT
    )


def _lint_units(where: FaultPlace, figure: Figure | Slot) -> Iterator[Fault]:
    """The unit of a figure or a column, and those that may be chosen instead of it."""
    unit, listed = figure.unit, figure.units
    if listed and not unit:
        yield fault_at((*where, "units"), "units-idle", kind=figure.kind.value)
        return
    if unit and not is_known(unit) and listed != (unit,):
        yield fault_at((*where, "unit"), "unit-unknown", found=unit)
    for number, other in enumerate(listed):
        if other != unit and read_unit(other, unit) != other:
            yield fault_at((*where, "units"), "unit-foreign", (number,), found=other, expected=unit)
    for other, times in Counter(listed).items():
        if times > 1:
            yield fault_at((*where, "units"), "duplicate", found=other)
    if listed and unit not in listed:
        yield fault_at((*where, "units"), "units-lack", expected=unit)


def _keys(figure: Figure) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The keys of a figure and of its members, each with its place below the figure."""
    yield (), figure.key
    for name, options in (("items", figure.items), ("options", figure.options)):
        yield from (((name, number, "key"), option.key) for number, option in enumerate(options))
    yield from ((("columns", number, "key"), column.key) for number, column in enumerate(figure.columns))


def _lint_relation(catalog: Catalog, figure: Figure, field: str) -> Iterator[Fault]:
    other = catalog.figures.get(getattr(figure, field))
    if not getattr(figure, field):
        return
    if other is None or other is figure:
        yield fault_at(("figures", figure.key, field), "name-unknown", found=getattr(figure, field))
    elif other.unit != figure.unit:
        yield fault_at(("figures", figure.key, field), "units-differ", found=figure.unit, expected=other.unit)


def _lint_rule(catalog: Catalog, indicator: Indicator) -> Iterator[Fault]:
    where = ("indicators", indicator.code)
    yield from _lint_names(catalog, (*where, "rule"), indicator.rule)
    figures = {name.partition(".")[0] for name in names_used(indicator.rule)}
    for number, query in enumerate(indicator.queries):
        for fault in _lint_names(catalog, (*where, "queries"), query.when):
            yield replace(fault, path=(*fault.path, number, "when"))
        for name in names_used(query.when):
            if name.partition(".")[0] in catalog.figures.keys() - figures:
                yield fault_at((*where, "queries"), "query-foreign", (number, "when"), found=name)
    read = {node.name for node in walk(indicator.rule) if isinstance(node, Reference)}
    for name, _ in indicator.rule.parts:
        if name in catalog.figures:
            yield fault_at((*where, "rule"), "part-shadows", found=name)
        if name not in read:
            yield fault_at((*where, "rule"), "part-unused", found=name)


def _lint_names(catalog: Catalog, where: FaultPlace, rule: Rule | Node) -> Iterator[Fault]:
    parts = {name for name, _ in rule.parts} if isinstance(rule, Rule) else set()
    of_rows = {id(inner) for node in walk(rule) if isinstance(node, Mean) for inner in walk(node.expression)}
    for node in walk(rule):
        if id(node) in of_rows:
            continue  # seen from its mean
        match node:
            case Reference(name) if name not in parts:
                yield from _lint_reference(catalog, where, name)
            case Points(name, pairs):
                yield from _lint_members(catalog, where, name, Kind.CHECKLIST, [item for item, _ in pairs])
            case Pick(name, pairs):
                yield from _lint_members(catalog, where, name, Kind.CHOICE, [option for option, _ in pairs])
            case Count(name):
                yield from _lint_members(catalog, where, name, Kind.CHECKLIST, None)
            case Mean(name, expression):
                yield from _lint_members(catalog, where, name, Kind.TABLE, None)
                yield from _lint_row_expression(catalog, where, name, expression)


def _lint_row_expression(catalog: Catalog, where: FaultPlace, table: str, expression: Node) -> Iterator[Fault]:
    """A mean's expression is about one row: it may read that table's columns, and nothing else."""
    columns = catalog.figures[table].columns if table in catalog.figures else ()
    known = {f"{table}.{column.key}" for column in columns}
    for node in walk(expression):
        if isinstance(node, Reference) and node.name not in known:
            yield fault_at(where, "column-foreign", found=node.name, table=table)


def _lint_reference(catalog: Catalog, where: FaultPlace, name: str) -> Iterator[Fault]:
    figure = catalog.figures.get(name.partition(".")[0])
    if figure is None:
        yield fault_at(where, "name-unknown", found=name)
    elif figure.kind is Kind.TABLE:
        yield fault_at(where, "column-outside", found=name)
    elif name not in {slot.key for slot in figure.slots} or figure.kind is Kind.CHOICE:
        yield fault_at(where, "not-a-number", found=name, kind=figure.kind.value)


def _lint_members(
    catalog: Catalog, where: FaultPlace, name: str, kind: Kind, named: list[str] | None
) -> Iterator[Fault]:
    figure = catalog.figures.get(name)
    if figure is None:
        yield fault_at(where, "name-unknown", found=name)
    elif figure.kind is not kind:
        yield fault_at(where, "kind-wrong", found=name, kind=figure.kind.value, expected=kind.value)
    elif named is not None and named != (known := [option.key for option in (*figure.items, *figure.options)]):
        yield fault_at(where, "members-named", found=", ".join(named), expected=", ".join(known))


def _lint_use(catalog: Catalog) -> Iterator[Fault]:
    for key, users in catalog.used_by.items():
        if not users:
            yield fault_at(("figures", key), "figure-unused")


def _lint_dates(catalog: Catalog) -> Iterator[Fault]:
    """Years that would stand in every round's forms as they are, and words for dates that nobody knows."""
    for where, at, text in texts_of(catalog):
        for found in odd_words(text):
            yield fault_at(where, "date-word", at, found=found, known=" ".join(f"{{{word}}}" for word in date_words()))
        for found in dict.fromkeys(bare_years(text)):
            yield fault_at(where, "year-bare", at, found=found)


def _lint_duties(catalog: Catalog, assignment: Assignment) -> Iterator[Fault]:
    if assignment.system != catalog.id:
        yield fault_at(("system",), "system-wrong", found=assignment.system, expected=catalog.id)
    known, codes = assignment.departments.keys(), {indicator.code for indicator in catalog.indicators}
    for department in known:
        if not _DEPARTMENT_KEY.fullmatch(department):
            yield fault_at(("departments", department), "key-form", found=department)
    for name in ("deadline", "contacts_deadline"):
        day = getattr(assignment, name)
        if day and not is_date(day):
            yield fault_at((name,), "date-form", found=day)
    for one in assignment.departments.values():
        bears = any(place in one.name for place in assignment.places)
        if bears != bool(one.elsewhere):
            yield fault_at(("departments", one.key, "elsewhere"), "elsewhere-lack", found=one.name)
    if assignment.office not in known:
        yield fault_at(("office",), "name-unknown", found=assignment.office)
    for code in dict.fromkeys((*assignment.duties, *assignment.unassigned)):
        if code not in codes:
            yield fault_at(("indicators", code), "name-unknown", found=code)
    for code in sorted(codes):
        named, reason = assignment.duties.get(code, ()), assignment.unassigned.get(code, "")
        if bool(named) == bool(reason):
            yield fault_at(("indicators", code), "nobody-answers")
    for name, departments in (*assignment.duties.items(), *assignment.asked.items()):
        for department in departments:
            if department not in known:
                yield fault_at(("indicators", name), "department-unknown", found=department)
    answering = {department for departments in assignment.asked.values() for department in departments}
    for department in known:
        if department not in answering:
            yield fault_at(("departments", department), "department-idle")
    departments_ = assignment.departments.values()
    spellings = Counter(spelling for d in departments_ for spelling in dict.fromkeys((d.name, *d.aliases)))
    for spelling, times in spellings.items():
        if times > 1:
            yield fault_at(("departments",), "duplicate", found=spelling)
