"""What is installed is locked with its hashes, may be used under our licence, and is told."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import bundle
import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PLACE = ROOT / "requirements"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("runtime.txt", "dev.txt", "tools.txt")
PAGE = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
EXTRAS_UNDER_LGPL = {"sevenzip", "tnef", "postgres"}


@pytest.fixture
def sbom(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(PLACE))
    return import_module("sbom")


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(PLACE))
    return import_module("audit")


def plain(name: str) -> str:
    return re.sub("[-_.]+", "-", name).casefold()


def wanted(lock: str) -> list[Requirement]:
    """What the project itself asks for, of what a lock file locks."""
    groups, project = PROJECT["dependency-groups"], PROJECT["project"]
    if lock == "tools.txt":
        return [Requirement(one) for one in groups["tools"]]
    named = [*project["dependencies"], *groups["build"]]
    named += project["optional-dependencies"]["dev"] if lock == "dev.txt" else ()
    return [Requirement(one) for one in named]


# --- lock files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_names_all_that_is_asked_for_with_hashes_and_no_place(lock: str, sbom: Any) -> None:
    text = (PLACE / lock).read_text(encoding="utf-8")
    locked = sbom.read_lock(text)
    assert all(one.hashes for one in locked)
    assert not re.search("//|index|find-links|constraint|^-", text, re.MULTILINE), "no host, no path, no option"
    versions: dict[str, set[str]] = {}
    for one in locked:
        versions.setdefault(one.name, set()).add(one.version)
    for asked in wanted(lock):
        assert versions.get(plain(asked.name)), f"{asked.name}: make lock"
        assert all(asked.specifier.contains(one) for one in versions[plain(asked.name)]), f"{asked}: make lock"


def test_the_developers_lock_holds_the_versions_of_the_others(sbom: Any) -> None:
    runtime, dev = ({(one.name, one.version) for one in sbom.read_lock((PLACE / name).read_text(encoding="utf-8"))}
                    for name in ("runtime.txt", "dev.txt"))  # fmt: skip
    assert runtime <= dev, "make lock"


@pytest.mark.parametrize(
    "line", ["click", "click==8.1", "click==8.1 --hash=sha256:00", "--index-url x", "-e .", "click @ file:///x"]
)
def test_a_line_that_locks_nothing_is_seen(line: str, sbom: Any) -> None:
    with pytest.raises(ValueError, match="no line of a lock file"):
        sbom.read_lock((PLACE / "runtime.txt").read_text(encoding="utf-8") + line + "\n")


def test_every_installation_goes_by_a_lock_file() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    installs = [line for line in lines if line.startswith("\t") and ("$(PIP)" in line or " install " in line)]
    installs = [line for line in installs if "$(APT)" not in line and "libreoffice" not in line and "echo" not in line]
    assert len(installs) >= 5
    for line in installs:
        assert "--require-hashes -r" in line or "--no-deps --no-build-isolation -e ." in line, line


# --- licences ----------------------------------------------------------------------------------------------------


def stated(name: str) -> str:
    """The licence that an installed package states: as an expression, as a text, or as a classifier."""
    found = metadata.metadata(name)
    text = found.get("License-Expression") or ""
    kinds = [one for one in found.get_all("Classifier") or [] if one.startswith("License ::")]
    return text or " ".join([(found.get("License") or "").split("\n")[0], *kinds])


def is_copyleft(licence: str) -> bool:
    """Whether a licence is one of the GNU family, whatever it is called."""
    return bool(re.search(r"\b[AL]?GPL|General Public", licence))


def is_gpl(licence: str) -> bool:
    return is_copyleft(licence) and not re.search(r"LGPL|Lesser", licence)


@pytest.mark.parametrize(
    ("licence", "copyleft", "gpl"),
    [
        ("GPL-3.0-only", True, True), ("GNU General Public License v2", True, True), ("AGPL-3.0", True, True),
        ("LGPL-2.1-or-later", True, False), ("GNU Lesser General Public License v3 (LGPLv3)", True, False),
        ("LGPL", True, False), ("MIT", False, False), ("BSD-3-Clause", False, False), ("", False, False),
    ],
)  # fmt: skip
def test_a_licence_of_the_gnu_family_is_seen(licence: str, copyleft: bool, gpl: bool) -> None:
    assert (is_copyleft(licence), is_gpl(licence)) == (copyleft, gpl)


def test_every_package_that_is_needed_is_told_with_the_licence_that_it_states(sbom: Any) -> None:
    told = sbom.read_licences(PAGE)
    locked = {one.name for one in sbom.read_lock((PLACE / "runtime.txt").read_text(encoding="utf-8"))}
    assert told.keys() == locked, "the table of docs/dependencies.md"
    installed = {plain(one.name) for one in metadata.distributions()}
    words = {"BSD": "BSD", "MPL": "Mozilla|MPL", "Apache": "Apache", "PSF": "PSF", "ISC": "ISC", "MIT": "MIT"}
    looked = 0
    for name, licence in told.items():
        assert not is_copyleft(licence), name
        if name not in installed or not (said := stated(name)).strip():
            continue
        looked += 1
        assert not is_copyleft(said), name
        first = re.match("[A-Za-z]+", licence)
        assert first, name
        assert re.search(words[first.group()], said), f"{name} states {said}, the table {licence}"
    assert looked > len(told) // 2


def test_nothing_that_is_installed_is_under_the_gpl() -> None:
    for one in metadata.distributions():
        assert not is_gpl(stated(one.name)), one.name


def test_what_is_under_the_lgpl_is_asked_for_by_extras_alone() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    lesser = {plain(one.name) for one in metadata.distributions() if is_copyleft(stated(one.name))}
    assert {"py7zr", "tnefparse"} <= lesser, "the look finds what there is"
    for asked in (*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["build"]):
        assert plain(Requirement(asked).name) not in lesser
    for extra, asks in extras.items():
        if extra != "dev":
            under = any(plain(Requirement(one).name) in lesser for one in asks)
            assert under == (extra in EXTRAS_UNDER_LGPL)


def test_every_package_of_an_extra_is_told_with_the_licence_that_it_states(sbom: Any) -> None:
    told = sbom.read_extras(PAGE)
    extras = {k: asks for k, asks in PROJECT["project"]["optional-dependencies"].items() if k != "dev"}
    asked = {plain(Requirement(one).name): extra for extra, asks in extras.items() for one in asks}
    assert {name: extra for name, (extra, _) in told.items()} == asked, "the second table of docs/dependencies.md"
    words = {"BSD": "BSD", "Apache": "Apache", "MIT": "MIT", "LGPL": "LGPL"}
    for name, (extra, licence) in told.items():
        family = licence.partition("-")[0]
        assert re.search(words[family], stated(name)), f"{name} states {stated(name)}, the table {licence}"
        assert (family == "LGPL") == (extra in EXTRAS_UNDER_LGPL), name


# --- what a release consists of ----------------------------------------------------------------------------------


def test_the_bill_of_a_release_names_every_package_with_hashes_and_licence(sbom: Any, tmp_path: Path) -> None:
    sbom.main(tmp_path / "dist" / "sbom.cdx.json")
    data = (tmp_path / "dist" / "sbom.cdx.json").read_bytes()
    bill = json.loads(data)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    locked = sbom.read_lock((PLACE / "runtime.txt").read_text(encoding="utf-8"))
    packages, more = bill["components"][: len(locked)], bill["components"][len(locked) :]
    assert [one["purl"] for one in packages] == [f"pkg:pypi/{one.name}@{one.version}" for one in locked]
    optional, vendored = [one for one in more if "scope" in one], [one for one in more if "scope" not in one]
    assert {one["name"]: one["scope"] for one in optional} == dict.fromkeys(sbom.read_extras(PAGE), "optional")
    packages += optional
    assert bill["metadata"]["component"]["licenses"] == [{"expression": PROJECT["project"]["license"]}]
    assert all(one["licenses"] and one["externalReferences"][0]["hashes"] for one in packages)
    assert [one["purl"] for one in vendored] == ["pkg:npm/echarts@6.1.0"]
    assert all(one["licenses"] and one["hashes"] for one in vendored)
    assert len({one["bom-ref"] for one in bill["components"]}) == len(bill["components"])
    assert sbom.write_sbom(bill["metadata"]["component"]["version"]) == data


# --- known vulnerabilities ---------------------------------------------------------------------------------------

SKIPPED = {"name": "a", "skip_reason": "not found"}
SOUND = {"name": "b", "version": "1", "vulns": []}
HOLED = {"name": "c", "version": "1", "vulns": [{"id": "PYSEC-0000-1", "fix_versions": ["2"]}]}


@pytest.mark.parametrize(
    ("writes", "code", "says"),
    [
        ([SOUND, HOLED], 1, "c 1: PYSEC-0000-1, mended by 2"), ([SOUND], 0, "1 of 1 packages looked up"),
        ([SKIPPED, SOUND], 0, "1 of 2 packages looked up"), (None, 0, "No package was looked up"),
    ],
    ids=["a hole", "none", "one unknown", "no network"],
)  # fmt: skip
def test_a_known_vulnerability_fails_and_a_lack_of_network_does_not(
    writes: list[Any] | None, code: int, says: str, tmp_path: Path, audit: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "program"
    body = "raise SystemExit(1)"
    if writes is not None:
        body = f"open(sys.argv[-1], 'w').write({json.dumps({'dependencies': writes})!r})\nraise SystemExit({code})"
    program.write_text(f"#!{sys.executable}\nimport sys\n{body}\n", encoding="utf-8")
    program.chmod(0o755)
    assert audit.main(str(program)) == code
    assert says in capsys.readouterr().out
    assert audit.main(str(tmp_path / "none")) == 0


def test_make_runs_it_before_the_tests() -> None:
    plan = subprocess.run(["make", "-n", "-B", "test"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "requirements/audit.py" in plan


def test_make_lets_programs_keep_what_they_compile() -> None:
    """Where each compiles the package anew, tests that start many take half as long again."""
    told = ["make", "-s", "--eval", "shown: ; @echo [$${PYTHONDONTWRITEBYTECODE-none}]", "shown"]
    given = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    assert subprocess.run(told, cwd=ROOT, env=given, capture_output=True, text=True, check=True).stdout == "[none]\n"


# --- a network that fails now and then -----------------------------------------------------------------------------


@pytest.mark.parametrize(("succeeds_at", "code"), [(1, 0), (3, 0), (4, 2)])
def test_make_asks_three_times_for_what_a_network_did_not_bring(succeeds_at: int, code: int, tmp_path: Path) -> None:
    told = tmp_path / "told"
    tried = f"shown: ; @$(AGAIN) sh -c 'echo x >> {told}; test $$(wc -l < {told}) -ge {succeeds_at}'"
    command = ["make", "-s", "PAUSES=0 0 0", "--eval", tried, "shown"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == code
    assert told.read_text(encoding="utf-8") == "x\n" * min(3, succeeds_at)


def test_make_asks_again_for_all_that_a_network_brings() -> None:
    pages = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    asks = [line for line in pages if re.match(r"\t.*(\$\(PIP\)|-m pip|\$\(APT\)|apt-get )", line)]
    assert len(asks) >= 6
    assert [line for line in asks if not re.search(r"\$\((PIP|AGAIN)\)", line)] == []


@pytest.mark.parametrize(("fails", "code"), [(0, 0), (2, 0), (3, 1)])
def test_a_bundle_asks_three_times_for_its_wheels(
    fails: int, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told"
    pip = f"import sys; open(sys.argv[1], 'a').write('x'); sys.exit(len(open(sys.argv[1]).read()) <= {fails})"
    monkeypatch.setattr(bundle, "PIP", (sys.executable, "-c", pip, str(told)))
    monkeypatch.setattr(bundle, "PAUSES", (0, 0))
    if code:
        with pytest.raises(subprocess.CalledProcessError):
            bundle.download(tmp_path, bundle.here(), ())
    else:
        bundle.download(tmp_path, bundle.here(), ())
    assert told.read_text(encoding="utf-8") == "x" * min(3, fails + 1)
