"""The sheet of what the office said of files: taken out, let in, and what it took back."""

from __future__ import annotations

from smartcity_xl.books.pages import Book
from smartcity_xl.messages import label
from smartcity_xl.model import Outcome, Ruling
from smartcity_xl.summary.grid import Head, Line, write_list
from smartcity_xl.summary.places import Places


def write_rulings(book: Book, outcome: Outcome, places: Places) -> None:
    """One row for each word of the office's, the oldest first, and whether it is still in force."""
    columns = (
        Head("ruling", 12), Head("file", 34), Head("ruling_over", 22), Head("reason", 36), Head("ruled_by", 12),
        Head("ruled_at", 22), Head("ruling_holds", 10), Head("sha256", 34),
    )  # fmt: skip
    lines = (Line(_cells(outcome, one), {"ruling": places.files.get(one.file)}) for one in outcome.rulings.made)
    write_list(book, "rulings", columns, lines, freeze=2)


def _cells(outcome: Outcome, one: Ruling) -> dict[str, str]:
    verb = f"{one.verb}_undone" if one.undo else one.verb.value
    holds = "" if one.undo else label("word.yes" if outcome.rulings.holds(one) else "word.no")
    return {
        "ruling": label(f"ruling.{verb}"),
        "file": one.file,
        "ruling_over": label("word.separator").join(label(f"ruling_over.{code}") for code in one.over),
        "reason": one.reason,
        "ruled_by": one.who,
        "ruled_at": f"{one.moment:%Y-%m-%d %H:%M %z}",
        "ruling_holds": holds,
        "sha256": one.sha256,
    }
