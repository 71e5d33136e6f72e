"""The map of the decision workbook, for its writer and its reader alike. Rows and columns count from 0.

A block is a headline, one row for each answer, and the row in which the office decides. Hidden keys say what each row
is: a side of a conflict (``side|number|key|subject``), or its decision (``decision|subject``). So rows may be sorted
or moved, and sheets renamed.
"""

from __future__ import annotations

from smartcity_xl.model import Decision

CONFLICTS, LAPSED = "conflicts", "lapsed"
"""The sheets; their names stand in the labels, section ``decide``."""

COLUMNS = ("key", "number", "value", "unit", "department", "file", "cell", "scores", "total")
WIDTHS = (0.0, 8.0, 18.0, 9.0, 24.0, 30.0, 16.0, 28.0, 24.0)
INPUTS = {"choice": "value", "reason": "department", "who": "total"}
"""What the office fills in the row of the decision -> the column that it stands in."""

LAPSED_COLUMNS = ("key", "figure", "said", "reason", "who")
LAPSED_WIDTHS = (0.0, 40.0, 50.0, 44.0, 16.0)
IDENTITY = ("catalog", "version", "assignment", "round", "city")
"""What a decision workbook must have in common with the workbooks that it is used for."""

_SIDE, _DECISION = "side", "decision"


def side_row(number: int, key: str, subject: str) -> str:
    return f"{_SIDE}|{number}|{key}|{subject}"


def decision_row(subject: str) -> str:
    return f"{_DECISION}|{subject}"


def read_side_row(key: str) -> tuple[str, str, str] | None:
    """Subject, number and key of a side; None for a row that is none."""
    kind, number, side, subject = ([*key.split("|", 3), "", "", ""])[:4]
    return (subject, number, side) if kind == _SIDE and subject else None


def read_decision_row(key: str) -> str | None:
    """The subject that a row decides; None for a row that is none."""
    kind, _, subject = key.partition("|")
    return subject if kind == _DECISION and subject.count("|") == 2 else None


def lapsed_row(decision: Decision) -> str:
    return f"{decision.subject}|{decision.choice}"
