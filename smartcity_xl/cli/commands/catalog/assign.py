"""``xlscore catalog assign``: the workbook in which an office shares systems out among its departments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_xl.cli import options
from smartcity_xl.cli.carried import tell_carried
from smartcity_xl.cli.shape import argument, option
from smartcity_xl.cli.speech import CLEAN, Speaker, tell_done, tell_instead

if TYPE_CHECKING:
    from smartcity_xl.run.assigning import Beginning

PARAMETERS = (
    argument("systems", "catalog_assign_systems", metavar="SYSTEM...", nargs=-1),
    options.CAMPAIGN.but("round_here"),
    options.FROM.but("catalog_assign_from", metavar="ID|FILE"),
    options.CITY.but("catalog_assign_city"),
    option("--same-round", says="catalog_assign_same_round", is_flag=True),
    options.OUT.but("catalog_assign_out", **options.NEW_BOOK),
    options.OVERWRITE,
)


def run(
    speaker: Speaker,
    systems: tuple[str, ...],
    campaign: Path | None,
    source: str | None,
    city: str | None,
    same_round: bool,
    out: Path | None,
    overwrite: bool,
) -> int:
    from smartcity_xl.catalog.load import catalog_ids
    from smartcity_xl.run.assigning import write_assignment
    from smartcity_xl.run.orders import order_assignment

    beginning = _beginning(source, city, same_round, campaign)
    order = order_assignment(campaign, systems, out, "assignment.xlsx", beginning is not None)
    tell_instead(speaker, order.instead)
    done = write_assignment(order.systems, order.out, overwrite, beginning)
    tell_done(speaker, done.done)
    if done.carried:
        tell_carried(speaker, done.catalog, done.carried)
    if campaign:
        speaker.advise("next_assigned_round", "make-templates", path=order.named, settings=campaign)
        return CLEAN
    own = () if set(systems) <= set(catalog_ids()) else systems
    speaker.advise("next_assigned", "make-templates", *options.typed_choice(own, order.out), path=order.out)
    return CLEAN


def _beginning(source: str | None, city: str | None, same_round: bool, campaign: Path | None) -> Beginning | None:
    """Raises UsageFault for what means something only beside --from, or beside nothing."""
    from smartcity_xl.errors import UsageFault
    from smartcity_xl.run.assigning import Beginning

    if source is None:
        if city or same_round:
            raise UsageFault("assign-from-missing", option="--city" if city else "--same-round")
        return None
    if city and same_round:
        raise UsageFault("assign-city-and-round")
    return Beginning(source, city or "", same_round, None if city else campaign)
