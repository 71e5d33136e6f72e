"""Functions of a cell that ask and choose."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

from smartcity_xl.books.held import FAILED, Failed, Value
from smartcity_xl.books.live.pieces import COMPARED, Brought, Live, OfOne
from smartcity_xl.books.reckoning import Findable, HeldCell, Over

_Kind: TypeAlias = type[str] | type[bool] | type[Fraction] | type[Failed]


def choose(condition: Live, then: Live, otherwise: Live) -> Live:
    """IF; the way that is not taken is not looked at."""
    said = f"IF({condition.text},{then.text},{otherwise.text})"
    if isinstance(condition.way, _KindOfBrought):
        return Live(said, _ChosenByKind(condition.way, then, otherwise))
    return Live(said, _Chosen(condition, then, otherwise))


class _Chosen(Findable[Value]):
    __slots__ = ("_condition", "_otherwise", "_then")

    def __init__(self, condition: Live, then: Live, otherwise: Live) -> None:
        self._condition, self._then, self._otherwise = condition.way, then.way, otherwise.way

    def find(self, over: Over) -> Value:
        holds = self._condition.find(over)
        if holds is True:
            return self._then.find(over)
        if holds is False:
            return self._otherwise.find(over)
        if holds is FAILED or type(holds) is str:
            return FAILED
        return self._then.find(over) if holds else self._otherwise.find(over)


class _ChosenByKind(Findable[Value]):
    """The same, as the kind of a cell says that is brought: most are chosen so."""

    __slots__ = ("_at", "_kind", "_otherwise", "_then")

    def __init__(self, condition: _KindOfBrought, then: Live, otherwise: Live) -> None:
        self._at, self._kind = condition.at, condition.kind
        self._then, self._otherwise = then.way, otherwise.way

    def find(self, over: Over) -> Value:
        source = over[self._at]
        if type(source.held if source.known else source.look()) is self._kind:
            return self._then.find(over)
        return self._otherwise.find(over)


def every(*conditions: Live) -> Live:
    """AND."""
    return Live(f"AND({','.join(one.text for one in conditions)})", _Every(conditions))


def some(*conditions: Live) -> Live:
    """OR."""
    return Live(f"OR({','.join(one.text for one in conditions)})", _Some(conditions))


class _Every(Findable[Value]):
    """An error of any is one of the whole."""

    __slots__ = ("_conditions",)

    def __init__(self, conditions: tuple[Live, ...]) -> None:
        self._conditions = tuple(one.way for one in conditions)

    def find(self, over: Over) -> Value:
        holds = True
        for one in self._conditions:
            held = one.find(over)
            if held is True:
                continue
            if held is FAILED or (holds and type(held) is str):
                return FAILED
            holds = holds and bool(held)
        return holds


class _Some(_Every):
    __slots__ = ()

    def find(self, over: Over) -> Value:
        holds = False
        for one in self._conditions:
            held = one.find(over)
            if held is False:
                continue
            if held is FAILED or (not holds and type(held) is str):
                return FAILED
            holds = holds or bool(held)
        return holds


def none(condition: Live) -> Live:
    """NOT."""
    return Live(f"NOT({condition.text})", OfOne(condition, _not))


def _not(held: Value) -> Value:
    if type(held) is str:
        raise ValueError(held)
    return not held


def or_else(tried: Live, otherwise: Live) -> Live:
    """IFERROR."""
    return Live(f"IFERROR({tried.text},{otherwise.text})", _OrElse(tried, otherwise))


class _OrElse(Findable[Value]):
    __slots__ = ("_otherwise", "_tried")

    def __init__(self, tried: Live, otherwise: Live) -> None:
        self._tried, self._otherwise = tried.way, otherwise.way

    def find(self, over: Over) -> Value:
        held = self._tried.find(over)
        return self._otherwise.find(over) if held is FAILED else held


def is_number(one: Live) -> Live:
    return _ask_kind("ISNUMBER", one, Fraction)


def is_text(one: Live) -> Live:
    return _ask_kind("ISTEXT", one, str)


def is_logical(one: Live) -> Live:
    return _ask_kind("ISLOGICAL", one, bool)


def is_error(one: Live) -> Live:
    return _ask_kind("ISERROR", one, Failed)


def _ask_kind(name: str, one: Live, kind: _Kind) -> Live:
    """Whether a value is of a kind; an error too has one."""
    way = one.way
    asked = _KindOfBrought(way.at, kind) if isinstance(way, Brought) else _KindOf(way, kind)
    return Live(f"{name}({one.text})", asked)


class _KindOf(Findable[Value]):
    __slots__ = ("_kind", "_one")

    def __init__(self, one: Findable[Value], kind: _Kind) -> None:
        self._one, self._kind = one, kind

    def find(self, over: Over) -> Value:
        return type(self._one.find(over)) is self._kind


class _KindOfBrought(Findable[Value]):
    __slots__ = ("at", "kind")

    def __init__(self, at: int, kind: _Kind) -> None:
        self.at, self.kind = at, kind

    def find(self, over: Over) -> Value:
        source = over[self.at]
        return type(source.held if source.known else source.look()) is self.kind


def shows_date(one: Live, plain: str) -> Live:
    """Whether a cell shows a date or a time. ``plain`` is the address of a cell that has no format of its own.

    Excel and WPS say D1, D4 … for a date and G for anything else. LibreOffice says G for most dates, and F0 where a
    cell has no format: so a cell that says G, where the plain one does not, holds one. Gnumeric knows few formats.
    """
    said, usual = f'CELL("format",{one.text})', f'CELL("format",{plain})'
    return Live(f'OR(LEFT({said},1)="D",AND({said}="G",{usual}<>"G"))', _Shows(one, "date"))


def shows_percentage(one: Live) -> Live:
    return Live(f'LEFT(CELL("format",{one.text}),1)="P"', _Shows(one, "percentage"), COMPARED)


class _Shows(Findable[Value]):
    """Whether a cell shows its number in a form."""

    __slots__ = ("_form", "_one")

    def __init__(self, one: Live, form: str) -> None:
        if not isinstance(one.way, HeldCell | Brought):
            raise TypeError(f"no cell: {one.text}")
        self._one, self._form = one.way, form

    def find(self, over: Over) -> Value:
        source = over[self._one.at] if isinstance(self._one, Brought) else self._one
        if not isinstance(source, HeldCell):
            raise TypeError("no cell was brought")
        if not source.known:
            source.look()  # the form changes with the value, and who asks for it is a reader
        return source.form == self._form
