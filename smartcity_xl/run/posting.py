"""Mails out: what has to be sent, by what has been sent, and its sending or its drafts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from smartcity_xl.arrival.inbox import is_litter
from smartcity_xl.books.package import Refused
from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.form.reading.workbook import open_workbook
from smartcity_xl.form.template import file_name
from smartcity_xl.ledger import MailBook, Posting, Step, has_ledger, read_ledger, utc
from smartcity_xl.mail.mailbox import (
    Attachment,
    Courier,
    Delivery,
    Draft,
    DraftText,
    Outgoing,
    Pace,
    form_mail,
    name_message,
    read_text,
    smtp_server,
)
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, CampaignSettings, Identity, Mailbox, Parcel, RosterEntry
from smartcity_xl.model.headway import Follow, unfollowed
from smartcity_xl.office.campaign import read_roster
from smartcity_xl.run.files import write_file
from smartcity_xl.run.mailing import CampaignRound, FindSecret, Tell, open_account, open_book, open_round, warn_of_plain
from smartcity_xl.run.meant import find_department

ISSUE = "issue"
"""The kind of mail that takes a department its workbook."""
NAMED = (
    "city",
    "round",
    "department",
    "contact",
    "deadline",
    "contacts",
    "basis",
    "office",
    "address",
    "phone",
    "place",
    "date",
)
"""What every mail can name."""
PLACEHOLDERS = (*NAMED, "file")
"""What such a mail can name."""
RESEND, ARRIVED = "resend", "arrived"
_UNSENT = b"X-Unsent: 1\r\n"
"""Makes Outlook and others open a draft as a mail to be sent, and not as one that came."""
_OPEN = (Step.BEGUN, Step.DEFERRED, Step.REFUSED)
"""Steps after which a mail has certainly not been taken."""


class Wishes(Struct, frozen=True):
    """What a person asks of one run of ``send``.

    ``departments``: these alone, by key, name or alias. ``again``: also those that have it already. ``changed``: also
    those whose workbook or address is another than was sent. ``uncertain``: what to do with mails of which nobody
    knows whether they arrived: RESEND, ARRIVED, or nothing ("").
    """

    departments: tuple[str, ...] = ()
    again: bool = False
    changed: bool = False
    uncertain: str = ""


class Plan(Struct):
    """What there is to do. All but ``outgoing`` and ``arrived`` are departments, by key."""

    assignment: Assignment
    outgoing: list[Outgoing] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    """Sent already, and now with another workbook or address."""
    uncertain: list[str] = field(default_factory=list)
    arrived: list[Posting] = field(default_factory=list)
    """Uncertain until now: a person says that they arrived."""
    unreachable: list[str] = field(default_factory=list)
    """Without an address in the roster."""


def send(
    campaign: Path,
    find_secret: FindSecret,
    wishes: Wishes,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    tell: Tell,
    pace: Pace,
    follow: Follow = unfollowed,
) -> tuple[Plan, tuple[Delivery, ...]]:
    """Mail each department its workbook, once; gives the plan and what became of the mails that were tried.

    Raises UsageFault, MachineFault (also when cut off: run it again), CampaignFault; what was sent is entered.
    """
    round_ = open_round(campaign)
    mailbox = round_.settings.mailbox
    if not mailbox.smtp_host:
        raise UsageFault("mail-no-smtp", path=str(round_.settings.path), drafts=str(round_.settings.folders.drafts))
    with open_book(round_.settings, clock(), tell) as ledger:
        plan = plan_mails(round_, ledger.mail.postings(round_.key, ISSUE), wishes, clock())
        for posting in plan.arrived:
            ledger.mail.record_step(replace(posting, step=Step.SENT, at=utc(clock()), reply=ARRIVED))
        if not plan.outgoing:
            return plan, ()
        return plan, hand_out(mailbox, ledger.mail, plan.outgoing, find_secret, clock, sleep, tell, pace, follow)


def hand_out(
    mailbox: Mailbox,
    book: MailBook,
    mails: Sequence[Outgoing],
    find_secret: FindSecret,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    tell: Tell,
    pace: Pace,
    follow: Follow = unfollowed,
) -> tuple[Delivery, ...]:
    """Hand mails to the campaign's server, each step entered. Raises UsageFault, MachineFault."""
    account = open_account(mailbox, find_secret)
    warn_of_plain(mailbox.smtp_security, mailbox.smtp_host, tell)
    return Courier(smtp_server(mailbox), account, book, clock, sleep, tell, pace, follow).deliver(mails)


def write_drafts(campaign: Path, wishes: Wishes, now: datetime) -> tuple[Plan, tuple[Path, ...]]:
    """Write the mails that ``send`` would send as files into the campaign's folder of drafts; nothing is entered.

    Each has one line more, which makes mail programs open it as a mail to be sent. Raises as ``send``.
    """
    round_ = open_round(campaign)
    settings = round_.settings
    postings: tuple[Posting, ...] = ()
    if has_ledger(settings.folders.store):
        with read_ledger(settings.folders.store) as ledger:
            postings = ledger.mail.postings(round_.key, ISSUE)
    plan = plan_mails(round_, postings, wishes, now)
    return plan, put_drafts(round_, plan.outgoing, now)


def put_drafts(round_: CampaignRound, mails: Sequence[Outgoing], now: datetime) -> tuple[Path, ...]:
    """Mails as files in the campaign's folder of drafts, to be opened and sent with a mail program."""
    paths = []
    for one in mails:
        stem = Path(file_name(round_.assignment, one.posting.department)).stem
        paths.append(round_.settings.folders.drafts / f"{stem}{label(f'file.mail_{one.posting.kind}')}.eml")
        write_file(paths[-1], _UNSENT + form_mail(one.draft, now))
    return tuple(paths)


def plan_mails(round_: CampaignRound, postings: Sequence[Posting], wishes: Wishes, now: datetime) -> Plan:
    """What is to be sent, by what has been sent. Raises UsageFault, MachineFault, CampaignFault."""
    settings, assignment = round_.settings, round_.assignment
    if not settings.sender.address:
        raise UsageFault("send-no-sender", path=str(settings.path))
    roster = read_roster(settings.roster, assignment)
    text = draft_text(settings, ISSUE, PLACEHOLDERS)
    wanted = dict.fromkeys(find_department(assignment, roster, name) for name in wishes.departments)
    plan = Plan(assignment)
    for department in wanted or assignment.departments:
        entry = roster.entries[department]
        if not entry.contact.addresses:
            plan.unreachable.append(department)
            continue
        last = next((one for one in reversed(postings) if one.department == department), None)
        _decide(plan, round_, entry, last, wishes, text, now)
    return plan


def _decide(
    plan: Plan,
    round_: CampaignRound,
    entry: RosterEntry,
    last: Posting | None,
    wishes: Wishes,
    text: DraftText,
    now: datetime,
) -> None:
    """Whether a department gets a mail, where ``last`` is the one before it. One that did not go out is taken up
    again under its own name, unless it has changed since."""
    data = _workbook(round_, entry.department)
    to, cc = entry.contact.addresses[:1], entry.deputy.addresses[:1]
    attached = (hashlib.sha256(data).hexdigest(),)
    number = last.number + 1 if last else 1
    message_id = name_message(
        round_.settings.sender.address, round_.key, ISSUE, entry.department, str(number)
    )  # fmt: skip
    posting = Posting(message_id, ISSUE, round_.key, entry.department, number, to, cc, attached)
    if last is None:
        plan.outgoing.append(_write(round_, entry, posting, text, data, now))
        return
    same = (last.to, last.cc, last.attached) == (to, cc, attached)
    if last.step in _OPEN or (last.step is Step.DATA and wishes.uncertain == RESEND):
        plan.outgoing.append(_write(round_, entry, last if same else posting, text, data, now))
    elif last.step is Step.DATA and wishes.uncertain != ARRIVED:
        plan.uncertain.append(entry.department)
    else:
        if last.step is Step.DATA:
            plan.arrived.append(last)
        if (wishes.again and wishes.departments) or (wishes.changed and not same):
            plan.outgoing.append(_write(round_, entry, posting, text, data, now))
        else:
            (plan.sent if same else plan.changed).append(entry.department)


def _write(
    round_: CampaignRound, entry: RosterEntry, posting: Posting, text: DraftText, data: bytes, now: datetime
) -> Outgoing:
    name = file_name(round_.assignment, entry.department)
    subject, body = text.fill({**name_all(round_, entry, now), "file": name})
    return address_mail(round_, posting, subject, body, (Attachment(name, data), *_beside(round_.settings)))


def _beside(settings: CampaignSettings) -> Iterator[Attachment]:
    """What the office has laid into a folder of the round to go with every workbook, by name. Raises MachineFault."""
    folder = settings.path.parent / label("file.draft_beside")
    try:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.is_file() and not is_litter(path.name):
                yield Attachment(path.name, path.read_bytes())
    except OSError as error:
        reason = error.strerror or str(error)
        raise MachineFault("file-unreadable", path=str(error.filename or folder), reason=reason) from error


def name_all(round_: CampaignRound, entry: RosterEntry, now: datetime) -> dict[str, str]:
    """What every mail can name."""
    settings, contacts, basis = round_.settings, round_.settings.contacts_deadline, round_.assignment.document
    return {
        "city": settings.city,
        "round": settings.round,
        "department": round_.assignment.name(entry.department),
        "contact": entry.contact.name or label("draft.contact"),
        "deadline": say_moment(settings.deadline),
        "contacts": label("draft.contacts", until=say_moment(contacts)) if contacts else "",
        "basis": basis and label("draft.basis", basis=basis),
        "office": settings.sender.name or settings.sender.address,
        "address": settings.sender.address,
        "phone": settings.phone and label("draft.phone", phone=settings.phone),
        "place": settings.address and label("draft.place", place=settings.address),
        "date": label("draft.day", at=now.astimezone(settings.deadline.tzinfo)),
    }


def address_mail(
    round_: CampaignRound,
    posting: Posting,
    subject: str,
    body: str,
    attachments: Sequence[Attachment],
    answers: str = "",
) -> Outgoing:
    sender, key = round_.settings.sender, f"{posting.kind}:{posting.department}:{posting.number}"
    draft = Draft(
        posting.message_id, key, sender.name, sender.address, posting.to, posting.cc, subject, body, attachments,
        answers,
    )  # fmt: skip
    return Outgoing(draft, posting)


def say_moment(moment: datetime) -> str:
    """A moment in words, with its time zone where that is not the one of all China."""
    zone = "" if moment.utcoffset() == timedelta(hours=8) else moment.strftime(" (UTC%z)")
    return label("draft.moment", at=moment) + zone


def _workbook(round_: CampaignRound, department: str) -> bytes:
    """A department's workbook as ``make-templates`` wrote it, proven to be the right one."""
    settings, assignment = round_.settings, round_.assignment
    path = settings.folders.templates / file_name(assignment, department)
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise UsageFault("send-no-templates", path=str(path), folder=str(settings.folders.templates)) from error
    except OSError as error:
        raise MachineFault("file-unreadable", path=str(path), reason=error.strerror or str(error)) from error
    expected = (round_.catalog.id, assignment.id, department, settings.round, settings.city)
    try:
        found: Identity | None = open_workbook(Parcel(path.name, data, "")).identity
    except Refused:
        found = None
    if not found or (found.catalog, found.assignment, found.department, found.round, found.city) != expected:
        raise UsageFault("send-other-workbook", path=str(path), department=assignment.name(department))
    if found.deadline not in ("", due := settings.deadline.date().isoformat()):
        raise UsageFault("send-old-deadline", path=str(path), found=found.deadline, expected=due)
    return data


def draft_text(settings: CampaignSettings, kind: str, placeholders: tuple[str, ...]) -> DraftText:
    """The text of a kind of mail: the office's own, or ours where it has none."""
    path = settings.path.parent / label(f"file.draft_{kind}")
    try:
        data = path.read_bytes() if path.is_file() else label(f"draft.{kind}").encode()
    except OSError as error:
        raise MachineFault("file-unreadable", path=str(path), reason=error.strerror or str(error)) from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("gb18030", "replace")  # as a Chinese Windows saves a text
    return read_text(text, str(path), placeholders)
