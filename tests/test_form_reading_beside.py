"""What stands beside the cells reaches the office: notes, text boxes, pictures, objects, numbers in the wrong column,
cut answers, cells that stand twice, merged cells, results that may be stale. Beside each the case where nothing is
said."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl.comments import Comment
from support import (
    ASSIGNMENT,
    CATALOG,
    FIGURES_PART,
    assert_worded,
    edited,
    figures_sheet,
    filled,
    parcel,
    put,
    repacked,
    value_cell,
    with_cell,
)  # fmt: skip

from smartcity_xl.books.beside import Embedded, _read_native
from smartcity_xl.form.checks import check_workbook, drawn, merged, moved, notes, stale, twice
from smartcity_xl.form.checks.look import Look
from smartcity_xl.form.reading.workbook import open_workbook, read_submission
from smartcity_xl.model import FileState, Finding, State, Submission
from smartcity_xl.run.collecting import assess

KEY = "schools_k12_total"
CELL, OTHER = value_cell("education", KEY), value_cell("education", "schools_k12_multimedia")
ROW = re.sub(r"\D", "", CELL)
NEXT = value_cell("education", "teachers_total")
OWN = filled("education", schools_k12_total=600, schools_k12_multimedia=500)
SAVED = edited(OWN, lambda book: None)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
TEXT = "http://schemas.openxmlformats.org/drawingml/2006/main"


def look(data: bytes) -> Submission:
    book = open_workbook(parcel(data))
    found = check_workbook(CATALOG, ASSIGNMENT, book, read_submission(book, CATALOG, ASSIGNMENT))
    assert_worded(found.findings)
    return found


def told(data: bytes, code: str) -> list[Finding]:
    return [finding for finding in look(data).findings if finding.code == code]


def sheet(edit: Callable[[Any], object]) -> bytes:
    return edited(OWN, lambda book: edit(figures_sheet(book)))


def related(data: bytes, *parts: tuple[str, str, bytes], change: Callable[[bytes], bytes] = bytes) -> bytes:
    """A workbook whose sheet 填报表 refers to further parts: kind of relation, name under xl/, content."""
    listed = "".join(
        f'<Relationship Id="x{n}" Type="{kind if "://" in kind else f"{OFFICE}/{kind}"}" Target="/xl/{name}"/>'
        for n, (kind, name, _) in enumerate(parts)
    )
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    rels = f'<Relationships xmlns="{space}">{listed}</Relationships>'.encode()
    added = [("xl/worksheets/_rels/sheet2.xml.rels", rels), *((f"xl/{name}", content) for _, name, content in parts)]
    return repacked(data, {FIGURES_PART: change}, add=added)


# --- notes -------------------------------------------------------------------------------------------------------


def test_a_note_at_an_answer_reaches_the_office() -> None:
    data = sheet(lambda s: setattr(s[CELL], "comment", Comment("估算数，正式数 612 待核定", "何某演")))
    [finding] = told(data, "note-at-cell")
    assert (finding.origin.cell, finding.figure, finding.parameters["raw"]) == (CELL, KEY, "估算数，正式数 612 待核定")
    assert look(data).answers[KEY].value == 600


def test_a_note_anywhere_on_a_sheet_of_ours_reaches_the_office() -> None:
    assert len(told(sheet(lambda s: setattr(s[f"C{ROW}"], "comment", Comment("口径？", "何"))), "note-at-cell")) == 1


def test_a_thread_is_told_once_and_whole() -> None:
    space = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    thread = f'<ThreadedComments xmlns="{space}">' + "".join(
        f'<threadedComment ref="{CELL}" id="{n}"><text>{text}</text></threadedComment>'
        for n, text in enumerate(("是估的吗", "是，612"))
    ) + "</ThreadedComments>"  # fmt: skip
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    legacy = (
        f'<comments xmlns="{main}"><authors><author>a</author></authors><commentList>'
        f'<comment ref="{CELL}" authorId="0">'
        "<text><t>[Threaded comment]</t></text></comment></commentList></comments>"
    )
    kind = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
    data = related(SAVED, ("comments", "comments1.xml", legacy.encode()), (kind, "threads1.xml", thread.encode()))
    [finding] = told(data, "note-at-cell")
    assert finding.parameters["raw"] == "是估的吗\n是，612"


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_note_says_nothing(text: str) -> None:
    assert told(sheet(lambda s: setattr(s[CELL], "comment", Comment(text, "何"))), "note-at-cell") == []


def test_the_notes_of_a_returned_workbook_are_our_own() -> None:
    from support import identified

    def noted(text: str) -> bytes:
        return identified(sheet(lambda s: setattr(s[CELL], "comment", Comment(text, ""))), revision="2")

    assert told(noted("【须改正】“中小学校总数”未填\n应为：填数"), "note-at-cell") == []
    assert len(told(noted("估算数"), "note-at-cell")) == 1


# --- over the cells ----------------------------------------------------------------------------------------------


def anchored(cell: str, inside: str) -> bytes:
    column, row = ord(cell[0]) - 65, int(cell[1:]) - 1
    return (
        f'<xdr:wsDr xmlns:xdr="{DRAWING}" xmlns:a="{TEXT}"><xdr:oneCellAnchor><xdr:from><xdr:col>{column}</xdr:col>'
        f"<xdr:row>{row}</xdr:row></xdr:from>{inside}</xdr:oneCellAnchor></xdr:wsDr>"
    ).encode()


BOX = "<xdr:sp><xdr:txBody><a:p><a:r><a:t>实为</a:t></a:r><a:r><a:t>612</a:t></a:r></a:p></xdr:txBody></xdr:sp>"


def test_a_text_box_is_told_with_its_words() -> None:
    [finding] = told(related(SAVED, ("drawing", "drawings/d1.xml", anchored("G6", BOX))), "text-box")
    assert (finding.origin.cell, finding.parameters["raw"]) == ("G6", "实为612")


def test_a_picture_over_the_sheet_is_told() -> None:
    data = related(SAVED, ("drawing", "drawings/d1.xml", anchored(CELL, "<xdr:pic/>")))
    assert [f.origin.cell for f in told(data, "pictures-on-sheet")] == [CELL]
    assert look(data).answers[KEY].value == 600


def test_a_picture_in_the_place_of_an_answer_is_told_once() -> None:
    data = related(SAVED, ("drawing", "drawings/d1.xml", anchored(NEXT, "<xdr:pic/>")))
    assert told(data, "pictures-on-sheet") == []
    assert [f.origin.cell for f in told(data, "picture-in-cell")] == [NEXT]


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        pytest.param('<c r="{c}" t="e" vm="1"><v>#VALUE!</v></c>', "picture-in-cell", id="placed in the cell"),
        pytest.param('<c r="{c}" s="3" t="e" vm="2"><v>#VALUE!</v></c>', "picture-in-cell", id="with a style"),
        pytest.param(
            '<c r="{c}" t="str"><f>_xlfn.DISPIMG("ID_1",1)</f><v>=DISPIMG</v></c>', "picture-in-cell", id="by WPS"
        ),
        pytest.param('<c r="{c}" t="e"><v>#VALUE!</v></c>', "cell-error", id="an error is an error"),
    ],
)
def test_a_picture_in_a_cell_is_no_formula_that_went_wrong(xml: str, code: str) -> None:
    found = look(with_cell(SAVED, CELL, xml.replace("{c}", CELL)))
    assert [f.code for f in found.findings if f.origin.cell == CELL] == [code]
    assert found.answers[KEY].state is State.UNREADABLE


def native(name: bytes, data: bytes) -> bytes:
    """The stream in which Windows' packager keeps a file."""
    path = b"C:\\tmp\\" + name + b"\0"
    body = struct.pack("<H", 2) + name + b"\0" + path + struct.pack("<HHI", 0, 3, len(path)) + path
    return struct.pack("<I", len(body)) + body + struct.pack("<I", len(data)) + data


def test_a_packed_file_is_taken_out_with_its_name() -> None:
    name = "学校名录.pdf"
    assert _read_native(native(name.encode("gb18030"), b"%PDF-1.4")) == Embedded(name, b"%PDF-1.4")
    assert _read_native(native(b"a.pdf", b"%PDF-1.4")[:-3]) is None


def test_files_put_in_as_objects_are_told_by_name() -> None:
    data = related(SAVED, ("package", "embeddings/表1.xlsx", OWN), ("oleObject", "embeddings/oleObject1.bin", b"?"))
    [finding] = told(data, "files-embedded")
    assert (finding.parameters["number"], finding.parameters["names"]) == ("2", "表1.xlsx、oleObject1.bin")


def test_a_file_put_in_as_an_object_is_the_evidence_that_the_list_names(tmp_path: Path) -> None:
    def name(book: Any) -> None:
        sheet = book["支撑资料"]
        columns = {cell.value: cell.column for cell in sheet[1]}
        sheet.cell(5, columns["file"]).value = "学校名录.docx"

    data = related(edited(OWN, name), ("package", "embeddings/学校名录.docx", b"PK of no kind"))
    outcome = assess(put(tmp_path, {"表.xlsx": data}))
    [mine] = [one for one in outcome.documents.named if one.named == "学校名录.docx"]
    assert (mine.state, [file.name for file in mine.files]) == (FileState.PRESENT, ["表.xlsx/学校名录.docx"])


def test_a_plain_workbook_has_nothing_beside_its_cells() -> None:
    codes = {finding.code for data in (OWN, SAVED) for finding in look(data).findings}
    assert not codes & {
        "note-at-cell", "text-box", "pictures-on-sheet", "files-embedded", "answer-moved", "answers-merged",
        "cell-twice", "calculated-by-hand", "number-beside",
    }  # fmt: skip


# --- in the wrong place ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["E", "F", "I", "J"])
@pytest.mark.parametrize("number", [30000, "30000", "３００００"])
def test_a_number_in_another_column_of_a_blank_answer_is_told(column: str, number: object) -> None:
    at = NEXT.replace("D", column)
    [finding] = told(sheet(lambda s: setattr(s[at], "value", number)), "number-beside")
    assert (finding.origin.cell, finding.parameters["cell"]) == (at, NEXT)


@pytest.mark.parametrize(("cell", "value"), [(CELL.replace("D", "I"), 5), (NEXT.replace("D", "I"), "2018年数据")])
def test_a_remark_is_no_stray_number(cell: str, value: object) -> None:
    assert told(sheet(lambda s: setattr(s[cell], "value", value)), "number-beside") == []


def test_an_answer_that_was_cut_and_pasted_is_told() -> None:
    """As a program leaves it: the checks of the row that was covered have lost their cell."""
    row = re.sub(r"\D", "", OTHER)

    def edit(s: Any) -> None:
        s[f"F{row}"].value = s[f"F{row}"].value.replace(OTHER, "#REF!")
        s[OTHER].value, s[CELL].value = 600, None

    [finding] = told(sheet(edit), "answer-moved")
    assert finding.parameters["cells"] == OTHER
    assert told(SAVED, "answer-moved") == []


# --- one cell, two values ----------------------------------------------------------------------------------------


def test_a_cell_that_stands_twice_does_not_count() -> None:
    data = with_cell(SAVED, CELL, f'<c r="{CELL}"><v>600</v></c><c r="{CELL}"><v>612</v></c>')
    assert [f.origin.cell for f in told(data, "cell-twice")] == [CELL]
    assert look(data).answers[KEY].value is None
    assert look(data).answers["schools_k12_multimedia"].value == 500


def test_a_row_that_stands_twice_does_not_count() -> None:
    def twice(xml: bytes) -> bytes:
        return re.sub(
            rb'(<row r="' + ROW.encode() + rb'".*?</row>)', lambda m: m[1] + m[1].replace(b">600<", b">612<"), xml,
            count=1, flags=re.DOTALL,
        )  # fmt: skip

    found = look(repacked(SAVED, {FIGURES_PART: twice}))
    assert found.answers[KEY].value is None
    assert {f.code for f in found.findings if f.figure == KEY} & {"cell-twice", "row-twice"}


def test_merged_answers_are_told() -> None:
    [finding] = told(sheet(lambda s: s.merge_cells(f"{CELL}:{OTHER}")), "answers-merged")
    assert finding.parameters["cells"] == f"{CELL}、{OTHER}"


# --- results that may be stale -----------------------------------------------------------------------------------


def by_hand(mode: bytes) -> bytes:
    data = with_cell(SAVED, CELL, f'<c r="{CELL}"><f>{OTHER}+50</f><v>600</v></c>')
    return repacked(data, {"xl/workbook.xml": lambda part: re.sub(rb"<calcPr\b", b"<calcPr " + mode, part)})


def test_a_result_in_a_workbook_calculated_by_hand_may_be_stale() -> None:
    assert [f.parameters["cells"] for f in told(by_hand(b'calcMode="manual"'), "calculated-by-hand")] == [CELL]
    assert told(by_hand(b""), "calculated-by-hand") == []
    typed = repacked(SAVED, {"xl/workbook.xml": lambda p: p.replace(b"<calcPr", b'<calcPr calcMode="manual"')})
    assert told(typed, "calculated-by-hand") == []


# --- each check, silent and speaking -----------------------------------------------------------------------------


def _noted() -> bytes:
    return sheet(lambda s: setattr(s[CELL], "comment", Comment("估算", "何")))


def _boxed() -> bytes:
    return related(SAVED, ("drawing", "drawings/d1.xml", anchored("G6", BOX)))


def _lost() -> bytes:
    at = OTHER.replace("D", "F")
    return sheet(lambda s: setattr(s[at], "value", s[at].value.replace(OTHER, "#REF!")))


def _doubled() -> bytes:
    return with_cell(SAVED, CELL, f'<c r="{CELL}"><v>600</v></c><c r="{CELL}"><v>612</v></c>')


SILENT: list[tuple[Any, str, Callable[[], bytes]]] = [
    (notes.check, "no note", lambda: SAVED),
    (drawn.check, "nothing drawn", lambda: SAVED),
    (moved.check, "every check has its cell", lambda: SAVED),
    (merged.check, "only our own headings merged", lambda: SAVED),
    (twice.check, "each cell once", lambda: SAVED),
    (stale.check, "calculated by the program", lambda: by_hand(b"")),
]
SPEAKS: list[tuple[Any, str, Callable[[], bytes], list[str]]] = [
    (notes.check, "a note", _noted, ["note-at-cell"]),
    (drawn.check, "a text box", _boxed, ["text-box"]),
    (moved.check, "a check that lost its cell", _lost, ["answer-moved"]),
    (merged.check, "two answers merged", lambda: sheet(lambda s: s.merge_cells(f"{CELL}:{OTHER}")), ["answers-merged"]),
    (twice.check, "a cell that stands twice", _doubled, ["cell-twice"]),
    (stale.check, "calculated by hand", lambda: by_hand(b'calcMode="manual"'), ["calculated-by-hand"]),
]


def _found(check: Any, data: bytes) -> list[str]:
    return [finding.code for finding in check(Look(CATALOG, ASSIGNMENT, open_workbook(parcel(data))))]


@pytest.mark.parametrize(("check", "make"), [pytest.param(c, m, id=name) for c, name, m in SILENT])
def test_a_check_stays_silent(check: Any, make: Callable[[], bytes]) -> None:
    assert _found(check, make()) == []


@pytest.mark.parametrize(("check", "make", "expected"), [pytest.param(c, m, e, id=name) for c, name, m, e in SPEAKS])
def test_a_check_speaks(check: Any, make: Callable[[], bytes], expected: list[str]) -> None:
    assert _found(check, make()) == expected
