"""Every link of every workbook leads somewhere; a link to a file leads to that file alone, in the round's folder."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest
from hand_worked import CATALOGS
from kinds_of_books import SORTS
from links import broken_links, links_of
from returned import write_returns
from summaries import SAMPLES, Summed, sum_up

from smartcity_xl.catalog.load import assignment_ids, load_assignment
from smartcity_xl.form.template import Issue, write_template
from smartcity_xl.messages import label
from smartcity_xl.model import Receipt
from smartcity_xl.office.filing import plan_filing, write_filing
from smartcity_xl.results import from_outcome
from smartcity_xl.run.collecting import collect
from smartcity_xl.run.comparing import compare_results
from smartcity_xl.run.ways import find_ways
from smartcity_xl.summary.comparison import write_comparison

ISSUE = Issue("2018", "云溪市", "2019-02-25")


@pytest.fixture(scope="module")
def summed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Summed]:
    return {system: sum_up(system, tmp_path_factory.mktemp(system)) for system in CATALOGS}


@pytest.mark.parametrize("system", CATALOGS)
def test_every_link_of_a_summary_leads_somewhere(summed: Mapping[str, Summed], system: str) -> None:
    data = summed[system].summary.read_bytes()
    assert len(links_of(data)) > 200
    assert list(broken_links(data)) == []


@pytest.mark.parametrize("system", CATALOGS)
def test_a_summary_is_small(summed: Mapping[str, Summed], system: str) -> None:
    assert summed[system].summary.stat().st_size < 300_000


@pytest.mark.parametrize("system", CATALOGS)
def test_every_link_of_a_form_leads_somewhere(system: str) -> None:
    for name in assignment_ids(system):
        assignment = load_assignment(CATALOGS[system], name)
        department = next(iter(assignment.departments))
        assert list(broken_links(write_template(CATALOGS[system], assignment, department, ISSUE))) == []


def test_every_link_of_what_goes_back_leads_somewhere(summed: Mapping[str, Summed]) -> None:
    books = [one.data for one in write_returns(summed["cn-2018"].outcome)]
    assert sum(len(links_of(data)) for data in books) > 10
    assert [fault for data in books for fault in broken_links(data)] == []


@pytest.mark.parametrize("system", CATALOGS)
def test_every_link_of_what_is_filed_leads_somewhere(summed: Mapping[str, Summed], system: str) -> None:
    outcome = summed[system].outcome
    data = write_filing(plan_filing(from_outcome(outcome), outcome.catalog), "")
    assert len(links_of(data)) > len(outcome.catalog.dimensions) - 1  # a table for each at least, but for the unasked
    assert list(broken_links(data)) == []


def test_every_link_of_a_comparison_of_all_systems_leads_somewhere(summed: Mapping[str, Summed]) -> None:
    (made,) = compare_results([one.folder for one in summed.values()])
    data = write_comparison(made)
    assert len(links_of(data)) > 200
    assert list(broken_links(data)) == []


@pytest.mark.parametrize("kind", SORTS)
def test_every_link_of_what_the_office_fills_leads_somewhere(kind: str) -> None:
    assert list(broken_links(SORTS[kind].write())) == []


def test_a_link_that_leads_nowhere_is_seen(summed: Mapping[str, Summed], tmp_path: Path) -> None:
    data, stream = summed["cn-2016"].summary.read_bytes(), io.BytesIO()
    first, last = f"'{label('sheet.breakdown')}'!A4", f"'{label('sheet.breakdown')}'!A4004"
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            target.writestr(
                name, source.read(name).replace(f'location="{first}"'.encode(), f'location="{last}"'.encode())
            )
    (*_, fault) = broken_links(stream.getvalue())
    assert "nothing stands there" in fault
    assert all("'指标得分'!A4004" in one for one in broken_links(stream.getvalue()))


@pytest.mark.parametrize("system", CATALOGS)
def test_the_way_goes_from_the_total_to_the_answer_and_back(summed: Mapping[str, Summed], system: str) -> None:
    """Total, dimension, indicator, figure, answer, file; answer to points; finding to the row of its cell."""
    ways = {
        (link.sheet, link.place.partition("!")[0].strip("'")) for link in links_of(summed[system].summary.read_bytes())
    }
    sheets = ["overview", "breakdown", "adopted", "answers", "files"]
    names = [label(f"sheet.{name}") for name in sheets]
    assert {(names[0], names[1]), (names[1], names[2]), (names[2], names[3]), (names[3], names[4])} <= ways
    assert {(names[3], names[1]), (names[2], names[1])} <= ways
    assert (label("sheet.findings"), names[3]) in ways or system != "cn-2018"  # the others have no fault in an answer


def test_no_heading_stands_twice_and_every_answer_has_a_line_of_its_own(summed: Mapping[str, Summed]) -> None:
    for one in summed.values():
        book = openpyxl.load_workbook(one.summary, read_only=True)
        for sheet in book.worksheets[2:-1]:
            heads = [str(cell) for cell in next(sheet.iter_rows(min_row=3, max_row=3, values_only=True)) if cell]
            assert len(heads) == len(set(heads)), (sheet.title, heads)
        rows = list(book[label("sheet.answers")].iter_rows(min_row=4, values_only=True))
        places = [row[12:15] for row in rows if row[12]]
        assert len(places) == len(set(places))
        assert not any("\n" in str(cell) for row in rows for cell in (*row[:10], *row[12:15]))


def test_links_to_files_stay_in_the_rounds_folder(tmp_path: Path) -> None:
    """Beside it lies the inbox; the same collection without a round has no link to any file."""
    home = tmp_path / "一轮 评价"
    shutil.copytree(SAMPLES, home / "收件")
    (home / "收件" / "a#b.pdf").write_bytes(b"%PDF-1.4")
    collect(home / "收件", home / "汇总", home=home)
    data = (home / "汇总" / label("file.summary")).read_bytes()
    targets = [link.target for link in links_of(data) if link.target]
    assert len(targets) > 80
    assert list(broken_links(data, home / "汇总")) == []
    assert not any("#" in target or "%23" in target for target in targets)
    collect(home / "收件", tmp_path / "外")
    outside = (tmp_path / "外" / label("file.summary")).read_bytes()
    assert [link for link in links_of(outside) if link.target] == []


LED = {
    "表.xlsx": "../in/表.xlsx", "第二批/05-卫健委（改）.xlsx": "../in/第二批/05-卫健委（改）.xlsx",
    "信.eml/附件.zip/表.xlsx": "../in/信.eml", "a b.pdf": "../in/a b.pdf",
}  # fmt: skip
LEFT = (
    "a#b.xlsx", "50%.xlsx", "a%2e.xlsx", "_x001B_.xlsx", "a'b.xlsx", 'a"b.xlsx', "a\u202eb.xlsx", "a\nb.xlsx",
    "安装.exe", "表.xlsm", "a.html", "a.lnk", "表.xlsx.", "a;b.xlsx", "a&b.xlsx", "$(a).xlsx", "[1].xlsx",
)  # fmt: skip


def test_a_name_that_could_lead_elsewhere_has_no_way(tmp_path: Path) -> None:
    inbox = tmp_path / "round" / "in"
    for name in (*LED, *LEFT):
        path = inbox / (name if ".eml/" not in name else name.partition("/")[0])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "geheim.pdf").write_bytes(b"x")
    (inbox / "link.pdf").symlink_to(tmp_path / "geheim.pdf")
    names = (*LED, *LEFT, "link.pdf", "../../geheim.pdf", "/etc/hosts", "gone.pdf", "..", ".")
    receipts = [Receipt(name, "", "attached", "", ()) for name in names]
    home = tmp_path / "round"
    assert find_ways(receipts, inbox, home / "out", home) == LED
    assert find_ways(receipts, inbox, home / "out", None) == {}
    assert find_ways(receipts, inbox, tmp_path / "out", home) == {}
    assert find_ways(receipts, inbox, home / "out", tmp_path / "other") == {}
