"""The findings that concern a department -> what its clerk must correct or confirm, and where in the workbook."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from smartcity_xl.form.map import COVER, EVIDENCE, FIGURES, PEOPLE, TABLE, TABLE_NAME
from smartcity_xl.form.people import field_name
from smartcity_xl.form.returning.answers import GivenBack
from smartcity_xl.form.template import CellPlace, Task
from smartcity_xl.messages import label, word_finding
from smartcity_xl.model import Catalog, Figure, Finding, Kind, Origin
from smartcity_xl.results.open import OpenFinding
from smartcity_xl.rules.exact import round_half_up, shown

_LETTERS = re.compile(r"\D+")
_BESIDE = {"date-unreadable": "as_of", "date-outside": "as_of", "unit-unknown": "unit", "unit-blank": "unit"}
"""Findings about a cell beside the value."""
_BESIDE_TABLE = {**_BESIDE, "reason-missing": "remark", "not-applicable": "remark"}
"""Of a table, what stands in its row of the sheet of figures."""
UNPLACED = frozenset({"row-unknown", "version-row", "far-cell", "outside-form"})
"""Findings about something that has no place in the workbook: what stood there is listed below."""


class Returned(Struct, frozen=True):
    """An open finding as it goes back: the finding itself, beside what was decided about it."""

    finding: Finding
    open: OpenFinding


def describe_problems(
    catalog: Catalog, found: Sequence[Returned], systems: Sequence[Catalog], back: GivenBack
) -> list[Task]:
    """The list of what is to be done, in the order in which it was decided; ``systems`` are those of the records."""
    rows = {_row(origin): place for origin, place in back.places.items() if origin.cell}
    people = {field_name(key): CellPlace(COVER, key, "value") for key in PEOPLE}
    listed = []
    for one in found:
        finding = one.finding
        place = (
            None
            if finding.code in UNPLACED
            else _place(catalog, finding, back, rows) or people.get(finding.parameters.get("field", ""))
        )
        said = word_finding(finding)
        where = " ".join(filter(None, (finding.origin.sheet or finding.origin.file.rpartition("/")[2],)))
        listed.append(Task(
            place, where, _item(catalog, finding), one.open.must, said.found, said.expected, one.open.task,
            label("word.list").join(_word_stakes(one.open, systems)),
        ))  # fmt: skip
    return listed


def _row(origin: Origin) -> tuple[str, str, str]:
    return (origin.file, origin.sheet, _LETTERS.sub("", origin.cell))


def _place(
    catalog: Catalog, finding: Finding, back: GivenBack, rows: Mapping[tuple[str, str, str], CellPlace]
) -> CellPlace | None:
    """The cell that a finding is about, in the workbook that goes back."""
    place = back.places.get(finding.origin) if finding.origin.cell else None
    place = place or rows.get(_row(finding.origin))
    if finding.code == "evidence-missing":
        return CellPlace(EVIDENCE, f"{finding.indicator}#1", "file")
    figure = catalog.figures.get(finding.figure.partition(".")[0])
    if figure and figure.kind is Kind.TABLE and finding.code in _BESIDE_TABLE:
        return CellPlace(FIGURES, figure.key, _BESIDE_TABLE[finding.code])
    if figure and finding.code in _BESIDE and _is_said_once(figure, finding, back):
        return CellPlace(FIGURES, figure.key, _BESIDE[finding.code])
    if finding.figure in catalog.slots and (place is None or place.role != FIGURES or place.key != finding.figure):
        place = CellPlace(FIGURES, finding.figure, "value")  # a conflict stands in another department's file
    elif figure and figure.kind is Kind.TABLE and (place is None or place.role == FIGURES):
        return CellPlace(f"{TABLE}:{figure.key}", "1", TABLE_NAME)
    if place and place.role == FIGURES:
        return CellPlace(FIGURES, place.key, _BESIDE.get(finding.code, "value"))
    if place and finding.origin not in back.places and place.role.startswith(TABLE):
        return CellPlace(place.role, place.key, TABLE_NAME)
    return place


def _is_said_once(figure: Figure, finding: Finding, back: GivenBack) -> bool:
    """Whether a finding is about what stands beside a checklist as a whole."""
    named = CellPlace(FIGURES, figure.key, _BESIDE[finding.code]) in back.entries
    return figure.kind is Kind.CHECKLIST and (named or finding.figure == figure.key)


def _item(catalog: Catalog, finding: Finding) -> str:
    """What a problem is about, in words."""
    figure = catalog.figures.get(finding.figure.partition(".")[0])
    slot = catalog.slots.get(finding.figure)
    name = slot.label if slot else figure.label if figure else finding.parameters.get("field", "")
    codes = (finding.indicator,) if finding.indicator or not figure else catalog.used_by.get(figure.key, ())
    return "　".join(filter(None, (*codes[:1], name)))


def _word_stakes(one: OpenFinding, systems: Sequence[Catalog]) -> Iterator[str]:
    """The points that hang on a finding, system by system."""
    for system, points in one.stakes.items():
        catalog = systems[system]
        if points and catalog.graded:
            wording = "system_points" if len(one.stakes) > 1 else "points"
            yield label(f"notice.{wording}", system=catalog.short, points=shown(round_half_up(points)))
