"""``results.json`` as pandas tables, for analysts.

>>> tables = read_tables("summary-out/results.json")  # doctest: +SKIP
>>> tables["indicators"].sort_values("score")  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_xl.results import Results, read_results
from smartcity_xl.results.record import AnswerRecord, CellRecord

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
    "departments": ("key", "name", "reported", "asked", "filled", "errors", "queries", "stake", "held"),
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

_EXACT = frozenset({"weight", "score", "full", "mark", "worth", "value", "points", "stake", "held"})


_Rows = Iterator[Mapping[str, object]]


def read_tables(path: str | Path) -> dict[str, pd.DataFrame]:
    """The tables of one ``results.json``; see ``COLUMNS``. Raises ResultsFault, a ValueError, for another kind of
    file."""
    import pandas as pd

    results = read_results(path)
    rows: dict[str, _Rows] = {
        "indicators": _indicators(results),
        "figures": _plain("figures", results.figures),
        "answers": _answers(results),
        "departments": _plain("departments", results.departments),
        "corrections": _corrections(results),
        "findings": ({**_pick("findings", one), "found": one.zh.found, "remedy": one.zh.remedy}
                     for one in results.findings),
        "evidence": _plain("evidence", results.evidence.named),
        "written": _plain("written", results.written),
        "files": _plain("files", results.files),
    }  # fmt: skip
    return {
        name: pd.DataFrame([_order(row, columns) for row in rows[name]], columns=list(columns), dtype=object)
        for name, columns in COLUMNS.items()
    }


def _pick(table: str, record: object) -> dict[str, object]:
    """The fields of a record that a table has as columns."""
    return {name: getattr(record, name) for name in COLUMNS[table] if hasattr(record, name)}


def _plain(table: str, records: Sequence[object]) -> _Rows:
    return (_pick(table, record) for record in records)


def _order(row: Mapping[str, object], columns: tuple[str, ...]) -> list[object]:
    return [_exact(row.get(name)) if name in _EXACT else _text(row.get(name)) for name in columns]


def _exact(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _text(value: object) -> object:
    """A plain text in place of a word of ours."""
    return str(value) if isinstance(value, str) else value


def _indicators(results: Results) -> _Rows:
    for dimension in results.dimensions:
        for category in dimension.categories:
            for indicator in category.indicators:
                codes = {"dimension": dimension.code, "category": category.code, "worth": indicator.points}
                yield {**_pick("indicators", indicator), **codes}


def _corrections(results: Results) -> _Rows:
    for entry in results.corrections:
        files = {"earlier": "\n".join(entry.earlier), "later": "\n".join(entry.later)}
        for change in entry.changes:
            sides = {
                "before": "\n".join(answer.raw for answer in change.before),
                "after": "\n".join(answer.raw for answer in change.after),
            }
            yield {**_pick("corrections", entry), **_pick("corrections", change), **sides, **files}


def _answers(results: Results) -> _Rows:
    for figure in results.figures:
        for answer in figure.answers:
            for column, cell in _cells(answer):
                yield {**_pick("answers", cell), "key": f"{figure.key}.{column}" if column else figure.key}


def _cells(answer: AnswerRecord) -> Iterator[tuple[str, CellRecord]]:
    if answer.rows is None:
        yield "", answer
    for row in answer.rows or ():
        yield from row.cells.items()
