"""One set of workbooks, several systems: each figure is asked once, and every system is scored from it."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, TypeAlias

import office
import openpyxl
import pytest
from assignments import NAMES, fill_book
from msgspec.structs import replace
from recalculated_systems import by_hand
from several import CITIES, NATIONAL, PARTS, STARS, SYSTEMS, WHOLE, Campaign, hold
from whole_cities import CITY

from smartcity_xl.books.cells import cell_name
from smartcity_xl.catalog.combine import lay_together, part_of_findings, under_settings
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import UsageFault
from smartcity_xl.form.map import FIGURES, SCORES, column, plan_template
from smartcity_xl.messages import label, words
from smartcity_xl.model import (
    Finding,
    Missing,
    Origin,
    Outcome,
    RatioAboveOne,
    Rounding,
    Settings,
)
from smartcity_xl.model.settings import DEFAULT_SETTINGS, settings_from_text
from smartcity_xl.rules.tree import Quotient, walk
from smartcity_xl.run.collecting import assess
from smartcity_xl.run.systems import Choice

ScoresUnder: TypeAlias = Callable[[Settings, Path], tuple[Campaign, Outcome]]


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    return hold(tmp_path_factory.mktemp("several"), WHOLE)


@pytest.fixture(scope="module")
def outcome(campaign: Campaign) -> Outcome:
    return assess(campaign.inbox, choice=Choice(SYSTEMS, campaign.book))


class Collected(NamedTuple):
    """What a collection said, its exit code, and where it wrote."""

    code: int
    said: str
    out: Path


@pytest.fixture(scope="module")
def collected(campaign: Campaign, tmp_path_factory: pytest.TempPathFactory) -> Collected:
    """The whole campaign, collected once from the command line."""
    out, said = tmp_path_factory.mktemp("collected") / "out", io.StringIO()
    words = ["collect", str(campaign.inbox), "--assignment", str(campaign.book), "--out", str(out), "--lang", "zh"]
    with contextlib.redirect_stdout(said):
        code = run_cli(words)
    return Collected(code, said.getvalue(), out)


@pytest.fixture(scope="module")
def one_for_all(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    return hold(tmp_path_factory.mktemp("one"), WHOLE, NAMES[:1])


@pytest.fixture(scope="module")
def under(tmp_path_factory: pytest.TempPathFactory) -> ScoresUnder:
    """The whole city of GB/T 33356, collected under settings from workbooks made under them: made once for each of
    the settings, and laid into each test's own folder."""
    made: dict[Settings, tuple[Campaign, Outcome]] = {}

    def lay(settings: Settings, folder: Path) -> tuple[Campaign, Outcome]:
        if settings not in made:
            catalog = under_settings(PARTS[1], settings)
            held = hold(tmp_path_factory.mktemp("settings"), catalog)
            made[settings] = held, assess(held.inbox, choice=Choice((CITIES,), held.book))
        held, outcome = made[settings]
        shutil.copytree(held.book.parent, folder, dirs_exist_ok=True)
        return replace(held, book=folder / held.book.name, inbox=folder / held.inbox.name), outcome

    return lay


# --- laid together -----------------------------------------------------------------------------------------------


def test_every_figure_stands_once_and_no_code_twice() -> None:
    assert set(WHOLE.figures) == {key for part in PARTS for key in part.figures}
    assert len(WHOLE.figures) < sum(len(part.figures) for part in PARTS)
    codes = Counter(indicator.code for indicator in WHOLE.indicators)
    assert max(codes.values()) == 1
    assert len(codes) == sum(len(part.indicators) for part in PARTS)


def test_a_single_system_stays_as_it_is() -> None:
    assert lay_together(PARTS[:1]) is PARTS[0]


def test_one_key_that_means_two_things_is_refused() -> None:
    key = next(key for key in PARTS[0].figures if key in PARTS[1].figures)
    other = replace(PARTS[1], figures={**PARTS[1].figures, key: replace(PARTS[1].figures[key], unit="万个")})
    with pytest.raises(UsageFault) as refused:
        lay_together((PARTS[0], other))
    assert (refused.value.code, refused.value.parameters["key"]) == ("systems-differ", key)


@pytest.mark.parametrize("shorts", [("甲", "甲"), ("甲", "")], ids=["alike", "missing"])
def test_short_names_must_tell_systems_apart(shorts: tuple[str, str]) -> None:
    with pytest.raises(UsageFault) as refused:
        lay_together([replace(part, short=short) for part, short in zip(PARTS, shorts, strict=False)])
    assert refused.value.code == "systems-short"


def test_a_finding_reaches_the_systems_it_concerns() -> None:
    own = next(key for key in PARTS[0].figures if all(key not in part.figures for part in PARTS[1:]))
    findings = [
        Finding("missing", Origin("a.xlsx"), figure=own),
        Finding("query", Origin("a.xlsx"), indicator=WHOLE.code_of(PARTS[1], PARTS[1].indicators[0].code)),
        Finding("not-ours", Origin("b.xlsx")),
    ]
    reached = [[finding.code for finding in part_of_findings(findings, WHOLE, part)] for part in PARTS]
    assert reached == [["missing", "not-ours"], ["query", "not-ours"], ["not-ours"]]


# --- one workbook for each department ----------------------------------------------------------------------------


def test_a_workbook_asks_each_figure_once(campaign: Campaign) -> None:
    for path in campaign.inbox.iterdir():
        sheet = openpyxl.load_workbook(path)[label("sheet.figures")]
        at = column(FIGURES, "key") + 1
        keys = [sheet.cell(row, at).value for row in range(2, sheet.max_row + 1) if sheet.cell(row, at).value]
        assert len(keys) == len(set(keys))


def test_every_system_is_scored_from_the_same_workbooks(outcome: Outcome) -> None:
    together = (outcome, *outcome.beside)
    assert [one.catalog.id for one in together] == list(SYSTEMS)
    assert float(together[1].scores.total) == float(CITY["total"])
    assert all(one.scores.final for one in together)


def test_a_system_scores_the_same_alone(outcome: Outcome, tmp_path: Path) -> None:
    for number, (part, found) in enumerate(zip(PARTS, (outcome, *outcome.beside), strict=True)):
        folder = tmp_path / str(number)
        folder.mkdir()
        alone = hold(folder, part)
        single = assess(alone.inbox, choice=Choice((part.id,), alone.book))
        assert [(i.indicator.code, i.score, i.star) for i in single.scores.indicators] == [
            (i.indicator.code, i.score, i.star) for i in found.scores.indicators
        ]


def test_each_system_gets_its_summary_and_its_results(collected: Collected) -> None:
    out, done = collected.out, collected.code
    assert done in (0, 1)
    assert {path.name for path in out.glob("*.*")} >= {
        *(f"汇总-{system}.xlsx" for system in SYSTEMS), *(f"results-{system}.json" for system in SYSTEMS),
    }  # fmt: skip
    results = json.loads((out / f"results-{CITIES}.json").read_text(encoding="utf-8"))
    assert results["total"]["score"] == CITY["total"]
    assert CITY["total"] in collected.said
    overview = openpyxl.load_workbook(out / f"汇总-{STARS}.xlsx")[label("sheet.overview")]
    shown = [str(cell.value) for row in overview.iter_rows() for cell in row if cell.value is not None]
    assert any(text.startswith(f"{CITY['total']} / 100.00") for text in shown)


def test_several_systems_need_an_assignment_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["make-templates", "--catalog", NATIONAL, "--catalog", CITIES]) == 2
    assert "catalog assign cn-2018 gbt33356-2022-city" in capsys.readouterr().err


@pytest.mark.office
@pytest.mark.parametrize("program", office.PROGRAMS)
def test_the_workbook_of_several_systems_calculates_the_scores_worked_by_hand(
    program: str, one_for_all: Campaign, tmp_path: Path
) -> None:
    campaign = one_for_all
    (department,) = campaign.assignment.departments
    plan = plan_template(WHOLE, campaign.assignment, department, words("sheet"))
    files = sorted(campaign.inbox.iterdir())
    saved = office.recalculate(program, files, tmp_path / program)
    shown = office.read_values(saved[files[0]])[label("sheet.scores")]
    section = next(section for section in plan.sections if section.system.id == CITIES)
    _, scores = by_hand(CITIES)
    seen = {s.indicator.code.split()[-1]: shown[cell_name(s.row, column(SCORES, "score"))] for s in section.scores}
    assert seen == {code: float(score) for code, score in scores.items()}


# --- settings ----------------------------------------------------------------------------------------------------

LITERAL = Settings(ratio_above_one=RatioAboveOne.LITERAL)
ONCE = Settings(rounding=Rounding.ONCE)
LEFT_OUT = Settings(missing=Missing.LEFT_OUT)


@pytest.mark.parametrize("settings", [DEFAULT_SETTINGS, LITERAL, ONCE, LEFT_OUT, Settings(target_star=5)])
def test_settings_travel_in_a_workbook_and_come_back(settings: Settings) -> None:
    assert settings_from_text(settings.as_text()) == settings


@pytest.mark.parametrize("text", ["ratio_above_one=most", "rounding", "colour=red", "target_star=x"])
def test_settings_that_there_are_not_are_not_read(text: str) -> None:
    assert settings_from_text(text) is None


def test_only_ratios_without_a_stated_cap_are_taken_to_the_letter() -> None:
    catalog = under_settings(PARTS[0], LITERAL)
    found = [n for i in catalog.indicators for n in walk(i.rule) if isinstance(n, Quotient) and n.share]
    assert {(n.stated_cap, n.literal) for n in found} == {(True, False), (False, True)}


def test_the_target_of_a_campaign_is_for_star_systems_only() -> None:
    assert [under_settings(part, Settings(target_star=5)).target for part in PARTS] == [0, 0, 5]


def test_to_the_letter_a_ratio_above_one_earns_more_and_is_told(under: ScoresUnder, tmp_path: Path) -> None:
    _, outcome = under(LITERAL, tmp_path)
    assert outcome.scores.total > Fraction(CITY["total"])
    assert "ratio-literal" in {finding.code for finding in outcome.findings}
    assert outcome.catalog.settings == LITERAL, "read from the workbooks themselves"


def test_rounded_once_only_the_total_is_rounded(under: ScoresUnder, tmp_path: Path) -> None:
    _, outcome = under(ONCE, tmp_path)
    exact = sum((d.score for d in outcome.scores.dimensions), Fraction(0))
    assert exact != outcome.scores.total
    assert abs(exact - outcome.scores.total) <= Fraction(1, 200)
    assert any(d.score.denominator > 100 for d in outcome.scores.dimensions)


@pytest.fixture(scope="module")
def summaries(under: ScoresUnder, tmp_path_factory: pytest.TempPathFactory) -> Mapping[Settings, tuple[Path, Outcome]]:
    """The summary under each of the settings, and what the engine came to; one workbook is missing where that is what
    the settings are about."""
    found = {}
    for number, settings in enumerate((LITERAL, ONCE, LEFT_OUT)):
        folder = tmp_path_factory.mktemp("under")
        campaign, outcome = under(settings, folder)
        if settings is LEFT_OUT:
            (campaign.inbox / "0.xlsx").unlink()
            outcome = assess(campaign.inbox, choice=Choice((CITIES,), campaign.book))
            assert not outcome.scores.final
        out = folder / "out"
        run_cli(["collect", str(campaign.inbox), "--assignment", str(campaign.book), "--out", str(out)])
        path = out / f"{number}.xlsx"
        path.write_bytes((out / label("file.summary")).read_bytes())
        found[settings] = path, outcome
    return found


@pytest.mark.office
@pytest.mark.parametrize("program", office.PROGRAMS)
def test_a_summary_under_settings_recalculates_to_the_engine(
    program: str, summaries: Mapping[Settings, tuple[Path, Outcome]], tmp_path: Path
) -> None:
    """To the letter, rounded once, and with what is missing left out."""
    saved = office.recalculate(program, [path for path, _ in summaries.values()], tmp_path / program)
    shown = {s: office.read_values(saved[path])[label("sheet.overview")]["B4"] for s, (path, _) in summaries.items()}
    assert shown == {settings: float(outcome.scores.total) for settings, (_, outcome) in summaries.items()}


def test_left_out_the_provisional_total_is_compared_with_what_was_assessed(
    summaries: Mapping[Settings, tuple[Path, Outcome]],
) -> None:
    book = openpyxl.load_workbook(summaries[LEFT_OUT][0], data_only=True)
    sheets = (book[label("sheet.overview")], book[label("sheet.notes")])
    shown = "\n".join(str(c.value) for sheet in sheets for row in sheet.iter_rows() for c in row if c.value is not None)
    assert label("overview.left_out", assessed="\0", rate="\0").split("\0")[0] in shown
    assert label("settings.missing_left_out") in shown


def test_the_settings_are_printed_defaults_included(collected: Collected) -> None:
    notes = openpyxl.load_workbook(collected.out / f"汇总-{STARS}.xlsx")[label("sheet.notes")]
    shown = {str(cell.value) for row in notes.iter_rows() for cell in row if cell.value is not None}
    names: Mapping[str, str] = {"ratio_cap": "", "rounding_every_level": "", "missing_zero": ""}
    assert {label(f"settings.{name}") for name in names} <= shown
    assert label("settings.target", level=label("stars.level_4")) in shown


def test_a_department_that_answers_for_one_system_only_is_no_stranger_to_the_others(tmp_path: Path) -> None:
    """Its file is listed everywhere; only the system that asks it something waits for it."""
    book, inbox = tmp_path / "分工.xlsx", tmp_path / "inbox"
    whole = lay_together(PARTS[:2])
    only_first = [key for key in PARTS[0].figures if key not in PARTS[1].figures]
    duties = {key: (NAMES[0] if key in only_first else NAMES[1],) for key in whole.figures}
    book.write_bytes(fill_book(whole, duties))
    run_cli(["make-templates", "--assignment", str(book), "--out", str(inbox)])
    out = tmp_path / "out"
    assert run_cli(["collect", str(inbox), "--assignment", str(book), "--out", str(out)]) == 1
    results = [json.loads((out / f"results-{part.id}.json").read_text(encoding="utf-8")) for part in PARTS[:2]]
    assert [NAMES[0] in {d["name"] for d in one["departments"]} for one in results] == [True, False]
