"""``xlscore whatif``: other values tried on the command line or in a filled summary, beside the official result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from front_door import files_below, say
from tried_rounds import (
    SYSTEMS,
    draw_all,
    drawn_outcome,
    drawn_trial,
    fill_sheet,
    free_slots,
    merged,
    outcome_of,
    seeded,
    system,
    typed,
    write_filled,
)

from smartcity_xl.arrival.inbox import is_own_output
from smartcity_xl.errors import UsageFault, WhatifFault
from smartcity_xl.model import Kind, Outcome, Scores
from smartcity_xl.results import from_outcome, write_results
from smartcity_xl.results.shown import exact, two
from smartcity_xl.results.tried import TriedSystem
from smartcity_xl.run.whatif import read_attempt, try_values
from smartcity_xl.score.trying import offer_trials, score_trial
from smartcity_xl.summary import write_summary

CN = "cn-2018"
TABLE = "tertiary_hospitals"


def first(kind: Kind) -> str:
    return next(key for key, slot in offer_trials(system(CN)).slots.items() if slot.kind is kind)


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return drawn_outcome(CN)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, outcome: Outcome) -> Path:
    """A folder with the results and the summary of a run, and nothing else."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "results.json").write_bytes(write_results(from_outcome(outcome)))
    (folder / "汇总.xlsx").write_bytes(write_summary(outcome))
    return folder


def attempt(*words: object) -> tuple[TriedSystem, ...]:
    return try_values(read_attempt([str(word) for word in words]))


def expected(outcome: Outcome, values: Mapping[str, Fraction]) -> Scores:
    return score_trial(outcome.catalog, outcome.merged, offer_trials(outcome.catalog).trial(values))


def assert_same(found: TriedSystem, outcome: Outcome, tried: Scores) -> None:
    """The record says what the engine comes to, and names every indicator that moves."""
    official = {score.indicator.code: score for score in outcome.scores.indicators}
    moved = [score for score in tried.indicators if score.mark != official[score.indicator.code].mark]
    assert [one.code for one in found.indicators] == [score.indicator.code for score in moved]
    for one, score in zip(found.indicators, moved, strict=True):
        shown = None if score.score is None else two(score.score)
        assert (one.tried.score, one.tried.mark, one.tried.star) == (shown, exact(score.mark), score.star)
        assert one.tried.points == exact(score.points)
    if outcome.catalog.graded:
        assert found.total is not None
        assert (found.total.official, found.total.tried) == (two(outcome.scores.total), two(tried.total))
        assert Fraction(found.total.difference) == tried.total - outcome.scores.total
    assert found.final == tried.final


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_filled_summary_and_the_same_words_come_to_what_the_engine_does(name: str, tmp_path: Path) -> None:
    outcome = drawn_outcome(name)
    trials = offer_trials(outcome.catalog)
    (tmp_path / "results.json").write_bytes(write_results(from_outcome(outcome)))
    data = write_summary(outcome)
    for number in range(3):
        values = drawn_trial(outcome, f"{name} {number}")
        contents = {key: typed(trials, key, value) for key, value in values.items()}
        sheet = write_filled(tmp_path / f"试{number}.xlsx", data, outcome, contents)
        (found,) = attempt(sheet)
        assert_same(found, outcome, expected(outcome, values))
        words = [
            f"{key}={exact(value) if trials.slots[key].numeric else contents[key]}" for key, value in values.items()
        ]
        assert attempt(tmp_path, *words) == (found,)


def test_a_figure_is_named_by_its_key_or_its_wording_and_a_value_may_bear_its_unit(home: Path) -> None:
    (by_key,) = attempt(home, "gov_items_total=1800")
    for word in ("政务服务事项总数=1800", "政务服务事项总数＝１８００", " 政务服务事项总数 = 1,800项 "):
        assert attempt(home, word) == (by_key,)
    assert [(one.key, one.tried, one.unit) for one in by_key.values] == [("gov_items_total", "1800", "项")]
    (half,), (same,) = attempt(home, f"{TABLE}=85%"), attempt(home, f"{TABLE}=0.85")
    assert half == same
    (none,) = attempt(home, f"{TABLE}=不适用")
    assert none.values[0].tried == "0"


def test_an_item_and_an_option_are_named_in_words(home: Path, outcome: Outcome) -> None:
    item, choice = first(Kind.YESNO), first(Kind.CHOICE)
    options = outcome.catalog.slots[choice].options
    for words, value in (("是", "1"), ("否", "0")):
        (found,) = attempt(home, f"{item}={words}")
        assert_same(found, outcome, expected(outcome, {item: Fraction(value)}))
    for at, option in enumerate(options, start=1):
        for said in (option.label, option.key):
            (found,) = attempt(home, f"{choice}={said}")
            assert_same(found, outcome, expected(outcome, {choice: Fraction(at)}))


def test_an_open_figure_can_be_tried_until_its_indicator_scores(tmp_path: Path) -> None:
    empty = outcome_of(system(CN), merged(system(CN), {}))
    (tmp_path / "results.json").write_bytes(write_results(from_outcome(empty)))
    (one,) = attempt(tmp_path, "gov_items_total=100")
    assert one.indicators == ()
    (both,) = attempt(tmp_path, "gov_items_total=100", "gov_items_ecert=50")
    (indicator,) = both.indicators
    assert (indicator.official.standing, indicator.tried.standing) == ("missing", "settled")
    assert (indicator.official.score, indicator.tried.score) == (None, "15.00")
    assert not both.final


WRONG = {
    "gov_items=5": ("gov_items_total（", "政务服务事项总数"),
    "政务服务事项=5": ("gov_items_total（",),
    "zzzz=5": ("没有名为“zzzz”的数据项；代号和名称",),
    "L1P1-A1=5": ("是指标，不是数据项", "gov_items_total, gov_items_ecert"),
    "gov_items_total=abc": ("读不出数",),
    "gov_items_total=": ("没有写数",),
    "gov_items_total=3.5": ("整数",),
    "gov_items_total=-1": ("0 至",),
    "gov_items_total=5亩": ("单位",),
    "gov_items_total=不适用": ("没有规定怎么计",),
    f"{TABLE}=1.5": ("0 至 1",),
    f"{TABLE}.record_reads=5": ("逐行平均", TABLE),
    "是否建成城市交通运行指数公共平台=也许": ("下拉框中的一项",),
}


@pytest.mark.parametrize("word", WRONG)
def test_what_cannot_be_tried_is_told_with_what_can(home: Path, word: str) -> None:
    with pytest.raises(WhatifFault) as caught:
        attempt(home, word)
    (fault,) = caught.value.faults
    zh, en = fault.words("zh"), fault.words("en")
    assert zh.startswith(f"{word.strip()}: ")
    assert all(part in zh for part in WRONG[word]), zh
    assert en != zh


def test_a_list_a_fixed_figure_and_a_share_that_could_be_two_are_told(home: Path, outcome: Outcome) -> None:
    catalog = outcome.catalog
    checklist = next(figure for figure in catalog.figures.values() if figure.kind is Kind.CHECKLIST)
    fixed = next(slot for slot in catalog.slots.values() if slot.fixed is not None)
    share = first(Kind.SHARE)
    told = {
        f"{checklist.key}=3": f"{checklist.slots[0].key}=是",
        f"{checklist.label}=3": f"{checklist.slots[0].key}=是",
        f"{fixed.key}=3": "固定值",
        f"{share}=0.85": "可能是 0.85%，也可能是 85%",
    }
    with pytest.raises(WhatifFault) as caught:
        attempt(home, *told)
    said = {fault.words().partition(": ")[0]: fault.words() for fault in caught.value.faults}
    assert set(said) == set(told)
    assert all(part in said[word] for word, part in told.items()), said
    assert attempt(home, f"{share}=85%") == attempt(home, f"{share}=85")


def test_all_faults_are_told_at_once_and_one_figure_is_given_once(home: Path) -> None:
    with pytest.raises(WhatifFault) as caught:
        attempt(home, "gov_items_total=1", "政务服务事项总数=2", "nothing=1", "gov_items_ecert=x")
    assert len(caught.value.faults) == 3
    assert any("写了两个数，前一个在：gov_items_total=1" in fault.words() for fault in caught.value.faults)


def test_a_wording_that_two_figures_bear_is_not_guessed(home: Path) -> None:
    with pytest.raises(WhatifFault) as caught:
        attempt(home, "安全生产=是")
    (fault,) = caught.value.faults
    keys = fault.words().rpartition("：")[2].split(", ")
    assert "可以指几项" in fault.words()
    assert len(keys) == 2
    assert all(attempt(home, f"{key}=是") for key in keys)


# --- a filled summary ------------------------------------------------------------------------------------------------


def test_a_cell_that_cannot_be_taken_is_told_by_its_place(home: Path, outcome: Outcome, tmp_path: Path) -> None:
    contents = {"gov_items_total": "很多", "gov_items_ecert": -5.0, first(Kind.YESNO): "是"}
    sheet = write_filled(tmp_path / "试.xlsx", (home / "汇总.xlsx").read_bytes(), outcome, contents)
    with pytest.raises(WhatifFault) as caught:
        attempt(home / "results.json", sheet)
    places = [fault.words().partition(": ")[0] for fault in caught.value.faults]
    assert len(places) == 2
    assert all(place.startswith("试算!F") for place in places)


def test_a_summary_of_another_run_round_system_or_edition_is_told(home: Path, tmp_path: Path) -> None:
    catalog = system(CN)
    answers = merged(catalog, draw_all(free_slots(catalog), seeded("another run"), 1), rows=3)
    other = outcome_of(catalog, answers)
    county = drawn_outcome("gbt33356-2022-county")
    record = from_outcome(other)
    made = {
        "whatif-other-run": write_results(record),
        "whatif-other-system": write_results(from_outcome(county)),
        "whatif-other-round": write_results(record).replace(b'"round": "2018"', b'"round": "2019"'),
        "whatif-other-edition": write_results(record).replace(
            b'"version": "%s"' % catalog.version.encode(), b'"version": "0"'
        ),
    }
    for code, data in made.items():
        (tmp_path / "results.json").write_bytes(data)
        with pytest.raises(UsageFault) as caught:
            attempt(tmp_path / "results.json", home / "汇总.xlsx")
        assert caught.value.code == code


def test_results_of_another_edition_or_that_do_not_agree_with_the_rules_are_refused(home: Path, tmp_path: Path) -> None:
    record = json.loads((home / "results.json").read_text(encoding="utf-8"))
    path = tmp_path / "results.json"
    edited = record | {"catalog": record["catalog"] | {"version": "0"}}
    path.write_text(json.dumps(edited), encoding="utf-8")
    with pytest.raises(UsageFault, match="whatif-edition"):
        attempt(path, "gov_items_total=5")
    moved: dict[str, Any] = json.loads(json.dumps(record))
    moved["total"]["score"] = "99.99"
    path.write_text(json.dumps(moved), encoding="utf-8")
    with pytest.raises(UsageFault, match="whatif-rules"):
        attempt(path, "gov_items_total=5")
    own = record | {"catalog": record["catalog"] | {"id": "our-own"}}
    path.write_text(json.dumps(own), encoding="utf-8")
    with pytest.raises(UsageFault, match="whatif-system"):
        attempt(path, "gov_items_total=5")


def test_a_copy_is_known_as_ours_and_is_no_departments_form(home: Path, outcome: Outcome, tmp_path: Path) -> None:
    data = fill_sheet((home / "汇总.xlsx").read_bytes(), outcome, {"gov_items_total": 5.0})
    (tmp_path / "汇总.xlsx").write_bytes(data)
    assert is_own_output(tmp_path / "汇总.xlsx", tmp_path)


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_command_tells_both_results_and_writes_nothing(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    before = {name: hashlib.sha256((home / name).read_bytes()).digest() for name in files_below(home)}
    for language in ("zh", "en"):
        said = say(capsys, "whatif", "results.json", "政务服务事项总数=1800", language=language)
        assert said.code == 0, said.err
        assert "gov_items_total" in said.out
        assert "L1P1-A3" in said.out
        assert " → " in said.out
    said = say(capsys, "whatif", "results.json", "gov_items_total=1800", "--json")
    document = json.loads(said.out)
    assert document["schema"] == "xlscore-whatif/1"
    (found,) = document["systems"]
    assert found["catalog"] == CN
    assert found["values"][0]["tried"] == "1800"
    blank = say(capsys, "whatif", "汇总.xlsx")
    assert (blank.code, "没有填“假如”" in blank.out) == (0, True)
    for wrong in (
        ("whatif",),
        ("whatif", "nowhere.xlsx"),
        ("whatif", "results.json"),
        ("whatif", "results.json", "a=1"),
    ):
        refused = say(capsys, *wrong)
        assert refused.code == 2
        assert refused.err
    assert before == {name: hashlib.sha256((home / name).read_bytes()).digest() for name in files_below(home)}
