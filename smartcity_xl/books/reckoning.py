"""What the cells of a workbook hold, and which formulas come to something else once one of them holds something else.

A formula is computed when its result is asked for. While a workbook is laid out, blank, all that is read on the way
learns who reads it; then the workbook can be computed over other answers, and only what read a changed cell is computed
again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeAlias, TypeVar

from smartcity_xl.books.held import Value, read_content

T = TypeVar("T")
Over: TypeAlias = "Sequence[Reckoned[Any] | Fixed]"
"""Cells that a way is over, and what stands in the place of one."""


class Findable(Generic[T]):
    """The way to something over the cells as they stand. ``over`` are those that it was not put together with: many
    cells share one way, and bring their own (``books.live.shared``)."""

    __slots__ = ()

    def find(self, over: Over) -> T:
        raise NotImplementedError


class Fixed(Findable[Value]):
    """What stands in the formula itself."""

    __slots__ = ("held",)
    known = True

    def __init__(self, held: Value) -> None:
        self.held = held

    def find(self, over: Over) -> Value:
        return self.held

    def look(self) -> Value:
        return self.held


class Reckoned(Findable[T]):
    """What is found over cells, and found again once one of them holds something else.

    Who reads it often takes ``held`` while it is ``known``, and else what ``look`` gives: most reads are quick then.
    """

    __slots__ = ("blank", "formula", "held", "known", "readers", "reckoning")
    held: T
    blank: T
    """What it came to when the workbook was laid out."""

    def __init__(self, reckoning: Reckoning, formula: Findable[T] | None) -> None:
        self.reckoning, self.formula, self.known = reckoning, formula, False
        self.readers: tuple[Reckoned[Any], ...] = ()

    def find(self, over: Over = ()) -> T:
        return self.held if self.known else self.look()

    def look(self) -> T:
        """What it comes to, where that is not known, or who reads it is to be learnt."""
        learning = self.reckoning.learning
        if learning is not None:
            learning.hear(self)
        else:
            if self.formula is not None:
                self.held = self.formula.find(())
            self.known = True
        return self.held


class HeldCell(Reckoned[Value]):
    """A cell as formulas see it: what stands in it, or the result of its formula."""

    __slots__ = ("form",)

    def __init__(self, reckoning: Reckoning, content: object = None, code: str = "") -> None:
        self.reckoning, self.formula, self.known, self.readers = reckoning, None, False, ()
        self.held, self.form = (None, "") if content is None else read_content(content, code)

    def hold(self, content: object, code: str = "") -> None:
        """From now on something else stands in it."""
        value, form = read_content(content, code)
        held = self.held
        if self.formula is None and type(value) is type(held) and value == held and form == self.form:
            return
        self.reckoning.note(self)
        self.formula, self.held, self.form, self.known = None, value, form, False

    def compute(self, formula: Findable[Value]) -> None:
        """From now on it has this formula."""
        self.reckoning.note(self)
        self.formula, self.form, self.known = formula, "", False


class _Unlearnt(Reckoned[T]):
    """What nobody asked about when the workbook was laid out: no change is told to it, and so it is found each time."""

    __slots__ = ()

    def look(self) -> T:
        found, self.known = super().look(), False
        return found


class _Learning:
    """Who reads what, as long as a workbook is laid out."""

    def __init__(self) -> None:
        self.readers: dict[Reckoned[Any], dict[Reckoned[Any], None]] = {}
        self._asking: list[Reckoned[Any]] = []
        """What is being found, each read by the one before it."""

    def hear(self, one: Reckoned[Any]) -> None:
        """Somebody reads one."""
        readers = self.readers.get(one)
        if readers is None:
            readers = self.readers[one] = {}
            if one.formula is not None:
                self._asking.append(one)
                one.held = one.formula.find(())
                self._asking.pop()
        if self._asking:
            readers[self._asking[-1]] = None


class Reckoning:
    """The cells of one workbook together, and what else is found over them."""

    def __init__(self) -> None:
        self.learning: _Learning | None = None
        self._learnt = False
        """Whether it is known who reads what; what is shared later is not among it."""
        self._shared: list[Reckoned[Any]] = []
        self._changed: list[Reckoned[Any]] | None = None
        """What has read a changed cell, since the workbook is tried."""
        self._before: dict[HeldCell, tuple[Findable[Value] | None, Value, str, bool]] = {}
        """Cells that hold something else meanwhile."""

    def share(self, way: Findable[T]) -> Reckoned[T]:
        """What several formulas read of the cells, found once for all of them."""
        if self._learnt:
            return _Unlearnt(self, way)
        made = Reckoned(self, way)
        self._shared.append(made)
        return made

    def forget_shared(self) -> None:
        """Nothing is found any more."""
        self._shared.clear()

    @contextmanager
    def laying_out(self) -> Iterator[None]:
        """Learn meanwhile who reads what: cells will hold something else one day."""
        self.learning = learning = _Learning()
        yield
        for one in self._shared:  # it may have no reader but in some later workbook
            one.look()
        self._shared.clear()
        self.learning, self._learnt = None, True
        for one, readers in learning.readers.items():
            one.known, one.blank, one.readers = True, one.held, tuple(readers)

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Let cells of a workbook that was laid out hold something else for a while; afterwards all is as it was."""
        changed: list[Reckoned[Any]] = []
        self._changed = changed
        try:
            yield
        finally:
            for cell, before in self._before.items():
                cell.formula, cell.held, cell.form, cell.known = before
            for one in changed:
                one.held, one.known = one.blank, True
            self._changed = None
            self._before.clear()

    def note(self, cell: HeldCell) -> None:
        """A cell is about to change: what read it has no result any more."""
        changed = self._changed
        if changed is None:
            return
        self._keep(cell)
        waiting: list[Reckoned[Any]] = [cell]
        while waiting:
            for one in waiting.pop().readers:
                if one.known:  # else what read it has no result either
                    one.known = False
                    changed.append(one)
                    waiting.append(one)

    def _keep(self, cell: HeldCell) -> None:
        if cell not in self._before:
            self._before[cell] = cell.formula, cell.held, cell.form, cell.known

    def other_results(self) -> Iterator[HeldCell]:
        """The cells that come to something else than when the workbook was laid out."""
        for one in self._changed or ():
            if isinstance(one, HeldCell):
                now, blank = one.held if one.known else one.look(), one.blank
                if now is not blank and (type(now) is not type(blank) or now != blank):
                    yield one
