"""An untouched form never replaces a filled one, whichever way it comes; it is listed, and asked about."""

from __future__ import annotations

from pathlib import Path

import mails
import pytest
from books_other_formats import as_xlsb
from mails import attachment, mail, text
from rounds import template
from support import (
    ASSIGNMENT,
    CATALOG,
    ISSUE,
    assert_worded,
    codes,
    edited,
    filled,
    identified,
    put,
    read,
    receipt,
)

from smartcity_xl.arrival.echoes import part_echoes
from smartcity_xl.form.template import Given, write_template
from smartcity_xl.ledger import Keeping
from smartcity_xl.model import Outcome
from smartcity_xl.run.collecting import assess, collect

FILLED = filled("secrecy", secrecy_review_deduction=0.25, leak_events=1, crypto_failing_systems=4)
BLANK = template("secrecy")
FIRST, SECOND, THIRD = (f"2019-03-0{day}T00:00:00Z" for day in (1, 2, 3))


def prefilled() -> bytes:
    """A form that shows last round's values beside the cells."""
    given = Given(previous={"leak_events": "3"}, previous_round="2017")
    made = write_template(CATALOG, ASSIGNMENT, "secrecy", ISSUE, given)
    assert made != BLANK
    return made


UNTOUCHED = {
    "as it was issued": BLANK,
    "opened and saved": edited(BLANK, lambda book: None),
    "with last round's values beside the cells": prefilled(),
    "of another version": identified(BLANK, version="0"),
    "issued anew, with a higher number": identified(BLANK, revision="3"),
    "saved as .xlsb": as_xlsb(BLANK),
}


def in_force(outcome: Outcome) -> tuple[str, ...]:
    return next(one.files for one in outcome.departments if one.department.key == "secrecy")


def told(outcome: Outcome, name: str) -> tuple[str, list[str]]:
    found = receipt(outcome, name)
    assert_worded(found.findings)
    return found.status, codes(found.findings)


@pytest.mark.parametrize("case", UNTOUCHED)
def test_beside_a_filled_one_it_is_listed_and_asked_about(case: str, tmp_path: Path) -> None:
    outcome = assess(put(tmp_path, {"1.xlsx": FILLED, "2.xlsx": UNTOUCHED[case]}))
    assert (in_force(outcome), told(outcome, "2.xlsx")) == (("1.xlsx",), ("ignored", ["blank-form"]))
    assert "blank-form" in codes(outcome.findings)


@pytest.mark.parametrize("case", UNTOUCHED)
def test_in_a_later_run_it_replaces_nothing(case: str, tmp_path: Path) -> None:
    inbox = put(tmp_path / "收", {"1.xlsx": FILLED})
    first, _ = collect(inbox, tmp_path / "出", keeping=Keeping(tmp_path / "账", FIRST))
    put(inbox, {"2.xlsx": UNTOUCHED[case]})
    later, _ = collect(inbox, tmp_path / "出", keeping=Keeping(tmp_path / "账", SECOND))
    assert (in_force(later), later.scores.total) == (("1.xlsx",), first.scores.total)
    assert told(later, "2.xlsx")[1] == ["blank-form"]


WAYS = {
    "a later mail": {"二.eml": mail(text(), attachment("表.xlsx", BLANK))},
    "an archive": {"二.zip": mails.zipped_as("表.xlsx".encode(), BLANK)},
    "an archive in a mail": {"二.eml": mails.netease("材料.zip", mails.zipped_as("表.xlsx".encode(), BLANK))},
}


@pytest.mark.parametrize("way", WAYS)
def test_by_mail_and_in_archives_it_replaces_nothing_either(way: str, tmp_path: Path) -> None:
    outcome = assess(put(tmp_path, {"一.eml": mail(text(), attachment("填.xlsx", FILLED)), **WAYS[way]}))
    assert in_force(outcome) == ("一.eml/填.xlsx",)
    assert [one.status for one in outcome.receipts if "blank-form" in codes(one.findings)] == ["ignored"]


def test_the_return_of_an_untouched_form_does_not_beat_the_filled_one(tmp_path: Path) -> None:
    inbox, out = put(tmp_path / "收", {"1.xlsx": BLANK}), tmp_path / "出"
    _, done = collect(inbox, out, keeping=Keeping(tmp_path / "账", FIRST))
    returned = done.returned[0].read_bytes()
    (inbox / "1.xlsx").unlink()
    put(inbox, {"2.xlsx": FILLED, "3.xlsx": returned, "4.xlsx": edited(returned, lambda book: None)})
    outcome, _ = collect(inbox, out, keeping=Keeping(tmp_path / "账", SECOND))
    assert in_force(outcome) == ("2.xlsx",)
    assert {told(outcome, name)[0] for name in ("3.xlsx", "4.xlsx")} == {"ignored"}


def test_an_untouched_form_stands_back_behind_our_own_return_where_that_alone_holds_the_answers(tmp_path: Path) -> None:
    inbox, out = put(tmp_path / "收", {"1.xlsx": filled("secrecy", leak_events="约 3")}), tmp_path / "出"
    _, done = collect(inbox, out, keeping=Keeping(tmp_path / "账", FIRST))
    (inbox / "1.xlsx").unlink()
    put(inbox, {"2.xlsx": done.returned[0].read_bytes(), "3.xlsx": identified(BLANK, revision="5")})
    outcome, _ = collect(inbox, out, keeping=Keeping(tmp_path / "账", SECOND))
    assert in_force(outcome) == ("2.xlsx",)


# --- all there is -------------------------------------------------------------------------------------------------


def test_alone_it_is_all_there_is(tmp_path: Path) -> None:
    outcome = assess(put(tmp_path, {"1.xlsx": BLANK}))
    assert (in_force(outcome), told(outcome, "1.xlsx")[0]) == (("1.xlsx",), "taken")
    assert "blank-form-alone" not in codes(outcome.findings)


def test_laid_over_the_filled_one_it_is_asked_about_and_the_filled_one_is_named(tmp_path: Path) -> None:
    """A shared folder in which the blank form was saved over the filled one."""
    inbox, out = put(tmp_path / "收", {"表.xlsx": FILLED}), tmp_path / "出"
    collect(inbox, out, keeping=Keeping(tmp_path / "账", FIRST))
    put(inbox, {"表.xlsx": BLANK})
    outcome, _ = collect(inbox, out, keeping=Keeping(tmp_path / "账", SECOND))
    [asked] = [one for one in outcome.findings if one.code == "blank-form-alone"]
    assert_worded([asked])
    stored = tmp_path / "账" / asked.parameters["stored"]
    assert stored.read_bytes() == FILLED
    again, _ = collect(inbox, tmp_path / "又", keeping=Keeping(tmp_path / "账", THIRD, SECOND))
    assert "blank-form-alone" in codes(again.findings), "looking back says the same"
    put(inbox, {"放回.xlsx": stored.read_bytes()})
    back, _ = collect(inbox, out, keeping=Keeping(tmp_path / "账", THIRD))
    assert (in_force(back), told(back, "表.xlsx")[1]) == (("放回.xlsx",), ["blank-form"])


def test_what_the_office_lets_in_is_no_echo_any_more() -> None:
    both = [read(FILLED, "1.xlsx"), read(BLANK, "2.xlsx")]
    assert [one.parcel for one in part_echoes(both)[0]] == ["1.xlsx"]
    assert [one.parcel for one in part_echoes(both, admitted={both[1].sha256})[0]] == ["1.xlsx", "2.xlsx"]
