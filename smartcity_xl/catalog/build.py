"""The content of a catalog's file -> ``Catalog`` and ``Assignment``. The format is described in ``docs/catalog.md``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from msgspec.structs import replace

from smartcity_xl.catalog.entry import EntryReader, Fault
from smartcity_xl.model import (
    Assignment,
    Catalog,
    Category,
    Department,
    Dimension,
    Figure,
    Indicator,
    Kind,
    Merge,
    Notice,
    Option,
    Query,
    Role,
    Scheme,
    Slot,
)
from smartcity_xl.rules.syntax import parse_condition, parse_rule
from smartcity_xl.rules.tree import Node, Reference, Rule, names_used


def _read_option(entry: EntryReader) -> Option:
    option = Option(entry.text("key"), entry.text("label"))
    entry.done()
    return option


def _read_range(entry: EntryReader, kind: Kind) -> tuple[Fraction, Fraction]:
    if kind in (Kind.YESNO, Kind.CHOICE, Kind.CHECKLIST, Kind.TABLE):
        return Fraction(0), Fraction(1)
    upper = Fraction(100) if kind is Kind.SHARE else None
    return entry.number("min", Fraction(0)), entry.number("max", upper)


def _read_column(entry: EntryReader, table: str) -> Slot:
    kind = entry.choice("kind", Kind)
    minimum, maximum = _read_range(entry, kind)
    column = Slot(
        entry.text("key"), table, entry.text("label"), kind, entry.text("unit", ""), minimum, maximum,
        entry.text("part_of", ""), units=entry.texts("units"),
    )  # fmt: skip
    entry.done()
    return column


def _read_figure(entry: EntryReader) -> Figure:
    key, kind = entry.text("key"), entry.choice("kind", Kind)
    minimum, maximum = _read_range(entry, kind)
    figure = Figure(
        key=key,
        label=entry.text("label"),
        kind=kind,
        unit=entry.text("unit", "%" if kind is Kind.SHARE else ""),
        minimum=minimum,
        maximum=maximum,
        part_of=entry.text("part_of", ""),
        same_as=entry.text("same_as", ""),
        fixed=entry.optional_number("fixed"),
        none=entry.optional_number("none"),
        items=tuple(map(_read_option, entry.entries("items"))),
        options=tuple(map(_read_option, entry.entries("options"))),
        columns=tuple(_read_column(column, key) for column in entry.entries("columns")),
        rows=entry.integer("rows", 0),
        row_label=entry.text("row_label", ""),
        merge=entry.choice("merge", Merge, Merge.AGREE),
        guidance=entry.text("guidance", ""),
        as_of=entry.text("as_of", ""),
        source=entry.text("source", ""),
        units=entry.texts("units"),
    )
    entry.done()
    return figure


LEVELS = (5, 4, 3, 2, 1)
_NO_RULE = Rule("0", (), parse_condition("0"))


def _read_query(entry: EntryReader) -> Query:
    no_condition: Node = _NO_RULE.result
    query = Query(entry.parsed("when", parse_condition, no_condition), entry.text("say"))
    entry.done()
    return query


def _read_indicator(entry: EntryReader, scheme: Scheme, whole: Iterable[str]) -> Indicator:
    """An indicator. Its weight may be left out only where its category is marked as a ``whole``."""
    deduct_max = entry.optional_number("deduct_max")
    role = entry.choice("role", Role, Role.SCORED if deduct_max is None else Role.DEDUCTION)
    category, weight, points = entry.text("category"), Fraction(0), {}
    if role is Role.SCORED and scheme is Scheme.STARS:
        points = {level: entry.number(name) for level in LEVELS if (name := f"points_{level}") in entry.fields}
    elif role is Role.SCORED and ("weight" in entry.fields or category not in whole):
        weight = entry.number("weight")
    indicator = Indicator(
        code=entry.text("code"),
        category=category,
        name=entry.text("name"),
        weight=weight,
        rule=entry.parsed("rule", parse_rule, _NO_RULE),
        source=entry.text("source"),
        role=role,
        deduct_max=deduct_max,
        points=points,
        leading=entry.flag("leading"),
        evidence=entry.texts("evidence"),
        note=entry.text("note", ""),
        queries=tuple(map(_read_query, entry.entries("queries", "when"))),
    )
    entry.done()
    return indicator


def _read_dimension(entry: EntryReader, scheme: Scheme) -> Dimension:
    dimension = Dimension(
        entry.text("code"),
        entry.text("name"),
        entry.number("weight") if scheme is Scheme.WEIGHTS else Fraction(0),
        entry.flag("apart"),
        int(entry.number("most_categories", Fraction(0))),
        int(entry.number("most_indicators", Fraction(0))),
    )
    entry.done()
    return dimension


def _read_category(entry: EntryReader) -> Category:
    entry.text("mark", "")  # see ``_mark_as_wholes``
    category = Category(
        entry.text("code"),
        entry.text("dimension"),
        entry.text("name"),
        entry.number("weight"),
        entry.text("weights_open", ""),
    )
    entry.done()
    return category


def _mark_as_wholes(catalog: Catalog, marks: Mapping[str, str], unweighted: Iterable[str]) -> Catalog:
    """The system with each category that has a mark of its own, and no weights below it, marked as a whole (E49).

    ``marks``: category -> the figure that is its mark; ``unweighted``: codes of indicators without a weight. What the
    other way of marking would ask falls away.
    """
    categories: list[Category] = []
    indicators: list[Indicator] = []
    dropped: set[str] = set()
    for category in catalog.categories:
        members = tuple(catalog.indicators_of(category))
        mark = marks.get(category.code, "")
        if mark and all(member.code in unweighted for member in members):
            items = tuple(Option(member.code, member.name) for member in members)
            dropped |= {name for member in members for name in names_used(member.rule)}
            source = next((member.source for member in members), category.name)
            evidence = tuple(dict.fromkeys(line for member in members for line in member.evidence))
            rule = Rule(mark, (), Reference(mark))
            members = (Indicator(category.code, category.code, category.name, Fraction(1), rule, source,
                                 evidence=evidence),)  # fmt: skip
            category = replace(category, items=items)
        elif mark:
            dropped.add(mark)
        categories.append(category)
        indicators.extend(members)
    known = {category.code for category in categories}
    indicators += [indicator for indicator in catalog.indicators if indicator.category not in known]
    dropped -= {name.partition(".")[0] for indicator in indicators for name in names_used(indicator.rule)}
    figures = {key: figure for key, figure in catalog.figures.items() if key not in dropped}
    return replace(catalog, categories=tuple(categories), indicators=tuple(indicators), figures=figures)


def _read_notice(entry: EntryReader) -> Notice:
    notice = Notice(entry.text("about", ""), entry.text("text"))
    entry.done()
    return notice


def _read_department(entry: EntryReader) -> Department:
    department = Department(entry.text("key"), entry.text("name"), entry.texts("aliases"), entry.text("elsewhere", ""))
    entry.done()
    return department


def _once(entries: list[EntryReader], key: str) -> None:
    """Note every code or key that stands twice."""
    seen: set[str] = set()
    for entry in entries:
        name = str(entry.fields.get(key, ""))
        if name in seen:
            entry.fault(key, "duplicate", found=name)
        seen.add(name)


def build_catalog(document: Mapping[str, Any]) -> tuple[Catalog, tuple[Fault, ...]]:
    """A catalog from its file's content, and every fault of its form; ``lint_catalog`` finds those of substance."""
    faults: list[Fault] = []
    top = EntryReader("", document, faults)
    lists = {
        name: top.entries(name, key)
        for name, key in (
            ("dimensions", "code"), ("categories", "code"), ("indicators", "code"), ("figures", "key"),
            ("notices", "about"),
        )
    }  # fmt: skip
    for name in ("dimensions", "categories", "indicators"):
        _once(lists[name], "code")
    _once(lists["figures"], "key")
    scheme = top.choice("scheme", Scheme, Scheme.WEIGHTS)
    marks = {str(entry.fields.get("code")): str(entry.fields.get("mark", "")) for entry in lists["categories"]}
    marks = {code: mark for code, mark in marks.items() if mark}
    unweighted = {str(entry.fields.get("code")) for entry in lists["indicators"] if "weight" not in entry.fields}
    dimensions = tuple(_read_dimension(entry, scheme) for entry in lists["dimensions"])
    categories = tuple(map(_read_category, lists["categories"]))
    if scheme is Scheme.STARS and not categories:  # the text has two levels: each dimension is its own category
        categories = tuple(Category(d.code, d.code, d.name, d.weight) for d in dimensions)
    catalog = Catalog(
        id=top.text("id"),
        version=top.text("version"),
        title=top.text("title"),
        document=top.text("document"),
        dimensions=dimensions,
        categories=categories,
        indicators=tuple(_read_indicator(entry, scheme, marks) for entry in lists["indicators"]),
        figures={figure.key: figure for figure in map(_read_figure, lists["figures"])},
        notices=tuple(map(_read_notice, lists["notices"])),
        survey_dimension=top.text("survey_dimension", ""),
        scheme=scheme,
        short=top.text("short", ""),
        target=int(top.number("target", Fraction(0))),
    )
    for entry in lists["indicators"]:
        category = str(entry.fields.get("category"))
        some = any(i.category == category and i.code not in unweighted for i in catalog.indicators)
        if category in marks and some and "weight" not in entry.fields:
            entry.fault("weight", "weights-some")
    if marks:
        catalog = _mark_as_wholes(catalog, marks, unweighted)
    top.done()
    return catalog, tuple(faults)


def build_assignment(document: Mapping[str, Any], catalog: Catalog) -> tuple[Assignment, tuple[Fault, ...]]:
    """An assignment from the content of its file, for its catalog, and every fault of its form."""
    faults: list[Fault] = []
    top = EntryReader("", document, faults)
    departments = top.entries("departments")
    _once(departments, "key")

    def duties(section: str) -> dict[str, tuple[str, ...]]:
        entry = top.section(section)
        return {name: entry.texts(name) for name in entry.fields}

    unassigned = top.section("unassigned")
    by_indicator, by_figure, office = duties("indicators"), duties("figures"), top.text("office")
    assignment = Assignment(
        id=top.text("id"),
        system=top.text("system"),
        city=top.text("city"),
        title=top.text("title"),
        document=top.text("document"),
        round=top.text("round"),
        deadline=top.text("deadline"),
        recipients=top.texts("recipients"),
        office=office,
        departments={department.key: department for department in map(_read_department, departments)},
        duties=by_indicator,
        asked=_share_out(catalog, by_indicator, by_figure, office),
        unassigned={code: unassigned.text(code) for code in unassigned.fields},
        notices=tuple(map(_read_notice, top.entries("notices"))),
        contacts_deadline=top.text("contacts_deadline", ""),
        places=top.texts("places"),
    )
    for figure in by_figure:
        if figure not in catalog.figures:
            top.fault(f"figures {figure}", "name-unknown", found=figure)
    top.done()
    return assignment, tuple(faults)


def _share_out(
    catalog: Catalog, by_indicator: Mapping[str, tuple[str, ...]], by_figure: Mapping[str, tuple[str, ...]], office: str
) -> dict[str, tuple[str, ...]]:
    """Who is asked for each figure: those named for it, else those of its indicators, else the office."""
    asked = {}
    for key in catalog.figures:
        named = by_figure.get(key) or [d for code in catalog.used_by[key] for d in by_indicator.get(code, ())]
        asked[key] = tuple(dict.fromkeys(named)) or (office,)
    return asked
