"""The measured rounds are the same for the same seed, and the peer of the benchmarks does the same job as we do."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from smartcity_xl.run.collecting import assess, collect

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture(scope="module")
def bench() -> Iterator[dict[str, ModuleType]]:
    """The modules of the benchmarks, which are scripts and no package; afterwards nobody finds them."""
    sys.path.insert(0, str(BENCHMARKS))
    before = set(sys.modules)
    try:
        yield {name: importlib.import_module(name) for name in ("cities", "peer", "run")}
    finally:
        sys.path.remove(str(BENCHMARKS))
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(BENCHMARKS)):
                del sys.modules[name]


@pytest.fixture(scope="module")
def round_(bench: dict[str, ModuleType], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city with every kind of fault, collected by us (``ours``) and by the peer (``peer``)."""
    home = tmp_path_factory.mktemp("round")
    made = bench["cities"].make_city(home / "in", 1, bench["cities"].Shares.all_of(0.3))
    kinds = {"unreadable", "blank", "exceeding", "conflict", "duplicate", "correction", "stray", "archive", "mail"}
    assert set(made.planted) == kinds
    collect(home / "in", home / "ours")
    bench["peer"].run_city(home / "in", home / "peer")
    return home


def test_the_peer_comes_to_our_total_and_gives_back_our_workbooks(bench: dict[str, ModuleType], round_: Path) -> None:
    assert list((round_ / "peer" / "returned").iterdir())
    bench["run"].agree(round_ / "ours", round_ / "peer")


def test_a_peer_that_does_another_job_is_refused(bench: dict[str, ModuleType], round_: Path) -> None:
    one = min((round_ / "peer" / "returned").iterdir())
    kept = one.read_bytes()
    one.unlink()
    with pytest.raises(SystemExit, match="another job"):
        bench["run"].agree(round_ / "ours", round_ / "peer")
    one.write_bytes(kept)


def test_the_same_seed_gives_the_same_bytes(bench: dict[str, ModuleType], round_: Path, tmp_path: Path) -> None:
    bench["cities"].make_city(tmp_path, 1, bench["cities"].Shares.all_of(0.3))
    first = {
        path.relative_to(round_ / "in"): path.read_bytes() for path in (round_ / "in").rglob("*") if path.is_file()
    }
    assert first == {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_a_quiet_round_holds_nothing_but_the_want_of_material(bench: dict[str, ModuleType], tmp_path: Path) -> None:
    bench["cities"].make_city(tmp_path, 1)
    outcome = assess(tmp_path)
    assert {finding.code for finding in outcome.findings} <= {"evidence-none", "evidence-missing", "written-absent"}
    assert len(outcome.submissions) == 23


def test_the_runner_prints_its_table(bench: dict[str, ModuleType], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        for name in ("PYTHONPATH", "XLSCORE_LANG", "PYTHONIOENCODING"):
            patched.setenv(name, "")
        bench["run"].main(["--rounds", "1", "--only", "read"])
    told = capsys.readouterr().out
    assert "Noise" in told
    assert "| read + check a workbook as Excel saves it" in told
