"""The tables of a ledger on a server: those that SQLite has, made of the same words; and the bytes beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.ledger.chain import NEW, add_link
from smartcity_xl.ledger.database import committed
from smartcity_xl.ledger.postgres.connection import OWN, Remote, quoted
from smartcity_xl.ledger.schema import APPLICATION, MIGRATIONS

_STORE = """
CREATE TABLE kept (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" NOT NULL,
    data bytea NOT NULL);
ALTER TABLE kept ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE INDEX kept_name ON kept (name, id);
CREATE TABLE apart (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kept bigint NOT NULL UNIQUE REFERENCES kept);
CREATE VIEW here AS SELECT id, name, data, pg_catalog.encode(pg_catalog.sha256(data), 'hex') COLLATE "C" AS digest
    FROM kept WHERE NOT EXISTS (SELECT 1 FROM apart WHERE apart.kept = kept.id);
CREATE TABLE about (application bigint NOT NULL, version bigint NOT NULL);
CREATE TABLE writer (pid bigint, host text COLLATE "C", since text COLLATE "C");
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE EXCEPTION 'the ledger is append-only'; END$$;
"""
"""``kept``: bytes under their hash, and notes under that with ``.json``, as the store in a folder has them; of a note
the newest row holds, of bytes one that is whole. ``apart``: rows of it that belong to no entry. ``writer``: who
writes."""
_NUMBERED = """
CREATE FUNCTION "number {table}"() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN IF NEW.{number} IS NULL THEN
    SELECT coalesce(max({number}), 0) + 1 INTO NEW.{number} FROM {schema}.{table}; END IF; RETURN NEW; END$$;
CREATE TRIGGER "number {table}" BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION "number {table}"();
"""
"""Rows are numbered as SQLite does it, without gaps: the same entries give the same chain in both."""
_KEPT_SO = 'CREATE TRIGGER "{event}:{table}" BEFORE {event} ON {table} FOR EACH {unit} EXECUTE FUNCTION refuse();'
_GUARDED = (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT"))
_SHIFTS = (
    (r"\bINTEGER PRIMARY KEY\b", "bigint PRIMARY KEY"),
    (r"\bINTEGER\b", "bigint"),
    (r"\bTEXT\b", 'text COLLATE "C"'),
    (r"\) WITHOUT ROWID", ")"),
    (r", (\w+ IS NULL)\)", r", (\1))"),
    (r"\bGROUP BY parcel\b", "GROUP BY parcel, sha256"),
)
"""From the words of SQLite to those of PostgreSQL. Texts are ordered by their bytes in both."""


def build(database: Remote, schema: str, first: int = 0) -> None:
    """Declare everything in a schema that is empty, or what came since a version."""
    scripts = ";".join(MIGRATIONS[first:])
    for pattern, replacement in _SHIFTS:
        scripts = re.sub(pattern, replacement, scripts)
    database.script(scripts if first else f"{_STORE};{scripts}")
    tables = re.findall(r"CREATE TABLE (\w+)", scripts)
    for table in tables:
        (own,) = database.execute(
            "SELECT count(*) FROM information_schema.columns WHERE table_schema = ? AND table_name = ? "
            "AND column_name = 'id'", (schema, table),
        ).fetchone()  # fmt: skip
        if not own and table != "run_submission":
            database.script(f"ALTER TABLE {table} ADD COLUMN rowid bigint PRIMARY KEY")
        if table not in ("run_submission", "link"):
            number = "id" if own else "rowid"
            database.script(_NUMBERED.format(table=table, number=number, schema=quoted(schema)))
    for table in (*tables, *(() if first else ("kept", "apart"))):
        for event, unit in _GUARDED:
            database.script(_KEPT_SO.format(table=table, event=event, unit=unit))


def bring_to_today(database: Remote, chained: bool = True) -> None:
    """Make the ledger of a schema where there is none, or bring it to today's version, whole or not at all; only under
    the lock. Not ``chained``: its first link is to come from another. Raises MachineFault."""
    schema, place = database.place.schema, str(database.place)
    with within(database):
        found = find_version(database)
        if found == len(MIGRATIONS):
            return
        if not found:
            if not database.execute("SELECT 1 FROM pg_namespace WHERE nspname = ?", (schema,)).fetchone():
                database.script(f"CREATE SCHEMA {quoted(schema)}")
            build(database, schema)
            database.execute("INSERT INTO about VALUES (?, ?)", (APPLICATION, len(MIGRATIONS)))
            if chained:
                add_link(database, "", NEW)
        elif found < len(MIGRATIONS):
            build(database, schema, found)
            database.execute("UPDATE about SET version = ?", (len(MIGRATIONS),))
        else:
            raise MachineFault("ledger-newer", path=place, found=found, expected=len(MIGRATIONS))


def find_version(database: Remote) -> int:
    """The version of the ledger that a schema holds; 0 where it holds nothing at all, or there is none. Raises
    MachineFault where it holds something else."""
    schema = database.place.schema
    rows = database.execute(
        "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace "
        "WHERE n.nspname = ? AND relkind IN ('r', 'v', 'm', 'p', 'f')",
        (schema,),
    )
    tables = {name for (name,) in rows}
    if not tables:
        return 0
    if not set(OWN) <= tables:
        raise MachineFault("ledger-server-foreign", path=str(database.place))
    (may,) = database.execute("SELECT has_schema_privilege(?, 'USAGE')", (schema,)).fetchone()
    if not may:
        raise MachineFault("ledger-server-rights", path=str(database.place), reason=f"USAGE ON SCHEMA {schema}")
    row = database.execute("SELECT application, version FROM about").fetchone()
    if row is None or row[0] != APPLICATION:
        raise MachineFault("ledger-server-foreign", path=str(database.place))
    return int(row[1])


def refuse_other_versions(database: Remote) -> None:
    """Raises UsageFault where there is no ledger, MachineFault where it is not of today's version."""
    version, place = find_version(database), str(database.place)
    if not version:
        raise UsageFault("ledger-server-missing", path=place)
    if version != len(MIGRATIONS):
        code = "ledger-older" if version < len(MIGRATIONS) else "ledger-newer"
        raise MachineFault(code, path=place, found=version, expected=len(MIGRATIONS))


@contextmanager
def within(database: Remote) -> Iterator[None]:
    """A transaction that no link of the chain speaks of."""
    database.begin()
    with committed(database):
        yield


def read_plan(database: Remote, schema: str) -> Mapping[str, str]:
    """All that is declared in a schema: name -> what declares it, without the name of the schema."""
    found: dict[str, str] = {}
    for kind, name, told in database.execute(_PLAN.replace("@", "?1"), (schema,)):
        text = str(told).replace(f"{quoted(schema)}.", "").replace(f"{schema}.", "")
        found[f"{kind} {name}"] = " ".join(text.split())
    return found


def pristine_plan(database: Remote) -> Mapping[str, str]:
    """What today's ledger declares, as this server tells it: it is made in a schema of its own, and taken back."""
    schema = "xlscore_pristine"
    database.begin()
    try:
        database.script(f"CREATE SCHEMA {schema}; SET LOCAL search_path = {schema}")
        build(database, schema)
        return read_plan(database, schema)
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")


_PLAN = """
SELECT 'column', concat(c.relname, '.', a.attname), concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull,
    l.collname, a.attidentity, pg_get_expr(d.adbin, d.adrelid))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE n.nspname = @ AND c.relkind IN ('r', 'v', 'p', 'f', 'm') AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT 'table', c.relname, concat_ws(' ', c.relkind, c.relrowsecurity, c.relhasrules)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = @ AND c.relkind <> 'i'
UNION ALL SELECT 'view', viewname, definition FROM pg_views WHERE schemaname = @
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = @
UNION ALL SELECT 'constraint', concat(c.relname, '.', k.conname), pg_get_constraintdef(k.oid)
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = @
UNION ALL SELECT 'trigger', concat(c.relname, '.', t.tgname), concat_ws(' ', t.tgenabled, pg_get_triggerdef(t.oid))
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = @ AND NOT t.tgisinternal
UNION ALL SELECT 'function', p.proname, concat_ws(' ', p.prosrc, p.proargtypes::text)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = @
UNION ALL SELECT 'rule', concat(r.tablename, '.', r.rulename), r.definition FROM pg_rules r WHERE r.schemaname = @
"""
