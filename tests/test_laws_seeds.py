"""Whatever the seed of the hashes, the same words and the same bytes: each job in processes of its own.

Run as a program, this file does the jobs in the folder that it is given, and prints what they say.
"""

from __future__ import annotations

import contextlib
import copy
import io
import os
import subprocess
import sys
import tomllib
from importlib import resources
from pathlib import Path

import pytest

SEEDS = ("0", "1", "2")
INBOX = Path(__file__).parent.parent / "samples" / "inbox"
_HOME = resources.files("smartcity_xl") / "catalogs" / "cn-2018"
FORWARD = "\n".join(["a = b + c + d + e", *(f"{name} = 1" for name in "bcde"), "a + b + c + d + e"])
RULES = (FORWARD, "ratio(a, b, min: 1, cap: 2, floor: 3)", "points(a, x: 1, x: 2)", "nothing(a)", "stars(4: a, 5: b)")
"""Rules that cannot be read."""
STRANGERS = tuple(f"stranger_{number}" for number in range(8))


def say(*told: object) -> None:
    sys.stdout.write("\n".join(map(str, told)) + "\n")
    sys.stdout.flush()


def lint_broken() -> None:
    """The faults of a system and of an assignment, many of each kind."""
    from smartcity_xl.catalog.build import build_assignment, build_catalog
    from smartcity_xl.catalog.lint import lint_assignment, lint_catalog
    from smartcity_xl.catalog.load import load_catalog

    system, duties = (
        tomllib.loads((_HOME / f"{name}.toml").read_text(encoding="utf-8")) for name in ("system", "luoyang-2019")
    )
    broken = copy.deepcopy(system)
    for entry, rule in zip(broken["indicators"], RULES, strict=False):
        entry["rule"] = rule
    for entry in broken["figures"][::3]:
        entry |= {"unit": "间隔", "stray": 1, "odd": 2, "idle": 3}
    catalog, faults = build_catalog(broken)
    told = [*faults, *lint_catalog(catalog)]
    broken = copy.deepcopy(duties)
    broken["figures"] = {key: ["police"] for key in STRANGERS}
    broken["indicators"] |= {key: ["police"] for key in STRANGERS}
    broken["unassigned"] = dict.fromkeys(STRANGERS[::2], "无")
    broken["departments"] += [
        {"key": key.replace("_", "-"), "name": "市某局", "aliases": list(STRANGERS)} for key in STRANGERS
    ]
    assignment, faults = build_assignment(broken, load_catalog("cn-2018"))
    told += [*faults, *lint_assignment(load_catalog("cn-2018"), assignment)]
    for fault in told:
        say(fault.words("zh"), fault.words("en"), fault.path)


def read_broken_campaign(folder: Path) -> None:
    """The faults of settings with words that nobody knows, and of a roster that lacks departments."""
    import openpyxl

    from smartcity_xl.catalog.load import load_assignment, load_catalog
    from smartcity_xl.errors import CampaignFault
    from smartcity_xl.office.campaign import read_campaign, read_roster, write_campaign, write_roster
    from smartcity_xl.office.campaign.form import ROSTER_FIRST_ROW

    given = {"city": "云溪市", "round": "2026", "systems": ["cn-2018"], "assignment": "luoyang-2019",
             "deadline": "2026-12-31T18:00:00+08:00"}  # fmt: skip
    lines = [*(f"{name} = 1" for name in STRANGERS), write_campaign(given).decode()]
    (folder / "settings.toml").write_text("\n".join(lines), encoding="utf-8")
    assignment = load_assignment(load_catalog("cn-2018"), "luoyang-2019")
    book = openpyxl.load_workbook(io.BytesIO(write_roster(assignment)))
    book.worksheets[0].delete_rows(ROSTER_FIRST_ROW + 1, 12)
    book.save(folder / "roster.xlsx")
    for read in (
        lambda: read_campaign(folder / "settings.toml"),
        lambda: read_roster(folder / "roster.xlsx", assignment),
    ):
        try:
            read()
        except CampaignFault as refused:
            say(*(fault.words("zh") for fault in refused.faults))


def do_jobs(folder: Path) -> None:
    """Every job whose words or files are compared; they are written below ``folder``."""
    from smartcity_xl.cli import run_cli

    os.chdir(folder)
    lint_broken()
    read_broken_campaign(folder)
    for command in (
        ["make-templates", "--out", "templates"],
        ["collect", str(INBOX), "--out", "once"],
        ["catalog", "assign", "cn-2018", "cn-2016", "gbt33356-2022-city", "--out", "duties.xlsx"],
        ["catalog", "export", "cn-2018", "--out", "system.xlsx"],
        ["catalog", "export", "cn-2016", "--out", "older.xlsx"],
        ["catalog", "diff", "cn-2016", "cn-2018"],
        ["catalog", "show", "cn-2018"],
    ):
        say("$", *command, "→", run_cli(["--lang", "zh", *command]))


def files_of(folder: Path) -> dict[str, bytes]:
    """All files but those of the ledger, which notes the moment."""
    return {
        name: path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "ledger" not in (name := path.relative_to(folder).as_posix()) and name != "roster.xlsx"
    }


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, dict[str, bytes]]]:
    """Seed -> what the jobs said, and the files they wrote; side by side, to be done sooner."""
    begun = {}
    for seed in SEEDS:
        folder = tmp_path_factory.mktemp(f"seed{seed}")
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"}
        with (folder.parent / f"{folder.name}.txt").open("wb") as said:
            work = subprocess.Popen([sys.executable, __file__, str(folder)], env=env, stdout=said, stderr=said)
        begun[seed] = (work, folder, folder.parent / f"{folder.name}.txt")
    found = {}
    for seed, (work, folder, told) in begun.items():
        said_ = told.read_text(encoding="utf-8").replace(str(folder), "·") if work.wait(600) == 0 else ""
        assert said_, told.read_text(encoding="utf-8")
        found[seed] = (said_, files_of(folder))
    return found


def test_the_jobs_say_and_write_much(runs: dict[str, tuple[str, dict[str, bytes]]]) -> None:
    """Else the comparison would prove nothing."""
    said, files = runs[SEEDS[0]]
    assert all(stranger in said for stranger in STRANGERS)
    assert "“b” to be defined above" in said or "“b”" in said
    assert {"once/汇总.xlsx", "once/results.json", "once/裁定表.xlsx", "duties.xlsx", "system.xlsx"} <= files.keys()
    assert len([name for name in files if name.startswith("templates/")]) > 20


@pytest.mark.parametrize("seed", SEEDS[1:])
def test_no_seed_changes_a_word_or_a_byte(seed: str, runs: dict[str, tuple[str, dict[str, bytes]]]) -> None:
    (said, files), (first_said, first_files) = runs[seed], runs[SEEDS[0]]
    assert said.splitlines() == first_said.splitlines()
    assert files.keys() == first_files.keys()
    assert [name for name in files if files[name] != first_files[name]] == []


if __name__ == "__main__":
    with contextlib.redirect_stderr(sys.stdout):
        do_jobs(Path(sys.argv[1]))
