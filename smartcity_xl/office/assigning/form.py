"""The map of the assignment workbook, for its writer and its reader alike. Rows and columns count from 0."""

from __future__ import annotations

import re
from collections.abc import Collection

from smartcity_xl.books.values import SEPARATORS, trimmed
from smartcity_xl.messages import label
from smartcity_xl.model import Figure, Kind

SETTINGS, DEPARTMENTS, DUTIES, KEPT = "settings", "departments", "duties", "kept"
"""The three sheets, whose names stand in the labels, section ``assign``; and a hidden one, in a workbook that was not
begun from nothing: what the assignment it began from says beside who answers what."""

SETTING_KEYS = ("city", "round", "deadline", "contacts_deadline", "recipients", "office", "title", "document")
"""What the office says about its round, one row each."""
REQUIRED = ("city", "round", "deadline", "office")
DAYS = ("deadline", "contacts_deadline")

SETTING_COLUMNS = ("key", "label", "value", "hint")
DEPARTMENT_COLUMNS = ("name", "aliases", "former")
DUTY_COLUMNS = ("key", "codes", "label", "unit", "lead", "others", "take", "check", "change", "carried")
"""After these, a column for each other assignment that names departments for the same figures; its name begins as
``TAKE`` does, and goes on with the choice that takes what stands in it."""
TAKE = "take:"
FIRST_ROW = 4
DEPARTMENT_ROWS = 100
_BETWEEN = re.compile(f"[{SEPARATORS}](?![^（(]*[）)])")
"""What stands in brackets is part of a name."""


def is_asked(figure: Figure) -> bool:
    """Whether a figure has a row among the duties: what the text fixes is asked of nobody."""
    return figure.kind is Kind.TABLE or any(slot.fixed is None for slot in figure.slots)


def unit_words(figure: Figure) -> str:
    """What stands under a figure's unit: of what has none, what sort of answer it takes."""
    return figure.unit or label(f"assign.kind_{figure.kind.value}")


def split_names(text: str, known: Collection[str] = ()) -> list[str]:
    """The names in a cell; one that is ``known`` is never taken apart."""
    if trimmed(text) in known:
        return [trimmed(text)]
    return [name for part in _BETWEEN.split(text) if (name := trimmed(part))]


def join_names(names: Collection[str]) -> str:
    return label("word.separator").join(names)
