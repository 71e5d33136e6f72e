"""How much room a text takes, on a terminal as in a cell."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_SHORT = 200
"""Texts whose width is remembered: longer ones, by the thousand, would fill the memory."""


def text_width(text: str) -> float:
    """Width in units of a digit: an ideograph or a full-width sign is two."""
    return _known_width(text) if len(text) < _SHORT else _width(text)


@lru_cache(maxsize=16_384)
def _known_width(text: str) -> float:
    return _width(text)


def _width(text: str) -> float:
    return sum(map(sign_width, text))


@lru_cache(maxsize=8192)
def sign_width(sign: str) -> float:
    """The same of one sign."""
    return 2.0 if unicodedata.east_asian_width(sign) in "WFA" else 1.0
