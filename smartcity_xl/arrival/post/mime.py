"""A mail as it travels (.eml) -> its letter and the files attached to it."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from email import errors, message_from_bytes
from email.generator import BytesGenerator
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import Compat32, Policy
from functools import partial
from io import BytesIO
from typing import TypeAlias

from msgspec import Struct, field

from smartcity_xl.arrival.post.boxes import read_invitation, split_written
from smartcity_xl.arrival.post.clouds import find_clouds, find_hints
from smartcity_xl.arrival.post.foreign import say_sealing
from smartcity_xl.arrival.post.fronts import unwrap_mail
from smartcity_xl.arrival.post.kinds import Opened, Piece, Trouble
from smartcity_xl.arrival.post.letter import Headers, read_letter
from smartcity_xl.arrival.post.limits import HEADER, PARTS
from smartcity_xl.arrival.post.names import attachment_name, decode_bytes, parameters
from smartcity_xl.arrival.post.transfer import decode_body, encoding_of, is_whole
from smartcity_xl.books.package import Refused
from smartcity_xl.messages import label

Part: TypeAlias = "Message[str, str]"

# The second: a multipart without parts, because its boundary is missing, or never comes.
_NO_END = errors.CloseBoundaryNotFoundDefect
_BROKEN_MAIL = (_NO_END, errors.MultipartInvariantViolationDefect)
_SEALED = ("application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted")
_LABELLED = "application/x-microsoft-rpmsg-message"
_REPORTS = ("message/delivery-status", "message/global-delivery-status", "message/disposition-notification")


class BoundedHeaders(Compat32):
    """The standard parser, which stops at the first header that is too long."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        if sum(map(len, sourcelines)) > HEADER:
            raise Refused(
                "mail-header-long", name=sourcelines[0].partition(":")[0][:60], limit=f"{HEADER // 2**10} KiB"
            )
        return super().header_source_parse(sourcelines)


def open_mail(data: bytes, authserv: str) -> Opened:
    """What a mail holds. Raises Refused for one that is damaged, or beyond the limits."""
    return _open_message(parse_message(unwrap_mail(data)), authserv)


def parse_message(data: bytes) -> Part:
    """The parts of a mail, no more than allowed, no header parsed yet. Raises Refused."""
    number = 0

    def make_part(policy: Policy[Part]) -> Part:
        nonlocal number
        number += 1
        if number > PARTS:
            raise Refused("mail-parts", limit=str(PARTS))
        return Message(policy)

    return message_from_bytes(data, policy=BoundedHeaders(message_factory=make_part))


def _open_message(message: Part, authserv: str) -> Opened:
    if not list(message.keys()):
        raise Refused("mail-headless")
    own = list(_own_parts(message))
    broken = [
        defect for part in own if not _says_all(part) for defect in part.defects if isinstance(defect, _BROKEN_MAIL)
    ]
    sorting = _Sorting(authserv)
    for part in own:
        if not _is_multipart(part):
            sorting.take(part)
    if broken and not (all(isinstance(defect, _NO_END) for defect in broken) and sorting.is_whole()):
        letter = read_letter(Headers(message.raw_items()), authserv=authserv)
        return Opened((), (Trouble("mail-damaged", {"reason": _reason(broken[0])}),), letter)
    if broken:
        sorting.troubles.append(Trouble("mail-end-missing", {}))
    letter = read_letter(
        Headers(message.raw_items()), sorting.reports, sorting.returned, tuple(sorting.clouds), authserv
    )  # fmt: skip
    return Opened(tuple(sorting.pieces), tuple(sorting.troubles), letter, tuple(sorting.hints))


class _Sorting(Struct):
    """The parts of a mail being sorted: files, links, reports of delivery, and what cannot be read."""

    authserv: str
    pieces: list[Piece] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    clouds: dict[str, None] = field(default_factory=dict)
    hints: dict[str, None] = field(default_factory=dict)
    reports: list[Headers] = field(default_factory=list)
    returned: list[Headers] = field(default_factory=list)

    def take(self, part: Part) -> None:
        kind = part.get_content_type()
        if kind in _REPORTS:
            self.reports += [Headers(block.raw_items()) for block in _blocks(part)]
        elif kind == "message/rfc822":
            self.returned += [Headers(block.raw_items()) for block in _blocks(part)]
            self.pieces += _mail_inside(part, len(self.pieces) + 1, self.authserv)
        elif kind == "text/rfc822-headers":
            parser = BytesHeaderParser(policy=BoundedHeaders())
            self.returned.append(Headers(parser.parsebytes(_payload(part)[0]).raw_items()))
        elif kind == "message/partial":
            self.troubles.append(Trouble("mail-partial", {}))
        elif kind == "message/external-body":
            _, given = parameters(_raw(part, "Content-Type"))
            self.clouds[decode_bytes(given.get("url", b"").strip()) or part_name(part) or kind] = None
        elif is_sealed(kind, part_name(part)):
            self.troubles.append(Trouble(say_sealing(_payload(part)[0]), {}))
        elif kind == _LABELLED or part_name(part).casefold().endswith(".rpmsg"):
            self.troubles.append(Trouble("rights-label", {"kind": "message.rpmsg"}))
        elif left := _left_behind(part):
            self.troubles.append(Trouble("mail-attachment-left", {}, left))
        elif kind == "text/calendar" and not part_name(part):
            self.take_invitation(_payload(part)[0])
        elif _is_text(part, kind):
            self.take_text(part, kind)
        else:
            self.take_file(part)

    def is_whole(self) -> bool:
        """Whether there are files, and each proves that nothing of it is missing."""
        return bool(self.pieces) and not self.troubles and all(is_whole(piece.data) for piece in self.pieces)

    def take_text(self, part: Part, kind: str) -> None:
        data, _ = _payload(part)
        self.clouds |= dict.fromkeys(find_clouds(data, kind == "text/html"))
        charset = parameters(_raw(part, "Content-Type"))[1].get("charset", b"").decode("ascii", "replace")
        self.hints |= dict.fromkeys(find_hints(data, kind == "text/html", charset))
        written, damaged = split_written(data, len(self.pieces))
        self.pieces += written
        self.troubles += damaged

    def take_invitation(self, data: bytes) -> None:
        found = read_invitation(data)
        self.pieces += found.pieces
        self.troubles += found.troubles
        self.clouds |= dict.fromkeys((*found.links, *find_clouds(data, is_html=False)))

    def take_file(self, part: Part) -> None:
        data, sound = _payload(part)
        name = part_name(part)
        if not name and not data.strip():
            return  # nothing, under no name
        name = name or label("post.unnamed", number=len(self.pieces) + 1)
        if sound:
            self.pieces.append(Piece(name, data))
        else:
            self.troubles.append(Trouble("mail-damaged", {"reason": "base64"}, name))


def _own_parts(message: Part) -> Iterator[Part]:
    """A message and its parts, without what lies inside mails inside it."""
    yield message
    if _is_multipart(message):
        for part in _blocks(message):
            yield from _own_parts(part)


def _says_all(part: Part) -> bool:
    """Whether a part is a text in two forms of which both came, so that what ends it is missed by nobody."""
    kinds = [inner.get_content_type() for inner in _blocks(part)]
    return part.get_content_type() == "multipart/alternative" and kinds == ["text/plain", "text/html"]


def _is_multipart(part: Part) -> bool:
    return part.get_content_maintype() == "multipart" and part.is_multipart()


def _blocks(part: Part) -> Sequence[Part]:
    """The messages that a part consists of."""
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []


def _raw(part: Part, name: str) -> bytes:
    return Headers(part.raw_items()).first(name)


def part_name(part: Part) -> str:
    return attachment_name(_raw(part, "Content-Disposition"), _raw(part, "Content-Type"))


def is_sealed(kind: str, name: str) -> bool:
    """Whether a part is a whole mail in an S/MIME envelope; the signature beside a readable mail is none."""
    return kind in _SEALED or name.casefold().endswith(".p7m")


def _is_text(part: Part, kind: str) -> bool:
    """Whether a part is the mail's own text: nameless, and not said to be an attachment."""
    disposition, _ = parameters(_raw(part, "Content-Disposition"))
    return kind.startswith("text/") and disposition != "attachment" and not part_name(part)


def _payload(part: Part) -> tuple[bytes, bool]:
    """A part's bytes, and whether they are certainly those that were attached."""
    encoding = encoding_of(_raw(part, "Content-Transfer-Encoding"))
    bare = copy.copy(part)  # the standard library would stumble over what it does not know
    del bare["Content-Transfer-Encoding"]
    raw = bare.get_payload(decode=True)
    return decode_body(raw, encoding) if isinstance(raw, bytes) else (b"", True)


def _left_behind(part: Part) -> str:
    """The name of an attachment that a mail program has taken out of the mail, and kept or thrown away."""
    headers = Headers(part.raw_items())
    altered = headers.first("X-Mozilla-Altered").strip().lower()
    stripped = headers.has("X-Apple-Content-Length") and not _payload(part)[0].strip()
    taken_out = altered.startswith((b"attachmentdeleted", b"attachmentdetached")) or stripped
    return (part_name(part) or label("post.nameless")) if taken_out else ""


def _reason(defect: errors.MessageDefect) -> str:
    return type(defect).__name__.removesuffix("Defect")


def _mail_inside(part: Part, number: int, authserv: str) -> list[Piece]:
    """A mail attached to a mail, as a piece that opens itself; also where a program encoded it, as none should."""
    name = part_name(part) or label("post.unnamed_mail", number=number)
    encoding = encoding_of(_raw(part, "Content-Transfer-Encoding"))
    pieces = []
    for inner in _blocks(part):
        if not encoding:
            pieces.append(Piece(name, b"", partial(_open_message, inner, authserv)))
            continue
        stream = BytesIO()
        BytesGenerator(stream, mangle_from_=False, policy=inner.policy.clone(max_line_length=None)).flatten(inner)
        data, sound = decode_body(stream.getvalue(), encoding)
        pieces.append(Piece(name, data if sound else stream.getvalue()))
    return pieces
