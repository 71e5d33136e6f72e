"""How many cores there are to be used."""

from __future__ import annotations

import os


def count_cores() -> int:
    """All that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # a system that does not tell
        return os.cpu_count() or 1
