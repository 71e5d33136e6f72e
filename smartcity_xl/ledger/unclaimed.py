"""What lies in the store and no entry speaks of: left by a run that was cut off between keeping and entering."""

from __future__ import annotations

from pathlib import Path

from smartcity_xl.ledger import entering
from smartcity_xl.ledger.claims import is_object, read_claims
from smartcity_xl.ledger.door import UNCLAIMED, Ledger
from smartcity_xl.ledger.mail import Posting, enter_posting, is_posting
from smartcity_xl.ledger.store import Store

ARRIVAL = frozenset({"name", "source", "sender", "received"})
"""What a note says of a parcel that came."""


def settle_unclaimed(ledger: Ledger) -> int:
    """Enter what says of itself how it came, and put the rest beside the store; nothing is deleted. Gives how many
    objects that were. Looks at names alone: whether the bytes are what their names say is the matter of an audit.

    Raises OSError, sqlite3.Error.
    """
    store, names = ledger.store, read_claims(ledger.database, ledger.store).names
    left = [path for path in store.objects() if path.name not in names and is_object(store, path)]
    for path in left:
        if not enter_noted(ledger, path.name):
            set_object_apart(store, path.name)
    store.settle()
    return len(left)


def enter_noted(ledger: Ledger, sha256: str) -> bool:
    """Enter what a note in the store says of an object that no entry knows, if it says enough."""
    note = ledger.store.read_note(sha256)
    if not note or not (note.keys() == ARRIVAL or is_posting(note)):
        return False
    try:
        with ledger.transaction():
            if is_posting(note):
                enter_posting(ledger.database, Posting.from_note(note), sha256)
            else:
                size = ledger.store.size(sha256)
                entering.enter_arrivals(ledger.database, [entering.Arrival.from_note(sha256, size, note)], ledger.at)
    except (KeyError, ValueError):
        return False
    return True


def set_object_apart(store: Store, sha256: str) -> None:
    set_apart(store, store.path(sha256))
    set_apart(store, store.note_path(sha256))


def set_apart(store: Store, path: Path) -> None:
    """Move a file out of the store; where it lies in a bundle, what else lies there is laid out as files first."""
    apart = store.folder.parent / UNCLAIMED
    if bundle := store.bundle_of(path):
        store.loosen(bundle, apart)
    if store.lies(path):
        store.set_apart(path, apart)
