"""Write ``docs/command-line.md`` from the help of every command, and the first page of help as the program shows it
(``make docs``); a test fails when one is stale."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

import click

from smartcity_xl.cli import build_cli, mark_of_sentences, page_file, run_words

PAGE = Path(__file__).with_name("command-line.md")
_HEAD = r"""# The command line

Written by `xlscore --help`; a test keeps this page and the program the same.

`collect`, `make-templates`, `fetch`, `send`, `remind`, `survey score`, `province` and `firm` show how far they are, on
standard error: on a terminal a bar with count, rate and time left once they have taken 0.8 s, in a pipe or a file
nothing. `XLSCORE_PROGRESS=lines` gives plain lines instead, for a log; `XLSCORE_PROGRESS=none` nothing. `NO_COLOR` is
heeded; `TERM=dumb` gives lines. Ctrl-C stops a command in order, with exit code 130; the same command goes on from
there.

Exit codes, streams, `--json`, `--quiet` and `--verbose` are the same for every command: [exit-codes.md](exit-codes.md),
[json.md](json.md).

## Completion by the Tab key

A shell completes commands, options, files, and the ids of the built-in systems, once a line stands in its settings;
zsh and fish show beside each what it is for, in the system's language or that of `XLSCORE_LANG`. It is click's own.

| shell | file | line |
| --- | --- | --- |
| bash 4.4 or later | `~/.bashrc` | `eval "$(_XLSCORE_COMPLETE=bash_source xlscore)"` |
| zsh | `~/.zshrc` | `eval "$(_XLSCORE_COMPLETE=zsh_source xlscore)"` |
| fish | `~/.config/fish/completions/xlscore.fish` | `_XLSCORE_COMPLETE=fish_source xlscore \| source` |

Windows' own shells have none.
"""
_TITLES = {"en": "English", "zh": "中文"}


def all_commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words that call every command, groups before what they hold."""
    yield path
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from all_commands(inner, (*path, name))


def show_help(language: str, command: tuple[str, ...]) -> str:
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        run_words(["--lang", language, *command, "--help"])
    return shown.getvalue()


def show_block(language: str, command: tuple[str, ...]) -> str:
    return f"```text\n$ xlscore {' '.join([*command, '--help'])}\n{show_help(language, command).rstrip()}\n```\n"


if __name__ == "__main__":
    os.environ["COLUMNS"] = "80"
    page = _HEAD
    for language, title in _TITLES.items():
        blocks = (show_block(language, command) for command in all_commands(build_cli(language)))
        page += f"\n## {title}\n\n" + "\n".join(blocks)
        Path(page_file(language)).write_text(mark_of_sentences() + show_help(language, ()), encoding="utf-8")
    PAGE.write_text(page, encoding="utf-8")
