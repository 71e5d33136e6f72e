"""Every command ends with what comes next: a command that works as typed, with the numbers that all others say."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from front_door import ALL, Said, make_office, place, say, silence

from smartcity_xl.cli.typed import as_typed
from smartcity_xl.messages import label

SAMPLES = Path(__file__).parent.parent / "samples" / "inbox"
TERMS = ("--city", "云溪市", "--round", "2026", "--deadline", "2026-12-31")
INBOX, SUMMARY = label("campaign_folder.inbox"), label("campaign_folder.summary")
WORDS = [
    "收件",
    "2026年评价",
    "有 空格",
    "（括号）",
    "it's",
    'quo"te',
    "a&b;c|d>e",
    "$HOME",
    "`x`",
    "~",
    "*",
    "a\\b",
    "x=1",
    "",
]


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_typed_so_that_a_shell_gives_it_back(word: str) -> None:
    typed = as_typed(["printf", "%s", word], "posix")
    assert shlex.split(typed) == ["printf", "%s", word]
    assert subprocess.run(["sh", "-c", typed], capture_output=True, text=True, check=True).stdout == word


@pytest.mark.parametrize(
    ("word", "typed"),
    [
        ("收件", "收件"), (r"..\汇总\裁定表.xlsx", r"..\汇总\裁定表.xlsx"), ("2026 年", '"2026 年"'), ("a&b", '"a&b"'),
        ("评价（二）", '"评价（二）"'), ("100%", '"100%"'), ("--campaign", "--campaign"), ("a=b", '"a=b"'),
    ],
)  # fmt: skip
def test_a_word_is_typed_as_cmd_takes_it(word: str, typed: str) -> None:
    assert as_typed([word], "nt") == typed


# --- where a round stands -----------------------------------------------------------------------------------------


def stages(told: Said) -> dict[str, tuple[str, str]]:
    """Stage -> its mark and what is said of it."""
    found = re.findall(r"^\[(√|　)\] (\S+) *(.*)$", told.out, re.MULTILINE)
    return {name: (mark, text) for mark, name, text in found}


def test_outside_a_round_it_says_how_to_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for language in ("zh", "en"):
        told = say(capsys, language=language)
        assert (told.code, told.err) == (0, "")
        for typed in re.findall(r"xlscore (init .*)$", told.out, re.MULTILINE):
            assert say(capsys, *shlex.split(typed)).code == 0
    assert say(capsys, "--campaign", "nowhere").code == 2
    told = say(capsys, "--campaign", "2026年评价", "collect")
    assert told.code == 2
    assert "xlscore collect --campaign" in told.err


def test_the_front_door_says_the_numbers_of_collect_status_and_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = make_office(tmp_path / "云溪市 一轮", people=3)
    shutil.copytree(SAMPLES, home / INBOX, dirs_exist_ok=True)
    monkeypatch.chdir(home)
    before = say(capsys)
    assert stages(before)["收到"][1].startswith("0/23 个单位; 另有 ")
    assert before.command == ["collect"]
    assert say(capsys, "status").out == before.out, "nothing is collected: that is how it stands"
    collected, front = say(capsys, "collect"), say(capsys)
    assert front.next == collected.next
    status = json.loads(say(capsys, "status", "--json").out)["systems"][0]
    record = json.loads((home / SUMMARY / "results.json").read_text(encoding="utf-8"))
    (reported,) = re.findall(r"已报 (\d+/\d+) 个单位", collected.out)
    assert stages(front)["收到"] == ("　", f"{reported} 个单位")
    assert reported == f"{status['reported']}/{len(status['departments'])}"
    (waiting,) = re.findall(r"有 (\d+) 处答复不一致", collected.out)
    assert stages(front)["待裁定"] == ("　", waiting)
    assert int(waiting) == sum(one["state"] == "open" for one in record["conflicts"])
    (returned,) = re.findall(r"有待改正或核实的单位 (\d+) 个", collected.out)
    assert stages(front)["退回"][1].startswith(f"{returned} 个单位有待改正或核实")
    assert f"暂定总得分 {status['total']} / 100.00" in stages(front)["定稿"][1]
    assert front.command == ["collect"]
    assert f"{SUMMARY}/裁定表.xlsx（{waiting} 处待裁定）" in front.next
    (home / INBOX / "后来的.xlsx").write_bytes(b"later")
    assert stages(say(capsys))["收到"][1].endswith("另有 1 个文件没有汇总")
    assert "又收到 1 个文件" in say(capsys, "status").out


def test_a_file_that_took_the_place_of_another_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = make_office(tmp_path / "轮")
    file = place(home, "inbox", ALL[0])
    monkeypatch.chdir(home)
    say(capsys, "collect")
    later = 4_000_000_000  # whatever clock the collection went by
    os.utime(file, (later, later))
    assert "没有汇总" not in say(capsys).out, "touched is not changed"
    file.write_bytes(file.read_bytes() + b"\0")
    os.utime(file, (later, later))
    assert "另有 1 个文件没有汇总" in say(capsys).out


def test_faults_of_the_roster_are_listed_and_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = make_office(tmp_path / "轮", people=2)
    book = openpyxl.load_workbook(home / "名册.xlsx")
    cell = next(cell for row in book.worksheets[0].iter_rows() for cell in row if "@" in str(cell.value))
    cell.value = "address"
    book.save(home / "名册.xlsx")
    monkeypatch.chdir(home)
    told = say(capsys)
    assert told.code == 1
    assert "名册有 1 处要改" in told.out
    assert cell.coordinate in told.out
    assert told.command == []
    (home / "名册.xlsx").unlink()
    assert "没有名册 名册.xlsx" in say(capsys).out


# --- the way through a round --------------------------------------------------------------------------------------


def test_an_office_without_mail_is_led_through_its_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    told = say(capsys, "init", "2026 年（评价）", *TERMS)
    assert told.command == ["make-templates", "--campaign", "2026 年（评价）"]
    told = say(capsys, *told.command)
    assert told.command == ["collect", "--campaign", "2026 年（评价）"]
    assert "下发 里的填报表发给各单位" in told.next
    home = tmp_path / "2026 年（评价）"
    monkeypatch.chdir(home / INBOX)
    shutil.copy(sorted((home / "下发").iterdir())[0], home / INBOX)
    told = say(capsys)
    assert told.command == ["collect"]
    told = say(capsys, *told.command)
    assert told.code == 1
    assert "../汇总/退回 里的 1 份发还单位；改好的放进 ../收件" in told.next
    for call in (["status"], ["trace", "L1P1-A1"], ["doctor"], []):
        assert say(capsys, *call).next == told.next, "the same whichever command says it"


def test_an_office_with_drafts_is_led_through_its_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = make_office(tmp_path / "轮", people=2, templates=True)
    monkeypatch.chdir(home)
    steps = [say(capsys)]
    assert steps[-1].command == ["send", "--dry-run"]
    steps.append(say(capsys, *steps[-1].command))
    assert "待发 里的信稿" in steps[-1].next
    place(home, "inbox", ALL[0])
    steps.append(say(capsys, *steps[-1].command))
    assert steps[-1].command == ["send", "--receipts", "--dry-run"]
    steps.append(say(capsys, *steps[-1].command))
    assert "待发 里的信稿" in steps[-1].next
    steps.append(say(capsys))
    assert steps[-1].command == ["remind"]
    steps.append(say(capsys, *steps[-1].command))
    assert steps[-1].command == ["remind", "--dry-run"]
    steps.append(say(capsys, *steps[-1].command))
    assert steps[-1].command == ["collect"]
    assert "待发 里的信稿" in steps[-1].next


def test_what_could_not_finish_is_run_again_as_it_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = make_office(tmp_path / "轮 一", imap_host="127.0.0.1", imap_port=9)
    told = say(capsys, "doctor", "--campaign", home)
    assert told.code == 3
    assert told.command == ["doctor", "--campaign", str(home)]


# --- outside a round ----------------------------------------------------------------------------------------------


def test_outside_a_round_each_command_leads_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    told = say(capsys, "make-templates", "--city", "云溪市", "--round", "2026", "--out", "给 各单位")
    assert told.command == ["collect", "收件"]
    assert "给 各单位" in told.next
    shutil.copytree(SAMPLES, tmp_path / "收件")
    told = say(capsys, *told.command, "--out", "汇 总")
    book = "汇 总/裁定表.xlsx"
    assert told.command == ["collect", "收件", "--out", "汇 总", "--decisions", book]
    assert say(capsys, *told.command).code == 1
    assert say(capsys, "status", "--ledger", "汇 总/ledger").next == ""
    assert say(capsys, "collect", "收件", "--out", "b", "--ledger", "汇 总/ledger", "--as-of", "2100-01-01").next == ""


def chain(capsys: pytest.CaptureFixture[str], *first: Any) -> Said:
    told = say(capsys, *first)
    assert told.code == 0
    return told


def test_a_system_of_ones_own_is_led_from_export_to_templates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    told = chain(capsys, "catalog", "export", "cn-2018", "--out", "我的 指标.xlsx")
    assert told.command == ["catalog", "import", "我的 指标.xlsx"]
    book = openpyxl.load_workbook("我的 指标.xlsx")
    for cell in (cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value == "cn-2018"):
        cell.value = "own-2026"
    book.save("我的 指标.xlsx")
    told = chain(capsys, *told.command)
    assert told.command == ["catalog", "assign", "catalog"]
    told = chain(capsys, *told.command)
    assert told.command == ["make-templates", "--catalog", "catalog", "--assignment", "assignment.xlsx"]


def test_in_a_round_files_of_ones_own_lie_beside_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = make_office(tmp_path / "轮")
    silence(home)
    monkeypatch.chdir(home / INBOX)
    told = chain(capsys, "catalog", "export", "cn-2018")
    assert told.command == ["catalog", "import", "../指标.xlsx"]
    told = chain(capsys, "catalog", "assign")
    assert 'assignment 改成 "任务分工.xlsx"' in told.next
    told = chain(capsys, "survey", "form")
    assert told.command == ["survey", "score", "../调查问卷.xlsx", "../答卷.xlsx"]
    assert (home / "调查问卷.xlsx").exists()
