"""What stands on a sheet of figures beside the form: in rows of the clerk's own, or right of its last column.

Nothing there is an answer; but somebody meant something by it, and must be told that it was not read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from smartcity_xl.books.sheets import Sheet
from smartcity_xl.books.values import show_cell, trimmed

_MOST, _SHOWN = 50, 2_000


def find_outside(
    sheet: Sheet, columns: Mapping[str, int], inputs: Collection[str], keyed: Collection[int]
) -> Iterator[tuple[int, int, str]]:
    """Row, column and words of every row that holds something beside the form, as far as the first fifty.

    ``columns`` are those that the sheet names, ``inputs`` the names of those that are filled, ``keyed`` the rows with
    a key. The headings of the form have no key either, but leave the input columns blank.
    """
    ours, typed, told = set(columns.values()), {columns[name] for name in inputs if name in columns}, 0
    last = max(ours, default=0)
    for row in range(min(keyed, default=len(sheet.rows)), len(sheet.rows)):
        first = last + 1 if row in keyed else 0  # of the form's own rows only what is right of it
        if len(sheet.rows[row]) <= first:
            continue
        cells = enumerate(sheet.rows[row][first:], start=first)
        texts = {at: text for at, cell in cells if cell is not None and (text := trimmed(show_cell(cell)[:_SHOWN]))}
        beside = [at for at in texts if at > last]
        if row not in keyed and any(at in typed for at in texts):
            beside = [at for at in texts if at in typed or at > last or at < min(typed)]
        if beside:
            told += 1
            yield row, beside[0], "　".join(texts[at] for at in beside)
        if told == _MOST:
            return
