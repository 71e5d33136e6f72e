"""What several commands take, each declared once. What one command alone takes stands in its own file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from smartcity_xl import __version__
from smartcity_xl.cli.shape import MAY, MUST, argument, option
from smartcity_xl.errors import UsageFault

if TYPE_CHECKING:
    from smartcity_xl.score.firm_weights import Perturbation


class _Path(click.Path):
    """A path. Whether what is there may be read is found where it is read, and told in our own words."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, readable=False)


class _NewFolder(_Path):
    """A folder to write into. A name that ends as files do is taken for one only where such a folder stands."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path: Any = super().convert(value, param, ctx)
        if path.suffix.lower() in _ENDINGS and not path.exists():
            raise UsageFault("folder-ending", path=str(path))
        return path


class _NewFile(_Path):
    """A file to write, whose name ends as what is written asks."""

    def __init__(self, ending: str) -> None:
        super().__init__()
        self.ending = ending

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path: Any = super().convert(value, param, ctx)
        if path.suffix.lower() != self.ending:
            raise UsageFault("file-ending", path=str(path), ending=self.ending)
        return path


def _or_address(kind: type[_Path]) -> click.Path:
    class Place(kind):  # type: ignore[valid-type,misc]
        def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
            return value if isinstance(value, str) and "://" in value else super().convert(value, param, ctx)

    return Place()


_ENDINGS = frozenset({
    ".csv", ".doc", ".docx", ".et", ".htm", ".html", ".json", ".ods", ".parquet", ".pdf", ".toml", ".txt", ".wps",
    ".xls", ".xlsm", ".xlsx", ".zip",
})  # fmt: skip
PATH = _Path()
PLACE, NEW_PLACE = _or_address(_Path), _or_address(_NewFolder)
"""A path, or an address such as s3://bucket/folder, which stays a text; one to write into."""
DAY = click.DateTime(["%Y-%m-%d"])


class LedgerPlace(_Path):
    """A folder, or the address of a ledger on a server."""

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> Any:
        from smartcity_xl.ledger.places import is_address, read_place

        text = os.fspath(value) if isinstance(value, str | os.PathLike) else ""
        return read_place(text) if is_address(text) else super().convert(value, parameter, context)


FILE, DIR = {"type": PATH, "metavar": "FILE"}, {"type": PATH, "metavar": "DIR"}
NEW_DIR = {"type": _NewFolder(), "metavar": "DIR"}
NEW_BOOK = {"type": _NewFile(".xlsx"), "metavar": "FILE"}


def _show_version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"xlscore {__version__}")
        context.exit()


def complete_systems(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """The built-in systems that begin so, for a shell."""
    from smartcity_xl.catalog.load import catalog_ids

    return [one for one in catalog_ids() if one.startswith(incomplete)]


LANG = option("--lang", says="lang", type=click.Choice(["zh", "en"]), expose_value=False)
"""Every command has it; it is not declared again."""
QUIET = option("--quiet", says="quiet", is_flag=True)
VERBOSE = option("--verbose", says="verbose", is_flag=True)
"""Every command that does something has these two; ``volume`` heeds them."""
VERSION = option(
    "--version", says="version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version
)  # fmt: skip

NO_CAMPAIGN = option("--no-campaign", says="no_campaign", is_flag=True)
CAMPAIGN = replace(option("--campaign", says="campaign", **FILE), round=MAY, beside=NO_CAMPAIGN)
"""The round that a command works for. Whoever declares it gets it: named, or found in the present folder or above, or
None; is told of in one line; has --no-campaign beside it; and ends with the next step of the round."""
THIS_CAMPAIGN = replace(CAMPAIGN.but("mail_campaign"), round=MUST)
"""The same for a command that does nothing without a round; it never gets None."""
SYSTEMS = option(
    "--catalog",
    "systems",
    says="make_templates_catalog",
    metavar="SYSTEM",
    multiple=True,
    shell_complete=complete_systems,
)
ASSIGNMENT = option("--assignment", says="assignment", **FILE)
ROUND = option("--round", "round_", says="make_templates_round", metavar="TEXT")
CITY = option("--city", says="make_templates_city", metavar="NAME")
DEADLINE = option("--deadline", says="make_templates_deadline", metavar="DATE")
TERMS = (
    option("--period", says="terms_period", metavar="TEXT"),
    option("--contacts-deadline", says="terms_contacts_deadline", metavar="DATE"),
    option("--basis", says="terms_basis", metavar="TEXT"),
    option("--recipient", "recipients", says="terms_recipient", metavar="NAME", multiple=True),
    option("--phone", says="terms_phone", metavar="TEXT"),
    option("--address", says="terms_address", metavar="TEXT"),
)
"""What else an office says of its round."""
FROM = option("--from", "source", says="init_from", metavar="LAST")
PREVIOUS = option("--previous", says="make_templates_previous", **FILE)
OUT = option("--out", says="make_templates_out", **NEW_DIR)
OVERWRITE = option("--overwrite", says="overwrite", is_flag=True)
INBOX = option("--inbox", says="check_inbox", **DIR)
LEDGER = option("--ledger", says="status_ledger", type=LedgerPlace(), metavar="DIR|ADDRESS")
AS_OF = option("--as-of", says="status_as_of", metavar="TIME", default="")
JSON = option("--json", "as_json", says="json", is_flag=True)
"""Every command has it, and is not given it: what it finds it gives as data too (``Speaker.give``)."""
RETURN_BY = option("--return-by", says="collect_return_by", metavar="DATE")
REASON = option("--reason", says="ruling_reason", metavar="TEXT", required=True)
BY = option("--by", says="ruling_by", metavar="NAME", required=True)
UNDO = option("--undo", says="exclude_undo", is_flag=True)
PASSWORDS = option(
    "--archive-password", "passwords", says="collect_archive_password", metavar="TEXT", multiple=True
)  # fmt: skip
PACK = option("--pack", "pack", says="freeze_pack", type=_NewFile(".zip"), metavar="FILE")
SEAL = option("--seal", says="replay_seal", metavar="HASH", default="")
CONTACTS = option("--contacts", says="export_contacts", is_flag=True)
JOBS = option("--jobs", says="make_templates_jobs", type=click.IntRange(1), metavar="NUMBER")
DRY_RUN = option("--dry-run", says="send_dry_run", is_flag=True)
DEPARTMENTS = option("--department", "departments", says="send_department", metavar="NAME", multiple=True)
PAUSE = option("--pause", says="send_pause", type=click.FloatRange(0), default=20, metavar="SECONDS")

DRAWS = option("--draws", says="firm_draws", type=click.IntRange(1, 1_000_000), default=10_000, metavar="NUMBER")
SPREAD = option(
    "--spread", says="firm_spread", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.2,
    metavar="SHARE",
)  # fmt: skip
SEED = option("--seed", says="firm_seed", type=int, default=1, metavar="NUMBER")

FIRM = option("--firm", says="province_firm", is_flag=True)


def moved_weights(firm: bool, draws: int | None, spread: float | None, seed: int | None) -> Perturbation | None:
    """How weights are to be moved; None where that is not asked for. Raises UsageFault where only the how is said."""
    moved = {what: value for what, value in (("draws", draws), ("spread", spread), ("seed", seed)) if value is not None}
    if moved and not firm:
        raise UsageFault("firm-left-out")
    if not firm:
        return None
    from smartcity_xl.score.firm_weights import USUAL

    return replace(USUAL, **moved)


RECEIVED = argument("file", says="ruling_file", metavar="FILE")
"""A file that came, however a person names it."""


def typed_choice(systems: Sequence[str], assignment: Path | None) -> tuple[object, ...]:
    """Systems and assignment as they are typed for another command."""
    own = [word for system in systems for word in ("--catalog", system)]
    return (*own, *(("--assignment", assignment) if assignment else ()))


SYSTEM = argument("system", says="catalog_system", metavar="SYSTEM", shell_complete=complete_systems)
