"""A score run -> who has reported, when, how complete, how late, what is open, and how many points wait for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.books.identity import TEMPLATE_KIND
from smartcity_xl.ledger import Ledger, Run, late_by
from smartcity_xl.results.glance import StatusGlance, glance_runs

if TYPE_CHECKING:
    from smartcity_xl.results.open import OpenWork
    from smartcity_xl.results.record import Results


class DepartmentReport(Struct, frozen=True):
    """Where one department stands. Moments are UTC, lateness is in seconds, 0 in time; empty or None before any report.

    ``first`` is the receipt of the first workbook that could be used, ``in_force`` of the one that counts now;
    ``errors``, ``queries``, ``stake``, ``held`` and ``holds`` are as ``results.open`` has them.
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
    stake: str
    held: str
    holds: tuple[str, ...]


class Status(Struct, frozen=True):
    """Where a round stands by one score run, the departments that hold most points first. ``since`` counts the files
    received after it; the deadlines are ISO dates or moments, "" where the round has none. ``floor`` and ``ceiling``
    are what the total can still come to, None where nothing is open, or nothing limits it."""

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
    contacts_deadline: str = ""
    floor: str | None = None
    ceiling: str | None = None


class OpenReport(Struct, frozen=True):
    """What is open for one department in all systems together, each finding once."""

    key: str
    name: str
    errors: int
    queries: int
    stake: str
    held: str


def read_status(
    ledger: Ledger, as_of: str = "", deadline: str = "", zone: tzinfo | None = None, contacts_deadline: str = ""
) -> tuple[Status, ...]:
    """Where the round stands by the newest run, or the newest as of a moment: one for each system it scored.

    ``deadline`` (ISO date, or moment with its zone) and ``contacts_deadline`` are used in place of the run's; a day
    ends in ``zone``, the machine's where None. Raises UsageFault where there was no run, or its results are none of
    ours; MachineFault.
    """
    return tell_status(ledger, glance_runs(ledger, StatusGlance, as_of), deadline, zone, contacts_deadline)


def tell_status(
    ledger: Ledger,
    runs: Sequence[tuple[Run, StatusGlance]],
    deadline: str = "",
    zone: tzinfo | None = None,
    contacts_deadline: str = "",
) -> tuple[Status, ...]:
    """The same by runs that have been read. Raises MachineFault."""
    found = (_status(ledger, run, record, deadline, zone) for run, record in runs)
    return tuple(replace(one, contacts_deadline=contacts_deadline or one.contacts_deadline) for one in found)


def tell_open(runs: Sequence[tuple[Run, Results]]) -> tuple[OpenReport, ...]:
    """What is open for each department in all systems of a run, those that hold most points first."""
    from smartcity_xl.results.open import open_work  # not at the top: a round with one system is told without
    from smartcity_xl.results.shown import two

    found = sorted(open_work([record for _, record in runs]), key=_most_held)
    return tuple(
        OpenReport(one.department, one.name, one.errors, one.queries, two(one.stake), two(one.held)) for one in found
    )


def _most_held(one: OpenWork) -> tuple[object, ...]:
    return (-one.held, one.reported)


def _status(ledger: Ledger, run: Run, record: StatusGlance, deadline: str, zone: tzinfo | None) -> Status:
    due, received = deadline or record.deadline, ledger.received()
    first = ledger.first_reports(run)
    in_force: dict[str, str] = {}
    for one in ledger.taken(run):
        if (one.status, one.kind) == ("taken", TEMPLATE_KIND):
            in_force[one.department] = max(in_force.get(one.department, ""), received[one.sha256])
    departments = tuple(_departments(record, first, in_force, due, zone))
    total, full = (record.total.score, record.total.full) if record.total else (None, None)
    return Status(
        run.at, record.catalog.title, run.city, run.round, due, total, full, run.final,
        sum(bool(one.files) for one in departments), departments, sum(at > run.at for at in received.values()),
        record.terms.contacts_deadline, *_ends(record),
    )  # fmt: skip


def _ends(record: StatusGlance) -> tuple[str | None, str | None]:
    reach = record.total.range if record.total and not record.total.final else None
    return (reach.floor, reach.ceiling) if reach else (None, None)


def _departments(
    record: StatusGlance, first: Mapping[str, str], in_force: Mapping[str, str], due: str, zone: tzinfo | None
) -> Iterator[DepartmentReport]:
    def late(at: str) -> int | None:
        return int(late_by(at, due, zone).total_seconds()) if at and due else None

    for one in sorted(record.departments, key=lambda one: (-Decimal(one.held), one.reported)):
        begun, now = first.get(one.key, ""), in_force.get(one.key, "")
        yield DepartmentReport(
            one.key, one.name, one.files, begun, now, late(begun), late(now), one.asked, one.filled, one.errors,
            one.queries, one.stake, one.held, one.holds,
        )  # fmt: skip
