"""The lists behind the scores: findings, departments, every answer as received, evidence, files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

from smartcity_xl.books.pages import Book
from smartcity_xl.catalog.duties import indicators_of_figure
from smartcity_xl.form.template.scores import explain
from smartcity_xl.messages import label, severity, word_finding
from smartcity_xl.model import Answer, Change, Correction, Effect, IndicatorScore, Letter, Outcome, Slot
from smartcity_xl.results.record import DepartmentRecord
from smartcity_xl.results.shown import shown_value, two
from smartcity_xl.rules.exact import round_half_up
from smartcity_xl.rules.formula import constant
from smartcity_xl.score.stakes import stake_of
from smartcity_xl.summary.disputes import name_figure, side_rows
from smartcity_xl.summary.grid import Head, write_head

FIRST_ROW = 3
_CENTRED = frozenset({
    "severity", "state", "reported", "used", "asked", "filled", "number", "cell", "as_of", "code", "status", "kind",
    "before", "after", "effect", "received", "decision", "option",
})  # fmt: skip


def _write_list(
    book: Book,
    sheet: str,
    columns: tuple[Head, ...],
    rows: Iterable[Mapping[str, str | int | float]],
    freeze: int,
    strong: Callable[[Mapping[str, str | int | float]], bool] = lambda _: False,
) -> None:
    """Write a list; ``strong`` picks the rows that head others."""
    page = write_head(book, sheet, columns, FIRST_ROW, freeze)
    row = FIRST_ROW - 1
    for row, entry in enumerate(rows, start=FIRST_ROW):
        for number, column in enumerate(columns):
            value = entry[column.name]
            plain, bold = ("centre", "score_bold") if column.name in _CENTRED else ("cell", "bold_cell")
            style = bold if strong(entry) else plain
            if isinstance(value, (int, float)):
                page.number(row, number, value, "centre" if isinstance(value, int) else "score")
            else:
                page.text(row, number, value, style)
        page.height(row, {number: str(entry[column.name]) for number, column in enumerate(columns)})
    page.worksheet.autofilter(FIRST_ROW - 1, 0, row, len(columns) - 1)


def write_findings(book: Book, outcome: Outcome) -> None:
    columns = (
        Head("severity", 10), Head("stake" if outcome.catalog.graded else "stake_items", 9),
        Head("department", 22), Head("code", 10), Head("found", 56), Head("expected", 30), Head("remedy", 40),
        Head("explanation", 30), Head("file", 28), Head("cell", 14),
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
    columns = (
        Head("code", 10),
        Head("name", 34),
        Head("how", 80),
        Head("parts", 26),
        Head("source", 30),
    )
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


def write_departments(book: Book, outcome: Outcome, departments: Sequence[DepartmentRecord]) -> None:
    """Who has reported, how complete, and what is open, as ``results.open`` decided it."""
    held, stake = ("held", "stake") if outcome.catalog.graded else ("held_items", "stake_items")
    columns = (
        Head("department", 26), Head("reported", 10), Head("asked", 8), Head("filled", 8), Head("errors", 8),
        Head("queries", 8), Head(held, 10), Head(stake, 10), Head("file", 60),
    )  # fmt: skip
    rows: list[dict[str, str | int | float]] = []
    for status in departments:
        rows.append({
            "department": status.name,
            "reported": label("departments.reported" if status.reported else "departments.missing"),
            "asked": status.asked,
            "filled": status.filled,
            "errors": status.errors,
            "queries": status.queries,
            "held": float(status.held),
            "held_items": int(Fraction(status.held)),
            "stake": float(status.stake),
            "stake_items": int(Fraction(status.stake)),
            "file": "\n".join(status.files),
        })  # fmt: skip
    _write_list(book, "departments", columns, rows, freeze=1)


def write_answers(book: Book, outcome: Outcome) -> None:
    columns = (
        Head("department", 22), Head("code", 10), Head("label", 38), Head("given", 18), Head("own", 18),
        Head("state", 12), Head("used", 8), Head("as_of", 12), Head("remark", 24), Head("explanation", 24),
        Head("file", 30), Head("cell", 16),
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
        "code": indicators_of_figure(outcome.catalog, outcome.assignment, answer.department, slot.figure)[0],
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


def write_decisions(book: Book, outcome: Outcome) -> None:
    """Every conflict with all its answers, what the scores come to under each, and what the office decided."""
    columns = (
        Head("code", 10), Head("label", 26), Head("decision", 9), Head("option", 6), Head("option_value", 20),
        Head("department", 20), Head("file", 24), Head("cell", 14), Head("option_scores", 26),
        Head("option_total", 18), Head("reason", 26), Head("who", 10),
    )  # fmt: skip
    blank, rows = {column.name: "" for column in columns}, []
    for conflict in outcome.merged.conflicts:
        decision, chosen = conflict.decision, conflict.chosen
        for side, words in side_rows([outcome], conflict):
            state = f"state_{conflict.state}" if not chosen else "state_used" if side is chosen else "state_aside"
            rows.append(blank | {
                "code": "\n".join(outcome.catalog.used_by[conflict.figure.partition(".")[0]]),
                "label": name_figure(outcome.catalog, conflict.figure),
                "decision": label(f"decide.{state}"),
                "option": words["number"],
                "option_value": f"{words['value']} {words['unit']}".strip(),
                **{name: words[name] for name in ("department", "file", "cell")},
                **{f"option_{name}": words[name] for name in ("scores", "total")},
                "reason": decision.reason if decision else "",
                "who": decision.who if decision else "",
            })  # fmt: skip
    for lapsed in outcome.merged.lapsed:
        rows.append(blank | {
            "label": name_figure(outcome.catalog, lapsed.figure),
            "decision": label("decide.state_lapsed"),
            "option_value": lapsed.said,
            "file": lapsed.origin.file,
            "cell": f"{lapsed.origin.sheet}!{lapsed.origin.cell}",
            "reason": lapsed.reason,
            "who": lapsed.who,
        })  # fmt: skip
    _write_list(book, "decisions", columns, rows, freeze=2)


def write_corrections(book: Book, outcome: Outcome) -> None:
    """What later workbooks changed: for each, the total, the indicators and the answers, before and after."""
    columns = (
        Head("department", 20), Head("kind", 9), Head("code", 10), Head("label", 36), Head("before", 16),
        Head("after", 16), Head("effect", 12), Head("earlier", 28), Head("later", 28), Head("cell", 14),
    )  # fmt: skip
    rows = []
    for correction in outcome.corrections:
        frame = {
            "department": outcome.assignment.name(correction.department),
            "earlier": "\n".join(correction.earlier),
            "later": "\n".join(correction.later),
        }
        told = [_total_row(correction), *map(_effect_row, correction.effects)]
        told += [_change_row(outcome, change) for change in correction.changes]
        rows += [{**dict.fromkeys((column.name for column in columns), ""), **frame, **row} for row in told]
    total = label("corrections.total")
    _write_list(book, "corrections", columns, rows, freeze=1, strong=lambda row: row["kind"] == total)


def _total_row(correction: Correction) -> dict[str, str]:
    before, after = correction.total_before, correction.total_after
    return {
        "kind": label("corrections.total"),
        "label": label(f"corrections.by_{correction.by}" if correction.changes else "corrections.same"),
        "before": two(before),
        "after": two(after),
        "effect": _signed(after - before),
    }


def _effect_row(effect: Effect) -> dict[str, str]:
    before, after = effect.before, effect.after
    moved = (after.score or Fraction(0)) - (before.score or Fraction(0))
    return {
        "kind": label("corrections.score"),
        "code": after.indicator.code,
        "label": after.indicator.name,
        "before": _score_text(before),
        "after": _score_text(after),
        "effect": _signed(moved) if after.star is None and before.star is None else "",
    }


def _score_text(score: IndicatorScore) -> str:
    if score.star is not None:
        return label("corrections.star", star=score.star)
    return label(f"standing.{score.standing.value}") if score.score is None else two(score.score)


def _signed(value: Fraction) -> str:
    return f"+{two(value)}" if value > 0 else two(value)


def _change_row(outcome: Outcome, change: Change) -> dict[str, str]:
    catalog = outcome.catalog
    figure = catalog.figures[change.slot.partition(".")[0]]
    inside = (change.item, catalog.label(change.slot)) if change.slot != figure.key else ()
    return {
        "kind": label("corrections.answer"),
        "code": catalog.used_by[figure.key][0],
        "label": "：".join(part for part in (figure.label, *inside) if part),
        "before": _said(change.before),
        "after": _said(change.after),
        "cell": "\n".join(f"{a.origin.sheet}!{a.origin.cell}" for a in change.after or change.before),
    }


def _said(answers: Iterable[Answer]) -> str:
    """What was typed; a table without rows says what became of it."""
    return "\n".join(a.given or label(f"state.{a.state.value}") for a in answers) or label("state.blank")


def write_files(book: Book, outcome: Outcome) -> None:
    columns = (
        Head("file", 44),
        Head("status", 12),
        Head("department", 26),
        Head("why", 60),
        Head("sender", 26),
        Head("received", 26),
        Head("sha256", 68),
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
