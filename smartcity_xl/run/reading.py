"""What strangers sent -> what it is and what it says. All of this runs in a child process: bytes in, data out.

Nothing else in a collection looks into the bytes of a parcel; ``collecting`` decides by what comes back.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.arrival.post import FORMS, Unpacked, unlike_its_name, unpack
from smartcity_xl.arrival.waiting import WaitingRoom
from smartcity_xl.books.beside import find_embedded
from smartcity_xl.books.identity import SURVEY_KIND
from smartcity_xl.books.opener import OpenWorkbook
from smartcity_xl.books.package import Refused
from smartcity_xl.confined import Confined, NotRead
from smartcity_xl.documents import read_material
from smartcity_xl.form.checks import check_workbook
from smartcity_xl.form.reading.workbook import open_workbook, read_submission
from smartcity_xl.model import Assignment, Catalog, Finding, Identity, Material, Origin, Parcel, Receipt, Submission
from smartcity_xl.results.earlier import EarlierValues
from smartcity_xl.rules.itself import Itself
from smartcity_xl.run.alike import Alike
from smartcity_xl.run.fingerprint import digest_known

_Found = TypeVar("_Found")
ReadBook = Callable[[Parcel], Submission | Finding | NotRead]
_NOTHING = Parcel("", b"", "")
_KEPT = 16 * 2**20
"""Bytes of sheets that stay open between the two looks at a workbook."""


class Ours(Struct, frozen=True):
    """A workbook of ours: what it says it is, and the files that were put into it as objects."""

    identity: Identity
    inside: tuple[Material, ...]


class Other(Struct, frozen=True):
    """What is no workbook of ours: the finding's code and parameters, and what can be known of it as material."""

    code: str
    parameters: dict[str, str]
    material: Material


class Remember(Protocol):
    """Makes of a reader one that need not read what was read before (``Readers``)."""

    def __call__(self, read: Callable[[Parcel], _Found], verb: str, *depends: object) -> Callable[[Parcel], _Found]: ...


def read_always(read: Callable[[Parcel], _Found], verb: str, *depends: object) -> Callable[[Parcel], _Found]:
    """Remember nothing."""
    return read


class Readers:
    """The readers of one collection, in their child process."""

    def __init__(
        self,
        confined: Confined,
        room: WaitingRoom,
        authserv: str = "",
        passwords: tuple[str, ...] = (),
        remember: Remember = read_always,
    ) -> None:
        """``remember`` makes of a reader, its name and what its answers depend on beside the parcel one that need not
        read what was read before."""
        self._confined, self._room, self._remember = confined, room, remember
        self._look = remember(confined.teach(_look), "look")
        inside = confined.teach(partial(_look_inside, authserv=authserv, passwords=passwords))
        self._look_inside = remember(inside, "look inside", authserv, passwords)
        self._alike = Alike()
        self._known: tuple[str, Ours | Other] | None = None
        """What the last parcel that is no container turned out to be: it was looked at in one go."""
        unpack(_NOTHING)  # reads our own tables of signs, once for all children

    def unpack(self, parcel: Parcel) -> Unpacked:
        """What a parcel holds, or the parcel itself where it is no container."""
        found = self._look_inside(parcel)
        match found:
            case Unpacked():
                return found
            case NotRead():
                finding = Finding(found.code, Origin(parcel.name), parameters=found.parameters)
                return Unpacked((), (Receipt(parcel.name, parcel.sha256, "rejected", "", (finding,)),))
        self._known = parcel.name, found
        return Unpacked((parcel,), ())

    def look(self, parcel: Parcel) -> Ours | Other | NotRead:
        """Whether a parcel is a workbook of ours, and which, or what else."""
        known, self._known = self._known, None
        return self._alike.share(known[1] if known and known[0] == parcel.name else self._look(parcel))

    def finish(self) -> None:
        """All is read."""
        self._confined.finish()

    def let_wait(self, parcel: Parcel) -> Parcel:
        """A workbook of ours without its bytes, which wait until it is known which round is read."""
        return self._room.put(parcel)

    def for_round(self, catalog: Catalog, assignment: Assignment, round_: Identity, before: EarlierValues) -> ReadBook:
        """The reader of the workbooks of a round: a parcel as ``let_wait`` gave it -> what it says, a finding of why it
        says nothing that counts, or why it could not be read."""
        read = self._confined.teach(partial(_read, Taught(catalog), Taught(assignment), round_, before))
        ask = self._remember(
            lambda parcel: read(self._room.fetch(parcel)), "read", digest_known(catalog), assignment, round_, before
        )
        return lambda parcel: self._alike.share(ask(parcel))


def _look_inside(parcel: Parcel, authserv: str, passwords: tuple[str, ...]) -> Unpacked | Ours | Other:
    """What a container holds; what else it is where it is none: its bytes need not travel back."""
    found = unpack(parcel, authserv, passwords)
    return _look(parcel) if found.parcels and found.parcels[0] is parcel else found


# --- workbooks -------------------------------------------------------------------------------------------------


class _OpenBooks:
    """Small workbooks that stay open, so that their round's reader need not open them again."""

    def __init__(self) -> None:
        self._books: dict[str, OpenWorkbook] = {}
        self._size = 0

    def open(self, parcel: Parcel) -> OpenWorkbook:
        """Raises Refused."""
        if known := self._books.pop(parcel.sha256, None):
            self._size -= _size(known)
            return replace(known, parcel=parcel)
        return open_workbook(parcel)

    def keep(self, book: OpenWorkbook) -> None:
        if book.parcel.sha256 in self._books or _size(book) > _KEPT:
            return
        self._books[book.parcel.sha256] = book
        self._size += _size(book)
        while self._size > _KEPT:  # the oldest may be of a round that was read, or never will be
            self._size -= _size(self._books.pop(next(iter(self._books))))


def _size(book: OpenWorkbook) -> int:
    return len(book.parcel.data) + sum(len(sheet.xml) for sheet in book.sheets.values())


_OPEN = _OpenBooks()


def _look(parcel: Parcel) -> Ours | Other:
    try:
        book = open_workbook(parcel)
        inside = tuple(_embedded(book))
    except Refused as reason:
        code, parameters = _as_material(parcel, reason)
        return Other(code, parameters, read_material(parcel, settled=code != "other-file"))
    _OPEN.keep(book)
    return Ours(book.identity, inside)


def _embedded(book: OpenWorkbook) -> Iterator[Material]:
    """The files that were put into a workbook as objects: they may be what its list of evidence names."""
    for sheet in book.sheets.values():
        for file in find_embedded(book.package, sheet.part):
            if file.data:
                sha256 = hashlib.sha256(file.data).hexdigest()
                name = f"{book.parcel.name}/{file.name}"
                yield read_material(replace(book.parcel, name=name, data=file.data, sha256=sha256))


def _as_material(parcel: Parcel, reason: Refused) -> tuple[str, dict[str, str]]:
    """A file that neither is nor claims to be a spreadsheet came along as supporting material."""
    if reason.code == "not-a-workbook" and (told := unlike_its_name(parcel.name, parcel.data)):
        return told
    if parcel.name.casefold().endswith(FORMS):
        return reason.code, reason.parameters
    others = {"not-a-workbook": "other-file", "damaged": "other-damaged", "old-workbook": "other-damaged"}
    return others.get(reason.code, reason.code), reason.parameters


class Taught(Generic[_Found]):
    """Something that travels to a child which has it already, as a rule: there it is the same thing each time, by which
    is found what was worked out of it. Cities of one system share it."""

    def __init__(self, one: _Found) -> None:
        self.one = one

    def __reduce__(self) -> tuple[Callable[[bytes], Taught[_Found]], tuple[bytes]]:
        return _unpack_taught, (_pack_taught(Itself(self.one)),)


@lru_cache(maxsize=4)
def _pack_taught(one: Itself[object]) -> bytes:
    return pickle.dumps(one.one, pickle.HIGHEST_PROTOCOL)


@lru_cache(maxsize=16)
def _unpack_taught(data: bytes) -> Taught[Any]:
    return Taught(pickle.loads(data))  # noqa: S301 - our own parent's: docs/decisions/0015


def _read(
    catalog_taught: Taught[Catalog],
    assignment_taught: Taught[Assignment],
    round_: Identity,
    before: EarlierValues,
    parcel: Parcel,
) -> Submission | Finding | NotRead:
    catalog, assignment = catalog_taught.one, assignment_taught.one
    try:
        book = _OPEN.open(parcel)
        if book.identity.kind == SURVEY_KIND:
            from smartcity_xl.office.survey.take import take_survey

            return take_survey(book, catalog, assignment, round_)
        return check_workbook(catalog, assignment, book, read_submission(book, catalog, assignment), before)
    except Refused as reason:
        return NotRead(reason.code, reason.parameters)
