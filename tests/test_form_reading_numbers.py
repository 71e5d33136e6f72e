"""A binary number is the decimal that a spreadsheet program shows: in values, whole numbers, ranges and thresholds, for
the engine, the live sheet and both programs alike."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import office
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from live_rows import live_cells, render_amount
from support import ASSIGNMENT, CATALOG, codes, edited, figures_sheet, filled, read, slot, value_cell

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.plain_formulas import PlainWorksheet
from smartcity_xl.books.values import FormulaCell, read_cell, read_date, read_number, show_cell
from smartcity_xl.catalog.load import load_catalog
from smartcity_xl.form.checks import check_submission
from smartcity_xl.form.template.live import RowCells, number_formula
from smartcity_xl.form.template.scores import score_formula
from smartcity_xl.model import Catalog, Indicator, Kind, Role, Slot
from smartcity_xl.office.survey.grids import as_text
from smartcity_xl.rules.exact import evaluate
from smartcity_xl.rules.formula import Cells
from smartcity_xl.rules.tree import Band, Comparison, Mean, Node, Number, Reference, Rule, names_used, walk
from smartcity_xl.score.scoring import mark_indicator

SYSTEMS = (
    "cn-2016", "cn-2018", "db37-3890-zhangqiu", "db37-3890-zoucheng", "gbt33356-2022-city", "gbt33356-2022-county",
)  # fmt: skip

# --- one number --------------------------------------------------------------------------------------------------

NUMBERS = [
    (1999.9999999999998, "2000"),
    (4.35 * 100, "435"),
    (110.00000000000001, "110"),
    (0.57 * 100, "57"),
    (0.1 + 0.2, "0.3"),
    (1.1 * 10_000, "11000"),
    (-1999.9999999999998, "-2000"),
    (99.99999999999999, "100"),
    (0.5699999999999999, "0.57"),
    # what is 15 digits or fewer is what it is
    (1999.99999999999, "1999.99999999999"),
    (434.9999999999, "434.9999999999"),
    (0.1, "0.1"),
    (12450.5, "12450.5"),
    (123456789012345.0, "123456789012345"),
    (7, "7"),
    (0.0, "0"),
    (-0.0, "0"),
]


@pytest.mark.parametrize(("stored", "meant"), NUMBERS)
def test_a_stored_number_is_the_one_that_is_shown(stored: float, meant: str) -> None:
    assert read_number(stored) == Fraction(meant)
    assert Fraction(show_cell(stored)) == Fraction(meant)
    assert Fraction(as_text(stored)) == Fraction(meant)  # a response to a survey
    assert read_cell(stored, slot(Kind.NUMBER, unit="")).value == Fraction(meant)
    assert read_cell(FormulaCell("=1", stored), slot(Kind.NUMBER, unit="")).value == Fraction(meant)


def test_a_number_without_end_or_bottom_is_none() -> None:
    assert [read_number(number) for number in (math.inf, -math.inf, math.nan)] == [None, None, None]
    assert read_number(10**400) is None  # no spreadsheet program holds it
    assert read_number(10**300) == 10**300
    assert read_number(5e-324) > 0


@given(st.decimals(-(10**9), 10**9, places=5), st.integers(-1, 1))
def test_a_typed_decimal_survives_a_step_of_the_last_binary_digit(typed: Any, step: int) -> None:
    number = float(typed)
    moved = math.nextafter(number, math.inf * step) if step else number
    assert read_number(moved) == Fraction(typed) or abs(typed) < 1e-300


def test_a_date_that_lost_its_format_is_the_day_that_is_shown() -> None:
    assert read_date(43464.99999999999999) == read_date(43465.0) == "2018-12-31"


def test_a_whole_number_that_was_computed_is_whole_and_counts() -> None:
    def edit(book: Any) -> None:
        figures_sheet(book)[value_cell("education", "schools_k12_total")].value = 434.99999999999994

    found = check_submission(CATALOG, ASSIGNMENT, read(edited(filled("education", schools_k12_total=1), edit)))
    assert "not-whole" not in codes(found.findings)
    assert found.answers["schools_k12_total"].value == 435
    assert found.answers["schools_k12_total"].raw == "435"


# --- every threshold of every catalog, one binary unit below, at and above ---------------------------------------


@dataclass(frozen=True)
class Border:
    """Numbers that bring an indicator to a threshold: slot -> what is stored in its cell."""

    catalog: Catalog
    indicator: Indicator
    stored: dict[str, float]
    at: str

    def engine(self) -> Fraction | None:
        """The indicator's score as the engine has it, None where an answer does not count."""
        values = {}
        for key, number in self.stored.items():
            slot_ = self.catalog.slots[key]
            value = read_cell(number, slot_).value if slot_.kind not in (Kind.YESNO, Kind.CHOICE) else Fraction(number)
            if value is None or not _may_be(slot_, value):
                return None
            values[key] = value
        found = evaluate(self.indicator.rule, values).value
        as_it_is = self.indicator.starred or self.indicator.role is Role.SHOWN
        return found if as_it_is else mark_indicator(self.indicator, found)

    def __str__(self) -> str:
        return f"{self.catalog.id} {self.indicator.code} {self.at}: {self.stored}"


def _may_be(slot_: Slot, value: Fraction) -> bool:
    if slot_.kind in (Kind.YESNO, Kind.CHOICE):
        return True
    doubtful = slot_.kind is Kind.SHARE and 0 < value <= 1
    return slot_.minimum <= value <= slot_.maximum and not doubtful and not (slot_.whole and value.denominator != 1)


def _borders(rule: Rule) -> Iterator[tuple[Node, Fraction]]:
    """What is compared in a rule, with each number that it is compared with."""
    for node in walk(rule):
        if isinstance(node, Band):
            yield from ((node.operand, step.threshold) for step in node.steps)
        elif isinstance(node, Comparison) and isinstance(node.right, Number):
            yield node.left, node.right.value


def _solve(rule: Rule, operand: Node, threshold: Fraction, values: dict[str, Fraction], key: str) -> Fraction | None:
    """The value of a slot at which the operand is at the threshold: it is linear in the slot, or in one over it."""

    def gap(value: Fraction) -> Fraction:
        return evaluate(Rule("", rule.parts, operand), values | {key: value}).value - threshold

    low, high, far = gap(Fraction(1)), gap(Fraction(2)), gap(Fraction(1000)) + threshold
    found = [1 - low / (high - low)] if low != high else []
    found += [1000 * far / threshold] if threshold else []
    return next((value for value in found if value > -1 and gap(value) == 0), None)


def _base(rng: random.Random, slot_: Slot) -> Fraction:
    if slot_.fixed is not None:
        return slot_.fixed
    if slot_.kind is Kind.YESNO:
        return Fraction(rng.randint(0, 1))
    if slot_.kind is Kind.CHOICE:
        return Fraction(rng.randint(1, len(slot_.options)))
    room = [n for n in (0, 1, 10, 20, 40, 50, 100, 200, 1000, 2000) if slot_.minimum <= n <= slot_.maximum]
    return Fraction(rng.choice(room)) if room else slot_.minimum


def _borders_of(catalog: Catalog, indicator: Indicator) -> Iterator[list[Border]]:
    """For each threshold, what brings the indicator there: one step of the last binary digit below it, at it, above."""
    slots = {s.key: s for figure in catalog.figures_of[indicator.code] for s in figure.slots}
    rng = random.Random(f"{catalog.id} {indicator.code}")  # noqa: S311 - the same in every run
    for operand, threshold in dict.fromkeys(_borders(indicator.rule)):
        if not any(s.numeric and s.fixed is None for k, s in slots.items() if k in _names(indicator.rule, operand)):
            continue  # ticks and choices are not computed
        slot_ = slots.get(operand.name) if isinstance(operand, Reference) else None
        if slot_ and threshold == slot_.none:
            continue  # said by a word, and below every number that may be typed
        found: list[Border] = []
        for _ in range(200):
            values = {key: _base(rng, s) for key, s in slots.items()}
            for key in (k for k in slots if k in _names(indicator.rule, operand)):
                value = (
                    None if slots[key].fixed is not None else _solve(indicator.rule, operand, threshold, values, key)
                )
                if value is None or slots[key].kind in (Kind.YESNO, Kind.CHOICE) or not _may_be(slots[key], value):
                    continue
                if Fraction(f"{float(value):.15g}") != value:
                    continue
                stored = {name: float(each) for name, each in values.items()}
                for steps in (-1, 0, 1):
                    number = math.nextafter(float(value), math.inf * steps) if steps else float(value)
                    found.append(Border(catalog, indicator, stored | {key: number}, f"{key} at {threshold}"))
            if found:
                break
        yield found


def _names(rule: Rule, operand: Node) -> set[str]:
    parts = dict(rule.parts)
    names: set[str] = set()
    queue = list(names_used(operand))
    while queue:
        name = queue.pop()
        names.add(name)
        queue += names_used(parts[name]) if name in parts else ()
    return names


@cache
def borders(system: str) -> list[Border]:
    catalog = load_catalog(system)
    every = [found for i in catalog.indicators for found in _borders_of(catalog, i)]
    assert all(every), "a threshold was not reached"
    return [border for found in every for border in found] + list(_limits(catalog))


def _limits(catalog: Catalog) -> Iterator[Border]:
    """The ends of every range that figures have, and a whole number between them."""
    rng, seen = random.Random(catalog.id), set()  # noqa: S311 - as above
    for indicator in catalog.indicators:
        slots = {s.key: s for figure in catalog.figures_of[indicator.code] for s in figure.slots}
        if any(isinstance(node, Mean) for node in walk(indicator.rule)):
            continue
        values = {key: float(_base(rng, s)) for key, s in slots.items()}
        for key, s in slots.items():
            if s.numeric and s.fixed is None and (s.kind, s.unit, s.minimum, s.maximum) not in seen:
                seen.add((s.kind, s.unit, s.minimum, s.maximum))
                for end in dict.fromkeys((s.minimum, s.maximum, min(s.maximum, Fraction(435)))):
                    for number in (math.nextafter(float(end), way) for way in (-math.inf, float(end), math.inf)):
                        if abs(number) > 1e-300 or number == 0:
                            yield Border(catalog, indicator, values | {key: number}, f"{key} at its limit")


@pytest.mark.parametrize("system", SYSTEMS)
def test_no_binary_digit_moves_a_threshold(system: str) -> None:
    found = borders(system)
    assert len(found) > (3 if system == "cn-2016" else 20)  # there all figures are marks, of one range
    for border in found:
        exact = {key: float(Fraction(f"{number:.15g}")) for key, number in border.stored.items()}
        assert border.engine() == Border(border.catalog, border.indicator, exact, "").engine(), str(border)


Amount = Callable[[Slot, RowCells], str]


def live_differences(program: str, folder: Path, amount: Amount = render_amount) -> list[str]:
    """Where a program that calculates what a department's sheet calculates has another score than the engine."""
    path, where = folder / "borders.xlsx", {}
    book = xlsxwriter.Workbook(str(path))
    for number, system in enumerate(SYSTEMS):
        sheet = book.add_worksheet(f"s{number}", PlainWorksheet)
        for row, border in enumerate(borders(system)):
            address: dict[str, str] = {}
            for key, stored in border.stored.items():
                slot_ = border.catalog.slots[key]
                value, meant, given_ = (cell_name(row, 3 * len(address) + at) for at in range(3))
                sheet.write_number(value, _InFull(stored))
                address[key] = value
                if slot_.numeric and slot_.fixed is None:
                    cells_ = live_cells(value, "Z1", "", meant)
                    sheet.write_formula(meant, "=" + amount(slot_, cells_), None, office.SPOILT)
                    sheet.write_formula(given_, "=" + number_formula(slot_, cells_).text, None, office.SPOILT)
                    address[key] = given_
            items = {f.key: tuple(item.key for item in f.items) for f in border.catalog.figures.values()}
            cells = Cells(lambda key, address=address: address[key], lambda key, items=items: items[key], lambda _: "")
            score = cell_name(row, 600)
            formula = score_formula(border.catalog, border.indicator, cells, address.values(), len(address), "?")
            sheet.write_formula(score, "=" + formula, None, office.SPOILT)
            where[f"s{number}", score] = border
    book.close()
    shown = office.read_values(office.recalculate(program, [path], folder / "out")[path])
    wrong = []
    for (sheet_name, score), border in where.items():
        engine, here = border.engine(), shown[sheet_name].get(score)
        if here != ("?" if engine is None else float(engine)):
            wrong.append(f"{border}: {here!r} for {engine!r}")
    return wrong


class _InFull(float):
    """A number that XlsxWriter writes with all its digits."""

    def __format__(self, code: str) -> str:
        return repr(float(self))


@pytest.mark.office
@pytest.mark.xdist_group("office")
@pytest.mark.parametrize("program", office.PROGRAMS)
def test_the_live_sheet_has_the_engines_score_at_every_threshold(program: str, tmp_path: Path) -> None:
    assert live_differences(program, tmp_path) == []


@pytest.mark.office
@pytest.mark.xdist_group("office")
def test_a_live_sheet_that_compares_bit_by_bit_is_seen(tmp_path: Path) -> None:
    assert len(live_differences(office.GNUMERIC, tmp_path, lambda _, cells: cells.value.text)) > 50
