"""The live formulas beside an input cell: its number, what is wrong with it in words, and whether it is open.

They say about a cell what ``reading`` and ``checks`` will say about it once it comes back: nothing that is refused
passes for an answer, and nothing that is taken, be it with a query, is called wrong. Each formula carries its result
(``books.live``).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from msgspec import Struct

from smartcity_xl.books.live import (
    EMPTY,
    NEVER,
    Area,
    Live,
    begins,
    choose,
    count,
    every,
    find,
    is_error,
    is_logical,
    is_number,
    is_text,
    left,
    length,
    meant,
    narrow,
    none,
    number,
    or_else,
    read_text,
    right,
    round_to,
    same,
    same_as_any,
    shows_date,
    shows_percentage,
    size,
    some,
    text,
    trim,
    whole_part,
)
from smartcity_xl.books.tolerance import tolerance
from smartcity_xl.books.values import plain
from smartcity_xl.messages import label
from smartcity_xl.model import Kind, Slot
from smartcity_xl.rules.formula import constant
from smartcity_xl.units import factor

PLAIN = "$A$1"
"""A cell of every sheet with a map that nobody gives a format: that with its marker."""


class RowCells(Struct, frozen=True):
    """The cells of a row that its formulas refer to. ``bare``: the text of a number that was typed as one;
    ``amount``: the number as it is meant, in the slot's unit; ``factor``: None where no other unit can be chosen;
    ``whole``: the number cell and the wording of the figure that the row's is part of.
    """

    value: Live
    unit: Live
    bare: Live
    factor: Live | None
    amount: Live
    number: Live
    check: Live
    remark: Live
    explanation: Live
    whole: tuple[Live, str] | None = None


def has_units(slot: Slot) -> bool:
    """Whether the clerk may choose another unit than the figure's own."""
    return slot.fixed is None and len(slot.choices) > 1


def said(name: str, **parameters: str) -> Live:
    """What the check column says, by the name of its words."""
    return text(label(f"check.{name}", **parameters))


def within(slot: Slot, amount: Live, unsaid: Sequence[Live] = ()) -> list[Live]:
    """Conditions under which an amount in the slot's unit can be true. ``unsaid``: when a share is in doubt, which
    nothing says to be one."""
    tests = [amount >= number(slot.minimum), amount <= number(slot.maximum)]
    if slot.whole:
        tests.append(amount.equals(whole_part(amount)))
    if slot.awarded:  # programs round to neighbouring binary numbers
        tests.append(size(amount - round_to(amount, 2)) < number(Fraction(1, 10**12)))
    if slot.kind is Kind.SHARE:
        tests.append(none(every(amount > number(0), amount <= number(1), *unsaid)))
    return tests


def unsaid_share(value: Live, factor: Live | None) -> list[Live]:
    """When nothing says that a share is one: it is given in its own unit, and shows no sign for percent."""
    own = [factor.equals(number(1))] if factor else []
    return [*own, none(shows_percentage(value)), right(trim(value), number(1)).differs(text("%"))]


def factor_formula(slot: Slot, unit: Live) -> Live:
    """How many of the slot's unit one of the chosen unit is; empty text for a unit that is not offered."""
    typed = narrow(trim(unit))
    found = choose(typed.equals(EMPTY), number(1), EMPTY)
    for other in slot.choices:
        found = choose(same(typed, text(plain(other))), number(factor(other, slot.unit)), found)
    return found


def bare_text(value: Live, unit: Live) -> Live:
    """What was typed as text, without the unit that is chosen beside it: 86 of 86条. A plain numeral is taken."""
    typed = narrow(trim(value))
    shorn = trim(left(typed, length(typed) - length(unit)))
    return choose(is_text(value), choose(right(typed, length(unit)).equals(unit), shorn, typed), EMPTY)


def _typed_number(bare: Live) -> tuple[Live, Live]:
    """Whether a text is a plain numeral, and its number. Programs read dates and powers too, and write them otherwise:
    what is not written as it was typed is not taken."""
    read = read_text(bare)
    same = every(is_error(find("E", bare)), (read & EMPTY).equals(bare))
    return or_else(same, NEVER), read


def amount_formula(slot: Slot, cells: RowCells) -> Live:
    """A number in the slot's unit, as it is meant; empty text without one."""
    value = cells.value

    def scaled(one: Live) -> Live:
        if cells.factor is None:
            return meant(one)
        return choose(is_number(cells.factor), meant(one * cells.factor), EMPTY)

    stored = scaled(value)
    if slot.kind is Kind.SHARE:  # a cell that shows 85% holds 0.85
        own = [cells.factor.equals(number(1))] if cells.factor else []
        hundredfold = choose(every(value >= number(0), value <= number(1)), meant(value * number(100)), EMPTY)
        stored = choose(every(shows_percentage(value), *own), hundredfold, stored)
    stored = choose(shows_date(value, PLAIN), EMPTY, stored)
    numeral, read = _typed_number(cells.bare)
    typed = choose(numeral, scaled(read), EMPTY)
    # A logical value is a number to some programs, and no answer to us
    return choose(is_logical(value), EMPTY, choose(is_number(value), stored, typed))


def _says_option(typed: Live, option: str) -> Live:
    """Whether a text is an entry of a drop-down, be it in signs of another width."""
    return some(same(typed, text(option)), same(narrow(typed), text(plain(option))))


def number_formula(slot: Slot, cells: RowCells) -> Live:
    """The answer as a number that rules can read, or empty text; 不适用 with its reason, where that counts."""
    found = _own_number(slot, cells)
    return found if slot.none is None else choose(_says_none(slot, cells), number(slot.none), found)


def _says_none(slot: Slot, cells: RowCells) -> Live:
    """Whether 不适用 with its reason is an answer that counts, and stands there."""
    if slot.none is None:
        return NEVER
    said_so = trim(cells.value).equals(text(label("word.not_applicable")))
    return choose(is_text(cells.value), every(said_so, trim(cells.remark).differs(EMPTY)), NEVER)


def _own_number(slot: Slot, cells: RowCells) -> Live:
    value = cells.value
    if slot.fixed is not None:
        return value
    typed = trim(value)
    if slot.kind is Kind.YESNO:
        typed = narrow(typed)
        no = choose(same_as_any(typed, tolerance()["no"]), number(0), EMPTY)
        words = choose(is_text(value), choose(same_as_any(typed, tolerance()["yes"]), number(1), no), EMPTY)
        return choose(is_logical(value), choose(value, number(1), number(0)), words)
    if slot.kind is Kind.CHOICE:
        found = EMPTY
        for position, option in reversed(list(enumerate(slot.options, start=1))):
            found = choose(_says_option(typed, option.label), number(position), found)
        return choose(is_text(value), found, EMPTY)
    amount = cells.amount
    tests = every(*within(slot, amount, unsaid_share(value, cells.factor)))
    return choose(is_number(amount), choose(tests, amount, EMPTY), EMPTY)


def _wrong(slot: Slot, cells: RowCells) -> Live:
    """Words for a cell that holds something, but no usable answer."""
    value, amount = cells.value, cells.amount
    if not slot.numeric:
        return said("not_choice")
    bounds = {"minimum": constant(slot.minimum), "maximum": constant(slot.maximum)}
    several = "_unit" if len(slot.choices) > 1 else ""
    inner = said(f"whole{several}", unit=slot.unit)
    if slot.kind is Kind.SHARE or slot.awarded:
        inner = said("decimals" if slot.awarded else "scale")
    outside = some(amount < number(slot.minimum), amount > number(slot.maximum))
    ranged = choose(outside, said(f"range{several}", unit=slot.unit, **bounds), inner)
    if slot.kind is Kind.SHARE:
        ranged = choose(is_number(amount), ranged, said("percentage"))
    if cells.factor is not None:
        ranged = choose(is_number(cells.factor), ranged, said("unit"))
    ranged = choose(shows_date(value, PLAIN), said("date"), ranged)
    typed = choose(is_number(amount), ranged, choose(begins_with_digit(value), said("reread"), said("not_number")))
    return choose(is_logical(value), said("not_number"), choose(is_number(value), ranged, typed))


def begins_with_digit(value: Live) -> Live:
    """Whether a text may be a number and words: collecting reads more of them than a formula can."""
    return is_number(read_text(left(narrow(trim(value)), number(1))))


def doubts(slot: Slot, cells: RowCells) -> list[tuple[Live, str]]:
    """What may be right and must be explained: when, and what the check column says of it."""
    typed = trim(cells.value)
    found: list[tuple[Live, str]] = []
    if slot.numeric:
        found.append((is_text(cells.value), label("check.text")))
    else:
        words = [option.label for option in slot.options] or [label("word.yes"), label("word.no")]
        found.append((none(same_as_any(typed, words)), label("check.kept")))
    if cells.whole:
        limit, name = cells.whole
        larger = choose(is_number(limit), cells.number > limit, NEVER)
        found.append((larger, label("check.part", whole=name)))
    return found


def check_formula(slot: Slot, cells: RowCells, required: bool) -> Live:
    """What the check column says."""
    if slot.fixed is not None:
        return said("fixed")
    value = cells.value
    fine = said("ok")
    for condition, words in reversed(doubts(slot, cells)):
        asked = choose(trim(cells.explanation).equals(EMPTY), text(words), said("explained"))
        fine = choose(condition, asked, fine)
    said_so = trim(value).equals(text(label("word.not_applicable")))
    excused = choose(said_so, _with_reason(cells.remark), _wrong(slot, cells))
    blank = said("blank" if required else "optional")
    given = choose(is_number(cells.number), fine, choose(trim(value).equals(EMPTY), blank, excused))
    if slot.none is not None:
        given = choose(_says_none(slot, cells), said("ok"), given)
    return choose(is_error(value), said("error"), given)


def _with_reason(remark: Live) -> Live:
    return choose(trim(remark).equals(EMPTY), said("reason"), said("not_applicable"))


def table_check(cells: RowCells, rows: Area, blank: str) -> Live:
    """What the check column says of a table, which is filled on its own sheet. 不适用 and the reason stand together in
    the remark, or the word in the cell that names the sheet."""
    na = label("check.not_applicable")
    remark = trim(cells.remark)
    reasoned = choose(length(remark) > number(len(na) + 1), said("not_applicable"), said("reason"))
    excused = choose(begins(remark, na), reasoned, text(blank))
    excused = choose(trim(cells.value).equals(text(na)), _with_reason(cells.remark), excused)
    begun = count(rows).equals(number(0))
    return choose(is_number(cells.number), said("ok"), choose(begun, excused, said("table_wrong")))


def _answered(check: Live, counts: Live) -> Live:
    """Whether a row is answered: ``counts`` holds, or the check column says that nothing need stand there."""
    return some(counts, check.equals(said("not_applicable")), check.equals(said("optional")))


def gap_formula(cells: RowCells) -> Live:
    """1 for a row that must be answered and is not; a row that may be left blank has no such formula."""
    return choose(_answered(cells.check, is_number(cells.number)), EMPTY, number(1))


def settled(cells: RowCells) -> Live:
    """Whether a row needs the clerk no more."""
    doubted = begins(cells.check, label("check.doubt"))
    return _answered(cells.check, every(is_number(cells.number), none(doubted)))


def open_formula(settled: Live, above: Area) -> Live:
    """A running number for rows that still need the clerk, else empty; ``above`` is this column so far."""
    return choose(settled, EMPTY, count(above) + number(1))
