"""Mails that come back, and mails within mails."""

from __future__ import annotations

import mails
from mails import BOOK, attachment, inside, mail, part, text

REPORT = part(
    "Content-Type: message/delivery-status",
    b"Reporting-MTA: dns; mx.example.com\r\n\r\n"
    b"Final-Recipient: rfc822; lisi@dept.example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n",
    encode=False,
)
BOUNCE = mail(
    text("退信"),
    REPORT,
    inside(mail(attachment("空白表.xlsx", BOOK))),
    headers="Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.com\n"
    'Content-Type: multipart/report; report-type=delivery-status;\n\tboundary="rep"',
    boundary="rep",
)


def nested(levels: int) -> bytes:
    data = mails.foxmail("表.xlsx", BOOK)
    for _ in range(levels - 1):
        data = mail(inside(data, "内.eml"))
    return data
