"""How many cores there are to be used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_GROUPS, _OWN = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
"""Where Linux tells what groups of processes may use, and of which groups this process is."""


def count_cores() -> int:
    """All that this process may use, by its mask and by the quota of every group that it is of (a container's, a
    service's): a part of one is rounded up."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # a system that does not tell
        cores = os.cpu_count() or 1
    return min([cores, *_quotas()])


def _quotas() -> Iterator[int]:
    """In cores, each at least 1. A container may see its own group as the topmost one, under a way that is its host's;
    so all groups on that way are looked for, and none of them need be there."""
    for line in _read(_OWN).rstrip("\n").split("\n"):  # a name may hold what else ends a line
        controllers, _, way = line.partition(":")[2].partition(":")
        within = PurePosixPath(way.lstrip("/"))
        for group in (within, *within.parents):
            if not controllers:
                told = _read(_GROUPS / group / "cpu.max")
            elif "cpu" in controllers.split(","):  # of the first version, as older systems have it
                told = " ".join(_read(_GROUPS / "cpu" / group / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
            else:
                continue
            match told.split():
                case [quota, period] if quota.isdecimal() and int(quota) and int(period):  # and not "max", nor "-1"
                    yield -(-int(quota) // int(period))


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""
