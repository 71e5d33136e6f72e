"""A summary or a returned workbook that somebody forwards -> whether it still says what the run said, cell by cell."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from smartcity_xl.arrival.inbox import known_returns
from smartcity_xl.arrival.nearby import refuse_missing
from smartcity_xl.books.identity import DECISIONS_KIND, IDENTITY_SHEET, SUMMARY_KIND, TEMPLATE_KIND
from smartcity_xl.books.stated import StatedSheet
from smartcity_xl.books.unlike import SaidOtherwise, find_unlike
from smartcity_xl.confined import Confined, NotRead
from smartcity_xl.errors import ResultsFault, unread
from smartcity_xl.frozen.manifest import Manifest
from smartcity_xl.ledger import Run, parse_moment, read_ledger
from smartcity_xl.results import read_results
from smartcity_xl.results.recalled import seal_of
from smartcity_xl.run.freezing import OUTPUTS
from smartcity_xl.run.orders import CollectOrder
from smartcity_xl.run.remaking import as_named, remake_here
from smartcity_xl.run.replaying import opened_pack
from smartcity_xl.run.unlike import ReadStated, teach_stated

_KINDS = frozenset({SUMMARY_KIND, TEMPLATE_KIND, DECISIONS_KIND})
_RUNS = 5
"""Runs of the same numbers that a summary is held against; what else they say differs in what came since."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A workbook held against a run. ``at`` is the run's moment (UTC), ``newest`` whether there is no later one;
    ``trouble`` is why it could not be held against any. ``changed``: this program writes that run otherwise, so that
    differences may be its own."""

    path: Path
    trouble: NotRead | None = None
    catalog: str = ""
    at: str = ""
    newest: bool = True
    changed: bool = False
    unlike: tuple[SaidOtherwise, ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    """What a run wrote: its moment, whether it is the newest, and its workbooks, by their names."""

    at: str
    newest: bool
    changed: bool
    books: Mapping[str, bytes]


def verify_in_round(
    paths: tuple[Path, ...], order: CollectOrder, as_of: str = "", passwords: tuple[str, ...] = ()
) -> tuple[Verified, ...]:
    """Hold workbooks against what the round's ledger says that its runs said. Raises as ``collect``,
    and UsageFault for a file that is not there."""
    refuse_missing(paths, (order.out,))
    moment = parse_moment(as_of) if as_of else ""
    register = sorted(known_returns(order.out))

    @cache
    def made(at: str, anchored: bool) -> Mapping[str, bytes]:
        with tempfile.TemporaryDirectory(prefix="xlscore-") as work, as_named(order.inbox):
            return remake_here(order, at, Path(work) / "round", register, anchored, passwords).files

    def candidates(identity: Mapping[str, str]) -> Iterator[_Said]:
        with read_ledger(order.ledger) as ledger:
            place = [identity.get(name, "") for name in ("catalog", "assignment", "round", "city")]
            runs = ledger.history(place[0], place[1], place[2], place[3], moment) or ledger.last_runs(moment)
            seals = {run.number: _seal(ledger.results(run)) for run in runs} if identity.get("seal") else {}
        fitting = [run for run in runs if seals.get(run.number) == identity.get("seal")] or runs[:1]
        for run in fitting[:_RUNS]:
            for anchored in (False, True):
                books = made(run.at, anchored)
                yield _Said(run.at, run is runs[0], not _same_results(run, books), books)

    return _verify(paths, candidates)


def verify_in_pack(paths: tuple[Path, ...], pack: Path, seal: str = "") -> tuple[Verified, ...]:
    """Hold workbooks against what lies in a frozen round. Raises as ``open_pack``,
    and UsageFault for a file that is not there."""
    refuse_missing(paths)
    with opened_pack(pack, seal) as (opened, _):
        names = [one.name for one in opened.manifest.files if one.name.startswith(f"{OUTPUTS}/")]
        books = {name.removeprefix(f"{OUTPUTS}/"): (opened.folder / name).read_bytes() for name in names}
        return _verify(paths, lambda _: iter([_said_in(opened.manifest, books)]))


def _said_in(manifest: Manifest, books: Mapping[str, bytes]) -> _Said:
    return _Said(manifest.at, True, False, books)


def _seal(results: bytes) -> str:
    try:
        return seal_of(read_results(results))
    except ResultsFault:
        return ""


def _same_results(run: Run, books: Mapping[str, bytes]) -> bool:
    return any(hashlib.sha256(data).hexdigest() == run.results for data in books.values())


def _verify(
    paths: tuple[Path, ...], candidates: Callable[[Mapping[str, str]], Iterator[_Said]]
) -> tuple[Verified, ...]:
    with Confined() as confined:
        read = teach_stated(confined)
        return tuple(_verify_one(path, candidates, read) for path in paths)


def _verify_one(path: Path, candidates: Callable[[Mapping[str, str]], Iterator[_Said]], read: ReadStated) -> Verified:
    try:
        found = read(path.read_bytes())
    except OSError as error:
        raise unread(path, error) from error
    if isinstance(found, NotRead):
        return Verified(path, found)
    identity = identity_of(found)
    if identity and identity.get("kind") not in _KINDS:
        return Verified(path, NotRead("verify-kind", {"found": identity.get("kind", "")}))
    best: Verified | None = None
    for said in candidates(identity):
        for expected in _alike(identity, found, said.books, read):
            unlike = tuple(find_unlike(expected, found, IDENTITY_SHEET))
            catalog = identity_of(expected).get("catalog", "")
            one = Verified(path, None, catalog, said.at, said.newest, said.changed, unlike)
            if best is None or len(unlike) < len(best.unlike):
                best = one
        if best and not best.unlike:
            break
    if best is None:
        code = "verify-decisions" if identity.get("kind") == DECISIONS_KIND else "verify-nothing"
        return Verified(path, NotRead(code, {}))
    return best


def identity_of(sheets: tuple[StatedSheet, ...]) -> dict[str, str]:
    """What a workbook says of itself on the sheet that no person sees; empty where it is gone."""
    cells = next((sheet.cells for sheet in sheets if sheet.name == IDENTITY_SHEET), {})
    rows = {row for row, column in cells if (row, 1) in cells and column == 0}
    return {str(cells[row, 0].value): str(cells[row, 1].value) for row in sorted(rows)}


_TOLD_BY = ("kind", "catalog", "department")
"""What tells a run's workbooks apart."""


def _alike(
    identity: Mapping[str, str], found: tuple[StatedSheet, ...], books: Mapping[str, bytes], read: ReadStated
) -> Iterator[tuple[StatedSheet, ...]]:
    """The workbooks of a run that one may be: by what it says of itself; by its sheets where it says nothing."""
    names = {sheet.name for sheet in found}
    for name, data in books.items():
        if not name.endswith(".xlsx"):
            continue
        written = read(data)
        if isinstance(written, NotRead):
            continue
        theirs = identity_of(written)
        same = all(theirs.get(field, "") == identity.get(field, "") for field in _TOLD_BY)
        if same or (not identity and 2 * len(names & {sheet.name for sheet in written}) > len(written)):
            yield written


def as_document(found: Verified) -> dict[str, object]:
    """One workbook's outcome as JSON has it."""
    trouble = found.trouble and {"code": found.trouble.code, **found.trouble.parameters}
    unlike = [
        {"code": one.code, "sheet": one.sheet, "cell": one.cell, "expected": one.expected, "found": one.found}
        for one in found.unlike
    ]
    told = {"file": str(found.path), "trouble": trouble, "catalog": found.catalog, "at": found.at}
    return {**told, "newest": found.newest, "changed": found.changed, "unlike": unlike}
