"""``xlscore audit`` in a round: what it says and where it sends, what it puts back; and what a lost file costs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from front_door import make_office, place, say
from ledger_harm import freely, object_path, told
from mails import attachment, mail, text, zipped
from support import codes, filled, parcel, put

from smartcity_xl.ledger import Keeping, open_ledger, read_ledger
from smartcity_xl.messages import label
from smartcity_xl.model import Outcome
from smartcity_xl.results.conservation import find_states
from smartcity_xl.run.collecting import collect

AT, LATER, LATEST = "2026-11-21T03:00:00Z", "2026-11-22T03:00:00Z", "2026-11-23T03:00:00Z"
FILES = {
    "a.xlsx": filled("secrecy", leak_events=3),
    "notice.pdf": b"%PDF-1.4",
    "m.eml": mail(text(), attachment("表.xlsx", filled("credit")), headers="From: clerk@example.com"),
    "z.zip": zipped({"b.xlsx": filled("tax")}),
}
SUMMARY = label("file.summary")


def keep(folder: Path, at: str = AT, as_of: str = "", **given: Any) -> Outcome:
    return collect(folder / "inbox", folder / "out", keeping=Keeping(folder / "ledger", at, as_of, **given))[0]


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collected")
    put(folder / "inbox", FILES)
    keep(folder)
    return folder


@pytest.fixture
def office(collected: Path, tmp_path: Path) -> Path:
    return shutil.copytree(collected, tmp_path / "office")


def audit(capsys: pytest.CaptureFixture[str], office: Path, *arguments: object) -> Any:
    """What a command says as JSON, with its exit code."""
    said = say(capsys, "audit", "--no-campaign", "--ledger", office / "ledger", "--json", *arguments)
    return {**json.loads(said.out), "code": said.code}


def sha_of(office: Path, name: str) -> str:
    with read_ledger(office / "ledger") as ledger:
        return next(one.sha256 for one in ledger.sightings() if one.name == name)


# --- what is said ------------------------------------------------------------------------------------------------


def test_a_sound_ledger_is_said_to_be_so_with_every_file_in_one_state(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = audit(capsys, office)
    assert (found["code"], found["sound"], found["flaws"], found["schema"]) == (0, True, [], "xlscore-audit/1")
    assert found["parcels"] == sum(found["states"].values()) == len(FILES) + 2
    assert found["states"] == {"taken": 3, "opened": 2, "ignored": 1} | found["states"]
    for language, words in (("zh", "台账完好"), ("en", "The ledger is sound")):
        said = say(capsys, "audit", "--no-campaign", "--ledger", office / "ledger", language=language)
        assert (said.code, words in said.out, found["chain"]["anchor"] in said.out) == (0, True, True)


def test_a_lost_store_is_told_file_by_file_with_the_command_that_puts_it_back(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(office / "ledger" / "store")
    said = say(capsys, "audit", "--no-campaign", "--ledger", office / "ledger", language="en")
    assert said.code == 1
    for name in ("a.xlsx", "notice.pdf", "m.eml/表.xlsx", "z.zip/b.xlsx", "results.json"):
        assert f"A file kept is gone: {name}" in said.out
    assert said.command[:3] == ["audit", "--repair", "--ledger"]
    found = audit(capsys, office, "--repair", "--inbox", office / "inbox")
    assert (found["code"], found["flaws"]) == (0, [])
    assert len(found["mended"]) == 13
    assert told(office / "ledger") == set()


def test_a_page_of_losses_is_cut_and_says_how_many_more(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(30):
        put(office / "ledger" / "store", {f"foreign {number}": b"x"})
    said = say(capsys, "audit", "--no-campaign", "--ledger", office / "ledger", language="en")
    assert said.out.count("does not belong into the store") == 20
    assert "and 10 more" in said.out
    assert len(audit(capsys, office)["flaws"]) == 30


def test_what_was_edited_is_said_in_both_languages_and_not_mended(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with freely(office / "ledger") as database:
        database.execute("UPDATE answer SET value = '9' WHERE rowid = 1")
    for language, words in (("zh", "表 answer"), ("en", "table answer")):
        said = say(capsys, "audit", "--no-campaign", "--ledger", office / "ledger", "--repair", language=language)
        assert (said.code, words in said.out) == (1, True)
    assert audit(capsys, office)["states"] is None, "of a ledger that says what nobody entered"


def test_a_mistake_is_none_of_the_ledgers(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = office / "ledger"
    assert say(capsys, "audit", "--no-campaign", "--ledger", ledger, "--anchor", "abc").code == 2
    assert say(capsys, "audit", "--no-campaign", "--ledger", office / "nowhere").code == 2
    with open_ledger(ledger, LATER):
        assert say(capsys, "audit", "--no-campaign", "--ledger", ledger).code == 3
    assert say(capsys, "audit", "--no-campaign", "--ledger", ledger, "--anchor", "0" * 12).code == 1


def test_in_a_round_it_knows_ledger_and_inbox_and_says_what_comes_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = make_office(tmp_path / "office")
    place(home, "inbox", "secrecy")
    monkeypatch.chdir(home)
    assert say(capsys, "collect").code == 1
    clean = say(capsys, "audit")
    assert (clean.code, len(clean.round), bool(clean.next)) == (0, 1, True)
    shutil.rmtree(home / label("campaign_folder.store") / "store")
    broken = say(capsys, "audit")
    assert (broken.code, broken.command) == (1, ["audit", "--repair"])
    assert say(capsys, *broken.command).code == 0


# --- what is put back --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.xlsx", "m.eml/表.xlsx", "z.zip/b.xlsx"])
def test_bytes_are_put_back_from_the_inbox_from_mails_and_from_archives(
    name: str, office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    object_path(office / "ledger", sha_of(office, name)).write_bytes(b"spoilt")
    found = audit(capsys, office, "--repair", "--inbox", office / "inbox")
    assert (found["code"], [flaw["file"] for flaw in found["mended"]]) == (0, [name])


def test_what_came_in_a_mail_is_put_back_from_the_mail_in_the_store(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(office / "inbox")
    for name in ("m.eml/表.xlsx", "a.xlsx"):
        object_path(office / "ledger", sha_of(office, name)).unlink()
    found = audit(capsys, office, "--repair")
    assert [flaw["file"] for flaw in found["flaws"]] == ["a.xlsx"], "which is nowhere any more"
    assert found["code"] == 1


# --- what a lost file costs --------------------------------------------------------------------------------------


def test_a_file_that_the_store_has_lost_is_put_back_by_the_next_collection_and_that_is_told(office: Path) -> None:
    before, sha256 = (office / "out" / "results.json").read_bytes(), sha_of(office, "a.xlsx")
    kept = object_path(office / "ledger", sha256)
    kept.write_bytes(kept.read_bytes()[:-1] + b"x")  # of the same size
    said: list[tuple[str, Any]] = []
    keep(office, LATER, tell=lambda code, **more: said.append((code, more)))
    assert said == [("store_healed", {"number": 1})]
    assert (office / "out" / "results.json").read_bytes() == before
    assert told(office / "ledger") == set()


def test_looking_back_a_lost_file_costs_itself_and_is_named(office: Path) -> None:
    object_path(office / "ledger", sha_of(office, "a.xlsx")).unlink()
    outcome = keep(office, LATER, as_of=AT)
    assert "file-lost" in codes(outcome.findings)
    [lost] = [finding for finding in outcome.findings if finding.code == "file-lost"]
    assert lost.origin.file == "a.xlsx"
    assert {one.identity.department for one in outcome.submissions} == {"credit", "tax"}


def test_a_replay_that_lacks_nothing_says_nothing_of_loss(office: Path) -> None:
    assert "file-lost" not in codes(keep(office, LATER, as_of=AT).findings)


# --- one state for each file -------------------------------------------------------------------------------------


def test_what_waits_and_what_is_gone_are_states_too(office: Path) -> None:
    (office / "inbox" / "notice.pdf").unlink()
    keep(office, LATER)
    with open_ledger(office / "ledger", LATEST) as ledger:
        ledger.take([parcel(b"new", "new.xlsx")], "imap")
    with read_ledger(office / "ledger") as ledger:
        found = find_states(ledger)
    assert (found.states["gone"], found.states["waiting"], found.lost) == (1, 1, ())
    assert sum(found.states.values()) == found.parcels == len(FILES) + 3


def test_a_file_of_which_a_collection_said_nothing_is_told(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = (office / "out" / "results.json").read_bytes()
    outcome = keep(office, AT, as_of=AT)
    here = [parcel(data, name) for name, data in FILES.items()]
    with open_ledger(office / "ledger", LATER) as ledger:
        ledger.take([*here, parcel(b"forgotten", "forgotten.pdf")], "inbox", ())
        ledger.record_runs([(outcome, results)], {})
    found = audit(capsys, office)
    assert [(flaw["code"], flaw["file"]) for flaw in found["flaws"]] == [("file-stateless", "forgotten.pdf")]


# --- the anchor --------------------------------------------------------------------------------------------------


def test_the_summary_carries_the_anchor_where_asked_and_a_replay_has_the_same(office: Path) -> None:
    plain, summary = (office / "out" / SUMMARY).read_bytes(), office / "out" / SUMMARY
    keep(office, LATER, anchored=True)
    anchored, results = summary.read_bytes(), (office / "out" / "results.json").read_bytes()
    assert anchored != plain
    keep(office, LATEST, anchored=True)
    assert summary.read_bytes() == anchored, "nothing has come: the same"
    put(office / "inbox", {"new.pdf": b"new"})
    keep(office, "2026-11-24T03:00:00Z", anchored=True)
    assert summary.read_bytes() != anchored
    keep(office, "2026-11-25T03:00:00Z", as_of=LATEST, anchored=True)
    assert (summary.read_bytes(), (office / "out" / "results.json").read_bytes()) == (anchored, results)
    keep(office, "2026-11-25T03:00:00Z", as_of=LATEST)
    assert summary.read_bytes() == plain, "where nobody asks, nothing of the ledger stands in it"


def test_the_anchor_of_a_summary_is_one_that_the_ledger_knows(office: Path) -> None:
    anchor = keep(office, LATER, anchored=True).anchor
    assert len(anchor) == 64
    assert told(office / "ledger", anchor) == set()
