"""An inbox of mails, archives and workbooks: each submission counts once, none is invented, each is traced back."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path

import mails
import openpyxl
import pytest
from mails import attachment, inside, mail, text
from make_samples import fill_workbook
from support import ASSIGNMENT, CATALOG, ISSUE, assert_worded, codes, filled, put, receipt

from smartcity_xl.arrival.post import check_sender
from smartcity_xl.cli import run_cli
from smartcity_xl.messages import label, word_finding
from smartcity_xl.model import Finding, Letter, Outcome, Person, Roster, RosterEntry
from smartcity_xl.results import from_outcome, write_results
from smartcity_xl.run.collecting import assess, collect
from smartcity_xl.summary import write_summary

OURS = "zhangsan@dept.example.com"


def secrecy() -> bytes:
    return filled("secrecy", secrecy_review_deduction=0.25, leak_events=1, crypto_failing_systems=4)


def credit() -> bytes:
    return filled("credit")


def blank() -> bytes:
    return filled("health")


def roster(**addresses: str) -> Roster:
    entries = {
        key: RosterEntry(key, (), Person(), Person(addresses=(address,)), Person())
        for key, address in addresses.items()
    }
    return Roster(entries)


ROSTER = roster(secrecy="ZhangSan@Dept.Example.com", credit="lisi@dept.example.com")


def reported(outcome: Outcome) -> dict[str, tuple[str, ...]]:
    """The departments that reported, with their files."""
    return {status.department.key: status.files for status in outcome.departments if status.files}


def fate(outcome: Outcome, name: str) -> tuple[str, list[str]]:
    found = receipt(outcome, name)
    return found.status, codes(found.findings)


@cache
def whole_inbox() -> dict[str, bytes]:
    """Every way in which files come."""
    return {
        "01/QQ.eml": mails.qq("填报表（保密局）.xlsx", secrecy()),
        "02/163.eml": mails.netease("材料.zip", mails.zipped_as("填报表/信用办.xlsx".encode("gbk"), credit())),
        "03/Outlook.msg": mails.msg(
            {"表.xlsx": filled("education"), "证明.pdf": b"%PDF-1.4"}, unicode_=False
        ).to_bytes(),
        "04/Foxmail.eml": mail(
            text(), inside(mails.foxmail("附件.rar", mails.rar({"交通.xlsx": filled("transport")})))
        ),
        "05/直接放入.xlsx": filled("police"),
        "06/退信.eml": mail(
            text(),
            inside(mail(attachment("空白表.xlsx", blank()))),
            headers="Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.com",
        ),
        "07/自动回复.eml": mail(text(), attachment("空白表.xlsx", blank()), headers="Auto-Submitted: auto-replied"),
        "08/只有正文.eml": mail(text()),
        "09/云附件.eml": mail(text('<a href="https://wx.mail.qq.com/ftn/download?func=3&amp;k=1">下载</a>', "html")),
        "10/损坏.eml": mails.foxmail("表.xlsx", filled("culture-tourism"))[:-300],
        "11/再发一遍.eml": mails.qq("填报表（保密局）.xlsx", secrecy()),
        # an hour later: of two that came at one moment, the hash of the mail would decide
        "12/同一份表.eml": mails.foxmail("又一份.xlsx", secrecy()).replace(b"09:30:15 +0800", b"10:30:15 +0800"),
        "13/材料.7z": mails.sevenzipped({"社保.xlsx": filled("hrss")}),
    }


TAKEN = {
    "secrecy": "01/QQ.eml/填报表（保密局）.xlsx",
    "credit": "02/163.eml/材料.zip/填报表/信用办.xlsx",
    "education": "03/Outlook.msg/表.xlsx",
    "transport": "04/Foxmail.eml/附带邮件1.eml/附件.rar/交通.xlsx",
    "police": "05/直接放入.xlsx",
    "hrss": "13/材料.7z/社保.xlsx",
}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return assess(put(tmp_path_factory.mktemp("收"), whole_inbox()))


def test_every_workbook_counts_once_wherever_it_came_in(outcome: Outcome) -> None:
    assert reported(outcome) == {department: (name,) for department, name in TAKEN.items()}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("01/QQ.eml", ("opened", [])),
        ("02/163.eml/材料.zip", ("opened", [])),
        ("03/Outlook.msg/证明.pdf", ("ignored", ["other-file"])),
        ("04/Foxmail.eml/附带邮件1.eml", ("opened", [])),
        ("06/退信.eml", ("ignored", ["mail-bounce"])),
        ("06/退信.eml/附带邮件1.eml", ("ignored", ["in-automatic-mail"])),
        ("07/自动回复.eml", ("ignored", ["mail-automatic"])),
        ("07/自动回复.eml/空白表.xlsx", ("ignored", ["in-automatic-mail"])),
        ("08/只有正文.eml", ("opened", ["mail-empty"])),
        ("09/云附件.eml", ("opened", ["cloud-attachment"])),
        ("10/损坏.eml", ("rejected", ["mail-damaged"])),
        ("11/再发一遍.eml", ("duplicate", ["duplicate-file"])),
        ("12/同一份表.eml", ("opened", [])),
        ("12/同一份表.eml/又一份.xlsx", ("duplicate", ["duplicate-file"])),
    ],
)
def test_everything_else_has_its_receipt(outcome: Outcome, name: str, expected: tuple[str, list[str]]) -> None:
    assert fate(outcome, name) == expected


def test_a_blank_form_in_a_bounce_or_an_automatic_reply_is_no_submission(outcome: Outcome, tmp_path: Path) -> None:
    assert "health" not in reported(outcome)
    inbox = put(tmp_path / "收", {"表.xlsx": credit(), "信.eml": mail(text(), attachment("空白表.xlsx", blank()))})
    assert "health" in reported(assess(inbox)), "the same form in a person's mail is one"


def test_no_file_of_the_inbox_is_without_a_receipt_and_all_is_worded(outcome: Outcome) -> None:
    names = [one.parcel for one in outcome.receipts]
    assert set(whole_inbox()) <= set(names)
    assert len(set(names)) == len(names)
    assert names == sorted(names)
    assert_worded(outcome.findings)


def test_a_submission_is_traced_to_its_mail(outcome: Outcome) -> None:
    found = receipt(outcome, TAKEN["secrecy"])
    assert found.container == receipt(outcome, "01/QQ.eml").sha256
    assert found.sha256 != found.container
    assert found.letter is not None
    assert (found.letter.sender, str(found.letter.received)) == (OURS, "2019-02-25 09:30:15+08:00")
    assert receipt(outcome, "01/QQ.eml").container == ""
    answers = outcome.merged.slots["crypto_failing_systems"].answers
    assert [answer.origin.file for answer in answers] == [TAKEN["secrecy"]]


def test_the_results_and_the_summary_show_the_way_and_the_sender(outcome: Outcome) -> None:
    results = json.loads(write_results(from_outcome(outcome)))
    files = {entry["file"]: entry for entry in results["files"]}
    assert files[TAKEN["credit"]]["container"] == files["02/163.eml"]["sha256"]
    assert files[TAKEN["credit"]]["mail"]["sender"] == OURS
    assert files["06/退信.eml"]["mail"]["automatic"] == "bounce"
    assert files["05/直接放入.xlsx"]["mail"] is None
    assert results["schema"] == "xlscore-results/2"
    sheet = openpyxl.load_workbook(io.BytesIO(write_summary(outcome)))[label("sheet.files")]
    rows = {row[0]: row for row in sheet.iter_rows(min_row=4, values_only=True)}
    assert rows[TAKEN["transport"]][5:7] == (OURS, "2019-02-25 09:30 +0800")
    assert rows["01/QQ.eml"][2] == label("receipt.opened")


def test_the_same_inbox_gives_the_same_bytes(outcome: Outcome, tmp_path: Path) -> None:
    again = assess(put(tmp_path / "收", whole_inbox()))
    assert write_results(from_outcome(again)) == write_results(from_outcome(outcome))
    assert write_summary(again) == write_summary(outcome)


def test_the_command_counts_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inbox = put(tmp_path / "收", whole_inbox())
    assert run_cli(["--lang", "en", "collect", str(inbox), "--out", str(tmp_path / "出")]) == 1
    assert "6 taken, 0 set aside, 0 attached to them, 1 not taken, 2 duplicate" in capsys.readouterr().out


def test_evidence_in_a_mail_belongs_to_the_department_whose_workbook_came_in_it(tmp_path: Path) -> None:
    (code, *_) = CATALOG.used_by["crypto_failing_systems"]
    given = {
        "answers": {"crypto_failing_systems": 4},
        "evidence": [{"indicator": code, "title": "证明", "file": "证明.pdf"}],
    }
    listed = fill_workbook(CATALOG, ASSIGNMENT, "secrecy", ISSUE, given)
    files = {"一.eml": mail(text(), attachment("表.xlsx", listed), attachment("证明.pdf", b"%PDF-1.4 1"))}
    files["二.eml"] = mail(text(), attachment("表.xlsx", credit()), attachment("证明.pdf", b"%PDF-1.4 2"))
    outcome = assess(put(tmp_path / "收", files))
    assert fate(outcome, "一.eml/证明.pdf") == ("attached", ["evidence-file"])
    assert receipt(outcome, "一.eml/证明.pdf").letter == receipt(outcome, "一.eml").letter
    assert fate(outcome, "二.eml/证明.pdf") == ("ignored", ["other-file"])


# --- who sent it -------------------------------------------------------------------------------------------------


def letter(sender: str) -> Letter:
    return Letter(sender=sender, sender_name="张三")


@pytest.mark.parametrize(
    ("sender", "department", "expected"),
    [
        (OURS, "secrecy", None),
        ("lisi@dept.example.com", "credit", None),
        ("lisi@dept.example.com", "secrecy", "sender-of-another"),
        ("private@example.com", "secrecy", "sender-unknown"),
        ("", "secrecy", "sender-unknown"),
        (OURS, "health", "sender-of-another"),
    ],
)
def test_a_sender_is_admitted_for_the_department_that_the_roster_says(
    sender: str, department: str, expected: str | None
) -> None:
    found = check_sender(ROSTER, ASSIGNMENT, letter(sender), department, "信.eml/表.xlsx")
    assert (found.code if found else None) == expected
    if found:
        assert_worded([found])
        names = {ASSIGNMENT.name(key) for key in ROSTER.entries}
        nameless = check_sender(ROSTER, ASSIGNMENT, Letter(sender=sender), department, "信.eml/表.xlsx")
        assert nameless is not None
        assert "  " not in word_finding(nameless).found, "a sender without a name leaves no gap"
        assert found.code == "sender-unknown" or found.parameters["other"] in names


def test_without_a_roster_and_outside_any_mail_everything_is_admitted() -> None:
    assert check_sender(None, ASSIGNMENT, letter("private@example.com"), "secrecy", "a") is None
    assert check_sender(ROSTER, ASSIGNMENT, None, "secrecy", "a") is None


def by(sender: str, data: bytes) -> bytes:
    return mail(text(), attachment("表.xlsx", data), headers=f"From: {sender}")


@pytest.mark.summary
def test_a_workbook_from_a_sender_nobody_knows_is_shown_and_not_scored(tmp_path: Path) -> None:
    inbox = put(
        tmp_path / "收",
        {"一.eml": by("private@example.com", secrecy()), "二.eml": by("lisi@dept.example.com", credit())},
    )
    outcome, _ = collect(inbox, tmp_path / "出", roster=ROSTER)
    assert fate(outcome, "一.eml/表.xlsx") == ("aside", ["sender-unknown"])
    assert receipt(outcome, "一.eml/表.xlsx").department == "secrecy"
    assert list(reported(outcome)) == ["credit"]
    assert outcome.merged.slots["leak_events"].answers == ()
    figures = json.loads((tmp_path / "出" / "results.json").read_text(encoding="utf-8"))["figures"]
    (answer,) = next(figure for figure in figures if figure["key"] == "leak_events")["answers"]
    assert (answer["raw"], answer["used"], answer["file"]) == ("1", False, "一.eml/表.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "出" / label("file.summary"))[label("sheet.answers")]
    shown = [row for row in sheet.iter_rows(values_only=True) if row[12] == "一.eml/表.xlsx"]
    assert shown
    assert {row[8] for row in shown} == {label("word.no")}
    assert assess(inbox).aside == (), "without a roster it is taken"


@pytest.mark.parametrize("order", ["一二", "二一"])
def test_the_same_workbook_from_a_stranger_does_not_hide_the_departments_own(order: str, tmp_path: Path) -> None:
    files = {f"{order[0]}.eml": by("private@example.com", secrecy()), f"{order[1]}.eml": by(OURS, secrecy())}
    outcome = assess(put(tmp_path / "收", files), roster=ROSTER)
    assert reported(outcome) == {"secrecy": (f"{order[1]}.eml/表.xlsx",)}
    assert fate(outcome, f"{order[0]}.eml/表.xlsx") == ("aside", ["sender-unknown"])


def test_what_the_own_server_states_is_shown_under_its_name_only(tmp_path: Path) -> None:
    stated = "Authentication-Results: mx.office.example.com; spf=fail smtp.mailfrom=example.com; dkim=none"
    inbox = put(tmp_path / "收", {"一.eml": mail(attachment("表.xlsx", secrecy()), headers=stated)})
    named = assess(inbox, authserv="mx.office.example.com")
    assert receipt(named, "一.eml").letter.authentication == {"spf": "fail", "dkim": "none"}  # type: ignore[union-attr]
    assert receipt(assess(inbox), "一.eml").letter.authentication == {}  # type: ignore[union-attr]
    assert all(isinstance(finding, Finding) for finding in named.findings)
