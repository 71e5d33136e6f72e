"""Signs that stand in a part of a workbook by their codes (_x000D_), and words that only look so, or like a piece of a
part: how they are written, and what comes back."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from support import repacked

from smartcity_xl.books import sheets as reading_sheets
from smartcity_xl.books.beside import find_notes
from smartcity_xl.books.display import _describe
from smartcity_xl.books.live import quoted, text
from smartcity_xl.books.others import Grid, _write
from smartcity_xl.books.package import Package
from smartcity_xl.books.pages import Book
from smartcity_xl.books.properties import read_properties
from smartcity_xl.books.sheets import read_sheets
from smartcity_xl.books.stated import read_stated
from smartcity_xl.books.texts import coded, decoded
from smartcity_xl.books.values import FormulaCell
from smartcity_xl.messages import label

WORDS = [
    "_x000D_", "甲_x000d_乙", "_x005F_", "_x005F_x000D_", "x005F_", "_x000D_x000D_", "__x000D__", "_x4E2D_", "_xD83D_",
    "_x00e9_", "_X000D_", "_x00D_", "_x", "a\rb", "a\r\nb", "<_x0041_>",
    "<r>a & b</r>", "<r>_x000D_</si></r>",
]  # fmt: skip
"""Words of a person, to the letter."""


@pytest.fixture(params=["fast", "thorough"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "thorough":
        monkeypatch.setattr(reading_sheets, "is_plain", lambda xml: False)


def write(said: str) -> Package:
    """A workbook that says something in every way that we write it."""
    book = Book(said)
    page = book.page("甲", (20.0,) * 5)
    page.text(0, 0, said)
    page.formula(0, 1, "A1", said)
    page.live(0, 2, page.seen(0, 0))
    page.text(0, 3, "x")
    page.refill(0, 3, said)
    page.whole.write(1, [(0, said, "cell", None)])
    page.comment(4, 0, f"{said}。")
    for row, kind in enumerate(({"validate": "any"}, {"validate": "list", "source": ["a"], "ignore_blank": False})):
        rule = page.worksheet.word_rule(5, row, {**kind, "input_title": said, "input_message": said})
        page.worksheet.put_rule(rule)
    told = {"validate": "list", "source": ["b"], "error_title": said, "error_message": said}
    page.worksheet.data_validation(6, 0, 6, 0, told)
    book.workbook.note_property("said", said)
    return Package(book.close())


@pytest.mark.parametrize("said", WORDS)
def test_what_is_written_comes_back_to_the_letter(said: str, reader: None) -> None:
    package = write(said)
    sheet = read_sheets(package, frozenset(), lambda _: ("B", "C"))[0]
    (one, *formulas, filled), (whole, *_) = (row[:4] for row in sheet.rows[:2])
    assert [one, filled, whole] == [said] * 3
    assert [cell.cached for cell in formulas if isinstance(cell, FormulaCell)] == [said] * 2


@pytest.mark.parametrize("said", WORDS)
def test_what_stands_beside_the_cells_comes_back_too(said: str) -> None:
    package = write(said)
    part = package.sheets["甲"]
    rules = [one for one in package.tree(part).iter() if one.tag.endswith("}dataValidation")]
    names = ("promptTitle", "prompt"), ("promptTitle", "prompt"), ("errorTitle", "error")
    shown = [decoded(rule.get(name, "")) for rule, pair in zip(rules, names, strict=True) for name in pair]
    assert shown == [said] * 6
    title, own = (package.tree(f"docProps/{name}.xml") for name in ("core", "custom"))
    assert decoded(title[0].text or "") == decoded(own[0][0].text or "") == said
    if "_x000D_" not in said[1:]:  # XlsxWriter's own fault, in notes: of two that stand together it writes one so
        assert find_notes(package, part)["A5"] == f"{said}。"
    stated = read_stated(package)[0].cells
    assert stated[0, 1].value == stated[0, 0].value == decoded(coded(said)).replace("\r\n", "\n").replace("\r", "\n")


WRITTEN = [
    ("_x000D_", "\r"), ("_x005F_x000D_", "_x000D_"), ("_x005f_x000D_", "_x000D_"), ("x005F_", "x005F_"),
    ("_x4E2D_", "中"), ("_x005F_x4E2D_", "_x4E2D_"), ("_xD83D__xDE00_", "😀"), ("甲_xD83D_", "甲\ufffd"),
    ("_x00e9_", "é"),
]  # fmt: skip
"""What another program wrote, and what Excel shows of it."""


@pytest.mark.parametrize(("written", "shown"), WRITTEN)
def test_both_readers_read_a_code_as_excel_does(written: str, shown: str, reader: None) -> None:
    book = Book("")
    page = book.page("甲", (20.0,) * 3)
    page.text(0, 0, "PUT")
    page.formula(0, 1, "A1", "PUT")
    put = {name: lambda part: part.replace(b"PUT", written.encode()) for name in ("xl/sharedStrings.xml",)}
    sheet = "xl/worksheets/sheet1.xml"
    inline = f'<c r="C1" t="inlineStr"><is><t>{written}</t></is></c></row>'.encode()
    put[sheet] = lambda part: part.replace(b"PUT", written.encode()).replace(b"</row>", inline, 1)
    row = read_sheets(Package(repacked(book.close(), put)), frozenset(), lambda _: ("B",))[0].rows[0]
    assert [cell.cached if isinstance(cell, FormulaCell) else cell for cell in row] == [shown] * 3


def test_the_properties_and_the_pieces_of_a_text_are_read_so_too() -> None:
    book = Book("")
    book.page("甲", (20.0,))
    for name, said in (("kind", "form"), ("city", "_x000D_x000D_")):
        book.workbook.note_property(f"xlscore.{name}", said)
    assert read_properties(Package(book.close())) == {"kind": "form", "city": "_x000D_x000D_"}
    runs = "<si><r><rPr><strike/></rPr><t>1_x000D_</t></r><r><t>_x005F_x000D_2</t></r></si>"
    assert _describe(ElementTree.fromstring(runs)) == f"1\r{label('word.struck')}_x000D_2"


@pytest.mark.parametrize("said", WORDS)
def test_what_comes_in_another_format_is_read_to_the_letter(said: str, reader: None) -> None:
    grid = Grid("甲", cells={(0, 0): (said, ""), (0, 1): (said, "")}, formulas={(0, 1): "=A1"})
    text, formula = read_sheets(Package(_write([grid])), frozenset(), lambda _: ("B",))[0].rows[0]
    assert isinstance(formula, FormulaCell)
    assert text == formula.cached == said


def test_a_text_with_signs_that_no_cell_holds_is_no_less_a_result() -> None:
    package = write("a\x07b\ufffe")
    cells = ElementTree.fromstring(package.part(package.sheets["甲"])).iter()
    assert [one.text for one in cells if one.tag.endswith("}v")].count("a\ufffdb\ufffd") == 2


def test_a_literal_of_a_formula_says_the_same_whether_codes_are_read_in_formulas_or_not() -> None:
    assert quoted('甲"_x000D_x000D_') == '("甲""_"&"x000D_"&"x000D_")'
    assert (text("_x000D_") & text("b")).text == '("_"&"x000D_")&"b"'
    assert quoted("_x000") == '"_x000"'
