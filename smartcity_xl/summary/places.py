"""Where things stand in the summary, so that each of its sheets can lead to the others."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from smartcity_xl.books.cells import Spot
from smartcity_xl.messages import label
from smartcity_xl.model import Origin

CONTENTS = "contents"


class Places(Struct, frozen=True):
    """``sheets``: name of a sheet among the labels -> its first cell, for the sheets that there are, in their order.

    ``scores``: node of the score tree (dimension, category, mark of an indicator, total) -> its row of the breakdown;
    ``data``: dimension, category, or mark -> where its data begin; ``slots``: slot, or table -> its row of the data;
    ``given``: slot, table, dimension or category -> where its answers begin; ``methods``: code of an indicator;
    ``findings``: code -> the first about it; ``conflicts``: subject; ``departments``: key; ``files``: name of a parcel;
    ``cells``: a cell of a file -> the row about it. ``beside``: name of a parcel -> the way from the summary to its
    file, for files that can be opened from here.
    """

    sheets: Mapping[str, Spot] = field(default_factory=dict)
    scores: Mapping[str, Spot] = field(default_factory=dict)
    data: Mapping[str, Spot] = field(default_factory=dict)
    slots: Mapping[str, Spot] = field(default_factory=dict)
    given: Mapping[str, Spot] = field(default_factory=dict)
    methods: Mapping[str, Spot] = field(default_factory=dict)
    findings: Mapping[str, Spot] = field(default_factory=dict)
    conflicts: Mapping[str, Spot] = field(default_factory=dict)
    departments: Mapping[str, Spot] = field(default_factory=dict)
    files: Mapping[str, Spot] = field(default_factory=dict)
    cells: Mapping[tuple[str, str, str], Spot] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)

    def cell(self, at: Origin) -> Spot | None:
        """The row about a cell of a file: that of its answer, or of its line of evidence."""
        return self.cells.get((at.file, at.sheet, at.cell))


def spot(sheet: str, row: int, column: int = 0) -> Spot:
    """A cell of a sheet, this named as the labels name it."""
    return Spot(label(f"sheet.{sheet}"), row, column)
