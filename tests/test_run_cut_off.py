"""A whole round, cut off before any call by which it writes: the same command again ends where an uncut one does."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from ledger_work import rows
from stopping import Tree, lay_tree, read_tree, stops_in
from tiny_round import INIT, MORNING, YES, Round, a, b, put_system, remembered

from smartcity_xl.messages import label
from smartcity_xl.results.together import find_mixed

EVERY = int(os.environ.get("XLSCORE_EVERY_STEP", "7"))
"""Of the states in which a job can be stopped every so many-th is tried; 1 tries all."""
DECIDED = ("collect", "--decisions", "汇总/裁定表.xlsx")
SUMMARY, RETURNED = label("file.summary"), label("file.returned_folder")


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    with remembered():
        yield


@dataclass
class Step:
    """A command, and what happens before it that no command does."""

    words: tuple[str, ...]
    before: Callable[[Round], None] = lambda _: None


def first_reports(round_: Round) -> None:
    round_.receive(甲=a(all=100, done=50), 乙=b(all=100, done=60, open=YES))


def correction(round_: Round) -> None:
    round_.decide()
    round_.receive(丙=b(all=100, done=55, open=YES))


def loss(round_: Round) -> None:
    """An object of the store is gone, and bytes lie there that belong to nothing."""
    for path in sorted((round_.place("store") / "store").glob("??/*")):
        if path.suffix != ".json" and any(mark in path.read_bytes() for mark in (b"xl/worksheets", b'"ruling"')):
            path.unlink()
    (round_.place("store") / "store" / "stray").write_bytes(b"x")


ROUND = {
    "init": Step(INIT),
    "make-templates": Step(("make-templates",)),
    "the first collect": Step(("collect",), first_reports),
    "decided": Step(DECIDED, Round.decide),
    "corrected": Step(DECIDED, correction),
    "excluded": Step(("exclude", "丙.xlsx", "--reason", "测试", "--by", "李四")),
    "without it": Step(("collect",)),
    "admitted again": Step(("exclude", "丙.xlsx", "--undo", "--reason", "测试", "--by", "李四")),
    "repaired": Step(("audit", "--repair"), loss),
}
CODES = {"init": 0, "make-templates": 0, "excluded": 0, "admitted again": 0, "repaired": 0}


def outside(tree: Tree) -> Tree:
    """All but the ledger, and what a stopped process leaves beside its files."""
    store = label("campaign_folder.store")
    return {name: data for name, data in tree.items() if store not in name and not name.endswith(".tmp")}


def ledger_of(home: Path) -> object:
    folder = Round(home).place("store")
    if not (folder / "ledger.sqlite3").exists():
        return None
    kept = {path.name for path in (folder / "store").glob("??/*")}
    return rows(folder), kept, sorted(path.name for path in folder.glob("unclaimed/*"))


def after(home: Path) -> tuple[Tree, object]:
    return outside(read_tree(home)), ledger_of(home)


BOOK = f"round/{label('campaign_folder.summary')}/{label('file.decisions')}"


def run_again(home: Path, to: Path, step: Step) -> tuple[Tree, object]:
    """What a second run gives: the decision workbook that it is given may be one that the first has renewed."""
    round_ = Round(lay_tree(to, read_tree(home)))
    round_.day = MORNING + timedelta(days=60)
    round_.run(*step.words)
    return after(round_.home)


def assert_nothing_torn(stopped: Tree, before: Tree, done: Tree) -> None:
    """Every file is what it was or what it is to be; and none of another run stands beside one without a word of it."""
    note = f"round/{label('campaign_folder.summary')}/{label('file.unfinished')}"
    for name, data in outside(stopped).items():
        assert name == note or data in (before.get(name, data), done.get(name, data)), name
        assert name in before or name in done or name == note, name


def assert_told_where_mixed(home: Path, before: Tree, done: Tree) -> bool:
    out = Round(home).out
    pair = [out / SUMMARY, out / "results.json"]
    names = [path.relative_to(home).as_posix() for path in pair]
    if any(before.get(name) == done.get(name) for name in names):
        return False
    new = [path.exists() and path.read_bytes() == done[name] for path, name in zip(pair, names, strict=True)]
    if new == [True, False]:
        assert "results.json" in find_mixed(out)
    else:
        assert new[0] == new[1], "the summary is put in place first"
    return new == [True, False]


def lies_between(stopped: Tree, before: Tree, done: Tree) -> bool:
    """Whether a state has the summary of this run and the results of the one before: few have, and each is tried."""
    summary, results = (f"round/{label('campaign_folder.summary')}/{name}" for name in (SUMMARY, "results.json"))
    if any(before.get(name) == done.get(name) for name in (summary, results)):
        return False
    return stopped.get(summary) == done.get(summary) and stopped.get(results) != done.get(results)


def assert_same(found: tuple[Tree, object], right: tuple[Tree, object], where: str) -> None:
    here, wanted = found[0], right[0]
    assert {name for name in here.keys() | wanted.keys() if here.get(name) != wanted.get(name)} == set(), where
    assert found[1] == right[1], where


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Tree, Round]]:
    """The round as it stands before each step."""
    home = tmp_path_factory.mktemp("round")
    put_system(home)
    round_, found = Round(home), {}
    with remembered():
        for name, step in ROUND.items():
            step.before(round_)
            found[name] = (read_tree(home), round_.day)
            assert round_.run(*step.words) == CODES.get(name, 1), round_.told.getvalue()
    return found


@pytest.mark.parametrize("name", ROUND)
def test_a_step_that_is_cut_off_anywhere_is_completed_by_the_same_command(
    name: str, begun: dict[str, tuple[Tree, Round]], quick_path: Path
) -> None:
    step, (before, day) = ROUND[name], begun[name]
    whole = Round(lay_tree(quick_path / "whole", before))
    whole.day = day
    with stops_in(whole.home) as stops:
        whole.run(*step.words)
    whole_tree = read_tree(whole.home)
    done, ledger = after(whole.home)
    twice = run_again(whole.home, quick_path / "twice", step)
    assert len(stops.trees) > 3
    mixed = 0
    tried = [one for at, one in enumerate(stops.trees) if at % EVERY == 0 or lies_between(one, before, whole_tree)]
    for number, stopped in enumerate(tried):
        assert_nothing_torn(stopped, before, whole_tree)
        round_ = Round(lay_tree(quick_path / str(number), stopped))
        mixed += assert_told_where_mixed(round_.home, before, whole_tree)
        round_.day = whole.day
        code = round_.run(*step.words)
        assert code == CODES.get(name, 1) or step.words[0] == "exclude", round_.told.getvalue()
        renewed = step.words == DECIDED and stopped.get(BOOK) == done[BOOK]
        assert_same(after(round_.home), twice if renewed else (done, ledger), f"stop {number} of {len(tried)}")
        assert not list(round_.out.glob(".xlscore-*.tmp"))
    assert mixed or name not in ("decided", "without it"), "some stop lies between the two renames"
