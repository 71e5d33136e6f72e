"""Numbers of headings as official documents have them: 一、（一）1．"""

from __future__ import annotations

_DIGITS = "零一二三四五六七八九"


def chinese(number: int) -> str:
    """1 to 99 in Chinese."""
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else _DIGITS[tens]) + ("十" if tens else "") + (_DIGITS[ones] if ones or not tens else "")


class Counter:
    """Counts headings of three levels; one begins anew under each of the level above."""

    def __init__(self) -> None:
        self._counts = [0, 0, 0]

    def next(self, level: int) -> str:
        """The number of the next heading of a level."""
        self._counts[level - 1] += 1
        self._counts[level:] = [0] * (3 - level)
        number = self._counts[level - 1]
        return (f"{chinese(number)}、", f"（{chinese(number)}）", f"{number}．")[level - 1]
