"""What an office may choose where the texts are silent. Defaults follow the errata; the summary prints each choice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RatioAboveOne(StrEnum):
    """A share above 1 where the text states no cap (E3)."""

    CAP = "cap"
    """It counts as 1, and the office is told."""
    LITERAL = "literal"
    """It counts as it is, and the office is told."""


class Rounding(StrEnum):
    """Where scores are rounded half-up to two decimals (E6)."""

    EVERY_LEVEL = "every-level"
    ONCE = "once"
    """Only the total; below it, scores are exact and merely shown with two decimals."""


class Missing(StrEnum):
    """An indicator without a score, in a provisional total."""

    ZERO = "zero"
    """It counts 0 of its full marks."""
    LEFT_OUT = "left-out"
    """It is left out of the total and of the full marks that the total is compared with. Nothing is scaled up (E7)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices of one campaign. ``target_star``: the level aimed for, None for the system's own."""

    ratio_above_one: RatioAboveOne = RatioAboveOne.CAP
    rounding: Rounding = Rounding.EVERY_LEVEL
    missing: Missing = Missing.ZERO
    target_star: int | None = None


DEFAULT_SETTINGS = Settings()
