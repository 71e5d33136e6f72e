"""What other assignments say of the same figures: to be taken as it stands, or looked at."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from smartcity_xl.catalog.load import assignment_ids, catalog_ids, load_assignment, load_catalog
from smartcity_xl.catalog.terms import departments_in
from smartcity_xl.messages import label
from smartcity_xl.model import Catalog
from smartcity_xl.office.assigning.carry import source_of
from smartcity_xl.office.assigning.form import join_names


class Suggestion(Struct, frozen=True):
    """Another place's sharing-out. ``choice`` is what somebody chooses to take it; ``names``: figure -> the departments
    named for it, the lead first, without the proper names of that place."""

    id: str
    city: str
    system: str
    choice: str
    names: Mapping[str, str]


def suggest_departments(catalog: Catalog, besides: str = "") -> tuple[Suggestion, ...]:
    """What the built-in assignments name for figures of the same key; none of ``besides``, nor one that names none."""
    found = []
    for system in catalog_ids():
        other = load_catalog(system)
        for name in assignment_ids(system):
            source = source_of(other, load_assignment(other, name))
            departments = departments_in(source.assignment, "")
            names = {
                key: join_names([departments[d].name for d in named])
                for key, named in source.named.items() if key in catalog.figures
            }  # fmt: skip
            if names and name != besides:
                city = source.assignment.city
                found.append(Suggestion(name, city, other.title, label("assign.take_city", city=city), names))
    return tuple(found)
