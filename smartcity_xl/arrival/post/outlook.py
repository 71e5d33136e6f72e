"""Outlook's own containers -> the files attached: a message saved by it (.msg), and winmail.dat."""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.parser import HeaderParser
from email.utils import format_datetime
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from smartcity_xl.arrival.post.boxes import split_written
from smartcity_xl.arrival.post.clouds import find_clouds, find_hints
from smartcity_xl.arrival.post.foreign import say_sealing
from smartcity_xl.arrival.post.kinds import Opened, Piece, Trouble
from smartcity_xl.arrival.post.letter import Headers, read_letter
from smartcity_xl.arrival.post.limits import ENTRIES
from smartcity_xl.arrival.post.mime import BoundedHeaders, is_sealed
from smartcity_xl.arrival.post.names import decode_bytes
from smartcity_xl.arrival.post.transfer import is_whole
from smartcity_xl.books.package import Refused
from smartcity_xl.messages import label
from smartcity_xl.model import Automatic, Letter

if TYPE_CHECKING:
    from oxmsg.storage import Storage

# Properties of a message and of an attachment (MS-OXPROPS).
_CLASS, _SUBJECT, _HEADERS, _BODY, _HTML = 0x001A, 0x0037, 0x007D, 0x1000, 0x1013
_SUBMITTED, _DELIVERED, _MESSAGE_ID, _CODEPAGES = 0x0039, 0x0E06, 0x1035, (0x3FFD, 0x3FDE)
_SENDER_NAME, _SENDER_ADDRESS, _SENDER_SMTP = 0x0C1A, 0x0C1F, 0x5D01
_RECIPIENT_SMTP, _RECIPIENT_ADDRESS = 0x39FE, 0x3003
_DATA, _NAMES, _PATHS, _MIME = 0x3701, (0x3707, 0x3704, 0x3001), (0x370D, 0x3708), 0x370E
_EMBEDDED = "__substg1.0_3701000D"
_UNICODE, _STRING8, _BINARY = 0x001F, 0x001E, 0x0102


def open_msg(data: bytes, authserv: str) -> Opened:
    """What a message saved by Outlook holds. Raises Refused, and whatever the libraries raise over one they do not
    know."""
    from olefile import OleFileIO
    from olefile.olefile import OleFileError
    from oxmsg.storage import Storage

    try:
        opened = OleFileIO(BytesIO(data))
    except OleFileError as error:
        cut_off = "incomplete" in str(error)
        raise Refused("mail-damaged" if cut_off else "mail-unreadable") from error
    with opened as ole:
        entries = [entry for entry in ole.direntries if entry]
        # Streams of a small file can share their sectors, and their names are searched one by one.
        if len(entries) > ENTRIES // 2 or sum(entry.size for entry in entries if entry.entry_type == 2) > len(data):
            raise Refused("mail-damaged", reason=f"{len(entries)} streams")
        root = Storage.from_ole(ole)
    return _open_storage(root, 32, authserv)


class _Item:
    """A message, a recipient or an attachment: its properties as text, bytes, numbers and dates; each may be absent."""

    def __init__(self, storage: Storage, header: int, charset: str = "") -> None:
        from oxmsg.properties import Properties

        self.storage, self.charset = storage, charset
        self._properties = Properties(storage, properties_header_offset=header)

    def bytes(self, pid: int, kind: int = _BINARY) -> bytes | None:
        try:
            return self.storage.property_stream_bytes(pid, kind)
        except KeyError:
            return None

    def text(self, *pids: int) -> str:
        """The first of these properties that there is. What is no Unicode is in the code page of the message."""
        for pid in pids:
            if (wide := self.bytes(pid, _UNICODE)) is not None:
                return wide.decode("utf-16-le", "replace").rstrip("\0")
            if (narrow := self.bytes(pid, _STRING8)) is not None:
                return decode_bytes(narrow, self.charset).rstrip("\0")
        return ""

    def number(self, pid: int) -> int | None:
        try:
            value = self._properties.int_prop_value(pid)
        except (ValueError, KeyError, AttributeError, struct.error):
            return None
        return value if isinstance(value, int) else None

    def date(self, pid: int) -> datetime | None:
        try:
            value = self._properties.date_prop_value(pid)
        except (ValueError, KeyError, AttributeError, OverflowError, struct.error):
            return None
        return value if isinstance(value, datetime) else None


def _charset(message: _Item) -> str:
    from oxmsg.domain.encodings import encoding_from_codepage
    from oxmsg.domain.model import UnrecognizedCodePageError, UnsupportedEncodingError

    for pid in _CODEPAGES:
        page = message.number(pid)
        if page and page not in (1200, 1201):
            try:
                return encoding_from_codepage(page)
            except (UnrecognizedCodePageError, UnsupportedEncodingError):
                continue
    return ""


def _open_storage(storage: Storage, header: int, authserv: str) -> Opened:
    message = _Item(storage, header)
    message.charset = _charset(message)
    pieces: list[Piece] = []
    troubles: list[Trouble] = []
    plain, wide = message.text(_BODY).encode(), message.bytes(_HTML) or message.text(_HTML).encode()
    clouds = dict.fromkeys((*find_clouds(plain, is_html=False), *find_clouds(wide, is_html=True)))
    hints = dict.fromkeys((*find_hints(plain, is_html=False), *find_hints(wide, is_html=True)))
    written, damaged = split_written(plain)
    pieces += written
    troubles += damaged
    for inner in storage.iter_attachment_storages():
        attached = _Item(inner, 8, message.charset)
        name = attached.text(*_NAMES)
        data = attached.bytes(_DATA)
        embedded = next((one for one in inner.storages if one.name == _EMBEDDED), None)
        if data is not None and attached.text(_MIME).casefold() == "multipart/signed":
            pieces.append(
                Piece(label("post.unnamed_mail", number=len(pieces) + 1), data)
            )  # the mail, whole and readable
        elif data is not None and is_sealed(attached.text(_MIME).casefold(), name):
            troubles.append(Trouble(say_sealing(data), {}))
        elif data is not None:
            pieces.append(Piece(name or label("post.unnamed", number=len(pieces) + 1), data))
        elif embedded is not None:
            title = name if name.casefold().endswith((".msg", ".eml")) else f"{name}.msg" if name else ""
            inside = partial(_open_storage, embedded, 24, authserv)
            pieces.append(Piece(title or label("post.unnamed_mail", number=len(pieces) + 1), b"", inside))
        else:  # by reference: a file on a server or in a cloud
            clouds[attached.text(*_PATHS) or name] = None
    return Opened(tuple(pieces), tuple(troubles), _letter(message, tuple(clouds), authserv), tuple(hints))


def _letter(message: _Item, clouds: tuple[str, ...], authserv: str) -> Letter:
    letter = read_letter(Headers(_pairs(message)), clouds=clouds, authserv=authserv)
    kind = message.text(_CLASS)
    lower = kind.casefold()
    if lower.startswith("report."):
        bounced = lower.endswith(".ndr")
        automatic = Automatic.BOUNCE if bounced else Automatic.NOTICE
        return replace(letter, automatic=automatic, sign=kind, undelivered=_recipients(message) if bounced else ())
    if lower.startswith("ipm.note.rules."):
        return replace(letter, automatic=Automatic.REPLY, sign=kind)
    return letter


def _pairs(message: _Item) -> Iterator[tuple[str, str]]:
    """The headers as they came over the network, or where Outlook kept none, what its properties say."""
    if headers := message.text(_HEADERS):
        yield from HeaderParser(policy=BoundedHeaders()).parsestr(headers.lstrip()).raw_items()
        return
    address = next((text for text in (message.text(_SENDER_SMTP), message.text(_SENDER_ADDRESS)) if "@" in text), "")
    name = message.text(_SENDER_NAME).replace('"', "").replace("\\", "")
    yield "From", f'"{name}" <{address}>'
    yield "To", ", ".join(_recipients(message))
    yield "Subject", message.text(_SUBJECT)
    yield "Message-ID", message.text(_MESSAGE_ID)
    if submitted := message.date(_SUBMITTED):
        yield "Date", format_datetime(submitted)
    if delivered := message.date(_DELIVERED):
        yield "Received", f"; {format_datetime(delivered)}"


def _recipients(message: _Item) -> tuple[str, ...]:
    found = (_Item(one, 8, message.charset) for one in message.storage.iter_recipient_storages())
    texts = (one.text(_RECIPIENT_SMTP, _RECIPIENT_ADDRESS).casefold() for one in found)
    return tuple(text for text in texts if "@" in text)


# --- winmail.dat -----------------------------------------------------------------------------------------------

_TNEF = b"\x78\x9f\x3e\x22"
_OBJECTS = 2_000
_ROUNDS = 200_000
"""Properties and their values in all of a winmail.dat."""
_CHECKSUM = 2
"""Bytes at the end of every object, the last one too, that nothing is read from."""


def open_tnef(data: bytes, _authserv: str) -> Opened:
    """What a winmail.dat holds. Raises Refused, also where the optional reader is not installed."""
    try:
        from tnefparse import TNEF
    except ImportError as error:
        raise Refused("winmail") from error
    whole = _look_through(data)
    with _bounded():
        opened = _from_tnef(TNEF(data))
    if whole:
        return opened
    if not opened.pieces or not all(is_whole(piece.data) for piece in opened.pieces):
        raise Refused("mail-damaged", reason="winmail.dat")
    return Opened(opened.pieces, (*opened.troubles, Trouble("mail-end-missing", {})))


@contextmanager
def _bounded() -> Iterator[None]:
    """Let the reader count no further than any honest file goes: it goes round as often as the file says, past the end
    of it too. What it has to say of a file it says to nobody."""
    from tnefparse import mapi, tnef

    left = _ROUNDS

    def count(number: int) -> range:
        nonlocal left
        left -= number
        if left < 0:
            raise ValueError("too many properties")
        return range(number)

    log = logging.getLogger("tnefparse")
    before = log.disabled
    log.disabled = True
    for module in (mapi, tnef):
        module.__dict__["range"] = count
    try:
        yield
    finally:
        log.disabled = before
        for module in (mapi, tnef):
            del module.__dict__["range"]


def _look_through(data: bytes) -> bool:
    """Whether nothing was cut off but the last checksum; many objects are refused: the reader copies all that is left
    for each. Raises Refused."""
    whole, number, start = True, 0, data.find(_TNEF)
    while start >= 0:
        at = start + 6
        while at + 12 < len(data) and number <= _OBJECTS:
            number += 1
            at += struct.unpack_from("<I", data, at + 5)[0] + 11
        whole = whole and (start > 0 or at <= len(data) + _CHECKSUM)
        start = data.find(_TNEF, start + 4)
        if number > _OBJECTS:
            raise Refused("mail-parts", limit=str(_OBJECTS))
    return whole


def _from_tnef(tnef: Any) -> Opened:
    pieces: list[Piece] = []
    for attached in tnef.attachments:
        name = _tnef_name(attached, str(tnef.codepage or "cp1252"))
        name = name or label("post.unnamed", number=len(pieces) + 1)
        embedded = getattr(attached, "embed", None)
        inside = partial(_from_tnef, embedded) if embedded is not None else None
        pieces.append(Piece(name, b"" if inside else bytes(attached.data), inside))
    return Opened(tuple(pieces), () if pieces else (Trouble("winmail-empty", {}),))


def _tnef_name(attached: Any, codepage: str) -> str:
    """The reader decodes names by a code page that the sender's program often states wrongly, or not at all."""
    try:
        name = str(attached.long_filename())
    except UnicodeDecodeError:
        return decode_bytes(attached._name).strip("\0")
    try:
        return decode_bytes(name.encode(codepage)).strip("\0")
    except (UnicodeError, LookupError):
        return name.strip("\0")
