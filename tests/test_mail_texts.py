"""The text of a mail, with every fault by its line; and the words of a server, made fit to be shown."""

from __future__ import annotations

import imaplib
import smtplib
import socket
import ssl
from pathlib import Path

import pytest

from smartcity_xl.cli import build_cli
from smartcity_xl.errors import CampaignFault, MachineFault
from smartcity_xl.mail.mailbox import DraftText, Server, read_text
from smartcity_xl.mail.mailbox.accounts import COMMAND, SECRET
from smartcity_xl.mail.mailbox.compose import LOOP_HEADER
from smartcity_xl.mail.mailbox.faults import connection_faults, provider_of, said
from smartcity_xl.messages import label, sentence
from smartcity_xl.model import Security
from smartcity_xl.run.posting import PLACEHOLDERS

KNOWN = ("city", "file")


def test_a_text_is_filled_and_its_subject_is_one_line() -> None:
    text = read_text("主题：{city}的通知\n\n见 {file}。\n{{不是}}项\n", "x.txt", KNOWN)
    assert text.fill({"city": "云溪市\n(区)", "file": "a.xlsx"}) == ("云溪市 (区)的通知", "见 a.xlsx。\n{不是}项\n")


def test_what_is_filled_in_is_never_read_as_a_placeholder() -> None:
    text = DraftText("{city}", "{file}")
    assert text.fill({"city": "{file}", "file": "{0.__class__}"}) == ("{file}", "{0.__class__}")


def test_our_own_text_uses_only_what_there_is() -> None:
    text = read_text(label("draft.issue"), "x.txt", PLACEHOLDERS)
    assert all("{" + name + "}" in text.subject + text.body for name in PLACEHOLDERS)


def test_the_page_of_the_mail_names_every_placeholder_variable_and_option() -> None:
    page = (Path(__file__).parent.parent / "docs" / "mail.md").read_text(encoding="utf-8")
    assert all("`{" + name + "}`" in page for name in PLACEHOLDERS)
    assert all(f"`{name}`" in page for name in (SECRET, COMMAND, LOOP_HEADER, label("file.draft_issue")))
    commands = {command.name: command for command in build_cli("en").commands.values()}
    options = {option.opts[0] for name in ("send", "fetch") for option in commands[name].params}
    chasing = (Path(__file__).parent.parent / "docs" / "chasing.md").read_text(encoding="utf-8")
    of_all = {"--lang", "--json", "--quiet", "--verbose"}  # docs/exit-codes.md tells of these
    assert {option for option in options - of_all if option not in page + chasing} == set()


FAULTS = [
    ("an unknown placeholder", "主题：x\n你好，{name}", [("第 2 行", "draft-placeholder", "{name}")]),
    ("one in the subject", "主题：{}\nx", [("第 1 行", "draft-placeholder", "{}")]),
    ("an attribute", "主题：x\n{city.__class__}", [("第 2 行", "draft-placeholder", "{city.__class__}")]),
    ("an index", "主题：x\n{city[0]}", [("第 2 行", "draft-placeholder", "{city[0]}")]),
    ("a format", "主题：x\n{city:>99999999}", [("第 2 行", "draft-placeholder", "{city:>99999999}")]),
    ("a conversion", "主题：x\n{city!r}", [("第 2 行", "draft-placeholder", "{city!r}")]),
    ("an open brace", "主题：x\n见{file", [("第 2 行", "draft-brace", "见{file")]),
    ("a closing brace", "主题：x\n}见", [("第 2 行", "draft-brace", "}见")]),
    ("no subject", "各单位：\n见附件", [("第 1 行", "draft-subject", "各单位：")]),
    ("an empty subject", "主题：\n见附件", [("第 1 行", "draft-subject", "主题：")]),
    ("no text", "主题：x\n\n", [("第 1 行", "draft-empty", "")]),
    ("nothing", "", [("第 1 行", "draft-subject", ""), ("第 1 行", "draft-empty", "")]),
    (
        "several at once",
        "主题：x\n{a}{b}",
        [("第 2 行", "draft-placeholder", "{a}"), ("第 2 行", "draft-placeholder", "{b}")],
    ),
]


@pytest.mark.parametrize(("text", "faults"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_every_fault_is_told_by_its_line(text: str, faults: list[tuple[str, str, str]]) -> None:
    with pytest.raises(CampaignFault) as refused:
        read_text(text, "x.txt", KNOWN)
    found = refused.value.faults
    assert [(one.where, one.code, one.parameters.get("found", "")) for one in found] == faults  # type: ignore[attr-defined]
    for one in found:
        assert all(one.words(language) for language in ("zh", "en"))


SAID = [
    (b"550 User not found", "550 User not found"),
    ("用户不存在".encode("gbk"), "用户不存在"),
    (b"a\r\nb\x1b[31m\x00c", "a b [31m c"),
    ("x" * 999, "x" * 200),
    (b"bad password hunter2 for you", "bad password *** for you"),
]


@pytest.mark.parametrize(("words", "shown"), SAID)
def test_what_a_server_says_is_one_short_line_without_our_secret(words: object, shown: str) -> None:
    assert said(words, "hunter2") == shown


FAULTY = [
    (socket.gaierror(-2, "Name or service not known"), "mail-host-unknown"),
    (ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), "mail-cut"),
    (ssl.SSLError(1, "wrong version number"), "mail-tls"),
    (ConnectionResetError(104, "Connection reset by peer"), "mail-cut"),
    (BrokenPipeError(32, "Broken pipe"), "mail-cut"),
    (TimeoutError("timed out"), "mail-cut"),
    (OSError(113, "No route to host"), "mail-cut"),
    (imaplib.IMAP4.abort("socket error: EOF"), "mail-cut"),
    (imaplib.IMAP4.error("BAD"), "mail-refused"),
    (smtplib.SMTPServerDisconnected("closed"), "mail-cut"),
    (smtplib.SMTPNotSupportedError("no STARTTLS"), "mail-unable"),
    (smtplib.SMTPHeloError(554, b"go away"), "mail-refused"),
    (smtplib.SMTPException("No suitable authentication method found."), "mail-unable"),
]


@pytest.mark.parametrize(("error", "code"), FAULTY)
def test_whatever_goes_wrong_with_a_line_is_a_fault_with_a_remedy(error: Exception, code: str) -> None:
    with pytest.raises(MachineFault) as found, connection_faults(Server("h", 1, Security.TLS)):
        raise error
    assert found.value.code == code
    for language in ("zh", "en"):
        assert "{" not in sentence("errors", code, language, **found.value.parameters)


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("imap.163.com", "netease"), ("imap.qiye.163.com", "netease"), ("SMTP.QQ.com.", "qq"),
        ("imap.exmail.qq.com", "exmail"), ("outlook.office365.com", "microsoft"), ("mail.example.com", "other"),
        ("imap.not163.com", "other"), ("163.com.example.com", "other"),
    ],
)  # fmt: skip
def test_a_host_tells_the_provider(host: str, provider: str) -> None:
    assert provider_of(host) == provider
