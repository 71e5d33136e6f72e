"""A table as CSV that a spreadsheet program opens right, that starts no formula in one, and that loses nothing.

UTF-8 with a byte order mark; a comma between cells, CR LF after each row; every text in quotes, so that an empty text
(``""``) is not taken for none (nothing). Numbers stand in full, without exponents; a truth value is TRUE or FALSE. A
text that a spreadsheet program could take for a formula bears an apostrophe before it, which ``unguard`` takes off.
"""

from __future__ import annotations

import re
from decimal import Decimal

from smartcity_xl.results.tables import DataTable, Datum

_FORMULA = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])")
"""How a text begins that some program evaluates, whatever number of apostrophes is before it: so that none is taken
off that was typed."""


def write_csv(table: DataTable) -> bytes:
    """The table with its names of columns in the first row."""
    rows = [[column.name for column in table.columns], *table.rows]
    return "".join(",".join(map(_word, row)) + "\r\n" for row in rows).encode("utf-8-sig")


def _word(cell: Datum) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case int():
            return str(cell)
        case Decimal():
            return f"{cell:f}"
        case _:
            return '"' + guard(cell).replace('"', '""') + '"'


def guard(text: str) -> str:
    """A text that no spreadsheet program takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguard(text: str) -> str:
    """What ``guard`` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text
