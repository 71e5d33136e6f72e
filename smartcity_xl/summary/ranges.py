"""The certain range of every level, as the record has it, in cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from smartcity_xl.books.pages import Page
from smartcity_xl.books.whole_rows import Placed
from smartcity_xl.catalog.score_tree import TOTAL, Height, name_of
from smartcity_xl.messages import label
from smartcity_xl.results import Results

Ends = tuple[float | None, float | None]
"""The lowest and the highest; None where nothing limits it."""


def ranges_of(record: Results) -> Mapping[str, Ends]:
    """Node of the score tree -> its range, as far as it is known; of an indicator with levels that of its star."""
    found: dict[str, Ends] = {}
    spans = {TOTAL: record.total.range if record.total else None}
    for dimension in record.dimensions:
        spans[name_of(Height.DIMENSION, dimension.code)] = dimension.range
        for category in dimension.categories:
            spans[name_of(Height.CATEGORY, category.code)] = category.range
    for indicator in record.indicators:
        node = name_of(Height.MARK, indicator.code)
        if indicator.most_star is not None:
            found[node] = (indicator.least_star, indicator.most_star)
        else:
            spans[node] = indicator.range
    for node, span in spans.items():
        if span:
            found[node] = _end(span.floor), _end(span.ceiling)
    return found


def _end(text: str | None) -> float | None:
    return None if text is None else float(text)


def range_cells(columns: tuple[int, int], ends: Ends, style: str) -> Iterator[Placed]:
    """Both ends in their cells."""
    for column, end in zip(columns, ends, strict=True):
        if end is None:
            yield column, label("overview.unlimited"), "centre" if style in ("score", "star") else style, None
        else:
            yield column, end, style, None


def write_range(page: Page, row: int, columns: tuple[int, int], ends: Ends, style: str) -> None:
    """As ``range_cells``, on a page whose rows are not whole."""
    for column, said, look, _ in range_cells(columns, ends, style):
        if isinstance(said, str):
            page.text(row, column, said, look)
        elif isinstance(said, float | int):
            page.number(row, column, said, look)
