"""Trying values in a round: its ledger, its systems, and summaries that its own runs wrote."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from pathlib import Path

import pytest
from front_door import files_below, make_office, place, say
from support import ASSIGNMENT, filled, put
from tried_rounds import draw_all, drawn_outcome, fill_sheet, free_slots, merged, outcome_of, seeded

from smartcity_xl.catalog.dates import for_period
from smartcity_xl.catalog.load import load_catalog, load_document
from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import Keeping
from smartcity_xl.messages import label
from smartcity_xl.model import Outcome
from smartcity_xl.model.periods import year_period
from smartcity_xl.office.editing import write_document
from smartcity_xl.results import from_outcome, read_results, write_results
from smartcity_xl.results.recalled import merged_of, seal_of, settings_of
from smartcity_xl.run.collecting import collect
from smartcity_xl.run.whatif import read_attempt, try_values
from smartcity_xl.score.scoring import score_merged
from smartcity_xl.summary import write_summary

INBOX = Path(__file__).parent.parent / "samples" / "inbox"
AT, LATER = "2019-02-20T01:00:00Z", "2019-02-21T01:00:00Z"
SHARED = "gov_items_total"
AREA = "city_area"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """The rehearsal inbox, collected."""
    folder = tmp_path_factory.mktemp("kept")
    outcome, _ = collect(INBOX, folder, keeping=Keeping(folder / "ledger", AT))
    return folder, outcome


def test_what_a_record_recalls_scores_as_it_was_scored(kept: tuple[Path, Outcome]) -> None:
    folder, outcome = kept
    record = read_results(folder / "results.json")
    again = merged_of(record, outcome.catalog)
    assert {key: slot.value for key, slot in again.slots.items()} == {
        key: slot.value for key, slot in outcome.merged.slots.items()
    }
    scores = score_merged(outcome.catalog, again)
    assert [one.mark for one in scores.indicators] == [one.mark for one in outcome.scores.indicators]
    assert scores.total == outcome.scores.total
    assert seal_of(record) == seal_of(from_outcome(outcome))
    assert settings_of(record) == outcome.catalog.settings


def test_a_number_without_end_is_recalled_in_full(tmp_path: Path) -> None:
    """1 亩 is 1/1500 of a square kilometre: a record ends it after ten decimals."""
    (department,) = ASSIGNMENT.asked[AREA]
    put(tmp_path / "inbox", {"a.xlsx": filled(department, **{AREA: "7亩"})})
    outcome, _ = collect(tmp_path / "inbox", tmp_path / "out")
    value = outcome.merged.slots[AREA].value
    assert value == Fraction(7, 1500)
    record = read_results(tmp_path / "out" / "results.json")
    assert Fraction(next(f.value for f in record.figures if f.key == AREA) or 0) != value
    assert merged_of(record, outcome.catalog).slots[AREA].value == value


def test_in_a_round_its_ledger_is_found_and_nothing_in_it_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = make_office(tmp_path / "round")
    place(home, "inbox", "secrecy")
    monkeypatch.chdir(home)
    assert say(capsys, "collect").code == 1
    before = files_below(home)
    monkeypatch.chdir(home / label("campaign_folder.summary"))
    said = say(capsys, "whatif", "gov_items_total=100", "gov_items_ecert=50")
    assert said.code == 0, said.err
    assert said.round
    assert "L1P1-A1" in said.out
    assert "未报 → 15.00" in said.out
    blank = say(capsys, "whatif", label("file.summary"), "--json")
    assert json.loads(blank.out)["systems"][0]["values"] == []
    assert files_below(home) == before


def test_a_filled_summary_of_an_earlier_run_is_tried_by_looking_back(
    kept: tuple[Path, Outcome], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, outcome = kept
    home = tmp_path / "home"
    shutil.copytree(folder, home)
    sheet = tmp_path / "试.xlsx"
    sheet.write_bytes(fill_sheet((home / label("file.summary")).read_bytes(), outcome, {SHARED: 1800.0}))
    fewer = tmp_path / "inbox"
    shutil.copytree(INBOX, fewer)
    next(fewer.glob("01-*")).unlink()
    collect(fewer, home, keeping=Keeping(home / "ledger", LATER))
    monkeypatch.chdir(tmp_path)
    refused = say(capsys, "whatif", sheet, "--ledger", home / "ledger")
    assert refused.code == 2
    assert "--as-of" in refused.err
    said = say(capsys, "whatif", sheet, "--ledger", home / "ledger", "--as-of", AT)
    assert said.code == 0, said.err
    assert "gov_items_total" in said.out


def test_a_filled_copy_in_an_inbox_is_named_and_left_alone(kept: tuple[Path, Outcome], tmp_path: Path) -> None:
    folder, outcome = kept
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    shutil.copy(next(INBOX.glob("10-*")), inbox)
    data = fill_sheet((folder / label("file.summary")).read_bytes(), outcome, {SHARED: 1800.0})
    (inbox / "试算.xlsx").write_bytes(data)
    found, _ = collect(inbox, tmp_path / "out")
    (receipt,) = [one for one in found.receipts if one.parcel == "试算.xlsx"]
    assert (receipt.status, [finding.code for finding in receipt.findings]) == ("ignored", ["own-summary"])


def test_a_figure_that_several_systems_read_is_tried_in_each(tmp_path: Path) -> None:
    national, city, stars = (drawn_outcome(name) for name in ("cn-2018", "gbt33356-2022-city", "db37-3890-zoucheng"))
    for one in (national, city, stars):
        (tmp_path / f"results-{one.catalog.id}.json").write_bytes(write_results(from_outcome(one)))
    names = [set(free_slots(one.catalog)) for one in (national, city, stars)]
    numeric = [key for key, slot in city.catalog.slots.items() if slot.numeric]
    shared = next(key for key in numeric if key in names[0] & names[1] - names[2])
    alone = next(key for key in stars.catalog.slots if key in names[2] - names[0] - names[1])

    def attempt(*words: str) -> list[str]:
        return [one.catalog for one in try_values(read_attempt([str(tmp_path), *words]))]

    assert attempt(f"{shared}=3") == ["cn-2018", "gbt33356-2022-city"]
    assert attempt(f"{alone}=1") == ["db37-3890-zoucheng"]
    sheet = tmp_path / "试.xlsx"
    sheet.write_bytes(fill_sheet(write_summary(city), city, {shared: 3.0}))
    assert attempt(str(sheet)) == ["gbt33356-2022-city"]
    with pytest.raises(UsageFault, match="whatif-sheets"):
        attempt(str(sheet), str(shutil.copy(sheet, tmp_path / "再试.xlsx")))


def test_a_system_of_an_offices_own_is_named_or_the_rounds(tmp_path: Path) -> None:
    home = tmp_path / "本市指标"
    home.mkdir()
    document = load_document("gbt33356-2022-county") | {"id": "our-own", "title": "本市指标"}
    (home / "system.toml").write_text(write_document(document), encoding="utf-8")
    catalog = for_period(load_catalog(str(home)), year_period(2018))
    outcome = outcome_of(catalog, merged(catalog, draw_all(free_slots(catalog), seeded("our own"), 1)))
    (tmp_path / "results.json").write_bytes(write_results(from_outcome(outcome)))
    key = next(key for key, slot in free_slots(catalog).items() if slot.whole)
    with pytest.raises(UsageFault, match="whatif-system"):
        try_values(read_attempt([str(tmp_path), f"{key}=3"]))
    (found,) = try_values(read_attempt([str(tmp_path), f"{key}=3"]), None, (str(home),))
    assert found.catalog == "our-own"
    halved = [{**one, "rule": one["rule"].replace("100", "50")} for one in document["indicators"]]
    edited = document | {"indicators": halved}
    (home / "system.toml").write_text(write_document(edited), encoding="utf-8")
    with pytest.raises(UsageFault, match="whatif-rules"):
        try_values(read_attempt([str(tmp_path), f"{key}=3"]), None, (str(home),))
