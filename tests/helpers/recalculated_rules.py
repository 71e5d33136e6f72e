"""Cases of every rule by the thousand, for the programs that recalculate them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

import office
import xlsxwriter

from smartcity_xl.books.cells import cell_name, column_name
from smartcity_xl.books.plain_formulas import PlainWorksheet
from smartcity_xl.catalog.load import load_assignment, load_catalog
from smartcity_xl.form.map import TemplatePlan, plan_template
from smartcity_xl.form.template import Issue, write_template
from smartcity_xl.form.template.scores import score_formula
from smartcity_xl.messages import label, words
from smartcity_xl.model import (
    Indicator,
    Kind,
    Slot,
)
from smartcity_xl.rules.exact import evaluate
from smartcity_xl.rules.formula import Cells, constant, render_node
from smartcity_xl.rules.tree import Band, Mean, Quotient, Reference, names_used, walk
from smartcity_xl.score.scoring import mark_indicator

HERE = Path(__file__).parent.parent
CATALOG = load_catalog("cn-2018")
ASSIGNMENT = load_assignment(CATALOG)
ISSUE = Issue("2018", "云溪市", "2019-02-20")
PENDING = label("scores.pending")
_0, _1 = Fraction(0), Fraction(1)
Values = dict[str, Fraction]
Rows = list[Values]


def plan_of(department: str) -> TemplatePlan:
    return plan_template(CATALOG, ASSIGNMENT, department, words("sheet"))


@cache
def blank(department: str) -> bytes:
    """A department's workbook as it is issued."""
    return write_template(CATALOG, ASSIGNMENT, department, ISSUE)


def seeded(name: str) -> random.Random:
    """Chance that is the same in every run."""
    return random.Random(name)  # noqa: S311


_STEP = {Kind.AREA: 10, Kind.LENGTH: 10, Kind.MONEY: 100, Kind.SHARE: 100, Kind.PERIOD: 4, Kind.POINTS: 100}
"""Kind -> the parts of one in which it is drawn; what is not here is whole."""


def snap(slot: Slot, value: Fraction) -> Fraction:
    """The value a figure of this kind can have that is nearest below, inside its range."""
    return snap_quotient(slot, value.numerator, value.denominator)


def snap_quotient(slot: Slot, numerator: int, denominator: int) -> Fraction:
    """As above, in whole numbers: fractions would take ten times as long, and this is asked a lot."""
    bounds = _BOUNDS.get(id(slot))
    if bounds is None or bounds[0] is not slot:
        bounds = _BOUNDS[id(slot)] = slot, *_bounds(slot.kind, slot.minimum, slot.maximum)
    _, step, least, most = bounds
    number = numerator * step
    size = abs(number) // denominator
    found = min(max(size if number >= 0 else -size, least), most)
    return Fraction(101, 100) if slot.kind is Kind.SHARE and 0 < found <= step else Fraction(found, step)


_BOUNDS: dict[int, tuple[Slot, int, int, int]] = {}
"""By the very slot: to hash a fraction takes longer than all the rest."""


def _bounds(kind: Kind, minimum: Fraction, maximum: Fraction) -> tuple[int, int, int]:
    """The parts of one in which a figure is drawn, and its range in such parts."""
    step = _STEP.get(kind, 1)
    least, most = minimum * step, maximum * step
    assert least.denominator == most.denominator == 1, (kind, minimum, maximum)
    return step, int(least), int(most)


def draw(rng: random.Random, slot: Slot) -> Fraction:
    """Any value, small ones as likely as large ones."""
    if slot.fixed is not None:
        return slot.fixed
    if slot.kind is Kind.CHOICE:
        return Fraction(rng.randint(1, len(slot.options)))
    if slot.maximum <= 100:
        return snap(slot, Fraction(rng.uniform(0, float(slot.maximum) + 0.999)))
    size, (part, whole) = 10 ** rng.randint(0, len(str(slot.maximum)) - 1), rng.random().as_integer_ratio()
    return snap_quotient(slot, size * part, whole)


def draw_part(rng: random.Random, slot: Slot, value: Fraction) -> Fraction:
    """Any part of a value."""
    part, whole = rng.random().as_integer_ratio()
    return snap_quotient(slot, value.numerator * part, value.denominator * whole)


def draw_edge(rng: random.Random, slot: Slot) -> Fraction:
    if slot.fixed is not None or slot.kind is Kind.CHOICE:
        return draw(rng, slot)
    return snap(slot, rng.choice([slot.minimum, slot.maximum, _0, _1, slot.maximum - 1, Fraction(rng.randint(0, 36))]))


def wholes_of(indicator: Indicator) -> set[str]:
    found = {slot.part_of for f in CATALOG.figures_of[indicator.code] for slot in (*f.slots, *f.columns)}
    for node in walk(indicator.rule):
        if isinstance(node, Quotient):
            found |= set(names_used(node.denominator))
    return {name.rpartition(".")[2] for name in found} - {""}


_ROUND_NUMBERS = [2**a * 5**b * c for a in range(9) for b in range(5) for c in (1, 3, 7, 11, 13, 37)]


def draw_answers(rng: random.Random, slots: Iterable[Slot], wholes: set[str], mood: str) -> Values:
    """Values for some slots. ``mood``: any, edge, or tie, whose denominators are such that ties are frequent."""
    slots = list(slots)
    values: Values = {}
    for slot in sorted(slots, key=lambda slot: slot.key not in wholes):  # wholes first
        whole = values.get(slot.part_of)
        if mood == "edge":
            value = draw_edge(rng, slot)
            if whole is not None:
                value = rng.choice([value, whole, whole, whole + 1, whole - 1, _0])
        elif mood == "tie" and slot.key in wholes and slot.fixed is None:
            scale = rng.choice([1, 1, 10, _STEP.get(slot.kind, 1)])
            value = Fraction(rng.choice(_ROUND_NUMBERS) * rng.choice([1, 1, rng.randint(1, 999)]), scale)
            value = rng.choice([value] * 5 + [_0])
        elif mood == "tie" and whole is None and slot.fixed is None and rng.random() < 0.5:
            value = draw_part(rng, slot, max(values.values(), default=_1))
        elif whole is not None and rng.random() > 0.05:
            value = draw_part(rng, slot, whole)
        else:
            value = _0 if slot.key in wholes and rng.random() < 0.03 else draw(rng, slot)
        values[slot.key] = slot.fixed if slot.fixed is not None else snap(slot, value)
    return values


@dataclass(frozen=True)
class Case:
    """One row: an indicator with its numbers, and what kind of case it is."""

    indicator: Indicator
    kind: str
    values: Values
    rows: Rows

    @cached_property
    def unrounded(self) -> Fraction:
        mark = evaluate(self.indicator.rule, self.values, dict.fromkeys(self.tables, self.rows)).value
        return mark if self.indicator.deduct_max is not None else self.indicator.weight * mark

    @property
    def tables(self) -> list[str]:
        return [figure.key for figure in CATALOG.figures_of[self.indicator.code] if figure.columns]

    @cached_property
    def expected(self) -> Fraction:
        mark = evaluate(self.indicator.rule, self.values, dict.fromkeys(self.tables, self.rows)).value
        return mark_indicator(self.indicator, mark)

    def __str__(self) -> str:
        shown = {key: constant(value) for key, value in self.values.items() if value} or self.rows
        return f"{self.indicator.code} ({self.kind}): {shown}"


def is_tie(value: Fraction) -> bool:
    return (200 * value).denominator == 1 and (200 * value) % 2 == 1


MAX_ROWS = 12
KINDS = {"any": 110, "edge": 60, "tie": 60, "step": 30, "near": 20, "nearest": 24}
"""Kind of case -> how many for each indicator. Ties, steps and near ties only where an indicator can have them."""


def answer_cases(rng: random.Random, indicator: Indicator, mood: str) -> Iterator[Case]:
    figures = CATALOG.figures_of[indicator.code]
    slots, wholes = [slot for figure in figures for slot in figure.slots], wholes_of(indicator)
    table = next((figure for figure in figures if figure.columns), None)
    while True:
        values = draw_answers(rng, slots, wholes, mood)
        number = rng.choice([1, 2, 4, 5, 8, 10]) if mood == "tie" else rng.randint(1, MAX_ROWS)
        rows = [draw_answers(rng, table.columns, wholes, mood) for _ in range(number)] if table else []
        yield Case(indicator, mood, values, rows)


def find_ties(rng: random.Random, indicator: Indicator, number: int) -> list[Case]:
    source = answer_cases(rng, indicator, "tie")
    found: list[Case] = []
    if not any(isinstance(node, Quotient) for node in walk(indicator.rule)):
        return found  # only a division comes to a tie
    for _ in range(100 * number):
        case = next(source)
        if is_tie(case.unrounded):
            found.append(case)
            if len(found) == number:
                break
    return found


def find_steps(rng: random.Random, indicator: Indicator, number: int) -> list[Case]:
    """Cases at, right below and right above the steps of the rule's bands."""
    source, found = answer_cases(rng, indicator, "any"), []
    bands = [node for node in walk(indicator.rule) if isinstance(node, Band)]
    for _ in range(number if bands else 0):
        values = dict(next(source).values)
        for band in bands:
            step, operand = rng.choice(band.steps), band.operand
            if isinstance(operand, Reference):
                key, target = operand.name, step.threshold
            else:
                (key,), (whole,) = names_used(operand.numerator), names_used(operand.denominator)
                values[whole] = snap(CATALOG.slots[whole], Fraction(rng.randint(1, 90)) * rng.choice([1, 10, 20]))
                target = step.threshold * values[whole]
            slot = CATALOG.slots[key]
            least = Fraction(1, _STEP.get(slot.kind, 1))
            values[key] = snap(slot, target + rng.choice([-least, _0, _0, least]))
        found.append(Case(indicator, "step", values, []))
    return found


def find_near(rng: random.Random, indicator: Indicator, number: int, nearest: bool) -> list[Case]:
    """Cases as near to a tie as one more or less in a numerator can bring them; ``nearest``: at the top of the range,
    where the distance falls below 1e-9, which real figures of that size reach by chance alone."""
    ratios = [
        (node.numerator.name, node.denominator.name)
        for node in walk(indicator.rule)
        if isinstance(node, Quotient) and isinstance(node.numerator, Reference)
        and isinstance(node.denominator, Reference)
    ]  # fmt: skip
    ratios = [(a, b) for a, b in ratios if a in CATALOG.slots and CATALOG.slots[b].fixed is None]
    if not ratios or any(isinstance(node, Band) for node in walk(indicator.rule)):
        return []
    source, found = answer_cases(rng, indicator, "any"), []
    for _ in range(50 * number):
        values = dict(next(source).values)
        a, b = rng.choice(ratios)
        part, whole = CATALOG.slots[a], CATALOG.slots[b]
        size = Fraction(rng.uniform(0.2, 1)) if nearest else Fraction(rng.random() ** 4)
        values[b] = snap(whole, max(size * min(whole.maximum, part.maximum), Fraction(20)))
        values[a] = snap(part, values[b] * Fraction(rng.random()))
        least = Fraction(1, _STEP.get(part.kind, 1))
        here = Case(indicator, "", values, []).unrounded
        slope = Case(indicator, "", values | {a: values[a] - least}, []).unrounded
        if slope == here:
            continue
        tie = Fraction(2 * int(100 * here) + 1, 200)
        values[a] = snap(part, values[a] + (tie - here) / (here - slope) * least) + rng.choice([_0, least])
        case = Case(indicator, "nearest" if nearest else "near", values, [])
        distance = abs(case.unrounded - tie)
        fits = distance < Fraction(1, 10**9) if nearest else Fraction(1, 10**9) <= distance < Fraction(1, 10**3)
        if distance and fits and values[a] <= values[b]:
            found.append(case)
            if len(found) == number:
                break
    return found


@cache
def make_cases() -> list[Case]:
    cases: list[Case] = []
    for indicator in CATALOG.indicators:
        rng = seeded(f"rules {indicator.code}")
        for mood in ("any", "edge"):
            source = answer_cases(rng, indicator, mood)
            cases += [next(source) for _ in range(KINDS[mood])]
        cases += find_ties(rng, indicator, KINDS["tie"])
        cases += find_steps(rng, indicator, KINDS["step"])
        cases += find_near(rng, indicator, KINDS["near"], nearest=False)
        cases += find_near(seeded(f"nearest {indicator.code}"), indicator, KINDS["nearest"], nearest=True)
    return cases


Render = Callable[[Indicator, Cells, list[str], int, str], str]
SCORE: Render = partial(score_formula, CATALOG)


def write_cases(path: Path, cases: list[Case], render: Render = SCORE) -> dict[tuple[str, str], Case]:
    """One sheet for each indicator, one row for each case; (sheet, address of the score) -> case."""
    book, where = xlsxwriter.Workbook(str(path)), {}
    for indicator in CATALOG.indicators:
        sheet, rendered = book.add_worksheet(indicator.code, PlainWorksheet), dict[str, str]()
        for row, case in enumerate(case for case in cases if case.indicator is indicator):
            address: dict[str, str] = {}
            for key, value in case.values.items():
                sheet.write_number(row, len(address), float(value))
                address[key] = f"{column_name(len(address))}{_ROW}"
            mean = _write_mean(sheet, case, row, len(address), rendered)
            if SCORE_COLUMN not in rendered:
                cells = Cells(
                    lambda key, address=address: address[key],
                    lambda key: tuple(item.key for item in CATALOG.figures[key].items),
                    lambda _, mean=mean: mean,
                )
                numbers = list(address.values()) + ([mean] if mean else [])
                rendered[SCORE_COLUMN] = "=" + render(indicator, cells, numbers, len(numbers), "?")
                rendered["of"] = " ".join(numbers)
            assert rendered["of"] == " ".join([*address.values(), *filter(None, [mean])])
            score = f"{SCORE_COLUMN}{row + 1}"
            sheet.write_formula(score, rendered[SCORE_COLUMN].replace(_ROW, str(row + 1)), None, office.SPOILT)
            where[indicator.code, score] = case
    book.close()
    return where


SCORE_COLUMN = "ZZ"
_ROW = "\N{SECTION SIGN}"
"""Stands for the number of the row in the formulas of an indicator, which differ in nothing else from case to case."""


def _write_mean(sheet: Any, case: Case, row: int, at: int, rendered: dict[str, str]) -> str:
    """A table's rows lie side by side, with a helper cell each, as on a table's own sheet; the mean's address."""
    means = [node for node in walk(case.indicator.rule) if isinstance(node, Mean)]
    if not means:
        return ""
    (mean,) = means
    helpers = at + len(case.rows[0]) * MAX_ROWS
    for number, values in enumerate(case.rows):
        first = at + len(values) * number
        for place, value in enumerate(values.values()):
            sheet.write_number(row, first + place, float(value))
        helper = column_name(helpers + number)
        if helper not in rendered:
            cells = {key: f"{column_name(first + place)}{_ROW}" for place, key in enumerate(values)}
            address = Cells(lambda key, cells=cells: cells[key.partition(".")[2]], lambda _: (), lambda _: "")
            rendered[helper] = "=" + render_node(mean.expression, address)
        formula = rendered[helper].replace(_ROW, str(row + 1))
        sheet.write_formula(row, helpers + number, formula, None, office.SPOILT)
    total = column_name(helpers + MAX_ROWS)
    span = f"{cell_name(row, helpers)}:{cell_name(row, helpers + MAX_ROWS - 1)}"
    sheet.write_formula(f"{total}{row + 1}", f"=AVERAGE({span})", None, office.SPOILT)
    return total + _ROW


def disagreements(values: office.Values, where: Mapping[tuple[str, str], Case]) -> list[str]:
    found = []
    for (sheet, address), case in where.items():
        shown = values[sheet].get(address)
        if shown != float(case.expected):
            found.append(
                f"{case}: shown {shown!r}, engine {constant(case.expected)}, exactly {float(case.unrounded)!r}"
            )
    return found
