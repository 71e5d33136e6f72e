"""Safe lines, right workbooks, and a round sent by the commands."""

from __future__ import annotations

import socket
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from mails import netease
from rounds import (
    NOW,
    THREE,
    Told,
    inbox,
    make_round,
    real_round,
    run_fetch,
    run_send,
    template,
)
from sending import FAST, OFFICE, PEOPLE, A, B, C, boxes, scripted
from servers import CODE, MailHost, Script
from support import ASSIGNMENT, filled

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.form.template import file_name
from smartcity_xl.ledger import Step
from smartcity_xl.mail.mailbox import Secret
from smartcity_xl.messages import label, sentence

pytestmark = [
    pytest.mark.servers,
    pytest.mark.usefixtures("trusted"),
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]


# --- safe lines --------------------------------------------------------------------------------------------------


def test_a_computer_with_a_chinese_name_can_send(
    tmp_path: Path, host: MailHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getfqdn", lambda *_: "张科长的电脑.局域网")
    office, people = boxes(host)
    _, done = run_send(real_round(tmp_path, host, office, people), B, pace=FAST)
    assert done[B].verdict.step is Step.SENT


def test_starttls_encrypts_before_anything_is_said(tmp_path: Path, host: MailHost) -> None:
    office, people = boxes(host)
    folder = real_round(tmp_path, host, office, people, smtp_port=host.smtp, smtp_security="starttls")
    tell = Told()
    _, done = run_send(folder, B, tell=tell, pace=FAST)
    assert (done[B].verdict.step, "mail_plain" in tell.codes) == (Step.SENT, False)
    assert b"esmtpsa" in host.arrived(people[B][0])[0]


def test_a_server_without_starttls_never_hears_the_secret(tmp_path: Path, script: Script) -> None:
    folder = make_round(
        tmp_path, OFFICE, PEOPLE, smtp_host="127.0.0.1", smtp_port=script.port, smtp_security="starttls"
    )
    with pytest.raises(MachineFault) as refused:
        run_send(folder)
    assert (refused.value.code, script.said) == ("mail-unable", [])


def test_a_line_without_encryption_is_warned_of(tmp_path: Path, script: Script) -> None:
    tell = Told()
    run_send(scripted(tmp_path, script), A, tell=tell)
    assert tell.codes[0] == "mail_plain"


def test_a_token_sends_where_the_provider_wants_one(tmp_path: Path, host: MailHost) -> None:
    office, people = boxes(host)
    folder = real_round(tmp_path, host, office, people, login="xoauth2")
    assert run_send(folder, B, pace=FAST)[1][B].verdict.step is Step.SENT
    with pytest.raises(UsageFault) as refused:
        run_send(folder, C, find_secret=lambda _: Secret("expired", ""))
    assert refused.value.code == "mail-login-xoauth2"


def test_a_secret_that_is_wrong_sends_nothing_and_is_not_shown(tmp_path: Path, host: MailHost) -> None:
    office, people = boxes(host)
    with pytest.raises(UsageFault) as refused:
        run_send(real_round(tmp_path, host, office, people), find_secret=lambda _: Secret("not-the-code", ""))
    assert refused.value.code == "mail-login"
    assert "not-the-code" not in str(refused.value)
    with pytest.raises(UsageFault) as refused:
        run_send(real_round(tmp_path, host, office, people), find_secret=lambda _: Secret("全角１２３", ""))
    assert refused.value.code == "mail-secret-ascii"


# --- what is sent is right ---------------------------------------------------------------------------------------


def test_the_workbook_of_another_department_is_never_sent(tmp_path: Path, script: Script) -> None:
    folder = scripted(tmp_path, script)
    (folder / "下发" / file_name(ASSIGNMENT, C)).write_bytes(template(A))
    with pytest.raises(UsageFault) as refused:
        run_send(folder)
    assert (refused.value.code, script.said) == ("send-other-workbook", [])
    (folder / "下发" / file_name(ASSIGNMENT, C)).write_bytes(b"not a workbook")
    with pytest.raises(UsageFault):
        run_send(folder)


def test_without_workbooks_or_a_sender_nothing_is_sent(tmp_path: Path, script: Script) -> None:
    folder = scripted(tmp_path, script)
    (folder / "下发" / file_name(ASSIGNMENT, B)).unlink()
    with pytest.raises(UsageFault) as refused:
        run_send(folder)
    assert refused.value.code == "send-no-templates"
    settings = folder / "campaign.toml"
    settings.write_text(settings.read_text("utf-8").replace(f'address = "{OFFICE}"', 'address = ""'), "utf-8")
    with pytest.raises(UsageFault) as refused:
        run_send(folder)
    assert (refused.value.code, script.said) == ("send-no-sender", [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_office_may_word_the_mail_in_any_editor(tmp_path: Path, script: Script, encoding: str) -> None:
    folder = scripted(tmp_path, script)
    path = folder / label("file.draft_issue")
    path.parent.mkdir()
    path.write_bytes("主题：请{department}填报\r\n\r\n{contact}同志：\r\n{{附件}}见 {file}\r\n".encode(encoding))
    run_send(folder, A)
    mail = message_from_bytes(script.taken[0], policy=policy.default)
    assert str(mail["Subject"]) == f"请{ASSIGNMENT.name(A)}填报"
    text = mail.get_body().get_content()  # type: ignore[union-attr]
    assert text.splitlines() == ["钱演同志：", f"{{附件}}见 {file_name(ASSIGNMENT, A)}"]


# --- a whole round -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_commands_send_and_a_clerks_reply_comes_back(
    tmp_path: Path, host: MailHost, language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XLSCORE_MAIL_SECRET", CODE)
    office, people = boxes(host)
    folder = real_round(tmp_path, host, office, {"secrecy": people[A], B: people[B]})
    arguments = ["--lang", language, "send", "--campaign", str(folder), "--pause", "0"]
    assert run_cli([*arguments, "--dry-run"]) == 1
    assert len(list((folder / "待发").glob("*.eml"))) == 2
    capsys.readouterr()
    assert run_cli(arguments) == 1, "the other departments have no address"
    shown = capsys.readouterr()
    assert sentence("cli", "send_done", language, number=2, whole=2) in shown.out
    assert people[A][0] in shown.err
    assert run_cli([*arguments, "--department", "secrecy"]) == 0
    assert run_cli([*arguments, "--again"]) == 2
    host.put(office, netease("填报表.xlsx", filled("secrecy")), at=NOW)
    assert len(run_fetch(folder, NOW + timedelta(hours=9), since=NOW.date()).brought) == 1
    assert len(inbox(folder)) == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_command_tells_what_was_refused_what_it_means_and_what_is_left(
    tmp_path: Path, script: Script, language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XLSCORE_MAIL_SECRET", CODE)
    folder = scripted(tmp_path, script)
    arguments = ["--lang", language, "send", "--campaign", str(folder), "--pause", "0"]
    script.answers = {"RCPT": ["550 User not found", "250 ok"], "DATA": ["lost", "554 DT:SPM"]}
    assert run_cli([*arguments, *(f"--department={d}" for d in THREE)]) == 1
    shown = capsys.readouterr().out
    for word in ("mailbox", "spam"):
        assert sentence("cli", f"reply_{word}", language) in shown
    assert "--uncertain" in shown
    script.answers = {"MAIL": ["553 Mail from must equal authorized user"]}
    assert run_cli([*arguments, *(f"--department={d}" for d in THREE)]) == 3, "two were not tried"
    assert sentence("cli", "send_left", language, number=1) in capsys.readouterr().out
    script.answers = {"RCPT": ["550 User not found"]}
    assert run_cli([*arguments, "--department", A, "--uncertain", "resend"]) == 1
