"""Where a round stands: who has reported, when, how late, what is open, and the points that wait for it."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support import ASSIGNMENT, CATALOG, figure, filled, identified, put, small_assignment, small_catalog, submission

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import Keeping, read_ledger
from smartcity_xl.model import Held, RoundTerms
from smartcity_xl.results.status import DepartmentReport, Status, read_status
from smartcity_xl.run.collecting import collect
from smartcity_xl.run.systems import Choice
from smartcity_xl.score.merge import merge_submissions
from smartcity_xl.score.scoring import score_merged
from smartcity_xl.score.standing import points_held

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY_BEFORE, ON_THE_DAY, DAY_AFTER, LATER = (
    "2019-02-24T01:00:00Z", "2019-02-25T15:59:59Z", "2019-02-25T16:00:00Z", "2019-03-01T01:00:00Z",
)  # fmt: skip
"""Around the assignment's deadline, which ends on 25 February 2019 at midnight in Shanghai."""

# --- how many points wait for whom -------------------------------------------------------------------------------

SMALL = small_catalog(
    figure("agree"), figure("sum", merge="sum"), figure("any", "yesno", merge="any"), figure("own"),
)  # fmt: skip
OFFICES = small_assignment(SMALL, "a", "b", own=["b"])
WHOLE = {"a": {"agree": 1, "sum": 1, "any": "否"}, "b": {"agree": 1, "sum": 1, "any": "否", "own": 1}}
# name -> what differs from workbooks that are whole: department -> answers, or None where it sent nothing; who holds
HOLDERS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing is open": ({}, ""),
    "one left out what both answer, the other did not": ({"a": {"agree": None}}, ""),
    "both left it out": ({"a": {"agree": None}, "b": {"agree": None}}, "ab"),
    "one left it out, the other cannot be read": ({"a": {"agree": None}, "b": {"agree": "约5"}}, "ab"),
    "they differ": ({"a": {"agree": 2}}, "ab"),
    "one part of a sum is missing": ({"a": {"sum": None}}, "a"),
    "one part of a sum cannot be read": ({"b": {"sum": "约5"}}, "b"),
    "the lead left out an item": ({"a": {"any": None}}, "a"),
    "another left out an item": ({"b": {"any": None}}, ""),
    "another's item cannot be read": ({"b": {"any": "看情况"}}, "b"),
    "its own figure is missing": ({"b": {"own": None}}, "b"),
    "its own figure does not apply, without the reason": ({"b": {"own": "不适用"}}, "b"),
    "one has sent nothing": ({"b": None}, "b"),
    "nobody has sent anything": ({"a": None, "b": None}, "ab"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "holders"), HOLDERS.values(), ids=HOLDERS)
def test_points_wait_for_those_whose_answer_would_bring_them(changes: dict[str, Any], holders: str) -> None:
    sent = [
        submission(SMALL, {**WHOLE[key], **(changes.get(key) or {})}, department=key, parcel=key)
        for key in "ab" if changes.get(key, {}) is not None
    ]  # fmt: skip
    merged = merge_submissions(SMALL, OFFICES, sent)
    held = points_held(SMALL, OFFICES, merged, score_merged(SMALL, merged))
    assert held == {key: Held(Fraction(100), ("L1P1-A1",)) if key in holders else Held(Fraction(0), ()) for key in "ab"}


# --- through real files ------------------------------------------------------------------------------------------


def keep(folder: Path, at: str, **files: bytes) -> None:
    put(folder / "inbox", {f"{name}.xlsx": data for name, data in files.items()})
    choice = Choice(terms=RoundTerms(deadline="2019-02-25"))
    collect(folder / "inbox", folder / "out", choice, keeping=Keeping(folder / "ledger", at))


def status(folder: Path, **asked: Any) -> Status:
    with read_ledger(folder / "ledger") as ledger:
        [found] = read_status(ledger, zone=SHANGHAI, **asked)
    return found


def report(folder: Path, department: str, **asked: Any) -> DepartmentReport:
    return next(one for one in status(folder, **asked).departments if one.key == department)


def test_who_has_reported_when_and_how_late(tmp_path: Path) -> None:
    keep(tmp_path, ON_THE_DAY, a=filled("secrecy", leak_events=0))
    keep(tmp_path, DAY_AFTER, b=filled("credit"))
    in_time, late, silent = (report(tmp_path, key) for key in ("secrecy", "credit", "tax"))
    assert (in_time.first, in_time.in_force, in_time.late) == (ON_THE_DAY, ON_THE_DAY, 0)
    assert (late.first, late.late) == (DAY_AFTER, 1)
    assert (silent.first, silent.in_force, silent.late, silent.files) == ("", "", None, ())
    assert status(tmp_path).reported == 2
    assert report(tmp_path, "credit", deadline="2019-03-31").late == 0


def test_a_correction_after_the_deadline_does_not_make_the_first_report_late(tmp_path: Path) -> None:
    keep(tmp_path, DAY_BEFORE, a=filled("secrecy", leak_events=3))
    keep(tmp_path, LATER, b=identified(filled("secrecy", leak_events=1), revision="2"))
    found = report(tmp_path, "secrecy")
    assert (found.files, found.first, found.in_force) == (("b.xlsx",), DAY_BEFORE, LATER)
    assert found.late == 0
    assert found.late_in_force
    assert found.late_in_force > 3 * 86_400


def test_a_file_that_could_not_be_used_is_no_report(tmp_path: Path) -> None:
    keep(tmp_path, DAY_BEFORE, a=filled("secrecy")[:-2000], b=filled("credit"))
    keep(tmp_path, DAY_AFTER, a=filled("secrecy"))
    assert report(tmp_path, "secrecy").first == DAY_AFTER


def test_a_first_report_that_is_gone_from_the_inbox_was_a_report_all_the_same(tmp_path: Path) -> None:
    keep(tmp_path, DAY_BEFORE, a=filled("secrecy", leak_events=3))
    keep(tmp_path, LATER, a=filled("secrecy", leak_events=1))  # in place of the first, as offices do
    found = report(tmp_path, "secrecy")
    assert (found.first, found.in_force, found.late) == (DAY_BEFORE, LATER, 0)


def test_how_complete_and_what_is_open(tmp_path: Path) -> None:
    keep(tmp_path, DAY_BEFORE, a=filled("secrecy", secrecy_review_deduction=0, leak_events="约3"))
    found = report(tmp_path, "secrecy")
    # two must be corrected; the files that the evidence list names have not come
    assert (found.filled, found.asked, found.errors, found.queries) == (1, 3, 2, 1)


def test_the_points_are_those_of_the_indicators_that_wait_and_come_first(tmp_path: Path) -> None:
    keep(tmp_path, DAY_BEFORE, a=filled("secrecy"), b=filled("credit", credit_units_total=40, credit_units_sharing=30))
    held = {one.key: Fraction(one.held) for one in status(tmp_path).departments}
    worth = {one.code: CATALOG.worth(one) * (one.deduct_max or one.full) for one in CATALOG.indicators}
    for department in ("credit", "tax", "office"):
        mine = {code for key in ASSIGNMENT.figures_for(department) for code in CATALOG.used_by[key]}
        holds = report(tmp_path, department).holds
        assert set(holds) <= mine
        assert held[department] == sum(worth[code] for code in holds)
    assert held["office"] >= 40, "the citizens' survey"
    assert list(held.values()) == sorted(held.values(), reverse=True)


def test_the_status_of_an_earlier_moment_can_be_asked_for(tmp_path: Path) -> None:
    keep(tmp_path, DAY_BEFORE, a=filled("secrecy"))
    keep(tmp_path, DAY_AFTER, b=filled("credit"))
    assert status(tmp_path, as_of=ON_THE_DAY).reported == 1
    with pytest.raises(UsageFault, match="ledger-no-run"):
        status(tmp_path, as_of="2019-01-01T00:00:00Z")


def test_files_that_came_since_the_run_are_counted(tmp_path: Path) -> None:
    from support import parcel

    from smartcity_xl.ledger import open_ledger

    keep(tmp_path, DAY_BEFORE, a=filled("secrecy"))
    assert status(tmp_path).since == 0
    with open_ledger(tmp_path / "ledger", DAY_AFTER) as ledger:
        ledger.take([parcel(filled("credit"), "b.xlsx")], "mail")
    assert status(tmp_path).since == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ("云溪市 2018 年度", "首次收到", "市机要保密局", "未报", "压着的分", "时限 2019-02-25")),
        ("en", ("云溪市 2018", "First received", "市机要保密局", "nothing", "Points held", "Deadline 2019-02-25")),
    ],
)
def test_the_command_says_it_in_both_languages(
    language: str, words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(tmp_path, LATER, a=filled("secrecy"))
    assert run_cli(["--lang", language, "status", "--ledger", str(tmp_path / "ledger")]) == 0
    told = capsys.readouterr().out
    assert all(word in told for word in words)
    [line] = [line for line in told.splitlines() if line.startswith("市机要保密局")]
    assert "0/3" in line
    assert ("3 天" if language == "zh" else "3 d") in line


def test_the_command_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(tmp_path, LATER, a=filled("secrecy"))
    assert run_cli(["status", "--ledger", str(tmp_path / "ledger"), "--json", "--deadline", "2019-03-31"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "xlscore-status/2"
    [system] = document["systems"]
    assert (system["at"], system["deadline"], system["reported"]) == (LATER, "2019-03-31", 1)
    assert {one["key"] for one in system["departments"]} == set(ASSIGNMENT.departments)


WRONG = [
    (["status", "--ledger", "nowhere"], "nowhere"),
    (["status", "--ledger", "{ledger}", "--deadline", "tomorrow"], "tomorrow"),
    (["status", "--ledger", "{ledger}", "--as-of", "yesterday"], "yesterday"),
    (["status", "--ledger", "{ledger}", "--as-of", "2001-01-01"], "ledger"),
]


@pytest.mark.parametrize(("arguments", "named"), WRONG, ids=[" ".join(arguments) for arguments, _ in WRONG])
def test_a_question_that_cannot_be_answered_says_why(
    arguments: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(tmp_path, LATER, a=filled("secrecy"))
    assert run_cli([one.format(ledger=tmp_path / "ledger") for one in arguments]) == 2
    assert named in capsys.readouterr().err


def test_asking_changes_nothing(tmp_path: Path) -> None:
    keep(tmp_path, LATER, a=filled("secrecy"))

    def content() -> dict[Path, bytes]:
        """All but the side files of SQLite, which hold nothing once a writer has closed."""
        files = (path for path in (tmp_path / "ledger").rglob("*") if path.is_file())
        return {path: path.read_bytes() for path in files if not path.name.endswith(("-shm", "-wal"))}

    before = content()
    assert run_cli(["status", "--ledger", str(tmp_path / "ledger")]) == 0
    assert run_cli(["trace", "a.xlsx", "--ledger", str(tmp_path / "ledger")]) == 0
    assert content() == before


def test_a_status_of_some_departments_is_of_their_rows_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(tmp_path, ON_THE_DAY, 机要=filled("secrecy"))
    look = ["--lang", "zh", "status", "--ledger", str(tmp_path / "ledger"), "--no-campaign"]
    assert run_cli(look) == 0
    whole = capsys.readouterr().out.splitlines()
    assert run_cli([*look, "--department", "保密", "--department", "tax"]) == 0
    some = capsys.readouterr().out.splitlines()
    names = [ASSIGNMENT.name(key) for key in ("secrecy", "tax")]
    table = some[some.index("") + 2 :]
    assert sorted(row.split()[0] for row in table) == sorted(names)
    cells = {" ".join(row.split()) for row in whole}
    assert [row for row in table if " ".join(row.split()) not in cells] == []
    assert not any(line.startswith("已报") for line in some), "of the whole round nothing is counted"
    assert run_cli([*look, "--department", "tax", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [row["key"] for row in document["systems"][0]["departments"] + document["open"]] == ["tax", "tax"]
    assert run_cli([*look, "--department", "中心"]) == 2
    assert "市公积金管理中心" in capsys.readouterr().err
