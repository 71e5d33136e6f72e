"""A form is laid out once and stamped many times; a stamped workbook is the one that the plain writer writes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from answered_forms import MOODS, give, one_for_all
from hand_worked import CATALOGS
from msgspec.structs import replace
from openxml_audit import OpenXmlValidator
from support import ASSIGNMENT, CATALOG
from xlsxwriter.sharedstrings import SharedStringTable

from smartcity_xl.books.packing import LEVEL, deflate, pack
from smartcity_xl.books.quick_cells import QuickWorksheet
from smartcity_xl.books.reckoning import Reckoning
from smartcity_xl.books.stamped_sheet import StampedSheet
from smartcity_xl.catalog.load import assignment_ids, load_assignment
from smartcity_xl.catalog.terms import under_terms
from smartcity_xl.form import many
from smartcity_xl.form.many import many_cities
from smartcity_xl.form.map import FIGURES
from smartcity_xl.form.template import (
    CellContent,
    Given,
    Issue,
    Mark,
    ReturnNotice,
    Stamp,
    Stray,
    Task,
    forms,
    write,
    write_template,
)
from smartcity_xl.model import Assignment, RoundTerms
from smartcity_xl.run.systems import Choice
from smartcity_xl.run.templates import CityTemplates, make_templates

ISSUE = Issue("2026", "云溪市", "2026-12-31", key=b"k" * 32)
CITIES = (ISSUE, Issue("2026", "乙市", "", key=b"l" * 32), Issue("2026", "丙 & <市>", "2027-01-05"))
DEPARTMENT = "transport"


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return {name: book.read(name) for name in book.namelist()}


def send_back(given: Given, number: int = 3) -> Given:
    """The same as it goes back: some cells are marked, and the list in front leads to them."""
    places = [place for place in given.entries if place.role == FIGURES][:number]
    marks = {place: Mark(bool(at % 2), f"须改正：{at}\n请核对") for at, place in enumerate(places)}
    tasks = tuple(Task(place, "", place.key, True, "3", "数字", "请改正", "0.50 分") for place in places)
    elsewhere = Task(None, "某文件", "某项", False, "?", "", "请确认", "")
    notice = ReturnNotice(
        "办公室", "某局", "2", "请于近日", "甲.xlsx", (*tasks, elsewhere), (Stray("甲", "某项", "三百", "无处可放"),),
        "", ("多 3 项，可得 0.50 分",),
    )  # fmt: skip
    return Given(given.entries, marks, notice=notice)


@cache
def departments() -> list[tuple[str, Assignment, str]]:
    """Every department of every assignment of every system, and of those that have none, one that answers all."""
    found = []
    for system in CATALOGS:
        named = [load_assignment(CATALOGS[system], name) for name in assignment_ids(system)] or [one_for_all(system)]
        found += [(system, one, department) for one in named for department in one.departments]
    return found


def fillings() -> Iterator[tuple[str, Assignment, str, str, Issue]]:
    """Every department with one filling and one city, all of them in turn."""
    moods, cities = cycle(("filled", "faulty", "part")), cycle(CITIES)
    for system, assignment, department in departments():
        yield system, assignment, department, next(moods), next(cities)


def differing(first: bytes, second: bytes) -> list[str]:
    if first == second:
        return []
    one, other = parts(first), parts(second)
    return [name for name in one | other if one.get(name) != other.get(name)] or ["the file around its parts"]


def compare_all(returned: bool) -> list[str]:
    """Stamped filled first and blank after it: what was stamped before leaves no trace."""
    found = []
    for system, assignment, department, mood, issue in fillings():
        asked = (CATALOGS[system], assignment, department)
        stamp, filled = Stamp(*asked, issue.round, returned), give(system, assignment, department, mood)
        for given in (filled, Given()):
            what = send_back(given) if returned else given
            assert stamp.fits(issue, what)
            wrong = differing(write_template(*asked, issue, what), stamp.write(issue, what))
            found += [f"{system} {department} {mood}: {name}" for name in wrong]
    return found


def test_a_stamped_template_is_the_one_that_is_written_for_every_department() -> None:
    assert len(departments()) > 70
    assert compare_all(returned=False) == []


def test_a_stamped_return_is_the_one_that_is_written_for_every_department() -> None:
    assert compare_all(returned=True) == []


@pytest.fixture(scope="module")
def stamp() -> Stamp:
    return Stamp(CATALOG, ASSIGNMENT, DEPARTMENT, ISSUE.round)


def written(given: Given, issue: Issue = ISSUE) -> bytes:
    return write_template(CATALOG, ASSIGNMENT, DEPARTMENT, issue, given)


@pytest.mark.parametrize("mood", MOODS)
def test_every_filling_of_every_city_leaves_the_next_one_alone(mood: str, stamp: Stamp) -> None:
    given = give(CATALOG.id, ASSIGNMENT, DEPARTMENT, mood)
    for issue in (*CITIES, replace(ISSUE, revision="2")):
        assert differing(written(given, issue), stamp.write(issue, given)) == []


def test_last_rounds_values_are_stamped_too(stamp: Stamp) -> None:
    earlier = Given(previous=dict.fromkeys(CATALOG.slots, "123,456 万元"), previous_round="2025")
    assert stamp.write(ISSUE, earlier) == written(earlier)
    assert stamp.write(ISSUE) == written(Given())


@pytest.mark.parametrize("case", ["another round", "more lines of evidence", "more rows of a table", "goes back"])
def test_what_the_form_has_no_place_for_is_written_plainly(case: str) -> None:
    department = "health" if "table" in case else DEPARTMENT
    table = next((key for key in ASSIGNMENT.figures_for(department) if CATALOG.figures[key].columns), "")
    code = CATALOG.used_by[next(iter(ASSIGNMENT.figures_for(department)))][0]
    issue, given = {
        "another round": (replace(ISSUE, round="2027"), Given()),
        "more lines of evidence": (ISSUE, Given(lines={code: 40})),
        "more rows of a table": (ISSUE, Given(rows={table: 400})),
        "goes back": (ISSUE, send_back(Given())),
    }[case]
    made = Stamp(CATALOG, ASSIGNMENT, department, ISSUE.round)
    assert not made.fits(issue, given)
    assert made.write(issue, given) == write_template(CATALOG, ASSIGNMENT, department, issue, given)


def _put_nothing(sheet: StampedSheet, row: int, column: int, value: object) -> None:
    """A result that is not written."""


def _keep_row(sheet: StampedSheet, row: int, *given: Any) -> None:
    """A row that stays as high as it was."""
    if not sheet.texts:
        QuickWorksheet.put_height(sheet, row, *given)


def _sharing_cells() -> Callable[[StampedSheet, SharedStringTable], StampedSheet]:
    """What one copy says in its cells stands in the next one too."""
    fork, cells = StampedSheet.fork, dict[int, Any]()

    def forked(sheet: StampedSheet, strings: SharedStringTable) -> StampedSheet:
        other = fork(sheet, strings)
        if sheet.texts:
            other.table = cells.setdefault(sheet.index, other.table)
        return other

    return forked


def _note_nothing(reckoning: Reckoning, cell: Any) -> None:
    """A change that no formula hears of."""
    reckoning._keep(cell)


@pytest.mark.parametrize(
    ("where", "name", "fault"),
    [
        (StampedSheet, "replace_result", _put_nothing),
        (Reckoning, "note", _note_nothing),
        (StampedSheet, "put_height", _keep_row),
    ],
    ids=["a result is not written", "a formula does not hear of a change", "a row keeps its height"],
)
def test_a_fault_of_the_stamp_is_seen(
    where: type, name: str, fault: object, stamp: Stamp, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = {place: CellContent(f"{one.value}" * 60) for place, one in _filled().entries.items()}
    good = written(Given(long))
    monkeypatch.setattr(where, name, fault)
    assert differing(good, stamp.write(ISSUE, Given(long))) != []


def test_cells_that_copies_share_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    form, filled = Stamp(CATALOG, ASSIGNMENT, DEPARTMENT, ISSUE.round), _filled()
    noted = {replace(place, column="remark"): CellContent("甲") for place in filled.entries if place.role == FIGURES}
    good = written(filled)
    for fork, is_fault in ((StampedSheet.fork, False), (_sharing_cells(), True)):
        monkeypatch.setattr(StampedSheet, "fork", fork)
        form.write(ISSUE, Given({**filled.entries, **noted}))
        assert (differing(good, form.write(ISSUE, filled)) != []) == is_fault


def _filled() -> Given:
    return give(CATALOG.id, ASSIGNMENT, DEPARTMENT, "filled")


def test_a_stamped_return_passes_the_judge_of_the_office_schemas(tmp_path: Path) -> None:
    made = Stamp(CATALOG, ASSIGNMENT, DEPARTMENT, ISSUE.round, returned=True)
    good, bad = tmp_path / "good.xlsx", tmp_path / "bad.xlsx"
    good.write_bytes(made.write(ISSUE, send_back(_filled())))
    spoilt = parts(good.read_bytes())
    spoilt["xl/worksheets/sheet3.xml"] = spoilt["xl/worksheets/sheet3.xml"].replace(b"<sheetData>", b"<x/><sheetData>")
    bad.write_bytes(pack((name, deflate(part)) for name, part in spoilt.items()))
    assert OpenXmlValidator().validate(str(good)).errors == []
    assert OpenXmlValidator().validate(str(bad)).errors != []


def test_a_file_is_packed_as_pythons_zipfile_does() -> None:
    named = {"xl/甲.xml": "<a>甲</a>" * 99, "b.xml": "", "c/d.xml": "x"}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in named.items():
            about = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            about.compress_type = zipfile.ZIP_DEFLATED
            book.writestr(about, text.encode(), compresslevel=LEVEL)
    assert pack((name, deflate(text.encode())) for name, text in named.items()) == stream.getvalue()


def test_a_process_stamps_what_it_writes_again_and_only_that(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    class Counted(Stamp):
        def __init__(self, *asked: Any) -> None:
            made.append(asked[2])
            super().__init__(*asked)

    monkeypatch.setattr(forms, "Stamp", Counted)
    kept = forms.Forms()
    for issue, count in zip(CITIES, (0, 1, 1), strict=True):
        moved = under_terms(ASSIGNMENT, issue.city, issue.round, RoundTerms(deadline=issue.deadline))
        assert kept.write(CATALOG, moved, DEPARTMENT, issue, Given()) == write_template(
            CATALOG, moved, DEPARTMENT, issue
        )
        assert len(made) == count
    changed = replace(CATALOG, title="另一套")
    kept.write(changed, ASSIGNMENT, DEPARTMENT, ISSUE, Given())
    assert kept.write(changed, ASSIGNMENT, DEPARTMENT, ISSUE, Given()) == write_template(
        changed, ASSIGNMENT, DEPARTMENT, ISSUE
    )
    assert len(made) == 2


def test_where_many_cities_come_a_form_is_laid_out_once_as_far_as_there_is_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    laid_out: list[object] = []
    lay_out = forms.lay_out
    for place in (forms, write):
        monkeypatch.setattr(
            place, "lay_out", lambda *asked, **named: laid_out.append(asked) or lay_out(*asked, **named)
        )
    good = [written(Given(), issue) for issue in CITIES]
    for expected, count in ((False, 2), (True, 1)):
        laid_out.clear()
        kept = forms.Forms()
        with many_cities(expected):
            assert [kept.write(CATALOG, ASSIGNMENT, DEPARTMENT, one, Given()) for one in CITIES] == good
        assert len(laid_out) == count
    laid_out.clear()
    full = forms.Forms(most=2)
    with many_cities():
        for _ in range(2):
            for department in (DEPARTMENT, "tax", "health"):
                full.write(CATALOG, ASSIGNMENT, department, ISSUE, Given())
    assert len(laid_out) == 6
    laid_out.clear()
    wide = forms.Forms(most=2)
    with many_cities():
        for _ in range(2):
            for department in (DEPARTMENT, "tax"):
                wide.write(CATALOG, ASSIGNMENT, department, ISSUE, Given())
    assert len(laid_out) == 2, "there is room for both"
    assert not many.are_many()


def test_the_templates_of_many_cities_are_those_of_each_and_one_form_serves_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_out: list[object] = []
    lay_out = forms.lay_out
    monkeypatch.setattr(forms, "lay_out", lambda *asked: laid_out.append(asked) or lay_out(*asked))
    choice = Choice(assignment_id=ASSIGNMENT.id, round="2018", terms=RoundTerms(basis="某通知"))
    many = CityTemplates(departments=(DEPARTMENT, "tax"))
    office = RoundTerms(
        recipients=("甲市发展改革委", "甲市网信办"), phone="0531-0000000", mail="a@example.com", basis="某通知"
    )
    cities = (
        ("甲市", "2019-02-25", office, 2),
        ("乙市", "2019-03-04", replace(office, recipients=("乙市" * 30,), phone="", address="乙市某路 1 号"), 2),
        ("丙市", "", replace(office, recipients=("丙市大数据局",)), 2),
        ("甲市", "2019-02-25", office, 2),
        ("丁市", "2019-02-25", RoundTerms(basis="某通知", recipients=office.recipients), 4),  # nothing says whom to ask
    )
    for city, deadline, terms, forms_made in cities:
        own = replace(choice, city=city, terms=replace(terms, deadline=deadline))
        make_templates(tmp_path / city, own, city=city, overwrite=True)
        made = dict(many.write(own))
        assert len(made) == 2
        for name, data in made.items():
            assert (tmp_path / city / name).read_bytes() == data, (city, name)
        assert len(laid_out) == forms_made, city
