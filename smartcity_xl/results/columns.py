"""The tables that analysts get, column by column: what type each is, and what its numbers are measured in.

What a table and a column mean is said in ``messages/columns.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from smartcity_xl.messages import sentence


class ColumnType(StrEnum):
    """What a column holds; none (an empty cell) may stand in any."""

    TEXT = "text"
    WHOLE = "whole"
    DECIMAL = "decimal"
    TRUTH = "truth"


class DataColumn(Struct, frozen=True):
    """``unit`` says what its numbers are measured in (``unit.*`` of the words). ``free``: people wrote it, and what it
    says may name a person."""

    name: str
    type: ColumnType = ColumnType.TEXT
    unit: str = "none"
    free: bool = False


def _text(*names: str, free: bool = False) -> tuple[DataColumn, ...]:
    return tuple(DataColumn(name, free=free) for name in names)


def _whole(*names: str, unit: str = "count") -> tuple[DataColumn, ...]:
    return tuple(DataColumn(name, ColumnType.WHOLE, unit) for name in names)


def _decimal(unit: str, *names: str) -> tuple[DataColumn, ...]:
    return tuple(DataColumn(name, ColumnType.DECIMAL, unit) for name in names)


def _truth(name: str) -> tuple[DataColumn, ...]:
    return (DataColumn(name, ColumnType.TRUTH),)


RUN = (*_whole("run", unit="none"), *_text("city", "round", "system"))
"""The columns that every table begins with."""

PEOPLE = "people"
"""The table that is made only where it is asked for."""

_PLACE = (*_text("file", free=True), *_text("sheet", "cell"))

_OWN: Mapping[str, tuple[DataColumn, ...]] = {
    "cities": (
        *_text("source", "version", "title", "assignment", "deadline", "period"), *_truth("final"),
        *_decimal("points", "total", "full", "assessed", "floor", "ceiling", "apart"),
        *_whole("target_star", unit="star"),
        *_whole(*(f"star_{level}" for level in range(5, -1, -1)), "departments", "reported", "indicators",
                "open_indicators", "errors", "queries"),
        *_text("ratio_above_one", "rounding", "missing"),
    ),
    "levels": (
        *_text("level", "dimension", "code", "name"), *_decimal("share", "weight"),
        *_decimal("score", "score", "full", "floor", "ceiling"),
    ),
    "indicators": (
        *_text("dimension", "category", "code", "name", "role"), *_decimal("share", "weight"), *_text("standing"),
        *_decimal("score", "score", "full"), *_decimal("mark", "mark"), *_whole("star", unit="star"),
        *_decimal("points", "worth", "worth_full", "lost"), *_decimal("score", "floor", "ceiling"), *_text("open"),
    ),
    "figures": (
        *_text("key", "label", "kind", "unit", "standing"), *_decimal("own", "value"), *_text("asked", "indicators"),
    ),
    "answers": (
        *_text("key", "department"), *_text("row", free=True), *_text("state"), *_decimal("value", "value"),
        *_text("value_unit"), *_text("raw", free=True), *_text("unit"),
        *_text("as_of", "remark", "explanation", free=True), *_truth("used"), *_PLACE,
    ),
    "departments": (
        *_text("key", "name"), *_truth("reported"), *_whole("asked", "filled", "errors", "queries"),
        *_decimal("points", "stake", "held"),
    ),
    "corrections": (
        *_text("department", "by", "figure"), *_text("row", "before", "after", "earlier", "later", free=True),
    ),
    "findings": (
        *_text("severity"), *_decimal("points", "points"),
        *_text("code", "department", "indicator", "figure", "indicators"), *_PLACE,
        *_text("found", "remedy", "explanation", free=True),
    ),
    "evidence": (
        *_text("indicator", "department"), *_text("title", "named", free=True), *_text("state"), *_PLACE,
    ),
    "written": (
        *_text("kind", "department"), *_text("file", "title", free=True), *_whole("characters", "figures", "tables"),
    ),
    "files": (*_text("file", free=True), *_text("sha256", "status", "department")),
    PEOPLE: (*_text("department", "field", "text", "files"),),
}  # fmt: skip

COLUMNS: Mapping[str, tuple[DataColumn, ...]] = {name: (*RUN, *columns) for name, columns in _OWN.items()}
"""Table -> its columns, in order."""


def word_table(table: str, language: str) -> str:
    """What a table holds."""
    return sentence("columns", table, language)


def word_column(table: str, column: DataColumn, language: str) -> str:
    """What a column means."""
    return sentence("columns", f"{'any' if column in RUN else table}.{column.name}", language)


def word_unit(column: DataColumn, language: str) -> str:
    """What a column's numbers are measured in; "" where it has none."""
    return sentence("columns", f"unit.{column.unit}", language)
