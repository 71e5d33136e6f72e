"""Results as tables for analysts: rows with exact numbers, and the same as pandas frames.

>>> tables = read_tables("summary-out/results.json")  # doctest: +SKIP
>>> tables["indicators"].sort_values("score")  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from smartcity_xl.model import Standing
from smartcity_xl.results.columns import COLUMNS, PEOPLE, RUN, ColumnType, DataColumn
from smartcity_xl.results.files import read_results
from smartcity_xl.results.open import count_findings
from smartcity_xl.results.record import AnswerRecord, FigureRecord, RangeRecord, Results
from smartcity_xl.results.unnamed import Unnamed

if TYPE_CHECKING:
    import pandas as pd

Datum = str | int | bool | Decimal | None
DataRow = tuple[Datum, ...]
_Rows = Iterator[Mapping[str, object]]


class DataTable(Struct, frozen=True):
    """``rows`` have a cell for each of ``columns``: a text, a whole number, a truth value, an exact ``Decimal``, or
    None where there is none."""

    name: str
    columns: tuple[DataColumn, ...]
    rows: tuple[DataRow, ...]


class NamedResults(Struct, frozen=True):
    """A record, and the name of the file that it came from."""

    name: str
    record: Results


def read_tables(path: str | Path, *more: str | Path, contacts: bool = False) -> dict[str, pd.DataFrame]:
    """The tables of one or several ``results.json`` as pandas frames, by their names; see ``COLUMNS``.

    Every column has the dtype ``object``: texts are ``str``, whole numbers ``int``, truth values ``bool``, all other
    numbers ``decimal.Decimal``, exact; None where there is none. ``contacts``: the people whom departments name are in
    a table of their own; without it, no text names them. Raises ResultsFault, a ValueError, for another kind of file.
    """
    import pandas as pd

    named = [NamedResults(name_source(Path(one)), read_results(one)) for one in (path, *more)]
    tables = make_tables(named, contacts)
    return {
        one.name: pd.DataFrame(list(one.rows), columns=[column.name for column in one.columns], dtype=object)
        for one in tables
    }


def name_source(path: Path) -> str:
    """What a file of results is called in a table: with its folder, and not with the way to that."""
    return "/".join(path.parts[-2:])


def make_tables(sources: Sequence[NamedResults], contacts: bool = False) -> tuple[DataTable, ...]:
    """All tables of some records; a row says which record it is of. Words are Chinese. An answer for a table figure is
    one row a cell; a correction is one row for each answer that changed, as it was typed before and after."""
    names = [name for name in COLUMNS if contacts or name != PEOPLE]
    made: dict[str, list[DataRow]] = {name: [] for name in names}
    for number, source in enumerate(sources, start=1):
        record = source.record
        hide = Unnamed.of(record) if not contacts else Unnamed()
        run = {"run": number, "city": record.city, "round": record.round, "system": record.catalog.id}
        for name in names:
            made[name] += [_order({**row, **run}, COLUMNS[name], hide) for row in _rows(name, source)]
    return tuple(DataTable(name, COLUMNS[name], tuple(rows)) for name, rows in made.items())


def _order(row: Mapping[str, object], columns: tuple[DataColumn, ...], hide: Unnamed) -> DataRow:
    return tuple(_cell(row.get(column.name), column, hide) for column in columns)


def _cell(value: object, column: DataColumn, hide: Unnamed) -> Datum:
    if value is None:
        return None
    if column.type is ColumnType.DECIMAL:
        return Decimal(str(value))
    if isinstance(value, bool | int):
        return value
    text = "\n".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
    return hide.in_text(text) if column.free else text


def _rows(table: str, source: NamedResults) -> _Rows:
    record = source.record
    match table:
        case "cities":
            yield _city(source)
        case "levels":
            yield from _levels(record)
        case "indicators":
            yield from _indicators(record)
        case "answers":
            yield from _answers(record)
        case "corrections":
            yield from _corrections(record)
        case "findings":
            for one in record.findings:
                yield {**_pick("findings", one), "found": one.zh.found, "remedy": one.zh.remedy}
        case "evidence":
            yield from _plain("evidence", record.evidence.named)
        case "people":
            yield from _people(record)
        case _:
            yield from _plain(table, getattr(record, table))


def _pick(table: str, record: object) -> dict[str, object]:
    """The fields of a record that a table has as columns."""
    own = COLUMNS[table][len(RUN) :]
    return {column.name: getattr(record, column.name) for column in own if hasattr(record, column.name)}


def _plain(table: str, records: Sequence[object]) -> _Rows:
    return (_pick(table, record) for record in records)


def _ends(span: RangeRecord | None) -> dict[str, object]:
    return {"floor": span.floor, "ceiling": span.ceiling} if span else {}


def _city(source: NamedResults) -> Mapping[str, object]:
    record, total, stars = source.record, source.record.total, source.record.stars
    open_ = [one for one in record.indicators if one.standing is not Standing.SETTLED]
    counts = count_findings(record.findings)
    row: dict[str, object] = {
        "source": source.name, "version": record.catalog.version, "title": record.catalog.title,
        "assignment": record.assignment.title, "deadline": record.deadline, "period": record.terms.period,
        "final": not open_, "indicators": len(record.indicators), "open_indicators": len(open_),
        "departments": len(record.departments), "reported": sum(one.reported for one in record.departments),
        "ratio_above_one": record.settings.ratio_above_one, "rounding": record.settings.rounding,
        "missing": record.settings.missing, "errors": counts.errors, "queries": counts.queries,
    }  # fmt: skip
    if total:
        row |= {**_pick("cities", total), **_ends(total.range), "total": total.score}
    if stars:
        row |= {"target_star": stars.target} | {f"star_{level}": number for level, number in stars.counts.items()}
    return row


def _levels(record: Results) -> _Rows:
    for dimension in record.dimensions:
        top = {"level": "dimension", "dimension": dimension.code}
        yield {**_pick("levels", dimension), **_ends(dimension.range), **top}
        for category in dimension.categories:
            yield {**_pick("levels", category), **_ends(category.range), **top, "level": "category"}


def _indicators(record: Results) -> _Rows:
    for dimension in record.dimensions:
        for category in dimension.categories:
            for one in category.indicators:
                worth = {"worth": one.points, "worth_full": one.points_full}
                codes = {"dimension": dimension.code, "category": category.code}
                yield {**_pick("indicators", one), **_ends(one.range), **worth, **codes}


def _corrections(record: Results) -> _Rows:
    for entry in record.corrections:
        for change in entry.changes:
            sides = {
                "before": [answer.raw for answer in change.before], "after": [answer.raw for answer in change.after],
            }  # fmt: skip
            yield {**_pick("corrections", entry), **_pick("corrections", change), **sides}


def _answers(record: Results) -> _Rows:
    for figure in record.figures:
        for answer in figure.answers:
            yield from _cells(figure, answer)


def _cells(figure: FigureRecord, answer: AnswerRecord) -> _Rows:
    if answer.rows is None:
        yield {**_pick("answers", answer), "key": figure.key, "value_unit": figure.unit}
        return
    units = {column.key: column.unit for column in figure.columns or ()}
    for row in answer.rows:
        for column, cell in row.cells.items():
            yield {
                **_pick("answers", cell),
                "key": f"{figure.key}.{column}",
                "value_unit": units.get(column),
                "row": row.name,
            }


def _people(record: Results) -> _Rows:
    for entry in record.people:
        for field, said in entry.said.items():
            for one in said:
                yield {"department": entry.department, "field": field, "text": one.text, "files": one.files}
