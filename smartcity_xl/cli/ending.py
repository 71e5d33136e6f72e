"""The end of a command: what is registered for it is done, what was printed is out, and the memory goes back whole."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import suppress
from typing import NoReturn


def end_process(code: int) -> NoReturn:
    """Left to itself Python takes apart all that it holds, thing by thing, before the system takes the memory back
    anyhow: a fiftieth of a city's time. It is left to itself where other threads run, where somebody measures, and
    where nobody reads what was printed, for which it has words."""
    if threading.active_count() == 1 and not (sys.getprofile() or sys.gettrace()):
        atexit._run_exitfuncs()
        with suppress(OSError, ValueError, AttributeError):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    sys.exit(code)
