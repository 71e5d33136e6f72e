"""What is said of a chart to who cannot see it names the kind that it is, in every workbook and in the report."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping
from html import unescape

import pytest
from invented_provinces import national_record, province_of, star_record, vary_cities
from tried_rounds import drawn_outcome

from smartcity_xl.books import charts
from smartcity_xl.books.pages import Book
from smartcity_xl.messages import label
from smartcity_xl.report import compose_report, write_page, write_word
from smartcity_xl.summary import write_summary
from smartcity_xl.summary.province import write_province_book

# what stands in the part of a chart: which way its bars go, and how they are grouped -> the words for it
NAMES = {
    ("col", "clustered"): "柱形图", ("col", "stacked"): "堆积柱形图",
    ("bar", "clustered"): "条形图", ("bar", "stacked"): "堆积条形图",
}  # fmt: skip
_DRAWN = re.compile(r' descr="([^"]*)".*?<c:chart [^>]*r:id="(\w+)"', re.DOTALL)
_TARGET = re.compile(r'<Relationship (?=[^>]*Id="(\w+)")(?=[^>]*Target="([^"]+)")[^>]*>')
_KIND = re.compile(r'<c:barDir val="(\w+)"/>.*?<c:grouping val="(\w+)"/>', re.DOTALL)


def described(data: bytes) -> list[tuple[str, str]]:
    """Of each chart in a package, what kind it is by its own part, and what is said of it."""
    found: list[tuple[str, str]] = []
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name).decode("utf-8", "replace") for name in package.namelist()}
    for name, text in parts.items():
        folder, _, base = name.rpartition("/")
        for said, link in _DRAWN.findall(text):
            targets = dict(_TARGET.findall(parts[f"{folder}/_rels/{base}.rels"]))
            target = targets[link]
            chart = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
            kind = _KIND.search(parts[chart])
            assert kind, chart
            found.append((NAMES[kind.groups()], unescape(said)))  # type: ignore[index]
    return found


def odd() -> bytes:
    """Kinds that stand in no workbook of ours side by side."""
    book = Book("")
    page = book.page("甲", (8.0,))
    for row, subtype in enumerate((None, "stacked")):
        for at, kind in enumerate(("column", "bar")):
            chart = book.workbook.add_chart({"type": kind, "subtype": subtype})
            chart.add_series({"values": ["甲", 0, 0, 1, 0]})
            page.chart(row * 20, at * 8, chart, "乙")
    return book.close()


# file -> what writes it, and how many charts it has
FILES: Mapping[str, tuple[Callable[[], bytes], int]] = {
    "every kind": (odd, 4),
    "a summary with points": (lambda: write_summary(drawn_outcome("cn-2018")), 1),
    "a summary with stars": (lambda: write_summary(drawn_outcome("gbt33356-2022-city")), 1),
    "cities": (lambda: write_province_book(province_of([*vary_cities(6), star_record()])), 3),
    "a report": (lambda: write_word(compose_report((national_record(), star_record())), None), 4),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_chart_is_called_what_it_is(name: str) -> None:
    write, number = FILES[name]
    found = described(write())
    assert len(found) == number
    assert [(kind, said.partition("：")[0]) for kind, said in found] == [(kind, kind) for kind, _ in found]
    assert all(said.endswith("图中各数与对应的表相同。") for _, said in found)


def test_a_chart_of_the_page_is_called_what_it_is() -> None:
    page = write_page(compose_report((national_record(), star_record()))).decode()
    figures = re.findall(r'<figure class="chart"(.*?)>.*?aria-label="(.*?)"', page, re.DOTALL)
    assert figures
    for about, said in figures:
        assert said.partition("：")[0] == NAMES["bar", "stacked" if "data-stacked" in about else "clustered"]


def test_a_chart_that_is_called_otherwise_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "label", lambda code, **said: label(code.replace("_bar", "_column"), **said))
    with pytest.raises(AssertionError):
        test_a_chart_is_called_what_it_is("a report")


def test_a_kind_without_a_name_is_not_called_by_another() -> None:
    book = Book("")
    chart = book.workbook.add_chart({"type": "pie"})
    with pytest.raises((KeyError, AttributeError)):
        charts.describe_drawn(chart, "乙")
