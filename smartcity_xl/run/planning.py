"""A new round as it is planned: what a person says of it, what is known, and what has to be asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.catalog.terms import is_own, under_terms
from smartcity_xl.documents import choose_outlines
from smartcity_xl.errors import UsageFault
from smartcity_xl.model import Assignment, Catalog, Period, RoundTerms
from smartcity_xl.model.periods import is_date
from smartcity_xl.run.last_round import LastRound, is_unmoved, move_period
from smartcity_xl.run.systems import Choice, load_systems, pick


class TypedTerms(Struct, frozen=True):
    """What a person says of a new round, as it was typed; None where nothing was said, "" where it is to stay open."""

    period: str | None = None
    contacts_deadline: str | None = None
    basis: str | None = None
    recipients: tuple[str, ...] | None = None
    phone: str | None = None
    address: str | None = None


NOTHING_TYPED = TypedTerms()


class NewRound(Struct, frozen=True):
    """A round that is to be made. ``needed`` and ``unsaid`` are the options that nobody has answered: what it cannot be
    without, and all; ``outlines`` is None where those of the notice hold; ``terms`` is what is said of it."""

    catalog: Catalog
    assignment: Assignment
    needed: tuple[str, ...]
    unsaid: tuple[str, ...]
    outlines: list[str] | None
    terms: RoundTerms


def plan_round(
    choice: Choice,
    round_: str | None,
    city: str | None,
    deadline: str | None,
    typed: TypedTerms,
    last: LastRound | None = None,
) -> NewRound:
    """A round that is to be made: what is known of it, and what is not. A filled assignment workbook speaks for its own
    city and round; a built-in assignment for its own, where they are named, and never for another; the round before for
    its city, and for nothing that has a date.

    Raises as ``make_templates``, and UsageFault for a time that cannot be read.
    """
    catalog, assignment = _pick(choice, last)
    if choice.assignment_book:
        city, round_ = city or assignment.city, round_ or assignment.round
    if last:
        city = city or last.settings.city
        if (city, round_) == (last.settings.city, last.settings.round):
            raise UsageFault("last-same-round", city=city, round=round_, path=str(last.settings.path))
        typed = _fill(typed, last, city, round_ or "")
    due, contacts = read_time(deadline), read_time(typed.contacts_deadline)
    if due and contacts and _moment(contacts) > _moment(due):
        raise UsageFault("contacts-later", found=contacts, first=due)
    terms = replace(say_terms(choice, typed).terms, deadline=deadline or ("" if last else None))
    fitted = under_terms(assignment, city or "", round_ or "", terms)
    known = {"--city": fitted.city, "--round": fitted.round, "--deadline": fitted.deadline,
             "--period": (fitted.period and not _period_open(last, typed, round_)) or not fitted.round}  # fmt: skip
    said = {**known, "--contacts-deadline": fitted.contacts_deadline, "--basis": fitted.document,
            "--recipient": fitted.recipients, "--phone": fitted.phone, "--address": fitted.address}  # fmt: skip
    own = is_own(assignment, fitted.city, fitted.round)
    outlines = None if own else _outlines_elsewhere(catalog, assignment)
    return NewRound(
        catalog, fitted, tuple(name for name, value in known.items() if not value),
        tuple(name for name, value in said.items() if not value), outlines, terms,
    )  # fmt: skip


def _pick(choice: Choice, last: LastRound | None) -> tuple[Catalog, Assignment]:
    """What was chosen, else what the round before had."""
    if last is None:
        return pick(choice)
    systems = choice.systems or last.settings.systems
    if choice.assignment_book:
        return pick(replace(choice, systems=systems))
    return load_systems(systems), last.source.assignment


def _fill(typed: TypedTerms, last: LastRound, city: str, round_: str) -> TypedTerms:
    """What was typed, and what the round before says where nothing was: of the office in the same city, and the
    reference period moved to the new round. What has a date, and what names a document, is said anew or not at all."""
    known: dict[str, Any] = {"contacts_deadline": "", "basis": ""}
    if city == last.settings.city:
        own = last.assignment
        known |= {"recipients": own.recipients, "phone": own.phone, "address": own.address}
    if moved := move_period(last.settings, round_):
        known["period"] = moved.as_text()
    return replace(typed, **{name: value for name, value in known.items() if getattr(typed, name) is None})


def _period_open(last: LastRound | None, typed: TypedTerms, round_: str | None) -> bool:
    """Whether nobody can tell how the period of the round before moves."""
    return bool(last and round_ and typed.period is None and is_unmoved(last.settings, round_))


def say_terms(choice: Choice, typed: TypedTerms, round_: str | None = None) -> Choice:
    """The choice with what a person typed of the round. The period of another round than the one that was typed does
    not hold. Raises UsageFault for a period that cannot be read."""
    if round_ not in (None, choice.round):
        choice = replace(choice, terms=replace(choice.terms, period=None))
    said: dict[str, Any] = {
        "period": _period(typed.period), "contacts_deadline": typed.contacts_deadline, "basis": typed.basis,
        "recipients": typed.recipients, "phone": typed.phone, "address": typed.address,
    }  # fmt: skip
    return replace(choice, terms=replace(choice.terms, **{k: v for k, v in said.items() if v is not None}))


def _outlines_elsewhere(catalog: Catalog, assignment: Assignment) -> list[str] | None:
    """The outlines for written material where those of the assignment's own notice hold no more; None where there are
    none of it."""
    ids = [system.id for system in catalog.systems]
    own, others = choose_outlines(ids, assignment.id), choose_outlines(ids, "")
    return None if own == others else [outline.id for outline in others]


def read_time(text: str | None) -> str | None:
    """A day or a time as the settings file has it; None for none. Raises UsageFault."""
    from smartcity_xl.office.campaign.form import END_OF_DAY

    if not text:
        return None
    moment = f"{text}{END_OF_DAY}" if is_date(text) else text
    _moment(moment)
    return moment


def _moment(text: str) -> datetime:
    from smartcity_xl.office.campaign import read_moment

    found = read_moment(text)
    if found is None:
        raise UsageFault("moment-unreadable", found=text)
    return found


def _period(text: str | None) -> Period | None:
    from smartcity_xl.office.campaign import read_period

    if not text:
        return None
    period = read_period(text)
    if period is None:
        raise UsageFault("period-unreadable", found=text)
    return period
