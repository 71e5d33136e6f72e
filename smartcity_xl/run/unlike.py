"""Two files of a run -> what one says otherwise than the other: results by their places, workbooks cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from smartcity_xl.books.identity import IDENTITY_SHEET
from smartcity_xl.books.others import open_package
from smartcity_xl.books.package import Refused
from smartcity_xl.books.stated import StatedSheet, read_stated
from smartcity_xl.books.unlike import SaidOtherwise, find_unlike
from smartcity_xl.confined import Confined, NotRead
from smartcity_xl.frozen.differing import differ
from smartcity_xl.results.files import plain_results

ReadStated = Callable[[bytes], "tuple[StatedSheet, ...] | NotRead"]


def teach_stated(confined: Confined) -> ReadStated:
    """A reader of what a workbook states, in a child process; NotRead where it is none that can be read."""
    return confined.teach(_read)


def _read(data: bytes) -> tuple[StatedSheet, ...] | NotRead:
    try:
        return read_stated(open_package(data))
    except Refused as refused:
        return NotRead(refused.code, refused.parameters)


def tell_unlike(name: str, before: bytes, after: bytes, read: ReadStated) -> Iterator[SaidOtherwise]:
    """What a file of a pack says, and what it comes to now. ``code`` is the code of a sentence."""
    if PurePosixPath(name).suffix == ".json":
        for one in differ(plain_results(before), plain_results(after)):
            yield SaidOtherwise("place-differs", "", one.at, one.before, one.after)
        return
    first, second = read(before), read(after)
    if isinstance(first, NotRead) or isinstance(second, NotRead):
        yield SaidOtherwise("bytes-differ", "")
        return
    found = tuple(find_unlike(first, second, IDENTITY_SHEET))
    yield from found or [SaidOtherwise("bytes-only", "")]
