"""The contents: every sheet, and below them every dimension, category and indicator, each with the ways to it."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.books.cells import Spot
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.books.whole_rows import Placed
from smartcity_xl.catalog.score_tree import Height, name_of
from smartcity_xl.messages import label
from smartcity_xl.model import Catalog
from smartcity_xl.summary.bands import ListBand, bands_of
from smartcity_xl.summary.grid import FIRST_ROW
from smartcity_xl.summary.places import CONTENTS, Places

_WIDTHS = (18.0, 46.0, 14.0, 14.0, 14.0, 14.0)
_WAYS = ("breakdown", "adopted", "answers", "methods")
_FIRST = 2
_LAST = len(_WIDTHS) - 1
_CENTRED = {"cell": "centre", "total_cell": "total_score", "bold_cell": "score_bold"}


def write_contents(book: Book, catalog: Catalog, places: Places) -> None:
    page = book.page(label(f"sheet.{CONTENTS}"), _WIDTHS)
    page.text(0, 0, label(f"sheet.{CONTENTS}"), "title")
    page.worksheet.set_row(0, 28)
    page.merged(1, 0, _LAST, label(f"sheet_hint.{CONTENTS}"), "hint")
    page.height(1, {0: label(f"sheet_hint.{CONTENTS}")})
    at = _write_sheets(page, places, FIRST_ROW - 1)
    _write_indicators(page, catalog, places, at + 1)
    page.worksheet.outline_settings(True, False, True, False)
    page.print_on_a4(landscape=False, head=None, footer=f"&L&A&R{label('word.page')}")


def _write_sheets(page: Page, places: Places, at: int) -> int:
    page.text(at, 0, label("contents.sheet"), "head")
    page.merged(at, 1, _LAST, label("contents.about"), "head")
    page.height(at, {}, least=22)
    for name, to in places.sheets.items():
        if name == CONTENTS:
            continue
        at += 1
        text = label(f"contents.{name}")
        page.text(at, 0, to.sheet, "cell", to)
        page.merged(at, 1, _LAST, text, "cell")
        page.height(at, {1: text})
    return at + 1


def _write_indicators(page: Page, catalog: Catalog, places: Places, at: int) -> None:
    heads = {0: label("head.code"), 1: label("head.name")}
    ways = {_FIRST + number: label(f"sheet.{sheet}") for number, sheet in enumerate(_WAYS)}
    page.head_columns(at, heads | ways)
    open_: tuple[ListBand, ...] = ()
    for indicator in catalog.indicators:
        bands = bands_of(catalog, indicator.code)
        for band in (band for band in bands if band not in open_):
            at += 1
            ways_ = _ways(places, band.node, band.node, "")
            page.whole.write(at, _cells(band.code, band.name, band.style, ways_), level=band.level)
        open_ = bands
        at += 1
        first = next((f.slots[0].key if f.slots else f.key for f in catalog.figures_of[indicator.code]), "")
        ways_ = _ways(places, name_of(Height.MARK, indicator.code), first, indicator.code)
        page.whole.write(at, _cells(indicator.code, indicator.name, "cell", ways_), level=len(bands))


def _ways(places: Places, node: str, given: str, code: str) -> tuple[Spot | None, ...]:
    return places.scores.get(node), places.data.get(node), places.given.get(given), places.methods.get(code)


def _cells(code: str, name: str, style: str, ways: tuple[Spot | None, ...]) -> Iterator[Placed]:
    yield 0, code, style, None
    yield 1, name, style, None
    for number, to in enumerate(ways):
        yield _FIRST + number, label("contents.go") if to else "", _CENTRED[style], to
