"""Exit codes and streams, the same for every command; ``--quiet`` and ``--verbose``, which mean the same for all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import click
import pytest
from support import filled, put

from smartcity_xl.cli import build_cli, run_cli
from smartcity_xl.cli.speech import Speaker, tell_written
from smartcity_xl.errors import MachineFault, UsageFault


def all_commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words that call every command that holds no others."""
    if not isinstance(command, click.Group):
        yield path
        return
    for name, inner in command.commands.items():
        yield from all_commands(inner, (*path, name))


COMMANDS = tuple(all_commands(build_cli("en")))


def module_of(words: tuple[str, ...]) -> ModuleType:
    name = ".".join(word.replace("-", "_") for word in words)
    try:
        return import_module(f"smartcity_xl.cli.commands.{name}")
    except ImportError:
        return import_module(f"smartcity_xl.cli.commands.{name}_")


def called(words: tuple[str, ...]) -> list[str]:
    """The command with something in the place of all that it must be given."""
    command: click.Command = build_cli("en")
    for word in words:
        assert isinstance(command, click.Group)
        command = command.commands[word]
    needed = [one for one in command.params if one.required]
    options = [word for one in needed if isinstance(one, click.Option) for word in (one.opts[-1], "x")]
    return [*words, *options, *("x" for one in needed if isinstance(one, click.Argument))]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a round, for the commands that do nothing without one."""
    folder = tmp_path_factory.mktemp("volume") / "round"
    words = ("--catalog", "cn-2018", "--city", "云溪市", "--round", "2026", "--deadline", "2026-12-31")
    assert run_cli(["init", str(folder), *words]) == 0
    return folder


ENDS = [0, 1, 3, UsageFault("campaign-and-none"), MachineFault("folder-gone", reason="planted"), KeyboardInterrupt()]
CODES = {0: 0, 1: 1, 3: 3, "UsageFault": 2, "MachineFault": 3, "KeyboardInterrupt": 130}


def let_it_end(words: tuple[str, ...], end: int | BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    """Let the command say something on each stream and end so; gives the exit code that is due."""

    def run(speaker: Speaker, **_: object) -> int:
        click.echo("SAID")
        speaker.give("planted/1", found=[Path("甲.xlsx")])
        tell_written(speaker, [Path("乙.xlsx")])
        speaker.tell("stage_over")
        if isinstance(end, BaseException):
            raise end
        return end

    monkeypatch.setattr(module_of(words), "run", run)
    return CODES[type(end).__name__ if isinstance(end, BaseException) else end]


DOCUMENT = {"schema": "planted/1", "found": ["甲.xlsx"], "written": ["乙.xlsx"]}
TOLD = "Nothing is left to do in this round."


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_ends_and_speaks_in_the_same_way(
    words: tuple[str, ...], home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    for end in ENDS:
        due = let_it_end(words, end, monkeypatch)
        for volume in ((), ("--quiet",), ("--verbose",)):
            assert run_cli(["--lang", "en", *called(words), *volume]) == due, (end, volume)
            out, err = capsys.readouterr()
            silent = volume == ("--quiet",) and due == 0
            assert ("SAID" in out, bool(err)) == (not silent, not silent), (end, volume)
            assert "SAID" not in err
            logged = re.findall(r"^\d\d:\d\d:\d\d (begin|end): ", err, re.MULTILINE)
            assert logged == (["begin", "end"][: 1 + (type(end) is int)] if volume == ("--verbose",) else [])
            assert (out == "") == silent, "with --quiet and nothing to do nothing is said"


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_tells_what_it_found_as_one_document(
    words: tuple[str, ...], home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alone on standard output, whatever the exit code; where the command broke off, that and why."""
    monkeypatch.chdir(home)
    for end in ENDS:
        due = let_it_end(words, end, monkeypatch)
        for volume in ((), ("--quiet",), ("--verbose",)):
            assert run_cli(["--lang", "en", *called(words), "--json", *volume]) == due, (end, volume)
            out, err = capsys.readouterr()
            if due == 130:
                assert out == "", "Ctrl-C"
            else:
                told = json.loads(out)
                refused = isinstance(end, BaseException)
                assert told == DOCUMENT or (refused and told["schema"] == "xlscore-refused/1" and told["exit"] == due)
            assert bool(err) == (volume != ("--quiet",) or due != 0), (end, volume)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_wrong_usage_is_told_on_standard_error_alone(
    words: tuple[str, ...], home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    for wrong in (("--nonsense",), ("--quiet", "--verbose")):
        assert run_cli(["--lang", "en", *called(words), *wrong]) == 2
        out, err = capsys.readouterr()
        assert (out, bool(err)) == ("", True)


# --- real runs ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return put(tmp_path_factory.mktemp("volume-inbox") / "inbox", {"机要保密局.xlsx": filled()})


def test_a_quiet_look_is_silent_and_json_is_told_all_the_same(
    inbox: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ("--out", str(tmp_path / "out"), "--no-campaign")
    ledger = ("--ledger", str(tmp_path / "out" / "ledger"), "--no-campaign")
    assert run_cli(["collect", str(inbox), *out]) in (0, 1)
    capsys.readouterr()
    assert run_cli(["status", *ledger, "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert run_cli(["status", *ledger, "--quiet", "--json"]) == 0
    said = capsys.readouterr()
    assert (json.loads(said.out)["schema"], said.err) == ("xlscore-status/2", "")


def test_the_log_of_a_collection_counts_its_steps(
    inbox: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run_cli(
        ["--lang", "en", "collect", str(inbox), "--out", str(tmp_path / "out"), "--no-campaign", "--verbose"]
    )
    log = [line[9:] for line in capsys.readouterr().err.splitlines() if re.match(r"\d\d:\d\d:\d\d ", line)]
    assert log[0].startswith("begin: xlscore collect (version ")
    assert "begin: Opening files" in log
    assert any(line.startswith("Checking workbooks: 1") for line in log)
    assert log[-1].startswith(f"end: exit code {code}, after ")


def test_a_quiet_run_that_asks_for_a_person_says_all_that_it_says_otherwise(
    inbox: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["--lang", "en", "check", str(inbox), "--no-campaign"]
    told = [(run_cli([*words, *volume]), *capsys.readouterr()) for volume in ((), ("--quiet",))]
    assert told[0] == told[1]
    assert told[0][0] == 1
    assert told[0][1]
