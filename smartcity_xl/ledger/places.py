"""How a person names the place of a ledger -> the place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_xl.errors import UsageFault

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place, Served

_SCHEMES = ("postgresql:", "postgres:")
_LONGEST = 63
"""Bytes of a name on the server; of a longer one it would take the beginning."""


def is_served(text: str) -> bool:
    """Whether a text names a server, and no folder."""
    return text.strip().lower().startswith(_SCHEMES)


def is_address(text: str) -> bool:
    """Whether a text is an address at all, be it one that can hold a ledger or not: never the name of a folder."""
    return is_served(text) or "://" in text


def read_place(text: str) -> Place:
    """A folder, or ``postgresql://user@host:port/database?schema=name``. Raises UsageFault, in which no password is."""
    return read_address(text.strip()) if is_address(text) else Path(text)


def read_address(text: str) -> Served:
    """The address of a ledger on a server. Raises UsageFault where it is none."""
    from urllib.parse import parse_qsl, unquote, urlsplit  # not at the top: most ledgers lie in a folder

    from smartcity_xl.model.place import SCHEMA, Served, without_password

    try:
        parts = urlsplit(text)
        named = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        login, _, place = parts.netloc.rpartition("@")
        user, _, password = login.partition(":")
        hosts, ports = _read_hosts(place)
        read = Served(
            named.pop("host", "") or hosts,
            named.pop("port", "") or ports,
            named.pop("user", "") or unquote(user),
            named.pop("password", "") or unquote(password),
            named.pop("dbname", "") or unquote(parts.path.removeprefix("/")),
            named.pop("schema", SCHEMA),
            tuple(sorted(named.items())),
        )
    except ValueError as error:
        raise UsageFault("ledger-address", found=without_password(text)) from error
    strange = not is_served(text) or "//" not in text or parts.fragment or "@" in parts.path or "/" in read.database
    if strange or not _is_name(read.schema):
        raise UsageFault("ledger-address", found=without_password(text))
    return read


def _read_hosts(place: str) -> tuple[str, str]:
    """The hosts and the ports of an address, each with commas between. Raises ValueError."""
    found = [_read_host(one) for one in place.split(",")]
    hosts, ports = zip(*found, strict=True)
    return ",".join(hosts), ",".join(ports) if any(ports) else ""


def _read_host(text: str) -> tuple[str, str]:
    from urllib.parse import unquote

    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
        if not closed or rest[:1] not in ("", ":"):
            raise ValueError(text)
    else:
        host, _, port = text.partition(":")
    if port and not (port.isascii() and port.isdecimal() and 0 < int(port) < 2**16):
        raise ValueError(text)
    return unquote(host), port


def _is_name(schema: str) -> bool:
    """Whether a schema of ours may have that name: the server keeps some for itself."""
    kept = schema.lower().startswith("pg_") or schema.lower() == "information_schema"
    return 0 < len(schema.encode()) <= _LONGEST and schema.isprintable() and not kept
