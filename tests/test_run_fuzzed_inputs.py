"""Inputs that nobody thought of: each is a value or a finding, in time, and never a fault of ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fuzz_targets import Target, targets, try_one
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parent.parent
TARGETS = targets()


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_comes_in_is_a_value_or_a_finding(name: str) -> None:
    target = TARGETS[name]

    @settings(max_examples=target.short, derandomize=True, deadline=None, database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(target.inputs)
    def run(data: Any) -> None:
        try_one(target, data)

    run()


def test_a_reader_that_stumbles_is_seen() -> None:
    def stumble(data: bytes) -> None:
        assert isinstance(data.decode(), str)

    @settings(max_examples=200, derandomize=True, deadline=None, database=None)
    @given(st.binary(max_size=3))
    def run(data: bytes) -> None:
        try_one(Target(st.binary(), stumble, 1), data)

    with pytest.raises(UnicodeDecodeError):
        run()


def test_the_run_of_a_night_runs_every_target(tmp_path: Path) -> None:
    command = [sys.executable, "benchmarks/fuzz.py", "--inputs", "3", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(name in done.stdout for name in TARGETS)
