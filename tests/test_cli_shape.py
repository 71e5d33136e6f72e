"""The shape of the command line: a command is one file, an option is declared once, a page of help is quick."""

from __future__ import annotations

import ast
import inspect
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

import click
import pytest

from smartcity_xl.cli import build_cli

ROOT = Path(__file__).parent.parent
FOLDER = Path("smartcity_xl", "cli", "commands")
FILES = tuple(
    path.relative_to(ROOT) for path in sorted((ROOT / FOLDER).rglob("*.py")) if path.name != "__init__.py"
)  # fmt: skip
HEAVY = {"openpyxl", "pandas", "xlsxwriter", "python_calamine", "numpy", "docx", "sqlite3", "imapclient", "fractions"}
LIGHT = re.compile(r"smartcity_xl(\.(cli|messages)(\..*)?|\.(errors|shipped))?")


def words(file: Path) -> tuple[str, ...]:
    """The words that call the command of a file."""
    parts = file.relative_to(FOLDER).with_suffix("").parts
    return tuple(part.rstrip("_").replace("_", "-") for part in parts)


def all_commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words that call every command that holds no others."""
    if not isinstance(command, click.Group):
        yield path
        return
    for name, inner in command.commands.items():
        yield from all_commands(inner, (*path, name))


def run(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Call the package that lies in a folder."""
    given = {**os.environ, "PYTHONPATH": str(home), "COLUMNS": "80", **environment}
    command = [sys.executable, "-m", "smartcity_xl", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=given, cwd=home, encoding="utf-8")


def test_every_file_is_a_command_and_every_command_a_file() -> None:
    assert sorted(all_commands(build_cli("en"))) == sorted(map(words, FILES))


@pytest.mark.parametrize("file", FILES, ids=str)
def test_every_command_has_the_same_shape(file: Path) -> None:
    module = import_module(".".join(file.with_suffix("").parts))
    assert (module.__doc__ or "").startswith(f"``{' '.join(('xlscore', *words(file)))}``: ")
    command = next(iter(inspect.signature(module.run).parameters))
    taken = list(inspect.signature(module.run).parameters)
    declared = [re.sub(r"^--", "", one.names[-1]).replace("-", "_") for one in module.PARAMETERS]
    assert taken == [command, *declared], "run takes what is declared, in the order of the help page"
    assert inspect.signature(module.run).return_annotation == "int"


# --- a newcomer's command ----------------------------------------------------------------------------------------

COMMAND = '''"""``xlscore {words}``: whether an inbox is there."""

from pathlib import Path

import click

from smartcity_xl.cli import options
from smartcity_xl.cli.shape import argument, option
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, Speaker

PARAMETERS = (
    argument("inbox", "{code}_inbox", type=options.PATH),
    option("--loud", says="{code}_loud", is_flag=True),
    options.OVERWRITE,
)


def run(speaker: Speaker, inbox: Path, loud: bool, overwrite: bool) -> int:
    said = speaker.say("{code}_said", inbox=inbox)
    click.echo(said.upper() if loud else said)
    return CLEAN if inbox.exists() else NEEDS_A_PERSON
'''
SENTENCES = """
[{code}]
zh = "看看收件文件夹在不在。"
en = "Look whether an inbox is there."
[{code}_example]
zh = "xlscore {words} 收件"
en = "xlscore {words} inbox"
[{code}_inbox]
zh = "收件文件夹"
en = "the inbox"
[{code}_loud]
zh = "大声说"
en = "Say it loud"
[{code}_said]
zh = "看过 {{inbox}}"
en = "Looked at {{inbox}}"
"""


@pytest.mark.parametrize("name", ["look_around", "catalog/look", "is_"])
def test_a_command_is_added_by_one_file_and_its_sentences(name: str, tmp_path: Path) -> None:
    code = name.replace("/", "_").rstrip("_")
    called = name.rstrip("_").replace("_", "-").split("/")
    copied = shutil.copytree(
        ROOT / "smartcity_xl", tmp_path / "smartcity_xl", ignore=shutil.ignore_patterns("__pycache__")
    )
    given = {"code": code, "words": " ".join(called)}
    (copied / "cli" / "commands" / f"{name}.py").write_text(COMMAND.format(**given), encoding="utf-8")
    with (copied / "messages" / "cli.toml").open("a", encoding="utf-8") as sentences:
        sentences.write(SENTENCES.format(**given))

    done = run(tmp_path, "--lang", "en", *called, "--loud", str(tmp_path))
    assert (done.returncode, done.stdout) == (0, f"LOOKED AT {tmp_path}\n".upper()), done.stderr
    assert run(tmp_path, *called, "--lang", "zh", "nowhere").returncode == 1
    page = run(tmp_path, "--lang", "zh", *called, "--help").stdout
    assert all(text in page for text in ("看看收件文件夹在不在。", "文件夹  收件文件夹", "大声说", "覆盖", "--lang"))
    above = run(tmp_path, "--lang", "en", *called[:-1], "--help").stdout
    assert re.search(rf"^  {called[-1]} +Look whether an inbox is there\.$", above, re.MULTILINE), "last in the help"
    assert run(tmp_path, "--lang", "en", *called).returncode == 2


# --- each option once --------------------------------------------------------------------------------------------


def declared(source: str) -> Iterator[str]:
    """The options and arguments that a file declares."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if called in ("option", "Option", "Parameter"):
            yield from (text for text in texts(node) if text.startswith("-"))


def texts(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value


def declared_twice(files: Mapping[str, str]) -> set[str]:
    counted = Counter(name for source in files.values() for name in declared(source))
    return {name for name, number in counted.items() if number > 1}


def test_each_option_is_declared_once() -> None:
    files = {str(path): path.read_text(encoding="utf-8") for path in (ROOT / "smartcity_xl" / "cli").rglob("*.py")}
    assert declared_twice(files) == set()
    assert len([name for source in files.values() for name in declared(source)]) > 25


@pytest.mark.parametrize(
    "planted",
    ['option("--out", says="x")', 'shape.option("-o", "--out", says="x", is_flag=True)', 'click.Option(["--out"])'],
)
def test_an_option_that_is_declared_again_is_seen(planted: str) -> None:
    assert declared_twice({"a": 'OUT = option("--out", says="out")', "b": f"X = ({planted},)"}) == {"--out"}


def test_what_a_single_command_takes_stands_in_its_own_file() -> None:
    source = (ROOT / "smartcity_xl" / "cli" / "options.py").read_text(encoding="utf-8")
    shared = re.findall(r"^([A-Z_]+) = (?:option|argument)\(", source, re.MULTILINE)
    others = [path for path in (ROOT / "smartcity_xl" / "cli").rglob("*.py") if path.name != "options.py"]
    code = [path.read_text(encoding="utf-8") for path in others]
    # of every command, of the whole, and of all that work for a round
    everywhere = {"LANG", "JSON", "QUIET", "VERBOSE", "VERSION", "NO_CAMPAIGN"}
    used = {name: sum(bool(re.search(rf"\boptions\.{name}\b", one)) for one in code) for name in shared}
    assert {name: number for name, number in used.items() if number < 2 and name not in everywhere} == {}


# --- quick -------------------------------------------------------------------------------------------------------

PAGES = """
import sys
from smartcity_xl.cli import run_cli
for words in sys.argv[1:]:
    assert run_cli([*words.split(), "--help"]) == 0
print("LOADED", *sys.modules)
"""


def loaded(*pages: str) -> set[str]:
    """What is loaded once these pages of help are shown."""
    done = subprocess.run([sys.executable, "-c", PAGES, *pages], capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("LOADED")[2].split())


def test_no_page_of_help_loads_what_a_run_needs() -> None:
    there = loaded("", *(" ".join(words(file)) for file in FILES))
    assert there & HEAVY == set()
    assert [name for name in there if name.startswith("smartcity_xl") and not LIGHT.fullmatch(name)] == []
