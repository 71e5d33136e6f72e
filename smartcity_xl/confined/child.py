"""The child: takes what it is taught, answers what it is asked, and knows nothing of ledgers, terminals and folders."""

from __future__ import annotations

import faulthandler
import gc
import logging
import logging.handlers
import os
import pickle
import queue
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from smartcity_xl.books import limits
from smartcity_xl.confined import bounds

Function = Callable[[Any], Any]
TEACH, ASK = "teach", "ask"
DONE, MEMORY, OUTPUT, BUG = "done", "memory", "output", "bug"
"""What an answer is: the result; that there was too little memory, or too much to send back; an error of ours."""
NO_MEMORY = 77
"""How a child exits that had not even the memory to take in what it was asked."""
_MADE = 20_000
"""Things that are made before garbage is looked for: reading one workbook makes a few thousand, and leaves none."""
NOISE = "noise"
"""The file that holds what libraries print."""
_LOG = logging.getLogger(__name__)


def serve(connection: Connection, taught: Mapping[int, Function], folder: str) -> None:
    """Answer until nobody asks any more. ``folder`` is the child's own: for what libraries print and lay down."""
    _begin(connection, folder)
    log = keep_log()
    bounds.bound_memory(limits.READER_MEMORY)
    known = dict(taught)
    while True:
        try:
            verb, number, given = connection.recv()
        except MemoryError:
            os._exit(NO_MEMORY)
        except (EOFError, OSError):
            shutil.rmtree(folder, ignore_errors=True)
            os._exit(0)
        if verb == TEACH:
            known[number] = given
            continue
        bounds.bound_time()
        answer = _answer(known[number], given, log)
        bounds.free_time()  # before it is sent: the parent may be at something else
        given = None
        try:
            connection.send_bytes(answer)
        except OSError:
            os._exit(0)


def _answer(function: Function, given: Any, log: list[logging.LogRecord]) -> bytes:
    """What comes of a question, packed: the kind of the answer, its content, and what was logged on the way."""
    kind, content = _work(function, given)
    records = list(log)
    log.clear()
    try:
        packed = pickle.dumps((kind, content, records), pickle.HIGHEST_PROTOCOL)
        if len(packed) <= limits.READER_OUTPUT:
            return packed
        kind = OUTPUT
    except MemoryError:
        kind = MEMORY
    content = packed = None  # type: ignore[assignment]
    bounds.free_memory()
    return pickle.dumps((kind, None, []), pickle.HIGHEST_PROTOCOL)


def _work(function: Function, given: Any) -> tuple[str, Any]:
    try:
        return DONE, function(given)
    except MemoryError:
        pass  # told below, when what was being read is let go
    except BaseException as error:  # noqa: BLE001 - our own bug, or a library's panic: it costs this one file, and is told
        _LOG.error("%s could not be read", getattr(given, "name", "a file"), exc_info=error)
        return BUG, f"{type(error).__name__}: {error}"
    bounds.free_memory()
    return MEMORY, None


def _begin(connection: Connection, folder: str) -> None:
    """Stand alone, with what libraries print and lay down in a folder of the child's own."""
    noise = os.open(f"{folder}/{NOISE}", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    forget_the_parent(noise, connection.fileno())
    gc.set_threshold(_MADE)
    tempfile.tempdir = folder
    faulthandler.enable(2)


def forget_the_parent(noise: int, *kept: int) -> None:
    """Hold nothing that is the parent's: no terminal, no lock, no database, no other child's pipe; but for the files
    that are ``kept``. What is printed goes to ``noise``."""
    gc.freeze()  # so that nothing of the parent's is ever finalised here
    bounds.stand_alone()
    null = os.open(os.devnull, os.O_RDONLY)
    for standard, new in ((0, null), (1, noise), (2, noise)):
        os.dup2(new, standard)
    if os.name == "posix":
        for number in [int(path.name) for path in Path("/dev/fd").iterdir()]:
            if number > 2 and number not in kept:
                try:
                    os.close(number)
                except OSError:  # the one that listed them
                    continue
    sys.stdout = sys.stderr = open(1, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115


class _Carried(logging.handlers.QueueHandler):
    """Keeps what is logged, made ready to travel, to be logged by the parent."""

    def __init__(self, kept: list[logging.LogRecord]) -> None:
        super().__init__(queue.SimpleQueue())
        self.kept = kept

    def enqueue(self, record: logging.LogRecord) -> None:
        self.kept.append(record)


def keep_log() -> list[logging.LogRecord]:
    """What is logged from now on, made ready to travel."""
    kept: list[logging.LogRecord] = []
    logging.getLogger().handlers[:] = [_Carried(kept)]
    return kept
