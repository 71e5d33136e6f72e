"""How a command ends: quickly, with all done that was left for its end."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import atexit, sys, threading
from smartcity_xl.cli.ending import end_process

class Held:
    def __del__(self):
        print("taken apart")

held = Held()
atexit.register(print, "registered")
print("printed", end=" ")
{before}
end_process(3)
"""
WATCHED = {
    "other threads": "threading.Thread(target=threading.main_thread().join).start()",
    "a profiler": "import cProfile; cProfile.Profile().enable()",
    "a debugger": "sys.gettrace = sys.getrecursionlimit",
    "what Python 3.12 tells of": "import types; sys.monitoring = types.SimpleNamespace(get_tool={2: 'cProfile'}.get)",
}


BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def ended(before: str = "") -> tuple[int, str]:
    command = [sys.executable, "-c", PROGRAM.format(before=before)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=BUFFERED)
    return done.returncode, done.stdout


def test_what_was_printed_and_what_is_registered_is_not_lost() -> None:
    assert ended() == (3, "printed registered\n"), "and nothing is taken apart"


@pytest.mark.parametrize("who", WATCHED)
def test_where_somebody_watches_python_ends_in_its_way(who: str) -> None:
    assert ended(WATCHED[who]) == (3, "printed registered\ntaken apart\n")


def test_where_nobody_reads_python_says_so() -> None:
    assert ended("sys.stdout.close()") == (3, "printed ")
