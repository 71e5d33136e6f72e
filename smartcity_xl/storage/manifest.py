"""What stands beside a city's objects: whether they are whole, and of what they were made."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import msgspec

from smartcity_xl.storage.folder import HeldObject, StorageFolder

OWN = ".xlscore-place"
"""How the names of objects begin that are none of the city's."""
MANIFEST = f"{OWN}.json"
WORKING, MOVING, WHOLE = "working", "moving", "whole"
"""Somebody is at work on it; all that is new lies aside and is being moved into place; everything is in place."""
_LOG = logging.getLogger(__name__)


class PlaceManifest(msgspec.Struct, frozen=True, omit_defaults=True):
    """``by``: who is or was at work. ``basis``: a digest of all that the city was made of; "" where it is to be made
    again in any case. ``moves``: name of an object -> where its new content lies aside, "" where it is to go. ``left``:
    what lay there when everything was in place. ``came``: what came of it, as whoever put it there wrote it down."""

    state: str
    by: str
    basis: str = ""
    moves: dict[str, str] = {}
    left: str = ""
    came: str = ""

    @property
    def is_whole(self) -> bool:
        return self.state == WHOLE

    @classmethod
    def done(cls, by: str, basis: str, came: str) -> PlaceManifest:
        """Of what is to be put there."""
        return cls(WORKING, by, basis, came=came)


_DECODER = msgspec.json.Decoder(PlaceManifest)


def read_manifest(place: StorageFolder) -> PlaceManifest | None:
    """None where there is none, or none that can be read: the city is then made again."""
    data = place.within(MANIFEST).read()
    if data is None:
        return None
    try:
        return _DECODER.decode(data)
    except msgspec.MsgspecError as error:
        _LOG.warning("the manifest in %s is read as none: %s", place, error)
        return None


def write_manifest(place: StorageFolder, manifest: PlaceManifest) -> None:
    place.within(MANIFEST).write(msgspec.json.encode(manifest))


def sign(found: Mapping[str, HeldObject]) -> str:
    """What lies in a folder, as a digest: names, sizes, and what the storage calls each content."""
    import hashlib

    told = [(name, one.size, one.tag) for name, one in sorted(found.items()) if not name.startswith(OWN)]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()
