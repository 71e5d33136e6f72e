"""How firm results are: of one city what hangs on each open thing alone, of several their ranks with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from smartcity_xl.errors import UsageFault
from smartcity_xl.model import CampaignSettings, Catalog, RatioAboveOne, Rounding, Scores
from smartcity_xl.model.headway import Follow, followed, unfollowed
from smartcity_xl.results.firm import (
    FirmCity,
    FirmSystem,
    ask_record,
    base_of,
    compose_city,
    compose_draws,
    compose_ranks,
)
from smartcity_xl.results.recalled import merged_of, settings_of
from smartcity_xl.results.record import Results
from smartcity_xl.results.scored_run import Rules
from smartcity_xl.results.tables import name_source
from smartcity_xl.run.records import FoundResults, find_results
from smartcity_xl.run.scored_again import agree, find_rules, period_of
from smartcity_xl.run.systems import settle
from smartcity_xl.score.firm_effects import Unsettled, try_setting
from smartcity_xl.score.firm_ranks import rank_under_weights
from smartcity_xl.score.firm_weights import USUAL, Perturbation
from smartcity_xl.score.scoring import score_merged

_RECORDS = "results*.json"


class RuleBook(Struct):
    """The rules of many records: those of one are held against the next of its kind before they are looked for again.
    ``systems`` are those of offices' own."""

    systems: Sequence[str]
    known: dict[tuple[object, ...], tuple[Catalog, Catalog]] = field(default_factory=dict)

    def open(self, record: Results, around: Sequence[str]) -> tuple[Rules, Scores] | None:
        """The rules by which the answers of a record come to the scores that it holds, and these by the engine."""
        kind = record.catalog.id, record.catalog.version, settings_of(record), period_of(record)
        if kind in self.known:
            rules = Rules(*self.known[kind], merged_of(record, self.known[kind][1]))
            scores = score_merged(rules.catalog, rules.merged)
            if agree(record, scores, rules.catalog):
                return rules, scores
        found = find_rules(record, self.systems, around)
        if found is None:
            return None
        self.known[kind] = found.written, found.catalog
        return found, score_merged(found.catalog, found.merged)


class _Firm(Struct, frozen=True):
    """A record with the rules that it was scored by, and its scores by the engine."""

    path: Path
    record: Results
    rules: Rules
    scores: Scores

    @property
    def marks(self) -> dict[str, Fraction]:
        return {one.indicator.code: one.mark for one in self.scores.indicators if one.mark is not None}

    def as_city(self, alone: bool) -> FirmCity:
        base = base_of(self.record, self.scores, self.rules.catalog)
        asked = [*ask_record(self.record, base), *self.ask_settings()] if alone else ()
        return compose_city(self.record, name_source(self.path), base, asked)

    def ask_settings(self) -> Iterator[Unsettled]:
        """The settings that the texts leave open and that move a total, each with all its values."""
        chosen, period = settings_of(self.record), period_of(self.record)
        for name, values in (("ratio_above_one", RatioAboveOne), ("rounding", Rounding)):
            systems = {
                value.value: settle(self.rules.written, replace(chosen, **{name: value}), period) for value in values
            }
            yield try_setting(name, self.rules.merged, systems, getattr(chosen, name).value)


def weigh_results(
    given: Sequence[Path],
    campaign: CampaignSettings | None = None,
    systems: Sequence[str] = (),
    perturbation: Perturbation = USUAL,
    follow: Follow = unfollowed,
) -> tuple[FirmSystem, ...]:
    """What is named, those of one system, edition and choices together: of a single one what hangs on each open thing,
    of several the ranks. A folder stands for the results in it and below. ``systems`` are those of offices' own.

    Raises UsageFault (nothing there, nothing to go by, rules that are not at hand, no such draws), and as
    ``find_results``.
    """
    if perturbation.draws < 1 or not 0 < perturbation.spread < 1:
        raise UsageFault("firm-draws", draws=perturbation.draws, spread=f"{perturbation.spread:g}")
    found = find_results("firm", [inner for path in given for inner in _look_into(path)], campaign, follow)
    around = [reference for one in found for reference in one.systems]
    book, groups = RuleBook(systems), dict[tuple[str, ...], list[_Firm]]()
    for one in followed(found, "rules", follow, len(found)):
        record = one.record
        chosen = record.settings
        key = record.catalog.id, record.catalog.version, chosen.ratio_above_one, chosen.rounding, chosen.missing
        groups.setdefault(key, []).append(_open(one, book, around))
    return tuple(_weigh(group, perturbation, follow) for group in groups.values())


def _look_into(path: Path) -> Iterator[Path]:
    """A folder that holds no results itself is that of several cities."""
    if path.is_dir() and not (path / "campaign.toml").is_file() and not any(path.glob(_RECORDS)):
        below = sorted(path.rglob(_RECORDS))
        yield from below or [path]
    else:
        yield path


def _open(found: FoundResults, book: RuleBook, around: Sequence[str]) -> _Firm:
    record = found.record
    opened = book.open(record, (*found.systems, *around))
    if opened is None:
        told = {"path": str(found.path), "system": record.catalog.id, "city": record.city, "round": record.round}
        raise UsageFault("firm-rules", **told)
    return _Firm(found.path, record, *opened)


def _weigh(group: Sequence[_Firm], perturbation: Perturbation, follow: Follow) -> FirmSystem:
    first = group[0].record.catalog
    alone = len(group) == 1
    cities = tuple(one.as_city(alone) for one in group)
    if alone or not group[0].rules.catalog.graded:
        return FirmSystem(first.id, first.version, first.title, cities, None, ())
    intervals = rank_under_weights(group[0].rules.catalog, [one.marks for one in group], perturbation, follow)
    ranks = compose_ranks(intervals, cities)
    return FirmSystem(first.id, first.version, first.title, cities, compose_draws(perturbation), ranks)
