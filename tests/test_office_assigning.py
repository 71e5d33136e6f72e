"""An office's own sharing-out: the workbook it fills, the faults it is told, and whole systems scored from it."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest
from assignments import COUNTY, DEPARTMENTS, NAMES, SETTINGS, Edit, fill_book, typed
from make_samples import fill_workbook
from whole_cities import CITY, COUNTIES

from smartcity_xl.catalog.lint import lint_assignment
from smartcity_xl.catalog.load import catalog_ids, load_assignment, load_catalog
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import CatalogFault, UsageFault
from smartcity_xl.form.template import Issue
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog
from smartcity_xl.office.assigning import read_assignment_book, write_assignment_book
from smartcity_xl.office.assigning.form import FIRST_ROW
from smartcity_xl.office.assigning.suggest import suggest_departments


def row_of(catalog: Catalog, figure: str) -> int:
    """The row, as people count, in which the duties of a figure stand."""
    asked = [f.key for f in catalog.figures.values() if f.columns or any(s.fixed is None for s in f.slots)]
    return FIRST_ROW + asked.index(figure) + 1


def share_out(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """Every figure to one department in turn, every ninth to nobody."""
    return {key: (NAMES[n % 4],) for n, key in enumerate(catalog.figures) if n % 9}


@pytest.fixture(scope="module", params=catalog_ids())
def catalog(request: pytest.FixtureRequest) -> Catalog:
    return load_catalog(request.param)


def test_the_workbook_has_a_row_for_every_figure_that_is_asked(catalog: Catalog) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_assignment_book(catalog)))
    sheet = book[label("assign.sheet_duties")]
    listed = [sheet.cell(row, 1).value for row in range(FIRST_ROW + 1, sheet.max_row + 1)]
    fixed = {f.key for f in catalog.figures.values() if f.slots and all(s.fixed is not None for s in f.slots)}
    assert listed == [key for key in catalog.figures if key not in fixed]


def test_the_same_system_gives_the_same_bytes(catalog: Catalog) -> None:
    assert write_assignment_book(catalog) == write_assignment_book(catalog)


def test_a_filled_workbook_becomes_an_assignment_without_a_fault(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "own.xlsx"
    path.write_bytes(fill_book(catalog, share_out(catalog)))
    found, assignment = read_assignment_book(path)
    assert found == catalog
    assert [fault.words("en") for fault in lint_assignment(catalog, assignment)] == []
    office = SETTINGS["office"]
    for number, key in enumerate(catalog.figures):
        if catalog.figures[key].slots and all(slot.fixed is not None for slot in catalog.figures[key].slots):
            continue
        names = [assignment.name(department) for department in assignment.asked[key]]
        assert names == ([NAMES[number % 4]] if number % 9 else [office])
    assert (assignment.city, assignment.round, assignment.deadline) == ("清溪县", "2026", "2026-12-31")
    assert assignment.recipients == ("县发展改革局", "县委网信办")


def test_a_figure_that_the_text_fixes_is_shown_to_those_it_is_scored_with(tmp_path: Path) -> None:
    catalog = load_catalog("gbt33356-2022-city")
    assignment = read(tmp_path, fill_book(catalog, {"open_data_classes": ("县教育局",)}))
    assert assignment.asked["open_data_classes_total"] == assignment.asked["open_data_classes"]


def read(tmp_path: Path, data: bytes) -> Assignment:
    path = tmp_path / "own.xlsx"
    path.write_bytes(data)
    return read_assignment_book(path)[1]


def test_the_lead_stands_first_and_aliases_mean_the_same_department(tmp_path: Path) -> None:
    catalog = load_catalog("gbt33356-2022-county")
    duties = {"residents_total": ("县公安", "卫健局", "县教育局")}
    assignment = read(tmp_path, fill_book(catalog, duties))
    names = [assignment.name(department) for department in assignment.asked["residents_total"]]
    assert names == ["县公安局", "县卫生健康局", "县教育局"]


def test_a_department_keeps_its_key_wherever_it_stands(tmp_path: Path) -> None:
    catalog = load_catalog("gbt33356-2022-county")
    turned = dict(reversed(DEPARTMENTS.items()))
    first = read(tmp_path, fill_book(catalog, share_out(catalog)))
    second = read(tmp_path, fill_book(catalog, share_out(catalog), names=turned))
    assert first.asked == second.asked
    assert first.id == second.id


def test_another_sharing_out_is_another_assignment(tmp_path: Path) -> None:
    catalog = load_catalog("gbt33356-2022-county")
    duties = share_out(catalog)
    first = read(tmp_path, fill_book(catalog, duties))
    second = read(tmp_path, fill_book(catalog, duties | {"residents_total": ("县公安局",)}))
    assert first.id != second.id


def suggested(system: str) -> dict[str, Mapping[str, str]]:
    """What each place suggests for a system: id -> figure -> names."""
    return {one.id: one.names for one in suggest_departments(load_catalog(system))}


def test_departments_are_suggested_where_a_system_names_them_for_the_same_figure() -> None:
    suggestions = suggested("gbt33356-2022-city")["luoyang-2019"]
    luoyang = load_assignment(load_catalog("cn-2018"))
    assert luoyang.name(luoyang.asked["resident_population"][0]) in suggestions["resident_population"]
    assert "citizen_experience" not in suggestions  # asked of the office itself: no department to suggest
    assert suggestions.keys() <= load_catalog("cn-2018").figures.keys()


def test_the_office_is_suggested_for_what_its_text_names_it_for() -> None:
    """A city whose office is one of the departments named, and not only a stand-in."""
    catalog = load_catalog("db37-3890-zhangqiu")
    office = load_assignment(catalog).name(load_assignment(catalog).office)
    assert office in suggested("gbt33356-2022-city")["zhangqiu-2020"]["open_data_classes"]


def test_no_suggestion_bears_the_name_of_the_place_it_comes_from() -> None:
    for names in suggested("gbt33356-2022-city").values():
        assert not [
            name for name in names.values() for place in ("洛阳", "章丘", "邹城", "济南", "济宁") if place in name
        ]


FAULTY: list[tuple[str, str, str, Edit]] = [
    ("no city", "说明!C5", "field-missing", {"settings": SETTINGS | {"city": ""}}),
    ("no office", "说明!C10", "field-missing", {"settings": SETTINGS | {"office": None}}),
    ("a deadline that is no date", "说明!C7", "date-form", {"settings": SETTINGS | {"deadline": "年底"}}),
    ("a deadline without a day", "说明!C7", "date-form", {"settings": SETTINGS | {"deadline": "2026-12"}}),
    ("no departments", "部门!A5", "field-missing", {"names": {}, "duties": {}}),
    ("one name twice", "部门!A9", "duplicate", {"names": DEPARTMENTS | {" 县教育局": ""}}),
    ("an alias that is another's name", "部门!B9", "duplicate", {"names": DEPARTMENTS | {"县局": "县教育局"}}),
    ("a department nobody knows", "分工!E{row}", "department-unlisted", {"duties": {"residents_total": ("县统计局",)}}),
    (
        "another department nobody knows", "分工!F{row}", "department-unlisted",
        {"duties": {"residents_total": ("县公安局", "县统计局")}},
    ),
    ("no lead", "分工!E{row}", "lead-missing", {"duties": {"residents_total": ("", "县公安局")}}),
]  # fmt: skip


@pytest.mark.parametrize(("where", "code", "edit"), [row[1:] for row in FAULTY], ids=[row[0] for row in FAULTY])
def test_a_fault_is_named_with_sheet_and_cell(where: str, code: str, edit: Edit, tmp_path: Path) -> None:
    catalog = load_catalog(COUNTY)
    given = {"duties": share_out(catalog)} | dict(edit)
    with pytest.raises(CatalogFault) as caught:
        read(tmp_path, fill_book(catalog, **given))
    place = where.format(row=row_of(catalog, "residents_total"))
    assert (place, code) in [(fault.where, fault.code) for fault in caught.value.faults]  # type: ignore[attr-defined]
    for fault in caught.value.faults:
        assert fault.words("zh")
        assert fault.words("en")


def test_all_faults_are_told_at_once_and_in_the_users_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.xlsx"
    edit = {"duties": {"residents_total": ("县统计局",)}, "settings": SETTINGS | {"city": ""}}
    path.write_bytes(fill_book(load_catalog(COUNTY), **edit))
    assert run_cli(["--lang", "zh", "make-templates", "--assignment", str(path), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert "说明!C5" in told
    assert "县统计局" in told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"%PDF-1.4"], ids=["empty", "damaged", "PDF"])
def test_a_file_that_is_no_assignment_is_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="assignment-unreadable"):
        read(tmp_path, data)


def test_a_template_is_no_assignment(tmp_path: Path) -> None:
    template = next((Path(__file__).parent.parent / "templates").glob("01*.xlsx"))
    with pytest.raises(UsageFault, match="assignment-unreadable"):
        read(tmp_path, template.read_bytes())


def test_a_system_without_departments_says_how_to_name_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["--lang", "en", "make-templates", "--catalog", COUNTY]) == 2
    assert f"xlscore catalog assign {COUNTY}" in capsys.readouterr().err


# --- a whole city and a whole county, through real files ---------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "given", "total"),
    [(COUNTY, county["given"], county["total"]) for county in COUNTIES]
    + [("gbt33356-2022-city", CITY["given"], CITY["total"])],
    ids=[*(county["name"] for county in COUNTIES), "a whole city"],
)
def test_a_whole_system_is_scored_from_the_offices_own_assignment(
    system: str, given: Mapping[str, str], total: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    catalog = load_catalog(system)
    book = tmp_path / "分工.xlsx"
    book.write_bytes(fill_book(catalog, share_out(catalog)))
    _, assignment = read_assignment_book(book)
    assert run_cli(["make-templates", "--assignment", str(book), "--out", str(tmp_path / "issue")]) == 0
    assert len(list((tmp_path / "issue").glob("*.xlsx"))) == len(assignment.departments)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    issue = Issue(assignment.round, assignment.city, assignment.deadline)
    for number, department in enumerate(assignment.departments):
        answers = typed(catalog, given, department, assignment)
        data = fill_workbook(catalog, assignment, department, issue, {"answers": answers})
        (inbox / f"{number}.xlsx").write_bytes(data)
    out = tmp_path / "out"
    assert run_cli(["--lang", "en", "collect", str(inbox), "--out", str(out)]) == 2
    assert "--assignment" in capsys.readouterr().err
    assert run_cli(["collect", str(inbox), "--out", str(out), "--assignment", str(book)]) in (0, 1)
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    errors = [finding for finding in results["findings"] if finding["severity"] == "error"]
    assert errors == []
    assert (results["total"]["score"], results["total"]["final"], results["city"]) == (total, True, "清溪县")
