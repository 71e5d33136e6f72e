"""A mailbox examined: each thing that can be wrong is told with what to change, and nothing is done to the mailbox."""

from __future__ import annotations

import socket
import sys
import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import trustme
from mails import attachment, mail
from rounds import NOW, real_round, secret
from servers import CODE, MailHost, Provider, free_port

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.mail.mailbox import Account, Examination, Health, Secret, Server, find_secret
from smartcity_xl.mail.mailbox.accounts import COMMAND, SECRET, variable_of
from smartcity_xl.mail.mailbox.faults import login_fault
from smartcity_xl.messages import label, sentence
from smartcity_xl.model import Login, Security
from smartcity_xl.office.campaign import SETTINGS_FILE
from smartcity_xl.run.mailing import examine

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("trusted")]
MAIL = mail(attachment("填报表.xlsx", b"one"))
_numbers = iter(range(10**6))


@pytest.fixture
def office(host: MailHost) -> str:
    address = host.box(f"office{next(_numbers)}")
    host.put(address, MAIL, at=NOW - timedelta(days=90))
    return address


def look(folder: Path, **given: Any) -> list[Examination]:
    """All checks; each can be said in both languages."""
    checks = list(examine(folder, given.pop("find_secret", secret), NOW, **given))
    for check in checks:
        for language in ("zh", "en"):
            assert_sayable(check, language)
    return checks


def assert_sayable(check: Examination, language: str) -> None:
    if check.fault:
        words = sentence("errors", check.fault.code, language, **check.fault.parameters)
    else:
        words = sentence("cli", f"doctor_{check.word}", language, **check.parameters)
    assert "{" not in words


def bad(checks: list[Examination]) -> list[str]:
    return [check.fault.code for check in checks if check.fault]


# --- all is well -------------------------------------------------------------------------------------------------


def test_a_mailbox_that_works_is_examined_step_by_step_and_stays_as_it_was(
    tmp_path: Path, host: MailHost, office: str
) -> None:
    checks = look(real_round(tmp_path, host, office))
    assert [check.word for check in checks] == [
        "secret", "imap", "resolved", "connected", "login", "introduced", "folder", "window",
        "smtp", "resolved", "connected", "login", "size",
    ]  # fmt: skip
    assert {check.state for check in checks} == {Health.GOOD}
    with host.look(office) as client:
        client.select_folder("INBOX", readonly=True)
        assert b"\\Seen" not in client.get_flags([1])[1]
        assert client.search(["ALL"]) == [1], "nothing was sent to anybody"


def test_a_test_mail_goes_out_only_when_asked_for_and_its_attachment_has_a_long_name(
    tmp_path: Path, host: MailHost, office: str
) -> None:
    friend = host.box(f"friend{next(_numbers)}")
    checks = look(real_round(tmp_path, host, office), send_test_to=friend)
    assert (checks[-1].word, checks[-1].state) == ("test", Health.GOOD)
    (raw,) = host.arrived(friend)
    (part,) = message_from_bytes(raw, policy=policy.default).iter_attachments()
    assert part.get_filename() == label("draft.test_file")
    assert bad(look(real_round(tmp_path, host, office), send_test_to="nobody@example.com")) == ["mail-test-refused"]


def test_without_servers_it_says_how_to_do_without(tmp_path: Path, host: MailHost) -> None:
    checks = look(real_round(tmp_path, host, "office@example.com", imap_host="", smtp_host=""))
    assert [(check.word, check.state) for check in checks] == [("imap_none", Health.NONE), ("smtp_none", Health.NONE)]


# --- what a provider shows ---------------------------------------------------------------------------------------


def test_a_mailbox_that_shows_nothing_older_than_a_month_is_pointed_out_with_its_oldest_day(
    tmp_path: Path, host: MailHost
) -> None:
    office = host.box(f"young{next(_numbers)}")
    host.put(office, MAIL, at=datetime(2019, 1, 25, 9, tzinfo=UTC))
    (window,) = [check for check in look(real_round(tmp_path, host, office)) if check.word.startswith("window")]
    assert (window.word, window.state, window.parameters) == ("window_short", Health.LOOK, {"day": "2019-01-25"})


def test_an_empty_mailbox_cannot_tell(tmp_path: Path, host: MailHost) -> None:
    office = host.box(f"empty{next(_numbers)}")
    assert "empty" in [check.word for check in look(real_round(tmp_path, host, office))]


def test_a_host_that_wants_to_know_who_we_are_without_saying_so_is_told_and_named(
    tmp_path: Path, host: MailHost, office: str
) -> None:
    with Provider(host, wants_id=True, tells=False).run() as provider:
        checks = look(real_round(tmp_path, host, office, imap_port=provider.port))
    assert "insisted" in [check.word for check in checks]
    assert bad(checks) == []


def test_a_sender_that_is_not_the_mailbox_is_pointed_out(tmp_path: Path, host: MailHost, office: str) -> None:
    folder = real_round(tmp_path, host, office)
    settings = folder / SETTINGS_FILE
    text = settings.read_text("utf-8").replace(f'address = "{office}"', 'address = "x@example.com"')
    settings.write_text(text, "utf-8")
    (check,) = [check for check in look(folder) if check.state is Health.LOOK]
    assert check.word == "sender"


# --- what is wrong -----------------------------------------------------------------------------------------------


def test_each_server_is_examined_though_the_other_fails(tmp_path: Path, host: MailHost, office: str) -> None:
    checks = look(real_round(tmp_path, host, office, imap_host="no-such-host.invalid"))
    assert bad(checks) == ["mail-host-unknown"]
    assert [check.word for check in checks[-5:]] == ["smtp", "resolved", "connected", "login", "size"]


def test_a_port_that_nobody_answers(tmp_path: Path, host: MailHost, office: str) -> None:
    port = free_port()
    checks = look(real_round(tmp_path, host, office, imap_port=port, smtp_port=port))
    assert bad(checks) == ["mail-unreachable", "mail-unreachable"]


def test_a_port_with_the_wrong_encryption(tmp_path: Path, host: MailHost, office: str) -> None:
    checks = look(real_round(tmp_path, host, office, imap_port=host.imap, smtp_port=host.smtp))
    assert bad(checks) == ["mail-tls", "mail-tls"]


def test_a_folder_and_a_secret_that_are_wrong(tmp_path: Path, host: MailHost, office: str) -> None:
    assert bad(look(real_round(tmp_path, host, office, folder="没有"))) == ["mail-folder"]
    wrong = look(real_round(tmp_path, host, office), find_secret=lambda _: Secret("no", ""))
    assert bad(wrong) == ["mail-login", "mail-login"]


def test_without_a_secret_the_lines_are_examined_all_the_same(tmp_path: Path, host: MailHost, office: str) -> None:
    checks = look(real_round(tmp_path, host, office), find_secret=lambda user: find_secret(user, {}))
    assert bad(checks) == ["mail-secret-missing"]
    assert [check.word for check in checks if check.word == "connected"] == ["connected"] * 2


def test_a_line_without_encryption_is_pointed_out(tmp_path: Path, host: MailHost, office: str) -> None:
    plain = {"imap_port": host.imap, "imap_security": "plain", "smtp_port": host.smtp, "smtp_security": "plain"}
    checks = look(real_round(tmp_path, host, office, **plain))
    assert [check.word for check in checks if check.state is Health.LOOK] == ["imap", "smtp"]
    assert bad(checks) == []


def test_starttls_is_an_encrypted_line(tmp_path: Path, host: MailHost, office: str) -> None:
    later = {"imap_port": host.imap, "imap_security": "starttls", "smtp_port": host.smtp, "smtp_security": "starttls"}
    assert {check.state for check in look(real_round(tmp_path, host, office, **later))} == {Health.GOOD}


@pytest.mark.parametrize("provider", ["netease", "qq", "exmail", "aliyun", "microsoft"])
def test_a_refused_login_is_told_in_the_words_of_the_provider(provider: str) -> None:
    host = {"netease": "imap.163.com", "qq": "imap.qq.com", "exmail": "imap.exmail.qq.com",
            "aliyun": "imap.qiye.aliyun.com", "microsoft": "outlook.office365.com"}[provider]  # fmt: skip
    account = Account("office@example.com", Login.BASIC, Secret("hunter2", ""))
    fault = login_fault(Server(host, 993, Security.TLS), account, "NO hunter2 is wrong")
    assert fault.code == f"mail-login-{provider}"
    for language in ("zh", "en"):
        words = sentence("errors", fault.code, language, **fault.parameters)
        assert "hunter2" not in words
        assert "{" not in words


# --- certificates ------------------------------------------------------------------------------------------------

CERTIFICATES = {
    "of an authority that nobody knows": lambda host: trustme.CA().issue_cert("localhost"),
    "for another host": lambda host: host.root.issue_cert("imap.example.com"),
    "that has run out": lambda host: host.root.issue_cert("localhost", not_after=datetime(2020, 1, 1, tzinfo=UTC)),
}


@pytest.mark.parametrize("kind", CERTIFICATES)
def test_a_certificate_is_refused_and_nothing_is_said_to_the_server(
    tmp_path: Path, host: MailHost, office: str, kind: str
) -> None:
    with Provider(host, certificate=CERTIFICATES[kind](host)).run() as provider:
        checks = look(real_round(tmp_path, host, office, imap_port=provider.port))
        assert (bad(checks), provider.commands) == (["mail-certificate"], [])


def test_starttls_checks_the_certificate_as_well(
    tmp_path: Path, host: MailHost, office: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    monkeypatch.setenv("SSL_CERT_FILE", str(stranger))
    later = {"imap_port": host.imap, "imap_security": "starttls", "smtp_port": host.smtp, "smtp_security": "starttls"}
    assert bad(look(real_round(tmp_path, host, office, **later))) == ["mail-certificate"] * 2


def test_an_imap_server_without_starttls_never_hears_the_secret(tmp_path: Path, host: MailHost, office: str) -> None:
    heard: list[bytes] = []

    def serve(door: socket.socket) -> None:
        client, _ = door.accept()
        stream = client.makefile("rwb", buffering=0)
        stream.write(b"* OK ready\r\n")
        while line := stream.readline():
            heard.append(line)
            tag = line.split(b" ")[0]
            stream.write(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n")

    with socket.create_server(("127.0.0.1", 0)) as door:
        (server := threading.Thread(target=serve, args=(door,), daemon=True)).start()
        port = door.getsockname()[1]
        checks = look(real_round(
            tmp_path, host, office, imap_host="127.0.0.1", imap_port=port, imap_security="starttls", smtp_host=""
        ))  # fmt: skip
    assert bad(checks) == ["mail-unable"]
    server.join(60)
    assert not server.is_alive(), "the line has ended, and all that was said is heard"
    assert not any(CODE.encode() in line for line in heard)


# --- secrets -----------------------------------------------------------------------------------------------------

USER = "office@example.com"
PRINT = f'"{sys.executable}" -c "print(\'from-command\')"'


@pytest.mark.parametrize(
    ("environment", "value", "origin"),
    [
        ({SECRET: " from-variable\n"}, "from-variable", SECRET),
        ({SECRET: "x", variable_of(USER): "own"}, "own", "XLSCORE_MAIL_SECRET_OFFICE_EXAMPLE_COM"),
        ({COMMAND: PRINT}, "from-command", COMMAND),
        ({COMMAND: PRINT, SECRET: "from-variable"}, "from-variable", SECRET),
        ({SECRET: "", COMMAND: ""}, "typed", "prompt"),
    ],
)
def test_a_secret_comes_from_outside_in_this_order(environment: dict[str, str], value: str, origin: str) -> None:
    found = find_secret(USER, environment, lambda: "typed")
    assert (found.value, found.origin) == (value, origin)
    assert value not in repr(found)
    assert value not in repr(Account(USER, Login.BASIC, found))


@pytest.mark.parametrize(
    "command", ["no-such-program", f'"{sys.executable}" -c "1/0"', '"unclosed', f'"{sys.executable}" -c ""', " "]
)
def test_a_command_that_tells_nothing_is_a_fault(command: str) -> None:
    with pytest.raises(MachineFault) as failed:
        find_secret(USER, {COMMAND: command})
    assert failed.value.code == "mail-secret-command"


@pytest.mark.parametrize("ask", [None, lambda: "", lambda: "  "], ids=["nobody to ask", "nothing", "blanks"])
def test_without_any_secret_it_says_where_one_may_stand(ask: Any) -> None:
    with pytest.raises(UsageFault) as refused:
        find_secret(USER, {}, ask)
    for language in ("zh", "en"):
        words = sentence("errors", refused.value.code, language, **refused.value.parameters)
        assert "XLSCORE_MAIL_SECRET_OFFICE_EXAMPLE_COM" in words


def test_the_keyring_of_the_system_is_asked() -> None:
    import keyring
    from keyring.backend import KeyringBackend

    class Ring(KeyringBackend):  # type: ignore[misc]
        priority = 1

        def get_password(self, service: str, username: str) -> str | None:
            return {("xlscore", USER): "from-keyring"}.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            raise NotImplementedError

        def delete_password(self, service: str, username: str) -> None:
            raise NotImplementedError

    before = keyring.get_keyring()
    keyring.set_keyring(Ring())
    try:
        assert find_secret(USER, {}) == Secret("from-keyring", "keyring")
        with pytest.raises(UsageFault):
            find_secret("other@example.com", {})
    finally:
        keyring.set_keyring(before)


def test_without_the_keyring_package_nothing_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(UsageFault):
        find_secret(USER, {})


# --- the command -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_command_tells_every_step_and_the_worst_decides(
    tmp_path: Path, host: MailHost, office: str, language: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv(SECRET, CODE)
    folder = str(real_round(tmp_path, host, office))
    assert run_cli(["--lang", language, "doctor", "--campaign", folder]) == 0
    shown = capsys.readouterr().out
    assert shown.count(sentence("cli", "doctor_mark_good", language)) == 13
    assert CODE not in shown
    monkeypatch.setenv(SECRET, "not-the-code")
    assert run_cli(["--lang", language, "doctor", "--campaign", folder]) == 3
    shown = capsys.readouterr()
    assert sentence("cli", "doctor_mark_bad", language) in shown.out
    assert "not-the-code" not in shown.out + shown.err


@pytest.mark.parametrize("command", [["fetch"], ["send"], ["doctor"]])
def test_without_a_campaign_the_commands_say_where_they_looked(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli([*command, "--campaign", str(tmp_path / "none")]) == 2
    assert str(tmp_path / "none") in capsys.readouterr().err


def test_no_secret_stands_in_a_trace(
    tmp_path: Path, host: MailHost, office: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even a bug of our own, told with its trace, shows none."""
    monkeypatch.setenv(SECRET, CODE)
    monkeypatch.setattr("smartcity_xl.run.mailing.fetch_mail", lambda *_, **__: 1 / 0)
    assert run_cli(["fetch", "--campaign", str(real_round(tmp_path, host, office))]) == 3
    shown = capsys.readouterr()
    assert "ZeroDivisionError" in shown.err
    assert CODE not in shown.out + shown.err


def test_without_a_mailbox_doctor_does_not_call_it_fit_for_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["init", str(tmp_path / "round"), "--city", "洛阳市", "--round", "2018"]) == 0
    capsys.readouterr()
    assert run_cli(["--lang", "en", "doctor", "--campaign", str(tmp_path / "round")]) == 0
    assert capsys.readouterr().out.splitlines()[-2].endswith("a round goes without one."), "before the next step"
