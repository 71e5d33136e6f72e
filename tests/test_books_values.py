"""What people type in a cell, and what it is taken for. What could mean two things must never be guessed."""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support import CHOICE, slot

from smartcity_xl.books.tolerance import tolerance
from smartcity_xl.books.values import (
    ErrorCell,
    FormulaCell,
    parse_numeral,
    read_cell,
    read_date,
    read_number,
    show_cell,
)
from smartcity_xl.messages import LANGUAGES, word_finding
from smartcity_xl.model import Finding, Kind, Origin, State

COUNT, SHARE, YESNO = slot(), slot(Kind.SHARE), slot(Kind.YESNO)
# Typed as text into a cell for a count: taken, and told to the office.
TAKEN = [
    ("a plain numeral", "12450", 12450),
    ("nought", "0", 0),
    ("leading noughts", "007", 7),
    ("a decimal", "12.5", "12.5"),
    ("a decimal with trailing noughts", "12.500", "12.5"),
    ("full-width digits", "１２４５０", 12450),
    ("full-width digits and point", "１２．５", "12.5"),
    ("thousands separators", "12,450", 12450),
    ("two thousands separators", "1,234,567", 1234567),
    ("thousands separators and a decimal", "1,234.5", "1234.5"),
    ("full-width thousands separators", "１２，４５０", 12450),
    ("a full-width comma between half-width digits", "12，450", 12450),
    ("blanks around", "  120 ", 120),
    ("an ideographic blank after", "120\u3000", 120),
    ("a no-break blank before", "\xa0120", 120),
    ("a zero-width blank inside", "1\u200b20", 120),
    ("a byte order mark before", "\ufeff120", 120),
    ("a line break after", "120\n", 120),
    ("a thin blank after", "120\u2009", 120),
    ("a plus sign", "+5", 5),
    ("a hyphen as minus", "-5", -5),
    ("a true minus sign", "\u22125", -5),
    ("an en dash as minus", "\u20135", -5),
    ("a small hyphen as minus", "\ufe635", -5),
    ("a full-width hyphen as minus", "\uff0d5", -5),
    ("forty digits", "9" * 40, int("9" * 40)),
]
# Typed as text into a cell for a count: no number, asked about.
REFUSED = [
    ("about", "约120"),
    ("about, after", "120左右"),
    ("at least", "≥5"),
    ("more than", ">5"),
    ("less than", "＜5"),
    ("or more", "120以上"),
    ("nearly", "近120"),
    ("a range with a hyphen", "5-6"),
    ("a range with a tilde", "5~6"),
    ("a range in words", "5至6"),
    ("a fraction", "3/4"),
    ("a currency", "¥120"),
    ("a label before", "共120"),
    ("a circled digit after", "12①"),
    ("a superscript after", "35²"),
    ("a vulgar half", "½"),
    ("a number and a half", "12½"),
    ("Arabic-Indic digits", "١٢"),
    ("Devanagari digits", "१२"),
    ("Roman numeral sign", "Ⅻ"),
    ("Chinese numerals", "十二"),
    ("financial numerals", "壹佰"),
    ("a circle for nought", "〇"),
    ("an underscore", "1_000"),
    ("nan", "nan"),
    ("inf", "inf"),
    ("Infinity", "-Infinity"),
    ("an exponent", "1e5"),
    ("hexadecimal", "0x10"),
    ("a thousands separator out of place", "1,23,4"),
    ("two digits after the separator", "12,5"),
    ("a leading nought and a separator", "0,123"),
    ("a separator after four digits", "1234,567"),
    ("a separator at the end", "120,"),
    ("a separator before the point", "1,234,.5"),
    ("Chinese enumeration comma", "1、234"),
    ("an apostrophe as separator", "12'450"),
    ("two points", "1.2.3"),
    ("a point at the end", "12."),
    ("a point at the start", ".5"),
    ("an ideographic full stop", "12。5"),
    ("a middle dot", "12·5"),
    ("two signs", "--5"),
    ("a sign after", "5-"),
    ("an em dash as minus", "—5"),
    ("in brackets", "(5)"),
    ("a sum", "3+4"),
    ("a formula typed as text", "=3+4"),
    ("a question mark", "120?"),
    ("two numbers", "120/486"),
    ("two lines", "120\n130"),
    ("TRUE as text", "TRUE"),
    ("a date as text", "2018-12-31"),
    ("six thousand digits", "9" * 6000),
    ("forty-one digits", "9" * 41),
    ("six thousand digits with separators", "1" + ",000" * 2000),
    ("letters O for nought", "1O0"),
    ("Cyrillic letters", "З0"),
    ("not applicable with a reason beside it", "不适用（无此业务）"),
    ("words", "正在统计"),
]


@pytest.mark.parametrize(("typed", "value"), [pytest.param(t, v, id=name) for name, t, v in TAKEN])
def test_a_numeral_typed_as_text_is_taken_and_flagged(typed: str, value: Any) -> None:
    reading = read_cell(typed, COUNT)
    assert (reading.state, reading.value) == (State.VALUE, Fraction(value))
    assert [code for code, _ in reading.problems] == ["text-number"]
    assert parse_numeral(typed) == Fraction(value)


@pytest.mark.parametrize("typed", [pytest.param(t, id=name) for name, t in REFUSED])
def test_what_is_no_definite_number_is_not_guessed(typed: str) -> None:
    reading = read_cell(typed, COUNT)
    assert (reading.state, reading.value) == (State.UNREADABLE, None)
    assert [code for code, _ in reading.problems] == ["not-a-number"]
    assert len(reading.problems[0][1]["raw"]) <= 80


CELLS = [
    ("a whole number", 12, State.VALUE, 12, None),
    ("nought is a value", 0, State.VALUE, 0, None),
    ("a float", 0.1, State.VALUE, "0.1", None),
    ("a float is the decimal that was typed", 1234.56, State.VALUE, "1234.56", None),
    ("a negative number", -3, State.VALUE, -3, None),
    ("a large float", 1.245e8, State.VALUE, 124500000, None),
    ("nan", float("nan"), State.UNREADABLE, None, "not-a-number"),
    ("infinity", float("inf"), State.UNREADABLE, None, "not-a-number"),
    ("minus infinity", float("-inf"), State.UNREADABLE, None, "not-a-number"),
    ("TRUE", True, State.UNREADABLE, None, "not-a-number"),
    ("FALSE", False, State.UNREADABLE, None, "not-a-number"),
    ("nothing", None, State.BLANK, None, None),
    ("an empty text", "", State.BLANK, None, None),
    ("blanks", "   ", State.BLANK, None, None),
    ("an ideographic blank", "\u3000", State.BLANK, None, None),
    ("a zero-width blank", "\u200b", State.BLANK, None, None),
    ("not applicable", "不适用", State.NOT_APPLICABLE, None, None),
    ("not applicable among blanks", " 不适用\u3000", State.NOT_APPLICABLE, None, None),
    ("a date", datetime.date(2026, 3, 4), State.UNREADABLE, None, "date-for-number"),
    ("a date and time", datetime.datetime(2026, 3, 4, 12), State.UNREADABLE, None, "date-for-number"),
    ("a time", datetime.time(3, 4), State.UNREADABLE, None, "date-for-number"),
    ("a duration", datetime.timedelta(hours=36), State.UNREADABLE, None, "date-for-number"),
    ("#N/A", ErrorCell("#N/A"), State.UNREADABLE, None, "cell-error"),
    ("#DIV/0!", ErrorCell("#DIV/0!"), State.UNREADABLE, None, "cell-error"),
    ("a formula with its result", FormulaCell("=10+2", 12), State.VALUE, 12, "formula-kept"),
    ("a formula whose result is 0", FormulaCell("=1-1", 0), State.VALUE, 0, "formula-kept"),
    ("a formula without a result", FormulaCell("=10+2", None), State.UNREADABLE, None, "formula-uncached"),
    ("a formula that gives an error", FormulaCell("=1/0", ErrorCell("#DIV/0!")), State.UNREADABLE, None, "cell-error"),
    ("a picture of WPS", FormulaCell('=DISPIMG("ID_1",1)', "=DISPIMG"), State.UNREADABLE, None, "picture-in-cell"),
    (
        "a picture of WPS without a result",
        FormulaCell('=_xlfn.DISPIMG("ID_1",1)', None),
        State.UNREADABLE,
        None,
        "picture-in-cell",
    ),
    (
        "a picture of WPS with an error",
        FormulaCell('=_xlfn.DISPIMG("I",1)', ErrorCell("#NAME?")),
        State.UNREADABLE,
        None,
        "picture-in-cell",
    ),
]


@pytest.mark.parametrize(("cell", "state", "value", "code"), [pytest.param(*row, id=name) for name, *row in CELLS])
def test_a_cell_for_a_count(cell: object, state: State, value: Any, code: str | None) -> None:
    reading = read_cell(cell, COUNT)
    assert reading.state is state
    assert reading.value == (None if value is None else Fraction(value))
    assert [found for found, _ in reading.problems] == ([code] if code else [])


FORMULAS = [
    ("a text with a numeral", "12,450", State.VALUE, 12450, ["formula-kept", "text-number"]),
    ("words", "约12", State.UNREADABLE, None, ["not-a-number"]),
    ("TRUE", True, State.UNREADABLE, None, ["not-a-number"]),
    ("a date", datetime.date(2018, 3, 4), State.UNREADABLE, None, ["date-for-number"]),
]


@pytest.mark.parametrize(
    ("cached", "state", "value", "expected"), [pytest.param(*row, id=name) for name, *row in FORMULAS]
)
def test_the_result_of_a_formula_is_read_as_strictly_as_a_typed_cell(
    cached: object, state: State, value: int | None, expected: list[str]
) -> None:
    reading = read_cell(FormulaCell("=A1", cached), COUNT)
    assert (reading.state, reading.value) == (state, value)
    assert set(expected) <= {code for code, _ in reading.problems}


@pytest.mark.parametrize("cached", ["约12", True, datetime.date(2018, 3, 4)], ids=["words", "TRUE", "a date"])
def test_a_result_that_cannot_be_read_is_not_said_to_be_used(cached: object) -> None:
    """The words of ``formula-kept`` are “the saved result is used”."""
    assert "formula-kept" not in [code for code, _ in read_cell(FormulaCell("=A1", cached), COUNT).problems]


SHARES = [
    ("a number", 85, State.VALUE, 85, None),
    ("a number with a per cent sign", "85%", State.VALUE, 85, "text-number"),
    ("a full-width per cent sign", "８５％", State.VALUE, 85, "text-number"),
    ("a blank before the sign", "85 %", State.VALUE, 85, "text-number"),
    ("a decimal with the sign", "85.25%", State.VALUE, "85.25", "text-number"),
    ("a zero-width blank after the sign", "85%\u200b", State.VALUE, 85, "text-number"),
    ("text without the sign", "85", State.VALUE, 85, "text-number"),
    ("two signs", "85%%", State.UNREADABLE, None, "not-a-number"),
    ("the sign alone", "%", State.UNREADABLE, None, "not-a-number"),
    ("per cent in words", "百分之85", State.UNREADABLE, None, "not-a-number"),
    ("per mille", "85‰", State.VALUE, "8.5", "text-number"),
    ("about", "约85%", State.UNREADABLE, None, "not-a-number"),
]


@pytest.mark.parametrize(("cell", "state", "value", "code"), [pytest.param(*row, id=name) for name, *row in SHARES])
def test_a_cell_for_a_share(cell: object, state: State, value: Any, code: str | None) -> None:
    reading = read_cell(cell, SHARE)
    assert reading.state is state
    assert reading.value == (None if value is None else Fraction(value))
    assert [found for found, _ in reading.problems] == ([code] if code else [])


@pytest.mark.parametrize("typed", tolerance()["yes"])
def test_every_alias_of_yes_is_yes(typed: str) -> None:
    assert read_cell(typed, YESNO).value == 1
    assert read_cell(f" {typed}\u3000", YESNO).value == 1


@pytest.mark.parametrize("typed", tolerance()["no"])
def test_every_alias_of_no_is_no(typed: str) -> None:
    assert read_cell(typed, YESNO).value == 0


YESNOS = [
    ("yes", "是", State.VALUE, 1),
    ("no, among blanks", " 否 ", State.VALUE, 0),
    ("TRUE", True, State.VALUE, 1),
    ("FALSE", False, State.VALUE, 0),
    ("a tick", "√", State.VALUE, 1),
    ("a cross", "×", State.VALUE, 0),
    ("full-width y", "ｙ", State.VALUE, 1),
    ("the number 1", 1, State.UNREADABLE, None),
    ("the number 0", 0, State.UNREADABLE, None),
    ("1 as text", "1", State.UNREADABLE, None),
    ("yes and something", "是的", State.UNREADABLE, None),
    ("both", "是/否", State.UNREADABLE, None),
    ("maybe", "部分", State.UNREADABLE, None),
    ("a date", datetime.date(2018, 1, 1), State.UNREADABLE, None),
    ("not applicable", "不适用", State.NOT_APPLICABLE, None),
    ("none", "无", State.NO_DATA, None),
    ("nothing", None, State.BLANK, None),
]


@pytest.mark.parametrize(("cell", "state", "value"), [pytest.param(*row, id=name) for name, *row in YESNOS])
def test_a_cell_for_yes_or_no(cell: object, state: State, value: int | None) -> None:
    reading = read_cell(cell, YESNO)
    assert (reading.state, reading.value) == (state, value)
    assert [code for code, _ in reading.problems] == told(cell, state, "是", "否")


def told(cell: object, state: State, *entries: str) -> list[str]:
    """A choice in other words than the list's is taken, and told."""
    if state is State.VALUE:
        return [] if isinstance(cell, str) and cell.strip(" ") in entries else ["choice-kept"]
    return ["not-a-choice"] if state is State.UNREADABLE else []


CHOICES = [
    ("the first label", "3家均支持", State.VALUE, 1),
    ("the last label", "均不支持", State.VALUE, 2),
    ("a full-width digit in the label", "３家均支持", State.VALUE, 1),
    ("blanks around", " 均不支持 ", State.VALUE, 2),
    ("part of a label", "均支持", State.UNREADABLE, None),
    ("the position", 1, State.UNREADABLE, None),
    ("the key", "three", State.UNREADABLE, None),
    ("yes", "是", State.UNREADABLE, None),
    ("TRUE", True, State.UNREADABLE, None),
    ("a filler", "—", State.NO_DATA, None),
    ("not applicable", "不适用", State.NOT_APPLICABLE, None),
    ("nothing", " ", State.BLANK, None),
]


@pytest.mark.parametrize(("cell", "state", "value"), [pytest.param(*row, id=name) for name, *row in CHOICES])
def test_a_cell_for_a_choice(cell: object, state: State, value: int | None) -> None:
    reading = read_cell(cell, CHOICE)
    assert (reading.state, reading.value) == (state, value)
    assert [code for code, _ in reading.problems] == told(cell, state, "3家均支持", "均不支持")


@pytest.mark.parametrize("kind", [Kind.COUNT, Kind.SHARE, Kind.YESNO])
@pytest.mark.parametrize("typed", tolerance()["fillers"])
def test_a_filler_is_missing_and_never_zero(typed: str, kind: Kind) -> None:
    assert read_cell(typed, slot(kind)).state is State.NO_DATA
    assert read_cell(f" {typed}\xa0", slot(kind)).state is State.NO_DATA


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_of_a_cell_has_words(language: str) -> None:
    cells = [row[1] for row in (*CELLS, *SHARES)] + [typed for _, typed in REFUSED]
    for cell in cells:
        for kind in (COUNT, SHARE, YESNO, CHOICE):
            for code, parameters in read_cell(cell, kind).problems:
                wording = word_finding(Finding(code, Origin("a.xlsx"), parameters=parameters), language)
                assert "总数" in wording.found or kind is CHOICE


DATES = [
    ("a date", datetime.date(2018, 12, 31), "2018-12-31"),
    ("a date and time", datetime.datetime(2018, 12, 31, 8, 30), "2018-12-31"),
    ("ISO text", "2018-12-31", "2018-12-31"),
    ("without leading noughts", "2018-1-5", "2018-01-05"),
    ("slashes", "2018/12/31", "2018-12-31"),
    ("points", "2018.12.31", "2018-12-31"),
    ("full-width", "２０１８－１２－３１", "2018-12-31"),
    ("Chinese", "2018年12月31日", "2018-12-31"),
    ("Chinese, colloquial", "2018年12月31号", "2018-12-31"),
    ("Chinese with blanks", "2018 年 12 月 31 日", "2018-12-31"),
    ("eight digits", "20181231", "2018-12-31"),
    ("eight digits as a number", 20181231, "2018-12-31"),
    ("a month", "2018-12", "2018-12"),
    ("a month in Chinese", "2018年12月", "2018-12"),
    ("the end of a month", "2018年12月底", "2018-12"),
    ("a year", "2018", "2018"),
    ("a year as a number", 2018, "2018"),
    ("a year as a float", 2018.0, "2018"),
    ("a year in Chinese", "2018年", "2018"),
    ("a year, in official words", "2018年度", "2018"),
    ("the end of a year, as the template itself words it", "2018年底", "2018-12"),
    ("the end of a year", "2018年末", "2018-12"),
    ("a serial number that lost its format", 43465, "2018-12-31"),
    ("a serial number with a time", 43465.5, "2018-12-31"),
    ("a leap day", "2020-02-29", "2020-02-29"),
    ("nothing", None, ""),
    ("blanks", " \u3000", ""),
    ("a formula with a date", FormulaCell("=TODAY()", datetime.datetime(2018, 12, 31)), "2018-12-31"),
    ("a formula without a result", FormulaCell("=TODAY()", None), None),
    ("no leap day", "2018-02-29", None),
    ("month 13", "2018-13-01", None),
    ("month 0", "2018-00-01", None),
    ("day 32", "2018-12-32", None),
    ("American order", "12/31/2018", None),
    ("two digits of the year", "18-12-31", None),
    ("before 1990", "1989-12-31", None),
    ("after 2100", "2101-01-01", None),
    ("six digits", "201812", None),
    ("words", "去年底", None),
    ("a range", "2018-01-01至2018-12-31", None),
    ("Arabic-Indic digits", "٢٠١٨", None),
    ("a decimal that may have been 2018.10", 2018.1, None),
    ("a small number", 12, None),
    ("a number too large", 1e300, None),
    ("nan", float("nan"), None),
    ("infinity", float("inf"), None),
    ("TRUE", True, None),
    ("a time", datetime.time(8), None),
    ("an error", ErrorCell("#N/A"), None),
    ("six thousand digits", "2" * 6000, None),
]


@pytest.mark.parametrize(("cell", "expected"), [pytest.param(*row, id=name) for name, *row in DATES])
def test_the_date_of_the_data(cell: object, expected: str | None) -> None:
    assert read_date(cell) == expected


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (None, ""), (12.0, "12"), (12.5, "12.5"), (True, "TRUE"), (False, "FALSE"), (ErrorCell("#N/A"), "#N/A"),
        (datetime.datetime(2018, 12, 31), "2018-12-31"), (FormulaCell("=1+1", 2.0), "=1+1 → 2"), ("１２", "１２"),
    ],
    ids=["nothing", "a whole float", "a float", "true", "false", "an error", "a date", "a formula", "text as typed"],
)  # fmt: skip
def test_a_cell_is_shown_as_its_reader_would_recognise_it(cell: object, shown: str) -> None:
    assert show_cell(cell) == shown


@given(st.one_of(st.integers(-(10**17), 10**17), st.floats(allow_nan=False), st.integers(-(10**17), 10**17).map(float)))
@example(-0.0)
@example(1e15)
@example(999_999_999_999_999.9)
@example(10**15)
@example(10**15 - 1)
def test_a_number_is_read_and_shown_by_its_fifteen_digits_the_short_way_too(number: float) -> None:
    text = f"{Decimal(number):.15g}"
    assert read_number(number) == (Fraction(text) if abs(number) < 1e308 else None)
    if isinstance(number, float) and 1e-15 <= abs(number) < 1e15:
        assert show_cell(number) == f"{Decimal(f'{number:.15g}') + 0:f}"
