"""A mail as it travels (.eml) -> its letter and the files attached to it."""

from __future__ import annotations

import base64
import binascii
import quopri
from collections.abc import Callable, Iterator, Sequence
from email import errors, message_from_bytes
from email.generator import BytesGenerator
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import Compat32, Policy
from functools import partial
from io import BytesIO
from typing import TypeAlias

from smartcity_xl.arrival.post.clouds import find_clouds
from smartcity_xl.arrival.post.kinds import Opened, Piece, Trouble
from smartcity_xl.arrival.post.letter import Headers, read_letter
from smartcity_xl.arrival.post.limits import HEADER, PARTS
from smartcity_xl.arrival.post.names import attachment_name, parameters
from smartcity_xl.books.package import Refused
from smartcity_xl.messages import label

Part: TypeAlias = "Message[str, str]"

# The second: a multipart without parts, because its boundary is missing, or never comes.
_BROKEN_MAIL = (errors.CloseBoundaryNotFoundDefect, errors.MultipartInvariantViolationDefect)
_BROKEN_PART = (
    errors.InvalidBase64PaddingDefect,
    errors.InvalidBase64LengthDefect,
    errors.InvalidBase64CharactersDefect,
)
_SEALED = ("application/pkcs7-mime", "application/x-pkcs7-mime")
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
    return _open_message(parse_message(data), authserv)


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
    if broken := [defect for part in own for defect in part.defects if isinstance(defect, _BROKEN_MAIL)]:
        letter = read_letter(Headers(message.raw_items()), authserv=authserv)
        return Opened((), (Trouble("mail-damaged", {"reason": _reason(broken[0])}),), letter)
    pieces: list[Piece] = []
    troubles: list[Trouble] = []
    clouds: dict[str, None] = {}
    reports: list[Headers] = []
    returned: list[Headers] = []
    for part in own:
        kind = part.get_content_type()
        if _is_multipart(part):
            continue
        if kind in _REPORTS:
            reports += [Headers(block.raw_items()) for block in _blocks(part)]
        elif kind == "message/rfc822":
            returned += [Headers(block.raw_items()) for block in _blocks(part)]
            pieces += _mail_inside(part, len(pieces) + 1, authserv)
        elif kind == "text/rfc822-headers":
            returned.append(Headers(BytesHeaderParser(policy=BoundedHeaders()).parsebytes(_payload(part)).raw_items()))
        elif kind == "message/partial":
            troubles.append(Trouble("mail-partial", {}))
        elif is_sealed(kind, part_name(part)):
            troubles.append(Trouble("mail-sealed", {}))
        elif _is_text(part, kind):
            clouds |= dict.fromkeys(find_clouds(_payload(part), kind == "text/html"))
        else:
            _take_file(part, pieces, troubles)
    letter = read_letter(Headers(message.raw_items()), reports, returned, tuple(clouds), authserv)
    return Opened(tuple(pieces), tuple(troubles), letter)


def _own_parts(message: Part) -> Iterator[Part]:
    """A message and its parts, without what lies inside mails inside it."""
    yield message
    if _is_multipart(message):
        for part in _blocks(message):
            yield from _own_parts(part)


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


def _payload(part: Part) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _take_file(part: Part, pieces: list[Piece], troubles: list[Trouble]) -> None:
    data = _payload(part)
    name = part_name(part) or label("post.unnamed", number=len(pieces) + 1)
    broken = [defect for defect in part.defects if isinstance(defect, _BROKEN_PART)]
    if broken:
        troubles.append(Trouble("mail-damaged", {"reason": _reason(broken[0])}, name))
    else:
        pieces.append(Piece(name, data))


def _reason(defect: errors.MessageDefect) -> str:
    return type(defect).__name__.removesuffix("Defect")


def _mail_inside(part: Part, number: int, authserv: str) -> list[Piece]:
    """A mail attached to a mail, as a piece that opens itself; also where a program encoded it, as none should."""
    name = part_name(part) or label("post.unnamed_mail", number=number)
    encoding = _raw(part, "Content-Transfer-Encoding").decode("ascii", "replace").strip().casefold()
    decoders: dict[str, Callable[[bytes], bytes]] = {
        "base64": base64.b64decode,
        "quoted-printable": quopri.decodestring,
    }
    decode = decoders.get(encoding)
    pieces = []
    for inner in _blocks(part):
        if decode is None:
            pieces.append(Piece(name, b"", partial(_open_message, inner, authserv)))
            continue
        stream = BytesIO()
        BytesGenerator(stream, mangle_from_=False, policy=inner.policy.clone(max_line_length=None)).flatten(inner)
        try:
            pieces.append(Piece(name, decode(stream.getvalue())))
        except binascii.Error:
            pieces.append(Piece(name, stream.getvalue()))
    return pieces
