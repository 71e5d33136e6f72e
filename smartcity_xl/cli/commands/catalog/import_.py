"""``xlscore catalog import``: an edited workbook as a system of the office's own."""

from __future__ import annotations

from pathlib import Path

from smartcity_xl.cli import options
from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, Speaker, tell_done

PARAMETERS = (
    argument("file", "catalog_import_file", **options.FILE),
    options.CAMPAIGN.but("round_here"),
    options.OUT.but("catalog_import_out"),
    options.OVERWRITE,
)


def run(speaker: Speaker, file: Path, campaign: Path | None, out: Path | None, overwrite: bool) -> int:
    from smartcity_xl.messages import label
    from smartcity_xl.run.orders import order_file
    from smartcity_xl.run.systems import import_catalog

    order = order_file(campaign, label("file.own_system"), out, "catalog")
    tell_done(speaker, import_catalog(file, order.out, overwrite))
    sentence = "next_imported_round" if campaign else "next_imported"
    speaker.advise(sentence, "catalog", "assign", order.out, path=order.named, settings=campaign)
    return CLEAN
