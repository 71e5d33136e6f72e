"""A round -> one archive from which it can be run again: gathered, run again, held against what it was, packed."""

from __future__ import annotations

import json
import platform
import sqlite3
import tempfile
import tomllib
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import IO

from smartcity_xl import __version__
from smartcity_xl.arrival.inbox import known_returns
from smartcity_xl.books import limits
from smartcity_xl.books.signing import NotingKey
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.catalog.load import BUILT_IN, SYSTEM_FILE, catalog_ids
from smartcity_xl.errors import FreezeFault, MachineFault, PackFault, UsageFault
from smartcity_xl.frozen.archive import list_members, write_archive
from smartcity_xl.frozen.differing import differ
from smartcity_xl.frozen.manifest import SCHEMA as PACK_SCHEMA
from smartcity_xl.frozen.manifest import FrozenRun, Made, Manifest, Scope, seal_of, write_manifest
from smartcity_xl.frozen.numbers import numbers_of
from smartcity_xl.frozen.order import ORDER, KeptOrder, write_order
from smartcity_xl.frozen.order import SCHEMA as ORDER_SCHEMA
from smartcity_xl.frozen.redacted import redact_round, write_redacted
from smartcity_xl.ledger import Run, copy_ledger, parse_moment, parse_utc, read_ledger, utc
from smartcity_xl.messages import label
from smartcity_xl.model import CampaignSettings
from smartcity_xl.results import from_outcome, read_results
from smartcity_xl.run.files import replace_file
from smartcity_xl.run.orders import CollectOrder
from smartcity_xl.run.remaking import CATALOGS, LEDGER, Remade, find_places, remake, remake_redacted

OUTPUTS = "outputs"
"""Where a pack holds what the run wrote."""
ANSWERS = "answers.json"
"""Where a redacted pack holds what it is run again from."""
_SHOWN = 20
"""Differences that are told one by one."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A pack that was written; ``changed`` are files of the round's own output folder that are not what the run
    wrote."""

    path: Path
    manifest: Manifest
    seal: str
    changed: tuple[Path, ...] = ()


def freeze(
    order: CollectOrder,
    settings: CampaignSettings | None,
    previous: Sequence[Path],
    to: Path,
    now: datetime,
    scope: Scope = Scope.WHOLE,
    as_of: str = "",
    passwords: tuple[str, ...] = (),
    overwrite: bool = False,
) -> Frozen:
    """Pack the newest run, or the newest as of a moment; proven by running it again from the pack's own content.

    Raises UsageFault (no run, the pack stands there already), MachineFault, FreezeFault (the run does not come out as
    it did; says where), PackFault (the round's key lies in a file that would be packed).
    """
    if to.exists() and not overwrite:
        raise UsageFault("would-overwrite", files=f"  {to}")
    moment = parse_moment(as_of) if as_of else ""
    with tempfile.TemporaryDirectory(prefix="xlscore-") as folder:
        pack, home = Path(folder) / "pack", Path(folder) / "round"
        copy_ledger(order.ledger, pack / LEDGER, utc(now))
        with read_ledger(pack / LEDGER) as ledger:
            runs = ledger.last_runs(moment)
            if not runs:
                raise UsageFault("freeze-no-run", path=str(order.ledger))
            recorded = {run.catalog: ledger.results(run) for run in runs}
        _sweep_logs(pack / LEDGER)
        kept = _gather(order, settings, previous, runs[0].at, pack)
        key = NotingKey(order.choice.key) if order.choice.key else b""
        remade = remake(pack, kept, home, key, passwords)
        _sweep_logs(pack / LEDGER)
        _hold_against(order, runs, recorded, remade)
        kept, remade, changed = _settle_anchor(order, kept, remade, pack, Path(folder) / "again", key, passwords)
        if isinstance(key, NotingKey):
            kept = replace(kept, codes=dict(sorted(key.noted.items())))
        if scope is Scope.WHOLE:
            _put(pack / ORDER, write_order(kept))
            _put_all(pack / OUTPUTS, remade.files)
            decided = order.out / label("file.decisions")
            if decided.is_file():
                _put(pack / OUTPUTS / decided.name, decided.read_bytes())
        else:
            pack, remade = _redact(pack, remade, Path(folder) / "redacted")
        manifest, data = _describe(pack, scope, runs, remade)
        _refuse_secrets(to, pack, order.choice.key)
        with replace_file(to) as stream:
            write_archive(pack, manifest.files, data, stream)
    return Frozen(to, manifest, seal_of(data), changed)


def name_pack(order: CollectOrder, scope: Scope) -> Path:
    """Where a pack goes that nobody gave a name: beside the round's settings, else beside its output."""
    return (order.home or order.out.parent) / label(f"file.pack_{scope}")


# --- what goes in ------------------------------------------------------------------------------------------------


def _gather(
    order: CollectOrder, settings: CampaignSettings | None, previous: Sequence[Path], at: str, pack: Path
) -> KeptOrder:
    """Copy what the round names into the pack; gives the order that names it there."""
    choice = order.choice
    systems = tuple(_keep_system(reference, number, pack) for number, reference in enumerate(choice.systems, start=1))
    _keep_catalogs(pack, None)
    book = _keep(choice.assignment_book, "round/assignment.xlsx", pack)
    roster = _keep(settings.roster if settings and settings.roster.exists() else None, "round/roster.xlsx", pack)
    earlier = tuple(_keep(path, f"round/previous/{number}.json", pack) for number, path in enumerate(previous, start=1))
    if settings:
        document = tomllib.loads(settings.path.read_text(encoding="utf-8-sig"))  # without comments: whatever is noted
        _put(pack / "round" / "campaign.json", _as_json(document))
    places = find_places(order)
    return KeptOrder(
        ORDER_SCHEMA, at, places.inbox, places.out, places.linked, systems, choice.assignment_id, book,
        choice.settings.as_text() if choice.settings is not None else None, choice.outlines, choice.round, choice.city,
        choice.terms, roster if order.roster else "", order.authserv, order.return_by, earlier,
        tuple(sorted(known_returns(order.out))),
        bool(choice.key), zone=f"{parse_utc(at).astimezone():%z}",
    )  # fmt: skip


def _keep_system(reference: str, number: int, pack: Path) -> str:
    if reference in catalog_ids():
        return reference
    path = Path(reference)
    file = path / SYSTEM_FILE if path.is_dir() else path
    place = f"round/systems/{number}/{SYSTEM_FILE}"
    _put(pack / place, file.read_bytes())
    return place


def _keep_catalogs(pack: Path, names: Sequence[str] | None) -> None:
    """The program's own systems with their assignments: all, or those named."""
    for name in names if names is not None else catalog_ids():
        if name in catalog_ids():
            for file in (BUILT_IN / name).iterdir():
                if file.name.endswith(".toml"):
                    _put(pack / CATALOGS / name / file.name, file.read_bytes())


def _keep(path: Path | None, name: str, pack: Path) -> str:
    if path is None:
        return ""
    try:
        _put(pack / name, path.read_bytes())
    except OSError as error:
        raise MachineFault("file-unreadable", path=str(path), reason=error.strerror or str(error)) from error
    return name


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _put_all(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        _put(folder / name, data)


def _as_json(document: object) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n").encode()


def _sweep_logs(ledger: Path) -> None:
    """A reader of SQLite's leaves files of its own beside a database: they are no part of it."""
    for path in ledger.glob("*.sqlite3-*"):
        path.unlink()


# --- whether it is what it was -----------------------------------------------------------------------------------


def _hold_against(order: CollectOrder, runs: Sequence[Run], recorded: Mapping[str, bytes], remade: Remade) -> None:
    """Raises FreezeFault where the run comes out otherwise than the ledger has it."""
    made = {json.loads(data)["catalog"]["id"]: data for name, data in remade.files.items() if name.endswith(".json")}
    if made == recorded:
        return
    faults = []
    for name, data in recorded.items():
        now = json.loads(made[name]) if name in made else None
        found = list(differ(json.loads(data), now, name))
        faults += [Fault(one.at, "freeze-difference", {"before": one.before, "after": one.after}) for one in found]
    rest = len(faults) - _SHOWN
    faults = faults[:_SHOWN] + ([Fault("", "freeze-more", {"number": str(rest)})] if rest > 0 else [])
    program = str(runs[0].settings.get("program", ""))
    if program != __version__:
        faults.insert(0, Fault("", "freeze-program", {"found": __version__, "expected": program}))
    raise FreezeFault(str(order.ledger), faults)


def _settle_anchor(
    order: CollectOrder,
    kept: KeptOrder,
    remade: Remade,
    pack: Path,
    again: Path,
    key: bytes,
    passwords: tuple[str, ...],
) -> tuple[KeptOrder, Remade, tuple[Path, ...]]:
    """Whether the summary that stands in the output folder names its ledger, as it may; and what stands there that the
    run did not write so."""
    changed = _unlike_standing(order.out, remade)
    if changed:
        anchored = replace(kept, anchored=True)
        other = remake(pack, anchored, again, key, passwords)
        _sweep_logs(pack / LEDGER)
        if len(unlike := _unlike_standing(order.out, other)) < len(changed):
            return anchored, other, unlike
    return kept, remade, changed


def _unlike_standing(out: Path, remade: Remade) -> tuple[Path, ...]:
    """Summaries and results that stand in the output folder and are not what the run wrote."""
    names = [name for name in remade.files if "/" not in name]
    return tuple(out / name for name in names if (out / name).is_file() and
                 (out / name).read_bytes() != remade.files[name])  # fmt: skip


# --- the redacted one --------------------------------------------------------------------------------------------


def _redact(pack: Path, remade: Remade, folder: Path) -> tuple[Path, Remade]:
    """A pack without persons, and the run as it comes out of that. Raises FreezeFault where a number would move."""
    outcome = remade.outcome
    round_ = redact_round(outcome)
    for one in (outcome, *outcome.beside):
        _keep_catalogs(folder, [one.catalog.id])
        if not (folder / CATALOGS / one.catalog.id).exists():
            _keep_own(pack, folder, one.catalog.id)
    _put(folder / ANSWERS, write_redacted(round_))
    again = remake_redacted(folder, round_)
    moved = [
        difference
        for one, other in zip((outcome, *outcome.beside), (again.outcome, *again.outcome.beside), strict=True)
        for difference in differ(numbers_of(from_outcome(one)), numbers_of(from_outcome(other)))
    ]
    if moved:
        faults = [Fault(one.at, "freeze-difference", {"before": one.before, "after": one.after}) for one in moved]
        raise FreezeFault(ANSWERS, faults[:_SHOWN])
    _put_all(folder / OUTPUTS, again.files)
    return folder, again


def _keep_own(pack: Path, folder: Path, name: str) -> None:
    """An office's own system, among the others."""
    for file in sorted((pack / "round" / "systems").glob(f"*/{SYSTEM_FILE}")):
        if tomllib.loads(file.read_text(encoding="utf-8")).get("id") == name:
            _put(folder / CATALOGS / name / SYSTEM_FILE, file.read_bytes())


# --- what is said of it ------------------------------------------------------------------------------------------


def _describe(pack: Path, scope: Scope, runs: Sequence[Run], remade: Remade) -> tuple[Manifest, bytes]:
    members = list_members(pack)
    hashes = {member.name: member.sha256 for member in members}
    results = {
        read_results(data, name).catalog.id: hashes[f"{OUTPUTS}/{name}"]
        for name, data in remade.files.items()
        if name.endswith(".json")
    }
    frozen = tuple(FrozenRun(run.catalog, run.version, run.total, run.final, results[run.catalog]) for run in runs)
    made = made_here()
    manifest = Manifest(PACK_SCHEMA, scope, made, runs[0].city, runs[0].round, runs[0].at, frozen, members)
    return manifest, write_manifest(manifest)


def made_here() -> Made:
    """The versions of this program, of its Python, and of what it writes and reads with."""
    libraries = {"sqlite": sqlite3.sqlite_version, "zlib": zlib.ZLIB_RUNTIME_VERSION}
    try:
        needed = metadata.requires("smartcity-xl") or []
    except metadata.PackageNotFoundError:  # run from its sources
        needed = []
    for name in sorted({_name_of(one) for one in needed if "extra ==" not in one}):
        try:
            libraries[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return Made(__version__, platform.python_version(), libraries)


def _name_of(requirement: str) -> str:
    return requirement.replace(";", " ").split("[")[0].split(">")[0].split("=")[0].split("<")[0].split()[0]


def _refuse_secrets(to: Path, pack: Path, key: bytes) -> None:
    """Raises PackFault where the round's key stands in anything that would be packed."""
    if key:
        forms = (bytes(key), key.hex().encode(), key.hex().upper().encode())
        found = [path for path in sorted(pack.rglob("*")) if path.is_file() and _holds(path, forms)]
        if found:
            names = (path.relative_to(pack).as_posix() for path in found)
            raise PackFault(str(to), [Fault(name, "pack-key", {}) for name in names])


def _holds(path: Path, forms: Sequence[bytes]) -> bool:
    """Whether one of these stands in a file, or in a part of it where it is a workbook or an archive."""
    longest = max(map(len, forms))
    with path.open("rb") as stream:
        if any(form in piece for piece in _pieces(stream, longest, path.stat().st_size) for form in forms):
            return True
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                with archive.open(entry) as stream:
                    if any(form in piece for piece in _pieces(stream, longest) for form in forms):
                        return True
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, OSError):
        return False  # what no program opens was received so: its bytes were looked through above
    return False


def _pieces(stream: IO[bytes], overlap: int, most: int = limits.PART) -> Iterator[bytes]:
    """What a file holds, piece by piece, each with the end of the one before; of a bomb as much as a part may hold."""
    before, left = b"", most
    while left > 0 and (piece := stream.read(2**20)):
        left -= len(piece)
        yield before + piece
        before = (before + piece)[-overlap:]
