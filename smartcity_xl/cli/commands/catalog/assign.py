"""``xlscore catalog assign``: the workbook in which an office shares systems out among its departments."""

from __future__ import annotations

from pathlib import Path

from smartcity_xl.cli import options
from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, Speaker, tell_done, tell_instead

PARAMETERS = (
    argument("systems", "catalog_assign_systems", metavar="SYSTEM...", nargs=-1),
    options.CAMPAIGN.but("round_here"),
    options.OUT.but("catalog_assign_out", metavar="FILE"),
    options.OVERWRITE,
)


def run(speaker: Speaker, systems: tuple[str, ...], campaign: Path | None, out: Path | None, overwrite: bool) -> int:
    from smartcity_xl.catalog.load import catalog_ids
    from smartcity_xl.run.orders import order_assignment
    from smartcity_xl.run.systems import write_assignment

    order = order_assignment(campaign, systems, out, "assignment.xlsx")
    tell_instead(speaker, order.instead)
    tell_done(speaker, write_assignment(order.systems, order.out, overwrite))
    if campaign:
        speaker.advise("next_assigned_round", "make-templates", path=order.named, settings=campaign)
        return CLEAN
    own = () if set(systems) <= set(catalog_ids()) else systems
    speaker.advise("next_assigned", "make-templates", *options.typed_choice(own, order.out), path=order.out)
    return CLEAN
