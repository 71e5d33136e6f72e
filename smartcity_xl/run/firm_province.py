"""The ranks of a province's cities with their intervals, as its summary takes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct, field

from smartcity_xl.model import Catalog
from smartcity_xl.model.headway import Follow, followed, unfollowed
from smartcity_xl.results.province import CityState, Firm, ProvinceEntry
from smartcity_xl.results.province.brief import SystemShape, brief_city
from smartcity_xl.results.province.record import FirmRecord
from smartcity_xl.results.record import Results
from smartcity_xl.run.firm import RuleBook
from smartcity_xl.run.province import CitySource, read_entries
from smartcity_xl.run.records import systems_around
from smartcity_xl.score.firm_ranks import Marks, RankInterval, rank_under_weights
from smartcity_xl.score.firm_weights import USUAL, Perturbation


class _Group(Struct):
    """The cities that are ranked together; ``whole`` as long as the rules of every one are at hand."""

    catalog: Catalog | None = None
    names: list[str] = field(default_factory=list)
    marks: list[Marks] = field(default_factory=list)
    whole: bool = True


class RanksWeigher:
    """Takes the records of cities, each with the systems of its round, and ranks them as the weights are moved; of a
    record the marks are kept.

    Cities are ranked with those that the summary ranks them with. There are no intervals where a city's rules are
    not at hand, or have no points; and none for a city that comes twice under one name.
    """

    def __init__(self, systems: Sequence[str] = (), perturbation: Perturbation = USUAL) -> None:
        self._groups, self._book = dict[SystemShape, _Group](), RuleBook(systems)
        self._perturbation = perturbation

    def add(self, name: str, record: Results, around: Sequence[str] = ()) -> None:
        """``name`` is used where the record has none."""
        shape = brief_city(ProvinceEntry(name, CityState.COLLECTED, record)).shape
        if shape is None:
            return
        group, opened = self._groups.setdefault(shape, _Group()), self._book.open(record, around)
        if opened is None:
            group.whole = False
            return
        rules, scores = opened
        group.catalog = rules.catalog
        name = record.city or name
        marks = {one.indicator.code: one.mark for one in scores.indicators if one.mark is not None}
        if (name, marks) not in zip(group.names, group.marks, strict=True):  # the same record once more
            group.names.append(name)
            group.marks.append(marks)

    def finish(self, follow: Follow = unfollowed) -> Firm:
        named = Counter((shape.catalog.id, name) for shape, one in self._groups.items() for name in one.names)
        firm: dict[str, dict[str, FirmRecord]] = {}
        for shape, group in self._groups.items():
            if group.whole and group.catalog is not None and group.catalog.graded and len(group.names) > 1:
                intervals = rank_under_weights(group.catalog, group.marks, self._perturbation, follow)
                firm.setdefault(shape.catalog.id, {}).update(
                    (name, _record(one))
                    for name, one in zip(group.names, intervals, strict=True)
                    if named[shape.catalog.id, name] == 1
                )
        return firm


def weigh_province(
    sources: Sequence[CitySource],
    systems: Sequence[str] = (),
    perturbation: Perturbation = USUAL,
    follow: Follow = unfollowed,
) -> Firm:
    """The same of the records that lie in files, mails and archives: all that the summary ranks. One that is unreadable
    is told by the summary itself."""
    weigher = RanksWeigher(systems, perturbation)
    for source in followed(sources, "rules", follow, len(sources)):
        if source.path is None or source.state is not CityState.COLLECTED:
            continue
        for entry in read_entries(source, Path()):
            if isinstance(entry.record, Results):
                weigher.add(entry.name, entry.record, systems_around(source.path))
    return weigher.finish(follow)


def _record(one: RankInterval) -> FirmRecord:
    return FirmRecord(one.best, one.median, one.worst, f"{one.kept:.4f}")
