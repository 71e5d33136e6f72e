"""What the office says of a file that came: it is taken out of the result, or let in though it was put aside."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field


class Verb(StrEnum):
    EXCLUDE = "exclude"
    ADMIT = "admit"


class Ruling(Struct, frozen=True):
    """One word of the office's on a file, or (``undo``) its taking that word back.

    It holds for the bytes (``sha256``), whatever they are called; ``file`` is the name that they had when it was made.
    ``over`` are the codes of the findings for which the file had been put aside. ``at`` is a moment (UTC), ``zone``
    the offset of the clock that it was made by, such as ``+0800``.
    """

    verb: Verb
    sha256: str
    file: str
    reason: str
    who: str
    at: str
    zone: str = "+0000"
    over: tuple[str, ...] = ()
    undo: bool = False

    @property
    def moment(self) -> datetime:
        """When it was said, by the clock that it was said by."""
        return datetime.fromisoformat(self.at).astimezone(datetime.strptime(self.zone, "%z").tzinfo)


class Rulings(Struct, frozen=True):
    """All that the office has said of files, the oldest first."""

    made: tuple[Ruling, ...] = ()
    excluded: Mapping[str, Ruling] = field(default_factory=dict)
    """Hash -> the word that keeps it out."""
    admitted: Mapping[str, tuple[Ruling, ...]] = field(default_factory=dict)
    """Hash -> the words that let it in, the oldest first."""

    def holds(self, ruling: Ruling) -> bool:
        """Whether a word is still in force."""
        return self.excluded.get(ruling.sha256) is ruling or ruling in self.admitted.get(ruling.sha256, ())

    def admission(self, sha256: str, codes: Collection[str]) -> Ruling | None:
        """The newest word that lets a file in over one of these findings."""
        found = [one for one in self.admitted.get(sha256, ()) if set(one.over) & set(codes)]
        return found[-1] if found else None


def hold_rulings(made: Iterable[Ruling]) -> Rulings:
    """What is in force of all that was said, the oldest first: a word holds until it is taken back."""
    every = tuple(made)
    excluded: dict[str, Ruling] = {}
    admitted: dict[str, tuple[Ruling, ...]] = {}
    for one in every:
        if one.verb is Verb.EXCLUDE:
            excluded.pop(one.sha256, None)
            if not one.undo:
                excluded[one.sha256] = one
        else:
            admitted[one.sha256] = () if one.undo else (*admitted.get(one.sha256, ()), one)
    return Rulings(every, excluded, admitted)


NO_RULINGS = Rulings()
