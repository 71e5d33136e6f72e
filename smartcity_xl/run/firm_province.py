"""The ranks of a province's cities with their intervals, as its summary takes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from smartcity_xl.errors import ResultsFault
from smartcity_xl.model import Catalog
from smartcity_xl.results.files import read_results
from smartcity_xl.results.province import CityState, Firm, ProvinceEntry
from smartcity_xl.results.province.brief import SystemShape, brief_city
from smartcity_xl.results.province.record import FirmRecord
from smartcity_xl.run.firm import RuleBook
from smartcity_xl.run.province import CitySource
from smartcity_xl.run.records import systems_around
from smartcity_xl.score.firm_ranks import Marks, RankInterval, rank_under_weights
from smartcity_xl.score.firm_weights import USUAL, Perturbation


class _Group(Struct):
    """The cities that are ranked together; ``whole`` as long as the rules of every one are at hand."""

    catalog: Catalog | None = None
    names: list[str] = field(default_factory=list)
    marks: list[Marks] = field(default_factory=list)
    whole: bool = True


def weigh_province(
    sources: Iterable[CitySource], systems: Sequence[str] = (), perturbation: Perturbation = USUAL
) -> Firm:
    """Cities are ranked with those that the summary ranks them with. There are no intervals where a city's rules are
    not at hand, or have no points; and none for a city that comes twice under one name."""
    groups, book = dict[SystemShape, _Group](), RuleBook(systems)
    for source in sources:
        if source.path is not None and source.state is CityState.COLLECTED:
            _enter(groups, book, source)
    named = Counter((shape.catalog.id, name) for shape, one in groups.items() for name in one.names)
    firm: dict[str, dict[str, FirmRecord]] = {}
    for shape, group in groups.items():
        if group.whole and group.catalog is not None and group.catalog.graded and len(group.names) > 1:
            intervals = rank_under_weights(group.catalog, group.marks, perturbation)
            firm.setdefault(shape.catalog.id, {}).update(
                (name, _record(one))
                for name, one in zip(group.names, intervals, strict=True)
                if named[shape.catalog.id, name] == 1
            )
    return firm


def _enter(groups: dict[SystemShape, _Group], book: RuleBook, source: CitySource) -> None:
    """A record that cannot be read is told by the summary itself."""
    if source.path is None:
        return
    try:
        record = read_results(source.path)
    except ResultsFault:
        return
    shape = brief_city(ProvinceEntry(source.name, source.state, record)).shape
    if shape is None:
        return
    group, opened = groups.setdefault(shape, _Group()), book.open(record, systems_around(source.path))
    if opened is None:
        group.whole = False
        return
    rules, scores = opened
    group.catalog = rules.catalog
    name = record.city or source.name
    marks = {one.indicator.code: one.mark for one in scores.indicators if one.mark is not None}
    if (name, marks) not in zip(group.names, group.marks, strict=True):  # the same record once more
        group.names.append(name)
        group.marks.append(marks)


def _record(one: RankInterval) -> FirmRecord:
    return FirmRecord(one.best, one.median, one.worst, f"{one.kept:.4f}")
