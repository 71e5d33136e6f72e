"""What is not made again: a collection by the word of the last one comes to what one from nothing comes to."""

from __future__ import annotations

import datetime
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mails import attachment, mail, text
from msgspec import inspect
from msgspec.structs import fields
from stopping import Tree, lay_tree, read_tree
from tiny_round import INIT, YES, Round, a, b, put_system, remembered

from smartcity_xl.arrival.post import Unpacked
from smartcity_xl.books.values import ErrorCell, FormulaCell, MarkedText, PictureCell
from smartcity_xl.confined import Confined, NotRead
from smartcity_xl.errors import MachineFault
from smartcity_xl.form.returning import ReturnPlan
from smartcity_xl.ledger import Memory, audit_ledger, memory
from smartcity_xl.messages import label
from smartcity_xl.model import Answer, Identity, Origin, Outcome, Parcel, Receipt, State, Submission
from smartcity_xl.model.answers import TableAnswer, TableRow, Typed
from smartcity_xl.results import gist
from smartcity_xl.run import cores, fingerprint, remembering
from smartcity_xl.run.remembering import Remembering

MEMORY = "remembered.db"
SUMMARY, RETURNED = label("file.summary"), label("file.returned_folder")


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    with remembered():
        yield


# --- by the word of the last one, and from nothing ---------------------------------------------------------------


def exclude(name: str, *more: str) -> tuple[str, ...]:
    return ("exclude", f"{name}.xlsx", *more, "--reason", "测试", "--by", "李四")


def receive(**files: bytes) -> Callable[[Round], object]:
    return lambda round_: round_.receive(**files)


def letter(round_: Round) -> None:
    data = mail(text(), attachment("乙.xlsx", b(all=100, done=58, open=YES)))
    (round_.place("inbox") / "信.eml").write_bytes(data)


def decide(round_: Round) -> None:
    if (round_.out / label("file.decisions")).exists():
        round_.decide()


def withdraw(round_: Round) -> None:
    (round_.place("inbox") / "甲.xlsx").unlink(missing_ok=True)


def rename(round_: Round) -> None:
    path = round_.place("inbox") / "乙.xlsx"
    if path.exists():
        path.rename(path.with_name("乙局.xlsx"))


def spoil(round_: Round) -> None:
    (round_.out / SUMMARY).write_bytes(b"somebody's")


def lose_returned(round_: Round) -> None:
    for path in (round_.out / RETURNED).glob("*.xlsx"):
        path.unlink()


def edit_returned(round_: Round) -> None:
    for path in (round_.out / RETURNED).glob("*.xlsx"):
        path.write_bytes(path.read_bytes() + b" ")


ACTIONS: dict[str, Callable[[Round], object]] = {
    "nothing": lambda _: None,
    "a report": receive(甲=a(all=100, done=50)),
    "another": receive(乙=b(all=100, done=60, open=YES)),
    "a correction": receive(甲二=a(all=100, done=60)),
    "one that agrees": receive(乙二=b(all=100, done=50, open=YES)),
    "an empty form": receive(甲空=a()),
    "a mail": letter,
    "a file that is nothing": receive(无=b"nothing"),
    "decided": decide,
    "taken out": lambda round_: round_.run(*exclude("甲")),
    "let in again": lambda round_: round_.run(*exclude("甲", "--undo")),
    "withdrawn": withdraw,
    "renamed": rename,
    "the summary spoilt": spoil,
    "what goes back lost": lose_returned,
    "what goes back edited": edit_returned,
}


def begin(home: Path) -> Round:
    put_system(home)
    round_ = Round(home)
    round_.run(*INIT)
    return round_


def entries(round_: Round) -> dict[str, list[Any]]:
    """Every row of every table, the links of the chain among them."""
    path = round_.place("store") / "ledger.sqlite3"
    if not path.exists():
        return {}
    database = sqlite3.connect(path)
    try:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: database.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
    finally:
        database.close()


def stands(round_: Round) -> Tree:
    """All that lies in the round's folder, but the database and what is remembered."""
    left_out = ("lock", MEMORY, "ledger.sqlite3", "ledger.sqlite3-wal", "ledger.sha256")
    tree = read_tree(round_.folder)
    return {name: data for name, data in tree.items() if name.rpartition("/")[2] not in left_out}


def said(round_: Round) -> list[str]:
    """What was said, but for whether a file was written or stood there."""
    told = round_.told.getvalue().replace(str(round_.home), "")
    return [line for line in told.splitlines() if "Wrote" not in line and "unchanged" not in line]


def play(names: Sequence[str], folder: Path) -> None:
    """One round by the word of the last collection, and beside it one that remembers nothing."""
    first = begin(folder / "remembering")
    other = Round(shutil.copytree(folder / "remembering", folder / "forgetful"))
    other.day = first.day
    for number, name in enumerate(names):
        for round_ in (first, other):
            ACTIONS[name](round_)
        (other.place("store") / MEMORY).unlink(missing_ok=True)
        codes = [round_.run("collect") for round_ in (first, other)]
        where = f"{number}: {name}"
        assert codes[0] == codes[1], where
        assert said(first) == said(other), where
        assert stands(first) == stands(other), where
        assert entries(first) == entries(other), where
    if (first.place("store") / "ledger.sqlite3").exists():
        assert not audit_ledger(first.place("store"), "2099-01-01T00:00:00Z").flaws


@settings(max_examples=5, derandomize=True, deadline=None, database=None)
@given(names=st.lists(st.sampled_from(list(ACTIONS)), min_size=3, max_size=6))
@example(names=["a report", "another", "nothing", "decided", "nothing", "nothing"])
@example(names=["a report", "taken out", "let in again", "withdrawn", "nothing"])
@example(names=["a report", "nothing", "the summary spoilt", "what goes back lost", "what goes back edited", "nothing"])
def test_a_round_that_remembers_comes_to_what_one_that_does_not_comes_to(names: list[str]) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:  # noqa: S108
        play(names, Path(folder))


def test_the_property_sees_a_memory_that_forgets_what_an_answer_depends_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembering, "_FACTS", ("sha256",))  # not under which name
    with pytest.raises(AssertionError, match="renamed"):
        play(["another", "renamed"], tmp_path)


def test_the_property_sees_one_that_believes_what_stands_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartcity_xl.run.repeating.Repeating._holds", lambda *_: True)
    with pytest.raises(AssertionError, match="the summary spoilt"):
        play(["a report", "the summary spoilt"], tmp_path)


def test_the_property_sees_one_that_forgets_what_a_workbook_that_goes_back_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = fingerprint.digest_data
    monkeypatch.setattr("smartcity_xl.run.standing.digest_data", lambda *parts: digest(*parts[:2]))
    with pytest.raises(AssertionError, match="a mail"):
        play(["a report", "a mail"], tmp_path)


# --- what is read, and what is written ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    round_ = begin(tmp_path_factory.mktemp("collected"))
    round_.receive(甲=a(all=100, done=50), 乙=b(all=100, done=60, open=YES))
    letter(round_)
    round_.run("collect")
    return read_tree(round_.home)


@pytest.fixture
def round_(collected: Tree, quick_path: Path) -> Round:
    """A round that was collected, and once more where it lies now."""
    found = Round(lay_tree(quick_path / "home", collected))
    found.run("collect")
    return found


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of all parcels that are read from here on."""
    found: list[str] = []

    def teach(_: Confined, function: Callable[[Parcel], object]) -> Callable[[Parcel], object]:
        return lambda parcel: (found.append(parcel.name), function(parcel))[1]

    monkeypatch.setattr(Confined, "teach", teach)
    return found


def times(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_with_nothing_new_nothing_is_read_and_nothing_is_written(round_: Round, read: list[str]) -> None:
    before = times(round_.out)
    assert round_.run("collect") == 1
    assert (read, times(round_.out)) == ([], before)
    assert f"{label('file.summary')} stands there unchanged" in round_.told.getvalue()
    assert "Wrote" not in round_.told.getvalue()


def test_the_run_is_entered_all_the_same_and_can_be_asked_for(round_: Round) -> None:
    before, summary = entries(round_), (round_.out / SUMMARY).read_bytes()
    round_.run("collect")
    after = entries(round_)
    assert {table for table in after if after[table] != before[table]} == {
        "run", "run_submission", "finding", "decision", "link",
    } - {table for table in ("decision",) if not before[table]}  # fmt: skip
    assert [row[2:] for row in after["run"][-1:]] == [row[2:] for row in before["run"][-1:]], "at another moment"
    moment = f"{round_.day:%Y-%m-%d %H:%M:%S}+00:00"
    round_.run("collect", "--as-of", moment)
    assert (round_.out / SUMMARY).read_bytes() == summary


def test_a_decision_workbook_that_is_replaced_while_a_run_goes_on_is_looked_at_before_anything_is_entered(
    round_: Round,
) -> None:
    take = gist.take_gist

    def replaced(outcome: Outcome) -> gist.Gist:
        (round_.out / label("file.decisions")).write_bytes(b"no workbook")
        return take(outcome)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gist, "take_gist", replaced)
        round_.receive(丙=a(all=100, done=51))
        assert round_.run("collect") == 1, round_.told.getvalue()
    round_.receive(丁=a(all=100, done=52))
    before = entries(round_)
    assert round_.run("collect") == 2, round_.told.getvalue()
    assert entries(round_) == before


def test_of_ten_new_mails_ten_are_read(round_: Round, read: list[str]) -> None:
    new = [f"信{number}.eml" for number in range(10)]
    for number, name in enumerate(new):
        data = mail(text(f"{number}"), attachment("甲.xlsx", a(all=100, done=number)))
        (round_.place("inbox") / name).write_bytes(data)
    round_.run("collect")
    outer = {name.partition("/")[0] for name in read}
    assert outer == set(new)
    assert len(read) == 10 * 3, "each mail, what lies in it, and its answers"


def test_of_the_workbooks_that_go_back_those_that_say_something_else_are_made(
    round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    write = ReturnPlan.write
    monkeypatch.setattr(ReturnPlan, "write", lambda plan: made.append(plan.name) or write(plan))
    monkeypatch.setattr(cores, "count_cores", lambda: 1)
    there = {path.name for path in (round_.out / RETURNED).glob("*.xlsx")}
    assert len(there) == 2
    round_.receive(无=b"nothing")
    round_.run("collect")
    assert made == []
    for answers in ({"done": 50, "open": YES}, {"done": 50}):  # they agree; then one asks less of itself
        made.clear()
        round_.receive(**{f"乙{len(answers)}": b(all=100, **answers)})
        round_.run("collect")
    assert len(made) == 1, "that of the one who has sent something"
    lost = min(path for path in (round_.out / RETURNED).glob("*.xlsx") if path.name not in made)
    lost.unlink()
    round_.run("collect")
    assert made[1:] == [lost.name]


SPOILT: dict[str, Callable[[Round], Path]] = {
    "the summary": lambda round_: round_.out / SUMMARY,
    "the results": lambda round_: round_.out / "results.json",
    "a workbook that goes back": lambda round_: min((round_.out / RETURNED).glob("*.xlsx")),
    "the decision workbook": lambda round_: round_.out / label("file.decisions"),
}


@pytest.mark.parametrize("which", SPOILT)
def test_what_is_gone_is_written_again_and_nothing_is_read_for_it(which: str, round_: Round, read: list[str]) -> None:
    path = SPOILT[which](round_)
    before = path.read_bytes()
    path.unlink()
    round_.run("collect")
    assert (path.read_bytes(), read) == (before, [])


def test_other_settings_are_another_reading(round_: Round, read: list[str]) -> None:
    assert round_.run("collect", "--return-by", "2026-12-24") == 1
    assert read == [], "by when workbooks are wanted back is no matter of what stands in them"
    assert "Wrote" in round_.told.getvalue()
    (round_.home / "tiny" / "system.toml").write_text(
        (round_.home / "tiny" / "system.toml")
        .read_text(encoding="utf-8")
        .replace("ratio(done, all)", "ratio(all, done)"),
        encoding="utf-8",
    )
    before = (round_.out / "results.json").read_bytes()
    round_.run("collect")
    assert {name for name in read if name.endswith("xlsx")}, "the answers are held against another system"
    assert (round_.out / "results.json").read_bytes() != before


def test_what_is_wrong_with_a_command_is_told_though_nothing_is_new(round_: Round) -> None:
    before = entries(round_)
    assert round_.run("collect", "--return-by", "soon") == 2
    assert "soon" in round_.told.getvalue()
    round_.decide()  # and does not give it
    assert round_.run("collect", "--decisions", "elsewhere.xlsx") == 2
    assert "elsewhere.xlsx" in round_.told.getvalue()
    assert entries(round_) == before


# --- the program -------------------------------------------------------------------------------------------------


def test_another_program_reads_all_of_it_again(round_: Round, read: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("remembering", "repeating"):
        monkeypatch.setattr(f"smartcity_xl.run.{module}.program_digest", lambda: "another")
    round_.run("collect")
    assert {name.partition("/")[0] for name in read} == {"甲.xlsx", "乙.xlsx", "信.eml"}


def test_a_catalog_has_one_digest_in_every_process() -> None:
    told = (
        "from smartcity_xl.catalog.load import load_assignment, load_catalog\n"
        "from smartcity_xl.run.fingerprint import digest_data\n"
        "one = load_catalog('cn-2018')\nprint(digest_data(one, load_assignment(one)))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", told], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_a_link_to_itself_in_a_folder_of_settings_is_told_as_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(MachineFault, match="file-unreadable"):
        fingerprint.digest_paths([tmp_path])


# --- what is remembered ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("harm", ["flipped", "cut", "empty", "none", "a folder", "of another"])
def test_a_memory_that_is_damaged_costs_nothing_but_time(harm: str, round_: Round) -> None:
    path, before = round_.place("store") / MEMORY, (stands(round_), (round_.out / "results.json").read_bytes())
    data, dice = bytearray(path.read_bytes()), random.Random(5)  # noqa: S311 - a choice of bytes
    match harm:
        case "flipped":
            for at in dice.sample(range(100, len(data)), len(data) // 50):
                data[at] ^= 0xFF
            path.write_bytes(data)
        case "cut":
            path.write_bytes(data[: len(data) // 2])
        case "empty":
            path.write_bytes(b"")
        case "none":
            path.write_bytes(b"no database at all, but as long as one needs to be to look like one" * 99)
        case "a folder":
            path.unlink()
            path.mkdir()
        case "of another":
            path.unlink()
            database = sqlite3.connect(path)
            database.execute("CREATE TABLE known (other)")
            database.close()
    assert round_.run("collect") == 1, round_.told.getvalue()
    (round_.out / "results.json").unlink()
    assert round_.run("collect") == 1, round_.told.getvalue()
    assert (round_.out / "results.json").read_bytes() == before[1]


def test_a_value_that_is_not_as_it_was_put_is_not_there(tmp_path: Path) -> None:
    first = Memory(tmp_path / MEMORY)
    first.put("key", b"value" * 200)
    first.put("other", b"word")
    first.close()
    database = sqlite3.connect(tmp_path / MEMORY)
    database.execute("UPDATE known SET value = (SELECT value FROM known WHERE key = 'other') WHERE key = 'key'")
    database.commit()
    database.close()
    again = Memory(tmp_path / MEMORY)
    assert (again.get("key"), again.get("other")) == (None, b"word"), "nor what belongs to another key"


def test_a_memory_whose_place_the_machine_does_not_even_look_at_is_an_empty_one(tmp_path: Path) -> None:
    one = Memory(tmp_path / ("a name that is too long" * 20) / MEMORY)
    one.put("key", b"value")
    assert one.get("key") == b"value"
    one.close()
    assert one.get("key") is None


def test_what_was_of_no_use_for_the_longest_is_forgotten_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "BOUND", 1000)
    dice = random.Random(3)  # noqa: S311 - what cannot be packed
    for run in range(4):
        one = Memory(tmp_path / MEMORY)
        one.put(f"of run {run}", dice.randbytes(320))
        one.get("of run 0")
        one.close()
    last = Memory(tmp_path / MEMORY)
    there = [run for run in range(4) if last.get(f"of run {run}")]
    assert there == [0, 3], "the first was used every time"


CELLS = [
    None, "一", True, 7, 7.0, 0.1, FormulaCell("=1/3", 1 / 3), FormulaCell("=1", None), ErrorCell("#N/A"),
    FormulaCell("=NA()", ErrorCell("#N/A")), MarkedText("1 2"), PictureCell(), datetime.date(2026, 1, 2),
    datetime.datetime(2026, 1, 2, 3, 4, 5), datetime.time(3, 4),
]  # fmt: skip


def submission(cell: object) -> Submission:
    at = Origin("a.xlsx", "填报表", "D6")
    one = Answer("x", "甲", State.VALUE, Fraction(5, 3), "5/3", at, typed=Typed(cell, "0.0", "项"))
    table = TableAnswer("t", "甲", State.VALUE, (TableRow("行", {"x": one}),), at, dated_at=at)
    identity = Identity("template", "tiny", "1", "tiny", "甲", "2026", "县", "1")
    return Submission("a.xlsx", "ab", identity, {"x": one}, {"t": table}, (), {"leader.name": "王"}, (), {"x": at})


@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_a_reading_comes_back_as_it_was_to_the_very_cell(cell: object, tmp_path: Path) -> None:
    found, parcel = submission(cell), Parcel("a.xlsx", b"", "ab")
    one = Memory(tmp_path / MEMORY)
    assert Remembering(one, lambda _: b"")(lambda _: found, "read")(parcel) is found
    back = Remembering(one, lambda _: b"")(refuse, "read")(parcel)
    assert isinstance(back, Submission)
    assert back == found
    for answer in (back.answers["x"], back.tables["t"].rows[0].cells["x"]):
        assert (answer.typed.cell, answer.typed.code, answer.typed.unit) == (cell, "0.0", "项")
        assert type(answer.typed.cell) is type(cell)


_WORDS = st.text(max_size=5)
_ZONED = st.datetimes(timezones=st.just(datetime.UTC))
_TIMES = st.one_of(st.datetimes(), st.dates(), st.times(), _ZONED).filter(lambda one: not getattr(one, "fold", 0))
_SAVED = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), _WORDS, _TIMES, st.builds(ErrorCell, _WORDS),
    st.just("\ud800"), st.timedeltas(),
)  # fmt: skip


@given(_SAVED | st.builds(FormulaCell, _WORDS, _SAVED))
def test_a_reading_comes_back_as_it_was_or_is_not_remembered(cell: object) -> None:
    """Without a look whether it does: numbers beyond all, pieces of signs and spans of time among them."""
    found = submission(cell)
    try:
        kept = remembering._encode(found)
    except (ValueError, TypeError):
        return
    assert kept is not None
    back = remembering._decode(kept)
    assert isinstance(back, Submission)
    assert repr(back) == repr(found)
    assert repr(back.answers["x"].typed.cell) == repr(cell)


def kinds_in(kind: inspect.Type, seen: set[type]) -> Iterator[object]:
    """What a type is made of, down to what is made of nothing else; each frozen type once."""
    match kind:
        case inspect.StructType():
            parts = [] if kind.cls in seen else [field.type for field in kind.fields]
            seen.add(kind.cls)
        case inspect.DictType():
            parts = [kind.key_type, kind.value_type]
        case inspect.VarTupleType():
            parts = [kind.item_type]
        case inspect.UnionType():
            parts = list(kind.types)
        case inspect.CustomType() | inspect.EnumType():
            yield kind.cls
            return
        case _:
            yield type(kind)
            return
    yield from (found for part in parts for found in kinds_in(part, seen))


def test_a_reading_holds_nothing_that_could_come_back_otherwise_but_what_was_typed() -> None:
    """So nobody need look whether one does: JSON gives back texts, names of states and nothing; a fraction is written
    as it is read. A number with a point, a time, or a set would have to be looked at."""
    seen: set[type] = set()
    found = set(kinds_in(inspect.type_info(Submission), seen))
    assert found == {inspect.StrType, inspect.NoneType, State, Fraction, object}
    typed = [one for one in seen for field in fields(one) if field.type in ("object", object)]
    assert typed == [Typed], "what was typed"


def refuse(_: Parcel) -> object:
    raise AssertionError("is not to be read")


INSIDE = Parcel("信.eml/a.xlsx", b"bytes", "cd", "ab")
NOT_KEPT = {
    "a file that could not be read": NotRead("reader-time", {"limit": "9"}),
    "an archive that could not be opened": Unpacked((), (Receipt("a", "ab", "rejected", "", ()),)),
    "a number beyond all numbers": submission(float("inf")),
    "what no cell holds": submission(object()),
}


@pytest.mark.parametrize("found", NOT_KEPT.values(), ids=NOT_KEPT)
def test_what_could_be_otherwise_another_time_is_asked_again(found: object, tmp_path: Path) -> None:
    one, times = Memory(tmp_path / MEMORY), []
    for _ in range(2):
        Remembering(one, lambda _: b"")(lambda _: times.append(1) or found, "read")(Parcel("a", b"", "ab"))  # type: ignore[func-returns-value]
    assert len(times) == 2


def test_what_lies_in_a_mail_comes_from_the_store_or_is_read_again(tmp_path: Path) -> None:
    one, mailed = Memory(tmp_path / MEMORY), Parcel("信.eml", b"", "ab")
    found = Unpacked((INSIDE,), (Receipt("信.eml", "ab", "opened", "", ()),))
    Remembering(one, lambda _: b"")(lambda _: found, "look inside")(mailed)
    assert Remembering(one, {"cd": b"bytes"}.__getitem__)(refuse, "look inside")(mailed) == found
    assert Remembering(one, {}.__getitem__)(lambda _: found, "look inside")(mailed) is found
