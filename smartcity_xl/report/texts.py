"""What others wrote, as a report can show it: inert, of a bearable length, and without ways to reach a person."""

from __future__ import annotations

import re

from smartcity_xl.messages import label
from smartcity_xl.messages.unarmed import on_one_line

LONGEST = 160
"""Signs of one text of theirs that a report shows."""
_LOOKED_AT = 1_000
"""Signs of one that are looked at."""
_CONTACTS = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![0-9.])(?:\+?86[- ]?)?1[3-9][0-9](?:[- ]?[0-9]{4}){2}(?![0-9])"
    r"|(?<![0-9.])\(?0[0-9]{2,3}\)?[- ][0-9]{4}-?[0-9]{3,4}(?![0-9])"
)
"""Addresses of mail, mobile telephones, and telephones with their area."""


def shown(text: str) -> str:
    """A text of theirs on one line, cut where it is too long."""
    clean = on_one_line(text[:_LOOKED_AT])
    return clean if len(clean) <= LONGEST else f"{clean[: LONGEST - 1]}…"


def without_contacts(text: str) -> str:
    """The same without telephone numbers and addresses."""
    return _CONTACTS.sub(label("report.left_out"), shown(text))
