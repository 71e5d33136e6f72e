"""The code of a workbook's identity: an HMAC over all its fields with the key of its round.

Whoever has no key cannot write a code that fits: neither for another department, round or revision, nor for other
scoring settings. ``docs/decisions/0016-identity.md``. A frozen round holds no key: it goes by the codes that the key
gave to the workbooks that are in it (``docs/decisions/0025-freeze.md``).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping

from smartcity_xl.books.identity import IDENTITY_FIELDS
from smartcity_xl.model import Identity

_CODE = "code"
_PURPOSE = "xlscore-identity/1"
"""Said first, so that a code is never taken for one of another kind."""


class NotingKey(bytes):
    """A round's key that notes what it is used for: fingerprint of an identity -> its code, where it was asked for one
    or where the code that was shown to it fits."""

    noted: dict[str, str]

    def __new__(cls, key: bytes) -> NotingKey:
        made = super().__new__(cls, key)
        made.noted = {}
        return made


class KnownCodes(bytes):
    """In the place of a round's key: the codes that it gave. No other identity has one."""

    codes: Mapping[str, str]

    def __new__(cls, codes: Mapping[str, str]) -> KnownCodes:
        made = super().__new__(cls, b"known")  # as a round's key it is true
        made.codes = codes
        return made


def sign_identity(identity: Identity, key: bytes) -> str:
    """The code of an identity, in hexadecimal digits; the code that it carries is not looked at. "" where only codes
    are known, and none for it."""
    said = _say(identity)
    if isinstance(key, KnownCodes):
        return key.codes.get(_fingerprint(said), "")
    code = hmac.new(key, said, hashlib.sha256).hexdigest()
    if isinstance(key, NotingKey):
        key.noted[_fingerprint(said)] = code
    return code


def is_signed(identity: Identity, key: bytes) -> bool:
    """Whether an identity carries the code that its round gave it."""
    carried = identity.code.strip().casefold().encode("utf-8", "replace")
    code = sign_identity(identity, key if isinstance(key, KnownCodes) else bytes(key)).encode("ascii")
    fits = bool(code) and hmac.compare_digest(carried, code)
    if fits and isinstance(key, NotingKey):
        key.noted[_fingerprint(_say(identity))] = code.decode("ascii")
    return fits


def _say(identity: Identity) -> bytes:
    named = [(name, _kept(getattr(identity, name))) for name in IDENTITY_FIELDS if name != _CODE]
    return json.dumps([_PURPOSE, *named], separators=(",", ":")).encode("ascii")


def _fingerprint(said: bytes) -> str:
    return hashlib.sha256(said).hexdigest()


def _kept(text: str) -> str:
    """Of a field what every format of a workbook keeps: no blanks around it, no signs that no cell can hold."""
    return (text if text.isprintable() else "".join(sign for sign in text if sign.isprintable())).strip()
