"""Functions that run in a child process: what becomes of one that takes too much, dies, hangs or is noisy."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from processes import LIMIT, ended, stand_still_half_way, wait_until

from smartcity_xl.books import limits
from smartcity_xl.confined import Confined, NotRead, bounds, one_child, readers
from smartcity_xl.errors import MachineFault
from smartcity_xl.messages import severity, word_finding
from smartcity_xl.model import Finding, Origin, Severity

KEPT: list[bytearray] = []
posix = pytest.mark.skipif(os.name != "posix", reason="of POSIX systems; elsewhere the parent looks at the clock")
linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not count memory so")


def double(given: int) -> int:
    return 2 * given


def who(_given: object) -> int:
    return os.getpid()


def take_memory(mebibytes: int) -> int:
    return len(bytearray(mebibytes * 2**20))


def leak(mebibytes: int) -> int:
    KEPT.append(bytearray(mebibytes * 2**20))
    return len(KEPT)


def swallow(_given: object) -> str:
    """As a library does that documents no errors, inside a net of ours that lets memory pass."""
    from smartcity_xl.books.refused import let_memory_pass

    try:
        return str(take_memory(4_000))
    except Exception as error:  # noqa: BLE001
        let_memory_pass(error)
        return "damaged"


def hang_in_c(_given: object) -> object:
    return re.fullmatch(r"(a+)+b", "a" * 60)


def wait_for_ever(_given: object) -> None:
    threading.Event().wait()


def die(number: int) -> None:
    os.kill(os.getpid(), number)


def leave(code: int) -> None:
    os._exit(code)


def abort_for_memory(_given: object) -> None:
    os.write(2, b"memory allocation of 4096 bytes failed\n")
    os.abort()


def fail(text: str) -> None:
    logging.getLogger("smartcity_xl.reader").warning("it is about to fail")
    raise ValueError(text)


def speak_much(mebibytes: int) -> bytes:
    return bytes(mebibytes * 2**20)


def make_noise(_given: object) -> bytes:
    sys.stdout.write("noise of a library")
    os.write(1, b"noise of C")
    os.write(2, b"noise of C")
    return os.read(0, 10) if sys.stdin.closed or not sys.stdin.isatty() else b"?"


def open_descriptors(_given: object) -> int:
    return len(list(Path("/dev/fd").iterdir())) - 1  # the one that lists them


def lay_down(_given: object) -> str:
    import tempfile

    handle, name = tempfile.mkstemp()
    os.close(handle)
    return name


def set_limits(settings: dict[str, int]) -> None:
    for name, value in settings.items():
        setattr(limits, name, value)


def free_time(_given: object) -> tuple[bool, float]:
    """Whether an alarm was set, and in how many seconds it comes once the bound is lifted."""
    before = signal.getitimer(signal.ITIMER_REAL)[0]
    bounds.free_time()
    return before > 0, signal.getitimer(signal.ITIMER_REAL)[0]


def interrupt_parent(_given: object) -> None:
    os.kill(os.getppid(), signal.SIGINT)
    threading.Event().wait()


def test_a_child_answers_and_is_used_again() -> None:
    with Confined() as confined:
        doubled, whose = confined.teach(double), confined.teach(who)
        assert [doubled(number) for number in range(5)] == [0, 2, 4, 6, 8]
        first = whose(0)
        late = confined.teach(double)  # learned by a child that runs already
        assert (late(21), whose(0)) == (42, first)
        assert first != os.getpid()
    assert isinstance(first, int)
    assert ended(first)


def test_a_child_goes_once_all_is_asked_but_not_where_another_may_ask_it() -> None:
    with Confined() as confined:
        whose, doubled = confined.teach(who), confined.teach(double)
        first = whose(0)
        confined.finish()
        assert isinstance(first, int)
        wait_until(lambda: ended(first), "the child has gone")
        assert doubled(3) == 6, "what is asked all the same is answered by another"
    with one_child():
        with Confined() as confined:
            first = confined.teach(who)(0)
            confined.finish()
        with Confined() as confined:
            assert confined.teach(who)(0) == first


def test_while_an_answer_is_waited_for_the_next_step_is_done() -> None:
    done: list[int] = []

    def steps() -> Iterator[None]:
        for number in range(3):
            done.append(number)
            yield

    with Confined(steps()) as confined:
        doubled = confined.teach(double)
        assert done == []
        assert [(doubled(number), len(done)) for number in range(5)] == [(0, 1), (2, 2), (4, 3), (6, 3), (8, 3)]


def test_a_step_that_fails_costs_no_answer() -> None:
    def steps() -> Iterator[None]:
        raise ValueError
        yield

    with Confined(steps()) as confined:
        doubled, harmful = confined.teach(double), confined.teach(die)
        assert (doubled(1), harmful(signal.SIGKILL), doubled(2)) == (
            2, NotRead("reader-crashed", {"reason": "SIGKILL"}), 4,
        )  # fmt: skip


CASES: list[tuple[Callable[[Any], object], object, dict[str, float], str, dict[str, str]]] = [
    (hang_in_c, None, {"READER_SECONDS": 1}, "reader-time", {"limit": "1"}),
    (wait_for_ever, None, {"READER_CLOCK": 1}, "reader-time", {"limit": "1"}),
    (die, signal.SIGSEGV, {}, "reader-crashed", {"reason": "SIGSEGV"}),
    (die, signal.SIGKILL, {}, "reader-crashed", {"reason": "SIGKILL"}),
    (leave, 0, {}, "reader-crashed", {"reason": "exit 0"}),
    (abort_for_memory, None, {}, "reader-memory", {"limit": "512 MiB"}),
    (speak_much, 2, {"READER_OUTPUT": 2**20}, "reader-output", {"limit": "1 MiB"}),
    (fail, "x", {}, "own-bug", {"error": "ValueError: x"}),
    (sys.exit, 3, {}, "own-bug", {"error": "SystemExit: 3"}),
]


@pytest.mark.parametrize(("function", "given", "settings", "code", "told"), CASES)
def test_what_a_file_can_do_to_its_reader_is_told_and_the_next_is_read(
    function: Callable[[Any], object], given: object, settings: dict[str, int], code: str, told: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with Confined() as confined:
        harmful, doubled, narrowed = map(confined.teach, (function, double, set_limits))
        assert doubled(1) == 2
        with monkeypatch.context() as narrow:  # for the harmful one alone: a second is little for any other
            narrowed(settings)
            for name, value in settings.items():
                narrow.setattr(limits, name, value)
            assert harmful(given) == NotRead(code, told)
        assert doubled(2) == 4
    assert severity(code) is Severity.ERROR
    for language in ("zh", "en"):
        words = str(word_finding(Finding(code, Origin("x"), parameters=told), language))
        assert all(value in words for value in told.values())


@posix
def test_a_child_that_waits_to_be_asked_takes_no_time_over_the_next_file(monkeypatch: pytest.MonkeyPatch) -> None:
    with Confined() as confined:
        assert confined.teach(free_time)(0) == (True, 0.0)
    told: list[str] = []
    for name in ("bound_time", "free_time"):
        monkeypatch.setattr(bounds, name, lambda name=name: told.append(name))
    with Confined() as confined:
        look = confined.teach(lambda _: list(told))
        assert [look(0), look(0)] == [["bound_time"], ["bound_time", "free_time", "bound_time"]]


@posix
def test_a_child_that_stands_still_while_it_answers_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bound, told = bounds.bound_wait, list[float]()

    def soon(connection: Connection, seconds: float) -> None:
        told.append(seconds)
        bound(connection, 0.5)

    stand_still_half_way(monkeypatch, tmp_path / "once")
    with Confined() as confined:
        speak = confined.teach(speak_much)
        with monkeypatch.context() as bounded:
            bounded.setattr(bounds, "bound_wait", soon)
            assert speak(1) == NotRead("reader-time", {"limit": str(limits.READER_CLOCK)})
        assert (told, (tmp_path / "once").exists()) == ([limits.READER_CLOCK + readers._PATIENCE], True)
        assert speak(1) == bytes(2**20)


@posix
def test_a_child_that_stands_still_while_it_is_asked_is_ended_and_another_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bound = bounds.bound_wait
    with Confined() as confined:
        whose, measure = confined.teach(lambda _: os.getpid()), confined.teach(len)
        with monkeypatch.context() as bounded:
            bounded.setattr(bounds, "bound_wait", lambda mine, _: bound(mine, 0.5))
            first = whose(0)
        assert isinstance(first, int)
        os.kill(first, signal.SIGSTOP)
        rescue = threading.Timer(LIMIT, os.kill, (first, signal.SIGKILL))
        rescue.start()
        try:
            assert measure(bytes(2**22)) == 2**22
            assert rescue.is_alive(), "nobody else ended it"
        finally:
            rescue.cancel()


@posix
def test_what_a_program_wants_of_all_its_sockets_is_not_wanted_of_those_of_a_child() -> None:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(60)
    try:
        with Confined() as confined:
            assert confined.teach(double)(1) == 2
            assert os.get_blocking(confined._child.mine.fileno())  # type: ignore[union-attr]
    finally:
        socket.setdefaulttimeout(before)


@linux
@pytest.mark.parametrize("function", [take_memory, swallow])
def test_a_file_that_needs_too_much_memory_is_told_so(function: Callable[[Any], object]) -> None:
    with Confined() as confined:
        harmful, doubled = confined.teach(function), confined.teach(double)
        assert harmful(4_000) == NotRead("reader-memory", {"limit": "512 MiB"})
        assert doubled(2) == 4


@linux
def test_without_the_bound_of_memory_it_would_be_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "bound_memory", lambda _more: None)
    with Confined() as confined:
        assert confined.teach(take_memory)(600) == 600 * 2**20


@linux
def test_what_one_file_leaves_behind_is_no_other_files_fault() -> None:
    with Confined() as confined:
        leaky = confined.teach(leak)
        assert [leaky(200), leaky(200)] == [1, 2]
        assert leaky(200) == 1  # there was no room beside the others: read once more, in a new child
        assert leaky(600) == NotRead("reader-memory", {"limit": "512 MiB"})


@linux
def test_what_cannot_even_be_taken_in_is_too_large() -> None:
    with Confined() as confined:
        assert confined.teach(len)(bytes(600 * 2**20)) == NotRead("reader-memory", {"limit": "512 MiB"})


def test_a_bug_is_logged_with_its_trace_by_the_parent(caplog: pytest.LogCaptureFixture) -> None:
    with Confined() as confined:
        confined.teach(fail)("in here")
    assert "it is about to fail" in caplog.text
    assert "Traceback" in caplog.text
    assert "in here" in caplog.text


def test_a_child_holds_nothing_of_the_parents(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    database = sqlite3.connect(tmp_path / "ledger.sqlite3")
    database.execute("BEGIN IMMEDIATE")
    with (tmp_path / "held").open("w"), Confined() as confined, Confined() as other:
        other.teach(double)(1)
        descriptors, noisy, temporary = map(confined.teach, (open_descriptors, make_noise, lay_down))
        assert descriptors(0) == 4  # the three of every process, and the pipe
        assert noisy(0) == b""
        laid = temporary(0)
        assert isinstance(laid, str)
        assert Path(laid).exists()
    database.rollback()
    assert capfd.readouterr() == ("", "")
    assert not Path(laid).parent.exists()


@pytest.fixture
def heard() -> Iterator[None]:
    """A suite that runs in the background is handed down that Ctrl-C is passed over."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard")
def test_an_interruption_ends_the_child_too() -> None:
    with Confined() as confined:
        whose = confined.teach(who)(0)
        with pytest.raises(KeyboardInterrupt):
            confined.teach(interrupt_parent)(0)
        assert isinstance(whose, int)
        assert ended(whose)
        assert confined.teach(double)(4) == 8


ORPHAN = """
import os, threading
from smartcity_xl.confined import Confined

def who(_given):
    return os.getpid()

def hang(_given):
    threading.Event().wait()

with Confined() as confined:
    ask, wait = confined.teach(who), confined.teach(hang)
    print(ask(0), flush=True)
    wait(0)
"""


@linux
def test_no_child_outlives_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(ORPHAN)
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    whose = int(parent.stdout.readline())
    lived = not ended(whose)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert lived
    wait_until(lambda: ended(whose), "the child has gone with its parent")


@posix
def test_a_child_whose_parent_is_gone_as_it_begins_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getppid", lambda: 0)
    with Confined() as confined:
        assert confined.teach(double)(1) == NotRead("reader-crashed", {"reason": "SIGKILL"})


def test_a_child_that_is_spawned_answers_as_one_that_is_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows."""
    monkeypatch.setattr(readers, "_START", "spawn")
    with Confined() as confined:
        absolute, ending = confined.teach(abs), confined.teach(leave_by_name)
        assert absolute(-3) == 3
        assert ending(5) == NotRead("reader-crashed", {"reason": "exit 5"})
        assert absolute(-4) == 4


leave_by_name: Callable[[int], object] = os._exit


def test_a_machine_that_starts_no_process_is_at_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    with Confined() as confined, pytest.raises(MachineFault, match="reader-unstartable"):
        confined.teach(double)(1)


@linux
def test_one_child_serves_one_collection_after_another_and_none_pays_for_what_was_read_before() -> None:
    def collect() -> tuple[object, object, object]:
        with Confined() as confined:
            ask, leaked = confined.teach(who), confined.teach(leak)
            return ask(0), leaked(300), ask(0)

    apart = {collect()[0] for _ in range(2)}
    with one_child():
        first, second = collect(), collect()
        assert first[0] == second[0], "the same child"
        assert second[1] == 1, "two leaks are too much for one child: the second was tried once more, in a new one"
        assert second[2] != first[2]
        with Confined() as confined:
            assert confined.teach(double)(4) == 8, "a function of another number, taught anew"
            assert confined.teach(die)(signal.SIGKILL) == NotRead("reader-crashed", {"reason": "SIGKILL"})
        last = collect()[2]
        assert last not in {first[0], second[2]}
    with pytest.raises(ProcessLookupError):
        os.kill(last, 0)  # type: ignore[arg-type]
    assert len(apart) == 2
    assert readers._Standing.child is None


def test_a_child_that_has_answered_often_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "_MOST_ASKED", 3)
    asked = []
    with one_child():
        for _ in range(5):
            with Confined() as confined:
                asked.append(confined.teach(who)(0))
        now = readers._Standing.child
        assert type(now and now.process).__name__ == "SpawnProcess", "it holds nothing of what its parent laid out"
    assert len(set(asked)) == 2
    assert not readers._Standing.replaced


def test_a_process_that_is_forked_asks_no_child_of_its_parents() -> None:
    with one_child():
        with Confined() as confined:
            confined.teach(who)(0)
        kept = readers._Standing.child
        assert kept
        kept.parent = os.getpid() + 1
        with Confined() as confined:
            assert confined.teach(who)(0) != kept.process.pid
        kept.end()
