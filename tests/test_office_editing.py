"""A system as a workbook: out and back without a loss, every fault by sheet and cell, and a round with one's own."""

from __future__ import annotations

import re
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from edited_books import BOOK, ID, Editor, edited, exported
from hypothesis import given
from hypothesis import strategies as st
from office import PROGRAMS, recalculate, spoil_cached

from smartcity_xl.catalog.load import catalog_ids, load_catalog, load_document
from smartcity_xl.messages import label, words
from smartcity_xl.model import Scheme
from smartcity_xl.office.editing import read_catalog_book, write_document
from smartcity_xl.office.editing.cells import decimal
from smartcity_xl.office.editing.form import (
    COLUMN_HINT_ROW,
    FIRST_ROW,
    HEAD_ROW,
)
from smartcity_xl.rules.syntax import RuleError, parse_rule


@pytest.fixture(scope="module", params=catalog_ids())
def system(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# --- out and back ------------------------------------------------------------------------------------------------


def test_a_system_comes_back_as_it_was(system: str, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(exported(system))
    assert read_catalog_book(path).catalog == load_catalog(system)


def test_a_system_comes_back_as_it_was_from_the_hands_of_another_program(system: str, tmp_path: Path) -> None:
    path = edited(tmp_path, data=exported(system))
    assert read_catalog_book(path).catalog == load_catalog(system)


def test_the_same_system_gives_the_same_bytes(system: str) -> None:
    assert exported(system) == exported(system)


def test_the_text_of_a_system_reads_back_and_shows_rules_line_by_line(system: str) -> None:
    document = load_document(system)
    text = write_document(document)
    assert tomllib.loads(text) == document
    lines = text.split("\n")
    for indicator in document["indicators"]:
        if "\n" in indicator["rule"]:
            assert set(indicator["rule"].strip().split("\n")) <= {line.removesuffix('"""') for line in lines}


def test_moved_columns_sorted_rows_and_renamed_sheets_do_no_harm(tmp_path: Path) -> None:
    def edit(editor: Editor) -> None:
        sheet = editor.sheet("categories")
        sheet.insert_cols(3)
        sheet.title = "我的二级指标"
        editor.sheet("figures").insert_rows(FIRST_ROW + 3, 2)

    assert read_catalog_book(edited(tmp_path, edit)).catalog == load_catalog(ID)


WEIGHTS = [0.26, "26%", "２６％", " 26 % ".replace(" ", ""), "0.26"]


@pytest.mark.parametrize("weight", WEIGHTS, ids=repr)
def test_a_weight_may_be_a_percentage_or_its_text(weight: object, tmp_path: Path) -> None:
    path = edited(tmp_path, lambda editor: editor.put("dimensions", "L1", "weight", weight))
    book = read_catalog_book(path)
    assert book.catalog.dimensions[0].weight == Fraction(26, 100)
    assert book.document["dimensions"][0]["weight"] == "26%"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**12), max_value=10**12))
def test_a_number_is_written_with_every_digit(number: Any) -> None:
    text = decimal(Fraction(number))
    assert re.fullmatch(r"-?\d+(\.\d+)?", text)
    assert Fraction(text) == Fraction(number)


def test_the_units_of_a_figure_and_of_a_column_come_back_one_a_line(tmp_path: Path) -> None:
    def edit(editor: Editor) -> None:
        editor.put("figures", "city_area", "units", "平方公里\n公顷")
        editor.put("members", "tertiary_hospitals.record_reads", "units", "次\n万次")

    figures = read_catalog_book(edited(tmp_path, edit)).catalog.figures
    assert figures["city_area"].slots[0].choices == ("平方公里", "公顷")
    assert figures["tertiary_hospitals"].columns[0].units == ("次", "万次")


def test_full_width_signs_in_rules_and_keys_are_taken_as_plain_ones(tmp_path: Path) -> None:
    rule = "100 ＊ ratio（gov_items_ecert， gov_items_total）　# 见（一）"
    book = read_catalog_book(edited(tmp_path, lambda editor: editor.put("indicators", "L1P1-A1", "rule", rule)))
    before, after = (c.indicators[0].rule for c in (load_catalog(ID), book.catalog))
    assert after.result == before.result
    assert after.source.endswith("# 见（一）")


def test_the_guide_names_every_function_and_its_examples_are_rules() -> None:
    lines = words("edit")["guide"]
    with pytest.raises(RuleError) as refused:
        parse_rule("nosuchfunction(1)")
    known = set(refused.value.expected.removeprefix("one of the functions ").split(", "))
    assert {name for form, _, _ in lines for name in re.findall(r"([a-z]+)\(", form)} == known
    for _, _, example in lines:
        assert parse_rule(example)


def checks(path: Path, name: str) -> list[str]:
    """What the check column of a sheet says, from the total in its title row downwards."""
    book = openpyxl.load_workbook(path, data_only=True)
    sheet = book[label(f"edit.sheet_{name}")]
    at = next(cell.column for cell in sheet[1] if cell.value == "check")
    skip = (COLUMN_HINT_ROW + 1, HEAD_ROW + 1)
    values = [sheet.cell(row, at).value for row in range(2, sheet.max_row + 1) if row not in skip]
    return [str(value) for value in values if value]


@pytest.mark.office
@pytest.mark.parametrize("program", PROGRAMS)
def test_live_checks_tick_and_cross_in_other_peoples_programs(program: str, tmp_path: Path) -> None:
    """Every check is spoilt before the program recalculates it, so that what it says is its own."""
    files = {name: tmp_path / f"{name}.xlsx" for name in (*catalog_ids(), "wrong")}
    for name in catalog_ids():
        files[name].write_bytes(spoil_cached(exported(name)))
    editor = Editor(BOOK)
    editor.put("indicators", "L1P1-A1", "weight", 0.31)
    editor.put("categories", "L2P1", "weight", 0.035)
    editor.put("dimensions", "L8", "weight", 0.41)
    editor.save(files["wrong"])
    saved = recalculate(program, list(files.values()), tmp_path / "saved")
    tick, closed, opened, whole = (label(f"edit.check_{name}") for name in ("ok", "closed", "open", "whole"))
    for name in catalog_ids():
        catalog = load_catalog(name)
        if catalog.scheme is Scheme.STARS:
            continue  # nothing adds up there
        assert checks(saved[files[name]], "dimensions") == [closed, *[tick] * len(catalog.dimensions)]
        marked = {entry["code"] for entry in load_document(name)["categories"] if "mark" in entry}
        wholes = marked & {indicator.code for indicator in catalog.indicators}
        expected = [
            opened if category.weights_open else whole if category.code in wholes else tick
            for category in catalog.categories
        ]
        assert checks(saved[files[name]], "categories") == expected
    wrong = saved[files["wrong"]]
    assert checks(wrong, "dimensions")[:3] == ["合计 101.0%，应为 100.0%", tick, "合计 11.5%，应为 11.0%"]
    assert checks(wrong, "categories")[0] == "合计 101.0%，应为 100.0%"
