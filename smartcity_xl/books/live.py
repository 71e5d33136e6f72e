"""A piece of a formula, and beside it what it comes to over the cells as they are written.

Who writes a formula says each rule once, with the functions below: its text goes into the cell, its value is the
result that is saved with it. Functions mean what they mean in a cell: Excel, WPS, LibreOffice and Gnumeric have all of
them. A number is exact, where a program has the nearest binary one.
"""

from __future__ import annotations

import datetime
import math
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

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


class Live(Struct, frozen=True):
    """``rank`` says how tightly its text holds together; ``form`` of a cell, whether it shows a "date" or a
    "percentage"."""

    text: str
    value: Value
    rank: int = _ATOM
    form: str = ""

    @property
    def cached(self) -> str | float | bool:
        """The result as a workbook keeps it. A formula that refers to a blank cell gives 0."""
        match self.value:
            case Fraction():
                return float(self.value)
            case None:
                return 0.0
            case Failed():
                return "#VALUE!"
        return self.value

    def within(self, rank: int) -> str:
        return f"({self.text})" if self.rank < rank else self.text

    def __add__(self, other: Live) -> Live:
        return _calculate("+", self, other, _ADDED, lambda a, b: a + b)

    def __sub__(self, other: Live) -> Live:
        return _calculate("-", self, other, _ADDED, lambda a, b: a - b)

    def __mul__(self, other: Live) -> Live:
        return _calculate("*", self, other, _MULTIPLIED, lambda a, b: a * b)

    def __and__(self, other: Live) -> Live:
        """Two texts joined."""
        joined = _spread((self, other), lambda: _as_text(self.value) + _as_text(other.value))
        return Live(f"{self.within(_JOINED)}&{other.within(_JOINED)}", joined, _JOINED)

    def __lt__(self, other: Live) -> Live:
        return _compare("<", self, other, lambda order: order < 0)

    def __le__(self, other: Live) -> Live:
        return _compare("<=", self, other, lambda order: order <= 0)

    def __gt__(self, other: Live) -> Live:
        return _compare(">", self, other, lambda order: order > 0)

    def __ge__(self, other: Live) -> Live:
        return _compare(">=", self, other, lambda order: order >= 0)

    def equals(self, other: Live) -> Live:
        return _compare("=", self, other, lambda order: order == 0)

    def differs(self, other: Live) -> Live:
        return _compare("<>", self, other, lambda order: order != 0)


class Area(Struct, frozen=True):
    """A range of cells, and what they hold, in order."""

    text: str
    values: Sequence[Value]


# --- what stands in a cell ---------------------------------------------------------------------------------------


def cell(address: str, content: object = None, code: str = "") -> Live:
    """A cell by its address; ``content`` as a reader has it, ``code`` its number format."""
    match content:
        case None | "":
            return Live(address, None)
        case bool() | str() | Fraction():
            return Live(address, content)
        case int() | float():
            number = read_number(content)
            percent = number is not None and _is_percentage(code, number)
            return Live(address, FAILED if number is None else number, form="percentage" if percent else "")
        case datetime.datetime():
            return Live(address, Fraction((content - _EPOCH) / datetime.timedelta(days=1)), form="date")
        case datetime.date():
            return Live(address, Fraction((content - _EPOCH.date()).days), form="date")
        case Failed():
            return Live(address, FAILED)
    raise TypeError(f"no cell holds {content!r}")


def _is_percentage(code: str, number: Fraction) -> bool:
    return "%" in code and read_format(code, number).scale == 100


def quoted(text: str) -> str:
    """Text as a string literal of a formula."""
    return '"' + text.replace('"', '""') + '"'


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


def choose(condition: Live, then: Live, otherwise: Live) -> Live:
    """IF."""
    found = _spread((condition,), lambda: (then if _is_true(condition.value) else otherwise).value)
    return Live(f"IF({condition.text},{then.text},{otherwise.text})", found)


def every(*conditions: Live) -> Live:
    """AND."""
    return _call("AND", conditions, lambda: all(_is_true(one.value) for one in conditions))


def some(*conditions: Live) -> Live:
    """OR."""
    return _call("OR", conditions, lambda: any(_is_true(one.value) for one in conditions))


def none(condition: Live) -> Live:
    """NOT."""
    return _call("NOT", (condition,), lambda: not _is_true(condition.value))


def or_else(tried: Live, otherwise: Live) -> Live:
    """IFERROR."""
    value = otherwise.value if isinstance(tried.value, Failed) else tried.value
    return Live(f"IFERROR({tried.text},{otherwise.text})", value)


def is_number(one: Live) -> Live:
    return Live(f"ISNUMBER({one.text})", isinstance(one.value, Fraction))


def is_text(one: Live) -> Live:
    return Live(f"ISTEXT({one.text})", isinstance(one.value, str))


def is_logical(one: Live) -> Live:
    return Live(f"ISLOGICAL({one.text})", isinstance(one.value, bool))


def is_error(one: Live) -> Live:
    return Live(f"ISERROR({one.text})", isinstance(one.value, Failed))


def shows_date(one: Live, plain: str) -> Live:
    """Whether a cell shows a date or a time. ``plain`` is the address of a cell that has no format of its own.

    Excel and WPS say D1, D4 … for a date and G for anything else. LibreOffice says G for most dates, and F0 where a
    cell has no format: so a cell that says G, where the plain one does not, holds one. Gnumeric knows few formats.
    """
    said, usual = f'CELL("format",{one.text})', f'CELL("format",{plain})'
    return Live(f'OR(LEFT({said},1)="D",AND({said}="G",{usual}<>"G"))', one.form == "date")


def shows_percentage(one: Live) -> Live:
    return Live(f'LEFT(CELL("format",{one.text}),1)="P"', one.form == "percentage", _COMPARED)


# --- texts -------------------------------------------------------------------------------------------------------


def trim(one: Live) -> Live:
    return _call("TRIM", (one,), lambda: " ".join(filter(None, _as_text(one.value).split(" "))))


def narrow(one: Live) -> Live:
    """ASC: full-width signs made ordinary; a program of another language may leave them."""
    return _call("ASC", (one,), lambda: "".join(map(_narrowed, _as_text(one.value))))


def _narrowed(sign: str) -> str:
    wide = unicodedata.east_asian_width(sign) == "F"
    return unicodedata.normalize("NFKC", sign) if wide else sign


def same(one: Live, other: Live) -> Live:
    """EXACT: two texts sign for sign. Programs differ on whether "=" sees the width of a sign; it sees no case."""
    return _call("EXACT", (one, other), lambda: _as_text(one.value) == _as_text(other.value))


def length(one: Live) -> Live:
    return _call("LEN", (one,), lambda: Fraction(len(_as_text(one.value))))


def left(one: Live, many: Live) -> Live:
    def cut() -> Value:
        return FAILED if _as_number(many.value) < 0 else _as_text(one.value)[: int(_as_number(many.value))]

    return _call("LEFT", (one, many), cut)


def right(one: Live, many: Live) -> Live:
    def cut() -> Value:
        whole, size = _as_text(one.value), int(_as_number(many.value))
        return FAILED if size < 0 else whole[max(0, len(whole) - size) :]

    return _call("RIGHT", (one, many), cut)


def middle(one: Live, start: Live, many: int) -> Live:
    """MID: signs of a text, from one counted from 1."""

    def cut() -> Value:
        at = int(_as_number(start.value))
        return FAILED if at < 1 else _as_text(one.value)[at - 1 : at - 1 + many]

    return _call("MID", (one, start, number(many)), cut)


def begins(one: Live, words: str) -> Live:
    """Whether a text begins so."""
    return left(one, number(len(words))).equals(text(words))


def find(words: str, one: Live) -> Live:
    """FIND: where, from 1; an error where nowhere."""
    at = _as_text(one.value).find(words)
    return _call("FIND", (text(words), one), lambda: Fraction(at + 1) if at >= 0 else FAILED)


def read_text(one: Live) -> Live:
    """VALUE. Programs read more than plain numerals (dates, 1E5); whoever asks must not take those."""

    def read() -> Value:
        found = parse_numeral(_as_text(one.value))
        return FAILED if found is None else found

    return _call("VALUE", (one,), read)


def write_number(one: Live, places: int) -> Live:
    """A number with so many decimals, as text. Rounded first: TEXT alone shows 0.655 as 0.65 in one program and as
    0.66 in another."""
    form = "0" if not places else "0." + "0" * places
    rounded = round_to(one, places)
    found = rounded.value
    if isinstance(found, Fraction):
        found = f"{float(found):.{places}f}"
    return Live(f'TEXT({rounded.text},"{form}")', found)


def say_number(one: Live, places: int) -> Live:
    """A number with so many decimals at most, as text: a program may join more digits to a text than it shows."""
    short = round_to(one, places)
    whole, part = (f'TEXT({short.text},"{form}")' for form in ("0", "0." + "#" * places))
    said = constant(short.value) if isinstance(short.value, Fraction) else short.value
    return choose(short.equals(whole_part(short)), Live(whole, said), Live(part, said))


# --- numbers -----------------------------------------------------------------------------------------------------


def whole_part(one: Live) -> Live:
    """INT."""
    return _call("INT", (one,), lambda: Fraction(math.floor(_as_number(one.value))))


def divide(one: Live, by: Live) -> Live:
    """One number by another, which is not 0."""
    found = _spread((one, by), lambda: _as_number(one.value) / _as_number(by.value))
    return Live(f"{one.within(_MULTIPLIED)}/{by.within(_ATOM)}", found, _MULTIPLIED)


def size(one: Live) -> Live:
    """ABS."""
    return _call("ABS", (one,), lambda: abs(_as_number(one.value)))


def round_to(one: Live, places: int) -> Live:
    return _call("ROUND", (one, number(places)), lambda: round_half_up(_as_number(one.value), places))


def meant(one: Live) -> Live:
    """A binary number to the 15 digits that a cell keeps and shows, which is how the reader takes it: 0.57*100 is 57,
    not 56.99999999999999.

    Programs differ in whether they compare binary numbers bit by bit or to some 15 digits; after this they agree.
    (No program rounds to more than 20 places, and below 0.000001 nothing is compared.)
    """
    given = one.text
    large = f"ABS({given})"
    small = f"IF({large}<0.000001,{given},ROUND({given},14-INT(LOG10({large}))))"
    return replace(one, text=f"IF({large}<1,{small},ROUND({given},15-LEN(INT({large}))))", rank=_ATOM, form="")


def link(target: Live, shown: Live) -> Live:
    """HYPERLINK: a text that leads somewhere."""
    return Live(f"HYPERLINK({target.text},{shown.text})", _spread((target, shown), lambda: shown.value))


# --- ranges ------------------------------------------------------------------------------------------------------


def count(areas: Iterable[Area]) -> Live:
    """COUNT: how many numbers."""
    listed = list(areas)
    found = sum(isinstance(value, Fraction) for area in listed for value in area.values)
    return Live(f"COUNT({_texts(listed)})", Fraction(found))


def count_filled(area: Area) -> Live:
    """COUNTA."""
    return Live(f"COUNTA({area.text})", Fraction(sum(value is not None for value in area.values)))


def count_same(area: Area, wanted: Fraction) -> Live:
    """COUNTIF for a number."""
    found = sum(isinstance(value, Fraction) and value == wanted for value in area.values)
    return Live(f"COUNTIF({area.text},{constant(wanted)})", Fraction(found))


def count_text(area: Area, wanted: Live) -> Live:
    """COUNTIF for a text: how many say the same, whatever the case."""
    words = _as_text(wanted.value).casefold()
    same = sum(isinstance(value, str) and value.casefold() == words for value in area.values)
    return Live(f"COUNTIF({area.text},{wanted.text})", Fraction(same))


def count_from(area: Area, least: int) -> Live:
    """COUNTIF for numbers that reach one."""
    found = sum(isinstance(value, Fraction) and value >= least for value in area.values)
    return Live(f'COUNTIF({area.text},">={least}")', Fraction(found))


def total(area: Area) -> Live:
    """SUM, which passes over words."""
    found = sum((value for value in area.values if isinstance(value, Fraction)), Fraction(0))
    return Live(f"SUM({area.text})", found)


def mean(area: Area) -> Live:
    """AVERAGE."""
    found = [value for value in area.values if isinstance(value, Fraction)]
    return Live(f"AVERAGE({area.text})", sum(found, Fraction(0)) / len(found) if found else FAILED)


def match(wanted: Live, area: Area) -> Live:
    """MATCH of a number, exactly: its place from 1."""
    at = next((at for at, value in enumerate(area.values, start=1) if value == wanted.value and value is not None), 0)
    return Live(f"MATCH({wanted.text},{area.text},0)", Fraction(at) if at else FAILED)


def pick(area: Area, place: Live) -> Live:
    """INDEX."""
    found: Value = FAILED
    if isinstance(place.value, Fraction) and 1 <= place.value <= len(area.values):
        found = area.values[int(place.value) - 1]
    return Live(f"INDEX({area.text},{place.text})", found)


# --- what the functions above rest on ------------------------------------------------------------------------------


def _texts(pieces: Iterable[Live | Area]) -> str:
    return ",".join(one.text for one in pieces)


def _spread(pieces: Iterable[Live], work: Callable[[], Value]) -> Value:
    """What comes of pieces, an error of which is one of the whole."""
    for one in pieces:
        if isinstance(one.value, Failed):
            return FAILED
    try:
        return work()
    except ValueError:  # a text where a number was wanted
        return FAILED


def _call(name: str, pieces: Sequence[Live], work: Callable[[], Value]) -> Live:
    return Live(f"{name}({_texts(pieces)})", _spread(pieces, work))


def _calculate(sign: str, first: Live, second: Live, rank: int, work: Callable[[Fraction, Fraction], Fraction]) -> Live:
    found = _spread((first, second), lambda: work(_as_number(first.value), _as_number(second.value)))
    return Live(f"{first.within(rank)}{sign}{second.within(rank + (sign == '-'))}", found, rank)


def _compare(sign: str, first: Live, second: Live, holds: Callable[[int], bool]) -> Live:
    found = _spread((first, second), lambda: holds(_order(first.value, second.value)))
    return Live(f"{first.within(_JOINED)}{sign}{second.within(_JOINED)}", found, _COMPARED)


def _order(first: Value, second: Value) -> int:
    """How two values compare: numbers below texts below truth values; a blank is what the other one would be."""
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
    if isinstance(value, str):
        raise ValueError(value)
    if isinstance(value, Fraction):
        return value
    return Fraction(1 if value is True else 0)


def _as_text(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return value if isinstance(value, str) else constant(value) if isinstance(value, Fraction) else ""
