"""The old container of office programs (OLE) -> what it holds: an .xls, a locked workbook, a mail, a document."""

from __future__ import annotations

import io

from smartcity_xl.books.refused import let_memory_pass

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KINDS = (
    ("worddocument", "Word"), ("powerpoint document", "PowerPoint"), ("pp40", "PowerPoint"),
    ("visiodocument", "Visio"), ("quill", "Publisher"), ("props9", "Project"), ("props12", "Project"),
    ("props14", "Project"),
)  # fmt: skip


def say_compound(data: bytes) -> tuple[str, dict[str, str]]:
    """Why a container is no workbook that can be read, by the names of its streams as they stand in its directory, or
    anywhere in its bytes: the code of a finding, and its parameters."""

    def holds(name: str) -> bool:
        return name.encode("utf-16-le") + b"\0\0" in data

    if holds("DRMEncryptedTransform") or holds("DRMEncryptedDataSpace") or holds("\tDRMContent"):
        return "rights-protected", {}
    if holds("EncryptedPackage"):
        return "encrypted", {}
    if holds("__properties_version1.0"):
        return "not-a-workbook", {"kind": "Outlook"}
    for stream, kind in (("WordDocument", "Word"), ("PowerPoint Document", "PowerPoint")):
        if holds(stream):
            return "not-a-workbook", {"kind": kind}
    listed = streams(data)
    if listed and not any(name.startswith("workbook") or name == "book" for name in listed):
        return "not-a-workbook", {"kind": next((kind for stream, kind in _KINDS if stream in listed), "OLE")}
    return "old-workbook", {}


def streams(data: bytes) -> tuple[str, ...]:
    """The names of what a container holds, in lower case; none where it cannot be read."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            return tuple(sorted({path[0].casefold() for path in ole.listdir()}))
    except Exception as error:  # noqa: BLE001 - olefile documents none; such a file is told as what its bytes say
        let_memory_pass(error)
        return ()
