"""A form that was filled and packed is gone at once: nothing of it waits until garbage is looked for."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import pytest

from smartcity_xl.books.pages import Book
from smartcity_xl.catalog.load import load_assignment, load_catalog
from smartcity_xl.form.template import Issue, write_template
from smartcity_xl.form.template.forms import Stamp

CATALOG = load_catalog("cn-2018")
ASSIGNMENT = load_assignment(CATALOG)
ISSUE = Issue(ASSIGNMENT.round, "云溪市", ASSIGNMENT.deadline)
ASKED = (CATALOG, ASSIGNMENT, next(iter(ASSIGNMENT.departments)))


@pytest.fixture
def no_search() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def left_by(write: Callable[[], object]) -> int:
    """How many things wait in rings after a second time."""
    write()
    gc.collect()
    write()
    return gc.collect()


@pytest.mark.usefixtures("no_search")
def test_a_form_that_was_filled_leaves_no_ring() -> None:
    stamp = Stamp(*ASKED, ASSIGNMENT.round)
    assert left_by(lambda: stamp.write(ISSUE)) < 50, "with its pages in a ring, it were hundreds"


@pytest.mark.usefixtures("no_search")
def test_a_form_that_was_laid_out_for_one_workbook_leaves_no_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    assert left_by(lambda: write_template(*ASKED, ISSUE)) < 200
    monkeypatch.setattr(Book, "_fall_apart", lambda _: None)
    assert left_by(lambda: write_template(*ASKED, ISSUE)) > 5_000
