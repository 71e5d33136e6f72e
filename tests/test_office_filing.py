"""The workbook for the national system: each figure in its table's order and unit, nothing provisional unnoticed."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from msgspec.structs import replace
from tiny_round import INIT, Round, a, b, put_system

from smartcity_xl.catalog.load import catalog_ids, load_catalog
from smartcity_xl.messages import label
from smartcity_xl.model import Catalog
from smartcity_xl.office.filing import Ready, plan_filing, write_filing
from smartcity_xl.office.filing.lines import name_tables
from smartcity_xl.results import Results, from_outcome
from smartcity_xl.results.record import AnswerRecord
from smartcity_xl.run.collecting import assess

SAMPLES = Path(__file__).parent.parent / "samples" / "inbox"
FRONT, TICKS = label("filing.sheet_front"), label("filing.sheet_ticks")


@pytest.fixture(scope="module")
def sample() -> tuple[Results, Catalog]:
    outcome = assess(SAMPLES)
    return from_outcome(outcome), outcome.catalog


def rows_of(data: bytes) -> dict[str, list[dict[str, Any]]]:
    """Sheet -> its lines, by the headings."""
    found = {}
    for sheet in openpyxl.load_workbook(io.BytesIO(data)).worksheets:
        rows = list(sheet.iter_rows(min_row=4))
        heads = [cell.value for cell in rows[0]] if rows else []
        found[sheet.title] = [{str(head): cell for head, cell in zip(heads, row, strict=True)} for row in rows[1:]]
    return found


def test_every_figure_of_every_indicator_stands_there_in_the_order_of_the_text(
    sample: tuple[Results, Catalog],
) -> None:
    record, catalog = sample
    book = plan_filing(record, catalog)
    told = list(dict.fromkeys((line.code, line.key.partition(".")[0]) for line in book.lines))
    assert told == [(i.code, f.key) for i in catalog.indicators for f in catalog.figures_of[i.code]]
    assert [table.name for table in book.tables] == [f"{d.code} {d.name}" for d in catalog.dimensions]


def test_values_are_exact_in_the_unit_of_the_table_and_plain_text(sample: tuple[Results, Catalog]) -> None:
    record, catalog = sample
    figures = {one.key: one for one in record.figures}
    data = write_filing(plan_filing(record, catalog), "2026-11-21 11:00:00", provisional=True)
    numbers = 0
    for name, rows in rows_of(data).items():
        for row in rows if name not in (FRONT, "_xlscore") else ():
            cell = row[label("filing.value")]
            assert cell.data_type in ("s", "n")
            assert cell.value is None or isinstance(cell.value, str)
            assert cell.number_format == "@"
    for line in plan_filing(record, catalog).lines:
        slot = catalog.slots.get(line.key)
        if slot and slot.numeric and line.value and line.value != label("state.not-applicable"):
            assert re.fullmatch(r"-?\d+(\.\d+)?", line.value)
            assert line.value == figures[line.key].value
            assert line.unit == slot.unit
            numbers += 1
    assert numbers > 60


def test_rows_of_a_table_stand_there_with_their_names(sample: tuple[Results, Catalog]) -> None:
    record, catalog = sample
    key = next(f.key for f in catalog.figures.values() if f.columns)
    used = next(one for figure in record.figures if figure.key == key for one in figure.answers if one.used)
    lines = [line for line in plan_filing(record, catalog).lines if line.key == key]
    columns = 1 + len(catalog.figures[key].columns)
    assert [line.value for line in lines][::columns] == [row.name for row in used.rows or ()]
    first = next(iter(used.rows or ()))
    assert [line.value for line in lines[1:columns]] == [cell.value for cell in first.cells.values()]


def test_what_is_provisional_has_no_value_unless_told_so_and_is_told_on_top(sample: tuple[Results, Catalog]) -> None:
    record, catalog = sample
    book = plan_filing(record, catalog)
    standing = {one.key: one.standing for one in record.figures}
    for line in book.lines:
        assert (line.ready is Ready.OPEN) == (standing[line.key] != "settled")
    held, given = (write_filing(book, "", provisional) for provisional in (False, True))
    for line in book.lines:
        assert line.ready is Ready.FIRM or line.note
    for data, filled in ((held, False), (given, True)):
        words = (label("filing.given"), label("filing.doubt", found="").rstrip("："))
        doubtful = [row for row in rows_of(data)[TICKS] if row[label("filing.state")].value in words]
        assert doubtful
        assert all(bool(row[label("filing.value")].value) is filled for row in doubtful)
        sheet = openpyxl.load_workbook(io.BytesIO(data))[FRONT]
        assert sheet["A2"].font.color.rgb == "FFC62828"
        assert str(book.count(Ready.OPEN)) in sheet["A2"].value
        assert str(book.count(Ready.DOUBT)) in sheet["A2"].value


def test_the_list_to_tick_names_the_cell_and_who_filled_it(sample: tuple[Results, Catalog]) -> None:
    record, catalog = sample
    book = plan_filing(record, catalog)
    rows = rows_of(write_filing(book, ""))[TICKS]
    assert len(rows) == len(book.lines)
    for row in rows[:20]:
        assert ".xlsx" in row[label("filing.place")].value
        assert "!" in row[label("filing.place")].value
        assert row[label("filing.department")].value
        assert row[label("filing.tick")].protection.locked is False
    sheet = openpyxl.load_workbook(io.BytesIO(write_filing(book, "")))[TICKS]
    assert any('"✓"' in str(rule.formula1) for rule in sheet.data_validations.dataValidation)


TABLES = {
    "cn-2016": ["L1", "L2"], "cn-2018": ["L1", "L2"], "gbt33356-2022-city": ["表1", "表2"],
    "gbt33356-2022-county": ["表A.1", "表A.2"],
}  # fmt: skip


@pytest.mark.parametrize("system", catalog_ids())
def test_tables_are_those_of_the_text_and_each_stands_once(system: str) -> None:
    catalog = load_catalog(system)
    names = name_tables(catalog)
    order = list(dict.fromkeys(names[indicator.category] for indicator in catalog.indicators))
    assert [name.split()[0] for name in order[:2]] == TABLES.get(system, [d.code for d in catalog.dimensions[:2]])
    if system.startswith("gbt"):
        numbers = [int(re.findall(r"\d+", name)[0]) for name in order if name.startswith("表")]
        assert numbers == sorted(numbers)


HOSTILE = ("=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", '=HYPERLINK("http://example.com")', "a\u202eb")


def test_hostile_words_stay_words(sample: tuple[Results, Catalog]) -> None:
    """Of names of rows, of files and of departments, and of what was typed."""
    record, catalog = sample
    hostile = iter(HOSTILE * 200)

    def armed(answer: AnswerRecord) -> AnswerRecord:
        rows = tuple(replace(row, name=next(hostile)) for row in answer.rows) if answer.rows else answer.rows
        return replace(answer, rows=rows, file=next(hostile), raw=next(hostile))

    figures = tuple(replace(one, answers=tuple(map(armed, one.answers))) for one in record.figures)
    departments = tuple(replace(one, name=next(hostile)) for one in record.departments)
    book = plan_filing(replace(record, figures=figures, departments=departments), catalog)
    loaded = openpyxl.load_workbook(io.BytesIO(write_filing(book, "=1+1", provisional=True)))
    cells = [cell for sheet in loaded for row in sheet.iter_rows() for cell in row]
    (formula,) = [cell.value for cell in cells if cell.data_type == "f"]
    assert re.fullmatch(r"=COUNTIF\(K5:K\d+,\"✓\"\)", formula), "that which counts the ticks"
    assert set(HOSTILE[:5]) <= {cell.value for cell in cells}
    assert not [link for sheet in loaded for link in sheet._hyperlinks if link.target]


def test_a_number_without_end_is_told_as_one(sample: tuple[Results, Catalog]) -> None:
    """1 亩 is 1/1500 of a square kilometre: ten places are written, and it is said."""
    record, catalog = sample
    figure = next(one for one in record.figures if one.value and one.unit == "平方公里")
    area = replace(figure.answers[0], used=True, raw="1", unit="亩", value="0.0006666667")
    changed = replace(figure, value="0.0006666667", answers=(area,))
    figures = tuple(changed if one is figure else one for one in record.figures)
    line = next(one for one in plan_filing(replace(record, figures=figures), catalog).lines if one.key == figure.key)
    assert line.value == "0.0006666667"
    assert label("filing.endless") in line.note
    assert line.givers[0].typed == "1 亩"


# --- the command -------------------------------------------------------------------------------------------------


@pytest.fixture
def round_(tmp_path: Path) -> Round:
    put_system(tmp_path)
    round_ = Round(tmp_path)
    assert round_.run(*INIT) == 0
    return round_


def test_a_round_that_is_whole_is_filed(round_: Round) -> None:
    round_.receive(甲=a(all=100, done=50), 乙=b(all=100, done=50, open=label("word.yes")))
    round_.run("collect")
    assert round_.run("filing") in (0, 1)
    path = round_.out / label("file.filing")
    lines = rows_of(path.read_bytes())
    table = next(rows for name, rows in lines.items() if name.startswith("L1"))
    assert [row[label("filing.value")].value for row in table] == ["100", "50", label("word.yes")]
    assert round_.run("filing", "--overwrite") in (0, 1)


def test_a_round_with_a_conflict_is_not_filed_unnoticed(round_: Round) -> None:
    round_.receive(甲=a(all=100, done=40), 乙=b(all=100, done=50))
    assert round_.run("collect") == 1
    assert round_.run("filing") == 1
    told = round_.told.getvalue()
    assert "Not all can be filed" in told
    path = round_.out / label("file.filing")
    book = openpyxl.load_workbook(path)
    book[TICKS]["K5"].value = "✓"
    book.save(path)
    assert round_.run("filing") == 2, "ticks are not written over"
    assert round_.run("filing", "--overwrite") == 1
