"""What others wrote cannot do anything in a report, and says nothing of how a person can be reached."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docx
import pytest
from browser import WIDTHS, open_page, run_browser
from openxml_audit import OpenXmlValidator
from reports import SAMPLE, Seen, lines_of_word, part_of, walk_texts
from summaries import sum_up

from smartcity_xl.report import OwnTemplate, Report, compose_report, open_template, write_page, write_word
from smartcity_xl.results import read_results

THEIRS = frozenset({
    "city", "title", "name", "label", "file", "raw", "remark", "explanation", "sheet", "named", "found", "remedy",
    "basis", "text", "zh", "zh_now", "zh_then", "headings", "subject", "sender", "sender_name", "round", "unit", "said",
    "who",
})  # fmt: skip
"""Keys of texts that others wrote, or that could hold such."""
HOSTILE = {
    "a formula": '=HYPERLINK("https://example.com/","点这里")',
    "an external command": "=cmd|' /C calc'!A0",
    "a script": "<script>alert(1)</script>",
    "the end of the style": "</style></title></script><script>alert(2)</script>",
    "a handler": "\"' onmouseover='alert(3)' x=\"<img src=x onerror=alert(4)>",
    "an attribute's end": '"><svg onload=alert(5)>',
    "a template": "{{ 7*7 }}{% for x in y %}{{城市}}｛｛正文｝｝",
    "an entity": "&lt;b&gt; &amp; &#x41; &bogus; ]]> <!-- --> <?xml ?>",
    "a backslash": "\\u003cscript\\u003e \\x41 %s %(x)s {0} {total}",
    "nothing and control signs": "a\x00b\x01c\x0bd\x1be\x7ff\x85g",
    "what XML forbids": "a\ufffeb\uffffc\ufdd0d",
    "signs that turn text round": "a\u202eb\u202dc\u2066d\u2069e\u200ff\u061cg",
    "signs of no width": "a\u200bb\ufeffc\u2060d",
    "new lines": "第一行\n第二行\r\n第三行\u2028第四行",
    "a hundred brackets": "[" * 100 + "(" * 100,
    "ten thousand signs": "长" * 10_000,
    "one long word": "x" * 10_000,
    "signs beyond the plane": "𠮷𝟘🏙️👩‍👩‍👧",
    "marks upon marks": "e" + "\u0301" * 200,
}
_ARMED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\u200f\ufeff\ufffe\uffff]")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sum_up(SAMPLE, tmp_path_factory.mktemp("sample")).folder / "results.json"


@pytest.fixture(scope="module")
def plain(results: Path) -> tuple[Seen, int]:
    """The page of the same round without a hostile text, and how many marks of fields its document has."""
    report = compose_report([read_results(results)])
    return Seen(write_page(report)), part_of(write_word(report), "word/document.xml").count(b"w:fldChar")


def spoilt(results: Path, change: Callable[[tuple[str, ...], str], str], contacts: bool = False) -> Report:
    raw = walk_texts(json.loads(results.read_text(encoding="utf-8")), change)
    return compose_report([read_results(json.dumps(raw).encode())], contacts)


def hostile(text: str) -> Callable[[tuple[str, ...], str], str]:
    """Every text that others could have written says this; so do the keys of the departments."""

    def change(way: tuple[str, ...], value: str) -> str:
        theirs = way[-1] in THEIRS and value and way[:1] not in (("catalog",), ("settings",))
        return text if theirs else value

    return change


@pytest.fixture(scope="module")
def in_one(results: Path) -> Report:
    """All hostile texts in turn, each in many places."""
    turn = 0

    def change(way: tuple[str, ...], value: str) -> str:
        nonlocal turn
        if way[-1] not in THEIRS or not value or way[:1] in (("catalog",), ("settings",)):
            return value
        turn += 1
        return list(HOSTILE.values())[turn % len(HOSTILE)]

    return spoilt(results, change, contacts=True)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_nothing_but_text_in_both(
    results: Path, plain: tuple[Seen, int], text: str, tmp_path: Path
) -> None:
    report, (usual, fields) = spoilt(results, hostile(text)), plain
    page, word = write_page(report), write_word(report)
    seen = Seen(page)
    kinds = Counter(tag for tag, _ in seen.tags)
    assert set(kinds) <= {tag for tag, _ in usual.tags}, "no element of another kind"
    assert (kinds["script"], kinds["style"], kinds["title"], kinds["meta"]) == (2, 1, 1, 6)
    allowed = {name for _, attributes in usual.tags for name in attributes}
    assert {name for _, attributes in seen.tags for name in attributes} <= allowed
    assert not _ARMED.search(re.sub(r"(?s)<(script|style)>.*?</\1>", "", page.decode()))
    path = tmp_path / "report.docx"
    path.write_bytes(word)
    assert [str(error) for error in OpenXmlValidator().validate(str(path)).errors] == []
    lines = lines_of_word(word)
    assert not any(_ARMED.search(line) for line in lines)
    assert max(map(len, lines)) < 20_000
    assert part_of(word, "word/document.xml").count(b"w:fldChar") <= fields, "no field but ours"
    assert docx.Document(io.BytesIO(word)).core_properties.title


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with run_browser() as running:
        yield running


@pytest.mark.office
@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_texts_are_inert_in_the_browser_and_fit(
    browser: Any, in_one: Report, width: str, tmp_path: Path
) -> None:
    file = tmp_path / "评价报告.html"
    file.write_bytes(write_page(in_one))
    with open_page(browser, file, width) as opened:
        page = opened.page
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.locator(".tree summary").first.hover()
        page.fill("#search", "<script>")
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width][0]
        assert page.locator("script").count() == 2
        assert page.locator("img, iframe, object, form, main svg:not(.legend svg)").count() == 0
        assert page.locator("figure.chart canvas").count() == 3
        assert (opened.said, opened.asked) == ([], [])


def test_a_placeholder_that_somebody_reported_is_not_filled(in_one: Report, tmp_path: Path) -> None:
    template = tmp_path / "own.docx"
    document = docx.Document()
    document.add_paragraph("{{正文}}")
    document.add_paragraph("{{城市}}")
    document.save(str(template))
    lines = lines_of_word(write_word(in_one, open_template(template)))
    assert any("{{城市}}｛｛正文｝｝" in line for line in lines)
    assert isinstance(open_template(template), OwnTemplate)


# --- nobody is named ---------------------------------------------------------------------------------------------


def people_in(raw: Any) -> set[str]:
    """All that the record says of people: names, posts that are theirs alone, telephones, addresses."""
    said = {entry["text"] for one in raw["people"] for texts in one["said"].values() for entry in texts}
    mails = [one["mail"] for one in raw["files"] if one["mail"]]
    said |= {mail[key] for mail in mails for key in ("sender", "sender_name")}
    return {text for text in said if text and not re.fullmatch(r"[局科处主副]?\w{0,3}[长任员]", text)}


def test_no_way_to_reach_a_person_is_told_unless_asked_for(results: Path) -> None:
    raw = json.loads(results.read_text(encoding="utf-8"))
    people = people_in(raw)
    assert len(people) > 100
    record = read_results(results)
    for contacts in (False, True):
        report = compose_report([record], contacts)
        page = write_page(report).decode().partition("<body>")[2].partition("<script>")[0]
        word = "\n".join(lines_of_word(write_word(report)))
        for text in (page, word):
            found = {one for one in people if one in text}
            assert len(found) > 100 if contacts else found == set()


MOBILE = "139" + "0" * 8
LEAKS = {
    "a mailbox in a file's name": ("file", "张三 zhang.san@example.com.xlsx", "zhang.san@example.com"),
    "a mobile telephone in a title": ("title", f"清单（联系人 {MOBILE}）", MOBILE),
    "one with blanks": ("title", f"请致电 {MOBILE[:3]} 0000 0000", f"{MOBILE[:3]} 0000 0000"),
    "a telephone in a finding": ("found", "电话“0379-0000-0011”不像电话", "0379-0000-0011"),
    "one in brackets": ("named", "（0379）00000011、(0379) 0000-0011", "0000-0011"),
}


@pytest.mark.parametrize(("key", "text", "secret"), LEAKS.values(), ids=LEAKS)
def test_a_way_to_a_person_inside_another_text_is_left_out(results: Path, key: str, text: str, secret: str) -> None:
    def change(way: tuple[str, ...], value: str) -> str:
        return text if way[-1] == key and way[:1] not in (("catalog",), ("assignment",)) and value else value

    for contacts in (False, True):
        report = spoilt(results, change, contacts)
        page, word = write_page(report).decode(), "\n".join(lines_of_word(write_word(report)))
        assert (secret in page) == contacts
        assert (secret in word) == contacts
        assert ("【联系方式略】" in page) != contacts


@pytest.mark.parametrize("text", [MOBILE, "2018-12-31", "0.3758-1234", "1,234,567.00", "10-20-3000"])
def test_a_number_that_was_reported_is_never_taken_for_a_telephone(results: Path, text: str) -> None:
    report = spoilt(results, lambda way, value: text if way[-1] == "raw" and value else value)
    assert text in write_page(report).decode()
