"""The key of a round, in a file of its own beside the settings: written once, and read by nobody but this machine.

It stands in no workbook, no letter, no record and no other round.
"""

from __future__ import annotations

import re
from pathlib import Path

from smartcity_xl.errors import CampaignFault, MachineFault
from smartcity_xl.messages import words

KEY_FILE = ".xlscore-key"
"""Begins as all files that we keep for ourselves: an inbox passes over it."""
KEY_LENGTH = 32
"""Bytes, as many as a digest of SHA-256 has."""


def write_key(key: bytes) -> bytes:
    """The file of a key, with an explanation above it."""
    return ("\n".join([*(f"# {line}" for line in words("key")["head"]), key.hex()]) + "\n").encode()


def read_key(home: Path) -> bytes:
    """The key of the round in a folder; none of a round that has none. Raises MachineFault where it cannot be read,
    CampaignFault where the file holds no key; what it holds is never shown."""
    path = home / KEY_FILE
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise MachineFault("file-unreadable", path=str(path), reason=error.strerror or str(error)) from error
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if len(lines) != 1 or not re.fullmatch(rf"[0-9A-Fa-f]{{{2 * KEY_LENGTH}}}", lines[0]):
        from smartcity_xl.catalog.entry import Fault  # not at the top: whoever looks for a round comes by here

        raise CampaignFault(str(path), (Fault("", "key-unreadable", {}),))
    return bytes.fromhex(lines[0])
