"""Imported before any test: what the package sets for openpyxl must be set before openpyxl is imported."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import smartcity_xl  # noqa: F401

SLOW = ("office", "servers", "wheel")
"""Markers of tests that wait for other programs."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that wait for other programs begin first, so that no worker is left alone with one at the end."""
    slow = {item.path for item in items if any(item.get_closest_marker(name) for name in SLOW)}
    first = Path(__file__).with_name("test_form_recalculation.py")
    items.sort(key=lambda item: (item.path != first, item.path not in slow))


@pytest.fixture
def quick_path(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where there is one: for tests that force things to the disk hundreds of times."""
    memory = Path("/dev/shm")  # noqa: S108
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(dir=memory, prefix="xlscore-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session", autouse=True)
def results_are_read_as_they_were_written() -> Iterator[None]:
    """Whatever test writes results, their one reader must find in them what the record holds, of the declared types."""
    from smartcity_xl import results

    write = results.write_results

    def write_and_read(record: results.Results) -> bytes:
        data = write(record)
        assert results.read_results(data) == record
        return data

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results, "write_results", write_and_read)
        yield
