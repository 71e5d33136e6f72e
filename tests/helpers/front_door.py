"""A round as an office has it on its disk, and what the command line says in it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rounds import make_round, template
from support import ASSIGNMENT

from smartcity_xl.cli import run_cli
from smartcity_xl.form.template import file_name
from smartcity_xl.messages import label

OFFICE = "office@example.com"
ALL = tuple(ASSIGNMENT.departments)
FOLDERS = ("templates", "inbox", "summary", "store", "drafts")


def make_office(home: Path, people: int = 0, templates: bool = True, **mailbox: Any) -> Path:
    """A round's folder with its folders in it; ``people``: how many departments can be written to."""
    known = {key: (f"{key}@example.com", "") for key in ALL[:people]}
    make_round(home, OFFICE, known, **{"imap_host": "", "smtp_host": "", **mailbox})
    for name in FOLDERS:
        (home / label(f"campaign_folder.{name}")).mkdir(exist_ok=True)
    for key in ALL if templates else ():
        place(home, "templates", key)
    return home


def place(home: Path, folder: str, department: str) -> Path:
    """A department's blank workbook in one of the folders."""
    path = home / label(f"campaign_folder.{folder}") / file_name(ASSIGNMENT, department)
    path.write_bytes(template(department))
    return path


def silence(home: Path) -> None:
    """Settings of an office that writes no mail: without an address to write from."""
    file = home / "campaign.toml"
    text = file.read_text(encoding="utf-8").replace(f'address = "{OFFICE}"', 'address = ""')
    file.write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def round(self) -> list[str]:
        """The lines that say which round is in use."""
        return [line for line in self.err.splitlines() if line.startswith(("本轮：", "Round: "))]

    @property
    def next(self) -> str:
        """The last line, where it says what comes next."""
        last = (self.out.rstrip("\n").splitlines() or [""])[-1]
        return last if last.startswith(("下一步：", "Next: ")) else ""

    @property
    def command(self) -> list[str]:
        """The command that is to be typed next, as a shell takes it."""
        _, found, typed = self.next.rpartition("xlscore")
        return shlex.split(found + typed)[1:] if found else []


def say(capsys: pytest.CaptureFixture[str], *arguments: object, language: str = "zh") -> Said:
    capsys.readouterr()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XLSCORE_LANG", language)
        code = run_cli([str(word) for word in arguments])
    told = capsys.readouterr()
    assert "Traceback" not in told.err, told.err
    return Said(code, told.out, told.err)


def files_below(home: Path) -> set[str]:
    return {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}
