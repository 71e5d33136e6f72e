"""What a command found as one document: each has a schema that is documented, with the fields that are there."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from processes import run_on_a_terminal
from support import filled, put

from smartcity_xl.cli import build_cli, run_cli
from smartcity_xl.cli.table import aligned

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
ROWS = {
    schema: (commands, fields)
    for commands, schema, fields in re.findall(r"^\| (`.+`) \| `(xlscore-.+/\d)` \| (.+) \|$", PAGE, re.MULTILINE)
}
"""Schema -> the commands whose documents have it, and what the page says of their fields."""


def test_every_command_has_a_documented_schema() -> None:
    told = {command for commands, _ in ROWS.values() for command in re.findall(r"`([a-z- ]+)`", commands)}
    plain = {command for command in told if "--" not in command}
    cli = build_cli("en")
    known = {
        " ".join([name, *inner])
        for name, command in cli.commands.items()  # type: ignore[attr-defined]
        for inner in ([[sub] for sub in command.commands] if hasattr(command, "commands") else [[]])
    }
    assert plain == known


def test_every_schema_in_the_program_is_documented_and_none_else() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "smartcity_xl" / "cli").rglob("*.py")]
    given = {one for text in sources for one in re.findall(r'"(xlscore-[a-z-]+/\d)"', text)}
    assert given | {"xlscore-compare/1", "xlscore-province/1", "xlscore-firm/1"} == set(ROWS)


class Round:
    """A small collection, and what commands tell of it."""

    def __init__(self, folder: Path) -> None:
        self.inbox = put(folder / "inbox", {"机要保密局.xlsx": filled()})
        self.out = folder / "out"
        self.ledger = ("--ledger", str(self.out / "ledger"))


@pytest.fixture(scope="module")
def round_(tmp_path_factory: pytest.TempPathFactory) -> Round:
    made = Round(tmp_path_factory.mktemp("json"))
    assert run_cli(["collect", str(made.inbox), "--out", str(made.out), "--no-campaign"]) in (0, 1)
    return made


def real(round_: Round, name: str, tmp: Path) -> list[str]:
    """A real call of a command."""
    inbox, out = str(round_.inbox), str(tmp / "out")
    results = str(round_.out / "results.json")
    return {
        "collect": ["collect", inbox, "--out", out, "--no-campaign"],
        "check": ["check", inbox, "--no-campaign"],
        "status": ["status", *round_.ledger, "--no-campaign"],
        "trace": ["trace", "L6P1-A1", *round_.ledger, "--no-campaign"],
        "audit": ["audit", *round_.ledger, "--no-campaign"],
        "whatif": ["whatif", "leak_events=1", *round_.ledger, "--no-campaign"],
        "export": ["export", results, "--out", out, "--no-campaign"],
        "filing": ["filing", *round_.ledger, "--out", out, "--provisional", "--no-campaign"],
        "exclude": ["exclude", "机要保密局.xlsx", "--reason", "试填", "--by", "李四", *round_.ledger, "--no-campaign"],
        "catalog list": ["catalog", "list"],
        "catalog show": ["catalog", "show", "cn-2016"],
        "catalog lint": ["catalog", "lint", "cn-2016"],
        "catalog diff": ["catalog", "diff", "cn-2016", "cn-2018"],
        "init": [
            "init",
            out,
            "--catalog",
            "cn-2018",
            "--city",
            "云溪市",
            "--round",
            "2026",
            "--deadline",
            "2026-12-31",
        ],
        "rehearse": ["rehearse", out],
    }[name]


NAMES = (
    "collect", "check", "status", "trace", "audit", "whatif", "export", "filing", "exclude", "catalog list",
    "catalog show", "catalog lint", "catalog diff", "init", "rehearse",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_real_document_has_the_fields_that_are_documented(
    round_: Round, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run_cli([*real(round_, name, tmp_path), "--json", "--quiet"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert code in (0, 1)
    commands, told = ROWS[document.pop("schema")]
    assert f"`{name}`" in commands
    fields = set(re.findall(r"`([a-z_0-9]+)`", told))
    assert document
    assert document.keys() <= fields | {"written"}
    assert [field for field in ("found", "systems", "files", "findings", "cities") if document.get(field) == []] == []


# --- what could not be done -------------------------------------------------------------------------------------


def all_commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, inner in getattr(command, "commands", {}).items():
        yield from all_commands(inner, (*words, name))
    if not hasattr(command, "commands"):
        yield words


@pytest.mark.parametrize("words", list(all_commands(build_cli("en"))), ids=" ".join)
def test_a_command_that_is_typed_wrongly_is_refused_as_data_too(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli([*words, "--json", "--no-such-option", "--lang", "en"]) == 2
    out, told = capsys.readouterr()
    refused = json.loads(out)
    assert refused.pop("said") == told.rstrip("\n")
    assert refused == {"schema": "xlscore-refused/1", "exit": 2, "code": "misuse"}
    assert run_cli([*words, "--no-such-option"]) == 2
    assert capsys.readouterr().out == ""


def test_in_a_round_before_its_first_collection_the_lists_of_status_are_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = ["--catalog", "cn-2018", "--city", "云溪市", "--round", "2026", "--deadline", "2026-12-31"]
    assert run_cli(["init", str(tmp_path / "轮"), *begun]) == 0
    capsys.readouterr()
    assert run_cli(["status", "--campaign", str(tmp_path / "轮"), "--json", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out) == {"schema": "xlscore-status/2", "systems": [], "open": []}


# --- tables ------------------------------------------------------------------------------------------------------


def test_a_table_is_plain_in_a_pipe_and_fits_a_terminal(round_: Round) -> None:
    command = [sys.executable, "-m", "smartcity_xl", "status", *round_.ledger, "--no-campaign", "--lang", "zh"]
    own = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    wide = run_on_a_terminal(command, {**own, "TERM": "xterm"}, 200).out.decode()
    narrow = run_on_a_terminal(command, {**own, "TERM": "xterm"}, 60).out.decode()
    dumb = run_on_a_terminal(command, {**own, "TERM": "dumb"}, 60).out.decode()
    assert "\x1b[1m单位" in wide
    assert "\x1b" not in dumb
    signs = re.compile(r"\x1b\[[0-9;]*m")
    table = [signs.sub("", line).rstrip() for line in narrow.splitlines()]
    first = next(number for number, line in enumerate(table) if line.startswith("单位"))
    assert [line for line in table[first:] if places(line) > 60] == []
    rows = [line for line in dumb.splitlines() if "机要保密局" in line]
    assert len(rows) == 1
    shown = signs.sub("", wide)
    assert [cell for cell in rows[0].split() if cell not in shown] == []


def places(text: str) -> int:
    return sum(2 if "\u2e80" <= sign <= "\uffef" else 1 for sign in text)


def test_an_ideograph_takes_two_places_in_a_plain_table() -> None:
    assert list(aligned([["部门", "x"], ["abcdef", "y"]])) == ["部门    x", "abcdef  y"]
