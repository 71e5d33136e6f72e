"""Mails that are refused, now or for good."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from rounds import (
    Clock,
    Told,
    make_round,
    run_send,
    set_people,
)
from sending import FAST, OFFICE, PEOPLE, A, B, scripted, steps
from servers import MailHost, Script

from smartcity_xl.ledger import Step
from smartcity_xl.mail.mailbox import Pace
from smartcity_xl.messages import sentence

pytestmark = [
    pytest.mark.servers,
    pytest.mark.usefixtures("trusted"),
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]


# --- refused -----------------------------------------------------------------------------------------------------

NOT_NOW = [
    ("the quota of NetEase, on MAIL", {"MAIL": ["451 MI:SFQ,x"]}, [900], "quota"),
    ("too many mails on one connection", {"MAIL": ["450 MI:DMC"]}, [1], "connection"),
    ("a network address that is too busy", {"MAIL": ["421 HL:IFC"]}, [900], "frequency"),
    ("text like spam, for now", {"DATA": ["451 DT:SPM, please try again"]}, [150], "spam"),
    ("a greylist", {"RCPT": ["450 4.7.1 greylisted"]}, [60], "busy"),
    ("a busy server, twice", {"RCPT": ["452 full", "452 full"]}, [60, 300], "busy"),
    ("a server that hangs up", {"MAIL": ["421 closing"]}, [], ""),
]


@pytest.mark.parametrize(("answers", "waits", "word"), [case[1:] for case in NOT_NOW], ids=[c[0] for c in NOT_NOW])
def test_what_is_refused_for_now_is_tried_again_after_a_while_and_arrives_once(
    tmp_path: Path, script: Script, answers: dict[str, list[str]], waits: list[float], word: str
) -> None:
    script.answers = answers
    clock, tell = Clock(), Told()
    _, done = run_send(scripted(tmp_path, script), B, clock=clock, tell=tell, pace=FAST)
    assert (done[B].verdict.step, len(script.taken)) == (Step.SENT, 1)
    assert [wait for wait in clock.slept if wait] == waits
    assert all(facts["word"] == word for code, facts in zip(tell.codes, tell.facts, strict=True) if "waiting" in code)
    assert steps(tmp_path, B) == [Step.SENT]


FOR_GOOD = [
    ("an unknown receiver", {"RCPT": ["550 User not found"]}, "mailbox", 2),
    ("text like spam", {"DATA": ["554 DT:SPM 163 smtp"]}, "spam", 0),
    ("a sender that is not the login", {"MAIL": ["553 Mail from must equal authorized user"]}, "sender", 0),
    ("QQ's words for the same", {"MAIL": ["501 mail from address must be same as authorization user"]}, "sender", 0),
    ("a mail that is too large", {"DATA": ["552 message size exceeds"]}, "size", 2),
    ("something else", {"RCPT": ["554 no"]}, "refused", 2),
]


@pytest.mark.parametrize(("answers", "word", "others"), [c[1:] for c in FOR_GOOD], ids=[c[0] for c in FOR_GOOD])
def test_what_is_refused_for_good_is_told_with_what_to_do_and_halts_the_rest_where_it_concerns_the_sender(
    tmp_path: Path, script: Script, answers: dict[str, list[str]], word: str, others: int
) -> None:
    script.answers = answers
    _, done = run_send(scripted(tmp_path, script), pace=FAST)
    assert (done[A].verdict.step, done[A].verdict.word, len(script.taken)) == (Step.REFUSED, word, others)
    for language in ("zh", "en"):
        assert sentence("cli", f"reply_{word}", language)
    run_send(scripted(tmp_path, script), pace=FAST)
    assert len(script.taken) == 3, "the next run sends those that were not taken"


def test_every_word_that_the_table_of_replies_gives_has_a_sentence() -> None:
    from smartcity_xl.mail.mailbox.faults import known

    for word in {rule["word"] for rule in known()["reply"]} | {"busy", "refused", "cut"}:
        assert sentence("cli", f"reply_{word}")


def test_a_refused_copy_does_not_keep_the_mail_from_its_contact(tmp_path: Path, script: Script) -> None:
    script.answers = {"RCPT": ["250 ok", "550 User not found"]}
    _, done = run_send(scripted(tmp_path, script), A, pace=FAST)
    assert (done[A].verdict.step, done[A].copies) == (Step.SENT, {"a2@example.com": "550 User not found"})
    assert script.receivers == [["a@example.com"]]


def test_a_new_address_after_a_refusal_makes_a_new_mail(tmp_path: Path, script: Script) -> None:
    folder = scripted(tmp_path, script)
    script.answers = {"RCPT": ["550 User not found"]}
    run_send(folder, B)
    set_people(folder, {**PEOPLE, B: ("right@example.com", "")})
    run_send(folder, B)
    assert (script.receivers, steps(folder, B)) == ([["right@example.com"]], [Step.REFUSED, Step.SENT])


def test_an_answer_that_makes_no_sense_is_not_taken_for_success(tmp_path: Path, host: MailHost) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        import threading

        def serve() -> None:
            client, _ = door.accept()
            stream = client.makefile("rwb", buffering=0)
            stream.write(b"220 x\r\n")
            for answer in (b"250-x\r\n250 AUTH PLAIN\r\n", b"235 ok\r\n", *[b"250 ok\r\n"] * 9):
                if not stream.readline():
                    return
                stream.write(answer)

        threading.Thread(target=serve, daemon=True).start()
        port = door.getsockname()[1]
        folder = make_round(tmp_path, OFFICE, PEOPLE, smtp_host="127.0.0.1", smtp_port=port, smtp_security="plain")
        _, done = run_send(folder, B, pace=Pace(0, again=()))
    assert (done[B].verdict.step, done[B].verdict.reply) == (Step.DEFERRED, "250 ok")
