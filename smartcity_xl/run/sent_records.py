"""Records that came by mail or in an archive: what strangers sent is opened in a child process."""

from __future__ import annotations

import hashlib
from pathlib import Path

from msgspec import Struct

from smartcity_xl.arrival.inbox import shown_name
from smartcity_xl.confined import Confined, NotRead
from smartcity_xl.errors import ResultsFault, unread
from smartcity_xl.messages import word_finding
from smartcity_xl.model import Finding, Origin, Parcel

_CONTAINERS = frozenset({".eml", ".emlx", ".msg", ".mbox", ".zip", ".rar", ".7z", ".tar", ".tgz", ".gz"})
_SIGN = b"xlscore-results/"
_BEGINNING = 512
"""Bytes in which a record says what it is."""


class _Sent(Struct, frozen=True):
    """The records in a mail or an archive by their names, and why something in it could not be opened."""

    records: tuple[tuple[str, bytes], ...]
    troubles: tuple[Finding, ...]


def holds_records(path: Path) -> bool:
    """Whether a file may hold records rather than be one."""
    return path.suffix.lower() in _CONTAINERS and path.is_file()


def unpack_records(path: Path) -> tuple[tuple[str, bytes], ...]:
    """The records in a mail or an archive, by their names inside. Raises ResultsFault where there is none, and says
    what could not be opened; MachineFault."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise unread(path, error, ResultsFault) from error
    parcel = Parcel(shown_name(Path(path.name)), data, hashlib.sha256(data).hexdigest())
    with Confined() as confined:
        found = confined.teach(_unpack)(parcel)
    if isinstance(found, NotRead):
        found = _Sent((), (Finding(found.code, Origin(parcel.name), parameters=dict(found.parameters)),))
    if not found.records:
        raise _WithoutRecords(path, found.troubles)
    return found.records


class _WithoutRecords(ResultsFault):
    """A mail or an archive without a record."""

    def __init__(self, path: Path, troubles: tuple[Finding, ...]) -> None:
        super().__init__("province-sent-nothing", path=str(path))
        self.faults = tuple(_Trouble(one) for one in troubles)
        self.parameters["faults"] = ""


class _Trouble(Struct, frozen=True):
    """A finding that can say itself as a fault does."""

    finding: Finding

    def words(self, language: str = "zh") -> str:
        return str(word_finding(self.finding, language))


def _unpack(parcel: Parcel) -> _Sent:
    from smartcity_xl.arrival.post import unpack  # in the child

    opened = unpack(parcel)
    records = tuple((one.name, one.data) for one in opened.parcels if _SIGN in one.data[:_BEGINNING])
    return _Sent(records, tuple(finding for receipt in opened.receipts for finding in receipt.findings))
