"""Each department gets its workbook once - whatever is refused, cut off or killed on the way."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from mails import netease
from rounds import (
    NOW,
    THREE,
    Clock,
    Told,
    inbox,
    killed,
    killed_at,
    make_round,
    real_round,
    run_fetch,
    run_send,
    set_people,
    store,
    template,
)
from servers import CODE, Cutter, MailHost, Script, run_mail_host
from support import ASSIGNMENT, filled

from smartcity_xl.arrival.post import unpack
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.form.template import file_name
from smartcity_xl.ledger import Step, open_ledger, read_ledger, utc
from smartcity_xl.mail.mailbox import Attachment, Draft, Pace, Secret, form_mail
from smartcity_xl.messages import label, sentence
from smartcity_xl.model import Parcel
from smartcity_xl.run.posting import ARRIVED, RESEND, Wishes, write_drafts

pytestmark = [
    pytest.mark.servers,
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]
A, B, C = THREE
OFFICE = "office@example.com"
PEOPLE = {A: ("a@example.com", "a2@example.com"), B: ("b@example.com", ""), C: ("c@example.com", "")}
FAST = Pace(between=0)


@pytest.fixture(scope="module")
def host() -> Iterator[MailHost]:
    with run_mail_host() as running:
        yield running


@pytest.fixture(autouse=True)
def trusted(host: MailHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(host.authority))


_numbers = iter(range(10**6))


def boxes(host: MailHost, sender: str = "office") -> tuple[str, dict[str, tuple[str, str]]]:
    """Mailboxes of this test's own: the office's, and those of three departments."""
    number = next(_numbers)
    names = [host.box(f"{name}{number}") for name in (sender, "a", "deputy", "b", "c")]
    return names[0], {A: (names[1], names[2]), B: (names[3], ""), C: (names[4], "")}


@pytest.fixture
def script() -> Iterator[Script]:
    with Script().run() as running:
        yield running


def scripted(folder: Path, script: Script, people: dict[str, tuple[str, str]] | None = None) -> Path:
    return make_round(
        folder, OFFICE, PEOPLE if people is None else people, imap_host="", smtp_port=script.port,
        smtp_host="127.0.0.1", smtp_security="plain",
    )  # fmt: skip


def steps(folder: Path, department: str) -> list[Step]:
    """The last step of each mail to a department."""
    with read_ledger(store(folder)) as ledger:
        return [one.step for one in ledger.mail.postings() if one.department == department]


# --- what arrives ----------------------------------------------------------------------------------------------


def test_each_department_gets_one_mail_with_its_workbook_the_deputy_in_copy(tmp_path: Path, host: MailHost) -> None:
    office, people = boxes(host)
    plan, done = run_send(real_round(tmp_path, host, office, people), pace=FAST)
    assert {one.verdict.step for one in done.values()} == {Step.SENT}
    for department, (contact, _) in people.items():
        (raw,) = host.arrived(contact)
        mail = message_from_bytes(raw, policy=policy.default)
        (book,) = mail.iter_attachments()
        name = file_name(ASSIGNMENT, department)
        assert (book.get_filename(), book.get_content()) == (name, template(department))
        assert (mail["To"], str(mail["From"].addresses[0].addr_spec)) == (contact, office)
        assert ASSIGNMENT.name(department) in str(mail["Subject"])
        text = mail.get_body().get_content()  # type: ignore[union-attr]
        for word in (ASSIGNMENT.name(department), "钱演", "2019年2月25日 18:00", name, office):
            assert word in text
        assert mail["Auto-Submitted"] == "auto-generated"
    (copy,) = host.arrived(people[A][1])
    assert message_from_bytes(copy)["Cc"] == people[A][1]
    assert [one for one in plan.unreachable if one in THREE] == []


LONG = "01-云溪市人力资源和社会保障局（新型智慧城市评价指标填报表，2026年度，含明细表和支撑资料清单，请勿改名）镕.xlsx"


@pytest.mark.parametrize("name", [LONG, "plain.xlsx", '引号"和\\.xlsx', "市（局）;第1份.xlsx"])
def test_a_name_stands_in_two_places_as_one_word_that_all_programs_read(name: str) -> None:
    draft = Draft(
        "<1@example.com>", "k", "办", OFFICE, ["a@example.com"], [], "主题", "正文", [Attachment(name, b"PK")]
    )
    raw = form_mail(draft, NOW)
    named = re.findall(rb'name="(=\?utf-8\?[bq]\?[^?]+\?=)"', raw)
    assert len(named) == 2
    assert len(set(named)) == 1
    assert b"name*" not in raw, "RFC 2231 is what QQ and old Outlook cannot read"
    found = unpack(Parcel("m.eml", raw, "0"))
    assert found.parcels == (), "a mail of ours that comes back is no submission"
    assert found.receipts[1].parcel.endswith(name)
    (book,) = message_from_bytes(raw, policy=policy.default).iter_attachments()
    assert book.get_filename() == name


def test_a_mail_is_plain_ascii_in_short_lines_and_the_same_for_the_same_letter() -> None:
    book = Attachment(LONG, b"PK" * 999)
    draft = Draft(
        "<1@example.com>", "k", "云溪市新型智慧城市评价工作办公室（市大数据局）" * 3, OFFICE, ["a@example.com"],
        ["b@example.com"], "主题" * 90, "正文\n.\n..\n", [book],
    )  # fmt: skip
    raw = form_mail(draft, NOW)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert form_mail(draft, NOW) == raw
    mail = message_from_bytes(raw, policy=policy.default)
    assert (str(mail["Subject"]), mail.get_body().get_content()) == ("主题" * 90, "正文\r\n.\r\n..\r\n")  # type: ignore[union-attr]


def test_dots_at_the_beginning_of_lines_arrive_as_they_were(tmp_path: Path, script: Script) -> None:
    from smartcity_xl.mail.mailbox.smtp import _dotted

    assert _dotted(b".\r\n..x\r\na.\r\n") == b"..\r\n...x\r\na.\r\n.\r\n"
    assert _dotted(b"x") == b"x\r\n.\r\n"


def test_a_draft_is_the_very_mail_that_is_sent_but_for_the_line_that_makes_it_a_draft(
    tmp_path: Path, script: Script
) -> None:
    folder = scripted(tmp_path, script)
    clock = Clock()
    _, paths = write_drafts(folder, Wishes((A,)), clock.now + timedelta(seconds=3))
    drafts = [path.read_bytes() for path in paths]
    run_send(folder, A, clock=clock, pace=FAST)
    assert [b"X-Unsent: 1\r\n" + mail for mail in script.taken] == drafts
    assert [path.name for path in paths] == [file_name(ASSIGNMENT, A).replace(".xlsx", ".eml")]


def test_drafts_need_no_server_and_enter_nothing(tmp_path: Path) -> None:
    folder = make_round(tmp_path, OFFICE, PEOPLE, imap_host="", smtp_host="")
    _, paths = write_drafts(folder, Wishes(), NOW)
    assert len(paths) == 3
    assert not store(folder).exists()
    with pytest.raises(UsageFault) as refused:
        run_send(folder)
    assert refused.value.code == "mail-no-smtp"


# --- once ------------------------------------------------------------------------------------------------------


def test_a_second_run_sends_nothing(tmp_path: Path, script: Script) -> None:
    folder = scripted(tmp_path, script)
    run_send(folder)
    plan, done = run_send(folder)
    assert (plan.outgoing, done, sorted(plan.sent)) == ([], {}, sorted(THREE))
    assert len(script.taken) == 3


def test_a_mail_is_named_by_what_it_is_and_a_new_one_has_a_new_name(tmp_path: Path, script: Script) -> None:
    folder = scripted(tmp_path, script)
    run_send(folder, A)
    run_send(folder, A, again=True)
    run_send(scripted(tmp_path / "other", script), A)
    first, second, elsewhere = (message_from_bytes(mail)["Message-ID"] for mail in script.taken)
    assert first == elsewhere != second


def test_what_has_changed_since_is_told_and_sent_when_asked_for_once(tmp_path: Path, script: Script) -> None:
    folder = scripted(tmp_path, script)
    run_send(folder)
    set_people(folder, {**PEOPLE, B: ("new@example.com", "")})
    plan, _ = run_send(folder)
    assert (plan.changed, len(script.taken)) == ([B], 3)
    run_send(folder, changed=True)
    plan, _ = run_send(folder, changed=True)
    assert (plan.outgoing, plan.changed) == ([], [])
    assert script.receivers[3:] == [["new@example.com"]]


def test_departments_are_named_by_name_or_alias_and_a_stranger_is_refused(tmp_path: Path, script: Script) -> None:
    folder = scripted(tmp_path, script)
    _, done = run_send(folder, ASSIGNMENT.name(B), C, B)
    assert (set(done), len(script.taken)) == ({B, C}, 2), "one who is named twice gets one mail"
    with pytest.raises(UsageFault) as refused:
        run_send(folder, "市气象局")
    assert (refused.value.code, ASSIGNMENT.name(A) in str(refused.value)) == ("send-department", True)


def test_who_has_no_address_is_listed_and_the_others_get_theirs(tmp_path: Path, script: Script) -> None:
    folder = scripted(tmp_path, script, {A: PEOPLE[A], B: ("", "only-a-deputy@example.com")})
    plan, done = run_send(folder)
    assert (set(done), B in plan.unreachable) == ({A}, True)


def test_two_runs_at_once_cannot_be(tmp_path: Path, script: Script) -> None:
    folder = scripted(tmp_path, script)
    with open_ledger(store(folder), utc(NOW)), pytest.raises(MachineFault) as refused:
        run_send(folder)
    assert (refused.value.code, script.said) == ("ledger-locked", [])


def test_a_lost_ledger_still_knows_what_was_sent(tmp_path: Path, script: Script) -> None:
    folder = scripted(tmp_path, script)
    script.answers["DATA"] = ["", "lost"]
    run_send(folder, A, B)
    for path in store(folder).glob("ledger.sqlite3*"):
        path.unlink()
    plan, _ = run_send(folder, A, B)
    assert (plan.sent, plan.uncertain, plan.outgoing) == ([A], [B], [])


# --- pace ------------------------------------------------------------------------------------------------------


def test_there_is_a_pause_between_mails_and_a_new_line_after_ten(tmp_path: Path, script: Script) -> None:
    people = {d: (f"d{number}@example.com", "") for number, d in enumerate(list(ASSIGNMENT.departments)[:12])}
    clock = Clock()
    _, done = run_send(scripted(tmp_path, script, people), clock=clock)
    assert len(script.taken) == len(done) == 12
    assert (clock.slept, script.connections) == ([20] * 11, 2)


def test_a_server_that_bears_fewer_on_one_line_gets_a_new_one(tmp_path: Path, host: MailHost) -> None:
    office, _ = boxes(host)
    people = {d: (host.box(f"many{number}"), "") for number, d in enumerate(list(ASSIGNMENT.departments)[:12])}
    _, done = run_send(real_round(tmp_path, host, office, people), pace=Pace(0, on_one_line=99))
    assert {one.verdict.step for one in done.values()} == {Step.SENT}
    assert all(len(host.arrived(contact)) == 1 for contact, _ in people.values())


def test_a_server_that_limits_the_number_of_mails_is_left_in_peace_and_the_rest_goes_later(
    tmp_path: Path, host: MailHost
) -> None:
    office, people = boxes(host, sender="hasty")
    folder, clock, tell = real_round(tmp_path, host, office, people), Clock(), Told()
    _, done = run_send(folder, clock=clock, tell=tell, pace=FAST)
    assert [done[d].verdict.step for d in THREE] == [Step.SENT, Step.SENT, Step.DEFERRED]
    assert (done[C].verdict.word, 900 in clock.slept, "send_waiting" in tell.codes) == ("quota", True, True)
    plan, _ = run_send(folder, pace=FAST)
    assert [one.posting.department for one in plan.outgoing] == [C]


# --- refused ---------------------------------------------------------------------------------------------------

NOT_NOW = [
    ("the quota of NetEase, on MAIL", {"MAIL": ["451 MI:SFQ,x"]}, [900], "quota"),
    ("too many mails on one connection", {"MAIL": ["450 MI:DMC"]}, [1], "connection"),
    ("a network address that is too busy", {"MAIL": ["421 HL:IFC"]}, [900], "frequency"),
    ("text like spam, for now", {"DATA": ["451 DT:SPM, please try again"]}, [150], "spam"),
    ("a greylist", {"RCPT": ["450 4.7.1 greylisted"]}, [60], "busy"),
    ("a busy server, twice", {"RCPT": ["452 full", "452 full"]}, [60, 300], "busy"),
    ("a server that hangs up", {"MAIL": ["421 closing"]}, [], ""),
]


@pytest.mark.parametrize(("answers", "waits", "word"), [case[1:] for case in NOT_NOW], ids=[c[0] for c in NOT_NOW])
def test_what_is_refused_for_now_is_tried_again_after_a_while_and_arrives_once(
    tmp_path: Path, script: Script, answers: dict[str, list[str]], waits: list[float], word: str
) -> None:
    script.answers = answers
    clock, tell = Clock(), Told()
    _, done = run_send(scripted(tmp_path, script), B, clock=clock, tell=tell, pace=FAST)
    assert (done[B].verdict.step, len(script.taken)) == (Step.SENT, 1)
    assert [wait for wait in clock.slept if wait] == waits
    assert all(facts["word"] == word for code, facts in zip(tell.codes, tell.facts, strict=True) if "waiting" in code)
    assert steps(tmp_path, B) == [Step.SENT]


FOR_GOOD = [
    ("an unknown receiver", {"RCPT": ["550 User not found"]}, "mailbox", 2),
    ("text like spam", {"DATA": ["554 DT:SPM 163 smtp"]}, "spam", 0),
    ("a sender that is not the login", {"MAIL": ["553 Mail from must equal authorized user"]}, "sender", 0),
    ("QQ's words for the same", {"MAIL": ["501 mail from address must be same as authorization user"]}, "sender", 0),
    ("a mail that is too large", {"DATA": ["552 message size exceeds"]}, "size", 2),
    ("something else", {"RCPT": ["554 no"]}, "refused", 2),
]


@pytest.mark.parametrize(("answers", "word", "others"), [c[1:] for c in FOR_GOOD], ids=[c[0] for c in FOR_GOOD])
def test_what_is_refused_for_good_is_told_with_what_to_do_and_halts_the_rest_where_it_concerns_the_sender(
    tmp_path: Path, script: Script, answers: dict[str, list[str]], word: str, others: int
) -> None:
    script.answers = answers
    _, done = run_send(scripted(tmp_path, script), pace=FAST)
    assert (done[A].verdict.step, done[A].verdict.word, len(script.taken)) == (Step.REFUSED, word, others)
    for language in ("zh", "en"):
        assert sentence("cli", f"reply_{word}", language)
    run_send(scripted(tmp_path, script), pace=FAST)
    assert len(script.taken) == 3, "the next run sends those that were not taken"


def test_every_word_that_the_table_of_replies_gives_has_a_sentence() -> None:
    from smartcity_xl.mail.mailbox.faults import known

    for word in {rule["word"] for rule in known()["reply"]} | {"busy", "refused", "cut"}:
        assert sentence("cli", f"reply_{word}")


def test_a_refused_copy_does_not_keep_the_mail_from_its_contact(tmp_path: Path, script: Script) -> None:
    script.answers = {"RCPT": ["250 ok", "550 User not found"]}
    _, done = run_send(scripted(tmp_path, script), A, pace=FAST)
    assert (done[A].verdict.step, done[A].copies) == (Step.SENT, {"a2@example.com": "550 User not found"})
    assert script.receivers == [["a@example.com"]]


def test_a_new_address_after_a_refusal_makes_a_new_mail(tmp_path: Path, script: Script) -> None:
    folder = scripted(tmp_path, script)
    script.answers = {"RCPT": ["550 User not found"]}
    run_send(folder, B)
    set_people(folder, {**PEOPLE, B: ("right@example.com", "")})
    run_send(folder, B)
    assert (script.receivers, steps(folder, B)) == ([["right@example.com"]], [Step.REFUSED, Step.SENT])


def test_an_answer_that_makes_no_sense_is_not_taken_for_success(tmp_path: Path, host: MailHost) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        import threading

        def serve() -> None:
            client, _ = door.accept()
            stream = client.makefile("rwb", buffering=0)
            stream.write(b"220 x\r\n")
            for answer in (b"250-x\r\n250 AUTH PLAIN\r\n", b"235 ok\r\n", *[b"250 ok\r\n"] * 9):
                if not stream.readline():
                    return
                stream.write(answer)

        threading.Thread(target=serve, daemon=True).start()
        port = door.getsockname()[1]
        folder = make_round(tmp_path, OFFICE, PEOPLE, smtp_host="127.0.0.1", smtp_port=port, smtp_security="plain")
        _, done = run_send(folder, B, pace=Pace(0, again=()))
    assert (done[B].verdict.step, done[B].verdict.reply) == (Step.DEFERRED, "250 ok")


# --- cut off ---------------------------------------------------------------------------------------------------


def test_a_mail_whose_answer_was_lost_is_left_to_a_person_and_the_others_go_out(tmp_path: Path, script: Script) -> None:
    folder = scripted(tmp_path, script)
    script.answers = {"DATA": ["lost"]}
    _, done = run_send(folder, pace=FAST)
    assert [done[d].verdict.step for d in THREE] == [Step.DATA, Step.SENT, Step.SENT]
    plan, _ = run_send(folder, pace=FAST)
    assert (plan.uncertain, plan.outgoing, len(script.taken)) == ([A], [], 3)


def test_a_person_says_that_it_arrived(tmp_path: Path, script: Script) -> None:
    folder = scripted(tmp_path, script)
    script.answers = {"DATA": ["lost"]}
    run_send(folder, A)
    plan, _ = run_send(folder, A, uncertain=ARRIVED)
    assert (plan.sent, len(script.taken), steps(folder, A)) == ([A], 1, [Step.SENT])
    assert run_send(folder, A)[0].uncertain == []


def test_a_person_says_that_it_did_not_and_it_goes_out_under_the_same_name(tmp_path: Path, script: Script) -> None:
    folder = scripted(tmp_path, script)
    script.answers = {"DATA": ["lost"]}
    run_send(folder, A)
    run_send(folder, A, uncertain=RESEND)
    assert len({message_from_bytes(mail)["Message-ID"] for mail in script.taken}) == 1
    assert (len(script.taken), steps(folder, A)) == (2, [Step.SENT])


@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
def test_a_line_that_is_cut_before_the_mail_was_taken_is_opened_anew_once(
    tmp_path: Path, script: Script, verb: str
) -> None:
    script.answers = {verb: ["lost"]}
    _, done = run_send(scripted(tmp_path, script), pace=FAST)
    assert ({one.verdict.step for one in done.values()}, len(script.taken)) == ({Step.SENT}, 3)


def test_a_line_that_is_cut_again_and_again_ends_the_run_and_the_next_one_goes_on(
    tmp_path: Path, script: Script
) -> None:
    folder = scripted(tmp_path, script)
    script.answers = {"RCPT": ["250 ok", "250 ok", "lost", "lost"]}
    with pytest.raises(MachineFault) as cut:
        run_send(folder, pace=FAST)
    assert (cut.value.code, len(script.taken)) == ("mail-cut", 1)
    _, done = run_send(folder, pace=FAST)
    assert (set(done), len(script.taken)) == ({B, C}, 3)


def through(folder: Path, cutter: Cutter, office: str, people: dict[str, tuple[str, str]]) -> Path:
    return make_round(
        folder, office, people, smtp_host="127.0.0.1", smtp_port=cutter.port, smtp_security="plain"
    )  # fmt: skip


def settle(folder: Path, host: MailHost, people: dict[str, tuple[str, str]]) -> int:
    """Run again, and have a person look into the mailboxes of those that are uncertain; gives how many they were."""
    plan, _ = run_send(folder, *people, pace=FAST)
    for department in plan.uncertain:
        there = looked_for(host, people[department][0])
        run_send(folder, department, pace=FAST, uncertain=ARRIVED if there else RESEND)
    assert run_send(folder, *people, pace=FAST)[0].outgoing == []
    for department in people:
        assert len(host.arrived(people[department][0])) == 1, department
        assert steps(folder, department) == [Step.SENT]
    return len(plan.uncertain)


def looked_for(host: MailHost, address: str) -> bool:
    """Whether a mail is in a mailbox, once the server has had time for what it may still hold."""
    until = time.monotonic() + 1.5
    while time.monotonic() < until or host.busy:
        if host.arrived(address, 0):
            return True
        time.sleep(0.05)
    return False


ANSWERS = 13
"""Answers of Exim in one run with two mails: greeting, EHLO, AUTH, five and four of the mails, QUIT."""


@pytest.mark.parametrize("reply", range(1, ANSWERS + 1))
def test_a_line_that_is_cut_before_any_answer_sends_each_mail_once(
    quick_path: Path, host: MailHost, reply: int
) -> None:
    office, people = boxes(host)
    two = {A: people[A], B: people[B]}
    with Cutter(host, reply=reply).run() as cutter:
        folder = through(quick_path, cutter, office, two)
        if reply > 3:
            run_send(folder, A, B, pace=FAST)
        else:
            with pytest.raises(MachineFault):
                run_send(folder, A, B, pace=FAST)
        assert cutter.cut
        settle(folder, host, two)


@pytest.mark.parametrize("sent", [300, 1000, 20_000, 45_000])
def test_a_line_that_is_cut_in_the_middle_of_the_text_sends_each_mail_once(
    quick_path: Path, host: MailHost, sent: int
) -> None:
    office, people = boxes(host)
    two = {A: people[A], B: people[B]}
    with Cutter(host, sent=sent).run() as cutter:
        folder = through(quick_path, cutter, office, two)
        _, done = run_send(folder, A, B, pace=FAST)
        assert cutter.cut
        assert done[A].verdict.step in (Step.SENT, Step.DATA), "what the system has taken may have left this computer"
        settle(folder, host, two)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_process_that_is_killed_at_any_step_sends_each_mail_once(quick_path: Path, host: MailHost) -> None:
    def fresh(name: str) -> tuple[Path, dict[str, tuple[str, str]]]:
        office, people = boxes(host)
        two = {A: people[A], B: people[B]}
        return real_round(quick_path / name, host, office, two), two

    folder, _ = fresh("whole")
    with killed_at(0) as calls:
        run_send(folder, A, B, pace=FAST)
    asked = 0
    for step in range(1, len(calls), max(1, len(calls) // 40)):
        folder, people = fresh(str(step))
        killed(step, lambda at=folder: run_send(at, A, B, pace=FAST))  # type: ignore[misc]
        asked += settle(folder, host, people)
    assert asked, "some step lies between the text and its answer"


# --- safe lines ------------------------------------------------------------------------------------------------


def test_a_computer_with_a_chinese_name_can_send(
    tmp_path: Path, host: MailHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getfqdn", lambda *_: "张科长的电脑.局域网")
    office, people = boxes(host)
    _, done = run_send(real_round(tmp_path, host, office, people), B, pace=FAST)
    assert done[B].verdict.step is Step.SENT


def test_starttls_encrypts_before_anything_is_said(tmp_path: Path, host: MailHost) -> None:
    office, people = boxes(host)
    folder = real_round(tmp_path, host, office, people, smtp_port=host.smtp, smtp_security="starttls")
    tell = Told()
    _, done = run_send(folder, B, tell=tell, pace=FAST)
    assert (done[B].verdict.step, "mail_plain" in tell.codes) == (Step.SENT, False)
    assert b"esmtpsa" in host.arrived(people[B][0])[0]


def test_a_server_without_starttls_never_hears_the_secret(tmp_path: Path, script: Script) -> None:
    folder = make_round(
        tmp_path, OFFICE, PEOPLE, smtp_host="127.0.0.1", smtp_port=script.port, smtp_security="starttls"
    )
    with pytest.raises(MachineFault) as refused:
        run_send(folder)
    assert (refused.value.code, script.said) == ("mail-unable", [])


def test_a_line_without_encryption_is_warned_of(tmp_path: Path, script: Script) -> None:
    tell = Told()
    run_send(scripted(tmp_path, script), A, tell=tell)
    assert tell.codes[0] == "mail_plain"


def test_a_token_sends_where_the_provider_wants_one(tmp_path: Path, host: MailHost) -> None:
    office, people = boxes(host)
    folder = real_round(tmp_path, host, office, people, login="xoauth2")
    assert run_send(folder, B, pace=FAST)[1][B].verdict.step is Step.SENT
    with pytest.raises(UsageFault) as refused:
        run_send(folder, C, find_secret=lambda _: Secret("expired", ""))
    assert refused.value.code == "mail-login-xoauth2"


def test_a_secret_that_is_wrong_sends_nothing_and_is_not_shown(tmp_path: Path, host: MailHost) -> None:
    office, people = boxes(host)
    with pytest.raises(UsageFault) as refused:
        run_send(real_round(tmp_path, host, office, people), find_secret=lambda _: Secret("not-the-code", ""))
    assert refused.value.code == "mail-login"
    assert "not-the-code" not in str(refused.value)
    with pytest.raises(UsageFault) as refused:
        run_send(real_round(tmp_path, host, office, people), find_secret=lambda _: Secret("全角１２３", ""))
    assert refused.value.code == "mail-secret-ascii"


# --- what is sent is right -------------------------------------------------------------------------------------


def test_the_workbook_of_another_department_is_never_sent(tmp_path: Path, script: Script) -> None:
    folder = scripted(tmp_path, script)
    (folder / "下发" / file_name(ASSIGNMENT, C)).write_bytes(template(A))
    with pytest.raises(UsageFault) as refused:
        run_send(folder)
    assert (refused.value.code, script.said) == ("send-other-workbook", [])
    (folder / "下发" / file_name(ASSIGNMENT, C)).write_bytes(b"not a workbook")
    with pytest.raises(UsageFault):
        run_send(folder)


def test_without_workbooks_or_a_sender_nothing_is_sent(tmp_path: Path, script: Script) -> None:
    folder = scripted(tmp_path, script)
    (folder / "下发" / file_name(ASSIGNMENT, B)).unlink()
    with pytest.raises(UsageFault) as refused:
        run_send(folder)
    assert refused.value.code == "send-no-templates"
    settings = folder / "campaign.toml"
    settings.write_text(settings.read_text("utf-8").replace(f'address = "{OFFICE}"', 'address = ""'), "utf-8")
    with pytest.raises(UsageFault) as refused:
        run_send(folder)
    assert (refused.value.code, script.said) == ("send-no-sender", [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_office_may_word_the_mail_in_any_editor(tmp_path: Path, script: Script, encoding: str) -> None:
    folder = scripted(tmp_path, script)
    path = folder / label("file.draft_issue")
    path.parent.mkdir()
    path.write_bytes("主题：请{department}填报\r\n\r\n{contact}同志：\r\n{{附件}}见 {file}\r\n".encode(encoding))
    run_send(folder, A)
    mail = message_from_bytes(script.taken[0], policy=policy.default)
    assert str(mail["Subject"]) == f"请{ASSIGNMENT.name(A)}填报"
    text = mail.get_body().get_content()  # type: ignore[union-attr]
    assert text.splitlines() == ["钱演同志：", f"{{附件}}见 {file_name(ASSIGNMENT, A)}"]


# --- a whole round ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_commands_send_and_a_clerks_reply_comes_back(
    tmp_path: Path, host: MailHost, language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XLSCORE_MAIL_SECRET", CODE)
    office, people = boxes(host)
    folder = real_round(tmp_path, host, office, {"secrecy": people[A], B: people[B]})
    arguments = ["--lang", language, "send", "--campaign", str(folder), "--pause", "0"]
    assert run_cli([*arguments, "--dry-run"]) == 1
    assert len(list((folder / "待发").glob("*.eml"))) == 2
    capsys.readouterr()
    assert run_cli(arguments) == 1, "the other departments have no address"
    shown = capsys.readouterr()
    assert sentence("cli", "send_done", language, number=2, whole=2) in shown.out
    assert people[A][0] in shown.err
    assert run_cli([*arguments, "--department", "secrecy"]) == 0
    assert run_cli([*arguments, "--again"]) == 2
    host.put(office, netease("填报表.xlsx", filled("secrecy")), at=NOW)
    assert len(run_fetch(folder, NOW + timedelta(hours=9), since=NOW.date()).brought) == 1
    assert len(inbox(folder)) == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_command_tells_what_was_refused_what_it_means_and_what_is_left(
    tmp_path: Path, script: Script, language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XLSCORE_MAIL_SECRET", CODE)
    folder = scripted(tmp_path, script)
    arguments = ["--lang", language, "send", "--campaign", str(folder), "--pause", "0"]
    script.answers = {"RCPT": ["550 User not found", "250 ok"], "DATA": ["lost", "554 DT:SPM"]}
    assert run_cli([*arguments, *(f"--department={d}" for d in THREE)]) == 1
    shown = capsys.readouterr().out
    for word in ("mailbox", "spam"):
        assert sentence("cli", f"reply_{word}", language) in shown
    assert "--uncertain" in shown
    script.answers = {"MAIL": ["553 Mail from must equal authorized user"]}
    assert run_cli([*arguments, *(f"--department={d}" for d in THREE)]) == 3, "two were not tried"
    assert sentence("cli", "send_left", language, number=1) in capsys.readouterr().out
    script.answers = {"RCPT": ["550 User not found"]}
    assert run_cli([*arguments, "--department", A, "--uncertain", "resend"]) == 1
