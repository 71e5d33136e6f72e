"""The records of a score run, from the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import Ledger, Run

if TYPE_CHECKING:
    from smartcity_xl.results.record import Results


def read_runs(ledger: Ledger, as_of: str = "") -> tuple[tuple[Run, Results], ...]:
    """The newest run, or the newest as of a moment, with its record: one for each system it scored.

    Raises UsageFault where there was no run, or its results are none that can be read; MachineFault.
    """
    from smartcity_xl.results.files import read_results  # not at the top: a look needs part of a record (``glance``)

    return tuple((run, read_results(data, name)) for run, data, name in stored_runs(ledger, as_of))


def stored_runs(ledger: Ledger, as_of: str = "") -> Iterator[tuple[Run, bytes, str]]:
    """The same with the bytes of its record, and what these are called. Raises UsageFault where there was no run;
    MachineFault."""
    runs = ledger.last_runs(as_of)
    if not runs:
        raise UsageFault("ledger-no-run", path=str(ledger.folder))
    for run in runs:
        yield run, ledger.results(run), f"results.json ({run.catalog} {run.at})"
