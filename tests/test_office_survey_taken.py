"""A survey's result in the summary, and its commands."""

from __future__ import annotations

import io
import json
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from make_samples import fill_workbook
from make_survey import EXAMPLE, HEADS, survey_rows, write_csv
from office import PROGRAMS, read_values, recalculate, spoil_cached
from questionnaires import Edit, as_xlsx, blank_form, both, change, change_setting, form, lost, responses, scored
from several import hold
from support import ASSIGNMENT, CATALOG, ISSUE, assert_worded, edited, identified, put, small_catalog
from support import figure as small_figure

from smartcity_xl.catalog.combine import lay_together
from smartcity_xl.catalog.load import load_catalog
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import NothingUsable
from smartcity_xl.form.map import COLUMNS, FIGURES, SURVEY, column
from smartcity_xl.messages import label
from smartcity_xl.model import Finding, Outcome, Standing
from smartcity_xl.office.survey.form import ANSWERS, QUESTIONS, SCALES, SETTING_KEYS
from smartcity_xl.office.survey.read import read_questionnaire
from smartcity_xl.office.survey.score import SurveyResult
from smartcity_xl.office.survey.take import survey_slot, survey_slots
from smartcity_xl.run.collecting import assess, needs_a_person
from smartcity_xl.run.surveys import score_survey

F = Fraction

# --- 300 responses, worked by hand -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[SurveyResult, Path]:
    folder = tmp_path_factory.mktemp("example")
    file, out = folder / "答卷.csv", folder / "市民体验得分.xlsx"
    file.write_bytes(write_csv(survey_rows(), "gb18030"))
    edits = [change_setting("city", "云溪市"), change_setting("round", "2018"), change_setting("as_of", "2018-12-20")]
    return score_survey(form(folder, *edits), [file], out)[0], out


# --- into the summary --------------------------------------------------------------------------------------------

SLOT = survey_slot(CATALOG)
OFFICE = ASSIGNMENT.office


@cache
def office_book(score: float | str | None) -> bytes:
    answers = {} if score is None or SLOT is None else {SLOT.key: score}
    return fill_workbook(CATALOG, ASSIGNMENT, OFFICE, ISSUE, {"answers": answers, "as_of": "2018-12-31"})


@cache
def other_book() -> bytes:
    department = next(key for key in ASSIGNMENT.departments if key != OFFICE)
    return fill_workbook(CATALOG, ASSIGNMENT, department, ISSUE, {"answers": {}})


def collected(tmp_path: Path, **files: bytes) -> Outcome:
    inbox = put(tmp_path / "inbox", {f"{name}.xlsx": data for name, data in files.items()})
    outcome = assess(inbox)
    assert_worded(outcome.findings)
    return outcome


def survey_answer(outcome: Outcome) -> Any:
    assert SLOT
    return outcome.merged.slots[SLOT.key]


def codes(outcome: Outcome) -> list[str]:
    """The findings about the survey and its figure."""
    assert SLOT
    return [f.code for f in outcome.findings if f.code.startswith("survey") or f.figure == SLOT.key]


def test_the_figure_is_found_through_the_catalog() -> None:
    assert SLOT
    assert CATALOG.category_of[CATALOG.used_by[SLOT.figure][0]].dimension == CATALOG.survey_dimension
    assert survey_slot(small_catalog(small_figure("total"))) is None


def test_the_score_flows_into_the_summary_with_its_origin(example: tuple[SurveyResult, Path], tmp_path: Path) -> None:
    inbox = put(tmp_path / "inbox", {"other.xlsx": other_book(), "问卷/市民体验得分.xlsx": example[1].read_bytes()})
    out = tmp_path / "out"
    assert run_cli(["collect", str(inbox), "--out", str(out)]) == 1
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert SLOT
    (figure,) = (entry for entry in results["figures"] if entry["key"] == SLOT.key)
    at = f"C{row_of('score')}"
    (answer,) = figure["answers"]
    assert answer == {
        "department": OFFICE, "state": "value", "value": "70.92", "raw": "70.92", "unit": "分", "as_of": "2018-12-20",
        "remark": "问卷调查，计入答卷 300 份，95% 区间 68.51 至 73.32", "explanation": "", "used": True,
        "file": "问卷/市民体验得分.xlsx", "sheet": "总览", "cell": at, "rows": None,
    }  # fmt: skip
    assert results["total"]["score"] == "28.37"  # 40 % of 70.92 is 28.368
    (office,) = (entry for entry in results["departments"] if entry["key"] == OFFICE)
    assert (office["reported"], office["files"]) == (False, [])
    (file,) = (entry for entry in results["files"] if entry["file"].startswith("问卷"))
    assert (file["status"], file["department"], file["reasons"]) == ("taken", OFFICE, [])
    book = openpyxl.load_workbook(out / "汇总.xlsx", data_only=True)
    code = CATALOG.used_by[SLOT.figure][0]
    breakdown = [row for row in book["指标得分"].iter_rows(values_only=True) if row[0] == code][-1]
    assert breakdown[3] == 70.92
    adopted = [row for row in book["采用数据"].iter_rows(values_only=True) if row[0] == code][-1]
    assert (adopted[5], adopted[7], adopted[8]) == (
        70.92,
        "评价工作办公室（市发展改革委、市网信办）",
        "采用 1 / 收到 1",
    )
    given = [row for row in book["全部答复"].iter_rows(values_only=True) if row[0] == code][-1]
    assert (given[8], given[9], given[10]) == ("是", "2018-12-20", answer["remark"])
    assert given[12:15] == ("问卷/市民体验得分.xlsx", "总览", at)


def row_of(key: str) -> int:
    """The row of a number that is read back, as people count: the score stands in the seventh."""
    keys = ("score", "low", "high", "number", "total", "squares", "least", "as_of")
    return 7 + keys.index(key)


def test_one_typed_number_still_works(tmp_path: Path) -> None:
    outcome = collected(tmp_path, office=office_book(81.5))
    assert (survey_answer(outcome).value, codes(outcome)) == (F("81.5"), [])


def test_a_result_beside_a_blank_in_the_offices_own_workbook(
    example: tuple[SurveyResult, Path], tmp_path: Path
) -> None:
    outcome = collected(tmp_path, office=office_book(None), survey=example[1].read_bytes())
    assert (survey_answer(outcome).value, codes(outcome)) == (F("70.92"), [])
    (office,) = (status for status in outcome.departments if status.department.key == OFFICE)
    alone = collected(tmp_path / "alone", office=office_book(None))
    (before,) = (status for status in alone.departments if status.department.key == OFFICE)
    assert (office.files, office.asked) == (("office.xlsx",), before.asked - 1)
    assert "missing" in codes(alone)


def test_a_typed_number_that_agrees_counts_once(example: tuple[SurveyResult, Path], tmp_path: Path) -> None:
    outcome = collected(tmp_path, office=office_book(70.92), survey=example[1].read_bytes())
    merged = survey_answer(outcome)
    assert (merged.value, len(merged.used), codes(outcome)) == (F("70.92"), 2, [])
    assert "several-workbooks" not in [finding.code for finding in outcome.findings]


def test_a_typed_number_that_differs_is_a_conflict(example: tuple[SurveyResult, Path], tmp_path: Path) -> None:
    outcome = collected(tmp_path, office=office_book(81.5), survey=example[1].read_bytes())
    merged = survey_answer(outcome)
    assert (merged.standing, merged.value, codes(outcome)) == (Standing.CONFLICT, None, ["conflict"])
    (conflict,) = (finding for finding in outcome.findings if finding.code == "conflict")
    assert {"81.5分", "70.92分"} <= set(conflict.parameters["sides"].replace("（", " ").split())


def another_result(tmp_path: Path, number: int = 300, ending: int = 0) -> bytes:
    """The results of the same survey without some of its responses."""
    folder = tmp_path / "another"
    folder.mkdir(parents=True, exist_ok=True)
    file, out = folder / "答卷.csv", folder / "r.xlsx"
    rows = survey_rows()
    file.write_bytes(write_csv([rows[0], *rows[1 + ending : 1 + number]]))
    edits = [change_setting("round", "2018"), change_setting("as_of", "2018-12-20")]
    score_survey(form(folder, *edits), [file], out, overwrite=True)
    return out.read_bytes()


def test_two_different_results_are_a_conflict(example: tuple[SurveyResult, Path], tmp_path: Path) -> None:
    outcome = collected(tmp_path, a=example[1].read_bytes(), b=another_result(tmp_path, 100), other=other_book())
    assert (survey_answer(outcome).standing, codes(outcome)) == (Standing.CONFLICT, ["conflict"])


def test_a_result_of_few_responses_counts_and_is_told(tmp_path: Path) -> None:
    outcome = collected(tmp_path, survey=another_result(tmp_path, 12), other=other_book())
    assert (survey_answer(outcome).value, codes(outcome)) == (F("70.92"), ["survey-few"])
    assert needs_a_person(outcome)


def test_a_result_of_one_response_has_no_interval(tmp_path: Path) -> None:
    outcome = collected(tmp_path, survey=another_result(tmp_path, 1), other=other_book())
    (answer,) = survey_answer(outcome).used
    assert (answer.value, answer.remark) == (100, "问卷调查，计入答卷 1 份")


def on_sheet(sheet: str, cell: str, value: Any) -> Edit:
    return lambda book: setattr(book[sheet][cell], "value", value)


TAMPERED: dict[str, tuple[str, Edit]] = {
    "the score alone": ("survey-edited", on_sheet("总览", "C7", 88.88)),
    "the score as text": ("survey-edited", on_sheet("总览", "C7", "88.88")),
    "the score as a formula": ("survey-edited", on_sheet("总览", "C7", "=70.92")),
    "the score taken out": ("survey-edited", on_sheet("总览", "C7", None)),
    "the exact score alone": ("survey-edited", on_sheet("总览", "F7", "88.88")),
    "the score in both places": (
        "survey-edited", both(on_sheet("总览", "C7", 88.88), on_sheet("总览", "F7", "88.88"))),
    "a bound": ("survey-edited", on_sheet("总览", "C8", 60)),
    "the number of responses alone": ("survey-edited", on_sheet("总览", "C10", 3000)),
    "the number of responses in both places": (
        "survey-edited", both(on_sheet("总览", "C10", 3000), on_sheet("总览", "F10", "3000"))),
    "the squares in both places": (
        "survey-edited", both(on_sheet("总览", "C12", 1), on_sheet("总览", "F12", "1"))),
    "score and sum, not the groups": (
        "survey-edited",
        both(on_sheet("总览", "C7", 80), on_sheet("总览", "F7", "80"), on_sheet("总览", "C11", 24000),
             on_sheet("总览", "F11", "24000"), on_sheet("总览", "C12", 2048756.25),
             on_sheet("总览", "F12", "2048756.25"))),
    "all numbers, to a score above 100": (
        "survey-broken",
        both(on_sheet("总览", "C7", 150), on_sheet("总览", "F7", "150"), on_sheet("总览", "C11", 45000),
             on_sheet("总览", "F11", "45000"), on_sheet("总览", "C12", 6750000), on_sheet("总览", "F12", "6750000"),
             on_sheet("总览", "C8", 100), on_sheet("总览", "C9", 100),
             lambda book: book["分组结果"].delete_rows(6, 5))),
    "another decimal of the score": (
        "survey-broken", both(on_sheet("总览", "C7", 70.917), on_sheet("总览", "F7", "70.917"))),
    "a group's score": ("survey-edited", on_sheet("分组结果", "F6", 99)),
    "a group's bound": ("survey-edited", on_sheet("分组结果", "H6", 99)),
    "a group's number": ("survey-edited", on_sheet("分组结果", "D6", 15)),
    "a group taken out": ("survey-edited", lambda book: book["分组结果"].delete_rows(6)),
    "a group's sum taken out": ("survey-broken", on_sheet("分组结果", "J6", None)),
    "no response": ("survey-empty", both(on_sheet("总览", "C10", 0), on_sheet("总览", "F10", "0"))),
    "a row taken out": ("survey-broken", lambda book: book["总览"].delete_rows(11)),
    "an exact number taken out": ("survey-broken", on_sheet("总览", "F11", None)),
    "half a response": ("survey-broken", on_sheet("总览", "F10", "300.5")),
    "the groups taken out": ("survey-broken", lambda book: book.remove(book["分组结果"])),
    "the column of values taken out": ("survey-edited", lambda book: book["总览"].delete_cols(3)),
}  # fmt: skip


@pytest.mark.parametrize(("code", "edit"), TAMPERED.values(), ids=TAMPERED)
def test_an_edited_result_is_refused(example: tuple[SurveyResult, Path], tmp_path: Path, code: str, edit: Edit) -> None:
    data = edited(unmerged(example[1].read_bytes()), edit)
    outcome = collected(tmp_path, survey=data, other=other_book())
    assert (survey_answer(outcome).standing, codes(outcome)) == (Standing.MISSING, [code])
    (finding,) = (finding for finding in outcome.findings if finding.code == code)
    assert finding.origin.file == "survey.xlsx"
    if code == "survey-edited" and finding.origin.cell:
        assert finding.origin.sheet in ("总览", "分组结果")


@cache
def unmerged(data: bytes) -> bytes:
    """Without merged cells, which openpyxl leaves in place when rows and columns go."""

    def edit(book: Any) -> None:
        for sheet in book:
            for area in list(sheet.merged_cells.ranges):
                sheet.unmerge_cells(str(area))

    return edited(data, edit)


def test_a_saved_copy_with_moved_rows_and_another_sheet_name_still_counts(
    example: tuple[SurveyResult, Path], tmp_path: Path
) -> None:
    def edit(book: Any) -> None:
        book["总览"].insert_rows(6, 2)
        book["总览"].title = "结果"
        book["分组结果"].insert_cols(4)

    outcome = collected(tmp_path, survey=edited(unmerged(example[1].read_bytes()), edit), other=other_book())
    assert survey_answer(outcome).value == F("70.92")


ELSEWHERE = {"another city": {"city": "清溪市"}, "another round": {"round": "2019"}}


@pytest.mark.parametrize("fields", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_result_of_another_city_or_round_does_not_count(
    example: tuple[SurveyResult, Path], tmp_path: Path, fields: dict[str, str]
) -> None:
    outcome = collected(tmp_path, survey=identified(example[1].read_bytes(), **fields), other=other_book())
    assert (survey_answer(outcome).standing, codes(outcome)) == (Standing.MISSING, ["survey-elsewhere"])


def test_a_result_alone_in_the_inbox_is_told(example: tuple[SurveyResult, Path], tmp_path: Path) -> None:
    with pytest.raises(NothingUsable, match="no-templates"):
        collected(tmp_path, survey=example[1].read_bytes())


def test_the_same_result_twice_counts_once(example: tuple[SurveyResult, Path], tmp_path: Path) -> None:
    outcome = collected(tmp_path, a=example[1].read_bytes(), b=example[1].read_bytes(), other=other_book())
    assert [receipt.status for receipt in outcome.receipts if receipt.parcel != "other.xlsx"] == ["taken", "duplicate"]
    assert survey_answer(outcome).value == F("70.92")


def test_a_finding_is_told_for_the_system_that_takes_no_survey(example: tuple[SurveyResult, Path]) -> None:
    from msgspec.structs import replace
    from support import parcel

    from smartcity_xl.form.reading.workbook import open_workbook
    from smartcity_xl.office.survey.take import take_survey

    book = open_workbook(parcel(example[1].read_bytes()))
    campaign = replace(book.identity, catalog="small")
    found = take_survey(book, replace(CATALOG, survey_dimension=""), ASSIGNMENT, campaign)
    assert isinstance(found, Finding)
    assert found.code == "survey-unasked"
    assert_worded([found])


# --- several systems, and an office that is asked for nothing ----------------------------------------------------


def results_for(tmp_path: Path, city: str, round_: str) -> bytes:
    folder = tmp_path / "results"
    folder.mkdir()
    file, out = folder / "答卷.csv", folder / "r.xlsx"
    file.write_bytes(write_csv(survey_rows()))
    score_survey(form(folder, change_setting("city", city), change_setting("round", round_)), [file], out)
    return out.read_bytes()


def test_one_survey_answers_every_system_that_asks_for_it(tmp_path: Path) -> None:
    """In the sharing-out the figure is asked of a department, and the office of nothing: it is that one's answer."""
    whole = lay_together([load_catalog(system) for system in ("cn-2018", "gbt33356-2022-city", "db37-3890-zoucheng")])
    campaign = hold(tmp_path, whole)
    asked, city = campaign.assignment.asked, campaign.assignment.city
    slots = {slot.key for slot in survey_slots(whole)}
    for path in campaign.inbox.iterdir():  # nobody has typed a number
        path.write_bytes(edited(path.read_bytes(), lambda book: clear(book, slots)))
    put(campaign.inbox, {"survey.xlsx": results_for(tmp_path, city, campaign.assignment.round)})
    out = tmp_path / "out"
    assert run_cli(["collect", str(campaign.inbox), "--assignment", str(campaign.book), "--out", str(out)]) in (0, 1)
    found = {}
    for path in out.glob("results-*.json"):
        results = json.loads(path.read_text(encoding="utf-8"))
        figures = [figure for figure in results["figures"] if figure["key"] in slots]
        found[results["catalog"]["id"]] = [figure["value"] for figure in figures]
        for figure in figures:
            assert {answer["department"] for answer in figure["answers"]} == {asked[figure["key"]][0]}
        assert "survey-unasked" not in {finding["code"] for finding in results["findings"]}
    assert found == {"cn-2018": ["70.92"], "gbt33356-2022-city": ["70.92"], "db37-3890-zoucheng": []}


def clear(book: Any, slots: set[str]) -> None:
    sheet = book[label("sheet.figures")]
    keys, values = (column(FIGURES, name) + 1 for name in ("key", "value"))
    for row in range(1, sheet.max_row + 1):
        if sheet.cell(row, keys).value in slots:
            sheet.cell(row, values).value = None


# --- the commands ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_from_the_form_to_the_score(tmp_path: Path, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    book, file, out = tmp_path / "问卷.xlsx", tmp_path / "a.csv", tmp_path / "得分.xlsx"
    file.write_bytes(write_csv(survey_rows()))
    assert run_cli(["--lang", language, "survey", "form", "--out", str(book)]) == 0
    assert str(book) in capsys.readouterr().out
    arguments = ["--lang", language, "survey", "score", str(book), str(file), "--out", str(out)]
    assert run_cli(arguments) == 1  # responses were dropped: a person should look
    told = capsys.readouterr().out
    assert "70.92" in told
    assert "68.51" in told
    assert "300" in told
    file.write_bytes(write_csv([HEADS, *survey_rows()[1:101]]))
    assert run_cli(arguments) == 2  # another result stands there
    assert "--overwrite" in capsys.readouterr().err
    assert run_cli([*arguments, "--overwrite"]) == 0  # nothing dropped, and 100 are not too few
    assert run_cli(["survey", "form", "--out", str(book)]) == 0  # the same bytes: nothing to ask


def test_a_faulty_questionnaire_ends_with_its_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = form(tmp_path, change(QUESTIONS, 0, "weight", 0.1))
    file = responses(tmp_path, "甲 乙\n满意 4")
    assert run_cli(["--lang", "zh", "survey", "score", str(path), str(file), "--out", str(tmp_path / "o.xlsx")]) == 2
    told = capsys.readouterr().err
    assert "题目!E6: 权重合计 90%（E6:E11），应为 100%" in told


def test_the_settings_stand_in_the_order_of_the_form() -> None:
    assert set(EXAMPLE["settings"]) == set(SETTING_KEYS)
    assert COLUMNS[SURVEY][2] == "value"


# --- saved by other programs -------------------------------------------------------------------------------------

CHECKS: dict[str, tuple[str, str, Edit]] = {
    "weights that do not make 100 %": ("题目!F2", "权重合计 90.0%，应为 100%", change(QUESTIONS, 0, "weight", 0.1)),
    "no scale": ("题目!F6", "未选量表", change(QUESTIONS, 0, "scale", None)),
    "an unknown scale": ("题目!F6", "“量表”里没有", change(QUESTIONS, 0, "scale", "满")),
    "a weight of 15": ("题目!F6", "权重应为 0% 至 100%", change(QUESTIONS, 0, "weight", 15)),
    "half a range": ("量表!H8", "数值范围的四格没有填全", change(SCALES, 2, "high", None)),
    "an empty range": ("量表!H8", "最小数应小于最大数", change(SCALES, 2, "high", 0)),
    "a scale of nothing": ("量表!H10", "“文字答案”里也没有", change(SCALES, 4, "name", "空量表")),
    "points above 100": ("文字答案!E6", "应为 0 至 100，或“不计”", change(ANSWERS, 0, "points", 101)),
    "an answer of an unknown scale": ("文字答案!E6", "“量表”里没有", change(ANSWERS, 0, "scale", "满")),
    "an answer without words": ("文字答案!E6", "缺答案", change(ANSWERS, 0, "answer", None)),
}  # fmt: skip


@pytest.mark.office
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_live_checks_say_what_is_wrong_and_the_saved_questionnaire_is_the_same(
    program: str, tmp_path: Path
) -> None:
    """Every check is spoilt before the program recalculates it, so that what it says is its own."""
    files = {name: tmp_path / f"{number}.xlsx" for number, name in enumerate(["the example", *CHECKS])}
    for name, path in files.items():
        path.write_bytes(edited(blank_form(), CHECKS[name][2]) if name in CHECKS else spoil_cached(blank_form()))
    saved = recalculate(program, list(files.values()), tmp_path / "saved")
    for name, (at, said, _) in CHECKS.items():
        sheet, cell = at.split("!")
        assert read_values(saved[files[name]])[sheet].get(cell) == said, name
    shown, cached = read_values(saved[files["the example"]]), read_values(io.BytesIO(blank_form()))
    for sheet, letter in (("题目", "F"), ("量表", "H"), ("文字答案", "E")):
        checks = [f"{letter}{row}" for row in range(2, 60)]
        assert [shown[sheet].get(cell) for cell in checks] == [cached[sheet].get(cell) for cell in checks]
    again = saved[files["the example"]].rename(tmp_path / "调查问卷.xlsx")
    assert read_questionnaire(again) == read_questionnaire(form(tmp_path / "saved"))


@pytest.mark.office
@pytest.mark.parametrize("program", PROGRAMS)
def test_results_and_responses_that_another_program_saved_count_as_before(
    example: tuple[SurveyResult, Path], program: str, tmp_path: Path
) -> None:
    table = tmp_path / "答卷.xlsx"
    table.write_bytes(as_xlsx(survey_rows()))
    result = tmp_path / "市民体验得分.xlsx"
    result.write_bytes(example[1].read_bytes())
    saved = recalculate(program, [table, result], tmp_path / "saved")
    again = scored(form(tmp_path), saved[table])
    assert (again.estimate, lost(again)) == (example[0].estimate, lost(example[0]))
    outcome = collected(tmp_path, survey=saved[result].read_bytes(), other=other_book())
    assert (survey_answer(outcome).value, codes(outcome)) == (F("70.92"), [])
