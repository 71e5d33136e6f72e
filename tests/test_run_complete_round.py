"""One complete round by mail, on real servers: out, back, answered, corrected, and asked for.

The line is cut while workbooks go out, while replies come in, and while receipts go out; the round ends the same.
"""

from __future__ import annotations

import email
import email.header
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import mails
import pytest
from mails import attachment, mail, part, text
from rounds import Clock, Told, inbox, run_fetch, secret, set_people
from servers import Cutter, MailHost, Provider
from support import column_of, edited, figures_sheet, plan

from smartcity_xl.errors import MachineFault
from smartcity_xl.form.map import COVER, EVIDENCE, PEOPLE, column
from smartcity_xl.ledger import Keeping, read_ledger, utc
from smartcity_xl.mail.chasing import Why
from smartcity_xl.mail.mailbox import Delivery, Pace
from smartcity_xl.messages import label
from smartcity_xl.model import Outcome
from smartcity_xl.office.campaign import SETTINGS_FILE, read_campaign
from smartcity_xl.run.chasing import Asked, Chase, send_receipts, send_reminders
from smartcity_xl.run.collecting import collect
from smartcity_xl.run.posting import ARRIVED, RESEND, Wishes, send
from smartcity_xl.run.rounds import choose_campaign, init_campaign, open_roster
from smartcity_xl.run.templates import make_templates

FAST = Pace(between=0, again=(0,))
DEPARTMENTS = (
    "secrecy", "credit", "education", "civil-affairs", "industry", "health", "culture-tourism", "housing-fund", "tax",
)  # fmt: skip
START = datetime(2019, 2, 18, 1, 30, tzinfo=UTC)


@dataclass
class Office:
    """A campaign's folder, the people it writes to, and its clock."""

    host: MailHost
    folder: Path
    address: str
    people: Mapping[str, tuple[str, str]]
    clock: Clock

    def set_mailbox(self, **given: object) -> None:
        path = self.folder / SETTINGS_FILE
        said = path.read_text(encoding="utf-8")
        for name, value in given.items():
            shown = f'"{value}"' if isinstance(value, str) else str(value)
            said, number = re.subn(rf"(?m)^{name} = .*$", f"{name} = {shown}", said)
            assert number == 1, name
        path.write_text(said, encoding="utf-8")

    def use(self, cutter: Cutter) -> None:
        self.set_mailbox(smtp_host="127.0.0.1", smtp_port=cutter.port, smtp_security="plain")

    def use_tls(self) -> None:
        self.set_mailbox(smtp_host="localhost", smtp_port=self.host.smtps, smtp_security="tls")

    def run(self, job: Callable[..., tuple[Any, tuple[Delivery, ...]]], wishes: object) -> Any:
        self.clock.now += timedelta(minutes=1)
        return job(self.folder, secret, wishes, self.clock, self.clock.sleep, Told(), FAST)[0]

    def settle(self, job: Callable[..., Any], ask: Callable[..., object], there: Callable[[str], bool]) -> int:
        """Run again until nothing is left; a person looks into the boxes of those that are uncertain. Gives how many
        these were."""
        self.run(job, ask())
        found = self.run(job, ask()).uncertain
        for department in found:
            self.run(job, ask((department,), uncertain=ARRIVED if there(department) else RESEND))
        assert len(self.run(job, ask()).outgoing) == 0, "a run more has nothing to send"
        return len(found)

    def box(self, department: str) -> list[Message]:
        """The mails in a department's box, the oldest first, once the server has delivered what it took."""
        raw = self.host.settled(self.people[department][0])
        return sorted(
            map(email.message_from_bytes, raw), key=lambda one: email.utils.parsedate_to_datetime(one["Date"])
        )

    def subjects(self, department: str) -> list[str]:
        """What the mails in a department's box are."""
        kinds = ("填报表", "收件回执", "填报提醒")
        said = [
            str(email.header.make_header(email.header.decode_header(one["Subject"]))) for one in self.box(department)
        ]
        return [next(kind for kind in kinds if kind in one) for one in said]

    def collect(self) -> Outcome:
        settings = read_campaign(self.folder)
        self.clock.now += timedelta(minutes=1)
        keeping = Keeping(settings.folders.store, utc(self.clock.now), "", Told())
        folders, choice = settings.folders, choose_campaign(settings)
        return collect(folders.inbox, folders.summary, choice, open_roster(settings), keeping=keeping)[0]

    def deliver(self, *replies: bytes) -> None:
        self.host.put(self.address, *replies, at=self.clock.now)

    def next_day(self) -> None:
        self.clock.now += timedelta(days=1)


@pytest.fixture
def office(tmp_path: Path, host: MailHost, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The office has made its folder, named its mailbox, and filled the roster."""
    monkeypatch.setenv("SSL_CERT_FILE", str(host.authority))
    folder, address = tmp_path / "评价", host.box("office")
    init_campaign(folder, city="云溪市", round_="2018", deadline="2019-02-25T18:00:00+08:00")
    people = {one: (host.box(one), host.box("deputy") if one == "secrecy" else "") for one in DEPARTMENTS}
    set_people(folder, people)
    made = Office(host, folder, address, people, Clock(START))
    sender = "云溪市新型智慧城市评价工作办公室"
    made.set_mailbox(name=sender, address=address, user=address, imap_host="localhost", imap_port=host.imaps)
    made.use_tls()
    return made


# --- the clerks --------------------------------------------------------------------------------------------------


def attached(letter: Message) -> bytes:
    """The workbook of a mail."""
    (one,) = (part for part in letter.walk() if part.get_content_disposition() == "attachment")
    data = one.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data


def words_of(letter: Message) -> str:
    body = next(part for part in letter.walk() if part.get_content_type() == "text/plain").get_payload(decode=True)
    assert isinstance(body, bytes)
    return body.decode()


def fill(department: str, data: bytes, **answers: object) -> bytes:
    rows = plan(department).row_of

    def edit(book: Any) -> None:
        sheet = figures_sheet(book)
        for key, value in answers.items():
            sheet.cell(rows[key].row + 1, column_of("value")).value = value
            sheet.cell(rows[key].row + 1, column_of("as_of")).value = "2018-12-31"

    return edited(data, edit)


def complete(data: bytes) -> bytes:
    """A workbook with people on its cover and material in its list, as a careful clerk sends it."""
    people = {"name": "钱演", "post": "处长", "phone": "0999-6012345", "mobile": "138" + "0000" * 2,
              "mail": "qianyan@dept.example.com"}  # fmt: skip

    def edit(book: Any) -> None:
        cover, listed = book[label("sheet.cover")], book[label("sheet.evidence")]
        for row in range(1, cover.max_row + 1):
            if (key := cover.cell(row, 1).value) in PEOPLE:
                cover.cell(row, column(COVER, "value") + 1).value = people[key.partition(".")[2]]
        for row in range(1, listed.max_row + 1):
            if str(listed.cell(row, 1).value).endswith("#1"):
                listed.cell(row, column(EVIDENCE, "title") + 1).value = "证明材料"
                listed.cell(row, column(EVIDENCE, "file") + 1).value = "证明.pdf"

    return edited(data, edit)


def by(raw: bytes, sender: str, number: int, day: int) -> bytes:
    """A mail as its program forms it, from this clerk on this day."""
    made = raw.replace(b"zhangsan@dept.example.com", sender.encode())
    made = made.replace(b"<5C7346A9.0A1B2C@dept.example.com>", f"<reply-{number}@dept.example.com>".encode())
    return made.replace(b"Mon, 25 Feb 2019", f"{day} Feb 2019".encode())


def bounce(address: str) -> bytes:
    return mail(
        text("退信"),
        part(
            "Content-Type: message/delivery-status",
            f"Reporting-MTA: dns; mx.example.com\r\n\r\nFinal-Recipient: rfc822; {address}\r\n"
            "Action: failed\r\nStatus: 5.1.1\r\n".encode(),
            encode=False,
        ),
        headers="From: <mailer-daemon@mx.example.com>\nMessage-ID: <bounce@mx.example.com>\n"
        'Content-Type: multipart/report; report-type=delivery-status;\n\tboundary="=_b"',
        boundary="=_b",
    )  # fmt: skip


def away(blank: bytes) -> bytes:
    return mail(text("出差"), attachment("填报表.xlsx", blank), headers="Auto-Submitted: auto-replied\n"
                "Message-ID: <away@dept.example.com>")  # fmt: skip


# --- the round ---------------------------------------------------------------------------------------------------


def fetch_cut_off(office: Office, command: int) -> list[str]:
    """Fetch over a line that is cut in the middle of a command's answer, and then again; gives what came."""
    office.clock.now += timedelta(minutes=1)
    brought = []
    with Provider(office.host, wants_id=True, cut=(command, "middle")).run() as provider:
        office.set_mailbox(imap_port=provider.port)
        with pytest.raises(MachineFault):
            run_fetch(office.folder, office.clock.now)
        brought = list(inbox(office.folder))
        assert len(provider.commands) == command
        run_fetch(office.folder, office.clock.now + timedelta(minutes=1))
        office.clock.now += timedelta(minutes=2)
        assert run_fetch(office.folder, office.clock.now).brought == []
    return brought


def reported(outcome: Outcome) -> dict[str, int]:
    return {one.department.key: len(one.files) for one in outcome.departments if one.files}


def settle_receipts(office: Office) -> int:
    return office.settle(send_receipts, Asked, lambda one: "收件回执" in office.subjects(one))


def test_a_round_goes_out_and_comes_back_each_mail_sent_once_and_each_reply_counted_once(office: Office) -> None:
    settings = read_campaign(office.folder)
    make_templates(settings.folders.templates, choose_campaign(settings), settings.round, settings.city, "2019-02-25")

    # Out: the line is cut in the middle of a workbook.
    with Cutter(office.host, sent=30_000).run() as cutter:
        office.use(cutter)
        office.settle(send, Wishes, lambda one: bool(office.box(one)))
        assert cutter.cut
    office.use_tls()
    for one in DEPARTMENTS:
        assert office.subjects(one) == ["填报表"], one
    blank = {one: attached(office.box(one)[0]) for one in DEPARTMENTS}

    # Back: the replies of five programs, a colleague's private box, an automatic answer, a bounce.
    office.next_day()
    box = {one: office.people[one][0] for one in DEPARTMENTS}
    secrecy = fill(
        "secrecy", blank["secrecy"], leak_events="约三件", secrecy_review_deduction=0, crypto_failing_systems=4
    )
    credit = fill("credit", blank["credit"], credit_leadership="是", credit_assessment="是", credit_units_total=40,
                  credit_units_sharing=30)  # fmt: skip
    education = fill("education", blank["education"], schools_k12_total=50, schools_k12_multimedia=80)
    office.deliver(
        by(mails.qq("填报表（保密局）.xlsx", secrecy), box["secrecy"], 1, 19),
        by(
            mails.netease("材料.zip", mails.zipped_as("填报表/信用办.xlsx".encode("gbk"), credit)), box["credit"], 2, 19
        ),
        by(mails.outlook("新型智慧城市评价指标填报表（市教育局）.xlsx", education), box["education"], 3, 19),
        by(mails.foxmail("民政局.xlsx", b"not a workbook at all"), box["civil-affairs"], 4, 19),
        by(mails.foxmail("公积金.xlsx", fill("housing-fund", blank["housing-fund"])), "private@example.com", 5, 19),
        by(away(blank["culture-tourism"]), box["culture-tourism"], 6, 19),
        by(bounce(box["tax"]), "nobody@example.com", 7, 19),
    )
    health = mails.msg({"卫健委.xlsx": fill("health", blank["health"])}, sender=box["health"]).to_bytes()
    came_before = fetch_cut_off(office, 9)
    assert 0 < len(came_before) < 7
    assert len(inbox(office.folder)) == 7
    (settings.folders.inbox / "卫健委来信.msg").write_bytes(health)
    assert reported(office.collect()) == {"secrecy": 1, "credit": 1, "education": 1, "health": 1}

    # Receipts: the line is cut before the server's answer to a whole mail.
    answered = ("secrecy", "credit", "education", "civil-affairs", "health")
    with Cutter(office.host, reply=11).run() as cutter:
        office.use(cutter)
        assert settle_receipts(office) == 1
        assert cutter.cut
    office.use_tls()
    for one in DEPARTMENTS:
        wanted = ["填报表", "收件回执"] if one in answered else ["填报表"]
        assert office.subjects(one) == wanted, one
    assert len(office.host.settled("deputy@example.com")) == 2, "the deputy has a copy"
    receipt = office.box("secrecy")[1]
    assert receipt["In-Reply-To"] == "<reply-1@dept.example.com>"
    said = words_of(receipt)
    for words in ("填报表（保密局）.xlsx", "2019年2月19日 09:34", "约三件", "须改正", "2019年2月25日 18:00"):
        assert words in said
    assert "没有采用" in words_of(office.box("civil-affairs")[1])

    # Corrected: in the workbook that came back with the receipt.
    office.next_day()
    fixed = complete(fill("secrecy", attached(receipt), leak_events=3))
    better = fill("education", attached(office.box("education")[1]), schools_k12_total=80)
    office.deliver(
        by(
            mails.foxmail("保密局.zip", mails.zipped({"保密局（改）.xlsx": fixed, "证明.pdf": b"%PDF-1.4"})),
            box["secrecy"],
            8,
            20,
        ),
        by(mails.qq("教育局（改）.xlsx", better), box["education"], 9, 20),
        by(mails.outlook("民政局.xlsx", fill("civil-affairs", blank["civil-affairs"])), box["civil-affairs"], 10, 20),
    )
    fetch_cut_off(office, 7)
    assert len(inbox(office.folder)) == 11
    outcome = office.collect()
    assert reported(outcome) == {"secrecy": 1, "credit": 1, "education": 1, "health": 1, "civil-affairs": 1}
    assert Counter(r.status for r in outcome.receipts if r.parcel.endswith(".xlsx"))["superseded"] == 2
    answers = outcome.merged.slots["leak_events"].answers
    assert [(one.department, one.raw) for one in answers] == [("secrecy", "3")]
    settle_receipts(office)
    assert office.subjects("secrecy") == ["填报表", "收件回执", "收件回执"]
    assert "没有发现需要改正或核实的问题" in words_of(office.box("secrecy")[2])

    # Asked for: who owes something, once a day, and nobody who cannot be reached or waits for the office.
    first = remind(office)
    today = {one.owing.department for one in first.chased if one.why is Why.WRITTEN_TODAY}
    assert today == {"education", "civil-affairs"}, "their receipts of today told them"
    assert remind(office).outgoing == (), "not twice a day"
    office.next_day()
    second = remind(office)
    assert remind(office).outgoing == ()
    stakes = [one.owing.held for one in second.chased]
    assert stakes == sorted(stakes, reverse=True)
    why = {one.owing.department: one.why for one in second.chased if one.owing.department in DEPARTMENTS}
    assert (why["tax"], why["housing-fund"]) == (Why.UNREACHABLE, Why.WAITS_FOR_OFFICE)
    assert "secrecy" not in why
    reminded = Counter(one.posting.department for chase in (first, second) for one in chase.outgoing)
    assert reminded.keys() == why.keys() - {"tax", "housing-fund"}
    received = Counter(dict.fromkeys(answered, 1)) + Counter(("secrecy", "education", "civil-affairs"))
    for one in DEPARTMENTS:
        wanted = +Counter({"填报表": 1, "收件回执": received[one], "填报提醒": reminded[one]})
        assert Counter(office.subjects(one)) == wanted, one
    with read_ledger(settings.folders.store) as ledger:
        assert {posting.step for posting in ledger.mail.postings()} == {"sent"}
    assert not [one for one in office.host.settled(office.address) if b"X-Xlscore-Mail" in one], "nothing came round"


def remind(office: Office) -> Chase:
    chase: Chase = office.run(send_reminders, Asked())
    return chase
