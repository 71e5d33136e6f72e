"""Workbooks that came several times -> one submission each, and what became of every copy.

One policy: the same bytes are one report, and it was received when they first came from a sender that is admitted. What
comes again is no newer for it: mails are forwarded, files copied and renamed, old and new packed together. Names decide
nothing: of copies the one that came first is named, and of those that came together the one whose mail has the lower
hash. ``docs/decisions/0007-corrections.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from smartcity_xl.arrival.campaign import sender_of
from smartcity_xl.arrival.post import admits, check_sender, is_heard, receive, receive_again
from smartcity_xl.model import Assignment, Finding, Parcel, Receipt, Recognised, Roster, Submission

_UNKNOWN = "9999"
"""Later than any moment."""
Take = Callable[[Recognised], tuple[Submission | None, Receipt]]
"""Reads a workbook: its submission, if it belongs here, and what became of it."""


class TakenCopies(Struct):
    """``submissions`` count; those ``aside`` the office has yet to admit. ``received``: hash -> when it
    came first (UTC), where that is known; ``again``: hash -> when a mail brought it last, and under which name;
    ``places``: hash -> the names under which it came."""

    submissions: list[Submission] = field(default_factory=list)
    aside: list[Submission] = field(default_factory=list)
    received: dict[str, str] = field(default_factory=dict)
    again: dict[str, tuple[str, str]] = field(default_factory=dict)
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)


def take_copies(
    opened: Iterable[Recognised],
    receipts: dict[str, Receipt],
    assignment: Assignment,
    roster: Roster | None,
    arrived: Callable[[str], Mapping[str, str]],
    take: Take,
    admitted: Callable[[str], bool] = lambda _: False,
    doubts: Callable[[Recognised], Sequence[Finding]] = lambda _: (),
) -> TakenCopies:
    """Every workbook once, its copies told as such in ``receipts``.

    ``arrived``: hash -> sender ("" outside a mail) -> when it came first from there, as far as that is known;
    ``admitted``: whether the office lets a hash in, whoever sent it; ``doubts``: for what else a workbook is held.
    """
    by_hash: dict[str, list[Recognised]] = {}
    for book in opened:
        by_hash.setdefault(book.parcel.sha256, []).append(book)
    taken, named = TakenCopies(), dict[str, list[str]]()
    for name, receipt in receipts.items():
        named.setdefault(receipt.sha256, []).append(name)
    for copies in by_hash.values():
        copies.sort(key=lambda book: _order(book.parcel))
        let_in = admitted(copies[0].parcel.sha256)

        def doubt(book: Recognised, department: str, let_in: bool = let_in) -> list[Finding]:
            parcel = book.parcel
            sender = None if let_in else check_sender(roster, assignment, parcel.letter, department, parcel.name)
            return [*([sender] if sender else []), *doubts(book)]

        if submission := _take_one(copies, receipts, take, taken, doubt):
            names = (*named.get(submission.sha256, ()), *(book.parcel.name for book in copies))
            alike = {name: receipts[name] for name in names}
            _note_times(submission, copies, alike, None if let_in else roster, arrived, taken)
    return taken


def _order(parcel: Parcel) -> tuple[str, str, str]:
    return stamp_of(parcel) or _UNKNOWN, parcel.container, parcel.name


def stamp_of(parcel: Parcel) -> str:
    """When our mail server received what came in a mail; empty where nothing tells."""
    return parcel.received if parcel.letter else ""


def _take_one(
    copies: Sequence[Recognised],
    receipts: dict[str, Receipt],
    take: Take,
    taken: TakenCopies,
    doubt: Callable[[Recognised, str], Sequence[Finding]],
) -> Submission | None:
    """The copy that counts: of those that nothing is held against the first. Each other sender's is looked at once."""
    first_of: dict[tuple[str | None, str], str] = {}
    counts: Submission | None = None
    for book in copies:
        parcel = book.parcel
        sender = sender_of(parcel), parcel.letter.unclear if parcel.letter else ""
        if sender in first_of:
            receipts[parcel.name] = receive_again(parcel, first_of[sender])
            continue
        first_of[sender] = parcel.name
        submission, receipts[parcel.name] = take(book)
        if submission is None:
            continue
        if held := doubt(book, submission.department):
            receipts[parcel.name] = receive(parcel, "aside", submission.department, *held)
            taken.aside.append(submission)
        elif counts is None:
            counts = submission
            taken.submissions.append(submission)
        else:
            receipts[parcel.name] = receive_again(parcel, counts.parcel)
    return counts


def _note_times(
    submission: Submission,
    copies: Sequence[Recognised],
    alike: Mapping[str, Receipt],
    roster: Roster | None,
    arrived: Callable[[str], Mapping[str, str]],
    taken: TakenCopies,
) -> None:
    """``alike``: the receipts of all that has these bytes."""
    sha256, department = submission.sha256, submission.department
    times = [at for sender, at in arrived(sha256).items() if admits(roster, sender or None, department)]
    if times:
        taken.received[sha256] = min(times)
    mine = [book.parcel for book in copies if is_heard(roster, book.parcel.letter, department)]
    if stamped := [parcel for parcel in mine if stamp_of(parcel)]:
        last = max(stamped, key=lambda parcel: (stamp_of(parcel), parcel.container, parcel.name))
        taken.again[sha256] = stamp_of(last), last.name
    laid = [name for name, one in alike.items() if (one.sha256, one.letter) == (sha256, None)]
    taken.places[sha256] = (*laid, *(parcel.name for parcel in mine))


def recognise_again(book: Recognised, parcel: Parcel) -> Recognised:
    """A workbook that was recognised before, under another name."""
    return replace(book, parcel=replace(parcel, data=b""))
