"""How much a command says: as ever, ``--quiet`` or ``--verbose``, which mean the same for all of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext, redirect_stdout
from io import StringIO

import click

from smartcity_xl.cli import clock
from smartcity_xl.cli.document import print_document
from smartcity_xl.cli.speech import CLEAN, Speaker


def work_at_volume(speaker: Speaker, quiet: bool, verbose: bool, data: bool, work: Callable[[], int]) -> int:
    """Do the work and give its exit code.

    ``quiet``: what it says is kept back, and told only where the code is not 0 or it breaks off. ``data``: what it
    found is told as one JSON document in place of its sentences, with ``quiet`` too. ``verbose``: what is done is
    logged on standard error. Raises UsageFault for ``quiet`` and ``verbose`` at once, and as ``work``.
    """
    from smartcity_xl import __version__

    if quiet and verbose:
        from smartcity_xl.errors import UsageFault

        raise UsageFault("quiet-and-verbose")
    speaker.quiet, speaker.verbose, speaker.data = quiet, verbose, data
    speaker.document, speaker.files = None, []
    began, kept, code = clock.elapsed(), StringIO(), -1
    speaker.log("log_begin", command=click.get_current_context().command_path, version=__version__)
    try:
        with redirect_stdout(kept) if quiet or data else nullcontext():
            code = work()
        if data:
            print_document(speaker)
    finally:
        if code != CLEAN:
            speaker.let_out()
            click.echo("" if data else kept.getvalue(), nl=False)
    speaker.log("log_end", code=code, seconds=f"{clock.elapsed() - began:.1f}")
    return code
