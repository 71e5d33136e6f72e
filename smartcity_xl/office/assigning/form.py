"""The map of the assignment workbook, for its writer and its reader alike. Rows and columns count from 0."""

from __future__ import annotations

from smartcity_xl.model import Figure, Kind

SETTINGS, DEPARTMENTS, DUTIES = "settings", "departments", "duties"
"""The three sheets; their names stand in the labels, section ``assign``."""

SETTING_KEYS = ("city", "round", "deadline", "recipients", "office", "title", "document")
"""What the office says about its round, one row each."""

SETTING_COLUMNS = ("key", "label", "value", "hint")
DEPARTMENT_COLUMNS = ("name", "aliases")
DUTY_COLUMNS = ("key", "codes", "label", "unit", "lead", "others", "check", "suggestion")
FIRST_ROW = 4
DEPARTMENT_ROWS = 100
SEPARATORS = "、，,；;\n"
"""What may stand between names in one cell."""


def is_asked(figure: Figure) -> bool:
    """Whether a figure has a row among the duties: what the text fixes is asked of nobody."""
    return figure.kind is Kind.TABLE or any(slot.fixed is None for slot in figure.slots)
