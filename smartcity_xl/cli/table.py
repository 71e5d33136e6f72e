"""Tables: on a terminal as wide as it is, with a heading that stands out; elsewhere plain lines, for other programs.

An ideograph takes two places in both. What stands in a cell is a stranger's and reaches a terminal as words alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import TextIO

import click

from smartcity_xl.cli.terminal import UnarmedStream
from smartcity_xl.messages.unarmed import on_one_line

_INDENT = "  "


def tell_table(heads: Sequence[str], rows: Sequence[Sequence[str]], indent: bool = False) -> None:
    """Lines of cells under their headings (none where there are no ``heads``), on standard output."""
    terminal = _terminal()
    if terminal is not None:
        _draw(terminal, heads, rows, indent)
        return
    for line in aligned([*([list(heads)] if heads else []), *rows]):
        click.echo((_INDENT if indent else "") + line)


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of a table, its columns as wide as their widest cell; an ideograph takes two places."""
    from smartcity_xl.messages.width import text_width

    widths = [max(int(text_width(cell)) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell + " " * (width - int(text_width(cell))) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _terminal() -> TextIO | None:
    """The terminal that standard output goes to; None where it is a pipe, a file, kept back, or no more than a
    typewriter (TERM=dumb)."""
    stream = sys.stdout
    while isinstance(stream, UnarmedStream):
        stream = stream.stream
    drawn = stream.isatty() and os.environ.get("TERM", "").lower() not in ("dumb", "unknown")
    return stream if drawn else None


def _draw(terminal: TextIO, heads: Sequence[str], rows: Sequence[Sequence[str]], indent: bool) -> None:
    """A cell that is too long for the terminal goes on below itself, in its own column."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=bool(heads), header_style="bold")
    for head in heads or [""] * len(rows[0]):
        table.add_column(Text(on_one_line(head)), overflow="fold")
    for row in rows:
        table.add_row(*(Text(on_one_line(cell)) for cell in row))
    sys.stdout.flush()
    Console(file=terminal, highlight=False, emoji=False, markup=False).print(
        Padding(table, (0, 0, 0, len(_INDENT))) if indent else table
    )
