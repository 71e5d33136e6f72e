"""Whether a ledger is what was entered: its database, its chain, and its store against both, hash by hash.

Nothing is believed here that can be computed, and nothing stops the audit: what cannot be read is a flaw like others.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from msgspec import Struct, field

from smartcity_xl.errors import MachineFault
from smartcity_xl.ledger import chain
from smartcity_xl.ledger.checksum import CHECKSUM, Agreement, compare_checksum
from smartcity_xl.ledger.claims import Claims, is_object, plain, read_claims
from smartcity_xl.ledger.database import Database, FileDatabase
from smartcity_xl.ledger.schema import APPLICATION, MIGRATIONS, pristine_plan, pristine_shapes, read_database, read_plan
from smartcity_xl.ledger.store import Store, is_note

_SHOWN = 5
_REFUSED = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_FULL,
})  # fmt: skip
"""What SQLite says where it cannot read a database, whatever stands in it."""
ANCHOR = 12
"""The fewest characters of a digest that stand for it."""


class Flaw(Struct, frozen=True):
    """Something that is not as it was entered. ``sha256`` is the object that it is about, ``file`` the name under which
    that came, or the file of the ledger's folder that is meant; ``parameters`` are for the sentence of its code."""

    code: str
    sha256: str = ""
    file: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)


class Chained(Struct, frozen=True):
    """How far the chain goes. ``origin`` says over what it began at ``since``; ``head`` is the digest of the newest
    link, ``anchor`` that of the newest that brought something."""

    links: int
    origin: str
    since: str
    head: str
    anchor: str


class Proof(Struct, frozen=True):
    """What an audit found. ``objects`` and ``size`` (bytes) are what the store holds whole; ``chained`` is None where
    there is no chain that can be read. ``bytewise``: whether the database is what its last writer left."""

    flaws: tuple[Flaw, ...]
    objects: int
    size: int
    entries: int
    chained: Chained | None
    bytewise: Agreement

    @property
    def sound(self) -> bool:
        """Whether the database says what was entered, so that it may be written."""
        return not any(flaw.code in DATABASE_FLAWS for flaw in self.flaws)


DATABASE_FLAWS = frozenset({
    "database-missing", "database-damaged", "database-plan", "link-broken", "rows-changed", "rows-unlinked",
    "reference-broken", "database-header",
})  # fmt: skip


def prove(database_path: Path, store: Store, anchors: Sequence[str] = ()) -> Proof:
    """``anchors`` are digests that were noted elsewhere, or their beginnings. Raises MachineFault (a ledger of another
    program's version), OSError, sqlite3.Error (it cannot be read)."""
    if not database_path.is_file():
        flaws = [Flaw("database-missing", file=database_path.name)]
        return prove_with_store(flaws, store, None, 0, None, Agreement.UNKNOWN)
    bytewise = compare_checksum(database_path)
    flaws = [Flaw("database-bytes", file=CHECKSUM)] if bytewise is Agreement.CHANGED else []
    try:
        with closing(read_database(database_path, proven=False)) as database, database.as_it_stands():
            if _never_begun(database):
                flaws += [Flaw("database-missing", file=database_path.name)] if any(store.files()) else []
                return prove_with_store(flaws, store, None, 0, None, bytewise)
            flaws += _prove_header(database, database_path, bytewise)
            flaws += _prove_database(database)
            return prove_entries(database, store, anchors, flaws, bytewise)
    except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _REFUSED:
            raise
        flaws.append(Flaw("database-damaged", file=database_path.name, parameters={"reason": plain(str(error))}))
        return prove_with_store(flaws, store, None, 0, None, bytewise)


def prove_entries(
    database: Database, store: Store, anchors: Sequence[str], flaws: list[Flaw], bytewise: Agreement
) -> Proof:
    """The chain, and the store against the entries, beside the ``flaws`` that the database itself has. Raises as
    ``prove``."""
    flaws += _prove_links(database)
    flaws += [Flaw("anchor-unknown", file=one) for one in anchors if not _has_link(database, one)]
    claims = read_claims(database, store)
    return prove_with_store(flaws, store, claims, _count_entries(database), _read_chained(database), bytewise)


def _never_begun(database: FileDatabase) -> bool:
    """Whether its first writer was cut off before anything was entered; or somebody has emptied it."""
    return not database.execute("SELECT 1 FROM sqlite_master").fetchone()


# --- the database ------------------------------------------------------------------------------------------------


def _prove_header(database: FileDatabase, path: Path, bytewise: Agreement) -> Iterator[Flaw]:
    """Whether it is a ledger of today's version. One that its last writer left so is no flaw, and no matter of ours."""
    (application,), (version,) = (
        database.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")
    )
    if (application, version) == (APPLICATION, len(MIGRATIONS)):
        return
    linked = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'link'").fetchone()
    if application == APPLICATION and bytewise is not Agreement.CHANGED:
        if version > len(MIGRATIONS):
            raise MachineFault("ledger-newer", path=str(path), found=version, expected=len(MIGRATIONS))
        if not linked or (version < len(MIGRATIONS) and read_plan(database) == pristine_plan(version)):
            raise MachineFault("ledger-older", path=str(path))
    yield Flaw("database-header", file=path.name)


def _prove_database(database: FileDatabase) -> Iterator[Flaw]:
    said = [str(line) for (line,) in database.execute(f"PRAGMA integrity_check({_SHOWN})")]
    if said != ["ok"]:
        yield Flaw("database-damaged", parameters={"reason": plain("; ".join(said))})
    yield from compare_plans(read_plan(database), pristine_plan())
    lost = {str(table) for table, *_ in database.execute("PRAGMA foreign_key_check")}
    yield from (Flaw("reference-broken", parameters={"table": table}) for table in sorted(lost))


def compare_plans(plan: Mapping[str, str], right: Mapping[str, str]) -> Iterator[Flaw]:
    """What is declared otherwise than it should be: name -> what declares it."""
    for name in sorted(plan.keys() | right.keys()):
        if plan.get(name) != right.get(name):
            yield Flaw("database-plan", parameters={"name": plain(name)})


def _prove_links(database: Database) -> Iterator[Flaw]:
    for broken in chain.prove_chain(database, pristine_shapes()):
        code = ("rows-changed" if broken.table else "link-broken") if broken.link else "rows-unlinked"
        told = {"link": broken.link, "at": plain(broken.at), "table": broken.table}
        yield Flaw(code, parameters={**told, "first": broken.first, "last": broken.last})


def _has_link(database: Database, anchor: str) -> bool:
    wanted = anchor.strip().lower()
    return len(wanted) >= ANCHOR and any(link.digest.startswith(wanted) for link in chain.read_links(database))


def _read_chained(database: Database) -> Chained | None:
    links = list(chain.read_links(database))
    if not links:
        return None
    brought = [link.digest for link in links if link.brings]
    return Chained(len(links), links[0].origin, links[0].at, links[-1].digest, brought[-1] if brought else "")


def _count_entries(database: Database) -> int:
    tables = pristine_shapes()[len(MIGRATIONS)]
    counts = "+".join(f"(SELECT count(*) FROM {table})" for table in tables)  # noqa: S608 - names of our own
    return int(database.execute(f"SELECT {counts}").fetchone()[0])


# --- the store ---------------------------------------------------------------------------------------------------


def prove_with_store(
    flaws: list[Flaw],
    store: Store,
    claims: Claims | None,
    entries: int,
    chained: Chained | None,
    bytewise: Agreement,
) -> Proof:
    """The proof of the database and of the store; without ``claims``, the store can only be held against itself."""
    files = dict(store.files()) if store.is_begun() else {}
    whole = {path.name: path for path, digest in files.items() if digest and path == store.path(digest)}
    found = [*flaws, *_prove_objects(store, files, whole, claims), *_prove_notes(store, files, whole, claims)]
    size = sum(map(store.size, whole))
    return Proof(tuple(found), len(whole), size, entries, chained, bytewise)


def _prove_objects(
    store: Store, files: Mapping[Path, str], whole: Mapping[str, Path], claims: Claims | None
) -> Iterator[Flaw]:
    names = claims.names if claims else {}
    for sha256, name in names.items():
        if store.path(sha256) not in files:
            yield Flaw("object-missing", sha256, name)
    bundled = set(store.bundles())
    for path in files:
        place = path.relative_to(store.folder).as_posix()
        if is_object(store, path):
            if path.name not in whole:
                yield Flaw("object-altered", path.name, names.get(path.name, ""))
            elif claims and path.name not in names:
                yield Flaw("object-unclaimed", path.name, place)
        elif path in bundled:
            yield Flaw("bundle-altered", file=place)
        elif not (is_note(path) and is_object(store, path.with_suffix(""))):
            yield Flaw("file-strange", file=place)


def _prove_notes(
    store: Store, files: Mapping[Path, str], whole: Mapping[str, Path], claims: Claims | None
) -> Iterator[Flaw]:
    known = claims or Claims()
    noted = {path.stem for path in files if is_note(path) and is_object(store, path.with_suffix(""))}
    for sha256 in sorted(noted | known.notes.keys()):
        note, name = store.read_note(sha256), known.names.get(sha256, "")
        if note is None or (note and sha256 in known.names and not known.allow(sha256, note)):
            yield Flaw("note-altered", sha256, name)
        elif not note:
            yield Flaw("note-missing", sha256, name)
        elif sha256 not in known.names and store.path(sha256) not in files:
            yield Flaw("note-alone" if claims else "object-missing", sha256, str(note.get("name", "")))
