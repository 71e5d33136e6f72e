"""The map of the catalog workbook, for its writer and its reader alike. Rows and columns count from 0.

Every sheet has a hidden first row that names its columns, and a hidden first column; sheets are known by the marker
in their first cell, so sheets may be renamed, and columns moved, at will.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from smartcity_xl.messages import label
from smartcity_xl.model import Kind, Merge, Role

SETTINGS, GUIDE = "settings", "guide"
NOTICES, DIMENSIONS, CATEGORIES, INDICATORS = "notices", "dimensions", "categories", "indicators"
QUERIES, FIGURES, MEMBERS = "queries", "figures", "members"

TITLE_ROW, HINT_ROW, COLUMN_HINT_ROW, HEAD_ROW, FIRST_ROW = 1, 2, 3, 4, 5


class Form(StrEnum):
    """What a column holds."""

    TEXT = "text"
    CODE = "code"
    """A code or a key; full-width signs are taken as their plain ones."""
    RULE = "rule"
    NUMBER = "number"
    SHARE = "share"
    """A number shown as a percentage."""
    LINES = "lines"
    """A list, one entry a line."""
    WORD = "word"
    """One of a few values, shown in words."""
    FLAG = "flag"
    """是, or blank."""
    SHOWN = "shown"
    """Written by the program for the reader's eye; never read."""


class Column(Struct, frozen=True):
    name: str
    form: Form
    width: float


def _columns(*columns: tuple[str, Form, float]) -> tuple[Column, ...]:
    return tuple(Column(*column) for column in columns)


SETTING_KEYS = ("id", "version", "title", "short", "document", "survey_dimension", "scheme", "target")
"""The fields of the top level, one row each."""

LISTS: Mapping[str, tuple[Column, ...]] = {
    NOTICES: _columns(("about", Form.TEXT, 12), ("text", Form.TEXT, 90)),
    DIMENSIONS: _columns(
        ("code", Form.CODE, 10), ("name", Form.TEXT, 32), ("weight", Form.SHARE, 12), ("check", Form.SHOWN, 48),
        ("apart", Form.FLAG, 10), ("most_categories", Form.NUMBER, 14), ("most_indicators", Form.NUMBER, 14),
    ),
    CATEGORIES: _columns(
        ("dimension", Form.CODE, 12), ("code", Form.CODE, 12), ("name", Form.TEXT, 32), ("weight", Form.SHARE, 12),
        ("check", Form.SHOWN, 40), ("weights_open", Form.TEXT, 48), ("mark", Form.CODE, 24),
    ),
    INDICATORS: _columns(
        ("category", Form.CODE, 10), ("code", Form.CODE, 12), ("name", Form.TEXT, 30), ("weight", Form.SHARE, 10),
        ("role", Form.WORD, 10), ("deduct_max", Form.NUMBER, 10), ("leading", Form.FLAG, 9),
        ("points_5", Form.NUMBER, 9), ("points_4", Form.NUMBER, 9), ("points_3", Form.NUMBER, 9),
        ("points_2", Form.NUMBER, 9), ("points_1", Form.NUMBER, 9), ("rule", Form.RULE, 52), ("words", Form.SHOWN, 44),
        ("source", Form.TEXT, 20), ("evidence", Form.LINES, 34), ("note", Form.TEXT, 36),
    ),
    QUERIES: _columns(("indicator", Form.CODE, 14), ("when", Form.RULE, 60), ("say", Form.TEXT, 60)),
    FIGURES: _columns(
        ("key", Form.CODE, 28), ("label", Form.TEXT, 36), ("kind", Form.WORD, 12), ("unit", Form.TEXT, 10),
        ("units", Form.LINES, 12), ("min", Form.NUMBER, 10), ("max", Form.NUMBER, 13), ("merge", Form.WORD, 13),
        ("guidance", Form.TEXT, 44),
        ("as_of", Form.TEXT, 20), ("source", Form.TEXT, 22), ("part_of", Form.CODE, 24), ("same_as", Form.CODE, 24),
        ("fixed", Form.NUMBER, 10), ("none", Form.NUMBER, 10), ("rows", Form.NUMBER, 10), ("row_label", Form.TEXT, 14),
        ("used", Form.SHOWN, 18),
    ),
    MEMBERS: _columns(
        ("figure", Form.CODE, 28), ("what", Form.WORD, 12), ("key", Form.CODE, 24), ("label", Form.TEXT, 44),
        ("kind", Form.WORD, 12), ("unit", Form.TEXT, 10), ("units", Form.LINES, 12), ("min", Form.NUMBER, 10),
        ("max", Form.NUMBER, 13), ("part_of", Form.CODE, 24),
    ),
}  # fmt: skip
"""Sheet -> its columns, from the second column of the sheet on."""

RARE = frozenset({
    "apart", "most_categories", "most_indicators", "mark", "weight", "role", "deduct_max", "leading",
    "points_5", "points_4", "points_3", "points_2", "points_1",
})  # fmt: skip
"""Columns that many systems have no use for: hidden where no entry fills them."""

SPARE_ROWS: Mapping[str, int] = {
    NOTICES: 10, DIMENSIONS: 10, CATEGORIES: 20, INDICATORS: 40, QUERIES: 20, FIGURES: 60, MEMBERS: 60,
}  # fmt: skip
"""Empty rows that are laid out for additions; more may be added below."""

MEMBER_LISTS = ("items", "options", "columns")


def words_for(column: str) -> dict[str, str]:
    """Value -> its word in the workbook, for a column of form WORD."""
    values = {"kind": tuple(Kind), "merge": tuple(Merge), "role": tuple(Role), "what": MEMBER_LISTS}[column]
    return {str(value): label(f"edit.{column}_{value}") for value in values}


def position(sheet: str, name: str) -> int:
    """The column in which the writer puts a field."""
    return 1 + next(at for at, column in enumerate(LISTS[sheet]) if column.name == name)
