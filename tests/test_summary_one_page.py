"""The first page of every system's summary is one page of A4, in signs that can be read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import office
import openpyxl
import pytest
from hand_worked import CATALOGS
from summaries import SAMPLES, sum_up

from smartcity_xl.messages import label
from smartcity_xl.run.collecting import collect
from smartcity_xl.summary.front import WIDTHS

A4 = (595.3, 841.9)
"""Points."""
_PAGE = re.compile(rb"/Type\s*/Page\b")
_BOX = re.compile(rb"/MediaBox\s*\[\s*0\s+0\s+([0-9.]+)\s+([0-9.]+)\s*\]")
EARLY = ("05-市卫生健康委.xlsx", "06-市教育局.xlsx")


def first_page_alone(path: Path, out: Path, one_page: bool = True) -> None:
    """The first sheet as a workbook of its own, with the values that it shows."""
    book = openpyxl.load_workbook(path, data_only=True)
    for sheet in book.worksheets[1:]:
        del book[sheet.title]
    if not one_page:
        book.worksheets[0].sheet_properties.pageSetUpPr.fitToPage = False
        book.worksheets[0].page_setup.scale = 200
    book.save(out)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The summary of every system, and that of a collection with hardly anything in it."""
    folder = tmp_path_factory.mktemp("books")
    found = {system: sum_up(system, folder / system).summary for system in CATALOGS}
    (folder / "early").mkdir()
    for name in EARLY:
        (folder / "early" / name).write_bytes((SAMPLES / name).read_bytes())
    collect(folder / "early", folder / "early-out")
    return found | {"early": folder / "early-out" / label("file.summary")}


@pytest.fixture(scope="module")
def printed(books: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """Name -> the PDF of the first page; all printed in one start of the program."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "alone").mkdir()
    for name, path in books.items():
        first_page_alone(path, folder / "alone" / f"{name}.xlsx")
    first_page_alone(books["early"], folder / "alone" / "too large.xlsx", one_page=False)
    office.convert(sorted((folder / "alone").iterdir()), "pdf", folder / "pdf")
    return {path.stem: path.read_bytes() for path in (folder / "pdf").glob("*.pdf")}


@pytest.mark.office
@pytest.mark.parametrize("name", [*CATALOGS, "early"])
def test_the_first_page_is_one_page_of_a4(printed: Mapping[str, bytes], name: str) -> None:
    data = printed[name]
    assert len(_PAGE.findall(data)) == 1
    [(width, height)] = {(float(w), float(h)) for w, h in _BOX.findall(data)}
    assert (width, height) == pytest.approx(A4, abs=1)


@pytest.mark.office
def test_a_page_that_does_not_fit_is_seen(printed: Mapping[str, bytes]) -> None:
    assert len(_PAGE.findall(printed["too large"])) > 1


@pytest.mark.parametrize("name", [*CATALOGS, "early"])
def test_the_first_page_is_printed_in_signs_that_can_be_read(books: Mapping[str, Path], name: str) -> None:
    """Fitted to the page, the smallest signs have at least eight points."""
    sheet = openpyxl.load_workbook(books[name]).worksheets[0]
    wide = sum(width * 7 + 5 for width in WIDTHS) * 72 / 96
    tall = sum((sheet.row_dimensions[row].height or 15) for row in range(1, sheet.max_row + 1))
    scale = min(1, (A4[0] - 0.8 * 72) / wide, (A4[1] - 1.1 * 72) / tall)
    assert 10 * scale >= 8
