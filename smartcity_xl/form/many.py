"""Whether this process writes the workbooks of many cities. Then a form is laid out for all of them when it is first
written, and not once for the first city and once more for the others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_EXPECTED: list[bool] = []


@contextmanager
def many_cities(expected: bool = True) -> Iterator[None]:
    """For as long as they are written."""
    _EXPECTED.append(expected)
    try:
        yield
    finally:
        _EXPECTED.pop()


def are_many() -> bool:
    return bool(_EXPECTED) and _EXPECTED[-1]
