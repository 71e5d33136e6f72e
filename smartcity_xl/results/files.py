"""``results.json``: the one writer and the one reader."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from smartcity_xl.errors import ResultsFault, unread
from smartcity_xl.results.record import SCHEMA, Results
from smartcity_xl.results.together import find_mixed
from smartcity_xl.results.upgrade import FIRST, upgrade_first

_TITLE = "What xlscore collect found out about one indicator system"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_ONE_OF = "one of the words of docs/results.schema.json"
_LONG = 80
_ZIP = b"PK\x03\x04"
"""Signs of what was found that a message shows."""


def write_results(record: Results) -> bytes:
    """The record as UTF-8 JSON with a stable order of keys."""
    return msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"


def write_schema() -> bytes:
    """The JSON Schema of ``results.json``, as the types have it."""
    made = msgspec.json.schema(Results)
    document = {"$schema": _DRAFT, "$id": "urn:" + SCHEMA.replace("/", ":"), "title": _TITLE, **made}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def read_results(source: bytes | str | Path, name: str = "results.json") -> Results:
    """The record in a ``results.json``, given as a path, or as bytes that are called ``name``. One of an older schema
    is read as today's.

    Raises ResultsFault (a UsageFault, and a ValueError) that says where, what was found and what was expected.
    """
    if not isinstance(source, bytes):
        name, path = str(source), Path(source)
        if path.name in find_mixed(path.parent):
            raise ResultsFault("results-of-two-runs", path=name)
        source = _read_file(path)
    try:
        return msgspec.json.decode(source, type=Results)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _read_again(source, name)


def _read_again(source: bytes, name: str) -> Results:
    """The same of what is no record of today: one of an older schema, or a fault that is told with its place."""
    raw = _parse(source, name)
    schema = raw.get("schema") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or schema not in (SCHEMA, FIRST):
        found = _show(schema) if isinstance(raw, dict) and "schema" in raw else "—"
        raise ResultsFault("results-schema", path=name, found=found, expected=f"{SCHEMA}, {FIRST}")
    if schema == SCHEMA:
        return _convert(raw, name)
    try:
        upgraded = upgrade_first(raw)
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        reason = f"{type(error).__name__}: {error}"[:_LONG]
        raise ResultsFault("results-broken", path=name, at="$", found=reason, expected=FIRST) from error
    from smartcity_xl.results.open import count_open

    return count_open(_convert(upgraded, name))


def plain_results(data: bytes, name: str = "results.json") -> Any:
    """What a ``results.json`` says, as plain lists and mappings: for whoever holds two of them against each other.

    Raises ResultsFault where it is no JSON."""
    return _parse(data, name)


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise unread(path, error, ResultsFault) from error


def _parse(data: bytes, name: str) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        if data.startswith(_ZIP):
            raise ResultsFault("results-workbook", path=name) from error
        raise ResultsFault("results-unreadable", path=name, reason=str(error)[:_LONG]) from error


def _convert(raw: Mapping[str, Any], name: str) -> Results:
    try:
        return msgspec.convert(raw, Results)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at ")
        at = place.strip("`") or "$"
        said = _ONE_OF if said.startswith("Invalid enum value") else said
        raise ResultsFault("results-broken", path=name, at=at, found=_show(_look_up(raw, at)), expected=said) from error


def _look_up(raw: object, at: str) -> object:
    """What stands at a place such as ``$.figures[3].value``; "…" where the place cannot be followed."""
    for key, number in re.findall(r"\.(\w+)|\[([^\]]*)\]", at):
        if isinstance(raw, dict) and key in raw:
            raw = raw[key]
        elif isinstance(raw, list) and number.isdecimal() and int(number) < len(raw):
            raw = raw[int(number)]
        else:
            return "…"
    return raw


def _show(found: object) -> str:
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"
