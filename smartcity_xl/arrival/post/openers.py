"""The kinds of containers -> who opens them. It is loaded for the first container: most of what comes is a workbook."""

from __future__ import annotations

from smartcity_xl.arrival.post.archives import open_zip
from smartcity_xl.arrival.post.boxes import open_invitation, open_mbox, open_uuencoded
from smartcity_xl.arrival.post.kinds import (
    BZIP2,
    GZIP,
    INVITATION,
    MAIL,
    MBOX,
    MSG,
    RAR,
    SEVENZIP,
    TAR,
    TNEF,
    UUENCODED,
    XZ,
    ZIP,
    Opened,
)
from smartcity_xl.arrival.post.members import PackedFile
from smartcity_xl.arrival.post.mime import open_mail
from smartcity_xl.arrival.post.outlook import open_msg, open_tnef
from smartcity_xl.arrival.post.rars import open_7z, open_rar
from smartcity_xl.arrival.post.tars import open_bzip2, open_gzip, open_tar, open_xz

_MAILS = {MAIL: open_mail, MSG: open_msg, TNEF: open_tnef}
_ARCHIVES = {
    ZIP: open_zip, RAR: open_rar, SEVENZIP: open_7z, TAR: open_tar, GZIP: open_gzip, BZIP2: open_bzip2, XZ: open_xz,
}  # fmt: skip
_WRAPPINGS = {INVITATION: open_invitation, UUENCODED: open_uuencoded}


def open_container(kind: str, packed: PackedFile, authserv: str) -> Opened:
    """What a container holds, within the limits. Raises Refused, and whatever a library raises."""
    if kind in _MAILS:
        return _MAILS[kind](packed.data, authserv)
    if kind in _WRAPPINGS:
        return _WRAPPINGS[kind](packed.data)
    if kind == MBOX:
        return open_mbox(packed.data, packed.budget)
    return _ARCHIVES[kind](packed)
