"""Each check, in two tables: where it stays silent, and where it speaks. And every finding has words."""

from __future__ import annotations

import ast
import string
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from support import answer, assert_worded, codes, figure, small_assignment, small_catalog, submission, table_figure

import smartcity_xl
from smartcity_xl.form.checks import (
    CHECKS,
    SHEET_CHECKS,
    Check,
    check_submission,
    mark_decimals,
    not_applicable,
    part_of_whole,
    required,
    same_value,
    share_scale,
    unit_scale,
    valid_range,
    whole_number,
)
from smartcity_xl.form.checks.numbers import numbers
from smartcity_xl.messages import LANGUAGES, finding_codes, severity
from smartcity_xl.model import Finding, Origin, Severity, State

CATALOG = small_catalog(
    figure("total"), figure("part", part_of="total"), figure("again", same_as="total"),
    figure("fixed", fixed="10"), figure("of_fixed", part_of="fixed"),
    figure("land", "area", unit="平方公里", max=10_000), figure("people", unit="人", max=100_000_000),
    figure("rate", "share"), figure("area", "area", min=1, max="99.5"), figure("yes", "yesno"),
    figure("mark", "points", unit="分", max=100),
    figure("list", "checklist", merge="any", items=[{"key": "x", "label": "甲"}, {"key": "y", "label": "乙"}]),
    figure("pick", "choice", options=[{"key": "one", "label": "一"}, {"key": "two", "label": "二"}]),
    table_figure(),
)  # fmt: skip
ASSIGNMENT = small_assignment(CATALOG, "a", "b")


def told(check: Check, given: Mapping[str, object], tables: Any = None, **fields: Any) -> list[Finding]:
    found = list(check(CATALOG, ASSIGNMENT, submission(CATALOG, given, tables, **fields)))
    assert_worded(found)
    return found


def hospitals(*rows: tuple[object, object]) -> dict[str, list[tuple[str, dict[str, object]]]]:
    return {"hospitals": [(f"第{n}", {"reads": reads, "visits": visits}) for n, (reads, visits) in enumerate(rows)]}


SILENT: list[tuple[Check, str, Mapping[str, object], Any]] = [
    (required.check, "a number", {"total": 5}, None),
    (required.check, "nought", {"total": 0}, None),
    (required.check, "not applicable", {"total": "不适用"}, None),
    (required.check, "what cannot be read is told by the reader", {"total": "约5"}, None),
    (required.check, "a table with rows", {}, hospitals((1, 2))),
    (required.check, "a table that does not apply", {}, {"hospitals": State.NOT_APPLICABLE}),
    (required.check, "a table that cannot be read", {}, {"hospitals": State.UNREADABLE}),
    (not_applicable.check, "a number", {"total": 5}, None),
    (not_applicable.check, "blank", {"total": None}, None),
    (not_applicable.check, "a filler", {"total": "—"}, None),
    (not_applicable.check, "a blank table", {}, {"hospitals": State.BLANK}),
    (valid_range.check, "nought", {"total": 0}, None),
    (valid_range.check, "the largest", {"total": 1000}, None),
    (valid_range.check, "the smallest", {"area": 1}, None),
    (valid_range.check, "the largest, a decimal", {"area": 99.5}, None),
    (valid_range.check, "all of it", {"rate": 100}, None),
    (valid_range.check, "no number", {"total": "约5000"}, None),
    (valid_range.check, "yes", {"yes": "是", "pick": "二"}, None),
    (valid_range.check, "a table", {}, hospitals((0, 1000))),
    (unit_scale.check, "a number in range", {"total": 1000}, None),
    (unit_scale.check, "no unit would bring it back", {"total": 100_000_000}, None),
    (unit_scale.check, "a count of which a tenth is no count", {"total": 1001}, None),
    (unit_scale.check, "negative", {"total": -10}, None),
    (unit_scale.check, "no number", {"total": "约50000"}, None),
    (unit_scale.check, "yes", {"yes": "是"}, None),
    (whole_number.check, "a whole number", {"total": 5}, None),
    (whole_number.check, "a whole float", {"total": 5.0}, None),
    (whole_number.check, "a whole number with noughts", {"total": "5.00"}, None),
    (whole_number.check, "an area", {"area": 1.5}, None),
    (whole_number.check, "a share", {"rate": 85.5}, None),
    (mark_decimals.check, "a whole mark", {"mark": 61}, None),
    (mark_decimals.check, "two decimals", {"mark": 61.36}, None),
    (mark_decimals.check, "two decimals and noughts", {"mark": "61.3600"}, None),
    (mark_decimals.check, "a share", {"rate": 61.3625}, None),
    (share_scale.check, "a percentage", {"rate": 86}, None),
    (share_scale.check, "a little above 1", {"rate": 1.01}, None),
    (share_scale.check, "nought", {"rate": 0}, None),
    (share_scale.check, "half a per cent, said so", {"rate": "0.5%"}, None),
    (share_scale.check, "half a per cent, given per mille", {"rate": "5‰"}, None),
    (share_scale.check, "half a per cent, given as a decimal", {"rate": "0.005小数"}, None),
    (share_scale.check, "half a per cent, with a full-width sign", {"rate": "0.5％"}, None),
    (share_scale.check, "half a per cent, with blanks after", {"rate": "0.5% \u3000"}, None),
    (share_scale.check, "half a per cent, with a zero-width blank after", {"rate": "0.5%\u200b"}, None),
    (share_scale.check, "a count of 1", {"total": 1}, None),
    (share_scale.check, "an area of 1", {"area": 1}, None),
    (part_of_whole.check, "less", {"total": 5, "part": 4}, None),
    (part_of_whole.check, "equal", {"total": 5, "part": 5}, None),
    (part_of_whole.check, "nothing of nothing", {"total": 0, "part": 0}, None),
    (part_of_whole.check, "a whole that is blank", {"total": None, "part": 4}, None),
    (part_of_whole.check, "a whole that cannot be read", {"total": "约3", "part": 4}, None),
    (part_of_whole.check, "a whole that others give", {"part": 4}, None),
    (part_of_whole.check, "a part that is blank", {"total": 5, "part": None}, None),
    (part_of_whole.check, "as much as a fixed whole", {"of_fixed": 10}, None),
    (part_of_whole.check, "rows of a table", {}, hospitals((1, 2), (2, 2))),
    (part_of_whole.check, "a row of a table that is not complete", {}, hospitals((1, None))),
    (same_value.check, "the same", {"total": 5, "again": 5}, None),
    (same_value.check, "the same, one as text", {"total": 5, "again": "５"}, None),
    (same_value.check, "one blank", {"total": 5, "again": None}, None),
    (same_value.check, "one that others give", {"again": 5}, None),
    (same_value.check, "one that cannot be read", {"total": "约5", "again": 6}, None),
]
SPEAKS: list[tuple[Check, str, Mapping[str, object], Any, list[str]]] = [
    (required.check, "blank", {"total": None}, None, ["missing"]),
    (required.check, "blanks", {"total": " "}, None, ["missing"]),
    (required.check, "blank items of the lead department", {"list.x": "是", "list.y": None}, None, ["missing"]),
    (required.check, "a filler", {"total": "—"}, None, ["filler"]),
    (required.check, "a filler for a choice", {"yes": "无"}, None, ["filler"]),
    (required.check, "a block of blanks once", {"total": None, "part": None, "rate": 5}, None, ["missing"]),
    (required.check, "a blank table", {}, {"hospitals": State.BLANK}, ["missing"]),
    (not_applicable.check, "without a reason", {"total": "不适用"}, None, ["reason-missing"]),
    (not_applicable.check, "a choice, without a reason", {"yes": "不适用"}, None, ["reason-missing"]),
    (not_applicable.check, "a table, without a reason", {}, {"hospitals": State.NOT_APPLICABLE}, ["reason-missing"]),
    (valid_range.check, "one too many", {"total": 1001}, None, ["out-of-range"]),
    (valid_range.check, "a hair too much", {"area": 99.51}, None, ["out-of-range"]),
    (valid_range.check, "negative", {"total": -1}, None, ["out-of-range"]),
    (valid_range.check, "less than the least", {"area": 0.99}, None, ["out-of-range"]),
    (valid_range.check, "more than all", {"rate": 100.01}, None, ["out-of-range"]),
    (valid_range.check, "as text", {"total": "1,001"}, None, ["out-of-range"]),
    (valid_range.check, "a cell of a table", {}, hospitals((1, 1001), (-1, 2)), ["out-of-range", "out-of-range"]),
    (whole_number.check, "half a thing", {"total": 5.5}, None, ["not-whole"]),
    (whole_number.check, "a hair more", {"total": 5.000001}, None, ["not-whole"]),
    (whole_number.check, "a percentage of Excel", {"total": 0.85}, None, ["not-whole"]),
    (whole_number.check, "a cell of a table", {}, hospitals((0.5, 2)), ["not-whole"]),
    (mark_decimals.check, "three decimals", {"mark": 61.365}, None, ["mark-decimals"]),
    (mark_decimals.check, "a mean of four marks", {"mark": 61.3625}, None, ["mark-decimals"]),
    (mark_decimals.check, "typed as text", {"mark": "61.3625"}, None, ["mark-decimals"]),
    (unit_scale.check, "a nought too many", {"total": 5000}, None, ["unit-suspected"]),
    (unit_scale.check, "ten thousand times too many", {"total": 5_000_000}, None, ["unit-suspected"]),
    (unit_scale.check, "ten times too few", {"area": 0.5}, None, ["unit-suspected"]),
    (unit_scale.check, "a share of 8500", {"rate": 850}, None, ["unit-suspected"]),
    (unit_scale.check, "square metres for square kilometres", {"land": 152_000_000}, None, ["unit-suspected"]),
    (unit_scale.check, "people typed as ten thousands of people", {"people": "1250000万"}, None, ["unit-suspected"]),
    (unit_scale.check, "a cell of a table", {}, hospitals((1, 5000)), ["unit-suspected"]),
    (share_scale.check, "0.86", {"rate": 0.86}, None, ["share-scale"]),
    (share_scale.check, "1", {"rate": 1}, None, ["share-scale"]),
    (share_scale.check, "a very small one", {"rate": 0.0001}, None, ["share-scale"]),
    (share_scale.check, "as text without a sign", {"rate": "0.86"}, None, ["share-scale"]),
    (part_of_whole.check, "more", {"total": 5, "part": 6}, None, ["part-exceeds-whole"]),
    (part_of_whole.check, "something of nothing", {"total": 0, "part": 1}, None, ["part-exceeds-whole"]),
    (part_of_whole.check, "more than a fixed whole", {"of_fixed": 11}, None, ["part-exceeds-whole"]),
    (part_of_whole.check, "a row of a table", {}, hospitals((3, 2), (1, 2)), ["part-exceeds-whole"]),
    (same_value.check, "another", {"total": 5, "again": 6}, None, ["same-differs"]),
    (same_value.check, "nought", {"total": 5, "again": 0}, None, ["same-differs"]),
]


def name(check: Check, case: str) -> str:
    return f"{check.__module__.rpartition('.')[2]}: {case}"


@pytest.mark.parametrize(("check", "given", "tables"), [pytest.param(c, g, t, id=name(c, n)) for c, n, g, t in SILENT])
def test_a_check_stays_silent(check: Check, given: Mapping[str, object], tables: Any) -> None:
    assert told(check, given, tables) == []


@pytest.mark.parametrize(
    ("check", "given", "tables", "expected"), [pytest.param(c, g, t, e, id=name(c, n)) for c, n, g, t, e in SPEAKS]
)
def test_a_check_speaks(check: Check, given: Mapping[str, object], tables: Any, expected: list[str]) -> None:
    found = told(check, given, tables)
    assert codes(found) == expected
    assert all(finding.department == "a" and finding.figure and finding.origin.file == "a.xlsx" for finding in found)


def tabled(table: str) -> set[str]:
    """What stands first in the rows of the tables of one name, in all files of tests: ``required.check``."""
    found = set()
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.parse(text).body if f"\n{table}: " in text else ():
            if (
                isinstance(node, ast.AnnAssign)
                and ast.unparse(node.target) == table
                and isinstance(node.value, ast.List)
            ):
                found |= {ast.unparse(row.elts[0]) for row in node.value.elts if isinstance(row, ast.Tuple)}
    return found


def test_every_check_has_both_tables() -> None:
    """In this file or in others, which hold what needs more than answers."""
    checks = {f"{check.__module__.rpartition('.')[2]}.check" for check in (*CHECKS, *SHEET_CHECKS)}
    lacking = {table: sorted((checks | {"compare"}) - tabled(table)) for table in ("SILENT", "SPEAKS")}
    assert lacking == {"SILENT": [], "SPEAKS": []}


def test_of_a_shared_checklist_only_the_lead_must_answer_every_item() -> None:
    assert codes(told(required.check, {"list.x": None}, department="a")) == ["missing"]
    assert told(required.check, {"list.x": None}, department="b") == []
    assert codes(told(required.check, {"list.x": "—"}, department="b")) == ["filler"]


def test_a_reason_is_quoted() -> None:
    [finding] = told(not_applicable.check, {"total": "不适用"}, remarks={"total": "没有此项业务"})
    assert (finding.code, finding.parameters["reason"]) == ("not-applicable", "没有此项业务")
    [filler] = told(required.check, {"total": "—"}, remarks={"total": "统计中"})
    assert filler.parameters["reason"] == "统计中"


def test_a_finding_names_the_cell_and_both_numbers() -> None:
    [finding] = told(part_of_whole.check, {"total": 5, "part": 6})
    assert finding.origin == Origin("a.xlsx", "填报表", "D6")
    assert {finding.parameters[key] for key in ("value", "whole", "whole_cell")} == {"6 个", "5 个", "D5"}
    [finding] = told(same_value.check, {"total": 5, "again": 6})
    assert {finding.parameters[key] for key in ("value", "other", "other_cell")} == {"6 个", "5 个", "D5"}
    [finding] = told(share_scale.check, {"rate": 0.86})
    assert (finding.parameters["value"], finding.parameters["hundredfold"]) == ("0.86", "86")


def test_a_number_out_of_range_is_told_with_every_reading_that_would_bring_it_back() -> None:
    [finding] = told(unit_scale.check, {"land": 152_000_000})
    assert finding.parameters["given"] == "152000000 平方公里"
    assert finding.parameters["readings"] == "152000000 平方米（152 平方公里）"
    [finding] = told(unit_scale.check, {"people": "1250000万人"})
    assert finding.parameters["readings"] == "1250000 人"
    [finding] = told(unit_scale.check, {"rate": 850})
    assert finding.parameters["readings"] == "850 ‰（85 %）；0.085 %"


# --- all checks together -----------------------------------------------------------------------------------------


def checked(given: Mapping[str, object], tables: Any = None, **fields: Any) -> Any:
    return check_submission(CATALOG, ASSIGNMENT, submission(CATALOG, given, tables, **fields))


def test_an_answer_with_an_error_does_not_count_and_keeps_what_was_typed() -> None:
    result = checked({"total": 1001, "rate": 0.86, "area": 50})
    assert (result.answers["total"].state, result.answers["total"].value) == (State.UNREADABLE, None)
    assert (result.answers["rate"].state, result.answers["rate"].raw) == (State.UNREADABLE, "0.86")
    assert result.answers["area"].value == 50
    assert sorted(codes(result.findings)) == ["out-of-range", "share-scale"]


def test_a_part_beyond_its_own_range_is_not_also_compared_with_its_whole() -> None:
    assert codes(checked({"total": 5, "part": 5001}).findings) == ["out-of-range"]


def test_a_number_that_another_unit_would_explain_is_told_once() -> None:
    assert codes(checked({"total": 5, "part": 5000}).findings) == ["unit-suspected"]


def test_an_answer_with_a_query_counts() -> None:
    result = checked({"total": 5, "part": 6})
    assert (result.answers["total"].value, result.answers["part"].value) == (5, 6)
    assert codes(result.findings) == ["part-exceeds-whole"]


def test_an_error_in_a_cell_makes_its_table_unreadable_and_no_other_answer() -> None:
    result = checked({"total": 5}, hospitals((1, 1001), (1, 2)))
    table = result.tables["hospitals"]
    assert table.state is State.UNREADABLE
    assert table.rows[0].cells["visits"].state is State.UNREADABLE
    assert (table.rows[0].cells["reads"].value, table.rows[1].cells["visits"].value) == (1, 2)
    assert result.answers["total"].value == 5


def test_what_the_reader_found_stays_and_comes_first() -> None:
    from msgspec.structs import replace

    before = Finding("sheet-renamed", Origin("a.xlsx"), parameters={"sheet": "x", "found": "y"})
    given = replace(submission(CATALOG, {"total": None}), findings=(before,))
    assert codes(check_submission(CATALOG, ASSIGNMENT, given).findings) == ["sheet-renamed", "missing"]


@pytest.mark.parametrize(
    "state", [State.BLANK, State.NO_DATA, State.NOT_APPLICABLE, State.UNREADABLE], ids=lambda state: state.value
)
def test_an_answer_without_a_value_keeps_its_state(state: State) -> None:
    cell = {State.BLANK: None, State.NO_DATA: "无", State.NOT_APPLICABLE: "不适用", State.UNREADABLE: "约5"}[state]
    assert checked({"total": cell}).answers["total"].state is state


def test_answers_made_for_tests_go_through_the_production_reader() -> None:
    assert answer(CATALOG.slots["total"], "５", "a", Origin("x")).value == 5


# --- every finding has words, and every word a finding -----------------------------------------------------------

HOME = Path(smartcity_xl.__file__).parent
FINDINGS: dict[str, Any] = tomllib.loads((HOME / "messages" / "findings.toml").read_text(encoding="utf-8"))
ERRORS: dict[str, Any] = tomllib.loads((HOME / "messages" / "errors.toml").read_text(encoding="utf-8"))
FAULTS: dict[str, Any] = tomllib.loads((HOME / "messages" / "faults.toml").read_text(encoding="utf-8"))
LABELS: dict[str, Any] = tomllib.loads((HOME / "messages" / "labels.toml").read_text(encoding="utf-8"))
SHOWN_WORDS = {text for section in LABELS.values() for text in section.values() if isinstance(text, str)} | {"字数"}
# How a module names a finding: the call, and which of its arguments is the code.
CALLS = {
    "Finding": 0, "Refused": 0, "report": 0, "problem": 0, "_unreadable": 0, "_reject": 1, "Note": 0, "tell": 0,
    "finding": 0, "_tell_together": 1,
}  # fmt: skip


def literals(node: ast.AST) -> set[str]:
    return {part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def codes_in(tree: ast.AST) -> set[str]:
    """Codes that a module can give: literals in the calls above, and those that go there by a name or a tuple."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in CALLS and len(node.args) > CALLS[called]:
                found |= literals(node.args[CALLS[called]])
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            found |= literals(node.value) & set(FINDINGS)
        elif isinstance(node, (ast.Return, ast.IfExp)):
            found |= literals(node) & set(FINDINGS)
    return found


def used_codes() -> set[str]:
    found: set[str] = set()
    for path in HOME.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= codes_in(tree)
        constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        found |= FINDINGS.keys() & {value for value in constants if isinstance(value, str)}
        for node in ast.walk(tree):  # codes that are put together: f"{field}-differs"
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[-1], ast.Constant):
                ending = str(node.values[-1].value)
                if ending.startswith("-"):
                    found |= {code for code in FINDINGS if code.endswith(ending)}
    return {code for code in found if code.replace("-", "").isalpha()}


def test_every_finding_that_the_code_can_give_has_words() -> None:
    # what a file of responses is refused for is a fault: told at the command, not in the summary
    assert used_codes() - set(FINDINGS) - set(FAULTS) == set()


def test_every_finding_that_has_words_is_given_somewhere() -> None:
    assert set(FINDINGS) - used_codes() == set()


def placeholders(texts: Mapping[str, str] | str) -> set[str]:
    joined = texts if isinstance(texts, str) else " ".join(texts.values())
    return {field for _, field, _, _ in string.Formatter().parse(joined) if field is not None}


@pytest.mark.parametrize("code", FINDINGS)
def test_a_finding_says_the_same_in_both_languages(code: str) -> None:
    entry = FINDINGS[code]
    assert severity(code) in Severity
    parts = {"found", "expected", "remedy"}
    assert all(set(entry[language]) == parts for language in LANGUAGES)
    for case in entry.keys() - {"severity", *LANGUAGES}:
        worded = entry[case]
        assert set(worded) == set(LANGUAGES)
        assert worded["zh"].keys() == worded["en"].keys() <= parts
        assert all(placeholders(worded["zh"][part]) == placeholders(worded["en"][part]) for part in worded["zh"])
    assert placeholders(entry["zh"]) == placeholders(entry["en"])
    assert all(entry[language]["found"] and entry[language]["remedy"] for language in LANGUAGES)
    english = " ".join(entry["en"].values())
    for word in sorted(SHOWN_WORDS, key=len, reverse=True):  # what stands on a sheet is called as it is written there
        english = english.replace(word, "")
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in english)


@pytest.mark.parametrize(
    ("table", "code"), [(t, code) for t in ("errors", "faults") for code in (ERRORS if t == "errors" else FAULTS)]
)
def test_an_error_or_a_fault_says_the_same_in_both_languages(table: str, code: str) -> None:
    entry = (ERRORS if table == "errors" else FAULTS)[code]
    assert set(entry) == set(LANGUAGES)
    assert placeholders(entry["zh"]) == placeholders(entry["en"])


def test_the_table_of_codes_is_what_the_package_knows() -> None:
    assert tuple(FINDINGS) == finding_codes()


def test_the_scan_for_codes_sees_a_code_that_was_planted() -> None:
    planted = ast.parse('yield Finding("planted-code" if x else "other-code", origin)')
    assert codes_in(planted) == {"planted-code", "other-code"}


def test_what_one_submission_holds_is_told_of_no_other() -> None:
    """Several checks go through the same numbers, which are gathered once."""
    first, second = (submission(CATALOG, {"total": total}) for total in (5, 6))
    other = small_catalog(figure("total", max=4))
    assert [value for _, _, value in numbers(CATALOG, first)] == [5]
    assert numbers(CATALOG, first) is numbers(CATALOG, first)
    assert [value for _, _, value in numbers(CATALOG, second)] == [6]
    assert [slot.maximum for slot, _, _ in numbers(other, second)] == [4]
    assert codes(check_submission(other, small_assignment(other, "a"), first).findings) == ["out-of-range"]


def test_an_answer_that_one_check_refuses_is_no_number_to_the_next() -> None:
    refused = check_submission(CATALOG, ASSIGNMENT, submission(CATALOG, {"area": "99.6", "mark": "1.234"}))
    assert codes(refused.findings) == ["unit-suspected", "mark-decimals"], "and not out of range besides"
    assert {key: one.state for key, one in refused.answers.items()} == dict.fromkeys(("area", "mark"), State.UNREADABLE)
