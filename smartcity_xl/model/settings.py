"""What an office may choose where the texts are silent. Defaults follow the errata; the summary prints each choice."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from msgspec import Struct


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


class Settings(Struct, frozen=True):
    """The choices of one campaign. ``target_star``: the level aimed for, None for the system's own."""

    ratio_above_one: RatioAboveOne = RatioAboveOne.CAP
    rounding: Rounding = Rounding.EVERY_LEVEL
    missing: Missing = Missing.ZERO
    target_star: int | None = None

    def as_text(self) -> str:
        """The choices that are no defaults, for a workbook's identity; read back by ``settings_from_text``."""
        chosen = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return " ".join(f"{name}={value}" for name, value in chosen if value != getattr(DEFAULT_SETTINGS, name))


DEFAULT_SETTINGS = Settings()
STARS = range(1, 6)
"""The levels that can be aimed for."""


def settings_from_text(text: str) -> Settings | None:
    """The choices that a workbook's identity names; None where it names what there is not, or one twice."""
    stars = {str(star): star for star in STARS}
    kinds: dict[str, Callable[[str], Any]] = {
        "ratio_above_one": RatioAboveOne, "rounding": Rounding, "missing": Missing, "target_star": stars.__getitem__,
    }  # fmt: skip
    chosen: dict[str, Any] = {}
    for entry in text.split():
        name, _, value = entry.partition("=")
        try:
            if name in chosen:
                return None
            chosen[name] = kinds[name](value)
        except (KeyError, ValueError):
            return None
    return Settings(**chosen)
