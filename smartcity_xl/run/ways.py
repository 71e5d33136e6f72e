"""The ways from a summary to the files that came, where they lie beside it and a link to them can do no harm."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from smartcity_xl.model import Receipt

_OPENED = frozenset({
    ".xlsx", ".xls", ".et", ".ods", ".csv", ".docx", ".doc", ".wps", ".pdf", ".ofd", ".txt", ".pptx", ".ppt", ".jpg",
    ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".gif", ".zip", ".rar", ".7z", ".eml", ".msg",
})  # fmt: skip
"""Files that a program opens to be read. What could run when it is opened has no link: anything may be sent."""
_SIGNS = frozenset(" -_.()（）【】《》、，。·—“”+＋")
"""What may stand in a name beside letters and digits: nothing that a path, a URI, an escape of Excel's or a shell reads
as more than itself."""
_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")


def find_ways(receipts: Iterable[Receipt], inbox: Path, out: Path, home: Path | None) -> Mapping[str, str]:
    """Name of a parcel -> the way to its file, or to the mail or archive that it came in, from the folder ``out``.

    Only where inbox and ``out`` both lie in the folder of the round (``home``): this moves as a whole. A name that
    could lead elsewhere than to its file, a link of the file system, and a file that is gone have no way.
    """
    if home is None:
        return {}
    home, source, here = home.resolve(), inbox.resolve(), out.resolve()
    if not (source.is_relative_to(home) and here.is_relative_to(home)):
        return {}
    between = Path(os.path.relpath(source, here)).as_posix()
    if not all(part == ".." or is_plain(part) for part in PurePosixPath(between).parts):
        return {}
    ways = {}
    for receipt in receipts:
        if (name := _outermost(source, receipt.parcel)) and PurePosixPath(name).suffix.lower() in _OPENED:
            ways[receipt.parcel] = f"{between}/{name}"
    return ways


def _outermost(source: Path, name: str) -> str:
    """The file of the inbox that a parcel is, or came out of; "" where there is none that a link may name."""
    parts = PurePosixPath(name).parts
    if not all(map(is_plain, parts)):
        return ""
    path = source
    for number, part in enumerate(parts, start=1):
        path /= part
        if path.is_symlink():
            return ""
        if path.is_file():
            return "/".join(parts[:number])
    return ""


def is_plain(part: str) -> bool:
    """Whether a part of a path can stand in a link as it is."""
    signs = all(sign.isalnum() or sign in _SIGNS for sign in part)
    return signs and part.strip(" .") == part and not _ESCAPED.search(part)
