"""An outcome -> its record. The one place where the engine's values become what readers get."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from smartcity_xl.messages import severity, word_finding
from smartcity_xl.model import (
    Assignment,
    Catalog,
    CategoryScore,
    Conflict,
    Correction,
    Decision,
    DimensionScore,
    Effect,
    Finding,
    Indicator,
    IndicatorScore,
    Letter,
    Outcome,
    Receipt,
    Role,
    Scheme,
    TableAnswer,
)
from smartcity_xl.results import record as rec
from smartcity_xl.results.compose_answers import answer_place, compose_figures, state_answer
from smartcity_xl.results.compose_bounds import compose_range, compose_reach, count_reaching, look_around
from smartcity_xl.results.compose_material import compose_evidence, compose_people, compose_rulings, compose_written
from smartcity_xl.results.open import count_open
from smartcity_xl.results.shown import exact, two
from smartcity_xl.results.stars import below_target, count_levels, starred
from smartcity_xl.rules.itself import Itself
from smartcity_xl.score.stakes import concerns_of, indicators_at_stake, points_of, stake_of


def from_outcome(outcome: Outcome) -> rec.Results:
    """The record of what a run found out about one system. The same outcome gives the same record."""
    catalog, assignment = outcome.catalog, outcome.assignment
    return count_open(rec.Results(
        rec.SCHEMA,
        rec.CatalogRecord(catalog.id, catalog.version, catalog.title),
        rec.AssignmentRecord(assignment.id, assignment.title),
        assignment.city,
        outcome.round,
        assignment.deadline,
        _total(outcome),
        _stars(outcome),
        rec.SettingsRecord(catalog.settings.ratio_above_one, catalog.settings.rounding, catalog.settings.missing),
        tuple(_dimension(outcome, dimension) for dimension in outcome.scores.dimensions),
        tuple(compose_figures(outcome)),
        tuple(_conflict(outcome, conflict) for conflict in outcome.merged.conflicts),
        tuple(_decision(decision) for decision in outcome.merged.lapsed),
        tuple(_department(outcome, number) for number in range(len(outcome.departments))),
        tuple(_correction(outcome, correction) for correction in outcome.corrections),
        tuple(compose_finding(catalog, finding) for finding in outcome.findings),
        compose_evidence(outcome),
        tuple(map(compose_written, outcome.documents.written)),
        tuple(map(compose_people, outcome.people)),
        tuple(_file(receipt) for receipt in outcome.receipts),
        compose_rulings(outcome.rulings),
        _terms(assignment),
        compose_reach(outcome, outcome.steps.city if outcome.steps else None),
    ))  # fmt: skip


def _terms(assignment: Assignment) -> rec.TermsRecord:
    return rec.TermsRecord(
        assignment.period.as_text() if assignment.period else "", assignment.contacts_deadline, assignment.document,
        assignment.recipients, assignment.phone, assignment.mail, assignment.address,
    )  # fmt: skip


# --- scores ------------------------------------------------------------------------------------------------------


def _total(outcome: Outcome) -> rec.TotalRecord | None:
    scores = outcome.scores
    if not outcome.catalog.graded:
        return None
    apart = two(scores.apart) if any(d.dimension.apart for d in scores.dimensions) else None
    bounds = outcome.bounds
    return rec.TotalRecord(
        two(scores.total), two(scores.full), two(scores.assessed), scores.final, apart,
        compose_range(bounds.total) if bounds else None, compose_range(bounds.apart) if bounds and apart else None,
    )  # fmt: skip


def _stars(outcome: Outcome) -> rec.StarsRecord | None:
    """What a star system shows: counts, and the indicators below the target."""
    if outcome.catalog.scheme is not Scheme.STARS:
        return None
    scores = starred(outcome.scores.dimensions)
    counts = {str(level): number for level, number in count_levels(scores).items()}
    below = tuple(score.indicator.code for score in below_target(outcome))
    unsettled = sum(score.star is None for score in scores)
    return rec.StarsRecord(outcome.catalog.target, counts, unsettled, below, *count_reaching(outcome))


def _dimension(outcome: Outcome, score: DimensionScore) -> rec.DimensionRecord:
    dimension = score.dimension
    return rec.DimensionRecord(
        dimension.code, dimension.name, exact(dimension.weight) or "0", two(score.score), two(score.full),
        tuple(_category(outcome, one, dimension.apart) for one in score.categories),
        compose_range(outcome.bounds.dimensions[dimension.code] if outcome.bounds else None),
    )  # fmt: skip


def _category(outcome: Outcome, score: CategoryScore, apart: bool) -> rec.CategoryRecord:
    category = score.category
    return rec.CategoryRecord(
        category.code, category.name, exact(category.weight) or "0", two(score.score), two(score.full),
        tuple(_indicator(outcome, one, apart) for one in score.indicators),
        compose_range(outcome.bounds.categories[category.code] if outcome.bounds else None),
    )  # fmt: skip


def _indicator(outcome: Outcome, score: IndicatorScore, apart: bool) -> rec.IndicatorRecord:
    indicator, around = score.indicator, look_around(outcome, score, apart)
    weight, deduct_max, full, factor, stake = _say_indicator(Itself(outcome.catalog), Itself(indicator))
    return rec.IndicatorRecord(
        code=indicator.code,
        name=indicator.name,
        role=indicator.role,
        weight=weight,
        deduct_max=deduct_max,
        standing=score.standing,
        score=None if score.score is None else two(score.score),
        full=full,
        factor=factor,
        points=exact(score.points),
        points_full=exact(score.points_full) or "0",
        stake=stake,
        mark=exact(score.mark),
        parts={name: exact(value) or "0" for name, value in score.parts.items()},
        open=tuple(score.open),
        star=score.star,
        next_star=score.next_star.level if score.next_star else None,
        range=around.range,
        least_star=around.least_star,
        most_star=around.most_star,
        lost=around.lost,
        steps=around.steps,
    )


@lru_cache(maxsize=1_024)
def _say_indicator(
    catalog: Itself[Catalog], indicator: Itself[Indicator]
) -> tuple[str | None, str | None, str, str, str]:
    """What is said of an indicator in every city: its weight, the most that it deducts, its full marks, what a point of
    it is worth, and the points at stake."""
    one = indicator.one
    weighed = one.role is Role.SCORED and not one.starred
    return (
        exact(one.weight) if weighed else None, exact(one.deduct_max), two(one.full),
        exact(catalog.one.worth(one)) or "0", exact(points_of(catalog.one, one)) or "0",
    )  # fmt: skip


# --- conflicts and decisions -------------------------------------------------------------------------------------


def _conflict(outcome: Outcome, conflict: Conflict) -> rec.ConflictRecord:
    """Answers of which only one can be true, and what this system comes to under each of them."""
    chosen, trials = conflict.chosen, outcome.trials[conflict.subject]
    sides = tuple(
        rec.SideRecord(
            None if isinstance(answer := side.answers[0], TableAnswer) else exact(answer.value),
            tuple(answer_place(answer) for answer in side.answers),
            tuple(_trial(score) for score in scores.reading(outcome.catalog, conflict.figure)),
            two(scores.total) if outcome.catalog.graded else None,
        )
        for side, scores in zip(conflict.sides, trials, strict=True)
    )
    return rec.ConflictRecord(
        conflict.figure, conflict.department or None, rec.ConflictState(conflict.state),
        conflict.sides.index(chosen) + 1 if chosen else None,
        _decision(conflict.decision) if conflict.decision else None, sides,
    )  # fmt: skip


def _trial(score: IndicatorScore) -> rec.TrialRecord:
    shown = None if score.score is None else two(score.score)
    return rec.TrialRecord(score.indicator.code, score.standing, shown, exact(score.mark), score.star)


def _decision(decision: Decision) -> rec.DecisionRecord:
    at = decision.origin
    return rec.DecisionRecord(decision.figure, decision.said, decision.reason, decision.who, at.file, at.sheet, at.cell)


# --- departments, corrections, findings, files -------------------------------------------------------------------


def _department(outcome: Outcome, number: int) -> rec.DepartmentRecord:
    """What is open of it is counted once the record is whole."""
    status = outcome.departments[number]
    people = [one.people for one in outcome.submissions if one.department == status.department.key]
    return rec.DepartmentRecord(
        status.department.key, status.department.name, status.reported, tuple(status.files), status.asked,
        status.filled, tuple({key: value for key, value in entry.items() if value} for entry in people),
        0, 0, two(0 * status.held.points), two(status.held.points), tuple(status.held.indicators),
        compose_reach(outcome, outcome.steps.departments.get(status.department.key) if outcome.steps else None),
    )  # fmt: skip


def _correction(outcome: Outcome, correction: Correction) -> rec.CorrectionRecord:
    """What a workbook changed that replaced another; sides are empty where the cell was blank."""
    changes = tuple(
        rec.ChangeRecord(
            change.slot, outcome.catalog.label(change.slot), change.item or None,
            tuple(map(state_answer, change.before)), tuple(map(state_answer, change.after)),
        )
        for change in correction.changes
    )  # fmt: skip
    return rec.CorrectionRecord(
        correction.department, rec.Replaced(correction.by), tuple(correction.earlier),
        tuple(correction.later), two(correction.total_before), two(correction.total_after), changes,
        tuple(map(_effect, correction.effects)),
    )  # fmt: skip


def _effect(effect: Effect) -> rec.EffectRecord:
    before, after = (
        rec.StandingRecord(score.standing, None if score.score is None else two(score.score), score.star)
        for score in (effect.before, effect.after)
    )
    return rec.EffectRecord(effect.after.indicator.code, before, after)


def compose_finding(catalog: Catalog, finding: Finding) -> rec.FindingRecord:
    zh, en = (word_finding(finding, language) for language in ("zh", "en"))
    at = finding.origin
    return rec.FindingRecord(
        code=finding.code,
        severity=severity(finding.code),
        points=two(stake_of(catalog, finding)),
        indicators=tuple(one.code for one in indicators_at_stake(catalog, concerns_of(finding))),
        explanation=finding.explanation or None,
        department=finding.department or None,
        indicator=finding.indicator or None,
        figure=finding.figure or None,
        file=at.file,
        sheet=at.sheet,
        cell=at.cell,
        parameters=dict(finding.parameters),
        zh=rec.WordingRecord(zh.found, zh.expected, zh.remedy),
        en=rec.WordingRecord(en.found, en.expected, en.remedy),
    )


def _file(receipt: Receipt) -> rec.FileRecord:
    reasons: Sequence[Finding] = receipt.findings if receipt.status != "taken" else ()
    return rec.FileRecord(
        receipt.parcel, receipt.sha256 or None, rec.FileStatus(receipt.status), receipt.department or None,
        tuple(finding.code for finding in reasons), receipt.container or None,
        _mail(receipt.letter) if receipt.letter else None,
    )  # fmt: skip


def _mail(letter: Letter) -> rec.MailRecord:
    return rec.MailRecord(
        letter.message_id, letter.sender, letter.sender_name, letter.subject,
        letter.dated.isoformat() if letter.dated else None,
        letter.received.isoformat() if letter.received else None,
        letter.automatic or None, tuple(letter.undelivered), tuple(letter.clouds), dict(letter.authentication),
    )  # fmt: skip
