"""The map of the sheet 试算, for its writer and its reader alike. Rows and columns count from 0.

Hidden keys say which figure a row's input cell is for (``score.trying.offer_trials``), so that rows may be moved.
"""

from __future__ import annotations

WHATIF = "whatif"
"""The sheet; its name stands in the labels, section ``sheet``."""

INPUT = "if"
"""The column that is filled; its heading stands in the labels, section ``whatif``."""

WIDTHS = {
    "key": 0.0, "code": 10.0, "label": 46.0, "unit": 9.0, "adopted": 14.0, INPUT: 14.0,
    "bare": 0.0, "amount": 0.0, "number": 0.0, "taken": 0.0, "wrong": 0.0, "reached": 0.0, "reached_tried": 0.0,
    "score": 9.0, "score_tried": 9.0, "points": 10.0, "points_tried": 10.0, "difference": 9.0, "full": 8.0,
    "state": 44.0,
}  # fmt: skip
"""Column -> its width; what has none is hidden: the number that was typed, the one that is taken, whether it is wrong,
and whether a star reaches the target."""

COLUMNS = tuple(WIDTHS)
AT = {name: number for number, name in enumerate(COLUMNS)}
"""What an indicator comes to, officially and as tried, what that is worth in the total (``full`` on the same scale),
and the difference."""
