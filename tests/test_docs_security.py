"""What SECURITY.md promises is held by tests that exist, and it sends nobody to a mailbox or a host."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_every_promise_names_tests_that_exist() -> None:
    section = PAGE.partition("## What is promised")[2].partition("\n## ")[0]
    promises = [line for line in section.splitlines() if line.startswith("| ") and "---" not in line][1:]
    assert len(promises) > 10
    for promise in promises:
        named = re.findall(r"`(tests/[a-z_]+\.py)`", promise)
        assert named, promise
        for test in named:
            assert "\ndef test_" in (ROOT / test).read_text(encoding="utf-8"), test


def test_every_page_it_leads_to_exists_and_nobody_is_sent_to_a_mailbox() -> None:
    for target in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (ROOT / target).exists(), target
    assert not re.search(r"\S@\S|https?:", PAGE)
