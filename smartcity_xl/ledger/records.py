"""What the ledger answers with. All moments are UTC, as ``times`` writes them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Listed(Struct, frozen=True, order=True):
    """A file as it lay in an inbox. ``sha256`` is empty for what was not taken: links, what programs leave, what is
    still being written; ``why`` is then the code of what was told of it ("": an older program entered it)."""

    name: str
    sha256: str
    why: str = ""


class Seen(Struct, frozen=True):
    """A parcel under a name. ``at`` is when it was first seen so, ``received`` when its bytes first came, under
    whatever name: what comes again is no newer for it."""

    sha256: str
    name: str
    source: str
    sender: str
    at: str
    received: str


class DecisionMade(Struct, frozen=True):
    """What the office decided: between which answers (``subject``: figure, department and fingerprint of the answers),
    what (``choice`` in words), why, who, and where that stands (file, sheet, cell).

    ``side`` is the key of what was chosen; empty where an older program entered it, and only the words tell.
    ``held``: it was made over the answers of its run; one that did not had lapsed.
    """

    subject: str
    choice: str
    reason: str
    who: str
    file: str
    side: str = ""
    sheet: str = ""
    cell: str = ""
    held: bool = True


class Run(Struct, frozen=True):
    """A score run. ``results`` is the hash of its ``results.json`` in the store; ``settings`` are what it ran with."""

    number: int
    at: str
    catalog: str
    version: str
    assignment: str
    round: str
    city: str
    total: str
    final: bool
    results: str
    settings: Mapping[str, str]


class Taken(Struct, frozen=True):
    """A workbook that a run read: in force (``taken``), replaced by a later one (``superseded``), or waiting for the
    office to let it in (``aside``)."""

    sha256: str
    kind: str
    department: str
    revision: str
    status: str


class Stated(Struct, frozen=True):
    """One answer cell of a workbook as read; ``item`` is the name of a table's row. ``value`` is exact (``5/3``)
    and in the figure's unit, ``raw`` as typed and in ``unit``."""

    slot: str
    item: str
    state: str
    value: str
    raw: str
    unit: str
    sheet: str
    cell: str
