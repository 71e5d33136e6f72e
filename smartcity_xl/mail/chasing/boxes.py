"""Which boxes may be written to: not our own, not one that a bounce marked, and for a reminder not twice a day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, tzinfo
from enum import StrEnum

from msgspec import Struct

from smartcity_xl.ledger import Posting, Step, parse_utc
from smartcity_xl.model import RosterEntry

TAKEN = (Step.SENT, Step.DATA)
"""Steps after which a mail lies in its box, or may."""


class Why(StrEnum):
    """Why somebody is left alone; "" where nothing stands against it."""

    NOTHING = ""
    NO_ADDRESS = "no_address"
    OWN_BOX = "own_box"
    UNREACHABLE = "unreachable"
    WRITTEN_TODAY = "written_today"
    WAITS_FOR_OFFICE = "waits_for_office"
    """A workbook came from somebody who is not in the roster: the office has yet to admit it."""
    NOTHING_OPEN = "nothing_open"
    AUTOMATIC = "automatic"
    """A program wrote the mail, or may have."""
    ANSWERED = "answered"
    NO_FORM = "no_form"
    """No workbook that somebody sent: it came along, came twice, or lies inside another."""
    NOBODY = "nobody"
    """It came from somebody who is in no department's roster."""


class Left(Struct, frozen=True):
    """Somebody who is left alone; ``file`` where it is about one."""

    department: str
    why: Why
    file: str = ""


class Boxes(Struct, frozen=True):
    """What is known of boxes; all addresses in small letters."""

    own: Collection[str] = frozenset()
    unreachable: Collection[str] = frozenset()
    written: Collection[str] = frozenset()
    """Those that have had a mail of ours today."""


def address_box(entry: RosterEntry | None, boxes: Boxes) -> tuple[tuple[str, ...], tuple[str, ...], Why]:
    """Whom to write to at a department, and in copy; the contact must be reachable, a deputy who is not is left out."""
    to = entry.contact.addresses[:1] if entry else ()
    if entry is None or not to:
        return (), (), Why.NO_ADDRESS
    if to[0].casefold() in boxes.own:
        return to, (), Why.OWN_BOX
    if to[0].casefold() in boxes.unreachable:
        return to, (), Why.UNREACHABLE
    cc = tuple(
        address
        for address in entry.deputy.addresses[:1]
        if address.casefold() not in {*boxes.own, *boxes.unreachable, to[0].casefold()}
    )
    return to, cc, Why.NOTHING


def unreachable_boxes(bounced: Mapping[str, str], heard: Mapping[str, str]) -> frozenset[str]:
    """The addresses that a bounce named, unless something has come from there since. Address -> last moment (UTC)."""
    return frozenset(address for address, at in bounced.items() if heard.get(address, "") <= at)


def written_boxes(postings: Iterable[Posting], now: datetime, zone: tzinfo | None) -> frozenset[str]:
    """The boxes that have had a mail of ours on this day of a zone, or may have."""
    today = now.astimezone(zone).date()
    return frozenset(
        address.casefold()
        for one in postings
        if one.step in TAKEN and parse_utc(one.at).astimezone(zone).date() == today
        for address in (*one.to, *one.cc)
    )
