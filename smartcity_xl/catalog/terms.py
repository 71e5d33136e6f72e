"""An assignment in the round that it is used in: what its own notice says holds in its own city and round, and nowhere
else."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Department, RoundTerms
from smartcity_xl.model.periods import period_of_round


def under_terms(assignment: Assignment, city: str, round_: str, terms: RoundTerms) -> Assignment:
    """The assignment as a round has it, with all that the round says of itself. What the round leaves open is what the
    assignment's own notice says, if it is that round; else it stays open ("")."""
    own = is_own(assignment, city, round_)
    held = assignment if own else replace(assignment, document="", deadline="", contacts_deadline="", recipients=())
    return replace(
        held,
        city=city,
        round=round_,
        title=assignment.title if own else label("assign.own_title", city=city, round=round_),
        document=held.document if terms.basis is None else terms.basis,
        deadline=held.deadline if terms.deadline is None else terms.deadline,
        contacts_deadline=held.contacts_deadline if terms.contacts_deadline is None else terms.contacts_deadline,
        recipients=held.recipients if terms.recipients is None else terms.recipients,
        departments=departments_in(assignment, city),
        period=terms.period or period_of_round(round_),
        phone=terms.phone,
        mail=terms.mail,
        address=terms.address,
    )


def is_own(assignment: Assignment, city: str, round_: str) -> bool:
    """Whether a round is the one that an assignment was written for."""
    return (assignment.city, assignment.round) == (city, round_)


def departments_in(assignment: Assignment, city: str) -> dict[str, Department]:
    """The departments of an assignment as a city has them: its own, or another."""
    if city == assignment.city:
        return dict(assignment.departments)
    return {key: _elsewhere(one, assignment.places) for key, one in assignment.departments.items()}


def _elsewhere(department: Department, places: Sequence[str]) -> Department:
    """A department as another city has it: no name bears the place that the assignment comes from."""
    aliases = tuple(alias for alias in department.aliases if not any(place in alias for place in places))
    return replace(department, name=department.elsewhere or department.name, aliases=aliases, elsewhere="")
