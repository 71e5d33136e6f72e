"""Garbage is not looked for while a workbook is being written: all that it is written from lives until it is done."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def without_a_search(write: Callable[P, T]) -> Callable[P, T]:
    """Afterwards garbage is looked for as before."""

    @wraps(write)
    def written(*given: P.args, **named: P.kwargs) -> T:
        if not gc.isenabled():
            return write(*given, **named)
        gc.disable()
        try:
            return write(*given, **named)
        finally:
            gc.enable()

    return written
