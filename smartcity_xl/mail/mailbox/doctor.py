"""A mailbox examined step by step: what works, what does not, and what to change at the provider.

It changes nothing, and sends nothing unless asked to.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct, field

from smartcity_xl.errors import MachineFault, UsageFault, XlscoreError
from smartcity_xl.ledger import Step
from smartcity_xl.mail.mailbox.accounts import Account, Server, imap_server, smtp_server
from smartcity_xl.mail.mailbox.compose import Draft, form_mail
from smartcity_xl.mail.mailbox.faults import connection_faults, provider_of
from smartcity_xl.mail.mailbox.imap import Folder, close_imap, connect_imap, log_in, open_folder
from smartcity_xl.mail.mailbox.smtp import close_smtp, connect_smtp, hand_over, log_in_smtp
from smartcity_xl.model import Mailbox, Security

WINDOW = timedelta(days=31)
"""A mailbox in which nothing older is to be seen may be showing the newest month alone."""


class Health(StrEnum):
    GOOD = "good"
    LOOK = "look"
    """It works, and a person should read what is said."""
    BAD = "bad"
    NONE = "none"
    """There is nothing to examine."""


class Examination(Struct, frozen=True):
    """One step. ``word`` names its sentence (``doctor_…`` in cli.toml), which ``parameters`` fill; a step that failed
    has its ``fault`` instead."""

    word: str
    state: Health = Health.GOOD
    parameters: Mapping[str, object] = field(default_factory=dict)
    fault: XlscoreError | None = None


def examine_mailbox(
    mailbox: Mailbox, sender: str, find_account: Callable[[], Account], now: datetime, test: Draft | None = None
) -> Iterator[Examination]:
    """Every step as it is taken, of each server until one fails. ``sender`` is the address that mails come from,
    ``test`` a mail to be sent at the end."""
    account: Account | None = None
    if mailbox.smtp_host and "@" in mailbox.user and sender.casefold() != mailbox.user.casefold():
        yield Examination("sender", Health.LOOK, {"sender": sender, "user": mailbox.user})
    if mailbox.imap_host or mailbox.smtp_host:
        try:
            account = find_account()
            yield Examination("secret", parameters={"user": account.user, "origin": account.secret.origin})
        except XlscoreError as fault:
            yield Examination("secret", Health.BAD, fault=fault)
    imap, smtp = imap_server(mailbox), smtp_server(mailbox)
    for word, server, steps in (
        ("imap", imap, _examine_imap(imap, account, mailbox.folder, now)),
        ("smtp", smtp, _examine_smtp(smtp, account, now, test)),
    ):
        if not server.host:
            yield Examination(f"{word}_none", Health.NONE)
            continue
        try:
            yield Examination(word, Health.LOOK if server.security is Security.PLAIN else Health.GOOD, _place(server))
            yield from steps
        except XlscoreError as fault:
            yield Examination(word, Health.BAD, fault=fault)


def _place(server: Server) -> Mapping[str, object]:
    return {"host": server.host, "port": server.port, "security": server.security.value}


def _examine_imap(server: Server, account: Account | None, name: str, now: datetime) -> Iterator[Examination]:
    yield _resolve(server)
    client = connect_imap(server)
    try:
        yield _connected(server)
        if account is None:
            return
        log_in(client, server, account)
        yield Examination("login", parameters={"host": server.host})
    finally:
        close_imap(client)
    with open_folder(server, account, name) as folder:
        if folder.client.has_capability("ID"):
            yield Examination("insisted" if folder.client.insists else "introduced", parameters={"host": server.host})
        yield Examination("folder", parameters={"folder": name, "mails": folder.mails})
        yield _look_back(folder, now)


def _look_back(folder: Folder, now: datetime) -> Examination:
    """Whether older mail is to be seen: a provider may show the newest month alone, and does not say so."""
    with connection_faults(folder.server, folder.account):
        if not folder.mails:
            return Examination("empty", Health.LOOK)
        border: date = (now - WINDOW).date()
        if folder.client.search(["BEFORE", border]):
            return Examination("window", parameters={"day": border.isoformat()})
        first = min(folder.client.search(["ALL"]), default=0)
        oldest = folder.client.fetch([first], ["INTERNALDATE"]).get(first, {}).get(b"INTERNALDATE")
    day = oldest.date().isoformat() if oldest else "?"
    provider = provider_of(folder.server.host)
    return Examination("window_netease" if provider == "netease" else "window_short", Health.LOOK, {"day": day})


def _examine_smtp(server: Server, account: Account | None, now: datetime, test: Draft | None) -> Iterator[Examination]:
    yield _resolve(server)
    smtp = connect_smtp(server)
    try:
        yield _connected(server)
        if account is None:
            return
        log_in_smtp(smtp, server, account)
        yield Examination("login", parameters={"host": server.host})
        if (size := smtp.esmtp_features.get("size", "")).isdigit() and int(size):
            yield Examination("size", parameters={"size": f"{int(size) / 2**20:.0f} MiB"})
        if test is None:
            return
        verdict, _ = hand_over(smtp, test, form_mail(test, now), account.secret.value, lambda: None)
        if verdict.step is not Step.SENT:
            raise UsageFault("mail-test-refused", host=server.host, to=test.to[0], reason=verdict.reply)
        yield Examination("test", parameters={"to": test.to[0]})
    finally:
        close_smtp(smtp)


def _resolve(server: Server) -> Examination:
    with connection_faults(server, lost="mail-unreachable"):
        found = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    if not found:
        raise MachineFault("mail-host-unknown", host=server.host, port=server.port)
    return Examination("resolved", parameters={"host": server.host, "address": found[0][4][0]})


def _connected(server: Server) -> Examination:
    return Examination(
        "connected" if server.security is not Security.PLAIN else "connected_plain", parameters=_place(server)
    )
