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
    from smartcity_xl.form.returning import ReturnPlan
    from smartcity_xl.model import Assignment, Catalog


class StandingReturns:
    """The folder of the workbooks that go back, and what is remembered of it."""

    def __init__(self, memory: Memory, folder: Path) -> None:
        self._memory, self._folder = memory, folder
        self._asked: tuple[Catalog, Assignment] | None = None
        self._by = ""
        self._keys: dict[str, str] = {}
        self.digests: dict[str, str] = {}
        """Name -> SHA-256 of what was found or made."""

    def find(self, plan: ReturnPlan) -> bytes | None:
        """The bytes of a workbook that stands there as it would be made; None where it has to be."""
        by = self._digest(plan.catalog, plan.assignment)
        key = self._keys[plan.name] = digest_data(by, plan.department, plan.issue, plan.given)
        kept = self._memory.get(key)
        if kept is None or (data := self._read(plan.name)) is None or _hash(data) != kept:
            return None
        self.digests[plan.name] = kept.hex()
        return data

    def keep(self, name: str, data: bytes) -> None:
        """Remember what was made where nothing was found."""
        digest = _hash(data)
        self.digests[name] = digest.hex()
        self._memory.put(self._keys[name], digest)

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
