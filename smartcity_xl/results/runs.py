"""The records of a score run, from the ledger."""

from __future__ import annotations

from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import Ledger, Run
from smartcity_xl.results.files import read_results
from smartcity_xl.results.record import Results


def read_runs(ledger: Ledger, as_of: str = "") -> tuple[tuple[Run, Results], ...]:
    """The newest run, or the newest as of a moment, with its record: one for each system it scored.

    Raises UsageFault where there was no run, or its results are none that can be read; MachineFault.
    """
    runs = ledger.last_runs(as_of)
    if not runs:
        raise UsageFault("ledger-no-run", path=str(ledger.folder))
    return tuple((run, read_results(ledger.results(run), f"results.json ({run.catalog} {run.at})")) for run in runs)
