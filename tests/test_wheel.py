"""The wheel, as a user installs it: in an empty environment, with nothing but what it names, it does the main job."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from bundle import BUILDERS, download, here
from first_hour import Newcomer, first_summary, practise, report_and_correct
from release import build, release
from sbom import read_lock
from support import figures_sheet, value_cell

from smartcity_xl import __version__

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
pytestmark = pytest.mark.wheel
Xlscore = Callable[..., subprocess.CompletedProcess[str]]


def names(requirements: list[str]) -> set[str]:
    """The names of distributions, without versions and conditions."""
    return {one.split(">")[0].split(";")[0].split("[")[0].strip().casefold() for one in requirements}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder from which the program is installed without a network, for this machine."""
    home = tmp_path_factory.mktemp("environment") / "bundle"
    subprocess.run([sys.executable, str(ROOT / "requirements" / "bundle.py"), str(home), "--here"], check=True)
    return home


def install(bundle: Path) -> subprocess.CompletedProcess[str]:
    """Run the bundle's own script, where the system allows it out of reach of any network."""
    alone = ["unshare", "--map-root-user", "--net"]
    able = shutil.which("unshare") and not subprocess.run([*alone, "true"], capture_output=True, check=False).returncode
    told = [*(alone if able else ()), "sh", str(bundle / "install.sh")]
    given = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    return subprocess.run(
        told, capture_output=True, text=True, env=given | {"PYTHON": sys.executable, "PIP_NO_COMPILE": "1"}, check=False
    )


@pytest.fixture(scope="module")
def environment(bundle: Path) -> Path:
    """An environment that holds the wheel and what it asks for."""
    done = install(bundle)
    assert done.returncode == 0, done.stderr
    return bundle / "xlscore"


@pytest.fixture(scope="module")
def xlscore(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Xlscore:
    """Calls the installed command in a folder of its own, out of reach of the source."""
    home = tmp_path_factory.mktemp("office")
    place = environment / ("Scripts" if os.name == "nt" else "bin")
    given = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    given |= {"XLSCORE_LANG": "en", "PYTHONUTF8": "1"}

    def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [str(place / "xlscore"), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, encoding="utf-8", env=given, cwd=home)

    return call


def test_the_hashes_of_a_bundle_are_those_of_its_files(bundle: Path, environment: Path) -> None:
    lines = (bundle / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    told = dict(reversed(line.split("  ", 1)) for line in lines)
    there = [path for path in bundle.rglob("*") if path.is_file() and environment not in path.parents]
    found = {path.relative_to(bundle).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in there}
    assert found == told | {"SHA256SUMS": found["SHA256SUMS"]}
    assert any(name.startswith("wheels/smartcity_xl-") for name in told)


def test_a_wheel_that_was_changed_is_not_installed(bundle: Path, tmp_path: Path) -> None:
    other = shutil.copytree(bundle, tmp_path / "bundle", ignore=shutil.ignore_patterns("xlscore"))
    (wheel,) = (other / "wheels").glob("xlrd-*.whl")
    wheel.write_bytes(wheel.read_bytes() + b"x")
    done = install(other)
    assert done.returncode != 0
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in done.stderr


# --- the source as it is released ------------------------------------------------------------------------------------

TESTERS = {"pytest", "iniconfig", "hypothesis", "sortedcontainers"}
CHOSEN = (
    "test_rules_exact", "test_rules_syntax", "test_catalog", "test_score_tree", "test_form_reading",
    "test_run_end_to_end",
)  # fmt: skip
"""Tests of every step from a rule to a summary, which ask for nothing of the developers but ``TESTERS``."""


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files of a release, by their endings."""
    dist = tmp_path_factory.mktemp("released") / "dist"
    release(dist)
    return {path.suffix: path for path in dist.iterdir()}


@pytest.fixture(scope="module")
def source(released: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, unpacked."""
    folder = tmp_path_factory.mktemp("source")
    shutil.unpack_archive(released[".gz"], folder, filter="data")
    (found,) = folder.iterdir()
    return found


def test_the_sdist_holds_the_files_of_the_repository_and_no_other(released: dict[str, Path]) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("no repository that says which files belong to it")
    told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    with tarfile.open(released[".gz"]) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    assert names == {*told.split("\0")[:-1], "PKG-INFO"}, "git add what belongs to it, and ignore what does not"


def test_the_wheel_that_is_built_from_the_sdist_has_the_same_bytes(
    released: dict[str, Path], source: Path, tmp_path: Path
) -> None:
    (wheel,) = (path for path in build(source, tmp_path) if path.suffix == ".whl")
    assert wheel.read_bytes() == released[".whl"].read_bytes()


def install_sdist(environment: Path, bundle: Path, sdist: Path, home: Path) -> Path:
    """Another environment with what the program asks for, in which it is built and installed from its sdist, without an
    index; with it come those who run tests. Gives its Python."""
    other = home / "other"
    shutil.copytree(environment, other, symlinks=True, copy_function=os.link)
    python = other / "bin" / "python"
    more = [one for one in read_lock((ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8"))
            if one.name in TESTERS | BUILDERS]  # fmt: skip
    (home / "more").mkdir()
    download(home / "more", here(), more)
    pip = [str(python), "-m", "pip", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "uninstall", "-y", "smartcity_xl"], check=True)
    found = ["--no-index", "--find-links", str(home / "more"), "--find-links", str(bundle / "wheels")]
    given = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    told = [*pip, "install", "--no-compile", *found, str(sdist), *sorted(TESTERS)]
    subprocess.run(told, cwd=home, env=given, check=True)
    return python


def test_the_sdist_passes_its_tests_in_an_environment_of_its_own(
    environment: Path, bundle: Path, released: dict[str, Path], source: Path, tmp_path: Path
) -> None:
    """Neither the developers' packages nor the source from which it was made are in reach."""
    python = install_sdist(environment, bundle, released[".gz"], tmp_path)
    given = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}
    asked = [python, "-P", "-c", "import smartcity_xl; print(smartcity_xl.__file__)"]
    found = subprocess.run(asked, cwd=source, env=given, capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()).is_relative_to(tmp_path / "other")
    files = [f"tests/{name}.py" for name in CHOSEN]
    told = [python, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", *files]
    tried = subprocess.run(told, cwd=source, env=given, capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert int(tried.stdout.split(" passed")[0].split()[-1]) > 500, "the tests were there, and none was passed over"


def test_what_is_cited_is_this_version() -> None:
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {__version__}\n" in cited


def check_types(environment: Path, program: Path) -> subprocess.CompletedProcess[str]:
    """Let mypy look at a program that uses the installed wheel, away from the source."""
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    told = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--python-executable", str(python)]
    given = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MYPY"))}
    command = [*told, str(program)]
    return subprocess.run(command, cwd=program.parent, env=given, capture_output=True, text=True, check=False)


def test_a_typed_program_is_sound_by_the_types_that_are_installed(environment: Path, tmp_path: Path) -> None:
    program = Path(shutil.copy(ROOT / "tests" / "data" / "typed_program.py", tmp_path))
    done = check_types(environment, program)
    assert done.returncode == 0, done.stdout
    text = program.read_text(encoding="utf-8")
    program.write_text(text.replace("xl.assess(inbox)", "xl.assess(1)") + "\nxl.score_all()\n", encoding="utf-8")
    told = check_types(environment, program).stdout
    assert "[arg-type]" in told
    assert "[attr-defined]" in told


def test_nothing_of_the_developers_is_there(environment: Path) -> None:
    there = {path.name.split("-")[0].casefold().replace("_", "-") for path in environment.rglob("*.dist-info")}
    extras = PROJECT["optional-dependencies"]
    assert there >= names([one for one in PROJECT["dependencies"] if "sys_platform" not in one])
    assert there & names([one for group in extras.values() for one in group]) == set()


def test_templates_go_out_and_a_filled_one_is_scored(xlscore: Xlscore, tmp_path: Path) -> None:
    done = xlscore("make-templates", "--out", tmp_path / "发")
    assert (done.returncode, done.stderr) == (0, "")
    templates = list((tmp_path / "发").glob("*.xlsx"))
    assert len(templates) == 23
    cell, (path,) = value_cell("secrecy", "leak_events"), [path for path in templates if "保密" in path.name]
    book = openpyxl.load_workbook(path)
    figures_sheet(book)[cell] = 3
    (tmp_path / "收").mkdir()
    book.save(tmp_path / "收" / "填好的.xlsx")
    done = xlscore("collect", tmp_path / "收", "--out", tmp_path / "出")
    assert done.returncode == 1, done.stderr
    assert "1 of 23 departments have reported" in done.stdout
    results = json.loads((tmp_path / "出" / "results.json").read_text(encoding="utf-8"))
    (figure,) = [one for one in results["figures"] if one["key"] == "leak_events"]
    assert [(one["raw"], one["cell"], one["used"]) for one in figure["answers"]] == [("3", cell, True)]


def test_the_rehearsal_inbox_comes_to_the_answer_key(xlscore: Xlscore, tmp_path: Path) -> None:
    inbox = shutil.copytree(ROOT / "samples" / "inbox", tmp_path / "收")
    done = xlscore("collect", inbox, "--out", tmp_path / "出")
    assert done.returncode == 1, done.stderr
    key = tomllib.loads((ROOT / "samples" / "answer-key.toml").read_text(encoding="utf-8"))
    results = json.loads((tmp_path / "出" / "results.json").read_text(encoding="utf-8"))
    assert results["total"]["score"] == key["total"]
    status = xlscore("status", "--ledger", tmp_path / "出" / "ledger")
    assert (status.returncode, status.stderr) == (0, "")
    assert key["total"] in status.stdout
    traced = xlscore("trace", "L1P1-A1", "--ledger", tmp_path / "出" / "ledger", "--json")
    assert json.loads(traced.stdout)["found"]


def test_a_round_is_set_up_and_every_system_is_there(xlscore: Xlscore, tmp_path: Path) -> None:
    assert xlscore("init", tmp_path / "年", "--city", "洛阳市", "--round", "2018").returncode == 0
    systems = sorted(path.name for path in (ROOT / "smartcity_xl" / "catalogs").iterdir() if path.is_dir())
    listed = xlscore("catalog", "list").stdout
    assert sorted(line.split()[0] for line in listed.splitlines() if not line.startswith(" ")) == systems
    assert xlscore("survey", "form", "--out", tmp_path / "问卷.xlsx").returncode == 0


# --- the first hour of three newcomers -----------------------------------------------------------------------------


@pytest.fixture
def newcomer(environment: Path, tmp_path: Path) -> Newcomer:
    return Newcomer(environment, tmp_path)


def test_a_clerk_of_the_office_comes_from_the_readme_to_a_first_summary(newcomer: Newcomer) -> None:
    key = tomllib.loads((ROOT / "samples" / "answer-key.toml").read_text(encoding="utf-8"))
    assert first_summary(newcomer)["total"]["score"] == key["total"]


def test_a_clerk_of_the_office_practises_a_round_to_its_end(newcomer: Newcomer) -> None:
    assert "练完了" in practise(newcomer).out


@pytest.mark.office
def test_a_clerk_of_a_department_fills_gets_back_and_corrects(newcomer: Newcomer) -> None:
    first, second, letter = report_and_correct(newcomer)
    assert "附件" in letter
    assert (first["errors"] > 0, "not-a-number" in first["codes"]) == (True, True)
    assert (second["errors"], "not-a-number" in second["codes"]) == (0, False)
    assert second["filled"] == second["asked"]


def test_an_engineer_comes_from_a_table_of_a_text_to_a_score_in_python(newcomer: Newcomer) -> None:
    page = ROOT / "docs" / "handbook" / "zh" / "catalog.md"
    shutil.copytree(ROOT / "docs" / "handbook" / "本县指标", newcomer.folder / "本县指标")
    typed = ("三、检查", "四、分给部门", "五、不用编辑器，也可以在 Excel 里改")
    said = [told for heading in typed for told in newcomer.type_block(page, heading)]
    assert {told.code for told in said} == {0}
    ran = newcomer.run_python(page, "六、试")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
