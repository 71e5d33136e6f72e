"""A file that cannot be read, and why: how every door says no."""

from __future__ import annotations


class Refused(Exception):
    """A file that cannot be read as a workbook; ``code`` is a finding code."""

    def __init__(self, code: str, **parameters: str) -> None:
        super().__init__(code, parameters)
        self.code, self.parameters = code, parameters
