"""What is understood though it is not as it should be: aliases, fillers, forms (``tolerance.toml``)."""

from __future__ import annotations

from functools import cache
from typing import Any

from smartcity_xl.shipped import read_shipped


@cache
def tolerance() -> dict[str, Any]:
    """The aliases, fillers and forms of ``tolerance.toml``."""
    return read_shipped("books/tolerance.toml")
