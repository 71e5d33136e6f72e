"""What came: evidence, written material, people, and every file, as records."""

# No annotations as texts here: msgspec would evaluate each anew at every start that reads a record.

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from smartcity_xl.model import Automatic, FileState, Verb
from smartcity_xl.results.numbers import Score


class FileStatus(StrEnum):
    """What became of a file that came."""

    TAKEN = "taken"
    SUPERSEDED = "superseded"
    """A later one replaced it."""
    ASIDE = "aside"
    """The office has yet to let it in: shown, not scored."""
    EXCLUDED = "excluded"
    """The office has taken it out: shown, not scored."""
    ATTACHED = "attached"
    """Evidence or written material."""
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    IGNORED = "ignored"
    OPENED = "opened"
    """A mail or an archive; what it holds is listed by itself."""


class MaterialRecord(Struct, frozen=True):
    """A file that came along, and whose it is."""

    file: str
    sha256: str
    department: str | None = None


class NamedRecord(Struct, frozen=True):
    """A name in an evidence list, as typed, and the files it stands for."""

    indicator: str
    department: str
    title: str
    named: str
    state: FileState
    files: tuple[MaterialRecord, ...]
    file: str
    sheet: str
    cell: str


class EvidenceRecord(Struct, frozen=True):
    """``score_without``: the total without the indicators that lack evidence (``lacking``); ``unmentioned``: what
    nobody names."""

    score_without: Score | None
    lacking: tuple[str, ...]
    named: tuple[NamedRecord, ...]
    unmentioned: tuple[MaterialRecord, ...]


class WrittenRecord(Struct, frozen=True):
    """Written material held against its outline; the measures are None where it could not be read, ``findings`` are
    codes."""

    outline: str
    kind: str
    department: str | None
    file: str
    sha256: str
    title: str | None
    characters: int | None
    figures: int | None
    tables: int | None
    headings: tuple[str, ...]
    findings: tuple[str, ...]


class SaidRecord(Struct, frozen=True):
    """One of the things that is said of a person, and the files that say so."""

    text: str
    files: tuple[str, ...]


class PeopleRecord(Struct, frozen=True):
    """Field of the cover -> all that is said of it; ``missing`` are groups of fields of which one is needed."""

    department: str
    missing: tuple[tuple[str, ...], ...]
    said: Mapping[str, tuple[SaidRecord, ...]]
    findings: tuple[str, ...]


class MailRecord(Struct, frozen=True):
    """A mail's envelope. ``dated`` is by the sender's clock, ``received`` by the office's server; ``authentication`` is
    what that stated."""

    message_id: str
    sender: str
    sender_name: str
    subject: str
    dated: str | None
    received: str | None
    automatic: Automatic | None
    undelivered: tuple[str, ...]
    clouds: tuple[str, ...]
    authentication: Mapping[str, str]


class FileRecord(Struct, frozen=True):
    """A file that came, and what became of it. ``reasons`` are codes of findings, where it was not taken; ``container``
    is the hash of the file in the inbox that it came out of."""

    file: str
    sha256: str | None
    status: FileStatus
    department: str | None
    reasons: tuple[str, ...]
    container: str | None
    mail: MailRecord | None


class RulingRecord(Struct, frozen=True):
    """What the office said of a file: ``exclude`` or ``admit``, or (``undo``) that this holds no more. ``over`` are the
    findings over which it was admitted, ``at`` is an ISO moment by the clock that it was said by; ``holds``: it is
    still in force."""

    verb: Verb
    undo: bool
    file: str
    sha256: str
    over: tuple[str, ...]
    reason: str
    who: str
    at: str
    holds: bool
