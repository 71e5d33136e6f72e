"""The peak memory of a command and of every process that it starts: shared pages are counted once.

``python benchmarks/peak.py COMMAND …`` prints two numbers in MiB, the whole family's and its largest process's, and
ends as the command does. Where the system does not tell shares (PSS), resident sets are added up, which is too much.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_PAUSE = 0.02
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True)
class Peak:
    """MiB of the whole family, and of its largest process; ``code``: how the command ended."""

    family: float
    largest: float
    code: int


def watch(command: Sequence[str], pause: float = _PAUSE, **given: object) -> Peak:
    """Run a command to its end, looking at its family all the while."""
    running = subprocess.Popen(command, **given)  # type: ignore[call-overload]
    family = largest = 0
    while running.poll() is None:
        sizes = [_size(pid) for pid in _family(running.pid)]
        family, largest = max(family, sum(sizes)), max(largest, *sizes, 0)
        time.sleep(pause)
    return Peak(family / 1024, largest / 1024, running.returncode)


def _family(pid: int) -> list[int]:
    found, waiting = [], [pid]
    while waiting:
        found.append(one := waiting.pop())
        try:
            for task in Path(f"/proc/{one}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        except OSError:  # it has ended meanwhile
            continue
    return found


def _size(pid: int) -> int:
    """KiB of a process, its share of what it has in common with others."""
    for name, word in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            text = Path(f"/proc/{pid}/{name}").read_text()
        except OSError:
            continue
        if word in text:
            return int(text.partition(word)[2].split()[0])
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    peak = watch(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print(f"{peak.family:.1f} {peak.largest:.1f}")
    sys.exit(peak.code)
