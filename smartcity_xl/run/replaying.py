"""A frozen round -> the round again, anywhere: the same numbers and bytes, or what exactly differs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from smartcity_xl.books.signing import KnownCodes
from smartcity_xl.books.unlike import SaidOtherwise
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.catalog.load import BUILT_IN, catalog_ids
from smartcity_xl.confined import Confined
from smartcity_xl.errors import PackFault, UsageFault, refuse_file
from smartcity_xl.frozen.archive import OpenedPack, open_pack
from smartcity_xl.frozen.manifest import Manifest, Scope
from smartcity_xl.frozen.order import ORDER, read_order
from smartcity_xl.frozen.redacted import RedactedRound, read_redacted
from smartcity_xl.frozen.versions import made_here
from smartcity_xl.messages import label
from smartcity_xl.run.files import write_file
from smartcity_xl.run.freezing import ANSWERS, OUTPUTS
from smartcity_xl.run.remaking import CATALOGS, Remade, remake, remake_redacted
from smartcity_xl.run.unlike import teach_stated, tell_unlike


@dataclass(frozen=True, slots=True)
class Differing:
    """A file that comes out otherwise than it lies in the pack. ``unlike`` are its places; of a file that only one of
    both has, none. ``now``: whether it came out."""

    name: str
    packed: bool
    now: bool
    unlike: tuple[SaidOtherwise, ...] = ()


@dataclass(frozen=True, slots=True)
class Replayed:
    """A round that was run again. ``same`` came out byte for byte; ``kept`` were packed as they lay and are not made
    again. ``versions``: what differs of the program and its libraries (name, in the pack, here), ``catalogs``: systems
    that this program has otherwise; the pack's own were used."""

    manifest: Manifest
    seal: str
    same: tuple[str, ...]
    differing: tuple[Differing, ...]
    kept: tuple[str, ...]
    versions: tuple[tuple[str, str, str], ...]
    catalogs: tuple[str, ...]


def replay(path: Path, seal: str = "", out: Path | None = None, passwords: tuple[str, ...] = ()) -> Replayed:
    """Run a frozen round again; ``seal`` is the one that was printed when it was frozen, ``out`` a new folder for what
    comes of it. The pack itself is only read.

    Raises UsageFault (no such pack, another seal, ``out`` is a file or not empty), MachineFault, PackFault.
    """
    if out:
        refuse_file(out)
    if out and out.exists() and any(out.iterdir()):
        raise UsageFault("replay-out", path=str(out))
    with opened_pack(path, seal) as (pack, work):
        remade = _run_again(path, pack, work, passwords)
        packed = {
            member.name.removeprefix(f"{OUTPUTS}/"): pack.folder / member.name
            for member in pack.manifest.files
            if member.name.startswith(f"{OUTPUTS}/")
        }
        if out:
            for name, data in remade.files.items():
                write_file(out / name, data)
        same = [name for name, data in remade.files.items() if name in packed and packed[name].read_bytes() == data]
        asides = {label("file.decisions")} - remade.files.keys()
        with Confined() as confined:
            read = teach_stated(confined)
            differing = [
                Differing(
                    name, name in packed, name in remade.files,
                    tuple(tell_unlike(name, packed[name].read_bytes(), remade.files[name], read))
                    if name in packed and name in remade.files else (),
                )
                for name in sorted((packed.keys() | remade.files.keys()) - set(same) - asides)
            ]  # fmt: skip
        return Replayed(
            pack.manifest, pack.seal, tuple(same), tuple(differing), tuple(sorted(asides & packed.keys())),
            pack.manifest.made.unlike(made_here()), _other_catalogs(pack),
        )  # fmt: skip


@contextmanager
def opened_pack(path: Path, seal: str = "") -> Iterator[tuple[OpenedPack, Path]]:
    """A pack unpacked into a folder that goes when this ends, and a place beside it for what is made of it.

    Raises as ``open_pack``, and UsageFault where its seal is not the one that was written down.
    """
    with tempfile.TemporaryDirectory(prefix="xlscore-") as folder:
        unpacked = Path(folder) / "pack"
        unpacked.mkdir()
        pack = open_pack(path, unpacked)
        wanted = "".join(seal.split()).casefold()
        if wanted and not (len(wanted) >= _LEAST and pack.seal.startswith(wanted)):
            raise UsageFault("pack-seal", path=str(path), found=pack.seal, expected=seal)
        yield pack, Path(folder) / "round"


_LEAST = 12
"""Digits of a seal that are enough to know it by."""


def _run_again(path: Path, pack: OpenedPack, work: Path, passwords: tuple[str, ...]) -> Remade:
    name = ORDER if pack.manifest.scope is Scope.WHOLE else ANSWERS
    try:
        data = (pack.folder / name).read_bytes()
        given = read_redacted(data) if name == ANSWERS else read_order(data)
    except (OSError, ValueError, RecursionError) as error:
        raise PackFault(str(path), [Fault(name, "pack-manifest", {"reason": str(error)[:200]})]) from error
    if isinstance(given, RedactedRound):
        return remake_redacted(pack.folder, given)
    return remake(pack.folder, given, work, KnownCodes(given.codes) if given.keyed else b"", passwords)


def _other_catalogs(pack: OpenedPack) -> tuple[str, ...]:
    """The pack's systems that bear the id of one of this program's, and are written otherwise."""
    found = []
    for folder in sorted((pack.folder / CATALOGS).glob("*")):
        if folder.name in catalog_ids() and any(
            not (here := BUILT_IN / folder.name / file.name).is_file() or here.read_bytes() != file.read_bytes()
            for file in folder.glob("*.toml")
        ):
            found.append(folder.name)
    return tuple(found)
