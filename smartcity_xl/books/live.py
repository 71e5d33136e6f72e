"""A piece of a formula, and beside it what it comes to over the cells as they stand.

Who writes a formula says each rule once, with the functions below: its text goes into the cell, its value is the
result that is saved with it. Functions mean what they mean in a cell: Excel, WPS, LibreOffice and Gnumeric have all of
them. A number is exact, where a program has the nearest binary one.

A value is found when somebody asks for it, over what the cells hold then: the same formulas, laid out once, come to
what they come to over other answers (``books.reckoning``).
"""

from __future__ import annotations

import datetime
import math
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Protocol, TypeAlias

from msgspec import Struct

from smartcity_xl.books.formats import read_format
from smartcity_xl.books.values import parse_numeral, read_number
from smartcity_xl.rules.exact import round_half_up
from smartcity_xl.rules.formula import constant

_COMPARED, _JOINED, _ADDED, _MULTIPLIED, _ATOM = range(5)
_LITERAL = 250
_EPOCH = datetime.datetime(1899, 12, 30)


class Failed(Struct, frozen=True):
    """An error value."""


FAILED = Failed()
Value: TypeAlias = str | bool | Fraction | Failed | None
"""What a cell or a piece of a formula holds; None is a blank cell."""


Found: TypeAlias = Value | Callable[[], Value]
"""A value, or the way to it."""


class ValueHolder(Protocol):
    """What holds a value that may be another one later."""

    def value(self) -> Value: ...
    def form(self) -> str: ...


class Live:
    """``found`` is its value or the way to it; ``rank`` says how tightly its text holds together; ``form`` of a cell,
    whether it shows a "date" or a "percentage"."""

    __slots__ = ("_form", "_found", "rank", "text")

    def __init__(self, text: str, found: Found = None, rank: int = _ATOM, form: str = "") -> None:
        self.text, self.rank, self._found, self._form = text, rank, found, form

    @property
    def value(self) -> Value:
        found = self._found
        return found() if callable(found) else found

    @property
    def form(self) -> str:
        return self._form

    def within(self, rank: int) -> str:
        return f"({self.text})" if self.rank < rank else self.text

    def __add__(self, other: Live) -> Live:
        return _calculate("+", self, other, _ADDED, _add)

    def __sub__(self, other: Live) -> Live:
        return _calculate("-", self, other, _ADDED, _subtract)

    def __mul__(self, other: Live) -> Live:
        return _calculate("*", self, other, _MULTIPLIED, _multiply)

    def __and__(self, other: Live) -> Live:
        """Two texts joined."""
        return _Both(f"{self.within(_JOINED)}&{other.within(_JOINED)}", self, other, _join, _JOINED)

    def __lt__(self, other: Live) -> Live:
        return _compare("<", self, other, _is_less)

    def __le__(self, other: Live) -> Live:
        return _compare("<=", self, other, _is_at_most)

    def __gt__(self, other: Live) -> Live:
        return _compare(">", self, other, _is_more)

    def __ge__(self, other: Live) -> Live:
        return _compare(">=", self, other, _is_at_least)

    def equals(self, other: Live) -> Live:
        return _compare("=", self, other, _is_equal)

    def differs(self, other: Live) -> Live:
        return _compare("<>", self, other, _is_other)


class Addressed(Live):
    """A cell by an address."""

    __slots__ = ("_source",)

    def __init__(self, text: str, source: ValueHolder) -> None:
        self.text, self.rank, self._source = text, _ATOM, source

    @property
    def value(self) -> Value:
        return self._source.value()

    @property
    def form(self) -> str:
        return self._source.form()


class _Made(Live):
    """What a function makes of the values of pieces, an error of which is one of the whole."""

    __slots__ = ("_pieces", "_work")

    def __init__(self, text: str, pieces: Sequence[Live], work: Callable[..., Value], rank: int = _ATOM) -> None:
        self.text, self.rank, self._pieces, self._work = text, rank, pieces, work

    @property
    def value(self) -> Value:
        values = [one.value for one in self._pieces]
        for value in values:
            if value is FAILED:
                return FAILED
        try:
            return self._work(*values)
        except ValueError:  # a text where a number was wanted
            return FAILED


class _Both(Live):
    """What a function makes of two values, an error of either of which is one of the whole."""

    __slots__ = ("_first", "_second", "_work")

    def __init__(self, text: str, first: Live, second: Live, work: Callable[..., Value], rank: int = _ATOM) -> None:
        self.text, self.rank, self._first, self._second, self._work = text, rank, first, second, work

    @property
    def value(self) -> Value:
        first, second = self._first.value, self._second.value
        if first is FAILED or second is FAILED:
            return FAILED
        try:
            return self._work(first, second)
        except ValueError:  # a text where a number was wanted
            return FAILED


class InOneStep(Live):
    """A piece that is put together of others, and found in one step where ``pieces`` are all numbers: to what the
    others come too, which the tests hold ``work`` to. It gives None where it does not know."""

    __slots__ = ("_pieces", "_work", "composed")

    def __init__(self, composed: Live, pieces: Sequence[Live], work: Callable[[list[Fraction]], Value]) -> None:
        self.text, self.rank, self.composed, self._pieces, self._work = (
            composed.text, composed.rank, composed, pieces, work,
        )  # fmt: skip

    @property
    def value(self) -> Value:
        numbers = [held for one in self._pieces if type(held := one.value) is Fraction]
        found = self._work(numbers) if len(numbers) == len(self._pieces) else None
        return self.composed.value if found is None else found


class _Chosen(Live):
    """One of two, as a condition says; the other is not looked at."""

    __slots__ = ("_condition", "_otherwise", "_then")

    def __init__(self, text: str, condition: Live, then: Live, otherwise: Live) -> None:
        self.text, self.rank = text, _ATOM
        self._condition, self._then, self._otherwise = condition, then, otherwise

    @property
    def value(self) -> Value:
        holds = self._condition.value
        if type(holds) is str or holds is FAILED:
            return FAILED
        return self._then.value if holds else self._otherwise.value


class Area(Struct, frozen=True):
    """A range of cells, in order."""

    text: str
    cells: Sequence[ValueHolder]

    @property
    def values(self) -> list[Value]:
        return [one.value() for one in self.cells]


def cached(value: Value) -> str | float | bool:
    """A result as a workbook keeps it. A formula that refers to a blank cell gives 0."""
    match value:
        case Fraction():
            return float(value)
        case None:
            return 0.0
        case Failed():
            return "#VALUE!"
    return value


# --- what stands in a cell ---------------------------------------------------------------------------------------


def cell(address: str, content: object = None, code: str = "") -> Live:
    """A cell by its address; ``content`` as a reader has it, ``code`` its number format."""
    value, form = read_content(content, code)
    return Live(address, value, form=form)


def read_content(content: object, code: str = "") -> tuple[Value, str]:
    """What formulas see of a cell: its value, and its form."""
    match content:
        case None | "":
            return None, ""
        case bool() | str() | Fraction() | Failed():
            return content, ""
        case int() | float():
            number = read_number(content)
            percent = number is not None and _is_percentage(code, number)
            return FAILED if number is None else number, "percentage" if percent else ""
        case datetime.datetime():
            return Fraction((content - _EPOCH) / datetime.timedelta(days=1)), "date"
        case datetime.date():
            return Fraction((content - _EPOCH.date()).days), "date"
    raise TypeError(f"no cell holds {content!r}")


def _is_percentage(code: str, number: Fraction) -> bool:
    return "%" in code and read_format(code, number).scale == 100


def quoted(text: str) -> str:
    """Text as a string literal of a formula."""
    return '"' + text.replace('"', '""') + '"'


@lru_cache(maxsize=4096)
def text(words: str) -> Live:
    """Words; a literal of a formula holds 255 signs."""
    if len(words) <= _LITERAL:
        return Live(quoted(words), words)
    pieces = [words[at : at + _LITERAL] for at in range(0, len(words), _LITERAL)]
    return Live("&".join(map(quoted, pieces)), words, _JOINED)


@lru_cache(maxsize=4096)
def number(value: Fraction | int) -> Live:
    return Live(constant(Fraction(value)), Fraction(value))


EMPTY = text("")
NEVER = Live("1=0", False, _COMPARED)


# --- logic -------------------------------------------------------------------------------------------------------


class _Kind(Live):
    """Whether a value is of a kind; an error too has one."""

    __slots__ = ("_kind", "_one")

    def __init__(self, text: str, one: Live, kind: type) -> None:
        self.text, self.rank, self._one, self._kind = text, _ATOM, one, kind

    @property
    def value(self) -> Value:
        return isinstance(self._one.value, self._kind)


def choose(condition: Live, then: Live, otherwise: Live) -> Live:
    """IF."""
    return _Chosen(f"IF({condition.text},{then.text},{otherwise.text})", condition, then, otherwise)


def every(*conditions: Live) -> Live:
    """AND."""
    return _call("AND", conditions, _all_hold)


def some(*conditions: Live) -> Live:
    """OR."""
    return _call("OR", conditions, _any_holds)


def none(condition: Live) -> Live:
    """NOT."""
    return _call("NOT", (condition,), _not)


def or_else(tried: Live, otherwise: Live) -> Live:
    """IFERROR."""

    def find() -> Value:
        value = tried.value
        return otherwise.value if isinstance(value, Failed) else value

    return Live(f"IFERROR({tried.text},{otherwise.text})", find)


def is_number(one: Live) -> Live:
    return _Kind(f"ISNUMBER({one.text})", one, Fraction)


def is_text(one: Live) -> Live:
    return _Kind(f"ISTEXT({one.text})", one, str)


def is_logical(one: Live) -> Live:
    return _Kind(f"ISLOGICAL({one.text})", one, bool)


def is_error(one: Live) -> Live:
    return _Kind(f"ISERROR({one.text})", one, Failed)


def shows_date(one: Live, plain: str) -> Live:
    """Whether a cell shows a date or a time. ``plain`` is the address of a cell that has no format of its own.

    Excel and WPS say D1, D4 … for a date and G for anything else. LibreOffice says G for most dates, and F0 where a
    cell has no format: so a cell that says G, where the plain one does not, holds one. Gnumeric knows few formats.
    """
    said, usual = f'CELL("format",{one.text})', f'CELL("format",{plain})'
    return Live(f'OR(LEFT({said},1)="D",AND({said}="G",{usual}<>"G"))', lambda: one.form == "date")


def shows_percentage(one: Live) -> Live:
    return Live(f'LEFT(CELL("format",{one.text}),1)="P"', lambda: one.form == "percentage", _COMPARED)


# --- texts -------------------------------------------------------------------------------------------------------


def trim(one: Live) -> Live:
    return _call("TRIM", (one,), _trim)


def _trim(held: Value) -> Value:
    return " ".join(filter(None, _as_text(held).split(" ")))


def narrow(one: Live) -> Live:
    """ASC: full-width signs made ordinary; a program of another language may leave them."""
    return _call("ASC", (one,), _narrow)


def _narrow(held: Value) -> Value:
    words = _as_text(held)
    return words if words.isascii() else "".join(map(_narrowed, words))


def _narrowed(sign: str) -> str:
    wide = unicodedata.east_asian_width(sign) == "F"
    return unicodedata.normalize("NFKC", sign) if wide else sign


def same(one: Live, other: Live) -> Live:
    """EXACT: two texts sign for sign. Programs differ on whether "=" sees the width of a sign; it sees no case."""
    return _call("EXACT", (one, other), _are_exact)


def length(one: Live) -> Live:
    return _call("LEN", (one,), _count_signs)


def _are_exact(first: Value, second: Value) -> Value:
    return _as_text(first) == _as_text(second)


def _count_signs(held: Value) -> Value:
    return Fraction(len(_as_text(held)))


def left(one: Live, many: Live) -> Live:
    return _call("LEFT", (one, many), _cut_left)


def _cut_left(held: Value, wanted: Value) -> Value:
    size = int(_as_number(wanted))
    return FAILED if size < 0 else _as_text(held)[:size]


def right(one: Live, many: Live) -> Live:
    return _call("RIGHT", (one, many), _cut_right)


def _cut_right(held: Value, wanted: Value) -> Value:
    words, size = _as_text(held), int(_as_number(wanted))
    return FAILED if size < 0 else words[max(0, len(words) - size) :]


def middle(one: Live, start: Live, many: int) -> Live:
    """MID: signs of a text, from one counted from 1."""
    return _call("MID", (one, start, number(many)), _cut_middle)


def _cut_middle(held: Value, start: Value, wanted: Value) -> Value:
    at = int(_as_number(start))
    return FAILED if at < 1 else _as_text(held)[at - 1 : at - 1 + int(_as_number(wanted))]


def begins(one: Live, words: str) -> Live:
    """Whether a text begins so."""
    return left(one, number(len(words))).equals(text(words))


def find(words: str, one: Live) -> Live:
    """FIND: where, from 1; an error where nowhere."""
    return _call("FIND", (text(words), one), _seek)


def _seek(sought: Value, held: Value) -> Value:
    at = _as_text(held).find(_as_text(sought))
    return Fraction(at + 1) if at >= 0 else FAILED


def read_text(one: Live) -> Live:
    """VALUE. Programs read more than plain numerals (dates, 1E5); whoever asks must not take those."""
    return _call("VALUE", (one,), _read)


def _read(held: Value) -> Value:
    found = parse_numeral(_as_text(held))
    return FAILED if found is None else found


def write_number(one: Live, places: int) -> Live:
    """A number with so many decimals, as text. Rounded first: TEXT alone shows 0.655 as 0.65 in one program and as
    0.66 in another."""
    form = "0" if not places else "0." + "0" * places
    rounded = round_to(one, places)

    def find() -> Value:
        found = rounded.value
        return f"{float(found):.{places}f}" if isinstance(found, Fraction) else found

    return Live(f'TEXT({rounded.text},"{form}")', find)


def say_number(one: Live, places: int) -> Live:
    """A number with so many decimals at most, as text: a program may join more digits to a text than it shows."""
    short = round_to(one, places)
    whole, part = (f'TEXT({short.text},"{form}")' for form in ("0", "0." + "#" * places))

    def said() -> Value:
        found = short.value
        return constant(found) if isinstance(found, Fraction) else found

    return choose(short.equals(whole_part(short)), Live(whole, said), Live(part, said))


# --- numbers -----------------------------------------------------------------------------------------------------


def whole_part(one: Live) -> Live:
    """INT."""
    return _call("INT", (one,), _floor)


def divide(one: Live, by: Live) -> Live:
    """One number by another, which is not 0."""
    return _Both(f"{one.within(_MULTIPLIED)}/{by.within(_ATOM)}", one, by, _divide, _MULTIPLIED)


def size(one: Live) -> Live:
    """ABS."""
    return _call("ABS", (one,), _size)


def _floor(held: Value) -> Value:
    number = _as_number(held)
    return number if number.denominator == 1 else Fraction(math.floor(number))


def _divide(first: Value, second: Value) -> Value:
    return _as_number(first) / _as_number(second)


def _size(held: Value) -> Value:
    return abs(_as_number(held))


def _round(held: Value, places: Value) -> Value:
    return round_half_up(_as_number(held), int(_as_number(places)))


def round_to(one: Live, places: int) -> Live:
    return _call("ROUND", (one, number(places)), _round)


def meant(one: Live) -> Live:
    """A binary number to the 15 digits that a cell keeps and shows, which is how the reader takes it: 0.57*100 is 57,
    not 56.99999999999999.

    Programs differ in whether they compare binary numbers bit by bit or to some 15 digits; after this they agree.
    (No program rounds to more than 20 places, and below 0.000001 nothing is compared.)
    """
    given = one.text
    large = f"ABS({given})"
    small = f"IF({large}<0.000001,{given},ROUND({given},14-INT(LOG10({large}))))"
    return _Made(f"IF({large}<1,{small},ROUND({given},15-LEN(INT({large}))))", (one,), _itself)


def _itself(held: Value) -> Value:
    return held


def link(target: Live, shown: Live) -> Live:
    """HYPERLINK: a text that leads somewhere."""
    return _Made(f"HYPERLINK({target.text},{shown.text})", (target, shown), _last)


def _last(_: Value, held: Value) -> Value:
    return held


# --- ranges ------------------------------------------------------------------------------------------------------


def count(areas: Iterable[Area]) -> Live:
    """COUNT: how many numbers."""
    listed = list(areas)
    cells = [one for area in listed for one in area.cells]
    return Live(f"COUNT({_texts(listed)})", lambda: Fraction(sum(isinstance(one.value(), Fraction) for one in cells)))


def count_filled(area: Area) -> Live:
    """COUNTA."""
    return Live(f"COUNTA({area.text})", lambda: Fraction(sum(value is not None for value in area.values)))


def count_same(area: Area, wanted: Fraction) -> Live:
    """COUNTIF for a number."""
    return _count_if(area, constant(wanted), lambda value: isinstance(value, Fraction) and value == wanted)


def count_text(area: Area, wanted: Live) -> Live:
    """COUNTIF for a text: how many say the same, whatever the case."""

    def find() -> Value:
        words = _as_text(wanted.value).casefold()
        return Fraction(sum(isinstance(value, str) and value.casefold() == words for value in area.values))

    return Live(f"COUNTIF({area.text},{wanted.text})", find)


def count_from(area: Area, least: int) -> Live:
    """COUNTIF for numbers that reach one."""
    return _count_if(area, f'">={least}"', lambda value: isinstance(value, Fraction) and value >= least)


def _count_if(area: Area, criterion: str, counts: Callable[[Value], bool]) -> Live:
    return Live(f"COUNTIF({area.text},{criterion})", lambda: Fraction(sum(map(counts, area.values))))


def total(area: Area) -> Live:
    """SUM, which passes over words."""

    def find() -> Value:
        found = [value for value in area.values if isinstance(value, Fraction)]
        if all(value.denominator == 1 for value in found):
            return Fraction(sum(value.numerator for value in found))
        return sum(found, Fraction(0))

    return Live(f"SUM({area.text})", find)


def mean(area: Area) -> Live:
    """AVERAGE."""

    def find() -> Value:
        found = [value for value in area.values if isinstance(value, Fraction)]
        return sum(found, Fraction(0)) / len(found) if found else FAILED

    return Live(f"AVERAGE({area.text})", find)


def match(wanted: Live, area: Area) -> Live:
    """MATCH of a number, exactly: its place from 1."""

    def find() -> Value:
        sought = wanted.value
        for at, one in enumerate(area.cells, start=1):
            value = one.value()
            if type(value) is type(sought) and value is not None and value == sought:
                return Fraction(at)
        return FAILED

    return Live(f"MATCH({wanted.text},{area.text},0)", find)


def pick(area: Area, place: Live) -> Live:
    """INDEX."""

    def find() -> Value:
        at = place.value
        there = isinstance(at, Fraction) and 1 <= at <= len(area.cells)
        return area.cells[int(at) - 1].value() if there and isinstance(at, Fraction) else FAILED

    return Live(f"INDEX({area.text},{place.text})", find)


# --- what the functions above rest on ------------------------------------------------------------------------------


def _texts(pieces: Iterable[Live | Area]) -> str:
    return ",".join(one.text for one in pieces)


def _call(name: str, pieces: Sequence[Live], work: Callable[..., Value]) -> Live:
    return _Made(f"{name}({_texts(pieces)})", pieces, work)


def _calculate(sign: str, first: Live, second: Live, rank: int, work: Callable[..., Value]) -> Live:
    return _Both(f"{first.within(rank)}{sign}{second.within(rank + (sign == '-'))}", first, second, work, rank)


def _add(first: Value, second: Value) -> Value:
    one, other = _as_number(first), _as_number(second)
    if one.denominator == other.denominator == 1:  # most are whole, and those are quick
        return Fraction(one.numerator + other.numerator)
    return one + other


def _subtract(first: Value, second: Value) -> Value:
    one, other = _as_number(first), _as_number(second)
    if one.denominator == other.denominator == 1:  # most are whole, and those are quick
        return Fraction(one.numerator - other.numerator)
    return one - other


def _multiply(first: Value, second: Value) -> Value:
    one, other = _as_number(first), _as_number(second)
    if one.denominator == other.denominator == 1:  # most are whole, and those are quick
        return Fraction(one.numerator * other.numerator)
    return one * other


def _join(first: Value, second: Value) -> Value:
    return _as_text(first) + _as_text(second)


def _compare(sign: str, first: Live, second: Live, holds: Callable[..., Value]) -> Live:
    return _Both(f"{first.within(_JOINED)}{sign}{second.within(_JOINED)}", first, second, holds, _COMPARED)


def _is_less(first: Value, second: Value) -> Value:
    return _order(first, second) < 0


def _is_at_most(first: Value, second: Value) -> Value:
    return _order(first, second) <= 0


def _is_more(first: Value, second: Value) -> Value:
    return _order(first, second) > 0


def _is_at_least(first: Value, second: Value) -> Value:
    return _order(first, second) >= 0


def _is_equal(first: Value, second: Value) -> Value:
    return _order(first, second) == 0


def _is_other(first: Value, second: Value) -> Value:
    return _order(first, second) != 0


def _all_hold(*values: Value) -> Value:
    return all(_is_true(one) for one in values)


def _any_holds(*values: Value) -> Value:
    return any(_is_true(one) for one in values)


def _not(value: Value) -> Value:
    return not _is_true(value)


def _order(first: Value, second: Value) -> int:
    """How two values compare: numbers below texts below truth values; a blank is what the other one would be."""
    if type(first) is type(second) is Fraction:
        if first.denominator == second.denominator:
            return (first.numerator > second.numerator) - (first.numerator < second.numerator)
        return (first > second) - (first < second)
    ranks, keys = [], []
    for value, other in ((first, second), (second, first)):
        if value is None:
            value = "" if isinstance(other, str) else False if isinstance(other, bool) else Fraction(0)
        ranks.append(2 if isinstance(value, bool) else 1 if isinstance(value, str) else 0)
        keys.append(value.casefold() if isinstance(value, str) else value)
    if ranks[0] != ranks[1]:
        return ranks[0] - ranks[1]
    return (keys[0] > keys[1]) - (keys[0] < keys[1])  # type: ignore[operator]


def _is_true(value: Value) -> bool:
    if isinstance(value, str):
        raise ValueError(value)
    return bool(value)


def _as_number(value: Value) -> Fraction:
    if type(value) is Fraction:
        return value
    if isinstance(value, str):
        raise ValueError(value)
    if isinstance(value, Fraction):
        return value
    return Fraction(1 if value is True else 0)


def _as_text(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return value if isinstance(value, str) else constant(value) if isinstance(value, Fraction) else ""
