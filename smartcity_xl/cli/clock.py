"""The one place that reads the clock, and waits: the rest of the house is told the time."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC).astimezone()


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def elapsed() -> float:
    """Seconds since some moment that stays the same while the program runs."""
    return time.monotonic()
