"""The check code of a workbook's answers, which its cover prints: page and file agree where their codes do.

A hidden sheet has a line for every answer and every row of a table. Each becomes two numbers below two primes, weighted
by its key, so that the order of rows does not matter and no two answers change places unseen; their sums are the code.
What a program must do for it is adding, multiplying and cutting whole numbers that a cell holds exactly.
``docs/decisions/0016-identity.md`` says what the code covers, and why so.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache, reduce

from smartcity_xl.books.live import (
    EMPTY,
    InOneStep,
    Live,
    Operands,
    SharedFormula,
    choose,
    divide,
    is_error,
    is_logical,
    is_number,
    length,
    middle,
    number,
    or_else,
    round_to,
    size,
    stand_in,
    stand_ins,
    text,
    total,
    trim,
    whole_part,
)
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.form.map import FIGURES, PAPER_SHEET, TABLE_NAME, TablePlan, TemplatePlan, column

PRIMES = (999_983, 999_979)
"""The code is two numbers below these; answers are told apart by both."""
SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Those of a code: none that is read for another (0, O, 1, I)."""
_LENGTH = 4
"""Signs for each of the two numbers: 32 to the fourth is above the primes."""
_MILLION = number(10**6)
_HIGH, _FRACTION, _NEGATIVE, _WORDS = 271_829, 618_033, 500_009, 31_337
"""What the millions, the millionths, a minus sign and each letter of a text count for."""
_TRUTH, _ERROR, _NO_ANSWER, _BEYOND, _TEXT = map(number, (11, 13, 17, 23, 29))
_FIRST_LINE, _TOTAL_LINE, _CODE = 2, 1, (0, 1)
_SUMS, _MIXED, _PARTS = (1, 2), (3, 4), 5
"""Columns: what a line adds, what a table's row is mixed of, and its cells one by one."""


def open_paper(book: Book) -> Page:
    return book.page(PAPER_SHEET, (12.0,))


def write_paper(page: Page, plan: TemplatePlan, figures: Page, tables: dict[str, Page]) -> Live:
    """Write the lines; gives the code, as a formula on another page sees it, once ``write_code`` has put it there."""
    at = _FIRST_LINE
    for row in plan.rows:
        if row.slot:
            seen = Operands.of(*(figures.seen_afar(row.row, column(FIGURES, name)) for name in ("number", "value")))
            page.text(at, 0, row.key, "plain")
            page.live(at, _PARTS, _answer_formula().at(seen), "plain")
            for sums, prime in zip(_SUMS, PRIMES, strict=True):
                page.live(at, sums, _add(page, at, (row.key,), prime), "plain")
            at += 1
    for table in plan.tables:
        one = stand_in(0)
        of_cell, of_name = SharedFormula(_weigh(one, one)), SharedFormula(or_else(length(trim(one)), _ERROR))
        formulas = {column.key: of_cell for column in table.figure.columns} | {TABLE_NAME: of_name}
        for place in table.rows:
            _write_row(page, at, table, tables[table.figure.key], place, formulas)
            at += 1
    for sums in _SUMS:
        page.blank(_TOTAL_LINE, sums, "plain")
    codes = [_code_formula().at(Operands.of(page.seen(_TOTAL_LINE, sums))) for sums in _SUMS]
    page.live(*_CODE, codes[0] & text("-") & codes[1], "plain")
    page.worksheet.very_hidden()
    page.protect()
    return page.seen_afar(*_CODE)


def write_code(page: Page, plan: TemplatePlan, round_: str, city: str) -> Live:
    """Add the lines up to the code of one city's workbook."""
    many = sum(row.slot is not None for row in plan.rows) + sum(len(table.rows) for table in plan.tables)
    who = "\x1f".join((plan.catalog.id, plan.assignment.id, city, round_, plan.department))
    for sums, prime in zip(_SUMS, PRIMES, strict=True):
        lines = page.area(range(_FIRST_LINE, _FIRST_LINE + max(many, 1)), sums)
        page.live(_TOTAL_LINE, sums, _rest(number(_weight(who, prime)) + total(lines), prime), "plain")
    return page.seen(*_CODE)


def _add(page: Page, at: int, names: Sequence[str], prime: int) -> Live:
    """The parts of a line below a prime, each times the weight of its name, together."""
    parts = [page.seen(at, place) for place in range(_PARTS, _PARTS + len(names))]
    weights = [number(_weight(name, prime)) for name in names]
    return _sum_formula(len(names), prime).at(Operands.of(*parts, *weights))


def _add_parts(parts: Sequence[Live], weights: Sequence[Live], prime: int) -> Live:
    """As ``_add`` has it."""
    weighed = [_rest(one, prime) * weight for one, weight in zip(parts, weights, strict=True)]

    def found(numbers: list[Fraction]) -> Fraction | None:
        sums, many = 0, len(parts)
        for one, weight in zip(numbers[:many], numbers[many:], strict=True):
            whole, below = one.as_integer_ratio()
            if below != 1:
                return None
            sums += whole % prime * weight.numerator
        return Fraction(sums % prime)

    return InOneStep(_rest(reduce(Live.__add__, weighed), prime), [*parts, *weights], found)


@cache
def _answer_formula() -> SharedFormula:
    return SharedFormula(_weigh(*stand_ins(2)))


@cache
def _code_formula() -> SharedFormula:
    return SharedFormula(_spell(stand_in(0)))


@cache
def _square_formula(prime: int) -> SharedFormula:
    return SharedFormula(_rest(stand_in(0) * stand_in(0), prime))


@cache
def _sum_formula(many: int, prime: int) -> SharedFormula:
    every = stand_ins(2 * many)
    return SharedFormula(_add_parts(every[:many], every[many:], prime))


def _write_row(
    page: Page, at: int, table: TablePlan, sheet: Page, row: int, formulas: Mapping[str, SharedFormula]
) -> None:
    """A row of a table: its cells belong together, so what they come to is multiplied with itself; rows may change
    places. One without an answer adds nothing, whatever its name, which is the last of ``formulas``."""
    page.text(at, 0, table.figure.key, "plain")
    for place, (key, formula) in enumerate(formulas.items(), start=_PARTS):
        page.live(at, place, formula.at(Operands.of(sheet.seen_afar(row, table.column(key)))), "plain")
    answered = total(page.area((at,), _PARTS, to=_PARTS + len(formulas) - 2))
    names = [f"{table.figure.key}.{key}" for key in formulas]
    for place, mixed, prime in zip(_SUMS, _MIXED, PRIMES, strict=True):
        page.live(at, mixed, _add(page, at, names, prime), "plain")
        squared = _square_formula(prime).at(Operands.of(page.seen(at, mixed)))
        page.live(at, place, choose(answered.equals(number(0)), number(0), squared), "plain")


def _weigh(answer: Live, value: Live) -> Live:
    """An answer as a whole number: the number that rules read, else what stands in its cell; 0 for a blank."""
    words = trim(value)
    said = choose(words.equals(EMPTY), number(0), _TEXT + length(words) * number(_WORDS))
    shown = choose(is_error(value), _ERROR, choose(is_number(value), _NO_ANSWER + _digits(value), said))
    found = choose(is_logical(value), _TRUTH, shown)
    if answer.text != value.text:
        found = choose(is_number(answer), _digits(answer), found)
    return or_else(found, _ERROR)


def _digits(one: Live) -> Live:
    """A number by its millions, its ones and its millionths, each a whole number below a million, and its sign."""
    amount, whole = size(one), whole_part(size(one))
    high = whole_part(divide(whole, _MILLION))
    low = whole - high * _MILLION
    rest = round_to(round_to((amount - whole) * _MILLION, 4), 0)
    minus = choose(one < number(0), number(_NEGATIVE), number(0))
    put = number(1) + low + high * number(_HIGH) + rest * number(_FRACTION) + minus
    return InOneStep(choose(amount >= number(10**12), _BEYOND, put), (one,), _find_digits)


def _find_digits(numbers: list[Fraction]) -> Fraction | None:
    """As above, of a whole number; the others are not so many."""
    whole, below = numbers[0].as_integer_ratio()
    if below != 1 or abs(whole) >= 10**12:
        return None
    high, low = divmod(abs(whole), 10**6)
    return Fraction(1 + low + high * _HIGH + (_NEGATIVE if whole < 0 else 0))


def _rest(one: Live, prime: int) -> Live:
    """What is left below a prime. (MOD fails where the quotient is large.)"""
    left = one - whole_part(divide(one, number(prime))) * number(prime)
    return InOneStep(left, (one,), lambda numbers: numbers[0] % prime)


def _weight(name: str, prime: int) -> int:
    """What a line counts for: by its name, so that two that change places are seen."""
    return int.from_bytes(hashlib.sha256(f"{prime}:{name}".encode("utf-8", "replace")).digest()[:8], "big") % prime or 1


def _spell(one: Live) -> Live:
    """A number as four signs."""
    cut = [whole_part(divide(one, number(len(SIGNS) ** power))) for power in range(_LENGTH)]
    places = [cut[power] - number(len(SIGNS)) * cut[power + 1] for power in range(_LENGTH - 1)] + cut[-1:]
    signs = [middle(text(SIGNS), place + number(1), 1) for place in reversed(places)]
    return InOneStep(reduce(Live.__and__, signs), (one,), _find_signs)


def _find_signs(numbers: list[Fraction]) -> str | None:
    (one,), base = numbers, len(SIGNS)
    if one.denominator != 1 or not 0 <= one.numerator < base**_LENGTH:
        return None
    return "".join(SIGNS[one.numerator // base**power % base] for power in reversed(range(_LENGTH)))


def read_code(typed: Iterable[str]) -> str:
    """A code as somebody typed it, whatever stands between its signs; "" for what is none."""
    plain = unicodedata.normalize("NFKC", "".join(typed)).upper()
    signs = [sign for sign in plain if sign.isalnum()]
    if len(signs) != 2 * _LENGTH or not set(signs) <= set(SIGNS):
        return ""
    return f"{''.join(signs[:_LENGTH])}-{''.join(signs[_LENGTH:])}"
