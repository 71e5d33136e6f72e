"""What is open for a department: every table, letter and workbook says the same count and the same points."""

from __future__ import annotations

import email
import email.policy
import io
import json
import re
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from mails import attachment, mail, text
from make_samples import fill_workbook
from msgspec.structs import replace
from returned import write_returns
from rounds import make_round
from support import ASSIGNMENT, CATALOG, ISSUE, PERSONS, identified, parcel, proofs, put

from smartcity_xl.cli import run_cli
from smartcity_xl.ledger import open_ledger
from smartcity_xl.messages import label, sentence
from smartcity_xl.model import Kind
from smartcity_xl.results import Results, from_outcome, read_results, write_results
from smartcity_xl.results.open import Counts, count_findings, open_work
from smartcity_xl.results.record import FileStatus
from smartcity_xl.run.collecting import assess

# --- one round with one department for each situation ------------------------------------------------------------

_PLAIN = {Kind.SHARE: 50, Kind.YESNO: "是", Kind.PERIOD: 5}


def form(department: str, remarks: Mapping[str, str] | None = None, explanations: Mapping[str, str] | None = None,
         dates: Mapping[str, str] | None = None, revision: str = "", **changes: object) -> bytes:  # fmt: skip
    """A department's workbook with all figures filled, but for what is changed."""
    figures = [CATALOG.figures[key] for key in ASSIGNMENT.figures_for(department)]
    answers: dict[str, object] = {
        slot.key: slot.options[0].label if slot.options else _PLAIN.get(slot.kind, 10)
        for figure in figures for slot in figure.slots if slot.fixed is None
    }  # fmt: skip
    sections: dict[str, Any] = {
        "answers": {**answers, **changes}, "as_of": "2018-12-31", "people": PERSONS, "evidence": proofs(department),
        "remarks": remarks or {}, "explanations": explanations or {},
    }  # fmt: skip
    data = fill_workbook(CATALOG, ASSIGNMENT, department, ISSUE, sections)
    return identified(data, revision=revision) if revision else data


@cache
def sent() -> Mapping[str, Mapping[str, bytes]]:
    """Department -> its files."""
    return {
        "civil-affairs": {"空.xlsx": form("civil-affairs", communities_smart_system=None)},
        "industry": {"暂无.xlsx": form("industry", mobile_4g_users="暂无")},
        "agriculture": {"无理由.xlsx": form("agriculture", agri_sales_total="不适用")},
        "tax": {"合计无理由.xlsx": form("tax", mobile_services_extra="不适用")},
        "housing-fund": {
            "有理由.xlsx": form("housing-fund", {"mobile_services_extra": "没有"}, mobile_services_extra="不适用"),
        },
        "culture-tourism": {"读不懂.xlsx": form("culture-tourism", mobile_services_extra="约5")},
        "credit": {"存疑.xlsx": form("credit", credit_units_sharing=99)},
        "housing": {
            "自己一.xlsx": form("housing", new_roads_gallery_length=5),
            "自己二.xlsx": form("housing", new_roads_gallery_length=6),
        },
        "service-center": {"冲突.xlsx": form("service-center", gov_items_ecert=9)},
        "gov-data": {"冲突对方.xlsx": form("gov-data", gov_items_ecert=8)},
        "urban-management": {
            "旧.xlsx": form("urban-management", case_filing_rate="约8"),
            "新.xlsx": form("urban-management", revision="2"),
        },
        "secrecy": {
            "已说明.xlsx": form(
                "secrecy", explanations={"leak_events": "属实"}, leak_events="3", secrecy_review_deduction=0
            ),
        },
        "planning": {"损坏.xlsx": form("planning")[:-3000]},
    }  # fmt: skip


STRANGER = "reform"
# department -> to be corrected, to be confirmed, points at stake, points held
EXPECTED: Mapping[str, tuple[int, int, str, str]] = {
    "civil-affairs": (1, 0, "2.00", "2.00"),
    "industry": (1, 0, "0.60", "0.60"),
    "agriculture": (1, 0, "0.60", "0.60"),
    "tax": (1, 0, "0.90", "0.90"),
    "housing-fund": (0, 0, "0.00", "0.00"),
    "culture-tourism": (1, 0, "0.90", "0.90"),
    "credit": (0, 1, "1.50", "0.00"),
    "housing": (1, 0, "0.60", "0.60"),
    "service-center": (1, 0, "1.50", "1.50"),
    "gov-data": (1, 0, "1.50", "1.50"),
    "urban-management": (0, 0, "0.00", "0.00"),
    "secrecy": (0, 0, "0.00", "0.00"),
    "planning": (0, 0, "0.00", "3.00"),
    STRANGER: (0, 0, "0.00", "2.00"),
    "education": (0, 0, "0.00", "3.00"),
}  # fmt: skip
NAMES = {key: ASSIGNMENT.name(key) for key in ASSIGNMENT.departments}


@dataclass(frozen=True)
class Round:
    """A round after its collection, with all that was said of it."""

    folder: Path
    collected: str
    status: str
    status_json: Mapping[str, Any]
    remind: str
    remind_json: Mapping[str, Any]
    drafts: Mapping[str, str]

    @property
    def summary(self) -> Path:
        return self.folder / label("campaign_folder.summary")

    @cached_property
    def record(self) -> Results:
        return read_results(self.summary / "results.json")

    @cached_property
    def book(self) -> Any:
        return openpyxl.load_workbook(self.summary / label("file.summary"))


def said(*arguments: str) -> str:
    stream = io.StringIO()
    with redirect_stdout(stream):
        run_cli(["--lang", "zh", *arguments])
    return stream.getvalue()


def body(data: bytes) -> str:
    """The text of a draft."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    part = message.get_body(("plain",))  # type: ignore[attr-defined]
    return str(part.get_content())


@pytest.fixture(scope="module")
def round_(tmp_path_factory: pytest.TempPathFactory) -> Round:
    people = {key: (f"{key}@example.com", "") for key in EXPECTED}
    folder = make_round(tmp_path_factory.mktemp("open"), "office@example.com", people, imap_host="", smtp_host="")
    place = folder / label("campaign_folder.inbox")
    for files in sent().values():
        put(place, files)
    put(place, {f"{indicator.code}.pdf": indicator.code.encode() for indicator in CATALOG.indicators})
    data = form(STRANGER)
    put(place, {"生.eml": mail(text(), attachment("表.xlsx", data), headers="From: <stranger@example.com>")})
    given = ("--campaign", str(folder))
    ledger = ("--ledger", str(folder / label("campaign_folder.store")))
    collected = said("collect", *given)
    status, status_json = said("status", *ledger), json.loads(said("status", "--json", *ledger))
    remind, remind_json = said("remind", *given), json.loads(said("remind", "--json", *given))
    said("remind", "--dry-run", *given)
    said("send", "--receipts", "--dry-run", *given)
    drafts = {path.stem: body(path.read_bytes()) for path in (folder / label("campaign_folder.drafts")).glob("*.eml")}
    return Round(folder, collected, status, status_json, remind, remind_json, drafts)


# --- the places that say it --------------------------------------------------------------------------------------

Said = tuple[int, int, str, str]


def of_line(told: str, department: str, skip: int) -> Said | None:
    """A line of a table: its first counts after ``skip`` columns."""
    for line in told.splitlines():
        cells = re.split(r"\s{2,}", line)
        if cells[0] == NAMES[department]:
            errors, queries, held, stake = cells[skip : skip + 4]
            return int(errors), int(queries), stake, held
    return None


def in_status(told: Round, department: str) -> Said | None:
    return of_line(told.status, department, 5)


def in_status_json(told: Round, department: str) -> Said | None:
    [system] = told.status_json["systems"]
    one = next(one for one in system["departments"] if one["key"] == department)
    return one["errors"], one["queries"], one["stake"], one["held"]


def together_in_status_json(told: Round, department: str) -> Said | None:
    one = next(one for one in told.status_json["open"] if one["key"] == department)
    return one["errors"], one["queries"], one["stake"], one["held"]


def in_remind(told: Round, department: str) -> Said | None:
    return of_line(told.remind, department, 2)


def in_remind_json(told: Round, department: str) -> Said | None:
    one = next((one for one in told.remind_json["departments"] if one["key"] == department), None)
    return (one["errors"], one["queries"], one["stake"], one["held"]) if one else None


def in_letter(told: Round, department: str, kind: str) -> Said | None:
    found = [words for name, words in told.drafts.items() if NAMES[department] in name and name.endswith(kind)]
    if not found:
        return None
    counts = re.search(r"(\d+) 处须改正、(\d+) 处待核实", found[0])
    stake, held = (re.search(rf"{word} ([\d.]+)", found[0]) for word in ("涉及分值", "压着的分"))
    errors, queries = (int(counts[1]), int(counts[2])) if counts else (0, 0)
    return errors, queries, stake[1] if stake else "0.00", held[1] if held else "0.00"


def in_receipt(told: Round, department: str) -> Said | None:
    return in_letter(told, department, "回执")


def in_reminder(told: Round, department: str) -> Said | None:
    return in_letter(told, department, "催报")


def returned(told: Round, department: str) -> Any:
    found = list((told.summary / label("file.returned_folder")).glob(f"*{NAMES[department]}*.xlsx"))
    return _front(found[0]) if found else None


@cache
def _front(path: Path) -> Any:
    return openpyxl.load_workbook(path).worksheets[0]


def in_returned_words(told: Round, department: str) -> Said | None:
    sheet = returned(told, department)
    if sheet is None:
        return None
    words = "".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value)
    found = re.search(r"(\d+) 处须改正，(\d+) 处待核实；压着的分 ([\d.]+)，涉及分值 ([\d.]+)", words)
    assert found
    return int(found[1]), int(found[2]), found[4], found[3]


def in_returned_list(told: Round, department: str) -> Said | None:
    """The rows of the list; what it says of points, row by row, is added up: each row here is of another indicator."""
    sheet = returned(told, department)
    if sheet is None:
        return None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_col=5, max_col=9)]
    listed = [row for row in rows if row[0] in (label("severity.error"), label("severity.query"))]
    errors = sum(row[0] == label("severity.error") for row in listed)
    stake = sum((Fraction(str(row[4]).removesuffix(" 分")) for row in listed), Fraction(0))
    return errors, len(listed) - errors, f"{float(stake):.2f}", EXPECTED[department][3]


def in_departments_sheet(told: Round, department: str) -> Said | None:
    rows = told.book[label("sheet.departments")].iter_rows(values_only=True)
    one = next(row for row in rows if row[0] == NAMES[department])
    return one[4], one[5], f"{one[7]:.2f}", f"{one[6]:.2f}"


def in_results(told: Round, department: str) -> Said | None:
    one = next(one for one in told.record.departments if one.key == department)
    return one.errors, one.queries, one.stake, one.held


PLACES = (
    in_status, in_status_json, together_in_status_json, in_remind, in_remind_json, in_receipt, in_reminder,
    in_returned_words, in_returned_list, in_departments_sheet, in_results,
)  # fmt: skip
SILENT = {in_remind, in_remind_json, in_receipt, in_reminder, in_returned_words, in_returned_list}
"""Places that say nothing of a department with nothing open, or of which nothing came."""


@pytest.mark.parametrize("place", PLACES, ids=[place.__name__ for place in PLACES])
@pytest.mark.parametrize("department", EXPECTED)
def test_every_place_says_the_same_of_every_situation(department: str, place: Any, round_: Round) -> None:
    told = place(round_, department)
    assert told == EXPECTED[department] or (told is None and place in SILENT)


def test_places_that_may_be_silent_are_not_where_something_is_open(round_: Round) -> None:
    for department, (errors, queries, *_) in EXPECTED.items():
        if errors or queries:
            assert all(place(round_, department) for place in SILENT), department
    assert in_remind(round_, "education")
    assert in_reminder(round_, "planning")
    assert in_receipt(round_, "housing-fund")


def test_the_first_page_says_of_who_has_not_reported_how_many_points_wait_the_dearest_first(round_: Round) -> None:
    rows = [[cell for cell in row if cell is not None] for row in
            round_.book[label("sheet.overview")].iter_rows(values_only=True)]  # fmt: skip
    tail = label("overview.waits", name="")
    told = [(str(row[0]).removesuffix(tail), row[1]) for row in rows if row and str(row[0]).endswith(tail)]
    silent = [one for one in round_.record.departments if one.asked and not one.reported]
    silent.sort(key=lambda one: -Fraction(one.held))
    assert told
    assert told == [(one.name, label("overview.held", held=one.held)) for one in silent[: len(told)]]


def test_the_command_and_the_overview_count_all_that_is_open_in_the_round_alike(round_: Round) -> None:
    errors, queries = map(int, re.findall(r"须改正 (\d+) 处，待核实 (\d+) 处", round_.collected)[0])
    rows = list(round_.book[label("sheet.overview")].iter_rows(values_only=True))
    at = next(number for number, row in enumerate(rows) if label("overview.errors") in row)
    heads, numbers = rows[at], rows[at + 1]
    shown = {head: number for head, number in zip(heads, numbers, strict=True) if head}
    assert (errors, queries) == (int(shown[label("overview.errors")]), int(shown[label("overview.queries")]))
    counts = count_findings(round_.record.findings)
    assert (errors, queries) == (counts.errors, counts.queries)


def test_what_is_the_offices_is_in_the_rounds_count_and_in_no_departments(round_: Round) -> None:
    record = round_.record
    office = [
        one for one in record.findings if one.code in ("department-missing", "several-workbooks", "sender-unknown")
    ]
    assert {one.department for one in office} >= {"education", "housing", STRANGER}
    told = {one.finding.code for work in open_work([record]) for one in work.findings}
    assert not told & {one.code for one in office}


# --- over records alone ------------------------------------------------------------------------------------------


def works(*records: Results) -> dict[str, Any]:
    return {one.department: one for one in open_work(records)}


def test_a_finding_that_two_systems_tell_is_one_and_weighs_in_both(round_: Round) -> None:
    record = round_.record
    other = replace(record, catalog=replace(record.catalog, title="又一套"))
    for department, (errors, queries, stake, held) in EXPECTED.items():
        work = works(record, other)[department]
        assert (work.errors, work.queries) == (errors, queries)
        assert (work.stake, work.held) == (2 * Fraction(stake), 2 * Fraction(held))
        assert [share.system for share in work.shares] == [record.catalog.title, "又一套"]
        assert all(len(one.told) == 2 and len(one.stakes) == 2 for one in work.findings)
    counts = count_findings(record.findings)
    assert count_findings((*record.findings, *other.findings)) == counts != Counts(0, 0, 0)


def test_a_finding_told_twice_in_one_system_is_one_and_weighs_once(round_: Round) -> None:
    record = round_.record
    twice = replace(record, findings=(*record.findings, *record.findings))
    for department, work in works(record).items():
        again = works(twice)[department]
        assert (again.errors, again.queries, again.stake) == (work.errors, work.queries, work.stake)


def test_the_findings_of_one_indicator_weigh_it_once_together(round_: Round) -> None:
    record = round_.record
    one = next(one for one in record.findings if one.department == "civil-affairs" and one.code == "missing")
    both = replace(record, findings=(*record.findings, replace(one, cell="Z9")))
    work = works(both)["civil-affairs"]
    assert (work.errors, work.stake) == (2, Fraction(2))


@pytest.mark.parametrize("status", FileStatus)
def test_what_is_wrong_with_a_file_that_does_not_count_is_open_for_nobody(status: FileStatus, round_: Round) -> None:
    record = round_.record
    files = tuple(replace(one, status=status) if one.file == "存疑.xlsx" else one for one in record.files)
    counts = status in (FileStatus.TAKEN, FileStatus.ATTACHED)
    assert works(replace(record, files=files))["credit"].queries == int(counts)


def test_of_two_conflicts_over_one_figure_each_department_has_its_own(round_: Round) -> None:
    """As where two departments contradict themselves in one sum."""
    record = round_.record
    [finding] = [one for one in record.findings if one.code == "conflict" and one.department == "housing"]
    [conflict] = [one for one in record.conflicts if one.figure == finding.figure]
    sides = tuple(
        replace(side, answers=tuple(replace(answer, department="credit", file="存疑.xlsx") for answer in side.answers))
        for side in conflict.sides
    )
    other = replace(conflict, department="credit", sides=sides)
    told = replace(finding, department="credit", file="存疑.xlsx")
    found = works(replace(record, conflicts=(*record.conflicts, other), findings=(*record.findings, told)))
    assert (found["housing"].conflicts, found["credit"].conflicts) == (1, 1)


def test_a_conflict_that_is_decided_is_open_for_nobody(round_: Round) -> None:
    record = round_.record
    decided = tuple(replace(one, state="decided") for one in record.conflicts)
    assert works(replace(record, conflicts=decided))["housing"].errors == 0


# --- several systems ---------------------------------------------------------------------------------------------


def test_status_of_several_systems_ends_with_a_table_that_counts_each_finding_once(tmp_path: Path) -> None:
    outcome = assess(put(tmp_path / "in", sent()["credit"]))
    record = from_outcome(outcome)
    other = replace(record, catalog=replace(record.catalog, title="又一套"))
    folder = tmp_path / "ledger"
    with open_ledger(folder, "2019-02-20T01:00:00Z") as ledger:
        ledger.take([parcel(data, name) for name, data in sent()["credit"].items()], "inbox")
        ledger.record_runs([(outcome, write_results(record)), (outcome, write_results(other))], {})
    told = said("status", "--ledger", str(folder))
    each, together = told.split(sentence("cli", "status_together"))
    alone, name = works(record)["credit"], NAMES["credit"]
    assert each.count(name) == 2
    [line] = [re.split(r"\s{2,}", line) for line in together.splitlines() if line.startswith(name)]
    both = [str(alone.errors), str(alone.queries), f"{2 * float(alone.held):.2f}", f"{2 * float(alone.stake):.2f}"]
    assert line[1:] == both
    document = json.loads(said("status", "--json", "--ledger", str(folder)))
    [one] = [one for one in document["open"] if one["key"] == "credit"]
    assert [str(one["errors"]), str(one["queries"]), one["held"], one["stake"]] == both


def test_a_workbook_goes_back_with_each_finding_once_and_its_points_in_every_system(tmp_path: Path) -> None:
    outcome = assess(put(tmp_path / "in", sent()["credit"]))
    [one], [both] = write_returns(outcome), write_returns(replace(outcome, beside=(outcome,)))
    assert [problem.found for problem in both.problems] == [problem.found for problem in one.problems]
    short = outcome.catalog.short
    for alone, together in zip(one.problems, both.problems, strict=True):
        points = label("notice.system_points", system=short, points=alone.stake.removesuffix(" 分"))
        assert together.stake == (label("word.list").join([points, points]) if alone.stake else "")
    assert any(problem.stake for problem in both.problems)
