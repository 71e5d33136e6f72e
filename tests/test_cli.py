"""The command line as its users meet it: exit codes, words, and what is left on the disk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from smartcity_xl.cli import choose_language, run_cli

INBOX = Path(__file__).parent.parent / "samples" / "inbox"


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        (["--lang", "zh"], {"LANG": "en_US.UTF-8"}, "zh"),
        (["collect", "x", "--lang=en"], {"LANG": "zh_CN.UTF-8"}, "en"),
        ([], {"XLSCORE_LANG": "zh", "LANG": "en_US.UTF-8"}, "zh"),
        ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LANG": "Chinese (Simplified)_China.936"}, "zh"),
        ([], {"LANG": "C.UTF-8"}, "en"),
        (["--lang", "fr"], {"LANG": "zh_CN.UTF-8"}, "zh"),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_systems(
    arguments: list[str], environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XLSCORE_LANG", "LC_ALL", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert choose_language(arguments) == expected


WRONG = [
    (["nonsense"], "nonsense"),
    (["collect"], "xlscore collect"),
    (["collect", "--nonsense", "x"], "--nonsense"),
    (["collect", "x", "--out"], "--out"),
    (["collect", "x", "y"], "y"),
    (["collect", "/no/such/folder"], "/no/such/folder"),
    (["--lang", "fr"], "--lang"),
    (["make-templates", "--catalog", "cn-1999"], "cn-1999"),
    (["make-templates", "--deadline", "tomorrow"], "tomorrow"),
    (["make-templates", "--deadline", "2026-W01-1"], "2026-W01-1"),
    (["make-templates", "--deadline", "20261231"], "20261231"),
]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("arguments", "named"), WRONG, ids=[" ".join(arguments) for arguments, _ in WRONG])
def test_wrong_usage_exits_with_2_and_names_what_was_wrong(
    arguments: list[str], named: str, language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLSCORE_LANG", language)
    assert run_cli(arguments) == 2
    printed = capsys.readouterr()
    assert named in printed.err
    assert "Traceback" not in printed.err + printed.out
    chinese = any("一" <= sign <= "鿿" for sign in printed.err)
    assert chinese == (language == "zh")


def test_without_arguments_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli([]) == 0
    assert "make-templates" in capsys.readouterr().out


def test_templates_are_written_once_and_left_alone_the_second_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--lang", "en", "make-templates", "--out", str(tmp_path)]
    assert run_cli(arguments) == 0
    files = sorted(tmp_path.iterdir())
    assert len(files) == 23
    before = [(path.stat().st_mtime_ns, path.read_bytes()) for path in files]
    assert run_cli(arguments) == 0
    assert [(path.stat().st_mtime_ns, path.read_bytes()) for path in files] == before
    assert "23 more stood there already" in capsys.readouterr().out


def test_a_filled_workbook_is_never_overwritten_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["make-templates", "--out", str(tmp_path)]
    assert run_cli(arguments) == 0
    filled = sorted(tmp_path.iterdir())[3]
    filled.write_bytes(b"answers")
    others = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert run_cli([*arguments, "--city", "云溪市", "--round", "2018"]) == 2
    assert filled.name in capsys.readouterr().err
    assert filled.read_bytes() == b"answers"
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == others
    assert run_cli([*arguments, "--city", "云溪市", "--round", "2018", "--overwrite"]) == 0
    assert filled.read_bytes().startswith(b"PK")


def test_a_file_where_the_output_folder_should_be_is_a_mistake_of_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    for arguments in (["make-templates"], ["collect", str(INBOX)]):
        assert run_cli(["--lang", "en", *arguments, "--out", str(tmp_path / "taken")]) == 2
        assert "is a file, and a folder is wanted there" in capsys.readouterr().err
    assert (tmp_path / "taken").read_text() == "a file, not a folder"


@pytest.mark.summary
def test_a_summary_inside_the_inbox_is_not_taken_for_an_answer(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(INBOX, tmp_path / "inbox")
    out = tmp_path / "inbox" / "summary"
    assert run_cli(["collect", str(tmp_path / "inbox"), "--out", str(out)]) == 1
    first = (out / "results.json").read_bytes()
    assert run_cli(["collect", str(tmp_path / "inbox"), "--out", str(out)]) == 1
    assert (out / "results.json").read_bytes() == first


def test_the_module_runs_as_the_command_does() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "smartcity_xl", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("xlscore ")


def test_a_bug_of_ours_is_told_with_its_trace_and_exit_code_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("smartcity_xl.run.collected.collect_or_repeat", broken)
    assert run_cli(["--lang", "en", "collect", str(INBOX)]) == 3
    assert "planted" in capsys.readouterr().err
