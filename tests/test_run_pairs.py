"""Two commands at once in one round, as real processes: each is done or says who is in the way, and nothing is lost.

One is held in the middle until the other has ended: so they are there at once, whoever is quick.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
import tiny_round
from ledger_work import rows
from processes import LIMIT, RUN, count_calls, held_at, wait_until
from tiny_round import INIT, YES, Round

from smartcity_xl.messages import label

COLLECT, AUDIT, REPAIR, TEMPLATES = ("collect",), ("audit",), ("audit", "--repair"), ("make-templates", "--overwrite")
SAID = ("--reason", "试填", "--by", "李四")
FIRST_OUT, SECOND_OUT = ("exclude", "甲.xlsx", *SAID), ("exclude", "旧.xlsx", *SAID)
PAIRS: Sequence[tuple[Sequence[str], Sequence[str]]] = [
    (COLLECT, COLLECT), (COLLECT, FIRST_OUT), (COLLECT, TEMPLATES), (COLLECT, REPAIR), (FIRST_OUT, SECOND_OUT),
    (TEMPLATES, TEMPLATES),
]  # fmt: skip
BUSY = 3
KEPT = ("parcel", "sighting", "listed", "submission", "answer", "ruling")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A round that has collected once, and in whose inbox a file lies that no run has seen."""
    home = tmp_path_factory.mktemp("round")
    tiny_round.put_system(home)
    round_ = Round(home)
    assert round_.run(*INIT) == 0
    assert round_.run("make-templates") == 0
    round_.receive(甲=tiny_round.a(all=10, done=5), 旧=tiny_round.a(all=9, done=9))
    assert round_.run("collect") == 1
    round_.receive(乙=tiny_round.b(all=10, done=5, open=YES))
    return home


def start(folder: Path, code: str, command: Sequence[str]) -> subprocess.Popen[str]:
    line = [sys.executable, "-c", code, "--lang", "en", *command]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(line, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.fixture(scope="module")
def count(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sequence[str]], int]:
    """How often a command that is alone asks for something in its round's folder."""

    @cache
    def counted(command: Sequence[str]) -> int:
        folder = shutil.copytree(begun, tmp_path_factory.mktemp("alone") / "home") / "round"
        return count_calls(folder, "--lang", "en", *command, cwd=folder)

    return counted


def finish(one: subprocess.Popen[str]) -> tuple[int, str]:
    try:
        told, _ = one.communicate(timeout=3 * LIMIT)
    finally:
        one.kill()
    assert "Traceback" not in told
    return one.returncode, told


def alone(home: Path, *commands: Sequence[str]) -> None:
    """Commands one after another, in this process: what is tried here are two at once."""
    round_ = Round(home)
    round_.day = datetime.now(UTC)
    for command in commands:
        assert round_.run(*command) in (0, 1), round_.told.getvalue()


def state(folder: Path) -> object:
    """What the round has come to: all that is kept, what became of each file, and the score."""
    ledger = rows(folder / label("campaign_folder.store"))
    record = json.loads((folder / label("campaign_folder.summary") / "results.json").read_bytes())
    fates = {one["file"]: (one["status"], one["department"]) for one in record["files"]}
    return {name: ledger[name] for name in KEPT}, fates, record["total"]


def test_a_command_that_asks_for_nothing_in_its_folder_is_not_counted_by_what_it_loads(tmp_path: Path) -> None:
    assert count_calls(tmp_path, "--help", cwd=tmp_path) == 0


@pytest.mark.parametrize("share", [0.3, 0.7])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: " beside ".join(" ".join(one[:2]) for one in pair))
def test_two_commands_at_once(
    begun: Path, count: Callable[[Sequence[str]], int], tmp_path: Path, pair: Sequence[Sequence[str]], share: float
) -> None:
    both, one = (shutil.copytree(begun, tmp_path / name) for name in ("both", "one"))
    folder, gate = both / "round", tmp_path / "gate"
    reached = gate.with_name("gate.reached")
    first = start(folder, held_at(round(share * count(pair[0])), folder, gate), pair[0])
    try:
        wait_until(lambda: reached.exists() or first.poll() is not None, "the first is in the middle")
        assert reached.exists()
        second = finish(start(folder, RUN, pair[1]))
    finally:
        gate.touch()
        ended = finish(first)
    for command, (code, told) in zip(pair, (ended, second), strict=True):
        assert code in (0, 1, BUSY), told
        if code == BUSY:
            assert "run again" in told.casefold(), told
            alone(both, command)
    alone(both, COLLECT, AUDIT)
    alone(one, *pair, COLLECT)
    assert state(both / "round") == state(one / "round")
