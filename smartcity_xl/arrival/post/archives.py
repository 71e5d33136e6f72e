"""An archive (zip, rar, 7z) -> the files inside, inflated within what is left of the parcel's budget."""

from __future__ import annotations

import io
import os
import re
import stat
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from smartcity_xl.arrival.inbox import is_litter
from smartcity_xl.arrival.post.kinds import Opened, Piece, Trouble
from smartcity_xl.arrival.post.limits import ENTRIES, Budget
from smartcity_xl.books.package import Refused

_LITTER = re.compile(r"(?:.*/)?__MACOSX/", re.DOTALL)
_UNSAFE = re.compile(r"(?:.*/)?\.\.(?:/.*)?|/.*|[A-Za-z]:.*", re.DOTALL)


def open_zip(data: bytes, budget: Budget) -> Opened:
    """Raises Refused for what is damaged, locked, beyond the limits, or built to harm."""
    if data.count(b"PK\x01\x02") > ENTRIES:
        raise Refused("unpack-count", found=f"> {ENTRIES}", left=str(budget.members), limit=str(budget.members))
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        code = "archive-suspicious" if "verlap" in str(error) else "archive-unreadable"
        raise Refused(code, reason=str(error)) from error
    with archive:
        entries = archive.infolist()
        _refuse_overlap(data, entries, archive.start_dir)
        members = [_Member(_zip_name(e), e.file_size, e, _zip_trouble(e)) for e in entries if not e.is_dir()]
        wanted, troubles = _sort_out(members, budget)
        return _collect(wanted, troubles, archive.open)


def _zip_name(entry: zipfile.ZipInfo) -> str:
    """A member's name: as flagged UTF-8, or the bytes that Python took for code page 437, as UTF-8 or GB18030."""
    if entry.flag_bits & 0x800:
        name = entry.orig_filename
    else:
        raw = entry.orig_filename.encode("cp437", "replace")
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("gb18030", "replace")
    return name.replace("\\", "/")


def _zip_trouble(entry: zipfile.ZipInfo) -> str:
    if entry.flag_bits & 0x1:
        return "archive-encrypted"
    mode = entry.external_attr >> 16
    return "link" if stat.S_IFMT(mode) not in (0, stat.S_IFREG) else ""


def _refuse_overlap(data: bytes, entries: Sequence[zipfile.ZipInfo], end: int) -> None:
    """Entries that share their bytes make much of little; older versions of Python do not look. Raises Refused."""
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    for entry, limit in zip(ordered, [*(e.header_offset for e in ordered[1:]), end], strict=True):
        at = entry.header_offset
        lengths = int.from_bytes(data[at + 26 : at + 28], "little") + int.from_bytes(data[at + 28 : at + 30], "little")
        if at < 0 or at + 30 + lengths + entry.compress_size > limit:
            raise Refused("archive-suspicious", reason="overlap")


# --- what all archives share -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Member:
    """A file in an archive, with its stated size, and the trouble that its entry shows, or ""."""

    name: str
    size: int
    entry: Any
    trouble: str


def _sort_out(members: Sequence[_Member], budget: Budget) -> tuple[list[_Member], list[Trouble]]:
    """The members to read, paid from the budget by their stated sizes, and why not the others. Raises Refused."""
    if not members:
        raise Refused("archive-empty")
    wanted, troubles = [], []
    for member in members:
        code = member.trouble
        if _UNSAFE.fullmatch(member.name):
            code = "member-name"
        elif _LITTER.match(member.name) or is_litter(member.name):
            code = "litter"
        if code:
            troubles.append(Trouble(code, {}, member.name))
        else:
            wanted.append(member)
    codes = {trouble.code for trouble in troubles} - {"litter"}
    if codes == {"archive-encrypted"} and not wanted:
        raise Refused("archive-encrypted")
    number = len(members) - sum(trouble.code == "litter" for trouble in troubles)
    budget.take(number, sum(member.size for member in wanted))
    return wanted, troubles


def _collect(members: Sequence[_Member], troubles: list[Trouble], open_member: Callable[[Any], Any]) -> Opened:
    """Read members one by one, each to its stated size and its checksum; a damaged one costs only itself."""
    pieces = []
    for member in members:
        try:
            with open_member(member.entry) as stream:
                data = stream.read(member.size) + stream.read(1)
            if len(data) != member.size:
                raise EOFError("size")
        except Exception as error:  # noqa: BLE001 - each library has its own errors, and none may end the batch
            troubles.append(
                Trouble("member-damaged", {"reason": f"{type(error).__name__}: {error}"[:200]}, member.name)
            )
        else:
            pieces.append(Piece(member.name, data))
    return Opened(tuple(pieces), tuple(troubles))


# --- rar and 7z ------------------------------------------------------------------------------------------------


def open_rar(data: bytes, budget: Budget) -> Opened:
    """Raises Refused; also where no program that unpacks RAR is installed."""
    import rarfile

    try:
        archive = rarfile.RarFile(io.BytesIO(data), charset="gb18030", errors="strict")
    except rarfile.Error as error:
        if "volume" in str(error):  # it needs the first one, or cannot open the next
            raise Refused("archive-volumes") from error
        raise Refused("archive-unreadable", reason=f"{type(error).__name__}: {error}"[:200]) from error
    entries = archive.infolist()
    if archive.needs_password() and not entries:
        raise Refused("archive-encrypted")
    files = [entry for entry in entries if not entry.is_dir()]
    members = [
        _Member(entry.filename.replace("\\", "/"), entry.file_size or 0, entry, _rar_trouble(entry)) for entry in files
    ]
    wanted, troubles = _sort_out(members, budget)
    if any(member.entry.compress_type != rarfile.RAR_M0 for member in wanted):
        try:  # Debian's 7z lists RAR and cannot unpack it; the one on Windows can
            rarfile.tool_setup(sevenzip=os.name == "nt", force=True)
        except rarfile.RarCannotExec as error:
            raise Refused("archive-program", kind="RAR", program="unar") from error
    return _collect(wanted, troubles, archive.open)


def _rar_trouble(entry: Any) -> str:
    return "archive-encrypted" if entry.needs_password() else "" if entry.is_file() else "link"


def open_7z(data: bytes, budget: Budget) -> Opened:
    """Raises Refused; also where the optional reader is not installed."""
    try:
        import py7zr
    except ImportError as error:
        raise Refused("archive-program", kind="7z", program="py7zr") from error
    try:
        with py7zr.SevenZipFile(io.BytesIO(data)) as archive:
            files = [entry for entry in archive.list() if not entry.is_directory]
            locked = "archive-encrypted" if archive.needs_password() else ""
            members = [
                _Member(entry.filename, entry.uncompressed, entry, locked or ("link" if entry.is_symlink else ""))
                for entry in files
            ]
            wanted, troubles = _sort_out(members, budget)
            size = sum(member.size for member in wanted)
            archive.max_extract_size = sum(member.size for member in members)  # folders are inflated whole
            factory = py7zr.io.BytesIOFactory(size + 1)
            archive.extract(targets=[member.entry.filename for member in wanted], factory=factory)
    except py7zr.exceptions.PasswordRequired as error:
        raise Refused("archive-encrypted") from error
    pieces = (Piece(name, product.read()) for name, product in factory.products.items())
    return Opened(tuple(pieces), tuple(troubles))
