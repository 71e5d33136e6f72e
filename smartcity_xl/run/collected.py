"""A collection: known from the last one where nothing is new, else made, and remembered."""

from __future__ import annotations

from smartcity_xl.arrival.intake import Intake, open_intake
from smartcity_xl.ledger import Memory, open_memory
from smartcity_xl.results.gist import Gist
from smartcity_xl.run.collection import Collection
from smartcity_xl.run.files import Written
from smartcity_xl.run.repeating import Repeating, books_are_known


def collect_or_repeat(told: Collection) -> tuple[Gist, Written]:
    """As ``collecting.collect``, but what the last one came to is not made again where this one would come to the same,
    and no parcel is read that was. Without a ledger, and looking back, everything is made. Raises as it does."""
    if told.keeping is None or told.back:
        from smartcity_xl.results.gist import take_gist
        from smartcity_xl.run.collecting import collect_told

        outcome, done = collect_told(told)
        return take_gist(outcome), done
    if not books_are_known(told):
        from smartcity_xl.run.collecting import DecisionBooks

        DecisionBooks(told).prove()
    with (
        open_intake(told.inbox, told.out, told.keeping, told.follow) as intake,
        open_memory(told.keeping.folder) as memory,
    ):
        repeating = Repeating(told, intake, memory)
        return repeating.recall() or _make(told, intake, memory, repeating)


def _make(told: Collection, intake: Intake, memory: Memory, repeating: Repeating) -> tuple[Gist, Written]:
    from smartcity_xl.results.gist import take_gist
    from smartcity_xl.run.collecting import DecisionBooks, collect_intake
    from smartcity_xl.run.remembering import Remembering
    from smartcity_xl.run.sparing import sparing

    assert intake.ledger is not None  # noqa: S101 - it keeps one
    books, remember = DecisionBooks(told), sparing(told, Remembering(memory, intake.ledger.read_bytes))
    outcome, done = collect_intake(told, intake, books, remember, memory)
    gist = take_gist(outcome)
    came = frozenset(receipt.sha256 for receipt in outcome.receipts if receipt.sha256)
    repeating.keep(gist, done, came, bool(books.given.decisions or books.given.lapsed))
    return gist, done
