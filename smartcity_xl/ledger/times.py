"""Moments as the ledger writes them: UTC, to the second, ``2026-11-21T03:04:05Z``, so that text order is time order."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from smartcity_xl.errors import UsageFault

_FORM = "%Y-%m-%dT%H:%M:%SZ"


def utc(moment: datetime) -> str:
    """A moment as the ledger writes it; one without a zone is local."""
    return moment.astimezone(UTC).strftime(_FORM)


def parse_utc(text: str) -> datetime:
    """Raises ValueError for any other form."""
    if len(text) != len("2026-11-21T03:04:05Z") or not text.endswith("Z"):
        raise ValueError(text)
    return datetime.fromisoformat(text)


def parse_moment(text: str, zone: tzinfo | None = None) -> str:
    """A moment as a person writes it (``2026-11-21``, ``2026-11-21 12:00``, with or without an offset), as UTC.

    A day alone means its last second. ``zone`` holds where none is written; None is the machine's. Raises UsageFault.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        if len(text.strip()) <= len("2026-11-21"):
            moment = datetime.combine(moment.date(), time(23, 59, 59))
    except ValueError as error:
        raise UsageFault("time-unreadable", found=text) from error
    return utc(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def local_time(text: str, zone: tzinfo | None = None) -> str:
    """A moment of the ledger as people of a zone read it: ``2026-11-21 11:04:05``."""
    return parse_utc(text).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def late_by(received: str, deadline: str, zone: tzinfo | None = None) -> timedelta:
    """How long after the deadline something was received; zero where it was in time. A deadline that is a day ends with
    it, in that zone; one with its time says so itself (``2026-12-31T18:00:00+08:00``)."""
    if "T" in deadline:
        after = datetime.fromisoformat(deadline).astimezone(UTC) + timedelta(seconds=1)
    else:
        after = datetime.combine(date.fromisoformat(deadline) + timedelta(days=1), time(0, 0), zone).astimezone(UTC)
    return max(parse_utc(received) - after + timedelta(seconds=1), timedelta(0))


def next_second(text: str) -> str:
    return utc(parse_utc(text) + timedelta(seconds=1))
