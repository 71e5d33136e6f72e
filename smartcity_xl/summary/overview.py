"""The first page: what a leader reads in a minute, and prints on one sheet."""

from __future__ import annotations

from fractions import Fraction

from smartcity_xl.catalog.score_tree import APART, TOTAL
from smartcity_xl.messages import label
from smartcity_xl.results.open import count_findings
from smartcity_xl.results.record import RangeRecord
from smartcity_xl.results.shown import result_words, two
from smartcity_xl.rules.exact import round_half_up
from smartcity_xl.score.formulas import node_formula
from smartcity_xl.summary.backed import write_evidenced
from smartcity_xl.summary.constellation import write_levels, write_reached
from smartcity_xl.summary.dimensions import left_out, write_dimensions
from smartcity_xl.summary.front import CODE, LAST, LINE, NAME, NUMBERS, Front
from smartcity_xl.summary.losses import write_below, write_losses, write_strengths
from smartcity_xl.summary.places import spot
from smartcity_xl.summary.waiting import signed, write_changes, write_waiting


def write_overview(front: Front) -> None:
    """One A4 page, upright: the result, its dimensions, where points were lost, and what is still open."""
    page, outcome = front.page, front.outcome
    title = label("overview.title", city=outcome.assignment.city, round=outcome.round)
    page.merged(0, 0, LAST, title, "title_centre")
    page.worksheet.set_row(0, 32)
    page.merged(1, 0, LAST - 1, outcome.catalog.title, "subtitle")
    page.text(1, LAST, label("contents.back"), "way", spot("contents", 0))
    at = _write_result(front, 3)
    front.section(at, label("overview.dimensions_stars" if front.stars else "overview.dimensions"))
    at = write_levels(front, at + 1) if front.stars else write_dimensions(front, at + 1)
    at = write_strengths(front, at) if outcome.catalog.graded else at
    at = write_below(front, at) if front.stars else write_losses(front, at)
    at = _write_counts(front, at)
    at = write_waiting(front, at)
    at = write_changes(front, at)
    if len(front.together) > 1:
        at = _write_together(front, at)
    if outcome.anchor:
        page.text(at, 0, label("overview.anchor"), "label")
        page.merged(at, 1, LAST, outcome.anchor, "cell")
    page.print_on_a4(landscape=False, head=None, footer=f"&L&A&R{label('word.page')}", one_page=True)
    page.worksheet.activate()


def _write_result(front: Front, at: int) -> int:
    """The total or the stars reached, the range, the round before; gives the next row."""
    outcome = front.outcome
    if outcome.catalog.graded:
        at = _write_total(front, at)
        at = write_evidenced(front, at)
    if front.stars:
        at = write_reached(front, at)
    at = _write_range(front, at)
    return _write_before(front, at)


def _write_total(front: Front, at: int) -> int:
    page, outcome, plan, scores = front.page, front.outcome, front.plan, front.outcome.scores
    page.text(at, CODE, label("overview.total"), "label")
    page.join(at, NAME, NUMBERS - 1, "big")
    page.formula(at, NAME, plan.seen[TOTAL], float(scores.total), "big", front.places.scores.get(TOTAL))
    state = label("overview.final" if scores.final else "overview.provisional")
    text = label("overview.state", state=state, assessed=two(scores.assessed), full=two(scores.full))
    if left_out(outcome) and scores.assessed:
        rate = round_half_up(100 * scores.total / scores.assessed)
        text += label("overview.left_out", assessed=two(scores.assessed), rate=two(rate))
    page.merged(at, NUMBERS, LAST, text, "cell")
    page.height(at, {NUMBERS: text}, least=36)
    beside = [dimension for dimension in scores.dimensions if dimension.dimension.apart]
    if not beside:
        return at + 1
    names = label("word.separator").join(dimension.dimension.name for dimension in beside)
    full, together = two(plan.tree.nodes[APART].full), two(scores.total + scores.apart)
    text = label("overview.apart_state", names=names, full=full, together=together)
    page.text(at + 1, CODE, label("overview.apart"), "label")
    page.join(at + 1, NAME, NUMBERS - 1, "score_bold")
    page.formula(at + 1, NAME, node_formula(plan.tree, APART, plan.seen), float(scores.apart), "score_bold")
    page.merged(at + 1, NUMBERS, LAST, text, "cell")
    page.height(at + 1, {NUMBERS: text}, least=LINE)
    return at + 2


def _write_range(front: Front, at: int) -> int:
    """Between which results the round can still end; gives the next row."""
    total, stars = front.record.total, front.record.stars
    if total and total.range:
        at = _write_line(front, at, "range", _word_range(total.range), label(f"overview.slack_{total.range.slack}"))
    if stars and stars.certain:
        target = str(stars.target)
        text = label("overview.stars_range", level=label(f"stars.level_{target}"), certain=stars.certain[target],
                     possible=stars.possible[target] - stars.certain[target],
                     out=sum(stars.counts.values()) + stars.unsettled - stars.possible[target])  # fmt: skip
        at = _write_line(front, at, "range", "", text)
    return at


def _word_range(span: RangeRecord) -> str:
    floor, ceiling = (label("overview.unlimited") if end is None else end for end in (span.floor, span.ceiling))
    return floor if span.certain else label("overview.from_to", floor=floor, ceiling=ceiling)


def _write_before(front: Front, at: int) -> int:
    """The round before, beside this one; gives the next row."""
    before, record = front.past.round, front.record
    if before is None:
        return at
    provisional = "" if before.final else label("overview.provisional_short")
    edition = (
        "" if before.version == record.catalog.version else label("overview.other_version", version=before.version)
    )
    if before.total and record.total:
        moved = signed(Fraction(record.total.score) - Fraction(before.total))
        text = label("overview.before_total", moved=moved, round=before.round, state=provisional) + edition
        return _write_line(front, at, "before", before.total, text)
    if before.stars and record.stars:
        target = record.stars.target
        level = label(f"stars.level_{target}")
        then, now = (sum(n for star, n in one.counts.items() if int(star) >= target) for one in
                     (before.stars, record.stars))  # fmt: skip
        text = label("overview.before_stars", round=before.round, level=level, then=then, now=now) + edition
        return _write_line(front, at, "before", "", text)
    return at


def _write_line(front: Front, at: int, name: str, value: str, text: str) -> int:
    page = front.page
    page.text(at, CODE, label(f"overview.{name}"), "label")
    if value:
        page.merged(at, NAME, NUMBERS - 1, value, "score_bold")
    page.merged(at, NUMBERS if value else NAME, LAST, text, "cell")
    page.height(at, {NUMBERS if value else NAME: text}, least=LINE)
    return at + 1


def _write_counts(front: Front, at: int) -> int:
    """How much came and how much is open in all."""
    page, outcome = front.page, front.outcome
    found = count_findings(outcome.findings)
    reported = sum(status.reported for status in outcome.departments)
    counts = {
        "reported": (label("overview.of", part=reported, whole=len(outcome.departments)), spot("departments", 0)),
        "errors": (str(found.errors), spot("findings", 0)),
        "queries": (str(found.queries), spot("findings", 0)),
        "explained": (str(found.explained), spot("findings", 0)),
        "files": (str(sum(receipt.status == "taken" for receipt in outcome.receipts)), spot("files", 0)),
        "refused": (str(sum(receipt.status == "rejected" for receipt in outcome.receipts)), spot("files", 0)),
    }
    front.section(at, label("overview.counts"))
    spans = ((0, 0), (1, 1), (2, 3), (4, 5), (6, 8), (9, 10))
    for (name, (text, to)), (first, last) in zip(counts.items(), spans, strict=True):
        page.merged(at + 1, first, last, label(f"overview.{name}"), "head")
        page.merged(at + 2, first, last, text, "centre", to)
    page.height(at + 1, {}, least=LINE)
    page.height(at + 2, {}, least=LINE)
    return at + 3


def _write_together(front: Front, at: int) -> int:
    """What the same workbooks came to under each system of the round; never compared, their codes differ (E15)."""
    page = front.page
    front.section(at, label("overview.together"))
    for one in front.together:
        at += 1
        state = label("overview.final_short" if one.scores.final else "overview.provisional_short")
        page.merged(at, 0, NUMBERS + 3, one.catalog.title, "cell")
        page.merged(at, NUMBERS + 4, LAST, f"{result_words(one)}　{state}", "centre")
        page.height(at, {0: one.catalog.title}, least=LINE)
    return at + 1
