"""Cells as other programs write them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from read_forms import Reader, all_sheets, prefixed
from support import (
    FIGURES_PART,
    codes,
    column_of,
    edited,
    figures_sheet,
    filled,
    plan,
    read,
    repacked,
    value_cell,
    with_cell,
)

from smartcity_xl.model import State

# --- how other programs write ------------------------------------------------------------------------------------


def test_a_dimension_of_one_cell_as_wps_writes_it_hides_nothing() -> None:
    data = all_sheets(
        filled("secrecy", leak_events=1), lambda x: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', x)
    )
    assert read(data).answers["leak_events"].value == 1


def test_a_dimension_of_the_whole_sheet_costs_nothing() -> None:
    wide = b'<dimension ref="A1:XFD1048576"'
    data = all_sheets(filled("secrecy", leak_events=1), lambda x: re.sub(rb'<dimension ref="[^"]*"', wide, x))
    assert read(data).answers["leak_events"].value == 1


def test_cells_in_a_prefixed_namespace_are_read() -> None:
    submission = read(all_sheets(filled("secrecy", leak_events=1), prefixed))
    assert (submission.answers["leak_events"].value, submission.findings) == (1, ())


def test_an_error_in_a_prefixed_namespace_is_seen() -> None:
    cell = value_cell("secrecy", "leak_events")
    data = with_cell(filled("secrecy", leak_events=1), cell, f'<c r="{cell}" t="e"><v>#N/A</v></c>')
    assert codes(read(all_sheets(data, prefixed)).findings) == ["cell-error"]


RAW = [
    ("a number", '<c r="{c}"><v>12</v></c>', State.VALUE, []),
    ("a number in exponents", '<c r="{c}"><v>1.2E1</v></c>', State.VALUE, []),
    ("an inline text", '<c r="{c}" t="inlineStr"><is><t>12</t></is></c>', State.VALUE, ["text-number"]),
    (
        "an inline rich text",
        '<c r="{c}" t="inlineStr"><is><r><t>1</t></r><r><t>2</t></r></is></c>',
        State.VALUE,
        ["text-number"],
    ),
    ("a formula with its result", '<c r="{c}"><f>10+2</f><v>12</v></c>', State.VALUE, ["formula-kept"]),
    ("a formula in an array", '<c r="{c}"><f t="array" ref="{c}">10+2</f><v>12</v></c>', State.VALUE, ["formula-kept"]),
    (
        "a formula with a text",
        '<c r="{c}" t="str"><f>"12"</f><v>12</v></c>',
        State.VALUE,
        ["formula-kept", "text-number"],
    ),
    ("a formula without a result", '<c r="{c}"><f>10+2</f></c>', State.UNREADABLE, ["formula-uncached"]),
    ("a formula with an empty result", '<c r="{c}"><f>10+2</f><v></v></c>', State.UNREADABLE, ["formula-uncached"]),
    ("a formula with an error", '<c r="{c}" t="e"><f>1/0</f><v>#DIV/0!</v></c>', State.UNREADABLE, ["cell-error"]),
    ("an error", '<c r="{c}" t="e"><v>#N/A</v></c>', State.UNREADABLE, ["cell-error"]),
    ("an error, attributes turned", '<c t="e" r="{c}"><v>#N/A</v></c>', State.UNREADABLE, ["cell-error"]),
    ("an error, other quotes", "<c r=\"{c}\" t='e'><v>#N/A</v></c>", State.UNREADABLE, ["cell-error"]),
    (
        "a picture of WPS",
        '<c r="{c}" t="str"><f>_xlfn.DISPIMG("ID_1",1)</f><v>=DISPIMG("ID_1",1)</v></c>',
        State.UNREADABLE,
        ["picture-in-cell"],
    ),
    ("TRUE", '<c r="{c}" t="b"><v>1</v></c>', State.UNREADABLE, ["not-a-number"]),
    ("an ISO date", '<c r="{c}" t="d"><v>2018-12-31</v></c>', State.UNREADABLE, ["date-for-number"]),
    ("infinity", '<c r="{c}"><v>1E999</v></c>', State.UNREADABLE, ["not-a-number"]),
    ("an empty cell", '<c r="{c}"/>', State.BLANK, []),
    ("no cell at all", "", State.BLANK, []),
]


@pytest.mark.parametrize(("xml", "state", "reported"), [pytest.param(*row, id=name) for name, *row in RAW])
def test_a_cell_as_programs_write_it(xml: str, state: State, reported: list[str], reader: Reader) -> None:
    cell = value_cell("secrecy", "leak_events")
    data = with_cell(filled("secrecy", leak_events=1, crypto_failing_systems=4), cell, xml.replace("{c}", cell))
    submission = reader(data)
    answer = submission.answers["leak_events"]
    assert (answer.state, answer.value) == (state, 12 if state is State.VALUE else None)
    assert [f.code for f in submission.findings if f.figure == "leak_events"] == reported
    assert submission.answers["crypto_failing_systems"].value == 4


def with_format(number_format: int) -> bytes:
    """A workbook in which 3/4, typed in a Chinese Excel, became a date of one of its built-in formats."""

    def date(book: Any) -> None:
        cell = figures_sheet(book)[value_cell("secrecy", "leak_events")]
        cell.value, cell.number_format = 43528, "0.000000"

    def style(xml: bytes) -> bytes:
        found = re.search(rb'numFmtId="(\d+)" formatCode="0.000000"', xml)
        assert found
        xml = re.sub(rb"<numFmts.*?</numFmts>", b"", xml, flags=re.DOTALL)
        return xml.replace(b'numFmtId="' + found[1] + b'"', b'numFmtId="%d"' % number_format)

    data = filled("secrecy", leak_events=1, crypto_failing_systems=4)
    return repacked(edited(data, date), {"xl/styles.xml": style})


@pytest.mark.parametrize("number_format", [14, 27, 31, 57, 58])
def test_a_date_in_a_built_in_format_of_chinese_excel_is_no_number(number_format: int, reader: Reader) -> None:
    submission = reader(with_format(number_format))
    assert submission.answers["leak_events"].state is State.UNREADABLE
    assert [f.code for f in submission.findings if f.figure == "leak_events"] == ["date-for-number"]


@pytest.mark.parametrize(
    "number_format",
    ['0!.0,"万"', '#,##0"户"', "[Red]0", "G/通用格式", '0"日"', "0.00E+00", '#,##0"m²"', "[DBNum1][$-804]General"],
)
def test_a_number_in_a_format_with_letters_is_still_a_number(number_format: str, reader: Reader) -> None:
    def dress(book: Any) -> None:
        figures_sheet(book)[value_cell("secrecy", "leak_events")].number_format = number_format

    data = edited(filled("secrecy", leak_events=1, crypto_failing_systems=4), dress)
    assert reader(data).answers["leak_events"].value == 1


NO_NUMBER = [pytest.param("NaN", id="nan"), pytest.param("9" * 6000, id="six thousand digits")]


@pytest.mark.parametrize("beside", ["<v>4</v>", "<f>2+2</f><v>4</v>"], ids=["a number", "a formula"])
@pytest.mark.parametrize("digits", NO_NUMBER)
def test_a_number_that_is_none_costs_only_its_own_cell(digits: str, beside: str) -> None:
    cell, other = value_cell("secrecy", "leak_events"), value_cell("secrecy", "crypto_failing_systems")
    data = with_cell(
        filled("secrecy", leak_events=1, crypto_failing_systems=4), cell, f'<c r="{cell}"><v>{digits}</v></c>'
    )
    submission = read(with_cell(data, other, f'<c r="{other}">{beside}</c>'))
    assert submission.answers["leak_events"].state is State.UNREADABLE
    assert [f.code for f in submission.findings if f.figure == "leak_events"] == ["not-a-number"]
    assert submission.answers["crypto_failing_systems"].value == 4


def as_format(number_format: str, digits: str, column: str = "value") -> bytes:
    """A workbook with these digits as a cell's number, in a format."""

    def dress(book: Any) -> None:
        at = plan("secrecy").row_of["leak_events"].row + 1
        cell = figures_sheet(book).cell(at, column_of(column))
        cell.value, cell.number_format = 1234.5, number_format

    data = edited(filled("secrecy", leak_events=1, crypto_failing_systems=4), dress)
    return repacked(data, {FIGURES_PART: lambda xml: xml.replace(b"<v>1234.5</v>", f"<v>{digits}</v>".encode())})


@pytest.mark.parametrize("column", ["value", "as_of"])
@pytest.mark.parametrize("number_format", ["yyyy-mm-dd", "[h]:mm"])
@pytest.mark.parametrize("digits", ["20181231", "1E12", "-1E12", "-5"])
def test_a_number_that_no_date_can_be_in_a_format_for_dates_costs_at_most_its_own_cell(
    digits: str, number_format: str, column: str, reader: Reader
) -> None:
    """A clerk types 20181231 into a cell that the template made a date."""
    assert reader(as_format(number_format, digits, column)).answers["crypto_failing_systems"].value == 4
