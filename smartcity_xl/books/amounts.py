"""A number, and what says its unit -> an amount in the figure's own unit, or the question that must be asked.

Three things can say it: the unit chosen beside the number, a unit typed after it, and its number format. Where they
leave one reading, it is taken; where they leave two, neither is.
"""

from __future__ import annotations

from fractions import Fraction

from msgspec import Struct

from smartcity_xl.books.formats import read_format
from smartcity_xl.messages import label
from smartcity_xl.model import Slot
from smartcity_xl.rules.exact import shown
from smartcity_xl.units import base, factor, is_foreign, read_unit, scale_of

BareFinding = tuple[str, dict[str, str]]
"""A finding code and its parameters; where it stands is added by whoever reads the cell."""


class Amount(Struct, frozen=True):
    """``value`` is in the slot's unit, None where the number cannot be taken; ``unit`` is the one it was meant in.
    ``raw`` is what the clerk saw, where the stored number does not tell."""

    value: Fraction | None
    unit: str
    problem: BareFinding | None = None
    raw: str = ""


def amount_in(number: Fraction, unit: str, slot: Slot) -> Fraction:
    """A number of some unit in the slot's own."""
    return number if unit == slot.unit else number * factor(unit, slot.unit)


def say_amount(number: Fraction, unit: str, slot: Slot) -> str:
    """An amount in words, and in the slot's own unit where it was given in another."""
    said = f"{shown(number)} {unit}"
    if unit == slot.unit:
        return said
    return label("word.amount", given=said, own=f"{shown(amount_in(number, unit, slot))} {slot.unit}")


def accepted(text: str, slot: Slot) -> str | None:
    """The unit that a text means, if the figure may be given in it."""
    unit = read_unit(text, slot.unit)
    return None if slot.units and unit not in slot.units else unit


def read_typed(number: Fraction, said: str, slot: Slot, unit: str) -> Amount:
    """A number with something typed after it; ``unit`` is chosen beside it, the slot's own where nothing was."""
    meant = accepted(said, slot)
    if meant is None and (scale := scale_of(said)):
        if base(unit) != unit:  # 3.2万 beside 万元: 3.2万元, or so many 万元?
            return _twofold(number, said + base(unit), number * scale, unit, slot)
        meant = accepted(said + unit, slot)
    if meant is None:
        choices = {"choices": label("word.separator").join(slot.choices)}
        return Amount(None, "", ("unit-foreign", choices) if is_foreign(said) else ("not-a-number", {}))
    if unit not in (meant, slot.unit):
        return _twofold(number, meant, number, unit, slot)
    return Amount(amount_in(number, meant, slot), meant)


def _twofold(first: Fraction, one: str, second: Fraction, other: str, slot: Slot) -> Amount:
    readings = {"first": say_amount(first, one, slot), "second": say_amount(second, other, slot), "chosen": other}
    return Amount(None, "", ("unit-twofold", readings))


_CURRENCY = frozenset({"", "¥", "￥", "RMB", "CNY", "人民币"})
"""What a format may write before a number without a word about it: whether it is money, its unit says."""


def read_shown(number: Fraction, code: str, slot: Slot, unit: str) -> Amount:
    """A number whose format shows it otherwise than it is stored."""
    value = amount_in(number, unit, slot)
    display = read_format(code, number)
    if not display.digits:
        return _unseen(display.suffix, number, value, unit, slot)
    prefix = "" if display.prefix.strip() in _CURRENCY else display.prefix
    seen, text = number * display.scale, f"{display.prefix}{shown(number * display.scale)}{display.suffix}"
    kept: BareFinding = ("format-kept", {"shown": text, "value": shown(value)})
    meant = _meant(display.suffix, slot, unit)
    if any(sign in "0123456789" for sign in prefix + display.suffix):
        return _unclear(text, say_amount(number, unit, slot), text)
    if meant is None and is_foreign(display.suffix):
        return Amount(value, unit, kept)  # a unit that the figure cannot have says nothing of it
    other = amount_in(seen, meant or unit, slot)
    if other == value:
        scaled = display.scale != 1 and display.suffix != "%" and number
        worded = prefix or (meant is None and display.suffix)
        return Amount(value, unit, kept if scaled or worded else None)
    if display.suffix == "%" and unit == slot.unit and 0 < number <= 1:
        return Amount(other, unit, kept if prefix else None, raw=text)
    return _unclear(text, say_amount(number, unit, slot), say_amount(seen, meant or unit, slot))


def _unclear(text: str, first: str, second: str) -> Amount:
    return Amount(None, "", ("format-twofold", {"shown": text, "first": first, "second": second}))


def _unseen(words: str, number: Fraction, value: Fraction, unit: str, slot: Slot) -> Amount:
    """A number of which no digit is shown. A dash for nought is what every accountant writes."""
    if not words:
        return Amount(value, unit, ("format-hidden", {"value": shown(value)}))
    if number == 0 and not words.strip("-−–— "):
        return Amount(value, unit)
    return _unclear(words, say_amount(number, unit, slot), words)


def _meant(suffix: str, slot: Slot, unit: str) -> str | None:
    """The unit that a format writes after a number; the chosen one where it writes none."""
    if not suffix:
        return unit
    scaled = suffix + base(unit) if scale_of(suffix) else suffix
    return read_unit(scaled, slot.unit)
