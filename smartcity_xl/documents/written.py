"""Written material against the outlines of the notices: which kind it is, whose, and what it lacks.

A missing section is a question, never an error: the notices leave the titles to the writer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from smartcity_xl.books.others import has_macros
from smartcity_xl.books.package import Refused
from smartcity_xl.documents.names import fold, forms
from smartcity_xl.documents.owners import Owners, folders_of
from smartcity_xl.documents.word import is_word, read_writing
from smartcity_xl.messages import label
from smartcity_xl.model import (
    Assignment,
    Finding,
    Material,
    Origin,
    Outline,
    Parcel,
    Topic,
    Writing,
    WrittenMaterial,
)
from smartcity_xl.shipped import read_shipped

_HEADINGS_SHOWN = 12
_ALL = "*"


@cache
def load_outlines() -> tuple[Outline, ...]:
    """The outlines of the notices, as ``outlines.toml`` has them."""
    return tuple(map(_build_outline, read_shipped("documents/outlines.toml")["outline"]))


def _build_outline(entry: dict[str, Any]) -> Outline:
    def topics(name: str) -> tuple[Topic, ...]:
        return tuple(Topic(topic["name"], tuple(topic["keywords"])) for topic in entry.get(name, ()))

    def texts(name: str) -> tuple[str, ...]:
        return tuple(entry.get(name, ()))

    return Outline(
        id=entry["id"],
        name=entry["name"],
        document=entry["document"],
        systems=texts("systems"),
        assignments=texts("assignments"),
        words=texts("words"),
        asked=texts("asked"),
        characters=entry.get("characters", 0),
        figures=entry.get("figures", 0),
        illustrated=entry.get("illustrated", False),
        sections=topics("sections"),
        mentions=topics("mentions"),
    )


def choose_outlines(
    systems: Collection[str], assignment: str, named: Collection[str] | None = None
) -> tuple[Outline, ...]:
    """The outlines in force: those named, be they none; else those of the assignment's notice, else of the systems'."""
    known = load_outlines()
    if named is not None:
        return tuple(outline for outline in known if outline.id in named)
    chosen = tuple(outline for outline in known if assignment in outline.assignments)
    return chosen or tuple(outline for outline in known if set(outline.systems) & set(systems))


def read_material(parcel: Parcel, settled: bool = False) -> Material:
    """A parcel that is no form of ours: its name and hash, and what it holds if it is a Word document."""
    macros = has_macros(parcel.data)
    if not is_word(parcel.name, parcel.data):
        return Material(parcel.name, parcel.sha256, settled=settled, macros=macros)
    try:
        return Material(parcel.name, parcel.sha256, read_writing(parcel.data), macros=macros)
    except Refused as reason:
        return Material(parcel.name, parcel.sha256, trouble=_trouble(parcel.name, reason), macros=macros)


def _trouble(name: str, reason: Refused) -> Finding:
    old = reason.code == "not-a-workbook" and reason.parameters.get("kind") == "Word"
    code = "written-old" if old else "written-encrypted" if reason.code == "encrypted" else "written-unreadable"
    told = ", ".join([reason.code, *reason.parameters.values()])
    return Finding(code, Origin(name), parameters={"reason": told} if code == "written-unreadable" else {})


# --- which kind, and whose -------------------------------------------------------------------------------------


def find_kinds(outlines: Iterable[Outline], name: str) -> tuple[Outline, ...]:
    """The outlines that a file may belong to: by the nearest folder that names any, else by its own name."""
    base = name.rpartition("/")[2]
    for part in (*(folder.rpartition("/")[2] for folder in folders_of(name)), base):
        folded = fold(part)
        if found := tuple(o for o in outlines if any(fold(word) in folded for word in o.words)):
            return found
    return ()


def check_written(
    outlines: Sequence[Outline], owners: Owners, materials: Iterable[Material], evidence: Collection[str] = ()
) -> tuple[tuple[WrittenMaterial, ...], tuple[Finding, ...]]:
    """Every document of a kind that is asked for, with what it lacks; and questions about those of unknown kind.

    ``materials`` are those that no evidence list names by their own name; of files with the same content the first
    counts. Nothing is asked about those whose hash is in ``evidence``.
    """
    written, questions = [], []
    firsts: dict[str, Material] = {}
    for material in sorted(materials, key=lambda m: m.name):
        firsts.setdefault(material.sha256, material)
    for material in firsts.values():
        kinds = find_kinds(outlines, material.name)
        if material.writing or material.trouble:
            if len(kinds) == 1:
                written.append(_check(kinds[0], owners.owner_of(material), material))
            elif outlines and material.sha256 not in evidence:
                names = label("word.separator").join(dict.fromkeys(o.name for o in kinds or outlines))
                department = owners.owner_of(material)
                questions.append(
                    Finding("written-kind", Origin(material.name), department, parameters={"kinds": names})
                )
        elif (
            kinds
            and material.sha256 not in evidence
            and material.name.casefold().endswith(tuple(forms()["other_writing"]))
        ):
            parameters = {"kind": label("word.separator").join(outline.name for outline in kinds)}
            department = owners.owner_of(material)
            questions.append(Finding("written-not-word", Origin(material.name), department, parameters=parameters))
    order = [outline.id for outline in outlines]
    written.sort(key=lambda entry: order.index(entry.outline.id))
    return tuple(written), tuple(questions)


def find_absent(
    outlines: Iterable[Outline], assignment: Assignment, written: Sequence[WrittenMaterial]
) -> tuple[Finding, ...]:
    """For each outline, the departments that were asked and from whom nothing has come."""
    findings = []
    for outline in outlines:
        asked = (
            [d for d in assignment.departments if d != assignment.office] if _ALL in outline.asked else outline.asked
        )
        came = {entry.department for entry in written if entry.outline.id == outline.id}
        absent = [assignment.name(d) for d in asked if d in assignment.departments and d not in came]
        if absent:
            names = label("word.separator").join(absent)
            parameters = {"kind": outline.name, "number": str(len(absent)), "departments": names}
            findings.append(Finding("written-absent", Origin(""), parameters=parameters))
    return tuple(findings)


# --- what it lacks ---------------------------------------------------------------------------------------------


def _check(outline: Outline, department: str, material: Material) -> WrittenMaterial:
    findings = list(_problems(outline, material))
    if not department:
        findings.append(Finding("written-owner", Origin(material.name), parameters={"kind": outline.name}))
    placed = tuple(
        Finding(f.code, Origin(material.name), department, parameters={"kind": outline.name, **f.parameters})
        for f in findings
    )
    return WrittenMaterial(outline, department, material, placed)


def _problems(outline: Outline, material: Material) -> Iterator[Finding]:
    if material.trouble:
        yield material.trouble
    if material.writing:
        for code, parameters in _shortfalls(outline, material.writing):
            yield Finding(code, Origin(material.name), parameters=parameters)


def _shortfalls(outline: Outline, writing: Writing) -> Iterator[tuple[str, dict[str, str]]]:
    shown = writing.figures + writing.tables
    if outline.characters and writing.characters > outline.characters:
        yield "written-long", {"found": str(writing.characters), "limit": str(outline.characters)}
    if outline.figures and shown > outline.figures:
        parameters = {"figures": str(writing.figures), "tables": str(writing.tables), "found": str(shown)}
        yield "written-figures", {**parameters, "limit": str(outline.figures)}
    if outline.illustrated and not shown:
        yield "written-plain", {}
    if missing := find_missing(outline.sections, writing.headings):
        headings = label("word.list").join(writing.headings[:_HEADINGS_SHOWN]) or label("word.none")
        yield "written-sections", {"sections": label("word.separator").join(missing), "headings": headings}
    if unsaid := find_missing(outline.mentions, (writing.text,)):
        yield "written-mentions", {"topics": label("word.separator").join(unsaid)}


def find_missing(topics: Iterable[Topic], texts: Sequence[str]) -> list[str]:
    """The topics of which none of the texts holds a keyword."""
    folded = [fold(text) if len(text) < 200 else text for text in texts]
    return [topic.name for topic in topics if not any(word in text for word in topic.keywords for text in folded)]
