"""What is left out of a sheet, or of styles, before somebody looks or reads changes nothing of what is found.

Every finder is asked about a sheet as it came and about the same one after which it cannot tell its rows: those are
looked through whole, as an outline is not.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_xl.books import plain_text
from smartcity_xl.books.beside import cells_twice, merged_spans
from smartcity_xl.books.formats import number_styles
from smartcity_xl.books.marks import formula_cells, hidden_columns, hidden_rows, ruled_cells
from smartcity_xl.books.package import Package
from smartcity_xl.books.packing import pack, store
from smartcity_xl.books.plain_text import around_rows, is_plain, outline, values_only
from smartcity_xl.books.reach import without_far_rows
from tests.helpers.support import filled

HEAD = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
COLUMNS = b'<cols><col min="1" max="1" hidden="1"/><col min="3" max="4" width="0"/></cols>'
BELOW = (
    b'<mergeCells><mergeCell ref="B2:C3"/></mergeCells><dataValidations><dataValidation type="list" sqref="D2 D4:D6">'
    b"<formula1>A1:A3</formula1></dataValidation></dataValidations></worksheet>"
)
ROWS = (
    b'<row r="1" hidden="1"><c r="A1" t="s"><v>0</v></c></row>'
    b'<row r="2" spans="1:4"><c r="A2" s="3"/><c r="B2"><f>1+1</f><v>2</v></c>'
    b'<c r="D2" t="str"><f>"a"</f><v>a</v></c></row>'
    b'<row r="3" ht="0" customHeight="1"/><row r="4"><c r="B4" t="e"><f t="shared" si="0"/><v>#REF!</v></c></row>'
)


def sheet(rows: bytes = ROWS, below: bytes = BELOW) -> bytes:
    return HEAD + COLUMNS + b"<sheetData>" + rows + b"</sheetData>" + below


SHEETS = {
    "as programs write one": sheet(),
    "without rows": sheet(b""),
    "a row twice": sheet(ROWS + b'<row r="4"><c r="A4"><v>1</v></c></row>'),
    "a row that is hidden after an odd one": sheet(ROWS + b'<row  r="5"/><row r="6" hidden="1"/>'),
    "an odd row first": sheet(b"<row r='1' hidden='1'/>" + ROWS),
    "a cell twice": sheet(b'<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'),
    "a far row": sheet(ROWS + b'<row r="5001"><c r="A5001"><v>1</v></c></row>'),
    "a far row that holds nothing": sheet(ROWS + b'<row r="99999"/>'),
    "a far row among others": sheet(b'<row r="6000"/>' + ROWS),
    "a prefix": sheet(ROWS + b'<x:row r="4"/>'),
    "a comment": sheet(b"<!-- x -->" + ROWS),
    "words like rules in a value": sheet(b'<row r="1"><c r="A1" t="str"><v>sheetData :row hidden="1"</v></c></row>'),
    "no end": HEAD + b"<sheetData>" + ROWS,
    "no rows at all": HEAD + b"</worksheet>",
    "cut short": sheet()[:-300],
    "two kinds of rows": sheet(ROWS, b"</sheetData>" + b"<sheetData>" + ROWS + b"</sheetData>" + BELOW),
    "more rows than an outline has": sheet(
        b"".join(b'<row r="%d"%b/>' % (n, b' hidden="1"' * (n % 7 == 0)) for n in range(1, 6_001)) + b'<row r="9"/>'
    ),
}
FINDERS: dict[str, Callable[[bytes], object]] = {
    "hidden rows": hidden_rows,
    "hidden columns": lambda xml: hidden_columns(xml, range(6)),
    "merged": lambda xml: merged_spans(xml).spans,
    "ruled": lambda xml: (ruled_cells(xml).cells, ruled_cells(xml).ranges.spans),
    "twice": cells_twice,
    "twice, plain": lambda xml: cells_twice(xml, plain=True),
    "far rows": lambda xml: (without_far_rows(xml)[0].strip(), without_far_rows(xml)[1]),
    "plain": is_plain,
    "formulas": lambda xml: formula_cells(xml, "B"),
}


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("finder", FINDERS)
def test_what_is_found_in_an_outline_is_what_is_found_in_the_whole(
    name: str, finder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    xml, find = SHEETS[name], FINDERS[finder]
    found = find(xml)
    monkeypatch.setattr(plain_text, "_parted", lambda text: ((text,), text))
    assert find(xml + b"\n") == found, "of a text of which nothing is known yet"


_TAGS = ("", ' hidden="1"', ' ht="0"', ' x:y="row"', ' spans="1:4"', " hidden='1'", "  ")
_CELLS = (
    '<c r="B{0}"><f>1+1</f><v>2</v></c>',
    '<c r="B{0}"><f>A1&gt;0</f><v>2</v></c>',
    '<c r="A{0}" t="str"><v>:row r="6"</v></c>',
    '<c r="A{0}" t="e"><f t="shared" si="0"/><v>#REF!</v></c>',
    '<c r="A{0}" s="3"/>',
    '<c r="A{0}" s="3"></c>',
    '<c r="C{0}" t="inlineStr"><is><r><rPr><strike/></rPr><t>a</t></r></is></c>',
    '<x:c r="A1"/>',
    '<c r="A{0}"><v>&amp;</v></c>',
    '<c r="D{0}"><v>1</v><f>2</f></c>',
    "<!-- row -->",
    "\n",
)
_BELOW = (
    '<mergeCells><mergeCell ref="B2:C3"/></mergeCells>',
    "<sheetData/>",
    '<sheetData><row r="1" hidden="1"/></sheetData>',
    '<dataValidations><dataValidation type="list" sqref="D2 D4:D6"/></dataValidations>',
    '<row r="5001"/>',
    "</sheetData>",
    '<col min="2" max="2" hidden="1"/>',
)


def _rows(
    tags: tuple[str, ...], cells: tuple[str, ...], most: int
) -> st.SearchStrategy[list[tuple[int, str, list[str]]]]:
    row = st.sampled_from((*range(1, 9), 5_001)), st.sampled_from(tags), st.lists(st.sampled_from(cells), max_size=2)
    return st.lists(st.tuples(*row), max_size=most)


@given(_rows(_TAGS[:5], _CELLS[:6], 8), _rows(_TAGS, _CELLS, 3), st.lists(st.sampled_from(_BELOW), max_size=3))
def test_of_any_sheet_an_outline_says_what_the_whole_says(
    plain: list[tuple[int, str, list[str]]], others: list[tuple[int, str, list[str]]], below: list[str]
) -> None:
    rows = [*plain, *others]
    told = "".join(f'<row r="{row}"{tag}>{"".join(cells).format(row)}</row>' for row, tag, cells in rows)
    xml = sheet(told.encode(), "".join(below).encode() + BELOW)
    found = {name: find(xml) for name, find in FINDERS.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_text, "_parted", lambda text: ((text,), text))
        assert {name: find(xml + b"\n") for name, find in FINDERS.items()} == found


def test_an_outline_holds_the_tags_of_plain_rows_and_nothing_of_what_was_filled_in() -> None:
    told = outline(sheet())
    assert told == sheet(b'<row r="1" hidden="1"><row r="2" spans="1:4"><row r="3" ht="0" customHeight="1"><row r="4">')
    other = sheet(ROWS.replace(b"<v>2</v>", b"<v>77</v>"))
    assert outline(other) == told != outline(sheet(ROWS.replace(b' hidden="1"', b"")))
    assert around_rows(sheet()) == (HEAD + COLUMNS + b"<sheetData>", b"</sheetData>" + BELOW)
    many = SHEETS["more rows than an outline has"]
    assert outline(many) is many
    assert around_rows(many)[1] == b"</sheetData>" + BELOW


def read_fast(xml: bytes, styles: bytes = b"") -> list[list[object]]:
    """A sheet by the fast reader, as it is given."""
    from python_calamine import CalamineWorkbook

    package = Package(filled())
    parts = dict(package._vetted_parts([("x", xml)], lambda given: styles or given))
    book = CalamineWorkbook.from_filelike(io.BytesIO(pack((name, store(data)) for name, data in parts.items())))
    return book.get_sheet_by_name("x").to_python(skip_empty_area=False)


PLAIN = ROWS.replace(b' t="s"', b"")
CELLS = (
    b'<row r="1"><c r="A1"><f>1</f></c><c r="B1"><f/><v>2</v></c>'
    b'<c r="C1"><f t="shared" ref="C1:C2" si="0">2</f></c></row>'
    b'<row r="2"><c r="B2" t="str"><f>"a" &amp; "b"</f><v>ab</v></c><c r="C2" t="str"><f>x</f><v></v></c></row>'
    b'<row r="4"><c r="A4" t="b"><f>TRUE</f><v>1</v></c><c r="E4" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    b'<c r="F4" s="1"/></row>'
    b'<row r="6"><c r="B6" t="str"><v>=f(x)</v></c></row>'
)


@pytest.mark.parametrize("rows", [PLAIN, CELLS, b"", CELLS + b"<row  r='7'/>" + PLAIN])
def test_the_values_of_a_sheet_are_the_same_without_its_formulas(rows: bytes) -> None:
    whole = sheet(rows)
    bare = values_only(whole)
    assert read_fast(bare) == read_fast(whole)
    plain = bare[: bare.find(b"<row  ")]
    assert not any(begin in plain for begin in (b"<f>", b"<f/>", b"<f "))
    assert len(bare) < len(whole)


def test_a_sheet_whose_rows_cannot_be_told_or_that_is_large_keeps_its_formulas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert b"<f>" in values_only(SHEETS["an odd row first"])
    assert values_only(SHEETS["no rows at all"]) == SHEETS["no rows at all"]
    monkeypatch.setattr(plain_text, "_USUAL", 100)
    large = sheet(CELLS + b" ")
    assert values_only(large) is large


STYLES = (
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy/mm/dd"/></numFmts><fonts><font/></fonts>'
    b'<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0"/>'
    b'<xf numFmtId="164" xfId="0"><alignment vertical="center"/></xf><xf numFmtId="9"/><xf numFmtId="14"/></cellXfs>'
    b'<dxfs><dxf><numFmt numFmtId="165" formatCode="0"/></dxf></dxfs></styleSheet>'
)


def test_dates_and_numbers_are_told_apart_as_by_all_of_the_styles() -> None:
    bare = number_styles(STYLES)
    assert not any(left_out in bare for left_out in (b"font", b"alignment", b"dxf", b"cellStyleXfs"))
    rows = b"".join(b'<row r="%d"><c r="A%d" s="%d"><v>43465</v></c></row>' % (n + 1, n + 1, n) for n in range(4))
    kinds = [type(row[0]).__name__ for row in read_fast(sheet(rows), bare)]
    assert kinds == [type(row[0]).__name__ for row in read_fast(sheet(rows), STYLES)]
    assert kinds == ["float", "date", "float", "date"]


def test_a_style_whose_tag_cannot_be_told_keeps_what_stands_in_it() -> None:
    odd = b'<xf a=">" numFmtId="14"><alignment/></xf>'
    assert odd in number_styles(STYLES.replace(b'<xf numFmtId="9"/>', odd))


ODD = {
    "a style inside another": (b'<alignment vertical="center"/>', b'<xf numFmtId="9"/>'),
    "a comment": (b"<fonts>", b"<!-- <cellXfs> --><fonts>"),
    "a prefix": (b'<xf numFmtId="9"/>', b'<x:xf xmlns:x="http://x" numFmtId="9"/>'),
    "not well formed": (b"<fonts>", b"<fonts><"),
    "formats that end nowhere": (b"</numFmts>", b""),
    "styles twice": (b"<dxfs>", b"<cellXfs></cellXfs><dxfs>"),
    "formats after the styles": (b"<dxfs>", b'<numFmts count="0"/><dxfs>'),
    "another root": (b"<styleSheet ", b"<x "),
}


@pytest.mark.parametrize("name", ODD)
def test_styles_that_are_not_written_as_programs_write_them_stay_as_they_are(name: str) -> None:
    old, new = ODD[name]
    odd = STYLES.replace(old, new)
    assert odd != STYLES
    assert number_styles(odd) == odd
