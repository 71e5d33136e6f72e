"""A mail or an archive -> what is inside it, in any nesting.

Nothing here raises: what cannot be opened is a receipt with its reason, and the other branches go on.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence

from msgspec import Struct

from smartcity_xl.arrival.inbox import SIZE_LIMIT
from smartcity_xl.arrival.post.foreign import is_volume, recognise
from smartcity_xl.arrival.post.kinds import (
    ATTACHING,
    FORMS,
    GZIP,
    LETTERS,
    MBOX,
    MSG,
    ZIP,
    Opened,
    Piece,
    Trouble,
    kind_of,
)
from smartcity_xl.arrival.post.limits import ARCHIVES_DEEP, MAILS_DEEP, Budget, mebibytes
from smartcity_xl.arrival.post.members import LOCKED, PackedFile
from smartcity_xl.arrival.post.names import apart, show_name, show_text
from smartcity_xl.books.package import Package, Refused
from smartcity_xl.books.refused import let_memory_pass
from smartcity_xl.messages import label, severity
from smartcity_xl.model import Automatic, Finding, Letter, Origin, Parcel, Receipt, Severity

_LOG = logging.getLogger(__name__)
_FLAT = (*ATTACHING, MBOX)
"""Kinds that are no archive: they do not make archives deeper, and have no folders."""
_CUT = ("archive-unreadable", "archive-cut", "archive-empty")
_LINKS = 3
"""Links or names that a finding shows."""


def open_parcel(
    parcel: Parcel, authserv: str = "", passwords: tuple[str, ...] = ()
) -> tuple[tuple[Parcel, ...], tuple[Receipt, ...]]:
    """The parcels inside a parcel, and the receipts. As ``unpacked.unpack``."""
    opening = _Opening(parcel, authserv, passwords)
    opening.open(Piece(parcel.name, parcel.data), parcel.name, _Way())
    return tuple(opening.parcels), tuple(opening.receipts)


class _Way(Struct, frozen=True):
    """What lies around a piece: mails and archives, the outermost mail's letter, and what mails say of passwords."""

    mails: int = 0
    archives: int = 0
    letter: Letter | None = None
    hints: tuple[str, ...] = ()


class _Opening:
    """One parcel of the inbox being unpacked."""

    def __init__(self, parcel: Parcel, authserv: str, passwords: tuple[str, ...]) -> None:
        self.outer, self.authserv, self.passwords, self.budget = parcel, authserv, passwords, Budget()
        self.parcels: list[Parcel] = []
        self.receipts: list[Receipt] = []
        self.names = {parcel.name}

    def open(self, piece: Piece, name: str, way: _Way) -> None:
        """Open a piece if it is a container, and all that it holds; pass it on if it is none."""
        kind = MSG if piece.inside else kind_of(piece.name, piece.data)
        if told := _recognise(kind, piece):
            self._tell(name, piece.data, way.letter, *told)
            return
        if not kind:
            self.parcels.append(self._parcel(piece, name, way.letter))
            return
        try:
            opened = self._look_inside(piece, kind, way)
        except Refused as refusal:
            self._tell(name, piece.data, way.letter, *_why(refusal, piece.name, way))
        except Exception as error:  # noqa: BLE001 - libraries raise what they like over a damaged file
            let_memory_pass(error)
            _LOG.info("%s could not be opened", name, exc_info=error)
            code = "mail-unreadable" if kind in ATTACHING else "archive-unreadable"
            broken = Refused(code, reason=f"{type(error).__name__}: {error}"[:200])
            self._tell(name, piece.data, way.letter, *_why(broken, piece.name, way))
        else:
            self._go_inside(opened, piece, name, kind, way)

    def _look_inside(self, piece: Piece, kind: str, way: _Way) -> Opened:
        """A container's content, within the limits. Raises Refused, and whatever a library raises."""
        if len(piece.data) > SIZE_LIMIT:
            raise Refused("container-too-large", limit=mebibytes(SIZE_LIMIT))
        if kind in LETTERS and way.mails >= MAILS_DEEP:
            raise Refused("unpack-depth", limit=str(MAILS_DEEP))
        if kind not in _FLAT and way.archives >= ARCHIVES_DEEP:
            raise Refused("unpack-depth", limit=str(ARCHIVES_DEEP))
        if piece.inside:
            return piece.inside()
        from smartcity_xl.arrival.post.openers import open_container  # not at the top: most of what comes is none

        return open_container(kind, PackedFile(piece.name, piece.data, self.budget, self.passwords), self.authserv)

    def _go_inside(self, opened: Opened, piece: Piece, name: str, kind: str, way: _Way) -> None:
        letter, troubles = opened.letter, list(opened.troubles)
        pieces = self._pay(opened.pieces, troubles) if kind in ATTACHING else opened.pieces
        own = [trouble for trouble in troubles if not trouble.piece] + _about(letter, pieces, troubles)
        findings = tuple(Finding(trouble.code, Origin(name), parameters=trouble.parameters) for trouble in own)
        hints = (*way.hints, *opened.hints)
        inward = _Way(way.mails + (kind in LETTERS), way.archives + (kind not in _FLAT), way.letter or letter, hints)
        if _AUTOMATIC & {trouble.code for trouble in own}:
            self._receive(name, piece.data, "ignored", findings, letter)
            troubles = [Trouble("in-automatic-mail", {}, one.name) for one in pieces]
            pieces = ()
        else:
            failed = not pieces and any(severity(finding.code) is Severity.ERROR for finding in findings)
            self._receive(name, piece.data, "rejected" if failed else "opened", findings, letter or way.letter)
        for trouble in troubles:
            if trouble.piece:
                told = _why(Refused(trouble.code, **trouble.parameters), trouble.piece, inward)
                self._tell(self._name(name, kind, trouble.piece), b"", inward.letter, *told)
        for inner in pieces:
            self.open(inner, self._name(name, kind, inner.name), inward)

    def _pay(self, pieces: Sequence[Piece], troubles: list[Trouble]) -> tuple[Piece, ...]:
        """The attachments of a mail that the parcel's budget still has room for; archives pay before they inflate."""
        paid = []
        for piece in pieces:
            try:
                self.budget.take(1, len(piece.data))
            except Refused as reason:
                troubles.append(Trouble(reason.code, reason.parameters, piece.name))
            else:
                paid.append(piece)
        return tuple(paid)

    def _name(self, container: str, kind: str, piece: str) -> str:
        """A name for a piece: the way to it, and unlike every other. Only archives have folders."""
        shown = show_name(piece, label("post.nameless"))
        name = apart(f"{container}/{shown.replace('/', chr(92) + 'x2f') if kind in _FLAT else shown}", self.names)
        self.names.add(name)
        return name

    def _parcel(self, piece: Piece, name: str, letter: Letter | None) -> Parcel:
        return Parcel(name, piece.data, self._hash(piece.data), self.outer.sha256, letter)

    def _hash(self, data: bytes) -> str:
        """Of what has bytes of its own; a member that was not read, or a mail inside a mail, has none."""
        if data is self.outer.data:
            return self.outer.sha256
        return hashlib.sha256(data).hexdigest() if data else ""

    def _tell(self, name: str, data: bytes, letter: Letter | None, code: str, parameters: dict[str, str]) -> None:
        """A receipt for what was not taken."""
        left = code == "in-automatic-mail" or severity(code) is Severity.INFO
        finding = Finding(code, Origin(name), parameters=parameters)
        self._receive(name, data, "ignored" if left else "rejected", (finding,), letter)

    def _receive(
        self, name: str, data: bytes, status: str, findings: tuple[Finding, ...], letter: Letter | None
    ) -> None:
        container = "" if name == self.outer.name else self.outer.sha256
        self.receipts.append(Receipt(name, self._hash(data), status, "", findings, container, letter))


def _recognise(kind: str, piece: Piece) -> tuple[str, dict[str, str]] | None:
    """What a piece is that is not opened: none of the kinds that are, or a volume that looks like one of them."""
    if kind and not (is_volume(piece.name) and kind in (ZIP, GZIP)):
        return None
    return recognise(piece.name, piece.data)


def _why(refusal: Refused, name: str, way: _Way) -> tuple[str, dict[str, str]]:
    """Why a piece was not opened: as its reader says, unless its name or the mail around it tells more."""
    if refusal.code in _CUT and is_volume(name):
        return "archive-volumes", {}
    if refusal.code == LOCKED and way.hints:
        return "archive-encrypted-told", {"hint": label("word.list").join(way.hints[:_LINKS])}
    return refusal.code, refusal.parameters


# --- what is to be said about a mail as a whole ----------------------------------------------------------------

_AUTOMATIC = {"mail-bounce", "mail-automatic", "mail-notice"}


def _about(letter: Letter | None, pieces: Sequence[Piece], troubles: Sequence[Trouble]) -> list[Trouble]:
    """What the office is told about a mail; nothing about a container that is no mail."""
    if letter is None:
        return []
    who = {"sender": letter.sender or "?", "subject": letter.subject, "sign": letter.sign}
    nothing = not pieces and not troubles and not letter.clouds
    match letter.automatic:
        case Automatic.BOUNCE:
            addresses = label("word.separator").join(letter.undelivered) or "?"
            return [Trouble("mail-bounce", {**who, "addresses": addresses})]
        case Automatic.NOTICE:
            return [Trouble("mail-notice", who)]
        case Automatic.REPLY:
            return [Trouble("mail-automatic", who)]
        case Automatic.PERHAPS if nothing:
            return [Trouble("mail-automatic", who)]
    told = []
    material = all(map(_is_material, pieces))
    if letter.automatic is Automatic.PERHAPS:
        told.append(Trouble("mail-perhaps-automatic", who))
    from smartcity_xl.arrival.post.clouds import is_online  # not at the top: only mails are told about

    online = [link for link in letter.clouds if is_online(link)]
    clouds = [link for link in letter.clouds if link not in online]
    for code, links in (("cloud-attachment", clouds), ("online-link" if material else "online-link-beside", online)):
        if links:
            shown = " ".join(show_text(link) for link in links[:_LINKS])
            told.append(Trouble(code, {**who, "number": str(len(links)), "links": shown}))
    if nothing:
        told.append(Trouble("mail-empty", who))
    elif pieces and not letter.clouds and material:
        shown = label("word.separator").join(show_name(piece.name, "?") for piece in pieces[:_LINKS])
        told.append(Trouble("mail-without-form", {**who, "names": shown}))
    return told


def _is_material(piece: Piece) -> bool:
    """Whether a piece neither is nor claims to be a workbook, and holds none: a PDF, a picture, a text."""
    if piece.inside or kind_of(piece.name, piece.data) or piece.name.casefold().endswith(FORMS):
        return False
    if recognise(piece.name, piece.data):
        return False
    try:
        Package(piece.data)
    except Refused as reason:
        return reason.code == "not-a-workbook"
    return False
