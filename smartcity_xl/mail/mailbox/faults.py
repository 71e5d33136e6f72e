"""What servers and networks refuse, as faults with a remedy; and the words of a server made fit to be shown."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError

from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.mail.mailbox.accounts import Account, Server
from smartcity_xl.shipped import read_shipped

_LONGEST = 200
"""Characters of a server's words that are shown."""


@cache
def known() -> Mapping[str, Any]:
    """What ``providers.toml`` says."""
    return read_shipped("mail/mailbox/providers.toml")


def provider_of(host: str) -> str:
    """Whose server a host is, as ``providers.toml`` knows them; ``other`` for the rest."""
    name = host.casefold().rstrip(".")
    for provider, one in known()["provider"].items():
        if any(name == end or name.endswith(f".{end}") for end in one["hosts"]):
            return str(provider)
    return "other"


def said(words: object, secret: str = "") -> str:
    """What a server said, in one line, without signs that steer a terminal, and without our own secret."""
    if isinstance(words, bytes):
        try:
            text = words.decode("utf-8")
        except UnicodeDecodeError:
            text = words.decode("gb18030", "replace")
    else:
        text = str(words)
    if secret:
        text = text.replace(secret, "***")
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text).strip()[:_LONGEST]


@contextmanager
def connection_faults(server: Server, account: Account | None = None, lost: str = "mail-cut") -> Iterator[None]:
    """What goes wrong with a connection, as MachineFault; ``lost`` is the code of a connection that is not there.

    What a server answers to a login is told by its caller.
    """
    secret = account.secret.value if account else ""
    place = {"host": server.host, "port": server.port}
    try:
        yield
    except socket.gaierror as error:
        raise MachineFault("mail-host-unknown", **place) from error
    except ssl.SSLCertVerificationError as error:
        raise MachineFault("mail-certificate", **place, reason=said(error.verify_message)) from error
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        raise MachineFault(lost, **place, reason=said(getattr(error, "reason", None) or error)) from error
    except ssl.SSLError as error:
        raise MachineFault("mail-tls", **place, reason=said(getattr(error, "reason", None) or error)) from error
    except CapabilityError as error:
        raise MachineFault("mail-unable", **place, reason=said(error, secret)) from error
    except (IMAPClientAbortError, smtplib.SMTPServerDisconnected, TimeoutError, ConnectionError) as error:
        raise MachineFault(lost, **place, reason=said(error, secret)) from error
    except smtplib.SMTPResponseException as error:
        reason = f"{error.smtp_code} {said(error.smtp_error, secret)}"
        raise MachineFault("mail-refused", **place, reason=reason) from error
    except smtplib.SMTPException as error:  # what we ask for is not offered
        raise MachineFault("mail-unable", **place, reason=said(error, secret)) from error
    except IMAPClientError as error:
        raise MachineFault("mail-refused", **place, reason=said(error, secret)) from error
    except OSError as error:
        raise MachineFault(lost, **place, reason=said(error.strerror or error, secret)) from error


def login_fault(server: Server, account: Account, answer: object) -> UsageFault:
    """A login that was refused, with what to change at this provider."""
    code = f"mail-login-{account.login.value}" if account.login.value != "basic" else "mail-login"
    if code == "mail-login" and (provider := provider_of(server.host)) != "other":
        code = f"mail-login-{provider}"
    return UsageFault(code, host=server.host, user=account.user, reason=said(answer, account.secret.value))
