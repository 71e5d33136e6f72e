"""The script that goes through folders of public files: each is told, and one that ends its process ends no other."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from support import filled, put

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "corpora.py"


@pytest.fixture(scope="module")
def corpora() -> ModuleType:
    spec = importlib.util.spec_from_file_location("corpora", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["corpora"] = module
    spec.loader.exec_module(module)
    return module


def test_every_file_is_told_and_its_sheets_are_read(corpora: ModuleType, tmp_path: Path) -> None:
    form = filled("education", schools_k12_total=600)
    runs = list(corpora.run_all(put(tmp_path, {"a/b.pdf": b"%PDF-1.4", "表.xlsx": form}), 600, 4096, 2))
    assert [(run.name, run.told) for run in runs] == [("a/b.pdf", "other-file"), ("表.xlsx", "USED")]
    assert "6 sheets" in runs[1].read
    assert any(line.startswith("| other-file | info | 1 |") for line in corpora.summarise(runs))


def test_a_file_that_ends_its_process_or_never_ends_is_told(
    corpora: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(path: Path) -> tuple[str, str]:
        if path.name == "dies":
            os._exit(3)
        if path.name == "waits":
            signal.pause()
        raise MemoryError

    passed = [0.0]
    monkeypatch.setattr(corpora, "say_told", spoil)
    monkeypatch.setattr(corpora, "time", SimpleNamespace(monotonic=lambda: passed[0], sleep=time.sleep))
    runs = corpora.run_all(put(tmp_path, {"dies": b"x", "raises": b"x", "waits": b"x"}), 5, 4096, 3)
    told = [next(runs), next(runs)]  # while the third waits
    passed[0] = 5.1
    told += runs
    assert {run.name: run.told for run in told} == {"dies": "CRASHED", "raises": "CRASHED", "waits": "TOO LONG"}
