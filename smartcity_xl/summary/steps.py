"""What would win points back: the best steps for the city and for each department, and all steps of each indicator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from smartcity_xl.books.pages import Book
from smartcity_xl.catalog.score_tree import Height, name_of
from smartcity_xl.messages import label
from smartcity_xl.results import Results
from smartcity_xl.results.record import ReachRecord, StepRecord
from smartcity_xl.summary.grid import Head, Line, write_list
from smartcity_xl.summary.places import Places

_COLUMNS = (
    Head("step_for", 22), Head("code", 10), Head("name", 26), Head("step", 66), Head("gain", 9, "score"),
    Head("step_total", 10, "score"), Head("department", 30),
)  # fmt: skip
_GRADED = frozenset({"gain", "step_total"})


def has_steps(record: Results) -> bool:
    return bool(record.reach.steps or any(one.steps for one in record.indicators))


def write_steps(book: Book, record: Results, places: Places) -> None:
    columns = tuple(one for one in _COLUMNS if record.total or one.name not in _GRADED)
    write_list(book, "steps", columns, _lines(record, places), freeze=2)


class _Names(Struct, frozen=True):
    """What indicators and departments are called, by code and key."""

    indicators: Mapping[str, str]
    departments: Mapping[str, str]


def _lines(record: Results, places: Places) -> Iterator[Line]:
    names = _Names({one.code: one.name for one in record.indicators}, {one.key: one.name for one in record.departments})
    yield from _reach_lines(names, label("steps.for_city"), record.reach, places)
    for department in record.departments:
        yield from _reach_lines(names, department.name, department.reach, places)
    yield Line({"step_for": label("steps.for_each")}, style="bold_cell")
    for indicator in record.indicators:
        for step in indicator.steps:
            yield _step_line(names, step, places)


def _reach_lines(names: _Names, whose: str, reach: ReachRecord, places: Places) -> Iterator[Line]:
    if not reach.steps:
        return
    gain = {"gain": float(reach.gain)} if reach.gain is not None else {}
    yield Line({"step_for": whose, "step": reach.zh, **gain}, style="bold_cell")
    for step in reach.steps:
        yield _step_line(names, step, places)


def _step_line(names: _Names, step: StepRecord, places: Places) -> Line:
    numbers = {"gain": step.gain, "step_total": step.total}
    cells: dict[str, str | float] = {
        "code": step.indicator,
        "name": names.indicators[step.indicator],
        "step": step.zh,
        "department": label("word.separator").join(names.departments.get(key, key) for key in step.departments),
        **{name: float(number) for name, number in numbers.items() if number is not None},
    }
    to = {"code": places.scores.get(name_of(Height.MARK, step.indicator))}
    if step.moves:
        to["gain"] = places.slots.get(step.moves[0].figure)
    return Line(cells, to, 1)
