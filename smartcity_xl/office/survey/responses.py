"""Files of responses, .xlsx or .csv -> one table of texts.

The row of headings is found by the columns that the questionnaire asks for, so titles may stand above it. pandas reads
text files, calamine workbooks, the latter only after the text of the sheet has been looked at: it reserves memory for
the whole rectangle up to the last cell.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_xl.books.cells import column_name
from smartcity_xl.books.package import Package, Refused, extent, hidden_cells
from smartcity_xl.books.values import show_cell, trimmed
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.errors import MachineFault, ResponsesFault, UsageFault
from smartcity_xl.messages import label
from smartcity_xl.office.survey.questionnaire import Questionnaire, folded

if TYPE_CHECKING:
    import pandas as pd

FILE, ROW, TWIN = "\0file", "\0row", "\0twin"
"""Columns of the table beside those of the files."""

SIZE_LIMIT, CELLS_LIMIT = 256 * 2**20, 20_000_000
_HEAD_ROWS = 20
"""The headings stand in one of the first rows."""
_LOST_DIGITS = re.compile(r"[1-9](?:\.\d+)?E\+?\d{2}", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class ResponseFile:
    """A file of responses: its name, what it is (a sheet's name, or an encoding), and how many rows hold anything."""

    file: str
    sha256: str
    kind: str
    rows: int


@dataclass(frozen=True, slots=True)
class Responses:
    """All responses, in the order of the files' names and their rows.

    ``table`` has a column FILE (position in ``sources``), ROW (as people count it in the file), TWIN (the same in every
    column as an earlier response; only where no column tells respondents apart), and one for each column that the
    questionnaire names, by the name it has there: texts, "" for a blank.
    """

    sources: tuple[ResponseFile, ...]
    table: pd.DataFrame


def read_responses(paths: Sequence[Path], questionnaire: Questionnaire) -> Responses:
    """Read and lay together. Raises UsageFault, MachineFault, and ResponsesFault with every fault of the files."""
    import pandas as pd

    names = Counter(path.name for path in paths)
    given = sorted((path.name if names[path.name] == 1 else path.as_posix(), path) for path in paths)
    reader = _ResponsesReader(questionnaire)
    first_of: dict[str, str] = {}
    for name, path in given:
        data = _read_bytes(path)
        digest = hashlib.sha256(data).hexdigest()
        if digest in first_of:
            raise UsageFault("survey-file-twice", first=first_of[digest], second=name)
        first_of[digest] = name
        reader.read(name, data, digest)
    if reader.faults:
        raise ResponsesFault(questionnaire.file, reader.faults)
    table = pd.concat(reader.tables, ignore_index=True).fillna("")
    if not questionnaire.respondent:
        table[TWIN] = table.drop(columns=[FILE, ROW]).duplicated(keep="first")
    wanted = {folded(column): column for column in reader.wanted}
    return Responses(tuple(reader.sources), table.rename(columns=wanted))


def _read_bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise UsageFault("survey-file-large", path=str(path), limit=SIZE_LIMIT // 2**20)
        return path.read_bytes()
    except OSError as error:
        raise MachineFault("file-unreadable", path=str(path), reason=error.strerror or str(error)) from error


@dataclass(frozen=True, slots=True)
class _Grid:
    """A sheet or a text file as rows of cells; ``head`` is the row of headings, from 0."""

    kind: str
    cells: pd.DataFrame
    head: int
    heads: tuple[str, ...]
    """Folded."""

    def missing(self, wanted: Iterable[str]) -> list[str]:
        return [column for column in wanted if folded(column) not in self.heads]


@dataclass(slots=True)
class _ResponsesReader:
    questionnaire: Questionnaire
    wanted: dict[str, str] = field(init=False)
    """Column -> where the questionnaire names it."""
    sources: list[ResponseFile] = field(default_factory=list)
    tables: list[pd.DataFrame] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        asked = self.questionnaire
        self.wanted = {question.column: question.where for question in asked.questions}
        for grouping in asked.groupings:
            self.wanted.setdefault(grouping.column, grouping.where)
        if asked.respondent:
            self.wanted.setdefault(asked.respondent, asked.respondent_where)

    def read(self, name: str, data: bytes, digest: str) -> None:
        try:
            grid = self.choose(name, self.grids(data))
        except Refused as reason:
            code = reason.code if reason.code in _TOLD else "responses-damaged"
            told = {"reason": reason.code, **reason.parameters} if code == "responses-damaged" else reason.parameters
            self.faults.append(Fault(name, code, told))
            return
        if grid is None:
            return
        table = self.tabulate(len(self.sources), grid)
        self.check_respondents(name, table)
        self.sources.append(ResponseFile(name, digest, grid.kind, len(table)))
        self.tables.append(table)

    def grids(self, data: bytes) -> list[_Grid]:
        """The sheets of a workbook, or the one table of a text file. Raises Refused."""
        try:
            package = Package(data, limit=SIZE_LIMIT)
        except Refused as reason:
            if reason.code != "not-a-workbook" or reason.parameters["kind"] != "?":
                raise
            return [self.read_text(data)]
        return [self.read_sheet(package, name, part) for name, part in package.sheets.items()]

    def grid(self, kind: str, cells: pd.DataFrame) -> _Grid:
        """With the row of headings: the one of the first rows that names most of the wanted columns."""
        heads = [tuple(map(folded, map(_text, row))) for row in cells.head(_HEAD_ROWS).itertuples(index=False)]
        wanted = set(map(folded, self.wanted))
        best = max(range(len(heads)), key=lambda row: (len(wanted & set(heads[row])), -row), default=0)
        return _Grid(kind, cells, best, heads[best] if heads else ())

    def read_text(self, data: bytes) -> _Grid:
        import pandas as pd

        text, encoding = _decode(data)
        separator, width = self.shape(text)
        try:
            cells = pd.read_csv(
                io.StringIO(text), header=None, names=list(range(width + 1)), index_col=False, sep=separator,
                dtype=object, keep_default_na=False, na_filter=False, skip_blank_lines=False, engine="c",
            )  # fmt: skip
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise _refuse_text(str(error)) from error
        if (surplus := cells[width].str.strip() != "").any():
            raise Refused("responses-ragged", row=str(1 + int(surplus.argmax())))
        return self.grid(encoding, cells.drop(columns=width))

    def shape(self, text: str) -> tuple[str, int]:
        """The separator under which most of the wanted columns are found, and how many cells the widest row has."""
        wanted = set(map(folded, self.wanted))
        best = (-1, 0, ",", 1)
        for rank, separator in enumerate((",", "\t", ";")):
            lines = csv.reader(io.StringIO(text, newline=None), delimiter=separator)
            try:
                rows = [row for row, _ in zip(lines, range(_HEAD_ROWS), strict=False)]
            except csv.Error as error:
                raise Refused("responses-damaged", reason=str(error)) from error
            found, width = max(((len(wanted & set(map(folded, row))), len(row)) for row in rows), default=(0, 1))
            best = max(best, (found, -rank, separator, max(width, 1)))
        return best[2], best[3]

    def read_sheet(self, package: Package, name: str, part: str) -> _Grid:
        import pandas as pd
        from python_calamine import CalamineWorkbook

        xml = package.sheet_parts({name: part})[name]
        size = extent(xml)
        if size is None or not package.plain_strings([xml]):
            raise Refused("responses-odd", sheet=name)
        if size[0] * size[1] > CELLS_LIMIT:
            raise Refused("responses-far", sheet=name, rows=str(size[0]), columns=str(size[1]))
        try:
            workbook = CalamineWorkbook.from_filelike(io.BytesIO(package.vetted({name: xml})))
            cells = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
        except Exception as error:  # calamine documents none
            raise Refused("responses-damaged", reason=str(error)) from error
        columns = tuple(column_name(at) for at in range(size[1]))
        for (row, column), (formula, error_value) in hidden_cells(xml, columns).items():
            if row < len(cells) and column < len(cells[row]) and cells[row][column] == "":
                cells[row][column] = error_value or formula or ""
        return self.grid(name, pd.DataFrame(cells, dtype=object))

    def choose(self, name: str, grids: Sequence[_Grid]) -> _Grid | None:
        """The one sheet that holds every wanted column; None, with the faults noted, where that is not one."""
        whole = [grid for grid in grids if not grid.missing(self.wanted)]
        if len(whole) > 1:
            sheets = label("word.separator").join(grid.kind for grid in whole)
            self.faults.append(Fault(name, "responses-sheets", {"sheets": sheets}))
            return None
        nearest = whole[0] if whole else min(grids, key=lambda grid: len(grid.missing(self.wanted)), default=None)
        if nearest is None:
            raise Refused("responses-damaged", reason="no sheets")
        for column in nearest.missing(self.wanted):
            self.faults.append(self.absent(name, nearest, column))
        twice = [column for column in self.wanted if nearest.heads.count(folded(column)) > 1]
        for column in twice:
            self.faults.append(Fault(self.wanted[column], "column-twice", {"file": name, "found": column}))
        return nearest if whole and not twice else None

    def absent(self, name: str, grid: _Grid, column: str) -> Fault:
        heads = [_text(cell) for cell in grid.cells.iloc[grid.head]] if len(grid.cells) else []
        near = difflib.get_close_matches(column, [head for head in heads if head], 1, 0.5)
        parameters = {"file": name, "found": column, "near": near[0] if near else ""}
        return Fault(self.wanted[column], "column-near" if near else "column-absent", parameters)

    def tabulate(self, number: int, grid: _Grid) -> pd.DataFrame:
        """The rows below the headings that hold anything, as texts."""
        every = not self.questionnaire.respondent  # twins are the same in every column
        names = _unique(grid.heads)
        wanted = set(map(folded, self.wanted))
        cells = grid.cells.iloc[grid.head + 1 :]
        cells = cells[~cells.isin(["", None]).all(axis=1)]
        kept = [at for at, name in enumerate(names) if every or name in wanted]
        table = cells.iloc[:, kept].map(_text)
        table.columns = [names[at] for at in kept]
        table.insert(0, FILE, number)
        table.insert(1, ROW, cells.index + 1)
        return table

    def check_respondents(self, name: str, table: pd.DataFrame) -> None:
        """Numbers of more than 15 digits lose their end in a spreadsheet: they would make two people one."""
        if not self.questionnaire.respondent:
            return
        for row, identity in zip(table[ROW], table[folded(self.questionnaire.respondent)], strict=True):
            if _LOST_DIGITS.fullmatch(identity):
                told = {"file": name, "row": str(row), "found": identity, "column": self.questionnaire.respondent}
                self.faults.append(Fault(self.questionnaire.respondent_where, "respondent-cut", told))
                return


_TOLD = frozenset({
    "empty-file", "encrypted", "old-workbook", "archive", "not-a-workbook", "responses-ragged", "responses-quote",
    "responses-odd", "responses-far", "responses-encoding", "part-too-large",
})  # fmt: skip
"""Reasons for which there are words of their own."""


def _decode(data: bytes) -> tuple[str, str]:
    """A text and its encoding. Raises Refused."""
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    for name in [marked] if marked else ["utf-8", "gb18030"]:
        try:
            return data.decode(name), name.upper()
        except UnicodeDecodeError:
            continue
    raise Refused("responses-encoding")


def _refuse_text(reason: str) -> Refused:
    """pandas' words for a text file that is no table, in ours."""
    if line := re.search(r"Expected \d+ fields in line (\d+)", reason):
        return Refused("responses-ragged", row=line[1])
    if quote := re.search(r"EOF inside string starting at row (\d+)", reason):
        return Refused("responses-quote", row=str(int(quote[1]) + 1))
    return Refused("responses-damaged", reason=reason)


def _text(cell: object) -> str:
    """A cell as text; a number of more than 15 digits as a spreadsheet shows it, for its end is lost."""
    if isinstance(cell, str):
        return trimmed(cell)
    if isinstance(cell, float) and (cell != cell or abs(cell) >= 1e15):
        return "" if cell != cell else f"{cell:.5E}"
    return trimmed(show_cell(cell))


def _unique(heads: Sequence[str]) -> list[str]:
    """Names for the columns: their headings; a number is added where one is blank or stands twice."""
    seen: Mapping[str, int] = Counter(heads)
    return [head if head and seen[head] == 1 else f"{head}\0{at}" for at, head in enumerate(heads)]
