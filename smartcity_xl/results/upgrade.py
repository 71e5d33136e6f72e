"""An older ``results.json`` in today's shape. What the older one did not say stands as it would be: points, stakes and
tables' answers follow from what it says; what is open is counted anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from smartcity_xl.results.points import bring_points, plain
from smartcity_xl.results.record import SCHEMA

FIRST = "xlscore-results/1"
_NAMED = ("department", "missing", "findings")
"""Keys of an entry of people; every other is a field of the cover."""

Raw = Mapping[str, Any]


def upgrade_first(raw: Raw) -> dict[str, Any]:
    """``xlscore-results/1`` -> today's. Raises KeyError, TypeError, ValueError … for what is none."""
    graded = raw["total"] is not None
    by_figure = {figure["key"]: figure["indicators"] for figure in raw["figures"]}
    by_figure |= {key.partition(".")[0]: codes for key, codes in by_figure.items()}
    order = [one["code"] for one in _indicators(raw)]
    return {
        **raw,
        "schema": SCHEMA,
        "dimensions": [
            {**d, "categories": [
                {**c, "indicators": [_indicator(one, graded) for one in c["indicators"]]} for c in d["categories"]
            ]}
            for d in raw["dimensions"]
        ],
        "figures": [_figure(figure) for figure in raw["figures"]],
        "departments": [_department(entry) for entry in raw["departments"]],
        "findings": [_finding(finding, by_figure, order) for finding in raw["findings"]],
        "people": [_people(entry) for entry in raw["people"]],
    }  # fmt: skip


def _indicators(raw: Raw) -> Iterator[Raw]:
    for dimension in raw["dimensions"]:
        for category in dimension["categories"]:
            yield from category["indicators"]


def _indicator(entry: Raw, graded: bool) -> dict[str, Any]:
    """In a system without points an indicator with star levels weighs 1, and it has neither weight nor deduction."""
    factor = entry["factor"]
    most = (entry["deduct_max"] or "0") if entry["role"] == "deduction" else entry["full"]
    starred = entry["role"] == "scored" and entry["weight"] is None
    return {
        **entry,
        "points": bring_points(entry["score"], factor),
        "points_full": bring_points(entry["full"], factor),
        "stake": plain(Decimal(most) * Decimal(factor)) if graded else str(int(starred)),
    }


def _figure(figure: Raw) -> dict[str, Any]:
    table = figure["kind"] == "table"
    return {
        **figure,
        "unit": None if table else figure["unit"],
        "value": None if table else figure["value"],
        "columns": None,
        "answers": [_table(answer) if table else {**answer, "rows": None} for answer in figure["answers"]],
    }


def _table(answer: Raw) -> dict[str, Any]:
    rows = [
        {"name": row["name"], "cells": {
            key: {**cell, "used": answer["used"]} for key, cell in row.items() if key != "name"
        }}
        for row in answer["rows"]
    ]  # fmt: skip
    said = {"value": None, "raw": "", "unit": None, "as_of": "", "remark": "", "explanation": ""}
    return {**said, **answer, "rows": rows}


def _department(entry: Raw) -> dict[str, Any]:
    """What it called at stake were the points held."""
    return {**entry, "errors": 0, "queries": 0, "stake": "0.00", "held": entry["at_stake"]}


def _finding(finding: Raw, by_figure: Mapping[str, Any], order: list[str]) -> dict[str, Any]:
    key = (finding["figure"] or "").partition(".")[0]
    codes = {*by_figure.get(key, ()), finding["indicator"]}
    return {**finding, "indicators": [code for code in order if code in codes]}


def _people(entry: Raw) -> dict[str, Any]:
    said = {key: value for key, value in entry.items() if key not in _NAMED}
    return {**{key: entry[key] for key in _NAMED}, "said": said}
