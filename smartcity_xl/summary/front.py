"""What the parts of the first page share: its columns, and what they are written from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from smartcity_xl.books.pages import Page
from smartcity_xl.messages import label
from smartcity_xl.model import Outcome, Scheme
from smartcity_xl.results import Results
from smartcity_xl.results.past import Past
from smartcity_xl.summary.breakdown import BreakdownPlan
from smartcity_xl.summary.places import Places

CODE, NAME, NUMBERS = 0, 1, 3
"""Where the columns begin: a code, a name (two columns), and the numbers."""
WIDTHS = (10.0, 13.0, 13.0, *[9.4] * 7, 14.0)
LAST = len(WIDTHS) - 1
HALF = 5
"""The first column of the right half."""
_CHART = 118
"""The height of a chart, in points."""
LINE = 18.0
"""The height of a line, in points."""


class Front(Struct, frozen=True):
    """The page, and what it is written from: the outcome and its record, the plan of the breakdown whose cells it
    shows, the outcomes of all systems of the round, what it is seen against, and where the other sheets have what."""

    page: Page
    outcome: Outcome
    record: Results
    plan: BreakdownPlan
    together: Sequence[Outcome]
    past: Past
    places: Places

    @property
    def stars(self) -> bool:
        return self.outcome.catalog.scheme is Scheme.STARS

    def section(self, row: int, title: str, first: int = 0, last: int = LAST) -> None:
        self.page.merged(row, first, last, title, "section")
        self.page.height(row, {}, least=21)

    def chart(self, row: int, chart: Any, caption: str) -> int:
        """Put a chart of what ``caption`` says into a row of its own; gives the next one."""
        return self.page.chart_row(row, chart, caption, _CHART)

    def heads(self, row: int, names: dict[int, str]) -> None:
        """Headings: column -> label's key; a name's columns are drawn together."""
        for column, name in names.items():
            self.page.text(row, column, label(name), "head")
        self.page.height(row, {}, least=LINE + 1)

    def name(self, row: int, text: str) -> None:
        """A name in its two columns, on as many lines as it takes."""
        self.page.merged(row, NAME, NUMBERS - 1, text, "cell")
        self.page.height(row, {NAME: text}, least=LINE)
