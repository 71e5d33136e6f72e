"""What an assignment workbook says of the assignment it was begun from: how much carried over, and what is left."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.messages import label
from smartcity_xl.model import Catalog
from smartcity_xl.office.assigning.carry import Carried
from smartcity_xl.office.assigning.form import join_names
from smartcity_xl.office.assigning.rows import describe_change


def tell_carried(catalog: Catalog, carried: Carried) -> Iterator[tuple[str, str]]:
    """Lines and their styles: the numbers, then every figure that is new, changed or asked no more."""
    numbers = {"new": len(carried.new), "changed": len(carried.changed), "gone": len(carried.gone)}
    numbers |= {"settled": carried.settled, "office": carried.to_office}
    yield label("assign.told", whose=carried.whose, **numbers), "label"
    for key in carried.open:
        change = describe_change(carried, key).replace("\n", "；")
        codes = join_names(catalog.used_by[key])
        yield label("assign.told_open", change=change, label=catalog.figures[key].label, codes=codes), "small"
    for text in carried.gone:
        yield label("assign.told_gone", label=text), "small"
