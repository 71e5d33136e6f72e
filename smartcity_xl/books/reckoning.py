"""What the cells of a workbook hold, and which formulas come to something else once one of them holds something else.

A formula is computed when its result is asked for, and whatever it reads on the way remembers it. So a workbook that
was laid out once, blank, can be computed over other answers: only what read a changed cell is computed again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from smartcity_xl.books.live import Live, Value, read_content


class HeldCell:
    """A cell as formulas see it: what stands in it, or the result of its formula."""

    __slots__ = ("_form", "_formula", "_known", "_readers", "_reckoning", "_value")

    def __init__(self, reckoning: Reckoning, content: object = None, code: str = "") -> None:
        self._reckoning = reckoning
        self._formula: Live | None = None
        self._known = True
        self._readers: set[HeldCell] | None = None
        self._value, self._form = read_content(content, code)

    def value(self) -> Value:
        if self._reckoning.remembers:
            self._remember()
        if not self._known:
            self._find()
        return self._value

    def _remember(self) -> None:
        asking = self._reckoning.asking
        if asking:
            if self._readers is None:
                self._readers = set()
            self._readers.add(asking[-1])

    @property
    def has_formula(self) -> bool:
        return self._formula is not None

    def _find(self) -> None:
        asking, formula = self._reckoning.asking, self._formula
        asking.append(self)
        try:
            self._value = formula.value if formula else None
        finally:
            asking.pop()
        self._known = True

    def form(self) -> str:
        """As ``Live`` has it. Whoever asks for it has asked, or will ask, for the value."""
        self.value()
        return self._form

    def hold(self, content: object, code: str = "") -> None:
        """From now on something else stands in it."""
        value, form = read_content(content, code)
        same = type(value) is type(self._value) and (value, form) == (self._value, self._form)
        if self._formula is None and same:
            return
        self._reckoning.note(self)
        self._formula, self._value, self._form, self._known = None, value, form, True

    def compute(self, formula: Live) -> None:
        """From now on it has this formula."""
        self._reckoning.note(self)
        self._formula, self._form, self._known = formula, "", False


class Reckoning:
    """The cells of one workbook together."""

    def __init__(self) -> None:
        self.asking: list[HeldCell] = []
        """The formulas that are being computed, each read by the one before it."""
        self.remembers = False
        """Whether cells learn who reads them: only where they will hold something else one day."""
        self._before: dict[HeldCell, tuple[Live | None, Value, str, bool]] = {}
        self._trying = False

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Let cells hold something else for a while; afterwards all is as it was."""
        self._trying = True
        try:
            yield
        finally:
            for cell, before in self._before.items():
                cell._formula, cell._value, cell._form, cell._known = before
            self._before, self._trying = {}, False

    def note(self, cell: HeldCell) -> None:
        """A cell is about to change: what read it has no result any more."""
        waiting = [cell]
        while waiting:
            one = waiting.pop()
            if one is not cell:
                if not one._known:
                    continue  # nor has what read it
                self._keep(one)
                one._known = False
            else:
                self._keep(one)
            waiting += one._readers or ()

    def _keep(self, cell: HeldCell) -> None:
        if self._trying and cell not in self._before:
            self._before[cell] = (cell._formula, cell._value, cell._form, cell._known)

    def is_changed(self, cell: HeldCell) -> bool:
        """Whether a cell comes to something else than before, or has another formula."""
        before = self._before.get(cell)
        if before is None:
            return False
        formula, value, _, _ = before
        now = cell.value()
        return formula is not cell._formula or type(now) is not type(value) or now != value

    def is_touched(self, cell: HeldCell) -> bool:
        return cell in self._before
