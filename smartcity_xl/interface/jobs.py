"""The jobs over files: systems, templates, an inbox scored, with or without anything written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from threading import RLock
from typing import ParamSpec, TypeVar

from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger.places import read_place
from smartcity_xl.model import Catalog, Settings
from smartcity_xl.model.place import Place
from smartcity_xl.results import Results, from_outcome
from smartcity_xl.run.collecting import assess as assess_inbox
from smartcity_xl.run.collecting import collect as collect_inbox
from smartcity_xl.run.collecting import needs_a_person
from smartcity_xl.run.files import Written
from smartcity_xl.run.orders import order_collection, order_templates
from smartcity_xl.run.previous import open_previous
from smartcity_xl.run.systems import Choice, load_systems, settle
from smartcity_xl.run.templates import make_templates as write_templates

NamedPath = str | Path
_Told = ParamSpec("_Told")
_Came = TypeVar("_Came")
_ONE_AT_A_TIME = RLock()
"""Jobs of one process share the forms that they have laid out, each written to in turn."""


def _one_at_a_time(job: Callable[_Told, _Came]) -> Callable[_Told, _Came]:
    @wraps(job)
    def wait_and_do(*told: _Told.args, **named: _Told.kwargs) -> _Came:
        with _ONE_AT_A_TIME:
            return job(*told, **named)

    return wait_and_do


@dataclass(frozen=True, slots=True)
class Collected:
    """What came of an inbox: ``results``, a record for each indicator system; the files that were written; and whether
    anything is left for a person (``open``), as exit code 1 of the command says."""

    results: tuple[Results, ...]
    files: Written
    open: bool


def load_catalog(reference: NamedPath, settings: Settings | None = None) -> Catalog:
    """An indicator system: a built-in one by its id (``catalog_ids()``), or an office's own by its folder or file.

    ``settings`` are the office's choices where the text is silent; those that a system has by default if left out.
    Raises UsageFault (no such system), CatalogFault with every fault of a file, MachineFault.
    """
    return settle(load_systems([str(reference)]), settings, None)


@_one_at_a_time
def make_templates(
    out: NamedPath,
    *,
    systems: Sequence[str] = (),
    assignment: NamedPath | None = None,
    city: str = "",
    round_: str = "",
    deadline: str = "",
    previous: NamedPath | None = None,
    overwrite: bool = False,
    campaign: NamedPath | None = None,
) -> Written:
    """Write one workbook for each department into ``out``.

    ``systems`` are ids or folders; ``assignment`` is the office's own workbook of who answers what, else the one that
    comes with the system. ``deadline``: an ISO date. ``previous``: last round's ``results.json``. ``campaign``: the
    folder of a round, which then says what is left out, and whose key signs the workbooks; it must have one, as the
    first ``xlscore make-templates`` gives it. Without a campaign workbooks are unsigned.

    Raises UsageFault (also where other files stand there and not ``overwrite``), CatalogFault, CampaignFault,
    MachineFault; then nothing was written.
    """
    order = order_templates(
        _path(campaign), Choice(tuple(systems), _path(assignment)), Path(out), round_, city, deadline, _path(previous)
    )  # fmt: skip
    if order.home is not None and not order.choice.key:
        raise UsageFault("key-not-begun", path=str(order.home))
    return write_templates(
        order.out, order.choice, order.round, order.city, order.deadline, overwrite, order.previous, order.home
    )  # fmt: skip


@_one_at_a_time
def collect(
    inbox: NamedPath | None,
    out: NamedPath | None,
    *,
    systems: Sequence[str] = (),
    assignment: NamedPath | None = None,
    city: str = "",
    round_: str = "",
    settings: Settings | None = None,
    previous: Sequence[NamedPath] = (),
    decisions: NamedPath | None = None,
    return_by: str = "",
    passwords: Sequence[str] = (),
    campaign: NamedPath | None = None,
    ledger: NamedPath | None = None,
    now: datetime | None = None,
) -> Collected:
    """Read an inbox, score it, and write what ``xlscore collect`` writes into ``out``.

    ``campaign``: the folder of a round, which then says what is left out (``inbox`` and ``out`` too, as None).
    A ledger is kept where ``now`` says the time (with its zone): in ``ledger`` (a folder, or
    ``postgresql://…``), else where the command keeps it.
    Without ``now`` none is kept, and nothing says what came earlier.

    Raises UsageFault, NothingUsable (no workbook that counts; it says why of each file), CatalogFault, CampaignFault,
    DecisionFault, MachineFault; what the data have wrong stands in ``results``.
    """
    chosen = Choice(tuple(systems), _path(assignment), settings=settings, round=round_, city=city)
    if campaign is not None and settings is not None:
        raise UsageFault("campaign-and-options", path=str(campaign))
    order = order_collection(
        _path(campaign), chosen, _path(inbox), _path(out), _place(ledger), _path(decisions), return_by,
        tuple(map(Path, previous)),
    )  # fmt: skip
    if now is None and ledger is not None:
        raise UsageFault("ledger-without-time")
    if now is not None and now.tzinfo is None:
        raise UsageFault("time-without-zone", found=now.isoformat())
    keeping = order.keeping(now, "", _tell_nobody) if now else None
    outcome, files = collect_inbox(
        order.inbox, order.out, order.choice, order.roster, order.authserv, keeping, order.decisions, order.return_by,
        tuple(passwords), order.home,
    )  # fmt: skip
    return Collected(tuple(map(from_outcome, (outcome, *outcome.beside))), files, needs_a_person(outcome))


@_one_at_a_time
def assess(
    inbox: NamedPath,
    *,
    systems: Sequence[str] = (),
    assignment: NamedPath | None = None,
    city: str = "",
    round_: str = "",
    settings: Settings | None = None,
    previous: Sequence[NamedPath] = (),
    passwords: Sequence[str] = (),
) -> tuple[Results, ...]:
    """Read, check, merge and score an inbox, and write nothing: a record for each indicator system.

    Raises as ``collect``.
    """
    before = open_previous(map(Path, previous))
    book = _path(assignment)
    chosen = Choice(tuple(systems), book, settings=settings, previous=before, round=round_, city=city)
    outcome = assess_inbox(Path(inbox), choice=chosen, passwords=tuple(passwords))
    return tuple(map(from_outcome, (outcome, *outcome.beside)))


def _path(given: NamedPath | None) -> Path | None:
    return None if given is None else Path(given)


def _place(given: NamedPath | None) -> Place | None:
    """A ledger's folder, or its address in a database."""
    return read_place(given) if isinstance(given, str) else given


def _tell_nobody(*_: object, **__: object) -> None:
    """A program reads what it is told in the record."""
