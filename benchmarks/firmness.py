"""How many cities a second arrays score, beside the exact engine; and ranks of counties under moved weights.

``python benchmarks/firmness.py`` prints a Markdown table. Cities are drawn by a die, and the totals of both are
compared on the way. Seconds are those of the processor.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import numpy as np

from smartcity_xl.catalog.load import catalog_ids, load_catalog
from smartcity_xl.catalog.score_tree import TOTAL, build_score_tree
from smartcity_xl.model import Catalog, Merged, MergedSlot, MergedTable, Standing
from smartcity_xl.score.arrays import answers_of, value_answers
from smartcity_xl.score.firm_ranks import rank_under_weights
from smartcity_xl.score.scoring import score_merged

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "helpers"))
from bounded_cities import draw_city

_Made = TypeVar("_Made")
CITIES, TIMES, COUNTIES = 200, 250, 100


def drawn(catalog: Catalog, rng: random.Random) -> Merged:
    """A city's answers, one in fifty of them missing."""
    slots = {
        key: MergedSlot(key, Standing.MISSING, None, (), ())
        if rng.random() < 0.02
        else MergedSlot(key, Standing.SETTLED, value, (), ())
        for key, value in draw_city(catalog, rng).items()
    }
    tables = {key: MergedTable(key, Standing.MISSING, None, ()) for key, f in catalog.figures.items() if f.columns}
    return Merged(slots, tables, ())


def timed(job: Callable[[], _Made]) -> tuple[_Made, float]:
    start = time.process_time()
    made = job()
    return made, time.process_time() - start


def main() -> None:
    print("| system | exact, cities/s | arrays, cities/s | times | left to the exact engine | totals that differ |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name in catalog_ids():
        catalog, rng = load_catalog(name), random.Random(name)
        cities, tree = [drawn(catalog, rng) for _ in range(CITIES)], build_score_tree(catalog)
        exact, slow = timed(lambda catalog=catalog, cities=cities: [score_merged(catalog, one) for one in cities])
        answers = answers_of(catalog, cities * TIMES)
        found, fast = timed(lambda tree=tree, answers=answers: value_answers(tree, answers))
        told = np.array([float(one.total) for one in exact] * TIMES)
        differ = int((found.value(TOTAL) != told).sum())
        print(
            f"| {name} | {CITIES / slow:,.0f} | {CITIES * TIMES / fast:,.0f} | {TIMES * slow / fast:,.0f} "
            f"| {found.settled} | {differ} |"
        )
    print("\n| ranks of 100 counties, 10,000 draws | seconds |\n| --- | ---: |")
    for name in catalog_ids():
        catalog, rng = load_catalog(name), random.Random(name)
        if catalog.graded:
            marks = [
                {one.code: Fraction(rng.randint(0, 5) if one.starred else rng.randint(0, 100))
                 for one in catalog.indicators} for _ in range(COUNTIES)
            ]  # fmt: skip
            _, spent = timed(lambda catalog=catalog, marks=marks: rank_under_weights(catalog, marks))
            print(f"| {name} | {spent:.1f} |")


if __name__ == "__main__":
    main()
