"""A time as a text gives it (2018年12月底, 2017年至2018年, 近2年（截至2018年12月底）) -> the days that it spans.

The forms are data: ``windows.toml``.
"""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from msgspec import Struct

from smartcity_xl.books.values import plain
from smartcity_xl.shipped import read_shipped


class Window(Struct, frozen=True):
    """Days, both inclusive. ``ranged``: the text names a beginning and an end."""

    first: datetime.date
    last: datetime.date
    ranged: bool = False


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _one_day(iso: str) -> Window | None:
    try:
        day = datetime.date.fromisoformat(iso)
    except ValueError:
        return None
    return Window(day, day)


@cache
def _forms() -> tuple[Mapping[str, Any], ...]:
    return tuple(read_shipped("books/windows.toml")["forms"])


@lru_cache(maxsize=1_024)
def read_window(text: str) -> Window | None:
    """The days that a text spans, or None where it names none that are certain (or none that exist)."""
    typed = "".join(plain(text).split())
    if _DAY.fullmatch(typed):  # by far the most
        return _one_day(typed)
    for entry in _forms():
        if match := re.fullmatch(entry["form"], typed, re.ASCII):  # which compiles only the forms that are met
            parts = {name: int(value) for name, value in match.groupdict().items() if value is not None}
            try:
                return _window(entry, parts)
            except ValueError:  # a thirteenth month
                return None
    return None


def _window(entry: Mapping[str, Any], parts: Mapping[str, int]) -> Window | None:
    last = _day(entry["to"], parts, end=True)
    if "back" in entry:
        before = last.year - parts[entry["back"]]
        days = calendar.monthrange(before, last.month)[1]
        whole = last.day == calendar.monthrange(last.year, last.month)[1]
        first = last.replace(year=before, day=days if whole else min(last.day, days)) + datetime.timedelta(days=1)
    else:
        first = _day(entry["from"], parts, end=False)
    return Window(first, last, entry.get("range", False)) if first <= last else None


def _day(named: list[str | int], parts: Mapping[str, int], end: bool) -> datetime.date:
    """The first or the last day of a year, a month or a day. Raises ValueError for one that does not exist."""
    given = [part if isinstance(part, int) else parts.get(part) for part in named] + [None, None]
    year, month, day = given[0] or 0, given[1], given[2]
    if not 1990 <= year <= 2100:
        raise ValueError(year)
    month = month if month is not None else 12 if end else 1
    if not 1 <= month <= 12:
        raise ValueError(month)
    return datetime.date(year, month, day if day is not None else calendar.monthrange(year, month)[1] if end else 1)
