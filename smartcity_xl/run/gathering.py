"""What a round names and knows -> a folder that holds all of it, and the order by which it is run again from there."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from smartcity_xl.arrival.inbox import known_returns
from smartcity_xl.catalog.load import BUILT_IN, SYSTEM_FILE, catalog_ids
from smartcity_xl.errors import unread
from smartcity_xl.frozen.order import SCHEMA, KeptOrder
from smartcity_xl.ledger import parse_utc
from smartcity_xl.model import CampaignSettings
from smartcity_xl.run.orders import CollectOrder
from smartcity_xl.run.remaking import CATALOGS, find_places


def gather(
    order: CollectOrder, settings: CampaignSettings | None, previous: Sequence[Path], at: str, pack: Path
) -> KeptOrder:
    """Copy what the round names into the pack; gives the order that names it there."""
    choice = order.choice
    systems = tuple(_keep_system(reference, number, pack) for number, reference in enumerate(choice.systems, start=1))
    keep_catalogs(pack, None)
    book = _keep(choice.assignment_book, "round/assignment.xlsx", pack)
    roster = _keep(settings.roster if settings and settings.roster.exists() else None, "round/roster.xlsx", pack)
    earlier = tuple(_keep(path, f"round/previous/{number}.json", pack) for number, path in enumerate(previous, start=1))
    if settings:
        document = tomllib.loads(settings.path.read_text(encoding="utf-8-sig"))  # without comments: whatever is noted
        put(pack / "round" / "campaign.json", _as_json(document))
    places = find_places(order)
    return KeptOrder(
        SCHEMA, at, places.inbox, places.out, places.linked, systems, choice.assignment_id, book,
        choice.settings.as_text() if choice.settings is not None else None, choice.outlines, choice.round, choice.city,
        choice.terms, roster if order.roster else "", order.authserv, order.return_by, earlier,
        tuple(sorted(known_returns(order.out))),
        bool(choice.key), zone=f"{parse_utc(at).astimezone():%z}",
    )  # fmt: skip


def _keep_system(reference: str, number: int, pack: Path) -> str:
    if reference in catalog_ids():
        return reference
    path = Path(reference)
    file = path / SYSTEM_FILE if path.is_dir() else path
    place = f"round/systems/{number}/{SYSTEM_FILE}"
    put(pack / place, file.read_bytes())
    return place


def keep_catalogs(pack: Path, names: Sequence[str] | None) -> None:
    """The program's own systems with their assignments: all, or those named."""
    for name in names if names is not None else catalog_ids():
        if name in catalog_ids():
            for file in (BUILT_IN / name).iterdir():
                if file.name.endswith(".toml"):
                    put(pack / CATALOGS / name / file.name, file.read_bytes())


def _keep(path: Path | None, name: str, pack: Path) -> str:
    if path is None:
        return ""
    try:
        put(pack / name, path.read_bytes())
    except OSError as error:
        raise unread(path, error) from error
    return name


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def put_all(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        put(folder / name, data)


def _as_json(document: object) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n").encode()


def keep_own(pack: Path, folder: Path, name: str) -> None:
    """An office's own system, among the others."""
    for file in sorted((pack / "round" / "systems").glob(f"*/{SYSTEM_FILE}")):
        if tomllib.loads(file.read_text(encoding="utf-8")).get("id") == name:
            put(folder / CATALOGS / name / SYSTEM_FILE, file.read_bytes())
