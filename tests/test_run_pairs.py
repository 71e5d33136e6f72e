"""Two commands at once in one round, as real processes: each is done or says who is in the way, and nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
import tiny_round
from ledger_work import rows
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


def start(folder: Path, command: Sequence[str]) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "smartcity_xl", "--lang", "en", *command]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(line, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(one: subprocess.Popen[str]) -> tuple[int, str]:
    told, _ = one.communicate(timeout=300)
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


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: " beside ".join(" ".join(one[:2]) for one in pair))
def test_two_commands_at_once(begun: Path, tmp_path: Path, pair: tuple[Sequence[str], Sequence[str]]) -> None:
    both, one = (shutil.copytree(begun, tmp_path / name) for name in ("both", "one"))
    ended = [finish(each) for each in [start(both / "round", command) for command in pair]]
    for command, (code, told) in zip(pair, ended, strict=True):
        assert code in (0, 1, BUSY), told
        if code == BUSY:
            assert "run again" in told.casefold(), told
            alone(both, command)
    alone(both, COLLECT, AUDIT)
    alone(one, *pair, COLLECT)
    assert state(both / "round") == state(one / "round")
