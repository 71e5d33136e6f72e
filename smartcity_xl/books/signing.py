"""The code of a workbook's identity: an HMAC over all its fields with the key of its round.

Whoever has no key cannot write a code that fits: neither for another department, round or revision, nor for other
scoring settings. ``docs/decisions/0016-identity.md``.
"""

from __future__ import annotations

import hashlib
import hmac
import json

from smartcity_xl.books.identity import IDENTITY_FIELDS
from smartcity_xl.model import Identity

_CODE = "code"
_PURPOSE = "xlscore-identity/1"
"""Said first, so that a code is never taken for one of another kind."""


def sign_identity(identity: Identity, key: bytes) -> str:
    """The code of an identity, in hexadecimal digits; the code that it carries is not looked at."""
    fields = [(field, _kept(getattr(identity, field))) for field in IDENTITY_FIELDS if field != _CODE]
    said = json.dumps([_PURPOSE, *fields], separators=(",", ":"))
    return hmac.new(key, said.encode("ascii"), hashlib.sha256).hexdigest()


def is_signed(identity: Identity, key: bytes) -> bool:
    """Whether an identity carries the code that its round gave it."""
    carried = identity.code.strip().casefold().encode("utf-8", "replace")
    return hmac.compare_digest(carried, sign_identity(identity, key).encode("ascii"))


def _kept(text: str) -> str:
    """Of a field what every format of a workbook keeps: no blanks around it, no signs that no cell can hold."""
    return "".join(sign for sign in text if sign.isprintable()).strip()
