"""All responses in little room: of each column every text once, and for each response a number that names one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct


class TextColumn:
    """What stands in a column, response by response; texts as ``read`` gives them."""

    def __init__(self, read: Callable[[Any], str]) -> None:
        self.texts: list[str] = []
        """Every text that there is, once."""
        self.codes: bytearray | list[int] = bytearray()
        """Response -> the place of its text in ``texts``; bytes as long as that is enough, which for answers it is."""
        self._code_of = _Codes(self.texts, read)

    def extend(self, cells: Sequence[Any]) -> None:
        """The same column of the next responses. No cell may be a bool: Python takes it for a number."""
        try:
            self.codes.extend(map(self._code_of.__getitem__, cells))
        except ValueError:  # more texts than a byte can tell: nothing was added
            self.codes = [*self.codes, *map(self._code_of.__getitem__, cells)]

    def times(self) -> Counter[int]:
        """How often each text stands in the column, by its place."""
        if isinstance(self.codes, list):
            return Counter(self.codes)
        return Counter({code: self.codes.count(code) for code in range(len(self.texts))})

    def __getitem__(self, response: int) -> str:
        return self.texts[self.codes[response]]


class _Codes(dict[Any, int]):
    """A cell as it comes -> the place of its text; texts are found the first time that a cell is met."""

    def __init__(self, texts: list[str], read: Callable[[Any], str]) -> None:
        super().__init__()
        self._texts, self._read = texts, read

    def __missing__(self, cell: Any) -> int:
        text = self._read(cell)
        place = self.get(text) if text is not cell else None
        if place is None:
            place = self[text] = len(self._texts)
            self._texts.append(text)
        if text is not cell:
            self[cell] = place
        return place


class ResponseFile(Struct, frozen=True):
    """A file of responses: its name, what it is (a sheet's name, or an encoding), and how many rows hold anything."""

    file: str
    sha256: str
    kind: str
    rows: int


class Responses(Struct, frozen=True):
    """All responses, in the order of the files' names and their rows.

    ``rows`` are their rows in the file, from 0; ``columns`` has those with answers and groups, by the names that the
    questionnaire has for them: texts, "" for a blank. ``respondents`` are the ids of those who answered; where no
    column tells them, ``twins`` has a 1 for each response that is the same in every column as an earlier one.
    """

    sources: tuple[ResponseFile, ...]
    rows: Sequence[int]
    columns: Mapping[str, TextColumn]
    respondents: Sequence[str] = ()
    twins: Sequence[int] = ()

    def __len__(self) -> int:
        return len(self.rows)
