"""An outcome as JSON, for programs. ``docs/results.md`` describes its shape.

Scores are strings with two decimals, other numbers exact decimal strings: nothing passes through a binary float.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from smartcity_xl.messages import is_open, label, severity, word_finding, word_value
from smartcity_xl.model import (
    Answer,
    Catalog,
    CategoryScore,
    Conflict,
    Correction,
    Decision,
    DimensionScore,
    Figure,
    Finding,
    IndicatorScore,
    Letter,
    MergedSlot,
    MergedTable,
    Origin,
    Outcome,
    Role,
    Scheme,
    Slot,
    TableAnswer,
)
from smartcity_xl.rules.exact import round_half_up, shown
from smartcity_xl.score.stakes import stake_of
from smartcity_xl.summary.records import document_records
from smartcity_xl.summary.stars import below_target, count_levels, reaches, starred

SCHEMA = "xlscore-results/1"


def two(value: Fraction) -> str:
    """A score: two decimals, rounded half-up."""
    hundredths = round_half_up(value) * 100
    sign = "-" if hundredths < 0 else ""
    whole, rest = divmod(abs(int(hundredths)), 100)
    return f"{sign}{whole}.{rest:02d}"


def exact(value: Fraction | None) -> str | None:
    """A number in full; one that has no finite decimal form to ten places."""
    return None if value is None else shown(value)


def shown_value(slot: Slot, value: Fraction | None) -> str:
    """A slot's value as people write it; empty where there is none."""
    return "" if value is None else word_value(slot, value)


def result_words(outcome: Outcome) -> str:
    """What a run came to, in a few words: the total, or how many indicators reach the target."""
    scores = outcome.scores
    if outcome.catalog.graded:
        return label("overview.result", score=two(scores.total), full=two(scores.full))
    levels = starred(scores.dimensions)
    reached = sum(reaches(score, outcome.catalog.target) is True for score in levels)
    level = label(f"stars.level_{outcome.catalog.target}")
    return label("overview.result_stars", level=level, reached=reached, whole=len(levels))


def write_results(outcome: Outcome) -> bytes:
    """The whole outcome as UTF-8 JSON with a stable order of keys."""
    catalog, assignment, scores = outcome.catalog, outcome.assignment, outcome.scores
    document = {
        "schema": SCHEMA,
        "catalog": {"id": catalog.id, "version": catalog.version, "title": catalog.title},
        "assignment": {"id": assignment.id, "title": assignment.title},
        "city": assignment.city,
        "round": outcome.round,
        "deadline": assignment.deadline,
        "total": {
            "score": two(scores.total),
            "full": two(scores.full),
            "assessed": two(scores.assessed),
            "final": scores.final,
            "apart": two(scores.apart) if any(d.dimension.apart for d in scores.dimensions) else None,
        }
        if catalog.graded
        else None,
        "stars": _stars(outcome),
        "settings": {
            "ratio_above_one": catalog.settings.ratio_above_one.value,
            "rounding": catalog.settings.rounding.value,
            "missing": catalog.settings.missing.value,
        },
        "dimensions": [_dimension(catalog, dimension) for dimension in scores.dimensions],
        "figures": _figures(outcome),
        "conflicts": [_conflict(outcome, conflict) for conflict in outcome.merged.conflicts],
        "lapsed": [_decision(decision) for decision in outcome.merged.lapsed],
        "departments": [_department(outcome, number) for number in range(len(outcome.departments))],
        "corrections": [_correction(outcome, correction) for correction in outcome.corrections],
        "findings": [_finding(catalog, finding) for finding in outcome.findings],
        **document_records(outcome, two(outcome.evidenced.total) if catalog.graded else None),
        "files": [
            {
                "file": r.parcel,
                "sha256": r.sha256 or None,
                "status": r.status,
                "department": r.department or None,
                "reasons": [finding.code for finding in r.findings] if r.status != "taken" else [],
                "container": r.container or None,
                "mail": _mail(r.letter) if r.letter else None,
            }
            for r in outcome.receipts
        ],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _stars(outcome: Outcome) -> dict[str, Any] | None:
    """What a star system shows: counts, and the indicators below the target."""
    if outcome.catalog.scheme is not Scheme.STARS:
        return None
    scores = starred(outcome.scores.dimensions)
    return {
        "target": outcome.catalog.target,
        "counts": {str(level): number for level, number in count_levels(scores).items()},
        "unsettled": sum(score.star is None for score in scores),
        "below": [score.indicator.code for score in below_target(outcome)],
    }


def _dimension(catalog: Catalog, score: DimensionScore) -> dict[str, Any]:
    dimension = score.dimension
    return {
        "code": dimension.code,
        "name": dimension.name,
        "weight": exact(dimension.weight),
        "score": two(score.score),
        "full": two(score.full),
        "categories": [_category(catalog, category) for category in score.categories],
    }


def _category(catalog: Catalog, score: CategoryScore) -> dict[str, Any]:
    category = score.category
    return {
        "code": category.code,
        "name": category.name,
        "weight": exact(category.weight),
        "score": two(score.score),
        "full": two(score.full),
        "indicators": [_indicator(catalog, indicator) for indicator in score.indicators],
    }


def _indicator(catalog: Catalog, score: IndicatorScore) -> dict[str, Any]:
    indicator = score.indicator
    weighed = indicator.role is Role.SCORED and not indicator.starred
    return {
        "code": indicator.code,
        "name": indicator.name,
        "role": indicator.role.value,
        "weight": exact(indicator.weight) if weighed else None,
        "deduct_max": exact(indicator.deduct_max),
        "standing": score.standing.value,
        "score": None if score.score is None else two(score.score),
        "full": two(indicator.full),
        "factor": exact(catalog.worth(indicator)),
        "mark": exact(score.mark),
        "parts": {name: exact(value) for name, value in score.parts.items()},
        "open": list(score.open),
        "star": score.star,
        "next_star": score.next_star.level if score.next_star else None,
    }


def _origin(origin: Origin) -> dict[str, str]:
    return {"file": origin.file, "sheet": origin.sheet, "cell": origin.cell}


def _answer(answer: Answer, used: bool) -> dict[str, Any]:
    return {
        "department": answer.department,
        "state": answer.state.value,
        "value": exact(answer.value),
        "raw": answer.raw,
        "unit": answer.unit or None,
        "as_of": answer.as_of,
        "remark": answer.remark,
        "explanation": answer.explanation,
        "used": used,
        **_origin(answer.origin),
    }


def _mail(letter: Letter) -> dict[str, Any]:
    return {
        "message_id": letter.message_id,
        "sender": letter.sender,
        "sender_name": letter.sender_name,
        "subject": letter.subject,
        "dated": letter.dated.isoformat() if letter.dated else None,
        "received": letter.received.isoformat() if letter.received else None,
        "automatic": letter.automatic.value or None,
        "undelivered": list(letter.undelivered),
        "clouds": list(letter.clouds),
        "authentication": dict(letter.authentication),
    }


def _figures(outcome: Outcome) -> list[dict[str, Any]]:
    catalog = outcome.catalog
    found = []
    for figure in catalog.figures.values():
        common = {"asked": list(outcome.assignment.asked[figure.key]), "indicators": list(catalog.used_by[figure.key])}
        if figure.columns:
            aside_tables = [one.tables[figure.key] for one in outcome.aside if figure.key in one.tables]
            found.append(_table(figure, outcome.merged.tables[figure.key], aside_tables, common))
        for slot in figure.slots:
            aside = [one.answers[slot.key] for one in outcome.aside if slot.key in one.answers]
            found.append(_slot(slot, outcome.merged.slots[slot.key], aside, common))
    return found


def _slot(slot: Slot, merged: MergedSlot, aside: Sequence[Answer], common: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "key": slot.key,
        "label": slot.label,
        "kind": slot.kind.value,
        "unit": slot.unit,
        "standing": merged.standing.value,
        "value": exact(merged.value),
        **common,
        "answers": [
            *(_answer(answer, answer in merged.used) for answer in merged.answers),
            *(_answer(answer, False) for answer in aside),
        ],
    }


def _table(
    figure: Figure, merged: MergedTable, aside: Sequence[TableAnswer], common: Mapping[str, Any]
) -> dict[str, Any]:
    def rows(table: TableAnswer) -> list[dict[str, Any]]:
        return [
            {"name": row.name, **{column: _answer(cell, True) for column, cell in row.cells.items()}}
            for row in table.rows
        ]

    return {
        "key": figure.key,
        "label": figure.label,
        "kind": "table",
        "columns": [{"key": c.key, "label": c.label, "kind": c.kind.value, "unit": c.unit} for c in figure.columns],
        "standing": merged.standing.value,
        **common,
        "answers": [
            {
                "department": table.department,
                "state": table.state.value,
                "used": table is merged.used,
                **_origin(table.origin),
                "rows": rows(table),
            }
            for table in (*merged.answers, *aside)
        ],
    }


def _conflict(outcome: Outcome, conflict: Conflict) -> dict[str, Any]:
    """Answers of which only one can be true, and what this system comes to under each of them."""
    chosen, trials = conflict.chosen, outcome.trials[conflict.subject]
    return {
        "figure": conflict.figure,
        "department": conflict.department or None,
        "state": conflict.state,
        "chosen": conflict.sides.index(chosen) + 1 if chosen else None,
        "decision": _decision(conflict.decision) if conflict.decision else None,
        "sides": [
            {
                "value": None if isinstance(answer := side.answers[0], TableAnswer) else exact(answer.value),
                "answers": [{"department": a.department, **_origin(a.origin)} for a in side.answers],
                "scores": [_trial(score) for score in scores.reading(outcome.catalog, conflict.figure)],
                "total": two(scores.total) if outcome.catalog.graded else None,
            }
            for side, scores in zip(conflict.sides, trials, strict=True)
        ],
    }


def _trial(score: IndicatorScore) -> dict[str, Any]:
    shown = None if score.score is None else two(score.score)
    return {
        "indicator": score.indicator.code,
        "standing": score.standing.value,
        "score": shown,
        "mark": exact(score.mark),
        "star": score.star,
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "figure": decision.figure,
        "said": decision.said,
        "reason": decision.reason,
        "who": decision.who,
        **_origin(decision.origin),
    }


def _department(outcome: Outcome, number: int) -> dict[str, Any]:
    status = outcome.departments[number]
    people = [s.people for s in outcome.submissions if s.department == status.department.key]
    return {
        "key": status.department.key,
        "name": status.department.name,
        "reported": status.reported,
        "files": list(status.files),
        "asked": status.asked,
        "filled": status.filled,
        "people": [{key: value for key, value in entry.items() if value} for entry in people],
        "findings": sum(f.department == status.department.key and is_open(f) for f in outcome.findings),
        "at_stake": two(status.held.points),
        "holds": list(status.held.indicators),
    }


def _correction(outcome: Outcome, correction: Correction) -> dict[str, Any]:
    """What a workbook changed that replaced another; sides are lists, empty where the cell was blank."""
    return {
        "department": correction.department,
        "by": correction.by,
        "earlier": list(correction.earlier),
        "later": list(correction.later),
        "total_before": two(correction.total_before),
        "total_after": two(correction.total_after),
        "changes": [
            {
                "figure": change.slot,
                "label": outcome.catalog.label(change.slot),
                "row": change.item or None,
                **{side: [_stated(a) for a in getattr(change, side)] for side in ("before", "after")},
            }
            for change in correction.changes
        ],
        "effects": [
            {
                "indicator": effect.after.indicator.code,
                **{side: _effect(getattr(effect, side)) for side in ("before", "after")},
            }
            for effect in correction.effects
        ],
    }


def _stated(answer: Answer) -> dict[str, Any]:
    return {
        "state": answer.state.value,
        "value": exact(answer.value),
        "raw": answer.raw,
        "unit": answer.unit or None,
        **_origin(answer.origin),
    }


def _effect(score: IndicatorScore) -> dict[str, Any]:
    shown = None if score.score is None else two(score.score)
    return {"standing": score.standing.value, "score": shown, "star": score.star}


def _finding(catalog: Catalog, finding: Finding) -> dict[str, Any]:
    zh, en = word_finding(finding, "zh"), word_finding(finding, "en")
    return {
        "code": finding.code,
        "severity": severity(finding.code).value,
        "points": two(stake_of(catalog, finding)),
        "explanation": finding.explanation or None,
        "department": finding.department or None,
        "indicator": finding.indicator or None,
        "figure": finding.figure or None,
        **_origin(finding.origin),
        "parameters": dict(finding.parameters),
        "zh": {"found": zh.found, "expected": zh.expected, "remedy": zh.remedy},
        "en": {"found": en.found, "expected": en.expected, "remedy": en.remedy},
    }
