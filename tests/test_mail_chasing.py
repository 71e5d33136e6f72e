"""Who is answered and reminded, in which order, and who is left alone and why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from email import message_from_bytes
from email.policy import default
from email.utils import parsedate_to_datetime
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

import mails
import pytest
from mails import attachment, mail, text
from msgspec.structs import replace
from rounds import make_round, template
from servers import CODE, Script
from support import put

from smartcity_xl.cli import clock, run_cli
from smartcity_xl.ledger import Posting, Step, open_ledger, read_ledger
from smartcity_xl.mail.chasing import (
    Boxes,
    Came,
    Why,
    address_box,
    answered_files,
    choose_receipts,
    choose_reminders,
    unreachable_boxes,
    why_left,
    written_boxes,
)
from smartcity_xl.mail.chasing.receipts import why_unanswered
from smartcity_xl.mail.mailbox import Draft, form_mail
from smartcity_xl.mail.mailbox.texts import read_text
from smartcity_xl.messages import label, sentence
from smartcity_xl.model import Automatic, Person, Roster, RosterEntry, Severity
from smartcity_xl.results.open import OpenFinding, OpenWork, Share
from smartcity_xl.results.record import FindingRecord, WordingRecord
from smartcity_xl.run.posting import NAMED
from smartcity_xl.run.wording import ANSWER, REMINDER, Told, word_receipt, word_reminder

NOON = datetime(2019, 2, 20, 4, 0, tzinfo=UTC)
CHINA = timezone(timedelta(hours=8))


def entry(department: str, contact: str = "", deputy: str = "") -> RosterEntry:
    return RosterEntry(
        department, (), Person(), Person(addresses=(contact,) if contact else ()),
        Person(addresses=(deputy,) if deputy else ()),
    )  # fmt: skip


def roster(*departments: str) -> Roster:
    return Roster({one: entry(one, f"{one}@example.com") for one in departments})


def came(file: str = "表.xlsx", status: str = "taken", department: str = "a", **given: Any) -> Came:
    return Came(
        file, given.pop("sha256", file), status, department, given.pop("received", "2019-02-19T01:00:00Z"), **given
    )


def posting(step: Step = Step.SENT, at: str = "2019-02-20T01:00:00Z", **given: Any) -> Posting:
    fields = {"kind": "receipt", "to": ("a@example.com",), "cc": (), "about": (), **given}
    return Posting("<1@x>", fields["kind"], "c", "a", 1, fields["to"], fields["cc"], (), step, at, "", fields["about"])


def share(system: str = "体系", asked: int = 0, filled: int = 0, held: str = "0.00", stake: str = "0.00") -> Share:
    return Share(system, True, asked, filled, held, stake)


def problem(must: bool, cell: str, found: str, task: str) -> OpenFinding:
    words = WordingRecord(found, "", "")
    level = Severity.ERROR if must else Severity.QUERY
    sheet, _, at = cell.rpartition("!")
    said = FindingRecord("missing", level, "0.00", (), None, "a", None, None, "表.xlsx", sheet, at, {}, words, words)
    return OpenFinding(said, task, ((0, 0),), {0: Fraction(0)})


def work(department: str, reported: bool, shares: Sequence[Share] = (), found: Sequence[OpenFinding] = ()) -> OpenWork:
    return OpenWork(department, department, reported, tuple(shares), tuple(found))


def owing(department: str, points: str = "0.00", reported: bool = True, errors: int = 0, queries: int = 0) -> OpenWork:
    problems = [problem(True, "D5", "未填", "请补填。")] * errors + [problem(False, "D6", "存疑", "请核对。")] * queries
    return work(department, reported, [share("体系", 3, 3 if reported else 0, points)], problems)


# --- receipts ----------------------------------------------------------------------------------------------------

FILES: Mapping[str, tuple[Came, Why]] = {
    "a workbook that counts": (came(), Why.NOTHING),
    "a workbook that a later one replaced": (came(status="superseded"), Why.NOTHING),
    "a file that could not be read, from somebody on record": (came(status="rejected"), Why.NOTHING),
    "a file that could not be read, from a stranger": (came(status="rejected", department=""), Why.NOBODY),
    "a workbook from a stranger": (came(status="aside"), Why.WAITS_FOR_OFFICE),
    "a workbook that was answered": (came(sha256="answered"), Why.ANSWERED),
    "a workbook in an automatic reply": (came(automatic="auto-reply"), Why.AUTOMATIC),
    "a workbook in a mail that looks like one, or went to a list": (came(automatic="perhaps"), Why.AUTOMATIC),
    "a workbook in a bounce": (came(automatic="bounce"), Why.AUTOMATIC),
    "the same bytes again": (came(status="duplicate"), Why.NO_FORM),
    "a mail, of which the attachments are answered": (came("信.eml", status="opened"), Why.NO_FORM),
    "evidence": (came("证明.pdf", status="attached"), Why.NO_FORM),
    "an automatic reply": (came("信.eml", status="ignored", automatic="auto-reply"), Why.NO_FORM),
    "a file that was not read for its size": (came(status="rejected", sha256=""), Why.NO_FORM),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_which_files_are_answered(case: str) -> None:
    file, why = FILES[case]
    assert why_unanswered(file, {"answered"}) is why


def test_one_mail_for_each_department_in_the_rosters_order_with_its_files_as_they_came() -> None:
    files = (
        came("后.xlsx", received="2019-02-19T03:00:00Z"),
        came("乙.xlsx", department="b"),
        came("先.xlsx", "superseded", received="2019-02-19T02:00:00Z"),
        came("又.xlsx", sha256="后.xlsx", received="2019-02-19T04:00:00Z"),
    )
    due, left = choose_receipts(files, (), roster("b", "a"), Boxes())
    assert [(one.department, [file.file for file in one.files]) for one in due] == [
        ("b", ["乙.xlsx"]), ("a", ["先.xlsx", "后.xlsx"]),
    ]  # fmt: skip
    assert left == ()


def test_who_cannot_be_answered_is_listed_file_by_file_and_what_is_no_submission_is_not() -> None:
    files = (
        came("1"),
        came("2", "aside"),
        came("3", automatic="perhaps"),
        came("4", "attached"),
        came("5", "rejected", ""),
    )
    due, left = choose_receipts(files, (), roster("a"), Boxes(unreachable={"a@example.com"}))
    assert due == ()
    assert {(one.file, one.why) for one in left} == {
        ("1", Why.UNREACHABLE), ("2", Why.WAITS_FOR_OFFICE), ("3", Why.AUTOMATIC), ("5", Why.NOBODY),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("step", "resend", "answered"),
    [
        (Step.SENT, False, True), (Step.SENT, True, True), (Step.DATA, False, True), (Step.DATA, True, False),
        (Step.BEGUN, False, False), (Step.DEFERRED, False, False), (Step.REFUSED, False, False),
    ],
)  # fmt: skip
def test_a_file_is_answered_once_its_receipt_was_taken_or_may_have_been(
    step: Step, resend: bool, answered: bool
) -> None:
    assert bool(answered_files([posting(step, about=("x",))], resend)) is answered


# --- boxes -------------------------------------------------------------------------------------------------------

BOXES: Mapping[str, tuple[RosterEntry | None, tuple[str, ...], tuple[str, ...], Why]] = {
    "a contact and a deputy": (entry("a", "A@x.cn", "b@x.cn"), ("A@x.cn",), ("b@x.cn",), Why.NOTHING),
    "a department that is not in the roster": (None, (), (), Why.NO_ADDRESS),
    "a deputy alone": (entry("a", "", "b@x.cn"), (), (), Why.NO_ADDRESS),
    "the office itself": (entry("a", "Office@x.cn"), ("Office@x.cn",), (), Why.OWN_BOX),
    "a contact whose mail bounced": (entry("a", "Gone@x.cn", "b@x.cn"), ("Gone@x.cn",), (), Why.UNREACHABLE),
    "a deputy whose mail bounced": (entry("a", "a@x.cn", "gone@x.cn"), ("a@x.cn",), (), Why.NOTHING),
    "the office as deputy": (entry("a", "a@x.cn", "office@x.cn"), ("a@x.cn",), (), Why.NOTHING),
    "one person for both": (entry("a", "a@x.cn", "A@x.cn"), ("a@x.cn",), (), Why.NOTHING),
}


@pytest.mark.parametrize("case", BOXES)
def test_whom_to_write_to(case: str) -> None:
    given, *expected = BOXES[case]
    assert list(address_box(given, Boxes(own={"office@x.cn"}, unreachable={"gone@x.cn"}))) == expected


@pytest.mark.parametrize(
    ("heard", "reachable"), [({}, False), ({"a": "1"}, False), ({"a": "2"}, False), ({"a": "3"}, True)]
)
def test_a_box_can_be_reached_again_once_something_has_come_from_it_after_the_bounce(
    heard: dict[str, str], reachable: bool
) -> None:
    assert (unreachable_boxes({"a": "2"}, heard) == frozenset()) is reachable


@pytest.mark.parametrize(
    ("at", "zone", "today"),
    [
        ("2019-02-19T15:59:59Z", CHINA, False), ("2019-02-19T16:00:00Z", CHINA, True),
        ("2019-02-20T15:59:59Z", CHINA, True), ("2019-02-20T16:00:00Z", CHINA, False),
        ("2019-02-19T16:00:00Z", UTC, False),
    ],
)  # fmt: skip
def test_a_day_is_one_of_the_campaigns_time_zone(at: str, zone: timezone, today: bool) -> None:
    assert bool(written_boxes([posting(at=at)], NOON, zone)) is today


@pytest.mark.parametrize(("step", "counts"), [(step, step in (Step.SENT, Step.DATA)) for step in Step])
@pytest.mark.parametrize("kind", ["issue", "receipt", "remind"])
def test_every_mail_that_a_box_had_or_may_have_had_today_counts(step: Step, counts: bool, kind: str) -> None:
    sent = posting(step, kind=kind, to=("A@x.cn",), cc=("b@x.cn",))
    assert written_boxes([sent], NOON, CHINA) == (frozenset({"a@x.cn", "b@x.cn"}) if counts else frozenset())


# --- reminders ---------------------------------------------------------------------------------------------------

STANDINGS: Mapping[str, tuple[OpenWork, Why]] = {
    "nothing has come": (owing("a", reported=False), Why.NOTHING),
    "nothing has come, and nothing is asked": (work("a", False, [share()]), Why.NOTHING_OPEN),
    "all is well": (owing("a"), Why.NOTHING_OPEN),
    "all is well, and points wait for others": (owing("a", "2.00"), Why.NOTHING_OPEN),
    "something must be corrected": (owing("a", errors=1), Why.NOTHING),
    "something must be explained": (owing("a", queries=1), Why.NOTHING),
    "something is missing that no finding tells": (work("a", True, [share("体系", 3, 2)]), Why.NOTHING),
    "a workbook waits for the office": (owing("aside", reported=False), Why.WAITS_FOR_OFFICE),
}


@pytest.mark.parametrize("case", STANDINGS)
def test_who_is_reminded(case: str) -> None:
    given, why = STANDINGS[case]
    assert why_left(given, {"aside"}) is why


def test_most_points_come_first_then_who_has_sent_nothing_then_who_has_most_to_correct() -> None:
    given = (
        owing("few", "0.90", errors=9), owing("worse", "2.00", errors=3), owing("silent", "2.00", reported=False),
        owing("bad", "2.00", errors=2, queries=5), owing("well"), owing("most", "10.00", queries=1),
    )  # fmt: skip
    names = [one.department for one in given]
    chased = choose_reminders(given, (), roster(*names), Boxes())
    assert [one.owing.department for one in chased] == ["most", "silent", "worse", "bad", "few"]
    assert all(one.why is Why.NOTHING for one in chased)


def test_who_is_not_written_to_is_listed_in_the_same_order_with_why() -> None:
    given = [owing(name, f"{points}.00", errors=1) for points, name in enumerate(("aside", "today", "gone", "a"))]
    boxes = Boxes(unreachable={"gone@example.com"}, written={"today@example.com"})
    chased = choose_reminders(
        given, [came(status="aside", department="aside")], roster("today", "gone", "a", "aside"), boxes
    )
    assert [(one.owing.department, one.why) for one in chased] == [
        ("a", Why.NOTHING), ("gone", Why.UNREACHABLE), ("today", Why.WRITTEN_TODAY), ("aside", Why.WAITS_FOR_OFFICE),
    ]  # fmt: skip


def test_a_deputy_who_had_a_mail_today_counts_too() -> None:
    people = Roster({"a": entry("a", "new@example.com", "deputy@example.com")})
    (one,) = choose_reminders([owing("a", errors=1)], (), people, Boxes(written={"deputy@example.com"}))
    assert one.why is Why.WRITTEN_TODAY


def test_every_reason_can_be_said() -> None:
    for why in set(Why) - {Why.NOTHING, Why.NOTHING_OPEN, Why.ANSWERED, Why.NO_FORM}:
        for language in ("zh", "en"):
            assert sentence("cli", f"why_{why}", language)


# --- words -------------------------------------------------------------------------------------------------------

NAMES = dict.fromkeys(NAMED, "·")
DEADLINE = datetime(2019, 2, 25, 18, 0, tzinfo=CHINA)


def told(one: OpenWork, now: datetime = NOON, until: date | None = None) -> Told:
    return Told(one, (), until, DEADLINE, now)


def remind_text(one: Told) -> str:
    return word_reminder(read_text(label("draft.remind"), "x", REMINDER), NAMES, one)[1]


def test_a_reminder_says_what_is_missing_and_until_when() -> None:
    said = remind_text(told(owing("a", "2.50", reported=False)))
    assert "应填 3 项，已填 0 项，压着的分 2.50（暂不能计入）" in said
    assert "请于 2019年2月25日 18:00 前" in said
    assert "\n\n\n" not in said, "what has nothing to say leaves no gap"


@pytest.mark.parametrize(
    ("now", "until", "words"),
    [
        (DEADLINE, None, "请于 2019年2月25日 18:00 前"),
        (DEADLINE + timedelta(seconds=1), None, "报送时限（2019年2月25日 18:00）已过，请尽快"),
        (DEADLINE + timedelta(days=1), date(2019, 3, 1), "请于 2019年3月1日 前"),
    ],
)
def test_after_the_deadline_the_text_says_so_unless_the_office_names_a_day(
    now: datetime, until: date | None, words: str
) -> None:
    assert words in remind_text(told(owing("a", reported=False), now, until))


def test_ten_problems_are_shown_under_what_is_to_be_done_and_the_rest_is_counted() -> None:
    problems = [problem(True, f"填报表!D{n}", f"第{n}项未填", "请补填。") for n in range(12)]
    said = remind_text(told(work("a", True, [share("体系", 12, 0, "1.00")], problems)))
    assert said.count("请补填。") == 1
    assert [f"第{n}项" in said for n in range(12)] == [True] * 10 + [False] * 2
    assert "另有 2 处" in said


def test_what_two_systems_ask_is_said_of_each() -> None:
    shares = (share("甲体系", 5, 2, "1.00", "1.50"), share("乙体系", 3, 2), share("丙体系"))
    said = remind_text(told(work("a", True, shares)))
    assert (
        "《甲体系》应填 5 项，已填 2 项，压着的分 1.00（暂不能计入），涉及分值 1.50；《乙体系》应填 3 项，已填 2 项。"
        in said
    )
    assert "丙体系" not in said


def test_a_receipt_carries_what_stands_for_the_ledger_whatever_the_offices_own_text_is() -> None:
    one, own = replace(told(work("a", True, [share("体系", 1)])), anchor="0a" * 32), "主题：回执\n\n{files}\n"
    for text_ in (label("draft.receipt"), own):
        body = word_receipt(read_text(text_, "x", ANSWER), NAMES, [came(sha256="0" * 64)], one)[1]
        assert body.count("台账凭证") == body.count("0a" * 32) == 1
    assert "台账凭证" not in word_receipt(read_text(own, "x", ANSWER), NAMES, [came()], replace(one, anchor=""))[1]


def test_a_clerks_own_words_stay_words() -> None:
    nasty = "{office}\r\nBcc: x@example.com\r\n" + "长" * 500
    one = work("a", True, [share("体系", 1)], [problem(True, "D5", nasty, "请补填。")])
    file = came("信.eml/" + nasty.replace("\r\n", "_"), "rejected", why=nasty, sha256="0" * 64)
    subject, body = word_receipt(read_text(label("draft.receipt"), "x", ANSWER), NAMES, [file], told(one))
    assert "\n" not in subject
    assert "{office}" in body
    assert "\nBcc" not in body
    assert max(map(len, body.splitlines())) < 200


@pytest.mark.parametrize(
    ("answers", "taken"),
    [
        ("<1.2@dept.example.com>", True), ("", False), ("no id", False), ("<a@b>\r\nBcc: x@example.com", False),
        ("<编号@x>", False), ("<a@b> <c@d>", False),
    ],
)  # fmt: skip
def test_a_receipt_names_the_mail_it_answers_where_that_has_a_plain_name(answers: str, taken: bool) -> None:
    draft = Draft("<1@x>", "receipt:a:1", "", "o@x.cn", ("a@x.cn",), (), "s", "b\n", (), answers)
    made = message_from_bytes(form_mail(draft, NOON))
    assert (made["In-Reply-To"], made["References"]) == ((answers, answers) if taken else (None, None))
    assert made["Bcc"] is None
    assert str(made["Auto-Submitted"]).startswith("auto-")


def test_a_mail_of_ours_that_comes_back_is_known_as_a_programs() -> None:
    ours = mail(attachment("表.xlsx", b"x"), headers="X-Xlscore-Mail: =?utf-8?b?cmVtaW5k?=")
    letter = mails.the(mails.opened(ours)).letter
    assert letter is not None
    assert letter.automatic is Automatic.REPLY


def test_the_ledger_keeps_what_a_mail_answers_even_when_it_is_lost(tmp_path: Path) -> None:
    with open_ledger(tmp_path, "2019-02-20T00:00:00Z") as ledger:
        ledger.mail.record_step(posting(about=("x", "y")), b"mail")
    for _ in range(2):
        with open_ledger(tmp_path, "2019-02-20T00:00:01Z") as ledger:
            assert [one.about for one in ledger.mail.postings()] == [("x", "y")]
        for path in tmp_path.glob("*.sqlite3*"):
            path.unlink()


# --- the commands, without any mailbox ---------------------------------------------------------------------------


@pytest.fixture
def offline(tmp_path: Path) -> Path:
    """A campaign without servers whose inbox has a blank form from one of two departments."""
    people = {"secrecy": ("secrecy@example.com", ""), "credit": ("credit@example.com", "")}
    folder = make_round(tmp_path, "office@example.com", people, imap_host="", smtp_host="")
    reply = mail(text(), attachment("表.xlsx", template("secrecy")), headers="From: <secrecy@example.com>")
    put(folder / label("campaign_folder.inbox"), {"一.eml": reply})
    assert run_cli(["collect", "--campaign", str(folder)]) == 1
    return folder


def drafts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / label("campaign_folder.drafts")).glob("*.eml")}


def test_without_a_server_receipts_and_reminders_are_written_as_drafts_and_nothing_is_entered(
    offline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["send", "--receipts", "--dry-run", "--campaign", str(offline), "--lang", "zh"]) == 0
    assert run_cli(["remind", "--dry-run", "--campaign", str(offline), "--lang", "zh"]) == 1
    assert sorted(drafts(offline)) == [
        "19-市政府信用办-催报.eml",
        "22-市机要保密局-催报.eml",
        "22-市机要保密局-回执.eml",
    ]
    with read_ledger(offline / label("campaign_folder.store")) as ledger:
        assert ledger.mail.postings() == ()
    assert "没有需要" not in capsys.readouterr().out


def attached(draft: bytes) -> list[bytes]:
    parts = message_from_bytes(draft).walk()
    return [part.get_payload(decode=True) for part in parts if part.get_content_disposition() == "attachment"]  # type: ignore[misc]


def test_a_draft_is_dated_as_it_is_signed_around_midnight_too(offline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days = (NOON + timedelta(days=number) for number in count())
    monkeypatch.setattr(clock, "now", lambda: next(days))
    assert run_cli(["send", "--receipts", "--dry-run", "--campaign", str(offline)]) == 0
    assert run_cli(["remind", "--dry-run", "--campaign", str(offline)]) == 1
    found = [message_from_bytes(data, policy=default) for data in drafts(offline).values()]
    assert len(found) == 3
    for draft in found:
        body = draft.get_body(("plain",))
        assert body
        assert label("draft.day", at=parsedate_to_datetime(draft["Date"]).astimezone(CHINA)) in body.get_content()


def test_the_workbook_that_goes_back_is_attached_and_never_that_of_another(offline: Path) -> None:
    (returned,) = (offline / label("campaign_folder.summary") / label("file.returned_folder")).glob("*.xlsx")
    for data, expected in ((returned.read_bytes(), [returned.read_bytes()]), (template("credit"), []), (b"x", [])):
        returned.write_bytes(data)
        assert run_cli(["send", "--receipts", "--dry-run", "--campaign", str(offline)]) == 0
        assert attached(drafts(offline)["22-市机要保密局-回执.eml"]) == expected


def test_the_list_is_json_and_in_order(offline: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run_cli(["remind", "--json", "--campaign", str(offline)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "xlscore-remind/2"
    assert found["unread"] == 0
    stakes = [Fraction(one["held"]) for one in found["departments"]]
    assert stakes == sorted(stakes, reverse=True)
    mine = {one["key"]: one for one in found["departments"]}
    assert (mine["secrecy"]["reported"], mine["secrecy"]["left_alone"]) == (True, None)
    assert mine["transport"]["left_alone"] == "no_address"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["send", "--receipts", "--again"], "--receipts"),
        (["send", "--return-by", "2019-03-01"], "--receipts"),
        (["send", "--receipts"], "--dry-run"),
        (["remind", "--send"], "--dry-run"),
        (["remind", "--department", "无此单位"], "无此单位"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_says_what_to_do(
    arguments: list[str], words: str, offline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli([*arguments, "--campaign", str(offline), "--lang", "zh"]) == 2
    assert words in capsys.readouterr().err


def test_a_receipt_that_nobody_knows_to_have_arrived_is_told_and_goes_out_again_only_when_asked_for(
    offline: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XLSCORE_MAIL_SECRET", CODE)
    path = offline / "campaign.toml"

    def run(*arguments: str) -> int:
        capsys.readouterr()
        return run_cli(["send", "--receipts", "--pause", "0", "--campaign", str(offline), "--lang", "zh", *arguments])

    with Script({"DATA": ["lost"]}).run() as script:
        said = path.read_text(encoding="utf-8").replace('smtp_host = ""', 'smtp_host = "127.0.0.1"')
        said = said.replace("smtp_port = 465", f"smtp_port = {script.port}")
        path.write_text(said.replace('smtp_security = "tls"', 'smtp_security = "plain"'), encoding="utf-8")
        assert run() == 1
        assert (run(), len(script.taken)) == (1, 1)
        assert "不知是否发到：市机要保密局" in capsys.readouterr().out
        assert (run("--uncertain", "resend"), len(script.taken)) == (0, 2)
        names = [message_from_bytes(one)["Message-ID"] for one in script.taken]
        assert names[0] == names[1], "whoever has both knows them as one"
        assert (run(), len(script.taken)) == (0, 2)


def test_nobody_is_reminded_while_files_lie_unread(offline: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from smartcity_xl.model import Parcel

    with open_ledger(offline / label("campaign_folder.store"), "2099-01-01T00:00:00Z") as ledger:
        ledger.take([Parcel("新.eml", b"new", "f" * 64)], "imap")
    path = offline / "campaign.toml"
    said = path.read_text(encoding="utf-8")
    path.write_text(said.replace('smtp_host = ""', 'smtp_host = "localhost"'), encoding="utf-8")
    assert run_cli(["remind", "--send", "--campaign", str(offline), "--lang", "zh"]) == 2
    assert "1 个文件" in capsys.readouterr().err
    assert run_cli(["remind", "--campaign", str(offline), "--lang", "zh"]) == 1
    assert "1 个文件" in capsys.readouterr().out, "the list is shown, with a warning"
