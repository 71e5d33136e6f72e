"""What all archives share: which members are read, within what is left of the budget, and why not the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from smartcity_xl.arrival.inbox import is_litter
from smartcity_xl.arrival.post.kinds import Opened, Piece, Trouble
from smartcity_xl.arrival.post.limits import Budget
from smartcity_xl.books.package import Refused
from smartcity_xl.books.refused import let_memory_pass

_LITTER = re.compile(r"(?:.*/)?__MACOSX/", re.DOTALL)
_UNSAFE = re.compile(r"(?:.*/)?\.\.(?:/.*)?|/.*|[A-Za-z]:.*", re.DOTALL)
LOCKED = "archive-encrypted"


class PackedFile(Struct, frozen=True):
    """An archive to be opened: its name, its bytes, what may be unpacked of it, and the passwords to try."""

    name: str
    data: bytes
    budget: Budget
    passwords: tuple[str, ...] = ()

    def keys(self) -> Iterator[bytes]:
        """The passwords as bytes: in UTF-8, and as a Chinese Windows writes them."""
        yield from dict.fromkeys(
            word.encode(encoding, "ignore") for word in self.passwords for encoding in ("utf-8", "gb18030")
        )


class Member(Struct, frozen=True):
    """A file in an archive, with its stated size, and the trouble that its entry shows, if any."""

    name: str
    size: int
    entry: Any
    trouble: Trouble | None = None

    @property
    def locked(self) -> bool:
        return self.trouble is not None and self.trouble.code == LOCKED


def sort_out(
    members: Sequence[Member], budget: Budget, passwords: Sequence[str] = ()
) -> tuple[list[Member], list[Trouble]]:
    """The members to read, paid from the budget by their stated sizes, and why not the others. Those that are locked
    are to be read where there are passwords to try. Raises Refused."""
    if not members:
        raise Refused("archive-empty")
    wanted, troubles = [], []
    for member in members:
        trouble = None if member.locked and passwords else member.trouble
        if _UNSAFE.fullmatch(member.name):
            trouble = Trouble("member-name", {})
        elif _LITTER.match(member.name) or is_litter(member.name):
            trouble = Trouble("litter", {})
        if trouble:
            troubles.append(Trouble(trouble.code, trouble.parameters, member.name))
        else:
            wanted.append(member)
    codes = {trouble.code for trouble in troubles} - {"litter"}
    if codes == {LOCKED} and not wanted:
        raise Refused(LOCKED)
    number = len(members) - sum(trouble.code == "litter" for trouble in troubles)
    budget.take(number, sum(member.size for member in wanted))
    return wanted, troubles


Read = Callable[[Any, bytes | None], Any]
"""An entry and a password -> a stream of its bytes."""


def collect(
    members: Sequence[Member],
    troubles: list[Trouble],
    read: Read,
    source: PackedFile,
    failed: str = "member-damaged",
) -> Opened:
    """Read members one by one, each to its stated size and its checksum; one that fails costs only itself.

    Raises Refused where all are locked and no password opens one.
    """
    pieces = []
    keys = list(source.keys())
    for member in members:
        data, reason = None, ""
        for key in list(keys) if member.locked else [None]:
            data, reason = _read_member(member, key, read)
            if data is not None:
                if key is not None:  # the others probably have the same
                    keys.remove(key)
                    keys.insert(0, key)
                break
        if data is not None:
            pieces.append(Piece(member.name, data))
        elif member.locked:
            troubles.append(Trouble("archive-password-wrong", {"number": str(len(source.passwords))}, member.name))
        else:
            troubles.append(Trouble(failed, {"reason": reason}, member.name))
    if members and all(member.locked for member in members) and not pieces:
        raise Refused("archive-password-wrong", number=str(len(source.passwords)))
    return Opened(tuple(pieces), tuple(troubles))


def _read_member(member: Member, key: bytes | None, read: Read) -> tuple[bytes | None, str]:
    try:
        with read(member.entry, key) as stream:
            data: bytes = stream.read(member.size) + stream.read(1)
        if len(data) != member.size:
            raise EOFError("size")
    except Exception as error:  # noqa: BLE001 - each library has its own errors, and none may end the batch
        let_memory_pass(error)
        return None, f"{type(error).__name__}: {error}"[:200]
    return data, ""
