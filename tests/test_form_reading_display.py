"""What a cell shows, where that is not what a reader of values gets: text in pieces, values struck through, formats
with words, formats under a condition. Each case is read by the fast reader and by the thorough one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support import assert_worded, edited, figures_sheet, filled, read, repacked, slot, value_cell, with_cell

from smartcity_xl.books.values import read_cell
from smartcity_xl.model import Kind, State, Submission

KEY = "schools_k12_total"
CELL = value_cell("education", KEY)
BOOK = edited(filled("education", schools_k12_total=600, schools_k12_multimedia=500), lambda book: None)
Reader = Callable[[bytes], Submission]


def told(submission: Submission) -> list[str]:
    assert_worded(submission.findings)
    return [f.code for f in submission.findings if f.origin.cell == CELL]


# --- text in pieces ----------------------------------------------------------------------------------------------

STRIKE, RAISED, LOWERED = "<strike/>", '<vertAlign val="superscript"/>', '<vertAlign val="subscript"/>'


def runs(*pieces: tuple[str, str]) -> str:
    listed = "".join(f'<r><rPr>{font}</rPr><t xml:space="preserve">{text}</t></r>' for text, font in pieces)
    return f'<c r="{CELL}" t="inlineStr"><is>{listed}</is></c>'


# Pieces of a text, each with its font -> the value, and the findings at the cell.
PIECES: list[tuple[str, list[tuple[str, str]], Any, list[str]]] = [
    ("a footnote mark raised", [("600", ""), ("1", RAISED)], None, ["text-marked"]),
    ("a footnote mark lowered", [("600", ""), ("1", LOWERED)], None, ["text-marked"]),
    ("an old number struck through", [("98", STRIKE), ("95", "")], None, ["text-marked"]),
    ("an old number behind the new one", [("95", ""), ("98", STRIKE)], None, ["text-marked"]),
    ("all of it struck through", [("98", STRIKE)], None, ["text-marked"]),
    ("not struck through, as the attribute says", [("600", '<strike val="0"/>')], 600, ["text-number"]),
    ("an exponent", [("10", ""), ("3", RAISED)], None, ["text-marked"]),
    ("a blank struck through", [("600", ""), (" ", STRIKE)], 600, ["text-number"]),
    ("pieces of one look", [("60", "<b/>"), ("0", '<color rgb="FFFF0000"/>')], 600, ["text-number"]),
    ("a word struck through", [("600", ""), ("所", STRIKE)], None, ["text-marked"]),
    ("none, struck through", [("无", STRIKE)], None, ["text-marked"]),
]


@pytest.mark.parametrize(("pieces", "value", "expected"), [pytest.param(*row, id=name) for name, *row in PIECES])
def test_pieces_of_a_text_are_never_joined_into_a_number(
    reader: Reader, pieces: list[tuple[str, str]], value: Any, expected: list[str]
) -> None:
    submission = reader(with_cell(BOOK, CELL, runs(*pieces)))
    assert submission.answers[KEY].value == value
    assert told(submission) == expected


def test_what_is_seen_is_spelled_out(reader: Reader) -> None:
    submission = reader(with_cell(BOOK, CELL, runs(("98", STRIKE), ("95", ""))))
    assert submission.answers[KEY].raw == "98（删除线）95"
    assert submission.answers[KEY].state is State.UNREADABLE


def test_the_raised_two_of_a_unit_is_part_of_it(reader: Reader) -> None:
    cell = value_cell("planning", "map_500_area")
    data = edited(filled("planning", map_500_area=17), lambda book: None)
    text = runs(("12km", ""), ("2", RAISED)).replace(CELL, cell)
    assert reader(with_cell(data, cell, text)).answers["map_500_area"].value is not None
    footnote = runs(("12km2", ""), ("1", RAISED)).replace(CELL, cell)
    assert reader(with_cell(data, cell, footnote)).answers["map_500_area"].value is None


def test_pieces_in_the_shared_table_are_seen_too(reader: Reader) -> None:
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont

    def edit(book: Any) -> None:
        figures_sheet(book)[CELL].value = CellRichText("600", TextBlock(InlineFont(vertAlign="superscript"), "1"))

    assert told(reader(edited(BOOK, edit))) == ["text-marked"]


# --- a whole value -----------------------------------------------------------------------------------------------


def styled(value: object, strike: bool, code: str = "General") -> bytes:
    from openpyxl.styles import Font

    def edit(book: Any) -> None:
        cell = figures_sheet(book)[CELL]
        cell.value, cell.font, cell.number_format = value, Font(strike=strike), code

    return edited(BOOK, edit)


@pytest.mark.parametrize("value", [600, "600", "=500+100"])
def test_a_value_struck_through_is_asked_about(reader: Reader, value: object) -> None:
    assert told(reader(styled(value, strike=True))) == ["text-marked"]
    assert "text-marked" not in told(reader(styled(value, strike=False)))


def test_a_blank_cell_struck_through_is_blank(reader: Reader) -> None:
    submission = reader(styled(None, strike=True))
    assert (submission.answers[KEY].state, told(submission)) == (State.BLANK, [])


# --- formats with words ------------------------------------------------------------------------------------------

# Format, stored number -> the value, and the findings.
WORDED = [
    ('"约"0', 600, 600, ["format-kept"]),
    ('0"以上"', 600, 600, ["format-kept"]),
    ('0"（估）"', 600, 600, ["format-kept"]),
    ("≥0", 600, 600, ["format-kept"]),
    ('"<"0', 600, 600, ["format-kept"]),
    ('[>100]"多于"0;0', 600, 600, ["format-kept"]),
    ('[>100]"多于"0;0', 60, 60, []),
    (";;;", 600, 600, ["format-hidden"]),
    ("0;;", 0, 0, ["format-hidden"]),
    ("0;-0;;@", 0, 0, ["format-hidden"]),
    ("0;-0;;@", 600, 600, []),
    ('0;0;"无"', 0, None, ["format-twofold"]),
    ('0;0;"无"', 600, 600, []),
    ('"不适用"', 600, None, ["format-twofold"]),
    ('0"00"', 6, None, ["format-twofold"]),
    ('"6"00', 6, None, ["format-twofold"]),
    ("0;0", -5, None, ["format-twofold"]),
    ('"-"0', 5, None, ["format-twofold"]),
    # what every clerk has, and nobody is asked about
    ("General", 600, 600, []),
    ("G/通用格式", 600, 600, []),
    ("#,##0_);(#,##0)", -5, -5, []),
    ("0.00_);[Red]\\(0.00\\)", -5, -5, []),
    ('_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ;_ ¥* "-"??_ ;_ @_ ', 0, 0, []),
    ('_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ;_ ¥* "-"??_ ;_ @_ ', 600, 600, []),
    ('_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ', 0, 0, []),
    ("[$￥-804]#,##0", 600, 600, []),
    ("000000", 600, 600, []),
    ("[DBNum1][$-804]General", 600, 600, []),
    ('0"个"', 600, 600, []),
    ("# ?/?", 0.5, "0.5", []),
    ("yyyy-mm-dd", 600, 600, []),
]


@pytest.mark.parametrize(("code", "stored", "value", "expected"), WORDED, ids=[f"{r[0]} {r[1]}" for r in WORDED])
def test_a_format_with_words_is_asked_about(code: str, stored: float, value: Any, expected: list[str]) -> None:
    from fractions import Fraction

    reading = read_cell(stored, slot(Kind.COUNT), code=code)
    assert reading.value == (None if value is None else Fraction(value))
    assert [name for name, _ in reading.problems] == expected


@pytest.mark.parametrize("code", ['"约"0', ";;;", '0"以上"'])
def test_a_format_with_words_is_seen_in_a_workbook(reader: Reader, code: str) -> None:
    assert told(reader(styled(600, strike=False, code=code)))[0].startswith("format-")


def test_styles_are_found_under_another_name(reader: Reader) -> None:
    data = styled(600, strike=True, code='"约"0')

    def renamed(part: bytes) -> bytes:
        return part.replace(b"styles.xml", b"looks7.xml")

    names = ["xl/_rels/workbook.xml.rels", "[Content_Types].xml"]
    moved = repacked(
        data, dict.fromkeys(names, renamed), add=[("xl/looks7.xml", _part(data, "xl/styles.xml"))],
        drop=["xl/styles.xml"],
    )  # fmt: skip
    assert told(reader(moved)) == ["text-marked"]


def _part(data: bytes, name: str) -> bytes:
    import io
    import zipfile

    return zipfile.ZipFile(io.BytesIO(data)).read(name)


# --- formats under a condition -----------------------------------------------------------------------------------


def conditional(code: str, kind: str, *formulas: str, operator: str | None = None) -> bytes:
    from openpyxl.formatting.rule import Rule
    from openpyxl.styles.differential import DifferentialStyle
    from openpyxl.styles.numbers import NumberFormat

    def edit(book: Any) -> None:
        style = DifferentialStyle(numFmt=NumberFormat(numFmtId=190, formatCode=code))
        rule = Rule(type=kind, operator=operator, formula=list(formulas), dxf=style)
        figures_sheet(book).conditional_formatting.add(f"{CELL}:{CELL}", rule)

    return edited(BOOK, edit)


CONDITIONS = [
    ("a condition that holds", ('0"万"', "cellIs", "100"), "greaterThan", ["format-twofold"]),
    ("a condition that fails", ('0"万"', "cellIs", "1000"), "greaterThan", []),
    ("a condition between two", ('"约"0', "cellIs", "1", "1000"), "between", ["format-kept"]),
    ("a condition outside two", ('"约"0', "cellIs", "1", "1000"), "notBetween", []),
    ("a condition that must be calculated", ('0"万"', "expression", "A1>0"), None, ["format-conditional"]),
    ("a format that tells nothing", ("0.00", "expression", "A1>0"), None, []),
]


@pytest.mark.parametrize(("rule", "operator", "expected"), [pytest.param(*row, id=name) for name, *row in CONDITIONS])
def test_a_format_under_a_condition(reader: Reader, rule: Any, operator: str | None, expected: list[str]) -> None:
    assert told(reader(conditional(*rule, operator=operator))) == expected


@pytest.mark.parametrize(("stored", "expected"), [(0, ["format-hidden"]), (600, [])])
def test_a_sheet_that_shows_no_noughts_hides_an_answer(reader: Reader, stored: int, expected: list[str]) -> None:
    def edit(book: Any) -> None:
        figures_sheet(book).sheet_view.showZeros = False
        figures_sheet(book)[CELL].value = stored

    submission = reader(edited(BOOK, edit))
    assert (submission.answers[KEY].value, told(submission)) == (stored, expected)


def test_an_honest_workbook_is_never_searched_for_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    from smartcity_xl.books import display

    def never(_: bytes) -> None:
        raise AssertionError("searched")

    monkeypatch.setattr(display, "_parse", never)
    assert read(filled("education", schools_k12_total=600)).answers[KEY].value == 600
