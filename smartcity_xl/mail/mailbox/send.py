"""Letters -> a server, at a pace that providers bear; each step stands in the ledger before it is taken, and after.

A run that is cut off anywhere can be repeated: what was taken is not sent again, what was not is, and what nobody can
know is left to a person.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from smartcity_xl.errors import MachineFault
from smartcity_xl.ledger import MailBook, Posting, Step, utc
from smartcity_xl.mail.mailbox.accounts import Account, Server
from smartcity_xl.mail.mailbox.compose import Draft, form_mail
from smartcity_xl.mail.mailbox.smtp import Verdict, close_smtp, hand_over, open_smtp
from smartcity_xl.model.headway import Follow, followed, unfollowed


class Pace(Struct, frozen=True):
    """Seconds between two mails, mails on one connection, and seconds before each further round of those that were
    refused for now."""

    between: float = 20
    on_one_line: int = 10
    again: tuple[float, ...] = (60, 300)


class Outgoing(Struct, frozen=True):
    """A mail that is to go out, and what the ledger says of it."""

    draft: Draft
    posting: Posting


class Delivery(Struct, frozen=True):
    """What became of a mail. ``copies`` are the receivers in copy that were refused: address -> answer."""

    outgoing: Outgoing
    verdict: Verdict
    copies: dict[str, str]


class Courier(Struct):
    """Takes mails to a server. ``clock`` and ``sleep`` are the caller's; ``tell`` takes a sentence's code and
    parameters, for each mail and each wait."""

    server: Server
    account: Account
    book: MailBook
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    tell: Callable[..., None]
    pace: Pace = Pace()
    follow: Follow = unfollowed
    _line: smtplib.SMTP | None = None
    _on_line: int = 0
    _tried: int = 0
    _done: dict[str, Delivery] = field(default_factory=dict)

    def deliver(self, mails: Sequence[Outgoing]) -> tuple[Delivery, ...]:
        """Send mails, each at most once; gives what became of those that were tried. Where a refusal concerns the
        sender, the rest is not tried.

        Raises UsageFault (the login is refused), MachineFault (the connection is cut again and again).
        """
        pending: Iterable[Outgoing] = followed(mails, "send", self.follow, len(mails))
        try:
            for wait in (0.0, *self.pace.again):
                if wait and pending:
                    self._pause(wait, "busy")
                pending = [one for one in pending if self._deferred(self._take(one))]
        except _HaltError:
            pass
        except BaseException:
            if self._line is not None:
                self._line.close()  # without a word: it might still pass for a part of the mail
            raise
        self._hang_up()
        return tuple(self._done[one.posting.message_id] for one in mails if one.posting.message_id in self._done)

    def _deferred(self, verdict: Verdict) -> bool:
        return verdict.step is Step.DEFERRED

    def _take(self, outgoing: Outgoing) -> Verdict:
        """One mail, and once more where the answer names a time to wait, or the connection is gone."""
        verdict = self._try(outgoing)
        if self._deferred(verdict) and (verdict.wait or verdict.lost):
            self._hang_up()
            self._pause(verdict.wait, verdict.word)
            verdict = self._try(outgoing)
            if verdict.word == "cut" and self._deferred(verdict):
                raise MachineFault("mail-cut", host=self.server.host, port=self.server.port, reason=verdict.reply)
        self.tell(f"send_{verdict.step}", outgoing=outgoing, verdict=verdict)
        if verdict.halt and verdict.step is not Step.SENT:
            raise _HaltError
        return verdict

    def _try(self, outgoing: Outgoing) -> Verdict:
        if self._tried:
            self.sleep(self.pace.between)
        self._tried += 1
        line = self._open()
        mail = form_mail(outgoing.draft, self.clock())

        def record(step: Step, reply: str = "") -> None:
            self.book.record_step(replace(outgoing.posting, step=step, at=utc(self.clock()), reply=reply), mail)

        record(Step.BEGUN)
        secret = self.account.secret.value
        verdict, copies = hand_over(line, outgoing.draft, mail, secret, lambda: record(Step.DATA))
        if verdict.step is not Step.DATA:
            record(verdict.step, verdict.reply)
        if verdict.lost:
            self._hang_up()
        self._done[outgoing.posting.message_id] = Delivery(outgoing, verdict, copies)
        return verdict

    def _open(self) -> smtplib.SMTP:
        """The line to the server; a new one after so many mails, or where it was cut."""
        if self._line is None or self._on_line >= self.pace.on_one_line:
            self._hang_up()
            self._line, self._on_line = open_smtp(self.server, self.account), 0
        self._on_line += 1
        return self._line

    def _hang_up(self) -> None:
        if self._line is not None:
            close_smtp(self._line)
            self._line = None

    def _pause(self, seconds: float, word: str) -> None:
        if seconds:
            self.tell("send_waiting", seconds=seconds, word=word)
            self.sleep(seconds)


class _HaltError(Exception):
    """What was refused would be refused to every other mail as well."""
