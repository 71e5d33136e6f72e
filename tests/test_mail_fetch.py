"""New mail comes into the inbox once, as it is, and the mailbox stays as it was - whatever the provider does."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mails import attachment, mail, netease
from rounds import NOW, Told, chosen, inbox, killed, killed_at, real_round, run_fetch, secret, store
from servers import CODE, MailHost, Provider
from support import filled

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import UsageFault, XlscoreError
from smartcity_xl.ledger import open_ledger, read_ledger, utc
from smartcity_xl.mail.mailbox import Account, Fetched, Server, fetch_mail, open_folder
from smartcity_xl.messages import sentence
from smartcity_xl.model import Login, Security

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("trusted")]
DAY = datetime(2019, 2, 18, 9, 0, tzinfo=UTC)
MAILS = (
    mail(attachment("填报表.xlsx", b"one")),
    mail(attachment("填报表.xlsx", b"two")),
    b"Subject: \xc4\xe3\r\n\r\nx",
)
"""The last has raw GBK in its head: what comes is kept to the byte."""


@pytest.fixture
def office(host: MailHost, request: pytest.FixtureRequest) -> str:
    """A mailbox of this test's own, with three mails in it."""
    address = host.box(hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:12])
    host.put(address, *MAILS, at=DAY)
    return address


def named(*mails: bytes) -> dict[str, bytes]:
    return {f"{hashlib.sha256(one).hexdigest()[:16]}.eml": one for one in mails}


# --- what comes --------------------------------------------------------------------------------------------------


def test_new_mail_lies_in_the_inbox_to_the_byte_and_in_the_ledger_with_the_servers_time(
    tmp_path: Path, host: MailHost, office: str
) -> None:
    folder = real_round(tmp_path, host, office)
    done = run_fetch(folder)
    assert inbox(folder) == named(*MAILS)
    assert sorted(done.brought) == sorted(named(*MAILS))
    with read_ledger(store(folder)) as ledger:
        assert set(ledger.received().values()) == {"2019-02-18T09:00:00Z"}
        assert {seen.source for seen in ledger.sightings()} == {f"imap:{office}/INBOX"}
        assert [entry.uid for entry in ledger.mail.mails(office, "INBOX")] == [1, 2, 3]


def test_a_second_fetch_brings_nothing_twice_and_what_is_new_once(tmp_path: Path, host: MailHost, office: str) -> None:
    folder = real_round(tmp_path, host, office)
    run_fetch(folder)
    for path in (folder / "收件").iterdir():
        path.unlink()  # whatever the office does with its files
    again = run_fetch(folder, NOW + timedelta(hours=1))
    assert (again.brought, again.looked_at, inbox(folder)) == ([], 3, {})
    later = mail(attachment("填报表.xlsx", b"three"))
    host.put(office, later, at=NOW)
    assert run_fetch(folder, NOW + timedelta(hours=2)).brought == list(named(later))
    assert inbox(folder) == named(later)


def test_the_same_mail_in_a_second_folder_is_known_by_its_hash(tmp_path: Path, host: MailHost, office: str) -> None:
    folder = real_round(tmp_path, host, office)
    run_fetch(folder)
    with host.look(office) as client:
        client.create_folder("评价 & 申报")
    host.put(office, MAILS[0], at=DAY, folder="评价 & 申报")
    other = real_round(tmp_path, host, office, folder="评价 & 申报")
    done = run_fetch(other, NOW + timedelta(hours=1))
    assert (done.brought, done.again, done.looked_at) == ([], 1, 1)


def test_the_mailbox_stays_as_it_was(tmp_path: Path, host: MailHost, office: str) -> None:
    def state() -> Any:
        with host.look(office) as client:
            client.select_folder("INBOX", readonly=True)
            return client.fetch(client.search(["ALL"]), ["FLAGS", "UID", "RFC822.SIZE"])

    before = state()
    assert all(b"\\Seen" not in one[b"FLAGS"] for one in before.values())
    run_fetch(real_round(tmp_path, host, office))
    assert state() == before


def test_only_mail_since_a_day_is_looked_at(tmp_path: Path, host: MailHost, office: str) -> None:
    old = mail(attachment("旧.xlsx", b"old"))
    host.put(office, old, at=datetime(2018, 12, 1, tzinfo=UTC))
    folder, tell = real_round(tmp_path, host, office), Told()
    assert run_fetch(folder, tell=tell).looked_at == 3
    assert (tell.codes[0], tell.facts[0]["since"]) == ("fetch_looking", "2019-01-21")
    assert run_fetch(folder, since=date(2018, 12, 1)).brought == list(named(old))


def test_a_mail_of_the_first_day_counts_whatever_the_clock_of_the_server(
    tmp_path: Path, host: MailHost, office: str
) -> None:
    early = mail(attachment("早.xlsx", b"early"))
    host.put(office, early, at=datetime(2019, 2, 10, 17, 0, tzinfo=UTC))  # the 11th in China
    assert len(run_fetch(real_round(tmp_path, host, office), since=date(2019, 2, 11)).brought) == 4


def test_no_mail_is_received_later_than_now(tmp_path: Path, host: MailHost, office: str) -> None:
    host.put(office, mail(attachment("迟.xlsx", b"late")), at=NOW + timedelta(days=2))
    folder = real_round(tmp_path, host, office)
    run_fetch(folder)
    with read_ledger(store(folder)) as ledger:
        assert max(ledger.received().values()) == utc(NOW)


def test_a_mail_that_is_too_large_is_left_and_listed_every_time(tmp_path: Path, host: MailHost, office: str) -> None:
    large = mail(attachment("大.xlsx", b"x" * 9000), headers="Subject: =?gb2312?B?tPO4vbz+?=")
    host.put(office, large, at=DAY)
    with Provider(host).run() as provider:
        for _ in range(2):
            done = Fetched(DAY.date())
            with _opened(provider, office) as folder, open_ledger(tmp_path / "ledger", utc(NOW)) as ledger:
                fetch_mail(folder, ledger, _drop, done, limit=8000)
                assert len(ledger.mail.mails(office, "INBOX")) == 4
            (left,) = done.too_large
            assert (left.uid, left.sender, left.subject) == (4, "zhangsan@dept.example.com", "大附件")
            assert left.size > 8000
    asked = {command for command in provider.commands if command.startswith("UID FETCH 4 (BODY")}
    assert asked == {"UID FETCH 4 (BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)])"}
    with _opened_at(host, office) as folder, open_ledger(tmp_path / "ledger", utc(NOW)) as ledger:
        done = Fetched(DAY.date())
        fetch_mail(folder, ledger, _drop, done)
        assert (len(done.brought), done.too_large) == (1, []), "what was too large is taken once it no longer is"


def _drop(name: str, data: bytes) -> None:
    pass


def _account(office: str) -> Account:
    return Account(office, Login.BASIC, secret(office))


def _opened(provider: Provider, office: str) -> Any:
    return open_folder(Server("localhost", provider.port, Security.TLS), _account(office), "INBOX")


def _opened_at(host: MailHost, office: str) -> Any:
    return open_folder(Server("localhost", host.imaps, Security.TLS), _account(office), "INBOX")


def test_a_mail_that_is_deleted_while_we_fetch_is_no_fault(tmp_path: Path, host: MailHost, office: str) -> None:
    def delete_the_last(name: str, data: bytes) -> None:
        with host.look(office) as client:
            client.select_folder("INBOX")
            client.delete_messages([3])
            client.expunge()

    done = Fetched(DAY.date())
    with _opened_at(host, office) as folder, open_ledger(tmp_path / "ledger", utc(NOW)) as ledger:
        fetch_mail(folder, ledger, delete_the_last, done)
    assert sorted(done.brought) == sorted(named(*MAILS[:2]))


def test_after_a_change_of_uidvalidity_all_is_looked_at_and_known_by_its_hash(
    tmp_path: Path, host: MailHost, office: str
) -> None:
    folder = real_round(tmp_path, host, office, folder="评价")
    with host.look(office) as client:
        client.create_folder("评价")
    host.put(office, MAILS[0], MAILS[1], at=DAY, folder="评价")
    run_fetch(folder)
    with host.look(office) as client:
        client.delete_folder("评价")
        client.create_folder("评价")
    host.put(office, MAILS[2], MAILS[1], MAILS[0], at=DAY, folder="评价")  # number 1 is now another mail
    done = run_fetch(folder, NOW + timedelta(hours=1))
    assert (done.renumbered, done.again, done.brought) == (True, 2, list(named(MAILS[2])))
    assert inbox(folder) == named(*MAILS)


# --- providers ---------------------------------------------------------------------------------------------------


def test_163_is_told_who_we_are_after_the_login_and_before_a_folder_is_opened(
    tmp_path: Path, host: MailHost, office: str
) -> None:
    with Provider(host, wants_id=True).run() as provider:
        run_fetch(real_round(tmp_path, host, office, imap_port=provider.port))
    assert inbox(tmp_path) == named(*MAILS)
    verbs = [command.split(" ")[0] for command in provider.commands]
    assert verbs[verbs.index("LOGIN") :][:3] == ["LOGIN", "ID", "EXAMINE"]


def test_the_163_of_this_test_refuses_whoever_does_not_say_who_he_is(host: MailHost, office: str) -> None:
    from imapclient import IMAPClient
    from imapclient.exceptions import IMAPClientError

    with Provider(host, wants_id=True).run() as provider, IMAPClient("localhost", provider.port) as client:
        client.login(office, CODE)
        with pytest.raises(IMAPClientError, match="Unsafe Login"):
            client.select_folder("INBOX", readonly=True)


def test_a_netease_host_that_does_not_ask_is_told_on_a_second_connection(
    tmp_path: Path, host: MailHost, office: str
) -> None:
    with Provider(host, wants_id=True, tells=False).run() as provider:
        run_fetch(real_round(tmp_path, host, office, imap_port=provider.port))
    assert inbox(tmp_path) == named(*MAILS)
    assert provider.logins == 2


def test_a_host_that_calls_us_unsafe_all_the_same_is_told_to_a_person_after_two_logins(
    tmp_path: Path, host: MailHost, office: str
) -> None:
    with Provider(host, wants_id=True, believes=False).run() as provider, pytest.raises(UsageFault) as refused:
        run_fetch(real_round(tmp_path, host, office, imap_port=provider.port))
    assert (refused.value.code, provider.logins) == ("mail-unsafe", 2)


def test_qq_which_hangs_up_on_commands_it_does_not_know_never_hears_one(
    tmp_path: Path, host: MailHost, office: str
) -> None:
    with Provider(host, tells=False, hangs_up_on=("ID", "NAMESPACE", "STATUS")).run() as provider:
        run_fetch(real_round(tmp_path, host, office, imap_port=provider.port))
    assert inbox(tmp_path) == named(*MAILS)
    assert not any(command.startswith("ID") for command in provider.commands)


def test_the_server_hears_nothing_but_these_commands_and_no_chinese(
    tmp_path: Path, host: MailHost, office: str
) -> None:
    with Provider(host).run() as provider:
        run_fetch(real_round(tmp_path, host, office, imap_port=provider.port))
    said = [command for command in provider.commands if not command.startswith("ID (")]
    assert [command for command in said if command != "CAPABILITY"] == [
        "LOGIN", 'EXAMINE "INBOX"', "UID SEARCH SINCE 20-Jan-2019", "UID FETCH 1,2,3 (RFC822.SIZE INTERNALDATE)",
        *(f"UID FETCH {number} (BODY.PEEK[])" for number in (1, 2, 3)), "LOGOUT",
    ]  # fmt: skip


def test_a_token_opens_the_mailbox_where_the_provider_wants_one(tmp_path: Path, host: MailHost, office: str) -> None:
    folder = real_round(tmp_path, host, office, login="xoauth2")
    assert len(run_fetch(folder).brought) == 3
    with pytest.raises(UsageFault) as refused:
        run_fetch(folder, find_secret=lambda user: wrong(user))
    assert refused.value.code == "mail-login-xoauth2"


def wrong(user: str) -> Any:
    from smartcity_xl.mail.mailbox import Secret

    return Secret("not-the-code", "test")


def test_a_login_that_is_refused_is_told_without_the_secret(tmp_path: Path, host: MailHost, office: str) -> None:
    with pytest.raises(UsageFault) as refused:
        run_fetch(real_round(tmp_path, host, office), find_secret=wrong)
    assert refused.value.code == "mail-login"
    assert "not-the-code" not in str(refused.value)


def test_a_folder_that_is_not_there_is_told_with_those_that_are(tmp_path: Path, host: MailHost, office: str) -> None:
    with host.look(office) as client:
        client.create_folder("评价")
    with pytest.raises(UsageFault) as refused:
        run_fetch(real_round(tmp_path, host, office, folder="没有"))
    assert refused.value.code == "mail-folder"
    assert "评价" in str(refused.value.parameters["known"])


# --- cut off -----------------------------------------------------------------------------------------------------


def golden(folder: Path, office: str) -> tuple[Any, ...]:
    with read_ledger(store(folder)) as ledger:
        entries = sorted((entry.uid, entry.sha256) for entry in ledger.mail.mails(office, "INBOX"))
        return inbox(folder), entries, dict(ledger.received())


def fault_of(work: Callable[[], object]) -> str:
    """The code of the fault that ends the work, if any."""
    try:
        work()
    except XlscoreError as fault:
        return fault.code
    return ""


@pytest.mark.parametrize("where", ["before", "middle", "after"])
def test_a_connection_that_is_cut_at_any_command_loses_nothing_and_doubles_nothing(
    quick_path: Path, host: MailHost, office: str, where: str
) -> None:
    whole = real_round(quick_path / "whole", host, office)
    run_fetch(whole)
    expected, number, cut = golden(whole, office), 0, True
    while cut:
        number += 1
        with Provider(host, cut=(number, where)).run() as provider:
            folder = real_round(quick_path / str(number), host, office, imap_port=provider.port)
            fault = fault_of(lambda at=folder: run_fetch(at))  # type: ignore[misc]
            assert fault in ("", "mail-cut", "mail-unreachable" if number == 1 else "")
            cut = bool(fault) and "LOGOUT" not in provider.commands
            first = len(inbox(folder))
            provider.cut = (0, "")
            provider.commands.clear()
            run_fetch(folder, NOW + timedelta(hours=1))
            bodies = [command for command in provider.commands if "BODY.PEEK[]" in command]
        found = golden(folder, office)
        assert found == expected, f"{where} command {number}"
        assert len(bodies) in (3 - first, 4 - first), "what is entered is not fetched again"
    assert number >= 8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_process_that_is_killed_at_any_step_loses_nothing_and_doubles_nothing(
    quick_path: Path, host: MailHost, office: str
) -> None:
    run_fetch(real_round(quick_path / "first", host, office))  # what is kept for the next time is no step of theirs
    whole = real_round(quick_path / "whole", host, office)
    with killed_at(0) as calls:
        run_fetch(whole)
    assert {"fsync", "replace", "execute"} <= set(calls)
    expected = golden(whole, office)
    ended = []
    for step in chosen(calls, 25):
        folder = real_round(quick_path / str(step), host, office)
        ended.append(killed(step, lambda at=folder: run_fetch(at)))  # type: ignore[misc]
        for path in (folder / "收件").glob("*.eml"):
            assert path.read_bytes() in MAILS, "what has a name in the inbox is whole"
            assert_kept(folder, path.read_bytes())
        run_fetch(folder, NOW + timedelta(hours=1))
        assert golden(folder, office) == expected, f"step {step} of {len(calls)}"
    assert sum(ended) > 0.9 * len(ended), "killed at all steps, but for one that a repetition does without"


def assert_kept(folder: Path, data: bytes) -> None:
    """What others can read has been kept before."""
    sha256 = hashlib.sha256(data).hexdigest()
    assert (store(folder) / "store" / sha256[:2] / sha256).read_bytes() == data
    with read_ledger(store(folder)) as ledger:
        assert sha256 in ledger.received()


def test_an_inbox_that_cannot_be_written_loses_nothing(tmp_path: Path, host: MailHost, office: str) -> None:
    folder = real_round(tmp_path, host, office)
    (folder / "收件").write_bytes(b"in the way")
    assert fault_of(lambda: run_fetch(folder)) == "out-file"
    (folder / "收件").unlink()
    run_fetch(folder, NOW + timedelta(hours=1))
    assert inbox(folder) == named(*MAILS)


def test_two_fetches_at_once_cannot_be(tmp_path: Path, host: MailHost, office: str) -> None:
    folder = real_round(tmp_path, host, office)
    with open_ledger(store(folder), utc(NOW)):
        assert fault_of(lambda: run_fetch(folder)) == "ledger-locked"


# --- the command -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_command_brings_a_clerks_workbook_and_collect_counts_it(
    tmp_path: Path, host: MailHost, office: str, language: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("XLSCORE_MAIL_SECRET", CODE)
    host.put(office, netease("市国家保密局填报表.xlsx", filled("secrecy")), at=DAY)
    folder = str(real_round(tmp_path, host, office))
    arguments = ["--lang", language, "fetch", "--campaign", folder, "--since", "2019-02-01"]
    assert run_cli(arguments) == 0
    shown = capsys.readouterr()
    assert sentence("cli", "fetch_done", language, number=4, looked_at=4, again=0) in shown.out
    assert run_cli(arguments) == 0
    assert sentence("cli", "fetch_done", language, number=0, looked_at=4, again=0) in capsys.readouterr().out
    assert run_cli(["--lang", language, "collect", "--campaign", folder]) == 1
    assert "1" in capsys.readouterr().out
    with read_ledger(store(tmp_path)) as ledger:
        (run,) = ledger.last_runs()
        assert [one.department for one in ledger.taken(run)] == ["secrecy"]


def test_without_a_server_for_incoming_mail_the_remedy_is_the_inbox(tmp_path: Path, host: MailHost) -> None:
    with pytest.raises(UsageFault) as refused:
        run_fetch(real_round(tmp_path, host, "office@example.com", imap_host=""))
    assert refused.value.code == "mail-no-imap"
    _assert_sayable(refused.value)


def _assert_sayable(fault: XlscoreError) -> None:
    for language in ("zh", "en"):
        assert "{" not in sentence("errors", fault.code, language, **fault.parameters)
