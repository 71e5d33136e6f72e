"""What comes besides the figures: evidence files, written material, and the people who answer for a department."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction

from msgspec import Struct

from smartcity_xl.model.findings import Finding, Origin


class Writing(Struct, frozen=True):
    """What a Word document holds. ``characters`` are counted as Word counts 字数: each ideograph and full-width sign
    is one, each run of other signs is one. ``text`` may be cut at the end, ``characters`` never is."""

    title: str
    characters: int
    figures: int
    tables: int
    headings: tuple[str, ...]
    text: str


class Material(Struct, frozen=True):
    """A file that came and is no form of ours. ``name`` is its path inside the inbox.

    ``writing`` is set for a Word document that could be read, ``trouble`` for one that could not. ``settled``: its
    receipt tells about it already (the same file twice, a workbook that is none of ours). ``sender`` is the address of
    the mail in which it came, ``mail`` that mail's own name; ``department`` whose it is, once that is known.
    """

    name: str
    sha256: str
    writing: Writing | None = None
    trouble: Finding | None = None
    settled: bool = False
    sender: str = ""
    mail: str = ""
    department: str = ""
    macros: bool = False
    """Whether somebody's program travels inside."""


class FileState(StrEnum):
    """What became of a file that an evidence list names."""

    PRESENT = "present"
    MISSING = "missing"
    UNCLEAR = "unclear"
    """More than one file could be meant, or only another department's folder holds it: a person must say."""


class NamedFile(Struct, frozen=True):
    """One name in an evidence list, as typed, and the files it stands for: those of a folder, or the candidates where
    it is unclear which is meant."""

    indicator: str
    department: str
    title: str
    named: str
    state: FileState
    files: tuple[Material, ...]
    remark: str
    origin: Origin


class Topic(Struct, frozen=True):
    """Something that written material must deal with, recognised by any of its keywords."""

    name: str
    keywords: tuple[str, ...]


class Outline(Struct, frozen=True):
    """What a notice asks of one kind of written material. A limit of 0 is none.

    ``words`` tell the kind by a folder or a file name. ``asked`` are the departments that must hand it in, ``*`` for
    all. ``sections`` are looked for in the headings, ``mentions`` anywhere. ``figures`` counts tables as well.
    """

    id: str
    name: str
    document: str
    systems: tuple[str, ...]
    assignments: tuple[str, ...]
    words: tuple[str, ...]
    asked: tuple[str, ...]
    characters: int
    figures: int
    illustrated: bool
    sections: tuple[Topic, ...]
    mentions: tuple[Topic, ...]


class WrittenMaterial(Struct, frozen=True):
    """A document held against its outline. ``department`` is "" where nothing tells whose it is."""

    outline: Outline
    department: str
    material: Material
    findings: tuple[Finding, ...]


class Documents(Struct, frozen=True):
    """All that came besides the forms. ``unmentioned`` is neither named as evidence nor written material."""

    named: tuple[NamedFile, ...] = ()
    written: tuple[WrittenMaterial, ...] = ()
    unmentioned: tuple[Material, ...] = ()
    outlines: tuple[Outline, ...] = ()
    findings: tuple[Finding, ...] = ()


class Evidenced(Struct, frozen=True):
    """The score without the indicators for which evidence is wanted and none has come (their codes).

    A deduction without evidence stays: leaving it out would raise the score.
    """

    lacking: tuple[str, ...] = ()
    total: Fraction = Fraction(0)


class Said(Struct, frozen=True):
    """One of the things that a department's workbooks say about its people, and the files that say so."""

    text: str
    files: tuple[str, ...]


class PeopleEntry(Struct, frozen=True):
    """The responsible leader and the contact of a department: field of the cover -> what its workbooks say, each thing
    once; several where they differ. ``missing`` are groups of fields of which none is filled, though one is needed."""

    department: str
    reported: bool
    said: Mapping[str, tuple[Said, ...]]
    missing: tuple[tuple[str, ...], ...]
    findings: tuple[Finding, ...]
