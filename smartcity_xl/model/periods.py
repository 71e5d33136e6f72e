"""The time that a round evaluates: what "the reference year" and "its end" mean in a system's texts."""

from __future__ import annotations

import datetime
import re

from msgspec import Struct


def is_date(text: str) -> bool:
    """Whether a text is a day such as 2026-12-31, in just this form."""
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class Period(Struct, frozen=True):
    """Days, both inclusive."""

    first: datetime.date
    last: datetime.date

    @property
    def year(self) -> int:
        """The reference year: that of the last day."""
        return self.last.year

    @property
    def is_year(self) -> bool:
        """Whether it is a calendar year, from its first day to its last."""
        return (self.first, self.last) == (datetime.date(self.year, 1, 1), datetime.date(self.year, 12, 31))

    @property
    def ends_with_month(self) -> bool:
        import calendar  # not at the top: few look at a period, and all load it

        return self.last.day == calendar.monthrange(self.last.year, self.last.month)[1]

    @property
    def begins_with_month(self) -> bool:
        return self.first.day == 1

    def as_text(self) -> str:
        """As a settings file has it: ``2026``, or the two days."""
        return str(self.year) if self.is_year else f"{self.first.isoformat()}至{self.last.isoformat()}"


def year_period(year: int) -> Period:
    """A calendar year."""
    return Period(datetime.date(year, 1, 1), datetime.date(year, 12, 31))


def period_of_round(round_: str) -> Period | None:
    """The calendar year that a round is called by (``2026``, ``2026年度第二轮``); None where it names none, or two."""
    years = list(dict.fromkeys(re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", round_, re.ASCII)))
    return year_period(int(years[0])) if len(years) == 1 else None
