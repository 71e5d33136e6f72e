"""One round of collection, as an office sets it up: what is evaluated, until when, where things lie, whom to write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from smartcity_xl.model.letters import fold_address
from smartcity_xl.model.periods import Period
from smartcity_xl.model.place import Place
from smartcity_xl.model.settings import Settings
from smartcity_xl.model.terms import RoundTerms

BOOK = ".xlsx"


class Login(StrEnum):
    """How a mailbox is opened: with a password or authorisation code (授权码), or with a token."""

    BASIC = "basic"
    XOAUTH2 = "xoauth2"


class Security(StrEnum):
    """How a connection is kept from being read on the way: from its first byte, from STARTTLS on, or not at all."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"


class Folders(Struct, frozen=True):
    """Where a campaign's files lie. Only the ledger (``store``) may lie on a server."""

    templates: Path
    inbox: Path
    summary: Path
    store: Place
    drafts: Path

    @property
    def here(self) -> tuple[Path, ...]:
        """Those that are folders."""
        places = (self.templates, self.inbox, self.summary, self.store, self.drafts)
        return tuple(place for place in places if isinstance(place, Path))


class Sender(Struct, frozen=True):
    """Who signs the letters, and the address they come from; "" where nothing is sent."""

    name: str
    address: str


class Mailbox(Struct, frozen=True):
    """The servers and the account. A host of "" is not used. No secret stands here.

    ``authserv`` is the name under which the office's own mail server states what it found out about senders; "" where
    nothing of the kind is believed.
    """

    imap_host: str
    imap_port: int
    imap_security: Security
    smtp_host: str
    smtp_port: int
    smtp_security: Security
    user: str
    folder: str
    login: Login
    authserv: str


class CampaignSettings(Struct, frozen=True):
    """A campaign's settings file.

    ``systems`` are built-in ids or folders; ``assignment`` is a built-in id, or the path of the workbook that shares
    them all out. ``deadline`` and ``contacts_deadline`` know their time zone. ``outlines`` are ids of outlines for
    written material; None: those of the notice. ``previous`` are the results of the round before; None: those that lie
    beside the file. ``period``, ``contacts_deadline``, ``basis`` and ``recipients`` are
    None where the file does not name them.
    """

    path: Path
    city: str
    round: str
    systems: tuple[str, ...]
    assignment: str
    deadline: datetime
    outlines: tuple[str, ...] | None
    roster: Path
    folders: Folders
    sender: Sender
    mailbox: Mailbox
    rules: Settings
    period: Period | None = None
    contacts_deadline: datetime | None = None
    basis: str | None = None
    recipients: tuple[str, ...] | None = None
    phone: str = ""
    address: str = ""
    previous: tuple[Path, ...] | None = None

    @property
    def terms(self) -> RoundTerms:
        """What the file says of its round; each day in the zone of its deadline."""
        contacts = self.contacts_deadline.date().isoformat() if self.contacts_deadline else None
        return RoundTerms(
            self.period, self.deadline.date().isoformat(), contacts, self.basis, self.recipients,
            self.phone, self.sender.address, self.address,
        )  # fmt: skip

    @property
    def assignment_book(self) -> Path | None:
        """The office's own assignment; None for a built-in one."""
        return Path(self.assignment) if self.assignment.endswith(BOOK) else None


class Person(Struct, frozen=True):
    """Somebody at a department; what is not known is ""."""

    name: str = ""
    post: str = ""
    phone: str = ""
    addresses: tuple[str, ...] = ()


class RosterEntry(Struct, frozen=True):
    """Whom to write to at a department: the contact (To), with the deputy in copy."""

    department: str
    aliases: tuple[str, ...]
    leader: Person
    contact: Person
    deputy: Person

    @property
    def addresses(self) -> tuple[str, ...]:
        return (*self.contact.addresses, *self.deputy.addresses)


class Roster(Struct, frozen=True):
    """Department -> whom to write to, in the order of the assignment. No address stands under two departments."""

    entries: Mapping[str, RosterEntry]

    def department_of(self, address: str) -> str:
        """The department an address belongs to, whatever its capitals; "" for a stranger's."""
        folded = fold_address(address)
        return next((key for key, entry in self.entries.items() if folded in map(fold_address, entry.addresses)), "")
