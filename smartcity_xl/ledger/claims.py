"""What the entries of a ledger say of its store: which objects there must be, and which notes may stand beside them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from smartcity_xl.ledger import asking, entering
from smartcity_xl.ledger.database import Database
from smartcity_xl.ledger.mail import Posting, Step, read_steps
from smartcity_xl.ledger.store import Store

_HASH = re.compile("[0-9a-f]{64}")
_SPARE = 5
"""A ledger that was rebuilt may count the office's words by so many more."""


class Claims(Struct):
    """What the entries say of objects: hash -> its name for people, and the notes that may stand beside it."""

    names: dict[str, str] = field(default_factory=dict)
    notes: dict[str, list[Mapping[str, str]]] = field(default_factory=dict)
    begun: dict[str, Posting] = field(default_factory=dict)
    """Hash of a mail -> its posting, where the last thing entered is that it is about to go out."""

    def add(self, sha256: str, name: str, note: Mapping[str, str] | None = None) -> None:
        self.names.setdefault(sha256, plain(name))
        if note:
            self.notes.setdefault(sha256, []).append(note)

    def allow(self, sha256: str, note: Mapping[str, str]) -> bool:
        """Whether a note may stand beside an object. That a mail is being handed over is noted before it is entered."""
        if note in self.notes.get(sha256, ()):
            return True
        begun = self.begun.get(sha256)
        return begun is not None and note == replace(begun, step=Step.DATA, at=note.get("at", "")).note()


def plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def read_claims(database: Database, store: Store) -> Claims:
    claims = Claims()
    for sha256, size, name, source, sender, received in database.execute(
        "SELECT sha256, size, name, source, sender, coalesce(nullif(sighting.received, ''), parcel.received) "
        "FROM sighting JOIN parcel ON parcel.id = parcel ORDER BY sighting.id"
    ):
        claims.add(sha256, name, entering.Arrival(sha256, size, name, source, sender, received).note())
    for (sha256,) in database.execute("SELECT sha256 FROM parcel ORDER BY id"):
        claims.add(sha256, "")
    for sha256, at in database.execute("SELECT results, at FROM run ORDER BY id"):
        claims.add(sha256, f"results.json {at}")
    for posting, mail in read_steps(database):
        if posting.step is Step.BEGUN:
            claims.begun[mail] = posting
        else:
            claims.begun.pop(mail, None)
        claims.add(mail, posting.message_id, None if posting.step is Step.BEGUN else posting.note())
    rulings = asking.rulings(database)
    for number, ruling in enumerate(rulings, 1):
        numbers = (number, *range(1, 2 * len(rulings) + _SPARE))  # a ledger that was rebuilt may count otherwise
        hashes = [hashlib.sha256(entering.write_ruling(ruling, one)).hexdigest() for one in numbers]
        sha256 = next((one for one in hashes if store.lies(store.path(one))), hashes[0])
        claims.add(sha256, f"{ruling.verb} {ruling.file}", entering.note_ruling(ruling))
    return claims


def words_of_office(database: Database) -> Iterator[bytes]:
    """The bytes under which the store keeps what the office said, as far as the entries tell them."""
    for number, ruling in enumerate(asking.rulings(database), 1):
        yield entering.write_ruling(ruling, number)


def read_notes(database: Database, store: Store) -> Mapping[str, Sequence[Mapping[str, str]]]:
    """The notes that may stand beside each object, by the entries."""
    return read_claims(database, store).notes


def is_object(store: Store, path: Path) -> bool:
    """Whether a path is where an object of that name lies."""
    return bool(_HASH.fullmatch(path.name)) and path == store.path(path.name)
