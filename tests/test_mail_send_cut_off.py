"""Lines that are cut and processes that are killed: each mail is sent once all the same."""

from __future__ import annotations

import os
from email import message_from_bytes
from pathlib import Path

import pytest
from rounds import (
    THREE,
    chosen,
    killed,
    killed_at,
    make_round,
    real_round,
    run_send,
)
from sending import FAST, A, B, C, boxes, scripted, steps
from servers import Cutter, MailHost, Script

from smartcity_xl.errors import MachineFault
from smartcity_xl.ledger import Step
from smartcity_xl.run.posting import ARRIVED, RESEND

pytestmark = [
    pytest.mark.servers,
    pytest.mark.usefixtures("trusted"),
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]


# --- cut off -----------------------------------------------------------------------------------------------------


def test_a_mail_whose_answer_was_lost_is_left_to_a_person_and_the_others_go_out(tmp_path: Path, script: Script) -> None:
    folder = scripted(tmp_path, script)
    script.answers = {"DATA": ["lost"]}
    _, done = run_send(folder, pace=FAST)
    assert [done[d].verdict.step for d in THREE] == [Step.DATA, Step.SENT, Step.SENT]
    plan, _ = run_send(folder, pace=FAST)
    assert (plan.uncertain, plan.outgoing, len(script.taken)) == ([A], [], 3)


def test_a_person_says_that_it_arrived(tmp_path: Path, script: Script) -> None:
    folder = scripted(tmp_path, script)
    script.answers = {"DATA": ["lost"]}
    run_send(folder, A)
    plan, _ = run_send(folder, A, uncertain=ARRIVED)
    assert (plan.sent, len(script.taken), steps(folder, A)) == ([A], 1, [Step.SENT])
    assert run_send(folder, A)[0].uncertain == []


def test_a_person_says_that_it_did_not_and_it_goes_out_under_the_same_name(tmp_path: Path, script: Script) -> None:
    folder = scripted(tmp_path, script)
    script.answers = {"DATA": ["lost"]}
    run_send(folder, A)
    run_send(folder, A, uncertain=RESEND)
    assert len({message_from_bytes(mail)["Message-ID"] for mail in script.taken}) == 1
    assert (len(script.taken), steps(folder, A)) == (2, [Step.SENT])


@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
def test_a_line_that_is_cut_before_the_mail_was_taken_is_opened_anew_once(
    tmp_path: Path, script: Script, verb: str
) -> None:
    script.answers = {verb: ["lost"]}
    _, done = run_send(scripted(tmp_path, script), pace=FAST)
    assert ({one.verdict.step for one in done.values()}, len(script.taken)) == ({Step.SENT}, 3)


def test_a_line_that_is_cut_again_and_again_ends_the_run_and_the_next_one_goes_on(
    tmp_path: Path, script: Script
) -> None:
    folder = scripted(tmp_path, script)
    script.answers = {"RCPT": ["250 ok", "250 ok", "lost", "lost"]}
    with pytest.raises(MachineFault) as cut:
        run_send(folder, pace=FAST)
    assert (cut.value.code, len(script.taken)) == ("mail-cut", 1)
    _, done = run_send(folder, pace=FAST)
    assert (set(done), len(script.taken)) == ({B, C}, 3)


def through(folder: Path, cutter: Cutter, office: str, people: dict[str, tuple[str, str]]) -> Path:
    return make_round(
        folder, office, people, smtp_host="127.0.0.1", smtp_port=cutter.port, smtp_security="plain"
    )  # fmt: skip


def settle(folder: Path, host: MailHost, people: dict[str, tuple[str, str]]) -> int:
    """Run again, and have a person look into the mailboxes of those that are uncertain; gives how many they were."""
    plan, _ = run_send(folder, *people, pace=FAST)
    for department in plan.uncertain:
        there = host.settled(people[department][0])
        run_send(folder, department, pace=FAST, uncertain=ARRIVED if there else RESEND)
    assert run_send(folder, *people, pace=FAST)[0].outgoing == []
    for department in people:
        assert len(host.arrived(people[department][0])) == 1, department
        assert steps(folder, department) == [Step.SENT]
    return len(plan.uncertain)


ANSWERS = 13
"""Answers of Exim in one run with two mails: greeting, EHLO, AUTH, five and four of the mails, QUIT."""


@pytest.mark.parametrize("reply", range(1, ANSWERS + 1))
def test_a_line_that_is_cut_before_any_answer_sends_each_mail_once(
    quick_path: Path, host: MailHost, reply: int
) -> None:
    office, people = boxes(host)
    two = {A: people[A], B: people[B]}
    with Cutter(host, reply=reply).run() as cutter:
        folder = through(quick_path, cutter, office, two)
        if reply > 3:
            run_send(folder, A, B, pace=FAST)
        else:
            with pytest.raises(MachineFault):
                run_send(folder, A, B, pace=FAST)
        assert cutter.cut
        settle(folder, host, two)


@pytest.mark.parametrize("sent", [300, 1000, 20_000, 45_000])
def test_a_line_that_is_cut_in_the_middle_of_the_text_sends_each_mail_once(
    quick_path: Path, host: MailHost, sent: int
) -> None:
    office, people = boxes(host)
    two = {A: people[A], B: people[B]}
    with Cutter(host, sent=sent).run() as cutter:
        folder = through(quick_path, cutter, office, two)
        _, done = run_send(folder, A, B, pace=FAST)
        assert cutter.cut
        assert done[A].verdict.step in (Step.SENT, Step.DATA), "what the system has taken may have left this computer"
        settle(folder, host, two)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_process_that_is_killed_at_any_step_sends_each_mail_once(quick_path: Path, host: MailHost) -> None:
    def fresh(name: str) -> tuple[Path, dict[str, tuple[str, str]]]:
        office, people = boxes(host)
        two = {A: people[A], B: people[B]}
        return real_round(quick_path / name, host, office, two), two

    run_send(fresh("first")[0], A, B, pace=FAST)  # what is kept for the next time is no step of theirs
    with killed_at(0) as calls:
        run_send(fresh("whole")[0], A, B, pace=FAST)
    asked, ended = [], []
    for step in chosen(calls, 25):
        folder, people = fresh(str(step))
        ended.append(killed(step, lambda at=folder: run_send(at, A, B, pace=FAST)))  # type: ignore[misc]
        asked.append(settle(folder, host, people))
    assert sum(asked) >= 2, "each mail was killed between its text and the answer"
    assert sum(ended) > 0.9 * len(ended), "killed at all steps, but for one that a repetition does without"
