"""An .xls locked with a password, by script: RC4 with 40 bits, as Excel 97 to 2003 lock one (MS-OFFCRYPTO 2.3.6)."""

from __future__ import annotations

import hashlib
import io
import struct

import olefile

_BOF, _WRITEACCESS, _FILEPASS, _BOUNDSHEET, _IGNORED = 0x0809, 0x005C, 0x002F, 0x0085, 0x00EF
_PLAIN = frozenset({_BOF, _FILEPASS, 0x0194, 0x0195, 0x00E1, 0x0196, 0x0138})
"""Records that stay as they are."""
_BLOCK = 1024
_SALT, _VERIFIER = bytes(range(16)), bytes(range(16, 32))


def lock(data: bytes, password: str) -> bytes:
    """The workbook locked. The record with its user's name makes room for the one that says so."""
    stream = io.BytesIO(data)
    with olefile.OleFileIO(stream, write_mode=True) as ole:
        book = ole.openstream("Workbook").read()
        ole.write_stream("Workbook", _lock_stream(book, password))
    return stream.getvalue()


def _lock_stream(book: bytes, password: str) -> bytes:
    out, at, told = bytearray(book), 0, False
    keys = _Keys(password)
    while at + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, at)
        if kind == _WRITEACCESS and not told:
            told = True
            said = struct.pack("<HHHHH", _FILEPASS, 54, 1, 1, 1) + keys.proof()
            out[at : at + 4 + size] = said + struct.pack("<HH", _IGNORED, size - len(said)) + bytes(size - len(said))
            continue_at, continue_size = at + len(said), size - len(said)
            out[continue_at + 4 : continue_at + 4 + continue_size] = keys.crypt(bytes(continue_size), continue_at + 4)
        elif told and kind not in _PLAIN:
            body = keys.crypt(book[at + 4 : at + 4 + size], at + 4)
            out[at + 4 : at + 4 + size] = book[at + 4 : at + 8] + body[4:] if kind == _BOUNDSHEET else body
        at += 4 + size
    assert told
    return bytes(out)


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


class _Keys:
    """The key stream of every block of 1,024 bytes."""

    def __init__(self, password: str) -> None:
        first = _md5(password.encode("utf-16-le"))[:5]
        self.base = _md5((first + _SALT) * 16)[:5]

    def _stream(self, block: int, length: int) -> bytes:
        return _rc4(_md5(self.base + struct.pack("<I", block)), length)

    def crypt(self, data: bytes, at: int) -> bytes:
        """Bytes that stand at a place of the stream, locked."""
        found = bytearray()
        while data:
            block, inside = divmod(at, _BLOCK)
            piece, data = data[: _BLOCK - inside], data[_BLOCK - inside :]
            key = self._stream(block, inside + len(piece))[inside:]
            found += bytes(a ^ b for a, b in zip(piece, key, strict=True))
            at += len(piece)
        return bytes(found)

    def proof(self) -> bytes:
        plain = _VERIFIER + _md5(_VERIFIER)
        return _SALT + bytes(a ^ b for a, b in zip(plain, self._stream(0, 32), strict=True))


def _rc4(key: bytes, length: int) -> bytes:
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    i = j = 0
    found = bytearray()
    for _ in range(length):
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        found.append(box[(box[i] + box[j]) % 256])
    return bytes(found)
