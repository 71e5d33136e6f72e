"""What a collection is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

from smartcity_xl.ledger import Keeping
from smartcity_xl.messages import label
from smartcity_xl.model.headway import Follow, unfollowed
from smartcity_xl.run.choice import EVERYTHING_DEFAULT, Choice

if TYPE_CHECKING:
    from smartcity_xl.model import Parcel, Roster

NOTHING_SPARED: Mapping[str, str] = MappingProxyType({})


class Collection(Struct, frozen=True):
    """What lies where, and what the office says beside it.

    With a ``roster`` a mail from an address that is none of its department's is put aside. ``authserv`` is the name
    under which the office's own mail server states what it found out about senders. ``keeping`` says where the ledger
    is kept; without it none is. ``decisions`` is a workbook in which the office has decided. Workbooks with something
    open are wanted back by ``return_by`` (ISO date; the assignment's deadline if left out). ``passwords`` are tried on
    archives that are locked. ``home`` is the round's folder: the summary leads to received files that lie in it.
    ``follow`` is told how far the run is. Without ``summaries`` the summary is left for another time, and everything
    else is written. ``spared`` are hashes of parcels that are not read, each with how the process ended that read it;
    ``note`` is told of each parcel before it is read, and None once it was. ``cores`` are those that may be used at
    once; one where cities are shared out among them.
    """

    inbox: Path
    out: Path
    choice: Choice = EVERYTHING_DEFAULT
    roster: Roster | None = None
    authserv: str = ""
    keeping: Keeping | None = None
    decisions: Path | None = None
    return_by: str = ""
    passwords: tuple[str, ...] = ()
    home: Path | None = None
    follow: Follow = unfollowed
    summaries: bool = True
    spared: Mapping[str, str] = NOTHING_SPARED
    note: Callable[[Parcel | None], None] | None = None
    cores: int = 1

    @property
    def back(self) -> bool:
        """Whether an earlier moment is asked for."""
        return bool(self.keeping and self.keeping.as_of)

    @property
    def book(self) -> Path:
        """Where the decision workbook of this collection goes."""
        return self.out / label("file.decisions")
