"""How far a round has come, and what its office does next: decided here, for the front door and after every command."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from smartcity_xl.model import CampaignSettings

COLLECT, FETCH, MAKE, SEND, REMIND = ("collect",), ("fetch",), ("make-templates",), ("send",), ("remind",)
RECEIPTS, DRAFTED = ("send", "--receipts"), "--dry-run"


class Stage(StrEnum):
    """The stages of a round, in their order."""

    SET_UP = "set-up"
    SENT = "sent"
    RECEIVED = "received"
    CONFLICTS = "conflicts"
    RETURNED = "returned"
    FINAL = "final"


class Total(Struct, frozen=True):
    """What one system comes to; ``score`` is None where it has no points."""

    system: str
    score: str | None
    full: str | None


class Progress(Struct, frozen=True):
    """How far a round has come. Numbers without a word of their own count departments.

    ``reachable`` have an address in the roster; ``templates`` have their workbook; ``sent`` were mailed it; ``unsent``
    could be, have not been, and have not answered either; ``reported`` and ``conflicts`` are as ``results.open`` and
    ``status`` have them; ``unread`` counts the files in the inbox that no collection has read, ``ruled`` what the
    office has said of files since the last; ``returned`` have a
    workbook in the folder of those that go back, ``given_back`` of them were mailed it; ``receipts`` and ``reminders``
    are mails that are due; ``drafts`` are the kinds of mail that lie written in the folder of drafts, after the last
    collection where they rest on one; ``owing`` have not reported, or have something open.
    """

    settings: CampaignSettings
    departments: int
    reachable: int = 0
    roster_faults: tuple[str, ...] = ()
    templates: int = 0
    sent: int = 0
    unsent: int = 0
    collected: bool = False
    reported: int = 0
    unread: int = 0
    ruled: int = 0
    conflicts: int = 0
    returned: int = 0
    given_back: int = 0
    receipts: int = 0
    reminders: int = 0
    drafts: frozenset[str] = frozenset()
    totals: tuple[Total, ...] = ()
    final: bool = False
    owing: int = 0

    @property
    def writes(self) -> bool:
        """Whether mails can be written, to be sent or as drafts."""
        return bool(self.settings.sender.address)

    @property
    def sends(self) -> bool:
        return bool(self.writes and self.settings.mailbox.smtp_host)

    @property
    def fetches(self) -> bool:
        return bool(self.settings.mailbox.imap_host)

    @property
    def whole(self) -> bool:
        """Nothing is to be done any more."""
        return self.final and not (self.owing or self.conflicts or self.unread or self.ruled)

    def done(self, stage: Stage) -> bool:
        return {
            Stage.SET_UP: self.templates == self.departments and not self.roster_faults,
            Stage.SENT: self.departments > 0 and self.sent == self.departments,
            Stage.RECEIVED: self.collected and self.reported == self.departments and not (self.unread or self.ruled),
            Stage.CONFLICTS: self.collected and not self.conflicts,
            Stage.RETURNED: self.collected and self.returned == self.given_back,
            Stage.FINAL: self.whole,
        }[stage]


class NextStep(Struct, frozen=True):
    """What comes next: the code of a sentence, the words of the command after ``xlscore``, and the number told."""

    code: str
    command: tuple[str, ...]
    number: int = 0


def next_step(round_: Progress, after: str = "") -> NextStep | None:
    """What comes next in a round, where ``after`` is the command that has just run; None where nothing does."""
    if round_.roster_faults:
        return NextStep("next_roster", (), len(round_.roster_faults))
    if round_.templates < round_.departments:
        return NextStep("next_templates", MAKE, round_.departments - round_.templates)
    if round_.unread:
        return NextStep("next_unread", COLLECT, round_.unread)
    if round_.ruled and not round_.conflicts:
        return NextStep("next_rulings", COLLECT, round_.ruled)
    if not round_.reported:
        return _hand_out(round_) or _wait(round_)
    if round_.conflicts:
        return NextStep("next_decide", COLLECT, round_.conflicts)
    back = _give_back(round_, after)
    if back or round_.whole:
        return back
    return _send_the_rest(round_) or _remind(round_, after) or _wait(round_)


def _hand_out(round_: Progress) -> NextStep | None:
    """How the workbooks get to the departments."""
    if round_.sends and round_.unsent:
        return _send_the_rest(round_)
    if "issue" in round_.drafts:
        return _post_drafts(round_)
    if round_.writes and round_.unsent:
        return NextStep("next_draft", (*SEND, DRAFTED), round_.unsent)
    return None if round_.sent else NextStep("next_hand_out", COLLECT)


def _send_the_rest(round_: Progress) -> NextStep | None:
    if round_.sends and round_.unsent:
        return NextStep("next_send_rest" if round_.sent else "next_send", SEND, round_.unsent)
    return None


def _give_back(round_: Progress, after: str) -> NextStep | None:
    """How what is to be corrected gets back to the departments."""
    if round_.receipts and round_.sends:
        return NextStep("next_receipts", RECEIPTS, round_.receipts)
    if round_.receipts and round_.writes:
        if "receipt" in round_.drafts:
            return _post_drafts(round_) if after == "send" else None
        return NextStep("next_receipt_drafts", (*RECEIPTS, DRAFTED), round_.receipts)
    if not round_.writes and round_.returned:
        return NextStep("next_give_back", COLLECT, round_.returned)
    return None


def _remind(round_: Progress, after: str) -> NextStep | None:
    if not (round_.writes and round_.reminders):
        return None
    if "remind" in round_.drafts and not round_.sends:
        return _post_drafts(round_)
    if after != "remind":
        return NextStep("next_remind", REMIND, round_.owing)
    return NextStep("next_remind_send", (*REMIND, "--send" if round_.sends else DRAFTED), round_.reminders)


def _post_drafts(round_: Progress) -> NextStep:
    return NextStep("next_post_drafts_fetch", FETCH) if round_.fetches else NextStep("next_post_drafts", COLLECT)


def _wait(round_: Progress) -> NextStep:
    """Nothing is left to be done before the departments answer."""
    missing = round_.departments - round_.reported
    if round_.fetches:
        return NextStep("next_fetch", FETCH)
    if missing:
        return NextStep("next_wait", COLLECT, missing)
    return NextStep("next_wait_corrected" if round_.owing else "next_open", COLLECT, round_.owing)
