"""What is wrong with the command that collects many cities, told once and before the first of them is begun."""

from __future__ import annotations

from pathlib import Path

from smartcity_xl.errors import UsageFault, refuse_file
from smartcity_xl.ledger import parse_moment
from smartcity_xl.model.periods import is_date
from smartcity_xl.run.choice import Choice
from smartcity_xl.run.cities import CityTask
from smartcity_xl.run.systems import pick
from smartcity_xl.storage import is_place, open_place, parse_place


def prove_like(like: CityTask, out: str) -> None:
    """Raises what each city would: UsageFault, CatalogFault, MachineFault."""
    if like.as_of:
        parse_moment(like.as_of)
    if like.return_by and not is_date(like.return_by):
        raise UsageFault("return-by-unreadable", found=like.return_by)
    if like.systems or like.assignment:
        pick(Choice(like.systems, Path(like.assignment) if like.assignment else None))
    if is_place(out):
        open_place(parse_place(out))
    else:
        refuse_file(Path(out))
