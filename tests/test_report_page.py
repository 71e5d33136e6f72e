"""The page of a report in a real browser, from the disk, with the network cut."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import office
import pytest
from browser import WIDTHS, open_page, run_browser
from reports import SAMPLE
from summaries import sum_up

from smartcity_xl.report import compose_report, write_page
from smartcity_xl.results import read_results

pytestmark = pytest.mark.office
VENDOR = Path(__file__).parent.parent / "smartcity_xl/report/page/vendor/echarts"
SCHEMES = ("light", "dark")
MIB = 2**20


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sum_up(SAMPLE, tmp_path_factory.mktemp("sample")).folder / "results.json"


@pytest.fixture(scope="module")
def file(results: Path) -> Path:
    path = results.with_name("评价报告 #1.html")
    path.write_bytes(write_page(compose_report([read_results(results)])))
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with run_browser() as running:
        yield running


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_opens_quietly_and_fits(browser: Any, file: Path, width: str, scheme: str) -> None:
    with open_page(browser, file, width, color_scheme=scheme) as opened:
        page = opened.page
        assert page.title() == "云溪市2018年度新型智慧城市评价工作报告"
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width][0]
        plots = page.locator("figure.chart canvas")
        assert plots.count() == 3
        assert all(box and box["width"] > 250 and box["height"] > 100 for box in map(_box, plots.all()))
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width][0], "unfolded too"
        assert (opened.said, opened.asked) == ([], [])


def _box(one: Any) -> Any:
    return one.bounding_box()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_text_stands_out_from_what_lies_behind_it(browser: Any, file: Path, scheme: str) -> None:
    with open_page(browser, file, color_scheme=scheme) as opened:
        opened.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        seen, faint = opened.faint_texts()
        assert seen > 2_000
        assert faint == []
        opened.page.evaluate("document.documentElement.style.setProperty('--faint', 'rgb(150, 150, 150)')")
        opened.page.evaluate("document.documentElement.style.setProperty('--paper', 'rgb(140, 140, 140)')")
        assert opened.faint_texts()[1] != [], "a faint colour is seen"


def test_the_keyboard_alone_leads_through_the_page(browser: Any, file: Path) -> None:
    with open_page(browser, file) as opened:
        page = opened.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert opened.focus_is_seen()
        page.keyboard.press("Enter")
        opened.comes_to("document.activeElement.id === 'main'")
        stops = []
        while not stops or stops[-1] != "BODY.":
            page.keyboard.press("Tab")
            stops.append(page.evaluate("document.activeElement.tagName + '.' + document.activeElement.className"))
            assert opened.focus_is_seen() or stops[-1] == "BODY.", stops[-1]
        assert len(stops) > 25
        assert {"DIV.scroll", "A.", "INPUT.", "BUTTON.", "SUMMARY."} <= set(stops)
        page.locator("#search").focus()
        for name in ("unfold", "fold"):
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.id") == name
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
        assert opened.focus_is_seen()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.parentElement.open") is True
        assert page.evaluate("getComputedStyle(document.activeElement).color") != "rgba(0, 0, 0, 0)"
        page.evaluate("document.styleSheets[0].insertRule(':focus-visible{outline:none!important}', 0)")
        page.keyboard.press("Tab")
        assert not opened.focus_is_seen(), "a focus that is not shown is seen"


def test_the_tree_unfolds_to_the_answers(browser: Any, file: Path, results: Path) -> None:
    record = json.loads(results.read_text(encoding="utf-8"))
    with open_page(browser, file) as opened:
        page = opened.page
        for kind in ("dimension", "category", "indicator", "figures"):
            summary = page.locator(f".tree .{kind} summary").first
            assert summary.is_visible()
            summary.click()
        table = page.locator(".tree .answers").first
        assert table.is_visible()
        first = record["figures"][0]["answers"][0]
        cells = table.locator("tbody tr").first.locator("td").all_inner_texts()
        place = f"{first['file']}　{first['sheet']}!{first['cell']}"
        assert cells == [record["departments"][0]["name"], first["raw"] + first["unit"], "有值", "是", place]
        assert page.locator(".tree details.indicator").count() == sum(
            len(c["indicators"]) for d in record["dimensions"] for c in d["categories"]
        )


SEARCHES: list[tuple[str, str, int | None]] = [
    ("a code", "L5P1-A2", 1), ("a figure", "制定信息资源目录", 1), ("two words", "市教育局 学校", None),
    ("a file", "11-市民政局", None), ("small letters", "l8p1", 1), ("nothing there", "没有这样的指标", 0),
    ("signs of a pattern", "(.*[", 0), ("markup", "<img src=x onerror=alert(1)>", 0),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "wanted"), [one[1:] for one in SEARCHES], ids=[one[0] for one in SEARCHES])
def test_the_search_leaves_what_fits(browser: Any, file: Path, typed: str, wanted: int | None) -> None:
    with open_page(browser, file) as opened:
        page = opened.page
        whole = page.locator("details.indicator").count()
        page.fill("#search", typed)
        left = page.locator("details.indicator:not([hidden])")
        assert 0 < left.count() < whole if wanted is None else left.count() == wanted
        texts = left.evaluate_all("all => all.map((one) => one.textContent.toLowerCase())")
        assert all(word in text for text in texts for word in typed.lower().split())
        said = page.locator("#hits").inner_text()
        assert said == (
            f"找到 {left.count()} 项指标" if left.count() else "没有找到。可以查代号、指标、数据项、单位或文件名。"
        )
        page.press("#search", "Escape")
        assert page.locator("details.indicator:not([hidden])").count() == whole
        assert opened.said == []


def test_a_code_in_a_table_leads_to_its_indicator(browser: Any, file: Path) -> None:
    with open_page(browser, file) as opened:
        page = opened.page
        link = page.locator("#t-losses-0 tbody a").first
        code = link.inner_text()
        page.fill("#search", "没有这样的指标")
        link.click()
        opened.comes_to(f"document.activeElement.parentElement.id === 'n-0-{code}'")
        target = page.locator(f"#n-0-{code}")
        assert target.evaluate("one => one.open")
        assert target.is_visible()


def test_without_scripts_the_page_still_says_everything(browser: Any, file: Path) -> None:
    with open_page(browser, file, java_script_enabled=False) as opened:
        page = opened.page
        assert page.locator("#t-results-0").is_visible()
        assert not page.locator("figure.chart").first.is_visible()
        assert not page.locator(".tools").is_visible()
        page.locator(".tree .dimension > summary").first.click()
        assert page.locator(".tree .category > summary").first.is_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_on_paper_everything_is_open_and_light(browser: Any, file: Path, scripts: bool, tmp_path: Path) -> None:
    with open_page(browser, file, color_scheme="dark", java_script_enabled=scripts) as opened:
        path = tmp_path / "page.pdf"
        opened.page.pdf(path=str(path), prefer_css_page_size=True)
        opened.page.emulate_media(media="print")
        if scripts:
            assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
            opened.comes_to("!document.querySelector('details[open]')")  # folded again afterwards
        assert opened.said == []
    pages = office.read_pages(path)
    text = re.sub(r"\s", "", "".join(pages))
    assert "01-市政务服务和大数据局.xlsx" in text, "an answer, at the very bottom of the tree"
    assert "L1P1-A1-事项清单.pdf" in text, "a long table that is folded on the screen"
    assert "全部展开" not in text
    assert len(pages) > 20


def test_what_is_no_part_of_the_page_cannot_run(browser: Any, file: Path, tmp_path: Path) -> None:
    """The policy in the page's head, seen to refuse: a script, a handler and a picture that somebody planted."""
    page = file.read_text(encoding="utf-8")
    planted = tmp_path / "planted.html"
    evil = (
        '<script>document.title="!"</script><p style="color:red">'
        '<img src="https://example.com/x.png" onerror="document.title=1">'
    )
    planted.write_text(page.replace("<main", f"{evil}<main", 1), encoding="utf-8")
    with open_page(browser, planted) as opened:
        assert opened.page.title() == "云溪市2018年度新型智慧城市评价工作报告"
        opened.hears("Content Security Policy", 3)
    own = tmp_path / "open.html"
    own.write_text(
        planted.read_text(encoding="utf-8").replace("Content-Security-Policy", "x-nothing", 1), encoding="utf-8"
    )
    with open_page(browser, own) as opened:
        assert opened.page.title() in ("!", "1"), "without the policy it would have run"


def test_the_page_names_its_language_and_words_what_is_drawn(browser: Any, file: Path) -> None:
    with open_page(browser, file) as opened:
        page = opened.page
        assert page.evaluate("document.documentElement.lang") == "zh-CN"
        assert page.locator("h1").count() == 1
        levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map((one) => Number(one.tagName[1]))")
        assert all(after <= before + 1 for before, after in pairwise(levels))
        plots = page.locator("figure.chart .plot")
        assert all(one.get_attribute("role") == "img" and one.get_attribute("aria-label") for one in plots.all())
        assert page.locator("table caption, table.answers").count() == page.locator("table").count()
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
        assert len(ids) == len(set(ids))
        links = page.evaluate("[...document.querySelectorAll('a')].map((one) => one.getAttribute('href').slice(1))")
        assert links
        assert set(links) <= set(ids)


# --- what it is made of ------------------------------------------------------------------------------------------


def test_the_library_that_draws_is_the_one_that_was_chosen() -> None:
    source = tomllib.loads((VENDOR / "SOURCE.toml").read_text(encoding="utf-8"))
    library = (VENDOR / "echarts.simple.min.js").read_bytes()
    assert hashlib.sha256(library).hexdigest() == source["sha256"]
    assert hashlib.sha256(library + b" ").hexdigest() != source["sha256"]
    assert source["version"].encode() in library
    licences = {
        "LICENSE": "Apache License", "NOTICE": "Apache ECharts", "LICENSE-zrender": "BSD 3-Clause",
        "LICENSE-d3": "Mike Bostock", "LICENSE-tslib": "Microsoft",
    }  # fmt: skip
    for name, words in licences.items():
        assert words in (VENDOR / name).read_text(encoding="utf-8")


def test_the_page_carries_the_notices_and_stays_small(file: Path) -> None:
    page = file.read_bytes()
    for words in (b"Licensed to the Apache Software Foundation", b"Copyright (c) 2017, Baidu Inc.", b"Mike Bostock"):
        assert words in page
    assert len(page) < MIB
    assert not re.search(rb"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page.partition(b"<script>")[0])
