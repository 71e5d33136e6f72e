"""Units in a workbook: what is chosen, typed and shown, and that the live formulas agree with the engine."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import office
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from live_rows import live_cells, render_amount
from make_samples import fill_workbook
from support import (
    ASSIGNMENT,
    CATALOG,
    ISSUE,
    assert_worded,
    codes,
    edited,
    figures_sheet,
    filled,
    put,
    read,
    value_cell,
    with_cell,
)

from smartcity_xl import units
from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.plain_formulas import PlainWorksheet
from smartcity_xl.books.values import read_cell
from smartcity_xl.catalog.load import catalog_ids, load_catalog
from smartcity_xl.form.checks import check_submission
from smartcity_xl.form.template.live import RowCells, factor_formula, number_formula
from smartcity_xl.model import Kind, Slot, State, Submission
from smartcity_xl.rules.exact import evaluate
from smartcity_xl.run.collecting import assess
from smartcity_xl.run.templates import make_templates
from smartcity_xl.score.merge import merge_submissions
from smartcity_xl.score.scoring import mark_indicator

F = Fraction
CATALOGS = {name: load_catalog(name) for name in catalog_ids()}

# --- in a workbook -----------------------------------------------------------------------------------------------

PLANNING, MANAGEMENT = "planning", "urban-management"
AREAS = {"built_up_area_planning": 180.5, "map_500_area": 17000}
Reader = Callable[[bytes], Submission]


class XML(str):
    """A cell as it is written in the package; {c} is its name."""


def with_unit(unit: object, answers: Mapping[str, Any] = AREAS) -> bytes:
    """A workbook with something in place of the unit of ``map_500_area``."""
    cell = value_cell(PLANNING, "map_500_area").replace("D", "E")
    if isinstance(unit, XML):
        return with_cell(filled(PLANNING, **answers), cell, unit.replace("{c}", cell))
    return edited(filled(PLANNING, **answers), lambda book: figures_sheet(book).__setitem__(cell, unit))


def with_format(code: str, key: str, value: float, department: str = MANAGEMENT) -> bytes:
    def dress(book: Any) -> None:
        figures_sheet(book)[value_cell(department, key)].number_format = code

    return edited(filled(department, **{key: value}), dress)


# What stands in the cell of the unit -> the value, its unit, the finding.
CHOSEN = [
    ("the unit that was issued", "平方公里", 17000, "平方公里", []),
    ("another unit of the list", "公顷", 170, "公顷", []),
    ("a unit without a finite factor", "亩", F(17000, 1500), "亩", []),
    ("another spelling", "km²", 17000, "平方公里", []),
    ("blanks around", " 公顷 ", 170, "公顷", []),
    ("full-width blanks around", "　公顷　", 170, "公顷", []),
    ("nothing", None, 17000, "平方公里", ["unit-blank"]),
    ("blanks", "  ", 17000, "平方公里", ["unit-blank"]),
    ("a unit of another measure", "公里", None, "", ["unit-unknown"]),
    ("a unit that is not offered", "万亩", None, "", ["unit-unknown"]),
    ("a word", "平方", 17000 / F(10**6), "平方米", []),
    ("a number", 12, None, "", ["unit-unknown"]),
    ("a formula", XML('<c r="{c}" t="str"><f>"公"&amp;"顷"</f><v>公顷</v></c>'), 170, "公顷", []),
    ("an error", XML('<c r="{c}" t="e"><v>#N/A</v></c>'), None, "", ["unit-unknown"]),
]


@pytest.mark.parametrize(
    ("chosen", "value", "unit", "expected"), [pytest.param(*row, id=name) for name, *row in CHOSEN]
)
def test_the_unit_beside_a_number(chosen: object, value: Any, unit: str, expected: list[str], reader: Reader) -> None:
    data = with_unit(chosen)
    answer = (submission := reader(data)).answers["map_500_area"]
    assert (answer.value, answer.unit, answer.raw) == (value if value is None else F(value), unit, "17000")
    found = [f for f in submission.findings if f.figure == "map_500_area"]
    assert codes(found) == expected
    assert_worded(found)
    assert all(f.origin.cell == value_cell(PLANNING, "map_500_area").replace("D", "E") for f in found)


@pytest.mark.parametrize("unit", [None, "公里", "亩"])
@pytest.mark.parametrize(
    ("typed", "state"), [(None, State.BLANK), ("不适用", State.NOT_APPLICABLE), ("暂无", State.NO_DATA)]
)
def test_a_unit_without_a_number_is_nobodys_business(typed: Any, state: State, unit: Any, reader: Reader) -> None:
    submission = reader(with_unit(unit, {**AREAS, "map_500_area": typed}))
    assert submission.answers["map_500_area"].state is state
    assert [f for f in submission.findings if f.figure == "map_500_area"] == []


def test_both_what_was_typed_and_what_it_comes_to_are_kept(reader: Reader) -> None:
    answer = reader(with_unit("公顷")).answers["map_500_area"]
    assert (answer.raw, answer.unit, answer.value, answer.given) == ("17000", "公顷", 170, "17000 公顷")
    answer = reader(with_unit("平方公里", {**AREAS, "map_500_area": "1.7万公顷"})).answers["map_500_area"]
    assert (answer.raw, answer.unit, answer.value, answer.given) == ("1.7万公顷", "万公顷", 170, "1.7万公顷")


PERCENT = [
    ("a built-in format", "0%", 0.863, "86.3", "86.3%"),
    ("a built-in format with decimals", "0.00%", 0.0086, "0.86", "0.86%"),
    ("a format of the clerk's own", "0.0%", 0.86, 86, "86%"),
    ("a format that tells nothing", "0.00", 86.3, "86.3", "86.3"),
]


@pytest.mark.parametrize(("code", "value", "expected", "raw"), [pytest.param(*row, id=name) for name, *row in PERCENT])
def test_a_percentage_by_format_is_in_no_doubt(
    code: str, value: float, expected: Any, raw: str, reader: Reader
) -> None:
    submission = check_submission(CATALOG, ASSIGNMENT, reader(with_format(code, "case_filing_rate", value)))
    answer = submission.answers["case_filing_rate"]
    assert (answer.value, answer.raw) == (F(expected), raw)
    assert [f.code for f in submission.findings if f.figure == "case_filing_rate"] == []


def test_a_decimal_without_such_a_format_is_asked_about_as_ever(reader: Reader) -> None:
    submission = check_submission(CATALOG, ASSIGNMENT, reader(with_format("0.00", "case_filing_rate", 0.86)))
    assert [f.code for f in submission.findings if f.figure == "case_filing_rate"] == ["share-scale"]


def test_a_format_that_hides_ten_thousands_is_told(reader: Reader) -> None:
    submission = reader(with_format('0!.0,"万"', "households_total", 123456, "industry"))
    assert submission.answers["households_total"].value == 123456
    assert [f.code for f in submission.findings if f.figure == "households_total"] == ["format-kept"]


# --- a unit and its multiple give the same score -----------------------------------------------------------------


def typable(slot_: Slot, value: Fraction) -> list[tuple[float, str]]:
    """A value as numbers that a cell can hold exactly, each with its unit."""
    found = []
    for unit in slot_.choices:
        number = value / units.factor(unit, slot_.unit)
        if F(f"{float(number):.15g}") == number:
            found.append((float(number), unit))
    return found


ALL = [(name, indicator.code) for name, catalog in CATALOGS.items() for indicator in catalog.indicators]


@pytest.mark.parametrize(("system", "code"), ALL, ids=[f"{system} {code}" for system, code in ALL])
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_unit_and_its_multiple_give_the_same_score(system: str, code: str, data: st.DataObject) -> None:
    """The answers of an indicator, each typed in any unit of its figure: the values are the same, and so the score."""
    catalog = CATALOGS[system]
    indicator = next(i for i in catalog.indicators if i.code == code)
    tables = [figure.key for figure in catalog.figures_of[code] if figure.columns]
    plain: dict[str, Fraction] = {}
    other: dict[str, Fraction] = {}
    row_plain: dict[str, Fraction] = {}
    row_other: dict[str, Fraction] = {}
    for slot_ in (s for f in catalog.figures_of[code] for s in (*f.slots, *f.columns)):
        column = slot_.figure in tables
        values, others = (row_plain, row_other) if column else (plain, other)
        if slot_.fixed is not None or not slot_.numeric:
            top = len(slot_.options) if slot_.kind is Kind.CHOICE else 1
            value = slot_.fixed if slot_.fixed is not None else F(data.draw(st.integers(top > 1, top)))
            values[slot_.key] = others[slot_.key] = value
            continue
        step = 1 if slot_.whole else 1000
        value = F(data.draw(st.integers(int(slot_.minimum * step), int(slot_.maximum * step))), step)
        number, unit = data.draw(st.sampled_from(typable(slot_, value)))
        reading = read_cell(number, slot_, unit)
        values[slot_.key], others[slot_.key] = value, reading.value or F(0)
        assert (reading.value, reading.unit, reading.problems) == (value, unit, ())
        typed = read_cell(f"{number:.15f}{unit}" if abs(number) < 1 else f"{number!r}{unit}", slot_)
        assert typed.value in (value, None)  # None: written with an exponent
        if unit != slot_.unit:
            assert read_cell(f"{number!r}", slot_, unit).value in (value, None)
    scores = [
        mark_indicator(indicator, evaluate(indicator.rule, values, {key: [row] for key in tables}).value)
        for values, row in ((plain, row_plain), (other, row_other))
    ]
    assert scores[0] == scores[1]


def city() -> list[dict[str, Any]]:
    home = Path(__file__).parent.parent / "samples"
    given = tomllib.loads((home / "city.toml").read_text(encoding="utf-8"))["workbook"]
    return [entry for entry in given if not entry.get("damaged")]


def in_other_units(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A department's answers, every number in the last unit in which a cell can hold it, or the first."""
    answers, chosen = dict(entry["answers"]), dict(entry.get("units", {}))
    for key, typed in answers.items():
        slot_ = CATALOG.slots[key]
        if (
            isinstance(typed, (int, float))
            and not isinstance(typed, bool)
            and slot_.fixed is None
            and key not in chosen
        ):
            ways = [way for way in typable(slot_, F(repr(typed))) if way[1] != slot_.unit]
            # a share between 0 and 1 is asked about in its own unit, and must go on being so
            if ways and not (slot_.kind is Kind.SHARE and typed <= 1):
                answers[key], chosen[key] = ways[len(chosen) % len(ways)]
    return {**entry, "answers": answers, "units": chosen}


def test_a_whole_city_in_other_units_has_the_same_scores(tmp_path: Path) -> None:
    outcomes, changed = [], 0
    for name, change in (("own", dict), ("other", in_other_units)):
        files = {}
        for entry in city():
            given = change(entry)
            changed += len(given.get("units", {})) if name == "other" else 0
            files[entry["file"]] = fill_workbook(CATALOG, ASSIGNMENT, entry["department"], ISSUE, given)
        outcomes.append(assess(put(tmp_path / name, files)))
    own, other = outcomes
    assert changed > 35
    assert own.scores == other.scores
    assert [f.code for f in own.findings] == [f.code for f in other.findings]
    slots = [{key: (m.standing, m.value) for key, m in o.merged.slots.items()} for o in outcomes]
    assert slots[0] == slots[1]


def test_two_departments_may_give_one_figure_in_two_units() -> None:

    def sent(number: float, unit: str) -> Submission:
        answers = {"answers": {"total_investment": number}, "units": {"total_investment": unit}}
        return read(fill_workbook(CATALOG, ASSIGNMENT, "gov-data", ISSUE, answers))

    merged = merge_submissions(CATALOG, ASSIGNMENT, [sent(126480.5, "万元"), sent(12.64805, "亿元")])
    assert merged.slots["total_investment"].value == F("126480.5")
    assert "conflict" not in codes(merged.findings)
    merged = merge_submissions(CATALOG, ASSIGNMENT, [sent(126480.5, "万元"), sent(12.7, "亿元")])
    [conflict] = [finding for finding in merged.findings if finding.code == "conflict"]
    assert "126480.5万元" in conflict.parameters["sides"]
    assert "127000万元" in conflict.parameters["sides"]


# --- the live formulas, against the engine, in other people's programs -------------------------------------------

AWKWARD = [
    "1.1",
    "0.0003",
    "12.5",
    "0.1",
    "33.33",
    "1234.5678",
    "0.000001",
    "99999.9999",
    "7",
    "0",
    "123456789.12345",
    "2.675",
]


def live_cases() -> list[tuple[Slot, str, Fraction]]:
    """Every figure's every unit with numbers that binary arithmetic finds hard; each figure once for each shape."""
    shapes: dict[tuple[Any, ...], Slot] = {}
    for catalog in CATALOGS.values():
        for figure in catalog.figures.values():
            for slot_ in figure.slots:
                if slot_.numeric and slot_.fixed is None and len(slot_.choices) > 1:
                    shapes.setdefault((slot_.kind, slot_.unit, slot_.maximum), slot_)
    return [(s, unit, F(number)) for s in shapes.values() for unit in (*s.choices, "", "升") for number in AWKWARD]


Render = Callable[[Slot, RowCells], str]


def live_differences(program: str, folder: Path, render: Render = render_amount) -> list[str]:
    """Where a program that calculates the live formulas of all cases shows another number than the engine's."""
    path, cases = folder / "live.xlsx", live_cases()
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("live", PlainWorksheet)
    for row, (slot_, unit, number) in enumerate(cases):
        value, chosen, times, amount = (cell_name(row, at) for at in range(4))
        sheet.write_number(value, float(number))
        sheet.write_string(chosen, unit)
        cells = live_cells(value, chosen, times, amount)
        sheet.write_formula(times, "=" + factor_formula(slot_, cells.unit).text, None, office.SPOILT)
        sheet.write_formula(amount, "=" + render(slot_, cells), None, office.SPOILT)
        sheet.write_formula(row, 4, "=" + number_formula(slot_, cells).text, None, office.SPOILT)
    book.close()
    shown = office.read_values(office.recalculate(program, [path], folder / "out")[path])["live"]
    found = []
    for row, (slot_, unit, number) in enumerate(cases):
        here, there = shown.get(cell_name(row, 4)), expected_number(slot_, unit, number)
        if show_digits(here) != show_digits(there):
            found.append(f"{number} {unit} for {slot_.key}: {here!r} instead of {there!r}")
    return found


def show_digits(number: object) -> str:
    """A number with all the digits that a cell can show, or nothing."""
    return f"{number:.15g}" if isinstance(number, (int, float)) else ""


def expected_number(slot_: Slot, unit: str, number: Fraction) -> float | None:
    """The number that the sheet must show, or None where the engine takes none."""
    if unit == "升":
        return None
    value = read_cell(float(number), slot_, unit).value
    assert value is not None
    scale = slot_.kind is Kind.SHARE and unit in ("", "%") and 0 < value <= 1
    if not slot_.minimum <= value <= slot_.maximum or scale or (slot_.whole and value.denominator != 1):
        return None
    return float(value)


@pytest.mark.office
@pytest.mark.parametrize("program", office.PROGRAMS)
def test_the_live_amount_is_the_engines_to_the_last_digit(program: str, tmp_path: Path) -> None:
    assert len(live_cases()) > 1500
    assert live_differences(program, tmp_path) == []


PLANTED = [
    ("rounded to four places", office.LIBREOFFICE, "ROUND({product},4)"),
    ("rounded to four places", office.GNUMERIC, "ROUND({product},4)"),
    # 0.0003 万 is then 2.9999999999999996 and no whole number; LibreOffice forgives that by itself
    ("not rounded", office.GNUMERIC, "{product}"),
]


@pytest.mark.office
@pytest.mark.parametrize(("program", "planted"), [pytest.param(*row, id=f"{name} {row[0]}") for name, *row in PLANTED])
def test_an_amount_that_is_wrongly_rounded_is_seen(program: str, planted: str, tmp_path: Path) -> None:
    def render(_: Slot, cells: RowCells) -> str:
        value, times = cells.value.text, cells.factor.text if cells.factor else "1"
        return f'IF(ISNUMBER({times}),{planted.replace("{product}", f"{value}*{times}")},"")'

    assert len(live_differences(program, tmp_path, render)) > 10


def test_a_template_offers_the_units_and_the_first_is_the_figures_own(tmp_path: Path) -> None:
    import openpyxl

    make_templates(tmp_path)
    seen = 0
    for path in tmp_path.glob("*.xlsx"):
        sheet = openpyxl.load_workbook(path)["填报表"]
        lists = {
            str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"
        }
        for row in range(5, sheet.max_row + 1):
            slot_ = CATALOG.slots.get(str(sheet.cell(row, 1).value))
            if slot_ is None or not slot_.numeric:
                continue
            cell = sheet.cell(row, 5)
            offered = slot_.fixed is None and len(slot_.choices) > 1
            assert cell.value == slot_.unit
            assert cell.protection.locked is not offered
            assert lists.get(cell.coordinate) == (f'"{",".join(slot_.choices)}"' if offered else None)
            seen += offered
    assert seen > 40
