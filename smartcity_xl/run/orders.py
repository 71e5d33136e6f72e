"""What a run is to do: as a person says, else as a campaign's settings say, else by default."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import LEDGER_FOLDER, Keeping, parse_moment, utc
from smartcity_xl.messages import label
from smartcity_xl.model import CampaignSettings, Roster
from smartcity_xl.office.campaign import read_campaign
from smartcity_xl.run.collecting import open_previous
from smartcity_xl.run.rounds import choose_campaign, open_roster
from smartcity_xl.run.systems import Choice

_TEMPLATES, _SUMMARY = Path("templates-out"), Path("summary-out")


@dataclass(frozen=True, slots=True)
class TemplateOrder:
    """What ``make_templates`` is to write; None where the assignment says it."""

    out: Path
    choice: Choice
    round: str | None = None
    city: str | None = None
    deadline: str | None = None


@dataclass(frozen=True, slots=True)
class CollectOrder:
    """What ``collect`` is to read and to write."""

    inbox: Path
    out: Path
    choice: Choice
    ledger: Path
    roster: Roster | None = None
    authserv: str = ""
    decisions: Path | None = None
    return_by: str = ""

    def keeping(self, now: datetime, as_of: str, tell: Callable[..., None]) -> Keeping:
        """How the ledger is kept, now or as of a moment. Raises UsageFault."""
        return Keeping(self.ledger, utc(now), parse_moment(as_of) if as_of else "", tell)


@dataclass(frozen=True, slots=True)
class CheckOrder:
    """How ``check`` is to look at files: as ``collect`` would, beside what the ledger knows of its inbox; alone where
    ``inbox`` or ``ledger`` is None."""

    choice: Choice
    inbox: Path | None = None
    out: Path | None = None
    ledger: Path | None = None
    roster: Roster | None = None
    authserv: str = ""


def order_templates(
    campaign: Path | None,
    chosen: Choice,
    out: Path | None = None,
    round_: str | None = None,
    city: str | None = None,
    deadline: str | None = None,
) -> TemplateOrder:
    """Raises UsageFault, MachineFault, CampaignFault."""
    settings = _open_settings(campaign, chosen)
    if settings is None:
        return TemplateOrder(out or _TEMPLATES, chosen, round_, city, deadline)
    return TemplateOrder(
        out or settings.folders.templates,
        choose_campaign(settings),
        round_ or settings.round,
        city or settings.city,
        deadline or settings.deadline.date().isoformat(),
    )


def order_collection(
    campaign: Path | None,
    chosen: Choice,
    inbox: Path | None = None,
    out: Path | None = None,
    ledger: Path | None = None,
    decisions: Path | None = None,
    return_by: str = "",
    previous: Sequence[Path] = (),
    back: bool = False,
) -> CollectOrder:
    """A campaign's own decision workbook counts as soon as it is there, but not when looking ``back``: then the ledger
    says what was decided. Raises as ``order_templates``, CatalogFault."""
    settings = _open_settings(campaign, chosen)
    roster, authserv = None, ""
    if settings:
        inbox, out = inbox or settings.folders.inbox, out or settings.folders.summary
        ledger = ledger or settings.folders.store
        chosen, roster, authserv = choose_campaign(settings), open_roster(settings), settings.mailbox.authserv
        return_by = return_by or settings.deadline.date().isoformat()
        decided = out / label("file.decisions")
        decisions = decisions or (decided if decided.exists() and not back else None)
    if inbox is None:
        raise UsageFault("inbox-unnamed")
    out = out or _SUMMARY
    chosen = replace(chosen, previous=open_previous(previous))
    return CollectOrder(inbox, out, chosen, ledger or out / LEDGER_FOLDER, roster, authserv, decisions, return_by)


def order_check(
    campaign: Path | None,
    chosen: Choice,
    inbox: Path | None = None,
    ledger: Path | None = None,
    previous: Sequence[Path] = (),
) -> CheckOrder:
    """Raises as ``order_collection``."""
    settings = _open_settings(campaign, chosen)
    if settings is None:
        chosen = replace(chosen, previous=open_previous(previous))
        return CheckOrder(chosen, inbox, ledger.parent if ledger else None, ledger)
    order = order_collection(campaign, chosen, inbox, None, ledger, previous=previous)
    return CheckOrder(order.choice, order.inbox, order.out, order.ledger, order.roster, order.authserv)


def find_ledger(campaign: Path | None, ledger: Path | None = None) -> Path:
    """The folder of the ledger that a command speaks to. Raises as ``order_templates``."""
    settings = read_campaign(campaign) if campaign else None
    return ledger or (settings.folders.store if settings else _SUMMARY / LEDGER_FOLDER)


def _open_settings(campaign: Path | None, chosen: Choice) -> CampaignSettings | None:
    """A campaign's settings, where one is named. They say which systems and which assignment: nothing else may."""
    if campaign and (chosen.systems or chosen.assignment_book):
        raise UsageFault("campaign-and-options", path=campaign)
    return read_campaign(campaign) if campaign else None
