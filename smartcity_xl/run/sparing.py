"""Parcels that a process was killed over: each is noted before it is read, and not read again where it is spared."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from smartcity_xl.confined import NotRead
from smartcity_xl.model import Parcel
from smartcity_xl.run.collection import Collection
from smartcity_xl.run.reading import Remember

_OfParcel = TypeVar("_OfParcel")


def sparing(told: Collection, remember: Remember) -> Remember:
    """``remember``, with what it reads noted, and what is to be spared told as a file that ends its reader."""
    note = told.note
    if note is None and not told.spared:
        return remember

    def wrap(read: Callable[[Parcel], _OfParcel], verb: str, *depends: object) -> Callable[[Parcel], _OfParcel]:
        reading = remember(read, verb, *depends)

        def ask(parcel: Parcel) -> _OfParcel:
            if ended := told.spared.get(parcel.sha256):
                return cast(_OfParcel, NotRead("reader-crashed", {"reason": ended}))
            if note is None:
                return reading(parcel)
            note(parcel)
            found = reading(parcel)
            note(None)
            return found

        return ask

    return wrap
