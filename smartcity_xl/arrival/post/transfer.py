"""What stands in a mail's part -> the bytes that its sender attached, whatever the programs on the way did to it.

Blanks never count. What is no sign of the encoding is passed over only where the file that comes of it proves itself
whole (RFC 2045: other signs are to be ignored; but where one stands for a sign that was changed, the file is not).
"""

from __future__ import annotations

import binascii
import gzip
import io
import quopri
import re
import zipfile
import zlib
from collections.abc import Iterator

from msgspec import Struct

from smartcity_xl.arrival.post.limits import BYTES, ENTRIES

BASE64, QUOTED, UU, PLAIN = "base64", "quoted-printable", "uuencode", ""
_SIGNS = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_OTHER = re.compile(rb"[^A-Za-z0-9+/=]+")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_PADDING = re.compile(rb"=+")
_LONG = 64
"""Signs from which on a text of nothing but base64 is taken for one, though its part does not say so."""


def encoding_of(header: bytes) -> str:
    """The encoding that a Content-Transfer-Encoding names, also with blanks, quotes, a comment or a semicolon."""
    text = re.sub(r"\([^()]*\)", "", header.decode("ascii", "replace")).partition(";")[0]
    named = re.sub(r"[^a-z0-9]", "", text.casefold()).removeprefix("x")
    if named in ("base64", "b64", "b"):
        return BASE64
    if named in ("quotedprintable", "qp", "q"):
        return QUOTED
    return UU if named in ("uuencode", "uue", "uu") else PLAIN


def decode_body(raw: bytes, encoding: str) -> tuple[bytes, bool]:
    """The bytes that were encoded, and whether they are certainly those."""
    if encoding == BASE64:
        return decode_base64(raw)
    if encoding == QUOTED:
        return quopri.decodestring(raw), True
    if encoding == UU:
        found = next(find_uuencoded(raw), None)
        return (found.data, found.whole) if found else (raw, not raw.strip())
    if len(raw) >= _LONG and not _OTHER.search(b"".join(raw[:4096].split())):  # encoded, and not said so
        data = _plainly_decoded(raw)
        if data is not None and is_whole(data):
            return data, True
    return raw, True


def decode_base64(raw: bytes) -> tuple[bytes, bool]:
    """What base64 stands for, and whether it certainly is: written cleanly, or a file that proves itself whole."""
    data = _plainly_decoded(raw)
    if data is not None:
        return data, True
    first = b""
    for number, variant in enumerate(_variants(raw)):
        data = _loosely_decoded(variant)
        first = first if number else data
        if is_whole(data):
            return data, True
    return (raw, True) if is_whole(raw) else (first, False)


def _plainly_decoded(raw: bytes) -> bytes | None:
    """The content, where there are only signs of base64 and blanks; several pieces may be padded each."""
    compact = b"".join(raw.split())
    pieces = _SIGNS.findall(compact)
    if any(len(piece) % 4 for piece in pieces) or sum(map(len, pieces)) != len(compact):
        return None
    return b"".join(map(binascii.a2b_base64, pieces))


def _variants(raw: bytes) -> Iterator[bytes]:
    """What may be meant, where there are other signs: they were put in between, or words stand below."""
    yield raw
    lines = [line.strip() for line in raw.splitlines()]
    begun = next((number for number, line in enumerate(lines) if line), 0)
    yield b"\n".join(lines[begun : next((n for n in range(begun, len(lines)) if not lines[n]), len(lines))])
    clean = next((n for n in range(begun, len(lines)) if _OTHER.search(lines[n].lstrip(b">| "))), len(lines))
    yield b"\n".join(lines[begun:clean])
    if padded := _PADDING.search(raw):
        yield raw[: padded.end()]
    yield raw.translate(_URL_SAFE)
    yield quopri.decodestring(raw)


def _loosely_decoded(raw: bytes) -> bytes:
    found = []
    for piece in _PADDING.split(_OTHER.sub(b"", raw)):
        signs = piece[: len(piece) - (len(piece) % 4 == 1)]
        found.append(binascii.a2b_base64(signs + b"=" * (-len(signs) % 4)))
    return b"".join(found)


def is_whole(data: bytes) -> bool:
    """Whether a file proves that nothing of it is missing or changed: by its checksums, or at least by its end."""
    if data.startswith(b"PK\x03\x04"):
        return _zip_holds(data)
    if data.startswith(b"\x1f\x8b"):
        return _gzip_holds(data)
    if data.startswith(b"%PDF-"):
        return b"%%EOF" in data[-1024:]
    if data.startswith(b"\x89PNG\r\n"):
        return data.rstrip(b"\0\r\n").endswith(b"IEND\xaeB`\x82")
    return data.startswith(b"\xff\xd8\xff") and data.rstrip(b"\0\r\n").endswith(b"\xff\xd9")


def _zip_holds(data: bytes) -> bool:
    end = data.rfind(b"PK\x05\x06")
    if data.count(b"PK\x01\x02") > ENTRIES or end < 0:
        return False
    if end + 22 + int.from_bytes(data[end + 20 : end + 22], "little") != len(data):
        return False  # words behind it, which were no part of the file
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if any(entry.flag_bits & 1 for entry in entries) or sum(entry.file_size for entry in entries) > BYTES:
                return False
            return bool(entries) and archive.testzip() is None
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, RuntimeError, zlib.error):
        return False


def _gzip_holds(data: bytes) -> bool:
    try:
        return len(gzip.GzipFile(fileobj=io.BytesIO(data)).read(BYTES + 1)) <= BYTES
    except (OSError, EOFError, zlib.error):
        return False


# --- files written into a mail's text --------------------------------------------------------------------------

_BEGIN = re.compile(rb"^begin(-base64)? [0-7]{3,4} +([^\r\n]{1,300})\r?\n", re.MULTILINE)
_END = re.compile(rb"^(?:end|====)[ \t]*\r?$", re.MULTILINE)


class TextFile(Struct, frozen=True):
    """A file that stands in a text. ``whole``: nothing of it was cut off or changed, as far as can be seen."""

    name: bytes
    data: bytes
    whole: bool


def find_uuencoded(text: bytes) -> Iterator[TextFile]:
    """The files that old programs wrote into a text, between ``begin`` and ``end``."""
    at = 0
    while begin := _BEGIN.search(text, at):
        end = _END.search(text, begin.end())
        body, at = text[begin.end() : end.start() if end else len(text)], end.end() if end else len(text)
        data, sound = decode_base64(body) if begin[1] else _uudecoded(body)
        yield TextFile(begin[2].strip(), data, is_whole(data) or (sound and end is not None))


def _uudecoded(body: bytes) -> tuple[bytes, bool]:
    found, sound = [], True
    for line in body.splitlines():
        if not line.strip(b"` "):
            continue
        try:
            found.append(binascii.a2b_uu(line))
        except binascii.Error:
            length = (line[0] - 32) & 63  # blanks at the end were lost, or something was added there
            whole = line[: 1 + (length * 4 + 2) // 3].ljust(1 + -(-length // 3) * 4, b" ")
            try:
                found.append(binascii.a2b_uu(whole))
            except binascii.Error:
                sound = False
    return b"".join(found), sound
