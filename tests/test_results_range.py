"""The record's ranges, points lost and steps, of the rehearsal city: what stands there, and where it is said."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from returned import write_returns

from smartcity_xl.mail.mailbox import DraftText
from smartcity_xl.messages import label
from smartcity_xl.model import Outcome, Standing
from smartcity_xl.results import Results, from_outcome, read_results, write_results
from smartcity_xl.results.open import OpenWork, Share, open_work
from smartcity_xl.results.record import RangeRecord
from smartcity_xl.run.collecting import assess
from smartcity_xl.run.wording import Told, word_reminder

INBOX = Path(__file__).parent.parent / "samples" / "inbox"
NOW = datetime(2019, 2, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return assess(INBOX)


@pytest.fixture(scope="module")
def record(outcome: Outcome) -> Results:
    return from_outcome(outcome)


def holds(reach: RangeRecord | None, score: str) -> bool:
    assert reach is not None
    assert reach.floor is not None
    assert reach.ceiling is not None
    return Fraction(reach.floor) <= Fraction(score) <= Fraction(reach.ceiling)


def test_as_reported_lies_in_the_range_of_every_level(record: Results) -> None:
    assert record.total is not None
    assert record.total.range is not None
    assert (record.total.range.certain, record.total.final) == (False, False)
    assert holds(record.total.range, record.total.score)
    for dimension in record.dimensions:
        assert holds(dimension.range, dimension.score)
        assert all(holds(category.range, category.score) for category in dimension.categories)


def test_what_is_settled_is_certain_and_what_is_open_is_not(record: Results) -> None:
    for one in record.indicators:
        assert one.range is not None
        assert one.range.certain == (one.standing is Standing.SETTLED), one.code
        assert one.range.slack == ""
        assert one.score is None or one.range.floor == one.score


def test_the_dearest_losses_stand_first_and_add_up(record: Results) -> None:
    lost = [Fraction(one.lost or 0) for one in record.lost]
    assert lost == sorted(lost, reverse=True)
    assert min(lost) > 0
    for one in record.indicators:
        assert (one.lost is None) == (one.points is None)
        assert one.points is None or Fraction(one.lost or 0) == Fraction(one.points_full) - Fraction(one.points)


def test_steps_are_said_as_what_would_have_to_be_true(record: Results) -> None:
    steps = [step for one in record.indicators for step in one.steps]
    assert len(steps) > 40
    for step in steps:
        assert step.zh.startswith("若")
        assert f" {step.gain} 分" in step.zh
        assert all(move.label in step.zh and move.zh_then in step.zh and move.zh_now in step.zh for move in step.moves)
        assert Fraction(step.gain or 0) > 0
    assert len(record.reach.steps) == 10
    assert record.reach.gain in record.reach.zh


def test_a_record_with_ranges_and_steps_is_read_as_it_was_written(record: Results) -> None:
    assert read_results(write_results(record)) == record


def test_a_departments_steps_stand_in_its_returned_workbook(outcome: Outcome, record: Results) -> None:
    works = {one.department: one for one in open_work([record])}
    returns = write_returns(outcome, records=[record])
    told = 0
    for one in returns[:4]:
        sheet = openpyxl.load_workbook(BytesIO(one.data), read_only=True)[label("sheet.notice")]
        said = {cell for row in sheet.iter_rows(values_only=True) for cell in row if cell}
        steps = works[one.department].steps
        assert set(steps) <= said
        assert (label("notice.steps") in said) == bool(steps)
        told += bool(steps)
    assert told >= 2


def test_a_letter_says_them_and_leaves_no_gap_where_there_are_none(record: Results) -> None:
    text = DraftText("s", "a\n\n{steps}\n\nb")
    entry = next(one for one in record.departments if one.reach.steps)
    some = OpenWork("a", "市a局", True, (Share("体系", True, 1, 1, "0.00", "0.00", entry.reach),))
    _, body = word_reminder(text, {}, Told(some, (), None, NOW, NOW))
    assert body.count("\n若") == 0
    assert body.split("\n")[2:-2] == list(some.steps)
    assert "不要为得分改数" in body
    none = OpenWork("a", "市a局", True, (Share("体系", True, 1, 1, "0.00", "0.00"),))
    assert word_reminder(text, {}, Told(none, (), None, NOW, NOW))[1] == "a\n\nb"


def test_with_several_systems_each_step_is_said_under_its_system(record: Results) -> None:
    reach = next(one.reach for one in record.departments if one.reach.steps)
    shares = tuple(Share(name, True, 1, 1, "0.00", "0.00", reach) for name in ("甲体系", "乙体系"))
    said = OpenWork("a", "市a局", True, shares).steps
    heads = [line for line in said if "体系》" in line]
    assert [line[4:9] for line in heads] == ["《甲体系》", "《乙体系》"]
