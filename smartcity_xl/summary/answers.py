"""Every answer as received, one line each, under the figure that it answers."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from smartcity_xl.books.pages import Book
from smartcity_xl.catalog.duties import indicators_of_figure
from smartcity_xl.catalog.score_tree import Height, name_of
from smartcity_xl.messages import label
from smartcity_xl.model import Answer, Figure, Outcome, Slot
from smartcity_xl.results.shown import shown_value
from smartcity_xl.summary.bands import ListBand, banded_figures, depth_of
from smartcity_xl.summary.disputes import name_figure
from smartcity_xl.summary.grid import FIRST_ROW, Head, Line, write_list
from smartcity_xl.summary.places import Places

_COLUMNS = (
    Head("code", 9), Head("label", 32), Head("department", 18), Head("given", 14), Head("given_unit", 8),
    Head("own", 13), Head("own_unit", 8), Head("state", 8), Head("used", 6), Head("as_of", 11), Head("remark", 16),
    Head("explanation", 18), Head("file", 22), Head("cell_sheet", 9), Head("cell", 7),
)  # fmt: skip


class GivenAnswer(Struct, frozen=True):
    """An answer cell of a file that came. ``key`` is its slot or table, ``text`` what was asked there."""

    key: str
    slot: Slot
    text: str
    answer: Answer
    used: bool


def plan_answers(outcome: Outcome) -> tuple[ListBand | GivenAnswer, ...]:
    """The lines of the sheet: all answers, those of workbooks that do not count behind the others."""
    return tuple(
        line
        for entry in banded_figures(outcome.catalog)
        for line in ((entry,) if isinstance(entry, ListBand) else _answers_of(outcome, entry))
    )


def _answers_of(outcome: Outcome, figure: Figure) -> Iterator[GivenAnswer]:
    for slot in figure.slots:
        merged = outcome.merged.slots[slot.key]
        aside = [one.answers[slot.key] for one in outcome.aside if slot.key in one.answers]
        name, used_at = name_figure(outcome.catalog, slot.key), {one.origin for one in merged.used}
        for answer in (*merged.answers, *aside):
            yield GivenAnswer(slot.key, slot, name, answer, answer.origin in used_at)
    if not figure.columns:
        return
    key, merged_table = figure.key, outcome.merged.tables[figure.key]
    for table in (*merged_table.answers, *(one.tables[key] for one in outcome.aside if key in one.tables)):
        used = table is merged_table.used
        if not table.rows:  # nothing but its state was said
            said = Answer(key, table.department, table.state, None, "", table.origin, table.as_of, table.remark)
            yield GivenAnswer(key, figure.columns[0], figure.label, said, used)
        for row in table.rows:
            for column in figure.columns:
                text = f"{figure.label}：{row.name}：{column.label}"
                yield GivenAnswer(key, column, text, row.cells[column.key], used)


def write_answers(book: Book, outcome: Outcome, lines: tuple[ListBand | GivenAnswer, ...], places: Places) -> None:
    codes = dict[tuple[str, str], str]()
    shown = (_band(line, places) if isinstance(line, ListBand) else _line(outcome, line, places, codes)
             for line in lines)  # fmt: skip
    write_list(book, "answers", _COLUMNS, shown, freeze=2)


def _band(band: ListBand, places: Places) -> Line:
    return Line({"code": band.code, "label": band.name}, {"code": places.scores[band.node]}, band.level, band.style)


def _line(outcome: Outcome, given: GivenAnswer, places: Places, codes: dict[tuple[str, str], str]) -> Line:
    """``codes``: a department and a figure -> the indicator for which it is asked, as far as it was looked for."""
    answer, slot = given.answer, given.slot
    asked = answer.department, slot.figure
    code = codes.get(asked)
    if code is None:
        code = codes[asked] = indicators_of_figure(outcome.catalog, outcome.assignment, *asked)[0]
    valued = answer.value is not None
    cells = {
        "department": outcome.assignment.name(answer.department),
        "code": code,
        "label": given.text,
        "given": answer.raw,
        "given_unit": answer.unit if valued and slot.unit else "",
        "own": shown_value(slot, answer.value) if valued else "",
        "own_unit": slot.unit if valued else "",
        "state": label(f"state.{answer.state.value}"),
        "used": label("word.yes" if given.used else "word.no"),
        "as_of": answer.as_of,
        "remark": answer.remark,
        "explanation": answer.explanation,
        "file": answer.origin.file,
        "cell_sheet": answer.origin.sheet,
        "cell": answer.origin.cell,
    }
    to = {
        "code": places.scores[name_of(Height.MARK, code)],
        "used": places.slots.get(given.key),
        "cell": places.files.get(answer.origin.file),
    }
    return Line(cells, to, depth_of(outcome.catalog, outcome.catalog.used_by[slot.figure][0]))


def first_rows(lines: tuple[ListBand | GivenAnswer, ...]) -> dict[str, int]:
    """Slot, table, dimension or category -> the first row of its answers."""
    found: dict[str, int] = {}
    for row, line in enumerate(lines, start=FIRST_ROW):
        found.setdefault(line.node if isinstance(line, ListBand) else line.key, row)
    return found
