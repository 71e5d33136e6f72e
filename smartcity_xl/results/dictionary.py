"""What the exported tables hold, as a table of its own: each column with its type, its unit and what it means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smartcity_xl.messages import LANGUAGES, sentence
from smartcity_xl.results.columns import DataColumn, word_column, word_table, word_unit
from smartcity_xl.results.parquet import parquet_type
from smartcity_xl.results.tables import DataRow, DataTable

_HEADS = ("table", "column", "type", "parquet", *(f"unit_{language}" for language in LANGUAGES), *LANGUAGES)


def describe_tables(tables: Sequence[DataTable]) -> DataTable:
    """The dictionary of just these tables: a decimal in Parquet has the digits that they need. A table itself is a row
    without a column."""
    columns = tuple(DataColumn(name) for name in _HEADS)
    return DataTable("dictionary", columns, tuple(row for table in tables for row in _rows(table)))


def _rows(table: DataTable) -> Iterator[DataRow]:
    yield (table.name, None, None, None, None, None, *(word_table(table.name, language) for language in LANGUAGES))
    for column in table.columns:
        units = (word_unit(column, language) or None for language in LANGUAGES)
        words = (word_column(table.name, column, language) for language in LANGUAGES)
        sort = "/".join(sentence("columns", f"type.{column.type.value}", language) for language in LANGUAGES)
        yield (table.name, column.name, sort, str(parquet_type(table, column)), *units, *words)
