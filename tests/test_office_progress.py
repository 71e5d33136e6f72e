"""What comes next in a round: one table of states, and the command that each calls for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from front_door import make_office

from smartcity_xl.messages import sentence_codes
from smartcity_xl.model import CampaignSettings
from smartcity_xl.office.campaign import read_campaign
from smartcity_xl.office.campaign.progress import Progress, Stage, next_step

PAPER, DRAFTS, GETS, POST, BOTH = "paper", "drafts", "gets", "post", "both"
"""An office without mail, one that writes drafts, one that does and fetches, one that sends, one that does both."""


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CampaignSettings]:
    home = tmp_path_factory.mktemp("offices")
    hosts = {
        DRAFTS: {},
        GETS: {"imap_host": "mail"},
        POST: {"smtp_host": "mail"},
        BOTH: {"smtp_host": "mail", "imap_host": "mail"},
    }
    found = {name: read_campaign(make_office(home / name, templates=False, **hosts[name])) for name in hosts}
    text = (home / DRAFTS / "campaign.toml").read_text(encoding="utf-8")
    (home / PAPER).mkdir()
    (home / PAPER / "campaign.toml").write_text(text.replace("office@example.com", ""), encoding="utf-8")
    return {**found, PAPER: read_campaign(Path(home / PAPER))}


READY = {"departments": 3, "templates": 3}
REACHED = {**READY, "reachable": 3, "unsent": 3}
OUT = {**READY, "reachable": 3, "sent": 3}
CAME = {**OUT, "collected": True, "reported": 2, "owing": 3}
ALL_CAME = {**OUT, "collected": True, "reported": 3, "owing": 1}
DONE = {**OUT, "collected": True, "reported": 3, "final": True}
NOTHING: tuple[str, ...] = ()

STEPS: list[tuple[str, dict[str, Any], str, str]] = [
    (PAPER, {"departments": 3}, "", "next_templates: make-templates (3)"),
    (PAPER, {**READY, "templates": 2}, "", "next_templates: make-templates (1)"),
    (PAPER, {**READY, "roster_faults": ("C5",)}, "", "next_roster:  (1)"),
    (PAPER, READY, "", "next_hand_out: collect (0)"),
    (PAPER, {**READY, "unread": 2}, "", "next_unread: collect (2)"),
    (PAPER, CAME, "", "next_wait: collect (1)"),
    (PAPER, {**CAME, "returned": 2}, "", "next_give_back: collect (2)"),
    (PAPER, ALL_CAME, "", "next_wait_corrected: collect (1)"),
    (PAPER, {**ALL_CAME, "owing": 0}, "", "next_open: collect (0)"),
    (DRAFTS, REACHED, "", "next_draft: send --dry-run (3)"),
    (DRAFTS, {**REACHED, "drafts": {"issue"}}, "", "next_post_drafts: collect (0)"),
    (DRAFTS, READY, "", "next_hand_out: collect (0)"),
    (DRAFTS, {**CAME, "receipts": 2}, "", "next_receipt_drafts: send --receipts --dry-run (2)"),
    (DRAFTS, {**CAME, "receipts": 2, "drafts": {"receipt"}}, "send", "next_post_drafts: collect (0)"),
    (DRAFTS, {**CAME, "receipts": 2, "drafts": {"receipt"}}, "", "next_wait: collect (1)"),
    (DRAFTS, {**CAME, "receipts": 2, "reminders": 1, "drafts": {"receipt"}}, "", "next_remind: remind (3)"),
    (DRAFTS, {**CAME, "reminders": 1}, "", "next_remind: remind (3)"),
    (DRAFTS, {**CAME, "reminders": 1}, "remind", "next_remind_send: remind --dry-run (1)"),
    (DRAFTS, {**CAME, "reminders": 1, "drafts": {"remind"}}, "remind", "next_post_drafts: collect (0)"),
    (GETS, {**REACHED, "drafts": {"issue"}}, "", "next_post_drafts_fetch: fetch (0)"),
    (GETS, CAME, "", "next_fetch: fetch (0)"),
    (POST, REACHED, "", "next_send: send (3)"),
    (POST, {**REACHED, "sent": 2, "unsent": 1}, "send", "next_send_rest: send (1)"),
    (POST, OUT, "", "next_wait: collect (3)"),
    (POST, {**CAME, "conflicts": 4, "receipts": 2}, "", "next_decide: collect (4)"),
    (POST, {**CAME, "ruled": 2, "conflicts": 1}, "", "next_decide: collect (1)"),
    (DRAFTS, {**CAME, "ruled": 2}, "", "next_rulings: collect (2)"),
    (DRAFTS, {**DONE, "ruled": 1}, "", "next_rulings: collect (1)"),
    (DRAFTS, {**DONE, "receipts": 1}, "", "next_receipt_drafts: send --receipts --dry-run (1)"),
    (POST, {**CAME, "receipts": 2}, "", "next_receipts: send --receipts (2)"),
    (POST, {**CAME, "reminders": 1}, "", "next_remind: remind (3)"),
    (POST, {**CAME, "reminders": 1}, "remind", "next_remind_send: remind --send (1)"),
    (POST, CAME, "remind", "next_wait: collect (1)"),
    (BOTH, OUT, "", "next_fetch: fetch (0)"),
    (BOTH, {**OUT, "unread": 1}, "fetch", "next_unread: collect (1)"),
    (BOTH, CAME, "", "next_fetch: fetch (0)"),
    (BOTH, DONE, "", ""),
    (PAPER, DONE, "", ""),
    (PAPER, {**DONE, "owing": 1}, "", "next_wait_corrected: collect (1)"),
    (PAPER, {**DONE, "unread": 1}, "", "next_unread: collect (1)"),
]


@pytest.mark.parametrize(("office", "state", "after", "expected"), STEPS)
def test_each_state_of_a_round_has_its_next_step(
    office: str, state: dict[str, Any], after: str, expected: str, offices: dict[str, CampaignSettings]
) -> None:
    given = {**state, "drafts": frozenset(state.get("drafts", ()))}
    step = next_step(Progress(settings=offices[office], **given), after)
    assert (f"{step.code}: {' '.join(step.command)} ({step.number})" if step else "") == expected


def test_every_step_is_in_the_table_and_every_sentence_about_one_is_used() -> None:

    package = Path(__file__).parent.parent / "smartcity_xl"
    steps = set(re.findall(r'"(next_\w+)"', (package / "office" / "campaign" / "progress.py").read_text("utf-8")))
    assert steps == {expected.partition(":")[0] for *_, expected in STEPS} - {""}
    commands = "".join(path.read_text("utf-8") for path in (package / "cli").rglob("*.py"))
    known = {code for code in sentence_codes("cli") if code.startswith("next_")}
    assert known == steps | {code for code in known if f'"{code}"' in commands}


@pytest.mark.parametrize(
    ("state", "done"),
    [
        ({"departments": 3}, set()),
        (READY, {Stage.SET_UP}),
        ({**READY, "roster_faults": ("C5",)}, set()),
        (OUT, {Stage.SET_UP, Stage.SENT}),
        ({**CAME, "conflicts": 1, "returned": 1}, {Stage.SET_UP, Stage.SENT}),
        ({**CAME, "returned": 1, "given_back": 1}, {Stage.SET_UP, Stage.SENT, Stage.CONFLICTS, Stage.RETURNED}),
        (DONE, set(Stage)),
        ({**DONE, "unread": 1}, set(Stage) - {Stage.RECEIVED, Stage.FINAL}),
        ({**DONE, "ruled": 1}, set(Stage) - {Stage.RECEIVED, Stage.FINAL}),
    ],
)
def test_a_stage_is_done_or_open(state: dict[str, Any], done: set[Stage], offices: dict[str, CampaignSettings]) -> None:
    progress = Progress(settings=offices[POST], **state)
    assert {stage for stage in Stage if progress.done(stage)} == done
