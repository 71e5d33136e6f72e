"""A file that cannot be read, and why: how every door says no."""

from __future__ import annotations

_NO_MEMORY = 1
"""XML_ERROR_NO_MEMORY of expat."""


class Refused(Exception):
    """A file that cannot be read as a workbook; ``code`` is a finding code."""

    def __init__(self, code: str, **parameters: str) -> None:
        super().__init__(code, parameters)
        self.code, self.parameters = code, parameters


def let_memory_pass(error: BaseException) -> None:
    """Raise MemoryError again where a net for all errors has caught it: too little memory says nothing of a file.

    expat tells it as an error of its own."""
    from xml.parsers.expat import ExpatError  # not at the top: most files give nobody an error to look at

    if isinstance(error, MemoryError) or (
        isinstance(error, SyntaxError | ExpatError) and getattr(error, "code", 0) == _NO_MEMORY
    ):
        raise MemoryError from error
