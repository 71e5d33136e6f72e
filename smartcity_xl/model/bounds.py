"""Between which values a result can still lie, and what would win points back."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction

from msgspec import Struct


class Slack(StrEnum):
    """Why an end of a range may be wider than what can be reached; "" where both ends are reached."""

    NONE = ""
    LIMIT = "limit"
    """Nothing limits it, or an end is come near to and never reached."""
    SHARED = "shared"
    """Indicators read one open answer, and no one value of it brings all of them to their ends."""
    EFFORT = "effort"
    """The search was ended before it was sure."""


class Bounds(Struct, frozen=True):
    """The lowest and the highest that a result can still come to; None where nothing limits it. What is settled has one
    value for both."""

    floor: Fraction | None
    ceiling: Fraction | None
    slack: Slack = Slack.NONE

    @property
    def exact(self) -> bool:
        return self.slack is Slack.NONE

    @property
    def certain(self) -> bool:
        """Whether there is but one value left."""
        return self.floor is not None and self.floor == self.ceiling


class IndicatorBounds(Struct, frozen=True):
    """An indicator's rule, its score and its points in the total, over all answers that would settle it; the last two
    None for what earns no points. Of a star system ``mark`` is the level."""

    mark: Bounds
    score: Bounds | None
    points: Bounds | None


class ScoreBounds(Struct, frozen=True):
    """The range of every level. Above the indicators one that is open may also stay without a score (不适用)."""

    indicators: Mapping[str, IndicatorBounds]
    categories: Mapping[str, Bounds]
    dimensions: Mapping[str, Bounds]
    total: Bounds
    apart: Bounds


class Move(Struct, frozen=True):
    """One answer that would have to be another. ``slot`` is a slot's key; values as the engine has them."""

    slot: str
    now: Fraction
    then: Fraction


class Advance(Struct, frozen=True):
    """What would have to be true for an indicator to score more, and what that comes to, scored again as a whole.

    ``gain`` is what the total gains, all that the same answers move counted in; ``score``, ``star`` and ``total`` are
    those after it. ``departments`` are asked for the answers.
    """

    indicator: str
    moves: tuple[Move, ...]
    gain: Fraction
    score: Fraction | None
    star: int | None
    total: Fraction
    departments: tuple[str, ...]


class Reach(Struct, frozen=True):
    """Steps that can be taken together, and what the total gains by all of them."""

    steps: tuple[Advance, ...]
    gain: Fraction


class Advances(Struct, frozen=True):
    """``indicators``: code -> its steps, the smallest first; ``city`` the best of all; ``departments``: key -> the best
    among those whose answers it must give."""

    indicators: Mapping[str, tuple[Advance, ...]]
    city: Reach
    departments: Mapping[str, Reach]
