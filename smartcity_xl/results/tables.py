"""``results.json`` as pandas tables, for analysts.

>>> tables = read_tables("summary-out/results.json")  # doctest: +SKIP
>>> tables["indicators"].sort_values("score")  # doctest: +SKIP
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "indicators": ("dimension", "category", "code", "name", "weight", "standing", "score", "full", "mark", "worth"),
    "figures": ("key", "label", "kind", "unit", "standing", "value"),
    "answers": (
        "key",
        "department",
        "state",
        "value",
        "raw",
        "unit",
        "as_of",
        "remark",
        "used",
        "file",
        "sheet",
        "cell",
    ),
    "departments": ("key", "name", "reported", "asked", "filled", "findings", "at_stake"),
    "corrections": ("department", "by", "figure", "row", "before", "after", "earlier", "later"),
    "findings": (
        "severity",
        "points",
        "code",
        "department",
        "indicator",
        "figure",
        "file",
        "sheet",
        "cell",
        "found",
        "remedy",
        "explanation",
    ),
    "evidence": ("indicator", "department", "title", "named", "state", "file", "sheet", "cell"),
    "written": ("kind", "department", "file", "title", "characters", "figures", "tables"),
    "files": ("file", "sha256", "status", "department"),
}
"""Table -> its columns, in order. Scores, values and weights are exact (``Decimal``), None where there is none;
``worth`` is the part of the total of 100. Words are Chinese. An answer for a table figure is one row a cell. A
correction is one row for each answer that changed, as it was typed before and after."""

_EXACT = frozenset({"weight", "score", "full", "mark", "worth", "value", "points", "at_stake"})


def read_tables(path: str | Path) -> dict[str, pd.DataFrame]:
    """The tables of one ``results.json``; see ``COLUMNS``. Raises OSError, or ValueError for another kind of file."""
    import pandas as pd

    results = json.loads(Path(path).read_text(encoding="utf-8"))
    if results.get("schema") != "xlscore-results/1":
        raise ValueError(f"{path}: expected the schema xlscore-results/1, found {results.get('schema')!r}")
    rows = {
        "indicators": _indicators(results),
        "figures": iter(results["figures"]),
        "answers": _answers(results),
        "departments": iter(results["departments"]),
        "corrections": _corrections(results),
        "findings": ({**finding, **finding["zh"]} for finding in results["findings"]),
        "evidence": iter(results["evidence"]["named"]),
        "written": iter(results["written"]),
        "files": iter(results["files"]),
    }
    return {
        name: pd.DataFrame([_pick(row, columns) for row in rows[name]], columns=list(columns), dtype=object)
        for name, columns in COLUMNS.items()
    }


def _pick(row: Mapping[str, Any], columns: tuple[str, ...]) -> list[object]:
    return [_exact(row.get(name)) if name in _EXACT else row.get(name) for name in columns]


def _exact(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _indicators(results: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for dimension in results["dimensions"]:
        for category in dimension["categories"]:
            for indicator in category["indicators"]:
                score = indicator["score"]
                worth = None if score is None else str(Decimal(score) * Decimal(indicator["factor"]))
                yield {**indicator, "dimension": dimension["code"], "category": category["code"], "worth": worth}


def _corrections(results: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in results["corrections"]:
        for change in entry["changes"]:
            sides = {side: "\n".join(answer["raw"] for answer in change[side]) for side in ("before", "after")}
            yield {**entry, **change, **sides, **{side: "\n".join(entry[side]) for side in ("earlier", "later")}}


def _answers(results: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for figure in results["figures"]:
        for answer in figure["answers"]:
            if "rows" not in answer:
                yield {**answer, "key": figure["key"]}
                continue
            for row in answer["rows"]:
                for column, cell in row.items():
                    if column != "name":
                        yield {**cell, "key": f"{figure['key']}.{column}", "used": answer["used"]}
