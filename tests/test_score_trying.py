"""Other answers tried in place of those that stand: the same as if they had been given."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from random_systems import roll_system

from smartcity_xl.catalog.aggregates import means_of
from smartcity_xl.catalog.load import load_catalog
from smartcity_xl.model import Catalog, Merged, MergedSlot, MergedTable, Scores, Standing
from smartcity_xl.score.scoring import score_merged
from smartcity_xl.score.trying import Trial, score_trial

SYSTEMS = ("cn-2016", "cn-2018", "db37-3890-zhangqiu", "db37-3890-zoucheng", "gbt33356-2022-city",
           "gbt33356-2022-county")  # fmt: skip
CN = load_catalog("cn-2018")
TABLE = "tertiary_hospitals"
(MEAN,) = means_of(CN, TABLE)


def drawn(catalog: Catalog, rng: random.Random) -> dict[str, Fraction]:
    """A value for every slot that is not fixed, small ones as likely as large ones."""
    found = {}
    for slot in catalog.slots.values():
        if slot.fixed is None:
            top = len(slot.options) if slot.options else min(int(slot.maximum), 10 ** rng.randint(1, 7))
            found[slot.key] = Fraction(rng.randint(1 if slot.options else 0, top))
    return found


def merged(catalog: Catalog, given: dict[str, Fraction]) -> Merged:
    held = {key: slot.fixed if slot.fixed is not None else given.get(key) for key, slot in catalog.slots.items()}
    slots = {
        key: MergedSlot(key, Standing.MISSING if value is None else Standing.SETTLED, value, (), ())
        for key, value in held.items()
    }
    tables = {key: MergedTable(key, Standing.MISSING, None, ()) for key, f in catalog.figures.items() if f.columns}
    return Merged(slots, tables, ())


def compared(scores: Scores) -> object:
    return (
        scores.total, scores.apart, scores.final, scores.assessed,
        [(one.indicator.code, one.score, one.mark, one.points, one.star, one.standing) for one in scores.indicators],
    )  # fmt: skip


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_is_tried_scores_as_if_it_had_been_given(system: str) -> None:
    catalog, rng = load_catalog(system), random.Random(system)  # noqa: S311
    for _ in range(4):
        first, second = drawn(catalog, rng), drawn(catalog, rng)
        given = {key: value for key, value in first.items() if rng.random() < 0.9}
        tried = {key: value for key, value in second.items() if rng.random() < 0.3}
        scores = score_trial(catalog, merged(catalog, given), Trial(tried))
        assert compared(scores) == compared(score_merged(catalog, merged(catalog, given | tried)))


def test_in_random_systems_too() -> None:
    for number in range(20):
        rolled, rng = roll_system(f"tried {number}"), random.Random(number)  # noqa: S311
        tried = {key: Fraction(rng.randint(0, 100)) for key in rolled.catalog.slots if rng.random() < 0.5}
        scores = score_trial(rolled.catalog, rolled.merged, Trial(tried))
        expected = merged(rolled.catalog, {**rolled.given, **tried})
        assert compared(scores) == compared(score_merged(rolled.catalog, expected))


def test_nothing_tried_changes_nothing() -> None:
    given = merged(CN, drawn(CN, random.Random(1)))  # noqa: S311
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
