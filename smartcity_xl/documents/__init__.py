"""What comes besides the figures: evidence files against the lists that name them, and written material against the
outlines of the notices. Pure: materials in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from smartcity_xl.catalog.combine import part_of_findings
from smartcity_xl.documents.evidence import find_evidence_problems, find_lacking, match_evidence
from smartcity_xl.documents.owners import find_owners, folders_of
from smartcity_xl.documents.written import check_written, choose_outlines, find_absent, load_outlines, read_material
from smartcity_xl.messages import label
from smartcity_xl.model import (
    Assignment,
    Catalog,
    Documents,
    FileState,
    Finding,
    Material,
    Origin,
    Outline,
    Receipt,
    Submission,
)

_NO_FORM = frozenset({"other-file", "not-ours", "old-workbook", "archive", "not-a-workbook"})
"""What a receipt says of a file that is merely no form of ours; evidence may well be."""


def review_documents(
    catalog: Catalog,
    assignment: Assignment,
    submissions: Sequence[Submission],
    materials: Sequence[Material],
    outlines: Sequence[Outline],
    copies: Sequence[tuple[str, str]] = (),
    sender_of: Callable[[str], str] = lambda _: "",
) -> Documents:
    """All that came besides the forms, each file once: as evidence, as written material, or named by nobody.

    ``copies``: the names of other workbooks with their departments: what came beside one stays its department's, though
    the workbook came again elsewhere, or another counts in its place. ``sender_of`` says whose an address is.
    """
    materials = sorted(materials, key=lambda material: material.name)  # the order of arrival decides nothing
    owners = find_owners(assignment, submissions, copies, sender_of)
    materials = [replace(material, department=owners.owner_of(material)) for material in materials]
    named = match_evidence(catalog, owners, submissions, materials)
    matched = {material.sha256 for entry in named for material in entry.files}
    alone = {entry.files[0].sha256 for entry in named if len(entry.files) == 1}
    written, questions = check_written(outlines, owners, [m for m in materials if m.sha256 not in alone], matched)
    taken = matched | {entry.material.sha256 for entry in written}
    left = {m.sha256: m for m in reversed(materials) if m.sha256 not in taken and not m.settled}
    findings = (
        *find_evidence_problems(assignment, named),
        *_tell_macros(materials),
        *(finding for entry in written for finding in entry.findings),
        *questions,
        *find_absent(outlines, assignment, written),
    )
    unmentioned = tuple(sorted(left.values(), key=lambda material: material.name))
    return Documents(named, written, unmentioned, tuple(outlines), findings)


def _tell_macros(materials: Sequence[Material]) -> Iterator[Finding]:
    """Each document with a program inside, once however often it came."""
    first = {material.sha256: material for material in reversed(materials) if material.macros}
    for material in sorted(first.values(), key=lambda one: one.name):
        yield Finding("macros-document", Origin(material.name), material.department)


def part_of_documents(documents: Documents, whole: Catalog, system: Catalog) -> Documents:
    """What came, as one of the systems laid together sees it: the evidence for its own indicators, in its own codes."""
    if not whole.parts:
        return documents
    codes = {whole.code_of(system, indicator.code): indicator.code for indicator in system.indicators}
    named = (replace(one, indicator=codes[one.indicator]) for one in documents.named if one.indicator in codes)
    findings = part_of_findings(documents.findings, whole, system)
    return replace(documents, named=tuple(named), findings=tuple(findings))


def settle_receipts(receipts: Sequence[Receipt], documents: Documents, assignment: Assignment) -> tuple[Receipt, ...]:
    """The receipts, in which files that turned out to be evidence or written material are called so."""
    written = {entry.material.name: entry for entry in documents.written}
    unmentioned = {material.name: material.department for material in documents.unmentioned}
    evidence: dict[str, list[tuple[str, str]]] = {}
    for entry in documents.named:
        for material in entry.files if entry.state is FileState.PRESENT else ():
            evidence.setdefault(material.name, []).append((entry.department, entry.indicator))

    def settle(receipt: Receipt) -> Receipt:
        if found := written.get(receipt.parcel):
            return _called(receipt, "written-file", found.department, kind=found.outline.name)
        if receipt.parcel in evidence and all(finding.code in _NO_FORM for finding in receipt.findings):
            departments = dict.fromkeys(department for department, _ in evidence[receipt.parcel])
            names = label("word.separator").join(assignment.name(department) for department in departments)
            codes = label("word.separator").join(dict.fromkeys(code for _, code in evidence[receipt.parcel]))
            only = next(iter(departments)) if len(departments) == 1 else ""
            return _called(receipt, "evidence-file", only, departments=names, indicators=codes)
        if receipt.status == "ignored" and not receipt.department and unmentioned.get(receipt.parcel):
            return replace(receipt, department=unmentioned[receipt.parcel])
        return receipt

    return tuple(_ask_no_more([settle(receipt) for receipt in receipts]))


def _ask_no_more(receipts: Sequence[Receipt]) -> Iterator[Receipt]:
    """The receipts; no form is asked of a mail of which every file turned out to be evidence or written material."""
    inside: dict[str, set[str]] = {"attached": set(), "": set()}
    for receipt in receipts:
        if receipt.status != "opened":
            inside["attached" if receipt.status == "attached" else ""].update(folders_of(receipt.parcel))
    for receipt in receipts:
        if receipt.parcel in inside["attached"] - inside[""]:
            findings = tuple(one for one in receipt.findings if one.code != "mail-without-form")
            receipt = replace(receipt, findings=findings)
        yield receipt


def _called(receipt: Receipt, code: str, department: str, **parameters: str) -> Receipt:
    finding = Finding(code, Origin(receipt.parcel), department, parameters=parameters)
    return replace(receipt, status="attached", department=department, findings=(finding,))


__all__ = [
    "choose_outlines",
    "find_lacking",
    "folders_of",
    "load_outlines",
    "part_of_documents",
    "read_material",
    "review_documents",
    "settle_receipts",
]
