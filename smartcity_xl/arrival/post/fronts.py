"""A file -> the mail or mails in it, without what stands in front: marks, blank lines, lines of a mailbox, a length."""

from __future__ import annotations

import re

_FRONT = re.compile(rb"\A(?:\xef\xbb\xbf|\0|[ \t]*\r?\n)+")
_FIELD = re.compile(rb"(?:From )?[!-9;-~]+[ \t]*:|[ \t]|>?From ")
_KNOWN = re.compile(
    rb"^(received|return-path|from|to|subject|date|message-id|mime-version|content-type|delivered-to)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_APPLE = re.compile(rb"\A[ \t]*(\d{1,10})[ \t]*\r?\n")
# The line between two mails: after a blank line, or with a time of day; a header stands below.
_BETWEEN = re.compile(
    rb"(?:\A|(?<=\n\n)|(?<=\r\n\r\n)|(?<=\n)(?=From [^\r\n]{0,200}\d\d:\d\d))From [^\r\n]{1,300}\r?\n"
    rb"(?=>?From |[!-9;-~]{1,60}[ \t]*:)"
)
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_SPACED = re.compile(rb"^([!-9;-~]+)[ \t]+:", re.MULTILINE)
_HEAD = 16_384


def strip_front(data: bytes) -> bytes:
    """A mail without the mark of its encoding and without blank lines before its headers; from UTF-16 made UTF-8."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode()
    front = _FRONT.match(data)
    return data[front.end() :] if front else data


def unwrap_mail(data: bytes) -> bytes:
    """A mail without anything in front of it; of Apple's form that many bytes as its first line says. Blanks before the
    colons of its headers, which were once allowed, are gone."""
    plain = strip_front(data)
    if length := _APPLE.match(plain):
        plain = strip_front(plain[length.end() : length.end() + int(length[1])])
    head = re.search(rb"\r?\n\r?\n", plain)
    end = head.start() if head else len(plain)
    return _SPACED.sub(rb"\1:", plain[:end]) + plain[end:] if _SPACED.search(plain, 0, end) else plain


def looks_like_mail(data: bytes) -> bool:
    """Headers to begin with, of which three are such as every mail has."""
    front = strip_front(data[:_HEAD])
    if length := _APPLE.match(front):
        front = strip_front(front[length.end() :])
    head = front.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    lines = head.split(b"\n")
    if len(data) > _HEAD:
        lines = lines[:-1] or lines
    return all(_FIELD.match(line) for line in lines) and len({name.lower() for name in _KNOWN.findall(head)}) >= 3


def is_mbox(data: bytes) -> bool:
    """Whether a file holds more than one mail."""
    if not strip_front(data[:64]).startswith(b"From "):
        return False
    plain = strip_front(data)
    return sum(1 for _, _ in zip(range(2), _BETWEEN.finditer(plain), strict=False)) > 1


def split_mbox(data: bytes) -> list[bytes]:
    """The mails of a mailbox file, without the lines between them, their own such lines as they were written."""
    plain = strip_front(data)
    lines = list(_BETWEEN.finditer(plain))
    ends = [*(line.start() for line in lines[1:]), len(plain)]
    return [_QUOTED.sub(rb"\1", plain[line.end() : end]) for line, end in zip(lines, ends, strict=True)]
