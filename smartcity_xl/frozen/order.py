"""How a run is made again: all that a command was told, and what it knew that no file of the round holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Literal

import msgspec

from smartcity_xl.frozen.archive import is_safe
from smartcity_xl.model import RoundTerms
from smartcity_xl.model.terms import NO_TERMS

SCHEMA: Literal["xlscore-order/1"] = "xlscore-order/1"
ORDER = "order.json"


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """``inbox`` and ``out`` are ways from the round's folder; with ``linked``, the summary leads from the one to the
    other. ``systems`` are ids, or folders of the pack; ``assignment_book``, ``roster`` and ``previous`` are files of
    the pack. ``settings`` is None where the office chose none. ``returned`` are the hashes of all workbooks that ever
    went back; ``keyed`` whether the round has a key, ``codes`` what that gave (``books.signing.KnownCodes``): the key
    itself is never kept. ``anchored``: the summary names the anchor of the ledger. ``zone`` is the offset (``+0800``)
    in which it tells moments."""

    schema: Literal["xlscore-order/1"]
    at: str
    inbox: str
    out: str
    linked: bool = False
    systems: tuple[str, ...] = ()
    assignment: str = ""
    assignment_book: str = ""
    settings: str | None = None
    outlines: tuple[str, ...] | None = None
    round: str = ""
    city: str = ""
    terms: RoundTerms = NO_TERMS
    roster: str = ""
    authserv: str = ""
    return_by: str = ""
    previous: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    keyed: bool = False
    codes: Mapping[str, str] = field(default_factory=dict)
    anchored: bool = False
    zone: str = "+0000"


def write_order(order: KeptOrder) -> bytes:
    return (json.dumps(msgspec.to_builtins(order), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def read_order(data: bytes) -> KeptOrder:
    """Raises ValueError with what is wrong, also where a way would lead out of the pack's own folder."""
    order = msgspec.json.decode(data, type=KeptOrder)
    for way in (order.inbox, order.out, order.assignment_book, order.roster, *order.previous, *order.systems):
        if way and not is_safe(way):
            raise ValueError(way)
    zone_of(order)
    return order


def zone_of(order: KeptOrder) -> tzinfo | None:
    """Raises ValueError where it names none."""
    return datetime.strptime(order.zone, "%z").tzinfo
