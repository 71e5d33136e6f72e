"""Of a copy of a sheet only what was written to it is worded anew: the same bytes as of a sheet written once."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from xlsxwriter.core import Core
from xlsxwriter.custom import Custom
from xlsxwriter.xmlwriter import XMLwriter

from smartcity_xl.books import stamped_sheet, stamping
from smartcity_xl.books.cells import Spot
from smartcity_xl.books.live import number, text
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.books.property_parts import core_text, custom_text
from smartcity_xl.books.quick_cells import QuickWorksheet
from smartcity_xl.books.stamped_sheet import StampedSheet
from smartcity_xl.books.stamping import StampedWorkbook

ROWS, COLUMNS = 40, 6
Change = Callable[[Page, Random], None]
RULE = {"type": "cell", "criteria": ">", "value": 9}


def lay_out() -> Book:
    """Texts, numbers and formulas that read them; rows of three heights, and one below another; links in some, and a
    format under a condition."""
    book = Book("甲")
    page = book.page("页", (8.0, 12.0, 12.0, 12.0, 12.0, 12.0))
    for row in range(0, ROWS, 2):
        page.text(row, 0, f"键{row}")
        page.number(row, 1, row)
        page.blank(row, 2, "input_text")
        page.live(row, 3, page.seen(row, 1) + number(1))
        page.live(row, 4, page.seen(row, 2) & text("<&>") & page.seen(row, 3))
        page.height(row, {0: "长" * row})
        if row % 8 == 0:
            page.point(row, 1, Spot("页", row))
    page.worksheet.conditional_format(0, 1, ROWS, 1, dict(RULE))
    page.fold(8, 1)
    page.hide_row(10)
    page.protect()
    page.print_on_a4(landscape=True, head=1, footer="&L页")
    for style in ("hint", "alarm", "input"):
        book.format(style)
    return book


def at(chance: Random, *columns: int) -> tuple[int, int]:
    return chance.randrange(0, ROWS, 2), chance.choice(columns)


# what may be written to a copy: by name
CHANGES: Mapping[str, Change] = {
    "an answer": lambda page, chance: page.refill(*at(chance, 1, 2), chance.choice(("甲", " a\n", "_x0041_", 7, 0.1))),
    "a date": lambda page, chance: page.refill(*at(chance, 2), datetime.date(2026, 1, 2), "yyyy-mm-dd", "#F8C9C4"),
    "a truth value": lambda page, chance: page.refill(*at(chance, 1, 2), chance.random() < 0.5),
    "over a formula": lambda page, chance: page.text(*at(chance, 3, 4), "不再计算", "hint"),
    "beside": lambda page, chance: page.number(chance.randrange(0, ROWS, 2), 5, chance.randrange(99)),
    "a new row": lambda page, chance: page.text(2 * chance.randrange(ROWS) + 1, 1, "新", "alarm"),
    "whole rows": lambda page, chance: write_whole(page, chance.randrange(ROWS, 3 * ROWS)),
    "a height": lambda page, chance: page.height(chance.randrange(0, ROWS, 2), {0: "高" * chance.randrange(90)}),
    "a note": lambda page, chance: page.comment(*at(chance, 2, 5), "请核对"),
    "a way": lambda page, chance: page.text(*at(chance, 2), "去", "link", Spot("页", 3)),
    "a way beside another": lambda page, chance: page.point(chance.randrange(0, ROWS, 8), 2, Spot("页", 5)),
    "a condition": lambda page, _: page.worksheet.conditional_format(0, 1, ROWS, 1, RULE | {"value": 3}),
    "seen by formulas alone": lambda page, chance: page.hold(2, chance.choice((0, 1)), chance.randrange(99)),
    "a formula": lambda page, chance: page.live(2 * chance.randrange(9), 5, page.seen(2, 0) & page.seen(2, 1)),
    "a footer": lambda page, _: page.worksheet.set_footer("&L另一页"),
    "a width": lambda page, _: page.worksheet.set_column(5, 5, 30),
    "a row folded away": lambda page, chance: page.fold(chance.randrange(0, ROWS, 2), 2),
    "nothing": lambda page, chance: None,
}


def write_whole(page: Page, first: int) -> None:
    """Where none stands, in a band of rows with others or in one of its own."""
    for row in range(first, first + 3):
        if row not in page.worksheet.whole and not page.worksheet.table.get(row):
            page.whole.write(row, [(0, f"整行{row}", "plain", None), (5, row, "plain", None)])


def drawn(seed: int) -> Iterator[tuple[str, Random]]:
    chance = Random(seed)  # noqa: S311
    for name in chance.choices(sorted(CHANGES), k=seed % 9):
        yield name, Random(chance.random())  # noqa: S311


def differing(seeds: range) -> list[int]:
    """Of copies of one sheet, one after another, those that are not what is written once."""
    found, form = [], lay_out()
    form.lay_out()
    for seed in seeds:
        plain = lay_out()
        for name, chance in drawn(seed):
            CHANGES[name](plain.pages[0], chance)
        with form.fork() as copy:
            for name, chance in drawn(seed):
                CHANGES[name](copy.pages[0], chance)
            stamped = copy.close()
        found += [seed] if plain.close() != stamped else []
    return found


def test_every_copy_is_what_is_written_once() -> None:
    used = {name for seed in range(90) for name, _ in drawn(seed)}
    assert used == set(CHANGES)
    assert differing(range(90)) == []


@pytest.mark.parametrize("name", CHANGES)
def test_a_copy_that_broke_off_leaves_nothing_to_the_next(name: str) -> None:
    form, plain = lay_out(), lay_out()
    form.lay_out()
    write_next(plain.pages[0])
    good = plain.close()
    for seed in range(4):
        with suppress(ValueError), form.fork() as copy:
            for at in range(4):
                CHANGES[name](copy.pages[0], Random(seed * at))  # noqa: S311
            if seed % 2:
                copy.close()
            raise ValueError("broken off")
        with form.fork() as copy:
            write_next(copy.pages[0])
            assert copy.close() == good


def write_next(page: Page) -> None:
    """An answer, a formula that reads what others may have written, and something that no frame has around its rows."""
    page.refill(ROWS - 2, 2, "甲")
    page.live(0, 5, page.seen(2, 0) & page.seen(2, 1))
    page.worksheet.set_footer("&L又一页")


def _same_spans(sheet: StampedSheet) -> None:
    if sheet.texts:
        sheet.row_spans = sheet.laid.spans
    else:
        QuickWorksheet._calculate_spans(sheet)


def _one_frame(sheet: StampedSheet) -> bytes:
    if not sheet.about:
        return sheet._catch(sheet._assemble_xml_file).encode()
    frame = sheet.frames[0] if sheet.frames else None
    return sheet._between(frame.head, frame.tail) if frame else sheet._part_framed()


def _no_new_rows(sheet: StampedSheet) -> Iterable[int]:
    return () if sheet.texts else QuickWorksheet.rows_to_write(sheet)


# fault -> what is in the place of what
FAULTS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "rows reach as far as before": ("_calculate_spans", _same_spans),
    "what stands around the rows is always the same": ("part", _one_frame),
    "there are no new rows": ("rows_to_write", _no_new_rows),
    "a row reaches as far as what was written to it": ("_cells_of", QuickWorksheet._cells_of),
    "nobody says in which rows there is more than there was": ("_touch", lambda *_: None),
    "a result is not given": ("replace_result", lambda *_: None),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_seen(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, instead = FAULTS[fault]
    monkeypatch.setattr(StampedSheet, name, instead)
    assert differing(range(90)) != []


def test_no_row_is_written_whole_over_one_that_was_laid_out() -> None:
    form = lay_out()
    form.lay_out()
    with form.fork() as copy, pytest.raises(AssertionError, match="row 2 holds something"):
        copy.pages[0].whole.write(2, [(1, "甲", "hint", None)])


def test_what_a_frame_depends_on_is_all_that_is_not_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert differing(range(90)) == []
    monkeypatch.setattr(stamped_sheet, "_OF_ROWS", stamped_sheet._OF_ROWS | {"footer"})
    assert differing(range(90)) != []


def test_what_a_form_keeps_of_its_copies_is_bounded() -> None:
    form = lay_out()
    form.lay_out()
    for count in range(80):
        with form.fork() as copy:
            copy.pages[0].worksheet.set_footer(f"&L{count}")
            copy.pages[0].refill(0, 2, 1, "0." + "0" * (count % 70))
            copy.workbook.define_name(f"名{count}", "=页!$A$1")
            copy.close()
    kept = form.workbook
    assert [len(sheet.frames) for sheet in kept.worksheets()] == [4]
    assert 0 < len(kept.frames) <= 64
    assert 0 < len(stamping._STYLES) <= 64


def test_copies_with_other_answers_share_what_stands_around_their_rows() -> None:
    form = lay_out()
    form.lay_out()
    for count in range(9):
        with form.fork() as copy:
            for row in range(0, ROWS, 2):
                copy.pages[0].refill(row, 1, count)
                copy.pages[0].refill(row, 2, "高" * count)
            copy.close()
    assert [len(sheet.frames) for sheet in form.workbook.worksheets()] == [1]


ODD = ("", "甲 & <乙>", '"引"', " a\nb ", "_x0041_", "\x01\ufffe", "𠀀" * 120)


def written(part: XMLwriter, properties: object) -> str:
    stream = io.StringIO()
    part._set_properties(properties)
    part._set_xml_writer(stream)
    part._assemble_xml_file()
    return stream.getvalue()


@pytest.mark.parametrize("said", ODD)
def test_properties_are_written_as_the_library_writes_them(said: str) -> None:
    for created in (datetime.datetime(2000, 1, 1), datetime.datetime(2026, 5, 6)):
        about = {"title": said, "created": created}
        assert core_text(about) == written(Core(), about)
    own = [(f"xlscore.{name}", said + name, "text") for name in ("kind", "甲", "a&b")]
    assert custom_text(own) == written(Custom(), own)
    assert custom_text(own[:1]) == written(Custom(), own[:1])


def test_a_copy_can_be_opened() -> None:
    form = lay_out()
    form.lay_out()
    with form.fork() as copy, zipfile.ZipFile(io.BytesIO(copy.close())) as book:
        assert book.testzip() is None


# --- styles that many workbooks share --------------------------------------------------------------------------------


def styles_of(seed: int) -> bytes:
    """Those of a workbook whose cells look so and so; some have notes, or a format under a condition."""
    chance, book = Random(seed), Book("甲")  # noqa: S311
    page = book.page("页", (8.0,))
    for row, style in enumerate(chance.choices(("hint", "alarm", "input", "percent"), k=seed % 4)):
        page.blank(row, 0, style)
    if seed % 3 == 0:
        page.worksheet.conditional_format(
            0, 0, 9, 0, dict(RULE) | {"format": book.format(chance.choice(("good", "bad")))}
        )
    if seed % 5 == 0:
        page.comment(0, 0, "请核对")
    with zipfile.ZipFile(io.BytesIO(book.close())) as file:
        return file.read("xl/styles.xml")


def styles_that_differ() -> list[int]:
    """Workbooks whose styles are others where those before them are known."""
    alone = []
    for seed in range(60):
        stamping._STYLES.clear()
        alone.append(styles_of(seed))
    return [seed for seed in range(60) if styles_of(seed) != alone[seed]]


def test_styles_are_those_of_the_workbook_whatever_was_written_before() -> None:
    assert styles_that_differ() == []
    assert 1 < len(stamping._STYLES) < 60


@pytest.mark.parametrize("name", ["has_comments", "_looks_from"])
def test_styles_that_are_taken_for_others_are_seen(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    looks, at = StampedWorkbook.looks, {"has_comments": 0, "_looks_from": 2}[name]
    monkeypatch.setattr(StampedWorkbook, "looks", lambda book: (*looks(book)[:at], *looks(book)[at + 1 :]))
    try:
        assert styles_that_differ() != []
    finally:
        stamping._STYLES.clear()
