"""Imported before any test: what the package sets for openpyxl must be set before openpyxl is imported."""

from __future__ import annotations

import gc
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

import smartcity_xl  # noqa: F401

if TYPE_CHECKING:
    from database_server import DatabaseServer
    from deciding_desk import Desk
    from servers import MailHost, Script

    from smartcity_xl.model import Submission
    from smartcity_xl.model.place import Place

settings.load_profile("ci")  # the same examples every time, on a slow machine as well; others are for `make fuzz`

SLOW = ("office", "servers", "wheel")
"""Markers of tests that wait for other programs."""


HEAVY = (
    "form_recalculation", "score_stars", "form_cached_results", "run_several_systems", "report_hostile",
    "form_stamped", "office_survey_taken", "form_units", "form_checks_sheets", "ledger_cut_off", "run_clustered",
    "form_sealed", "form_returning", "summary_links", "ledger_replay", "summary_recalculation", "report_template",
    "run_forwarded", "form_previous", "run_rulings", "office_editing", "score_tree_office", "arrival_collect",
    "cli_stopping", "arrival_order", "office_deciding", "books_bad_files", "run_complete_round", "run_last_round",
    "office_carrying",
)  # fmt: skip
"""The files that take longest, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files begin first, then those that wait for other programs, so that no worker is left alone with one
    at the end."""
    ranks = {f"test_{name}.py": rank for rank, name in enumerate(HEAVY)}
    slow = {item.path for item in items if any(item.get_closest_marker(name) for name in SLOW)}
    items.sort(key=lambda item: (ranks.get(item.path.name, len(ranks)), item.path not in slow))


SUMMARY_UNREAD = (
    "arrival_collect", "arrival_identity", "arrival_inbox", "arrival_post_collect", "arrival_rounds",
    "arrival_untouched", "cli", "cli_next", "cli_round", "cli_volume", "form_returning", "form_sealed",
    "ledger_cut_off", "mail_chasing", "mail_pending", "office_carrying", "office_deciding", "office_decision_book",
    "office_own_system", "office_progress", "results_status", "results_trace", "run_last_round", "run_rehearsing",
    "run_rulings", "score_corrections",
)  # fmt: skip
"""Files whose tests collect many times and look at no summary, which is half of what a collection computes; one that
does look bears the mark ``summary``. What their inboxes lead to is summed up where summaries are looked at."""


@pytest.fixture(autouse=True)
def summary_where_it_is_read(request: pytest.FixtureRequest) -> None:
    """Where none is looked at, the file is there and holds no workbook: whoever opens it after all is told so."""
    unread = request.path.stem.removeprefix("test_") in SUMMARY_UNREAD
    if unread and not request.node.get_closest_marker("summary"):
        from smartcity_xl import summary

        monkeypatch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
        monkeypatch.setattr(summary, "write_summary", lambda *_: b"bears the mark summary, who looks at it")


SELDOM = (700_000, 20, 50)
"""After how many new things garbage is looked for: a workbook makes hundreds of thousands, and most of them stay."""


def pytest_collection_finish() -> None:
    """What was collected, some million objects, stays to the end: no collection of garbage need walk over it."""
    gc.freeze()


def pytest_runtest_setup() -> None:
    """A command sets a threshold of its own, for a process that ends with it."""
    gc.set_threshold(*SELDOM)


_THAWED: list[bool] = []
_thaw = gc.unfreeze


@pytest.fixture(scope="session", autouse=True)
def thaws_wait() -> Iterator[None]:
    """Whoever lets go of forms thaws all that is frozen, to find them: here the tests too, a second each time. It is
    done once, when a file of tests is through."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "unfreeze", lambda: _THAWED.append(True))
        yield


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """What the forms held is given back."""
    if _THAWED and nextitem is not None and nextitem.path != item.path:
        _THAWED.clear()
        _thaw()
        gc.collect()
        gc.freeze()


@pytest.fixture
def quick_path(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where there is one: for tests that force things to the disk hundreds of times."""
    from memory import in_memory

    if not (memory := in_memory()):
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(dir=memory, prefix="xlscore-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session", autouse=True)
def results_are_read_as_they_were_written() -> Iterator[None]:
    """Whatever test writes results, their one reader must find in them what the record holds, of the declared types."""
    from smartcity_xl import results

    write = results.write_results

    def write_and_read(record: results.Results) -> bytes:
        data = write(record)
        assert results.read_results(data) == record
        return data

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results, "write_results", write_and_read)
        yield


# --- servers, for the tests of mail ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def host() -> Iterator[MailHost]:
    """Dovecot and Exim, with mailboxes for each test."""
    from servers import run_mail_host

    with run_mail_host() as running:
        yield running


@pytest.fixture
def trusted(host: MailHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their certificate is believed."""
    monkeypatch.setenv("SSL_CERT_FILE", str(host.authority))


@pytest.fixture(scope="session")
def database_server() -> Iterator[DatabaseServer]:
    """A PostgreSQL server."""
    from database_server import run_database_server

    with run_database_server() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def what_is_remembered_lies_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is remembered for a ledger on a server lies in the user's cache: no test touches that of who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(params=["folder", pytest.param("server", marks=pytest.mark.servers)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where a ledger may lie: in a folder, and on a server."""
    if request.param == "folder":
        return tmp_path / "ledger"
    server: DatabaseServer = request.getfixturevalue("database_server")
    return server.place()


@pytest.fixture
def script() -> Iterator[Script]:
    """A server that answers by a script."""
    from servers import Script

    with Script().run() as running:
        yield running


# --- workbooks ---------------------------------------------------------------------------------------------------


@pytest.fixture(params=["as it comes", "thorough"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], Submission]:
    """Reads a workbook by the reader that its text calls for, or by the thorough one whatever its text."""
    from support import read

    from smartcity_xl.books import sheets

    if request.param == "thorough":
        monkeypatch.setattr(sheets, "is_plain", lambda xml: False)
    return read


@pytest.fixture(scope="module")
def blank_book(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The decision workbook of a round with two conflicts: a figure of two departments, and one department's table."""
    from deciding_desk import Desk, care, gov

    desk = Desk(tmp_path_factory.mktemp("blank"))
    desk.receive(**gov(), **care())
    assert desk.collect() == 1
    return desk.book.read_bytes()


@pytest.fixture
def desk(tmp_path: Path, blank_book: bytes) -> Desk:
    """As the run left it that wrote the decision workbook."""
    from deciding_desk import Desk, care, gov

    desk = Desk(tmp_path)
    desk.receive(**gov(), **care())
    desk.out.mkdir()
    desk.book.write_bytes(blank_book)
    return desk
