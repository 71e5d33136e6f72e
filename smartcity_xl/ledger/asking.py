"""Rows -> facts: the questions that the door answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.json import decode

from smartcity_xl.books.identity import TEMPLATE_KIND
from smartcity_xl.ledger.database import Database
from smartcity_xl.ledger.records import DecisionMade, Listed, Run, Seen, Stated, Taken

if TYPE_CHECKING:
    from smartcity_xl.model import Ruling

EVER = "9999"
"""Later than any moment."""


def newest(database: Database) -> str:
    """The moment of the newest entry; empty for a new ledger."""
    (found,) = database.execute(
        "SELECT max(at) FROM (SELECT max(at) AS at FROM sighting UNION ALL SELECT max(at) FROM listing "
        "UNION ALL SELECT max(at) FROM run UNION ALL SELECT max(at) FROM ruling) AS entries"
    ).fetchone()
    return found or ""


def received(database: Database) -> Mapping[str, str]:
    return dict(database.execute("SELECT sha256, received FROM first_arrival").fetchall())


def first_seen(database: Database) -> Mapping[str, str]:
    """When each parcel was first seen, by whatever name: not when it had come, but when it was known of."""
    rows = database.execute("SELECT sha256, min(at) FROM sighting JOIN parcel ON parcel.id = parcel GROUP BY sha256")
    return dict(rows.fetchall())


def rulings(database: Database, as_of: str = "") -> tuple[Ruling, ...]:
    """The oldest first."""
    from smartcity_xl.model.rulings import Ruling, Verb  # not at the top: most who look at a ledger ask for none

    rows = database.execute(
        "SELECT verb, sha256, file, reason, who, at, zone, over, undo FROM ruling JOIN parcel ON parcel.id = parcel "
        "WHERE at <= ? ORDER BY at, ruling.id",
        (as_of or EVER,),
    )
    return tuple(
        Ruling(Verb(verb), sha256, file, reason, who, at, zone, tuple(decode(over)), bool(undo))
        for verb, sha256, file, reason, who, at, zone, over, undo in rows
    )


def arrivals(database: Database, as_of: str = "") -> Mapping[str, Mapping[str, str]]:
    """What was known by a moment; of a parcel that turned up later, what had come by then (at a mailbox, say)."""
    rows = database.execute(
        "SELECT sha256, sender, min(received) FROM arrival WHERE at <= ?1 OR (?2 = 1 AND received <= ?1 AND NOT EXISTS "
        "(SELECT 1 FROM sighting AS known WHERE known.parcel = arrival.parcel AND known.at <= ?1)) "
        "GROUP BY sha256, sender",
        (as_of or EVER, not _just_then(database, as_of)),
    )
    found: dict[str, dict[str, str]] = {}
    for sha256, sender, moment in rows:
        found.setdefault(sha256, {})[sender] = moment
    return found


def _just_then(database: Database, as_of: str) -> bool:
    """Whether a collection was made at that very moment: then it counts what it saw, and nothing that turned up later
    and had come before."""
    return database.execute("SELECT 1 FROM run WHERE at = ?", (as_of,)).fetchone() is not None


def sightings(database: Database, sha256: str = "") -> tuple[Seen, ...]:
    rows = database.execute(
        "SELECT first_arrival.sha256, name, source, sender, at, first_arrival.received FROM sighting "
        "JOIN first_arrival USING (parcel) WHERE ? IN ('', sha256) ORDER BY sighting.id",
        (sha256,),
    )
    return tuple(Seen(*row) for row in rows)


def listing(database: Database, source: str, as_of: str = "") -> tuple[Listed, ...] | None:
    """What lay in the inbox when it was last looked at by then, and what had been received by then (at a mailbox, say)
    and was in the inbox when it was looked at next."""
    number, following = _listings(database, source, as_of)
    if number is None and following is None:
        return None
    listed = _listed(database, number)
    if as_of and following is not None and not _just_then(database, as_of):
        times, before = received(database), _listed_before(database, source, as_of)
        late = [one for one in _listed(database, following) if one.sha256 and one.sha256 not in before]
        listed += [one for one in late if times[one.sha256] <= as_of]
    return tuple(sorted(listed)) if listed or number is not None else None


def _listings(database: Database, source: str, as_of: str) -> tuple[int | None, int | None]:
    """The last listing of a source by a moment, and the first after it."""
    moment = as_of or EVER
    before, after = database.execute(
        "SELECT max(CASE WHEN at <= ?1 THEN id END), min(CASE WHEN at > ?1 THEN id END) FROM listing WHERE source = ?2",
        (moment, source),
    ).fetchone()
    return before, after


def _listed(database: Database, number: int | None) -> list[Listed]:
    rows = database.execute(
        "SELECT name, coalesce(sha256, ''), why FROM listed LEFT JOIN parcel ON parcel.id = parcel WHERE listing = ?",
        (number,),
    )
    return [Listed(*row) for row in rows]


def _listed_before(database: Database, source: str, as_of: str) -> dict[str, str]:
    """Hash -> last name of all that ever lay in an inbox by a moment."""
    rows = database.execute(
        "SELECT sha256, name FROM listed JOIN listing ON listing.id = listing JOIN parcel ON parcel.id = parcel "
        "WHERE source = ? AND at <= ? ORDER BY listing.id, name",
        (source, as_of or EVER),
    )
    return dict(rows.fetchall())


def gone(database: Database, source: str, as_of: str = "") -> tuple[Listed, ...]:
    here = {one.sha256 for one in listing(database, source, as_of) or ()}
    before = _listed_before(database, source, as_of)
    return tuple(sorted(Listed(name, sha256) for sha256, name in before.items() if sha256 not in here))


def last_runs(database: Database, as_of: str = "") -> tuple[Run, ...]:
    rows = database.execute(
        "SELECT id, at, catalog, version, assignment, round, city, total, final, results, settings FROM run "
        "WHERE at = (SELECT max(at) FROM run WHERE at <= ?) ORDER BY id",
        (as_of or EVER,),
    )
    return tuple(map(_run, rows))


def runs_of(database: Database, assignment: str, round_: str, city: str, as_of: str) -> tuple[Run, ...]:
    rows = database.execute(
        "SELECT id, at, catalog, version, assignment, round, city, total, final, results, settings FROM run "
        "WHERE (assignment, round, city) = (?2, ?3, ?4) AND at = (SELECT max(at) FROM run WHERE at <= ?1 "
        "AND (assignment, round, city) = (?2, ?3, ?4)) ORDER BY id",
        (as_of or EVER, assignment, round_, city),
    )
    return tuple(map(_run, rows))


def history(database: Database, catalog: str, assignment: str, round_: str, city: str, as_of: str) -> tuple[Run, ...]:
    """The runs of a round under one system as of a moment, the newest first."""
    rows = database.execute(
        "SELECT id, at, catalog, version, assignment, round, city, total, final, results, settings FROM run "
        "WHERE at <= ? AND (catalog, assignment, round, city) = (?, ?, ?, ?) ORDER BY at DESC, id DESC",
        (as_of or EVER, catalog, assignment, round_, city),
    )
    return tuple(map(_run, rows))


def _run(row: Sequence[Any]) -> Run:
    number, at, catalog, version, assignment, round_, city, total, final, results, settings = row
    return Run(number, at, catalog, version, assignment, round_, city, total, bool(final), results, decode(settings))


def taken(database: Database, run: int) -> tuple[Taken, ...]:
    rows = database.execute(
        "SELECT sha256, kind, department, revision, status FROM run_submission "
        "JOIN submission ON submission.id = submission JOIN parcel ON parcel.id = parcel WHERE run = ? "
        "ORDER BY submission.id",
        (run,),
    )
    return tuple(Taken(*row) for row in rows)


def first_reports(database: Database, run: int) -> Mapping[str, str]:
    """Department -> receipt of its first form that could be used in a run's campaign, even if that is gone now.

    What was put aside is no report of the department's, as long as it is not let in: neither in the run that
    put it aside, nor, where the roster has changed, in any before the run that is asked about.
    """
    rows = database.execute(
        "SELECT submission.department, min(first_arrival.received) FROM run AS this JOIN run AS past "
        "ON (past.catalog, past.assignment, past.round, past.city) "
        "= (this.catalog, this.assignment, this.round, this.city) AND past.at <= this.at "
        "JOIN run_submission ON run_submission.run = past.id JOIN submission ON submission.id = submission "
        "JOIN first_arrival USING (parcel) "
        "WHERE this.id = ? AND kind = ? AND run_submission.status <> 'aside' "
        "AND submission.parcel NOT IN (SELECT stranger.parcel FROM run_submission AS now JOIN submission AS stranger "
        "ON stranger.id = now.submission WHERE now.run = this.id AND now.status = 'aside') "
        "GROUP BY submission.department",
        (run, TEMPLATE_KIND),
    )
    return dict(rows.fetchall())


def filled_before(
    database: Database, assignment: str, round_: str, city: str, before: str
) -> Mapping[str, tuple[Seen, ...]]:
    rows = database.execute(
        "SELECT submission.department, sha256 FROM run JOIN run_submission ON run = run.id "
        "JOIN submission ON submission.id = submission JOIN parcel ON parcel.id = parcel "
        "WHERE (run.assignment, run.round, run.city) = (?, ?, ?) AND run.at < ? AND kind = ? AND status = 'taken' "
        "AND EXISTS (SELECT 1 FROM answer WHERE answer.submission = submission.id AND state <> 'blank') "
        "GROUP BY submission.department, sha256 ORDER BY max(run.at), sha256",
        (assignment, round_, city, before, TEMPLATE_KIND),
    )
    found: dict[str, tuple[Seen, ...]] = {}
    for department, sha256 in rows.fetchall():
        found[department] = (*found.get(department, ()), sightings(database, sha256)[-1])
    return found


def answers(database: Database, run: int, sha256: str) -> tuple[Stated, ...]:
    rows = database.execute(
        "SELECT slot, item, state, value, raw, unit, sheet, cell FROM answer "
        "JOIN run_submission USING (submission) JOIN submission ON submission.id = submission "
        "JOIN parcel ON parcel.id = parcel WHERE run = ? AND sha256 = ? ORDER BY answer.rowid",
        (run, sha256),
    )
    return tuple(Stated(*row) for row in rows)


def decisions(database: Database, run: int) -> tuple[DecisionMade, ...]:
    rows = database.execute(
        "SELECT subject, choice, reason, who, file, side, sheet, cell, held FROM decision WHERE run = ? ORDER BY rowid",
        (run,),
    )
    return tuple(
        DecisionMade(subject, choice, reason, who, file, side, sheet, cell, bool(held))
        for subject, choice, reason, who, file, side, sheet, cell, held in rows
    )
