"""A RAR or a 7z -> the files inside, as the libraries and programs that are installed unpack them."""

from __future__ import annotations

import io
import os
import re
from typing import Any

from smartcity_xl.arrival.post.kinds import Opened, Piece, Trouble
from smartcity_xl.arrival.post.members import LOCKED, Member, PackedFile, collect, sort_out
from smartcity_xl.books.package import Refused
from smartcity_xl.books.refused import let_memory_pass


def open_rar(source: PackedFile) -> Opened:
    """Raises Refused; also where no program that unpacks RAR is installed."""
    import rarfile

    try:
        archive = rarfile.RarFile(io.BytesIO(source.data), charset="gb18030", errors="strict")
    except rarfile.Error as error:
        if "volume" in str(error):  # it needs the first one, or cannot open the next
            raise Refused("archive-volumes") from error
        raise Refused("archive-unreadable", reason=f"{type(error).__name__}: {error}"[:200]) from error
    entries = archive.infolist()
    if archive.needs_password() and not entries:
        archive, entries = _unlock_rar(source)
    files = [entry for entry in entries if not entry.is_dir()]
    members = [
        Member(entry.filename.replace("\\", "/"), entry.file_size or 0, entry, _rar_trouble(entry)) for entry in files
    ]
    wanted, troubles = sort_out(members, source.budget, source.passwords)
    packed = any(member.locked or member.entry.compress_type != rarfile.RAR_M0 for member in wanted)
    if packed:
        try:  # Debian's 7z lists RAR and cannot unpack it; the one on Windows can
            rarfile.tool_setup(sevenzip=os.name == "nt", force=True)
        except rarfile.RarCannotExec as error:
            raise Refused(
                "archive-program", kind="RAR", program="unar", how="apt install unar; Windows: 7-Zip"
            ) from error

    def read(entry: Any, key: bytes | None) -> Any:
        return archive.open(entry, pwd=None if key is None else key.decode("utf-8"))

    return collect(wanted, troubles, read, source, "member-failed" if packed else "member-damaged")


def _unlock_rar(source: PackedFile) -> tuple[Any, list[Any]]:
    """An archive whose names are locked too, opened with the first password that fits. Raises Refused."""
    import rarfile

    if not source.passwords:
        raise Refused(LOCKED)
    for word in source.passwords:
        archive = rarfile.RarFile(io.BytesIO(source.data), charset="gb18030", errors="strict")
        try:
            archive.setpassword(word)
        except rarfile.NoCrypto as error:
            raise Refused(
                "archive-program", kind="RAR", program="cryptography", how="pip install cryptography"
            ) from error
        except rarfile.Error:
            continue
        if entries := archive.infolist():
            return archive, entries
    raise Refused("archive-password-wrong", number=str(len(source.passwords)))


def _rar_trouble(entry: Any) -> Trouble | None:
    return Trouble(LOCKED, {}) if entry.needs_password() else None if entry.is_file() else Trouble("link", {})


def open_7z(source: PackedFile) -> Opened:
    """Raises Refused; also where the optional reader is not installed."""
    try:
        import py7zr
    except ImportError as error:
        raise Refused(
            "archive-program", kind="7z", program="py7zr", how="pip install smartcity-xl[sevenzip]"
        ) from error
    if len(source.data) < 32 + sum(int.from_bytes(source.data[at : at + 8], "little") for at in (12, 20)):
        raise Refused("archive-cut")
    tries = [None, *source.passwords]
    for number, word in enumerate(tries, start=1):
        left = source.budget.members, source.budget.bytes
        try:
            return _try_7z(source, word)
        except py7zr.exceptions.PasswordRequired as error:
            source.budget.members, source.budget.bytes = left
            if number == len(tries):
                code = "archive-password-wrong" if source.passwords else LOCKED
                raise Refused(code, **({"number": str(len(source.passwords))} if source.passwords else {})) from error
        except py7zr.exceptions.UnsupportedCompressionMethodError as error:
            raise Refused("archive-packing", method=_seven_method(error)) from error
    raise Refused(LOCKED)


def _try_7z(source: PackedFile, word: str | None) -> Opened:
    """What a 7z holds. Raises PasswordRequired where it is locked and ``word`` does not open it, and Refused."""
    import py7zr

    methods: list[bytes] = []
    if word is not None:
        _refuse_cycles(source.data[-int.from_bytes(source.data[20:28], "little") :])
    try:
        with py7zr.SevenZipFile(io.BytesIO(source.data), password=word) as archive:
            locked = archive.needs_password()
            for coder in _coders(archive):
                methods.append(bytes(coder["method"]))
                if word is not None:
                    _refuse_cycles(methods[-1] + b"." + bytes(coder["properties"] or b""))
            if locked and word is None:
                raise py7zr.exceptions.PasswordRequired("")
            members = [
                Member(entry.filename, entry.uncompressed, entry, Trouble("link", {}) if entry.is_symlink else None)
                for entry in archive.list() if not entry.is_directory
            ]  # fmt: skip
            wanted, troubles = sort_out(members, source.budget)
            size = sum(member.size for member in wanted)
            archive.max_extract_size = sum(member.size for member in members)  # folders are inflated whole
            factory = py7zr.io.BytesIOFactory(size + 1)
            archive.extract(targets=[member.entry.filename for member in wanted], factory=factory)
    except (Refused, py7zr.exceptions.PasswordRequired, py7zr.exceptions.UnsupportedCompressionMethodError):
        raise
    except Exception as error:  # a wrong password shows as damage, and so does a way of packing that fails
        let_memory_pass(error)
        if strange := [method for method in methods if method not in _USUAL]:
            raise py7zr.exceptions.UnsupportedCompressionMethodError(strange[0], str(error)) from error
        if word is None:
            raise
        raise py7zr.exceptions.PasswordRequired("") from error
    pieces = (Piece(name, product.read()) for name, product in factory.products.items())
    return Opened(tuple(pieces), tuple(troubles))


_CIPHER = re.compile(rb"\x06\xf1\x07\x01.(.)", re.DOTALL)
_POWER, _NO_HASH = 24, 63
"""How often (two to the power) a password is hashed at most: 7-Zip writes 19, and opens nothing beyond this."""


def _refuse_cycles(header: bytes) -> None:
    """Refuse what would keep the machine busy for years over one password. Raises Refused."""
    if any(_POWER < first[0] & 63 < _NO_HASH for first in _CIPHER.findall(header)):
        raise Refused("archive-suspicious", reason="AES")


def _coders(archive: Any) -> list[Any]:
    streams = archive.header.main_streams
    return [coder for folder in (streams.unpackinfo.folders if streams else ()) for coder in folder.coders]


_SEVEN_METHODS = {
    b"\x04\xf7\x11\x01": "Zstandard", b"\x04\xf7\x11\x02": "Brotli", b"\x04\xf7\x11\x04": "LZ4",
    b"\x04\xf7\x11\x05": "LZ5", b"\x04\xf7\x11\x06": "Lizard", b"\x04\x01\x09": "Deflate64",
    b"\x03\x04\x01": "PPMd", b"\x03\x03\x01\x1b": "BCJ2", b"\x0a": "ARM64", b"\x0b": "RISCV",
}  # fmt: skip
_USUAL = frozenset(
    map(bytes.fromhex, ("00", "21", "030101", "040108", "040202", "06f10701", "03030103", "03030205", "03030501"))
)
"""Copy, LZMA2, LZMA, Deflate, BZip2, AES, and what is done to programs before."""


def _seven_method(error: Exception) -> str:
    """The way of packing that is missing, as the reader reports it: first the number, then words."""
    given = error.args[0] if error.args else b""
    return _SEVEN_METHODS.get(given, given.hex()) if isinstance(given, bytes) else str(given)[:60]
