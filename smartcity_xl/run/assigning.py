"""The workbook in which an office shares systems out: blank, or begun from an assignment that there is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from smartcity_xl.catalog.combine import JOIN
from smartcity_xl.catalog.load import assignment_ids, catalog_ids, load_assignment, load_catalog
from smartcity_xl.errors import UsageFault
from smartcity_xl.messages import label
from smartcity_xl.messages.near import find_near
from smartcity_xl.model import CampaignSettings, Catalog
from smartcity_xl.office.campaign import SETTINGS_FILE, read_campaign
from smartcity_xl.run.files import Written, write_once
from smartcity_xl.run.systems import load_systems

if TYPE_CHECKING:
    from smartcity_xl.office.assigning import Carried, Precedent


class Beginning(Struct, frozen=True):
    """What an assignment workbook begins from: ``reference`` is the id of a built-in assignment, or the path of a
    workbook or of a round; ``city`` is whose it will be, "" where nobody says. ``same_round``: it is that very round's,
    and all that it says of itself comes along; ``campaign``: it is for this round, and what that says holds."""

    reference: str
    city: str = ""
    same_round: bool = False
    campaign: Path | None = None


class Assigning(Struct, frozen=True):
    """A workbook that was written; ``carried`` is what came over from what it began from, if from anything."""

    done: Written
    catalog: Catalog
    carried: Carried | None


def write_assignment(
    systems: Sequence[str], path: Path, overwrite: bool = False, beginning: Beginning | None = None
) -> Assigning:
    """Write the assignment workbook of a system, or of several at once; without any, of those of what it begins from.

    Raises as ``make_templates``, and as ``find_source``.
    """
    from smartcity_xl.office.assigning import write_assignment_book

    if beginning is None:
        catalog = load_systems(systems)
        return Assigning(write_once({path: write_assignment_book(catalog)}, overwrite), catalog, None)
    catalog, carried = carry(systems, beginning)
    return Assigning(write_once({path: write_assignment_book(catalog, carried)}, overwrite), catalog, carried)


def carry(systems: Sequence[str], beginning: Beginning) -> tuple[Catalog, Carried]:
    """The systems, and what a beginning says of them. Raises as ``find_source``, UsageFault, CatalogFault."""
    from smartcity_xl.office.assigning import begin_round, carry_over, keep_round

    catalog = load_systems(systems) if systems else None
    source = find_source(beginning.reference, catalog)
    catalog = catalog or _system_of(source)
    if beginning.same_round:
        return catalog, keep_round(carry_over(source, catalog, source.assignment.city))
    said = say_round(read_campaign(beginning.campaign)) if beginning.campaign else {}
    city = beginning.city or said.pop("city", "") or (source.assignment.city if source.own else "")
    return catalog, begin_round(carry_over(source, catalog, city), city, **said)


def say_round(settings: CampaignSettings) -> dict[str, str]:
    """What a round's settings say of it, by the keys of the assignment workbook; what they leave open is left out."""
    terms = settings.terms
    said = {
        "city": settings.city, "round": settings.round, "deadline": terms.deadline,
        "contacts_deadline": terms.contacts_deadline, "document": terms.basis,
        "recipients": label("word.separator").join(terms.recipients) if terms.recipients else None,
    }  # fmt: skip
    return {key: value for key, value in said.items() if value}


def find_source(reference: str, catalog: Catalog | None = None) -> Precedent:
    """An assignment by its id, or by the path of its workbook or of a round that uses one; ``catalog`` is a system that
    it may be of, beside the built-in ones. Raises UsageFault, MachineFault, CampaignFault, CatalogFault with every
    fault of a workbook."""
    from smartcity_xl.office.assigning import read_source, source_of

    for system in catalog_ids():
        if reference in assignment_ids(system):
            built_in = load_catalog(system)
            return source_of(built_in, load_assignment(built_in, reference))
    path = Path(reference)
    if path.is_dir() or path.name == SETTINGS_FILE:
        return find_source(read_campaign(path).assignment, catalog)
    if path.is_file() or path.suffix:
        return read_source(path, catalog)
    known = [name for system in catalog_ids() for name in assignment_ids(system)]
    fault = UsageFault("source-unknown", found=reference, known=", ".join(known))
    raise fault.like(find_near(reference, known))


def _system_of(source: Precedent) -> Catalog:
    """The system that an assignment is of, in the edition of today."""
    ids = source.assignment.system.split(JOIN)
    if source.catalog is None and not set(ids) <= set(catalog_ids()):
        raise UsageFault("source-system", found=source.assignment.system)
    return load_systems(ids)
