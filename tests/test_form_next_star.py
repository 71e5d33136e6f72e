"""What is missing to the next star, as a department's workbook shows it while it is filled."""

from __future__ import annotations

from fractions import Fraction

import pytest
from answered_forms import ISSUE, give, one_for_all
from hand_worked import CATALOGS
from whole_cities import STAR_SYSTEMS

from smartcity_xl.books.live import Live, text
from smartcity_xl.books.pages import Book
from smartcity_xl.form.map import COLUMNS, SCORES, TemplatePlan, column, plan_template
from smartcity_xl.form.template import write as writing
from smartcity_xl.form.template.given import Given, hold_entries
from smartcity_xl.messages import words
from smartcity_xl.model import IndicatorScore, Standing
from smartcity_xl.score.next_star import describe_next
from smartcity_xl.score.scoring import find_next_star


def pages(system: str, mood: str) -> tuple[Book, TemplatePlan, Given]:
    """A workbook as it is being written, with all its cells."""
    catalog, assignment = CATALOGS[system], one_for_all(system)
    department = next(d for d in assignment.departments if len(list(assignment.figures_for(d))) > 1)
    plan, given = (
        plan_template(catalog, assignment, department, words("sheet")),
        give(system, assignment, department, mood),
    )
    book = writing.lay_out(plan, ISSUE.round, returned=False).book
    hold_entries(book, given)
    return book, plan, given


@pytest.mark.parametrize("mood", ["filled", "faulty"])
@pytest.mark.parametrize("system", STAR_SYSTEMS)
def test_the_sheet_says_what_the_summary_says(system: str, mood: str) -> None:
    """The same words about the same numbers, indicator by indicator."""
    book, plan, _ = pages(system, mood)
    scores, figures, said = book.marked[SCORES], book.marked["figures"], 0
    for row in plan.scores:
        indicator = row.indicator
        if not indicator.starred or not row.visible:
            continue
        shown = scores.seen(row.row, column(SCORES, "next")).value
        star = scores.seen(row.row, column(SCORES, "score")).value
        if not isinstance(star, Fraction):
            assert shown == ""
            continue
        at = column("figures", "number")
        slots = [slot.key for figure in plan.catalog.figures_of[indicator.code] for slot in figure.slots]
        values = {key: Fraction(str(figures.seen(plan.row_of[key].row, at).value)) for key in slots}
        above = find_next_star(indicator, int(star), values, {})
        score = IndicatorScore(indicator, Standing.SETTLED, None, star, {}, (), None, Fraction(0), int(star), above)
        assert shown == describe_next(plan.catalog, score)
        said += bool(shown)
    assert said > (15 if mood == "filled" else 2)


@pytest.mark.parametrize(
    ("system", "hidden", "shown"),
    [
        ("db37-3890-zoucheng", ["points", "points_full", "gap5"], ["next", "score", "how"]),
        ("db37-3890-zhangqiu", ["gap1"], ["next", "points", "points_full"]),
        ("cn-2018", ["next", "gap1"], ["points", "points_full", "full"]),
    ],
)
def test_columns_that_a_system_does_not_use_are_not_shown(system: str, hidden: list[str], shown: list[str]) -> None:
    book, _, _ = pages(system, "blank")
    widths = dict(zip(COLUMNS[SCORES], book.marked[SCORES].widths, strict=True))
    assert [name for name in hidden if widths[name]] == []
    assert [name for name in shown if not widths[name]] == []


@pytest.mark.parametrize("length", [0, 250, 251, 700])
def test_a_literal_of_a_formula_is_never_too_long(length: int) -> None:
    found = text("差" * length)
    assert (found.value, max(map(len, found.text.split("&"))) <= 255) == ("差" * length, True)
    assert (Live("A1", "甲") & found).value == "甲" + "差" * length
