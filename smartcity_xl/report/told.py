"""What a report consists of, whoever shows it: headings, paragraphs, tables, charts, places to fill.

A text is made of spans: words of ours, and what the record tells, which knows where it stands there. So every number
of a report can be looked up, and none is worked out a second time.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from smartcity_xl.messages import label
from smartcity_xl.results import Results


@dataclass(frozen=True, slots=True)
class Cited:
    """What the record tells. ``at``: the number of the record and the way in it (``0.dimensions.2.score``); of what is
    counted there, or is a share of it, the record and what (``0.#silent``). "" is what stands in no record."""

    text: str
    at: str


Fragment = str | Cited
Fragments = tuple[Fragment, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """``level`` is 1, 2 or 3; what is annexed has no number."""

    level: int
    spans: Fragments
    numbered: bool = True


@dataclass(frozen=True, slots=True)
class Paragraph:
    spans: Fragments


@dataclass(frozen=True, slots=True)
class ToFill:
    """What the program cannot know: a place that a person fills in the document."""

    spans: Fragments


@dataclass(frozen=True, slots=True)
class Row:
    """``strong``: it sums up those below it."""

    cells: tuple[Fragments, ...]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """``widths`` are the columns' shares of the line; ``numbers`` the columns that hold numbers. ``name`` is that under
    which a template asks for it, "" for none."""

    caption: Fragments
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    widths: tuple[float, ...]
    numbers: frozenset[int] = frozenset()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars, one group for each row of ``table``: a series for each of ``columns``, named as its heading. ``stacked``:
    one above the other. Rows that sum up are not drawn."""

    caption: Fragments
    table: Table
    label_column: int
    columns: tuple[int, ...]
    stacked: bool = False
    name: str = ""

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for row in self.table.rows if not row.strong)


Passage = Heading | Paragraph | ToFill | Table | Chart


@dataclass(frozen=True, slots=True)
class Chapter:
    """``name`` is that under which a template asks for it; ``word_only``: the page shows the same in another form."""

    name: str
    blocks: tuple[Passage, ...]
    word_only: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """``provisional`` says why the results are not final, "" where they are; ``contacts``: people are named."""

    title: str
    subtitle: str
    provisional: str
    chapters: tuple[Chapter, ...]
    records: tuple[Results, ...]
    contacts: bool = False
    fields: tuple[Mapping[str, Fragments], ...] = field(default=())
    """For each system: name of a placeholder -> what stands in its place."""


def flat(spans: Iterable[Fragment]) -> str:
    """Fragments as plain text."""
    return "".join(span if isinstance(span, str) else span.text for span in spans)


def say(code: str, /, **parts: Fragment | Fragments) -> Fragments:
    """A sentence of ours (a label), with what the record tells in its places."""
    said: list[Fragment] = []
    for words, name, _, _ in string.Formatter().parse(label(code)):
        if words:
            said.append(words)
        if name:
            part = parts[name]
            said += part if isinstance(part, tuple) else (part,)
    return tuple(said)


def listed(parts: Iterable[Fragment | Fragments], separator: str = "") -> Fragments:
    """Parts in a row, with 、 between."""
    said: list[Fragment] = []
    for part in parts:
        if said:
            said.append(separator or label("word.separator"))
        said += part if isinstance(part, tuple) else (part,)
    return tuple(said)


def cell(*spans: Fragment) -> Fragments:
    return spans
