"""The bytes of a file -> the sort of container it is, by what it holds and not by its name."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smartcity_xl.model import Letter

if TYPE_CHECKING:
    from collections.abc import Callable

MAIL, MSG, TNEF, ZIP, RAR, SEVENZIP = "mail", "msg", "tnef", "zip", "rar", "7z"
LETTERS = (MAIL, MSG, TNEF)

FORMS = (".xlsx", ".xlsm", ".xltx", ".xls", ".et", ".xlsb", ".ods", ".csv")
"""How the names of files end that claim to be spreadsheets."""
_CONTAINERS = (".zip", ".rar", ".7z", ".eml", ".msg")
_SIGNATURES = ((b"Rar!\x1a\x07", RAR), (b"7z\xbc\xaf\x27\x1c", SEVENZIP), (b"\x78\x9f\x3e\x22", TNEF))
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MSG_STREAM = "__properties_version1.0".encode("utf-16-le")
# What a document has inside that is itself a zip: Word, PowerPoint, xlsb, OpenDocument, OFD. They stay whole.
_DOCUMENT = re.compile(r"\[Content_Types\]\.xml|mimetype|OFD\.xml|(?:xl|word|ppt)/.*", re.IGNORECASE)
_FIELD = re.compile(rb"(?:From )?[!-9;-~]+[ \t]*:|[ \t]|>?From ")
_KNOWN = re.compile(
    rb"^(received|return-path|from|to|subject|date|message-id|mime-version|content-type|delivered-to)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A file inside a container. ``inside`` opens a mail that has no bytes of its own there."""

    name: str
    data: bytes
    inside: Callable[[], Opened] | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something about a container, or about a piece of it that was not taken: a finding code and its parameters."""

    code: str
    parameters: dict[str, str]
    piece: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a container holds."""

    pieces: tuple[Piece, ...]
    troubles: tuple[Trouble, ...] = ()
    letter: Letter | None = None


def kind_of(name: str, data: bytes) -> str:
    """The sort of container, or "" for what is none (a workbook, a document, a picture)."""
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    lower = name.casefold()
    if data.startswith(_OLE):
        return MSG if _MSG_STREAM in data or lower.endswith(".msg") else ""
    if data.startswith(b"PK"):
        return ZIP if _is_archive(lower, data) else ""
    if data and (lower.endswith(".eml") or _looks_like_mail(data)):
        return MAIL
    return ""


def _is_archive(name: str, data: bytes) -> bool:
    if data.count(b"PK\x01\x02") > 20_000:
        return True  # no document has so many parts; who opens it says so before reading its directory
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [member.replace("\\", "/") for member in archive.namelist()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        return name.endswith(".zip")
    if any(map(_DOCUMENT.fullmatch, members)):
        return False
    # What calls itself a workbook, and has nothing inside that could be one, is told as a bad workbook.
    return not name.endswith(FORMS) or any(member.casefold().endswith((*FORMS, *_CONTAINERS)) for member in members)


def _looks_like_mail(data: bytes) -> bool:
    """Headers to begin with, of which three are such as every mail has."""
    head = data[:16_384].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    lines = head.split(b"\n")
    if len(data) > 16_384:
        lines = lines[:-1] or lines
    return all(_FIELD.match(line) for line in lines) and len({name.lower() for name in _KNOWN.findall(head)}) >= 3
