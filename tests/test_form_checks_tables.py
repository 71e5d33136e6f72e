"""Checks of what is no plain number: tables, choices, checklists, fixed values, and values given in another unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from make_samples import fill_workbook
from msgspec.structs import replace
from support import (
    ASSIGNMENT,
    ISSUE,
    assert_worded,
    edited,
    figure,
    figures_sheet,
    parcel,
    plan,
    put,
    small_assignment,
    small_catalog,
    submission,
    table_figure,
)
from support import CATALOG as NATIONAL

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.plain_text import is_plain
from smartcity_xl.cli import run_cli
from smartcity_xl.form import checks
from smartcity_xl.form.checks import (
    check_submission,
    check_workbook,
    data_date,
    evidence,
    jump,
    not_applicable,
    part_of_whole,
    required,
    same_value,
    share_scale,
    unit_scale,
    valid_range,
    whole_number,
)
from smartcity_xl.form.map import FIGURES, column
from smartcity_xl.form.reading.workbook import open_workbook, read_submission
from smartcity_xl.messages import finding_codes, label, severity
from smartcity_xl.model import Finding, Kind, Origin, Standing, State, Submission
from smartcity_xl.results.earlier import NO_PREVIOUS, EarlierValues
from smartcity_xl.results.previous import previous_values
from smartcity_xl.results.record import AnswerRecord, CellRecord, ColumnRecord, FigureRecord, RowRecord

COLUMNS = [
    {"key": "beds", "label": "床位", "kind": "count", "unit": "张", "max": 1000, "part_of": "all"},
    {"key": "all", "label": "全部床位", "kind": "count", "unit": "张", "max": 1000},
    {"key": "land", "label": "占地", "kind": "area", "unit": "平方公里", "max": 100},
    {"key": "rate", "label": "使用率", "kind": "share", "unit": "%"},
]
CATALOG = small_catalog(
    figure("total"), figure("fixed", fixed="10"), figure("like_fixed", same_as="fixed"), figure("yes", "yesno"),
    figure("yes_again", "yesno", same_as="yes"), figure("stock", as_of="2018年12月底"),
    figure("land", "area", unit="平方公里", max=10_000),
    figure("largest", merge="largest"), figure("part", merge="sum"),
    {**table_figure("wards", as_of="2018年12月底"), "columns": COLUMNS}, evidence=["统计表"],
)  # fmt: skip
ASSIGNED = small_assignment(CATALOG, "a", "b")


def row(**cells: object) -> dict[str, object]:
    return {"beds": 5, "all": 10, "land": 1, "rate": 50} | cells


def wards(*rows: Mapping[str, object]) -> dict[str, Any]:
    return {"wards": [(f"第{number}", cells) for number, cells in enumerate(rows)]}


def dated(as_of: str, tables: Mapping[str, Any], **fields: Any) -> Submission:
    """A submission whose table has a date, in its row of the sheet of figures."""
    sent = submission(CATALOG, fields.pop("given", {}), tables, **fields)
    at = Origin("a.xlsx", "填报表", "H20")
    laid = {key: replace(table, as_of=as_of, dated_at=at) for key, table in sent.tables.items()}
    return replace(sent, tables=laid)


BEFORE = EarlierValues(
    "2017",
    whole={"land": Fraction(2), "largest": Fraction(900), "part": Fraction(900)},
    own={("a", "largest"): Fraction(100), ("a", "part"): Fraction(100)},
    rows={(f"wards.{key}", "第0"): Fraction(value) for key, value in {"beds": 100, "land": 3000, "rate": 50}.items()},
    units={"land": "平方公里", "largest": "个", "part": "个"}
    | {"wards.beds": "张", "wards.land": "亩", "wards.rate": "%"},
)  # fmt: skip


def compare(catalog: Any, assignment: Any, sent: Submission) -> Any:
    return jump.check(catalog, assignment, sent, BEFORE)


def sent(tables: Mapping[str, Any] | None = None, **given: object) -> Submission:
    return submission(CATALOG, given, tables, evidence=())


SILENT: list[tuple[Callable[..., Any], str, Submission]] = [
    (valid_range.check, "all columns of a table in range", sent(wards(row()))),
    (share_scale.check, "a share of a table with its sign", sent(wards(row(rate="0.5%")))),
    (share_scale.check, "a share of a table given per mille", sent(wards(row(rate="5‰")))),
    (unit_scale.check, "a cell of a table in another unit, in range", sent(wards(row(land="3000亩")))),
    (whole_number.check, "a cell of a table in ten thousands", sent(wards(row(all="0.05万", beds="0.01万")))),
    (part_of_whole.check, "a part in ten thousands", sent(wards(row(all="100", beds="0.005万")))),
    (data_date.check, "a table of its time", dated("2018-12-31", wards(row()))),
    (data_date.check, "a table without a date", dated("", wards(row()))),
    (data_date.check, "the date of a blank table", dated("2016", {"wards": State.BLANK})),
    (data_date.check, "the date of a table that does not apply", dated("2016", {"wards": State.NOT_APPLICABLE})),
    (data_date.check, "the date of a table that does not count", dated("2016", {"wards": State.UNREADABLE})),
    (evidence.check, "a table of noughts", sent(wards(row(beds=0, all=0, land=0, rate=0)))),
    (evidence.check, "a table that does not apply", sent({"wards": State.NOT_APPLICABLE})),
    (not_applicable.check, "a table with rows", sent(wards(row()))),
    (same_value.check, "the fixed value itself", sent(like_fixed=10)),
    (same_value.check, "two choices alike", sent(yes="是", yes_again="是")),
    (compare, "a row in another unit, alike", sent(wards(row(beds=100, land=2)))),
    (compare, "a row of another name", sent({"wards": [("第9", row(beds=900))]})),
    (compare, "a name with blanks and full-width signs", sent({"wards": [("第 ０", row(beds=100, land=2))]})),
    (compare, "a number in another unit, alike", sent(land="2000000平方米")),
    (compare, "its own of the largest, not the largest of all", sent(largest=100)),
    (compare, "a blank row", sent(wards(row(beds=None, land=2)))),
]
SPEAKS: list[tuple[Callable[..., Any], str, Submission, list[tuple[str, str]]]] = [
    (required.check, "a blank table", sent({"wards": State.BLANK}), [("missing", "wards")]),
    (valid_range.check, "a cell of each column",
     sent(wards(row(beds=1001), row(land=101), row(rate=101))),
     [("out-of-range", "wards.beds"), ("out-of-range", "wards.land"), ("out-of-range", "wards.rate")]),
    (valid_range.check, "a cell of a table given in another unit", sent(wards(row(land="900000亩"))),
     [("out-of-range", "wards.land")]),
    (unit_scale.check, "square metres in a table of square kilometres", sent(wards(row(land=2_000_000))),
     [("unit-suspected", "wards.land")]),
    (share_scale.check, "a share in a table", sent(wards(row(rate=0.86))), [("share-scale", "wards.rate")]),
    (whole_number.check, "half a bed", sent(wards(row(beds=0.5))), [("not-whole", "wards.beds")]),
    (part_of_whole.check, "a row of a table", sent(wards(row(beds=11))), [("part-exceeds-whole", "wards.beds")]),
    (part_of_whole.check, "a part in ten thousands", sent(wards(row(beds="0.0011万"))),
     [("part-exceeds-whole", "wards.beds")]),
    (data_date.check, "a table of another time", dated("2016-12-31", wards(row())), [("date-outside", "wards")]),
    (evidence.check, "a table", sent(wards(row())), [("evidence-missing", "")]),
    (not_applicable.check, "a table without a reason",
     submission(CATALOG, {}, {"wards": State.NOT_APPLICABLE}, remarks={"wards": "不适用。"}),
     [("reason-missing", "wards")]),
    (not_applicable.check, "a table with a sign for none",
     submission(CATALOG, {}, {"wards": State.NOT_APPLICABLE}, remarks={"wards": "不适用：无"}),
     [("reason-missing", "wards")]),
    (not_applicable.check, "a table with a reason",
     submission(CATALOG, {}, {"wards": State.NOT_APPLICABLE}, remarks={"wards": "不适用：没有病房"}),
     [("not-applicable", "wards")]),
    (same_value.check, "another than a fixed value", sent(like_fixed=11), [("same-differs", "like_fixed")]),
    (same_value.check, "two choices", sent(yes="是", yes_again="否"), [("same-differs", "yes_again")]),
    (compare, "a row of a table", sent(wards(row(beds=301, all=400, land=2))), [("jump", "wards.beds")]),
    (compare, "a row in another unit", sent(wards(row(beds=100, land=20))), [("jump", "wards.land")]),
    (compare, "a share in a row", sent(wards(row(beds=100, land=2, rate=81))), [("jump", "wards.rate")]),
    (compare, "its own of the largest", sent(largest=900), [("jump", "largest")]),
]  # fmt: skip


def name(check: Callable[..., Any], case: str) -> str:
    return f"{'jump' if check is compare else check.__module__.rpartition('.')[2]}: {case}"


@pytest.mark.parametrize(("check", "given"), [pytest.param(c, g, id=name(c, n)) for c, n, g in SILENT])
def test_a_check_stays_silent(check: Callable[..., Any], given: Submission) -> None:
    assert list(check(CATALOG, ASSIGNED, given)) == []


@pytest.mark.parametrize(
    ("check", "given", "expected"), [pytest.param(c, g, e, id=name(c, n)) for c, n, g, e in SPEAKS]
)
def test_a_check_speaks(
    check: Callable[..., Any], given: Submission, expected: Sequence[tuple[str, str]]
) -> None:  # fmt: skip
    found = list(check(CATALOG, ASSIGNED, given))
    assert_worded(found)
    assert [(finding.code, finding.figure) for finding in found] == expected


def test_a_jump_from_another_unit_is_told_in_the_unit_of_now() -> None:
    [finding] = compare(CATALOG, ASSIGNED, sent(wards(row(beds=100, land=20))))
    assert {key: finding.parameters[key] for key in ("value", "before", "moved")} == {
        "value": "20 平方公里", "before": "2 平方公里", "moved": "×10",
    }  # fmt: skip


@pytest.mark.parametrize("unit", ["公里", None], ids=["another measure", "an edition that told no unit"])
def test_a_row_whose_unit_then_says_nothing_of_today_is_not_compared(unit: str | None) -> None:
    units = {key: given for key, given in BEFORE.units.items() if key != "wards.land"}
    before = replace(BEFORE, units=units | ({"wards.land": unit} if unit else {}))
    assert list(jump.check(CATALOG, ASSIGNED, sent(wards(row(beds=100, land=90))), before)) == []


def test_the_date_of_a_table_is_told_with_the_answers_of_the_same_date() -> None:
    given = dated("2016", wards(row()), given={"stock": 5}, dates={"stock": "2016"})
    [finding] = data_date.check(CATALOG, ASSIGNED, given)
    assert (finding.figure, finding.concerns, finding.parameters["number"]) == ("stock", ("stock", "wards"), "2")
    [alone] = data_date.check(CATALOG, ASSIGNED, dated("2016", wards(row())))
    assert (alone.origin, alone.parameters["label"]) == (Origin("a.xlsx", "填报表", "H20"), "医院")


def test_what_two_choices_say_is_told_in_their_words() -> None:
    [finding] = same_value.check(CATALOG, ASSIGNED, sent(yes="是", yes_again="否"))
    assert (finding.parameters["value"], finding.parameters["other"]) == ("否", "是")
    [fixed] = same_value.check(CATALOG, ASSIGNED, sent(like_fixed=11))
    assert (fixed.parameters["other"], fixed.parameters["other_cell"]) == ("10 个", label("check.fixed"))


def test_an_error_about_a_whole_table_makes_it_unreadable() -> None:
    at = Origin("a.xlsx", "明细表1", "C5")
    told = Finding("column-unit", at, "a", "wards", parameters={"label": "x", "raw": "y"})
    given = replace(sent(wards(row())), findings=(told,))
    assert check_submission(CATALOG, ASSIGNED, given).tables["wards"].state is State.UNREADABLE


# --- in real workbooks -------------------------------------------------------------------------------------------

HOSPITALS = [{"name": "云溪市第一人民医院", "record_reads": 412650, "outpatient_visits": 1968400}]
SHEET, KEY = label("sheet.table", number=1), "tertiary_hospitals"
HEADS = {"record_reads": "C5", "outpatient_visits": "D5"}


@cache
def health(rows: bool = True) -> bytes:
    tables = {KEY: HOSPITALS} if rows else {}
    return fill_workbook(NATIONAL, ASSIGNMENT, "health", ISSUE, {"answers": {}, "tables": tables})


def beside(name: str) -> str:
    """The cell of the table's row of the sheet of figures in a column."""
    return cell_name(plan("health").row_of[KEY].row, column(FIGURES, name))


def checked(data: bytes, previous: EarlierValues = NO_PREVIOUS) -> Submission:
    book = open_workbook(parcel(data))
    return check_workbook(NATIONAL, ASSIGNMENT, book, read_submission(book, NATIONAL, ASSIGNMENT), previous)


def about_table(found: Submission) -> list[tuple[str, str]]:
    findings = [finding for finding in found.findings if finding.figure.partition(".")[0] == KEY]
    assert_worded(findings)
    return [(finding.code, f"{finding.origin.sheet}!{finding.origin.cell}") for finding in findings]


def typed(**cells: object) -> bytes:
    """The workbook with cells of the table's row of the sheet of figures filled."""

    def edit(book: Any) -> None:
        for name, value in cells.items():
            figures_sheet(book)[beside(name)].value = value

    return edited(health("value" not in cells), edit)


def headed(**heads: str) -> bytes:
    def edit(book: Any) -> None:
        for name, text in heads.items():
            book[SHEET][HEADS[name]].value = text

    return edited(health(), edit)


def test_the_date_of_a_table_is_read_and_checked() -> None:
    assert about_table(checked(typed(as_of="2018-12-31"))) == []
    assert about_table(checked(typed(as_of="2016-12-31"))) == [("date-outside", f"填报表!{beside('as_of')}")]
    told = checked(typed(as_of="2016-12-31", explanation="口径如此"))
    assert [f.explanation for f in told.findings if f.code == "date-outside"] == ["口径如此"]


@pytest.mark.parametrize(
    ("value", "remark", "state", "expected"),
    [
        ("不适用", "没有三级医院", State.NOT_APPLICABLE, ["not-applicable"]),
        ("不适用", None, State.NOT_APPLICABLE, ["reason-missing"]),
        ("明细表1", "不适用：没有三级医院", State.NOT_APPLICABLE, ["not-applicable"]),
        ("明细表1", "不适用", State.NOT_APPLICABLE, ["reason-missing"]),
        ("明细表1", None, State.BLANK, ["missing"]),
        (None, None, State.BLANK, ["missing"]),
        ("共12家", None, State.BLANK, ["outside-form", "missing"]),
    ],
)
def test_what_is_typed_beside_a_table_is_not_passed_over(
    value: str | None, remark: str | None, state: State, expected: list[str]
) -> None:
    found = checked(typed(value=value, remark=remark))
    assert found.tables[KEY].state is state
    assert [code for code, _ in about_table(found)] == expected


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        ({"outpatient_visits": "门诊总数（万人次）"}, ["column-unit"]),
        ({"outpatient_visits": "门诊总数 （万人次） "}, ["column-unit"]),
        ({"outpatient_visits": "门诊总数万人次"}, ["column-unit"]),
        ({"outpatient_visits": "门诊总数（亩）"}, ["column-unit"]),
        ({"outpatient_visits": "门诊人数（人次）"}, ["label-changed"]),
        ({"outpatient_visits": "门诊总数（含急诊）"}, ["label-changed"]),
        ({"outpatient_visits": "门诊总数 （人次）"}, []),
        ({"record_reads": "门诊总数（人次）", "outpatient_visits": "门诊健康档案调阅次数（次）"}, ["column-mixed"] * 2),
        ({"record_reads": "三级以上医疗机构"}, ["column-mixed"]),
    ],
)  # fmt: skip
def test_the_heading_of_a_column_says_in_which_unit_its_numbers_are(heads: dict[str, str], expected: list[str]) -> None:
    found = checked(headed(**heads))
    assert [code for code, _ in about_table(found)] == expected
    counts = not set(expected) - {"label-changed"}
    assert (found.tables[KEY].state is State.VALUE) == counts


def table_answer(department: str, used: bool, rows: Sequence[tuple[str, str, str]]) -> AnswerRecord:
    """A department's table in a record: name of the row, column, value."""
    cells = [
        RowRecord(name, {column: CellRecord(department, State.VALUE, value, value, None, "", "", "", used, "", "", "")})
        for name, column, value in rows
    ]
    return AnswerRecord(department, State.VALUE, None, "", None, "", "", "", used, "", "", "", tuple(cells))


EARLIER = {
    "round": "2017", "catalog": SimpleNamespace(id="cn-2018", version="1"), "total": None, "stars": None,
    "dimensions": (),
}  # fmt: skip


def counted_then(key: str, columns: Sequence[ColumnRecord], answers: Sequence[AnswerRecord]) -> EarlierValues:
    """What a previous round holds of one table."""
    table = FigureRecord(
        key, key, Kind.TABLE, None, Standing.SETTLED, None, tuple(columns), (), (), tuple(answers)
    )  # fmt: skip
    return previous_values(SimpleNamespace(**EARLIER, figures=(table,)))


def test_a_table_jumps_against_the_one_that_counted_whoever_gave_it() -> None:
    name, column = HOSPITALS[0]["name"], "outpatient_visits"
    given = (("b", True, "19.684"), ("health", False, "1"))
    answers = [table_answer(by, used, [(name, column, value)]) for by, used, value in given]
    previous = counted_then(KEY, [ColumnRecord(column, "门诊总数", Kind.COUNT, "万人次")], answers)
    [finding] = [finding for finding in checked(health(), previous).findings if finding.code == "jump"]
    told = finding.parameters
    assert (finding.origin.cell, told["before"], told["moved"]) == ("D6", "196840 人次", "×10")


@pytest.mark.parametrize(
    ("cells", "marked", "code"),
    [
        ({"as_of": "2016-12-31"}, "as_of", "date-outside"),
        ({"as_of": "去年"}, "as_of", "date-unreadable"),
        ({"remark": "不适用", "value": "明细表1"}, "remark", "reason-missing"),
    ],
)
def test_what_is_wrong_beside_a_table_is_marked_there_in_the_workbook_that_goes_back(
    cells: dict[str, object], marked: str, code: str, tmp_path: Path
) -> None:
    put(tmp_path / "in", {"a.xlsx": typed(**cells)})
    run_cli(["collect", str(tmp_path / "in"), "--out", str(tmp_path / "out")])
    [back] = (tmp_path / "out" / label("file.returned_folder")).glob("*.xlsx")
    sheet = figures_sheet(openpyxl.load_workbook(back))
    assert label(f"todo.{code}") in sheet[beside(marked)].comment.text


def test_rows_of_then_that_nobody_can_tell_apart_are_not_compared() -> None:
    rows = [(name, "beds", "1") for name in ("甲院(东)", "甲院（东）", "乙院")]
    previous = counted_then("wards", [], [table_answer("a", True, rows)])
    assert dict(previous.rows) == {("wards.beds", "乙院"): 1}


# --- the page ----------------------------------------------------------------------------------------------------

PAGE_FOLDER = Path(__file__).parent.parent / "docs"
PAGE = (PAGE_FOLDER / "checks.md").read_text(encoding="utf-8")
HOME = Path(checks.__file__).parent
LEVELS = {"error", "query", "info"}


def listed() -> dict[str, set[str]]:
    """Check -> the levels that the page names for it."""
    found: dict[str, set[str]] = {}
    for name, level in re.findall(r"^\| `(\w+)` \| .* \| ([a-z; ]+) \|$", PAGE, re.MULTILINE):
        found.setdefault(name, set()).update(re.findall(r"\w+", level))
    return found


def test_the_page_lists_every_check_with_the_levels_of_what_it_tells() -> None:
    told = {}
    for path in HOME.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        codes_ = {code for code in finding_codes() if f'"{code}"' in text}
        if codes_:
            told[path.stem] = {severity(code).value for code in codes_}
    assert listed() == told
    assert set().union(*told.values()) == LEVELS
    assert set(told) == {check.__module__.rpartition(".")[2] for check in (*checks.CHECKS, *checks.SHEET_CHECKS)} | {
        "jump"
    }


def test_the_page_names_every_finding_of_the_reader_with_its_level() -> None:
    rooms = (HOME.parent / "reading", HOME.parent.parent / "books")
    files = [
        path
        for room in rooms
        for path in sorted(room.glob("*.py"))
        if path.stem
        not in (
            "package",
            "parts",
            "compound",
            "opener",
            "kinds",
            "pages",
            "locked",
            "others",
            "scans",
            "styles",
            "unlike",
        )
    ]
    texts = [path.read_text(encoding="utf-8") for path in files]
    section = PAGE.partition("## What the reader tells")[2].partition("\n## ")[0]
    named = {code: level for level, codes_ in re.findall(r"^\| (\w+) \| (.*) \|$", section, re.MULTILINE)
             for code in re.findall(r"`([a-z-]+)`", codes_)}  # fmt: skip
    given = {code for code in finding_codes() if any(f'"{code}"' in text for text in texts)}
    refused = {"not-ours", "own-summary", "own-decisions", "layout-differs", "no-sheets", "damaged", "sheet-twice",
               "revision-unreadable", "book-crowded"}  # fmt: skip
    assert named == {code: severity(code).value for code in given - refused}


@pytest.mark.parametrize("row", [5_000, 5_001])
def test_the_fast_reader_is_given_what_the_decision_says(row: int) -> None:
    page = (PAGE_FOLDER / "decisions" / "0003-two-readers.md").read_text(encoding="utf-8")
    assert "within 100 columns and not below row 5,000" in page
    cells = (f'<c r="{name}"><v>1</v></c>' for name in (f"CV{row}", f"CW{row}"))
    inside, outside = (is_plain(f"<worksheet><sheetData>{cell}</sheetData></worksheet>".encode()) for cell in cells)
    assert (inside, outside) == (row == 5_000, False)
