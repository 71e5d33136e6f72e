"""What several commands take, each declared once. What one command alone takes stands in its own file."""

from __future__ import annotations

from pathlib import Path

import click

from smartcity_xl import __version__
from smartcity_xl.cli.shape import argument, option

PATH = click.Path(path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])
FILE, DIR = {"type": PATH, "metavar": "FILE"}, {"type": PATH, "metavar": "DIR"}


def _show_version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"xlscore {__version__}")
        context.exit()


LANG = option("--lang", says="lang", type=click.Choice(["zh", "en"]), expose_value=False)
"""Every command has it; it is not declared again."""
VERSION = option(
    "--version", says="version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version
)  # fmt: skip

CAMPAIGN = option("--campaign", says="campaign", **FILE)
"""Settings that stand in for other options."""
THIS_CAMPAIGN = CAMPAIGN.but("mail_campaign", default=Path())
"""The campaign that a command works for: it does nothing without one."""
SYSTEMS = option("--catalog", "systems", says="make_templates_catalog", metavar="SYSTEM", multiple=True)
ASSIGNMENT = option("--assignment", says="assignment", **FILE)
ROUND = option("--round", "round_", says="make_templates_round", metavar="TEXT")
CITY = option("--city", says="make_templates_city", metavar="NAME")
DEADLINE = option("--deadline", says="make_templates_deadline", metavar="DATE")
PREVIOUS = option("--previous", says="make_templates_previous", **FILE)
OUT = option("--out", says="make_templates_out", **DIR)
OVERWRITE = option("--overwrite", says="overwrite", is_flag=True)
LEDGER = option("--ledger", says="status_ledger", default=Path("summary-out") / "ledger", **DIR)
AS_OF = option("--as-of", says="status_as_of", metavar="TIME", default="")
JSON = option("--json", "as_json", says="status_json", is_flag=True)
RETURN_BY = option("--return-by", says="collect_return_by", metavar="DATE")
REASON = option("--reason", says="ruling_reason", metavar="TEXT", required=True)
BY = option("--by", says="ruling_by", metavar="NAME", required=True)
UNDO = option("--undo", says="exclude_undo", is_flag=True)
PASSWORDS = option(
    "--archive-password", "passwords", says="collect_archive_password", metavar="TEXT", multiple=True
)  # fmt: skip
DRY_RUN = option("--dry-run", says="send_dry_run", is_flag=True)
DEPARTMENTS = option("--department", "departments", says="send_department", metavar="NAME", multiple=True)
PAUSE = option("--pause", says="send_pause", type=click.FloatRange(0), default=20, metavar="SECONDS")

RECEIVED = argument("file", says="ruling_file", metavar="FILE")
"""A file that came, however a person names it."""
SYSTEM = argument("system", says="catalog_system", metavar="SYSTEM")
