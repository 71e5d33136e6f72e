"""Pages of help: in the order of a round and grouped, wholly in one language, no line wider than the page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from smartcity_xl.cli import build_cli
from smartcity_xl.cli.page import wrap
from smartcity_xl.messages import LANGUAGES, sentence
from smartcity_xl.messages.width import text_width


def all_paths(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from all_paths(inner, (*path, name))


PATHS = tuple(all_paths(build_cli("en")))


def show_page(language: str, path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> str:
    """The page of a command, as a terminal of eighty places shows it."""
    monkeypatch.setenv("COLUMNS", "80")
    command: click.Command = build_cli(language)
    context = command.make_context("xlscore", [], resilient_parsing=True)
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
        context = command.context_class(command, info_name=name, parent=context)
    return command.get_help(context)


def declared_part(page: str) -> Iterator[str]:
    """What of a page names options, arguments and values: its usage, its headings, and the left column of its lists."""
    for number, line in enumerate(page.splitlines()):
        if number == 0 or (line and not line.startswith(" ")):
            yield line
        elif re.match(r"  \S", line) and "  " in line.strip():
            yield line.strip().split("  ")[0]


def foreign_words(page: str) -> list[str]:
    """Words of English, and half-width signs, where a Chinese page declares something; a list of choices is typed
    as it stands."""
    found: list[str] = []
    for part in declared_part(page):
        bare = re.sub(r"\[[a-z|]+\]|\bxlscore\b.*? (?=\[)|Ctrl-C|--?[\w-]+", "", part)
        found += re.findall(r"\b[A-Z]{1,}[A-Z]*\b|\[required\]|(?<=\w):", bare)
    return found


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_a_chinese_page_is_chinese_throughout(path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    page = show_page("zh", path, monkeypatch)
    assert foreign_words(page) == []
    assert page.startswith("用法：xlscore ")
    assert "选项：\n" in page


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("用法：xlscore x [OPTIONS]", ["OPTIONS"]),
        ("  --out DIR  写到哪里", ["DIR"]),
        ("选项:", [":"]),
        ("  --lang [zh|en]  语言", []),
    ],
)
def test_a_foreign_word_on_a_chinese_page_is_seen(line: str, found: list[str]) -> None:
    assert foreign_words(f"用法：xlscore\n{line}" if line[0] == " " else line) == found


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_an_english_page_declares_in_english(path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    for part in declared_part(show_page("en", path, monkeypatch)):
        assert not re.search("[\u4e00-\u9fff：（）]", part)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_is_wider_than_the_page_but_the_example_that_is_copied(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in PATHS:
        lines = show_page(language, path, monkeypatch).splitlines()
        wide = [line for line in lines if text_width(line) > 78 and not line.startswith("  xlscore ")]
        assert wide == [], path


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_commands_stand_in_the_order_of_a_round_under_headings(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = show_page(language, (), monkeypatch)
    blocks = [block.splitlines() for block in page.split("\n\n")]
    told = {lines[0]: [one.split()[0] for one in lines[1:] if re.match(r"  \S", one)] for lines in blocks}
    heading = sentence("cli", "heading_round", language)
    assert told[heading][:6] == ["init", "make-templates", "send", "fetch", "check", "collect"]
    under = [name for head, names in told.items() if head != sentence("cli", "options", language) for name in names]
    assert set(build_cli(language).commands) <= set(under)
    assert sentence("cli", "commands", language) not in told, "a command stands under no heading of its own"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("写出汇总，写出明细", ["写出汇", "总，写", "出明细"]),
        ("汇总：比较.xlsx", ["汇总：", "比较.xlsx"]),
        ("one two three", ["one", "two", "three"]),
        ("一二（三）四", ["一二", "（三）", "四"]),
        ("", []),
    ],
)
def test_a_line_ends_between_words_and_never_before_a_closing_sign(text: str, lines: list[str]) -> None:
    assert list(wrap(text, 6)) == lines
