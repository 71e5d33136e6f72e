"""Rounds, cities and systems side by side: what of a difference comes from where, against a case worked by hand."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from compared_rounds import CASE, collect_round, first_round, second_round
from front_door import files_below, say
from random_systems import Rolled, roll_system
from tiny_round import INIT, YES, Round, a, b, put_system
from tried_rounds import SYSTEMS, drawn_outcome, merged, outcome_of, seeded

from smartcity_xl.errors import UsageFault
from smartcity_xl.results import attributed, from_outcome, read_results, write_results
from smartcity_xl.results.attributed import PARTS
from smartcity_xl.results.compared import ComparedResults
from smartcity_xl.results.comparing import compare_sides
from smartcity_xl.results.likeness import Likeness
from smartcity_xl.results.scored_run import Rules, ScoredRun
from smartcity_xl.results.undone import Undone
from smartcity_xl.run.comparing import compare_results

FIRST, SECOND = CASE["answers"]["first"], CASE["answers"]["second"]
OWN = "--catalog"


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two rounds of one county, the second under another edition; and three counties in the first edition."""
    home = tmp_path_factory.mktemp("rounds")
    first_round(home / "first")
    second_round(home / "second")
    for name, done in (("甲县", 100), ("乙县", 160)):
        collect_round(home / name, CASE["first"], [{**FIRST, "done": done}], "2025", name)
    silent = {key: value for key, value in FIRST.items() if key != "open"}
    collect_round(home / "open", CASE["first"], [silent], "2025")
    return home


def systems(rounds: Path) -> tuple[str, str]:
    return str(rounds / "first" / "county"), str(rounds / "second" / "county")


def compare(rounds: Path, *names: str) -> ComparedResults:
    (made,) = compare_results([rounds / name / "out" for name in names], systems=systems(rounds))
    return made


@pytest.fixture(scope="module")
def editions(rounds: Path) -> ComparedResults:
    return compare(rounds, "first", "second")


# --- worked by hand --------------------------------------------------------------------------------------------------


def test_the_totals_and_their_parts_are_those_worked_by_hand(editions: ComparedResults) -> None:
    (found,) = editions.differences
    case = CASE["total"]
    assert (found.before_total, found.after_total, found.difference) == tuple(
        case[name] for name in ("first", "second", "difference")
    )
    assert dict(found.parts) == case["parts"]
    assert (found.carried, found.carried_of) == (case["carried"], case["carried_of"])
    assert (found.corrected, found.kept, found.provisional, found.unavailable) == (("done",), (), False, "")


def test_each_indicator_is_told_as_worked_by_hand(editions: ComparedResults) -> None:
    found = {(one.before_code, one.after_code): one for one in editions.differences[0].indicators}
    assert len(found) == len(CASE["indicator"])
    for case in CASE["indicator"]:
        one = found[case.get("before_code"), case.get("after_code")]
        assert (one.before, one.after, dict(one.parts)) == (case["before"], case["after"], case["parts"])
        assert list(one.waits) == case.get("waits", [])


def test_indicators_stand_together_by_what_they_are_and_never_by_code(editions: ComparedResults) -> None:
    rows = [tuple(cell and (cell.code, cell.name) for cell in one.cells) for one in editions.indicators]
    assert (("L1P1-A2", "公开"), ("L1P1-A3", "公开")) in rows
    assert (None, ("L1P1-A2", "移动办理")) in rows
    assert not any(one.same[1] for one in editions.indicators if one.cells[0])
    told = {(one.sort, one.reason, one.before_code, one.after_code) for one in editions.incomparable}
    assert ("indicator", "code", "L1P1-A2", "L1P1-A2") in told
    assert ("figure", "definition", "calls", "calls") in told
    assert ("indicator", "gone", "L2P1-A3", None) in told
    assert {one.before_code for one in editions.incomparable if one.reason == "scoring"} == {
        "L1P1-A1", "L1P1-A2", "L2P1-A1",
    }  # fmt: skip


def test_figures_that_ask_the_same_stand_side_by_side_and_no_others(editions: ComparedResults) -> None:
    both = {one.label: [cell.shown for cell in one.cells if cell] for one in editions.figures if all(one.cells)}
    assert both == {
        "事项总数": ["200", "200"], "办结数": ["120", "150"], "是否公开": ["是", "是"], "满意度": ["70", "75.125"],
        "接通数": ["800", "1080"],
    }  # fmt: skip


def test_levels_have_rates_to_be_compared_across_editions(editions: ComparedResults) -> None:
    rates = {one.cells[0].name: [cell and cell.rate for cell in one.cells] for one in editions.levels if one.cells[0]}
    assert rates == {"服务": ["0.8", "0.835"], "政务": ["0.8", "0.835"], "体验": ["0.8", "0.81075"],
                     "群众": ["0.8", "0.81075"]}  # fmt: skip


# --- corrections, open answers ---------------------------------------------------------------------------------------


def test_a_correction_between_two_runs_of_one_round_is_told_and_one_that_both_have_is_not(
    rounds: Path, tmp_path: Path
) -> None:
    early = collect_round(tmp_path / "early", CASE["second"], [CASE["answers"]["second_at_first"]])
    (late,) = compare_results([early, rounds / "second" / "out"], systems=systems(rounds))
    assert dict(late.differences[0].parts) == {"corrected": "0.6"}
    (same,) = compare_results([rounds / "second" / "out", _copy(rounds, tmp_path)], systems=systems(rounds))
    assert dict(same.differences[0].parts) == {}


def _copy(rounds: Path, folder: Path) -> Path:
    path = folder / "results.json"
    path.write_bytes((rounds / "second" / "out" / "results.json").read_bytes())
    return path


@pytest.mark.parametrize(
    ("names", "parts"),
    [(("first", "open"), {"opened": "-30"}), (("open", "first"), {"settled": "30"})],
    ids=["an answer that is open now takes its points away", "an answer that was open brings its points"],
)
def test_open_answers_are_told_apart_and_marked(rounds: Path, names: tuple[str, str], parts: Mapping[str, str]) -> None:
    made = compare(rounds, *names)
    (found,) = made.differences
    assert (dict(found.parts), found.provisional) == (parts, True)
    assert [run.final for run in made.runs] == [name != "open" for name in names]
    assert any(one.reason == "provisional" for one in made.incomparable)
    (cell,) = [cell for one in made.figures for cell in one.cells if cell and cell.key == "open" and cell.value is None]
    assert cell.shown == "未报"


# --- cities, systems -------------------------------------------------------------------------------------------------


def test_three_cities_are_each_held_against_the_first(rounds: Path) -> None:
    made = compare(rounds, "first", "甲县", "乙县")
    assert not made.chained
    assert [(one.before, one.after) for one in made.differences] == [(1, 2), (1, 3)]
    assert [dict(one.parts) for one in made.differences] == [{"figures": "-3"}, {"figures": "6"}]
    assert all(all(one.same) for one in made.indicators)
    done = next(one for one in made.figures if one.label == "办结数")
    assert [cell and cell.value for cell in done.cells] == ["120", "100", "160"]


def test_rounds_of_one_city_are_each_held_against_the_one_before(rounds: Path) -> None:
    made = compare(rounds, "first", "open", "second")
    assert made.chained
    assert [(one.before, one.after) for one in made.differences] == [(1, 2), (2, 3)]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A round of one city under each built-in system, some answers missing."""
    home = tmp_path_factory.mktemp("drawn")
    for name in SYSTEMS:
        (home / name).mkdir()
        (home / name / "results.json").write_bytes(write_results(from_outcome(drawn_outcome(name))))
    return home


PAIRS = [(a, b) for a in SYSTEMS for b in SYSTEMS if a < b]


@pytest.mark.parametrize("pair", PAIRS, ids=" with ".join)
def test_the_parts_add_up_between_any_two_systems(drawn: Path, pair: tuple[str, str]) -> None:
    (made,) = compare_results([drawn / name for name in pair])
    (found,) = made.differences
    if found.unavailable:
        assert "db37-3890-zoucheng" in pair, "the one without points"
        assert found.unavailable == "no-points"
        assert not found.parts
        return
    assert sum(map(Fraction, found.parts.values())) == Fraction(str(found.difference))
    for one in found.indicators:
        assert (
            sum(map(Fraction, one.parts.values()))
            == Fraction(one.difference)
            == Fraction(one.after) - Fraction(one.before)
        )
        assert set(one.parts) <= set(PARTS)
    shared = [one for one in made.figures if all(one.cells)]
    assert all(len({cell.key for cell in one.cells if cell}) == 1 for one in shared), "shared figures have one key"


def test_two_systems_of_one_round_share_just_the_figures_that_are_declared(drawn: Path) -> None:
    (made,) = compare_results([drawn / "cn-2018", drawn / "db37-3890-zhangqiu"])
    shared = {cell.key for one in made.figures if all(one.cells) for cell in one.cells if cell}
    assert shared
    first, second = drawn_outcome("cn-2018").catalog, drawn_outcome("db37-3890-zhangqiu").catalog
    keys = {key.partition(".")[0].partition("#")[0] for key in shared}
    assert keys <= set(first.figures) & set(second.figures)


# --- what cannot be told apart ---------------------------------------------------------------------------------------


def test_without_the_rules_of_a_run_the_rest_is_still_compared(rounds: Path, tmp_path: Path) -> None:
    """The editions lie nowhere near: nothing is scored again, and levels and figures stand side by side all the
    same."""
    paths = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        paths.append(tmp_path / name / "results.json")
        paths[-1].write_bytes((rounds / name / "out" / "results.json").read_bytes())
    (made,) = compare_results(paths)
    (found,) = made.differences
    assert (found.unavailable, found.difference, dict(found.parts)) == ("no-rules", "2.53", {})
    assert len([one for one in made.figures if all(one.cells)]) == 5
    assert [
        one.cells[1] and one.cells[1].code for one in made.indicators if one.cells[0] and one.cells[0].name == "公开"
    ]
    assert not any(one.same[1] for one in made.indicators if one.cells[0]), (
        "nobody knows whether the rules are the same"
    )
    assert any(one.reason == "no-rules" for one in made.incomparable)


def test_a_record_that_its_rules_do_not_come_to_is_not_told_apart(rounds: Path, tmp_path: Path) -> None:
    document = json.loads((rounds / "second" / "out" / "results.json").read_text(encoding="utf-8"))
    document["total"]["score"] = "99.99"
    edited = tmp_path / "results.json"
    edited.write_text(json.dumps(document), encoding="utf-8")
    (made,) = compare_results([rounds / "first" / "out", edited], systems=systems(rounds))
    assert (made.runs[1].rules, made.differences[0].unavailable) == (False, "no-rules")


def test_times_of_different_length_make_no_figure_the_same(rounds: Path, tmp_path: Path) -> None:
    document = json.loads((rounds / "open" / "out" / "results.json").read_text(encoding="utf-8"))
    document["terms"]["period"], document["round"] = "2026-01-01至2026-06-30", "2026上半年"
    edited = tmp_path / "results.json"
    edited.write_text(json.dumps(document), encoding="utf-8")
    (made,) = compare_results([rounds / "first" / "out", edited], systems=systems(rounds))
    assert not [one for one in made.figures if all(one.cells)]
    assert {one.reason for one in made.incomparable if one.sort == "figure"} == {"span"}
    assert set(made.differences[0].parts) == {"opened"}, "nothing that both answered differs"
    assert not any(all(one.same) for one in made.indicators)


REFUSED = {
    "nothing there": ("nowhere", "results-missing"),
    "one of them alone": ("first", "compare-number"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_compared_at_all_is_refused(rounds: Path, case: str) -> None:
    name, code = REFUSED[case]
    with pytest.raises(UsageFault) as caught:
        compare_results([rounds / name])
    assert caught.value.code == code or (case == "one of them alone" and caught.value.code == "results-nowhere")


def test_systems_that_come_several_times_are_compared_each_by_itself(drawn: Path, tmp_path: Path) -> None:
    given: list[Path] = []
    for city in ("a", "b"):
        (tmp_path / city).mkdir()
        for name in ("cn-2018", "db37-3890-zhangqiu"):
            path = tmp_path / city / f"results-{name}.json"
            path.write_bytes((drawn / name / "results.json").read_bytes())
        given.append(tmp_path / city)
    made = compare_results(given)
    assert [[run.system for run in one.runs] for one in made] == [["cn-2018"] * 2, ["db37-3890-zhangqiu"] * 2]


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_command_tells_the_parts_and_writes_one_workbook(
    rounds: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [rounds / name / "out" for name in ("first", "second")]
    own = [word for folder in systems(rounds) for word in (OWN, folder)]
    for language, part in (("zh", "口径改变，分不开"), ("en", "asked otherwise")):
        said = say(capsys, "compare", *names, *own, "--out", tmp_path, "--overwrite", language=language)
        assert (said.code, said.err) == (0, "")
        assert part in said.out
        assert "+2.53" in said.out
    assert files_below(tmp_path) == {"比较.xlsx"}
    said = say(capsys, "compare", *names, *own, "--json")
    document: dict[str, Any] = json.loads(said.out)
    assert document["schema"] == "xlscore-compare/1"
    assert document["comparisons"][0]["differences"][0]["parts"] == CASE["total"]["parts"]
    assert files_below(tmp_path) == {"比较.xlsx"}


def test_the_command_marks_what_is_provisional(
    rounds: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = say(capsys, "compare", rounds / "first" / "out", rounds / "open" / "out", "--out", tmp_path, language="zh")
    lines = said.out.splitlines()
    assert "（暂定：1 项指标未计分）" in lines[1]
    assert "暂定" not in lines[0]
    assert lines[2] == "2 比 1（暂定）"


# --- older files, rounds ---------------------------------------------------------------------------------------------


def test_results_of_the_first_schema_are_put_beside_todays(tmp_path: Path) -> None:
    old = tmp_path / "results.json"
    old.write_bytes(gzip.decompress((Path(__file__).parent / "data" / "results-1.json.gz").read_bytes()))
    new = tmp_path / "new"
    new.mkdir()
    (new / "results.json").write_bytes(write_results(read_results(old)))
    (made,) = compare_results([old, new])
    assert [run.source.rpartition("/")[2] for run in made.runs] == ["results.json"] * 2
    assert made.differences[0].difference == "0"
    assert all(one.cells[0] == one.cells[1] for one in made.figures)


def test_a_round_alone_is_held_against_the_one_before(tmp_path: Path) -> None:
    put_system(tmp_path)
    round_ = Round(tmp_path)
    for words in (INIT, ("make-templates",)):
        assert round_.run(*words) == 0
    assert round_.run("compare") == 2
    assert "names none of the round before" in round_.told.getvalue()
    last = round_.folder / "上轮结果.json"
    round_.receive(甲=a(all=100, done=50), 乙=b(all=100, done=50, open=YES))
    round_.run("collect")
    last.write_bytes((round_.out / "results.json").read_bytes())
    assert round_.run("compare") == 0
    assert (round_.out / "比较.xlsx").is_file()
    assert "difference of the totals  0" in round_.told.getvalue()
    assert round_.run("export") == 0
    assert (round_.out / "导出" / "cities.csv").is_file()
    (round_.out / "比较.xlsx").write_bytes(b"mine")
    assert round_.run("compare") == 2, "another 比较.xlsx is not overwritten unasked"
    assert round_.run("compare", "--overwrite") == 0


def test_a_round_is_held_against_itself_as_of_a_moment(tmp_path: Path) -> None:
    put_system(tmp_path)
    round_ = Round(tmp_path)
    for words in (INIT, ("make-templates",)):
        assert round_.run(*words) == 0
    round_.receive(甲=a(all=100, done=50), 乙=b(all=100, done=50, open=YES))
    round_.run("collect")
    moment = (round_.day + timedelta(minutes=1)).isoformat()
    round_.receive(乙二=b(all=100, done=50))  # it came later, and leaves a cell blank
    round_.run("collect")
    assert round_.run("compare", "--as-of", moment, "--json") == 0
    said = round_.told.getvalue()
    document, _ = json.JSONDecoder().raw_decode(said[said.index("{") :])
    (made,) = document["comparisons"]
    assert [run["final"] for run in made["runs"]] == [True, False]
    assert made["differences"][0]["parts"] == {"corrected": "-0.4"}
    assert round_.run("compare", "--as-of", moment, str(round_.out)) == 2
    assert round_.run("compare", "--as-of", "2001-01-01") == 2


# --- rolled systems; planted faults ----------------------------------------------------------------------------------


def drawn_side(number: int, rolled: Rolled, given: Mapping[str, Fraction]) -> ScoredRun:
    answers = merged(rolled.catalog, given)
    record = from_outcome(outcome_of(rolled.catalog, answers))
    return ScoredRun(number, str(number), record, Rules(rolled.catalog, rolled.catalog, answers))


@pytest.mark.parametrize("seed", range(12))
def test_between_two_rounds_of_any_one_system_only_answers_and_rounding_make_a_difference(seed: int) -> None:
    """Weights, stars, deductions, dimensions beside the total, rounding at each level or once: from a seed."""
    rolled, rng = roll_system(f"compared {seed}"), seeded(f"second round {seed}")
    later = {
        key: value if rng.random() < 0.4 else Fraction(rng.randint(0, 1000), 10)
        for key, value in rolled.given.items()
        if rng.random() < 0.9
    }
    sides = [drawn_side(number, rolled, given) for number, given in enumerate((rolled.given, later), start=1)]
    (found,) = compare_sides(sides).differences
    if found.unavailable:
        assert found.unavailable == "no-points"
        return
    assert set(found.parts) <= {"figures", "settled", "opened", "rounded"}
    assert sum(map(Fraction, found.parts.values())) == Fraction(str(found.difference))
    first, second = ({one.code: one for one in side.record.indicators} for side in sides)
    both = [code for code in first if first[code].points is not None and second[code].points is not None]
    beside = sides[0].beside
    moved = sum(Fraction(second[c].points or 0) - Fraction(first[c].points or 0) for c in both if c not in beside)
    assert abs(Fraction(found.parts.get("figures", "0")) - moved) < Fraction(len(both) + 1, 10**9)


PLANTED = {
    "figures taken for the same by their keys alone": (
        Likeness,
        "is_shared",
        lambda like, slot: all(slot in one.figures for one in like.shapes),
    ),
    "no correction taken back": (attributed, "undo_corrections", lambda _, __, merged, *___: Undone(merged)),
    "points not weighed by the first's weight": (attributed, "mark_indicator", lambda *_: None),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_seen(rounds: Path, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    monkeypatch.setattr(*PLANTED[fault])
    found = compare(rounds, "first", "second").differences[0]
    assert dict(found.parts) != CASE["total"]["parts"]
    assert sum(map(Fraction, found.parts.values())) == Fraction("2.53"), "adding up alone proves little"
