"""The office's word on files that came -> which workbooks count for it, and what is told of each.

A word holds for a file's bytes, under whatever name they come. ``docs/decisions/0012-rulings.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.arrival.campaign import HELD_SETTINGS
from smartcity_xl.arrival.echoes import is_blank
from smartcity_xl.books.identity import TEMPLATE_KIND
from smartcity_xl.ledger import Seen
from smartcity_xl.model import Finding, Origin, Receipt, Ruling, Rulings, Submission

SENDERS = frozenset({"sender-unknown", "sender-of-another", "sender-unclear"})
ROUNDS = frozenset({"round-differs", "city-differs"})
ECHOES = frozenset({"blank-form", "own-return", "own-return-sent"})
REPLACED = frozenset({"superseded", "superseded-revision", "superseded-ruling", "older-form-later", "came-again"})
IDENTITIES = frozenset({
    "identity-unsigned", "identity-false", "identity-department", "identity-revision", "identity-settings",
})  # fmt: skip
"""A workbook of another round has its code from there: who lets it in over its round lets it in over that too."""
ADMISSIBLE = SENDERS | ROUNDS | IDENTITIES | HELD_SETTINGS | ECHOES | REPLACED
"""Findings over which the office may let a file in. What cannot be read, or asks something else, nobody can."""
PLACED = ECHOES | REPLACED
"""Those where the office says that this workbook is to count in the place of the others."""


class Placing(Struct, frozen=True):
    """Which workbooks stand where the office put them, and not where their times do: hash -> when it said so (UTC).
    ``known``: hash -> when a workbook was known of first; what turned up after the word comes after it."""

    placed: Mapping[str, str]
    known: Mapping[str, str]


def place_admitted(rulings: Rulings, first_seen: Callable[[], Mapping[str, str]]) -> Placing:
    """``first_seen`` is asked only where it matters."""
    placed = {sha256: one.at for sha256 in rulings.admitted if (one := rulings.admission(sha256, PLACED))}
    return Placing(placed, first_seen() if placed else {})


def keep_out(submissions: Iterable[Submission], rulings: Rulings) -> tuple[list[Submission], list[Submission]]:
    """The workbooks that may count, and those that the office has taken out."""
    every = list(submissions)
    kept = [one for one in every if one.sha256 not in rulings.excluded]
    return kept, [one for one in every if one.sha256 in rulings.excluded]


def tell_excluded(receipts: Mapping[str, Receipt], rulings: Rulings) -> dict[str, Receipt]:
    """What becomes of the files that the office has taken out, whatever else is to be said of them."""
    return {
        name: replace(one, status="excluded", findings=(_tell(ruling, name, one.department),))
        for name, one in receipts.items()
        if (ruling := rulings.excluded.get(one.sha256)) and one.status != "opened"
    }


def tell_admitted(
    receipts: Mapping[str, Receipt], submissions: Sequence[Submission], rulings: Rulings
) -> dict[str, Receipt]:
    """The receipts of the workbooks that count because the office let them in, with its word."""
    told = {}
    for one in submissions:
        if words := rulings.admitted.get(one.sha256):
            receipt = receipts[one.parcel]
            found = (*receipt.findings, _tell(words[-1], one.parcel, one.department))
            told[one.parcel] = replace(receipt, findings=found)
    return told


def tell_blanks_alone(
    receipts: Mapping[str, Receipt],
    submissions: Sequence[Submission],
    rulings: Rulings,
    filled_before: Callable[[], Mapping[str, Sequence[Seen]]],
    lies_at: Callable[[str], str],
) -> dict[str, Receipt]:
    """The receipts of untouched forms that are all there is of a department which had sent a filled one: that has gone
    from the inbox, and an untouched form does not stand for it. ``filled_before``, and ``lies_at`` (hash -> where the
    ledger keeps it), are asked only where it matters."""
    written = {one.department for one in submissions if not is_blank(one)}
    blanks = [one for one in submissions if one.department not in written and one.identity.kind == TEMPLATE_KIND]
    blanks = [one for one in blanks if not rulings.admission(one.sha256, ECHOES)]
    before = filled_before() if blanks else {}
    here = {receipt.sha256 for receipt in receipts.values()} | set(rulings.excluded)
    told = {}
    for one in blanks:
        if gone := [seen for seen in before.get(one.department, ()) if seen.sha256 not in here]:
            sha256, name = gone[-1].sha256, gone[-1].name
            parameters = {"earlier": name, "sha256": sha256[:12], "stored": lies_at(sha256)}
            finding = Finding("blank-form-alone", Origin(one.parcel), one.department, parameters=parameters)
            receipt = receipts[one.parcel]
            told[one.parcel] = replace(receipt, findings=(*receipt.findings, finding))
    return told


def _tell(ruling: Ruling, name: str, department: str) -> Finding:
    code = "excluded" if ruling.verb == "exclude" else "admitted"
    parameters = {"who": ruling.who, "at": f"{ruling.moment:%Y-%m-%d %H:%M %z}", "reason": ruling.reason}
    return Finding(code, Origin(name), department, parameters=parameters)


def over(codes: Collection[str]) -> tuple[str, ...]:
    """Of what is said of a file, that over which it can be let in."""
    return tuple(sorted(set(codes) & ADMISSIBLE))
