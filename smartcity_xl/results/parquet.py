"""A table as Parquet, by pyarrow where it is installed: texts, whole numbers, truth values, and exact decimals."""

from __future__ import annotations

import io
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from smartcity_xl.errors import UsageFault
from smartcity_xl.results.columns import ColumnType, DataColumn, word_column, word_unit
from smartcity_xl.results.tables import DataTable

if TYPE_CHECKING:
    from types import ModuleType

PRECISION, SCALE = 38, 18
"""Digits of a decimal in all, and after the point, unless a table holds a number that needs more of them."""


class Digits(Struct, frozen=True):
    """A decimal type: how many digits there are after the point, of ``PRECISION`` in all."""

    scale: int

    def __str__(self) -> str:
        return f"DECIMAL({PRECISION}, {self.scale})"


TEXT = "STRING"
"""A column of numbers so long that no decimal type holds them is one of texts."""
_PLAIN = {ColumnType.TEXT: TEXT, ColumnType.WHOLE: "INT64", ColumnType.TRUTH: "BOOLEAN"}


def parquet_type(table: DataTable, column: DataColumn) -> Digits | str:
    """What a column is in Parquet. The digits after the point are ``SCALE``; more where a number in it has more; a text
    where the numbers before and after the point do not fit together: nothing is ever rounded."""
    if column.type is not ColumnType.DECIMAL:
        return _PLAIN[column.type]
    at = table.columns.index(column)
    before, after = _digits(cell for row in table.rows if isinstance(cell := row[at], Decimal))
    scale = max(SCALE, after)
    return Digits(scale) if before + scale <= PRECISION else TEXT


def _digits(numbers: Iterable[Decimal]) -> tuple[int, int]:
    """The most digits before and after the point that any of the numbers has."""
    before = after = 0
    for number in numbers:
        whole, _, rest = f"{abs(number):f}".partition(".")
        before, after = max(before, len(whole.lstrip("0"))), max(after, len(rest.rstrip("0")))
    return before, after


def load_pyarrow() -> ModuleType:
    """The package that writes Parquet. Raises UsageFault where it is not installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UsageFault("parquet-missing") from error
    module: ModuleType = pyarrow
    return module


def write_parquet(table: DataTable) -> bytes:
    """The table, with the words about each column as metadata of its field. Raises UsageFault where pyarrow is not
    installed."""
    arrow: Any = load_pyarrow()
    fields = [arrow.field(one.name, _arrow_type(arrow, table, one), metadata=_words(table, one)) for one in
              table.columns]  # fmt: skip
    columns = [
        arrow.array([_held(row[at], field.type, arrow) for row in table.rows], field.type)
        for at, field in enumerate(fields)
    ]
    stream = io.BytesIO()
    made = arrow.Table.from_arrays(columns, schema=arrow.schema(fields))
    arrow.parquet.write_table(made, stream, compression="zstd", store_schema=True)
    return stream.getvalue()


def _arrow_type(arrow: Any, table: DataTable, column: DataColumn) -> Any:
    kind = parquet_type(table, column)
    if isinstance(kind, Digits):
        return arrow.decimal128(PRECISION, kind.scale)
    return {TEXT: arrow.string(), "INT64": arrow.int64(), "BOOLEAN": arrow.bool_()}[kind]


def _held(cell: object, kind: Any, arrow: Any) -> object:
    return f"{cell:f}" if isinstance(cell, Decimal) and kind == arrow.string() else cell


def _words(table: DataTable, column: DataColumn) -> dict[str, str]:
    said = {"zh": word_column(table.name, column, "zh"), "en": word_column(table.name, column, "en")}
    return {**said, "unit": word_unit(column, "zh")} if column.unit != "none" else said
