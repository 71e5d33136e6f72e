"""A mailbox opened for reading alone, step by step, so that a person can be told which step failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ssl import create_default_context

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError
from msgspec import Struct

from smartcity_xl import __version__
from smartcity_xl.errors import UsageFault
from smartcity_xl.mail.mailbox.accounts import Account, Server
from smartcity_xl.mail.mailbox.faults import connection_faults, login_fault, said
from smartcity_xl.model import Login, Security

PATIENCE = 60
"""Seconds without a word from a server, after which the connection counts as lost."""
_UNSAFE = "unsafe login"
"""What NetEase answers to SELECT when no ID came before it."""


class Client(IMAPClient):  # type: ignore[misc]
    """``insists``: the ID command is sent though the server does not announce it."""

    insists = False

    def capabilities(self) -> tuple[bytes, ...]:
        announced: tuple[bytes, ...] = super().capabilities()
        return (*announced, b"ID") if self.insists else announced


class Folder(Struct, frozen=True):
    """An open folder. ``validity`` is its UIDVALIDITY: under another one its numbers (UIDs) mean other mails."""

    client: Client
    server: Server
    account: Account
    name: str
    validity: int
    mails: int


def connect_imap(server: Server) -> Client:
    """A connection, encrypted as the settings say; a server that cannot do that is refused, never used without.

    Certificates are checked against the system's authorities (SSL_CERT_FILE names others). Raises MachineFault.
    """
    context = create_default_context()
    with connection_faults(server, lost="mail-unreachable"):
        client = Client(
            server.host, server.port, ssl=server.security is Security.TLS, ssl_context=context, timeout=PATIENCE
        )
        try:
            if server.security is Security.STARTTLS:
                client.starttls(context)
        except BaseException:
            close_imap(client)
            raise
    return client


def log_in(client: Client, server: Server, account: Account) -> None:
    """Raises UsageFault (refused), MachineFault."""
    with connection_faults(server, account):
        try:
            if account.login is Login.XOAUTH2:
                client.oauth2_login(account.user, account.secret.value)
            else:
                client.login(account.user, account.secret.value)
        except LoginError as error:
            if isinstance(error.__context__, IMAPClient.AbortError):  # no answer at all
                raise error.__context__ from error
            raise login_fault(server, account, error) from error


def introduce(client: Client, server: Server, insist: bool = False) -> bool:
    """Say who we are (RFC 2971), where the server asks for it in what it announces after the login, or ``insist``;
    others drop the connection on commands they do not know. Gives whether it was said. Raises MachineFault."""
    client.insists = insist
    with connection_faults(server):
        if not client.has_capability("ID"):
            return False
        try:
            client.id_({"name": "xlscore", "version": __version__, "vendor": "smartcity_xl"})
        except IMAPClient.AbortError:
            raise
        except IMAPClientError:  # it does not want to hear it after all
            return False
        return True


def select_folder(client: Client, server: Server, account: Account, name: str) -> Folder:
    """Open a folder for reading alone: nothing in it can be changed by accident.

    Raises UsageFault (no such folder; those that are there are named), MachineFault, and Unsafe.
    """
    with connection_faults(server, account):
        try:
            status = client.select_folder(name, readonly=True)
        except IMAPClientError as error:
            if _UNSAFE in str(error).casefold():
                raise Unsafe from error
            if isinstance(error, IMAPClient.AbortError):
                raise
            there = "、".join(found for _, _, found in client.list_folders())
            raise UsageFault("mail-folder", host=server.host, found=name, known=there, reason=said(error)) from error
    return Folder(client, server, account, name, int(status.get(b"UIDVALIDITY", 0)), int(status[b"EXISTS"]))


class Unsafe(Exception):
    """The server wants to know who we are before it opens a folder."""


@contextmanager
def open_folder(server: Server, account: Account, name: str) -> Iterator[Folder]:
    """Connect, log in, say who we are, and open a folder for reading alone. Raises UsageFault, MachineFault."""
    client, folder = _open(server, account, name, insist=False)
    try:
        if folder is None:
            close_imap(client)
            client, folder = _open(server, account, name, insist=True)
        if folder is None:
            raise UsageFault("mail-unsafe", host=server.host, user=account.user)
        yield folder
    finally:
        close_imap(client)


def _open(server: Server, account: Account, name: str, insist: bool) -> tuple[Client, Folder | None]:
    """A connection, and the folder on it; None for a server that wants to know who we are."""
    client = connect_imap(server)
    try:
        log_in(client, server, account)
        introduce(client, server, insist)
        return client, select_folder(client, server, account, name)
    except Unsafe:
        return client, None
    except BaseException:
        close_imap(client)
        raise


def close_imap(client: Client) -> None:
    """Say goodbye where there is still somebody to hear it; the connection is closed in any case."""
    with suppress(IMAPClientError, OSError):
        client.logout()
    with suppress(IMAPClientError, OSError):
        client.shutdown()
