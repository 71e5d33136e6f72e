"""An audit of a ledger's folder while nobody writes, and the mending of what can be mended on the word of a hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger.audit import Flaw, Proof, prove
from smartcity_xl.ledger.claims import read_notes, words_of_office
from smartcity_xl.ledger.door import DATABASE, LOCK, STORE, UNCLAIMED, Ledger
from smartcity_xl.ledger.faults import machine_faults
from smartcity_xl.ledger.lock import Lock
from smartcity_xl.ledger.opening import open_ledger
from smartcity_xl.ledger.schema import is_read_only
from smartcity_xl.ledger.store import Store
from smartcity_xl.ledger.unclaimed import ARRIVAL, enter_noted, set_apart, set_object_apart

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place, Served

LOST = frozenset({"object-missing", "object-altered"})
"""Flaws that the right bytes mend."""


def audit_ledger(folder: Place, at: str, anchors: Sequence[str] = ()) -> Proof:
    """What a ledger's folder, or its server, holds against what was entered. ``at`` is now (UTC).

    Raises UsageFault where there is neither database nor store, MachineFault (somebody is writing; it cannot be read;
    it is of another version).
    """
    if not isinstance(folder, Path):
        return _audit_served(folder, anchors)
    if not ((folder / DATABASE).is_file() or (folder / STORE).is_dir()):
        raise UsageFault("ledger-missing", path=str(folder))
    with machine_faults(folder), nobody_else(folder, at):
        return prove(folder / DATABASE, Store(folder / STORE), anchors)


def _audit_served(place: Served, anchors: Sequence[str]) -> Proof:
    from smartcity_xl.ledger.postgres.opening import held  # not at the top: an optional extra
    from smartcity_xl.ledger.postgres.proving import prove_served

    with held(place) as database:
        return prove_served(database, anchors)


@contextmanager
def nobody_else(folder: Path, at: str) -> Iterator[None]:
    """Hold the ledger's lock, where whoever asks can hold it."""
    try:
        lock = None if is_read_only(folder) else Lock(folder / LOCK, at)
    except PermissionError:  # somebody who may read, and not write
        lock = None
    try:
        yield
    finally:
        if lock:
            lock.close()


def mend_ledger(folder: Place, at: str, proof: Proof, found: Iterable[bytes]) -> None:
    """Put back the bytes that are lacking, of ``found`` and of what lies in the store under other names; and where the
    database is sound, make store and entries agree again.

    Notes are written anew by the entries; parcels that have a note and no entry are entered; what belongs to no entry
    goes into a folder beside the store. Nothing is deleted. Raises MachineFault.
    """
    lost = {flaw.sha256 for flaw in proof.flaws if flaw.code in LOST}
    with machine_faults(folder), _store_of(folder, at) as store:
        for path, digest in list(store.files()):
            if digest in lost and not store.holds(digest):
                store.restore(store.read(path))
        for data in found:
            store.restore(data)
        store.settle()
    if proof.sound:
        with open_ledger(folder, at) as ledger, machine_faults(folder):
            _agree(ledger, proof.flaws)


@contextmanager
def _store_of(place: Place, at: str) -> Iterator[Store]:
    """The store of a ledger while nobody else writes, without bundles that are damaged."""
    if isinstance(place, Path):
        with nobody_else(place, at):
            store = Store(place / STORE)
            store.prepare()
            store.loosen_damaged(place / UNCLAIMED)
            yield store
        return
    from smartcity_xl.ledger.postgres.opening import held
    from smartcity_xl.ledger.postgres.store import RemoteStore

    with held(place) as database:
        yield RemoteStore(database)


def _agree(ledger: Ledger, flaws: Sequence[Flaw]) -> None:
    store, database = ledger.store, ledger.database
    lost = {flaw.sha256 for flaw in flaws if flaw.code in LOST}
    for data in words_of_office(database):
        if hashlib.sha256(data).hexdigest() in lost:
            store.restore(data)
    right = read_notes(database, store)
    for flaw in flaws:
        if flaw.code in ("note-missing", "note-altered"):
            if note := _choose(right.get(flaw.sha256, ())):
                store.note(flaw.sha256, note)
            else:
                set_apart(store, store.note_path(flaw.sha256))
        elif flaw.code == "note-alone":
            set_apart(store, store.note_path(flaw.sha256))
        elif flaw.code == "file-strange":
            set_apart(store, store.folder / flaw.file)
        elif flaw.code == "object-unclaimed" and not enter_noted(ledger, flaw.sha256):
            set_object_apart(store, flaw.sha256)
    store.settle()


def _choose(notes: Sequence[Mapping[str, str]]) -> Mapping[str, str] | None:
    """Of the notes that may stand beside an object, that of the last step, or of the first arrival."""
    others = [note for note in notes if note.keys() != ARRIVAL]
    return others[-1] if others else min(notes, key=lambda note: note["received"], default=None)
