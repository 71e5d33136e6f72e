"""Every file that came, what became of it, and the way to it where it lies beside the summary."""

from __future__ import annotations

from smartcity_xl.books.pages import Book
from smartcity_xl.messages import label, word_finding
from smartcity_xl.model import Letter, Outcome, Receipt
from smartcity_xl.summary.grid import Head, Line, write_list
from smartcity_xl.summary.places import Places

_COLUMNS = (
    Head("file", 44), Head("open", 7), Head("status", 10), Head("department", 24), Head("why", 56), Head("sender", 24),
    Head("received", 20), Head("sha256", 34),
)  # fmt: skip


def write_files(book: Book, outcome: Outcome, places: Places) -> None:
    lines = (_line(outcome, receipt, places) for receipt in outcome.receipts)
    write_list(book, "files", _COLUMNS, lines, freeze=1)


def _line(outcome: Outcome, receipt: Receipt, places: Places) -> Line:
    cells = {
        "file": receipt.parcel,
        "status": label(f"receipt.{receipt.status}"),
        "department": outcome.assignment.name(receipt.department) if receipt.department else "",
        "why": "" if receipt.status == "taken" else "\n".join(str(word_finding(f)) for f in receipt.findings),
        "sender": receipt.letter.sender if receipt.letter else "",
        "received": _minute(receipt.letter),
        "sha256": receipt.sha256,
    }
    if way := places.beside.get(receipt.parcel):
        return Line({**cells, "open": label("contents.open")}, {"open": way})
    return Line(cells)


def _minute(letter: Letter | None) -> str:
    """When the office's server took a mail in, with the time zone of its clock."""
    return letter.received.strftime("%Y-%m-%d %H:%M %z") if letter and letter.received else ""
