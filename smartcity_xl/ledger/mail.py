"""What was fetched from mailboxes, and what became of every mail that was sent: before each step, and after it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Any

from msgspec import Struct

from smartcity_xl.ledger.database import Database
from smartcity_xl.ledger.store import Store


class Mail(Struct, frozen=True):
    """A mail in a folder of a mailbox. Its number (``uid``) means it only under the folder's UIDVALIDITY.

    ``sha256`` is empty for one that was not fetched because of its size (in bytes).
    """

    account: str
    folder: str
    validity: int
    uid: int
    size: int
    sha256: str = ""


class Step(StrEnum):
    """How far a mail has come. From DATA until the server's reply nobody can know whether it was taken."""

    BEGUN = "begun"
    DATA = "data"
    SENT = "sent"
    DEFERRED = "deferred"
    """Refused for now (4xx), or cut off before the server can have had all of it: it may be sent again."""
    REFUSED = "refused"


class Posting(Struct, frozen=True):
    """A mail as it was handed to a server, and how far it came; ``number`` counts the mails of one kind to one
    department in one campaign, from 1. ``attached`` are the hashes of its attachments, ``about`` those of the files
    that it answers. ``reply`` is what was said."""

    message_id: str
    kind: str
    campaign: str
    department: str
    number: int
    to: tuple[str, ...]
    cc: tuple[str, ...]
    attached: tuple[str, ...]
    step: Step = Step.BEGUN
    at: str = ""
    reply: str = ""
    about: tuple[str, ...] = ()

    def note(self) -> Mapping[str, str]:
        """What the store writes down beside the mail, so that a lost ledger still knows what was sent."""
        return {
            "posting": self.message_id, "kind": self.kind, "campaign": self.campaign, "department": self.department,
            "number": str(self.number), "to": _json(self.to), "cc": _json(self.cc), "attached": _json(self.attached),
            "step": self.step, "at": self.at, "reply": self.reply, "about": _json(self.about),
        }  # fmt: skip

    @classmethod
    def from_note(cls, note: Mapping[str, str]) -> Posting:
        return cls(
            note["posting"], note["kind"], note["campaign"], note["department"], int(note["number"]),
            _texts(note["to"]), _texts(note["cc"]), _texts(note["attached"]), Step(note["step"]), note["at"],
            note["reply"], _texts(note.get("about", "[]")),
        )  # fmt: skip


def is_posting(note: Mapping[str, str]) -> bool:
    """Whether a note of the store speaks of a mail that went out, and not of a parcel that came."""
    return "posting" in note


class MailBook:
    """The part of a ledger that speaks of mail. Its methods raise MachineFault as the ledger's do."""

    def __init__(
        self,
        database: Database,
        store: Store,
        transaction: Callable[[], AbstractContextManager[None]],
        guard: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._database, self._store, self._transaction, self._guard = database, store, transaction, guard

    def mails(self, account: str, folder: str) -> tuple[Mail, ...]:
        """What is known of a folder, under whatever UIDVALIDITY."""
        with self._guard():
            rows = self._database.execute(
                "SELECT account, folder, validity, uid, mail.size, coalesce(sha256, '') FROM mail "
                "LEFT JOIN parcel ON parcel.id = parcel WHERE (account, folder) = (?, ?) ORDER BY mail.id",
                (account, folder),
            ).fetchall()
        return tuple(Mail(*row) for row in rows)

    def fetched(self) -> frozenset[str]:
        """The hashes of all mails that were ever fetched, from whatever folder."""
        with self._guard():
            rows = self._database.execute("SELECT DISTINCT sha256 FROM mail JOIN parcel ON parcel.id = parcel")
            return frozenset(sha256 for (sha256,) in rows)

    def record_mail(self, mail: Mail, at: str) -> None:
        """A mail that was fetched (its parcel is kept already), or is too large to be."""
        with self._guard(), self._transaction():
            self._database.execute(
                "INSERT INTO mail (account, folder, validity, uid, size, parcel, at) "
                "VALUES (?, ?, ?, ?, ?, (SELECT id FROM parcel WHERE sha256 = ?), ?) ON CONFLICT DO NOTHING",
                (mail.account, mail.folder, mail.validity, mail.uid, mail.size, mail.sha256, at),
            )

    def postings(self, campaign: str = "", kind: str = "") -> tuple[Posting, ...]:
        """Every mail with its last step, the first first; of one campaign and kind where they are given."""
        with self._guard():
            return tuple(_postings(self._database, campaign, kind))

    def record_step(self, posting: Posting, mail: bytes | None = None) -> None:
        """A mail has come one step further: its bytes are kept (without any: those of its last step hold), then the
        step is entered. It survives a power cut once this has returned."""
        with self._guard():
            sha256 = self._store.put(mail) if mail is not None else self._last_mail(posting)
            self._store.settle()
            if posting.step is Step.DATA:
                self._note(sha256, posting)
            with self._transaction():
                enter_posting(self._database, posting, sha256)
            if posting.step not in (Step.BEGUN, Step.DATA):
                self._note(sha256, posting)

    def _last_mail(self, posting: Posting) -> str:
        (sha256,) = self._database.execute(
            "SELECT mail FROM posting_step JOIN posting ON posting.id = posting WHERE message_id = ? "
            "ORDER BY posting_step.id DESC",
            (posting.message_id,),
        ).fetchone()
        return str(sha256)

    def _note(self, sha256: str, posting: Posting) -> None:
        self._store.note(sha256, posting.note())
        self._store.settle()


def enter_posting(database: Database, posting: Posting, mail: str) -> None:
    """``mail`` is the hash of the mail's bytes. Runs inside a transaction."""
    database.execute(
        "INSERT INTO posting (message_id, kind, campaign, department, number, receivers, copies, attached, "
        "about) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (posting.message_id, posting.kind, posting.campaign, posting.department, posting.number,
         _json(posting.to), _json(posting.cc), _json(posting.attached), _json(posting.about)),
    )  # fmt: skip
    database.execute(
        "INSERT INTO posting_step (posting, step, mail, at, reply) SELECT id, ?, ?, ?, ? FROM posting "
        "WHERE message_id = ?",
        (posting.step, mail, posting.at, posting.reply, posting.message_id),
    )


def _postings(database: Database, campaign: str, kind: str) -> Iterator[Posting]:
    rows = database.execute(
        "SELECT message_id, kind, campaign, department, number, receivers, copies, attached, step, at, reply, "
        "about "
        "FROM posting JOIN posting_step AS last ON last.id = "
        "(SELECT max(id) FROM posting_step WHERE posting_step.posting = posting.id) "
        "WHERE ? IN ('', campaign) AND ? IN ('', kind) ORDER BY posting.id",
        (campaign, kind),
    )
    return map(_posting, rows)


def _posting(row: Sequence[Any]) -> Posting:
    message_id, kind, campaign, department, number, to, cc, attached, step, at, reply, about = row
    return Posting(
        message_id, kind, campaign, department, number, _texts(to), _texts(cc), _texts(attached), Step(step), at,
        reply, _texts(about),
    )  # fmt: skip


def read_steps(database: Database) -> Iterator[tuple[Posting, str]]:
    """Every step of every mail, in the order in which they were entered, with the hash of the mail's bytes."""
    rows = database.execute(
        "SELECT message_id, kind, campaign, department, number, receivers, copies, attached, step, at, reply, about, "
        "mail FROM posting_step JOIN posting ON posting.id = posting ORDER BY posting_step.id"
    )
    return ((_posting(row[:-1]), str(row[-1])) for row in rows)


def _json(texts: Sequence[str]) -> str:
    return json.dumps(list(texts), ensure_ascii=False)


def _texts(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))
