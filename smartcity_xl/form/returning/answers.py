"""A department's workbooks -> what is written back into its cells, and what has no place there.

An answer goes back as it was typed: a number as a number, a text as a text. A formula never goes back as one: its saved
result does, or, without a usable one, its text. Where several workbooks say different things, nothing is chosen.
"""

from __future__ import annotations

import datetime
from collections.abc import Container, Sequence

from msgspec import Struct, field

from smartcity_xl.books.values import LARGEST, ErrorCell, FormulaCell, MarkedText, PictureCell, read_date, show_cell
from smartcity_xl.catalog.duties import indicators_of_figure
from smartcity_xl.form.map import COVER, EVIDENCE, FIGURES, PEOPLE, TABLE, TABLE_NAME, is_shared_list
from smartcity_xl.form.template import CellContent, CellPlace, Stray
from smartcity_xl.messages import label
from smartcity_xl.model import (
    Answer,
    Assignment,
    Catalog,
    Evidence,
    Figure,
    Kind,
    Origin,
    State,
    Submission,
    TableAnswer,
)

_OLDEST = 1901
"""Spreadsheet programs disagree about dates before this year."""
_SPARE = 2
"""Rows left free below a table that is longer than the form."""


class GivenBack(Struct):
    """``places``: where each cell of the workbooks that came stands now. ``notes``: what was changed on the way."""

    entries: dict[CellPlace, CellContent] = field(default_factory=dict)
    places: dict[Origin, CellPlace] = field(default_factory=dict)
    notes: dict[CellPlace, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    strays: list[Stray] = field(default_factory=list)

    def put(self, place: CellPlace, value: object, code: str = "") -> None:
        if value not in (None, ""):
            self.entries[place] = CellContent(value, code)

    def put_answer(self, place: CellPlace, answer: Answer) -> None:
        entry, note = write_back(answer)
        self.put(place, entry.value, entry.code)
        if note:
            self.notes[place] = note

    def set_aside(self, origin: Origin, item: str, content: str, why: str) -> None:
        where = label("notice.in_file", sheet=origin.sheet, cell=origin.cell, file=origin.file.rpartition("/")[2])
        self.strays.append(Stray(where, item, content, label(f"notice.{why}")))


def give_back(
    catalog: Catalog, assignment: Assignment, department: str, submissions: Sequence[Submission]
) -> GivenBack:
    """All that the workbooks of a department say, by the cells of the workbook that goes back."""
    back = GivenBack()
    codes = set[str]()
    for key in assignment.figures_for(department):
        figure = catalog.figures[key]
        codes.update(indicators_of_figure(catalog, assignment, department, key))
        if figure.kind is Kind.TABLE:
            _give_table(back, figure, [s.tables[key] for s in submissions if key in s.tables])
        for slot in figure.slots:
            if slot.fixed is None:
                given = [s.answers[slot.key] for s in submissions if slot.key in s.answers]
                _give_answer(back, slot.key, slot.label, given, slot.unit if slot.numeric else None)
        if is_shared_list(assignment, figure):
            _give_once(back, figure)
    for name in PEOPLE:
        _give_person(back, name, submissions)
    _give_evidence(back, codes, [entry for submission in submissions for entry in submission.evidence])
    return back


def write_back(answer: Answer) -> tuple[CellContent, str]:
    """What is written into an answer's cell, and what must be said about it."""
    cell, code = answer.typed.cell, answer.typed.code
    match cell:
        case FormulaCell(formula, cached):
            if cached is None or cached == "" or isinstance(cached, ErrorCell) or "DISPIMG" in formula:
                return CellContent(formula), label("notice.formula_text")
            return _plain(cached, code), label("notice.formula", formula=formula[:200])
        case ErrorCell(text):
            return CellContent(text), label("notice.error_text")
        case PictureCell():
            return CellContent(show_cell(cell)), label("notice.marked_text")
        case MarkedText(text):
            return CellContent(text), label("notice.marked_text")
    return _plain(cell, code), ""


def _plain(cell: object, code: str) -> CellContent:
    if type(cell) is str:  # most are
        return CellContent(cell, code)
    match cell:
        case datetime.datetime() if cell.year >= _OLDEST and cell.time() != datetime.time():
            return CellContent(cell, "yyyy-mm-dd hh:mm:ss")
        case datetime.date() if cell.year >= _OLDEST:
            return CellContent(cell, "yyyy-mm-dd")
        case datetime.date() | datetime.time() | datetime.timedelta():
            return CellContent(show_cell(cell))
        case int() | float() if not -LARGEST <= cell <= LARGEST:  # nor is NaN
            return CellContent(show_cell(cell))
    return CellContent(cell, code)


def _give_answer(back: GivenBack, key: str, name: str, given: Sequence[Answer], unit: str | None) -> None:
    """``unit``: the one printed in the form; None where none is chosen."""
    place = CellPlace(FIGURES, key, "value")
    for answer in given:
        back.places[answer.origin] = place
    told = [answer for answer in given if answer.state is not State.BLANK] or list(given)
    _give_beside(back, key, given)
    if len(told) > 1 and len({_meaning(answer) for answer in told}) > 1:
        for answer in told:
            back.set_aside(answer.origin, name, answer.given, "several_why")
        return
    for answer in told[:1]:
        back.put_answer(place, answer)
        if unit is not None and answer.typed.unit != unit:
            back.entries[CellPlace(FIGURES, key, "unit")] = CellContent(answer.typed.unit)


def _meaning(answer: Answer) -> tuple[object, ...]:
    """What makes two answers different."""
    return answer.state, answer.value, answer.raw if answer.value is None else ""


def _give_beside(back: GivenBack, key: str, given: Sequence[Answer] | Sequence[TableAnswer]) -> None:
    """The date of the data, the remark and the explanation; where several workbooks have different ones, all."""
    if not any(answer.as_of or answer.remark or answer.explanation for answer in given):
        return
    dates = list(dict.fromkeys(answer.as_of for answer in given if answer.as_of))
    remarks = dict.fromkeys(answer.remark for answer in given if answer.remark)
    explanations = dict.fromkeys(answer.explanation for answer in given if answer.explanation)
    back.put(CellPlace(FIGURES, key, "remark"), label("word.list").join(remarks))
    back.put(CellPlace(FIGURES, key, "explanation"), label("word.list").join(explanations))
    if len(dates) == 1:
        back.put(CellPlace(FIGURES, key, "as_of"), _as_typed(dates[0]))
    elif dates:
        back.put(CellPlace(FIGURES, key, "as_of"), label("word.list").join(dates))


def _give_once(back: GivenBack, figure: Figure) -> None:
    """What stands alike beside all items of a shared checklist stands beside the list."""
    for name in ("as_of", "remark", "explanation"):
        places = [CellPlace(FIGURES, slot.key, name) for slot in figure.slots]
        held = [back.entries.get(place) for place in places]
        if held[0] is not None and all(one == held[0] for one in held):
            for place in places:
                del back.entries[place]
            back.entries[CellPlace(FIGURES, figure.key, name)] = held[0]


def _as_typed(as_of: str) -> object:
    """A date of the data so that it reads the same again: 2018.1 was a number (and unclear) where it was not read."""
    return as_of if read_date(as_of) in (as_of, None) else float(as_of)


def _give_table(back: GivenBack, figure: Figure, given: Sequence[TableAnswer]) -> None:
    role = f"{TABLE}:{figure.key}"
    _give_beside(back, figure.key, given)
    for table in given:
        back.places[table.origin] = CellPlace(FIGURES, figure.key, "value")
        for number, row in enumerate(table.rows, start=1):
            back.places |= {cell.origin: CellPlace(role, str(number), name) for name, cell in row.cells.items()}
    told = [table for table in given if table.rows]
    contents = {tuple((row.name, *(cell.given for cell in row.cells.values())) for row in table.rows) for table in told}
    if len(contents) > 1:
        for table in told:
            for row in table.rows:
                cells = zip(figure.columns, row.cells.values(), strict=True)
                said = label("word.list").join(f"{column.label} {cell.given}" for column, cell in cells)
                back.set_aside(
                    next(iter(row.cells.values())).origin, figure.label, f"{row.name}：{said}", "several_why"
                )
        return
    for table in told[:1]:
        if len(table.rows) > figure.rows:
            back.rows[figure.key] = len(table.rows) + _SPARE
        for number, row in enumerate(table.rows, start=1):
            back.put(CellPlace(role, str(number), TABLE_NAME), row.name)
            for name, cell in row.cells.items():
                back.put_answer(CellPlace(role, str(number), name), cell)


def _give_person(back: GivenBack, name: str, submissions: Sequence[Submission]) -> None:
    said = dict.fromkeys(text for submission in submissions if (text := submission.people.get(name, "")))
    if len(said) == 1:
        back.put(CellPlace(COVER, name, "value"), *said)
        return
    for submission in submissions:
        if text := submission.people.get(name, ""):
            origin = Origin(submission.parcel, label("sheet.cover"))
            back.set_aside(origin, label("person." + name.replace(".", "_")), text, "several_why")


def _give_evidence(back: GivenBack, codes: set[str], given: Sequence[Evidence]) -> None:
    """Every line of the lists, what several workbooks say alike once, on the line where it stood if that is free."""
    taken: set[tuple[str, int]] = set()
    first: dict[tuple[str, tuple[str, ...]], dict[int, str]] = {}
    for entry in given:
        said = (entry.title, entry.file, entry.remark)
        if entry.indicator not in codes:
            back.set_aside(entry.origin, entry.indicator, "　".join(filter(None, said)), "evidence_why")
            continue
        file = entry.origin.file
        alike = first.setdefault((entry.indicator, said), {})
        line = next((at for at, other in alike.items() if other != file), 0) or _free_line(entry, taken)
        alike.setdefault(line, file)
        taken.add((entry.indicator, line))
        back.places[entry.origin] = CellPlace(EVIDENCE, f"{entry.indicator}#{line}", "file")
        for name, text in zip(("title", "file", "remark"), said, strict=True):
            back.put(CellPlace(EVIDENCE, f"{entry.indicator}#{line}", name), text)
        back.lines[entry.indicator] = max(back.lines.get(entry.indicator, 0), line)


def _free_line(entry: Evidence, taken: Container[tuple[str, int]]) -> int:
    """The line where an entry stood, or the next that is free."""
    line = int(entry.line) if entry.line.isdecimal() and len(entry.line) < 3 and int(entry.line) else 1
    while (entry.indicator, line) in taken:
        line += 1
    return line
