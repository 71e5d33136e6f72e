"""Collect many inboxes in one process, one after another: ``python benchmarks/many.py OUT INBOX …``."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path

from smartcity_xl.cli import run_cli


def main(out: Path, inboxes: list[Path]) -> int:
    codes = []
    for inbox in inboxes:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            codes.append(run_cli(["collect", str(inbox), "--out", str(out / inbox.name), "--no-campaign"]))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), [Path(given) for given in sys.argv[2:]]))
