"""Which department a person means, who types its key, name or alias, or a part of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from smartcity_xl.errors import UsageFault
from smartcity_xl.messages.near import find_meant, find_near

if TYPE_CHECKING:
    from smartcity_xl.model import Assignment, CampaignSettings, Roster

Spellings = Mapping[str, Sequence[str]]
"""Key of a department -> all that it is called."""


def find_department(assignment: Assignment, roster: Roster, name: str) -> str:
    """The department of a round that a name means. Raises UsageFault where it is none, or several."""
    names = {key: one.name for key, one in assignment.departments.items()}
    return find_among(_spelt(assignment, roster), names, name)


def find_among(spellings: Spellings, names: Mapping[str, str], name: str) -> str:
    """The key that a name means; ``names`` are those that are shown. Raises UsageFault where it is none, or several."""
    meant = find_meant(name, spellings)
    if len(meant) == 1:
        return meant[0]
    known = "、".join(names[key] for key in meant or names)
    if meant:
        raise UsageFault("department-several", found=name, known=known)
    shown = {text: names[key] for key, texts in spellings.items() for text in texts}
    raise UsageFault("send-department", found=name, known=known).like(find_near(name, shown))


def find_in_look(
    given: Iterable[str], names: Mapping[str, str], settings: CampaignSettings | None, systems: Iterable[str]
) -> frozenset[str]:
    """The departments of a look that names mean; ``names``: key -> name, as the look has them.

    Other names of theirs are the round's, where there are ``settings``, else those that come with the ``systems``.
    Raises UsageFault (none, or several), and as ``open_round``.
    """
    given = tuple(given)
    if not given:
        return frozenset()
    spelt = {key: [key, name] for key, name in names.items()}
    for key, texts in _other_names(settings, systems).items():
        if names.get(key) in texts:
            spelt[key] += texts
    return frozenset(find_among(spelt, names, name) for name in given)


def _other_names(settings: CampaignSettings | None, systems: Iterable[str]) -> Spellings:
    from smartcity_xl.catalog.load import assignment_ids, catalog_ids, load_assignment, load_catalog

    if settings:
        from smartcity_xl.office.campaign import read_roster
        from smartcity_xl.run.mailing import open_round

        assignment = open_round(settings.path).assignment
        return _spelt(assignment, read_roster(settings.roster, assignment) if settings.roster.exists() else None)
    found: dict[str, list[str]] = {}
    for system in sorted(set(systems) & set(catalog_ids())):
        catalog = load_catalog(system)
        for name in assignment_ids(system):
            for key, texts in _spelt(load_assignment(catalog, name)).items():
                found.setdefault(key, []).extend(texts)
    return found


def _spelt(assignment: Assignment, roster: Roster | None = None) -> Spellings:
    return {
        key: (key, one.name, *one.aliases, *(roster.entries[key].aliases if roster else ()))
        for key, one in assignment.departments.items()
    }
