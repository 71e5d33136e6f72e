"""The inbox and the output as folders: what is left out, what comes twice, what must not be read or written."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from bad_books import CELL, GOOD, OTHER, beside, fate
from support import (
    CATALOG,
    assert_worded,
    codes,
    edited,
    figures_sheet,
    filled,
    identified,
    put,
    receipt,
    repacked,
)

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import MachineFault, NothingUsable, UsageFault
from smartcity_xl.messages import LANGUAGES, label, sentence
from smartcity_xl.model import Standing, State
from smartcity_xl.run.collecting import assess, collect

# --- several workbooks -------------------------------------------------------------------------------------------


def test_two_rounds_in_equal_number_are_for_a_person_to_part(tmp_path: Path) -> None:
    put(tmp_path, {"a.xlsx": GOOD, "b.xlsx": identified(OTHER, round="2017")})
    with pytest.raises(UsageFault) as fault:
        assess(tmp_path)
    assert fault.value.code == "several-rounds"
    for language in LANGUAGES:
        text = sentence("errors", fault.value.code, language, **fault.value.parameters)
        assert "2017" in text
        assert "2018" in text
        assert "{" not in text


def test_a_batch_that_is_all_of_an_old_edition_is_read_and_told(tmp_path: Path) -> None:
    inbox = put(tmp_path / "收", {"a.xlsx": identified(GOOD, version="0"), "b.xlsx": identified(OTHER, version="0")})
    outcome = assess(inbox)
    for name in ("a.xlsx", "b.xlsx"):
        assert fate(outcome, name) == ("taken", ["version-other"])
        [finding] = receipt(outcome, name).findings
        assert finding.parameters == {"found": "0", "expected": CATALOG.version}
    assert run_cli(["collect", str(inbox), "--out", str(tmp_path / "出")]) == 1


def test_the_same_bytes_twice_count_once(tmp_path: Path) -> None:
    outcome = beside(tmp_path, {"a.xlsx": GOOD, "第二批/a - 副本.xlsx": GOOD})
    assert fate(outcome, "a.xlsx")[0] == "taken"
    assert fate(outcome, "第二批/a - 副本.xlsx") == ("duplicate", ["duplicate-file"])
    assert outcome.merged.slots["leak_events"].value == 1
    assert "several-workbooks" not in codes(outcome.findings)


def test_the_same_answers_in_other_bytes_agree(tmp_path: Path) -> None:
    again = repacked(GOOD)
    assert again != GOOD
    outcome = beside(tmp_path, {"a.xlsx": GOOD, "b.xlsx": again})
    assert (fate(outcome, "a.xlsx")[0], fate(outcome, "b.xlsx")[0]) == ("taken", "taken")
    assert outcome.merged.slots["leak_events"].value == 1
    assert codes(outcome.findings).count("several-workbooks") == 1
    assert "conflict" not in codes(outcome.findings)


def test_different_answers_of_one_department_are_in_conflict_and_the_rest_counts(tmp_path: Path) -> None:
    corrected = filled("secrecy", secrecy_review_deduction=0.25, leak_events=2, crypto_failing_systems=4)
    outcome = beside(tmp_path, {"a.xlsx": GOOD, "b.xlsx": corrected})
    assert outcome.merged.slots["leak_events"].standing is Standing.CONFLICT
    assert outcome.merged.slots["crypto_failing_systems"].value == 4
    assert codes(outcome.findings).count("conflict") == 1
    assert "several-workbooks" in codes(outcome.findings)


# --- the inbox and the output ------------------------------------------------------------------------------------


def says(arguments: list[str], capsys: pytest.CaptureFixture[str], exit_code: int, *parts: str) -> None:
    """The command ends with this code, in both languages, and says these parts on its error channel."""
    for language in LANGUAGES:
        assert run_cli([*arguments, "--lang", language]) == exit_code
        told = capsys.readouterr().err
        assert all(part in told for part in parts)
        assert "{" not in told
        assert "Traceback" not in told


def test_an_inbox_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageFault) as fault:
        assess(tmp_path / "无")
    assert fault.value.code == "inbox-missing"
    says(["collect", str(tmp_path / "无"), "--out", str(tmp_path / "出")], capsys, 2, "无")


def test_a_file_where_the_inbox_should_be(tmp_path: Path) -> None:
    put(tmp_path, {"收": b"x"})
    with pytest.raises(UsageFault, match="inbox-file"):
        assess(tmp_path / "收")


@pytest.mark.parametrize("files", [{}, {"~$a.xlsx": b"x", ".DS_Store": b"x"}], ids=["nothing", "litter alone"])
def test_an_empty_inbox(files: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inbox = put(tmp_path / "收", files)
    inbox.mkdir(exist_ok=True)
    with pytest.raises(UsageFault, match="inbox-empty"):
        assess(inbox)
    says(["collect", str(inbox), "--out", str(tmp_path / "出")], capsys, 2, "收")


def test_an_inbox_with_strays_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path / "收", {"通知.pdf": b"%PDF", "空.xlsx": b"", "别套.xlsx": identified(GOOD, catalog="cn-2022")})
    with pytest.raises(NothingUsable, match="no-templates"):
        assess(tmp_path / "收")
    says(
        ["collect", str(tmp_path / "收"), "--out", str(tmp_path / "出")], capsys, 1, "通知.pdf", "空.xlsx", "别套.xlsx"
    )
    assert [path.name for path in (tmp_path / "出").iterdir()] == ["ledger"]  # they were received all the same


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    put(tmp_path, {"外/密.xlsx": GOOD})
    inbox = put(tmp_path / "收", {"好.xlsx": OTHER})
    (inbox / "链.xlsx").symlink_to(tmp_path / "外" / "密.xlsx")
    (inbox / "夹").symlink_to(tmp_path / "外", target_is_directory=True)
    (inbox / "圈").symlink_to(inbox / "圈")
    (inbox / "回").symlink_to(inbox, target_is_directory=True)
    (inbox / "断.xlsx").symlink_to(tmp_path / "没有")
    outcome = assess(inbox)
    assert outcome.merged.slots["leak_events"].standing is Standing.MISSING
    assert receipt(outcome, "好.xlsx").status == "taken"
    links = ["链.xlsx", "夹", "圈", "回", "断.xlsx"]
    assert {fate_of: fate(outcome, fate_of) for fate_of in links} == dict.fromkeys(links, ("ignored", ["link"]))
    assert [finding for finding in outcome.findings if finding.code == "link"]
    assert_worded(outcome.findings)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    inbox = put(tmp_path, {"好.xlsx": OTHER})
    os.mkfifo(inbox / "管.xlsx")
    outcome = assess(inbox)
    assert receipt(outcome, "好.xlsx").status == "taken"
    assert fate(outcome, "管.xlsx") == ("ignored", ["link"])


@pytest.mark.skipif(sys.platform != "linux", reason="such names exist on Linux only")
def test_a_name_that_is_not_utf_8_does_not_end_the_run(tmp_path: Path) -> None:
    """An archive from a Chinese Windows, unpacked on Linux, leaves names in GBK."""
    inbox = put(tmp_path / "收", {"好.xlsx": OTHER})
    Path(os.fsdecode(os.fsencode(inbox) + b"/" + "保密局.xlsx".encode("gbk"))).write_bytes(GOOD)
    outcome, _ = collect(inbox, tmp_path / "出")
    assert outcome.merged.slots["leak_events"].value == 1
    assert receipt(outcome, "保密局.xlsx").status == "taken"


@pytest.mark.parametrize(
    "name", ["=1+1.xlsx", "a\nb.xlsx", "a\x07b.xlsx", "{x}.xlsx", "%s.xlsx", "表\u202exslx.xlsx", "x" * 200 + ".xlsx"]
)
def test_a_name_that_is_odd_does_not_end_the_run(name: str, tmp_path: Path) -> None:
    outcome, _ = collect(put(tmp_path / "收", {"好.xlsx": OTHER, name: GOOD}), tmp_path / "出")
    assert receipt(outcome, name).status == "taken"


def test_words_in_a_workbook_that_would_be_formulas_or_cannot_be_written_do_not_end_the_run(tmp_path: Path) -> None:
    def write(book: Any) -> None:
        row = int(CELL[1:])
        figures_sheet(book).cell(row, 9).value = "x" * 32_767
        figures_sheet(book)[CELL].value = '=HYPERLINK("http://x")'
        figures_sheet(book)[CELL].data_type = "s"

    outcome, _ = collect(put(tmp_path / "收", {"好.xlsx": OTHER, "a.xlsx": edited(GOOD, write)}), tmp_path / "出")
    [answer] = outcome.merged.slots["leak_events"].answers
    assert (answer.state, answer.raw) == (State.UNREADABLE, '=HYPERLINK("http://x")')


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inbox = put(tmp_path / "收", {"好.xlsx": OTHER, "锁.xlsx": GOOD})
    (inbox / "锁.xlsx").chmod(0)
    with pytest.raises(MachineFault, match="file-unreadable"):
        assess(inbox)
    says(["collect", str(inbox), "--out", str(tmp_path / "出")], capsys, 3, "锁.xlsx")


def test_a_file_where_the_output_folder_should_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inbox = put(tmp_path / "收", {"好.xlsx": OTHER})
    put(tmp_path, {"出": b"x"})
    with pytest.raises(UsageFault, match="out-file"):
        collect(inbox, tmp_path / "出")
    says(["collect", str(inbox), "--out", str(tmp_path / "出")], capsys, 2, "出")
    assert (tmp_path / "出").read_bytes() == b"x"
    assert [path.name for path in inbox.iterdir()] == ["好.xlsx"]


def test_a_folder_where_the_summary_should_be_leaves_nothing_half_written(tmp_path: Path) -> None:
    inbox = put(tmp_path / "收", {"好.xlsx": OTHER})
    (tmp_path / "出" / label("file.summary")).mkdir(parents=True)
    with pytest.raises(MachineFault):
        collect(inbox, tmp_path / "出")
    assert [path.name for path in (tmp_path / "出").iterdir()] == [label("file.summary")]


@pytest.mark.summary
def test_the_output_folder_may_lie_in_the_inbox(tmp_path: Path) -> None:
    inbox = put(tmp_path, {"好.xlsx": OTHER})
    first, _ = collect(inbox, inbox / "出")
    second, _ = collect(inbox, inbox / "出")
    assert [r.parcel for r in second.receipts] == [r.parcel for r in first.receipts] == ["好.xlsx"]


@pytest.mark.summary
def test_a_summary_of_an_earlier_run_in_the_inbox_is_known_as_ours(tmp_path: Path) -> None:
    inbox = put(tmp_path / "收", {"好.xlsx": OTHER})
    _, written = collect(inbox, tmp_path / "出")
    outcome = beside(inbox, {path.name: path.read_bytes() for path in written.written})
    assert fate(outcome, label("file.summary")) == ("ignored", ["own-summary"])
    assert fate(outcome, "results.json") == ("ignored", ["other-file"])
