"""A folder of this machine -> a place, so that nobody ever finds half of it there, and nobody's work is lost.

What is new is put aside first; then the manifest says what is to be moved where; then the storage itself moves it; then
the manifest says that all is in place. Whoever comes upon one that was left in the middle goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec.structs import replace

from smartcity_xl.errors import MachineFault
from smartcity_xl.storage.folder import StorageFolder, do_at_once
from smartcity_xl.storage.manifest import (
    MOVING,
    OWN,
    WHOLE,
    WORKING,
    PlaceManifest,
    read_manifest,
    sign,
    write_manifest,
)

_ASIDE = f"{OWN}-new"


def settle(place: StorageFolder) -> PlaceManifest | None:
    """What stands there, once it is in place: a move that was left in the middle is ended first."""
    manifest = read_manifest(place)
    if manifest and manifest.state == MOVING:
        return _move(place, manifest)
    return manifest


def take_hold(place: StorageFolder, by: str) -> None:
    """Say that somebody is at work: ``by`` is unlike all others. What is there is not whole until it is put back."""
    write_manifest(place, PlaceManifest(WORKING, by))


def put_back(
    place: StorageFolder, folder: Path, before: Mapping[str, str], after: Mapping[str, str], done: PlaceManifest
) -> None:
    """Make the place hold what the folder holds. ``before`` and ``after``: name -> hash, as fetched and as it is.

    Raises MachineFault, also where somebody else has taken hold meanwhile: then nothing of this is put there.
    """
    _prove_held(place, done.by)
    changed = [name for name, digest in after.items() if before.get(name) != digest]
    aside = {name: f"{_ASIDE}/{done.by}/{number}" for number, name in enumerate(changed)}
    do_at_once(lambda name: place.within(aside[name]).write((folder / name).read_bytes()), changed)
    _prove_held(place, done.by)
    moves = {**aside, **{name: "" for name in before if name not in after}}
    moving = replace(done, state=MOVING, moves=moves)
    write_manifest(place, moving)
    _move(place, moving)


def _move(place: StorageFolder, manifest: PlaceManifest) -> PlaceManifest:
    """May be done again from its beginning as often as it takes: what was moved already lies aside still."""

    def move(name: str) -> None:
        if aside := manifest.moves[name]:
            if not place.within(aside).copy_to(place.within(name)):
                raise MachineFault("place-changed", found=str(place.within(aside)))
        else:
            place.within(name).remove()

    do_at_once(move, manifest.moves)
    found = place.find()
    whole = replace(manifest, state=WHOLE, moves={}, left=sign(found))
    write_manifest(place, whole)
    sweep(place, found)
    return whole


def sweep(place: StorageFolder, found: Iterable[str]) -> None:
    """Remove what lies aside of ``found`` and was moved, or never will be."""
    do_at_once(lambda name: place.within(name).remove(), [name for name in found if name.startswith(f"{_ASIDE}/")])


def _prove_held(place: StorageFolder, by: str) -> None:
    standing = read_manifest(place)
    if standing is None or (standing.state, standing.by) != (WORKING, by):
        raise MachineFault("place-taken", found=str(place), by=standing.by if standing else "–")
