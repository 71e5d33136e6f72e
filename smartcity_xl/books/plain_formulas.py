"""A worksheet that takes formulas of old functions as they are.

XlsxWriter looks in every formula for each of some 150 functions that Excel learned after 2007, to write their names
with a prefix: a quarter of the time that a form takes. A formula that calls none but those below needs none of it.
"""

from __future__ import annotations

import re

from xlsxwriter.worksheet import Worksheet

OLD = frozenset(
    ("ABS", "AND", "ASC", "AVERAGE", "CELL", "CHOOSE", "COUNT", "COUNTA", "COUNTIF", "EXACT", "FIND", "HYPERLINK", "IF",
     "IFERROR", "INDEX", "INT", "ISBLANK", "ISERROR", "ISLOGICAL", "ISNUMBER", "ISTEXT", "LEFT", "LEN", "LOG10",
     "MATCH", "MAX", "MIN", "NOT", "OR", "RIGHT", "ROUND", "SUBSTITUTE", "SUM", "SUMPRODUCT", "TEXT", "TRIM", "VALUE")
)  # fmt: skip
_CALLED = re.compile(r"[\w.]+(?=\()")


class PlainWorksheet(Worksheet):  # type: ignore[misc]
    """Writes the same bytes as its base."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        if not formula.startswith("{") and OLD.issuperset(_CALLED.findall(formula)):
            return formula.removeprefix("=").removesuffix("}")
        prepared: str = super()._prepare_formula(formula, expand_future_functions)
        return prepared
