"""What a command is told about the round that it is for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict

from smartcity_xl.model.terms import NO_TERMS, RoundTerms
from smartcity_xl.results.earlier import NO_PREVIOUS, EarlierValues

if TYPE_CHECKING:
    from smartcity_xl.model import Settings


class Choice(Struct, frozen=True):
    """What a command is told about the campaign; whatever is left out, the templates or the defaults say.

    ``systems``: ids, or folders of an office's own. ``assignment_book``: the office's own sharing-out;
    ``assignment_id``: one that comes with a built-in system, "" for its first. ``outlines``: ids of those that written
    material is held against. ``previous``: what figures are held against. ``round`` and ``city``: whose workbooks are
    meant; "" for those that the workbooks belong to. ``terms``: what the office says of its round. ``key``: that of the
    round, by which its workbooks are known.
    """

    systems: tuple[str, ...] = ()
    assignment_book: Path | None = None
    assignment_id: str = ""
    settings: Settings | None = None
    outlines: tuple[str, ...] | None = None
    previous: EarlierValues = NO_PREVIOUS
    round: str = ""
    city: str = ""
    terms: RoundTerms = NO_TERMS
    key: bytes = b""

    def __repr__(self) -> str:
        """Without the key, which nobody may see."""
        return f"Choice({', '.join(f'{name}={value!r}' for name, value in asdict(self).items() if name != 'key')})"


EVERYTHING_DEFAULT = Choice()
