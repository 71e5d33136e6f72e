"""``xlscore export``: results as tidy tables, for analysts."""

from __future__ import annotations

from pathlib import Path

from smartcity_xl.cli import options
from smartcity_xl.cli.shape import argument, option
from smartcity_xl.cli.speech import CLEAN, Speaker, tell_done

PARAMETERS = (
    argument("given", "results_given", metavar="RESULTS...", nargs=-1, type=options.PATH),
    options.CAMPAIGN,
    options.OUT.but("export_out"),
    option("--parquet", says="export_parquet", is_flag=True),
    options.CONTACTS,
    options.OVERWRITE,
)


def run(
    speaker: Speaker,
    given: tuple[Path, ...],
    campaign: Path | None,
    out: Path | None,
    parquet: bool,
    contacts: bool,
    overwrite: bool,
) -> int:
    from smartcity_xl.messages import label
    from smartcity_xl.office.campaign import read_campaign
    from smartcity_xl.run.exporting import export_tables
    from smartcity_xl.run.records import find_results

    settings = read_campaign(campaign) if campaign else None
    found = find_results("export", given, settings)
    place = out or (settings.folders.summary / label("file.export_folder") if settings else Path("export-out"))
    tell_done(speaker, export_tables(found, place, parquet, contacts, overwrite))
    return CLEAN
