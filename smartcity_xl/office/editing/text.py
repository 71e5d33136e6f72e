"""A system's plain document -> the text of its ``system.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def write_document(document: Mapping[str, Any]) -> str:
    """TOML that people can read: rules of several lines stand on several lines."""
    import tomli_w

    return tomli_w.dumps(document, multiline_strings=True)
