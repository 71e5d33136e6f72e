"""What the cells show, what stands beside them and what cannot be seen, as three programs save it: as it was made
(openpyxl), by LibreOffice, by Gnumeric. One start of each program for all workbooks; what a program does not keep, no
file saved by it can hold."""

from __future__ import annotations

import re
from typing import Any

import office
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font
from support import (
    ASSIGNMENT,
    CATALOG,
    FIGURES_PART,
    assert_worded,
    edited,
    figures_sheet,
    filled,
    parcel,
    repacked,
    value_cell,
    with_cell,
)

from smartcity_xl.form.checks import check_workbook
from smartcity_xl.form.reading.workbook import open_workbook, read_submission
from smartcity_xl.model import Submission

MADE = "openpyxl"
LOOK = {
    "schools_k12_total": "text-marked", "schools_k12_multimedia": "text-marked", "teachers_total": "text-marked",
    "students_total": "format-kept", "teachers_online_space": "format-twofold",
    "schools_k12_voc_total": "format-hidden", "schools_k12_voc_wifi": "text-number",
}  # fmt: skip


def at(key: str, column: str = "D") -> str:
    return value_cell("education", key).replace("D", column)


def shown(book: Any) -> None:
    """Cells that show something else than their value."""
    sheet = figures_sheet(book)
    raised, old = InlineFont(vertAlign="superscript"), InlineFont(strike=True)
    cells = [sheet[at(key)] for key in LOOK]
    cells[0].value = CellRichText("600", TextBlock(raised, "1"))
    cells[1].value = CellRichText(TextBlock(old, "98"), "95")
    cells[2].value, cells[2].font = 30_000, Font(strike=True)
    for cell, value, code in ((cells[3], 30_000, '"约"0'), (cells[4], 0, '0;0;"无"'), (cells[5], 600, ";;;")):
        cell.value, cell.number_format = value, code
    cells[6].value = "\u202d600\u202c"


def beside(book: Any) -> None:
    """Answers with something beside them, in the wrong place, or under signs that cannot be seen."""
    sheet = figures_sheet(book)
    sheet[at("schools_k12_total")].value = 600
    sheet[at("schools_k12_total")].comment = Comment("估算数，正式数 612 待核定", "何某演")
    sheet[at("schools_k12_multimedia")].value = 500
    lost = sheet[at("schools_k12_multimedia", "F")]
    lost.value = lost.value.replace(at("schools_k12_multimedia"), "#REF!")
    sheet[at("teachers_total", "E")].value = 30_000
    sheet[at("students_total")].value = "30\u2009000"
    sheet[at("students_total", "I")].value, sheet[at("students_total", "I")].font = "口径有变", Font(strike=True)
    sheet[at("teachers_online_space")].value = 20_000
    sheet.merge_cells(f"{at('teachers_online_space')}:{at('students_online_space')}")
    sheet[at("schools_k12_voc_total")].value = "\u2066700\u2069"
    sheet[at("schools_k12_voc_wifi")].value = "6 00"
    book["支撑资料"]["F5"].value = "名录\u200b（终\u00ad稿）.pdf"


_DRAWN = (
    '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><xdr:twoCellAnchor>'
    "<xdr:from><xdr:col>6</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>5</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from>"
    "<xdr:to><xdr:col>7</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>6</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:to>"
    '<xdr:sp macro="" textlink=""><xdr:nvSpPr><xdr:cNvPr id="2" name="框"/><xdr:cNvSpPr txBox="1"/></xdr:nvSpPr>'
    '<xdr:spPr><a:xfrm><a:off x="9000000" y="900000"/><a:ext cx="900000" cy="300000"/></a:xfrm>'
    '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></xdr:spPr><xdr:txBody><a:bodyPr/><a:p><a:r><a:t>实为612</a:t>'
    "</a:r></a:p></xdr:txBody></xdr:sp><xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>"
)


def boxed(data: bytes) -> bytes:
    """A text box over the sheet 填报表, which openpyxl cannot make and would not keep."""
    office_ = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    drawing = "application/vnd.openxmlformats-officedocument.drawing+xml"
    rels = "xl/worksheets/_rels/sheet2.xml.rels"
    one = f'<Relationship Id="box" Type="{office_}/drawing" Target="/xl/drawings/d1.xml"/></Relationships>'
    tag = f'<drawing xmlns:r="{office_}" r:id="box"/>'.encode()

    def anchor(xml: bytes) -> bytes:
        return re.sub(rb"(?=<legacyDrawing|</worksheet>)", tag, xml, count=1)

    kind = f'<Override PartName="/xl/drawings/d1.xml" ContentType="{drawing}"/></Types>'.encode()
    return repacked(
        data,
        {
            FIGURES_PART: anchor,
            rels: lambda part: part.replace(b"</Relationships>", one.encode()),
            "[Content_Types].xml": lambda part: part.replace(b"</Types>", kind),
        },
        add=[("xl/drawings/d1.xml", _DRAWN.encode())],
    )


def by_hand(data: bytes) -> bytes:
    """An answer that is computed, in a workbook that is calculated only when somebody asks for it."""
    formula = f'<c r="{at("schools_k12_total")}"><f>{at("schools_k12_multimedia")}+50</f><v>600</v></c>'
    told = {"xl/workbook.xml": lambda part: re.sub(rb"<calcPr\b", b'<calcPr calcMode="manual"', part)}
    return repacked(with_cell(data, at("schools_k12_total"), formula), told)


def of_1904(data: bytes) -> bytes:
    """Days counted from 1904 on, in cells without a format."""
    day = f'<c r="{at("schools_k12_total", "H")}"><v>41638</v></c>'  # 2017-12-31
    told = {"xl/workbook.xml": lambda part: part.replace(b"<workbookPr", b'<workbookPr date1904="1"')}
    return repacked(with_cell(data, at("schools_k12_total", "H"), day), told)


def workbooks() -> dict[str, bytes]:
    plain = edited(filled("education", schools_k12_total=600, schools_k12_multimedia=500), lambda book: None)
    return {
        "shown": edited(filled("education"), shown),
        "beside": boxed(edited(filled("education"), beside)),
        "by hand": by_hand(plain),
        "1904": of_1904(plain),
    }


@pytest.fixture(scope="module", params=[MADE, *office.PROGRAMS])
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, bytes]]:
    """A program, and the workbooks as it saved them."""
    made, folder = workbooks(), tmp_path_factory.mktemp("saved")
    if request.param == MADE:
        return MADE, made
    files = {name: folder / f"{name.replace(' ', '-')}.xlsx" for name in made}
    for name, path in files.items():
        path.write_bytes(made[name])
    found = office.recalculate(request.param, list(files.values()), folder / "out")
    return request.param, {name: found[path].read_bytes() for name, path in files.items()}


def look(data: bytes) -> Submission:
    book = open_workbook(parcel(data))
    found = check_workbook(CATALOG, ASSIGNMENT, book, read_submission(book, CATALOG, ASSIGNMENT))
    assert_worded(found.findings)
    return found


# Workbook -> what is told of it: code, cell, and what is said to stand there where that is told.
TOLD = {
    "shown": {(code, at(key)) for key, code in LOOK.items()},
    "beside": {
        ("note-at-cell", "D6"), ("text-box", "G6"), ("answer-moved", "D7"), ("formula-changed", "F7"),
        ("number-beside", "E9"), ("text-number", "D10"), ("words-struck", "I10"), ("answers-merged", "D11"),
        ("text-number", "D14"), ("signs-inside", "D15"),
    },
    "by hand": {("formula-kept", "D6"), ("calculated-by-hand", "D6")},
    "1904": {("date-outside", "H6")},
}  # fmt: skip
FORGOTTEN = {(office.LIBREOFFICE, "by hand"): {("calculated-by-hand", "D6")}}
"""What a program does not keep: LibreOffice has brought the result up to date, and says so of the workbook."""
UNSAID = {"evidence-missing", "missing"}


@pytest.mark.office
@pytest.mark.xdist_group("office")
@pytest.mark.parametrize("name", TOLD)
def test_the_same_is_told_whoever_has_saved_the_workbook(saved: tuple[str, dict[str, bytes]], name: str) -> None:
    program, books = saved
    found = {(one.code, one.origin.cell) for one in look(books[name]).findings if one.code not in UNSAID}
    assert found == TOLD[name] - FORGOTTEN.get((program, name), set())


@pytest.mark.office
@pytest.mark.xdist_group("office")
def test_the_same_is_read_whoever_has_saved_the_workbook(saved: tuple[str, dict[str, bytes]]) -> None:
    program, books = saved
    beside_ = look(books["beside"])
    raw = {finding.code: finding.parameters.get("raw", "") for finding in beside_.findings}
    assert raw["note-at-cell"] == "估算数，正式数 612 待核定"
    assert (raw["text-box"], raw["words-struck"]) == ("实为612", "口径有变（删除线）")
    assert {key: answer.value for key, answer in beside_.answers.items()} == {
        "schools_k12_total": 600, "schools_k12_multimedia": 500, "teachers_total": None, "students_total": 30_000,
        "teachers_online_space": 20_000, "students_online_space": None, "schools_k12_voc_total": 700,
        "schools_k12_voc_wifi": None,
    }  # fmt: skip
    assert beside_.evidence[0].file == "名录（终稿）.pdf"
    assert look(books["1904"]).answers["schools_k12_total"].as_of == "2017-12-31"
    stale = look(books["by hand"]).answers["schools_k12_total"]
    assert stale.value == (600 if program == MADE else 550)


@pytest.mark.parametrize("field", ["remark", "explanation"])
@pytest.mark.parametrize(("strike", "expected"), [(True, ["words-struck"]), (False, [])])
def test_words_struck_through_are_told_and_others_are_not(field: str, strike: bool, expected: list[str]) -> None:
    cell = f"{'I' if field == 'remark' else 'J'}{at('schools_k12_total')[1:]}"

    def edit(book: Any) -> None:
        figures_sheet(book)[cell].value, figures_sheet(book)[cell].font = "含民办学校", Font(strike=strike)

    found = look(edited(filled("education", schools_k12_total=600), edit))
    assert [one.code for one in found.findings if one.origin.cell == cell] == expected
    mark = "（删除线）" if strike else ""
    assert getattr(found.answers["schools_k12_total"], field) == f"含民办学校{mark}"


def test_a_raised_sign_in_a_remark_is_no_struck_word() -> None:
    def edit(book: Any) -> None:
        raised = TextBlock(InlineFont(vertAlign="superscript"), "2")
        figures_sheet(book)[f"I{at('schools_k12_total')[1:]}"].value = CellRichText("含 3 个校区，共 500m", raised)

    found = look(edited(filled("education", schools_k12_total=600), edit))
    assert "words-struck" not in {one.code for one in found.findings}
