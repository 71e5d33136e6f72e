"""Functions of a cell that read, cut and write texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from fractions import Fraction
from functools import partial

from smartcity_xl.books.held import FAILED, Value, as_number, as_text
from smartcity_xl.books.live.logic import choose, some
from smartcity_xl.books.live.numbers import round_to, whole_part
from smartcity_xl.books.live.pieces import Live, OfOne, OfTwo, number, text
from smartcity_xl.books.reckoning import Findable, Over
from smartcity_xl.books.values import parse_numeral
from smartcity_xl.rules.formula import constant


def trim(one: Live) -> Live:
    return Live(f"TRIM({one.text})", OfOne(one, _trim))


def _trim(held: Value) -> Value:
    words = as_text(held)
    return " ".join(filter(None, words.split(" "))) if " " in words else words


def narrow(one: Live) -> Live:
    """ASC: full-width signs made ordinary; a program of another language may leave them."""
    return Live(f"ASC({one.text})", OfOne(one, _narrow))


def _narrow(held: Value) -> Value:
    words = as_text(held)
    return words if words.isascii() else "".join(map(_narrowed, words))


def _narrowed(sign: str) -> str:
    wide = unicodedata.east_asian_width(sign) == "F"
    return unicodedata.normalize("NFKC", sign) if wide else sign


def same(one: Live, other: Live) -> Live:
    """EXACT: two texts sign for sign. Programs differ on whether "=" sees the width of a sign; it sees no case."""
    return Live(f"EXACT({one.text},{other.text})", OfTwo(one, other, _are_exact))


def _are_exact(first: Value, second: Value) -> Value:
    return as_text(first) == as_text(second)


def same_as_any(one: Live, listed: Iterable[str]) -> Live:
    """Whether a text is one of several, sign for sign. Not MATCH, to which * is every text."""
    words = list(listed)
    asked, known = some(*(same(one, text(said)) for said in words)), frozenset(words)
    return Live(asked.text, OfOne(one, lambda held: as_text(held) in known))


def length(one: Live) -> Live:
    return Live(f"LEN({one.text})", OfOne(one, _count_signs))


def _count_signs(held: Value) -> Value:
    return Fraction(len(as_text(held)))


def left(one: Live, many: Live) -> Live:
    return Live(f"LEFT({one.text},{many.text})", OfTwo(one, many, _cut_left))


def _cut_left(held: Value, wanted: Value) -> Value:
    size = int(as_number(wanted))
    return FAILED if size < 0 else as_text(held)[:size]


def right(one: Live, many: Live) -> Live:
    return Live(f"RIGHT({one.text},{many.text})", OfTwo(one, many, _cut_right))


def _cut_right(held: Value, wanted: Value) -> Value:
    words, size = as_text(held), int(as_number(wanted))
    return FAILED if size < 0 else words[max(0, len(words) - size) :]


def middle(one: Live, start: Live, many: int) -> Live:
    """MID: signs of a text, from one counted from 1."""
    return Live(f"MID({one.text},{start.text},{number(many).text})", OfTwo(one, start, partial(_cut_middle, many)))


def _cut_middle(many: int, held: Value, start: Value) -> Value:
    at = int(as_number(start))
    return FAILED if at < 1 else as_text(held)[at - 1 : at - 1 + many]


def begins(one: Live, words: str) -> Live:
    """Whether a text begins so."""
    composed = left(one, number(len(words))).equals(text(words))
    return Live(composed.text, _Begins(one, words), composed.rank)


class _Begins(Findable[Value]):
    __slots__ = ("_folded", "_one", "_size")

    def __init__(self, one: Live, words: str) -> None:
        self._one, self._folded, self._size = one.way, words.casefold(), len(words)

    def find(self, over: Over) -> Value:
        held = self._one.find(over)
        return FAILED if held is FAILED else as_text(held)[: self._size].casefold() == self._folded


def find(words: str, one: Live) -> Live:
    """FIND: where, from 1; an error where nowhere."""
    sought = text(words)
    return Live(f"FIND({sought.text},{one.text})", OfOne(one, partial(_seek, words)))


def _seek(sought: str, held: Value) -> Value:
    at = as_text(held).find(sought)
    return Fraction(at + 1) if at >= 0 else FAILED


def read_text(one: Live) -> Live:
    """VALUE. Programs read more than plain numerals (dates, 1E5); whoever asks must not take those."""
    return Live(f"VALUE({one.text})", OfOne(one, _read))


def _read(held: Value) -> Value:
    found = parse_numeral(as_text(held))
    return FAILED if found is None else found


def write_number(one: Live, places: int) -> Live:
    """A number with so many decimals, as text. Rounded first: TEXT alone shows 0.655 as 0.65 in one program and as
    0.66 in another."""
    form = "0" if not places else "0." + "0" * places
    rounded = round_to(one, places)

    def write(held: Value) -> Value:
        return f"{float(held):.{places}f}" if isinstance(held, Fraction) else held

    return Live(f'TEXT({rounded.text},"{form}")', OfOne(rounded, write))


def say_number(one: Live, places: int) -> Live:
    """A number with so many decimals at most, as text: a program may join more digits to a text than it shows."""
    short = round_to(one, places)
    whole, part = (f'TEXT({short.text},"{form}")' for form in ("0", "0." + "#" * places))
    say = OfOne(short, _say)
    return choose(short.equals(whole_part(short)), Live(whole, say), Live(part, say))


def _say(held: Value) -> Value:
    return constant(held) if isinstance(held, Fraction) else held


def link(target: Live, shown: Live) -> Live:
    """HYPERLINK: a text that leads somewhere."""
    return Live(f"HYPERLINK({target.text},{shown.text})", OfTwo(target, shown, _last))


def _last(_: Value, held: Value) -> Value:
    return held
