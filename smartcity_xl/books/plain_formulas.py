"""A worksheet that takes formulas of old functions as they are, and links that leave their cells alone.

XlsxWriter looks in every formula for each of some 150 functions that Excel learned after 2007, to write their names
with a prefix: a quarter of the time that a form takes. A formula that calls none but those below needs none of it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from operator import itemgetter

from xlsxwriter.url import Url
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from smartcity_xl.books.cells import Spot

OLD = frozenset(
    ("ABS", "AND", "ASC", "AVERAGE", "CELL", "CHOOSE", "COUNT", "COUNTA", "COUNTIF", "EXACT", "FIND", "HYPERLINK", "IF",
     "IFERROR", "INDEX", "INT", "ISBLANK", "ISERROR", "ISLOGICAL", "ISNUMBER", "ISTEXT", "LEFT", "LEN", "LOG10",
     "MATCH", "MAX", "MID", "MIN", "NOT", "OR", "RIGHT", "ROUND", "SUBSTITUTE", "SUM", "SUMIF", "SUMPRODUCT", "TEXT",
     "TRIM", "VALUE")
)  # fmt: skip
MOST_LINKS = 65_530
"""As many as Excel takes on a sheet; it repairs a file with more by dropping them all."""
COLUMN_NAMES = tuple(map(xl_col_to_name, range(256)))
_SPECIAL = re.compile('["&<>\\n]')
_CALLED = re.compile(r"[\w.]+(?=\()")


@lru_cache(maxsize=256)
def _start_of(sheet: str) -> str:
    """What is written of a sheet in a link to a cell, before the cell."""
    return in_attribute(Spot(sheet, 0).location.removesuffix("A1"))


def in_attribute(said: str) -> str:
    """Text within an attribute."""
    if _SPECIAL.search(said) is None:
        return said
    said = said.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    return said.replace("\n", "&#xA;")


def is_plain(formula: str) -> bool:
    """Whether a formula calls no function but old ones."""
    return OLD.issuperset(_CALLED.findall(formula))


class PlainWorksheet(Worksheet):  # type: ignore[misc]
    """Writes the same bytes as its base, but for links: these need not repeat what stands in their cell."""

    def __init__(self) -> None:
        super().__init__()
        self.links: dict[tuple[int, int], Spot] = {}
        """Cells that lead to others; XlsxWriter knows nothing of these."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        if not formula.startswith("{") and is_plain(formula):
            return formula.removeprefix("=").removesuffix("}")
        prepared: str = super()._prepare_formula(formula, expand_future_functions)
        return prepared

    def point(self, row: int, column: int, to: Spot | str) -> bool:
        """Make a cell a link, whatever it holds; whether there was room for one more. A text is the way to a file."""
        if self.hlink_count >= MOST_LINKS:
            return False
        self.hlink_count += 1
        if isinstance(to, Spot):
            self.links[row, column] = to
        else:
            self.links.pop((row, column), None)
            self.hyperlinks[row][column] = url = Url(f"external:{to}")
            url.text = ""
        return True

    def hand_over_links(self) -> None:
        """Have XlsxWriter know of all links."""
        for (row, column), to in self.links.items():
            self.hyperlinks[row][column] = url = Url(f"internal:{to.location}")
            url.text = ""

    def _write_hyperlinks(self) -> None:
        """As they are written, where all lead to cells; links to files are numbered."""
        if self.hyperlinks:
            self.hand_over_links()
            super()._write_hyperlinks()
        elif self.links:
            written = [
                f'<hyperlink ref="{COLUMN_NAMES[column]}{row + 1}" '
                f'location="{_start_of(to.sheet)}{COLUMN_NAMES[to.column]}{to.row + 1}"/>'
                for (row, column), to in sorted(self.links.items(), key=itemgetter(0))
            ]
            self.fh.write(f"<hyperlinks>{''.join(written)}</hyperlinks>")

    def _write_hyperlink_internal(self, row: int, col: int, url: Url) -> None:
        if url.text:
            super()._write_hyperlink_internal(row, col, url)
        else:
            self._xml_empty_tag("hyperlink", [("ref", xl_rowcol_to_cell(row, col)), ("location", url._link)])

    def _write_hyperlink_external(self, row: int, col: int, id_num: int, url: Url) -> None:
        """The way to a file with the signs that URIs have, and all programs read: XlsxWriter turns them round."""
        url._relationship_link = url._relationship_link.replace("\\", "/")
        super()._write_hyperlink_external(row, col, id_num, url)
