"""What the documents say is what the program does."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from transcript import fill

from smartcity_xl.catalog.load import load_catalog
from smartcity_xl.cli import build_cli, run_cli
from smartcity_xl.form.checks import CHECKS, SHEET_CHECKS
from smartcity_xl.messages import LANGUAGES, label
from smartcity_xl.rules.syntax import RuleError, parse_rule

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
COMMANDS = tuple(build_cli("en").commands)


def all_commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command and the words that call it, groups before what they hold."""
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from all_commands(inner, (*path, name))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", [path for path, _ in all_commands(build_cli("en"))])
def test_the_page_of_the_command_line_shows_the_help_as_it_is(
    language: str, command: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run_cli(["--lang", language, *command, "--help"]) == 0
    shown = capsys.readouterr().out.rstrip()
    block = f"```text\n$ xlscore {' '.join([*command, '--help'])}\n{shown}\n```"
    assert block in PAGE, f"docs/command-line.md is stale; it should hold:\n{block}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_option_and_command_has_help_and_an_example(language: str) -> None:
    for path, command in all_commands(build_cli(language)):
        assert command.help
        if not isinstance(command, click.Group):
            assert command.example.startswith(" ".join(["xlscore", *path]))  # type: ignore[attr-defined]
        assert all(option.help for option in command.params if isinstance(option, click.Option))


PAGES = [ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md")] + sorted(
    (ROOT / "docs").glob("*.md")
)
TYPED = sorted({
    line.strip().removeprefix("$ ") for page in PAGES for line in page.read_text(encoding="utf-8").splitlines()
    if line.strip().removeprefix("$ ").startswith("xlscore ") and not re.search("[…，；。]|--help", line)
})  # fmt: skip


@pytest.mark.parametrize("line", TYPED)
def test_every_command_that_a_page_types_is_one_that_the_program_takes(line: str) -> None:
    """Its options and arguments, and the figures that it tries."""
    words = shlex.split(line, comments=True)[1:]
    command: click.Command = build_cli("en")
    while isinstance(command, click.Group) and words:
        command = command.commands[words.pop(0)]
    given = command.make_context("xlscore", words).params
    if command.name == "whatif":
        figures = [one for figures in load_catalog("cn-2018").figures_of.values() for one in figures]
        known = {name for one in figures for name in (one.key, one.label, *(slot.key for slot in one.slots))}
        assert {one.partition("=")[0] for one in given["given"] if "=" in one} <= known


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readmes_name_only_what_exists(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / target).exists(), target
    for command in re.findall(r"xlscore ([a-z][a-z-]+)", text):
        assert command in COMMANDS
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)`?", text)) <= targets


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("page", "first"), [("round", "总览"), ("province", "首页")])
def test_the_handbook_names_only_sheets_that_exist(language: str, page: str, first: str) -> None:
    text = (ROOT / "docs" / "handbook" / language / f"{page}.md").read_text(encoding="utf-8")
    labels = tomllib.loads((ROOT / "smartcity_xl/messages/labels.toml").read_text(encoding="utf-8"))["sheet"]
    table = text[text.index(f"| {first} |") :].partition("\n\n")[0]
    named = [
        sheet for line in table.splitlines() for sheet in line.split("|")[1].strip().replace(", ", "、").split("、")
    ]
    assert len(named) > 8
    assert set(named) <= set(labels.values())


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_commands_of_the_readmes_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In their order, as they stand; those that need a mailbox say so, and are known to the command line."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XLSCORE_LANG", "zh")
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    text, ran = (ROOT / name).read_text(encoding="utf-8"), []
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    for line in "".join(blocks).splitlines():
        words = shlex.split(line, comments=True)
        if words[0] == "cd":
            monkeypatch.chdir(words[1])
        elif words[:2] != ["pip", "install"]:
            assert words[0] == "xlscore"
            if "mailbox" in line or "邮箱" in line:
                assert words[1] in COMMANDS
                continue
            ran.append(words[1])
            assert run_cli(words[1:]) in (0, 1), line
            if Path("下发").exists() and words[1] == "make-templates":
                form = Path("下发") / "01-市政务服务和大数据局.xlsx"
                (Path("收件") / form.name).write_bytes(fill(form.read_bytes(), {}, whole=True))
    assert ran == ["make-templates", "collect", "init", "make-templates", "collect", "status", "trace", "audit"]


def test_ci_runs_the_command_that_the_readme_gives() -> None:
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").rstrip().endswith("exec make test")


def test_the_first_command_of_the_readme_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = re.findall(
        r"^\t\$\(BIN\)/xlscore ([^|\n]*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    demo = [shlex.split(words) for words in recipe if "out/" in words]
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    monkeypatch.chdir(tmp_path)
    assert [run_cli(words) for words in demo] == [0, 1], "the planted faults need a person"
    assert len(list(Path("out/templates").glob("*.xlsx"))) > 20
    assert (Path("out/summary") / label("file.summary")).exists()


def test_the_page_of_the_results_names_every_key(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    assert run_cli(["collect", str(ROOT / "samples" / "inbox"), "--out", str(tmp_path)]) == 1
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    figure = next(figure for figure in results["figures"] if figure["answers"] and figure["kind"] != "table")
    dimension = results["dimensions"][0]
    category = dimension["categories"][0]
    records = (
        results, results["total"], results["catalog"], dimension, category, category["indicators"][0], figure,
        figure["answers"][0], results["departments"][0], results["findings"][0], results["files"][0],
        (conflict := results["conflicts"][0]), (side := conflict["sides"][0]), side["answers"][0], side["scores"][0],
    )  # fmt: skip
    for key in {key for record in records for key in record}:
        assert f"`{key}`" in page or f"`{key}[]`" in page, key


def test_the_rule_page_lists_every_function_and_no_other() -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    table = page[page.index("## Functions") : page.index("## Rounding")]
    named = set(re.findall(r"`([a-z]+)\(", table))
    with pytest.raises(RuleError) as refused:
        parse_rule("nosuchfunction(1)")
    known = set(refused.value.expected.removeprefix("one of the functions ").split(", "))
    assert named == known


def test_the_catalog_page_names_every_field_that_is_read() -> None:
    page = (ROOT / "docs" / "catalog.md").read_text(encoding="utf-8")
    source = (ROOT / "smartcity_xl" / "catalog" / "load.py").read_text(encoding="utf-8")
    fields = set(
        re.findall(
            r"(?:entry|top)\.(?:text|texts|number|integer|choice|parsed|entries|optional_number)\(\"(\w+)\"", source
        )
    )
    assert {field for field in fields if not re.search(rf"\b{field}\b", page)} == set()


def test_the_page_of_the_campaign_names_every_setting_and_that_of_the_documents_every_outline() -> None:
    from smartcity_xl.documents import load_outlines
    from smartcity_xl.office.campaign.form import SETTINGS

    campaign = (ROOT / "docs" / "campaign.md").read_text(encoding="utf-8")
    assert [setting.key for setting in SETTINGS if f"`{setting.name}`" not in campaign] == []
    documents = (ROOT / "docs" / "documents.md").read_text(encoding="utf-8")
    assert [outline.id for outline in load_outlines() if f"`{outline.id}`" not in documents] == []


def test_help_is_quick_because_heavy_imports_wait() -> None:
    program = "import sys; from smartcity_xl.cli import run_cli; run_cli(['--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"openpyxl", "pandas", "xlsxwriter", "python_calamine", "numpy", "smartcity_xl.run"}


def test_the_changelog_tells_of_this_version() -> None:
    from smartcity_xl import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_page_of_the_checks_names_every_check_and_no_other() -> None:
    page = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    modules = {check.__module__.rpartition(".")[2] for check in (*CHECKS, *SHEET_CHECKS)} | {"jump"}
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == modules


def test_what_is_evaluated_is_a_city_by_one_word() -> None:
    """城市, as in 城市名单, 各城市汇总 and --city; districts and counties are cities here. See the glossary."""
    texts = [*(ROOT / "smartcity_xl" / "messages").glob("*.t*"), *(ROOT / "docs").glob("*.md")]
    texts += [*(ROOT / "docs" / "handbook" / "zh").glob("*.md"), ROOT / "README.zh-CN.md"]
    assert [path.name for path in texts if path.name != "glossary.md" and "市县" in path.read_text("utf-8")] == []
