"""The program that ``run.batch`` starts for several cities; nobody types it."""

from __future__ import annotations

from smartcity_xl.cli import clock
from smartcity_xl.run.batch import serve


def main(parent: int) -> None:
    """Read a batch from the input, and write what came of it to the output, for the process of that number."""
    serve(parent, clock.elapsed)
