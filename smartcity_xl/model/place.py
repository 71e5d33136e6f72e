"""Where a ledger lies: in a folder, or in a schema of a database that a PostgreSQL server holds."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

SCHEMA = "xlscore"
"""The schema of a ledger for which no other is named."""
_SECRET = re.compile(r"(:/+[^/?#@:\s]*):\S*@|([?&](?:ssl)?password=)[^&\s]*", re.IGNORECASE)


class Served(Struct, frozen=True):
    """A ledger on a server. What is empty is left to libpq (its environment, its password file). ``hosts`` and
    ``ports`` may be several, with commas between; ``options`` are libpq's own (``sslmode``).

    Written as text it never has its password.
    """

    hosts: str = ""
    ports: str = ""
    user: str = ""
    password: str = ""
    database: str = ""
    schema: str = SCHEMA
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        user = f"{_plain(self.user)}@" if self.user else ""
        named = list(self.options)
        if self.hosts.startswith(("/", "@")):
            place, named = "", [("host", self.hosts), *([("port", self.ports)] if self.ports else []), *named]
        else:
            pairs = zip(self.hosts.split(","), self.ports.split(",") if self.ports else [""] * 99, strict=False)
            place = ",".join(f"{_bracketed(host)}:{port}" if port else _bracketed(host) for host, port in pairs)
        query = "&".join(f"{name}={_plain(value)}" for name, value in (*named, ("schema", self.schema)))
        return f"postgresql://{user}{place}/{_plain(self.database)}?{query}"

    def __repr__(self) -> str:
        return f"Served({self})"


Place = Path | Served


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _plain(text: str) -> str:
    """As an address has it, with all that people can read left as it is."""
    return "".join(quote(sign) if sign in " %&#+?=:@" or not sign.isprintable() else sign for sign in text)


def without_password(text: str) -> str:
    """A text in which somebody may have written an address with its password."""
    return _SECRET.sub(lambda found: f"{found[1]}@" if found[1] is not None else f"{found[2]}…", text)
