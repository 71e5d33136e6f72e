"""An assignment begun from another: exported and read back, edited, taken to another city, edition and system."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from assignments import COUNTY, fill_book
from msgspec.structs import replace
from support import edited

from smartcity_xl.catalog.lint import lint_assignment
from smartcity_xl.catalog.load import assignment_ids, catalog_ids, load_assignment, load_catalog
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import CatalogFault
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog
from smartcity_xl.office.assigning import (
    begin_round,
    carry_over,
    keep_round,
    read_assignment_book,
    read_source,
    source_of,
    write_assignment_book,
)
from smartcity_xl.office.assigning.form import DUTY_COLUMNS, FIRST_ROW, split_names

BUILT_IN = [(system, name) for system in catalog_ids() for name in assignment_ids(system)]
SYSTEM, LUOYANG = "cn-2018", "luoyang-2019"
DUTIES, DEPARTMENTS, SETTINGS = (label(f"assign.sheet_{name}") for name in ("duties", "departments", "settings"))
AT = {name: number for number, name in enumerate(DUTY_COLUMNS, start=1)}
Edit = Callable[[Any], None]


def built_in(system: str, name: str) -> tuple[Catalog, Assignment]:
    catalog = load_catalog(system)
    return catalog, load_assignment(catalog, name)


def exported(system: str = SYSTEM, name: str = LUOYANG) -> bytes:
    catalog, assignment = built_in(system, name)
    return write_assignment_book(
        catalog, keep_round(carry_over(source_of(catalog, assignment), catalog, assignment.city))
    )


def row_of(book: Any, figure: str) -> int:
    sheet = book[DUTIES]
    return next(row for row in range(FIRST_ROW + 1, sheet.max_row + 1) if sheet.cell(row, 1).value == figure)


def put(figure: str, **cells: str | None) -> Edit:
    """Type into a row of the duties: column -> text."""

    def edit(book: Any) -> None:
        for column, text in cells.items():
            book[DUTIES].cell(row_of(book, figure), AT[column]).value = text

    return edit


def rename(before: str, after: str | None) -> Edit:
    def edit(book: Any) -> None:
        cells = (row[0] for row in book[DEPARTMENTS].iter_rows(min_row=FIRST_ROW + 1, max_col=1))
        next(cell for cell in cells if cell.value == before).value = after

    return edit


def read(data: bytes, folder: Path) -> Assignment:
    path = folder / "own.xlsx"
    path.write_bytes(data)
    return read_assignment_book(path)[1]


# --- exported, and read back --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("system", "name"), BUILT_IN)
def test_a_built_in_assignment_is_read_back_equal(system: str, name: str, tmp_path: Path) -> None:
    assert read(exported(system, name), tmp_path) == built_in(system, name)[1]


def test_an_offices_own_assignment_is_read_back_equal(tmp_path: Path) -> None:
    catalog = load_catalog(COUNTY)
    duties = {"residents_total": ("县公安局", "县教育局"), "open_data_classes": ("县教育局",)}
    own = read(fill_book(catalog, duties), tmp_path)
    source = read_source(tmp_path / "own.xlsx")
    assert read(write_assignment_book(catalog, keep_round(carry_over(source, catalog, own.city))), tmp_path) == own


def test_it_goes_on_being_equal_after_being_saved_by_another_program(tmp_path: Path) -> None:
    assert read(edited(exported(), lambda book: None), tmp_path) == built_in(SYSTEM, LUOYANG)[1]


def test_the_same_beginning_gives_the_same_bytes() -> None:
    assert exported() == exported()


def test_an_edited_row_changes_its_figure_and_its_indicators_and_nothing_else(tmp_path: Path) -> None:
    catalog, before = built_in(SYSTEM, LUOYANG)
    figure = "open_classes"
    codes = set(catalog.used_by[figure])
    after = read(edited(exported(), put(figure, lead="市教育局", others=None)), tmp_path)
    assert [after.name(key) for key in after.asked[figure]] == ["市教育局"]
    fixed = {f.key for code in codes for f in catalog.figures_of[code]}
    assert {key for key in after.asked if after.asked[key] != before.asked[key]} - {figure} <= fixed
    assert {code: one for code, one in after.duties.items() if code not in codes} == {
        code: one for code, one in before.duties.items() if code not in codes
    }
    assert after.unassigned == before.unassigned
    assert after.id != before.id
    assert lint_assignment(catalog, after) == ()


def test_a_renamed_department_stays_the_same_in_every_row(tmp_path: Path) -> None:
    before = built_in(SYSTEM, LUOYANG)[1]
    after = read(edited(exported(), rename("市教育局", "市教育和体育局")), tmp_path)
    assert after.asked == before.asked
    assert after.departments["education"].name == "市教育和体育局"
    assert after.id != before.id  # a template must not be taken for one with the old name


def test_a_former_name_that_another_bears_now_is_a_fault(tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        rename("市教育局", "市教育和体育局")(book)
        book[DEPARTMENTS].cell(FIRST_ROW + 60, 1).value = "市教育局"

    assert ("former-taken", "市教育局") in [
        (code, found) for _, code, found in faults(edited(exported(), edit), tmp_path)
    ]


def test_a_department_that_is_gone_is_a_fault_where_it_stands_among_the_duties(tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        sheet = book[DEPARTMENTS]
        row = next(r for r in range(FIRST_ROW + 1, FIRST_ROW + 60) if sheet.cell(r, 1).value == "市教育局")
        sheet.cell(row, 1).value = sheet.cell(row, 2).value = None

    told = faults(edited(exported(), edit), tmp_path)
    assert told
    assert {(code, found) for _, code, found in told} == {("department-unlisted", "市教育局")}


def test_what_is_kept_out_of_sight_and_was_changed_is_a_fault(tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        book[label("assign.sheet_kept")]["B3"].value = "{"

    assert [code for _, code, _ in faults(edited(exported(), edit), tmp_path)] == ["kept-broken"]


def faults(data: bytes, folder: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(CatalogFault) as caught:
        read(data, folder)
    for fault in caught.value.faults:
        assert fault.words("zh")
        assert fault.words("en")
    return [(f.where, f.code, f.parameters.get("found", "")) for f in caught.value.faults]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("甲局、乙局，丙局;丁局\n戊局", ["甲局", "乙局", "丙局", "丁局", "戊局"]),
        ("办公室（甲局、乙局）、丙局", ["办公室（甲局、乙局）", "丙局"]),
        ("办公室(甲局, 乙局), 丙局", ["办公室(甲局, 乙局)", "丙局"]),
        ("甲（、乙", ["甲（", "乙"]),
        ("甲、", ["甲"]),
        ("", []),
    ],
)
def test_what_stands_in_brackets_is_part_of_a_name(text: str, names: list[str]) -> None:
    assert split_names(text) == names


# --- taken as it stands -------------------------------------------------------------------------------------------

CITY = "gbt33356-2022-city"
TAKEN = "resident_population"


@pytest.mark.parametrize("listed", [False, True], ids=["not listed", "listed under another name"])
def test_a_suggestion_is_taken_by_one_choice(listed: bool, tmp_path: Path) -> None:
    catalog = load_catalog(CITY)
    luoyang = built_in(SYSTEM, LUOYANG)[1]
    names = [luoyang.name(key) for key in luoyang.asked[TAKEN]]
    departments = {"县教育局": "", **({"县工信局": names[0]} if listed else {})}
    book = edited(
        fill_book(catalog, {"schools_total": ("县教育局",)}, names=departments),
        put(TAKEN, take=label("assign.take_city", city=luoyang.city)),
    )  # fmt: skip
    found = read(book, tmp_path)
    expected = ["县工信局", *names[1:]] if listed else names
    assert [found.name(key) for key in found.asked[TAKEN]] == expected
    assert lint_assignment(catalog, found) == ()


def test_every_row_with_a_suggestion_offers_it_and_the_office(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_assignment_book(load_catalog(CITY))))
    sheet = book[DUTIES]
    lists = {
        str(rule.sqref): rule.formula1.strip('"').split(",")
        for rule in sheet.data_validations.dataValidation if str(rule.sqref).startswith("G")
    }  # fmt: skip
    heads = {
        at: cell.value.removeprefix("take:") for at, cell in enumerate(sheet[1]) if str(cell.value).startswith("take:")
    }
    for cells in sheet.iter_rows(min_row=FIRST_ROW + 1):
        offered = [choice for at, choice in heads.items() if cells[at].value]
        assert lists[cells[6].coordinate] == [*offered, label("assign.take_office")]


def test_what_the_source_said_is_taken_by_one_choice_where_the_figure_changed(tmp_path: Path) -> None:
    source_catalog, zhangqiu = built_in("db37-3890-zhangqiu", "zhangqiu-2020")
    catalog = load_catalog(COUNTY)
    carried = carry_over(source_of(source_catalog, zhangqiu), catalog, "清溪县")
    carried = begin_round(carried, "清溪县", round="2026", deadline="2026-12-31", recipients="县政府")
    figure = "air_informatized_area"
    assert figure in carried.changed
    blank = read(write_assignment_book(catalog, carried), tmp_path)
    assert blank.asked[figure] == (blank.office,)
    taken = read(edited(write_assignment_book(catalog, carried), put(figure, take=label("assign.take_last"))), tmp_path)
    assert taken.asked[figure] == carried.before[figure]
    office = read(
        edited(write_assignment_book(catalog, carried), put(figure, take=label("assign.take_office"))), tmp_path
    )
    assert office.asked == blank.asked


FAULTY: Mapping[str, tuple[dict[str, str], str]] = {
    "take-and-lead": ({"take": "照洛阳市", "lead": "县公安局"}, "take-and-lead"),
    "and another": ({"take": label("assign.take_office"), "others": "县公安局"}, "take-and-lead"),
    "nothing there": ({"take": "照邹城市"}, "take-nothing"),
    "what is on no list": ({"take": "县公安局"}, "take-nothing"),
    "nothing carried": ({"take": label("assign.take_last")}, "take-nothing"),
}


@pytest.mark.parametrize(("cells", "code"), FAULTY.values(), ids=FAULTY)
def test_a_choice_that_cannot_be_taken_is_told_with_its_cell(cells: dict[str, str], code: str, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_assignment_book(load_catalog(CITY))))
    data = edited(fill_book(load_catalog(CITY), {}), put(TAKEN, **cells))
    assert faults(data, tmp_path) == [(f"{DUTIES}!G{row_of(book, TAKEN)}", code, cells["take"])]


# --- another system, another edition -------------------------------------------------------------------------------


def test_what_is_the_same_carries_over_and_the_rest_is_listed() -> None:
    first, zhangqiu = built_in("db37-3890-zhangqiu", "zhangqiu-2020")
    second = load_catalog("db37-3890-zoucheng")
    carried = carry_over(source_of(first, zhangqiu), second, "清溪市")
    shared = first.figures.keys() & second.figures.keys()
    assert set(carried.new).isdisjoint(shared)
    assert {key: one for key, one in carried.named.items() if key in shared}.items() <= zhangqiu.asked.items()
    assert set(carried.new) | set(carried.before) == {
        key for key, figure in second.figures.items() if figure.columns or any(s.fixed is None for s in figure.slots)
    }
    assert carried.gone
    assert carried.settled + len(carried.open) == len(carried.new) + len(carried.before)


def another_edition(catalog: Catalog, figure: str, **changes: Any) -> Catalog:
    figures = dict(catalog.figures)
    figures[figure] = replace(figures[figure], **changes)
    return replace(catalog, version="0.9", figures=figures)


@pytest.mark.parametrize(
    ("changes", "field"), [({"unit": "公顷"}, "unit"), ({"label": "旧的说法"}, "title"), ({"guidance": "旧的说明"}, "")]
)
def test_a_workbook_of_an_edition_that_is_no_longer_known_is_held_against_what_is_printed_in_it(
    changes: dict[str, str], field: str, tmp_path: Path
) -> None:
    catalog, figure = load_catalog(COUNTY), "urban_area_total"
    old = another_edition(catalog, figure, **changes)
    path = tmp_path / "old.xlsx"
    path.write_bytes(fill_book(old, {figure: ("县公安局",), "residents_total": ("县教育局",)}))
    carried = carry_over(read_source(path), catalog, "清溪县")
    assert [one.field for one in carried.changed.get(figure, ())] == [field] * bool(field)
    assert (figure in carried.named) is (not field)
    names = [carried.assignment.name(key) for key in carried.named["residents_total"]]
    assert names == ["县教育局"]
    assert (carried.new, carried.gone) == ((), ())


def test_a_figure_under_another_key_is_the_same_by_its_wording(tmp_path: Path) -> None:
    catalog = load_catalog(COUNTY)
    figures = {("people" if key == "residents_total" else key): one for key, one in catalog.figures.items()}
    figures["people"] = replace(figures["people"], key="people")
    old = replace(catalog, version="0.9", figures=figures, indicators=())
    path = tmp_path / "old.xlsx"
    path.write_bytes(fill_book(old, {"people": ("县公安局",)}))
    for source in (read_source(path), read_source(path, old)):
        carried = carry_over(source, catalog, "清溪县")
        assert [carried.assignment.name(key) for key in carried.named["residents_total"]] == ["县公安局"]
        assert "residents_total" not in carried.open


# --- another city, another round -----------------------------------------------------------------------------------


def texts(data: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return "\n".join(str(c.value) for sheet in book.worksheets for row in sheet.iter_rows() for c in row if c.value)


def test_nothing_of_a_places_round_comes_along_into_another(tmp_path: Path) -> None:
    out = tmp_path / "new.xlsx"
    assert run_cli(["catalog", "assign", SYSTEM, "--from", LUOYANG, "--city", "清溪市", "--out", str(out)]) == 0
    book = openpyxl.load_workbook(out)
    settings = {row[0].value: row[2].value for row in book[SETTINGS].iter_rows(min_row=FIRST_ROW + 1) if row[0].value}
    office = built_in(SYSTEM, LUOYANG)[1].name("office")
    assert {key: value for key, value in settings.items() if value} == {"city": "清溪市", "office": office}
    assert not [text for text in ("2019-02", "洛发改", "洛阳市2018") if text in texts(out.read_bytes())]


def test_departments_that_bear_the_name_of_their_place_lose_it() -> None:
    catalog, zhangqiu = built_in("db37-3890-zhangqiu", "zhangqiu-2020")
    source = source_of(catalog, zhangqiu)
    data = write_assignment_book(catalog, begin_round(carry_over(source, catalog, "清溪县"), "清溪县"))
    lines = [line for line in texts(data).split("\n") if "章丘" in line or "济南" in line]
    assert [line for line in lines if not line.startswith("沿用 ")] == []


def test_last_years_workbook_gives_the_city_and_leaves_round_and_deadline_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    last, out = tmp_path / "last.xlsx", tmp_path / "new.xlsx"
    last.write_bytes(fill_book(load_catalog(COUNTY), {"residents_total": ("县公安局",)}))
    assert run_cli(["--lang", "en", "catalog", "assign", "--from", str(last), "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "new 0, changed 0, asked no more 0" in told
    blank = "、".join(label(f"assign.setting_{key}") for key in ("round", "deadline"))
    assert told.split("still to be filled")[1].splitlines()[0].endswith(f": {blank}")
    book = openpyxl.load_workbook(out)
    settings = {row[0].value: row[2].value for row in book[SETTINGS].iter_rows(min_row=FIRST_ROW + 1) if row[0].value}
    assert settings["city"] == "清溪县"
    assert settings["recipients"] == "县发展改革局、县委网信办"
    assert (settings["round"], settings["deadline"], settings["document"]) == (None, None, None)


def test_in_a_round_the_workbook_is_for_that_round(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "2027年"
    given = [
        "--city",
        "云溪市",
        "--round",
        "2027",
        "--deadline",
        "2027-12-31",
        "--recipient",
        "市发展改革委",
        "--basis",
        "云溪发〔2027〕1号",
    ]
    assert run_cli(["init", str(folder), *given]) == 0
    for source in (LUOYANG, str(folder)):  # by its id, and as the round uses it
        words = ["--lang", "zh", "catalog", "assign", "--from", source, "--campaign", str(folder), "--overwrite"]
        assert run_cli(words) == 0
        assert "还要填" not in capsys.readouterr().out
        _, found = read_assignment_book(folder / label("file.assignment"))
        assert (found.city, found.round, found.deadline) == ("云溪市", "2027", "2027-12-31")
        assert (found.recipients, found.document) == (("市发展改革委",), "云溪发〔2027〕1号")
        assert found.asked == built_in(SYSTEM, LUOYANG)[1].asked


def test_several_systems_together_take_what_one_of_them_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "both.xlsx"
    words = ["--lang", "en", "catalog", "assign", SYSTEM, CITY, "--from", LUOYANG, "--out", str(out)]
    assert run_cli(words) == 0
    assert "as before 114 (of these 5 left to the office)" in capsys.readouterr().out
    rows = {row[0].value: row[AT["lead"] - 1].value for row in openpyxl.load_workbook(out)[DUTIES].iter_rows(min_row=5)}
    assert rows[TAKEN] == "市工信局"


def test_a_workbook_whose_round_is_not_filled_yet_can_be_begun_from(tmp_path: Path) -> None:
    first, second = tmp_path / "first.xlsx", tmp_path / "second.xlsx"
    for source, out in ((LUOYANG, first), (str(first), second)):
        assert run_cli(["catalog", "assign", SYSTEM, "--from", source, "--out", str(out)]) == 0


def test_what_is_new_is_listed_on_the_command_line_and_in_the_sheet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new.xlsx"
    command = ["--lang", "zh", "catalog", "assign", "db37-3890-zoucheng", "--from", "zhangqiu-2020", "--out", str(out)]
    assert run_cli(command) == 0
    told = capsys.readouterr().out
    carried = carry_over(
        source_of(*built_in("db37-3890-zhangqiu", "zhangqiu-2020")), load_catalog("db37-3890-zoucheng")
    )
    book = openpyxl.load_workbook(out)
    listed = "\n".join(str(row[1].value) for row in book[SETTINGS].iter_rows(min_row=FIRST_ROW + 9))
    for key in carried.open:
        name = load_catalog("db37-3890-zoucheng").figures[key].label
        assert name in told
        assert name in listed
        row = row_of(book, key)
        assert book[DUTIES].cell(row, AT["change"]).value == label("assign.change_new")
        assert book[DUTIES].cell(row, AT["lead"]).value is None
    for name in carried.gone:
        assert name in told
        assert name in listed


USAGE: Mapping[str, tuple[list[str], str]] = {
    "nothing": ([], "--from"),
    "a city alone": (["cn-2018", "--city", "清溪市"], "--city"),
    "the same round alone": (["cn-2018", "--same-round"], "--same-round"),
    "two cities": (["--from", LUOYANG, "--same-round", "--city", "清溪市"], "--city"),
    "no such assignment": (["--from", "nowhere"], "zhangqiu-2020"),
    "no such file": (["--from", "nowhere.xlsx"], "nowhere.xlsx"),
}


@pytest.mark.parametrize(("words", "told"), USAGE.values(), ids=USAGE)
def test_what_cannot_be_begun_from_is_told(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new.xlsx"
    assert run_cli(["--lang", "en", "catalog", "assign", *words, "--out", str(out)]) in (2, 3)
    assert told in capsys.readouterr().err
    assert not out.exists()
