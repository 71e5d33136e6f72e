"""What came: files as received, which of them are workbooks of ours, and what became of each."""

from __future__ import annotations

from msgspec import Struct

from smartcity_xl.model.findings import Finding
from smartcity_xl.model.letters import Letter


class Parcel(Struct, frozen=True):
    """A file as received. ``name`` is its path inside the inbox as people read it, with forward slashes.

    What was taken out of a mail or an archive has the whole way in its name (``信.eml/附件.zip/表.xlsx``), and
    knows the hash of the file in the inbox that it came out of and the outermost mail on its way.

    ``sender`` and ``received`` (by our clock or our mail server's, UTC) are as the ledger has them, or empty.
    """

    name: str
    data: bytes
    sha256: str
    container: str = ""
    letter: Letter | None = None
    sender: str = ""
    received: str = ""


class Identity(Struct, frozen=True):
    """Which template a workbook is; the strings that the writer put inside it.

    ``revision`` counts the workbooks issued to one department, from 1; the first carries none. ``seal`` is that of the
    locked cells. ``code`` is the round's own over all the others; "" where the round had no key.
    """

    kind: str
    catalog: str
    version: str
    assignment: str
    department: str
    round: str
    city: str
    layout: str
    settings: str = ""
    """The office's choices (``Settings.as_text``); "" is the defaults."""
    revision: str = ""
    seal: str = ""
    deadline: str = ""
    """The ISO date that it shows; what is due is said by the round, and never by this."""
    code: str = ""


class Recognised(Struct, frozen=True):
    """A parcel that is a workbook of ours, and what it says it is."""

    parcel: Parcel
    identity: Identity


class Receipt(Struct, frozen=True):
    """What became of a parcel, and why: ``taken``, ``superseded`` (replaced by a later
    one), ``attached`` (evidence or written material), ``duplicate``,
    ``rejected``, ``ignored``, ``opened`` (a mail or an archive whose content has receipts of its own),
    ``aside`` (waits for the office to let it in) or ``excluded`` (the office has taken it out).

    ``container`` and ``letter`` as for a parcel; the receipt of a mail has the mail's own letter.
    """

    parcel: str
    sha256: str
    status: str
    department: str
    findings: tuple[Finding, ...]
    container: str = ""
    letter: Letter | None = None
