"""What a server refuses, as faults with a remedy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from smartcity_xl.errors import MachineFault, XlscoreError
from smartcity_xl.model.place import without_password

if TYPE_CHECKING:
    from smartcity_xl.model.place import Served

_BY_STATE: Mapping[str, str] = {
    "42501": "ledger-server-rights",
    "25006": "ledger-server-readonly",
    "53100": "ledger-full",
    "53300": "ledger-server-busy",
    "55P03": "ledger-in-use",
    "57014": "ledger-server-busy",
    "28P01": "ledger-server-login",
    "28000": "ledger-server-login",
    "3D000": "ledger-server-database",
}
"""What the server calls a refusal (SQLSTATE) -> our own code; by its first two signs where the whole is not here."""
_BY_CLASS: Mapping[str, str] = {"08": "ledger-server-gone", "57": "ledger-server-gone", "53": "ledger-server-busy",
                                "XX": "ledger-server-damaged"}  # fmt: skip
_BY_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ledger-server-login", ("password", "authentication", "pg_hba", "no password supplied", "密码", "口令", "认证")),
    ("ledger-server-database", ('database "', "数据库")),
    ("ledger-server-login", ('role "', "角色", "用户")),
    (
        "ledger-server-busy",
        ("too many", "starting up", "shutting down", "not yet accepting", "已经有太多", "正在启动", "正在关闭"),
    ),
)
"""When a connection is opened, libpq tells no SQLSTATE, but only what the server said; in its own language."""


def fault_of(place: Served, error: Exception, closed: bool = False) -> XlscoreError:
    """What a server refused in a connection that was open."""
    state = getattr(error, "sqlstate", None) or ""
    if not state or closed:
        code = _BY_CLASS.get(state[:2], "ledger-server-gone") if closed or _is_lost(error) else "ledger-unwritable"
    else:
        code = _BY_STATE.get(state) or _BY_CLASS.get(state[:2], "ledger-unwritable")
    return MachineFault(code, path=str(place), reason=_reason(place, error))


def fault_of_opening(place: Served, error: Exception) -> XlscoreError:
    """What a server, or the way to it, refused when it was opened."""
    reason = _reason(place, error)
    told = getattr(error, "sqlstate", None) or ""
    said = next((code for code, signs in _BY_WORDS if any(one in reason for one in signs)), "ledger-server-unreached")
    return MachineFault(_BY_STATE.get(told, said), path=str(place), reason=reason)


def _is_lost(error: Exception) -> bool:
    """Whether the connection itself is lost: psycopg tells so by the kind of the error alone."""
    return type(error).__name__ in ("OperationalError", "InterfaceError")


def _reason(place: Served, error: Exception) -> str:
    """The server's own words in one line, without the password wherever it stood."""
    words = without_password(" ".join(str(error).split()))
    return words.replace(place.password, "…") if place.password else words
