"""A look at a round narrowed to some departments. What is told of the whole round stays that of the whole."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from smartcity_xl.results.status import OpenReport, Status
    from smartcity_xl.results.trace import Traced


def narrow_status(
    found: Sequence[Status], together: Sequence[OpenReport], keys: Collection[str]
) -> tuple[tuple[Status, ...], tuple[OpenReport, ...]]:
    """The rows of departments by their keys; a system that asks none of them has none."""
    kept = (replace(one, departments=tuple(row for row in one.departments if row.key in keys)) for one in found)
    return tuple(kept), tuple(row for row in together if row.key in keys)


def narrow_trace(found: Sequence[Traced], names: Collection[str]) -> tuple[Traced, ...]:
    """Of an indicator the answers of departments, by their names; a file where it is theirs; else nothing."""
    from smartcity_xl.results.trace import TracedIndicator

    kept: list[Traced] = []
    for one in found:
        if isinstance(one, TracedIndicator):
            sources = (replace(f, sources=tuple(s for s in f.sources if s.department in names)) for f in one.figures)
            figures = tuple(figure for figure in sources if figure.sources)
            kept += [replace(one, figures=figures)] if figures else []
        elif one.department in names:
            kept.append(one)
    return tuple(kept)
