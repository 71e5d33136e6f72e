"""What the Tab key gives: commands, options, files and systems, in the language of the system."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from smartcity_xl.catalog.load import catalog_ids

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")


def complete(shell: str, *words: str, language: str = "en") -> str:
    """What the program answers a shell that completes the last word."""
    asked = {
        "bash": {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)},
        "fish": {"COMP_WORDS": " ".join(words), "COMP_CWORD": words[-1]},
    }[shell]
    return answer(f"{shell}_complete", XLSCORE_LANG=language, **asked)


def answer(instruction: str, **environment: str) -> str:
    given = {**os.environ, "PYTHONPATH": str(ROOT), "_XLSCORE_COMPLETE": instruction, **environment}
    done = subprocess.run(
        [sys.executable, "-m", "smartcity_xl"], capture_output=True, text=True, env=given, encoding="utf-8"
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("xlscore", "col"), ["plain,collect"]),
        (("xlscore", "catalog", "l"), ["plain,list", "plain,lint"]),
        (("xlscore", "status", "--led"), ["plain,--ledger"]),
        (("xlscore", "make-templates", "--catalog", "cn-"), ["plain,cn-2016", "plain,cn-2018"]),
        (("xlscore", "catalog", "show", "gbt"), ["plain,gbt33356-2022-city", "plain,gbt33356-2022-county"]),
        (("xlscore", "collect", "inb"), ["file,inb"]),
        (("xlscore", "--lang", "z"), ["plain,zh"]),
        (("xlscore", "qqq"), []),
    ],
)
def test_the_program_answers_what_begins_so(words: tuple[str, ...], expected: list[str]) -> None:
    assert sorted(complete("bash", *words).split()) == sorted(expected)
    assert set(catalog_ids()) >= {one.partition(",")[2] for one in expected if "cn-" in one}


@pytest.mark.parametrize("shell", ["zsh", "fish"])
@pytest.mark.parametrize(("language", "said"), [("zh", "核对台账"), ("en", "Prove the ledger")])
def test_what_a_command_does_stands_beside_it_in_the_language_of_the_system(
    shell: str, language: str, said: str
) -> None:
    found = complete(shell, "xlscore", "aud", language=language)
    assert "audit" in found
    assert said in found


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_line_that_the_page_gives_brings_a_script_for_the_shell(shell: str) -> None:
    line = next(one for one in PAGE.splitlines() if one.startswith(f"| {shell}"))
    found = re.search(r"(_XLSCORE_COMPLETE)=(\w+) xlscore", line)
    assert found is not None
    assert "xlscore" in answer(found[2])


@pytest.mark.skipif(shutil.which("bash") is None or os.name == "nt", reason="no bash here")
def test_bash_completes_by_the_line_that_the_page_gives(tmp_path: Path) -> None:
    command = tmp_path / "xlscore"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m smartcity_xl "$@"\n', encoding="utf-8")
    command.chmod(command.stat().st_mode | stat.S_IEXEC)
    (line,) = re.findall(r"`(eval .*bash_source.*?)`", PAGE)
    script = f"""{line}
COMP_WORDS=(xlscore make-templates --cat)
COMP_CWORD=2
_xlscore_completion xlscore
echo "${{COMPREPLY[@]}}"
"""
    given = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=given)
    assert done.stdout == "--catalog\n", done.stderr
