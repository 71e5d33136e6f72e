"""What the readers found in a parcel -> bytes, and back: so that one that is as it was need not be read again.

What is kept is what the child gave back, and nothing that could have been otherwise: no file that could not be read, or
could not be opened. What comes back is decoded as the types that it must have; anything else is read anew.
"""

from __future__ import annotations

import datetime
import logging
import math
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import TypeVar, cast

import msgspec
from msgspec.structs import replace

from smartcity_xl.arrival.post import Unpacked
from smartcity_xl.books.values import ErrorCell, FormulaCell, MarkedText, PictureCell
from smartcity_xl.errors import XlscoreError
from smartcity_xl.ledger import Memory
from smartcity_xl.model import Answer, Finding, Parcel, Submission
from smartcity_xl.run.fingerprint import digest_data, program_digest
from smartcity_xl.run.reading import Other, Ours

_Reading = TypeVar("_Reading")
_LOG = logging.getLogger(__name__)


class _Cell(msgspec.Struct):
    """A cell that is more than a text, a number or a truth: its kind, and what it takes to make it again."""

    kind: str
    text: str = ""
    inner: _Cell | str | int | float | bool | None = None


class _Remembered(msgspec.Struct, omit_defaults=True):
    """Just one of these was found. ``cells``: number of an answer in its submission -> what stood in its cell."""

    ours: Ours | None = None
    other: Other | None = None
    unpacked: Unpacked | None = None
    submission: Submission | None = None
    finding: Finding | None = None
    cells: dict[str, _Cell] = {}


def _write_fraction(value: object) -> str:
    if isinstance(value, Fraction):
        return str(value)
    raise TypeError(type(value))


def _read_other(kind: type, given: object) -> object:
    """What msgspec has no type for: fractions, and the content of a cell, which is looked at afterwards."""
    if kind is object:
        return given
    if kind is Fraction and isinstance(given, str):
        return Fraction(given)
    raise TypeError(kind)


_DECODER = msgspec.json.Decoder(_Remembered, dec_hook=_read_other)
_ENCODER = msgspec.json.Encoder(enc_hook=_write_fraction)


class Remembering:
    """Wraps the readers of one collection. ``fetch`` gives the bytes that the ledger keeps under a hash; it may raise
    as the store does."""

    def __init__(self, memory: Memory, fetch: Callable[[str], bytes]) -> None:
        self._memory, self._fetch = memory, fetch
        self.recalled = 0
        """How often nothing was read."""

    def __call__(self, read: Callable[[Parcel], _Reading], verb: str, *depends: object) -> Callable[[Parcel], _Reading]:
        """A reader that is asked only where it was not before: about the same bytes under the same name from the same
        sender, by the same program, and all that its answer ``depends`` on beside them."""
        by = digest_data(program_digest(), verb, *depends)

        def ask(parcel: Parcel) -> _Reading:
            key = digest_data(by, *(getattr(parcel, name) for name in _FACTS), repr(parcel.letter))
            kept = self._memory.get(key)
            if kept is not None and (known := self._recall(kept)) is not None:
                self.recalled += 1
                return cast(_Reading, known)  # what this reader gave under this key
            found = read(parcel)
            if packed := self._pack(parcel, found):
                self._memory.put(key, packed)
            return found

        return ask

    def _recall(self, kept: bytes) -> object | None:
        """What was kept, as it was found; None where that cannot be had."""
        try:
            found = _decode(kept)
            if isinstance(found, Unpacked):
                inside = tuple(replace(one, data=self._fetch(one.sha256)) for one in found.parcels)
                return replace(found, parcels=inside)
        except (msgspec.MsgspecError, XlscoreError, ValueError, TypeError, KeyError, RecursionError) as error:
            _LOG.warning("what was remembered is read anew: %s", error)
            return None
        return found

    def _pack(self, parcel: Parcel, found: object) -> bytes | None:
        """What was found as bytes; None where it might be otherwise another time, or does not come back as it was."""
        if isinstance(found, Unpacked):
            if parcel in found.parcels or any(one.status == "rejected" for one in found.receipts):
                return None
            found = replace(found, parcels=tuple(replace(one, data=b"") for one in found.parcels))
        try:
            kept = _encode(found)
            return kept if kept is not None and (isinstance(found, Submission) or _is_same(found, kept)) else None
        except (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError):
            return None


_FACTS = ("sha256", "name", "container", "sender", "received")


def _is_same(found: object, kept: bytes) -> bool:
    """Whether something comes back as it was; zones of times are no part of what is equal. Of a submission nobody need
    look: all that it holds comes back by its type, but for what was typed into a cell, which is held as it is
    (``_Cell``)."""
    back = _decode(kept)
    return found == back and repr(found) == repr(back)


def _encode(found: object) -> bytes | None:
    match found:
        case Ours():
            return _ENCODER.encode(_Remembered(ours=found))
        case Other():
            return _ENCODER.encode(_Remembered(other=found))
        case Unpacked():
            return _ENCODER.encode(_Remembered(unpacked=found))
        case Finding():
            return _ENCODER.encode(_Remembered(finding=found))
        case Submission():
            packed = ((number, _pack_cell(cells[key].typed.cell)) for number, cells, key in _typed(found))
            return _ENCODER.encode(
                _Remembered(submission=found, cells={n: one for n, one in packed if one is not None})
            )
    return None


def _decode(kept: bytes) -> object:
    """Raises msgspec.MsgspecError, ValueError, TypeError."""
    one = _DECODER.decode(kept)
    if one.submission:
        for number, cells, key in _typed(one.submission):
            answer = cells[key]
            if number in one.cells:
                typed = replace(answer.typed, cell=_unpack_cell(one.cells[number]))
                cast(dict[str, Answer], cells)[key] = replace(answer, typed=typed)
            elif not isinstance(answer.typed.cell, str | int | float | None):
                raise TypeError(type(answer.typed.cell))
    found = [part for part in (one.ours, one.other, one.unpacked, one.submission, one.finding) if part is not None]
    if len(found) != 1:
        raise ValueError(len(found))
    return found[0]


def _typed(submission: Submission) -> Iterator[tuple[str, Mapping[str, Answer], str]]:
    """Every answer that was typed: a number for it, and where it is held."""
    held = [submission.answers, *(row.cells for table in submission.tables.values() for row in table.rows)]
    return (
        (f"{number}", cells, key)
        for number, (cells, key) in enumerate((cells, key) for cells in held for key in list(cells))
    )


_PLAIN = 2**53
"""Numbers below are the same in every program that writes numbers as text."""


def _pack_cell(cell: object) -> _Cell | None:
    """What must be said of a cell beside its plain value; None where nothing must. Raises TypeError, ValueError."""
    match cell:
        case None | str() | bool():
            return None
        case int() | float() if math.isfinite(cell) and abs(cell) < _PLAIN:
            return None
        case datetime.datetime() | datetime.date() | datetime.time():
            return _Cell(type(cell).__name__, cell.isoformat())
        case ErrorCell():
            return _Cell("error", cell.text)
        case MarkedText():
            return _Cell("marked", cell.shown)
        case PictureCell():
            return _Cell("picture")
        case FormulaCell():
            return _Cell("formula", cell.formula, _pack_cell(cell.cached) or cell.cached)  # type: ignore[arg-type]
    raise TypeError(type(cell))


_MADE: dict[str, Callable[[_Cell], object]] = {
    "datetime": lambda one: datetime.datetime.fromisoformat(one.text),
    "date": lambda one: datetime.date.fromisoformat(one.text),
    "time": lambda one: datetime.time.fromisoformat(one.text),
    "error": lambda one: ErrorCell(one.text),
    "marked": lambda one: MarkedText(one.text),
    "picture": lambda _: PictureCell(),
    "formula": lambda one: FormulaCell(
        one.text, _unpack_cell(one.inner) if isinstance(one.inner, _Cell) else one.inner
    ),
}


def _unpack_cell(one: _Cell) -> object:
    """Raises KeyError, ValueError."""
    return _MADE[one.kind](one)
