"""What an assignment workbook keeps, out of sight, of the assignment it began from, and what of it still holds when the
workbook comes back: what the text says of whole indicators cannot be told from who answers which figure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from smartcity_xl.books.identity import MARKER
from smartcity_xl.books.keyed import KeyedSheet
from smartcity_xl.books.pages import Book
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog, Department, Notice
from smartcity_xl.office.assigning.carry import Carried
from smartcity_xl.office.assigning.form import KEPT, is_asked

_Kept = TypeVar("_Kept")


class Kept(Struct, frozen=True):
    """``departments`` are those of the beginning. The rest is there only where the workbook began from an assignment of
    its very system, in its own city: ``named`` is what its rows said, the others as an assignment has them."""

    departments: Mapping[str, Department] = field(default_factory=dict)
    id: str = ""
    city: str = ""
    office: str = ""
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    duties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unassigned: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    places: tuple[str, ...] = ()


NOTHING_KEPT = Kept()


def write_kept(book: Book, carried: Carried) -> None:
    """The hidden sheet: a row for each thing, its value as JSON."""
    page = book.page(label("assign.sheet_kept"), (30, 80))
    page.map_columns(MARKER + KEPT, ("value",))
    for row, (name, value) in enumerate(_rows(carried), start=1):
        page.text(row, 0, name, "plain")
        page.text(row, 1, json.dumps(value, ensure_ascii=False), "plain")
    page.worksheet.very_hidden()
    page.protect()


def _rows(carried: Carried) -> Iterator[tuple[str, object]]:
    one = carried.assignment
    for key, department in one.departments.items():
        yield f"department.{key}", [department.name, department.aliases, department.elsewhere]
    if not carried.same or carried.settings.get("city") != one.city:
        return
    yield "id", one.id
    yield "city", one.city
    yield "office", one.office
    yield "places", one.places
    for number, notice in enumerate(one.notices):
        yield f"notice.{number}", [notice.about, notice.text]
    for name, lists in (("named", carried.named), ("asked", one.asked), ("duties", one.duties)):
        yield from ((f"{name}.{key}", departments) for key, departments in lists.items())
    yield from ((f"unassigned.{code}", reason) for code, reason in one.unassigned.items())


def read_kept(page: KeyedSheet | None) -> Kept | None:
    """What a workbook keeps; None where it cannot be read any more."""
    if page is None:
        return NOTHING_KEPT
    groups: dict[str, dict[str, object]] = {}
    try:
        for name, row in page.keyed():
            group, _, key = name.partition(".")
            groups.setdefault(group, {})[key] = json.loads(str(page.cell(row, "value")))
        return _build(groups)
    except (ValueError, TypeError):
        return None


def _build(groups: Mapping[str, Mapping[str, object]]) -> Kept:
    def texts(value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise TypeError
        return tuple(value)

    def lists(group: str) -> dict[str, tuple[str, ...]]:
        return {key: texts(value) for key, value in groups.get(group, {}).items()}

    def text(group: str) -> str:
        return str(groups.get(group, {}).get("", ""))

    def department(key: str, value: object) -> Department:
        if not isinstance(value, list):
            raise TypeError
        name, aliases, elsewhere = value
        return Department(key, str(name), texts(aliases), str(elsewhere))

    return Kept(
        {key: department(key, value) for key, value in groups.get("department", {}).items()},
        text("id"), text("city"), text("office"), lists("named"), lists("asked"), lists("duties"),
        {code: str(reason) for code, reason in groups.get("unassigned", {}).items()},
        tuple(Notice(*texts(value)) for value in groups.get("notice", {}).values()),
        lists("places").get("", ()),
    )  # fmt: skip


def restore(catalog: Catalog, assignment: Assignment, named: Mapping[str, tuple[str, ...]], kept: Kept) -> Assignment:
    """An assignment as its workbook says it, with what it began from saying, where nothing was changed, what the
    workbook cannot: who a whole indicator is named for, why for nobody, who sees what the text fixes. Where nothing was
    changed at all, it is what it began from."""
    if not kept.id or (kept.city, kept.office) != (assignment.city, assignment.office):
        return assignment
    touched = {
        key
        for key, figure in catalog.figures.items()
        if is_asked(figure) and named.get(key, ()) != kept.named.get(key, ())
    }
    touched |= {
        figure.key for key in touched for code in catalog.used_by[key] for figure in catalog.figures_of[code]
        if not is_asked(figure)
    }  # fmt: skip
    codes = {code for key in touched for code in catalog.used_by[key]}
    asked = {key: one if key in touched else kept.asked.get(key, one) for key, one in assignment.asked.items()}
    whole = not touched and assignment.departments == {
        key: replace(one, elsewhere="") for key, one in kept.departments.items()
    }
    return replace(
        assignment,
        id=kept.id if whole else assignment.id,
        asked=asked,
        duties=_mix(catalog, codes, kept.duties, assignment.duties),
        unassigned=_mix(catalog, codes, kept.unassigned, assignment.unassigned),
        notices=tuple(notice for notice in kept.notices if not any(code in notice.about for code in codes)),
        departments=dict(kept.departments) if whole else assignment.departments,
        places=kept.places if whole else (),
    )


def _mix(catalog: Catalog, codes: set[str], kept: Mapping[str, _Kept], now: Mapping[str, _Kept]) -> dict[str, _Kept]:
    """Indicator by indicator: what is said now where it was touched, else what was kept."""
    chosen = ((one.code, now if one.code in codes else kept) for one in catalog.indicators)
    return {code: source[code] for code, source in chosen if code in source}
