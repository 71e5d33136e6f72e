"""Garbage is looked for again once a workbook is written, and what is kept for a system is that system's own."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from smartcity_xl.books.garbage import without_a_search
from smartcity_xl.catalog.load import load_catalog
from smartcity_xl.model import Catalog
from smartcity_xl.summary.once import once


@without_a_search
def write(fails: bool) -> bool:
    if fails:
        raise ValueError("a fault")
    return gc.isenabled()


@pytest.fixture(autouse=True)
def search_again() -> Iterator[None]:
    yield
    gc.enable()


def test_garbage_is_looked_for_again_even_after_a_failure() -> None:
    gc.enable()
    assert not write(False)
    assert gc.isenabled()
    with pytest.raises(ValueError, match="a fault"):
        write(True)
    assert gc.isenabled()


def test_who_looked_for_none_does_not_begin() -> None:
    gc.disable()
    assert not write(False)
    assert not gc.isenabled()


def test_what_is_kept_for_a_system_is_found_once_and_its_own() -> None:
    asked: list[str] = []

    @once
    def find(catalog: Catalog) -> str:
        asked.append(catalog.id)
        return catalog.id

    one, other = load_catalog("cn-2018"), load_catalog("cn-2016")
    assert [find(one), find(other), find(one), find(other)] == [one.id, other.id, one.id, other.id]
    assert asked == [one.id, other.id]
