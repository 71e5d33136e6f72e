"""Facts -> rows. Every function runs inside a transaction of the door's, and only adds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict, replace

from smartcity_xl.ledger.asking import listing
from smartcity_xl.ledger.database import Database
from smartcity_xl.ledger.records import DecisionMade, Listed

if TYPE_CHECKING:
    from smartcity_xl.model import Finding, Outcome, Ruling, Submission


class Arrival(Struct, frozen=True):
    """A parcel as it came; ``size`` in bytes."""

    sha256: str
    size: int
    name: str
    source: str
    sender: str
    received: str

    def note(self) -> Mapping[str, str]:
        """What the store writes down beside the bytes."""
        return {"name": self.name, "source": self.source, "sender": self.sender, "received": self.received}

    @classmethod
    def from_note(cls, sha256: str, size: int, note: Mapping[str, str]) -> Arrival:
        return cls(sha256, size, note["name"], note["source"], note["sender"], note["received"])


def enter_arrivals(database: Database, arrivals: Iterable[Arrival], at: str) -> None:
    """Parcels not known yet, and names not seen yet. ``at`` is when they were seen; empty: when they were received."""
    for one in arrivals:
        database.execute(
            "INSERT INTO parcel (sha256, size, received) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (one.sha256, one.size, one.received),
        )
        database.execute(
            "INSERT INTO sighting (parcel, name, source, sender, at, received) "
            "SELECT id, ?, ?, ?, ?, ? FROM parcel WHERE sha256 = ? ON CONFLICT DO NOTHING",
            (one.name, one.source, one.sender, at or one.received, one.received, one.sha256),
        )


def enter_listing(database: Database, source: str, listed: Sequence[Listed], at: str) -> None:
    """What lies in an inbox now, unless it is what lay there when it was last looked at."""
    if listing(database, source) == tuple(listed):
        return
    number = database.add("INSERT INTO listing (source, at) VALUES (?, ?)", (source, at))
    database.executemany(
        "INSERT INTO listed (listing, name, parcel, why) VALUES (?, ?, (SELECT id FROM parcel WHERE sha256 = ?), ?)",
        [(number, one.name, one.sha256, one.why) for one in listed],
    )


def note_ruling(ruling: Ruling) -> Mapping[str, str]:
    """What the store writes down of a word of the office's, so that a lost ledger still knows it."""
    return {
        "ruling": ruling.verb, "sha256": ruling.sha256, "file": ruling.file, "reason": ruling.reason,
        "who": ruling.who, "at": ruling.at, "zone": ruling.zone, "over": _json(ruling.over),
        "undo": "1" if ruling.undo else "",
    }  # fmt: skip


def write_ruling(ruling: Ruling, number: int) -> bytes:
    """The bytes under which the store keeps a word of the office's: the same whenever it was entered. ``number``
    counts the words, from 1."""
    said = {**note_ruling(replace(ruling, at="")), "number": str(number)}
    return json.dumps(said, ensure_ascii=False, sort_keys=True).encode()


def is_ruling(note: Mapping[str, str]) -> bool:
    return "ruling" in note


def read_ruling(note: Mapping[str, str]) -> Ruling:
    from smartcity_xl.model.rulings import Ruling, Verb  # not at the top: a look at a ledger enters nothing

    return Ruling(
        Verb(note["ruling"]), note["sha256"], note["file"], note["reason"], note["who"], note["at"], note["zone"],
        tuple(json.loads(note["over"])), bool(note["undo"]),
    )  # fmt: skip


def enter_ruling(database: Database, one: Ruling) -> None:
    database.execute(
        "INSERT INTO ruling (parcel, verb, undo, file, reason, who, at, zone, over) "
        "SELECT id, ?, ?, ?, ?, ?, ?, ?, ? FROM parcel WHERE sha256 = ?",
        (one.verb, one.undo, one.file, one.reason, one.who, one.at, one.zone, _json(one.over), one.sha256),
    )


def enter_run(
    database: Database,
    at: str,
    outcome: Outcome,
    results: str,
    settings: Mapping[str, str],
    decisions: Sequence[DecisionMade],
) -> None:
    catalog, scores = outcome.catalog, outcome.scores
    run = database.add(
        "INSERT INTO run (at, catalog, version, assignment, round, city, total, final, results, settings) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (at, catalog.id, catalog.version, outcome.assignment.id, outcome.round, outcome.assignment.city,
         f"{float(scores.total):.2f}", scores.final, results, _json(settings)),
    )  # fmt: skip
    told: set[tuple[object, ...]] = set()
    counted = (*outcome.submissions, *outcome.surveys)
    entered: set[int] = set()
    for status, submissions in (("taken", counted), ("superseded", outcome.superseded), ("aside", outcome.aside)):
        for submission in submissions:
            number = _enter_submission(database, submission)
            if number not in entered:  # the same bytes may count from one sender, and wait from another
                database.execute("INSERT INTO run_submission VALUES (?, ?, ?)", (run, number, status))
            entered.add(number)
            told |= {(finding.code, finding.origin, finding.figure) for finding in submission.findings}
    own = [finding for finding in outcome.findings if (finding.code, finding.origin, finding.figure) not in told]
    _enter_findings(database, None, run, own)
    database.executemany(
        "INSERT INTO decision (run, subject, choice, reason, who, file, side, sheet, cell, held) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(run, *asdict(decision).values()) for decision in decisions],
    )


_OF_RUN = {
    "run_submission": "submission, status",
    "finding": "submission, code, department, indicator, figure, file, sheet, cell, parameters",
    "decision": "subject, choice, reason, who, file, side, sheet, cell, held",
}
"""Tables with what belongs to one run, and their columns beside it."""


def enter_run_again(database: Database, at: str, before: int) -> int:
    """A run that came to just what the one of that number came to. Gives its number."""
    columns = "catalog, version, assignment, round, city, total, final, results, settings"
    number = database.add(
        f"INSERT INTO run (at, {columns}) SELECT ?, {columns} FROM run WHERE id = ?",  # noqa: S608 - names of our own
        (at, before),
    )
    for table, others in _OF_RUN.items():
        order = "" if table == "run_submission" else "ORDER BY rowid"
        database.execute(
            f"INSERT INTO {table} (run, {others}) SELECT ?, {others} FROM {table} WHERE run = ? {order}",  # noqa: S608
            (number, before),
        )
    return number


def _enter_submission(database: Database, submission: Submission) -> int:
    """A workbook as read; once for each parcel, unless it was read otherwise before. Gives its number."""
    identity, answers = submission.identity, list(_answer_rows(submission))
    findings = [_finding_row(finding, file="") for finding in submission.findings]
    digest = hashlib.sha256(_json([asdict(identity), answers, findings]).encode()).hexdigest()
    found = database.execute(
        "SELECT submission.id FROM submission JOIN parcel ON parcel.id = parcel WHERE sha256 = ? AND digest = ?",
        (submission.sha256, digest),
    ).fetchone()
    if found:
        return int(found[0])
    number = database.add(
        "INSERT INTO submission "
        "(parcel, digest, kind, catalog, version, assignment, department, round, city, revision) "
        "SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM parcel WHERE sha256 = ?",
        (digest, identity.kind, identity.catalog, identity.version, identity.assignment, identity.department,
         identity.round, identity.city, identity.revision, submission.sha256),
    )  # fmt: skip
    rows = [(number, *row) for row in answers]
    database.executemany("INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    _enter_findings(database, number, None, submission.findings)
    return number


def _answer_rows(submission: Submission) -> Iterator[tuple[str, ...]]:
    for item, answer in submission.cells:
        value = "" if answer.value is None else str(answer.value)
        at = answer.origin
        yield (
            answer.slot, item, answer.state.value, value, answer.raw, answer.unit, answer.as_of, answer.remark,
            at.sheet, at.cell,
        )  # fmt: skip


def _finding_row(finding: Finding, file: str) -> tuple[str, ...]:
    at = finding.origin
    return (
        finding.code, finding.department, finding.indicator, finding.figure, file, at.sheet, at.cell,
        _json(finding.parameters),
    )  # fmt: skip


def _enter_findings(database: Database, submission: int | None, run: int | None, findings: Iterable[Finding]) -> None:
    database.executemany(
        "INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(submission, run, *_finding_row(finding, finding.origin.file)) for finding in findings],
    )


_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, default=dict).encode
"""As ``json.dumps``, which makes an encoder anew for each finding."""
