"""Addresses of ledgers on a server, and what a server refuses: each by its name, with a remedy, without a password."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from database_server import DatabaseServer
from ledger_work import AT, LATER, PARCELS, assert_said

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import MachineFault, UsageFault, XlscoreError
from smartcity_xl.ledger import has_ledger, open_ledger, read_ledger
from smartcity_xl.ledger.places import read_address, read_place
from smartcity_xl.ledger.postgres import connection, schema
from smartcity_xl.ledger.postgres.refusals import fault_of, fault_of_opening
from smartcity_xl.model.place import Served

pytestmark = pytest.mark.servers


@pytest.fixture
def served(database_server: DatabaseServer) -> Served:
    place = database_server.place()
    with open_ledger(place, AT) as ledger:
        ledger.take(PARCELS, "inbox", ())
    return place


# --- addresses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://a@h/d", "postgresql://a@h/d?schema=xlscore"),
        ("postgres://a:b%40c@h:5433/d?schema=云溪", "postgresql://a@h:5433/d?schema=云溪"),
        ("postgresql://h1:1,h2:2/d?target_session_attrs=primary&password=x&schema=s",
         "postgresql://h1:1,h2:2/d?target_session_attrs=primary&schema=s"),
        ("postgresql:///d?host=/run/postgresql&user=u", "postgresql://u@/d?host=/run/postgresql&schema=xlscore"),
        ("postgresql://%2Frun%2Fpg/d", "postgresql:///d?host=/run/pg&schema=xlscore"),
        ("postgresql://[::1]:5432/d", "postgresql://[::1]:5432/d?schema=xlscore"),
        ("postgresql:///", "postgresql:///?schema=xlscore"),
    ],
)  # fmt: skip
def test_an_address_is_read_and_shown_without_its_password(text: str, shown: str) -> None:
    read = read_place(text)
    assert isinstance(read, Served)
    assert str(read) == shown
    assert shown in repr(read)
    again = read_address(shown)
    assert (again.hosts, again.ports, again.user, again.database, again.schema, again.options) == (
        read.hosts, read.ports, read.user, read.database, read.schema, read.options
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["postgresql:/a:secret@h/d", "postgresql://a:secret@h:x/d", "postgresql://a:secret@h/d/e", "postgres://a:secret@[h/d",
     "postgresql://a:secret@h/d?schema=pg_x", "postgresql://a:secret@h/d?schema=", "postgresql://h/d?password=secret#x",
     f"postgresql://a:secret@h/d?schema={'城' * 22}", "postgresql://a:secret@h/d?schema", "POSTGRESQL://a:secret@h:0/d",
     "postgresql://a:sec/ret@h/d:", "postgresql://a:12/sec@h", "postgresql://a:12#sec@h/d",
     "postgresql://a:1?sec@h/d"],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(UsageFault, match="ledger-address") as fault:
        read_place(text)
    assert_said(fault.value)
    assert "sec" not in str(fault.value.parameters["found"])


# --- what a server refuses ---------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Callable[[DatabaseServer], Served], str]] = {
    "a wrong password": (lambda s: read_address(s.address("a", "office:wrongword")), "ledger-server-login"),
    "no password": (lambda s: read_address(s.address("a")), "ledger-server-login"),
    "a stranger": (lambda s: s.place("a", user="stranger"), "ledger-server-login"),
    "no such database": (lambda s: read_address(f"postgresql:///none?host={s.base}&port={s.port}&user=office"),
                         "ledger-server-database"),
    "no server": (lambda s: read_address(s.address("a", "office:wrongword", 1)), "ledger-server-unreached"),
    "no such host": (lambda s: read_address("postgresql://office:wrongword@no.example.invalid/a"),
                     "ledger-server-unreached"),
    "a strange option": (lambda s: s.place("a", colour="wrongword"), "ledger-server-unreached"),
    "no rights": (lambda s: s.place("a", user="guest"), "ledger-server-rights"),
    "a database of few signs": (lambda s: read_address(f"postgresql:///latin?host={s.base}&port={s.port}&user=office"),
                                "ledger-server-encoding"),
    "a standby": (lambda s: s.place("a", options="-cdefault_transaction_read_only%3Don"), "ledger-server-readonly"),
    "tables of others": (lambda s: s.place("strange"), "ledger-server-foreign"),
}  # fmt: skip


@pytest.fixture(scope="module")
def strange_schema(database_server: DatabaseServer) -> None:
    with database_server.look() as database:
        database.execute("CREATE SCHEMA strange; CREATE TABLE strange.parcel (id int)")


@pytest.mark.usefixtures("strange_schema")
@pytest.mark.parametrize(("make", "code"), REFUSED.values(), ids=REFUSED)
def test_what_a_server_refuses_has_a_name_and_a_remedy(
    make: Callable[[DatabaseServer], Served], code: str, database_server: DatabaseServer
) -> None:
    with pytest.raises(XlscoreError) as fault, open_ledger(make(database_server), AT):
        pass
    assert fault.value.code == code, fault.value
    assert fault.value.exit_code == 3
    assert_said(fault.value)
    assert code == "ledger-server-unreached" or "wrongword" not in repr(fault.value.__context__)


def test_a_server_that_repeats_the_password_is_not_believed_with_it() -> None:
    place = read_address("postgresql://office:Sesam%20öffne@h/d")
    for error in (
        ValueError("no Sesam öffne here"),
        psycopg.OperationalError("at postgresql://office:Sesam öffne@h/d"),
    ):
        for fault in (fault_of(place, error), fault_of_opening(place, error)):
            assert "öffne" not in str(fault)
            assert "office" in str(fault)


def test_what_says_too_little_is_told_by_the_servers_own_words(database_server: DatabaseServer) -> None:
    with pytest.raises(UsageFault, match="ledger-server-missing") as fault, read_ledger(database_server.place()):
        pass
    assert_said(fault.value)
    assert not has_ledger(database_server.place())


def test_a_server_that_is_too_old_is_named_with_what_is_needed(
    database_server: DatabaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "OLDEST", 99)
    with pytest.raises(MachineFault, match="ledger-server-old") as fault, open_ledger(database_server.place(), AT):
        pass
    assert fault.value.parameters["expected"] == 99
    assert_said(fault.value)


@pytest.mark.parametrize(("version", "code"), [(99, "ledger-newer"), (1, "ledger-older")])
def test_a_ledger_of_another_version_is_read_by_no_one(
    version: int, code: str, served: Served, database_server: DatabaseServer
) -> None:
    with database_server.look(served) as database:
        database.execute(f"UPDATE about SET version = {version}".encode())
    with pytest.raises(MachineFault, match=code) as fault, read_ledger(served):
        pass
    assert "postgresql://" in str(fault.value.parameters["path"])


def test_a_ledger_of_an_older_program_is_brought_up_to_date(
    database_server: DatabaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A coming version adds a table and a column."""
    place = database_server.place()
    with open_ledger(place, AT) as ledger:
        ledger.take(PARCELS, "inbox", ())
        anchor = ledger.anchor()
    more = "CREATE TABLE more (id INTEGER PRIMARY KEY, a TEXT NOT NULL)"
    more += "; ALTER TABLE run ADD COLUMN b TEXT NOT NULL DEFAULT '-'"
    for module in ("smartcity_xl.ledger.schema", "smartcity_xl.ledger.postgres.schema"):
        monkeypatch.setattr(f"{module}.MIGRATIONS", (*schema.MIGRATIONS, more))
    with pytest.raises(MachineFault, match="ledger-older"), read_ledger(place):
        pass
    with open_ledger(place, LATER) as ledger:
        assert ledger.anchor() == anchor
        assert ledger.database.version() == len(schema.MIGRATIONS)
        assert ledger.database.shape()["more"] == ("id", "a")
        with ledger.transaction():
            assert ledger.database.add("INSERT INTO more (a) VALUES (?)", ("x",)) == 1
    with database_server.look(place) as database, pytest.raises(psycopg.errors.RaiseException):
        database.execute("DELETE FROM more")


def test_without_the_extra_the_message_says_what_to_install(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **named: Any) -> Any:
        if name.partition(".")[0] == "psycopg":
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", refuse)
    assert run_cli(["--lang", "en", "status", "--ledger", str(served), "--no-campaign"]) == 2
    assert 'pip install "smartcity-xl[postgres]"' in capsys.readouterr().err
