"""Workbooks that are spoilt on purpose, beside an honest one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from support import (
    FIGURES_PART,
    assert_worded,
    codes,
    filled,
    put,
    receipt,
    repacked,
    value_cell,
)

from smartcity_xl.model import Outcome
from smartcity_xl.run.collecting import assess

GOOD = filled("secrecy", secrecy_review_deduction=0.25, leak_events=1, crypto_failing_systems=4)
OTHER = filled("tax", mobile_services_extra=3)
CELL = value_cell("secrecy", "leak_events")


def beside(inbox: Path, files: Mapping[str, bytes]) -> Outcome:
    outcome = assess(put(inbox, {"好.xlsx": OTHER, "还好.xlsx": filled("credit"), **files}))
    assert receipt(outcome, "好.xlsx").status == "taken"
    assert receipt(outcome, "还好.xlsx").status == "taken"
    assert 3 in {answer.value for answer in outcome.merged.slots["mobile_services_extra"].answers}
    assert_worded(outcome.findings)
    for one in outcome.receipts:
        assert_worded(one.findings)
    return outcome


def fate(outcome: Outcome, name: str) -> tuple[str, list[str]]:
    one = receipt(outcome, name)
    return one.status, codes(one.findings)


def sheet(change: Callable[[bytes], bytes], data: bytes = GOOD) -> bytes:
    def changed(xml: bytes) -> bytes:
        result = change(xml)
        assert result != xml, "nothing was spoilt"
        return result

    return repacked(data, {FIGURES_PART: changed})


def not_plain(data: bytes) -> bytes:
    """Written in a way that only the thorough reader is trusted with."""
    return sheet(lambda xml: xml.replace(b'<c r="A1"', b"<c r='A1'"), data)


def damage_part(data: bytes, name: str) -> bytes:
    """Turn a few bits in the middle of a stored part: its checksum no longer holds."""
    info = zipfile.ZipFile(io.BytesIO(data)).getinfo(name)
    raw = bytearray(data)
    for at in range(info.header_offset + 30 + len(name) + 40, info.header_offset + 30 + len(name) + 44):
        raw[at] ^= 0x55
    return bytes(raw)


def declared(xml: bytes, encoding: str) -> bytes:
    return f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + xml


BLANKS = b" " * (65 * 2**20)


def last_row(cell: str) -> bytes:
    return sheet(lambda xml: xml.replace(b"</sheetData>", f'<row r="1048576">{cell}</row></sheetData>'.encode()))


def place(cell: str) -> tuple[int, int]:
    return int(cell[1:]) - 1, ord(cell[0]) - ord("A")
