"""What the numbers rest on: the round's terms, the office's choices, and the notes on the text."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.books.pages import Book
from smartcity_xl.catalog.dates import expand_dates
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Outcome
from smartcity_xl.summary.grid import Head, Line, write_list

_COLUMNS = (Head("matter", 26), Head("note", 104))


def write_notes(book: Book, outcome: Outcome) -> None:
    write_list(book, "notes", _COLUMNS, _lines(outcome), freeze=0, filtered=False)


def _lines(outcome: Outcome) -> Iterator[Line]:
    yield Line({"matter": label("overview.settings")}, style="bold_cell")
    for line in (*_say_terms(outcome.assignment), *_say_settings(outcome)):
        yield Line({"note": line}, level=1)
    yield Line({"matter": label("overview.notices")}, style="bold_cell")
    for notice in (*outcome.assignment.notices, *outcome.catalog.notices):
        yield Line({"matter": notice.about, "note": notice.text}, level=1)


def _say_settings(outcome: Outcome) -> Iterator[str]:
    """What the office chose where the texts are silent, defaults included."""
    settings = outcome.catalog.settings
    chosen = {"ratio": settings.ratio_above_one, "rounding": settings.rounding, "missing": settings.missing}
    yield from (label(f"settings.{name}_{choice.value.replace('-', '_')}") for name, choice in chosen.items())
    if outcome.catalog.target:
        yield label("settings.target", level=label(f"stars.level_{outcome.catalog.target}"))


def _say_terms(assignment: Assignment) -> Iterator[str]:
    """The round's time, deadlines, basis and recipients, as far as it says them."""
    if assignment.period:
        yield label("settings.period", period=expand_dates("{period}", assignment.period))
    said = {
        "deadline": assignment.deadline, "contacts_deadline": assignment.contacts_deadline,
        "basis": assignment.document, "recipients": label("word.separator").join(assignment.recipients),
    }  # fmt: skip
    yield from (label(f"settings.{name}", said=text) for name, text in said.items() if text)
