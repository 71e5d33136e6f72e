"""What our workbooks ask of the program that opens them: nothing newer than Excel 2007, words beside every picture."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from hand_worked import CATALOGS
from kinds_of_books import SORTS
from lxml import etree
from returned import write_returns
from summaries import sum_up

from smartcity_xl.catalog.load import assignment_ids, load_assignment
from smartcity_xl.form.template import Issue, write_template
from smartcity_xl.office.filing import plan_filing, write_filing
from smartcity_xl.results import from_outcome
from smartcity_xl.run.comparing import compare_results
from smartcity_xl.summary.comparison import write_comparison

# Every function that a workbook of ours may use; each is in Excel 2007 (ECMA-376, first edition, part 4, 3.17.7).
FUNCTIONS = frozenset({
    "ABS", "AND", "ASC", "AVERAGE", "CELL", "CHAR", "CHOOSE", "CODE", "COLUMN", "COLUMNS", "CONCATENATE", "COUNT",
    "COUNTA", "COUNTBLANK", "COUNTIF", "DATE", "EXACT", "FALSE", "FIND", "HYPERLINK", "IF", "IFERROR", "INDEX", "INT",
    "ISBLANK", "ISERROR", "ISLOGICAL", "ISNUMBER", "ISTEXT", "LEFT", "LEN", "LOG10", "LOWER", "MATCH", "MAX", "MID",
    "MIN", "MOD", "N", "NOT", "OR", "REPLACE", "REPT", "RIGHT", "ROUND", "ROUNDDOWN", "ROUNDUP", "ROW", "ROWS",
    "SEARCH",
    "SMALL",
    "SUBSTITUTE", "SUM", "SUMIF", "SUMPRODUCT", "T", "TEXT", "TRIM", "TRUE", "TYPE", "UPPER", "VALUE", "VLOOKUP",
})  # fmt: skip
NEWER = re.compile(
    rb"_xlfn|_xlws|_xlpm|x14:|x15:|x14ac:|xr:|<extLst|dynamicArray|<c [^>]*\bcm=|http://schemas.microsoft.com/office/(?!drawing/2010/chartUser)"
)
ISSUE = Issue("2018", "云溪市", "2019-02-25")
_SHEET = re.compile(r"xl/worksheets/sheet\d+\.xml")


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def functions_of(data: bytes) -> set[str]:
    """Every function in cells, tests of cells, conditional formats and names."""
    used = set()
    for content in parts(data).values():
        for formula in re.findall(rb"<(?:f|formula|formula1|formula2|definedName)(?: [^>]*)?>([^<]*)<", content):
            text = re.sub(r'"[^"]*"', "", formula.decode("utf-8").replace("&quot;", '"'))
            used |= set(re.findall(r"([A-Z][A-Z0-9.]+)\(", text))
    return used


def newer_things(data: bytes) -> dict[str, list[bytes]]:
    """Part -> what is in it that came after Excel 2007."""
    found = {name: NEWER.findall(content) for name, content in parts(data).items() if name.endswith(".xml")}
    return {name: list(dict.fromkeys(things)) for name, things in found.items() if things}


def unsaid_pictures(data: bytes) -> Iterator[str]:
    """Charts and pictures without words for who cannot see them."""
    for name, content in parts(data).items():
        if re.fullmatch(r"xl/drawings/drawing\d+\.xml", name):
            for about in etree.fromstring(content).iter("{*}cNvPr"):
                if len(about.get("descr", "")) < 8:
                    yield f"{name} {about.get('name')}"


@cache
def books_of(system: str) -> dict[str, bytes]:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        summed = sum_up(system, Path(folder))
        made = {"summary": summed.summary.read_bytes()}
        made["filing"] = write_filing(plan_filing(from_outcome(summed.outcome), summed.outcome.catalog), "")
        again = Path(shutil.copytree(summed.folder, Path(folder) / "again"))
        (compared,) = compare_results([summed.folder, again])
        made["comparison"] = write_comparison(compared)
        made |= {one.department: one.data for one in write_returns(summed.outcome)[:1]}
    for name in assignment_ids(system)[:1]:
        assignment = load_assignment(CATALOGS[system], name)
        made["form"] = write_template(CATALOGS[system], assignment, next(iter(assignment.departments)), ISSUE)
    return made


ALL = [*((system, "") for system in CATALOGS), *(("", kind) for kind in SORTS)]


def some_books(system: str, kind: str) -> dict[str, bytes]:
    return books_of(system) if system else {kind: SORTS[kind].write()}


@pytest.mark.parametrize(("system", "kind"), ALL, ids=[" ".join(one).strip() for one in ALL])
def test_nothing_is_newer_than_excel_2007(system: str, kind: str) -> None:
    for name, data in some_books(system, kind).items():
        assert functions_of(data) - FUNCTIONS == set(), name
        assert newer_things(data) == {}, name


@pytest.mark.parametrize(("system", "kind"), ALL, ids=[" ".join(one).strip() for one in ALL])
def test_every_chart_is_said_in_words(system: str, kind: str) -> None:
    books = some_books(system, kind)
    assert {name: list(unsaid_pictures(data)) for name, data in books.items()} == {name: [] for name in books}
    if system:
        assert any("xl/drawings/drawing1.xml" in parts(data) for data in books.values())


@pytest.mark.parametrize("system", CATALOGS)
def test_a_colour_is_never_the_only_sign(system: str) -> None:
    """A format that depends on a value only repeats what the cell says in words or numbers: it never stands on a cell
    that is empty while it applies, and marks that are put at a faulty cell come with a note."""
    for name, data in books_of(system).items():
        book = openpyxl.load_workbook(io.BytesIO(data))
        for sheet in book.worksheets:
            for ranges in sheet.conditional_formatting:
                for rule in ranges.rules:
                    assert rule.type in ("expression", "cellIs", "containsText", "beginsWith"), (name, rule.type)
                    assert rule.colorScale is rule.dataBar is rule.iconSet is None


def test_the_guards_see_what_they_look_for() -> None:
    data = SORTS["roster"].write()
    spoilt = io.BytesIO()
    with zipfile.ZipFile(spoilt, "w") as target:
        for name, content in parts(data).items():
            if _SHEET.fullmatch(name):
                content = content.replace(b"</sheetData>", b"</sheetData><extLst/>").replace(
                    b"<f>", b"<f>_xlfn.XLOOKUP(A1,B1,C1)+", 1
                )
            target.writestr(name, content)
        target.writestr("xl/drawings/drawing1.xml", '<d xmlns="x"><cNvPr id="1" name="Chart 1"/></d>')
    assert "XLOOKUP" in functions_of(spoilt.getvalue()) - FUNCTIONS
    assert any(b"<extLst" in things for things in newer_things(spoilt.getvalue()).values())
    assert list(unsaid_pictures(spoilt.getvalue())) == ["xl/drawings/drawing1.xml Chart 1"]
