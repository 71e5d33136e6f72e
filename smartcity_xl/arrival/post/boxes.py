"""What holds files and is neither mail nor archive: a mailbox of mails (mbox), an invitation (.ics), a text with files
written into it (uuencode)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from smartcity_xl.arrival.post.fronts import split_mbox
from smartcity_xl.arrival.post.kinds import Opened, Piece, Trouble
from smartcity_xl.arrival.post.limits import PARTS, Budget
from smartcity_xl.arrival.post.names import attachment_name, decode_bytes, parameters
from smartcity_xl.arrival.post.transfer import TextFile, decode_base64, find_uuencoded
from smartcity_xl.books.package import Refused
from smartcity_xl.messages import label


def open_mbox(data: bytes, budget: Budget) -> Opened:
    """Every mail of a mailbox file, or none where there are too many. Raises Refused."""
    mails = split_mbox(data)
    budget.take(len(mails), sum(map(len, mails)))
    return Opened(tuple(Piece(label("post.mail_of_box", number=n), mail) for n, mail in enumerate(mails, start=1)))


# --- invitations -----------------------------------------------------------------------------------------------

_UNFOLD = re.compile(rb"\r?\n[ \t]")
_ATTACH = re.compile(rb"^ATTACH((?:[;][^:\"\r\n]*(?:\"[^\"\r\n]*\")?)*):([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_NAMES = ("x-filename", "filename", "x-apple-filename", "x-oracle-filename", "x-evolution-caldav-filename", "name")


class Invitation(Struct, frozen=True):
    """What an invitation brings: files, links to files, and what of it is damaged."""

    pieces: tuple[Piece, ...]
    links: tuple[str, ...]
    troubles: tuple[Trouble, ...]


def read_invitation(data: bytes) -> Invitation:
    """The attachments of an invitation (RFC 5545). Those that lie elsewhere in the mail (CID) are found there."""
    pieces: list[Piece] = []
    links: list[str] = []
    troubles: list[Trouble] = []
    for given, value in _ATTACH.findall(_UNFOLD.sub(b"", data)):
        _, told = parameters(b"x" + given)
        inline = re.match(rb"data:[^,]*;base64,", value, re.IGNORECASE)
        if told.get("encoding", b"").strip(b' "').upper() != b"BASE64" and not inline:
            link = decode_bytes(value)
            links += [link] if re.match(r"https?://", link, re.IGNORECASE) else []
            continue
        if len(pieces) + len(troubles) >= PARTS:
            raise Refused("mail-parts", limit=str(PARTS))
        raw_name = next((told[name] for name in _NAMES if told.get(name)), b"")
        name = attachment_name(b'x; filename="' + raw_name.replace(b'"', b"") + b'"', b"") if raw_name else ""
        name = name or label("post.unnamed", number=len(pieces) + 1)
        content, sound = decode_base64(value[inline.end() :] if inline else value)
        if sound:
            pieces.append(Piece(name, content))
        else:
            troubles.append(Trouble("mail-damaged", {"reason": "base64"}, name))
    return Invitation(tuple(pieces), tuple(links), tuple(troubles))


def open_invitation(data: bytes) -> Opened:
    """An invitation that lies by itself. Raises Refused."""
    found = read_invitation(data)
    return Opened(found.pieces, found.troubles)


def open_uuencoded(data: bytes) -> Opened:
    """A text that holds files between ``begin`` and ``end``, or a file that is nothing else."""
    pieces, troubles = split_written(data)
    return Opened(tuple(pieces), tuple(troubles))


def split_written(text: bytes, before: int = 0) -> tuple[list[Piece], list[Trouble]]:
    """The files that stand in a text, and those of them that are damaged. ``before``: pieces that have a number."""
    pieces: list[Piece] = []
    troubles: list[Trouble] = []
    for found in _limited(text):
        name = decode_bytes(found.name) or label("post.unnamed", number=before + len(pieces) + 1)
        if found.whole:
            pieces.append(Piece(name, found.data))
        else:
            troubles.append(Trouble("mail-damaged", {"reason": "uuencode"}, name))
    return pieces, troubles


def _limited(text: bytes) -> Iterator[TextFile]:
    for number, found in enumerate(find_uuencoded(text)):
        if number >= PARTS:
            raise Refused("mail-parts", limit=str(PARTS))
        yield found
