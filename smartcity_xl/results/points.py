"""What an indicator's score brings to the total."""

from __future__ import annotations

from decimal import Decimal


def bring_points(score: str | None, factor: str) -> str | None:
    """The points of the total that a score on an indicator's own scale brings; None where there is no score."""
    return None if score is None else plain(Decimal(score) * Decimal(factor))


def plain(value: Decimal) -> str:
    """A number without needless zeros, and never as a power of ten."""
    return f"{value.normalize():f}" if value else "0"
