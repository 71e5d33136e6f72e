"""What is printed reaches a terminal as words: no text of a stranger's moves its cursor, its title or its clipboard."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from pathlib import Path

import pytest
from processes import run_on_a_terminal
from support import ISSUE, filled, identified, put, value_cell, with_cell

from smartcity_xl.cli import run_cli
from smartcity_xl.cli.terminal import UnarmedStream, unarmed_streams
from smartcity_xl.messages import unarmed
from smartcity_xl.messages.unarmed import on_one_line, unarm

posix = pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal")
CELL = value_cell("secrecy", "leak_events")
ESCAPES = "_x001B_]0;owned_x0007__x001B_[2J_x009B_31m_x000D_总分 100.00_x0008__x202E_"
_COMMAND = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def hostile(folder: Path) -> Path:
    """Escape sequences in an answer, in a remark, in the identity, in names of files and of a folder."""
    text = f'<c r="{CELL}" t="inlineStr"><is><t>{ESCAPES}</t></is></c>'
    answer = with_cell(filled("secrecy", crypto_failing_systems=4), CELL, text)
    names = {
        "好.xlsx": filled("credit"),
        "\x1b[31m坏\x07\r.xlsx": answer,
        "夹\x1b]0;x\x07/\u202e表.xlsx": filled("tax"),
    }
    names["轮.xlsx"] = identified(filled("ecology"), round=f"2018{ESCAPES}", city=ESCAPES)
    names["文\x9b2J.pdf"] = b"%PDF-1.4 x"
    return put(folder / "inbox", names)


def on_a_terminal(*arguments: object) -> str:
    command = [sys.executable, "-m", "smartcity_xl", *map(str, arguments)]
    shown = run_on_a_terminal(command, {**os.environ, "TERM": "xterm"}).out
    return shown.decode().replace("\r\n", "\n")


_BAR = ("\x1b[?25l", "\x1b[?25h", "\r\x1b[1A\x1b[2K", "\r\x1b[2K", "\x1b[36m", "\x1b[90m", "\x1b[0m")
"""What our own bar does to a terminal; none of the texts above asks for that."""


def without_the_bar(shown: str) -> str:
    for sign in _BAR:
        shown = shown.replace(sign, "")
    return shown


@posix
def test_nothing_of_theirs_reaches_a_terminal_as_a_command(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for words in (
        ("collect", hostile(tmp_path), "--out", out, "--city", ISSUE.city, "--round", ISSUE.round),
        ("check", *sorted((tmp_path / "inbox").glob("*.xlsx"))),
        ("trace", "L6P1-A1", "--ledger", out / "ledger"),
    ):
        shown = without_the_bar(on_a_terminal(*words, "--lang", "en"))
        assert len(shown) > 100
        assert not _COMMAND.search(shown), (words[0], _COMMAND.findall(shown))
        assert "\r" not in shown
        assert "\\u001b" in shown or words[0] == "collect"


def test_a_text_of_theirs_is_no_line_of_ours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = f'<c r="{CELL}" t="inlineStr"><is><t xml:space="preserve">7\n总分 100.00\n写好了 汇总.xlsx</t></is></c>'
    put(tmp_path / "inbox", {"坏.xlsx": with_cell(filled("secrecy"), CELL, text)})
    run_cli(["check", str(tmp_path / "inbox" / "坏.xlsx"), "--lang", "zh"])
    lines = capsys.readouterr().out.splitlines()
    assert any("7 总分 100.00 写好了" in line for line in lines)
    assert not any(line.startswith(("总分 100.00", "写好了 汇总")) for line in lines)


SPELT = [
    ("\x1b[31m", "\\u001b[31m"), ("a\tb\nc", "a\tb\nc"), ("a\rb", "a\\u000db"), ("\x9b2J", "\\u009b2J"),
    ("\u202eabc", "\\u202eabc"), ("\ufeff", "\\ufeff"), ("\U000e0041", "\\udb40\\udc41"),
    ("市㎡“·”—…★😀", "市㎡“·”—…★😀"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "spelt"), SPELT)
def test_what_a_terminal_obeys_is_spelt_as_json_spells_it(text: str, spelt: str) -> None:
    assert unarm(text) == spelt
    printed = unarm(json.dumps({"a": text}, ensure_ascii=False))
    assert json.loads(printed) == {"a": text}


ON_ONE_LINE = [
    ("a\r\nb\x0bc\u2028d\x1b", "a b c d\\u001b"), ("a \t\n\t b", "a b"), ("a\n \n\x85\nb", "a b"),
    ("\n a\tb  c \n", "a\tb  c"), ("a\u3000\n\u3000b", "a\u3000 \u3000b"), ("a\x1f\x1cb", "a\\u001f b"), ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), ON_ONE_LINE)
def test_a_place_of_one_line_gets_one_line(text: str, line: str) -> None:
    assert on_one_line(text) == line


def test_logs_and_errors_go_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    with unarmed_streams():
        assert isinstance(sys.stdout, UnarmedStream)
        sys.stdout.write("\x1b]0;x\x07\n")
        sys.stderr.writelines(["\x1b", "\n"])
        logging.lastResort.emit(logging.makeLogRecord({"msg": "\x1b[2J", "levelno": 40}))  # type: ignore[union-attr]
        assert not hasattr(sys.stdout, "fileno")
        assert sys.stdout.encoding
    told = capsys.readouterr()
    assert told.out == "\\u001b]0;x\\u0007\n"
    assert "\x1b" not in told.err
    assert told.err.count("\\u001b") == 2


def test_none_of_the_armed_signs_passes_for_printable() -> None:
    """Text that is printable is passed on without a search."""
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    armed = re.findall(unarmed._ARMED, everything)
    assert len(armed) > 2_000
    assert [hex(ord(one)) for one in armed if one.translate(unarmed._PLAIN).isprintable()] == []
