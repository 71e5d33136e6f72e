"""Receipts for what came, and reminders for what has not: chosen by the last collection, sent as all mail is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.books.identity import TEMPLATE_KIND
from smartcity_xl.books.package import Refused
from smartcity_xl.errors import FaultyFile, UsageFault
from smartcity_xl.form.reading.workbook import open_workbook
from smartcity_xl.ledger import Ledger, Posting, Step, read_ledger, utc
from smartcity_xl.mail.chasing import (
    Answered,
    Boxes,
    Chased,
    Facts,
    Left,
    Why,
    answered_files,
    choose_receipts,
    choose_reminders,
    read_facts,
    unreachable_boxes,
    written_boxes,
)
from smartcity_xl.mail.mailbox import Attachment, Delivery, DraftText, Outgoing, Pace, name_message
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Parcel, Roster
from smartcity_xl.model.headway import Follow, unfollowed
from smartcity_xl.office.campaign import read_roster
from smartcity_xl.results.open import OpenWork
from smartcity_xl.run.mailing import CampaignRound, FindSecret, Tell, open_book, open_round
from smartcity_xl.run.meant import find_department
from smartcity_xl.run.posting import (
    ARRIVED,
    RESEND,
    address_mail,
    draft_text,
    hand_out,
    name_all,
    put_drafts,
)
from smartcity_xl.run.unread import count_unread
from smartcity_xl.run.wording import ANSWER, REMINDER, Told, word_receipt, word_reminder

RECEIPT, REMIND = "receipt", "remind"
"""Kinds of mail: what answers a submission, and what asks for one."""
_OPEN = (Step.BEGUN, Step.DEFERRED, Step.REFUSED)
"""Steps after which a mail has certainly not been taken."""


class Asked(Struct, frozen=True):
    """What a person asks of one run. ``departments``: these alone, by key, name or alias; ``until``: the day by which
    corrections are wanted (the campaign's deadline if left out); ``uncertain``: as for ``send``."""

    departments: tuple[str, ...] = ()
    until: date | None = None
    uncertain: str = ""


class Chase(Struct, frozen=True):
    """What there is to do: the mails, whom they leave out and why (``left``: of receipts, ``chased``: of reminders,
    in order), and the departments of whose last receipt nobody knows whether it arrived."""

    assignment: Assignment
    outgoing: tuple[Outgoing, ...]
    left: tuple[Left, ...] = ()
    chased: tuple[Chased, ...] = ()
    uncertain: tuple[str, ...] = ()
    arrived: tuple[Posting, ...] = ()
    since: int = 0
    """Files that came after the last collection; the chase knows nothing of them."""


class _Desk(Struct, frozen=True):
    """All that the choice and the words rest on."""

    round: CampaignRound
    roster: Roster
    facts: Facts
    boxes: Boxes
    postings: Sequence[Posting]
    revisions: Mapping[str, int]
    now: datetime
    anchor: str


def plan_receipts(campaign: Path, asked: Asked, now: datetime) -> Chase:
    """The receipts that are due. Raises UsageFault (no collection yet), MachineFault, CampaignFault."""
    with _read(campaign, now) as desk:
        return _plan_receipts(desk, asked)


def plan_reminders(campaign: Path, asked: Asked, now: datetime) -> Chase:
    """Who owes something, the dearest first, and the mails to them. Raises as ``plan_receipts``."""
    with _read(campaign, now) as desk:
        return _plan_reminders(desk, asked)


def count_due(round_: CampaignRound, now: datetime) -> tuple[int, int]:
    """How many receipts and reminders are due; where a plan cannot be made, one: the command itself says why.

    Raises UsageFault, MachineFault, CampaignFault where nothing can be planned at all."""
    with read_ledger(round_.settings.folders.store) as ledger:
        desk = _lay_out(round_, ledger, now)
        return _count(_plan_receipts, desk), _count(_plan_reminders, desk)


def _count(make_plan: Callable[[_Desk, Asked], Chase], desk: _Desk) -> int:
    try:
        return len(make_plan(desk, Asked()).outgoing)
    except (UsageFault, FaultyFile):
        return 1


def send_receipts(
    campaign: Path,
    find_secret: FindSecret,
    asked: Asked,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    tell: Tell,
    pace: Pace,
    follow: Follow = unfollowed,
) -> tuple[Chase, tuple[Delivery, ...]]:
    """Answer every submission once. Raises UsageFault, MachineFault (also when cut off: run it again), CampaignFault;
    what was sent is entered."""
    return _send(campaign, find_secret, asked, clock, sleep, tell, pace, _plan_receipts, follow)


def send_reminders(
    campaign: Path,
    find_secret: FindSecret,
    asked: Asked,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    tell: Tell,
    pace: Pace,
    follow: Follow = unfollowed,
) -> tuple[Chase, tuple[Delivery, ...]]:
    """Remind who owes something, each box once a day. Raises as ``send_receipts``; and UsageFault where files have
    come that no collection has read: what they answer must not be asked for."""
    return _send(campaign, find_secret, asked, clock, sleep, tell, pace, _plan_reminders, follow)


def write_chase(campaign: Path, chase: Chase, now: datetime) -> tuple[Path, ...]:
    """The mails of a plan as drafts; nothing is entered. Raises MachineFault, CampaignFault."""
    return put_drafts(open_round(campaign), chase.outgoing, now)


def _send(
    campaign: Path,
    find_secret: FindSecret,
    asked: Asked,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    tell: Tell,
    pace: Pace,
    make_plan: Callable[[_Desk, Asked], Chase],
    follow: Follow,
) -> tuple[Chase, tuple[Delivery, ...]]:
    round_ = open_round(campaign)
    settings = round_.settings
    if not settings.mailbox.smtp_host:
        raise UsageFault("mail-no-smtp", path=str(settings.path), drafts=str(settings.folders.drafts))
    with open_book(settings, clock(), tell) as ledger:
        chase = make_plan(_lay_out(round_, ledger, clock()), asked)
        if chase.chased and chase.since:
            raise UsageFault("remind-stale", number=chase.since)
        for posting in chase.arrived:
            ledger.mail.record_step(replace(posting, step=Step.SENT, at=utc(clock()), reply=ARRIVED))
        if not chase.outgoing:
            return chase, ()
        book, mails = ledger.mail, chase.outgoing
        return chase, hand_out(settings.mailbox, book, mails, find_secret, clock, sleep, tell, pace, follow)


@contextmanager
def _read(campaign: Path, now: datetime) -> Iterator[_Desk]:
    round_ = open_round(campaign)
    with read_ledger(round_.settings.folders.store) as ledger:
        yield _lay_out(round_, ledger, now)


def _lay_out(round_: CampaignRound, ledger: Ledger, now: datetime) -> _Desk:
    settings = round_.settings
    if not settings.sender.address:
        raise UsageFault("send-no-sender", path=str(settings.path))
    roster = read_roster(settings.roster, round_.assignment)
    facts = replace(read_facts(ledger, roster), since=count_unread(settings, ledger))
    postings = ledger.mail.postings(round_.key)
    revisions: dict[str, int] = {}
    for run in ledger.last_runs():
        for one in ledger.taken(run):
            if (one.status, one.kind) == ("taken", TEMPLATE_KIND):
                revisions[one.department] = max(revisions.get(one.department, 1), int(one.revision or 1))
    own = {settings.sender.address.casefold(), settings.mailbox.user.casefold()}
    written = written_boxes(postings, now, settings.deadline.tzinfo)
    boxes = Boxes(own, unreachable_boxes(facts.bounced, facts.heard), written)
    return _Desk(round_, roster, facts, boxes, postings, revisions, now, ledger.anchor())


def _wanted(desk: _Desk, asked: Asked) -> set[str]:
    named = {find_department(desk.round.assignment, desk.roster, name) for name in asked.departments}
    return named or set(desk.roster.entries)


# --- receipts --------------------------------------------------------------------------------------------------


def _plan_receipts(desk: _Desk, asked: Asked) -> Chase:
    wanted = _wanted(desk, asked)
    before = [one for one in desk.postings if one.kind == RECEIPT]
    certain = answered_files(before, resend=True)
    doubtful = [
        one
        for one in before
        if one.step is Step.DATA and one.department in wanted and not certain.issuperset(one.about)
    ]
    answered = answered_files(before, asked.uncertain == RESEND)
    due, left = choose_receipts(desk.facts.came, answered, desk.roster, desk.boxes)
    text = draft_text(desk.round.settings, RECEIPT, ANSWER)
    outgoing = tuple(_answer(desk, asked, text, one) for one in due if one.department in wanted)
    uncertain = () if asked.uncertain else tuple(dict.fromkeys(one.department for one in doubtful))
    arrived = tuple(doubtful) if asked.uncertain == ARRIVED else ()
    shown = tuple(one for one in left if one.department in wanted or not asked.departments)
    return Chase(desk.round.assignment, outgoing, shown, (), uncertain, arrived, desk.facts.since)


def _answer(desk: _Desk, asked: Asked, text: DraftText, due: Answered) -> Outgoing:
    about = tuple(file.sha256 for file in due.files)
    told = _told(desk, asked, due.department)
    last = due.files[-1]
    posting = _posting(desk, RECEIPT, due.department, (due.to, due.cc), told.returned, about)
    names = name_all(desk.round, desk.roster.entries[due.department], desk.now)
    subject, body = word_receipt(text, names, due.files, told)
    return address_mail(desk.round, posting, subject, body, told.returned, last.message_id)


# --- reminders -------------------------------------------------------------------------------------------------


def _plan_reminders(desk: _Desk, asked: Asked) -> Chase:
    wanted = _wanted(desk, asked)
    chased = choose_reminders(desk.facts.owing, desk.facts.came, desk.roster, desk.boxes)
    chased = tuple(one for one in chased if one.owing.department in wanted)
    text = draft_text(desk.round.settings, REMIND, REMINDER)
    outgoing = tuple(_remind(desk, asked, text, one) for one in chased if one.why is Why.NOTHING)
    return Chase(desk.round.assignment, outgoing, (), chased, since=desk.facts.since)


def _remind(desk: _Desk, asked: Asked, text: DraftText, one: Chased) -> Outgoing:
    told = _told(desk, asked, one.owing.department)
    posting = _posting(desk, REMIND, one.owing.department, (one.to, one.cc), told.returned, ())
    names = name_all(desk.round, desk.roster.entries[one.owing.department], desk.now)
    subject, body = word_reminder(text, names, told)
    return address_mail(desk.round, posting, subject, body, told.returned)


# --- what both need --------------------------------------------------------------------------------------------


def _told(desk: _Desk, asked: Asked, department: str) -> Told:
    settings = desk.round.settings
    nothing = OpenWork(department, desk.round.assignment.name(department), False)
    owing = next((one for one in desk.facts.owing if one.department == department), nothing)
    returned = _returned(desk, department) if owing.findings else ()
    due = settings.deadline.date().isoformat()
    if returned and desk.facts.deadline not in ("", due):
        raise UsageFault("deadline-moved", found=desk.facts.deadline, expected=due)
    pending = desk.facts.pending.get(department, ())
    return Told(owing, returned, asked.until, settings.deadline, desk.now, pending, desk.anchor)


def _returned(desk: _Desk, department: str) -> tuple[Attachment, ...]:
    """The workbook that goes back to a department, as the last collection wrote it; nothing where there is none, or
    what stands there is another."""
    if department not in desk.revisions:
        return ()
    assignment, revision = desk.round.assignment, str(desk.revisions[department] + 1)
    number = list(assignment.departments).index(department) + 1
    name = label("file.returned", number=number, department=assignment.name(department), revision=revision)
    path = desk.round.settings.folders.summary / label("file.returned_folder") / name
    try:
        data = path.read_bytes()
        identity = open_workbook(Parcel(name, data, "")).identity
    except (OSError, Refused):
        return ()
    expected = (assignment.id, department, desk.round.settings.round, revision)
    found = (identity.assignment, identity.department, identity.round, identity.revision)
    return (Attachment(name, data),) if found == expected else ()


def _posting(
    desk: _Desk,
    kind: str,
    department: str,
    receivers: tuple[tuple[str, ...], tuple[str, ...]],
    attachments: Sequence[Attachment],
    about: tuple[str, ...],
) -> Posting:
    """The mail as the ledger will know it: the one before it, where that did not go out and says the same; else the
    next."""
    attached = tuple(hashlib.sha256(one.data).hexdigest() for one in attachments)
    key, sender = desk.round.key, desk.round.settings.sender.address
    mine = (one for one in reversed(desk.postings) if (one.kind, one.department) == (kind, department))
    last = next(mine, None)
    same = last and (last.to, last.cc, last.attached, last.about) == (*receivers, attached, about)
    if last and same and (last.step in _OPEN or (about and last.step is Step.DATA)):
        return last
    number = last.number + 1 if last else 1
    message_id = name_message(sender, key, kind, department, str(number))
    return Posting(message_id, kind, key, department, number, *receivers, attached, about=about)
