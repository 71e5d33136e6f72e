"""The manifest 下发清单.csv: every workbook that was made for a list of cities, and of what.

A row is added as soon as its city is done, so that a run that is stopped goes on; at the end the rows stand in the
order of the list.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import Struct
from msgspec.structs import astuple

from smartcity_xl.errors import UsageFault
from smartcity_xl.messages import words
from smartcity_xl.results.csv_text import guard, unguard
from smartcity_xl.run.files import read_file, told_of, write_file

_MARK = "\ufeff".encode()


class ManifestRow(Struct, frozen=True):
    """A workbook. ``file`` is its path below the folder of the manifest, with "/"; ``number`` its place among those of
    its city, as 3/23; ``size`` in bytes; ``basis`` the digest of all that it was made of."""

    city: str
    name: str
    file: str
    number: str
    sha256: str
    size: int
    deadline: str
    recipients: str
    basis: str


def read_manifest(path: Path, overwrite: bool = False) -> tuple[ManifestRow, ...]:
    """What was written before; nothing where there is no manifest. A line that was cut off is passed over.

    Raises MachineFault (cannot be read), UsageFault (some other file stands there, unless ``overwrite``).
    """
    if not path.exists():
        return ()
    text = read_file(path).decode("utf-8-sig", "replace")
    lines = [*csv.reader(io.StringIO(text, newline=""))]
    if lines and lines[0] != _headings():
        if overwrite:
            return ()
        raise UsageFault("would-overwrite", files=f"  {path}")
    rows = {row.file: row for line in lines[1:] if (row := _row(line))}  # of a file made again, the later one holds
    return tuple(rows.values())


def _headings() -> list[str]:
    said = words("manifest")
    return [said[name] for name in ManifestRow.__struct_fields__]


def _row(line: Sequence[str]) -> ManifestRow | None:
    fields = dict(zip(ManifestRow.__struct_fields__, map(unguard, line), strict=False))
    if len(line) != len(ManifestRow.__struct_fields__) or not fields["size"].isdecimal() or len(fields["basis"]) != 64:
        return None
    return ManifestRow(**{**fields, "size": int(fields["size"])})  # type: ignore[arg-type]


def write_manifest(rows: Sequence[ManifestRow]) -> bytes:
    """UTF-8 with a byte order mark; a text that a spreadsheet program could take for a formula bears an apostrophe."""
    return _MARK + _lines([_headings(), *map(_cells, rows)])


def _cells(row: ManifestRow) -> list[str]:
    return [guard(str(cell)) for cell in astuple(row)]


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


@contextmanager
def add_rows(path: Path, known: Sequence[ManifestRow]) -> Iterator[Callable[[Sequence[ManifestRow]], None]]:
    """Begin the manifest with what is ``known``; within it, what adds the rows of a city. Raises MachineFault."""
    write_file(path, write_manifest(known))
    standing = frozenset(known)
    with told_of(path):
        stream = path.open("ab")

    def add(rows: Sequence[ManifestRow]) -> None:
        with told_of(path):
            stream.write(_lines([_cells(row) for row in rows if row not in standing]))
            stream.flush()

    with closing(stream):
        yield add
