"""Clerks and leaders read what was settled where a text is unclear, and never the numbers of the list of errata."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import openpyxl
import pytest
from answered_forms import ISSUE, assignments_of, give
from hand_worked import CATALOGS
from returned import INBOX, write_returns

from smartcity_xl.catalog.told import without_errata
from smartcity_xl.form.template import write_template
from smartcity_xl.messages import label
from smartcity_xl.run.collecting import assess, collect

NUMBER = re.compile(r"(?<![A-Za-z0-9$!' ])E\d+(?![0-9A-Za-z])")
LEFT_OVER = re.compile(r"（[；，、）]|[；，、]）|。。|^[；，、]")

TOLD = [
    ("超过1按1计并提示（E3）。", "超过1按1计并提示。", "one in brackets"),
    ("封顶只写在数据要求里（E12、E13）。", "封顶只写在数据要求里。", "several in brackets"),
    ("b3得0分（E38；另一种读法得20分），请确认。", "b3得0分（另一种读法得20分），请确认。", "before other words"),
    ("（另一种读法是20分，E38）", "（另一种读法是20分）", "after other words"),
    ("E40: 合计80%", "合计80%", "in front"),
    ("（与2018版E34相同）", "（与2018版相同）", "of another edition"),
    ("（与{=2018版}E34相同）", "（与{=2018版}相同）", "of an edition whose year is marked"),
    ("指标L1P1-A1、单元格E5和3E5", "指标L1P1-A1、单元格E5和3E5", "what is none"),
]


@pytest.mark.parametrize(("text", "told"), [case[:2] for case in TOLD], ids=[case[2] for case in TOLD])
def test_a_text_is_told_without_its_numbers(text: str, told: str) -> None:
    assert without_errata(text) == told


@pytest.mark.parametrize("system", CATALOGS)
def test_no_text_of_a_catalog_keeps_a_number_or_a_gap(system: str) -> None:
    catalog = CATALOGS[system]
    texts = [figure.guidance for figure in catalog.figures.values()]
    texts += [category.weights_open for category in catalog.categories]
    texts += [text for i in catalog.indicators for text in (i.note, *(query.say for query in i.queries))]
    for assignment, _ in assignments_of(system):
        texts += assignment.unassigned.values()
    told = [without_errata(text) for text in texts]
    assert [text for text in told if NUMBER.search(text) or LEFT_OVER.search(text)] == []


def words_in(data: bytes) -> Iterator[str]:
    """Every text of a workbook that somebody can read: cells, notes, hints."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            yield from (str(cell.value) for cell in row if isinstance(cell.value, str))
            yield from (cell.comment.text for cell in row if cell.comment)
        yield from (rule.prompt or "" for rule in sheet.data_validations.dataValidation)


@pytest.mark.parametrize("system", CATALOGS)
def test_no_template_shows_a_number(system: str) -> None:
    for assignment, departments in assignments_of(system):
        for department in departments:
            given = give(system, assignment, department, "blank")
            data = write_template(CATALOGS[system], assignment, department, ISSUE, given)
            assert [text for text in words_in(data) if not text.startswith("=") and NUMBER.search(text)] == []


def test_no_returned_workbook_shows_a_number() -> None:
    for one in write_returns(assess(INBOX)):
        assert [text for text in words_in(one.data) if not text.startswith("=") and NUMBER.search(text)] == []


def test_the_summary_shows_them_in_its_notes_on_the_text_alone(tmp_path: Path) -> None:
    collect(INBOX, tmp_path)
    book = openpyxl.load_workbook(tmp_path / label("file.summary"))
    shown = {
        sheet.title: [str(c.value) for row in sheet.iter_rows() for c in row if NUMBER.search(str(c.value or ""))]
        for sheet in book.worksheets
    }
    assert shown.pop(label("sheet.notes"))
    assert [text for texts in shown.values() for text in texts if not text.startswith("=")] == []


def test_no_sentence_of_ours_has_a_number() -> None:
    for entry in (resources.files("smartcity_xl") / "messages").iterdir():
        if entry.name.endswith(".toml"):
            assert NUMBER.findall(entry.read_text(encoding="utf-8")) == [], entry.name
