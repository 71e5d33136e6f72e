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

import office
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from make_samples import fill_workbook
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
    plan,
    put,
    read,
    small_assignment,
    small_catalog,
    table_figure,
    value_cell,
    with_cell,
)

from smartcity_xl.books import pages as sheets
from smartcity_xl.books.cells import column_name
from smartcity_xl.books.values import show_cell
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import UsageFault
from smartcity_xl.form.checks import check_submission
from smartcity_xl.form.map import FIGURES, PEOPLE, column
from smartcity_xl.form.reading.workbook import open_workbook, read_submission
from smartcity_xl.form.returning import Return, answers, write_returns
from smartcity_xl.form.returning.answers import give_back
from smartcity_xl.form.template import CellContent, CellPlace, Given, Issue, ReturnNotice, write_template
from smartcity_xl.messages import finding_codes, label, severity, words
from smartcity_xl.model import Assignment, Catalog, Severity, State, Submission
from smartcity_xl.run.collecting import assess, collect
from smartcity_xl.run.templates import make_templates

INBOX = Path(__file__).parent.parent / "samples" / "inbox"
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


# --- nothing is lost ------------------------------------------------------------------------------------------------

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


# --- who gets one, and what its list says -----------------------------------------------------------------------


def returned(inbox: Path, files: Mapping[str, bytes]) -> tuple[Return, ...]:
    return write_returns(assess(put(inbox, files)))


def full(department: str, **changes: object) -> bytes:
    """A department's workbook with a plausible answer everywhere, but for these."""
    answers: dict[str, object] = {}
    for key in ASSIGNMENT.figures_for(department):
        for slot in CATALOG.figures[key].slots:
            if slot.fixed is None:
                words_ = [option.label for option in slot.options] or ["否"]
                answers[slot.key] = max(0, int(slot.minimum)) if slot.numeric else words_[0]
    people = {key: "甲" for key in PEOPLE if key.endswith("name")}
    people |= {"leader.phone": "0100-1234567", "contact.mobile": "100-0000-0002", "contact.mail": "a@example.com"}
    return fill_workbook(CATALOG, ASSIGNMENT, department, ISSUE, {
        "answers": {**answers, **changes}, "as_of": "2018-12-31", "people": people,
    })  # fmt: skip


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
    assert set(words("todo")) - {"other"} <= set(finding_codes())


def test_the_same_inbox_gives_the_same_bytes() -> None:
    first, second = write_returns(assess(INBOX)), write_returns(assess(INBOX))
    assert first == second
    assert len({one.name for one in first}) == len(first) > 10


# --- the folder -----------------------------------------------------------------------------------------------------


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


# --- last round's values --------------------------------------------------------------------------------------------


def with_previous(tmp_path: Path, edit: Any = None) -> dict[str, bytes]:
    put(tmp_path / "in", {"a.xlsx": full("transport", transit_trips_total=1250)})
    collect(tmp_path / "in", tmp_path / "out")
    results = json.loads((tmp_path / "out" / "results.json").read_bytes())
    if edit:
        edit(results)
    (tmp_path / "before.json").write_text(json.dumps(results), encoding="utf-8")
    make_templates(tmp_path / "issue", round_="2019", previous=tmp_path / "before.json")
    return {path.name: path.read_bytes() for path in (tmp_path / "issue").iterdir()}


def previous_of(data: bytes, key: str) -> object:
    sheet = figures_sheet(openpyxl.load_workbook(io.BytesIO(data)))
    columns = {cell.value: cell.column for cell in sheet[1]}
    at = next(row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value == key)
    return sheet.cell(at, columns["previous"]).value if "previous" in columns else None


def transport(files: Mapping[str, bytes]) -> bytes:
    return next(data for name, data in files.items() if "交通" in name)


def test_last_rounds_answer_stands_beside_the_cell_and_is_none(tmp_path: Path) -> None:
    files = with_previous(tmp_path)
    unit = CATALOG.slots["transit_trips_total"].unit
    assert previous_of(transport(files), "transit_trips_total") == f"1250 {unit}"
    after = read_submission(open_workbook(parcel(transport(files))), CATALOG, ASSIGNMENT)
    assert all(answer.state is State.BLANK for answer in after.answers.values())
    others = [data for name, data in files.items() if "交通" not in name]
    assert all(previous_of(data, "leak_events") is None for data in others if b"leak_events" in data)


@pytest.mark.parametrize(("field", "other"), [("kind", "share"), ("unit", "another")])
def test_a_figure_that_has_changed_is_not_compared(tmp_path: Path, field: str, other: str) -> None:
    def edit(results: dict[str, Any]) -> None:
        for entry in results["figures"]:
            entry[field] = other

    assert previous_of(transport(with_previous(tmp_path, edit)), "transit_trips_total") is None


def test_without_a_previous_round_a_template_is_the_blank_one(tmp_path: Path) -> None:
    make_templates(tmp_path)
    for department in ASSIGNMENT.departments:
        issue = Issue(ASSIGNMENT.round, ASSIGNMENT.city, ASSIGNMENT.deadline)
        blank = write_template(CATALOG, ASSIGNMENT, department, issue)
        assert any(path.read_bytes() == blank for path in tmp_path.iterdir())


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"figures": [1], "round": ""}', '{"figures": 3}'])
def test_results_that_are_none_are_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageFault, match="results-"):
        make_templates(tmp_path / "issue", previous=path)
    assert run_cli(["make-templates", "--previous", str(tmp_path / "none"), "--out", str(tmp_path / "x")]) == 2


# --- other programs -------------------------------------------------------------------------------------------------


@pytest.mark.office
@pytest.mark.parametrize("program", office.PROGRAMS)
def test_a_returned_workbook_shows_the_checks_of_its_answers_when_it_is_opened(program: str, tmp_path: Path) -> None:
    returns = write_returns(assess(INBOX))
    files = [put(tmp_path, {f"{number}.xlsx": one.data}) / f"{number}.xlsx" for number, one in enumerate(returns)]
    saved = office.recalculate(program, files, tmp_path / "out")
    for file, one in zip(files, returns, strict=True):
        assert office.read_errors(saved[file]) == []
        values = office.read_values(saved[file])[label("sheet.figures")]
        after = check_submission(CATALOG, ASSIGNMENT, read(one.data))
        for key, answer in after.answers.items():
            at = f"{column_name(column(FIGURES, 'number'))}{plan(one.department).row_of[key].row + 1}"
            if isinstance(answer.typed.cell, (int, float)) and answer.value is not None:
                assert Fraction(str(values[at])) == answer.value, (one.name, key)
            elif answer.value is None and not isinstance(answer.typed.cell, date):  # a number to any program
                assert at not in values, (one.name, key)


def test_an_explanation_goes_back_with_the_answers_and_an_explained_doubt_does_not(tmp_path: Path) -> None:
    """A part larger than its whole, explained; something else brings the workbook back."""
    given = {
        "answers": {"credit_units_total": 40, "credit_units_sharing": 41, "credit_leadership": "也许"},
        "explanations": {"credit_units_sharing": "含两家撤并单位"},
    }
    sent = fill_workbook(CATALOG, ASSIGNMENT, "credit", ISSUE, given)
    (back,) = returned(tmp_path, {"a.xlsx": sent})
    assert read(back.data).answers["credit_units_sharing"].explanation == "含两家撤并单位"
    found = " ".join(problem.found for problem in back.problems)
    assert "也许" in found
    assert CATALOG.label("credit_units_sharing") not in found


def test_what_is_missing_beside_the_figures_is_marked_where_it_belongs(tmp_path: Path) -> None:
    answers = {"credit_units_total": 40, "credit_units_sharing": 30, "credit_leadership": "是"}
    listed = [{"indicator": "L2P3-A1", "title": "", "file": "L2P3-A1.pdf"}]
    given = {"answers": answers, "as_of": "2020-06-30", "evidence": listed, "people": {"contact.name": "甲"}}
    (back,) = returned(tmp_path, {"a.xlsx": fill_workbook(CATALOG, ASSIGNMENT, "credit", ISSUE, given)})
    places = {
        (problem.place.role, problem.place.key, problem.place.column) for problem in back.problems if problem.place
    }
    assert {("evidence", "L2P3-A2#1", "file"), ("cover", "leader.name", "value"), ("cover", "contact.phone", "value"),
            ("figures", "credit_units_total", "as_of")} <= places  # fmt: skip
