"""Each department gets its workbook once - whatever is refused, cut off or killed on the way."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from rounds import (
    NOW,
    THREE,
    Clock,
    Told,
    make_round,
    real_round,
    run_send,
    set_people,
    store,
    template,
)
from sending import FAST, OFFICE, PEOPLE, A, B, C, boxes, scripted
from servers import MailHost, Script
from support import ASSIGNMENT

from smartcity_xl.arrival.post import unpack
from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.form.template import file_name
from smartcity_xl.ledger import Step, open_ledger, utc
from smartcity_xl.mail.mailbox import Attachment, Draft, Pace, form_mail
from smartcity_xl.messages import label
from smartcity_xl.model import Parcel
from smartcity_xl.run.posting import Wishes, write_drafts

pytestmark = [
    pytest.mark.servers,
    pytest.mark.usefixtures("trusted"),
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]


# --- what arrives ------------------------------------------------------------------------------------------------


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


def test_what_lies_beside_the_letters_goes_with_every_workbook(tmp_path: Path) -> None:
    folder = make_round(tmp_path, OFFICE, PEOPLE, imap_host="", smtp_host="")
    beside = folder / label("file.draft_beside")
    beside.mkdir(parents=True)
    (beside / "填报须知.pdf").write_bytes(b"%PDF-1.4 x")
    (beside / "~$通知.docx").write_bytes(b"x")
    (beside / "旧的").mkdir()
    _, paths = write_drafts(folder, Wishes((A,)), NOW)
    letter = email.message_from_bytes(paths[0].read_bytes(), policy=email.policy.default)
    held = [(one.get_filename(), one.get_payload(decode=True)) for one in letter.iter_attachments()]
    assert [name for name, _ in held] == [file_name(ASSIGNMENT, A), "填报须知.pdf"]
    assert held[1][1] == b"%PDF-1.4 x"


# --- once --------------------------------------------------------------------------------------------------------


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


# --- pace --------------------------------------------------------------------------------------------------------


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
