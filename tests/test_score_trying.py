"""Other answers tried in place of those that stand: the same as if they had been given."""

from __future__ import annotations

from fractions import Fraction

import pytest
from random_systems import roll_system
from tried_rounds import SYSTEMS, draw_all, free_slots, merged, seeded, system

from smartcity_xl.model import Scores, Standing
from smartcity_xl.score.scoring import score_merged
from smartcity_xl.score.trying import Trial, offer_trials, score_trial

CN = system("cn-2018")
TABLE = "tertiary_hospitals"
(MEAN,) = CN.means_of[TABLE]


def compared(scores: Scores) -> object:
    return (
        scores.total, scores.apart, scores.final, scores.assessed,
        [(one.indicator.code, one.score, one.mark, one.points, one.star, one.standing) for one in scores.indicators],
    )  # fmt: skip


@pytest.mark.parametrize("name", SYSTEMS)
def test_what_is_tried_scores_as_if_it_had_been_given(name: str) -> None:
    catalog, rng = system(name), seeded(name)
    for _ in range(4):
        given, tried = (draw_all(free_slots(catalog), rng, share) for share in (0.9, 0.3))
        scores = score_trial(catalog, merged(catalog, given), Trial(tried))
        assert compared(scores) == compared(score_merged(catalog, merged(catalog, given | tried)))


def test_in_random_systems_too() -> None:
    for number in range(20):
        rolled, rng = roll_system(f"tried {number}"), seeded(f"tried {number}")
        tried = draw_all(rolled.catalog.slots, rng, 0.5)
        scores = score_trial(rolled.catalog, rolled.merged, Trial(tried))
        expected = merged(rolled.catalog, {**rolled.given, **tried})
        assert compared(scores) == compared(score_merged(rolled.catalog, expected))


def test_nothing_tried_changes_nothing() -> None:
    given = merged(CN, draw_all(free_slots(CN), seeded("nothing"), 1))
    assert score_trial(CN, given, Trial()) == score_merged(CN, given)


def mark_of_table(trial: Trial) -> Fraction | None:
    (code,) = CN.used_by[TABLE]
    scores = score_trial(CN, merged(CN, {}), trial)
    (one,) = [score for score in scores.indicators if score.indicator.code == code]
    assert (one.standing is Standing.SETTLED) == (one.mark is not None)
    return one.mark


def test_rows_of_a_table_and_their_mean_come_to_the_same() -> None:
    rows = [{"record_reads": Fraction(1), "outpatient_visits": Fraction(4)},
            {"record_reads": Fraction(3), "outpatient_visits": Fraction(4)}]  # fmt: skip
    by_rows, by_mean = mark_of_table(Trial(tables={TABLE: rows})), mark_of_table(Trial(means={MEAN: Fraction(1, 2)}))
    assert by_rows == by_mean is not None
    assert mark_of_table(Trial(tables={TABLE: []})) == mark_of_table(Trial(means={MEAN: Fraction(0)}))
    assert mark_of_table(Trial()) is None


def test_a_figure_that_there_is_none_of_is_the_callers_mistake() -> None:
    with pytest.raises(KeyError):
        score_trial(CN, merged(CN, {}), Trial({"nothing": Fraction(1)}))


def test_a_table_is_tried_by_its_aggregate_and_what_the_text_fixes_is_not() -> None:
    trials = offer_trials(CN)
    slot = trials.slots[TABLE]
    assert (slot.minimum, slot.maximum, slot.unit, slot.none) == (0, 1, "小数", 0)
    assert trials.trial({TABLE: Fraction(1, 2)}) == Trial(means={MEAN: Fraction(1, 2)})
    fixed = {key for key, one in CN.slots.items() if one.fixed is not None}
    assert fixed
    assert not fixed & set(trials.slots)
    assert set(trials.slots) | fixed == set(CN.slots) | {TABLE}
