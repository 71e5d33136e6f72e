"""Functions of a cell that ask and choose."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

from smartcity_xl.books.held import FAILED, Failed, Value
from smartcity_xl.books.live.pieces import COMPARED, Live, OfOne
from smartcity_xl.books.reckoning import Findable, HeldCell

_Kind: TypeAlias = type[str] | type[bool] | type[Fraction] | type[Failed]


def choose(condition: Live, then: Live, otherwise: Live) -> Live:
    """IF; the way that is not taken is not looked at."""
    said = f"IF({condition.text},{then.text},{otherwise.text})"
    if isinstance(condition.way, _KindOfCell):
        return Live(said, _ChosenByKind(condition.way, then, otherwise))
    return Live(said, _Chosen(condition, then, otherwise))


class _Chosen(Findable[Value]):
    __slots__ = ("_condition", "_otherwise", "_then")

    def __init__(self, condition: Live, then: Live, otherwise: Live) -> None:
        self._condition, self._then, self._otherwise = condition.way, then.way, otherwise.way

    def find(self) -> Value:
        holds = self._condition.find()
        if holds is True:
            return self._then.find()
        if holds is False:
            return self._otherwise.find()
        if holds is FAILED or type(holds) is str:
            return FAILED
        return self._then.find() if holds else self._otherwise.find()


class _ChosenByKind(Findable[Value]):
    """The same, as the kind of a cell says: most are chosen so."""

    __slots__ = ("_kind", "_otherwise", "_source", "_then")

    def __init__(self, condition: _KindOfCell, then: Live, otherwise: Live) -> None:
        self._source, self._kind = condition.source, condition.kind
        self._then, self._otherwise = then.way, otherwise.way

    def find(self) -> Value:
        source = self._source
        if type(source.held if source.known else source.look()) is self._kind:
            return self._then.find()
        return self._otherwise.find()


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

    def find(self) -> Value:
        holds = True
        for one in self._conditions:
            held = one.find()
            if held is True:
                continue
            if held is FAILED or (holds and type(held) is str):
                return FAILED
            holds = holds and bool(held)
        return holds


class _Some(_Every):
    __slots__ = ()

    def find(self) -> Value:
        holds = False
        for one in self._conditions:
            held = one.find()
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

    def find(self) -> Value:
        held = self._tried.find()
        return self._otherwise.find() if held is FAILED else held


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
    return Live(f"{name}({one.text})", _KindOfCell(way, kind) if isinstance(way, HeldCell) else _KindOf(way, kind))


class _KindOf(Findable[Value]):
    __slots__ = ("_kind", "_one")

    def __init__(self, one: Findable[Value], kind: _Kind) -> None:
        self._one, self._kind = one, kind

    def find(self) -> Value:
        return type(self._one.find()) is self._kind


class _KindOfCell(Findable[Value]):
    __slots__ = ("kind", "source")

    def __init__(self, source: HeldCell, kind: _Kind) -> None:
        self.source, self.kind = source, kind

    def find(self) -> Value:
        source = self.source
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

    __slots__ = ("_form", "_source")

    def __init__(self, one: Live, form: str) -> None:
        if not isinstance(one.way, HeldCell):
            raise TypeError(f"no cell: {one.text}")
        self._source, self._form = one.way, form

    def find(self) -> Value:
        source = self._source
        if not source.known:
            source.look()  # the form changes with the value, and who asks for it is a reader
        return source.form == self._form
