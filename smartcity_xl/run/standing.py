"""A workbook that goes back, and that stands there already as it would be written: known by what it says, and not made
again.

What is remembered is a digest of all that its bytes depend on, and beside it their hash; the bytes are those of the
file that stands there, where they have that hash.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_xl.ledger import Memory
from smartcity_xl.run.fingerprint import digest_data, digest_known, program_digest

if TYPE_CHECKING:
    from smartcity_xl.form.template import Given, Issue
    from smartcity_xl.model import Assignment, Catalog


class StandingReturns:
    """The folder of the workbooks that go back, and what is remembered of it."""

    def __init__(self, memory: Memory, folder: Path) -> None:
        self._memory, self._folder = memory, folder
        self._asked: tuple[Catalog, Assignment] | None = None
        self._by = ""
        self.digests: dict[str, str] = {}
        """Name -> SHA-256 of what was made."""

    def make(
        self, name: str, catalog: Catalog, assignment: Assignment, department: str, issue: Issue, given: Given
    ) -> bytes:
        """As ``form.returning.stamp_return``."""
        from smartcity_xl.form.returning import stamp_return

        key = digest_data(self._digest(catalog, assignment), department, issue, given)
        kept = self._memory.get(key)
        if kept is not None and (data := self._read(name)) is not None and _hash(data) == kept:
            self.digests[name] = kept.hex()
            return data
        data = stamp_return(name, catalog, assignment, department, issue, given)
        digest = _hash(data)
        self.digests[name] = digest.hex()
        self._memory.put(key, digest)
        return data

    def _digest(self, catalog: Catalog, assignment: Assignment) -> str:
        if self._asked is None or self._asked[0] is not catalog or self._asked[1] is not assignment:
            known = digest_known(catalog)
            self._asked, self._by = (catalog, assignment), digest_data(program_digest(), "return", known, assignment)
        return self._by

    def _read(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except OSError:
            return None


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
