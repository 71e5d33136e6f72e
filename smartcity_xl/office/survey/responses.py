"""Files of responses, .xlsx or .csv -> all responses, as texts.

The row of headings is found by the columns that the questionnaire asks for, so titles may stand above it.
"""

from __future__ import annotations

import gc
import hashlib
import re
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import msgpack

from smartcity_xl.books.refused import Refused
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.errors import ResponsesFault, UsageFault, unread
from smartcity_xl.messages import label
from smartcity_xl.messages.near import find_near
from smartcity_xl.model.headway import Follow, Headway, unfollowed
from smartcity_xl.office.survey.grids import SIZE_LIMIT, ResponseGrid, as_text, as_texts, open_grids
from smartcity_xl.office.survey.questionnaire import Grouping, Question, Questionnaire, folded
from smartcity_xl.office.survey.table import ResponseFile, Responses, TextColumn

_LOST_DIGITS = re.compile(r"[1-9](?:\.\d+)?E\+?\d{2}", re.IGNORECASE)


def read_responses(paths: Sequence[Path], questionnaire: Questionnaire, follow: Follow = unfollowed) -> Responses:
    """Read and lay together. Raises UsageFault, MachineFault, and ResponsesFault with every fault of the files."""
    names = Counter(path.name for path in paths)
    given = sorted((path.name if names[path.name] == 1 else path.as_posix(), path) for path in paths)
    reader = _ResponsesReader(questionnaire, follow)
    first_of: dict[str, str] = {}
    with _collecting_nothing():
        for name, path in given:
            data = _read_bytes(path)
            digest = hashlib.sha256(data).hexdigest()
            if digest in first_of:
                raise UsageFault("survey-file-twice", first=first_of[digest], second=name)
            first_of[digest] = name
            reader.read(name, data, digest)
    if reader.faults:
        raise ResponsesFault(questionnaire.file, reader.faults)
    return reader.responses()


@contextmanager
def _collecting_nothing() -> Iterator[None]:
    """Within it Python looks for no cycles: a row is a list, and it would look through thousands again and again, of
    which none is in a cycle. What is let go is free at once as ever."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _read_bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise UsageFault("survey-file-large", path=str(path), limit=SIZE_LIMIT // 2**20)
        return path.read_bytes()
    except OSError as error:
        raise unread(path, error) from error


class _ResponsesReader:
    def __init__(self, asked: Questionnaire, follow: Follow) -> None:
        self.questionnaire, self.follow = asked, follow
        self.sources: list[ResponseFile] = []
        self.rows = array("L")
        self.respondents: list[str] = []
        self.twins: _Twins | None = None
        self.faults: list[Fault] = []
        self.wanted = {question.column: question.where for question in asked.questions}
        """Column -> where the questionnaire names it."""
        for grouping in asked.groupings:
            self.wanted.setdefault(grouping.column, grouping.where)
        if asked.respondent:
            self.wanted.setdefault(asked.respondent, asked.respondent_where)
        else:
            self.twins = _Twins()
        counted: tuple[Question | Grouping, ...] = (*asked.questions, *asked.groupings)
        self.columns = {one.column: TextColumn(as_text) for one in counted}
        """Those that answers and groups stand in."""

    def responses(self) -> Responses:
        twins = self.twins.found if self.twins else ()
        return Responses(tuple(self.sources), self.rows, self.columns, self.respondents, twins)

    def read(self, name: str, data: bytes, digest: str) -> None:
        try:
            with open_grids(data, self.wanted) as grids:
                grid = self.choose(name, grids)
                if grid is None:
                    for one in grids:  # what else would be told of it is told at once
                        for _ in one.portions():
                            pass
                    return
                before = len(self.rows)
                self.take(name, grid)
                self.sources.append(ResponseFile(name, digest, grid.kind, len(self.rows) - before))
        except Refused as reason:
            code = reason.code if reason.code in _TOLD else "responses-damaged"
            told = {"reason": reason.code, **reason.parameters} if code == "responses-damaged" else reason.parameters
            self.faults.append(Fault(name, code, told))

    def choose(self, name: str, grids: Sequence[ResponseGrid]) -> ResponseGrid | None:
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

    def absent(self, name: str, grid: ResponseGrid, column: str) -> Fault:
        heads = [as_text(cell) for cell in grid.first[grid.head]] if grid.first else []
        near = find_near(column, [head for head in heads if head], 1, 0.5)
        parameters = {"file": name, "found": column, "near": near[0] if near else ""}
        return Fault(self.wanted[column], "column-near" if near else "column-absent", parameters)

    def take(self, name: str, grid: ResponseGrid) -> None:
        """The responses of a file, added to those before them."""
        places = {column: grid.heads.index(folded(column)) for column in self.wanted}
        respondent = self.questionnaire.respondent
        cut = False
        for numbers, cells in grid.portions():
            self.rows.extend(numbers)
            found = {column: cells[at] if at < len(cells) else [""] * len(numbers) for column, at in places.items()}
            for column, texts in self.columns.items():
                texts.extend(found[column])
            if respondent:
                ids = as_texts(found[respondent])
                self.respondents += ids
                cut = cut or self.note_cut(name, numbers, ids)
            if self.twins:
                self.twins.add(grid.heads, cells)
            self.follow(Headway("survey", len(self.rows)))

    def note_cut(self, name: str, numbers: Sequence[int], ids: Sequence[str]) -> bool:
        """Whether one of these ids, of the rows of these numbers, is a number of more than 15 digits: its end is lost
        in a spreadsheet, and two people would be one."""
        found = next(filter(_is_cut, ids), None) if "e" in "".join(ids).lower() else None
        if found is None:
            return False
        asked, row = self.questionnaire, numbers[ids.index(found)] + 1
        told = {"file": name, "row": str(row), "found": found, "column": asked.respondent}
        self.faults.append(Fault(asked.respondent_where, "respondent-cut", told))
        return True


class _Twins:
    """Which responses are the same in every column, wanted or not, as one before them."""

    def __init__(self) -> None:
        self.found = bytearray()
        self._known: set[bytes] = set()
        self._heads: dict[str, int] = {}
        """The headings of all files, each with its place in what is compared."""

    def add(self, heads: Sequence[str], columns: Sequence[Sequence[Any]]) -> None:
        names = _unique((*heads, *[""] * (len(columns) - len(heads))))
        places = [self._heads.setdefault(name, len(self._heads)) for name in names]
        straight = places == list(range(len(places)))
        for row in zip(*map(as_texts, columns), strict=True):
            texts = list(row)
            if not straight:
                placed = [""] * len(self._heads)
                for place, text in zip(places, texts, strict=False):
                    placed[place] = text
                texts = placed
            while texts and not texts[-1]:
                texts.pop()
            mark = hashlib.blake2b(msgpack.encode(texts), digest_size=16).digest()
            self.found.append(mark in self._known)
            self._known.add(mark)


def _is_cut(identity: str) -> bool:
    return _LOST_DIGITS.fullmatch(identity) is not None


_TOLD = frozenset({
    "empty-file", "encrypted", "old-workbook", "archive", "not-a-workbook", "responses-ragged", "responses-quote",
    "responses-odd", "responses-far", "responses-encoding", "part-too-large",
})  # fmt: skip
"""Reasons for which there are words of their own."""


def _unique(heads: Sequence[str]) -> list[str]:
    """Names for the columns: their headings; a number is added where one is blank or stands twice."""
    seen: Mapping[str, int] = Counter(heads)
    return [head if head and seen[head] == 1 else f"{head}\0{at}" for at, head in enumerate(heads)]
