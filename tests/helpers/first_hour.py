"""The first hour of three newcomers, each with the installed program and none of its source: what they type and do."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import office
from deciding_desk import filled_book
from front_door import Said
from transcript import BOXES, HEALTH, attached, fill, fill_assignment, fill_settings, read_drafts, reply

from smartcity_xl.office.rehearsal import read_story

ROOT = Path(__file__).parent.parent.parent
_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Newcomer:
    """Types commands of an installed program, in the folder where they stand."""

    environment: Path
    folder: Path

    def run(self, words: list[str]) -> Said:
        place = self.environment / ("Scripts" if os.name == "nt" else "bin")
        given = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "XLSCORE"))}
        given |= {"XLSCORE_LANG": "zh", "PYTHONUTF8": "1"}
        command = [str(place / words[0]), *words[1:]]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", env=given, cwd=self.folder, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return Said(done.returncode, done.stdout, done.stderr)

    def __call__(self, *words: object) -> Said:
        return self.run(["xlscore", *map(str, words)])

    def type_block(self, page: Path, heading: str) -> list[Said]:
        """The commands below a heading of a page, as they stand there; pip is not typed: that has been done."""
        text = page.read_text(encoding="utf-8").partition(f"## {heading}")[2].partition("\n## ")[0]
        lines = [line for kind, block in _BLOCK.findall(text) if kind == "sh" for line in block.splitlines()]
        typed = [words for line in lines if (words := shlex.split(line, comments=True)) and words[0] == "xlscore"]
        assert typed, heading
        return [self.run(words) for words in typed]

    def run_python(self, page: Path, heading: str) -> Said:
        """The Python of a page below a heading, as it stands there."""
        text = page.read_text(encoding="utf-8").partition(f"## {heading}")[2].partition("\n## ")[0]
        (code,) = [block for kind, block in _BLOCK.findall(text) if kind == "python"]
        return self.run(["python", "-c", code])


def first_summary(clerk: Newcomer) -> Any:
    """The README of the office: its commands, as they stand; gives the results."""
    shutil.copytree(ROOT / "samples" / "inbox", clerk.folder / "samples" / "inbox")
    made, collected = clerk.type_block(ROOT / "README.zh-CN.md", "试一试")
    assert (made.code, collected.code) == (0, 1)
    assert (clerk.folder / "summary-out" / "汇总.xlsx").exists()
    return json.loads((clerk.folder / "summary-out" / "results.json").read_text(encoding="utf-8"))


def practise(clerk: Newcomer) -> Said:
    """The rehearsal, by what it says at each step; gives its end."""
    story, here = read_story(), clerk.folder / "演练"
    clerk("rehearse", "演练")
    inside = Newcomer(clerk.environment, here)
    for _ in range(12):
        told = inside("rehearse")
        if told.code == 0:
            return told
        if ruling := re.search(r"xlscore (exclude|admit) (\S+) ", told.out):
            assert inside(*ruling.groups(), "--reason", "电话核实", "--by", "李四").code == 0
        elif "为准" in told.out:
            book = here / "汇总" / "裁定表.xlsx"
            book.write_bytes(filled_book(book.read_bytes(), all=(1, "电话核实", "李四")))
        assert inside("collect").code in (0, 1)
    raise AssertionError(f"no end to {story}: {told.out}")


def save_in_libreoffice(data: bytes, folder: Path) -> bytes:
    """The workbook, opened and saved by the program that the clerk has."""
    path = folder / "填报表.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return office.recalculate(office.LIBREOFFICE, [path], folder / "saved")[path].read_bytes()


def report_and_correct(desk: Newcomer) -> tuple[dict[str, Any], dict[str, Any], str]:
    """A department's clerk gets a mail, fills the workbook, gets it back with what is wrong, and corrects that. Gives
    the department after each, and the letter."""
    home = desk.folder / "2026年评价"
    fill_assignment(desk.folder / "分工.xlsx")
    start = ("--catalog", "cn-2018", "--city", "云溪市", "--round", "2026", "--deadline", "2026-12-31")
    assert desk("init", "2026年评价", *start, "--assignment", "分工.xlsx").code == 0
    fill_settings(home)
    round_ = Newcomer(desk.environment, home)
    assert round_("make-templates").code == 0
    round_("send", "--dry-run")
    letter = read_drafts(home)[HEALTH]
    wrong = {"med_institutions_total": "约三百", "hospital_visits_total": 1000, "hospital_visits_booked": 800}
    sent = save_in_libreoffice(fill(attached(letter), wrong, whole=True), desk.folder / "部门")
    first = _receive(round_, 5, sent)
    (back,) = (home / "汇总" / "退回").glob("*卫生*.xlsx")
    right = save_in_libreoffice(fill(back.read_bytes(), {"med_institutions_total": 300}), desk.folder / "部门改")
    second = _receive(round_, 12, right)
    body = letter.get_body(("plain",))
    return first, second, body.get_content() if body else ""


def _receive(round_: Newcomer, day: int, form: bytes) -> dict[str, Any]:
    """The reply in the inbox, collected: what the record says of the department."""
    (round_.folder / "收件" / f"{day}.eml").write_bytes(reply(day, BOXES[HEALTH], {"卫健委.xlsx": form}))
    assert round_("collect").code in (0, 1)
    record = json.loads((round_.folder / "汇总" / "results.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = next(one for one in record["departments"] if one["name"] == HEALTH)
    codes = {one["code"] for one in record["findings"] if one["department"] == found["key"]}
    return {**found, "codes": codes}
