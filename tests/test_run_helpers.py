"""Things that several processes make: the same as one alone makes, whatever becomes of those that help."""

from __future__ import annotations

import atexit
import logging
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from processes import LIMIT, ended, stand_still_half_way, wait_until
from support import filled, put

from smartcity_xl.confined import bounds
from smartcity_xl.form.returning import ReturnPlan
from smartcity_xl.ledger import Keeping
from smartcity_xl.messages import label
from smartcity_xl.run import helpers
from smartcity_xl.run.collecting import collect_told
from smartcity_xl.run.collection import Collection
from smartcity_xl.run.helpers import BytesOrBug, Helpers

pytestmark = [pytest.mark.skipif(not hasattr(os, "fork"), reason="helpers are forked")]
HOME = os.getpid()
NUMBERS = range(8)


def here() -> bool:
    """Whether this is the process that is helped."""
    return os.getpid() == HOME


def make(number: int) -> bytes:
    return bytes([number]) * 100_000


class Gate:
    """Lets this process make things only once every helper has come to harm, of which each has made a thing before it.
    So whoever is quick, and whoever is slow, helpers have helped, and been harmed over something they were making."""

    def __init__(self, folder: Path, helpers: int, harm: Callable[[], object] = lambda: None) -> None:
        """``folder``: one of its own, in which they tell each other how far they are."""
        folder.mkdir()
        self.folder, self.helpers, self.harm = folder, helpers, harm

    def wait(self, step: str) -> None:
        wait_until(lambda: len(list(self.folder.glob(f"{step}-*"))) >= self.helpers, f"all helpers: {step}")

    def pass_(self) -> None:
        """To be called by whoever makes a thing."""
        if here():
            self.wait("harmed")
            return
        for step in ("begun", "harmed"):
            mine = self.folder / f"{step}-{os.getpid()}"
            if not mine.exists():
                mine.touch()
                self.wait(step)  # there is one left for each
                if step == "harmed":
                    self.harm()
                return

    def things(self) -> dict[str, Callable[[], bytes]]:
        def made(number: int) -> bytes:
            self.pass_()
            return make(number)

        return {f"{number}": partial(made, number) for number in NUMBERS}


RIGHT: Mapping[str, BytesOrBug] = {f"{number}": make(number) for number in NUMBERS}


@pytest.mark.parametrize(("wanted", "begun"), [(0, 0), (1, 1), (2, 2), (9, 3)])
def test_each_makes_some_of_it_and_all_comes_in_order(wanted: int, begun: int, tmp_path: Path) -> None:
    def tell_who() -> bytes:
        """Once all have taken one."""
        (tmp_path / f"{os.getpid()}").touch()
        wait_until(lambda: len(list(tmp_path.iterdir())) > begun, "all have taken one")
        return f"{os.getpid()}".encode()

    whose = {f"{number}": tell_who for number in NUMBERS}
    with Helpers(whose, wanted) as helped:
        made = helped.finish()
    assert list(made) == list(whose)
    assert len(set(made.values())) == 1 + begun
    assert f"{os.getpid()}".encode() in made.values()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a slow helper has made is compared too."""
    monkeypatch.setattr(helpers, "_PATIENCE", LIMIT)


def hang() -> None:
    threading.Event().wait()


def raise_what_no_one_catches() -> None:
    raise KeyboardInterrupt


def stumble() -> None:
    raise ValueError("a bug that only a helper has")


HARM: dict[str, Callable[[], object]] = {
    "nothing": lambda: None,
    "it is killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "it crashes": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "it leaves": lambda: os._exit(0),
    "it has too little memory": lambda: bytes(2**62),
    "it has a bug": stumble,
    "it is interrupted": raise_what_no_one_catches,
    "it hangs": hang,
    "it logs": lambda: logging.getLogger("smartcity_xl").warning("what is told is told once"),
    "it warns": lambda: warnings.warn("what is told is told once", stacklevel=1),
}


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("harm", HARM)
def test_whatever_becomes_of_a_helper_the_same_is_made(
    harm: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    if harm == "it hangs":
        monkeypatch.setattr(helpers, "_PATIENCE", 0.5)
    with Helpers(Gate(tmp_path / "gate", number, HARM[harm]).things(), number) as helped:
        assert helped.finish() == RIGHT
    assert capfd.readouterr() == ("", "")


def test_a_helper_that_stands_still_while_it_hands_over_is_waited_for_no_longer_than_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(helpers, "_PATIENCE", 0.5)
    stand_still_half_way(monkeypatch, tmp_path / "once")
    with Helpers(Gate(tmp_path / "gate", 2).things(), 2) as helped:
        assert helped.finish() == RIGHT
        helping = process_ids(helped)
    assert (tmp_path / "once").exists()
    assert all(map(ended, helping))


def test_what_is_wrong_with_a_thing_is_told_once_and_here(caplog: pytest.LogCaptureFixture) -> None:
    def told(number: int) -> bytes:
        logging.getLogger("smartcity_xl").warning("of %s", number)
        raise ValueError(f"{number}")

    with Helpers({f"{number}": partial(told, number) for number in NUMBERS}, 2) as helped:
        made = helped.finish()
    assert [repr(one) for one in made.values()] == [repr(ValueError(f"{number}")) for number in NUMBERS]
    assert sorted(caplog.messages) == [f"of {number}" for number in NUMBERS]


def test_what_a_thing_has_to_say_is_said_once_and_here(caplog: pytest.LogCaptureFixture) -> None:
    def told(number: int) -> bytes:
        logging.getLogger("smartcity_xl").warning("of %s", number)
        return make(number)

    with Helpers({f"{number}": partial(told, number) for number in NUMBERS}, 2) as helped:
        assert helped.finish() == RIGHT
    assert sorted(caplog.messages) == [f"of {number}" for number in NUMBERS]


@pytest.mark.parametrize("refusal", [BlockingIOError("no room"), AssertionError("daemonic processes have no children")])
def test_where_no_process_can_be_begun_all_is_made_here(
    refusal: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> int:
        raise refusal

    monkeypatch.setattr(os, "fork", refuse)
    with Helpers(Gate(tmp_path / "gate", 0, stumble).things(), 2) as helped:
        assert helped.finish() == RIGHT


def test_more_than_a_queue_takes_is_made_too() -> None:
    many = {f"{number}": partial(bytes, 1) for number in range(2_500)}
    with Helpers(many, 1) as helped:
        assert helped.finish() == dict.fromkeys(many, bytes(1))


# --- they leave nothing behind -----------------------------------------------------------------------------------


def open_descriptors() -> bytes:
    return f"{len(list(Path('/dev/fd').iterdir())) - 1}".encode()  # without the one that lists them


def test_a_helper_holds_nothing_of_the_parents_and_says_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    looked = tmp_path / "looked"

    def look() -> bytes:
        if here():
            wait_until(looked.exists, "a helper has looked")
            return b""
        sys.stdout.write("noise of a library")
        os.write(1, b"noise of C")
        os.write(2, b"noise of C")
        looked.touch()
        return open_descriptors()

    database = sqlite3.connect(tmp_path / "ledger.sqlite3")
    database.execute("BEGIN IMMEDIATE")
    with (tmp_path / "held").open("w"), Helpers(dict.fromkeys("abcd", look), 2) as helped:
        made = helped.finish()
    assert {b"5"} <= set(made.values()) <= {b"", b"5"}, "the three of every process, the queue, and the pipe"
    database.rollback()
    assert capfd.readouterr() == ("", "")


def test_nothing_of_the_parents_is_ended_by_a_helper(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()

    class Held:
        def __del__(self) -> None:
            (kept / f"{os.getpid()}").touch()

    held = Held()
    note = lambda: (kept / f"exit-{os.getpid()}").touch()  # noqa: E731 - it is taken back below
    atexit.register(note)
    with Helpers(Gate(tmp_path / "gate", 2).things(), 2) as helped:
        helped.finish()
        for helper in helped._helpers:
            helper.process.join(LIMIT)  # by itself
            assert helper.process.exitcode == 0
    atexit.unregister(note)
    del held
    assert [path.name for path in kept.iterdir()] == [f"{os.getpid()}"]


def process_ids(helped: Helpers) -> list[int]:
    return [helper.process.pid or 0 for helper in helped._helpers]


def test_no_helper_outlives_what_breaks_off(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate", 2, hang)
    helped = Helpers(gate.things(), 2)
    with suppress(KeyboardInterrupt), helped:
        gate.wait("harmed")
        assert not any(map(ended, process_ids(helped)))
        raise KeyboardInterrupt
    assert len(process_ids(helped)) == 2
    assert all(map(ended, process_ids(helped)))


def test_no_helper_outlives_what_breaks_off_as_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def interrupted() -> Iterator[None]:
        """Ctrl-C has waited until the helper was there."""
        yield
        raise KeyboardInterrupt

    monkeypatch.setattr(bounds, "unheard_interrupts", interrupted)
    with pytest.raises(KeyboardInterrupt), Helpers(Gate(tmp_path / "gate", 1, hang).things(), 2):
        pass
    assert multiprocessing.active_children() == []


ORPHANS = """
import os, threading
from smartcity_xl.run.helpers import Helpers

with Helpers(dict.fromkeys("abcd", threading.Event().wait), 2) as helped:
    print(*(helper.process.pid for helper in helped._helpers), flush=True)
    threading.Event().wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it ends after the thing that it makes")
def test_no_helper_outlives_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(ORPHANS)
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    begun = [int(word) for word in parent.stdout.readline().split()]
    parent.kill()
    parent.communicate()
    assert len(begun) == 2
    wait_until(lambda: all(map(ended, begun)), "they have gone with it")


# --- a collection ------------------------------------------------------------------------------------------------

DEPARTMENTS = ("secrecy", "credit", "education", "health", "transport")


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return put(tmp_path_factory.mktemp("in") / "inbox", {f"{key}.xlsx": filled(key) for key in DEPARTMENTS})


def collected(inbox: Path, out: Path, cores: int) -> dict[str, bytes]:
    """What lies there, but for the ledger; and, with no name, what was told."""
    keeping = Keeping(out / "ledger", "2026-11-21T03:00:00Z")
    _, done = collect_told(Collection(inbox, out, keeping=keeping, cores=cores))
    files = [path for path in out.rglob("*") if path.is_file() and "ledger" not in path.relative_to(out).parts]
    told = repr(done).replace(str(out), "").encode()
    return {"": told, **{str(path.relative_to(out)): path.read_bytes() for path in files}}


@pytest.fixture(scope="module")
def alone(inbox: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return collected(inbox, tmp_path_factory.mktemp("alone"), 1)


@pytest.mark.parametrize("cores", [2, 3])
@pytest.mark.parametrize("harm", ["nothing", "it is killed", "it has a bug"])
def test_a_city_is_the_same_with_any_number_of_cores(
    harm: str, cores: int, inbox: Path, alone: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = ReturnPlan.write

    gate = Gate(tmp_path / "gate", cores - 1, HARM[harm])

    def harmed(plan: ReturnPlan) -> bytes:
        gate.pass_()
        return write(plan)

    monkeypatch.setattr(ReturnPlan, "write", harmed)
    assert collected(inbox, tmp_path / "out", cores) == alone
    assert len([name for name in alone if name.startswith(label("file.returned_folder"))]) > len(DEPARTMENTS)


def test_a_city_whose_helpers_make_something_else_is_seen(
    inbox: Path, alone: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests above compare what helpers made."""
    write, gate = ReturnPlan.write, Gate(tmp_path / "gate", 2)

    def changed(plan: ReturnPlan) -> bytes:
        gate.pass_()
        return write(plan) + (b"" if here() else b"?")

    monkeypatch.setattr(ReturnPlan, "write", changed)
    assert collected(inbox, tmp_path / "out", 3) != alone
