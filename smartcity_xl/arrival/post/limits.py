"""How much of a parcel is unpacked. What goes beyond is refused as a branch, by name, and the rest goes on."""

from __future__ import annotations

from smartcity_xl.books.package import Refused

MAILS_DEEP = 10
"""Mails inside mails, the outermost counted."""
ARCHIVES_DEEP = 2
"""Archives inside archives, on one branch."""
MEMBERS = 200
"""Files inside one parcel of the inbox, over all its branches."""
PARTS = 200
"""Parts of one mail, multiparts and mails inside counted."""
BYTES = 128 * 2**20
"""Unpacked bytes of one parcel of the inbox, over all its branches."""
HEADER = 64 * 2**10
"""Bytes of one header, before anything parses it: parsing takes time that grows with the square."""
ENTRIES = 20_000
"""Entries of an archive's or a container's directory, before a library reads it."""
NAME = 200
"""Characters of a name that are shown."""
BODY = 2 * 2**20
"""Bytes of a mail's text in which links are looked for."""


class Budget:
    """What may still be unpacked from one parcel of the inbox."""

    def __init__(self) -> None:
        self.members, self.bytes = MEMBERS, BYTES

    def take(self, members: int, size: int) -> None:
        """Take a branch of so many files and bytes, or nothing of it. Raises Refused."""
        if members > self.members:
            raise Refused("unpack-count", found=str(members), left=str(self.members), limit=str(MEMBERS))
        if size > self.bytes:
            raise Refused("unpack-size", found=mebibytes(size), limit=mebibytes(BYTES))
        self.members -= members
        self.bytes -= size


def mebibytes(size: int) -> str:
    return f"{-(-size // 2**20)} MiB"
