"""A sheet of ours, read by key: rows by the key in the marker's column, columns by the names in the marker's row.

Both are hidden, and travel with the sheet: rows and columns may be moved, inserted and sorted, sheets renamed. Rows and
columns count from 0.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct, field

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.content import SHOWN, Content, Odd, read_content, words_in
from smartcity_xl.books.identity import MARKER
from smartcity_xl.books.sheets import Sheet
from smartcity_xl.books.values import read_date, show_cell, trimmed
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.messages import label
from smartcity_xl.model.periods import is_date

KEY = "*"
"""How the column of the keys is called here. In the sheet its name is the marker; a list may have a column “key”."""
_SEARCHED_ROWS, _SEARCHED_COLUMNS = 20, 5


def marker_of(sheet: Sheet) -> tuple[int, str]:
    """The row of a sheet that names its columns, and what follows the marker there; (-1, "") without one."""
    for number, row in enumerate(sheet.rows[:_SEARCHED_ROWS]):
        for cell in row[:_SEARCHED_COLUMNS]:
            if isinstance(cell, str) and cell.startswith(MARKER):
                return number, cell.removeprefix(MARKER)
    return -1, ""


def columns_of(sheet: Sheet) -> dict[str, int]:
    """Column name -> position, as the sheet's own first row has them now; the first of several of one name."""
    return columns_in(sheet, marker_of(sheet)[0])


def columns_in(sheet: Sheet, row: int) -> dict[str, int]:
    """The same where the row is known, -1 for none."""
    found: dict[str, int] = {}
    for at, cell in enumerate(sheet.rows[row] if row >= 0 else []):
        if isinstance(cell, str) and cell:
            found.setdefault(KEY if cell.startswith(MARKER) else cell, at)
    return found


def copied_columns(sheet: Sheet) -> dict[str, tuple[int, int]]:
    """The columns that stand twice and do not hold the same in every row: name -> both positions."""
    row, _ = marker_of(sheet)
    first = columns_in(sheet, row)
    found: dict[str, tuple[int, int]] = {}
    for at, cell in enumerate(sheet.rows[row] if row >= 0 else []):
        name = KEY if isinstance(cell, str) and cell.startswith(MARKER) else cell
        if not isinstance(name, str) or first.get(name, at) == at:
            continue
        if any(sheet.cell(below, at) != sheet.cell(below, first[name]) for below in range(row + 1, len(sheet.rows))):
            found.setdefault(name, (first[name], at))
    return found


def keyed_rows(sheet: Sheet, columns: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Key and row of every row that has a key."""
    head, _ = marker_of(sheet)
    at = columns[KEY]
    for row, cells in enumerate(sheet.rows[head + 1 :], start=head + 1):
        key = cells[at] if at < len(cells) else None
        if key is None:
            continue
        if isinstance(key, str):
            if key := key.strip():
                yield key, row
        elif isinstance(key, (int, float)) and not isinstance(key, bool):
            yield show_cell(key), row


class KeyedSheet(Struct, frozen=True, dict=True):
    """A marked sheet, with the words of its cells and the faults in them."""

    sheet: Sheet

    @cached_property
    def _marker(self) -> tuple[int, str]:
        return marker_of(self.sheet)

    @property
    def head(self) -> int:
        """The hidden row that names the columns; -1 without one."""
        return self._marker[0]

    @property
    def role(self) -> str:
        """What follows the marker there."""
        return self._marker[1]

    @cached_property
    def columns(self) -> Mapping[str, int]:
        return columns_in(self.sheet, self.head)

    @property
    def rows(self) -> range:
        """Every row below the hidden one."""
        return range(self.head + 1, len(self.sheet.rows))

    def rows_below(self, headings: Mapping[str, str], otherwise: int) -> range:
        """The rows below the printed headings (column -> its heading), wherever those stand now; ``otherwise`` is how
        far below the hidden row the first one stood when the sheet was written."""
        for row in self.rows:
            if all(trimmed(show_cell(self.cell(row, name))) == heading for name, heading in headings.items()):
                return range(row + 1, len(self.sheet.rows))
        return range(min(self.head + otherwise, len(self.sheet.rows)), len(self.sheet.rows))

    @cached_property
    def copied(self) -> Mapping[str, tuple[int, int]]:
        """The columns that stand twice (``copied_columns``)."""
        named = [cell for cell in self.sheet.rows[self.head] if isinstance(cell, str) and cell] if self.columns else []
        return copied_columns(self.sheet) if len(named) > len(self.columns) else {}

    @cached_property
    def _keyed(self) -> tuple[tuple[str, int], ...]:
        return tuple(keyed_rows(self.sheet, self.columns))

    def keyed(self) -> Iterator[tuple[str, int]]:
        """Key and row of every row that has a key."""
        return iter(self._keyed)

    def cell(self, row: int, name: str) -> object:
        """What stands in a column, as the sheet's reader has it; nothing where the sheet has no such column."""
        return self.sheet.cell(row, self.columns[name]) if name in self.columns else None

    def content(self, row: int, name: str) -> Content:
        return read_content(self.cell(row, name))

    def holds(self, row: int, *names: str) -> bool:
        """Whether anything that can be seen stands in one of the columns."""
        return any(words_in(self.content(row, name)) != "" for name in names)

    def cell_name(self, row: int, name: str) -> str:
        return cell_name(row, self.columns.get(name, 0))

    def place(self, row: int, name: str) -> str:
        """A cell as people find it: 分工!E7."""
        return f"{self.sheet.name}!{self.cell_name(row, name)}"

    def fault(self, row: int, name: str, code: str, /, **parameters: str) -> Fault:
        return Fault(self.place(row, name), code, parameters)


class FaultyCells(Struct, kw_only=True):
    """What the readers of the office's workbooks share: words from cells, and a fault for each cell without."""

    faults: list[Fault] = field(default_factory=list)

    def note_cell(self, page: KeyedSheet, row: int, name: str, code: str, /, **parameters: str) -> None:
        self.faults.append(page.fault(row, name, code, **parameters))

    def words(
        self, page: KeyedSheet, row: int, name: str, results: bool = False, dates: bool = False, truths: bool = False
    ) -> str:
        """The words of a cell as ``words_in`` has them; a fault, and "", where there are none to take."""
        said = words_in(page.content(row, name), results, dates, truths)
        if isinstance(said, Odd):
            self.note_cell(page, row, name, said.code, found=said.found)
            return ""
        return said

    def day(self, page: KeyedSheet, row: int, name: str) -> str:
        """The day in a cell, in ISO form, of a formula its result; "" for a blank one, and with a fault for what is no
        day."""
        known = len(self.faults)
        said = self.words(page, row, name, results=True, dates=True)
        day = read_date(page.cell(row, name)) or ""
        if len(self.faults) > known or is_date(day):
            return day if is_date(day) else ""
        if said:
            self.note_cell(page, row, name, "date-form", found=said[:SHOWN])
        return ""

    def keyed_once(self, page: KeyedSheet, keys: Container[str], *names: str) -> Iterator[tuple[str, int]]:
        """The rows that bear one of the keys, each key once. A second row of a key is a fault, unless it holds the same
        in the columns ``names``."""
        first: dict[str, int] = {}
        for key, row in page.keyed():
            if key not in keys:
                continue
            if key not in first:
                first[key] = row
                yield key, row
            elif any(page.content(row, name) != page.content(first[key], name) for name in names):
                self.note_cell(page, row, names[0], "row-again", first=page.place(first[key], names[0]))

    def keyless(
        self, page: KeyedSheet, keys: Container[str], headings: Mapping[str, str], names: Sequence[str]
    ) -> None:
        """A fault for every row below the headings that was filled, in one of the columns ``names``, and whose key is
        gone or unknown: nobody could tell what it is for."""
        known = {row for key, row in page.keyed() if key in keys}
        for row in page.rows_below(headings, min(known, default=page.head + 1) - page.head):
            filled = next((name for name in names if page.holds(row, name)), "")
            if filled and row not in known:
                self.note_cell(page, row, filled, "row-keyless")


def heading(section: str, sheet: str, column: str) -> str:
    """The printed heading of a column of the office's workbooks, by the section of their labels."""
    return label(f"{section}.{sheet}_{column}")
