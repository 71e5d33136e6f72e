"""Which round is scored where an inbox holds several and nobody says which: never the last one's by majority."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

import pytest
from support import filled, identified, put, receipt

from smartcity_xl.arrival import campaign
from smartcity_xl.catalog.load import assignment_ids
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import UsageFault
from smartcity_xl.messages import LANGUAGES, sentence
from smartcity_xl.run.collecting import assess
from smartcity_xl.run.systems import Choice

BOOKS = {name: filled(name) for name in ("secrecy", "credit", "tax")}
Given = Mapping[str, Mapping[str, str]]


def of(department: str, **fields: str) -> bytes:
    return identified(BOOKS[department], **fields) if fields else BOOKS[department]


# name -> what the workbooks say of themselves beside what they are
MIXED: dict[str, list[tuple[str, dict[str, str]]]] = {
    "most of them are last year's, one is of this": [
        ("secrecy", {"round": "2017"}), ("credit", {"round": "2017"}), ("tax", {}),
    ],
    "two of last year's": [("secrecy", {"round": "2017"}), ("credit", {"round": "2017"}), ("tax", {}), ("secrecy", {}),
                           ("credit", {})],
    "one of each": [("secrecy", {"round": "2017"}), ("tax", {})],
    "one department alone sends many of this year's": [
        ("secrecy", {}), ("secrecy", {"seal": "1"}), ("credit", {"round": "2017"}),
    ],
    "one of a later round": [("secrecy", {}), ("credit", {}), ("tax", {"round": "2019"})],
    "one of a round that nobody can place": [("secrecy", {}), ("credit", {}), ("tax", {"round": "试填"})],
    "two of another city": [("secrecy", {}), ("credit", {}), ("tax", {}), ("secrecy", {"city": "开封市"}),
                            ("credit", {"city": "开封市"})],
}  # fmt: skip
STRAY: dict[str, tuple[dict[str, str], str]] = {
    "one of last year's": ({"round": "2017"}, "round-differs"),
    "one of another city": ({"city": "开封市"}, "city-differs"),
}


def laid(folder: Path, given: list[tuple[str, dict[str, str]]]) -> Path:
    return put(folder, {f"{n}.xlsx": of(name, **fields) for n, (name, fields) in enumerate(given)})


@pytest.mark.parametrize("case", MIXED)
def test_an_inbox_of_two_rounds_asks_and_says_what_to_type(case: str, tmp_path: Path) -> None:
    inbox = laid(tmp_path / "收", MIXED[case])
    with pytest.raises(UsageFault) as fault:
        assess(inbox)
    assert fault.value.code == "several-rounds"
    for language in LANGUAGES:
        told = sentence("errors", fault.value.code, language, **fault.value.parameters)
        lines = [line for line in told.splitlines() if line.startswith("  ")]
        assert len(lines) == 2
        for line in lines:  # what it says to type is what works
            words = shlex.split(line.partition("  --")[2].rpartition(":")[0])
            assert run_cli(["collect", str(inbox), "--out", str(tmp_path / "出"), f"--{words[0]}", *words[1:]]) == 1
    assert run_cli(["collect", str(inbox), "--out", str(tmp_path / "别处")]) == 2
    assert not (tmp_path / "别处" / "汇总.xlsx").exists()


@pytest.mark.parametrize("case", STRAY)
def test_one_stray_beside_a_round_costs_itself_alone(case: str, tmp_path: Path) -> None:
    fields, code = STRAY[case]
    outcome = assess(laid(tmp_path, [("secrecy", {}), ("credit", {}), ("tax", fields)]))
    assert outcome.round == "2018"
    one = receipt(outcome, "2.xlsx")
    assert (one.status, one.findings[0].code) == ("rejected", code)


def test_what_the_office_chooses_is_scored_whatever_there_is_more_of(tmp_path: Path) -> None:
    inbox = laid(tmp_path, MIXED["most of them are last year's, one is of this"])
    assert [one.department for one in assess(inbox, choice=Choice(round="2018")).submissions] == ["tax"]
    assert len(assess(inbox, choice=Choice(round="2017", city="云溪市")).submissions) == 2
    with pytest.raises(UsageFault, match="round-absent"):
        assess(inbox, choice=Choice(round="2016"))


def test_a_round_and_another_typed_beside_it_are_refused(tmp_path: Path) -> None:
    home = tmp_path / "轮"
    given = ("--city", "云溪市", "--round", "2018", "--deadline", "2019-02-25")
    assert run_cli(["init", str(home), *given]) == 0
    (home / "收件" / "a.xlsx").write_bytes(BOOKS["tax"])
    assert run_cli(["collect", "--campaign", str(home), "--round", "2017"]) == 2
    assert run_cli(["collect", "--campaign", str(home), "--round", "2018"]) in (0, 1)


def test_which_sharings_out_are_shipped_is_looked_up_once_for_all_workbooks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = laid(tmp_path / "收", [(name, {}) for name in BOOKS] + [("tax", {"assignment": "x"})])
    asked: list[str] = []
    monkeypatch.setattr(campaign, "assignment_ids", lambda name: asked.append(name) or assignment_ids(name))
    assess(inbox)
    assert len(asked) == 2, "one for each that a workbook names"
