"""Ctrl-C: what runs is left in order, once, and nothing of Python's is shown."""

from __future__ import annotations

import signal
from types import FrameType


class Stopping:
    """Whether somebody has pressed Ctrl-C. The first time interrupts what runs; while that is left in order the second
    changes nothing; the third ends the program at once."""

    def __init__(self) -> None:
        self.times = 0

    def listen(self) -> None:
        """Hear Ctrl-C, where the program was not told to let it pass (``nohup``, a script in the background)."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._hear)

    def _hear(self, number: int, _: FrameType | None) -> None:
        self.times += 1
        if self.times == 1:
            raise KeyboardInterrupt
        if self.times > 2:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    def leave(self) -> None:
        """All is done and said: Ctrl-C changes nothing any more, as while something is left in order."""
        self.times = max(self.times, 1)

    def look(self) -> None:
        """Interrupt what runs, where Ctrl-C was pressed and nothing came of it: what is raised while Python tidies up
        goes nowhere."""
        if self.times:
            raise KeyboardInterrupt


STOPPING = Stopping()
"""Of this process."""
