"""The streams of a run, through which no sign of a stranger's text reaches the terminal as a command."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from smartcity_xl.messages.unarmed import unarm


class UnarmedStream:
    """A text stream that spells out what a terminal would obey. Everything else is the stream's own.

    It has no number of its own (``fileno``): whoever wants to write past it, as click does on Windows, cannot.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str | bytes) -> int:
        """Bytes are taken too: what click tells a shell that completes a word. None at all are refused: by them click
        tries whether a stream takes text, and would else encode in place of the stream, which knows its console."""
        if text == b"":
            raise TypeError("a stream of text")
        self.stream.write(unarm(text.decode() if isinstance(text, bytes) else text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        if name in ("buffer", "fileno"):
            raise AttributeError(name)
        return getattr(self.stream, name)


@contextmanager
def unarmed_streams() -> Iterator[None]:
    """Within it, all that is printed, logged or told on the way out goes through."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (UnarmedStream(stream) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
