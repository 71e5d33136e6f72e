"""The end of a command: what is registered for it is done, what was printed is out, and the memory goes back whole."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import suppress
from typing import NoReturn

_TOOLS = 6
"""Places that Python has for them."""


def end_process(code: int) -> NoReturn:
    """Left to itself Python takes apart all that it holds, thing by thing, before the system takes the memory back
    anyhow: a fiftieth of a city's time. It is left to itself where other threads run, where somebody measures, and
    where nobody reads what was printed, for which it has words."""
    if threading.active_count() == 1 and not (sys.getprofile() or sys.gettrace() or _is_monitored()):
        atexit._run_exitfuncs()
        with suppress(OSError, ValueError, AttributeError):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    sys.exit(code)


def _is_monitored() -> bool:
    """Whether a profiler, a debugger or what measures coverage is told of what runs, in the way of Python 3.12."""
    monitoring = getattr(sys, "monitoring", None)
    return monitoring is not None and any(map(monitoring.get_tool, range(_TOOLS)))
