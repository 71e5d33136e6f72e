"""Who may read what a round writes, and where the people stand whom the departments name."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from leaks import read_words
from make_samples import fill_workbook
from tiny_round import FIRST, INIT, KEY, SECOND, YES, Round, put_system, remembered, system
from tiny_round import assignment as assigned

from smartcity_xl.form.template import Issue
from smartcity_xl.messages import label

PEOPLE = {
    FIRST: {"leader.name": "赵演甲", "leader.phone": "0379-0000-0011", "contact.name": "钱演甲",
            "contact.phone": "0379-0000-0012", "contact.mail": "jia@example.com"},
    SECOND: {"leader.name": "赵演乙", "leader.phone": "0379-0000-0021", "contact.name": "钱演乙",
             "contact.phone": "0379-0000-0022", "contact.mail": "yi@example.com"},
}  # fmt: skip
ANSWERS = {FIRST: {"all": 100, "done": 50}, SECOND: {"all": 100, "done": 60, "open": YES}}
SUMMARY, RESULTS = label("file.summary"), "results.json"


def report(department: str) -> bytes:
    key = next(one.key for one in assigned().departments.values() if one.name == department)
    given = {"answers": ANSWERS[department], "people": PEOPLE[department]}
    return fill_workbook(system()[0], assigned(), key, Issue("2026", "清溪县", "2026-12-31", key=KEY), given)


def play(home: Path) -> tuple[Round, str]:
    """A round from its beginning to its letters; gives all that was said on the terminal too."""
    put_system(home)
    round_, said = Round(home), ""
    with remembered():
        for words in (INIT, ("make-templates",)):
            assert round_.run(*words) == 0
        round_.receive(甲=report(FIRST), 乙=report(SECOND))
        for words in (
            ("collect",), ("collect",), ("status",), ("trace", "L1P1-A1"), ("remind",), ("audit", "--repair"),
            ("exclude", "甲.xlsx", "--reason", "测试", "--by", "办公室"),
        ):  # fmt: skip
            round_.run(*words)
            said += round_.told.getvalue()
    return round_, said


@pytest.fixture(scope="module", params=[0o022, 0o077], ids=["022", "077"])
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Round, str, int]]:
    home = tmp_path_factory.mktemp("round")
    before = os.umask(request.param)
    try:
        yield *play(home), request.param
    finally:
        os.umask(before)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_nothing_that_a_round_writes_is_open_to_more_than_the_umask_says(played: tuple[Round, str, int]) -> None:
    round_, _, mask = played
    found = list(round_.folder.rglob("*"))
    assert len(found) > 30
    for path in found:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert not mode & mask, f"{path.name}: {mode:o}"
        assert path.is_dir() or not mode & 0o001 or path.suffix in (".sh", ".desktop"), f"{path.name}: {mode:o}"


def mentions(path: Path, department: str) -> set[str]:
    text = "\n".join(read_words(path)) if path.suffix != ".txt" else path.read_text(encoding="utf-8")
    return {word for word in PEOPLE[department].values() if word in text}


def test_people_stand_only_where_a_purpose_needs_them(played: tuple[Round, str, int]) -> None:
    """The summary's sheet of people, the record that it is made from, what goes back to their own department, and the
    bytes as they came; in no list of conflicts, no decision workbook, no letter to others, and not on the terminal."""
    round_, said, _ = played
    out, store = round_.out, round_.place("store")
    returned = sorted((out / label("file.returned_folder")).glob("*.xlsx"))
    assert returned
    for department, other in ((FIRST, SECOND), (SECOND, FIRST)):
        assert mentions(out / SUMMARY, department) == set(PEOPLE[department].values())
        places = {path for path in round_.folder.rglob("*") if path.is_file() and store not in path.parents}
        places -= {out / SUMMARY, out / RESULTS, *round_.place("inbox").iterdir()}
        own = {path for path in returned if department in path.name}
        for path in places - own:
            assert not mentions(path, department), path.name
        for path in own:
            assert not mentions(path, other), path.name
        assert not {word for word in PEOPLE[department].values() if word in said}


def test_the_guard_sees_people(played: tuple[Round, str, int]) -> None:
    round_, _, _ = played
    assert mentions(round_.place("inbox") / "甲.xlsx", FIRST) == set(PEOPLE[FIRST].values())
    assert mentions(round_.out / RESULTS, SECOND) == set(PEOPLE[SECOND].values())


def test_the_entries_of_the_ledger_name_nobody(played: tuple[Round, str, int]) -> None:
    """The database has hashes, file names, addresses of senders, figures and findings; people stand in the store."""
    data = (played[0].place("store") / "ledger.sqlite3").read_bytes()
    for department in PEOPLE:
        assert not [word for word in PEOPLE[department].values() if word.encode() in data]
