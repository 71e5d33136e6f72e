"""Workbooks that go back: nothing that a department gave is lost on the way, and what is wrong stands where it is."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from make_samples import fill_workbook
from returned import INBOX, full, returned, write_returns
from support import (
    ASSIGNMENT,
    CATALOG,
    ISSUE,
    assert_worded,
    codes,
    edited,
    figure,
    figures_sheet,
    filled,
    parcel,
    put,
    read,
    small_assignment,
    small_catalog,
    table_figure,
    value_cell,
    with_cell,
)

from smartcity_xl.books import pages as sheets
from smartcity_xl.books.values import show_cell
from smartcity_xl.errors import UsageFault
from smartcity_xl.form.checks import check_submission
from smartcity_xl.form.map import FIGURES, PEOPLE
from smartcity_xl.form.reading.workbook import open_workbook, read_submission
from smartcity_xl.form.returning import answers
from smartcity_xl.form.returning.answers import give_back
from smartcity_xl.form.template import CellContent, CellPlace, Given, Issue, ReturnNotice, write_template
from smartcity_xl.messages import finding_codes, label, severity, words
from smartcity_xl.model import Assignment, Catalog, Severity, State, Submission
from smartcity_xl.run.collecting import assess, collect

ALL_KINDS = small_catalog(
    figure("total"),
    figure("money", "money", max=10**9, unit="万元"),
    figure("rate", "share", unit="%"),
    figure("done", "yesno"),
    figure("choice", "choice", options=[{"key": "three", "label": "3家均支持"}, {"key": "none", "label": "均不支持"}]),
    figure("list", "checklist", items=[{"key": "one", "label": "一"}, {"key": "two", "label": "二"}]),
    table_figure(rows=3),
)
ALL_ASSIGNED = small_assignment(ALL_KINDS)
SLOTS = tuple(ALL_KINDS.slots)


def open_read(data: bytes, catalog: Catalog = ALL_KINDS, assignment: Assignment = ALL_ASSIGNED) -> Submission:
    """A workbook through the production reader and all checks."""
    return check_submission(catalog, assignment, read_submission(open_workbook(parcel(data)), catalog, assignment))


def sent_back(
    submission: Submission, revision: str = "2", catalog: Catalog = ALL_KINDS, assignment: Assignment = ALL_ASSIGNED
) -> bytes:
    """The workbook of one submission as it goes back, without its list."""
    back = give_back(catalog, assignment, submission.department, [submission])
    notice = ReturnNotice("办公室", "市a局", revision, "2019 年 3 月 1 日", "a.xlsx", (), tuple(back.strays))
    given = Given(back.entries, {}, back.lines, back.rows, notice)
    issue = Issue("2018", "云溪市", "2019-02-25", revision)
    return write_template(catalog, assignment, submission.department, issue, given)


def said(submission: Submission) -> dict[str, object]:
    """All that a workbook says, but for where it says it."""
    return {
        "answers": {
            key: (a.state, a.value, a.raw, a.unit, a.as_of, a.remark) for key, a in submission.answers.items()
        },
        "tables": {
            key: (t.state, t.remark, t.as_of, [
                (row.name, {k: (c.state, c.value, c.raw, c.unit) for k, c in row.cells.items()}) for row in t.rows
            ]) for key, t in submission.tables.items()
        },
        "evidence": [(e.indicator, e.title, e.file, e.remark, e.line) for e in submission.evidence],
        "people": dict(submission.people),
        "findings": Counter(codes(submission.findings)),
    }  # fmt: skip


# --- nothing is lost ---------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"]), max_size=12)
NUMBER = st.one_of(
    st.integers(-(10**6), 10**12),
    st.floats(-(10.0**12), 10.0**12, allow_nan=False),
    st.sampled_from([0, 0.1 + 0.2, 1e-7, 0.85, 123456789.123456789, 5e-324]),
)
CELL = st.one_of(
    st.none(), NUMBER, TEXT, st.booleans(),
    st.dates(date(1901, 1, 1), date(2100, 1, 1)),
    st.datetimes(datetime(1901, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(microsecond=0)),
    st.sampled_from([
        "是", "否", "yes", "3家均支持",
        "均不支持", "不适用", "—", "暂无", "无", "12,450", "１２．５", "12.5万", "85%", "3亿元",
        "约3.2亿", "=1+1", "+86", "'12", " 12 ", "0012", "1e5", "#N/A", "http://example.com", "<a>&\"'", "12\n13", "∅",
    ]),
)  # fmt: skip
UNIT = st.sampled_from([None, "万元", "元", "亿元", "%", "小数", "美元", "个"])
DATE = st.one_of(st.none(), st.sampled_from(["2018-12-31", "2018年底", "去年", 2018.1, 2018, 43465]), TEXT)
WORKBOOK = st.fixed_dictionaries({
    "answers": st.fixed_dictionaries(dict.fromkeys(SLOTS, CELL)),
    "rows": st.lists(st.fixed_dictionaries({"name": TEXT, "reads": CELL, "visits": CELL}), max_size=3),
    "people": st.fixed_dictionaries(dict.fromkeys(PEOPLE, TEXT)),
    "remarks": st.fixed_dictionaries(dict.fromkeys((*SLOTS, "hospitals"), TEXT)),
    "dates": st.fixed_dictionaries(dict.fromkeys((*SLOTS, "hospitals"), DATE)),
    "units": st.fixed_dictionaries(dict.fromkeys(("money", "rate", "total"), UNIT)),
    "evidence": st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=2),
})  # fmt: skip
"""A workbook of all kinds of figures, with anything in any cell."""


def build(spec: Mapping[str, Any]) -> bytes:
    remarks, dates, units, rows = spec["remarks"], spec["dates"], spec["units"], spec["rows"]
    data = fill_workbook(ALL_KINDS, ALL_ASSIGNED, "a", ISSUE, {"answers": spec["answers"], "people": spec["people"]})

    def edit(book: Any) -> None:
        sheet = figures_sheet(book)
        columns = {cell.value: cell.column for cell in sheet[1]}
        for at in range(2, sheet.max_row + 1):
            key = sheet.cell(at, 1).value
            if key in remarks:
                set_cell(sheet.cell(at, columns["remark"]), remarks[key])
                set_cell(sheet.cell(at, columns["as_of"]), dates[key])
            if units.get(key):
                set_cell(sheet.cell(at, columns["unit"]), units[key])
        table = book[label("sheet.table", number=1)]
        for at, row in enumerate(rows, start=6):
            for position, name in enumerate(("name", "reads", "visits"), start=2):
                set_cell(table.cell(at, position), row[name])
        listed = book[label("sheet.evidence")]
        for at, line in enumerate(spec["evidence"], start=5):
            for position, text in enumerate(line, start=5):
                set_cell(listed.cell(at, position), text)

    return edited(data, edit)


def set_cell(cell: Any, value: object) -> None:
    cell.value = value or None if isinstance(value, str) else value
    if isinstance(value, str) and value:
        cell.data_type = "s"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(WORKBOOK)
def test_a_workbook_that_goes_back_says_all_that_the_department_said_and_so_does_a_return_of_a_return(
    spec: Mapping[str, Any],
) -> None:
    first = open_read(build(spec))
    back = sent_back(first)
    second = open_read(back)
    assert said(second) == said(first)
    assert sent_back(open_read(back)) == back == sent_back(second)


FORMULAS_IN_LOOKS: Mapping[str, Any] = {
    "answers": dict.fromkeys(SLOTS, "=Ý"),
    "rows": [{"name": "=A1", "reads": "=1+1", "visits": "=Ý"}],
    "people": dict.fromkeys(PEOPLE, "=Ý"),
    "remarks": dict.fromkeys((*SLOTS, "hospitals"), "=Ý"),
    "dates": dict.fromkeys((*SLOTS, "hospitals"), "=Ý"),
    "units": {"money": "=Ý", "rate": "=Ý", "total": "=Ý"},
    "evidence": [("=Ý", "=Ý", "=Ý")],
}
"""One workbook with texts that begin as formulas do, in every cell that is filled."""


def test_a_text_that_begins_with_an_equals_sign_stays_a_text() -> None:
    first = open_read(build(FORMULAS_IN_LOOKS))
    back = sent_back(first)
    assert said(open_read(back)) == said(first)
    assert {"words-unsaved", "formula-uncached"}.isdisjoint(codes(first.findings))
    book = openpyxl.load_workbook(io.BytesIO(back))
    formulas = [str(cell.value) for sheet in book for row in sheet for cell in row if cell.data_type == "f"]
    assert formulas
    assert not [formula for formula in formulas if "Ý" in formula]


HARD: Mapping[str, Any] = {
    "answers": {
        "total": 12.5, "money": "12.5", "rate": "＝0.85", "done": True, "choice": date(2018, 3, 4), "list.one": "是",
        "list.two": "0012",
    },
    "rows": [{"name": "第一医院", "reads": "约十", "visits": 12}, {"name": "", "reads": 3, "visits": None}],
    "people": dict.fromkeys(PEOPLE, "甲　乙"),
    "remarks": dict.fromkeys((*SLOTS, "hospitals"), "说明：\n第二行"),
    "dates": {**dict.fromkeys(SLOTS, 2018.1), "hospitals": "2018年底"},
    "units": {"money": "亿元", "rate": None, "total": "万个"},
    "evidence": [("", "", "只有备注"), ("材料", "a.pdf", "")],
}  # fmt: skip
"""One workbook with what is easily lost."""


def test_what_is_easily_lost_comes_back() -> None:
    first = open_read(build(HARD))
    assert said(open_read(sent_back(first))) == said(first)


def test_a_number_of_seventeen_digits_comes_back_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    at, key = value_cell("transport", "transit_trips_total"), "transit_trips_total"
    data = with_cell(edited(filled("transport", transit_trips_total=1), lambda _: None), at,
                     f'<c r="{at}"><v>0.30000000000000004</v></c>')  # fmt: skip
    before = read(data)
    back = sent_back(before, "2", CATALOG, ASSIGNMENT)
    assert read(back).answers[key].typed.cell == before.answers[key].typed.cell == 0.30000000000000004
    monkeypatch.setattr(sheets, "_InFull", float)
    assert read(sent_back(before, "2", CATALOG, ASSIGNMENT)).answers[key].typed.cell == 0.3


def _as_text(cell: object, code: str) -> CellContent:
    return CellContent(show_cell(cell))


PLANTED = [
    (answers, "_plain", _as_text, "numbers as texts"),
    (answers, "_as_typed", str, "dates of the data as texts"),
    (answers, "_give_person", lambda *_: None, "people left out"),
    (answers, "_give_table", lambda *_: None, "tables left out"),
    (answers, "_give_evidence", lambda *_: None, "evidence left out"),
    (answers, "_give_beside", lambda *_: None, "remarks left out"),
]


@pytest.mark.parametrize(("where", "name", "fault"), [case[:3] for case in PLANTED], ids=[case[3] for case in PLANTED])
def test_a_writer_that_loses_something_is_caught(
    where: object, name: str, fault: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_read(build(HARD))
    monkeypatch.setattr(where, name, fault)
    assert said(open_read(sent_back(first))) != said(first)


def test_the_rehearsal_citys_workbooks_go_back_as_they_came() -> None:
    """Formulas alone change: a saved result takes the place of its formula, and a formula without one its text."""
    outcome = assess(INBOX)
    assert outcome.whole
    for before in outcome.whole.submissions:
        after = open_read(sent_back(before, "2", CATALOG, ASSIGNMENT), CATALOG, ASSIGNMENT)
        for key, answer in before.answers.items():
            again = after.answers[key]
            assert (again.state, again.value, again.unit, again.as_of, again.remark) == (
                answer.state, answer.value, answer.unit, answer.as_of, answer.remark), key  # fmt: skip
            if not answer.raw.startswith("="):
                assert again.raw == answer.raw
        assert said(after)["tables"] == said(before)["tables"]
        assert said(after)["evidence"] == said(before)["evidence"]
        assert said(after)["people"] == said(before)["people"]


FORMULAS = [
    ('<c r="{at}"><f>12+3</f><v>15</v></c>', 15, "formula with a result"),
    ('<c r="{at}"><f>12+3</f></c>', "=12+3", "formula without one"),
    ('<c r="{at}" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "=1/0", "formula with an error"),
    ('<c r="{at}" t="e"><v>#N/A</v></c>', "#N/A", "error without a formula"),
]


@pytest.mark.parametrize(("xml", "stands"), [case[:2] for case in FORMULAS], ids=[case[2] for case in FORMULAS])
def test_a_formula_never_goes_back_as_one(xml: str, stands: object) -> None:
    data, at = edited(filled(leak_events=1), lambda _: None), value_cell("secrecy", "leak_events")
    submission = check_submission(CATALOG, ASSIGNMENT, read(with_cell(data, at, xml.format(at=at))))
    book = openpyxl.load_workbook(io.BytesIO(sent_back(submission, "2", CATALOG, ASSIGNMENT)))
    cell = figures_sheet(book)[at]
    assert cell.value == stands
    assert cell.data_type != "f"


def test_a_number_shown_in_another_unit_keeps_its_format_and_stays_in_doubt() -> None:
    def edit(book: Any) -> None:
        figures_sheet(book)[value_cell("transport", "transit_trips_total")].number_format = '0.0"亿"'

    before = read(edited(filled("transport", transit_trips_total=3), edit))
    after = read(sent_back(before, "2", CATALOG, ASSIGNMENT))
    assert codes(before.findings).count("format-twofold") == 1
    assert said(after) == said(before)


def test_more_rows_and_lines_than_the_form_has_go_back_all() -> None:
    rows = [{"name": f"医院{number}", "reads": number, "visits": 10} for number in range(1, 10)]

    def edit(book: Any) -> None:
        table = book[label("sheet.table", number=1)]
        for at, row in enumerate(rows, start=6):
            for position, name in enumerate(("name", "reads", "visits"), start=2):
                table.cell(at, position).value = row[name]
        listed = book[label("sheet.evidence")]
        for number in range(1, 7):
            for position, text in ((1, f"L1P1-A1#{number}"), (5, f"材料{number}"), (6, f"{number}.pdf")):
                listed.cell(4 + number, position).value = text

    before = open_read(edited(fill_workbook(ALL_KINDS, ALL_ASSIGNED, "a", ISSUE, {}), edit))
    after = open_read(sent_back(before))
    assert said(after) == said(before)
    assert (len(after.tables["hospitals"].rows), len(after.evidence)) == (9, 6)


# --- who gets one, and what its list says ------------------------------------------------------------------------


def test_a_department_with_nothing_open_gets_nothing_back(tmp_path: Path) -> None:
    assert returned(tmp_path, {"a.xlsx": full("secrecy")}) == ()


def test_one_with_a_faulty_answer_gets_its_workbook_with_the_cell_marked_and_linked(tmp_path: Path) -> None:
    (one,) = returned(tmp_path, {"a.xlsx": full("secrecy", leak_events="约三次")})
    book = openpyxl.load_workbook(io.BytesIO(one.data))
    at = value_cell("secrecy", "leak_events")
    cell = figures_sheet(book)[at]
    assert book.sheetnames[0] == label("sheet.notice")
    assert book.active.title == label("sheet.notice")
    assert (cell.value, cell.fill.fgColor.rgb) == ("约三次", "FFF8C9C4")
    assert label("severity.error") in cell.comment.text
    assert "约三次" in cell.comment.text
    links = [c.hyperlink.location for row in book.worksheets[0].iter_rows() for c in row if c.hyperlink]
    assert links == [f"'{label('sheet.figures')}'!{at}"]
    (problem,) = one.problems
    assert (problem.must, problem.place) == (True, CellPlace(FIGURES, "leak_events", "value"))
    assert problem.stake


def test_the_returned_workbook_is_one_revision_up_and_replaces_what_it_came_from(tmp_path: Path) -> None:
    wrong = full("secrecy", leak_events="约三次")
    (one,) = returned(tmp_path / "1", {"a.xlsx": wrong})
    assert (one.revision, open_workbook(parcel(one.data)).identity.revision) == ("2", "2")
    corrected = edited(one.data, lambda book: figures_sheet(book).__setitem__(value_cell("secrecy", "leak_events"), 3))
    outcome = assess(put(tmp_path / "2", {"a.xlsx": wrong, "b.xlsx": corrected}))
    assert [s.parcel for s in outcome.submissions] == ["b.xlsx"]
    assert outcome.merged.slots["leak_events"].value == 3
    # only that no evidence is listed is left to say
    assert {problem.must for one_more in write_returns(outcome) for problem in one_more.problems} <= {False}
    worse = edited(one.data, lambda book: figures_sheet(book).__setitem__(value_cell("secrecy", "leak_events"), "几次"))
    (again,) = returned(tmp_path / "3", {"a.xlsx": wrong, "b.xlsx": worse})
    assert again.revision == "3"


def test_faults_come_before_doubts_and_the_dearer_before_the_cheaper(tmp_path: Path) -> None:
    outcome = assess(INBOX)
    for one in write_returns(outcome):
        order = [(not problem.must, -Fraction((problem.stake or "0 分").split(" ")[0])) for problem in one.problems]
        assert order == sorted(order)


def test_of_two_workbooks_that_say_different_things_neither_is_chosen(tmp_path: Path) -> None:
    one, two = full("secrecy", leak_events=1), full("secrecy", leak_events=2)
    (back,) = returned(tmp_path, {"a.xlsx": one, "b.xlsx": two})
    after = read(back.data)
    assert after.answers["leak_events"].state is State.BLANK
    front = " ".join(
        str(cell.value) for row in openpyxl.load_workbook(io.BytesIO(back.data)).worksheets[0] for cell in row
    )
    assert "a.xlsx" in front
    assert "b.xlsx" in front
    assert label("notice.several_why") in front
    assert {key: a.value for key, a in after.answers.items() if key != "leak_events"} == {
        key: a.value for key, a in read(one).answers.items() if key != "leak_events"
    }


def test_both_departments_of_a_conflict_get_their_workbook_back() -> None:
    marked = {one.department for one in write_returns(assess(INBOX)) if any("不一致" in p.found for p in one.problems)}
    assert {"gov_data", "service_center"} <= marked or len(marked) == 3


def test_what_has_no_place_is_listed_with_what_stood_there(tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        sheet = figures_sheet(book)
        at = sheet.max_row + 1
        sheet.cell(at, 1).value, sheet.cell(at, 4).value = "schools_total", "四十二所"
        sheet["AZ400"] = "远处"
        listed = book[label("sheet.evidence")]
        listed.cell(listed.max_row + 1, 1).value = "L9P9-A9#1"
        listed.cell(listed.max_row, 5).value = "别处的材料"

    (one,) = returned(tmp_path, {"a.xlsx": edited(full("secrecy", leak_events=""), edit)})
    front = [str(cell.value) for row in openpyxl.load_workbook(io.BytesIO(one.data)).worksheets[0] for cell in row]
    assert {"schools_total", "四十二所", "远处", "别处的材料"} <= set(front)


BESIDE = [
    ("Z6", "旁注", ["outside-form"], "right of an answered row"),
    ("D200", 12, ["outside-form"], "in a row below the form"),
    ("I200", "补充说明", ["outside-form"], "in the remarks of a row of one's own"),
    ("B2", "改过的标题", [], "in the title"),
    ("B5", "改过的指标", [], "in the heading of an indicator"),
    ("D6", 3, [], "an answer"),
    ("D200", " ", [], "a blank"),
]


@pytest.mark.parametrize(("cell", "value", "found"), [case[:3] for case in BESIDE], ids=[case[3] for case in BESIDE])
def test_what_stands_beside_the_form_is_told(cell: str, value: object, found: list[str]) -> None:
    def edit(book: Any) -> None:
        figures_sheet(book)[cell] = value

    submission = read(edited(filled(leak_events=0), edit))
    assert codes(submission.findings) == found
    assert_worded(submission.findings)


def test_every_open_finding_of_a_department_is_in_its_list() -> None:
    outcome = assess(INBOX)
    listed = {one.department: [problem.found for problem in one.problems] for one in write_returns(outcome)}
    for submission in outcome.submissions:
        for finding in submission.findings:
            if severity(finding.code) is Severity.ERROR:
                assert any(finding.parameters.get("label", "") in text for text in listed[submission.department])


def test_the_tasks_are_for_findings_that_exist() -> None:
    assert {code.partition(".")[0] for code in words("todo")} - {"other", "other_must"} <= set(finding_codes())


def test_the_same_inbox_gives_the_same_bytes() -> None:
    first, second = write_returns(assess(INBOX)), write_returns(assess(INBOX))
    assert first == second
    assert len({one.name for one in first}) == len(first) > 10


# --- the folder --------------------------------------------------------------------------------------------------


def folder_of(out: Path) -> dict[str, bytes]:
    folder = out / label("file.returned_folder")
    return {path.name: path.read_bytes() for path in folder.glob("*.xlsx")}


def test_collect_puts_them_into_a_folder_and_takes_away_what_is_settled(tmp_path: Path) -> None:
    inbox, out = put(tmp_path / "in", {"a.xlsx": full("secrecy", leak_events="约三次")}), tmp_path / "out"
    _, done = collect(inbox, out)
    (name,) = folder_of(out)
    assert [path.name for path in done.returned] == [name]
    assert "第2版" in name
    before = folder_of(out)
    collect(inbox, out)
    assert folder_of(out) == before
    put(inbox, {"a.xlsx": full("secrecy")})
    _, done = collect(inbox, out)
    assert (folder_of(out), done.returned, done.kept) == ({}, (), ())


@pytest.mark.parametrize("answer", ["约三次", 3], ids=["still wanted", "not wanted any more"])
def test_a_returned_workbook_that_somebody_has_changed_is_left_and_told(tmp_path: Path, answer: object) -> None:
    inbox, out = put(tmp_path / "in", {"a.xlsx": full("secrecy", leak_events="约三次")}), tmp_path / "out"
    collect(inbox, out)
    (name,) = folder_of(out)
    (out / label("file.returned_folder") / name).write_bytes(b"somebody's work")
    put(inbox, {"a.xlsx": full("secrecy", leak_events=answer)})
    _, done = collect(inbox, out)
    assert folder_of(out) == {name: b"somebody's work"}
    assert [path.name for path in done.kept] == [name]


def test_a_register_that_points_elsewhere_or_is_broken_does_no_harm(tmp_path: Path) -> None:
    inbox, out = put(tmp_path / "in", {"a.xlsx": full("secrecy")}), tmp_path / "out"
    other = put(tmp_path, {"other.txt": b"x"}) / "other.txt"
    for register in (
        b"{",
        b"[1]",
        json.dumps({"../other.txt": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"}).encode(),
    ):
        put(out, {f"{label('file.returned_folder')}/.xlscore-returned.json": register})
        collect(inbox, out)
        assert other.read_bytes() == b"x"


def test_the_date_by_which_it_is_wanted_stands_in_front_and_must_be_one(tmp_path: Path) -> None:
    inbox = put(tmp_path / "in", {"a.xlsx": full("secrecy", leak_events="约三次")})
    collect(inbox, tmp_path / "out", return_by="2019-03-08")
    ((_, data),) = folder_of(tmp_path / "out").items()
    front = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    assert any("2019 年 3 月 8 日" in str(cell.value) for row in front for cell in row)
    with pytest.raises(UsageFault, match="return-by-unreadable"):
        collect(inbox, tmp_path / "out", return_by="8.3.2019")
