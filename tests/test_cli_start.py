"""What a start loads: the first page of help next to nothing, a look at a ledger no more than it needs. What is loaded
is counted, for seconds say more of the machine than of the program."""

from __future__ import annotations

import gc
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import filled, put

import smartcity_xl.cli as cli
from smartcity_xl.cli import choose_language, ending, kept_page, page_file, run_cli, run_words, stopping
from smartcity_xl.messages import LANGUAGES

ROOT = Path(__file__).parent.parent
HEAVY = {
    "openpyxl", "pandas", "xlsxwriter", "python_calamine", "numpy", "docx", "lxml", "imapclient", "imaplib", "smtplib",
    "ssl", "multiprocessing", "concurrent.futures", "email", "http", "xml", "tomllib", "tomli_w", "importlib.metadata",
    "importlib.resources", "_strptime", "unittest", "asyncio", "rich", "logging", "fractions",
}  # fmt: skip
"""Libraries that neither a page of help nor a look at a ledger has any use for."""
HELP = re.compile(r"smartcity_xl(\.cli)?")
HEAVY_FOR_HELP = {"pathlib", "re", "typing"}
"""Those that all else has a use for."""
LOOK = re.compile(
    r"smartcity_xl(\.(cli|messages)(\..*)?|\.(errors|shipped)|\.books(\.identity)?"
    r"|\.ledger(\.(asking|bundles|chain|checksum|database|door|entering|faults|opening|places|records|schema|store|times))?"
    r"|\.results(\.(glance|points|runs|status|trace))?|\.run(\.(looking|orders))?)?"
)
PROGRAM = """
import sys
from smartcity_xl.cli import run_cli
code = run_cli(sys.argv[1:])
print("LOADED", code, *sys.modules)
"""


def loaded(home: Path, *words: str) -> set[str]:
    """What is loaded once a command is done, which it must be well; ``home`` is where the program lies."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, check=True, cwd=home,
        env={"PYTHONPATH": str(home), "PYTHONSAFEPATH": "1", "LANG": "C.UTF-8", "PATH": "", "SYSTEMROOT": ""},
    )  # fmt: skip
    code, *modules = done.stdout.rpartition("LOADED ")[2].split()
    assert code == ("1" if words[0] == "collect" else "0"), done.stderr  # its one workbook leaves much open
    return set(modules)


def too_much(modules: set[str], allowed: re.Pattern[str]) -> list[str]:
    """What of it is not needed."""
    own = {name for name in modules if name.partition(".")[0] == "smartcity_xl" and not allowed.fullmatch(name)}
    return sorted(own | (modules & (HEAVY | HEAVY_FOR_HELP if allowed is HELP else HEAVY)))


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("start")
    inbox = put(folder / "inbox", {"机要.xlsx": filled()})
    assert run_cli(["collect", str(inbox), "--out", str(folder / "out"), "--no-campaign"]) in (0, 1)
    made = str(folder / "out" / "ledger")
    for words, _ in commands(made).values():
        loaded(ROOT, *words)  # the first of all keeps what the program's own TOML holds
    return made


def commands(ledger: str) -> dict[str, tuple[tuple[str, ...], re.Pattern[str]]]:
    there = ("--ledger", ledger, "--no-campaign")
    return {
        "help": (("--help",), HELP), "status": (("status", *there), LOOK), "trace": (("trace", "L1P1-A1", *there), LOOK)
    }  # fmt: skip


@pytest.mark.parametrize("name", ["help", "status", "trace"])
def test_a_start_loads_no_more_than_it_needs(name: str, ledger: str) -> None:
    words, allowed = commands(ledger)[name]
    assert too_much(loaded(ROOT, *words), allowed) == []


@pytest.mark.parametrize(
    ("name", "file", "line"),
    [("help", "cli/__init__.py", "import smartcity_xl.cli.options"), ("help", "__init__.py", "import typing"),
     ("status", "results/status.py", "import email"),
     ("status", "results/glance.py", "import smartcity_xl.results.record"),
     ("trace", "ledger/__init__.py", "import smartcity_xl.books.pages"),
     ("trace", "ledger/door.py", "import smartcity_xl.model")],
)  # fmt: skip
def test_an_import_too_many_is_seen(name: str, file: str, line: str, ledger: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "smartcity_xl", tmp_path / "smartcity_xl", ignore=shutil.ignore_patterns("catalogs"))
    place = tmp_path / "smartcity_xl" / file
    place.write_text(f"{place.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    words, allowed = commands(ledger)[name]
    assert line.split()[-1] in too_much(loaded(tmp_path, *words), allowed)


def collected_again(home: Path, ledger: str) -> set[str]:
    """What a collection with nothing new loads that a look does not."""
    folder = Path(ledger).parent
    words = ("collect", str(folder.parent / "inbox"), "--out", str(folder), "--no-campaign")
    loaded(home, *words)  # another program may have collected last
    return loaded(home, *words)


HEAVY_WHEN_REPEATED = HEAVY | {
    "dataclasses", "shutil", "lzma", "calendar", "unicodedata", "smartcity_xl.arrival.nearby", "smartcity_xl.cli.page",
    "smartcity_xl.model.answers", "smartcity_xl.model.rulings", "smartcity_xl.model.whole",
    "smartcity_xl.office.campaign.form", "smartcity_xl.rules",
}  # fmt: skip
"""What a collection with nothing new has no use for, beside what a look has none for."""


def test_a_collection_with_nothing_new_loads_little_more_than_a_look(ledger: str) -> None:
    modules = collected_again(ROOT, ledger)
    assert modules & HEAVY_WHEN_REPEATED == set()
    assert len([name for name in modules if name.startswith("smartcity_xl.")]) < 75


@pytest.mark.parametrize(
    ("file", "line", "seen"),
    [("run/files.py", "import dataclasses", "dataclasses"), ("ledger/door.py", "import shutil", "lzma"),
     ("arrival/steady.py", "from smartcity_xl.model import Finding", "smartcity_xl.model.whole"),
     ("run/choice.py", "from smartcity_xl.results.previous import row_key", "fractions"),
     ("cli/shape.py", "from smartcity_xl.cli.page import wrap", "unicodedata")],
)  # fmt: skip
def test_an_import_too_many_of_a_collection_is_seen(
    file: str, line: str, seen: str, ledger: str, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "smartcity_xl", tmp_path / "smartcity_xl")
    place = tmp_path / "smartcity_xl" / file
    place.write_text(f"{place.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    assert seen in collected_again(tmp_path, ledger) & HEAVY_WHEN_REPEATED


# command -> whether garbage was looked for when it began, and when it ended; before that, where it is, what the start
# made was set apart
GARBAGE = {"status": [False, False], "trace": [False, False], "audit": [False, False, True]}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_looked_for_by_all_but_a_look(name: str, ledger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    what = ("L1P1-A1",) if name == "trace" else ()
    monkeypatch.setattr(sys, "argv", ["xlscore", name, *what, "--ledger", ledger, "--no-campaign"])
    found = []
    monkeypatch.setattr(gc, "freeze", lambda: found.append(gc.isenabled()))
    monkeypatch.setattr(ending, "end_process", sys.exit)
    monkeypatch.setattr(stopping.STOPPING, "times", 0)  # as what hears Ctrl-C, it is here what it was
    monkeypatch.setattr(stopping.STOPPING, "listen", lambda: found.append(gc.isenabled()))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert (ended.value.code, found, gc.isenabled()) == (0, GARBAGE[name], True)


# --- the page that stands written --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_written_page_of_help_is_the_one_that_is_made(
    language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run_words(["--lang", language, "--help"]) == 0
    assert capsys.readouterr().out == kept_page(language), "messages/help.*.txt is stale: make docs"


# what was typed -> whether the written page answers it
ASKED: dict[tuple[str, ...], bool] = {
    ("--help",): True, ("--lang", "en", "--help"): True, ("--help", "--lang=zh"): True,
    ("--lang", "fr", "--help"): False,
    ("--lang", "zh", "--lang", "en", "--help"): False, ("--help", "--help"): False, ("status", "--help"): False,
    ("--lang", "--help"): False, ("--lang",): False, (): False, ("--help", "status"): False,
}  # fmt: skip


@pytest.mark.parametrize("words", ASKED)
def test_the_written_page_answers_for_itself_alone(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(cli, "run_words", lambda _: 42)
    written = run_cli(words) == 0
    assert (written, capsys.readouterr().out) == (ASKED[words], kept_page(choose_language(words)) if written else "")


@pytest.mark.parametrize(("columns", "lines"), [("60", 60), ("79", 79)])
def test_a_narrow_terminal_gets_a_page_of_its_width(
    columns: str, lines: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert run_cli(["--lang", "en", "--help"]) == 0
    page = capsys.readouterr().out
    assert page != kept_page("en")
    assert max(map(len, page.splitlines())) < lines


def test_a_written_page_is_found_where_the_folder_of_the_command_line_is_not_on_the_disk() -> None:
    """A bundle of a program has its code in one file, and beside it the folders of its data alone."""
    assert Path(page_file("en")) == ROOT / "smartcity_xl" / "messages" / "help.en.txt"


def test_a_written_page_of_other_sentences_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = Path(page_file("en"))
    for name in ("cli.toml", page.name):
        shutil.copy(page.with_name(name), tmp_path)
    monkeypatch.setattr(cli, "_MESSAGES", tmp_path)
    assert kept_page("en")
    with (tmp_path / "cli.toml").open("a", encoding="utf-8") as sentences:
        sentences.write("\n[one]\nzh = '一'\nen = 'one'\n")
    assert kept_page("en") == ""


def test_what_writes_and_what_opens_mails_is_not_loaded_before_anything_is_read() -> None:
    program = "import sys, smartcity_xl.run.collecting; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {"smartcity_xl.summary", "xlsxwriter", "email"}.isdisjoint(done.stdout.split())
