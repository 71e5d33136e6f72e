"""Formulas of old functions are not searched for new ones, and cells are not asked what they might be; what is written
is the same."""

from __future__ import annotations

import datetime
import inspect
import io
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.strategies import text as text_of
from support import filled, put
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from smartcity_xl.books import plain_formulas, quick_cells, stamping, texts, whole_rows
from smartcity_xl.books.cells import Spot
from smartcity_xl.books.live import text
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.books.plain_formulas import OLD, PlainWorksheet, is_plain
from smartcity_xl.books.quick_cells import QuickWorksheet
from smartcity_xl.books.stamped_sheet import StampedSheet
from smartcity_xl.books.stamping import StampedWorkbook
from smartcity_xl.books.texts import _lines, lines_needed
from smartcity_xl.books.whole_rows import Computed, Content, ListRows, Placed, RowFrame, WholeRows, computed, frame_row
from smartcity_xl.catalog.load import load_document
from smartcity_xl.form.template import Issue, write_template
from smartcity_xl.messages.width import sign_width
from smartcity_xl.model import Outcome
from smartcity_xl.office.assigning import write_assignment_book
from smartcity_xl.office.editing import write_catalog_book
from smartcity_xl.run.collecting import assess
from smartcity_xl.run.systems import Choice, choose_round
from smartcity_xl.summary import write_summary

NEW = dict.fromkeys(re.findall(r"\\b([A-Z.]+)\\\(", inspect.getsource(Worksheet._prepare_formula)))
ODD = (
    "", "1", "=1+1", "{=SUM(A1:A2)}", "{SUM(A1:A2)}", "={SUM(A1)}", "SUM(A1)}", "=IF(A1,{1,2},3)", "X.DROP(1)",
    "SUM.X(1)", "ISUM(1)", "SING LE(1)", "_SINGLE(1)", "_xlfn.CONCAT(A1)", '"SORT("&A1', "sum(A1)",
    "IF(A1,SORT(B1:B2),0)", "(A1)+(B1)",
)  # fmt: skip


def test_the_library_knows_many_new_functions_and_none_of_the_old() -> None:
    assert len(NEW) > 100
    assert not NEW.keys() & OLD


@pytest.mark.parametrize("future", [False, True])
def test_every_formula_is_prepared_as_the_library_does(future: bool) -> None:
    ours, base = PlainWorksheet(), Worksheet()
    called = [f"{name}(A1)" for name in (*NEW, *sorted(OLD))]
    mixed = [f"IF(A1,{formula},0)" for formula in called]
    for formula in (*ODD, *called, *mixed):
        assert ours._prepare_formula(formula, future) == base._prepare_formula(formula, future), formula


def write_form() -> bytes:
    catalog, assignment = choose_round(Choice(city="洛阳市", round="2018"))
    return write_template(catalog, assignment, "transport", Issue("2018", "洛阳市", "2019-02-25"))


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return assess(put(tmp_path_factory.mktemp("plain"), {"机要.xlsx": filled(), "税务.xlsx": filled("tax")}))


# workbook -> what writes it
WRITTEN: dict[str, Callable[[Outcome], bytes]] = {
    "a form": lambda _: write_form(), "the summary": write_summary,
    "an assignment to fill": lambda one: write_assignment_book(one.catalog),
    "a system to edit": lambda one: write_catalog_book(one.catalog, load_document(one.catalog.id)),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_a_workbook_is_the_same_to_the_byte_and_needs_no_search(
    name: str, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[str] = []
    search = Worksheet._prepare_formula

    def prepare(self: Worksheet, formula: str, expand_future_functions: bool = False) -> str:
        searched.append(formula)
        prepared: str = search(self, formula, expand_future_functions)
        return prepared

    monkeypatch.setattr(Worksheet, "_prepare_formula", prepare)
    quick = WRITTEN[name](outcome)
    assert searched == []
    monkeypatch.setattr(plain_formulas, "OLD", frozenset())
    assert WRITTEN[name](outcome) == quick
    assert searched


def _must(refused: int) -> None:
    assert not refused


def _plain(sheet: QuickWorksheet, row: int, column: int, formula: str, form: Format, value: object) -> None:
    assert is_plain(formula), formula
    _must(sheet.write_formula(row, column, f"={formula}", form, value))


def _widths(sheet: QuickWorksheet, widths: tuple[float, ...]) -> None:
    for column, width in enumerate(widths):
        _must(sheet.set_column(column, column, width, None, {"hidden": width == 0}))


class CellRows(WholeRows):
    """The same rows cell by cell."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def compose(self, row: int, cells: Iterable[Placed], written: dict[int, str], measured: bool = False) -> float:
        page, needed = self.page, 0.0
        for at, content, style, to in cells:
            if isinstance(content, str):
                page.text(row, at, content, style, to)
            elif isinstance(content, Computed):
                page.formula(row, at, content.formula, content.value, style, to)
            else:
                page.number(row, at, content, style, to)
            if content and not isinstance(content, Computed):
                needed = max(needed, page._needed(row, at, str(content), {}))
        return needed if measured else 0.0

    def fill(self, frame: RowFrame, contents: Sequence[Content], points: float | None, level: int = 0) -> None:
        given = iter(contents)
        cells = ((at, next(given) if said is None else said, style, None) for at, said, style in frame.cells)
        self.write(frame.row, cells, points, level, measured=False)

    def put(self, row: int, written: Mapping[int, str], points: float | None, level: int) -> None:
        if points is not None:
            self.page.height(row, {}, least=points)
        if level:
            self.page.fold(row, level)

    def list(self, heads: Sequence[tuple[str, str]]) -> ListRows:
        return CellList(self, heads)


class CellList(ListRows):
    """The rows of a list as any whole row."""

    def write(self, row: int, cells: Any, ways: Any, styles: Any, style: str, least: float, level: int) -> None:
        listed: list[Placed] = []
        for at, (name, usual) in enumerate(zip(self._names, self._styles, strict=True)):
            said, shown = cells.get(name, ""), style or styles.get(name) or usual
            if not isinstance(said, str) and shown == "cell":
                shown = "score" if isinstance(said, float) else "centre"
            listed.append((at, said, shown, ways.get(name)))
        self._whole.write(row, listed, least, level)


def _write_links(sheet: StampedSheet) -> None:
    sheet.hand_over_links()
    Worksheet._write_hyperlinks(sheet)


# what is ours -> how the library is asked for the same
THEIRS: dict[str, Callable[..., Any]] = {
    "put_text": lambda sheet, *given: _must(sheet.write_string(*given)),
    "put_blank": lambda sheet, row, column, form: _must(sheet.write_blank(row, column, None, form)),
    "put_number": lambda sheet, *given: _must(sheet.write_number(*given)),
    "put_plain": _plain,
    "put_height": lambda sheet, row, points, level=0: _must(sheet.set_row(row, points, None, {"level": level})),
    "put_merged": lambda sheet, row, first, last, form: _must(sheet.merge_range(row, first, row, last, "", form)),
    "put_widths": _widths,
    "_write_cols": Worksheet._write_cols,
    "_write_merge_cells": Worksheet._write_merge_cells,
    "_write_rows": Worksheet._write_rows,
    "_write_hyperlinks": _write_links,
    "_calculate_spans": Worksheet._calculate_spans,
}


@pytest.mark.parametrize("name", WRITTEN)
def test_cells_and_rows_are_the_same_to_the_byte(name: str, outcome: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = WRITTEN[name](outcome)
    for what, theirs in THEIRS.items():
        monkeypatch.setattr(StampedSheet, what, theirs)
    monkeypatch.setattr(Page, "whole", property(CellRows))
    monkeypatch.setattr(quick_cells, "_fits", lambda _: False)
    monkeypatch.setattr(quick_cells, "_around_cell", lambda _: None)
    monkeypatch.setattr(stamping, "_NEEDS_CARE", lambda _: True)
    monkeypatch.setattr(stamping, "_IS_ODD", lambda _: True)
    monkeypatch.delattr(StampedWorkbook, "add_format")
    monkeypatch.setattr(stamping, "_STYLES", {})
    assert WRITTEN[name](outcome) == quick


ODD_CELLS = (" ", "a ", "\n", "a\nb", "<r>a</r>", "&<>\"'", "\t", "\u3000甲", "=1+1", "#N/A", "", "12")


def test_odd_cells_are_the_same_to_the_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    def write() -> bytes:
        book = Book("")
        page = book.page("甲", (8.0, 0.0, 20.0))
        for row, said in enumerate(ODD_CELLS):
            page.text(row, 0, said)
            page.live(row, 1, text(said) & text("SORT(1)"))
            page.formula(row, 2, f"SORT(A{row + 1})" if row % 2 else f"A{row + 1}", said or True)
            page.number(row + 20, row, -1.5e300 / 7**row, to=Spot("甲", row))
            page.refill(row + 40, 0, (0.1 + 0.2, True, datetime.datetime(2026, 1, 2, 3), said, 2**60)[row % 5])
            page.height(row * 2, {0: said * 40}, least=15)
            page.fold(row * 2, row % 3)
            page.comment(row, 5, said or "-")
        page.hide_row(3)
        return book.close()

    quick = write()
    for what, theirs in THEIRS.items():
        if what != "put_plain":  # words that look like a function are left alone
            monkeypatch.setattr(StampedSheet, what, theirs)
    monkeypatch.setattr(stamping, "_NEEDS_CARE", lambda _: True)
    monkeypatch.setattr(stamping, "_IS_ODD", lambda _: True)
    assert write() == quick


def test_odd_rows_are_the_same_to_the_byte_whole_and_cell_by_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    def write() -> bytes:
        book = Book("")
        page = book.page("甲", (8.0, 0.0, 20.0, 9.0))
        for row, said in enumerate((*ODD_CELLS, "长" * 300, "a\0b" * 20_000)):
            way = (None, Spot("甲", row), f"{row}/&.xlsx")[row % 3] if said else None
            cells: list[Placed] = [
                (2, said, "cell", way),
                (0, said * 20 or -1.5e300, "hint", None),
                (1, row / 7, "score", None),
            ]
            cells.append(
                (
                    3,
                    computed(f'A{row + 1}&"<"', (said, True, 0.1 + 0.2)[row % 3]),
                    "centre",
                    None,
                )
            )
            page.whole.write(row * 3, cells, 15 + row, row % 3)
            page.comment(row * 3, 5, said or "-")
        return book.close()

    quick = write()
    monkeypatch.setattr(Page, "whole", property(CellRows))
    monkeypatch.setattr(StampedSheet, "_write_hyperlinks", _write_links)
    assert write() == quick


def test_a_row_that_many_workbooks_have_is_what_its_cells_come_to(monkeypatch: pytest.MonkeyPatch) -> None:
    cells: dict[int, tuple[Content | None, str]] = {
        2: (None, "centre"), 0: ("甲&%s", "cell"), 1: (computed('TEXT(A1,"0%")&"<"', "5%"), "hint"), 3: ("", "cell"),
        4: (None, "score"), 5: ("甲&%s", "hint"), 6: (7, "cell"),
    }  # fmt: skip
    frames = [frame_row(row, cells) for row in (2, 9)]

    def write(first: str) -> bytes:
        book = Book("")
        page = book.page("甲", (8.0,) * 7)
        page.text(
            0, 0, f"{first}%d", first
        )  # else its styles, and texts, would have the same numbers in every workbook
        page.whole.fill(frames[0], ("", 1.5), 30, 1)
        page.whole.fill(frames[1], (f"{first}%d", computed("A1", "%")), None)
        return book.close()

    looks = ("cell", "title", "centre", "bold_cell", "hint", "score")
    quick = [write(first) for first in looks]
    assert len(frames[0].worded) <= whole_rows._MOST < len({*quick})
    monkeypatch.setattr(Page, "whole", property(CellRows))
    assert [write(first) for first in looks] == quick
    monkeypatch.undo()
    assert write("cell") == quick[0]


def test_a_row_that_is_taken_for_that_of_another_numbering_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def write() -> bytes:
        book = Book("")
        page = book.page("甲", (8.0,))
        page.whole.fill(frame, ("乙",), 30)
        return book.close()

    frame = frame_row(2, {0: (None, "centre")})
    quick = write()
    frame.worded.update({numbers: text.replace('s="', 's="9') for numbers, text in frame.worded.items()})
    assert write() != quick


def sign_by_sign(line: str, room: float) -> int:
    lines, used, last = 1, 0.0, 0.0
    for piece in re.findall("[!-~]+|.", line):
        width = sign_width(piece) if len(piece) == 1 else float(len(piece))
        if used + width <= room or piece == " ":
            used += width
        elif piece in texts._CLOSING and used:
            lines, used = lines + 1, last + width
        else:
            more = max(math.ceil(width / room) - 1, 0)
            lines, used = lines + (1 if used else 0) + more, width - more * room
        last = width
    return lines


SIGNS = "甲乙龥㐀𠀀한，。；：！？、）”’》】％%…（“《【—·é①ａ１ \u3000a1.,()%"


@given(text_of(st.sampled_from(SIGNS), max_size=60), st.integers(4, 120))
@example("甲甲%甲", 8)
def test_runs_of_wide_signs_are_wrapped_as_sign_by_sign(said: str, room: int) -> None:
    assert texts._wrapped(said, room / 2) == sign_by_sign(said, room / 2)


def test_signs_of_a_run_are_all_wide() -> None:
    every = "".join(map(chr, range(32, 0x20000)))
    runs = [run for _, run, _ in texts._PIECES.findall(every)]
    assert {sign_width(sign) for run in runs for sign in run} == {2.0}


# what may be typed into a cell: what is worded here, what is left to the library, and what it refuses
RULES: tuple[dict[str, Any], ...] = (
    {"validate": "any", "input_title": "甲" * 32, "input_message": 'a"&<>\n甲' * 36},
    {"validate": "list", "source": ["甲", "a\"b", "<&>"], "error_type": "stop", "ignore_blank": True},
    {"validate": "list", "source": ["𠀀" * 63, "b" * 128]}, {"validate": "list", "source": ["_x0041_", "\t"]},
    {"validate": "list", "source": ["甲"] * 128}, {"validate": "list", "source": "=$A$1:$A$3"},
    {"validate": "custom", "value": '=SUM(A1)>"_x000A_"', "error_message": "乙"},
    {"validate": "custom", "value": "=SORT(A1)<5"}, {"validate": "custom", "value": "=5", "ignore_blank": False},
    {"validate": "decimal", "criteria": ">", "value": 5}, {"validate": "custom", "value": "5", "error_type": "warning"},
)  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_what_may_be_typed_is_worded_as_the_library_words_it(rule: dict[str, Any]) -> None:
    theirs = Worksheet()
    theirs.fh = io.StringIO()
    _must(theirs.data_validation(27, 30, 27, 30, rule))
    theirs._write_data_validation(theirs.validations[0])
    assert QuickWorksheet().word_rule(27, 30, rule).text == theirs.fh.getvalue()


REFUSED: tuple[dict[str, Any], ...] = (
    {"validate": "any", "input_title": "𠀀" * 17}, {"validate": "list", "source": ["𠀀" * 128]},
    {"validate": "any", "error_title": "甲"},
)  # fmt: skip


@pytest.mark.filterwarnings("ignore:Length of")
@pytest.mark.parametrize("rule", REFUSED)
def test_what_the_library_refuses_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        QuickWorksheet().word_rule(0, 0, rule)


def test_cells_of_a_whole_row_are_drawn_together_as_any_others() -> None:
    def write(whole: bool) -> bytes:
        book = Book("")
        page = book.page("甲", (8.0, 9.0, 20.0, 9.0, 7.0))
        for row, (first, last) in enumerate(((1, 3), (0, 4), (2, 3)), start=2):
            if whole:
                blank: list[Placed] = [(at, "", "hint", None) for at in range(first + 1, last + 1)]
                page.whole.write(row, [(first, "乙" * row, "hint", None), *blank], 22, measured=False)
                page.worksheet.join_whole(row, first, last)
            else:
                page.merged(row, first, last, "乙" * row, "hint")
                page.height(row, {}, least=22)
        return book.close()

    assert write(whole=True) == write(whole=False)


def test_nothing_is_written_to_a_row_that_is_whole_and_no_chart_looks_at_it() -> None:
    page = Book("").page("甲", (8.0, 8.0))
    page.whole.write(3, [(0, "甲", "cell", None), (1, "", "cell", None)])
    page.worksheet.join_whole(3, 0, 1)
    for write in (
        lambda: page.text(3, 1, "乙"),
        lambda: page.worksheet.join_whole(3, 1, 2),
        lambda: page.worksheet.join_whole(2, 0, 1),
        lambda: page.whole.write(3, [(1, "乙", "cell", None)]),
        lambda: page.worksheet._get_range_data(2, 0, 5, 0),
        lambda: page.whole.write(4, [(0, float("nan"), "cell", None)]),
        lambda: computed("SORT(A1)", 1),
        lambda: page.whole.write(5, [(0, "𠀀" * 20_000, "cell", None)]),
    ):
        with pytest.raises(AssertionError):
            write()


def test_what_the_library_writes_to_a_row_that_is_whole_is_not_lost_in_silence() -> None:
    book = Book("")
    page = book.page("甲", (8.0, 8.0))
    page.whole.write(3, [(0, "甲", "cell", None)])
    page.link(3, 1, "甲", "A1", "去")
    with pytest.raises(AssertionError, match="row 3 is whole"):
        book.close()


@given(text_of(st.sampled_from("甲ａ1a，) \n"), max_size=40), st.floats(1, 60), st.floats(8, 26))
def test_a_short_text_takes_as_many_lines_as_are_found(said: str, width: float, size: float) -> None:
    room = max((7 * width - 3) / (size * 96 / 72 / 2), 2.0)
    assert lines_needed(said, width, size) == _lines(said, room)


def test_the_library_still_prepares_formulas_where_the_guard_stands() -> None:
    """Else the guard would guard nothing, and nobody would notice."""
    assert list(inspect.signature(Worksheet._prepare_formula).parameters) == [
        "self",
        "formula",
        "expand_future_functions",
    ]
    assert "self._prepare_formula(formula)" in inspect.getsource(Worksheet._write_formula)
