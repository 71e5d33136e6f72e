"""The lists behind the scores: findings, departments, every answer as received, evidence, files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from smartcity_xl.messages import is_open, label, severity, word_finding
from smartcity_xl.model import Answer, Letter, Outcome, Slot
from smartcity_xl.rules.exact import round_half_up
from smartcity_xl.rules.formula import constant
from smartcity_xl.sheets import Book
from smartcity_xl.stakes import stake_of
from smartcity_xl.summary.grid import Column, write_head
from smartcity_xl.summary.results import shown_value
from smartcity_xl.template.scores import explain

FIRST_ROW = 3
_CENTRED = frozenset(
    {
        "severity",
        "state",
        "reported",
        "used",
        "asked",
        "filled",
        "number",
        "cell",
        "as_of",
        "code",
        "status",
        "received",
    }
)


def _write_list(
    book: Book, sheet: str, columns: tuple[Column, ...], rows: Iterable[Mapping[str, str | int | float]], freeze: int
) -> None:
    page = write_head(book, sheet, columns, FIRST_ROW, freeze)
    row = FIRST_ROW - 1
    for row, entry in enumerate(rows, start=FIRST_ROW):
        for number, column in enumerate(columns):
            value = entry[column.name]
            style = "centre" if column.name in _CENTRED else "cell"
            if isinstance(value, (int, float)):
                page.number(row, number, value, "centre" if isinstance(value, int) else "score")
            else:
                page.text(row, number, value, style)
        page.height(row, {number: str(entry[column.name]) for number, column in enumerate(columns)})
    page.worksheet.autofilter(FIRST_ROW - 1, 0, row, len(columns) - 1)


def write_findings(book: Book, outcome: Outcome) -> None:
    columns = (
        Column("severity", 10), Column("stake" if outcome.catalog.graded else "stake_items", 9),
        Column("department", 22), Column("code", 10), Column("found", 56), Column("expected", 30), Column("remedy", 40),
        Column("explanation", 30), Column("file", 28), Column("cell", 14),
    )  # fmt: skip
    rows: list[dict[str, str | int | float]] = []
    for finding in outcome.findings:
        wording = word_finding(finding)
        at = finding.origin
        rows.append({
            "severity": label("severity.explained" if finding.explanation else f"severity.{severity(finding.code)}"),
            "stake": float(stake_of(outcome.catalog, finding)),
            "stake_items": int(stake_of(outcome.catalog, finding)),
            "department": outcome.assignment.name(finding.department) if finding.department else "",
            "code": finding.indicator,
            "found": wording.found,
            "expected": wording.expected,
            "remedy": wording.remedy,
            "explanation": finding.explanation,
            "file": at.file,
            "cell": f"{at.sheet}!{at.cell}" if at.cell else at.sheet,
        })  # fmt: skip
    _write_list(book, "findings", columns, rows, freeze=1)


def write_methods(book: Book, outcome: Outcome) -> None:
    """How each indicator is scored, in words, and what its intermediate results came to."""
    columns = (Column("code", 10), Column("name", 34), Column("how", 80), Column("parts", 26), Column("source", 30))
    rows = []
    for score in outcome.scores.indicators:
        parts = (f"{name}＝{_short(value)}" for name, value in score.parts.items())
        rows.append({
            "code": score.indicator.code,
            "name": score.indicator.name,
            "how": explain(outcome.catalog, score.indicator),
            "parts": "\n".join(parts),
            "source": score.indicator.source,
        })  # fmt: skip
    _write_list(book, "methods", columns, rows, freeze=2)


def _short(value: Fraction) -> str:
    """An intermediate result, which is not rounded on the way to the score, to four decimals for reading."""
    return constant(round_half_up(value, 4))


def write_departments(book: Book, outcome: Outcome) -> None:
    columns = (
        Column("department", 26), Column("reported", 10), Column("asked", 8), Column("filled", 8),
        Column("problems", 8), Column("file", 60),
    )  # fmt: skip
    rows: list[dict[str, str | int]] = []
    for status in outcome.departments:
        key = status.department.key
        open_ = [f for f in outcome.findings if f.department == key and is_open(f)]
        rows.append({
            "department": status.department.name,
            "reported": label("departments.reported" if status.reported else "departments.missing"),
            "asked": status.asked,
            "filled": status.filled,
            "problems": len(open_),
            "file": "\n".join(status.files),
        })  # fmt: skip
    _write_list(book, "departments", columns, rows, freeze=1)


def write_answers(book: Book, outcome: Outcome) -> None:
    columns = (
        Column("department", 22), Column("code", 10), Column("label", 38), Column("given", 18), Column("own", 18),
        Column("state", 12), Column("used", 8), Column("as_of", 12), Column("remark", 24), Column("explanation", 24),
        Column("file", 30), Column("cell", 16),
    )  # fmt: skip
    rows = []
    for slot in outcome.catalog.slots.values():
        merged = outcome.merged.slots[slot.key]
        aside = [one.answers[slot.key] for one in outcome.aside if slot.key in one.answers]
        for answer in (*merged.answers, *aside):
            rows.append(_answer_row(outcome, answer, slot, slot.label, answer in merged.used))
    for key, merged_table in outcome.merged.tables.items():
        columns_of = {column.key: column for column in outcome.catalog.figures[key].columns}
        for table in (*merged_table.answers, *(one.tables[key] for one in outcome.aside if key in one.tables)):
            for row in table.rows:
                for name, cell in row.cells.items():
                    text = f"{row.name}：{columns_of[name].label}"
                    used = table is merged_table.used
                    rows.append(_answer_row(outcome, cell, columns_of[name], text, used))
    _write_list(book, "answers", columns, rows, freeze=3)


def _answer_row(outcome: Outcome, answer: Answer, slot: Slot, text: str, used: bool) -> dict[str, str | int]:
    return {
        "department": outcome.assignment.name(answer.department),
        "code": outcome.catalog.used_by[slot.figure][0],
        "label": text,
        "given": answer.given,
        "own": f"{shown_value(slot, answer.value)} {slot.unit}".strip() if answer.value is not None else "",
        "state": label(f"state.{answer.state.value}"),
        "used": label("word.yes" if used else "word.no"),
        "as_of": answer.as_of,
        "remark": answer.remark,
        "explanation": answer.explanation,
        "file": answer.origin.file,
        "cell": f"{answer.origin.sheet}!{answer.origin.cell}",
    }


def write_files(book: Book, outcome: Outcome) -> None:
    columns = (
        Column("file", 44),
        Column("status", 12),
        Column("department", 26),
        Column("why", 60),
        Column("sender", 26),
        Column("received", 26),
        Column("sha256", 68),
    )
    rows = [
        {
            "file": receipt.parcel,
            "status": label(f"receipt.{receipt.status}"),
            "department": outcome.assignment.name(receipt.department) if receipt.department else "",
            "why": "" if receipt.status == "taken" else "\n".join(str(word_finding(f)) for f in receipt.findings),
            "sender": receipt.letter.sender if receipt.letter else "",
            "received": _minute(receipt.letter),
            "sha256": receipt.sha256,
        }
        for receipt in outcome.receipts
    ]
    _write_list(book, "files", columns, rows, freeze=1)


def _minute(letter: Letter | None) -> str:
    """When the office's server took a mail in, with the time zone of its clock."""
    return letter.received.strftime("%Y-%m-%d %H:%M %z") if letter and letter.received else ""
