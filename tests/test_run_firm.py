"""``xlscore firm``: one city's open things, several cities' ranks; in rounds of a county worked by hand."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from compared_rounds import CASE, collect_round
from front_door import say

import smartcity_xl as xl
from smartcity_xl.errors import UsageFault
from smartcity_xl.results import read_results
from smartcity_xl.run.firm import weigh_results
from smartcity_xl.run.firm_province import weigh_province
from smartcity_xl.run.province import CitySource
from smartcity_xl.score.firm_weights import Perturbation

FIRST = CASE["answers"]["first"]
FEW = Perturbation(draws=200, spread=0.5, seed=3)


@pytest.fixture(scope="module")
def counties(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three counties of one system; the third leaves a figure open."""
    home = tmp_path_factory.mktemp("counties")
    collect_round(home / "a", CASE["first"], [FIRST], "2025", "甲县")
    collect_round(home / "b", CASE["first"], [{**FIRST, "done": 160}], "2025", "乙县")
    silent = {key: value for key, value in FIRST.items() if key != "open"}
    collect_round(home / "c", CASE["first"], [silent], "2025", "丙县")
    return home


def system(counties: Path) -> tuple[str]:
    return (str(counties / "a" / "county"),)


def test_the_ranks_of_a_folder_of_cities_are_told_the_best_first(counties: Path) -> None:
    (found,) = weigh_results([counties], systems=system(counties), perturbation=FEW)
    assert [one.city for one in found.cities] == ["甲县", "乙县", "丙县"]
    totals = [Fraction(found.cities[one.city].total or 0) for one in found.ranks]
    assert totals == sorted(totals, reverse=True)
    assert all(one.best <= one.low <= one.median <= one.high <= one.worst for one in found.ranks)
    assert sum(float(one.first) for one in found.ranks) >= 1
    assert all(not city.questions for city in found.cities)
    again = weigh_results([counties / name for name in "cba"], systems=system(counties), perturbation=FEW)
    told = {found.cities[one.city].city: (one.rank, one.low, one.kept, one.lowest) for one in found.ranks}
    assert told == {again[0].cities[one.city].city: (one.rank, one.low, one.kept, one.lowest) for one in again[0].ranks}


def test_an_open_figure_of_one_city_moves_its_total_between_the_ends_of_the_record(counties: Path) -> None:
    (found,) = weigh_results([counties / "c" / "out"], systems=system(counties))
    (city,), record = found.cities, read_results(counties / "c" / "out" / "results.json")
    assert record.total
    assert record.total.range
    question = next(one for one in city.questions if one.sort == "open")
    assert (question.key, [way.choice for way in question.ways]) == ("open", ["lowest", "highest"])
    totals = {record.total.score, *(way.total for way in question.ways)}
    assert (min(totals, key=Fraction), max(totals, key=Fraction)) == (
        record.total.range.floor,
        record.total.range.ceiling,
    )
    assert {one.key for one in city.questions if one.sort == "setting"} == {"ratio_above_one", "rounding"}
    assert all(sum(way.stands for way in one.ways) == 1 for one in city.questions if one.sort == "setting")
    spans = [Fraction(one.span or 0) for one in city.questions]
    assert spans == sorted(spans, reverse=True)


def test_results_that_the_rules_of_today_do_not_come_to_are_refused(counties: Path, tmp_path: Path) -> None:
    text = (counties / "a" / "out" / "results.json").read_text(encoding="utf-8")
    total = read_results(counties / "a" / "out" / "results.json").total
    assert total
    other = tmp_path / "results.json"
    other.write_text(text.replace(f'"score": "{total.score}"', '"score": "1.23"', 1), encoding="utf-8")
    with pytest.raises(UsageFault, match="firm-rules"):
        weigh_results([other], systems=system(counties))
    with pytest.raises(UsageFault, match="results-missing"):
        weigh_results([tmp_path / "nothing"])
    with pytest.raises(UsageFault, match="results-unnamed"):
        weigh_results([])
    for draws, spread in ((0, 0.2), (10, 0.0), (10, 1.0), (10, float("nan"))):
        with pytest.raises(UsageFault, match="firm-draws"):
            xl.weigh_results([counties], system(counties), draws=draws, spread=spread)
    assert xl.weigh_results([counties], system(counties), draws=200, spread=0.5, seed=3) == weigh_results(
        [counties], systems=system(counties), perturbation=FEW
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_command_says_it_in_both_languages(
    counties: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    own = ("--catalog", system(counties)[0], "--no-campaign")
    few = ("--draws", "50", "--spread", "0.5")
    said = say(capsys, "firm", counties, *own, *few, language=language)
    assert (said.code, said.err) == (0, "")
    assert all(name in said.out for name in ("甲县", "乙县", "丙县", "5%–95%"))
    assert said.out == say(capsys, "firm", counties, *own, *few, language=language).out
    alone = say(capsys, "firm", counties / "c", *own, language=language)
    assert ("最低" if language == "zh" else "lowest") in alone.out
    settled = say(capsys, "firm", counties / "a" / "out", *own, language=language)
    assert settled.code == 0


def test_the_command_prints_a_record_and_refuses_what_is_no_share(
    counties: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = ("--catalog", system(counties)[0], "--no-campaign", "--json")
    document: dict[str, Any] = json.loads(say(capsys, "firm", counties, *own, "--draws", "30", "--seed", "5").out)
    assert document["schema"] == "xlscore-firm/1"
    (found,) = document["systems"]
    assert found["weights"] == {"draws": 30, "spread": "0.2", "seed": 5}
    assert len(found["ranks"]) == 3
    for wrong in (("--spread", "1"), ("--spread", "0"), ("--draws", "0"), ("--seed", "x")):
        assert say(capsys, "firm", counties, *own, *wrong).code == 2


# --- a province ------------------------------------------------------------------------------------------------------


def test_the_summary_of_a_province_takes_the_ranks_of_the_same_draws(
    counties: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = ("--catalog", system(counties)[0], "--draws", "200", "--spread", "0.5", "--seed", "3")
    said = say(capsys, "province", counties, "--firm", *own, "--out", tmp_path / "out", "--json")
    (made,) = json.loads(said.out)["systems"]
    (found,) = weigh_results([counties], systems=system(counties), perturbation=FEW)
    told = {one["name"]: one["firm"] for one in made["ranking"]}
    assert told == {
        found.cities[one.city].city: {"best": one.best, "middle": one.median, "worst": one.worst, "share": one.kept}
        for one in found.ranks
    }
    bare = json.loads(say(capsys, "province", counties, "--out", tmp_path / "out", "--json").out)
    assert all(one["firm"] is None for one in bare["systems"][0]["ranking"])


def test_a_province_has_no_intervals_where_the_rules_of_a_city_are_not_at_hand(counties: Path, tmp_path: Path) -> None:
    sources = [CitySource(name, counties / name / "out" / "results.json") for name in "abc"]
    firm = weigh_province(sources, system(counties), FEW)
    assert [len(one) for one in firm.values()] == [3]
    assert weigh_province([*sources, sources[0]], system(counties), FEW) == firm, "one record twice is one city"
    other = tmp_path / "results.json"
    text = sources[0].path.read_text(encoding="utf-8") if sources[0].path else ""
    other.write_text(text.replace('"mark": "', '"mark": "9', 1), encoding="utf-8")
    assert weigh_province([*sources, CitySource("x", other)], system(counties), FEW) == {}
    other.write_text("{}", encoding="utf-8")
    assert weigh_province([*sources, CitySource("x", other)], system(counties), FEW) == firm, "told by the summary"
