"""The list of findings, each with the way to the row of its cell."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.books.pages import Book
from smartcity_xl.books.whole_rows import Content
from smartcity_xl.catalog.score_tree import Height, name_of
from smartcity_xl.messages import label, severity, word_finding
from smartcity_xl.model import Finding, Outcome
from smartcity_xl.score.stakes import concerns_of, stake_of
from smartcity_xl.summary.grid import FIRST_ROW, Head, Line, write_list
from smartcity_xl.summary.places import Places


def write_findings(book: Book, outcome: Outcome, places: Places) -> None:
    columns = (
        Head("severity", 8), Head("stake" if outcome.catalog.graded else "stake_items", 9),
        Head("department", 17), Head("code", 9), Head("found", 48), Head("expected", 26), Head("remedy", 32),
        Head("explanation", 22), Head("file", 22), Head("cell_sheet", 9), Head("cell", 8),
    )  # fmt: skip
    lines = (_line(outcome, finding, places) for finding in outcome.findings)
    write_list(book, "findings", columns, lines, freeze=1)


def _line(outcome: Outcome, finding: Finding, places: Places) -> Line:
    wording, at = word_finding(finding), finding.origin
    stake = stake_of(outcome.catalog, finding)
    cells: dict[str, Content] = {
        "severity": label("severity.explained" if finding.explanation else f"severity.{severity(finding.code)}"),
        "stake": float(stake),
        "stake_items": int(stake),
        "department": outcome.assignment.name(finding.department) if finding.department else "",
        "code": finding.indicator,
        "found": wording.found,
        "expected": wording.expected,
        "remedy": wording.remedy,
        "explanation": finding.explanation,
        "file": at.file,
        "cell_sheet": at.sheet,
        "cell": at.cell,
    }
    to = {
        "code": places.scores.get(name_of(Height.MARK, finding.indicator)),
        "severity": places.files.get(at.file),
        "cell": places.cell(at),
    }
    return Line(cells, to)


def first_findings(outcome: Outcome) -> dict[str, int]:
    """Code of an indicator -> the row of the first finding that concerns it."""
    found: dict[str, int] = {}
    for row, finding in enumerate(outcome.findings, start=FIRST_ROW):
        for code in _codes(outcome, finding):
            found.setdefault(code, row)
    return found


def _codes(outcome: Outcome, finding: Finding) -> Iterator[str]:
    yield finding.indicator
    for key in concerns_of(finding):
        yield from outcome.catalog.used_by.get(key.partition(".")[0], (key,))
