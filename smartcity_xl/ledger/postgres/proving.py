"""Whether a ledger on a server is what was entered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smartcity_xl.errors import MachineFault
from smartcity_xl.ledger.audit import Flaw, Proof, compare_plans, prove_entries, prove_with_store
from smartcity_xl.ledger.checksum import Agreement
from smartcity_xl.ledger.claims import plain
from smartcity_xl.ledger.postgres.connection import Remote
from smartcity_xl.ledger.postgres.schema import pristine_plan, read_plan
from smartcity_xl.ledger.postgres.store import RemoteStore


def prove_served(database: Remote, anchors: Sequence[str] = ()) -> Proof:
    """As ``audit.prove``. Raises MachineFault (the server refuses)."""
    flaws = [
        *compare_plans(read_plan(database, database.place.schema), pristine_plan(database)),
        *_prove_references(database),
    ]
    store = RemoteStore(database)
    try:
        return prove_entries(database, store, anchors, flaws, Agreement.SERVED)
    except (MachineFault, ValueError, KeyError, TypeError) as error:
        if isinstance(error, MachineFault) and error.code != "ledger-unwritable":
            raise
        reason = str(error.parameters["reason"]) if isinstance(error, MachineFault) else str(error)
        flaws.append(Flaw("database-damaged", file=database.place.schema, parameters={"reason": plain(reason)}))
        return prove_with_store(flaws, store, None, 0, None, Agreement.SERVED)


def _prove_references(database: Remote) -> Iterator[Flaw]:
    """A server sees to them itself, but for whoever may switch that off."""
    for table, column, other in database.execute(_REFERENCES, (database.place.schema,)).fetchall():
        lost = database.execute(
            f"SELECT 1 FROM {table} AS mine WHERE {column} IS NOT NULL "  # noqa: S608 - names of our own
            f"AND NOT EXISTS (SELECT 1 FROM {other} AS theirs WHERE theirs.id = mine.{column}) LIMIT 1"
        )
        if lost.fetchone():
            yield Flaw("reference-broken", parameters={"table": table})


_REFERENCES = """
SELECT t.relname, a.attname, o.relname FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
    JOIN pg_class o ON o.oid = k.confrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.conkey[1]
    WHERE n.nspname = ? AND k.contype = 'f' ORDER BY 1, 2
"""
