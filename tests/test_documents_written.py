"""Written material and practice cases: how they are measured, of which kind and whose they are, what is told."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from msgspec.structs import replace
from support import ASSIGNMENT, CATALOG, assert_worded, check_growth, codes, put, receipt, repacked

from smartcity_xl.books.package import Refused
from smartcity_xl.catalog.load import assignment_ids, catalog_ids, load_assignment, load_catalog
from smartcity_xl.documents import choose_outlines, load_outlines, read_material, review_documents
from smartcity_xl.documents.owners import find_owners
from smartcity_xl.documents.word import count_characters, is_word, read_writing
from smartcity_xl.documents.written import check_written, find_kinds
from smartcity_xl.model import Finding, Material, Outline, Parcel, Topic, Writing
from smartcity_xl.run.collecting import assess

CASE, MATERIAL = choose_outlines([CATALOG.id], ASSIGNMENT.id)
SECTIONS = ("一、背景与需求", "二、主要做法", "三、特色亮点", "四、应用成效")


def png() -> bytes:
    """The smallest picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0\0\0\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def document(build: Callable[[Any], object]) -> bytes:
    """A Word document, as python-docx saves what ``build`` does to a blank one."""
    made = docx.Document()
    build(made)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def case(sections: tuple[str, ...] = SECTIONS, text: str = "数据来源：统计公报。", pictures: int = 1) -> bytes:
    """A practice case with these headings."""

    def build(made: Any) -> None:
        made.add_heading("一张网看病", 0)
        for section in sections:
            made.add_heading(section, 1)
            made.add_paragraph(text)
        for _ in range(pictures):
            made.add_picture(io.BytesIO(png()))

    return document(build)


def parcel(name: str, data: bytes) -> Parcel:
    return Parcel(name, data, hashlib.sha256(data).hexdigest())


# --- counting ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        ("智慧城市", 4),
        ("智慧城市，建设！", 8),
        ("“云溪”——数字之城…", 11),
        ("2018年12月", 4),
        ("IPv6 支持率 98.5%", 5),
        ("e-mail: a b", 3),
        ("ＡＢＣ", 3),
        ("　 \t\n", 0),
        ("𠮷野", 2),
    ],
)
def test_characters_are_counted_as_word_counts_them(text: str, number: int) -> None:
    assert count_characters(text) == number


def test_tables_and_text_boxes_count_and_headers_footers_and_deleted_text_do_not() -> None:
    def build(made: Any) -> None:
        made.add_paragraph("正文")
        table = made.add_table(1, 2)
        table.cell(0, 0).text = "表格"
        inner = table.cell(0, 1).add_table(1, 1)
        inner.cell(0, 0).text = "表中表"
        made.sections[0].header.paragraphs[0].text = "页眉不计"
        made.sections[0].footer.paragraphs[0].text = "页脚不计"
        deleted = (
            f'<w:p {nsdecls("w")}><w:del w:id="1" w:author="a"><w:r><w:delText>删去</w:delText></w:r></w:del></w:p>'
        )
        box = (
            f'<w:p {nsdecls("w", "wp")} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
            "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><w:txbxContent><w:p><w:r><w:t>框内</w:t>"
            "</w:r></w:p></w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent><w:p><w:r>"
            "<w:t>框内</w:t></w:r></w:p></w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        )
        for xml in (deleted, box):
            made.element.body.insert(0, parse_xml(xml))

    writing = read_writing(document(build))
    assert writing.characters == len("正文表格表中表框内")
    assert (writing.figures, writing.tables) == (0, 1)  # a text box shows nothing, a table within a table is no other


def test_pictures_charts_and_objects_are_figures_and_a_group_is_one() -> None:
    def build(made: Any) -> None:
        made.add_picture(io.BytesIO(png()))
        made.add_picture(io.BytesIO(png()))
        chart = "http://schemas.openxmlformats.org/drawingml/2006/chart"
        for inside in (
            f'<w:drawing><c:chart xmlns:c="{chart}"/></w:drawing>',
            '<w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:imagedata/></v:shape></w:pict>',
            '<w:object><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:imagedata/></v:shape></w:object>',
            f"<w:drawing><pic:pic {nsdecls('pic')}/><pic:pic {nsdecls('pic')}/></w:drawing>",
        ):
            made.element.body.insert(0, parse_xml(f"<w:p {nsdecls('w')}><w:r>{inside}</w:r></w:p>"))

    assert read_writing(document(build)).figures == 6


# --- headings ----------------------------------------------------------------------------------------------------


def _own_style(made: Any) -> None:
    style = made.styles.add_style("公文标题", 1)
    style.base_style = made.styles["Heading 2"]
    made.add_paragraph("主要做法", style=style)


def _bold(made: Any) -> None:
    made.add_paragraph().add_run("主要做法").bold = True


def _outlined(made: Any) -> None:
    made.element.body.insert(0, parse_xml(
        f'<w:p {nsdecls("w")}><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>主要做法</w:t></w:r></w:p>'
    ))  # fmt: skip


def _numbered_by_word(made: Any) -> None:
    number = '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
    made.element.body.insert(0, parse_xml(f"<w:p {nsdecls('w')}>{number}<w:r><w:t>主要做法</w:t></w:r></w:p>"))


def _in_a_table(made: Any) -> None:
    made.add_table(1, 1).cell(0, 0).text = "二、主要做法"


HEADINGS = [
    ("a heading style", lambda made: made.add_heading("主要做法", 2), "主要做法"),
    ("a style that rests on one", _own_style, "主要做法"),
    ("an outline level", _outlined, "主要做法"),
    ("Word's own numbering", _numbered_by_word, "主要做法"),
    ("bold type", _bold, "主要做法"),
    ("a number typed in front", lambda made: made.add_paragraph("二、主要做法"), "二、主要做法"),
    ("a number in brackets", lambda made: made.add_paragraph("（二）主要做法"), "（二）主要做法"),
    ("a number of several parts", lambda made: made.add_paragraph("2.1 主要做法"), "2.1 主要做法"),
    ("a chapter", lambda made: made.add_paragraph("第二部分 主要做法"), "第二部分 主要做法"),
    (
        "a numbered sentence that text follows",
        lambda made: made.add_paragraph("二、主要做法。" + "很长的正文" * 20),
        "二、主要做法",
    ),
    ("a word before a colon", lambda made: made.add_paragraph("背景：" + "很长的正文" * 20), "背景"),
    ("a cell of a table", _in_a_table, "二、主要做法"),
]


@pytest.mark.parametrize(("build", "heading"), [c[1:] for c in HEADINGS], ids=[c[0] for c in HEADINGS])
def test_a_heading_is_recognised_by(build: Callable[[Any], object], heading: str) -> None:
    assert heading in read_writing(document(build)).headings


@pytest.mark.parametrize(
    "text",
    [
        "本市的主要做法是建设一张网。",
        "主要做法",
        "12.5亿元投入主要做法",
        "2018年以来的主要做法是建设一张覆盖全城的网" * 3,
    ],
)
def test_plain_text_is_no_heading(text: str) -> None:
    assert read_writing(document(lambda made: made.add_paragraph(text))).headings == ()


# --- files that are not what they should be ----------------------------------------------------------------------


def _with_media(data: bytes, size: int) -> bytes:
    return repacked(data, add=[("word/media/image9.png", b"\0" * size)])


def _utf16(part: bytes) -> bytes:
    text = part.decode().replace("UTF-8", "UTF-16").replace("<w:document", "<!DOCTYPE a><w:document", 1)
    return text.encode("utf-16")


HOSTILE = [
    ("a DOCTYPE", lambda d: repacked(d, {"word/document.xml": lambda p: p.replace(b"?>", b"?><!DOCTYPE a>", 1)}),
     "package-suspicious"),
    ("a DOCTYPE hidden in UTF-16", lambda d: repacked(d, {"word/document.xml": _utf16}), "package-suspicious"),
    ("a picture that unpacks without end", lambda d: _with_media(d, 65 * 2**20), "part-too-large"),
    ("more text than a document has", lambda d: repacked(d, {"word/styles.xml": lambda p: p + b" " * 17 * 2**20}),
     "part-too-large"),
    ("two parts of one name", lambda d: repacked(d, add=[("word/document.xml", b"<a/>")]), "package-doubled"),
    ("a part cut off", lambda d: repacked(d, {"word/document.xml": lambda p: p[: len(p) // 2]}), "damaged"),
    ("no relations", lambda d: repacked(d, drop=["_rels/.rels"]), "damaged"),
    ("nested without end", lambda d: repacked(d, {"word/document.xml": lambda _: b"<a>" * 9**5}), "book-crowded"),
    ("a PDF with another name", lambda _: b"%PDF-1.4", "not-a-workbook"),
    ("nothing in it", lambda _: b"", "empty-file"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "code"), [c[1:] for c in HOSTILE], ids=[c[0] for c in HOSTILE])
def test_a_document_is_refused_that_has(spoil: Callable[[bytes], bytes], code: str) -> None:
    data = spoil(case())
    with pytest.raises(Refused) as refused:
        read_writing(data)
    assert refused.value.code == code
    read = read_material(parcel("实践案例.docx", data))
    assert (read.writing, read.trouble and read.trouble.code) == (None, "written-unreadable")


def test_old_and_locked_documents_are_called_so() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
    old = read_material(parcel("实践案例.doc", ole + "WordDocument\0".encode("utf-16-le")))
    locked = read_material(parcel("实践案例.docx", ole + "EncryptedPackage\0".encode("utf-16-le")))
    assert [m.trouble and m.trouble.code for m in (old, locked)] == ["written-old", "written-encrypted"]
    assert read_material(parcel("a.pdf", b"%PDF")) == Material("a.pdf", hashlib.sha256(b"%PDF").hexdigest())


def test_a_word_document_is_known_by_its_content_whatever_its_name() -> None:
    assert is_word("材料", case())
    assert not is_word("材料.xlsx", repacked(case(), drop=["word/document.xml"]))


def test_reading_grows_with_the_document_and_not_with_its_square() -> None:
    def work(paragraphs: int) -> object:
        text = "".join(f"<w:p><w:r><w:t>一、内容{n}</w:t></w:r></w:p>" for n in range(paragraphs))
        return read_writing(
            repacked(case(), {"word/document.xml": lambda p: p.replace(b"<w:body>", b"<w:body>" + text.encode())})
        )

    check_growth(work, 1_000)


# --- kinds and owners --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("市公安局实践案例.docx", ["实践案例"]),
        ("实践案例/公安局.docx", ["实践案例"]),
        ("文字材料/市公安局 实践案例.docx", ["文字材料"]),
        ("实践案例/文字材料/a.docx", ["文字材料"]),
        ("回复.eml/优秀案例.docx", ["实践案例"]),
        ("2018年工作总结.docx", ["文字材料"]),
        ("实践案例和工作总结.docx", ["实践案例", "文字材料"]),
        ("说明.docx", []),
    ],
)
def test_the_kind_is_told_by_the_nearest_folder_or_the_name(name: str, kinds: list[str]) -> None:
    assert [outline.name for outline in find_kinds((CASE, MATERIAL), name)] == kinds


def check(
    *files: tuple[str, bytes], outlines: tuple[Outline, ...] = (CASE, MATERIAL)
) -> tuple[list[Any], list[Finding]]:
    materials = [read_material(parcel(name, data)) for name, data in files]
    written, questions = check_written(outlines, find_owners(ASSIGNMENT, []), materials)
    findings = [finding for entry in written for finding in entry.findings] + list(questions)
    assert_worded(findings)
    return list(written), findings


def test_what_is_of_no_known_kind_or_nobodys_is_asked_about() -> None:
    written, findings = check(
        ("说明.docx", case()), ("实践案例.docx", case(text="来源")), ("市教育局实践案例.pdf", b"%PDF")
    )
    assert sorted(codes(findings)) == ["written-kind", "written-not-word", "written-owner"]
    assert [(entry.department, entry.material.name) for entry in written] == [("", "实践案例.docx")]
    assert next(f for f in findings if f.code == "written-not-word").department == "education"


def test_nothing_is_asked_where_no_notice_asks_for_anything() -> None:
    assert check(("说明.docx", case()), outlines=()) == ([], [])


def test_the_same_document_twice_is_checked_once() -> None:
    same = case()  # a package holds the second at which it was made
    written, _ = check(("市教育局实践案例.docx", same), ("实践案例/市教育局.docx", same))
    assert len(written) == 1


# --- what is told ------------------------------------------------------------------------------------------------

NATIONAL = next(outline for outline in load_outlines() if outline.id == "cn-2016-case")
WHOLE = Writing("题目", 8_000, 6, 4, SECTIONS, "数据来源：统计公报")
SHORTFALLS = [
    ("all that is asked", NATIONAL, WHOLE, []),
    ("one character too many", NATIONAL, replace(WHOLE, characters=8_001), ["written-long"]),
    ("eleven figures and tables", NATIONAL, replace(WHOLE, figures=7), ["written-figures"]),
    ("eleven tables", NATIONAL, replace(WHOLE, figures=0, tables=11), ["written-figures"]),
    ("a section that is missing", NATIONAL, replace(WHOLE, headings=SECTIONS[:3]), ["written-sections"]),
    ("titles of the writer's own", NATIONAL,
     replace(WHOLE, headings=("缘起", "群众的难点在哪里", "我们的举措", "有何创新", "效果如何")), []),
    ("no headings at all", NATIONAL, replace(WHOLE, headings=()), ["written-sections"]),
    ("no source named", NATIONAL, replace(WHOLE, text="没有说明"), ["written-mentions"]),
    ("ten thousand characters in the city's notice", CASE, replace(WHOLE, characters=10_000, figures=20), []),
    ("one more than that", CASE, replace(WHOLE, characters=10_001), ["written-long"]),
    ("no figure where the text is to be illustrated", CASE, replace(WHOLE, figures=0, tables=0), ["written-plain"]),
    ("a report without limits", MATERIAL, Writing("", 99_999, 99, 0, ("工作情况", "经验", "不足", "计划"), "共享"), []),
    ("a report without its problems", MATERIAL, Writing("", 9, 0, 0, ("工作情况", "经验", "计划"), "共享"),
     ["written-sections"]),
]  # fmt: skip


@pytest.mark.parametrize(("outline", "writing", "told"), [c[1:] for c in SHORTFALLS], ids=[c[0] for c in SHORTFALLS])
def test_a_document_with(outline: Outline, writing: Writing, told: list[str]) -> None:
    given = Material(f"{outline.words[0]}/市教育局.docx", "0" * 64, writing)
    written, questions = check_written((outline,), find_owners(ASSIGNMENT, []), [given])
    assert codes(written[0].findings) == told
    assert questions == ()
    assert all(finding.department == "education" for finding in written[0].findings)
    assert_worded(written[0].findings)


def test_a_missing_section_is_a_question_and_shows_the_headings_there_are() -> None:
    _, findings = check(("市教育局实践案例.docx", case(("一、背景与需求", "二、我们怎么做", "三、亮点", "四、成效"))))
    (finding,) = findings
    assert (finding.code, finding.parameters["sections"]) == ("written-sections", "主要做法")
    assert "二、我们怎么做" in finding.parameters["headings"]


def test_departments_that_were_asked_and_sent_nothing_are_named_once_for_each_kind() -> None:
    came = [read_material(parcel("市教育局实践案例.docx", case()))]
    documents = review_documents(CATALOG, ASSIGNMENT, [], came, (CASE, MATERIAL))
    absent = {f.parameters["kind"]: f.parameters for f in documents.findings if f.code == "written-absent"}
    assert absent["实践案例"]["number"] == "7"
    assert ASSIGNMENT.name("education") not in absent["实践案例"]["departments"]
    assert absent["文字材料"]["number"] == str(len(ASSIGNMENT.departments) - 1)
    assert_worded(documents.findings)


# --- the outlines themselves -------------------------------------------------------------------------------------


def test_an_outline_names_systems_assignments_and_departments_that_exist() -> None:
    known = {
        name: load_assignment(load_catalog(system), name) for system in catalog_ids() for name in assignment_ids(system)
    }
    assert len({outline.id for outline in load_outlines()}) == len(load_outlines())
    for outline in load_outlines():
        assert outline.systems or set(outline.assignments) <= known.keys()
        for name in outline.assignments:
            assert set(outline.asked) - {"*"} <= known[name].departments.keys()
        assert all(topic.keywords for topic in (*outline.sections, *outline.mentions))
        assert outline.words


@pytest.mark.parametrize(
    ("system", "assignment", "named", "chosen"),
    [
        ("cn-2018", "luoyang-2019", None, ["luoyang-2019-case", "luoyang-2019-material"]),
        ("cn-2016", "own-1", None, ["cn-2016-case", "cn-2016-report"]),
        ("cn-2018", "own-1", None, []),
        ("cn-2018", "own-1", ("cn-2016-case",), ["cn-2016-case"]),
        ("cn-2018", "luoyang-2019", ("cn-2016-case",), ["cn-2016-case"]),
        ("cn-2018", "luoyang-2019", (), []),
    ],
)
def test_the_outlines_in_force(system: str, assignment: str, named: tuple[str, ...] | None, chosen: list[str]) -> None:
    assert [outline.id for outline in choose_outlines([system], assignment, named)] == chosen


def test_a_topic_is_found_by_any_of_its_keywords_in_any_wording() -> None:
    outline = replace(CASE, sections=(Topic("成效", ("成效", "效果")),), mentions=(), illustrated=False)
    given = Material("实践案例/市教育局.docx", "0" * 64, replace(WHOLE, headings=("三、应 用 效 果",)))
    written, _ = check_written((outline,), find_owners(ASSIGNMENT, []), [given])
    assert written[0].findings == ()


# --- through the whole program -----------------------------------------------------------------------------------


def test_a_case_in_the_inbox_is_measured_and_attached(tmp_path: Path) -> None:
    from support import filled

    put(tmp_path, {"表.xlsx": filled("education"), "实践案例/市教育局.docx": case(), "附件.docx": case(("一、无关",))})
    outcome = assess(tmp_path)
    (written,) = outcome.documents.written
    assert (written.department, written.material.name) == ("education", "实践案例/市教育局.docx")
    assert receipt(outcome, "实践案例/市教育局.docx").status == "attached"
    assert receipt(outcome, "附件.docx").status == "ignored"
    assert codes([f for f in outcome.findings if f.origin.file == "附件.docx"]) == ["written-kind", "other-file"]


def test_a_bomb_in_the_inbox_costs_that_file_alone(tmp_path: Path) -> None:
    from support import filled

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("word/document.xml", b"<a/>")
        bomb.writestr("word/media/a.png", b"\0" * 70 * 2**20)
    put(tmp_path, {"表.xlsx": filled("education"), "市教育局实践案例.docx": stream.getvalue()})
    outcome = assess(tmp_path)
    assert "written-unreadable" in codes(outcome.findings)
    assert [receipt.status for receipt in outcome.receipts] == ["attached", "taken"]
