"""``xlscore catalog export``: a system as a workbook."""

from __future__ import annotations

from pathlib import Path

from smartcity_xl.cli import options
from smartcity_xl.cli.speech import CLEAN, Speaker, tell_done

PARAMETERS = (
    options.SYSTEM,
    options.CAMPAIGN.but("round_here"),
    options.OUT.but("catalog_export_out", **options.NEW_BOOK),
    options.OVERWRITE,
)


def run(speaker: Speaker, system: str, campaign: Path | None, out: Path | None, overwrite: bool) -> int:
    from smartcity_xl.messages import label
    from smartcity_xl.run.orders import order_file
    from smartcity_xl.run.systems import export_catalog

    order = order_file(campaign, label("file.catalog"), out, "catalog.xlsx")
    tell_done(speaker, export_catalog(system, order.out, overwrite))
    speaker.advise("next_edited", "catalog", "import", order.out)
    return CLEAN
