"""A folder -> one .zip that is the same bytes wherever it is made, and back, within bounds and by its manifest alone.

Nothing is compressed: workbooks are already, and what one machine's compressor makes of the rest is not what another's
makes. An archive that somebody packed anew, compressed, is read as well.
"""

from __future__ import annotations

import hashlib
import shutil
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from smartcity_xl.arrival.post.limits import NAME
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.errors import MachineFault, PackFault, UsageFault, unread
from smartcity_xl.frozen.manifest import MANIFEST, FrozenFile, Manifest, read_manifest, seal_of

MEMBERS = 500_000
"""Files in a pack: a round of a few hundred mails has some thousand."""
MANIFEST_SIZE = 128 * 2**20
"""Bytes of a manifest."""
SIZE = 64 * 2**30
"""Bytes of all files of a pack together, unpacked."""
_RATIO, _SMALL = 100, 256 * 2**20
"""How often its own size an archive may unpack to, and what any may: nothing in a round shrinks to a hundredth."""
_STEP = 2**20
_DAY = (1980, 1, 1, 0, 0, 0)
"""The first that the format knows: no time of this machine goes in."""
_STORED, _DEFLATED = 0, 8
_LOCKED = 0x1
_FORBIDDEN = frozenset('<>:"|?*\\')
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))})


@dataclass(frozen=True, slots=True)
class OpenedPack:
    """A pack whose every byte is what its manifest says, unpacked into ``folder``. ``seal`` is the manifest's own
    hash."""

    folder: Path
    manifest: Manifest
    seal: str


# --- out ---------------------------------------------------------------------------------------------------------


def list_members(folder: Path) -> tuple[FrozenFile, ...]:
    """The files of a folder as a manifest has them, in the order of their names."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            found.append(FrozenFile(path.relative_to(folder).as_posix(), digest, path.stat().st_size))
    return tuple(sorted(found, key=lambda one: one.name))


def write_archive(folder: Path, members: Sequence[FrozenFile], manifest: bytes, to: IO[bytes]) -> None:
    """Pack the files of a folder behind their manifest. Raises OSError."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        archive.writestr(_entry(MANIFEST, len(manifest)), manifest)
        for member in members:
            entry = _entry(member.name, member.size)
            with (
                (folder / member.name).open("rb") as source,
                archive.open(entry, "w", force_zip64=member.size >= zipfile.ZIP64_LIMIT) as target,
            ):
                while piece := source.read(_STEP):
                    target.write(piece)


def _entry(name: str, size: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _DAY)
    entry.file_size, entry.compress_type, entry.create_system = size, zipfile.ZIP_STORED, 3
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry


# --- in ----------------------------------------------------------------------------------------------------------


def open_pack(path: Path, folder: Path) -> OpenedPack:
    """Unpack a pack into an empty folder, each file proven on the way.

    Raises UsageFault (no such file), MachineFault, and PackFault with every fault: no archive, a name that leads
    elsewhere, a file that is too many, gone, changed, or more than the manifest says.
    """
    if not path.is_file():
        raise UsageFault("pack-missing", path=str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _refuse(path, _look_over(entries, archive.start_dir, path.stat().st_size))
            _make_room(folder, sum(entry.file_size for entry in entries))
            manifest, seal = _open_manifest(path, archive, entries)
            _refuse(path, _compare_names(manifest, entries))
            _refuse(path, _unpack(archive, entries, manifest, folder))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, zlib.error) as error:
        raise PackFault(str(path), (Fault("", "pack-no-archive", {"reason": str(error)[:NAME]}),)) from error
    except OSError as error:
        raise unread(path, error) from error
    return OpenedPack(folder, manifest, seal)


def _refuse(path: Path, faults: Iterator[Fault]) -> None:
    if found := tuple(faults):
        raise PackFault(str(path), found)


def _make_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        told = {"needed": f"{needed / 2**20:.1f} MiB", "free": f"{free / 2**20:.1f} MiB"}
        raise MachineFault("disk-short", path=str(folder), **told)


def _look_over(entries: Sequence[zipfile.ZipInfo], end: int, size: int) -> Iterator[Fault]:
    """What is wrong with the list of an archive's files, before any of them is read."""
    if len(entries) > MEMBERS:
        yield Fault("", "pack-crowded", {"found": str(len(entries)), "limit": str(MEMBERS)})
        return
    limit = min(SIZE, _RATIO * size + _SMALL)
    if (total := sum(entry.file_size for entry in entries)) > limit:
        yield Fault("", "pack-large", {"found": f"{total / 2**20:.0f} MiB", "limit": f"{limit // 2**20} MiB"})
    seen: dict[str, str] = {}
    for entry in entries:
        name = entry.filename
        folded = unicodedata.normalize("NFC", name).casefold()
        if first := seen.get(folded):
            yield Fault(_shown(name), "pack-name-twice", {"first": _shown(first)})
        seen[folded] = name
        if not is_safe(name) or name != entry.orig_filename:
            yield Fault(_shown(name), "pack-name-unsafe", {})
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
            yield Fault(_shown(name), "pack-not-plain", {})
        if entry.flag_bits & _LOCKED or entry.compress_type not in (_STORED, _DEFLATED):
            yield Fault(_shown(name), "pack-packing", {})
    yield from _overlaps(entries, end)


def _overlaps(entries: Sequence[zipfile.ZipInfo], end: int) -> Iterator[Fault]:
    """Files that share their bytes make much of little."""
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    for entry, after in zip(ordered, [*(one.header_offset for one in ordered[1:]), end], strict=True):
        if entry.header_offset < 0 or entry.header_offset + 30 + entry.compress_size > after:
            yield Fault(_shown(entry.filename), "pack-overlap", {})


def is_safe(name: str) -> bool:
    """Whether a name leads to a file below the folder in which it is unpacked, on every system."""
    parts = name.split("/")
    return (
        all(
            part not in ("", ".", "..")
            and part == part.rstrip(" .")
            and not any(sign in _FORBIDDEN or not sign.isprintable() for sign in part)
            and part.partition(".")[0].casefold() not in _DEVICES
            for part in parts
        )
        and len(name) <= 4 * NAME
    )


def _open_manifest(path: Path, archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo]) -> tuple[Manifest, str]:
    found = [entry for entry in entries if entry.filename == MANIFEST]
    if not found:
        raise PackFault(str(path), (Fault("", "pack-no-manifest", {}),))
    if found[0].file_size > MANIFEST_SIZE:
        told = {"found": f"{found[0].file_size / 2**20:.0f} MiB", "limit": f"{MANIFEST_SIZE // 2**20} MiB"}
        raise PackFault(str(path), (Fault(MANIFEST, "pack-large", told),))
    with archive.open(found[0]) as stream:
        data = stream.read(MANIFEST_SIZE + 1)
    try:
        return read_manifest(data), seal_of(data)
    except (ValueError, RecursionError) as error:  # msgspec's are ValueErrors
        raise PackFault(str(path), (Fault(MANIFEST, "pack-manifest", {"reason": str(error)[:NAME]}),)) from error


def _compare_names(manifest: Manifest, entries: Sequence[zipfile.ZipInfo]) -> Iterator[Fault]:
    there, said = {entry.filename for entry in entries} - {MANIFEST}, {member.name for member in manifest.files}
    for name in sorted(said - there):
        yield Fault(_shown(name), "pack-gone", {})
    for name in sorted(there - said):
        yield Fault(_shown(name), "pack-extra", {})
    if len(said) < len(manifest.files):
        yield Fault(MANIFEST, "pack-manifest", {"reason": "files"})


def _unpack(
    archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], manifest: Manifest, folder: Path
) -> Iterator[Fault]:
    """Write each file and prove it; no more of one than the manifest says is ever written."""
    by_name = {entry.filename: entry for entry in entries}
    for member in manifest.files:
        place = folder / member.name
        place.parent.mkdir(parents=True, exist_ok=True)
        digest, left = hashlib.sha256(), member.size
        try:
            with archive.open(by_name[member.name]) as source, place.open("xb") as target:
                while piece := source.read(min(_STEP, left + 1)):
                    left -= len(piece)
                    if left < 0:
                        break
                    digest.update(piece)
                    target.write(piece)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:  # the archive's own check fails as well
            yield Fault(_shown(member.name), "pack-changed", {"reason": str(error)[:NAME]})
            continue
        if left or digest.hexdigest() != member.sha256:
            yield Fault(_shown(member.name), "pack-changed", {"reason": "SHA-256"})


def _shown(name: str) -> str:
    return name if len(name) <= NAME else name[: NAME - 1] + "…"
