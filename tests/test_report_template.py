"""A report in a document of the office's own: what its placeholders become, and what is said of one that is faulty."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.document import Document
from docx.enum.text import WD_BREAK
from msoffcrypto.format.ooxml import OOXMLFile
from openxml_audit import OpenXmlValidator
from reports import SAMPLE, TOGETHER, Seen, lines_of_word, part_of
from summaries import sum_up
from tiny_round import FIRST, INIT, Round, put_system, remembered
from tiny_round import report as report_of

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import TemplateFault
from smartcity_xl.messages import words
from smartcity_xl.report import OwnTemplate, Report, compose_report, write_word
from smartcity_xl.results import read_results

ROOT = Path(__file__).parent.parent
Change = Callable[[Document], object]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sum_up(SAMPLE, tmp_path_factory.mktemp("sample")).folder / "results.json"


@pytest.fixture(scope="module")
def report(results: Path) -> Report:
    return compose_report([read_results(results)])


def saved(change: Change) -> bytes:
    document = docx.Document()
    change(document)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def typed(*lines: str) -> Change:
    return lambda document: [document.add_paragraph(line) for line in lines]


def write(report: Report, change: Change) -> bytes:
    return write_word(report, OwnTemplate("own.docx", saved(change)))


def said(data: bytes) -> list[str]:
    return [line for line in lines_of_word(data) if line]


# --- what placeholders become ------------------------------------------------------------------------------------

FIELDS = [
    ("a word in a sentence", "{{城市}}总分{{总分}}分。", "云溪市总分63.43分。"),
    ("blanks inside", "{{ 总分 }}", "63.43"),
    ("braces of a Chinese keyboard", "｛｛满分｝｝", "100.00"),
    ("the range", "{{最低}}至{{最高可达}}", "63.43至73.10"),
    ("the state", "{{结果状态}}", "暂定结果"),
    ("who has reported", "{{已报单位数}}/{{应报单位数}}，未报{{未报单位数}}", "22/23，未报1"),
    ("the first system by its number", "{{总分 1}}", "63.43"),
    ("the same twice", "{{总分}}、{{总分}}", "63.43、63.43"),
    ("what a system without stars has not", "{{达标项数}}", "—"),
    ("the year", "{{年度}}", "2018"),
]


@pytest.mark.parametrize(("line", "becomes"), [one[1:] for one in FIELDS], ids=[one[0] for one in FIELDS])
def test_a_placeholder_becomes_what_the_record_says(report: Report, line: str, becomes: str) -> None:
    assert said(write(report, typed(line)))[-1] == becomes


def in_pieces(document: Document) -> None:
    paragraph = document.add_paragraph()
    for piece in ("得{", "{总", "分}", "}分，", "满{{满", "分}}"):
        paragraph.add_run(piece).bold = True


def in_a_cell(document: Document) -> None:
    document.add_table(1, 1).cell(0, 0).text = "{{总分}}"


def in_a_header(document: Document) -> None:
    document.sections[0].header.paragraphs[0].text = "{{城市}}　{{暂定标记}}"


def test_a_placeholder_that_word_cut_into_pieces_is_found(report: Report) -> None:
    data = write(report, in_pieces)
    assert said(data)[-1] == "得63.43分，满100.00"


def test_cells_and_headers_have_placeholders_too(report: Report) -> None:
    assert said(write(report, in_a_cell))[-1] == "63.43"
    data = write(report, in_a_header)
    assert "云溪市　暂定稿　不得作为最终结果引用" in said_in_headers(data)


def said_in_headers(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        names = [name for name in package.namelist() if re.fullmatch(r"word/header\d*\.xml", name)]
    return "".join(line for name in names for line in lines_of_word(data, name))


PARTS: list[tuple[str, str, str | None, int]] = [
    ("the whole report", "正文", "Heading 1", 7), ("a chapter", "评价结果", "Heading 1", 1),
    ("a table", "结果表", None, 0), ("the reporting", "填报情况表", None, 0),
    ("the last chapter", "下一步", "Heading 1", 1),
]  # fmt: skip


@pytest.mark.parametrize(("part", "style", "number"), [one[1:] for one in PARTS], ids=[one[0] for one in PARTS])
def test_a_part_stands_where_it_is_wanted(report: Report, part: str, style: str | None, number: int) -> None:
    data = write(report, typed("前文", f"{{{{{part}}}}}", "后文"))
    document = docx.Document(io.BytesIO(data))
    assert len([p for p in document.paragraphs if p.style and p.style.name == style]) == number
    lines = said(data)
    assert lines[lines.index("前文") + 1] != "后文"
    assert lines[-1] == "后文"
    assert not any("{{" in line for line in lines)


def test_headings_are_numbered_where_the_styles_do_not(report: Report) -> None:
    document = docx.Document(io.BytesIO(write(report, typed("{{正文}}"))))
    heads = [p.text for p in document.paragraphs if p.style and p.style.name in ("Heading 1", "Heading 2")]
    assert heads[:3] == ["一、评价工作组织概况", "（一）评价依据和计分办法", "（二）组织过程"]
    assert heads[-1] == "附件：支撑资料目录"


def test_a_chart_finds_its_numbers_beside_charts_of_the_template(report: Report) -> None:
    data = write(report, typed("{{结果图}}", "{{失分图}}"))
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        names = package.namelist()
    assert [name for name in names if "charts/chart" in name and "rels" not in name] == [
        "word/charts/chart1.xml", "word/charts/chart2.xml",
    ]  # fmt: skip
    assert b"charts/chart1.xml" in part_of(data, "word/_rels/document.xml.rels")


def test_a_template_without_placeholders_has_the_report_at_its_end(report: Report) -> None:
    lines = said(write(report, typed("关于报送评价报告的函")))
    assert lines[0] == report.provisional
    assert lines[1:3] == ["关于报送评价报告的函", "一、评价工作组织概况"]


def test_of_several_systems_each_is_asked_for_by_its_number(tmp_path: Path) -> None:
    paths = [sum_up(system, tmp_path / system).folder / "results.json" for system in TOGETHER]
    records = [read_results(path) for path in paths]
    both = compose_report(records)
    lines = said(write(both, typed("{{指标体系}}", "{{指标体系 2}}", "{{总分 2}}", "{{结果表 2}}")))
    assert lines[:2] == [records[0].catalog.title, records[1].catalog.title]
    assert records[1].total
    assert lines[2] == records[1].total.score
    assert records[1].catalog.title in lines[3]
    with pytest.raises(TemplateFault) as caught:
        write(both, typed("{{总分 3}}"))
    assert [fault.code for fault in caught.value.faults] == ["placeholder-system"]  # type: ignore[attr-defined]


# --- provisional -------------------------------------------------------------------------------------------------


def two_sections(document: Document) -> None:
    document.add_paragraph("{{正文}}")
    document.sections[0].different_first_page_header_footer = True
    document.settings.odd_and_even_pages_header_footer = True
    document.add_section()
    document.sections[1].header.is_linked_to_previous = False
    document.sections[1].header.paragraphs[0].text = "第二节"


@pytest.mark.parametrize(
    "change", [typed("{{正文}}"), typed("{{总分}}"), two_sections], ids=["a body", "words alone", "two sections"]
)
def test_what_is_provisional_is_marked_though_the_template_forgot_it(report: Report, change: Change) -> None:
    data = write(report, change)
    assert said(data)[0] == report.provisional
    document = docx.Document(io.BytesIO(data))
    for section in document.sections:
        headers: list[Any] = [section.header]
        headers += [section.first_page_header] if section.different_first_page_header_footer else []
        headers += [section.even_page_header] if document.settings.odd_and_even_pages_header_footer else []
        assert all("暂定稿" in "".join(p.text for p in header.paragraphs) for header in headers)


@pytest.mark.parametrize(
    "change", [typed("{{正文}}"), typed("信"), two_sections, in_a_header, in_pieces],
    ids=["a body", "none", "two sections", "in a header", "in pieces"],
)  # fmt: skip
def test_what_is_written_in_it_has_no_fault_that_the_template_had_not(
    report: Report, change: Change, tmp_path: Path
) -> None:
    before, after = tmp_path / "before.docx", tmp_path / "after.docx"
    before.write_bytes(saved(change))
    after.write_bytes(write(report, change))
    known = {str(error) for error in OpenXmlValidator().validate(str(before)).errors}
    assert {str(error) for error in OpenXmlValidator().validate(str(after)).errors} <= known
    assert after.read_bytes() == write(report, change)


# --- templates that will not do ----------------------------------------------------------------------------------


def without_style(name: str) -> Change:
    def change(document: Document) -> None:
        document.add_paragraph("{{正文}}")
        style = document.styles[name].element
        style.getparent().remove(style)

    return change


def in_a_cell_a_part(document: Document) -> None:
    document.add_table(1, 1).cell(0, 0).text = "{{正文}}"


def in_a_header_a_part(document: Document) -> None:
    document.sections[0].header.paragraphs[0].text = "{{结果表}}"


def protected(document: Document) -> None:
    from docx.oxml import OxmlElement

    document.add_paragraph("{{正文}}")
    document.settings.element.insert(0, OxmlElement("w:documentProtection"))


def beside_a_break(document: Document) -> None:
    document.add_paragraph("{{总分}}").add_run().add_break(WD_BREAK.PAGE)


def locked() -> bytes:
    plain, closed = io.BytesIO(saved(typed("{{正文}}"))), io.BytesIO()
    OOXMLFile(plain).encrypt("secret", closed)
    return closed.getvalue()


def another_kind() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(typed("x")))) as source, zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, part.replace(b"wordprocessingml.document.main", b"wordprocessingml.template.main"))
    return stream.getvalue()


def an_archive() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        target.writestr("模板.docx", saved(typed("x")))
    return stream.getvalue()


def with_doctype() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(typed("x")))) as source, zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, part.replace(b"<w:document", b"<!DOCTYPE x><w:document", 1))
    return stream.getvalue()


FAULTY: list[tuple[str, Change | Callable[[], bytes], list[str]]] = [
    ("a name that nobody knows", typed("{{总得分}}"), ["placeholder-unknown"]),
    ("no name at all", typed("{{}}"), ["placeholder-unknown"]),
    ("two of them, told together", typed("{{甲}}", "{{乙}}"), ["placeholder-unknown", "placeholder-unknown"]),
    ("an open end", typed("{{总分"), ["placeholder-open"]),
    ("a part among words", typed("见{{正文}}"), ["placeholder-not-alone"]),
    ("a part in a cell", in_a_cell_a_part, ["placeholder-not-alone"]),
    ("a part in a header", in_a_header_a_part, ["placeholder-not-alone"]),
    ("a second system", typed("{{总分 2}}"), ["placeholder-system"]),
    ("system nought", typed("{{总分 0}}"), ["placeholder-system"]),
    ("no heading 1", without_style("Heading 1"), ["template-style-missing"]),
    ("no heading 2", without_style("Heading 2"), ["template-style-missing"]),
    ("protected", protected, ["template-protected"]),
    ("a password", locked, ["template-locked"]),
    ("an old .doc", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4_000), ["template-no-docx"]),
    ("a text", lambda: "{{正文}}".encode(), ["template-no-docx"]),
    ("nothing", bytes, ["template-no-docx"]),
    ("a .dotx that was renamed", another_kind, ["template-no-docx"]),
    ("an archive", an_archive, ["template-no-docx"]),
    ("a workbook", lambda: (ROOT / "templates").glob("**/*.xlsx").__next__().read_bytes(), ["template-no-docx"]),
    ("half a file", lambda: saved(typed("x"))[:3_000], ["template-damaged"]),
    ("a declaration", with_doctype, ["template-damaged"]),
]


@pytest.mark.parametrize(("made", "codes"), [one[1:] for one in FAULTY], ids=[one[0] for one in FAULTY])
def test_a_template_that_will_not_do_is_told_with_what_to_do(
    report: Report, made: Change | Callable[[], bytes], codes: list[str]
) -> None:
    try:
        data = made()  # type: ignore[call-arg]
    except TypeError:
        data = saved(made)  # type: ignore[arg-type]
    with pytest.raises(TemplateFault) as caught:
        write_word(report, OwnTemplate("own.docx", data))  # type: ignore[arg-type]
    assert [fault.code for fault in caught.value.faults] == codes  # type: ignore[attr-defined]
    assert all(fault.words("zh") and fault.words("en") for fault in caught.value.faults)


def test_a_placeholder_beside_a_break_leaves_the_break(report: Report) -> None:
    assert b'<w:br w:type="page"/>' in part_of(write(report, beside_a_break), "word/document.xml")


# --- the command -------------------------------------------------------------------------------------------------


def run(*typed_: object) -> int:
    return run_cli(["--lang", "zh", "report", *map(str, typed_), "--no-campaign"])


def test_a_document_that_was_written_on_is_left(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    word, page = tmp_path / "评价报告.docx", tmp_path / "评价报告.html"
    assert run(results, "--out", tmp_path) == 1, "provisional: a person is needed"
    assert run(results, "--out", tmp_path) == 1
    word.write_bytes(b"written on")
    page.write_bytes(b"old")
    capsys.readouterr()
    assert run(results, "--out", tmp_path) == 2
    assert "--only page" in capsys.readouterr().err
    assert (word.read_bytes(), page.read_bytes()) == (b"written on", b"old")
    assert run(results, "--out", tmp_path, "--only", "page") == 1
    assert word.read_bytes() == b"written on"
    assert b"<!DOCTYPE html>" in page.read_bytes()
    assert run(results, "--out", tmp_path, "--overwrite") == 1
    assert word.read_bytes().startswith(b"PK")


def test_a_faulty_template_writes_nothing(results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    template = tmp_path / "模板.docx"
    template.write_bytes(saved(typed("{{总得分}}", "{{甲}}")))
    assert run(results, "--template", template, "--out", tmp_path / "out") == 2
    told = capsys.readouterr().err
    assert "“{{总得分}}”" in told
    assert "“{{甲}}”" in told
    assert not (tmp_path / "out").exists()
    assert run(results, "--template", tmp_path / "none.docx", "--out", tmp_path / "out") == 2


def test_records_of_two_rounds_make_no_report(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "results.json"
    other.write_text(
        results.read_text(encoding="utf-8").replace('"round": "2018"', '"round": "2019"'), encoding="utf-8"
    )
    assert run(results, other, "--out", tmp_path) == 2
    assert "云溪市 2019" in capsys.readouterr().err
    assert run(results, results, "--out", tmp_path) == 2
    capsys.readouterr()
    for option in (("--ledger", tmp_path), ("--as-of", "2026-01-01")):
        assert run(results, *option, "--out", tmp_path) == 2
        assert option[0] in capsys.readouterr().err, "it would not be looked at"
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty") == 2


def test_in_a_round_the_report_lies_beside_its_summary(tmp_path: Path) -> None:
    put_system(tmp_path)
    round_ = Round(tmp_path)
    with remembered():
        assert round_.run(*INIT) == 0
        assert round_.run("make-templates") == 0
        round_.receive(甲=report_of(FIRST, ("all", 100), ("done", 50)))
        round_.run("collect")
        assert round_.run("report") == 1, round_.told.getvalue()
    summary = round_.out
    told = Seen((summary / "评价报告.html").read_bytes()).told
    total = read_results(summary / "results.json").total
    assert total
    assert any((one.text, one.at) == (total.score, "0.total.score") for one in told)
    assert (summary / "评价报告.docx").exists()


def test_the_page_about_reports_names_every_placeholder_and_style() -> None:
    page = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
    for section in ("report_fields", "report_parts"):
        for name in words(section).values():
            assert f"`{{{{{name}}}}}`" in page, name
    assert all(f"`{name}`" in page for name in words("report_styles").values())
