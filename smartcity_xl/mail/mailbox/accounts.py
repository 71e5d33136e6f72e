"""Where a mailbox is, who opens it, and with what secret. The secret never stands in a file of ours."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Callable, Mapping

from msgspec import Struct

from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.model import Login, Mailbox, Security

SECRET = "XLSCORE_MAIL_SECRET"  # noqa: S105 - the name of a variable, not a secret
COMMAND = "XLSCORE_MAIL_SECRET_COMMAND"
KEYRING = "xlscore"
"""The name under which the system's keyring keeps our secrets."""
_COMMAND_LIMIT = 60
"""Seconds that a command may take to tell a secret."""


class Server(Struct, frozen=True):
    host: str
    port: int
    security: Security


class Secret(Struct, frozen=True):
    """A password, an authorisation code (授权码) or a token; ``origin`` says where it came from: the name of a
    variable, ``keyring`` or ``prompt``."""

    value: str
    origin: str = ""

    def __repr__(self) -> str:
        """Without what nobody may see."""
        return f"Secret(origin={self.origin!r})"


class Account(Struct, frozen=True):
    user: str
    login: Login
    secret: Secret


def imap_server(mailbox: Mailbox) -> Server:
    return Server(mailbox.imap_host, mailbox.imap_port, mailbox.imap_security)


def smtp_server(mailbox: Mailbox) -> Server:
    return Server(mailbox.smtp_host, mailbox.smtp_port, mailbox.smtp_security)


def variable_of(user: str) -> str:
    """The variable that holds the secret of one account alone: XLSCORE_MAIL_SECRET_OFFICE_EXAMPLE_COM."""
    return f"{SECRET}_{re.sub('[^A-Z0-9]', '_', user.upper())}"


def find_secret(user: str, environment: Mapping[str, str], ask: Callable[[], str] | None = None) -> Secret:
    """The secret of an account: from its own variable, the common one, a command's output, the system's keyring, or
    ``ask`` (a prompt).

    Raises UsageFault where there is none, MachineFault where the command fails.
    """
    for name in (variable_of(user), SECRET):
        if value := environment.get(name, "").strip():
            return Secret(value, name)
    if command := environment.get(COMMAND, ""):
        return Secret(_told_by(command), COMMAND)
    if value := _in_keyring(user):
        return Secret(value, "keyring")
    if ask and (value := ask().strip()):
        return Secret(value, "prompt")
    raise UsageFault("mail-secret-missing", user=user, variable=SECRET, own=variable_of(user), command=COMMAND)


def _told_by(command: str) -> str:
    """The first line that a command prints; what else it prints is shown to nobody."""
    try:
        done = subprocess.run(  # noqa: S603 - the office's own command, without a shell
            shlex.split(command, posix=os.name != "nt"), capture_output=True, timeout=_COMMAND_LIMIT, check=False
        )
        found = done.stdout.decode("utf-8").split("\n")[0].strip() if not done.returncode else ""
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired):
        found = ""
    if not found:
        raise MachineFault("mail-secret-command", variable=COMMAND)
    return found


def _in_keyring(user: str) -> str:
    """What the system's keyring holds, where the optional package is installed and a keyring is there."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return ""
    try:
        return keyring.get_password(KEYRING, user) or ""
    except KeyringError:  # none is running, or it stays locked
        return ""
