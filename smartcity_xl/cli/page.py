"""How a page of help is laid out: an ideograph takes two places, and a line may end between two of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

import click

from smartcity_xl.messages.width import text_width

_WIDE = "\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef“”…—"
_CLOSING, _OPENING = "，。、；：！？）》】”…", "（《【“"
_FILE = r"[\u4e00-\u9fff]{1,5}\.[a-z]{3,4}\b"


class HelpPage(click.HelpFormatter):
    """A page whose headings say their colon themselves."""

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{heading}\n")

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        begin = f"{prefix or ''}{prog} "
        room = self.width - int(text_width(begin))
        lines = "\n".join(_filled(args.split(), room)).splitlines() or [""]
        for number, line in enumerate(lines):
            self.write(f"{begin if number == 0 else ' ' * int(text_width(begin))}{line}".rstrip() + "\n")

    def write_text(self, text: str) -> None:
        for line in wrap(text, self.width - self.current_indent):
            self.write(f"{'':>{self.current_indent}}{line}".rstrip() + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        rows = list(rows)
        first = min(max(int(text_width(term)) for term, _ in rows), col_max) + col_spacing
        for term, said in rows:
            lines = list(wrap(said, max(self.width - first - self.current_indent, 10)))
            taken = int(text_width(term))
            if taken > first - col_spacing:
                self.write(f"{'':>{self.current_indent}}{term}\n")
                term, taken = "", 0
            for number, line in enumerate(lines):
                before = term + " " * (first - taken) if number == 0 else " " * first
                self.write(f"{'':>{self.current_indent}}{before}{line}".rstrip() + "\n")


@cache
def _piece() -> re.Pattern[str]:
    """What no line is broken within: a word, the name of a file or an ideograph, with the signs that cling to it. Made
    when a page is, which few commands print."""
    return re.compile(rf"[{_OPENING}]*(?:{_FILE}|[^\s{_WIDE}]+|[^\s{_OPENING}])[{_CLOSING}]*|[{_OPENING}]+")


def wrap(text: str, width: int) -> Iterator[str]:
    """The lines of a text, none wider than ``width`` places unless one piece alone is."""
    for paragraph in text.splitlines():
        pieces: list[str] = []
        for found in _piece().finditer(paragraph):
            apart = found.start() and paragraph[found.start() - 1].isspace()
            pieces.append((" " if apart else "") + found[0])
        yield from _lines(pieces, width)


def _filled(words: Iterable[str], width: int) -> Iterator[str]:
    return _lines([word if number == 0 else f" {word}" for number, word in enumerate(words)], width)


def _lines(pieces: Iterable[str], width: int) -> Iterator[str]:
    """``pieces`` begin with a blank where one stands before them."""
    line = ""
    for piece in pieces:
        if line and int(text_width(line + piece)) > width:
            yield line
            line = piece.lstrip()
        else:
            line += piece if line else piece.lstrip()
    yield line
