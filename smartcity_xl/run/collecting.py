"""Filled workbooks in: read, check, merge, score, and write what came of it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from smartcity_xl import __version__
from smartcity_xl.arrival.inbox import is_own_output, known_returns
from smartcity_xl.arrival.intake import Intake, open_intake
from smartcity_xl.errors import UsageFault, XlscoreError
from smartcity_xl.ledger import Keeping, Memory
from smartcity_xl.messages import label
from smartcity_xl.model import Outcome, Roster
from smartcity_xl.model.headway import Follow, followed, unfollowed
from smartcity_xl.model.periods import is_date
from smartcity_xl.office.deciding import NOTHING_DECIDED, DecisionBook, read_decision_book
from smartcity_xl.results import Results, from_outcome
from smartcity_xl.results.gist import needs_a_person
from smartcity_xl.run.assessing import CHOSEN, assess, assess_intake
from smartcity_xl.run.choice import EVERYTHING_DEFAULT, Choice
from smartcity_xl.run.collection import Collection
from smartcity_xl.run.decisions import decisions_made, open_standing, renew_book
from smartcity_xl.run.files import Written, sweep_unfinished, write_together
from smartcity_xl.run.looking_back import look_back
from smartcity_xl.run.meanwhile import Meanwhile
from smartcity_xl.run.reading import Remember, read_always
from smartcity_xl.run.returns import Returns, put_returns
from smartcity_xl.run.ways import find_ways

__all__ = ["assess", "assess_intake", "collect", "collect_intake", "collect_told", "needs_a_person"]
_LOG = logging.getLogger(__name__)


def collect(
    inbox: Path,
    out: Path,
    choice: Choice = EVERYTHING_DEFAULT,
    roster: Roster | None = None,
    authserv: str = "",
    keeping: Keeping | None = None,
    decisions: Path | None = None,
    return_by: str = "",
    passwords: tuple[str, ...] = (),
    home: Path | None = None,
    follow: Follow = unfollowed,
) -> tuple[Outcome, Written]:
    """Read an inbox, score it, and write the summary and the results into ``out``, one of each for each system.

    What it is told stands at ``Collection``. Where answers contradict each other, the workbook in which the office
    decides is written too, but not when looking back: then the decisions count that the ledger keeps of that moment.
    Workbooks with something open go into a folder of their own.

    Raises UsageFault (no such folder, nothing in it), NothingUsable (no form that counts; it says why of each file),
    MachineFault (cannot read or write; nothing is lost), DecisionFault (faults in a decision workbook; nothing was
    written).
    """
    return collect_told(
        Collection(inbox, out, choice, roster, authserv, keeping, decisions, return_by, passwords, home, follow)
    )


def collect_told(told: Collection) -> tuple[Outcome, Written]:
    """As ``collect``."""
    books = DecisionBooks(told)
    books.prove()
    with open_intake(told.inbox, told.out, told.keeping, told.follow) as intake:
        return collect_intake(told, intake, books)


class DecisionBooks:
    """The decision workbooks of a collection, read when they are asked for: the one that is ``given``, and the one that
    stands where the new one will go, which is of no account when looking back. Both raise as ``open_standing``."""

    def __init__(self, told: Collection) -> None:
        self._told = told

    @cached_property
    def given(self) -> DecisionBook:
        return read_decision_book(self._told.decisions) if self._told.decisions else NOTHING_DECIDED

    @cached_property
    def standing(self) -> DecisionBook:
        return NOTHING_DECIDED if self._told.back else open_standing(self._told.out, self.given)

    def prove(self) -> None:
        """Raise what is wrong with them, and with the day by which workbooks are wanted back."""
        if self._told.return_by and not is_date(self._told.return_by):
            raise UsageFault("return-by-unreadable", found=self._told.return_by)
        _ = self.given, self.standing


def collect_intake(
    told: Collection,
    intake: Intake,
    books: DecisionBooks,
    remember: Remember = read_always,
    memory: Memory | None = None,
) -> tuple[Outcome, Written]:
    """What came, step by step: assess it, draw up what is written of it, enter the run, put everything in place. In
    ``memory`` stands what was made before. The workbooks that go back are put last, and are being made meanwhile."""
    outcome = _assess(told, intake, books, remember)
    records = tuple(map(from_outcome, (outcome, *outcome.beside)))
    returns = Returns(outcome, records, told.out, told.return_by, told.choice.key, memory)
    with returns.begun(told.cores):
        drawn = _draw_up(told, intake, books, outcome, records)
        _spare_parcels(told.inbox, told.out, drawn.files)
        _record(told, intake, books, drawn)
        write_together(drawn.files, [*(path for path, _ in drawn.failed), *drawn.left_out])
        done = put_returns(returns, told.follow)
    files = {**drawn.book, **drawn.files}
    digests = {**done.digests, **{path: hashlib.sha256(data).hexdigest() for path, data in drawn.files.items()}}
    return outcome, replace(done, written=tuple(files), failed=(*drawn.failed, *done.failed), digests=digests)


def _assess(told: Collection, intake: Intake, books: DecisionBooks, remember: Remember) -> Outcome:
    returned = known_returns(told.out)
    outcome = assess_intake(
        intake, told.inbox, told.choice, told.roster, told.authserv, books.given, told.passwords, returned, remember,
        Meanwhile(told.summaries, returns=True),
    )  # fmt: skip
    if told.keeping and told.keeping.anchored:
        beside = tuple(replace(one, anchor=intake.anchor) for one in outcome.beside)
        outcome = replace(outcome, anchor=intake.anchor, beside=beside)
    return outcome


class _Drawn(Struct):
    """What a collection writes: ``files`` that belong together, among them the decision workbook (``book``), and what
    could not be made, with the reason; ``left_out`` are left for another time. ``runs``: what each system came to, as
    the ledger keeps it."""

    outcome: Outcome
    files: dict[Path, bytes] = field(default_factory=dict)
    book: dict[Path, bytes] = field(default_factory=dict)
    runs: list[tuple[Outcome, bytes]] = field(default_factory=list)
    failed: list[tuple[Path, str]] = field(default_factory=list)
    left_out: list[Path] = field(default_factory=list)


def _draw_up(
    told: Collection, intake: Intake, books: DecisionBooks, outcome: Outcome, records: Sequence[Results]
) -> _Drawn:
    from smartcity_xl.results import write_results

    out, together = told.out, (outcome, *outcome.beside)
    drawn = _Drawn(outcome)
    if intake.keeps:  # no other run writes here
        sweep_unfinished(out)
        sweep_unfinished(out / label("file.returned_folder"))
    if not told.back:
        with _costs_itself(told.book, drawn.failed):
            drawn.book = renew_book(out, together, books.given, books.standing)
    ways = find_ways(outcome.receipts, told.inbox, out, told.home)
    results = dict[Path, bytes]()
    pairs = zip(together, records, strict=True)
    for one, record in followed(pairs, "summary", told.follow, len(together)):
        path = out / (label("file.summary_of", system=one.catalog.id) if outcome.beside else label("file.summary"))
        data = out / (f"results-{one.catalog.id}.json" if outcome.beside else "results.json")
        with _costs_itself(data, drawn.failed):
            results[data] = write_results(record)
            drawn.runs.append((one, results[data]))
        if not told.summaries:
            drawn.left_out.append(path)
            continue
        with _costs_itself(path, drawn.failed):
            from smartcity_xl.summary import write_summary

            zone = told.keeping.zone if told.keeping else None
            past = look_back(intake, one, results.get(data, b""), told.choice.previous, zone)
            drawn.files[path] = write_summary(one, together, record, past, ways)
    drawn.files |= results | drawn.book  # last, for a decision workbook may be what the same command is given again
    return drawn


def _record(told: Collection, intake: Intake, books: DecisionBooks, drawn: _Drawn) -> None:
    settings = {"program": __version__, "settings": drawn.outcome.catalog.settings.as_text()}
    settings |= {CHOSEN: told.choice.settings.as_text()} if told.choice.settings else {}
    intake.record(drawn.runs, settings, decisions_made(books.given.decisions, drawn.outcome))


@contextmanager
def _costs_itself(path: Path, failed: list[tuple[Path, str]]) -> Iterator[None]:
    """A bug of ours in making one output costs that output alone, and is told. The machine's refusals end the run."""
    try:
        yield
    except XlscoreError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is ours
        _LOG.error("%s could not be made", path, exc_info=error)
        failed.append((path, f"{type(error).__name__}: {error}"))


def _spare_parcels(inbox: Path, out: Path, files: Iterable[Path]) -> None:
    """Refuse to write over what was received, where both folders are one. Raises UsageFault."""
    if inbox.resolve() == out.resolve():
        for path in files:
            if path.exists() and not is_own_output(path, out):
                raise UsageFault("output-over-parcel", path=str(path))
