"""Under which settings a round is scored where its workbooks carry several; never those of one department alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest
from support import assert_worded, codes, filled, identified, put, receipt

from smartcity_xl.arrival.campaign import word_settings
from smartcity_xl.errors import UsageFault
from smartcity_xl.messages import LANGUAGES, sentence
from smartcity_xl.model import Missing, Person, Roster, RosterEntry, Rounding, Settings
from smartcity_xl.run.collecting import assess
from smartcity_xl.run.systems import Choice

DEFAULT, ONCE = Settings(), Settings(rounding=Rounding.ONCE)
BOOKS = {"secrecy": filled("secrecy"), "credit": filled("credit"), "tax": filled("tax")}


def carrying(department: str, settings: str) -> bytes:
    return identified(BOOKS[department], settings=settings) if settings else BOOKS[department]


def inbox(folder: Path, given: Sequence[tuple[str, str]], names: Sequence[str]) -> Path:
    return put(folder, {f"{name}.xlsx": carrying(*one) for name, one in zip(names, given, strict=True)})


# name -> what the three workbooks carry, the settings that hold, departments whose workbook is held
HELD: dict[str, tuple[tuple[str, str, str], Settings, list[str]]] = {
    "all carry the same": (("rounding=once",) * 3, ONCE, []),
    "one stands alone": (("rounding=once", "", "rounding=once"), ONCE, ["credit"]),
    "one stands alone against the defaults": (("", "rounding=once", ""), DEFAULT, ["credit"]),
    "the same in another order": (
        ("rounding=once missing=left-out", "missing=left-out rounding=once", ""),
        Settings(rounding=Rounding.ONCE, missing=Missing.LEFT_OUT), ["tax"],
    ),
    "no such star": (("", "target_star=99", ""), DEFAULT, ["credit"]),
    "no star at all": (("", "", "target_star=0"), DEFAULT, ["tax"]),
    "no rounding": (("rounding=twice", "", ""), DEFAULT, ["secrecy"]),
    "a setting twice": (("rounding=once rounding=every-level", "", ""), DEFAULT, ["secrecy"]),
    "none can be read": (("rounding=twice",) * 3, DEFAULT, ["credit", "secrecy", "tax"]),
}  # fmt: skip


@pytest.mark.parametrize(("carried", "holds", "held"), HELD.values(), ids=HELD)
def test_one_workbook_never_sets_the_rules_and_is_held(
    carried: tuple[str, str, str], holds: Settings, held: list[str], tmp_path: Path
) -> None:
    departments = list(BOOKS)
    for names in ("abc", "cba", "bca"):
        given = list(zip(departments, carried, strict=True))
        outcome = assess(inbox(tmp_path / names, given, names))
        assert outcome.catalog.settings == holds
        found = [finding for finding in outcome.findings if finding.code.startswith("settings-")]
        at = {f"{name}.xlsx": department for name, department in zip(names, departments, strict=True)}
        assert sorted(at[finding.origin.file] for finding in found) == held
        assert sorted(at[one.parcel] for one in outcome.receipts if one.status == "aside") == held
        assert {finding.code for finding in found} <= {"settings-differ", "settings-unreadable"}
        assert all(finding.parameters["expected"] == word_settings(holds) for finding in found)
        assert len(outcome.submissions) == 3 - len(held)
        assert_worded(found)


# name -> what the workbooks of departments carry, the fault
ASKED: dict[str, tuple[list[tuple[str, str]], str]] = {
    "as many of one sort as of another": ([("secrecy", ""), ("credit", "rounding=once")], "several-settings"),
    "one alone, and not the default": ([("secrecy", "rounding=once")], "settings-alone"),
    "one alone beside those that cannot be read": (
        [("secrecy", "rounding=twice"), ("credit", "rounding=twice"), ("tax", "rounding=once")], "settings-alone",
    ),
    "no sort has more than all others": (
        [("secrecy", ""), ("credit", "rounding=once"), ("tax", "missing=left-out")], "several-settings",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("given", "code"), ASKED.values(), ids=ASKED)
def test_where_the_workbooks_are_not_of_one_mind_the_office_is_asked(
    given: list[tuple[str, str]], code: str, tmp_path: Path
) -> None:
    told = set()
    for names in permutations("abc"[: len(given)]):
        with pytest.raises(UsageFault) as fault:
            assess(inbox(tmp_path / "".join(names), given, names))
        assert fault.value.code == code
        told.add(fault.value.parameters["settings"])
        for language in LANGUAGES:
            text = sentence("errors", code, language, **fault.value.parameters)
            assert word_settings(ONCE) in text
            assert "--campaign" in text
    assert len(told) == 1


def test_many_workbooks_of_one_department_have_one_voice(tmp_path: Path) -> None:
    many = {f"{n}.xlsx": identified(BOOKS["secrecy"], settings="rounding=once", seal=f"{n}") for n in range(5)}
    outcome = assess(put(tmp_path, {**many, "c.xlsx": BOOKS["credit"], "d.xlsx": BOOKS["tax"]}))
    assert outcome.catalog.settings == DEFAULT
    assert {receipt(outcome, name).status for name in many} == {"aside"}


def test_the_same_workbook_twice_has_one_voice(tmp_path: Path) -> None:
    data = carrying("secrecy", "rounding=once")
    files = {"a.xlsx": data, "b.xlsx": data, "c.xlsx": BOOKS["credit"], "d.xlsx": BOOKS["tax"]}
    assert assess(put(tmp_path, files)).catalog.settings == DEFAULT


def test_what_the_office_chose_holds_and_the_others_are_only_noted(tmp_path: Path) -> None:
    outcome = assess(
        inbox(tmp_path, [("secrecy", ""), ("credit", "rounding=once")], "ab"), choice=Choice(settings=ONCE)
    )
    assert outcome.catalog.settings == ONCE
    assert codes(receipt(outcome, "a.xlsx").findings).count("settings-other") == 1
    assert "settings-other" not in codes(receipt(outcome, "b.xlsx").findings)
    assert "settings-differ" not in codes(outcome.findings)


def test_settings_that_there_are_not_are_told_under_a_choice_too(tmp_path: Path) -> None:
    outcome = assess(inbox(tmp_path, [("secrecy", "colour=red")], "a"), choice=Choice(settings=DEFAULT))
    [finding] = [finding for finding in outcome.findings if finding.code == "settings-unreadable"]
    assert finding.parameters["found"] == "colour=red"
    assert receipt(outcome, "a.xlsx").status == "aside"


def test_workbooks_of_strangers_have_no_say(tmp_path: Path) -> None:
    from mails import attachment, mail, text

    letters = {
        f"{name}.eml": mail(text(), attachment("表.xlsx", carrying(name, "rounding=once")))
        for name in ("credit", "tax")
    }
    roster = Roster({"secrecy": RosterEntry("secrecy", (), Person(), Person(addresses=("a@example.com",)), Person())})
    outcome = assess(put(tmp_path, {"a.xlsx": BOOKS["secrecy"], **letters}), roster=roster)
    assert outcome.catalog.settings == DEFAULT
