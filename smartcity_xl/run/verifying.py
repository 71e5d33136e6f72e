"""A printed page and the files that came: which of them give the code that stands on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from smartcity_xl.books.identity import TEMPLATE_KIND
from smartcity_xl.errors import UsageFault
from smartcity_xl.form.sealed import code_of
from smartcity_xl.form.template.paper import read_code
from smartcity_xl.run.checking import check_files
from smartcity_xl.run.orders import CheckOrder


class CodeOfFile(Struct, frozen=True):
    """A workbook that came, and the code of its answers."""

    file: str
    department: str
    code: str


class CodesFound(Struct, frozen=True):
    """The code that stands on the page, as it is written, and the files' own."""

    code: str
    files: tuple[CodeOfFile, ...]

    @property
    def agreeing(self) -> tuple[CodeOfFile, ...]:
        return tuple(one for one in self.files if one.code == self.code)


def verify_code(
    code: str, paths: Sequence[Path], order: CheckOrder, now: datetime, passwords: tuple[str, ...] = ()
) -> CodesFound:
    """Hold a code against the files named, else against all that lies in the round's inbox. Raises as ``check_files``,
    and UsageFault for what is no code, and where nothing says which files are meant."""
    read = read_code(code)
    if not read:
        raise UsageFault("code-unreadable", found=code[:80])
    if not paths and order.inbox is None:
        raise UsageFault("code-nowhere")
    looked = check_files(paths or [order.inbox or Path()], order, now, passwords)
    whole = looked.outcome.whole
    names = looked.outcome.assignment
    files = tuple(
        CodeOfFile(one.parcel, names.name(one.department), code_of(whole.catalog, whole.assignment, one))
        for one in looked.read
        if whole and one.identity.kind == TEMPLATE_KIND
    )
    return CodesFound(read, files)
