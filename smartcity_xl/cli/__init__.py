"""The command line: parse, call ``run``, print, exit. Speaks Chinese and English. One file a command: ``commands/``.

What a start needs is imported where it is needed: the page of help that most starts begin with asks for none of it.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

TYPE_CHECKING = False  # what a type checker takes for true, without the library that names it
if TYPE_CHECKING:
    import click

__all__ = ["build_cli", "choose_language", "main", "run_cli"]

_MESSAGES = f"{__path__[0].removesuffix('cli')}messages"
"""No Path: the library of paths takes as long to load as all the rest of a page of help."""


def choose_language(arguments: Sequence[str]) -> str:
    """The language asked for: ``--lang``, then XLSCORE_LANG, then the system's; English where none is Chinese."""
    asked = ""
    for number, argument in enumerate(arguments):
        if argument == "--lang" and number + 1 < len(arguments):
            asked = arguments[number + 1]
        elif argument.startswith("--lang="):
            asked = argument.partition("=")[2]
    if asked in ("zh", "en"):
        return asked
    environment = os.environ.get("XLSCORE_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    if not environment:
        import locale

        environment = locale.getlocale()[0] or ""
    return "zh" if environment.lower().startswith(("zh", "chinese")) else "en"


def build_cli(language: str) -> click.Group:
    """The whole command line, worded in one language."""
    from smartcity_xl.cli.assembly import assemble

    return assemble(language)


def _tell(arguments: Sequence[str], code: str, said: str, exit_code: int) -> int:
    """Why the command was not done, in words and, where that is asked for, as data."""
    import click

    from smartcity_xl.cli.document import print_refusal

    click.echo(said, err=True)
    print_refusal(arguments, code, said, exit_code)
    return exit_code


def run_cli(arguments: Sequence[str]) -> int:
    """Run the command line and give its exit code."""
    page = kept_page(choose_language(arguments)) if _asks_for_help(arguments) and _is_wide() else ""
    if page:
        sys.stdout.write(page)
        return 0
    return run_words(arguments)


def run_words(arguments: Sequence[str]) -> int:
    """The same, by the words alone: every page of help is made anew."""
    from smartcity_xl.cli.terminal import unarmed_streams

    with unarmed_streams():
        return _run(arguments)


def page_file(language: str) -> str:
    """Where the first page of help stands written, under a mark of the sentences that it was made of."""
    return f"{_MESSAGES}/help.{language}.txt"


def mark_of_sentences() -> str:
    """That of the sentences as they are: with others, the page is another."""
    from zlib import crc32

    with open(f"{_MESSAGES}/cli.toml", "rb") as sentences:  # noqa: PTH123 - as above
        return f"{crc32(sentences.read()):08x}\n"


def kept_page(language: str) -> str:
    """The first page of help, as a terminal of eighty places or more shows it; "" where what stands written (``make
    docs`` writes it) is of other sentences, and has to be made anew."""
    with open(page_file(language), encoding="utf-8") as kept:  # noqa: PTH123 - as above
        mark, page = kept.readline(), kept.read()
    return page if mark == mark_of_sentences() else ""


def _asks_for_help(arguments: Sequence[str]) -> bool:
    """Whether it is the first page of help that is wanted, and nothing else."""
    given = list(arguments)
    for number, argument in enumerate(given):
        if argument in ("--lang=zh", "--lang=en") or given[number : number + 2] in (["--lang", "zh"], ["--lang", "en"]):
            del given[number : number + (1 if "=" in argument else 2)]
            break
    return given == ["--help"]


def _is_wide() -> bool:
    """Whether a page has its full width, by what the library for the command line goes by."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns) >= 80
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns not in range(1, 80)  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return True


def _run(arguments: Sequence[str]) -> int:
    import click

    from smartcity_xl.cli.speech import STOPPED, UNFINISHED, WRONG_USAGE, Speaker
    from smartcity_xl.errors import XlscoreError, unseen

    speaker = Speaker(choose_language(arguments))
    cli = build_cli(speaker.language)
    try:
        result = cli.main(list(arguments), prog_name="xlscore", standalone_mode=False, obj=tuple(arguments))
        return int(result or 0)
    except click.UsageError as error:
        from smartcity_xl.cli.misuse import word_misuse

        return _tell(arguments, "misuse", word_misuse(speaker, error), WRONG_USAGE)
    except (click.Abort, KeyboardInterrupt):
        click.echo(speaker.say("stopped"), err=True)
        return STOPPED
    except Exception as error:  # noqa: BLE001 - our own bug: told with its trace, and never as a success
        fault = unseen(error) if isinstance(error, OSError) else error
        if isinstance(fault, XlscoreError):
            from smartcity_xl.messages import word_error

            return _tell(arguments, fault.code, word_error(fault, speaker.language), fault.exit_code)
        import traceback

        said = speaker.say("bug", error=type(error).__name__)
        return _tell(arguments, "bug", f"{said}\n{traceback.format_exc()}", UNFINISHED)


def main() -> None:
    """Entry point of the ``xlscore`` command."""
    gc.disable()  # what a start makes stays: to look through it for garbage costs a bare start (``Command`` begins)
    try:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")  # a console that cannot show a character must not end the run
        from smartcity_xl.cli.stopping import STOPPING

        STOPPING.listen()
        code = run_cli(sys.argv[1:])
        STOPPING.leave()
    except KeyboardInterrupt:  # before there was anybody to tell it
        from smartcity_xl.cli.speech import STOPPED

        code = STOPPED
    finally:
        gc.freeze()  # the end of the process frees it all
        gc.enable()
    from smartcity_xl.cli.ending import end_process

    end_process(code)
