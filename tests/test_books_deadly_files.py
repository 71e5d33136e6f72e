"""Files that would end the process, or cost it all its time, and pictures over answers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from bad_books import BLANKS, CELL, GOOD, beside, damage_part, fate, place
from support import (
    check_growth,
    codes,
    filled,
    repacked,
)

from smartcity_xl.books.package import Package, Refused
from smartcity_xl.messages import label
from smartcity_xl.model import Standing

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"

# --- pictures ----------------------------------------------------------------------------------------------------

DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"


def with_picture(row: int, column: int, data: bytes, extra: bytes = b"") -> bytes:
    """A picture anchored at a cell (from 0) of the sheet 填报表, as raw XML."""
    drawing = (
        f'<xdr:wsDr xmlns:xdr="{DRAWING}"><xdr:oneCellAnchor><xdr:from>'
        f"<xdr:col>{column}</xdr:col><xdr:colOff>0</xdr:colOff>"
        f"<xdr:row>{row}</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from></xdr:oneCellAnchor></xdr:wsDr>"
    ).encode() + extra
    relation = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/relationships/drawing" Target="../drawings/drawing1.xml"/></Relationships>'
    ).encode()
    return repacked(
        data, add=[("xl/worksheets/_rels/sheet2.xml.rels", relation), ("xl/drawings/drawing1.xml", drawing)]
    )


def test_a_picture_over_a_blank_value_is_told(tmp_path: Path) -> None:
    data = with_picture(*place(CELL), filled("secrecy", crypto_failing_systems=4))
    outcome = beside(tmp_path, {"图.xlsx": data})
    assert "picture-in-cell" in fate(outcome, "图.xlsx")[1]
    assert outcome.merged.slots["leak_events"].standing is Standing.UNREADABLE


def test_a_picture_over_a_value_or_elsewhere_is_no_matter(tmp_path: Path) -> None:
    outcome = beside(
        tmp_path, {"图.xlsx": with_picture(*place(CELL), GOOD), "附.xlsx": with_picture(0, 0, filled("ecology"))}
    )
    assert "picture-in-cell" not in codes(outcome.findings)
    assert outcome.merged.slots["leak_events"].value == 1


def test_a_damaged_drawing_does_not_end_the_batch(tmp_path: Path) -> None:
    data = damage_part(with_picture(*place(CELL), GOOD, extra=os.urandom(4000)), "xl/drawings/drawing1.xml")
    beside(tmp_path, {"图.xlsx": data})


def test_a_drawing_that_is_too_large_does_not_end_the_batch(tmp_path: Path) -> None:
    beside(tmp_path, {"图.xlsx": with_picture(*place(CELL), GOOD, extra=BLANKS)})


def test_a_document_type_in_the_relations_of_a_sheet_does_not_end_the_batch(tmp_path: Path) -> None:
    data = with_picture(*place(CELL), GOOD)
    change = {"xl/worksheets/_rels/sheet2.xml.rels": lambda xml: b"<!DOCTYPE Relationships>" + xml}
    beside(tmp_path, {"图.xlsx": repacked(data, change)})


def test_an_anchor_with_thousands_of_digits_does_not_end_the_batch(tmp_path: Path) -> None:
    beside(
        tmp_path,
        {"图.xlsx": with_picture(1, 2, GOOD, extra=b"<from><col>" + b"9" * 5000 + b"</col><row>1</row></from>")},
    )


def test_a_drawing_full_of_unfinished_anchors_costs_no_time(tmp_path: Path) -> None:
    def open_it(size: int) -> None:
        package = Package(with_picture(*place(CELL), GOOD, extra=b"<from>" * size))
        with pytest.raises(Refused, match="damaged"):
            package.pictures(package.sheets[label("sheet.figures")])

    check_growth(open_it, 2_000)
