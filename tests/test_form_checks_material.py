"""Checks of what comes beside the answers: dates, evidence, people, and the values of a previous round."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from support import assert_worded, codes, figure, small_assignment, small_catalog, submission, table_figure

from smartcity_xl.books.windows import read_window
from smartcity_xl.cli import run_cli
from smartcity_xl.form.checks import check_submission, data_date, evidence, jump, people
from smartcity_xl.model import Finding, Origin, State
from smartcity_xl.results import read_results
from smartcity_xl.results.earlier import EarlierValues
from smartcity_xl.results.previous import previous_values

CATALOG = small_catalog(
    figure("stock", as_of="2018年12月底"), figure("flow", as_of="2018年度"),
    figure("both", as_of="2017年至2018年12月底"), figure("undated"),
    figure("vague", as_of="某一时点（如评价开始前的月末）"),
    figure("part", merge="sum"), figure("rate", "share"), figure("length", "length", unit="公里"),
    figure("days", "period", unit="天"), figure("marks", "points", unit="分"), figure("yes", "yesno"),
    table_figure(), evidence=["统计表", "截图"],
)  # fmt: skip
ASSIGNMENT = small_assignment(CATALOG, "a", "b")
PEOPLE = {
    "leader.name": "赵演文",
    "leader.phone": "0379-0000-0001",
    "contact.name": "钱演林",
    "contact.mail": "a@example.com",
}
BEFORE = EarlierValues(
    round="2017",
    whole={key: Fraction(value) for key, value in {
        "stock": "100", "flow": "0", "both": "3", "part": "500", "rate": "60", "length": "12.5", "days": "30",
        "marks": "1", "yes": "1",
    }.items()},
    own={("a", "part"): Fraction(100), ("b", "part"): Fraction(400)},
    rows={("hospitals.visits", "第0"): Fraction(100), ("hospitals.reads", "第0"): Fraction(10)},
    units={slot.key: slot.unit for slot in CATALOG.slots.values()}
    | {"hospitals.visits": "次", "hospitals.reads": "次"},
)  # fmt: skip


def compare(catalog: Any, assignment: Any, sent: Any) -> Iterator[Finding]:
    """The check of jumps against ``BEFORE``."""
    return jump.check(catalog, assignment, sent, BEFORE)


Told = Mapping[str, Any]
"""The fields of a submission (see ``support.submission``)."""


def dated(as_of: str, key: str = "stock", **fields: Any) -> Told:
    return {"given": {key: 5}, "dates": {key: as_of}, **fields}


def sent(**given: object) -> Told:
    return {"given": given}


def listed(*lines: tuple[str, str, str], **given: object) -> Told:
    return {"given": given or {"stock": 5}, "evidence": lines}


def named(**changes: str) -> Told:
    return {"given": {}, "people": PEOPLE | {key.replace("__", "."): value for key, value in changes.items()}}


def visits(value: object, name: str = "第0") -> Told:
    return {"given": {}, "tables": {"hospitals": [(name, {"reads": 10, "visits": value})]}}


SILENT: list[tuple[Callable[..., Any], str, Told]] = [
    (data_date.check, "the last day", dated("2018-12-31")),
    (data_date.check, "the month", dated("2018-12")),
    (data_date.check, "the middle of the month", dated("2018-12-15")),
    (data_date.check, "the year, which holds its end", dated("2018")),
    (data_date.check, "a stretch that ends there", dated("2018年1月至12月")),
    (data_date.check, "a day within the year", dated("2018-07-01", "flow")),
    (data_date.check, "the whole year as a stretch", dated("2018-01-01至2018-12-31", "flow")),
    (data_date.check, "the first of two years", dated("2017-01-01", "both")),
    (data_date.check, "two years", dated("2017-2018年", "both")),
    (data_date.check, "no date", dated("")),
    (data_date.check, "a date that nobody can read, which the reader tells", dated("去年底")),
    (data_date.check, "a figure whose time is not certain", dated("2020-03-31", "vague")),
    (data_date.check, "a figure whose time the text leaves out", dated("2020-03-31", "undated")),
    (data_date.check, "a blank answer", {"given": {"stock": None}, "dates": {"stock": "2020-03-31"}}),
    (data_date.check, "an answer that does not apply", {"given": {"stock": "不适用"}, "dates": {"stock": "2020"}}),
    (evidence.check, "a title and a file", listed(("证明", "a.pdf", ""))),
    (evidence.check, "a title alone", listed(("红头文件", "", ""))),
    (evidence.check, "a file alone", listed(("", "a.pdf", ""))),
    (evidence.check, "nought proves itself", listed(stock=0)),
    (evidence.check, "否 proves itself", listed(yes="否")),
    (evidence.check, "blank answers", listed(stock=None, rate=None)),
    (evidence.check, "an answer that does not count", listed(stock="约5")),
    (evidence.check, "an answer that does not apply", listed(stock="不适用")),
    (evidence.check, "a list that is gone, which the reader tells", sent(stock=5)),
    (people.check, "name and telephone", named()),
    (people.check, "a contact with a mobile telephone alone", named(contact__mail="", contact__mobile="100-0000-0002")),
    (people.check, "posts left out", named(leader__post="", contact__post="")),
    (people.check, "a cover that is gone, which the reader tells", {"given": {}}),
    (compare, "the same", sent(stock=100, length=12.5, rate=60)),
    (compare, "three times as much", sent(stock=300)),
    (compare, "a third", sent(stock=Fraction(100, 3).__ceil__())),
    (compare, "thirty points more", sent(rate=90)),
    (compare, "thirty points less", sent(rate=30)),
    (compare, "small numbers", sent(flow=19)),
    (compare, "small numbers that vanish", sent(both=0)),
    (compare, "its own part of a sum, not the whole sum", sent(part=100)),
    (compare, "a kind that is not compared", sent(marks=1000)),
    (compare, "yes and no", sent(yes="否")),
    (compare, "not asked before", sent(vague=999)),
    (compare, "blank", sent(stock=None)),
    (compare, "what cannot be read", sent(stock="约9000")),
    (compare, "what does not apply", sent(stock="不适用")),
    (compare, "a row of a table", visits(250)),
    (compare, "a row of a table that was not there before", visits(999, "第9")),
]
SPEAKS: list[tuple[Callable[..., Any], str, Told, list[str]]] = [
    (data_date.check, "a year later", dated("2019-12-31"), ["date-outside"]),
    (data_date.check, "a month too early", dated("2018-11-30"), ["date-outside"]),
    (data_date.check, "the year before", dated("2017"), ["date-outside"]),
    (data_date.check, "half a year", dated("2018年1月至6月"), ["date-outside"]),
    (data_date.check, "a stretch that begins a year too early", dated("2017-2018", "flow"), ["date-outside"]),
    (data_date.check, "before the first of two years", dated("2016-12-31", "both"), ["date-outside"]),
    (data_date.check, "what a text fixes, in another round", dated("2021-12-31", round_="2021"), ["date-outside"]),
    (data_date.check, "two answers of one date share a finding",
     {"given": {"stock": 1, "flow": 2, "both": 3}, "dates": dict.fromkeys(("stock", "flow", "both"), "2016")},
     ["date-outside", "date-outside", "date-outside"]),
    (evidence.check, "an empty list", listed(), ["evidence-missing"]),
    (evidence.check, "fillers", listed(("无", "", "")), ["evidence-missing"]),
    (evidence.check, "a share", listed(rate=50), ["evidence-missing"]),
    (evidence.check, "yes", listed(yes="是"), ["evidence-missing"]),
    (evidence.check, "a table", {**visits(5), "evidence": ()}, ["evidence-missing"]),
    (people.check, "nobody", {"given": {}, "people": {}}, ["leader-missing", "contact-missing"]),
    (people.check, "no leader's name", named(leader__name=""), ["leader-missing"]),
    (people.check, "a filler for a name", named(leader__name="无"), ["leader-missing"]),
    (people.check, "no leader's telephone", named(leader__phone=""), ["leader-missing"]),
    (people.check, "a contact nobody can reach", named(contact__mail=""), ["contact-missing"]),
    (people.check, "a contact without a name", named(contact__name=""), ["contact-missing"]),
    (compare, "more than three times as much", sent(stock=301), ["jump"]),
    (compare, "less than a third", sent(stock=33), ["jump"]),
    (compare, "ten times as much", sent(stock=1000), ["jump"]),
    (compare, "a hair above thirty points", sent(rate=90.01), ["jump"]),
    (compare, "from nought", sent(flow=20), ["jump"]),
    (compare, "to nought", sent(stock=0), ["jump"]),
    (compare, "twice the length and more", sent(length=25.1), ["jump"]),
    (compare, "its part of a sum", sent(part=400), ["jump"]),
    (compare, "a row of a table", visits(301), ["jump"]),
]  # fmt: skip


def told(check: Callable[..., Any], fields: Told) -> list[Finding]:
    found = list(check(CATALOG, ASSIGNMENT, submission(CATALOG, **fields)))
    assert_worded(found)
    return found


def name(check: Callable[..., Any], case: str) -> str:
    return f"{check.__name__ if check is compare else check.__module__.rpartition('.')[2]}: {case}"


@pytest.mark.parametrize(("check", "fields"), [pytest.param(c, f, id=name(c, n)) for c, n, f in SILENT])
def test_a_check_stays_silent(check: Callable[..., Any], fields: Told) -> None:
    assert told(check, fields) == []


@pytest.mark.parametrize(
    ("check", "fields", "expected"), [pytest.param(c, f, e, id=name(c, n)) for c, n, f, e in SPEAKS]
)
def test_a_check_speaks(check: Callable[..., Any], fields: Told, expected: list[str]) -> None:
    found = told(check, fields)
    assert codes(found) == expected
    assert all(finding.department == "a" and finding.origin.cell for finding in found)
    assert all(finding.figure or finding.indicator or check is people.check for finding in found)


# --- dates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2018年12月底", "2018-12-01", "2018-12-31"),
        ("截至2018年12月底", "2018-12-01", "2018-12-31"),
        ("2018年底", "2018-12-01", "2018-12-31"),
        ("2018年度（截至12月底）", "2018-12-01", "2018-12-31"),
        ("2018年", "2018-01-01", "2018-12-31"),
        ("2018年内", "2018-01-01", "2018-12-31"),
        ("2018年度", "2018-01-01", "2018-12-31"),
        ("2017年至2018年12月底", "2017-01-01", "2018-12-31"),
        ("2017–2018年", "2017-01-01", "2018-12-31"),
        ("近2年（截至2018年12月底）", "2017-01-01", "2018-12-31"),
        ("近2年（截至2019年2月底）", "2017-03-01", "2019-02-28"),
        ("2018 年 1 月 － 6 月", "2018-01-01", "2018-06-30"),
        ("2018-02", "2018-02-01", "2018-02-28"),
        ("2020-02-29", "2020-02-29", "2020-02-29"),
    ],
)
def test_a_time_spans_days(text: str, first: str, last: str) -> None:
    window = read_window(text)
    assert window
    assert (window.first.isoformat(), window.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    "text",
    ["", "某一时点（如评价开始前的月末）", "最近一年年底", "某一段时间（如评价开始前1年内）", "2018年13月底",
     "2019-02-29", "0018年", "2018年12月底前", "２０１９至2018年", "去年"],
)  # fmt: skip
def test_a_time_that_is_not_certain_spans_none(text: str) -> None:
    assert read_window(text) is None


def test_the_finding_names_the_cell_of_the_date_and_all_answers() -> None:
    given = {"given": {"stock": 5, "flow": 6}, "dates": {"stock": "2019-12", "flow": "2019-12"}}
    first, second = told(data_date.check, given)
    assert (first.origin.cell, second.origin.cell) == ("H5", "H6")
    twins = small_catalog(figure("one", as_of="2018年底"), figure("two", as_of="2018年底"))
    sent_ = submission(twins, {"one": 5, "two": 6}, dates={"one": "2019", "two": "2019"})
    [both] = data_date.check(twins, small_assignment(twins, "a"), sent_)
    assert (both.figure, both.concerns, both.parameters["number"]) == ("one", ("one", "two"), "2")


# --- evidence and people -----------------------------------------------------------------------------------------


def test_a_remark_without_material_explains_why_there_is_none() -> None:
    [finding] = told(evidence.check, listed(("", "", "涉密，可现场查验")))
    assert (finding.code, finding.explanation) == ("evidence-missing", "涉密，可现场查验")
    [finding] = told(evidence.check, listed(("", "", "无")))
    assert finding.explanation == ""


def test_a_missing_person_is_told_with_the_fields_and_the_first_of_their_cells() -> None:
    leader, contact = told(people.check, {"given": {}, "people": {"leader.phone": "1", "contact.name": "x"}})
    assert (leader.parameters["fields"], leader.origin.cell) == ("责任领导姓名", "C24")
    assert (contact.parameters["fields"], contact.origin.cell) == ("联络人办公电话、联络人手机、联络人电子邮箱", "C29")


# --- jumps -------------------------------------------------------------------------------------------------------


def test_a_jump_is_told_with_both_values_and_the_limit() -> None:
    [finding] = told(compare, sent(stock=1250))
    shown = {key: finding.parameters[key] for key in ("value", "before", "round", "moved", "limit")}
    assert shown == {"value": "1250 个", "before": "100 个", "round": "2017", "moved": "×12.5", "limit": "×3"}
    [finding] = told(compare, sent(rate=10))
    assert (finding.parameters["moved"], finding.parameters["limit"]) == ("-50%", "±30%")
    [finding] = told(compare, sent(stock=0))
    assert finding.parameters["moved"] == "-100 个"


def test_a_figure_in_another_unit_than_before_is_not_compared() -> None:
    elsewhere = replace(BEFORE, units={**BEFORE.units, "stock": "件"})
    assert list(jump.check(CATALOG, ASSIGNMENT, submission(CATALOG, {"stock": 1000}), elsewhere)) == []


def test_without_a_previous_round_nothing_jumps() -> None:
    assert codes(check_submission(CATALOG, ASSIGNMENT, submission(CATALOG, {"stock": 1000})).findings) == []
    checked = check_submission(CATALOG, ASSIGNMENT, submission(CATALOG, {"stock": 1000}), BEFORE)
    assert codes(checked.findings) == ["jump"]
    assert checked.answers["stock"].value == 1000


INBOX = Path(__file__).parent.parent / "samples" / "inbox"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("before")
    run_cli(["collect", str(INBOX), "--out", str(out)])
    return out / "results.json"


def test_the_results_of_a_round_are_what_the_next_is_held_against(results: Path) -> None:
    previous = previous_values(read_results(results))
    assert previous.round == "2018"
    assert previous.whole["gov_items_total"] == 1683
    assert previous.units["case_filing_rate"] == "%"
    assert "gov_items_unified_login" not in previous.whole  # a conflict: nothing counted
    assert previous.rows["tertiary_hospitals.outpatient_visits", "云溪市中医院"] == 842300
    assert previous.units["tertiary_hospitals.outpatient_visits"] == "人次"
    assert previous.own["police", "mobile_services_extra"] == 5


def test_a_round_does_not_jump_against_itself_and_does_against_another(results: Path, tmp_path: Path) -> None:
    def jumps(before: Path) -> list[tuple[str, str]]:
        run_cli(["collect", str(INBOX), "--out", str(tmp_path / "out"), "--previous", str(before)])
        found = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))["findings"]
        return [(finding["figure"], finding["cell"]) for finding in found if finding["code"] == "jump"]

    assert jumps(results) == []
    other = json.loads(results.read_text(encoding="utf-8"))
    for entry in other["figures"]:
        if entry["key"] in ("resident_population", "cameras_total"):
            entry["value"] = str(int(entry["value"]) // 100)
    (tmp_path / "before.json").write_text(json.dumps(other), encoding="utf-8")
    assert {key for key, cell in jumps(tmp_path / "before.json") if cell} == {"resident_population", "cameras_total"}


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b"\xff", b'{"round": "1", "figures": [{"key": "a", "value": "x"}]}',
     b'{"round": "1", "figures": [{"key": "a", "value": "1/0"}]}', b'{"round": "1", "figures": [1]}', b"[" * 100_000],
    ids=["nothing", "a list", "an empty object", "no UTF-8", "a value that is none", "a division by nought",
         "no figures", "a bomb"],
)  # fmt: skip
def test_what_is_no_results_file_is_refused_with_a_remedy(
    data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "before.json").write_bytes(data)
    given = ["collect", str(INBOX), "--out", str(tmp_path / "out"), "--previous", str(tmp_path / "before.json")]
    assert run_cli([*given, "--lang", "en"]) == 2
    assert "--previous" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_previous_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert run_cli(["collect", str(INBOX), "--previous", str(tmp_path / "no.json"), "--out", str(tmp_path / "o")]) == 2


# --- explanations ------------------------------------------------------------------------------------------------

PAIR = small_catalog(figure("whole"), figure("part", part_of="whole"), table_figure())
PAIR_ASSIGNMENT = small_assignment(PAIR, "a")


def explained(given: Mapping[str, object], said: Mapping[str, str], tables: Any = None) -> list[tuple[str, str]]:
    sent_ = submission(PAIR, given, tables, explanations=said)
    return [(f.code, f.explanation) for f in check_submission(PAIR, PAIR_ASSIGNMENT, sent_).findings]


def test_a_query_takes_the_explanation_of_its_row() -> None:
    given = {"whole": 5, "part": 6}
    assert explained(given, {}) == [("part-exceeds-whole", "")]
    assert explained(given, {"part": "含外地调入"}) == [("part-exceeds-whole", "含外地调入")]
    assert explained(given, {"whole": "说的是另一行"}) == [("part-exceeds-whole", "")]


def test_what_must_be_corrected_cannot_be_explained_away() -> None:
    assert explained({"whole": 1234567, "part": None}, {"whole": "属实", "part": "属实"}) == [
        ("missing", ""), ("out-of-range", ""),
    ]  # fmt: skip


def test_a_table_is_explained_in_its_row_of_the_figures() -> None:
    rows = {"hospitals": [("甲", {"reads": 3, "visits": 2})]}
    assert explained({}, {"hospitals": "含体检"}, rows) == [("part-exceeds-whole", "含体检")]


def test_an_unreadable_state_is_no_claim_that_calls_for_evidence() -> None:
    fields = {"given": {}, "tables": {"hospitals": State.NOT_APPLICABLE}, "evidence": ()}
    assert told(evidence.check, fields) == []
    assert Origin("a.xlsx", "支撑资料", "F5") == submission(CATALOG, {}, evidence=()).places["L1P1-A1"]
