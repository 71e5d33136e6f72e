"""What a program is known by."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from smartcity_xl.run import fingerprint


def test_a_disk_that_gives_less_than_is_asked_for_is_read_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    path, read, taken = Path(fingerprint.__file__), os.read, bytearray()
    monkeypatch.setattr(os, "read", lambda descriptor, most: read(descriptor, min(most, 1_000)))
    assert fingerprint._feed(taken.extend, str(path)) == len(taken)
    assert taken == path.read_bytes()
