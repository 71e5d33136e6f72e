"""What a record is seen against: the last collection of its round, and the round before."""

from __future__ import annotations

from datetime import tzinfo

from msgspec import Struct

from smartcity_xl.results.earlier import EarlierScores
from smartcity_xl.results.record import Results


class Past(Struct, frozen=True):
    """``last`` is the record of the collection before, made at the moment ``at`` (UTC), None where there was
    none; ``known``: a ledger says so. ``round`` is what the round before came to under the same system, where
    its results are at hand. ``zone`` is the one in which moments are told, None the machine's."""

    last: Results | None = None
    at: str = ""
    known: bool = False
    round: EarlierScores | None = None
    zone: tzinfo | None = None


NO_PAST = Past()
