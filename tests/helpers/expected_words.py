"""Tests that expect a fault by its words, and whether one is among them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

HOME = Path(__file__).parent.parent
FROZEN_TESTS = [path.read_text(encoding="utf-8") for path in (
    *HOME.glob("test_frozen_*.py"), *HOME.glob("test_run_freezing*.py")
)]  # fmt: skip
"""They expect faults by their words."""

OTHER_TESTS = [
    path.read_text(encoding="utf-8")
    for path in HOME.glob("test_*.py")
    if path.name.startswith(
        (
            "test_office_campaign",
            "test_mail_texts",
            "test_office_roster",
            "test_office_survey",
            "test_report_",
            "test_interface",
            "test_office_cities",
        )
    )
    or path.name == "test_catalog_lint_texts.py"
    or path.name.startswith(
        ("test_books_", "test_run_round_terms", "test_catalog_dates", "test_office_carrying", "test_run_last_round")
    )
]
"""They expect faults by their codes."""


def said_in(fault: Mapping[str, str], tests: Iterable[str]) -> bool:
    """Whether a test expects a fault by its words: a text of some length in it that stands in the sentence."""
    pieces = [piece for words in fault.values() for piece in re.split(r"\{\w+\}", words)]
    quoted = [text.rpartition(": ")[2] for test in tests for text in re.findall(r'"([^"\n]{6,})"', test)]
    return any(text in piece for piece in pieces for text in quoted if len(text) >= 6)
