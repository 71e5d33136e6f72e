"""An audit: the ledger proven against its store, every parcel in one state; and the putting back of what is lacking."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from smartcity_xl.arrival.inbox import is_litter, list_files, read_parcels, refuse_no_folder
from smartcity_xl.arrival.post import unpack_all
from smartcity_xl.arrival.waiting import WaitingRoom
from smartcity_xl.confined import Confined
from smartcity_xl.errors import UsageFault, XlscoreError
from smartcity_xl.ledger import (
    ANCHOR,
    LOST,
    Flaw,
    Ledger,
    Listed,
    Proof,
    audit_ledger,
    glance_ledger,
    mend_ledger,
    utc,
)
from smartcity_xl.model import Parcel
from smartcity_xl.results.conservation import Conservation, find_states
from smartcity_xl.run.orders import LookOrder, folder_beside
from smartcity_xl.run.reading import Readers

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place


class Audited(Struct, frozen=True):
    """What an audit came to. ``mended`` are the flaws that were there before a repair, ``left`` those that are there
    now; ``conserved`` is None where the database cannot be relied on."""

    proof: Proof
    left: tuple[Flaw, ...]
    mended: tuple[Flaw, ...]
    conserved: Conservation | None


def audit(
    order: LookOrder,
    now: datetime,
    repair: bool = False,
    inbox: Path | None = None,
    anchors: Sequence[str] = (),
    passwords: tuple[str, ...] = (),
) -> Audited:
    """Prove the ledger of an order; ``repair``: and put back what is lacking, of ``inbox`` or the round's own folders.

    Raises UsageFault (no ledger, no such inbox; an anchor that is too short), MachineFault.
    """
    if inbox:
        refuse_no_folder(inbox)
    for one in anchors:
        if len(one.strip()) < ANCHOR:
            raise UsageFault("anchor-short", found=one, least=ANCHOR)
    proof, mended = audit_ledger(order.ledger, utc(now), anchors), tuple[Flaw, ...]()
    if repair and proof.flaws:
        before = proof
        places = _places(order, inbox)
        wanted = {flaw.sha256 for flaw in proof.flaws if flaw.code in LOST}
        mend_ledger(order.ledger, utc(now), proof, _find_bytes(wanted, places, order.ledger, proof.sound, passwords))
        proof = audit_ledger(order.ledger, utc(now), anchors)
        mended = tuple(flaw for flaw in before.flaws if flaw not in proof.flaws)
    conserved, lost = _conserve(order.ledger, proof)
    return Audited(proof, (*proof.flaws, *lost), mended, conserved)


def _conserve(folder: Place, proof: Proof) -> tuple[Conservation | None, tuple[Flaw, ...]]:
    """In which state every parcel is, where the entries can be relied on and the last results are whole."""
    if not proof.sound:
        return None, ()
    try:
        with glance_ledger(folder) as ledger:
            found = find_states(ledger)
    except XlscoreError:  # the results of the last collection are gone, which is a flaw already
        return None, ()
    return found, tuple(Flaw("file-stateless", one.sha256, one.name) for one in found.lost)


class _Places(Struct, frozen=True):
    """Where lost bytes may still lie: ``inbox`` is read as a collection reads it, ``others`` file by file."""

    inbox: Path | None
    others: tuple[Path, ...]


def _places(order: LookOrder, inbox: Path | None) -> _Places:
    if order.settings is None:
        return _Places(inbox, (folder_beside(order.ledger),))
    folders = order.settings.folders
    return _Places(inbox or folders.inbox, (folder_beside(order.ledger), folders.summary, folders.drafts))


def _find_bytes(
    wanted: Collection[str], places: _Places, ledger: Place, sound: bool, passwords: tuple[str, ...]
) -> Iterator[bytes]:
    """The bytes of these hashes, as far as they lie anywhere: in the inbox, in mails and archives there and in the
    store, among what was written."""
    left = set(wanted)
    with Confined() as confined, WaitingRoom() as room:
        for parcel in _look_everywhere(places, ledger, sound, Readers(confined, room, "", passwords), left):
            if parcel.sha256 in left:
                left.remove(parcel.sha256)
                yield parcel.data
            if not left:
                return


def _look_everywhere(
    places: _Places, ledger: Place, sound: bool, readers: Readers, left: Collection[str]
) -> Iterator[Parcel]:
    if not left:
        return
    if places.inbox and places.inbox.is_dir():
        came = [one for one in list_files(places.inbox, None, ledger) if not (one.link or is_litter(one.name))]
        yield from read_parcels(came)
        yield from unpack_all(read_parcels(came), {}, readers.unpack)
    for folder in places.others:
        if folder.is_dir():
            yield from read_parcels(one for one in list_files(folder, None, ledger) if not one.link)
    if left and sound:
        with glance_ledger(ledger) as opened:
            yield from unpack_all(_read_whole(opened), {}, readers.unpack)


def _read_whole(ledger: Ledger) -> Iterator[Parcel]:
    """The parcels that the store holds whole."""
    for seen in {one.sha256: one for one in reversed(ledger.sightings())}.values():
        if ledger.store.holds(seen.sha256):
            yield from ledger.read_parcels([Listed(seen.name, seen.sha256)])
