"""A worksheet that takes formulas of old functions as they are, and links that leave their cells alone.

XlsxWriter looks in every formula for each of some 150 functions that Excel learned after 2007, to write their names
with a prefix: a quarter of the time that a form takes. A formula that calls none but those below needs none of it.
"""

from __future__ import annotations

import re
from functools import lru_cache

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


@lru_cache(maxsize=8192)
def _inside(sheet: str, row: int, column: int) -> Url:
    """A link within the workbook; nothing is noted on it when it is written, so that many cells may share it."""
    url = Url(f"internal:{Spot(sheet, row, column).location}")
    url.text, url.escaped = "", in_attribute(url._link)
    return url


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
            self.hyperlinks[row][column] = _inside(to.sheet, to.row, to.column)
        else:
            url = Url(f"external:{to}")
            url.text = ""
            self.hyperlinks[row][column] = url
        return True

    def _write_hyperlinks(self) -> None:
        """As they are written, where all lead to cells; links to files are numbered."""
        links, written = self.hyperlinks, []
        for row in sorted(links):
            for column in sorted(links[row]):
                said = getattr(links[row][column], "escaped", None)
                if said is None:
                    super()._write_hyperlinks()
                    return
                written.append(f'<hyperlink ref="{COLUMN_NAMES[column]}{row + 1}" location="{said}"/>')
        if written:
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
