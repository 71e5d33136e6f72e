"""A score run -> who has reported, when, how complete, how late, what is open, and how many points wait for it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from smartcity_xl.books.identity import TEMPLATE_KIND
from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import Ledger, Run, late_by


@dataclass(frozen=True, slots=True)
class DepartmentReport:
    """Where one department stands. Moments are UTC, lateness is in seconds, 0 in time; empty or None before any report.

    ``first`` is the receipt of the first workbook that could be used, ``in_force`` of the one that counts now;
    ``at_stake`` are the points that wait for it, ``holds`` the indicators.
    """

    key: str
    name: str
    files: tuple[str, ...]
    first: str
    in_force: str
    late: int | None
    late_in_force: int | None
    asked: int
    filled: int
    errors: int
    queries: int
    at_stake: str
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """Where a round stands by one score run, the departments that hold most points first. ``since`` counts the files
    received after it."""

    at: str
    system: str
    city: str
    round: str
    deadline: str
    total: str | None
    full: str | None
    final: bool
    reported: int
    departments: tuple[DepartmentReport, ...]
    since: int


def read_status(ledger: Ledger, as_of: str = "", deadline: str = "", zone: tzinfo | None = None) -> tuple[Status, ...]:
    """Where the round stands by the newest run, or the newest as of a moment: one for each system it scored.

    ``deadline`` (ISO date) is used in place of the assignment's; its day ends in ``zone``, the machine's where None.
    Raises UsageFault where there was no run, MachineFault.
    """
    runs = ledger.last_runs(as_of)
    if not runs:
        raise UsageFault("ledger-no-run", path=str(ledger.folder))
    return tuple(_status(ledger, run, deadline, zone) for run in runs)


def _status(ledger: Ledger, run: Run, deadline: str, zone: tzinfo | None) -> Status:
    results = json.loads(ledger.results(run))
    due, received = deadline or results["deadline"], ledger.received()
    first = ledger.first_reports(run)
    in_force: dict[str, str] = {}
    for one in ledger.taken(run):
        if (one.status, one.kind) == ("taken", TEMPLATE_KIND):
            in_force[one.department] = max(in_force.get(one.department, ""), received[one.sha256])
    departments = tuple(_departments(results, first, in_force, due, zone))
    total = results["total"] or {"score": None, "full": None}
    return Status(
        run.at, results["catalog"]["title"], run.city, run.round, due, total["score"], total["full"], run.final,
        sum(bool(one.files) for one in departments), departments, sum(at > run.at for at in received.values()),
    )  # fmt: skip


def _departments(
    results: Mapping[str, Any], first: Mapping[str, str], in_force: Mapping[str, str], due: str, zone: tzinfo | None
) -> Iterator[DepartmentReport]:
    left = (finding for finding in results["findings"] if not finding.get("explanation"))
    open_ = Counter((finding["department"], finding["severity"]) for finding in left)

    def late(at: str) -> int | None:
        return int(late_by(at, due, zone).total_seconds()) if at and due else None

    for entry in sorted(results["departments"], key=lambda entry: (-float(entry["at_stake"]), entry["reported"])):
        key = entry["key"]
        begun, now = first.get(key, ""), in_force.get(key, "")
        yield DepartmentReport(
            key, entry["name"], tuple(entry["files"]), begun, now, late(begun), late(now), entry["asked"],
            entry["filled"], open_[key, "error"], open_[key, "query"], entry["at_stake"], tuple(entry["holds"]),
        )  # fmt: skip
