"""A workbook's identity and the key of its round -> whether the round issued it so; else it is held for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from smartcity_xl.arrival.campaign import Scored, word_settings
from smartcity_xl.books.identity import TEMPLATE_KIND
from smartcity_xl.books.signing import is_signed
from smartcity_xl.model import Assignment, Finding, Identity, Origin, Recognised, Submission
from smartcity_xl.model.settings import settings_from_text

_REVISIONS = 200
"""Revisions that are tried for the one that was issued; a department that corrects every day has fewer."""


_UNPROVEN = 2
"""What a revision counts for at most where none of the department is proven: that a form came back once is likely."""


def prove_identity(book: Recognised, key: bytes, assignment: Assignment, scored: Scored) -> Finding | None:
    """Why nobody can say that the round issued a department's workbook as it is; None where its code fits, and where
    the round has no key."""
    identity = book.identity
    if not key or identity.kind != TEMPLATE_KIND or is_signed(identity, key):
        return None
    code, parameters = ("identity-unsigned", dict[str, str]()) if not identity.code.strip() else ("identity-false", {})
    for as_issued in _neighbours(identity, assignment, scored) if identity.code.strip() else ():
        if is_signed(as_issued, key):
            code, parameters = _tell_change(identity, as_issued, assignment)
            break
    return Finding(code, Origin(book.parcel.name), identity.department, parameters=parameters)


def _neighbours(identity: Identity, assignment: Assignment, scored: Scored) -> Iterator[Identity]:
    """Identities that differ in one field: had this workbook been issued so?"""
    for department in assignment.departments:
        yield replace(identity, department=department)
    for revision in ("", *map(str, range(2, _REVISIONS))):
        yield replace(identity, revision=revision)
    for settings in {scored.settings.as_text(): None, "": None}:
        yield replace(identity, settings=settings)


def _tell_change(identity: Identity, as_issued: Identity, assignment: Assignment) -> tuple[str, dict[str, str]]:
    """Which field was changed, from what to what."""
    if as_issued.department != identity.department:
        names = (assignment.name(one.department) for one in (identity, as_issued))
        return "identity-department", dict(zip(("found", "expected"), names, strict=True))
    if as_issued.revision != identity.revision:
        return "identity-revision", {"found": identity.revision or "1", "expected": as_issued.revision or "1"}
    read = settings_from_text(identity.settings)
    issued = settings_from_text(as_issued.settings)
    return "identity-settings", {
        "found": word_settings(read) if read else identity.settings[:80],
        "expected": word_settings(issued) if issued else "",
    }


def trust_revisions(
    submissions: Iterable[Submission], opened: Iterable[Recognised], key: bytes
) -> Iterator[Submission]:
    """The submissions; of one whose identity is not proven, and that the office let in, the revision counts for no more
    than the highest that is: a number that was never issued is before no other."""
    identities: Mapping[str, Identity] = {book.parcel.sha256: book.identity for book in opened}
    highest: dict[str, int] = {}
    for identity in identities.values():
        if key and is_signed(identity, key):
            highest[identity.department] = max(highest.get(identity.department, 1), int(identity.revision or 1))
    for one in submissions:
        most = highest.get(one.department, _UNPROVEN)
        if key and one.revision > most and not is_signed(one.identity, key):
            yield replace(one, identity=replace(one.identity, revision=str(most)))
        else:
            yield one
