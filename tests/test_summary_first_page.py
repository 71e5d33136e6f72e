"""The first page beside the last collection and the round before, and with the certain range."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from msgspec.structs import replace
from summaries import SAMPLES

from smartcity_xl.catalog.score_tree import TOTAL, Height, name_of
from smartcity_xl.ledger import Keeping
from smartcity_xl.messages import label
from smartcity_xl.model import Bounds, IndicatorBounds, Outcome, ScoreBounds, Slack
from smartcity_xl.results import from_outcome, read_results, write_results
from smartcity_xl.results.changes import compare
from smartcity_xl.results.past import Past
from smartcity_xl.results.previous import previous_values
from smartcity_xl.run.collecting import assess, collect
from smartcity_xl.summary import write_summary
from smartcity_xl.summary.breakdown import plan_breakdown

FIRST, SECOND = "05-市卫生健康委.xlsx", "06-市教育局.xlsx"


@pytest.fixture(scope="module")
def samples_outcome() -> Outcome:
    return assess(SAMPLES)


def texts(data: bytes, sheet: str = "overview") -> list[str]:
    page = openpyxl.load_workbook(io.BytesIO(data), data_only=True)[label(f"sheet.{sheet}")]
    return [str(cell.value) for row in page.iter_rows() for cell in row if cell.value is not None]


def gather(folder: Path, at: str, as_of: str = "", out: str = "out") -> tuple[bytes, bytes]:
    """Summary and results of a collection at a moment."""
    collect(folder / "inbox", folder / out, keeping=Keeping(folder / "ledger", at, as_of))
    return tuple((folder / out / name).read_bytes() for name in (label("file.summary"), "results.json"))  # type: ignore[return-value]


def put_in(folder: Path, name: str) -> None:
    (folder / "inbox").mkdir(exist_ok=True)
    (folder / "inbox" / name).write_bytes((SAMPLES / name).read_bytes())


def test_it_says_what_changed_since_the_collection_before_that_came_to_something_else(tmp_path: Path) -> None:
    put_in(tmp_path, FIRST)
    first, early = gather(tmp_path, "2026-11-01T00:00:00Z")
    assert label("overview.first_time") in texts(first)
    put_in(tmp_path, SECOND)
    second, late = gather(tmp_path, "2026-11-02T00:00:00Z")
    before, after = read_results(early), read_results(late)
    assert before.total
    assert after.total
    moved = Fraction(after.total.score) - Fraction(before.total.score)
    told = label("overview.total_moved", before=before.total.score, after=after.total.score,
                 moved=f"+{float(moved):.2f}")  # fmt: skip
    assert moved > 0
    assert told in texts(second)
    newly = label("overview.newly_reported", number=1, names="市教育局")
    assert any(newly in text for text in texts(second))
    again, _ = gather(tmp_path, "2026-11-03T00:00:00Z")
    assert again == second, "nothing has come: it says the same"
    then, _ = gather(tmp_path, "2026-11-04T00:00:00Z", "2026-11-02T12:00:00Z", "then")
    assert then == second, "and so it does looking back"


def test_without_a_ledger_nothing_is_said_to_be_the_first(samples_outcome: Outcome) -> None:
    shown = texts(write_summary(samples_outcome))
    assert label("overview.nothing_kept") in shown
    assert label("overview.first_time") not in shown


def test_nothing_changes_between_a_record_and_itself(samples_outcome: Outcome) -> None:
    record = from_outcome(samples_outcome)
    assert compare(record, record).nothing
    some = replace(record, departments=record.departments[:1], figures=(), conflicts=())
    changes = compare(some, record)
    assert not changes.nothing
    assert (changes.conflicts_new, changes.conflicts_settled) == (len(record.conflicts), 0)


def test_the_round_before_stands_beside_this_one_where_it_was_scored_under_the_same_system(
    samples_outcome: Outcome,
) -> None:
    record = from_outcome(samples_outcome)
    assert record.total
    earlier = replace(record, round="2017", total=replace(record.total, score="60.00", final=True))
    scores = previous_values(read_results(write_results(earlier))).scores
    shown = texts(write_summary(samples_outcome, (), record, Past(round=scores[record.catalog.id])))
    moved = Fraction(record.total.score) - 60
    line = label("overview.before_total", round="2017", state="", moved=f"{'+' if moved > 0 else ''}{float(moved):.2f}")
    assert {label("overview.before"), "60.00", line} <= set(shown)
    assert "其他系统" not in scores
    assert label("overview.before") not in texts(write_summary(samples_outcome, (), record, Past()))


def bounded(outcome: Outcome) -> ScoreBounds:
    """A range around every result: what it is, and what it could be at most."""
    scores = outcome.scores

    def around(value: Fraction | None, full: Fraction) -> Bounds:
        return Bounds(value or Fraction(0), max(full, value or full))

    indicators = {
        one.indicator.code: IndicatorBounds(
            around(one.mark, Fraction(100)), around(one.score, one.indicator.full), None
        )
        for one in scores.indicators
    }
    categories = {c.category.code: around(c.score, c.full) for d in scores.dimensions for c in d.categories}
    dimensions = {one.dimension.code: around(one.score, one.full) for one in scores.dimensions}
    total = Bounds(scores.total, Fraction(100), Slack.SHARED)
    return ScoreBounds(indicators, categories, dimensions, total, Bounds(Fraction(0), Fraction(0)))


def test_every_level_shows_its_certain_range(samples_outcome: Outcome) -> None:
    outcome = replace(samples_outcome, bounds=bounded(samples_outcome))
    record = from_outcome(outcome)
    data = write_summary(outcome, (), record)
    assert record.total
    assert record.total.range
    span = label("overview.from_to", floor=record.total.range.floor, ceiling="100.00")
    assert {span, label("overview.slack_shared"), label("overview.highest")} <= set(texts(data))
    plan = plan_breakdown(outcome)
    sheet = openpyxl.load_workbook(io.BytesIO(data), data_only=True)[label("sheet.breakdown")]

    def shown(node: str) -> tuple[object, object]:
        return tuple(sheet.cell(plan.rows[node] + 1, plan.at[at] + 1).value for at in ("lowest", "highest_reach"))  # type: ignore[return-value]

    assert shown(TOTAL) == (float(record.total.range.floor or 0), 100)
    for dimension in record.dimensions:
        assert dimension.range
        ends = dimension.range.floor, dimension.range.ceiling
        assert shown(name_of(Height.DIMENSION, dimension.code)) == tuple(float(end or 0) for end in ends)
    for indicator in record.indicators:
        assert indicator.range
        ends = indicator.range.floor, indicator.range.ceiling
        assert shown(name_of(Height.MARK, indicator.code)) == tuple(float(end or 0) for end in ends)
    assert "lowest" not in plan_breakdown(replace(samples_outcome, bounds=None)).at
