"""A folder -> parcels: every file in it, as bytes with their hash, before anything looks inside."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from smartcity_xl.books.identity import COMPARISON_KIND, DECISIONS_KIND, PROVINCE_KIND, SUMMARY_KIND
from smartcity_xl.books.tolerance import tolerance
from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.ledger import LEDGER_PARTS, digest_of, is_ledger
from smartcity_xl.messages import label
from smartcity_xl.model.parcels import Parcel

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place

SIZE_LIMIT = 64 * 2**20


def is_litter(name: str) -> bool:
    """Whether a file's name says that a program left it: owner files, system files, unfinished downloads."""
    return any_of("litter", "unfinished").fullmatch(name.rpartition("/")[2]) is not None


@cache
def any_of(*kinds: str) -> re.Pattern[str]:
    """What the name of a file fits that is of one of these kinds."""
    forms = (form for kind in kinds for form in tolerance()[kind])
    return re.compile("|".join(f"(?:{form})" for form in forms), re.IGNORECASE)


_ARCHIVES = (".zip", ".zipx", ".rar", ".7z", ".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")


def is_archive(name: str) -> bool:
    """Whether a file's name says that a whole inbox may lie in it."""
    return name.casefold().endswith(_ARCHIVES)


def archive_stem(name: str) -> str:
    """An archive's name without its ending."""
    ending = max((one for one in _ARCHIVES if name.casefold().endswith(one)), key=len, default="")
    return name[: len(name) - len(ending)]


class InboxFile(Struct, frozen=True):
    """A file in the inbox. ``name`` is its path inside as people read it, with forward slashes; ``link`` marks what
    is no file of its own and is not followed."""

    path: Path
    name: str
    link: bool = False


def shown_name(path: Path) -> str:
    """A path as text, also where its name is not UTF-8 but as an archive from a Chinese Windows left it."""
    raw = os.fsencode(path.as_posix())
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("ascii", "backslashreplace")


UNFINISHED = ".xlscore-"
"""How the names of files begin that we keep beside our own, or are just writing."""
_RESULTS = re.compile(r"results(?:-[^/]*)?\.json")
_PROVINCE = "province.json"
_OUR_BOOKS = ("summary", "summary_of", "decisions", "comparison", "comparison_of", "province")
"""Names, among the labels of files, of the workbooks that lie in an output folder."""
_OUR_KINDS = (SUMMARY_KIND, DECISIONS_KIND, COMPARISON_KIND, PROVINCE_KIND)


def read_returned(out: Path) -> Mapping[str, str]:
    """Name and hash of the workbooks that went back and stand in an output folder; nothing where none are known."""
    try:
        known = json.loads((out / label("file.returned_folder") / RETURNED).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    found = known.items() if isinstance(known, dict) else ()
    return {str(name): str(digest) for name, digest in found if Path(str(name)).name == name}


def known_returns(out: Path) -> frozenset[str]:
    """The hashes of all workbooks that have ever been put there, as far as the folder remembers."""
    try:
        before = json.loads((out / label("file.returned_folder") / RETURNED_BEFORE).read_bytes())
    except (OSError, ValueError, RecursionError):
        before = []
    return frozenset({*map(str, before if isinstance(before, list) else ()), *read_returned(out).values()})


RETURNED_BEFORE = f"{UNFINISHED}returned-before.json"
"""The hashes of all that were ever put into the folder: one that comes back as it went is no submission."""
RETURNED = f"{UNFINISHED}returned.json"
"""Names and hashes of the workbooks that we have put into the folder of those that go back."""


def is_own_output(path: Path, out: Path) -> bool:
    """Whether a file is one that a run has written into its output folder: known by its place, its name and what it
    holds. A file that somebody put there under such a name is none."""
    place = path.parent.resolve()
    if path.name.startswith(UNFINISHED):
        return True
    if place == (out / label("file.returned_folder")).resolve():
        return digest_of(path) in known_returns(out)
    if place != out.resolve():
        return False
    if path.name == label("file.unfinished"):
        return True
    if _RESULTS.fullmatch(path.name):
        return _begins(path, b'{\n "schema": "xlscore-results/')
    if path.name == _PROVINCE:
        return _begins(path, b'{\n "schema": "xlscore-province/')
    named = (label(f"file.{name}") for name in _OUR_BOOKS)
    if any(re.fullmatch(re.escape(name).replace(re.escape("{system}"), ".*"), path.name) for name in named):
        from smartcity_xl.confined import Confined

        with Confined() as confined:
            return confined.teach(_is_of_ours)(path) is True  # whatever else it is, we did not write it
    return False


def _is_of_ours(path: Path) -> bool:
    from smartcity_xl.books.opener import open_book
    from smartcity_xl.books.refused import Refused

    try:
        open_book(Parcel(path.name, path.read_bytes(), ""), _OUR_KINDS, lambda *_: ())
    except (Refused, OSError):
        return False
    return True


def _begins(path: Path, start: bytes) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(start)) == start
    except OSError:
        return False


def list_files(folder: Path, leave_out: Path | None = None, ledger: Place | None = None) -> list[InboxFile]:
    """All files below a folder, in the order of their names.

    What a run has itself written into ``leave_out`` (its output folder) is left out, and so is what a ledger consists
    of: that of ``ledger``, and any other. Everything beside it is listed. A single archive is an inbox with one file.
    Raises UsageFault where there is no such folder, MachineFault where it cannot be listed.
    """
    if is_archive(folder.name) and folder.is_file():
        return [InboxFile(folder, shown_name(Path(folder.name)))]
    refuse_no_folder(folder)
    found: list[InboxFile] = []

    def refuse(error: OSError) -> None:
        raise MachineFault("folder-unreadable", path=str(error.filename), reason=error.strerror or str(error))

    for base, folders, files in os.walk(folder, onerror=refuse):
        here = Path(base)
        if is_ledger(here) or (isinstance(ledger, Path) and here.resolve() == ledger.resolve()):
            folders[:] = [name for name in folders if name not in LEDGER_PARTS]
            files = [name for name in files if name not in LEDGER_PARTS]
        if leave_out is not None:
            ours = here.resolve() in (leave_out.resolve(), (leave_out / label("file.returned_folder")).resolve())
            near = files if ours else [name for name in files if name.startswith(UNFINISHED)]  # nothing of ours is far
            own = {name for name in near if is_own_output(here / name, leave_out)}
            files = [name for name in files if name not in own]
        linked = [name for name in folders if (Path(base) / name).is_symlink()]
        for name in (*files, *linked):
            path = here / name
            special = path.is_symlink() or not path.is_file()
            found.append(InboxFile(path, shown_name(path.relative_to(folder)), special))
    return sorted(found, key=lambda entry: entry.name)


def refuse_no_folder(folder: Path) -> None:
    """Raises UsageFault for a folder that is not there, with those that it may be, or is a file."""
    if folder.is_file():
        raise UsageFault("inbox-file", path=str(folder))
    if not folder.is_dir():
        from smartcity_xl.arrival.nearby import near_folders  # not at the top: most folders are there

        raise UsageFault("inbox-missing", path=str(folder)).like(near_folders(folder))


def read_parcels(entries: Iterable[InboxFile]) -> Iterator[Parcel]:
    """The files as parcels. A file above the size limit is cut there, and cannot then pass for a workbook."""
    for entry in entries:
        try:
            with entry.path.open("rb") as stream:
                data = stream.read(SIZE_LIMIT + 1)
        except OSError as error:
            raise MachineFault("file-unreadable", path=entry.name, reason=error.strerror or str(error)) from error
        yield Parcel(entry.name, data, hashlib.sha256(data).hexdigest())
