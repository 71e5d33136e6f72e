"""The bytes of a file -> the sort of container it is, by what it holds and not by its name."""

from __future__ import annotations

import re
import tarfile
import zipfile
from typing import TYPE_CHECKING

from msgspec import Struct

from smartcity_xl.arrival.post.fronts import is_mbox, looks_like_mail, strip_front
from smartcity_xl.books.unpacking import zip_of
from smartcity_xl.model import Letter

if TYPE_CHECKING:
    from collections.abc import Callable

MAIL, MSG, TNEF, ZIP, RAR, SEVENZIP = "mail", "msg", "tnef", "zip", "rar", "7z"
TAR, GZIP, BZIP2, XZ = "tar", "gz", "bz2", "xz"
MBOX, INVITATION, UUENCODED = "mbox", "ics", "uu"
LETTERS = (MAIL, MSG, TNEF)
ATTACHING = (*LETTERS, INVITATION, UUENCODED)
"""Kinds whose files have names and no folders, and whose bytes are paid for once they are there."""

FORMS = (".xlsx", ".xlsm", ".xltx", ".xls", ".et", ".xlsb", ".ods", ".csv")
"""How the names of files end that claim to be spreadsheets."""
_CONTAINERS = (".zip", ".rar", ".7z", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".eml", ".emlx", ".msg", ".mbox")
_SIGNATURES = (
    (b"Rar!\x1a\x07", RAR), (b"7z\xbc\xaf\x27\x1c", SEVENZIP), (b"\x78\x9f\x3e\x22", TNEF),
    (b"\x1f\x8b\x08", GZIP), (b"BZh", BZIP2), (b"\xfd7zXZ\0", XZ),
)  # fmt: skip
_START = 2_048
_INLINE = re.compile(rb"^ATTACH[^\r\n]{0,400}?(?:BASE64|data:)", re.IGNORECASE | re.MULTILINE)
_FOLD = re.compile(rb"\r?\n[ \t]")
_WRITTEN = re.compile(rb"begin(?:-base64)? [0-7]{3,4} [^\r\n]+\r?\n")
_ENTRY, _MANY = b"PK\x01\x02", 20_000
"""What each part has in the listing of a ZIP, and how many of them no document has."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MSG_STREAM = "__properties_version1.0".encode("utf-16-le")
# What a document has inside that is itself a zip: Word, PowerPoint, xlsb, OpenDocument, OFD. They stay whole.
_DOCUMENT = re.compile(r"\[Content_Types\]\.xml|mimetype|OFD\.xml|(?:xl|word|ppt)/.*", re.IGNORECASE)


class Piece(Struct, frozen=True):
    """A file inside a container. ``inside`` opens a mail that has no bytes of its own there."""

    name: str
    data: bytes
    inside: Callable[[], Opened] | None = None


class Trouble(Struct, frozen=True):
    """Something about a container, or about a piece of it that was not taken: a finding code and its parameters."""

    code: str
    parameters: dict[str, str]
    piece: str = ""


class Opened(Struct, frozen=True):
    """What a container holds."""

    pieces: tuple[Piece, ...]
    troubles: tuple[Trouble, ...] = ()
    letter: Letter | None = None
    hints: tuple[str, ...] = ()
    """What a mail's own text says of a password."""


def kind_of(name: str, data: bytes) -> str:
    """The sort of container, or "" for what is none (a workbook, a document, a picture)."""
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    lower = name.casefold()
    if lower.endswith((".mht", ".mhtml")):
        return ""  # a web page in the form of a mail, which nobody sent
    if data.startswith(_OLE):
        return MSG if _MSG_STREAM in data or lower.endswith(".msg") else ""
    if data.startswith(b"PK"):
        return ZIP if _is_archive(lower, data) else ""
    if lower.endswith(".zip") and b"PK\x05\x06" in data[-65_557:]:
        return ZIP  # with something in front of it
    if is_mbox(data):
        return MBOX
    if data and (lower.endswith((".eml", ".emlx")) or looks_like_mail(data)):
        return MAIL
    head = strip_front(data[:_START])
    if head[:15].upper() == b"BEGIN:VCALENDAR" and _INLINE.search(_FOLD.sub(b"", data)):
        return INVITATION
    if head.startswith(b"begin ") and _WRITTEN.match(head):
        return UUENCODED
    return TAR if is_tar(data) else ""


def is_tar(data: bytes) -> bool:
    """Whether a file begins as a tar does: with a member's header that its own checksum proves."""
    if len(data) < tarfile.BLOCKSIZE:
        return False
    try:
        tarfile.TarInfo.frombuf(data[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def _is_archive(name: str, data: bytes) -> bool:
    if len(data) > _MANY * len(_ENTRY) and data.count(_ENTRY) > _MANY:
        return True  # no document has so many parts; who opens it says so before reading its directory
    try:
        members = [member.replace("\\", "/") for member in zip_of(data).namelist()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        return name.endswith((".zip", ".zipx"))
    if any(map(_DOCUMENT.fullmatch, members)):
        return False
    # What calls itself a workbook, and has nothing inside that could be one, is told as a bad workbook.
    return not name.endswith(FORMS) or any(member.casefold().endswith((*FORMS, *_CONTAINERS)) for member in members)
