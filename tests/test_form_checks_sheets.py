"""Checks of how a workbook came back: locked cells, cells pasted over, hidden answers; each in a real workbook."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import office
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make_samples import fill_workbook
from support import (
    ASSIGNMENT,
    CATALOG,
    ISSUE,
    PERSONS,
    assert_worded,
    codes,
    column_of,
    edited,
    figures_sheet,
    filled,
    identified,
    parcel,
    plan,
    proofs,
    repacked,
    value_cell,
)

from smartcity_xl.books.beside import cells_twice
from smartcity_xl.books.cells import cell_name, column_name
from smartcity_xl.books.marks import formula_cells, hidden_columns, hidden_rows, ruled_cells
from smartcity_xl.books.package import Package
from smartcity_xl.form.checks import check_workbook, hidden_values, locked_cells, macros, pasted_over
from smartcity_xl.form.checks.look import Look
from smartcity_xl.form.map import COLUMNS, FIGURES, SCORES, column
from smartcity_xl.form.reading.workbook import open_workbook, read_submission
from smartcity_xl.form.template import write_template
from smartcity_xl.messages import label
from smartcity_xl.model import Finding, State, Submission

DEPARTMENT = "health"
ANSWERS = {
    "med_institutions_total": 486, "med_institutions_emr": 402, "hospital_visits_total": 18642300,
    "hospital_visits_booked": 7215460, "mobile_services.hospital_booking": "是", "mobile_services_extra": 4,
}  # fmt: skip
HOSPITALS = [
    {"name": "云溪市第一人民医院", "record_reads": 412650, "outpatient_visits": 1968400},
    {"name": "云溪市中医院", "record_reads": 96480, "outpatient_visits": 842300},
]
TABLE = label("sheet.table", number=1)
FIGURES_SHEET, SCORES_SHEET = label("sheet.figures"), label("sheet.scores")


@cache
def honest() -> bytes:
    given = {
        "answers": ANSWERS, "as_of": "2018-12-31", "tables": {"tertiary_hospitals": HOSPITALS}, "people": PERSONS,
        "evidence": proofs(DEPARTMENT), "remarks": {"mobile_services_extra": "另有两项在建"},
    }  # fmt: skip
    return fill_workbook(CATALOG, ASSIGNMENT, DEPARTMENT, ISSUE, given)


def at(key: str, name: str = "value") -> str:
    """The cell of a figure's row in a column."""
    return cell_name(plan(DEPARTMENT).row_of[key].row, column(FIGURES, name))


def set_cells(**values: Any) -> Callable[[Any], None]:
    """An edit of the figures sheet: ``D6=5``."""

    def edit(book: Any) -> None:
        for cell, value in values.items():
            figures_sheet(book)[cell].value = value

    return edit


def spoilt(edit: Callable[[Any], object]) -> Callable[[], bytes]:
    return lambda: edited(honest(), edit)


def unruled(cells: set[str], sheet: str = FIGURES_SHEET) -> Callable[[], bytes]:
    """The workbook after a paste over some cells: values as they were, their rules gone."""

    def change(book: Any) -> None:
        rules = book[sheet].data_validations
        rules.dataValidation = [rule for rule in rules.dataValidation if str(rule.sqref) not in cells]

    return spoilt(change)


def hide(**what: Any) -> Callable[[], bytes]:
    """The workbook with rows (numbers), columns (letters) or a whole sheet hidden."""

    def change(book: Any) -> None:
        sheet = book[what.get("sheet", FIGURES_SHEET)]
        for row in what.get("rows", ()):
            sheet.row_dimensions[row].hidden = True
        for letters in what.get("columns", ()):
            sheet.column_dimensions[letters].hidden = True
        if what.get("all"):
            sheet.sheet_state = what["all"]

    return spoilt(change)


def filtered(book: Any) -> None:
    """A filter that shows only one row of answers."""
    sheet = figures_sheet(book)
    sheet.auto_filter.ref = f"B4:J{plan(DEPARTMENT).last_row + 1}"
    sheet.auto_filter.add_filter_column(0, ["L1P4-A1"])
    for row in plan(DEPARTMENT).rows:
        sheet.row_dimensions[row.row + 1].hidden = not row.key.startswith("med_")


def move_rows(book: Any) -> None:
    """All rows three further down, as after inserting rows above, formulas and rules with them."""
    sheet = figures_sheet(book)
    shift = {rule: str(rule.sqref) for rule in sheet.data_validations.dataValidation}
    sheet.move_range(
        f"A5:{column_name(len(COLUMNS[FIGURES]) - 1)}{plan(DEPARTMENT).last_row + 1}", rows=3, translate=True
    )
    for rule, cell in shift.items():
        letters, row = re.fullmatch(r"([A-Z]+)(\d+)", cell).groups()  # type: ignore[union-attr]
        rule.sqref = openpyxl.worksheet.cell_range.MultiCellRange(f"{letters}{int(row) + 3}")


def swap_names(book: Any) -> None:
    """Two names in each other's place, as after sorting some columns and not the hidden one."""
    sheet = figures_sheet(book)
    first, second = (sheet[at(key, "label")] for key in ("med_institutions_total", "hospital_visits_total"))
    first.value, second.value = second.value, first.value


def older_edition(data: bytes) -> bytes:
    """A workbook of an edition that worded its guidance and formulas otherwise, and sealed them."""
    plan_ = plan(DEPARTMENT)

    def edit(book: Any) -> None:
        for row in plan_.rows:
            figures_sheet(book).cell(row.row + 1, column_of("guidance")).value = "旧版说明"

    return identified(edited(data, edit), seal="0" * 32)


LABEL, UNIT, GUIDANCE, CHECK = (at("med_institutions_total", name) for name in ("label", "unit", "guidance", "check"))
SCORE = cell_name(plan(DEPARTMENT).scores[0].row, column(SCORES, "score"))
ROW = {key: row.row + 1 for key, row in plan(DEPARTMENT).row_of.items()}
INPUTS = {at(key) for key in ANSWERS}
TABLE_CELLS = {f"{letter}{row}" for letter in "CD" for row in (6, 7)}
SILENT: list[tuple[Any, str, Callable[[], bytes]]] = [
    (locked_cells.check, "as it went out, filled", honest),
    (locked_cells.check, "blank", lambda: write_template(CATALOG, ASSIGNMENT, DEPARTMENT, ISSUE)),
    (locked_cells.check, "rows moved", spoilt(move_rows)),
    (locked_cells.check, "another edition's guidance", lambda: older_edition(honest())),
    (locked_cells.check, "an edition without a seal", lambda: identified(honest(), seal="")),
    (locked_cells.check, "blanks and line ends in a name",
     spoilt(lambda b: figures_sheet(b)[LABEL].__setattr__("value", f" {figures_sheet(b)[LABEL].value}\n"))),
    (locked_cells.check, "the sheet of scores taken away", spoilt(lambda b: b.__delitem__(SCORES_SHEET))),
    (locked_cells.check, "a unit, which the reader tells", spoilt(set_cells(**{UNIT: "万个"}))),
    (locked_cells.check, "an input cell changed", spoilt(set_cells(**{at("med_institutions_emr"): 1}))),
    (pasted_over.check, "as it went out, filled", honest),
    (pasted_over.check, "blank cells pasted over", unruled({at("mobile_services.birth_certificates")})),
    (pasted_over.check, "a hint gone that tests nothing", unruled({at("med_institutions_total", "remark")})),
    (pasted_over.check, "rows moved", spoilt(move_rows)),
    (pasted_over.check, "a fixed value, which has no rule", lambda: filled("cyberspace", main_sites_ipv6=8)),
    (hidden_values.check, "as it went out, with its hidden rows and columns", honest),
    (hidden_values.check, "a heading hidden", hide(rows=[5])),
    (hidden_values.check, "an open row hidden", hide(rows=[ROW["mobile_services.birth_certificates"]])),
    (hidden_values.check, "the guidance hidden", hide(columns=["G"])),
    (hidden_values.check, "the sheet of scores hidden", hide(sheet=SCORES_SHEET, all="hidden")),
    (hidden_values.check, "empty rows of a table hidden", hide(sheet=TABLE, rows=[8, 9])),
    (macros.check, "as it went out, filled", honest),
]  # fmt: skip
SPEAKS: list[tuple[Any, str, Callable[[], bytes], list[str]]] = [
    (locked_cells.check, "a name typed over", spoilt(set_cells(**{LABEL: "全部卫生机构数"})), ["label-changed"]),
    (locked_cells.check, "a name erased", spoilt(set_cells(**{LABEL: None})), ["label-changed"]),
    (locked_cells.check, "names that changed places", spoilt(swap_names), ["row-mixed", "row-mixed"]),
    (locked_cells.check, "guidance typed over", spoilt(set_cells(**{GUIDANCE: "随便填"})), ["wording-changed"]),
    (locked_cells.check, "a check typed over", spoilt(set_cells(**{CHECK: "√"})), ["formula-changed"]),
    (locked_cells.check, "a check erased", spoilt(set_cells(**{CHECK: None})), ["formula-changed"]),
    (locked_cells.check, "another formula for the check", spoilt(set_cells(**{CHECK: '=IF(D6>0,"√","")'})),
     ["formula-changed"]),
    (locked_cells.check, "a score typed over", spoilt(lambda b: b[SCORES_SHEET][SCORE].__setattr__("value", 40)),
     ["formula-changed"]),
    (locked_cells.check, "a heading of a table typed over", spoilt(lambda b: b[TABLE]["C5"].__setattr__("value", "次")),
     ["label-changed"]),
    (locked_cells.check, "a name in a workbook of another edition",
     lambda: edited(older_edition(honest()), set_cells(**{LABEL: "全部"})), ["label-changed"]),
    (pasted_over.check, "one answer", unruled({at("med_institutions_emr")}), ["pasted-over"]),
    (pasted_over.check, "a drop-down", unruled({at("mobile_services.hospital_booking")}), ["pasted-over"]),
    (pasted_over.check, "every input cell", unruled(INPUTS), ["pasted-over"]),
    (pasted_over.check, "a table", unruled(TABLE_CELLS, TABLE), ["pasted-over"]),
    (hidden_values.check, "an answer's row", hide(rows=[ROW["med_institutions_emr"]]),
     ["hidden-values"]),
    (hidden_values.check, "the column of the answers", hide(columns=["D"]), ["hidden-values"]),
    (hidden_values.check, "the sheet", hide(all="hidden"), ["hidden-values"]),
    (hidden_values.check, "the sheet, so that no menu shows it", hide(all="veryHidden"), ["hidden-values"]),
    (hidden_values.check, "a filter", spoilt(filtered), ["hidden-values"]),
    (hidden_values.check, "a row of a table", hide(sheet=TABLE, rows=[7]), ["hidden-values"]),
    (macros.check, "a program put in", lambda: repacked(honest(), add=[("xl/vbaProject.bin", b"program")]), ["macros"]),
]  # fmt: skip


def told(check: Callable[[Look], Iterator[Finding]], data: bytes) -> list[Finding]:
    found = list(check(Look(CATALOG, ASSIGNMENT, open_workbook(parcel(data)))))
    assert_worded(found)
    return found


def checked(data: bytes) -> Submission:
    book = open_workbook(parcel(data))
    return check_workbook(CATALOG, ASSIGNMENT, book, read_submission(book, CATALOG, ASSIGNMENT))


def name(check: Any, case: str) -> str:
    return f"{check.__module__.rpartition('.')[2]}: {case}"


@pytest.mark.parametrize(("check", "make"), [pytest.param(c, m, id=name(c, n)) for c, n, m in SILENT])
def test_a_check_stays_silent(check: Any, make: Callable[[], bytes]) -> None:
    assert told(check, make()) == []


@pytest.mark.parametrize(("check", "make", "expected"), [pytest.param(c, m, e, id=name(c, n)) for c, n, m, e in SPEAKS])
def test_a_check_speaks(check: Any, make: Callable[[], bytes], expected: list[str]) -> None:
    found = told(check, make())
    assert codes(found) == expected
    assert all(f.department == DEPARTMENT for f in found)
    if check is not macros.check:  # which is about the whole file
        assert all(f.origin.cell and (f.figure or f.concerns) for f in found)


def test_an_honest_workbook_has_no_finding_at_all() -> None:
    assert checked(honest()).findings == ()
    assert {finding.code for finding in checked(write_template(CATALOG, ASSIGNMENT, DEPARTMENT, ISSUE)).findings} == {
        "missing", "leader-missing", "contact-missing",
    }  # fmt: skip


# --- what they say and what they do ------------------------------------------------------------------------------


def test_mixed_rows_do_not_count() -> None:
    mixed = checked(edited(honest(), swap_names)).answers
    assert {mixed[key].state for key in ("med_institutions_total", "hospital_visits_total")} == {State.UNREADABLE}
    assert mixed["med_institutions_emr"].value == 402


def test_other_changes_leave_the_answers_as_they_are() -> None:
    before = {key: answer.value for key, answer in checked(honest()).answers.items()}
    for make in (unruled(INPUTS), hide(columns=["D"]), spoilt(set_cells(**{LABEL: "改", CHECK: "√", GUIDANCE: "改"}))):
        assert {key: answer.value for key, answer in checked(make()).answers.items()} == before


def test_a_changed_cell_is_told_with_its_place_and_both_texts() -> None:
    [finding] = told(locked_cells.check, spoilt(set_cells(**{LABEL: "全部卫生机构数"}))())
    assert (finding.origin.sheet, finding.origin.cell, finding.figure) == (
        FIGURES_SHEET,
        LABEL,
        "med_institutions_total",
    )
    assert finding.parameters == {"label": CATALOG.label("med_institutions_total"), "raw": "全部卫生机构数"}
    [mixed, _] = told(locked_cells.check, edited(honest(), swap_names))
    assert mixed.origin.cell == at("med_institutions_total")


def test_many_changes_of_one_kind_make_one_finding_for_a_sheet() -> None:
    rows = plan(DEPARTMENT).rows
    checks = {cell_name(row.row, column(FIGURES, "check")): "√" for row in rows}
    [finding] = told(locked_cells.check, edited(honest(), set_cells(**checks)))
    assert (finding.code, finding.parameters["number"]) == ("formula-changed", str(len(rows)))
    assert finding.concerns == tuple(row.key for row in rows)


def test_a_filter_and_hidden_cells_are_told_by_place() -> None:
    [finding] = told(hidden_values.check, hide(columns=["D"], rows=[6, 7])())
    assert finding.parameters["places"] == "D:D、6:7"
    assert (finding.parameters["number"], finding.parameters["cells"][:2]) == ("6", "D6")
    assert set(finding.concerns) == set(ANSWERS)
    [sheet] = told(hidden_values.check, hide(all="hidden")())
    assert sheet.parameters["places"] == FIGURES_SHEET


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(sorted(INPUTS)), min_size=1))
def test_a_paste_over_any_input_cells_is_caught_and_each_is_counted(cells: set[str]) -> None:
    rule = re.compile(rb"<dataValidation [^>]*?(?:/>|>.*?</dataValidation>)", re.DOTALL)

    def change(xml: bytes) -> bytes:
        return rule.sub(lambda m: b"" if any(b'sqref="%s"' % c.encode() in m[0] for c in cells) else m[0], xml)

    [finding] = told(pasted_over.check, repacked(honest(), {Package(honest()).sheets[FIGURES_SHEET]: change}))
    assert finding.parameters["number"] == str(len(cells))
    assert {at(slot) for slot in finding.concerns} == cells


def test_rows_that_were_mixed_are_seen_whichever_edition_wrote_them() -> None:
    assert codes(told(locked_cells.check, edited(older_edition(honest()), swap_names))) == ["row-mixed", "row-mixed"]


# --- programs save it --------------------------------------------------------------------------------------------


@pytest.mark.office
@pytest.mark.parametrize("program", office.PROGRAMS)
def test_a_workbook_saved_by_a_program_is_as_it_was(program: str, tmp_path: Path) -> None:
    """No false alarm, and a paste is still seen, after another program has written the file anew."""
    files = {"honest": honest(), "pasted": unruled(INPUTS)(), "hidden": hide(rows=[6])(),
             "typed": spoilt(set_cells(**{LABEL: "改", CHECK: "√"}))()}  # fmt: skip
    for stem, data in files.items():
        (tmp_path / f"{stem}.xlsx").write_bytes(data)
    paths = [tmp_path / f"{stem}.xlsx" for stem in files]
    saved = office.recalculate(program, paths, tmp_path / "out")
    found = {path.stem: codes(checked(saved[path].read_bytes()).findings) for path in paths}
    assert found == {"honest": [], "pasted": ["pasted-over"], "hidden": ["hidden-values"],
                     "typed": ["label-changed", "formula-changed"]}  # fmt: skip


# --- the text of a sheet -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("xml", "rows"),
    [
        (b'<row r="5" hidden="1"><c/></row>', {4}),
        (b'<row r="5" spans="1:3" customHeight="1" hidden="true" ht="20">', {4}),
        (b'<row hidden="true" r="5">', {4}),
        (b'<row r="5" ht="0" customHeight="1"/>', {4}),
        (b'<row r="5" ht="0.0">', {4}),
        (b'<row r="5" hidden="0"><row r="6" hidden="false" ht="20.25">', set()),
        (b'<row r="5" ht="0.5">', set()),
        (b'<row hidden="1">', set()),
        (b'<rows r="5" hidden="1">', set()),
    ],
)
def test_hidden_rows(xml: bytes, rows: set[int]) -> None:
    assert hidden_rows(xml) == rows


def test_hidden_columns() -> None:
    xml = b'<cols><col min="2" max="4" hidden="1"/><col min="6" max="6" width="0"/><col min="8" max="8" width="9"/>'
    assert hidden_columns(xml + b"</cols><sheetData>", range(9)) == {1, 2, 3, 5}
    assert hidden_columns(b'<cols><col min="1" max="16384" hidden="true"/></cols><sheetData>', [3]) == {3}


@pytest.mark.parametrize(
    ("rule", "held", "free"),
    [
        (b'<dataValidation type="list" sqref="D6"><formula1>"a"</formula1></dataValidation>', ["D6"], ["D7"]),
        (b'<dataValidation sqref="D6 D9:E10" type="custom">', ["D6", "D9", "E10"], ["D8", "F9"]),
        (b'<dataValidation type="whole" sqref="D1:D1048576"/>', ["D1", "D999"], ["E1"]),
        (b'<dataValidation type="none" sqref="D6"/>', [], ["D6"]),
        (b'<dataValidation sqref="D6" prompt="type=&quot;list&quot;"/>', [], ["D6"]),
        (b'<dataValidations count="1">', [], ["D6"]),
    ],
)
def test_ruled_cells(rule: bytes, held: list[str], free: list[str]) -> None:
    ruled = ruled_cells(b"<sheetData></sheetData>" + rule)

    def holds(cell: str) -> bool:
        row, at_ = openpyxl.utils.cell.coordinate_from_string(cell)[::-1]
        return ruled.holds(row - 1, openpyxl.utils.column_index_from_string(at_) - 1)

    assert [cell for cell in held + free if holds(cell)] == held


def test_a_workbook_that_came_back_as_it_went_is_known_by_its_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one with a shared checklist, whose heading has a key and nothing locked: no formula is put together anew."""
    monkeypatch.setattr(locked_cells, "locked_cells", lambda plan: pytest.fail("the seal did not fit"))
    assert any(head.figure and head.figure.key in plan(DEPARTMENT).list_rows for head in plan(DEPARTMENT).heads)
    book = open_workbook(parcel(honest()))
    assert list(locked_cells.check(Look(CATALOG, ASSIGNMENT, book))) == []


CELLS_TWICE: list[tuple[str, bytes, set[str]]] = [
    ("none", b'<row r="1"><c r="A1"/><c r="B1" s="2"><v>1</v></c></row><row r="2"><c r="A2"/></row>', set()),
    ("a cell", b'<row r="1"><c r="A1"/><c r="A1" t="s"><v>1</v></c></row>', {"A1"}),
    ("a row", b'<row r="7" spans="1:2"><c r="A7"/></row><row spans="1:2" r="7"><c r="B7"/></row>', {"7:7"}),
    ("a row of another prefix", b'<x:row r="7"><c r="A7"/></x:row><row r="7"><c r="B7"/></row>', {"7:7"}),
    ("both, three times", b'<row r="1"><c r="C1"/></row>' * 3, {"C1", "1:1"}),
]


@pytest.mark.parametrize(("xml", "twice"), [case[1:] for case in CELLS_TWICE], ids=[case[0] for case in CELLS_TWICE])
def test_what_stands_twice_is_found_in_the_short_way_too(xml: bytes, twice: set[str]) -> None:
    assert cells_twice(xml, plain=True) == cells_twice(xml) == twice


def test_what_stands_twice_is_found_in_the_columns_that_are_asked_about() -> None:
    xml = b'<row r="1"><c r="A1"/><c r="D1"/><c r="DA1"/></row>' * 2
    for plain in (True, False):
        assert cells_twice(xml, plain, {"D"}) == {"D1", "1:1"}
        assert cells_twice(xml, plain, {"DA", "A", "E"}) == {"A1", "DA1", "1:1"}
        assert cells_twice(xml, plain) == {"A1", "D1", "DA1", "1:1"}


def test_formulas_of_a_column_are_bare() -> None:
    xml = (
        b'<c r="F5" s="1" t="str"><f>IF(\'\xe8\xa1\xa8\'!A1&gt;1,"a ""b""",&quot;c&quot;)</f><v>1</v></c>'
        b'<c r="F6"><f t="shared" si="0"/><v/></c><c r="F7"><v>3</v></c><c r="G5"><f>1</f></c>'
        b'<c r="F8"><f t="shared" ref="F8:F9" si="0">&#34920;!A1&amp;A2</f></c>'
    )
    assert formula_cells(xml, "F") == {4: '=IF(表!A1>1,"""""","")', 5: "=", 7: "=表!A1&A2"}
    assert formula_cells(xml, "H") == {}


def test_a_text_of_a_million_rules_is_not_spread_out() -> None:
    xml = b"<sheetData/>" + b'<dataValidation type="list" sqref="' + b"A1:XFD1048576 " * 200_000 + b'"/>'
    assert len(ruled_cells(xml).ranges) <= 5_000


def test_value_cells_of_the_plan_are_where_the_workbook_has_them() -> None:
    sheet = figures_sheet(openpyxl.load_workbook(io.BytesIO(honest())))
    assert sheet[value_cell(DEPARTMENT, "med_institutions_total")].value == 486


@pytest.mark.office
@pytest.mark.parametrize("program", office.PROGRAMS)
def test_the_sheet_asks_for_an_explanation_and_is_content_with_one(program: str, tmp_path: Path) -> None:
    """What the sheet says of a part larger than its whole is what ``collect`` makes of it."""
    doubtful = {at("med_institutions_emr"): 500}
    said = {at("med_institutions_emr", "explanation"): "含新设机构"}
    for stem, cells in {"open": doubtful, "explained": doubtful | said}.items():
        (tmp_path / f"{stem}.xlsx").write_bytes(edited(honest(), set_cells(**cells)))
    paths = [tmp_path / f"{stem}.xlsx" for stem in ("open", "explained")]
    saved = office.recalculate(program, paths, tmp_path / "out")
    shown, answered = {}, {}
    for path in paths:
        sheets = office.read_values(saved[path])
        listed = [value for value in sheets[label("sheet.cover")].values() if value == label("cover.doubt")]
        shown[path.stem] = str(sheets[FIGURES_SHEET][at("med_institutions_emr", "check")])[:5], len(listed)
        answered[path.stem] = [(f.code, f.explanation) for f in checked(saved[path].read_bytes()).findings]
    assert shown == {"open": ("须核实：大", 1), "explained": (label("check.explained"), 0)}
    assert answered == {"open": [("part-exceeds-whole", "")], "explained": [("part-exceeds-whole", "含新设机构")]}
