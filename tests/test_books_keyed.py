"""One reader of cells: every column that people fill, of every workbook of ours, beside everything a cell can hold.

All such cells of a workbook are given the same content at once; each must be told, or read, as the tables say.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from kinds_of_books import SORTS, SYSTEM
from make_samples import fill_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from support import ASSIGNMENT, CATALOG, ISSUE, edited, filled, parcel, proofs, repacked

from smartcity_xl.books.content import (
    Blank,
    Date,
    ErrorValue,
    Formula,
    NumberCell,
    Odd,
    Text,
    Truth,
    Unreadable,
    Unsaved,
    read_content,
    words_in,
)
from smartcity_xl.books.keyed import KeyedSheet, columns_of, keyed_rows, marker_of
from smartcity_xl.books.sheets import Sheet
from smartcity_xl.books.values import ErrorCell, FormulaCell, MarkedText, PictureCell
from smartcity_xl.errors import FaultyFile
from smartcity_xl.form.reading.workbook import open_workbook, read_submission
from smartcity_xl.messages import label
from smartcity_xl.model import Submission
from smartcity_xl.office.assigning import read_assignment_book
from smartcity_xl.office.assigning.form import DAYS, SETTING_KEYS
from smartcity_xl.office.campaign.form import ROSTER_COLUMNS
from smartcity_xl.office.editing.form import LISTS, Form
from smartcity_xl.office.survey import form as survey_form

# --- a cell by itself --------------------------------------------------------------------------------------------

CONTENTS: list[tuple[object, object]] = [
    (None, Blank()),
    ("", Blank()),
    (" \u3000\xa0\n", Blank()),
    ("\u200b\u200e\u2060\xad", Blank()),
    ("\u2800\u3164", Blank()),
    ("甲", Text("甲")),
    ("\u200e甲", Text("\u200e甲")),
    ("0", Text("0")),
    (0, NumberCell(0)),
    (2.5, NumberCell(2.5)),
    (True, Truth(True)),
    (False, Truth(False)),
    (datetime.date(2019, 1, 2), Date(datetime.date(2019, 1, 2))),
    (datetime.time(3, 4), Date(datetime.time(3, 4))),
    (ErrorCell("#N/A"), ErrorValue("#N/A")),
    (FormulaCell("=A1", None), Unsaved("=A1")),
    (FormulaCell("=A1", ""), Formula("=A1", Blank())),
    (FormulaCell("=A1", "甲"), Formula("=A1", Text("甲"))),
    (FormulaCell("=A1", 0), Formula("=A1", NumberCell(0))),
    (FormulaCell("=A1", ErrorCell("#REF!")), Formula("=A1", ErrorValue("#REF!"))),
    (MarkedText("98（删除线）95"), Text("98（删除线）95")),
    (PictureCell(), Unreadable("（图片）")),
    (float("nan"), Unreadable("nan")),
    (object, Unreadable(str(object))),
]


@pytest.mark.parametrize(("cell", "content"), CONTENTS, ids=[repr(cell) for cell, _ in CONTENTS])
def test_a_cell_is_read_as(cell: object, content: object) -> None:
    assert read_content(cell) == content


WORDS: list[tuple[object, str, str]] = [
    (None, "", ""),
    ("　甲 ", "甲", "甲"),
    (2026.0, "2026", "2026"),
    (True, "cell-logical", "cell-logical"),
    (datetime.date(2019, 1, 2), "cell-date", "cell-date"),
    (ErrorCell("#N/A"), "cell-error", "cell-error"),
    (FormulaCell("=A1", None), "cell-formula", "cell-unsaved"),
    (FormulaCell("=A1", "甲"), "cell-formula", "甲"),
    (FormulaCell("=A1", ""), "cell-formula", ""),
    (FormulaCell("=A1", True), "cell-formula", "cell-logical"),
    (FormulaCell("=A1", ErrorCell("#REF!")), "cell-formula", "cell-error"),
    (float("inf"), "cell-unreadable", "cell-unreadable"),
]


@pytest.mark.parametrize(("cell", "strictly", "by_result"), WORDS, ids=[repr(row[0]) for row in WORDS])
def test_words_are_taken_or_refused_with_a_reason(cell: object, strictly: str, by_result: str) -> None:
    for results, expected in ((False, strictly), (True, by_result)):
        said = words_in(read_content(cell), results)
        assert (said.code if isinstance(said, Odd) else said) == expected


# --- a sheet by itself -------------------------------------------------------------------------------------------


def sheet(*rows: list[object]) -> Sheet:
    return Sheet("表", "", [*rows])


def test_rows_and_columns_are_found_wherever_they_stand() -> None:
    page = KeyedSheet(sheet([None], [None, "x"], ["value", None, "xlscore:list", "key"], [7, None, "k1", "own"]))
    assert (page.head, marker_of(page.sheet)) == (2, (2, "list"))
    assert list(page.keyed()) == [("k1", 3)]
    assert (page.content(3, "value"), page.content(3, "key")) == (NumberCell(7), Text("own"))
    assert page.place(3, "value") == "表!A4"


def test_an_open_workbook_has_its_sheets_by_key_as_they_are_found_anew() -> None:
    book = open_workbook(parcel(of_health()))
    assert list(book.pages) == list(book.sheets)
    for role, page in book.pages.items():
        assert page.sheet is book.sheets[role]
        assert (page.head, page.role) == marker_of(page.sheet) == (page.head, role)
        assert page.columns == columns_of(page.sheet)
        assert list(page.keyed()) == list(page.keyed()) == list(keyed_rows(page.sheet, page.columns))


def test_the_first_of_two_columns_of_one_name_is_meant() -> None:
    assert columns_of(sheet(["xlscore:list", "value", "value"]))["value"] == 1


# --- what is put into cells --------------------------------------------------------------------------------------

_SAVED = "ZZ1"
"""A formula that stands for one with a saved result, until the package is changed."""


def rich(text: str) -> CellRichText:
    return CellRichText(TextBlock(InlineFont(b=True), text[:1]), text[1:])


PUT: Mapping[str, object] = {
    "error": "#N/A",
    "unsaved": "=A1",
    "saved error": f"={_SAVED}",
    "truth": True,
    "date": datetime.datetime(2019, 1, 2),
    "invisible": "\u3000\u200b\u200e ",
}


def spoilt(
    data: bytes, seats: Mapping[str, list[str]], content: object, saved: bytes = b"", kind: bytes = b""
) -> bytes:
    """A workbook with the same content in many cells: sheet -> cells. ``saved``: the result that a formula has."""

    def fill(book: Any) -> None:
        for name, cells in seats.items():
            for one in cells:
                book[name][one].value = content

    def save(xml: bytes) -> bytes:
        pattern = rb'(<c r="\w+"(?: s="\d+")?)><f>' + _SAVED.encode() + rb"</f><v ?(?:/>|></v>)</c>"
        return re.sub(pattern, rb'\1 t="' + kind + rb'"><f>A1</f><v>' + saved + rb"</v></c>", xml)

    data = edited(data, fill)
    if not saved and not kind:
        return data
    parts = {f"xl/worksheets/sheet{number}.xml": save for number in range(1, 12)}
    return repacked(data, parts)


# --- the workbooks that the office fills -------------------------------------------------------------------------


def letter(at: int) -> str:
    return chr(ord("A") + at)


@cache
def seats(kind: str) -> dict[str, list[str]]:
    """Every column that the office fills, in a row of each sheet; of the settings, every row."""

    def listed(section: str, lists: Any, first: int = 6) -> dict[str, list[str]]:
        return {
            label(f"{section}.sheet_{name}"): [
                f"{letter(at)}{first}" for at, column in enumerate(columns, start=1) if column.form is not Form.SHOWN
            ]
            for name, columns in lists.items()
        }

    match kind:
        case "assignment":
            settings = [f"C{5 + at}" for at, key in enumerate(SETTING_KEYS) if key not in DAYS]
            return {
                label("assign.sheet_settings"): settings,
                label("assign.sheet_departments"): ["A5", "B5"],
                label("assign.sheet_duties"): ["E5", "F5"],
            }
        case "roster":
            return {label("sheet.roster"): [f"{letter(at)}5" for at in range(2, len(ROSTER_COLUMNS) - 1)]}
        case "decisions":
            return {label("decide.sheet"): decision_seats()}
        case "catalog":
            return listed("edit", LISTS)
    return listed("survey", survey_form.LISTS)


def decision_seats() -> list[str]:
    import io

    import openpyxl

    page = openpyxl.load_workbook(io.BytesIO(SORTS["decisions"].write()))[label("decide.sheet")]
    row = next(row for row in range(1, page.max_row + 1) if str(page.cell(row, 1).value).startswith("decision|"))
    return [f"{one}{row}" for one in "CEI"]


def read(kind: str, data: bytes, folder: Path) -> object:
    """What a workbook says, or its faults by place and code."""
    path = folder / "a.xlsx"
    path.write_bytes(data)
    try:
        return SORTS[kind].read(path)
    except FaultyFile as error:
        return sorted((fault.where, fault.code) for fault in error.faults)  # type: ignore[attr-defined]


STRICT = {"error": "cell-error", "unsaved": "cell-formula", "truth": "cell-logical", "date": "cell-date"}
TOLD: Mapping[str, Mapping[str, str]] = {
    "assignment": {**STRICT, "unsaved": "cell-unsaved"},
    "decisions": STRICT, "roster": STRICT, "catalog": STRICT, "questionnaire": STRICT,
}  # fmt: skip
"""Kind -> content -> the fault that every cell is told with."""


@pytest.mark.parametrize(("kind", "content"), [(kind, content) for kind, told in TOLD.items() for content in told])
def test_every_cell_that_holds_no_words_is_told_by_sheet_and_cell(kind: str, content: str, tmp_path: Path) -> None:
    found = read(kind, spoilt(SORTS[kind].write(), seats(kind), PUT[content]), tmp_path)
    assert isinstance(found, list)
    expected = {(f"{name}!{one}", TOLD[kind][content]) for name, cells in seats(kind).items() for one in cells}
    assert expected <= set(found)


@pytest.mark.parametrize("kind", TOLD)
def test_the_error_that_a_formula_gave_is_never_a_blank(kind: str, tmp_path: Path) -> None:
    data = spoilt(SORTS[kind].write(), seats(kind), PUT["saved error"], b"#REF!", b"e")
    found = read(kind, data, tmp_path)
    assert isinstance(found, list)
    code = "cell-error" if kind == "assignment" else "cell-formula"
    assert {(f"{name}!{one}", code) for name, cells in seats(kind).items() for one in cells} <= set(found)


@pytest.mark.parametrize("kind", TOLD)
def test_signs_that_cannot_be_seen_are_a_blank(kind: str, tmp_path: Path) -> None:
    at = partial(spoilt, SORTS[kind].write(), seats(kind))
    assert read(kind, at(PUT["invisible"]), tmp_path) == read(kind, at(None), tmp_path)


@pytest.mark.parametrize("kind", TOLD)
def test_a_text_in_several_fonts_is_that_text(kind: str, tmp_path: Path) -> None:
    at = partial(spoilt, SORTS[kind].write(), seats(kind))
    assert read(kind, at(rich("市公安局")), tmp_path) == read(kind, at("市公安局"), tmp_path)


# --- an assignment: a department never loses its duty in silence -------------------------------------------------

DUTIES = label("assign.sheet_duties")


@cache
def shared_out() -> bytes:
    """An assignment workbook without a fault: one department leads the first figure, another answers too."""

    def fill(book: Any) -> None:
        given = {"city": "清溪县", "round": 2026, "deadline": "2026-12-31", "recipients": "专班", "office": "专班"}
        for at, key in enumerate(SETTING_KEYS, start=5):
            book[label("assign.sheet_settings")].cell(at, 3).value = given.get(key)
        for at, name in enumerate(("县公安局", "县教育局"), start=5):
            book[label("assign.sheet_departments")].cell(at, 1).value = name
        book[DUTIES]["E5"].value, book[DUTIES]["F5"].value = "县公安局", "县教育局"

    return edited(SORTS["assignment"].write(), fill)


def assigned(data: bytes, folder: Path) -> list[str]:
    """Who answers the first figure."""
    path = folder / "own.xlsx"
    path.write_bytes(data)
    catalog, assignment = read_assignment_book(path)
    return [assignment.name(one) for one in assignment.asked[next(iter(catalog.figures))]]


@pytest.mark.parametrize("cell", ["E5", "F5"])
@pytest.mark.parametrize("content", ["error", "unsaved", "truth", "date"])
def test_a_duty_that_cannot_be_read_is_told(cell: str, content: str, tmp_path: Path) -> None:
    assert assigned(shared_out(), tmp_path) == ["县公安局", "县教育局"]
    with pytest.raises(FaultyFile) as caught:
        assigned(spoilt(shared_out(), {DUTIES: [cell]}, PUT[content]), tmp_path)
    told = [(fault.where, fault.code) for fault in caught.value.faults]  # type: ignore[attr-defined]
    assert told == [(f"{DUTIES}!{cell}", TOLD["assignment"][content])]


def test_a_duty_that_a_formula_gives_is_taken_by_its_saved_result(tmp_path: Path) -> None:
    data = spoilt(shared_out(), {DUTIES: ["F5"]}, f"={_SAVED}", "县教育局".encode(), b"str")
    assert assigned(data, tmp_path) == ["县公安局", "县教育局"]
    assert assigned(spoilt(shared_out(), {DUTIES: ["F5"]}, f"={_SAVED}", b"", b"str"), tmp_path) == ["县公安局"]


def _again(page: Any) -> None:
    for column in (1, 5, 6):
        page.cell(page.max_row + (column == 1), column).value = page.cell(5, column).value
    page.cell(page.max_row, 6).value = "县公安局"


LOST: Mapping[str, tuple[str, str, Callable[[Any], object]]] = {
    "its row has no key": ("row-keyless", f"{DUTIES}!E5", lambda page: setattr(page["A5"], "value", None)),
    "its row has another key": ("row-keyless", f"{DUTIES}!E5", lambda page: setattr(page["A5"], "value", "nothing")),
    "its row was deleted": ("setting-gone", f"{DUTIES}!E1", lambda page: page.delete_rows(5)),
    "its row stands twice": ("row-again", "", _again),
}


@pytest.mark.parametrize("case", LOST)
def test_a_duty_is_not_lost_where(case: str, tmp_path: Path) -> None:
    code, where, edit = LOST[case]
    with pytest.raises(FaultyFile) as caught:
        assigned(edited(shared_out(), lambda book: edit(book[DUTIES])), tmp_path)
    told = [(fault.code, fault.where) for fault in caught.value.faults]  # type: ignore[attr-defined]
    assert any(one == code and (not where or place == where) for one, place in told), told


@pytest.mark.parametrize("sheet_", ["settings", "departments", "duties"])
def test_rows_inserted_above_a_sheet_are_no_matter(sheet_: str, tmp_path: Path) -> None:
    for at in (1, 2, 4):
        data = edited(shared_out(), lambda book, at=at: book[label(f"assign.sheet_{sheet_}")].insert_rows(at, 2))
        assert assigned(data, tmp_path) == ["县公安局", "县教育局"]


def test_a_setting_whose_row_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(FaultyFile) as caught:
        assigned(edited(shared_out(), lambda book: book[label("assign.sheet_settings")].delete_rows(5)), tmp_path)
    assert [fault.code for fault in caught.value.faults] == ["setting-gone"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("key", ["scheme", "id", "target"])
def test_a_setting_of_a_system_whose_row_is_gone_is_told(key: str, tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        page = book[label("edit.sheet_settings")]
        page.delete_rows(next(row for row in range(1, page.max_row + 1) if page.cell(row, 1).value == key))

    found = read("catalog", edited(SORTS["catalog"].write(), edit), tmp_path)
    assert isinstance(found, list)
    assert "setting-gone" in {code for _, code in found}
    assert SYSTEM


# --- a decision workbook -----------------------------------------------------------------------------------------

CONFLICTS = label("decide.sheet")


def test_a_decision_whose_hidden_key_is_gone_is_not_lost(tmp_path: Path) -> None:
    choice = decision_seats()[0]

    def edit(book: Any) -> None:
        book[CONFLICTS][choice].value = 1
        book[CONFLICTS][f"A{choice[1:]}"].value = None

    assert read("decisions", edited(SORTS["decisions"].write(), edit), tmp_path) == [
        (f"{CONFLICTS}!{choice}", "row-keyless")
    ]


def test_a_number_that_stands_for_two_answers_is_told(tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        page = book[CONFLICTS]
        rows = [row for row in range(1, page.max_row + 1) if str(page.cell(row, 1).value).startswith("side|")]
        key = str(page.cell(rows[1], 1).value)
        page.cell(rows[1], 1).value = key.replace("side|2|", "side|1|")

    found = read("decisions", edited(SORTS["decisions"].write(), edit), tmp_path)
    assert isinstance(found, list)
    assert [code for _, code in found] == ["side-again"]


# --- a department's workbook -------------------------------------------------------------------------------------

FIGURES, COVER, EVIDENCE, LISTED = (
    label(f"sheet.{name}") if name != "table" else label("sheet.table", number=1)
    for name in ("figures", "cover", "evidence", "table")
)


@cache
def of_health() -> bytes:
    sections = {"answers": {}, "evidence": proofs("health")}
    return fill_workbook(CATALOG, ASSIGNMENT, "health", ISSUE, sections)


def cells_of(name: str, *columns: str) -> list[str]:
    """The first keyed row's cells of some columns of a sheet."""
    book = open_workbook(parcel(of_health()))
    role = next(role for role, one in book.sheets.items() if one.name == name)
    page = KeyedSheet(book.sheets[role])
    row = next(row for _, row in page.keyed() if not columns or page.sheet.name)
    return [page.cell_name(row, column) for column in columns]


def submitted(content: object, name: str, cells: list[str], saved: bytes = b"", kind: bytes = b"") -> Submission:
    data = spoilt(of_health(), {name: cells}, content, saved, kind)
    return read_submission(open_workbook(parcel(data)), CATALOG, ASSIGNMENT)


def told_at(read_: Submission, name: str, cells: list[str]) -> list[str]:
    """What each cell is told with; of a row of a table, that it is not whole comes on top."""
    told = [one for one in read_.findings if one.code != "table-row-incomplete"]
    places = {(finding.origin.sheet, finding.origin.cell): finding.code for finding in told}
    return [places.get((name, one), "") for one in cells]


WORDY: list[tuple[str, tuple[str, ...]]] = [
    (FIGURES, ("remark", "explanation")), (EVIDENCE, ("title", "file", "remark")), (LISTED, ("name",)),
]  # fmt: skip
OUTCOMES = {"error": "words-error", "unsaved": "words-unsaved", "truth": "words-odd", "date": "words-odd"}


@pytest.mark.parametrize(("name", "columns"), WORDY, ids=["figures", "evidence", "a table"])
@pytest.mark.parametrize("content", OUTCOMES)
def test_words_of_a_department_are_told_where_there_are_none(name: str, columns: tuple[str, ...], content: str) -> None:
    cells = cells_of(name, *columns)
    found = told_at(submitted(PUT[content], name, cells), name, cells)
    dated = [OUTCOMES[content] if content != "date" or column in ("file", "name") else "" for column in columns]
    assert found == dated


@pytest.mark.parametrize("content", OUTCOMES)
def test_people_on_the_cover_are_told_where_there_are_none(content: str) -> None:
    book = open_workbook(parcel(of_health()))
    page = KeyedSheet(book.sheets["cover"])
    people = {key: page.cell_name(row, "value") for key, row in page.keyed() if key in book_people()}
    found = told_at(submitted(PUT[content], COVER, list(people.values())), COVER, list(people.values()))
    names = [key.endswith("name") for key in people]
    assert found == [OUTCOMES[content] if content != "date" or named else "" for named in names]


def book_people() -> tuple[str, ...]:
    from smartcity_xl.form.map import PEOPLE

    return PEOPLE


def test_a_person_that_stands_twice_on_the_cover_is_not_chosen() -> None:
    def edit(book: Any) -> None:
        page, at = book[COVER], KeyedSheet(open_workbook(parcel(of_health())).sheets["cover"])
        row = next(row for key, row in at.keyed() if key == "contact.name") + 1
        column, last = at.columns["value"] + 1, page.max_row + 1
        page.cell(row, column).value = "赵演"
        page.cell(last, 1).value, page.cell(last, column).value = "contact.name", "钱演"

    read_ = read_submission(open_workbook(parcel(edited(of_health(), edit))), CATALOG, ASSIGNMENT)
    assert "row-twice" in [finding.code for finding in read_.findings]
    assert read_.people["contact.name"] == ""


def test_words_that_a_formula_gives_are_its_saved_result() -> None:
    cells = cells_of(EVIDENCE, "title")
    read_ = submitted(f"={_SAVED}", EVIDENCE, cells, "报告".encode(), b"str")
    assert told_at(read_, EVIDENCE, cells) == [""]
    assert read_.evidence[0].title == "报告"


def test_an_error_is_no_reason_why_something_does_not_apply() -> None:
    key = "leak_events"
    data = filled("secrecy", leak_events="不适用")
    row = next(row for one, row in KeyedSheet(open_workbook(parcel(data)).sheets["figures"]).keyed() if one == key)
    page = KeyedSheet(open_workbook(parcel(data)).sheets["figures"])
    spoiled = spoilt(data, {FIGURES: [page.cell_name(row, "remark")]}, "#N/A")
    read_ = read_submission(open_workbook(parcel(spoiled)), CATALOG, ASSIGNMENT)
    assert read_.answers[key].remark == ""
    assert "words-error" in [finding.code for finding in read_.findings]


BESIDE: Mapping[str, tuple[str, str, str]] = {
    # content -> what is told of the answer, of its unit, and of the date of the data
    "error": ("cell-error", "unit-unknown", "date-unreadable"),
    "unsaved": ("formula-uncached", "unit-unknown", "date-unreadable"),
    "truth": ("not-a-number", "unit-unknown", "date-unreadable"),
    "date": ("date-for-number", "unit-unknown", ""),
}


@pytest.mark.parametrize("content", BESIDE)
def test_an_answer_its_unit_and_its_date_are_told(content: str) -> None:
    data = filled("secrecy", leak_events=1)
    page = KeyedSheet(open_workbook(parcel(data)).sheets["figures"])
    row = next(row for one, row in page.keyed() if one == "leak_events")
    for column, expected in zip(("value", "unit", "as_of"), BESIDE[content], strict=True):
        cell = page.cell_name(row, column)
        spoiled = spoilt(data, {FIGURES: [cell]}, PUT[content])
        read_ = read_submission(open_workbook(parcel(spoiled)), CATALOG, ASSIGNMENT)
        assert told_at(read_, FIGURES, [cell]) == [expected]


def test_a_formula_that_gives_an_empty_text_is_no_unsaved_one_for_either_reader() -> None:
    data = spoilt(of_health(), {EVIDENCE: cells_of(EVIDENCE, "title")}, f"={_SAVED}", b"", b"str")
    fast = open_workbook(parcel(data))
    slow = open_workbook(parcel(odd(data)))
    for book in (fast, slow):
        page = KeyedSheet(book.sheets["evidence"])
        row = next(row for _, row in page.keyed())
        assert page.content(row, "title") == Formula("=A1", Blank())


def odd(data: bytes) -> bytes:
    """The same workbook, written so that only the thorough reader can be given it."""
    return repacked(data, {"xl/worksheets/sheet1.xml": lambda xml: xml.replace(b"<c r=", b"<c  r=", 1)})


# --- the results of a survey -------------------------------------------------------------------------------------


@cache
def survey_result() -> bytes:
    from tempfile import TemporaryDirectory

    from make_survey import survey_rows, write_csv

    from smartcity_xl.run.surveys import score_survey

    with TemporaryDirectory() as folder:
        form, answers, out = (Path(folder) / name for name in ("问卷.xlsx", "答卷.csv", "得分.xlsx"))
        settings = {"city": "云溪市", "round": "2018", "as_of": "2018-12-20"}

        def fill(book: Any) -> None:
            page = book[label("survey.sheet_settings")]
            for row in range(1, page.max_row + 1):
                if page.cell(row, 1).value in settings:
                    page.cell(row, 3).value = settings[page.cell(row, 1).value]

        form.write_bytes(edited(SORTS["questionnaire"].write(), fill))
        answers.write_bytes(write_csv(survey_rows(), "utf-8"))
        score_survey(form, [answers], out)
        return out.read_bytes()


def taken(data: bytes) -> str:
    """What becomes of a survey's results: the code of the finding, or "" where they count."""
    from msgspec.structs import replace

    from smartcity_xl.model import Finding
    from smartcity_xl.office.survey.take import take_survey

    book = open_workbook(parcel(data))
    found = take_survey(book, CATALOG, ASSIGNMENT, replace(book.identity, catalog=CATALOG.id))
    return found.code if isinstance(found, Finding) else ""


def of_survey(*keys: str) -> tuple[str, dict[str, int]]:
    page = KeyedSheet(open_workbook(parcel(survey_result())).sheets["survey"])
    return page.sheet.name, {key: row + 1 for key, row in page.keyed() if not keys or key in keys}


@pytest.mark.parametrize("content", [*OUTCOMES, "invisible"])
@pytest.mark.parametrize(
    ("key", "column"), [("score", "C"), ("score", "F"), ("number", "C"), ("total", "F"), ("as_of", "F")]
)
def test_results_of_a_survey_that_cannot_be_read_do_not_count(key: str, column: str, content: str) -> None:
    if (key, content) in {("as_of", "date"), ("as_of", "invisible")}:  # a day is a day; none is no fault
        return
    name, rows = of_survey(key)
    assert taken(survey_result()) == ""
    spoiled = spoilt(survey_result(), {name: [f"{column}{rows[key]}"]}, PUT[content])
    assert taken(spoiled) in ("survey-broken", "survey-edited")


def test_a_row_of_results_that_stands_twice_with_other_content_does_not_count() -> None:
    name, rows = of_survey("score")

    def edit(book: Any) -> None:
        page, last = book[name], book[name].max_row + 1
        page.cell(last, 1).value, page.cell(last, 3).value, page.cell(last, 6).value = "score", 99, "99"

    assert rows
    assert taken(edited(survey_result(), edit)) == "survey-broken"
