"""One mail handed to a server, command by command, so that it is known how far it came when the connection is cut."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Callable
from contextlib import suppress
from ssl import create_default_context

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import Step
from smartcity_xl.mail.mailbox.accounts import Account, Server
from smartcity_xl.mail.mailbox.compose import Draft
from smartcity_xl.mail.mailbox.faults import connection_faults, known, login_fault, said
from smartcity_xl.mail.mailbox.imap import PATIENCE
from smartcity_xl.model import Login, Security

_OURSELVES = "[127.0.0.1]"
"""What we call ourselves: a computer's own name can be Chinese, is nobody's business, and may take long to find."""


def connect_smtp(server: Server) -> smtplib.SMTP:
    """A connection, encrypted and its certificate checked as in ``connect_imap``. Raises MachineFault."""
    context = create_default_context()
    with connection_faults(server, lost="mail-unreachable"):
        if server.security is Security.TLS:
            return smtplib.SMTP_SSL(server.host, server.port, _OURSELVES, timeout=PATIENCE, context=context)
        smtp = smtplib.SMTP(server.host, server.port, _OURSELVES, timeout=PATIENCE)
        try:
            if server.security is Security.STARTTLS:
                smtp.starttls(context=context)
        except BaseException:
            smtp.close()
            raise
        return smtp


def log_in_smtp(smtp: smtplib.SMTP, server: Server, account: Account) -> None:
    """Raises UsageFault (refused), MachineFault."""
    with connection_faults(server, account):
        try:
            if account.login is Login.XOAUTH2:
                smtp.ehlo_or_helo_if_needed()
                token = f"user={account.user}\1auth=Bearer {account.secret.value}\1\1"
                smtp.auth("XOAUTH2", lambda challenge=None: "" if challenge else token)
            else:
                smtp.login(account.user, account.secret.value)
        except smtplib.SMTPAuthenticationError as error:
            if 400 <= error.smtp_code < 500:  # not now, though the secret may be right
                raise
            raise login_fault(server, account, f"{error.smtp_code} {said(error.smtp_error)}") from error
        except UnicodeEncodeError as error:
            raise UsageFault("mail-secret-ascii", user=account.user) from error


def open_smtp(server: Server, account: Account) -> smtplib.SMTP:
    """A connection that is ready to take mails. Raises UsageFault, MachineFault."""
    smtp = connect_smtp(server)
    try:
        log_in_smtp(smtp, server, account)
    except BaseException:
        smtp.close()
        raise
    return smtp


def close_smtp(smtp: smtplib.SMTP) -> None:
    with suppress(smtplib.SMTPException, OSError):
        smtp.quit()
    smtp.close()


_GO_ON = 354
_PATIENCE_AT_THE_END = 600
"""Seconds that a server may take to answer once it has the whole mail; who leaves earlier may send it twice."""


class Verdict(Struct, frozen=True):
    """What a server's answer means for a mail.

    ``word`` names its explanation, ``wait`` are the seconds before it may be tried again (0: the usual ones), ``halt``
    says that it concerns the sender or the mail as such: those behind it would fare no better. ``lost``: the
    connection is gone.
    """

    step: Step
    reply: str = ""
    word: str = ""
    wait: int = 0
    halt: bool = False
    lost: bool = False


def judge(code: int, words: object, secret: str = "") -> Verdict:
    """An answer of a server, understood. 421 is said by a server that then hangs up."""
    reply = f"{code} {said(words, secret)}".strip()
    if 200 <= code < 300:
        return Verdict(Step.SENT, reply)
    step = Step.DEFERRED if 400 <= code < 500 else Step.REFUSED
    for rule in known()["reply"]:
        if rule.get("sign", "").casefold() in reply.casefold() and rule.get("code", code) == code:
            wait = int(rule.get("wait", 0))
            return Verdict(step, reply, rule["word"], wait, bool(rule.get("halt", False)), lost=code == 421)
    return Verdict(step, reply, "busy" if step is Step.DEFERRED else "refused", lost=code == 421)


def hand_over(
    smtp: smtplib.SMTP, draft: Draft, mail: bytes, secret: str, before_data: Callable[[], None]
) -> tuple[Verdict, dict[str, str]]:
    """Hand one mail to a server; gives what became of it, and the copies that were refused: address -> answer.

    The receivers must be taken; a refused copy does not keep the mail from going out. ``before_data`` is called when
    all but the text has been said. Where the connection is cut after the last byte of the text and before the server's
    answer, the verdict is DATA: nobody can know whether it was taken. Cut earlier, it certainly was not.
    """
    copies: dict[str, str] = {}
    told_whole = False
    try:
        verdict = _say_envelope(smtp, draft, len(mail), secret, copies)
        if verdict.step is Step.SENT:
            before_data()
            code, words = smtp.docmd("DATA")
            if code == _GO_ON:
                smtp.send(_dotted(mail))
                told_whole = True
                _wait_long(smtp)
                return judge(*smtp.getreply(), secret), copies
            verdict = judge(code, words, secret)
            if verdict.step is Step.SENT:  # an answer that makes no sense here, and surely no mail taken
                verdict = replace(verdict, step=Step.DEFERRED)
        with suppress(smtplib.SMTPException, OSError):
            smtp.rset()  # let the server forget what it has begun to take
    except (smtplib.SMTPException, OSError) as error:
        smtp.close()
        verdict = Verdict(Step.DATA if told_whole else Step.DEFERRED, said(error, secret), "cut", lost=True)
    return verdict, copies


def _say_envelope(smtp: smtplib.SMTP, draft: Draft, size: int, secret: str, copies: dict[str, str]) -> Verdict:
    """SENT where the server takes the sender and every receiver; ``copies`` gets the refused ones of the others."""
    options = [f"size={size}"] if smtp.has_extn("size") else []
    verdict = judge(*smtp.mail(draft.sender, options), secret)
    for address in draft.to:
        if verdict.step is Step.SENT:
            verdict = judge(*smtp.rcpt(address), secret)
    for address in draft.receivers[len(draft.to) :]:
        if verdict.step is Step.SENT and (copy := judge(*smtp.rcpt(address), secret)).step is not Step.SENT:
            copies[address] = copy.reply
    return verdict


def _wait_long(smtp: smtplib.SMTP) -> None:
    if smtp.sock:
        smtp.sock.settimeout(_PATIENCE_AT_THE_END)


def _dotted(mail: bytes) -> bytes:
    """A mail as it goes over the line: a dot that begins a line is doubled, and one alone ends it all."""
    text = re.sub(rb"(?m)^\.", b"..", mail)
    return text + (b"" if text.endswith(b"\r\n") else b"\r\n") + b".\r\n"
