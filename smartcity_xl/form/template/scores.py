"""The sheet of the live scores: each indicator that the department can see in full, and a clear word for the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import TypeAlias

from smartcity_xl.books.cells import reference
from smartcity_xl.books.identity import MARKER
from smartcity_xl.books.live import EMPTY, Live, Value, choose, count_from, is_number, quoted, round_to, text, total
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.catalog.score_tree import earns, full_points, indicator_nodes
from smartcity_xl.catalog.told import without_errata
from smartcity_xl.form.map import COLUMNS, FIGURES, SCORES, ScoreRow, ScoreSection, TemplatePlan, column
from smartcity_xl.messages import label
from smartcity_xl.model import Catalog, Indicator, Role, Scheme
from smartcity_xl.rules.exact import Rows, Values
from smartcity_xl.rules.formula import POINTS_PLACES, Cells, constant, percent
from smartcity_xl.rules.tree import Arithmetic, Extremum, Ladder, Mean, Node, Number, Rounded, walk
from smartcity_xl.rules.words import describe_rule
from smartcity_xl.score.formulas import result_formula, result_value, worth_formula, worth_value
from smartcity_xl.score.next_star import AsGiven, gaps_formula, next_formula

_WIDTHS: Mapping[str, float] = {
    "code": 10, "name": 28, "weight": 8, "score": 9, "full": 9, "points": 9, "points_full": 9, "state": 19, "how": 58,
    "next": 40,
}  # fmt: skip
_HEADINGS = tuple(_WIDTHS)
_GRADED, _STARRED = frozenset({"points", "points_full"}), frozenset({"next"})
"""Columns that are shown only where there are points to add up, or stars to reach."""
_STAR_HEADINGS = ("weight", "score", "full")
_NAMES_SHOWN = 3


def col(name: str) -> int:
    return column(SCORES, name)


def score_cell(page: Page, plan: TemplatePlan, code: str) -> Live:
    """The cell, as seen from another sheet, that holds an indicator's score."""
    row = next(score.row for score in plan.scores if score.indicator.code == code)
    return page.seen_afar(row, col("score"))


def visible_stars(section: ScoreSection) -> int:
    """Star indicators that the department can see in full."""
    return sum(score.visible and score.indicator.starred for score in section.scores)


def open_scores(book: Book, plan: TemplatePlan) -> Page:
    """The sheet; columns that no system of the department uses have no width."""
    systems = [section.system for section in plan.sections]
    graded, starred = any(one.graded for one in systems), any(one.scheme is Scheme.STARS for one in systems)
    unused = (_GRADED if not graded else frozenset()) | (_STARRED if not starred else frozenset())
    widths = {name: 0.0 if name in unused else width for name, width in _WIDTHS.items()}
    if starred:
        widths |= {"name": 24.0, "full": 9.0, "score": 8.0, "state": 16.0, "how": 40.0, "next": 36.0}
    return book.page(label("sheet.scores"), tuple(widths.get(name, 0.0) for name in COLUMNS[SCORES]))


def write_scores(page: Page, plan: TemplatePlan, footer: str, figures: Page, tables: Mapping[str, Page]) -> None:
    """``figures`` and ``tables`` hold the numbers already."""
    page.map_columns(MARKER + SCORES, COLUMNS[SCORES][1:])
    page.entitle(label("scores.title"), label("scores.hint"), _last(page))
    stars = all(section.system.scheme is Scheme.STARS for section in plan.sections)
    heads = {name: label(f"scores.{'star_' if stars and name in _STAR_HEADINGS else ''}{name}") for name in _HEADINGS}
    page.head_columns(3, {col(name): head for name, head in heads.items() if page.widths[col(name)]})
    for section in plan.sections:
        if section.head is not None:
            page.merged(section.head, 1, _last(page), section.system.title, "band")
            page.worksheet.set_row(section.head, 22)
        for score in section.scores:
            given = _given(plan, score, figures, tables)
            _write_score(page, plan, section.system, score, given)
            if section.system.scheme is Scheme.STARS:
                _write_next(page, plan, score, given)
        _write_total(page, plan, section)
    page.worksheet.freeze_panes(plan.FIRST_ROW, col("weight"))
    page.protect()
    page.print_on_a4(landscape=True, head=3, footer=footer)


def score_formula(
    catalog: Catalog, indicator: Indicator, cells: Cells, numbers: Iterable[str], count: int, otherwise: str
) -> str:
    """An indicator's score (or star level, or what is merely shown) once its ``count`` numbers all stand in the cells
    ``numbers`` (addresses or ranges)."""
    result = result_formula(catalog, indicator, cells)
    return f"IF(COUNT({','.join(numbers)})={count},{result},{quoted(otherwise)})"


def points_formula(catalog: Catalog, indicator: Indicator, cell: str) -> str:
    """The points of the total that stand behind the score (or star level) in a cell; empty while it has none."""
    return f'IF(ISNUMBER({cell}),{worth_formula(catalog, indicator, cell)},"")'


def counts(catalog: Catalog, indicator: Indicator) -> bool:
    """Whether the indicator counts for a total of points."""
    return catalog.graded and earns(indicator)


def explain(catalog: Catalog, indicator: Indicator) -> str:
    """How the indicator is scored, in words, with what the catalog notes about it."""
    _, *above = indicator_nodes(catalog, indicator)
    rule = describe_rule(indicator.rule, catalog.label, catalog.unit)
    text = _word_score(rule, above[0].expression if above else None)
    if indicator.role is Role.SHOWN:
        text = label("scores.rule_shown", rule=text)
    category = catalog.category_of[indicator.code]
    items = label("word.list").join(item.label for item in category.items)
    named = label("scores.items", items=items) if items else ""
    parts = (text, named, without_errata(indicator.note), without_errata(category.weights_open))
    return "\n".join(filter(None, parts))


def _word_score(rule: str, score: Node | None) -> str:
    """What becomes of a rule's result: the node above it, in words. Rounding goes without saying."""
    match score:
        case Rounded(unrounded):
            return _word_score(rule, unrounded)
        case Arithmetic("*", Number(weight), _):
            return label("scores.rule", rule=rule, weight=percent(weight))
        case Arithmetic("-", _, Rounded(Extremum("min", (Number(most), _))) | Extremum("min", (Number(most), _))):
            return label("scores.rule_deduction", rule=rule, points=constant(most))
        case Arithmetic("-"):
            return label("scores.rule_unlimited", rule=rule)
        case Ladder(_, points):
            levels = [(level, p.value) for level, p in enumerate(points) if isinstance(p, Number) and p.value]
            earned = (
                label("scores.level_points", level=str(level), points=constant(value))
                for level, value in reversed(levels)
            )
            return f"{rule}\n{label('word.list').join(earned)}"
    return rule


Complete: TypeAlias = tuple[Values, Mapping[str, Rows]]
"""The answers that an indicator's rule reads, all there: values and rows of tables."""


def _given(plan: TemplatePlan, score: ScoreRow, figures: Page, tables: Mapping[str, Page]) -> AsGiven:
    """What the workbook holds for an indicator, whenever it is asked; None while an answer is wanting."""
    if not score.visible:
        return lambda: None
    needed, at = plan.catalog.figures_of[score.indicator.code], column(FIGURES, "number")
    cells = [(slot.key, figures.seen(plan.row_of[slot.key].row, at).way) for f in needed for slot in f.slots]
    listed = [f.key for f in needed if f.columns]

    def now() -> Complete | None:
        values = {}
        for key, cell in cells:
            held = cell.find(())
            if not isinstance(held, Fraction):
                return None
            values[key] = held
        if not all(_is_whole(plan, key, tables[key]) for key in listed):
            return None
        return values, {key: list(_rows(plan, key, tables[key])) for key in listed}

    return now


def _is_whole(plan: TemplatePlan, key: str, page: Page) -> bool:
    """Whether a table's aggregates are known."""
    table = plan.table(key)
    return all(isinstance(page.seen(table.TOTALS_ROW, table.mean_column(one)).value, Fraction) for one in table.means)


def _rows(plan: TemplatePlan, key: str, page: Page) -> Iterator[Mapping[str, Fraction]]:
    """The rows of a table that are whole."""
    table = plan.table(key)
    for row in table.rows:
        if page.seen(row, table.column("state")).value == 1:
            cells = {c.key: page.seen(row, table.column(c.key)).value for c in table.figure.columns}
            yield {name: value for name, value in cells.items() if isinstance(value, Fraction)}


def _cells(plan: TemplatePlan) -> Cells:
    sheet, number = label("sheet.figures"), column(FIGURES, "number")

    def mean(node: Mean) -> str:
        table = plan.table(node.table)
        return reference(table.sheet, table.TOTALS_ROW, table.mean_column(node))

    return Cells(
        slot=lambda key: reference(sheet, plan.row_of[key].row, number),
        items=lambda key: tuple(item.key for item in plan.catalog.figures[key].items),
        mean=mean,
    )


def numbers_needed(plan: TemplatePlan, indicator: Indicator) -> tuple[list[str], int]:
    """The cells that must all hold a number before the indicator has a score: ranges, and how many cells they are."""
    sheet, number, cells = label("sheet.figures"), column(FIGURES, "number"), _cells(plan)
    rows = [plan.row_of[slot.key].row for f in plan.catalog.figures_of[indicator.code] for slot in f.slots]
    ranges = list(column_ranges(sheet, number, rows))
    means = list(dict.fromkeys(cells.mean(node) for node in walk(indicator.rule) if isinstance(node, Mean)))
    return ranges + means, len(rows) + len(means)


def column_ranges(sheet: str, at: int, rows: Iterable[int]) -> Iterable[str]:
    """Rows of one column as references from another sheet, neighbours drawn together."""
    runs: list[list[int]] = []
    for row in sorted(rows):
        if runs and runs[-1][-1] + 1 == row:
            runs[-1].append(row)
        else:
            runs.append([row])
    for run in runs:
        first, last = reference(sheet, run[0], at), reference(sheet, run[-1], at).partition("!")[2]
        yield first if len(run) == 1 else f"{first}:{last}"


def locked_score(plan: TemplatePlan, indicator: Indicator) -> str:
    """The formula of an indicator that the department can see in full."""
    numbers, count = numbers_needed(plan, indicator)
    return score_formula(plan.catalog, indicator, _cells(plan), numbers, count, label("scores.pending"))


def _write_score(page: Page, plan: TemplatePlan, system: Catalog, score: ScoreRow, given: AsGiven) -> None:
    indicator, at = score.indicator, score.row
    how = explain(plan.catalog, indicator)
    page.text(at, 0, indicator.code, "plain")
    page.text(at, col("code"), indicator.code, "centre")
    page.text(at, col("name"), indicator.name)
    write_worth(page, at, col("weight"), system, indicator)
    if indicator.starred:
        page.number(at, col("full"), indicator.levels[0][0], "star")
    elif system.scheme is Scheme.STARS:
        page.blank(at, col("full"), "centre")
    else:
        page.number(at, col("full"), float(indicator.full), "score")
    page.text(at, col("how"), how, "small")
    others = label("word.separator").join(plan.assignment.name(d) for d in score.others[:_NAMES_SHOWN])
    if len(score.others) > _NAMES_SHOWN:
        others = label("scores.many", names=others, number=len(score.others))
    if score.visible:
        pending = label("scores.pending")

        def result() -> Value:
            held = given()
            return pending if held is None else result_value(plan.catalog, indicator, *held)

        page.live(
            at, col("score"), Live(locked_score(plan, indicator), result), "star" if indicator.starred else "score"
        )
        cell = page.seen(at, col("score"))
        if counts(system, indicator):
            page.live(at, col("points"), _points(plan.catalog, indicator, cell), "points")
        else:
            page.blank(at, col("points"), "centre")
        state = label("scores.must_agree", others=others) if score.others else ""
        done, join = label("scores.done"), "；" if state else ""
        page.live(at, col("state"), choose(is_number(cell), text(done + join + state), text(pending + join + state)))
        state = done + join + state
        if counts(system, indicator):
            page.number(at, col("points_full"), float(full_points(plan.catalog, indicator)), "points")
        else:
            page.blank(at, col("points_full"), "centre")
    else:
        state = label("scores.shared", others=others)
        page.text(at, col("score"), "—", "centre")
        page.blank(at, col("points"), "centre")
        page.text(at, col("state"), state)
        page.blank(at, col("points_full"), "centre")
    page.height(at, {col("name"): indicator.name, col("state"): state, col("how"): how})


def _points(catalog: Catalog, indicator: Indicator, shown: Live) -> Live:
    """``points_formula`` with its value."""

    def worth() -> Value:
        score = shown.value
        return worth_value(catalog, indicator, score) if isinstance(score, Fraction) else None

    return choose(is_number(shown), Live(worth_formula(catalog, indicator, shown.text), worth), EMPTY)


def _write_next(page: Page, plan: TemplatePlan, score: ScoreRow, given: AsGiven) -> None:
    """What is missing to the next star; the gaps of each level stand in hidden cells of their own."""
    indicator, at, place = score.indicator, score.row, col("next")
    if not score.visible or not indicator.starred:
        page.blank(at, place, "small")
        return
    star, gaps = page.seen(at, col("score")), {}
    for level, _ in indicator.levels:
        found = gaps_formula(plan.catalog, indicator, level, _cells(plan), given)
        page.live(at, col(f"gap{level}"), choose(is_number(star), found, EMPTY), "plain")
        gaps[level] = page.seen(at, col(f"gap{level}"))
    said = choose(is_number(star), next_formula(indicator, star, gaps), EMPTY)
    page.live(at, place, said, "small")
    page.make_room(at, place, said)


def _last(page: Page) -> int:
    """The last column that is shown."""
    return max(at for at, width in enumerate(page.widths) if width)


def write_worth(page: Page, row: int, column: int, catalog: Catalog, indicator: Indicator) -> None:
    """The cell that says what an indicator weighs."""
    said, style = worth_of(catalog, indicator)
    if isinstance(said, str):
        page.text(row, column, said, style)
    else:
        page.number(row, column, said, style)


def worth_of(catalog: Catalog, indicator: Indicator) -> tuple[str | float, str]:
    """What an indicator weighs, and in what style: its share, ★, or that it deducts or is only shown."""
    if indicator.deducts:
        return label("scores.deduction"), "centre"
    if indicator.role is Role.SHOWN:
        return label("scores.shown"), "centre"
    if catalog.scheme is Scheme.STARS:
        return "★" if indicator.leading else "", "centre"
    return float(indicator.weight), "percent"


def _write_total(page: Page, plan: TemplatePlan, section: ScoreSection) -> None:
    if not section.system.graded:
        return _write_stars_total(page, section)
    at, points = section.total, col("points")
    page.merged(at, 1, col("full"), label("scores.sum"), "bold_cell")
    rows = range(section.scores[0].row, section.scores[-1].row + 1)
    for place in (points, col("points_full")):
        page.live(at, place, round_to(total(page.area(rows, place)), POINTS_PLACES), "score_bold")
    for name in ("state", "how"):
        page.blank(at, col(name), "bold_cell")
    page.worksheet.set_row(at, 22)


def _write_stars_total(page: Page, section: ScoreSection) -> None:
    """How many of the department's indicators reach the target: there is nothing to add up."""
    at, target = section.total, section.system.target
    page.merged(at, 1, col("weight"), label("scores.reached", target=label(f"stars.level_{target}")), "bold_cell")
    rows = range(section.scores[0].row, section.scores[-1].row + 1)
    page.live(at, col("score"), count_from(page.area(rows, col("score")), target), "star_bold")
    page.number(at, col("full"), visible_stars(section), "star_bold")
    for name in ("points", "points_full", "state", "how", "next"):
        page.blank(at, col(name), "bold_cell")
    page.worksheet.set_row(at, 22)
