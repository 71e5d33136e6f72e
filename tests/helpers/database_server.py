"""A real PostgreSQL server, started by the tests as an ordinary user and thrown away after them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from memory import in_memory
from servers import free_port, servant

from smartcity_xl.ledger.places import read_address
from smartcity_xl.model.place import Served

WORD = "geheim:@/ wort"
"""The password of everybody over TCP; on the socket none is asked for."""
_PACKAGE = "postgresql"
_ACCESS = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
_SETTINGS = """
listen_addresses = '127.0.0.1'
fsync = off
shared_buffers = 16MB
max_connections = 20
max_wal_size = 128MB
autovacuum = off
logging_collector = off
"""
_LIMIT = 180
"""Seconds in which the server must be up, or gone: after its power has failed it reads its log first."""
_NUMBERS = count(1)


@dataclass
class DatabaseServer:
    base: Path
    port: int
    programs: Path
    running: subprocess.Popen[bytes] | None = None

    def place(self, schema: str = "", user: str = "office", **named: str) -> Served:
        """Where a ledger may lie, by the socket: in a schema of its own where none is named."""
        words = "".join(f"&{name}={value}" for name, value in named.items())
        return read_address(
            f"postgresql:///round?host={self.base}&port={self.port}&user={user}"
            f"&schema={schema or f'r{os.getpid()}_{next(_NUMBERS)}'}{words}"
        )

    def address(self, schema: str, login: str = "office", port: int = 0, database: str = "round") -> str:
        """The same over TCP, as a person writes it."""
        return f"postgresql://{login}@127.0.0.1:{port or self.port}/{database}?schema={schema}"

    @contextmanager
    def look(self, place: Served | None = None, database: str = "round") -> Iterator[psycopg.Connection[Any]]:
        """A connection of somebody who may do all, past the program; to the schema of a ledger."""
        connection = psycopg.connect(
            host=str(self.base), port=self.port, user="office", dbname=database, autocommit=True
        )
        with connection:
            if place:
                connection.execute(f'SET search_path = "{place.schema}"'.encode())
            yield connection

    def start(self) -> None:
        self.running = subprocess.Popen(
            [self.programs / "postgres", "-D", self.base / "data", "-k", self.base, "-p", str(self.port)],
            stdout=subprocess.DEVNULL, stderr=(self.base / "log").open("ab"), cwd=self.base, **_as_servant(),
        )  # fmt: skip
        ready = [self.programs / "pg_isready", "-q", "-h", self.base, "-p", str(self.port), "-t", "10"]
        until = time.monotonic() + _LIMIT
        while time.monotonic() < until and self.running.poll() is None:
            if subprocess.run(ready, check=False).returncode == 0:
                return
            time.sleep(0.05)
        pytest.fail((self.base / "log").read_text(encoding="utf-8"))

    def stop(self) -> None:
        """At once, as when its power fails."""
        assert self.running is not None
        self.running.send_signal(3)  # SIGQUIT
        self.running.wait(_LIMIT)
        self.running = None


def _find_programs() -> Path:
    """Where Debian, or anybody's PATH, has the server. A missing one fails the test."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    path = str(found[-1]) if found else shutil.which("initdb")
    if path is None:
        pytest.fail(f"PostgreSQL is not installed, and what it must prove is not proven: apt-get install {_PACKAGE}")
    return Path(path).resolve().parent


def _as_servant() -> dict[str, Any]:
    user, group, _, _ = servant()
    return {"user": user, "group": group, "extra_groups": []} if os.getuid() == 0 else {}


@contextmanager
def run_database_server() -> Iterator[DatabaseServer]:
    base = Path(tempfile.mkdtemp(prefix="xlscore-pg-", dir=in_memory()))
    server = DatabaseServer(base, free_port(), _find_programs())
    if os.getuid() == 0:
        os.chown(base, *servant()[2:])
    base.chmod(0o755)
    try:
        made = subprocess.run(
            [server.programs / "initdb", "-D", base / "data", "-U", "office", "-A", "trust", "--no-sync", "-E", "UTF8",
             "--locale=C"],
            capture_output=True, cwd=base, check=False, **_as_servant(),
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        (base / "data" / "pg_hba.conf").write_text(_ACCESS, encoding="utf-8")
        with (base / "data" / "postgresql.conf").open("a", encoding="utf-8") as stream:
            stream.write(_SETTINGS)
        server.start()
        with server.look(database="postgres") as connection:
            order = "LOCALE_PROVIDER icu ICU_LOCALE 'zh'" if connection.info.server_version >= 150_000 else ""
            connection.execute(f"CREATE DATABASE round TEMPLATE template0 {order}".encode())  # no order of bytes
            connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
            connection.execute(f"ALTER ROLE office PASSWORD '{WORD}'".encode())
            connection.execute("CREATE ROLE guest LOGIN")
        yield server
    finally:
        if server.running:
            server.stop()
        shutil.rmtree(base, ignore_errors=True)
