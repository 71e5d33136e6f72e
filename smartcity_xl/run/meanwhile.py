"""What a collection wants once all is read and what is certain before: it is done while a child reads, when this
process has nothing else to do."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence

from smartcity_xl.model import Catalog


class Meanwhile:
    """Goes through it step by step, as long as somebody asks: what is left is done where it is wanted, and what is
    wrong with a step is told there."""

    def __init__(self, summaries: bool = False, returns: bool = False) -> None:
        """Whether summaries will be written, and workbooks that go back."""
        self._summaries = summaries
        self._steps = deque[Callable[[], object]]()
        if summaries:
            self._steps.append(_load_summary)
        if returns:
            self._steps.append(_load_returning)

    def expect(self, systems: Sequence[Catalog]) -> None:
        """It is known which systems the round is of."""
        if self._summaries:
            from smartcity_xl.summary import find_ahead

            self._steps.extend(step for system in systems for step in find_ahead(system))

    def __iter__(self) -> Iterator[object]:
        return self

    def __next__(self) -> object:
        if not self._steps:
            raise StopIteration
        return self._steps.popleft()()


NOTHING = Meanwhile()
"""For who only assesses."""


def _load_summary() -> None:
    import smartcity_xl.summary  # noqa: F401


def _load_returning() -> None:
    import smartcity_xl.form.returning  # noqa: F401
