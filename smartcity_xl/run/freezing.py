"""A round -> one archive from which it can be run again: gathered, run again, held against what it was, packed."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from smartcity_xl import __version__
from smartcity_xl.books.signing import NotingKey
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.errors import FreezeFault, PackFault, UsageFault
from smartcity_xl.frozen.archive import list_members, write_archive
from smartcity_xl.frozen.differing import differ
from smartcity_xl.frozen.manifest import SCHEMA, FrozenRun, Manifest, Scope, seal_of, write_manifest
from smartcity_xl.frozen.numbers import numbers_of
from smartcity_xl.frozen.order import ORDER, KeptOrder, write_order
from smartcity_xl.frozen.redacted import redact_round, write_redacted
from smartcity_xl.frozen.secret import find_key
from smartcity_xl.frozen.versions import made_here
from smartcity_xl.ledger import Run, copy_ledger, parse_moment, read_ledger, sweep_copy, utc
from smartcity_xl.messages import label
from smartcity_xl.model import CampaignSettings
from smartcity_xl.results import from_outcome, read_results
from smartcity_xl.results.files import plain_results
from smartcity_xl.run.files import refuse_folder, replace_file
from smartcity_xl.run.gathering import gather, keep_catalogs, keep_own, put, put_all
from smartcity_xl.run.orders import CollectOrder
from smartcity_xl.run.remaking import CATALOGS, LEDGER, Remade, as_named, remake, remake_redacted

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
    refuse_folder(to)
    if to.exists() and not overwrite:
        raise UsageFault("would-overwrite", files=f"  {to}")
    moment = parse_moment(as_of) if as_of else ""
    with tempfile.TemporaryDirectory(prefix="xlscore-") as folder:
        pack, home = Path(folder) / "pack", Path(folder) / "round"
        with read_ledger(order.ledger):  # one of an older program is refused by its own name
            pass
        copy_ledger(order.ledger, pack / LEDGER, utc(now))
        with read_ledger(pack / LEDGER) as ledger:
            runs = ledger.last_runs(moment)
            if not runs:
                raise UsageFault("freeze-no-run", path=str(order.ledger))
            recorded = {run.catalog: ledger.results(run) for run in runs}
        sweep_copy(pack / LEDGER)
        kept = gather(order, settings, previous, runs[0].at, pack)
        key = NotingKey(order.choice.key) if order.choice.key else b""
        with as_named(order.inbox):
            remade = remake(pack, kept, home, key, passwords)
        sweep_copy(pack / LEDGER)
        _hold_against(order, runs, recorded, remade)
        kept, remade, changed = _settle_anchor(order, kept, remade, pack, Path(folder) / "again", key, passwords)
        if isinstance(key, NotingKey):
            kept = replace(kept, codes=dict(sorted(key.noted.items())))
        if scope is Scope.WHOLE:
            put(pack / ORDER, write_order(kept))
            put_all(pack / OUTPUTS, remade.files)
            decided = order.out / label("file.decisions")
            if decided.is_file():
                put(pack / OUTPUTS / decided.name, decided.read_bytes())
        else:
            pack, remade = _redact(pack, remade, Path(folder) / "redacted")
        manifest, data = _describe(pack, scope, runs, remade)
        if order.choice.key and (found := find_key(pack, order.choice.key)):
            raise PackFault(str(to), [Fault(name, "pack-key", {}) for name in found])
        with replace_file(to) as stream:
            write_archive(pack, manifest.files, data, stream)
    return Frozen(to, manifest, seal_of(data), changed)


def name_pack(order: CollectOrder, scope: Scope) -> Path:
    """Where a pack goes that nobody gave a name: beside the round's settings, else beside its output."""
    return (order.home or order.out.parent) / label(f"file.pack_{scope}")


# --- whether it is what it was -----------------------------------------------------------------------------------


def _hold_against(order: CollectOrder, runs: Sequence[Run], recorded: Mapping[str, bytes], remade: Remade) -> None:
    """Raises FreezeFault where the run comes out otherwise than the ledger has it."""
    made = {plain_results(data)["catalog"]["id"]: data for name, data in remade.files.items() if name.endswith(".json")}
    if made == recorded:
        return
    faults = []
    for name, data in recorded.items():
        now = plain_results(made[name]) if name in made else None
        found = list(differ(plain_results(data), now, name))
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
        sweep_copy(pack / LEDGER)
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
        keep_catalogs(folder, [one.catalog.id])
        if not (folder / CATALOGS / one.catalog.id).exists():
            keep_own(pack, folder, one.catalog.id)
    put(folder / ANSWERS, write_redacted(round_))
    again = remake_redacted(folder, round_)
    moved = [
        difference
        for one, other in zip((outcome, *outcome.beside), (again.outcome, *again.outcome.beside), strict=True)
        for difference in differ(numbers_of(from_outcome(one)), numbers_of(from_outcome(other)))
    ]
    if moved:
        faults = [Fault(one.at, "freeze-difference", {"before": one.before, "after": one.after}) for one in moved]
        raise FreezeFault(ANSWERS, faults[:_SHOWN])
    put_all(folder / OUTPUTS, again.files)
    return folder, again


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
    manifest = Manifest(SCHEMA, scope, made, runs[0].city, runs[0].round, runs[0].at, frozen, members)
    return manifest, write_manifest(manifest)
