"""The one place that asks for chance: the rest of the house is told what came of it."""

from __future__ import annotations

import secrets


def new_key(length: int) -> bytes:
    """A key that nobody can guess."""
    return secrets.token_bytes(length)
