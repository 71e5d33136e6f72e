"""Rows in which every cell names a text that cells share, or is a number without a style: what most programs write.

One expression vets such rows and takes them apart, which is several times quicker than a reader of workbooks. It knows
nothing of the texts themselves: the fast reader gives them, each once. Rows of any other kind are left to that reader.
"""

from __future__ import annotations

import marshal
import re
from array import array
from collections.abc import Iterator, Sequence
from functools import cache
from operator import lt
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from smartcity_xl.books.cells import column_name

_WIDEST = 60
"""More columns than this are left to the fast reader."""
_CELL = (
    r'(?:<c r="{column}\2"(?:((?: s="\d{{1,5}}")?+(?: t="[sn]")?+><v>-?[\d.]{{1,20}}+)</v></c>'
    r'|(?: s="\d{{1,5}}")?+(?:/>|></c>)))?+'
)
_ROW = r'(\s{{0,9}}+<row r="([1-9]\d{{0,6}})"[^<>/]{{0,300}}+(?:/>|>{cells}</row>))'
_NUMBER = re.compile(rb"<v>-?\d{1,15}(?:\.\d{1,15})?")
_TEXTS = 50_000
"""So many texts are asked for together."""


class SharedRows(Struct):
    """Such rows of one package, taken apart and laid aside in a file."""

    path: Path
    most: int = -1
    """The highest number of a text that a cell names."""
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Piece -> where it stands in the file, and how long it is."""
    probed: dict[str, int] = field(default_factory=dict)
    """Sheets for the fast reader -> how many of the texts they name, one in each row."""

    def put(self, piece: str, rows: bytes, columns: int) -> int:
        """Lay aside the rows of a piece whose cells stand in the first so many columns. The number of the last row with
        a cell; 0 where they are not of this kind, and nothing was laid aside."""
        found = _rows(columns).findall(rows) if columns <= _WIDEST else ()
        if not found:
            return 0
        whole, written, *cells = zip(*found, strict=True)
        numbers = array("L", list(map(int, written)))
        last = int(numbers[-1])
        if sum(map(len, whole)) != len(rows) or b"<c " not in whole[-1] or not all(map(lt, numbers, numbers[1:])):
            return 0
        values = _Values()
        try:
            codes = [array("L", list(map(values.__getitem__, column))) for column in cells]
        except _OtherKindError:
            return 0
        self.most = max(self.most, values.most)
        with self.path.open("ab") as stream:
            at = stream.tell()
            parts = (values.found, numbers.tobytes(), [column.tobytes() for column in codes])
            self.places[piece] = at, stream.write(marshal.dumps(parts))
        return last

    def probes(self, texts: bytes) -> Iterator[tuple[str, bytes]]:
        """Sheets that name each text once, for the fast reader. One that is not there is its fault to tell."""
        end = min(self.most, texts.count(b"<")) + 1
        for first in range(0, end, _TEXTS):
            numbers = range(first, min(first + _TEXTS, end))
            self.probed[f"t{first}"] = len(numbers)
            cells = [
                f'<row r="{row}"><c r="A{row}" t="s"><v>{number}</v></c></row>'
                for row, number in enumerate(numbers, start=1)
            ]
            yield f"t{first}", "".join(cells).encode()

    def get(self, piece: str, texts: Sequence[str]) -> tuple[list[int], list[list[Any]]]:
        """The numbers, from 0, and the columns of the rows of a piece that hold anything."""
        at, length = self.places[piece]
        with self.path.open("rb") as stream:
            stream.seek(at)
            values, written, columns = marshal.loads(stream.read(length))  # noqa: S302 - our own, written just before
        values = [texts[value] if isinstance(value, int) else value for value in values]
        numbers, codes = _array(written), [_array(column) for column in columns]
        if not all(map(any, zip(*codes, strict=True))):
            kept = [at for at, row in enumerate(zip(*codes, strict=True)) if any(row)]
            numbers, *codes = [array("L", [column[at] for at in kept]) for column in (numbers, *codes)]
        return [number - 1 for number in numbers], [list(map(values.__getitem__, column)) for column in codes]


class _OtherKindError(Exception):
    """A cell is not of this kind."""


class _Values(dict[bytes, int]):
    """What is written in a cell -> the place of its value among ``found``: a whole number for a shared text, a float
    for a number; "" is the first."""

    def __init__(self) -> None:
        super().__init__({b"": 0})
        self.found: list[int | float | str] = [""]
        self.most = -1

    def __missing__(self, written: bytes) -> int:
        before, _, value = written.partition(b">")
        if before.endswith(b't="s"') and (number := value[3:]).isdigit():
            text = int(number)
            self.found.append(text)
            if text > self.most:
                self.most = text
        elif before in (b"", b' t="n"') and _NUMBER.fullmatch(value):
            self.found.append(float(value[3:]))
        else:
            raise _OtherKindError
        self[written] = place = len(self.found) - 1
        return place


def _array(data: bytes) -> array[int]:
    found = array("L")
    found.frombytes(data)
    return found


@cache
def _rows(columns: int) -> re.Pattern[bytes]:
    """A row whose cells stand in the first so many columns, in their order: all of it, its number, and the cells."""
    cells = "".join(_CELL.format(column=column_name(at)) for at in range(columns))
    return re.compile(_ROW.format(cells=cells).encode())
