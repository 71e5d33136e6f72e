"""A ledger at work: what it is given, and what stands in it afterwards."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace
from support import filled, parcel

from smartcity_xl.errors import XlscoreError
from smartcity_xl.ledger import (
    DecisionMade,
    Mail,
    Posting,
    Step,
    open_ledger,
    read_ledger,
)
from smartcity_xl.ledger.bundles import list_bundles, list_entries, read_entry
from smartcity_xl.ledger.store import Store
from smartcity_xl.messages import LANGUAGES, sentence
from smartcity_xl.model import Outcome, Ruling, Verb
from smartcity_xl.model.place import Place

AT, LATER, LATEST = "2026-11-21T03:00:00Z", "2026-11-22T03:00:00Z", "2026-11-23T03:00:00Z"
PARCELS = (parcel(filled("secrecy"), "a.xlsx"), parcel(b"%PDF-1.4", "二/通知.pdf"), parcel(b"", "空.xlsx"))
RESULTS = b'{"schema": "xlscore-results/1"}'
POSTING = Posting("<1@example.com>", "issue", "云溪市|2026", "secrecy", 1, ("clerk@example.com",), (), ("ab",))
LETTER = b"Subject: hello"


def work(folder: Place, outcome: Outcome, at: str) -> None:
    """What ``collect`` asks of a ledger."""
    with open_ledger(folder, at) as ledger:
        ledger.take(PARCELS, "inbox", ("~$a.xlsx",))
        decision = DecisionMade("x", "a", "because", "the office", "f")
        ledger.record_runs([(outcome, RESULTS)], {"program": "test"}, (decision,))
        if not ledger.rulings():
            ledger.record_ruling(Ruling(Verb.EXCLUDE, PARCELS[1].sha256, "二/通知.pdf", "why", "who", ""))
        ledger.mail.record_mail(Mail("office@example.com", "INBOX", 1, 7, len(PARCELS[1].data), PARCELS[1].sha256), at)
        for step in (Step.BEGUN, Step.DATA, Step.SENT):
            ledger.mail.record_step(replace(POSTING, step=step, at=at), LETTER)


def rows(folder: Place) -> dict[str, set[tuple[object, ...]]]:
    """All that a ledger says, but for when it was said and under which numbers."""
    with read_ledger(folder) as ledger:
        database = ledger.database
        return {
            "parcel": set(database.execute("SELECT sha256, size FROM parcel")),
            "sighting": set(database.execute(
                "SELECT sha256, name, source, sender FROM sighting JOIN parcel ON parcel.id = parcel")),
            "listed": set(database.execute("SELECT name, sha256 FROM listed LEFT JOIN parcel ON parcel.id = parcel")),
            "submission": set(database.execute(
                "SELECT sha256, digest, department FROM submission JOIN parcel ON parcel.id = parcel")),
            "answer": set(database.execute("SELECT slot, item, state, value, raw, sheet, cell FROM answer")),
            "finding": set(database.execute("SELECT code, department, figure, file, cell, parameters FROM finding")),
            "decision": set(database.execute("SELECT subject, choice, reason, who, file FROM decision")),
            "run": set(database.execute("SELECT catalog, assignment, total, final, results FROM run")),
            "ruling": set(database.execute("SELECT verb, undo, file, reason, who, over FROM ruling")),
            "mail": set(database.execute(
                "SELECT account, folder, validity, uid, mail.size, sha256 FROM mail "
                "JOIN parcel ON parcel.id = parcel")),
            "posting": set(database.execute("SELECT message_id, kind, department, number, receivers FROM posting")),
            "posting_step": set(database.execute("SELECT step, mail FROM posting_step")),
            "counts": {database.execute(f"SELECT '{table}', count(*) FROM {table}").fetchone()
                       for table in ("parcel", "sighting", "submission", "answer")},
        }  # fmt: skip


def objects(folder: Path) -> dict[str, bytes]:
    """All that the store of a ledger holds whole, by its hash."""
    store = Store(folder / "store")
    return {path.name: store.get(path.name) for path in store.objects() if store.holds(path.name)}


def lay_out(folder: Path) -> None:
    """A ledger's store as an older program wrote it: every object and its note a file of its own."""
    store = Store(folder / "store")
    for bundle in list(list_bundles(store.folder)):
        for name, place in list_entries(bundle).items():
            path = store.path(name.removesuffix(".json")).with_name(name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(read_entry(place))
        bundle.unlink()


def assert_said(fault: XlscoreError) -> None:
    for language in LANGUAGES:
        text = sentence("errors", fault.code, language, **fault.parameters)
        assert all(str(value) in text for value in fault.parameters.values()), text
