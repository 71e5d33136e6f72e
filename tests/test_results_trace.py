"""From points to cells and back, through real files and the ledger."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from several import PARTS, WHOLE, hold
from support import CATALOG, filled, identified, parcel, put, value_cell

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import Keeping, open_ledger, read_ledger
from smartcity_xl.messages import label
from smartcity_xl.results.status import read_status
from smartcity_xl.results.trace import TracedFile, TracedIndicator, trace
from smartcity_xl.run.collecting import collect

INBOX = Path(__file__).parent.parent / "samples" / "inbox"
AT, LATER = "2019-02-20T01:00:00Z", "2019-02-21T01:00:00Z"
FIGURES = label("sheet.figures")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger of the rehearsal inbox; one file had come by mail the day before."""
    folder = tmp_path_factory.mktemp("kept")
    tax = (INBOX / "10-市税务局.xlsx").read_bytes()
    with open_ledger(folder / "ledger", AT) as ledger:
        ledger.take([replace(parcel(tax, "邮件/税务.xlsx"), sender="clerk@example.com", received=AT)], "mail")
    collect(INBOX, folder / "out", keeping=Keeping(folder / "ledger", LATER))
    return folder


def results(folder: Path) -> Any:
    return json.loads((folder / "out" / "results.json").read_text(encoding="utf-8"))


def find(folder: Path, what: str, as_of: str = "") -> TracedIndicator | TracedFile:
    with read_ledger(folder / "ledger") as ledger:
        [found] = trace(ledger, what, as_of)
    return found


def indicator(folder: Path, code: str) -> TracedIndicator:
    found = find(folder, code)
    assert isinstance(found, TracedIndicator)
    return found


def file(folder: Path, what: str) -> TracedFile:
    found = find(folder, what)
    assert isinstance(found, TracedFile)
    return found


# --- from points to cells ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [one.code for one in CATALOG.indicators])
def test_every_indicator_leads_to_the_cells_files_and_hashes_behind_it(kept: Path, code: str) -> None:
    found = indicator(kept, code)
    names = {entry["file"]: entry["sha256"] for entry in results(kept)["files"]}
    assert {figure.key.partition(".")[0] for figure in found.figures} == {f.key for f in CATALOG.figures_of[code]}
    for figure in found.figures:
        for source in figure.sources:
            assert names[source.file] == source.sha256
            assert (INBOX / source.file).exists()
            assert source.sheet
            assert source.received
    settled = found.indicator.standing == "settled"
    fixed = {slot.key for slot in CATALOG.slots.values() if slot.fixed is not None}
    for figure in found.figures:
        assert not settled or figure.key in fixed or any(source.used for source in figure.sources)


def test_an_indicators_points_are_its_score_times_its_worth(kept: Path) -> None:
    found = indicator(kept, "L1P1-A1").indicator
    assert (found.score, found.full, found.points, found.points_full) == ("10.89", "30.00", "0.5445", "1.5")


def test_a_code_may_be_typed_in_small_letters(kept: Path) -> None:
    assert indicator(kept, "l1p1-a1") == indicator(kept, "L1P1-A1")


def test_the_sender_and_the_first_receipt_come_from_where_the_bytes_came_first(kept: Path) -> None:
    sources = [s for code in CATALOG.used_by["mobile_services"] for f in indicator(kept, code).figures
               for s in f.sources if s.file == "10-市税务局.xlsx"]  # fmt: skip
    assert {(source.sender, source.received) for source in sources} == {("clerk@example.com", AT)}


# --- from files to points ----------------------------------------------------------------------------------------


def test_both_ways_tell_the_same(kept: Path) -> None:
    """Every used cell that an indicator leads to leads back to the indicator, and the other way round."""
    codes = [one.code for one in CATALOG.indicators]
    there = {(s.file, s.sheet, s.cell, code) for code in codes for f in indicator(kept, code).figures
             for s in f.sources if s.used}  # fmt: skip
    taken = [entry["file"] for entry in results(kept)["files"] if entry["status"] == "taken"]
    back = {(name, cell.sheet, cell.cell, code) for name in taken for cell in file(kept, name).cells
            if cell.use == "used" for code in cell.indicators}  # fmt: skip
    assert there == back
    assert len(there) > 200


def test_a_file_tells_how_it_came_and_what_rests_on_it(kept: Path) -> None:
    found = file(kept, "10-市税务局.xlsx")
    assert (found.status, found.department) == ("taken", "市税务局")
    assert [(seen.name, seen.source, seen.sender) for seen in found.seen] == [
        ("邮件/税务.xlsx", "mail", "clerk@example.com"), ("10-市税务局.xlsx", "inbox", ""),
        ("第二批/10-市税务局 - 副本.xlsx", "inbox", ""),
    ]  # fmt: skip
    assert Decimal(found.points) == sum(Decimal(one.points or 0) for one in found.indicators)


def test_a_cell_leads_to_the_indicators_of_its_figure_alone(kept: Path) -> None:
    cell = value_cell("gov-data", "gov_items_ecert")
    found = file(kept, f"01-市政务服务和大数据局.xlsx!{FIGURES}!{cell}")
    assert [one.figure for one in found.cells] == ["gov_items_ecert"]
    assert {one.code for one in found.indicators} == set(CATALOG.used_by["gov_items_ecert"])


NAMES = [
    pytest.param("10-市税务局.xlsx", id="its name"),
    pytest.param("10-市税务局", id="a part of it"),
    pytest.param("samples/inbox/10-市税务局.xlsx", id="its path on the disk"),
    pytest.param(r"samples\inbox\10-市税务局.xlsx", id="its path on Windows"),
    pytest.param(parcel((INBOX / "10-市税务局.xlsx").read_bytes()).sha256[:12], id="the beginning of its hash"),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_may_be_named_in_several_ways(kept: Path, name: str) -> None:
    assert file(kept, name).file == "10-市税务局.xlsx"


@pytest.mark.parametrize("cell", ["D5", "$D$5", "d5", f"{FIGURES}!D5", f"'{FIGURES}'!D5"])
def test_a_cell_may_be_written_in_several_ways(tmp_path: Path, cell: str) -> None:
    key = "credit_units_total"
    put(tmp_path / "inbox", {"a.xlsx": filled("credit", credit_units_total=40)})
    collect(tmp_path / "inbox", tmp_path / "out", keeping=Keeping(tmp_path / "ledger", AT))
    at = value_cell("credit", key)
    cell = cell.replace("D5", at).replace("$D$5", f"${at[0]}${at[1:]}").replace("d5", at.lower())
    assert [one.figure for one in file(tmp_path, f"a.xlsx!{cell}").cells] == [key]


def test_a_file_whose_name_holds_the_sign_that_parts_cells_is_found(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"急！!a.xlsx": filled("credit", credit_units_total=40)})
    collect(tmp_path / "inbox", tmp_path / "out", keeping=Keeping(tmp_path / "ledger", AT))
    assert len(file(tmp_path, "急！!a.xlsx").cells) > 1
    assert len(file(tmp_path, f"急！!a.xlsx!{value_cell('credit', 'credit_units_total')}").cells) == 1


def test_files_that_do_not_count_say_why(tmp_path: Path) -> None:
    again = identified(filled("secrecy", leak_events=1), revision="2")
    files = {
        "a.xlsx": filled("secrecy", leak_events=3), "b.xlsx": again, "copy.xlsx": again, "c.xlsx": b"PK damaged",
        "d.xlsx": filled("credit", credit_units_total="约4"),
    }  # fmt: skip
    put(tmp_path / "inbox", files)
    collect(tmp_path / "inbox", tmp_path / "out", keeping=Keeping(tmp_path / "ledger", AT))
    old, new, copy, damaged, wrong = (file(tmp_path, name) for name in ("a.xlsx", "b.xlsx", "copy", "c.xlsx", "d.xlsx"))
    assert (old.status, {cell.use for cell in old.cells}, old.indicators) == ("superseded", {"superseded"}, ())
    assert new.status == "taken"
    assert next(cell for cell in new.cells if cell.figure == "leak_events").use == "used"
    assert (copy.status, copy.cells, copy.sha256) == ("duplicate", new.cells, new.sha256)
    assert (damaged.status, damaged.cells, damaged.reasons) == ("rejected", (), ("damaged",))
    assert {cell.figure: cell.use for cell in wrong.cells}["credit_units_total"] == "not-used"


def test_the_trace_of_an_earlier_moment_holds_whatever_came_since(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.xlsx": filled("secrecy", leak_events=3)})
    collect(tmp_path / "inbox", tmp_path / "out", keeping=Keeping(tmp_path / "ledger", AT))
    before = find(tmp_path, "a.xlsx")
    (tmp_path / "inbox" / "a.xlsx").unlink()
    put(tmp_path / "inbox", {"b.xlsx": filled("secrecy", leak_events=1)})
    collect(tmp_path / "inbox", tmp_path / "out", keeping=Keeping(tmp_path / "ledger", LATER))
    assert find(tmp_path, "a.xlsx", AT) == before
    with pytest.raises(UsageFault, match="trace-unknown"):
        find(tmp_path, "a.xlsx")


# --- several systems, scored from one set of workbooks -----------------------------------------------------------


def test_each_system_of_a_campaign_is_kept_and_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    campaign = hold(tmp_path, WHOLE)
    assert run_cli(["collect", str(campaign.inbox), "--assignment", str(campaign.book), "--out", str(tmp_path / "out"),
                    "--ledger", str(tmp_path / "ledger")]) == 1  # fmt: skip
    with read_ledger(tmp_path / "ledger") as ledger:
        runs = ledger.last_runs()
        assert [run.catalog for run in runs] == [part.id for part in PARTS]
        assert {run.at for run in runs} == {runs[0].at}
        by_file = [ledger.results(run) for run in runs]
        assert by_file == [(tmp_path / "out" / f"results-{part.id}.json").read_bytes() for part in PARTS]
        standing = read_status(ledger)
        assert [one.reported for one in standing] == [len(one.departments) for one in standing]
        assert all(one.first == runs[0].at for status in standing for one in status.departments)
        stars = next(indicator.code for indicator in PARTS[2].indicators if indicator.starred)
        [found] = trace(ledger, stars)
        assert isinstance(found, TracedIndicator)
        assert found.indicator.star is not None
        assert [len(one.indicators) > 0 for one in trace(ledger, "0.xlsx") if isinstance(one, TracedFile)] == [True] * 3
    capsys.readouterr()
    for question in (["status"], ["trace", stars], ["trace", "0.xlsx"]):
        assert run_cli(["--lang", "zh", *question, "--ledger", str(tmp_path / "ledger")]) == 0
    told = capsys.readouterr().out
    assert all(part.title in told for part in PARTS)
    assert f"{found.indicator.star} 星" in told


# --- the command -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "code", "named"),
    [
        ("L9P9-A9", "trace-unknown", "L9P9-A9"),
        ("", "trace-unknown", ""),
        ("0", "trace-ambiguous", "01-市政务服务和大数据局.xlsx"),
        ("10-市税务局.xlsx!ZZ99", "trace-cell", f"{FIGURES}!D"),
        ("10-市税务局.xlsx!封面!D6", "trace-cell", "封面!D6"),
    ],
)
def test_what_cannot_be_traced_says_what_could(
    kept: Path, what: str, code: str, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageFault, match=code):
        find(kept, what)
    for language in ("zh", "en"):
        assert run_cli(["--lang", language, "trace", what, "--ledger", str(kept / "ledger")]) == 2
        told = capsys.readouterr().err
        assert named in told
        assert "{" not in told


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("L1P1-A1", ("10.89", "0.5445", "01-市政务服务和大数据局.xlsx", "1683", "SHA-256")),
        ("10-市税务局.xlsx", ("clerk@example.com", "邮件/税务.xlsx", "SHA-256")),
        ("13-市政府信息中心.xlsx", ("SHA-256",)),
    ],
)
def test_the_command_says_it_in_both_languages(
    what: str, words: tuple[str, ...], language: str, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["--lang", language, "trace", what, "--ledger", str(kept / "ledger")]) == 0
    told = capsys.readouterr().out
    assert all(word in told for word in words)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_file_that_came_can_be_asked_about(language: str, kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = results(kept)["files"]
    assert {entry["status"] for entry in files} >= {"taken", "duplicate", "rejected", "ignored"}
    for entry in files:
        assert run_cli(["--lang", language, "trace", entry["file"], "--ledger", str(kept / "ledger")]) == 0
        assert entry["file"] in capsys.readouterr().out


@pytest.mark.parametrize("what", ["L1P1-A1", "10-市税务局.xlsx"])
def test_the_command_prints_json(kept: Path, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["trace", what, "--ledger", str(kept / "ledger"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "xlscore-trace/1"
    assert document["found"][0]["at"] == LATER


def test_a_trace_of_some_departments_holds_what_they_gave_alone(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    look = ["trace", "L1P1-A1", "--ledger", str(kept / "ledger"), "--no-campaign"]
    sources = {source.department for figure in indicator(kept, "L1P1-A1").figures for source in figure.sources}
    assert len(sources) > 1
    one = sorted(sources)[0]
    assert run_cli([*look, "--json", "--department", one]) == 0
    figures = json.loads(capsys.readouterr().out)["found"][0]["figures"]
    assert {source["department"] for figure in figures for source in figure["sources"]} == {one}
    assert run_cli([*look, "--lang", "zh", "--department", "机要保密局"]) == 0
    assert capsys.readouterr().out == "L1P1-A1：没有这个单位的答复或文件。\n"
