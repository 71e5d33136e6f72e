"""The map of the assignment workbook, for its writer and its reader alike. Rows and columns count from 0."""

from __future__ import annotations

ASSIGNMENT_KIND = "xlscore-assignment"
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
