"""Workbooks that say nothing new -> put aside before anything is put in order: untouched forms, and our own returns.

A department answers our mail with the form that it filled, and the untouched one hangs on beside it; a workbook that
went back comes back as it went. Neither is a submission, and neither ever replaces one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from smartcity_xl.books.identity import TEMPLATE_KIND
from smartcity_xl.model import Answer, Finding, Origin, State, Submission, TableAnswer

_OF_BLANKS = frozenset({
    "missing", "leader-missing", "contact-missing", "evidence-none", "evidence-missing", "as-of-missing",
    "version-other", "version-asks", "other-format", "identity-from-properties",
})  # fmt: skip
"""What is said of a form in which nobody has written anything. Whatever else is said is said of what stands in it."""


def part_echoes(
    submissions: Sequence[Submission],
    returned: Collection[str] = (),
    mailed: Collection[str] = (),
    admitted: Collection[str] = (),
) -> tuple[list[Submission], Mapping[str, Finding]]:
    """The submissions that say something, and what is told of the others: parcel -> finding.

    ``returned`` are the hashes of the workbooks that went back, ``mailed`` the parcels that came by mail, ``admitted``
    the hashes of those that the office lets in all the same. Where a department has sent nothing else, what it sent
    stays: it is all there is. An untouched form stands back behind our own return, which holds its answers.
    """
    told: dict[str, Finding] = {}
    for mine in _by_department(submissions):
        blanks = {one.parcel: _tell(one, "blank-form") for one in mine if is_blank(one) and one.sha256 not in admitted}
        rest = [one for one in mine if one.parcel not in blanks]
        again = _say_again(rest)
        echoes = {
            one.parcel: _tell(one, "own-return-sent" if one.parcel in mailed else "own-return")
            for one in rest
            if one.sha256 not in admitted and (one.sha256 in returned or one.parcel in again)
        }
        told |= blanks if rest else {}
        told |= echoes if len(echoes) < len(rest) else {}
    return [one for one in submissions if one.parcel not in told], told


def _by_department(submissions: Iterable[Submission]) -> Iterator[list[Submission]]:
    departments: dict[str, list[Submission]] = {}
    for one in submissions:
        if one.identity.kind == TEMPLATE_KIND:
            departments.setdefault(one.department, []).append(one)
    yield from departments.values()


def _tell(one: Submission, code: str) -> Finding:
    parameters = {"revision": str(one.revision)} if code != "blank-form" else {}
    return Finding(code, Origin(one.parcel), one.department, parameters=parameters)


def is_blank(submission: Submission) -> bool:
    """Whether a form is as it was issued: no answer, no word, nobody named, nothing listed, nothing pasted in."""
    answers: tuple[Answer | TableAnswer, ...] = (*submission.answers.values(), *submission.tables.values())
    return (
        all(one.state is State.BLANK for one in answers)
        and not any(one.remark or one.as_of or one.explanation for one in answers)
        and not any(table.rows for table in submission.tables.values())
        and not any(submission.people.values())
        and not submission.evidence
        and {finding.code for finding in submission.findings} <= _OF_BLANKS
    )


def _say_again(mine: Sequence[Submission]) -> frozenset[str]:
    """The parcels of the workbooks that went back and say just what one of an earlier revision says, of which they were
    made."""
    if len({one.revision for one in mine}) < 2:
        return frozenset()
    first: dict[bytes, int] = {}
    contents = [(one, _digest(one)) for one in mine]
    for one, content in contents:
        first[content] = min(one.revision, first.get(content, one.revision))
    return frozenset(one.parcel for one, content in contents if one.revision > first[content])


def _digest(submission: Submission) -> bytes:
    """Stands for the content: those of all workbooks of a department would be a quarter of what it holds."""
    said = repr([sorted(map(repr, part)) for part in _content(submission)])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()


def _content(submission: Submission) -> tuple[frozenset[tuple[object, ...]], ...]:
    cells = frozenset(
        (item, answer.slot, *_says(answer)) for item, answer in submission.cells if answer.state is not State.BLANK
    )
    answers: dict[str, Answer | TableAnswer] = {**submission.answers, **submission.tables}
    beside = frozenset(
        (key, one.remark, one.as_of, one.explanation)
        for key, one in answers.items()
        if one.remark or one.as_of or one.explanation
    )
    listed = frozenset((one.indicator, one.title, one.file, one.remark) for one in submission.evidence)
    people = frozenset((name, text) for name, text in submission.people.items() if text)
    return cells, beside, listed, people


def _says(answer: Answer) -> tuple[object, ...]:
    """A value counts whatever it was typed as: a formula went back as its result."""
    return (answer.state, answer.value) if answer.state is State.VALUE else (answer.state, answer.raw)
