"""A collection whose readers die, hang or take too much over one file: the others come out as they would have."""

from __future__ import annotations

import ast
import os
import pickle
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import smartcity_xl
from smartcity_xl.arrival import waiting
from smartcity_xl.books import limits
from smartcity_xl.confined import Confined, NotRead, own_bug
from smartcity_xl.documents import word
from smartcity_xl.errors import NothingUsable
from smartcity_xl.form.reading import workbook
from smartcity_xl.model import Outcome, Parcel
from smartcity_xl.run import reading
from smartcity_xl.run.collecting import assess, collect

SAMPLES = Path(__file__).parent.parent / "samples" / "inbox"
HONEST = ("05-市卫生健康委.xlsx", "10-市税务局.xlsx", "12-市生态环境局.xlsx")
linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not count memory so")


def in_here(self: Confined, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Without a child."""

    def call(given: Any) -> Any:
        try:
            return function(given)
        except Exception as error:  # noqa: BLE001
            return own_bug(f"{type(error).__name__}: {error}")

    return call


def test_a_child_changes_no_byte_of_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    collect(SAMPLES, tmp_path / "with")
    monkeypatch.setattr(Confined, "teach", in_here)
    collect(SAMPLES, tmp_path / "without")
    with_, without = (
        {path.relative_to(tmp_path / name).as_posix(): path.read_bytes() for path in (tmp_path / name).rglob("*.*")}
        for name in ("with", "without")
    )
    assert {"汇总.xlsx", "results.json"} <= with_.keys()
    assert with_ == without


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    for name in HONEST:
        (folder / name).write_bytes((SAMPLES / name).read_bytes())
    return folder


def told(outcome: Outcome) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {one.parcel: (one.status, tuple(finding.code for finding in one.findings)) for one in outcome.receipts}


def segfault() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def fill_memory() -> None:
    bytes(2 * limits.READER_MEMORY)


def hang() -> None:
    """Until the alarm that is set, which comes soon here: to wait a second is much, to read a file in one is little."""
    assert signal.getitimer(signal.ITIMER_REAL)[0], "none is set, and it would hang for ever"
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    signal.pause()


HARM = [(segfault, "reader-crashed"), (hang, "reader-time"), pytest.param(fill_memory, "reader-memory", marks=linux)]


@pytest.mark.parametrize("at", ["unpack", "open_workbook", "read_submission"])
@pytest.mark.parametrize(("harm", "code"), HARM)
def test_a_reader_that_ends_costs_the_one_file(
    at: str, harm: Callable[[], None], code: str, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it is, in the middle of the inbox, and whatever else is read by the same child."""
    alone = assess(inbox)
    bad = f"11{HONEST[0]}"
    (inbox / bad).write_bytes((inbox / HONEST[0]).read_bytes() + b"\0")
    works = getattr(reading, at)

    def read(what: Any, *more: Any) -> Any:
        parcel = getattr(what, "parcel", what)
        if parcel.name == bad:
            harm()
        return works(what, *more)

    monkeypatch.setattr(reading, at, read)
    together = assess(inbox)
    receipts = told(together)
    assert receipts.pop(bad) == ("rejected", (code,))
    assert receipts == told(alone)
    assert together.submissions == alone.submissions
    assert together.scores == alone.scores


@linux
def test_a_workbook_that_needs_too_much_is_set_aside_by_the_bound_itself(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No stand-in: the very readers come to the end of their memory, and none tells it as damage."""
    monkeypatch.setattr(limits, "READER_MEMORY", 24 * 2**20)
    monkeypatch.setattr(limits, "TEXTS", 10**9)
    honest = told(assess(inbox))
    assert {status for status, _ in honest.values()} == {"taken"}
    (inbox / "附件.docx").write_bytes(b"PK")
    monkeypatch.setattr(word, "is_word", lambda *_: bytes(2**30) != b"")  # more than a child may free of its parent
    monkeypatch.setattr("smartcity_xl.documents.written.is_word", word.is_word)
    receipts = told(assess(inbox))
    assert receipts.pop("附件.docx") == ("rejected", ("reader-memory",))
    assert receipts == honest


# --- no net for all errors hides that memory was too little -------------------------------------------------------

READING = ("books", "arrival/post", "documents", "form/reading")


def deaf_nets(source: str) -> list[int]:
    """The lines of handlers for every error that do not let memory pass."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ExceptHandler) or not isinstance(node.type, ast.Name | None):
            continue
        if node.type is None or node.type.id == "Exception":
            first = ast.unparse(node.body[0])
            if first != f"let_memory_pass({node.name})":
                found.append(node.lineno)
    return found


def test_every_net_of_a_reader_lets_memory_pass() -> None:
    package = Path(smartcity_xl.__file__).parent
    files = [path for room in READING for path in sorted((package / room).rglob("*.py"))]
    assert {str(path): lines for path in files if (lines := deaf_nets(path.read_text(encoding="utf-8")))} == {}


def test_a_net_that_hides_it_is_seen() -> None:
    assert deaf_nets("try:\n    x()\nexcept Exception as error:\n    raise Refused('damaged') from error") == [3]
    assert deaf_nets("try:\n    x()\nexcept:\n    pass") == [3]
    assert deaf_nets("try:\n    x()\nexcept Exception as e:\n    let_memory_pass(e)\n    raise") == []
    assert deaf_nets("try:\n    x()\nexcept ValueError:\n    pass") == []


def test_nothing_but_the_readers_opens_what_came(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a child that knows nothing, a collection knows nothing."""
    monkeypatch.setattr(Confined, "teach", lambda *_: lambda _: NotRead("reader-crashed", {"reason": "x"}))

    def never(*_: object, **__: object) -> None:
        raise AssertionError("read by the parent")

    monkeypatch.setattr(workbook, "open_book", never)
    with pytest.raises(NothingUsable) as raised:
        assess(inbox)
    assert {one.finding.code for one in raised.value.faults} == {"reader-crashed"}


def test_bytes_wait_in_memory_up_to_a_bound_and_on_the_disk_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_IN_MEMORY", 10)
    parcels = [Parcel(f"{number}", bytes([number]) * size, f"{number}") for number, size in enumerate((4, 20, 5, 3, 1))]
    with waiting.WaitingRoom() as room:
        left = [room.put(one) for one in (*parcels, *parcels)]
        assert {one.data for one in left} == {b""}
        assert [room.fetch(one) for one in left] == [*parcels, *parcels], "in whatever order, as often as is asked"
        assert (sorted(room._held), sorted(room._places)) == (["0", "2", "4"], ["1", "3"]), "what fits, and each once"


class Packed:
    """Counts how often it is packed."""

    times = 0

    def __reduce__(self) -> tuple[type[Packed], tuple[()]]:
        self.times += 1
        return Packed, ()


def test_what_all_cities_share_is_packed_once_and_is_one_thing_in_the_child() -> None:
    one, other = Packed(), Packed()
    for _ in range(3):
        first, second = (pickle.loads(pickle.dumps(reading.Taught(one))).one for _ in range(2))  # noqa: S301 - our own
        assert first is second
    pickle.dumps(reading.Taught(other))
    assert (one.times, other.times) == (1, 1), "by being itself: another is packed for itself"
