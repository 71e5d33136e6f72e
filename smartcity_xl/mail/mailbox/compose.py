"""A mail with its attachments -> the bytes of a mail, in the forms that the mail programs of this country read.

The same mail at the same time gives the same bytes. All is ASCII, no line is longer than servers take.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from email import base64mime, encoders
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime

from msgspec import Struct

from smartcity_xl import __version__
from smartcity_xl.messages.unarmed import on_one_line, unarm

LOOP_HEADER = "X-Xlscore-Mail"
"""Marks a mail as ours, so that nothing of ours ever answers it."""
_WORKBOOK = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_OTHER = ("application", "octet-stream")
_PLAIN_ID = re.compile(r"<[!-;=?-~]{1,200}>")
_LINE_END = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_POLICY = compat32.clone(linesep="\r\n", max_line_length=None)


class Attachment(Struct, frozen=True):
    name: str
    data: bytes


class Draft(Struct, frozen=True):
    """A mail ready to be sent. Addresses are bare ASCII; ``key`` says which mail it is (``kind:department:1``),
    ``answers`` is the Message-ID of the mail that it replies to, where it is a reply and there is a plain one."""

    message_id: str
    key: str
    sender_name: str
    sender: str
    to: Sequence[str]
    cc: Sequence[str]
    subject: str
    body: str
    attachments: Sequence[Attachment]
    answers: str = ""

    @property
    def receivers(self) -> tuple[str, ...]:
        return (*self.to, *(address for address in self.cc if address not in self.to))


def name_message(sender: str, *parts: str) -> str:
    """The Message-ID of a mail, told by what it is and not by chance, so that a mail sent twice is known as one."""
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    return f"<xlscore.{digest}@{sender.rpartition('@')[2] or 'xlscore.invalid'}>"


def form_mail(draft: Draft, date: datetime) -> bytes:
    """The bytes of a mail, lines ending in CRLF."""
    mail = MIMEMultipart("mixed", boundary="=_" + hashlib.sha256(draft.message_id.encode()).hexdigest()[:32])
    if any(map(_LINE_END.search, (draft.sender, *draft.receivers, draft.message_id))):
        raise ValueError("an address with an end of line")  # they are parsed before: this is the second lock
    name = Header(on_one_line(draft.sender_name), "utf-8", header_name="From").encode()
    mail["From"] = f"{name} <{draft.sender}>" if name else draft.sender
    mail["To"] = ", ".join(draft.to)
    if draft.cc:
        mail["Cc"] = ", ".join(draft.cc)
    mail["Subject"] = Header(on_one_line(draft.subject), "utf-8", header_name="Subject").encode()
    mail["Date"] = format_datetime(date)
    mail["Message-ID"] = draft.message_id
    if _PLAIN_ID.fullmatch(draft.answers):  # it is the sender's word, and could hold anything
        mail["In-Reply-To"] = mail["References"] = draft.answers
    mail["Auto-Submitted"] = "auto-replied" if draft.answers else "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail[LOOP_HEADER] = base64mime.header_encode(draft.key.encode(), "utf-8")
    mail["X-Mailer"] = f"xlscore {__version__}"
    mail.attach(MIMEText(unarm(draft.body.replace("\r\n", "\n")).replace("\n", "\r\n"), "plain", "utf-8"))
    for attachment in draft.attachments:
        mail.attach(_attach(attachment))
    return mail.as_bytes(policy=_POLICY)


def _attach(attachment: Attachment) -> MIMEBase:
    """An attachment whose name stands twice, each time as one encoded word of RFC 2047 in quotes.

    RFC 2231, which is the standard's way, is shown by QQ and by old Outlook as ``tcmime.bin`` or ``AT00001``; so is a
    name that is split into several words.
    """
    kind = _WORKBOOK if attachment.name.endswith(".xlsx") else _OTHER
    part = MIMEBase(*kind)
    part.set_payload(attachment.data)
    encoders.encode_base64(part)
    word = base64mime.header_encode(on_one_line(attachment.name).encode(), "utf-8")
    part.replace_header("Content-Type", f'{"/".join(kind)};\n name="{word}"')
    part["Content-Disposition"] = f'attachment;\n filename="{word}"'
    return part
