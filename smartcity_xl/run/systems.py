"""Indicator systems as commands ask for them: chosen, edited, linted, shared out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from smartcity_xl.catalog.combine import lay_together, under_settings
from smartcity_xl.catalog.dates import for_period
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.catalog.lint import lint_assignment, lint_catalog, load_whole_catalog
from smartcity_xl.catalog.load import (
    DEFAULT_CATALOG,
    SYSTEM_FILE,
    assignment_ids,
    load_assignment,
    load_catalog,
    load_document,
    refuse_shadow,
)
from smartcity_xl.catalog.terms import under_terms
from smartcity_xl.errors import UsageFault
from smartcity_xl.model import Assignment, Catalog, Period
from smartcity_xl.model.settings import DEFAULT_SETTINGS, Settings
from smartcity_xl.rules.itself import Itself
from smartcity_xl.run.choice import EVERYTHING_DEFAULT as EVERYTHING_DEFAULT
from smartcity_xl.run.choice import Choice as Choice
from smartcity_xl.run.files import Written, write_once

_KEPT = 16
"""Systems that are kept as cities have them: a province has one or two, each in its round."""


def load_systems(references: Sequence[str]) -> Catalog:
    """The systems named, laid together where they are several. Raises as ``load_whole_catalog``."""
    return _laid_together(*(Itself(load_whole_catalog(reference)) for reference in dict.fromkeys(references)))


@lru_cache(maxsize=_KEPT)
def _laid_together(*parts: Itself[Catalog]) -> Catalog:
    return lay_together([part.one for part in parts])


def settle(catalog: Catalog, settings: Settings | None, period: Period | None) -> Catalog:
    """The system, or the systems laid together, under the settings of a campaign and with the dates of its round. Made
    once for all cities that say the same: what is kept of a system is found by itself, and not by what it holds."""
    return _settled(Itself(catalog), settings or DEFAULT_SETTINGS, period)


@lru_cache(maxsize=_KEPT)
def _settled(catalog: Itself[Catalog], chosen: Settings, period: Period | None) -> Catalog:
    parts = tuple(for_period(under_settings(part, chosen), period) for part in catalog.one.parts)
    return lay_together(parts) if parts else for_period(under_settings(catalog.one, chosen), period)


def fit(
    picked: tuple[Catalog, Assignment], choice: Choice, city: str, round_: str, settings: Settings | None
) -> tuple[Catalog, Assignment]:
    """What ``pick`` gave, as a city's round has it: its settings, its dates, and what it says of itself."""
    assignment = under_terms(picked[1], city, round_, choice.terms)
    return settle(picked[0], settings, assignment.period), assignment


def choose(choice: Choice) -> tuple[Catalog, Assignment]:
    """The system (several laid together) and the assignment that a command asks for, as the round has them that it
    names, else the assignment's own. Raises as ``pick``."""
    catalog, assignment = pick(choice)
    city, round_ = choice.city or assignment.city, choice.round or assignment.round
    return fit((catalog, assignment), choice, city, round_, choice.settings)


def choose_round(choice: Choice) -> tuple[Catalog, Assignment]:
    """As ``choose``, for forms that go out: they are a city's, in one of its years. Raises UsageFault too where a city
    is named without its round, or a round without its time."""
    own = pick(choice)[1]
    if choice.city not in ("", own.city) and not choice.round and choice.assignment_book is None:
        raise UsageFault("round-unsaid", city=choice.city, found=own.round, own=own.city)
    catalog, assignment = choose(choice)
    if assignment.period is None:
        raise UsageFault("period-unknown", round=assignment.round)
    return catalog, assignment


def pick(choice: Choice) -> tuple[Catalog, Assignment]:
    """The system (several laid together) and the assignment that a command asks for, as they were written.

    Raises UsageFault, CatalogFault, MachineFault.
    """
    catalog = load_systems(choice.systems) if choice.systems else None
    if choice.assignment_book is not None:
        from smartcity_xl.office.assigning import read_assignment_book

        return read_assignment_book(choice.assignment_book, catalog)
    catalog = catalog or load_catalog(DEFAULT_CATALOG)
    if catalog.parts:
        raise UsageFault("assignment-several", systems=" ".join(choice.systems))
    if not assignment_ids(catalog.id):
        raise UsageFault("assignment-none", catalog=choice.systems[0] if choice.systems else catalog.id)
    return catalog, load_assignment(catalog, choice.assignment_id or None)


def export_catalog(catalog_id: str, path: Path, overwrite: bool = False) -> Written:
    """Write a system as a workbook in which it can be edited. Raises as ``make_templates``."""
    from smartcity_xl.office.editing import write_catalog_book

    catalog = load_whole_catalog(catalog_id)
    return write_once({path: write_catalog_book(catalog, load_document(catalog_id))}, overwrite)


def import_catalog(book: Path, out: Path, overwrite: bool = False) -> Written:
    """Write the system of an edited workbook into a folder.

    Raises CatalogFault with every fault of the workbook, UsageFault (no such workbook, a built-in id, a folder that
    holds another system), MachineFault; then nothing was written.
    """
    from smartcity_xl.office.editing import read_catalog_book, write_document

    read = read_catalog_book(book)
    refuse_shadow(read.catalog)
    return write_once({out / SYSTEM_FILE: write_document(read.document).encode()}, overwrite)


def open_system(reference: str) -> Catalog:
    """A system by its id, its folder or file, or the workbook in which it is edited. Raises as ``import_catalog``."""
    if not _is_book(reference):
        return load_whole_catalog(reference)
    from smartcity_xl.office.editing import read_catalog_book

    return read_catalog_book(Path(reference)).catalog


def lint_system(reference: str) -> tuple[Fault, ...]:
    """Every fault of a system and of the assignments that come with it. Raises as ``load_catalog``."""
    if _is_book(reference):
        from smartcity_xl.office.editing import open_catalog_book

        return open_catalog_book(Path(reference)).faults
    catalog = load_catalog(reference)
    assignments = (load_assignment(catalog, name) for name in assignment_ids(reference))
    return (*lint_catalog(catalog), *(fault for one in assignments for fault in lint_assignment(catalog, one)))


def _is_book(reference: str) -> bool:
    return reference.casefold().endswith((".xlsx", ".xlsm"))
