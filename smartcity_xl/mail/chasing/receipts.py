"""Which of the files that came are answered, each once, and in which mail: one for each department."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct

from smartcity_xl.ledger import Posting, Step
from smartcity_xl.mail.chasing.boxes import TAKEN, Boxes, Left, Why, address_box
from smartcity_xl.mail.chasing.facts import Came
from smartcity_xl.model import Roster

_FORMS = ("taken", "superseded", "rejected", "excluded")
"""What became of a file that somebody sent as a submission."""
ASIDE = "aside"


class Answered(Struct, frozen=True):
    """A receipt that is due: to whom, and for which files, in the order in which they came."""

    department: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    files: tuple[Came, ...]


def answered_files(postings: Iterable[Posting], resend: bool = False) -> frozenset[str]:
    """The hashes of the files that a receipt has answered, or may have; ``resend``: those do not count that may."""
    steps = (Step.SENT,) if resend else TAKEN
    return frozenset(sha256 for one in postings if one.step in steps for sha256 in one.about)


def why_unanswered(file: Came, answered: Collection[str]) -> Why:
    """What stands against answering a file."""
    if file.status == ASIDE:
        return Why.WAITS_FOR_OFFICE
    if file.status not in _FORMS or not file.sha256:
        return Why.NO_FORM
    if file.sha256 in answered:
        return Why.ANSWERED
    if file.automatic:
        return Why.AUTOMATIC
    return Why.NOTHING if file.department else Why.NOBODY


def choose_receipts(
    files: Sequence[Came], answered: Collection[str], roster: Roster, boxes: Boxes
) -> tuple[tuple[Answered, ...], tuple[Left, ...]]:
    """The receipts that are due, in the roster's order, and who is left without one. The same bytes sent twice are one
    submission; what is no submission is not spoken of."""
    due: dict[str, dict[str, Came]] = {}
    left = []
    for file in sorted(files, key=lambda one: (one.received, one.file)):
        why = why_unanswered(file, answered)
        if why is Why.NOTHING:
            due.setdefault(file.department, {}).setdefault(file.sha256, file)
        elif why not in (Why.NO_FORM, Why.ANSWERED):
            left.append(Left(file.department, why, file.file))
    receipts = []
    for department in (key for key in roster.entries if key in due):
        to, cc, why = address_box(roster.entries[department], boxes)
        mine = tuple(due[department].values())
        if why is Why.NOTHING:
            receipts.append(Answered(department, to, cc, mine))
        else:
            left += [Left(department, why, file.file) for file in mine]
    return tuple(receipts), tuple(left)
