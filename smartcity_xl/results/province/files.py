"""``province.json``: the one writer and the one reader."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from smartcity_xl.errors import ResultsFault
from smartcity_xl.results.province.record import SCHEMA, Province

_TITLE = "What the rounds of many cities come to together"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_LONG = 80


def write_province(record: Province) -> bytes:
    """The record as UTF-8 JSON with a stable order of keys."""
    return msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"


def write_province_schema() -> bytes:
    """The JSON Schema of ``province.json``, as the types have it."""
    made = msgspec.json.schema(Province)
    document = {"$schema": _DRAFT, "$id": "urn:" + SCHEMA.replace("/", ":"), "title": _TITLE, **made}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def read_province(source: bytes | str | Path, name: str = "province.json") -> Province:
    """The record in a ``province.json``, given as a path, or as bytes that are called ``name``.

    Raises ResultsFault that says where, what was found and what was expected.
    """
    if not isinstance(source, bytes):
        name = str(source)
        try:
            source = Path(source).read_bytes()
        except OSError as error:
            raise ResultsFault("province-unreadable", path=name, reason=error.strerror or str(error)) from error
    try:
        return msgspec.json.decode(source, type=Province)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise _told(source, name, error) from error


def _told(source: bytes, name: str, error: Exception) -> ResultsFault:
    try:
        raw = msgspec.json.decode(source)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as broken:
        return ResultsFault("province-unreadable", path=name, reason=str(broken)[:_LONG])
    schema = raw.get("schema", "—") if isinstance(raw, dict) else "—"
    if schema != SCHEMA:
        return ResultsFault("province-schema", path=name, found=str(schema)[:_LONG], expected=SCHEMA)
    said, _, place = str(error).partition(" - at ")
    return ResultsFault("province-broken", path=name, at=place.strip("`") or "$", expected=said)
