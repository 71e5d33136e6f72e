"""The headers of a mail -> its letter: who sent it, when it came, and whether a program wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime
from functools import cache
from typing import Any

from msgspec.structs import replace

from smartcity_xl.arrival.post.authors import read_author
from smartcity_xl.arrival.post.names import decode_bytes, decode_words, parameters, show_text
from smartcity_xl.model import Automatic, Letter
from smartcity_xl.model.letters import fold_address
from smartcity_xl.shipped import read_shipped

_ADDRESSES = 8 * 2**10
"""Bytes of a header of addresses that are looked at."""


@cache
def signs() -> Mapping[str, Any]:
    """What ``signs.toml`` says."""
    return read_shipped("arrival/post/signs.toml")


class Headers:
    """The headers of a mail as raw bytes, in their order, by name in any case."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs = [(name.casefold(), value.encode("utf-8", "surrogateescape")) for name, value in pairs]

    def all(self, name: str) -> list[bytes]:
        return [value for other, value in self.pairs if other == name.casefold()]

    def first(self, name: str) -> bytes:
        return next(iter(self.all(name)), b"")

    def has(self, name: str) -> bool:
        return bool(self.all(name))


def read_letter(
    headers: Headers,
    reports: Sequence[Headers] = (),
    returned: Sequence[Headers] = (),
    clouds: tuple[str, ...] = (),
    authserv: str = "",
) -> Letter:
    """What a mail's headers say.

    ``reports`` are the blocks of a delivery report inside it, ``returned`` the headers of mails inside it: where a
    bounce says nothing else, it was the first one's addressee who could not be reached. ``authserv`` is the name under
    which the office's own mail server writes Authentication-Results; without one none are read.
    """
    author = read_author(headers.all("From") or headers.all("Sender"))
    letter = Letter(
        message_id=show_text(decode_bytes(headers.first("Message-ID")).strip()),
        sender=show_text(author.address),
        sender_name=author.name,
        unclear=author.unclear,
        to=tuple(address for _, address in addresses(headers.first("To"))),
        subject=show_text(decode_words(headers.first("Subject"))),
        dated=read_date(headers.first("Date")),
        received=read_date(headers.first("Received").rpartition(b";")[2]),
        clouds=clouds,
        authentication=authentication(headers, authserv) if authserv else {},
    )
    automatic, sign = classify(headers, letter, reports)
    failed = [block.first("Final-Recipient") for block in reports] + headers.all("X-Failed-Recipients")
    undelivered = dict.fromkeys(address for raw in failed for _, address in addresses(raw.rpartition(b";")[2]))
    if not undelivered and returned:
        undelivered = dict.fromkeys(address for _, address in addresses(returned[0].first("To")))
    bounced = tuple(undelivered) if automatic is Automatic.BOUNCE else ()
    return replace(letter, automatic=automatic, sign=sign, undelivered=bounced)


def addresses(raw: bytes) -> list[tuple[str, str]]:
    """Names and bare addresses of a header. Raw Chinese is decoded first: its second byte can be an ``@``."""
    text = decode_bytes(raw[:_ADDRESSES]).replace("\r", " ").replace("\n", " ")
    try:
        found = getaddresses([text])
    except (RecursionError, IndexError, ValueError):  # comments nested a thousand deep, and other nonsense
        return []
    return [
        (show_text(decode_words(name.encode("utf-8", "surrogatepass"))), show_text(address.strip().casefold()))
        for name, address in found
        if "@" in address
    ]


def read_date(raw: bytes) -> datetime | None:
    """A date of a header, with its time zone; None where there is none that can be read."""
    try:
        found = parsedate_to_datetime(" ".join(raw.decode("ascii", "replace").split()))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# --- was it a person? ------------------------------------------------------------------------------------------


def classify(headers: Headers, letter: Letter, reports: Sequence[Headers]) -> tuple[Automatic, str]:
    """Whether a program wrote a mail, and the sign that tells."""
    kind, given = parameters(headers.first("Content-Type"))
    if kind == "multipart/report" or reports:
        return _report(given.get("report-type", b"").decode("ascii", "replace").casefold(), reports)
    if headers.has("X-Failed-Recipients"):
        return Automatic.BOUNCE, "X-Failed-Recipients"
    written_by = next((address for _, address in addresses(headers.first("From"))), letter.sender)
    server = written_by.partition("@")[0] in signs()["servers"]["names"]
    written = Automatic.BOUNCE if server else Automatic.REPLY
    for sign in signs()["automatic"]:
        value = headers.first(sign["header"]).decode("ascii", "replace").strip()
        said = value.partition(";")[0].strip().casefold()
        if said and said not in sign.get("unless", ()) and said in sign.get("only", (said,)):
            return written, f"{sign['header']}: {value[:60]}"
    if re.fullmatch(rb"\s*<\s*>\s*", headers.first("Return-Path")):
        return written, "Return-Path: <>"
    if server:
        return Automatic.BOUNCE, f"From: {written_by}"
    return _weigh(headers, letter)


def _report(kind: str, reports: Sequence[Headers]) -> tuple[Automatic, str]:
    actions = [block.first("Action").decode("ascii", "replace").strip().casefold() for block in reports]
    failed = "failed" in actions or (kind in ("", "delivery-status") and not any(actions))
    return (Automatic.BOUNCE if failed else Automatic.NOTICE), f"multipart/report {kind}".strip()


def _weigh(headers: Headers, letter: Letter) -> tuple[Automatic, str]:
    """Signs that a person's mail can carry as well."""
    weak = signs()["weak"]
    found = []
    precedence = headers.first("Precedence").decode("ascii", "replace").strip().casefold()
    if precedence in weak["precedence"]:
        found.append(f"Precedence: {precedence}")
    if any(re.search(form, letter.subject[:200], re.IGNORECASE) for form in weak["subjects"]):
        found.append(f"Subject: {letter.subject[:60]}")
    return (Automatic.NO, Automatic.PERHAPS, Automatic.REPLY)[len(found)], "; ".join(found)


# --- what the office's own server found out --------------------------------------------------------------------

_METHODS = ("spf", "dkim", "dmarc")
_RESULT = re.compile(r"\s*([\w-]+)(?:/\d+)?\s*=\s*([\w-]+)")


def authentication(headers: Headers, authserv: str) -> dict[str, str]:
    """What the office's own mail server stated about a mail's sender: method → result (RFC 8601).

    Anyone can write such a header into a mail. Those under another name are passed over, and so is all that stands
    below the second ``Received``, which came with the mail; of several under our name the topmost alone is believed.
    """
    hops = 0
    for name, value in headers.pairs:
        hops += name == "received"
        if hops > 1:
            break
        if name == "authentication-results":
            first, *results = _pieces(_uncommented(decode_bytes(value)))
            if _is_from(first, authserv):
                return dict(_read_results(results))
    return {}


def _is_from(first: str, authserv: str) -> bool:
    """Whether the first piece of a header names a server, and the version of such headers that there is."""
    named = re.fullmatch(r'\s*("(?:[^"\\]|\\.)*"|[^\s"]+)(?:\s+(\d+))?\s*', first, re.DOTALL)
    if named is None or int(named[2] or 1) != 1:
        return False
    server = named[1] if named[1][0] != '"' else re.sub(r"\\(.)", r"\1", named[1][1:-1])
    return fold_address(server) == fold_address(authserv)


def _read_results(results: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Method and result; of several of one method the first."""
    told = set[str]()
    for result in results:
        said = _RESULT.match(result)
        if said and (method := said[1].casefold()) in _METHODS and method not in told:
            told.add(method)
            yield method, said[2].casefold()


def _pieces(text: str) -> list[str]:
    """A header at its semicolons, but for those in quotes."""
    return re.findall(r'(?:^|(?<=;))((?:"(?:[^"\\]|\\.)*"|[^;"]|")*)', text) or [""]


def _uncommented(text: str) -> str:
    """A header without its comments, which may be nested."""
    kept, depth, quoted, escaped = [], 0, False, False
    for sign in text:
        if escaped:
            escaped = False
        elif sign == "\\":
            escaped = True
        elif sign == '"' and not depth:
            quoted = not quoted
        elif sign == "(" and not quoted:
            depth += 1
            continue
        elif sign == ")" and depth and not quoted:
            depth -= 1
            kept.append("" if depth else " ")
            continue
        kept.append("" if depth else sign)
    return "".join(kept)
