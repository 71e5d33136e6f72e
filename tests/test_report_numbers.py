"""Every number of a report is the record's, in the document as on the page; and both say the same."""

from __future__ import annotations

import copy
import io
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from string import Formatter
from xml.etree import ElementTree

import office
import openpyxl
import pytest
from hand_worked import CATALOGS
from openxml_audit import OpenXmlValidator
from reports import (
    SAMPLE,
    Seen,
    blocks_of,
    hold_rounds,
    lines_of,
    lines_of_word,
    part_of,
    read_raw,
    told_in,
    wrong,
)

from smartcity_xl.report import Report, compose_report, write_page, write_word
from smartcity_xl.report.page.tree import grow_trees
from smartcity_xl.report.told import Chart, Table, ToFill, flat
from smartcity_xl.results import read_results

ROUNDS = (*CATALOGS, "together")
ROOT = Path(__file__).parent.parent
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


class Made:
    """The report of a round, and both of its forms."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self.paths, self.raw = paths, read_raw(paths)
        self.report: Report = compose_report([read_results(path) for path in paths])
        self.word, self.page = write_word(self.report), write_page(self.report)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    return {name: Made(paths) for name, paths in hold_rounds(tmp_path_factory.mktemp("rounds")).items()}


# --- numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("round_", ROUNDS)
def test_what_a_report_tells_stands_so_in_the_record(made: dict[str, Made], round_: str) -> None:
    one = made[round_]
    told = [*told_in(one.report), *told_in(grow_trees(one.report))]
    assert len(told) > 300
    assert wrong(told, one.raw) == []


@pytest.mark.parametrize("round_", ROUNDS)
def test_what_the_page_tells_stands_so_in_the_record(made: dict[str, Made], round_: str) -> None:
    told = Seen(made[round_].page).told
    assert len(told) > 500
    assert wrong(told, made[round_].raw) == []


PLANTED = {
    "a total": ("total", "score"),
    "the end of a range": ("total", "range", "ceiling"),
    "a dimension's score": ("dimensions", 1, "score"),
    "an indicator's points": ("dimensions", 0, "categories", 0, "indicators", 0, "points"),
    "what a department filled": ("departments", 3, "filled"),
    "what a step wins": ("reach", "steps", 2, "gain"),
    "what was typed": ("figures", 2, "answers", 0, "raw"),
    "a status that is counted": ("files", 0, "status"),
}


@pytest.mark.parametrize("way", PLANTED.values(), ids=PLANTED)
def test_a_number_that_is_not_the_record_s_is_seen(made: dict[str, Made], way: tuple[str | int, ...]) -> None:
    one = made[SAMPLE]
    raw = copy.deepcopy(one.raw[0])
    at = raw
    for step in way[:-1]:
        at = at[step]
    at[way[-1]] = {"score": "63.44", "status": "rejected", "filled": 7}.get(str(way[-1]), "9.99")
    assert wrong([*told_in(one.report), *told_in(grow_trees(one.report))], (raw,)) != []


def pieces_of_labels() -> set[str]:
    """What labels say between their places."""
    labels = tomllib.loads((ROOT / "smartcity_xl/messages/labels.toml").read_text(encoding="utf-8"))
    found = {"—", ""}

    def walk(entry: object) -> None:
        for inner in entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else ():
            walk(inner)
        if isinstance(entry, str):
            found.update(words for words, *_ in Formatter().parse(entry))

    walk(labels)
    return found


@pytest.mark.parametrize("round_", ROUNDS)
def test_no_number_stands_among_the_words(made: dict[str, Made], round_: str) -> None:
    """What is no word of the labels comes from the record, and says where it stands there."""
    known = pieces_of_labels()
    for block in blocks_of(made[round_].report):
        if isinstance(block, ToFill):
            continue
        spans = block.caption[1:] if isinstance(block, Table | Chart) else block.spans
        cells = [cell for row in block.rows for cell in row.cells] if isinstance(block, Table) else []
        loose = [span for part in (spans, *cells) for span in part if isinstance(span, str)]
        assert [span for span in loose if re.search("[0-9]", span) and span not in known] == []


# --- the same in both --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("round_", ROUNDS)
def test_the_document_says_the_report_line_by_line(made: dict[str, Made], round_: str) -> None:
    one = made[round_]
    said = [line for line in lines_of_word(one.word) if line]
    wanted = [line for line in (one.report.title, one.report.provisional, *lines_of(blocks_of(one.report))) if line]
    assert said == wanted


@pytest.mark.parametrize("round_", ROUNDS)
def test_the_page_has_the_same_tables(made: dict[str, Made], round_: str) -> None:
    one = made[round_]
    shown = [block for c in one.report.chapters if not c.word_only for block in c.blocks if isinstance(block, Table)]
    tables = Seen(one.page).tables
    assert len(shown) >= 3
    assert tables[: len(shown)] == [lines_of([block]) for block in shown]


@pytest.mark.parametrize("round_", ROUNDS)
def test_a_chart_in_the_document_has_the_numbers_of_its_table(made: dict[str, Made], round_: str) -> None:
    one = made[round_]
    charts = [block for block in blocks_of(one.report) if isinstance(block, Chart)]
    assert charts
    for number, chart in enumerate(charts, start=1):
        table = [[flat(row.cells[column]) for column in chart.columns] for row in chart.rows]
        names = [flat(row.cells[chart.label_column]) for row in chart.rows]
        wanted = [[float(text) for text in column] for column in zip(*table, strict=True)]
        root = ElementTree.fromstring(part_of(one.word, f"word/charts/chart{number}.xml"))
        drawn = [[float(v.text or "") for v in series.iterfind(f"{_C}val//{_C}v")] for series in root.iter(f"{_C}ser")]
        assert drawn == wanted
        assert [v.text for v in next(root.iter(f"{_C}cat")).iter(f"{_C}v")] == names
        book = openpyxl.load_workbook(io.BytesIO(part_of(one.word, f"word/embeddings/chart{number}.xlsx")))
        rows = list(book.worksheets[0].iter_rows(values_only=True))
        assert [row[0] for row in rows[1:]] == names
        assert [list(column) for column in zip(*(row[1:] for row in rows[1:]), strict=True)] == wanted


@pytest.mark.parametrize("round_", ROUNDS)
def test_a_provisional_result_is_marked_in_both(made: dict[str, Made], round_: str) -> None:
    one = made[round_]
    open_ = any(not raw["total"]["final"] if raw["total"] else raw["stars"]["unsettled"] for raw in one.raw)
    for number in (1, 2):
        header = "".join(lines_of_word(one.word, f"word/header{number}.xml"))
        assert ("暂定稿" in header) == open_
    assert ("暂定稿" in "".join(lines_of_word(one.word)[:3])) == open_
    assert (b'class="provisional"' in one.page) == open_
    assert open_ == (round_ == SAMPLE)


# --- well made ---------------------------------------------------------------------------------------------------


def faults(data: bytes, path: Path) -> list[str]:
    path.write_bytes(data)
    return [str(error) for error in OpenXmlValidator().validate(str(path)).errors]


@pytest.mark.parametrize("round_", ROUNDS)
def test_the_judge_of_the_office_schemas_passes_the_document(
    made: dict[str, Made], round_: str, tmp_path: Path
) -> None:
    assert faults(made[round_].word, tmp_path / "report.docx") == []


@pytest.mark.parametrize(
    ("part", "good", "bad"),
    [("word/document.xml", b"<w:tblGrid>", b"<w:tblGrit/><w:tblGrid>"),
     ("word/charts/chart1.xml", b"<c:barDir", b"<c:barDirt/><c:barDir"),
     ("word/styles.xml", b"<w:qFormat/>", b"<w:qFormat/><w:qFormat/>")],
    ids=["in the text", "in a chart", "in the styles"],
)  # fmt: skip
def test_the_judge_sees_a_fault(made: dict[str, Made], part: str, good: bytes, bad: bytes, tmp_path: Path) -> None:
    spoilt = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made[SAMPLE].word)) as source, zipfile.ZipFile(spoilt, "w") as target:
        for name in source.namelist():
            inside = source.read(name)
            assert name != part or good in inside
            target.writestr(name, inside.replace(good, bad, 1) if name == part else inside)
    assert faults(spoilt.getvalue(), tmp_path / "bad.docx") != []


def test_the_same_record_gives_the_same_bytes_wherever_it_is_written(made: dict[str, Made], tmp_path: Path) -> None:
    one = made[SAMPLE]
    elsewhere = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Shanghai", "LC_ALL": "C", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "smartcity_xl", "report", str(one.paths[0]), "--out", str(tmp_path),
               "--no-campaign"]  # fmt: skip
    done = subprocess.run(command, env=elsewhere, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    assert (tmp_path / "评价报告.docx").read_bytes() == one.word
    assert (tmp_path / "评价报告.html").read_bytes() == one.page


def test_a_document_has_the_margins_and_the_type_of_official_ones(made: dict[str, Made]) -> None:
    import docx

    document = docx.Document(io.BytesIO(made[SAMPLE].word))
    section = document.sections[0]
    margins = (section.top_margin, section.left_margin, section.bottom_margin, section.right_margin)
    assert [round(size.mm) for size in margins if size] == [37, 28, 35, 26]
    styles = {style.name: style for style in document.styles}
    assert styles["Normal"].paragraph_format.line_spacing.pt == pytest.approx(28.95)
    headings = [p for p in document.paragraphs if p.style and p.style.name.startswith("Heading")]
    assert {p.style.name for p in headings if p.style} == {"Heading 1", "Heading 2"}
    assert all(row._tr.trPr is not None for table in document.tables for row in table.rows[:1])
    xml = part_of(made[SAMPLE].word, "word/document.xml").decode()
    assert xml.count("<w:tblHeader/>") == len(document.tables)
    assert len(re.findall(r"<wp:docPr [^>]*descr=\"[^\"]+\"", xml)) == 3


@pytest.mark.office
def test_libreoffice_shows_the_documents_with_their_numbers(made: dict[str, Made], tmp_path: Path) -> None:
    for name in (SAMPLE, "together"):
        (tmp_path / f"{name}.docx").write_bytes(made[name].word)
    office.convert([tmp_path / f"{name}.docx" for name in (SAMPLE, "together")], "pdf", tmp_path / "out")
    pages = {name: office.read_pages(tmp_path / "out" / f"{name}.pdf") for name in (SAMPLE, "together")}
    assert all("暂定稿" in page for page in pages[SAMPLE])
    assert not any("暂定稿" in page for page in pages["together"])
    whole = "".join(pages[SAMPLE])
    assert "暂定总得分为 63.43 分" in re.sub(r"\n", "", whole)
    for heading in ("一、评价工作组织概况", "（二）组织过程", "五、下一步工作"):
        assert heading in whole
    total = json.loads(made[SAMPLE].paths[0].read_text(encoding="utf-8"))["total"]["score"]
    assert len(re.findall(rf"(?<![0-9.]){total}(?![0-9])", whole)) >= 3, "in words, in the table, in the sum"
