"""A parcel -> the parcels inside it, in any nesting, and a receipt for every container and for all that was not taken.

What opens mails and archives is loaded for the first of them: most rounds have workbooks alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from smartcity_xl.arrival.post.foreign import recognise
from smartcity_xl.arrival.post.kinds import kind_of
from smartcity_xl.model import Finding, Origin, Parcel, Receipt


class Unpacked(Struct, frozen=True):
    """``parcels`` go on as if each lay in the folder; ``receipts`` are for containers and for what was not taken."""

    parcels: tuple[Parcel, ...]
    receipts: tuple[Receipt, ...]


def unpack(parcel: Parcel, authserv: str = "", passwords: tuple[str, ...] = ()) -> Unpacked:
    """What a parcel holds, or the parcel itself where it is no container.

    ``authserv`` is the name under which the office's own mail server writes Authentication-Results; ``passwords`` are
    tried on what is locked.
    """
    if not kind_of(parcel.name, parcel.data) and not recognise(parcel.name, parcel.data):
        return Unpacked((parcel,), ())
    from smartcity_xl.arrival.post.opening import open_parcel

    return Unpacked(*open_parcel(parcel, authserv, passwords))


def unpack_all(
    files: Iterable[Parcel], receipts: dict[str, Receipt], take_apart: Callable[[Parcel], Unpacked]
) -> Iterator[Parcel]:
    """All that came, with mails and archives unpacked by ``take_apart``; their receipts are added.

    A file that lies in the inbox twice is passed on once. What lies in mails and archives is passed on as often as it
    came: when, and from whom, is in each of them.
    """
    first_of: dict[str, str] = {}
    for file in files:
        first = first_of.setdefault(file.sha256, file.name)
        if first != file.name:
            receipts[file.name] = receive_again(file, first)
            continue
        unpacked = take_apart(file)
        receipts.update((receipt.parcel, receipt) for receipt in unpacked.receipts)
        yield from unpacked.parcels


def receive(parcel: Parcel, status: str, department: str, *findings: Finding) -> Receipt:
    """What became of a parcel."""
    return Receipt(parcel.name, parcel.sha256, status, department, findings, parcel.container, parcel.letter)


def receive_again(parcel: Parcel, first: str) -> Receipt:
    """A parcel whose very bytes had come before."""
    return receive(parcel, "duplicate", "", Finding("duplicate-file", Origin(parcel.name), parameters={"first": first}))
