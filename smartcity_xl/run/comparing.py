"""Results of several rounds, cities or systems, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import parse_moment, read_ledger
from smartcity_xl.messages import label
from smartcity_xl.model import CampaignSettings
from smartcity_xl.results import read_results
from smartcity_xl.results.compared import ComparedResults
from smartcity_xl.results.comparing import compare_sides
from smartcity_xl.results.runs import read_runs
from smartcity_xl.results.scored_run import ScoredRun
from smartcity_xl.results.tables import name_source
from smartcity_xl.run.files import Written, write_once
from smartcity_xl.run.records import FoundResults, find_results, find_round_results
from smartcity_xl.run.rounds import find_previous
from smartcity_xl.run.scored_again import find_rules, period_of
from smartcity_xl.summary.comparison import write_comparison

MOST = 12
"""Results that are put side by side: more are no table that anybody reads."""


def compare_results(
    given: Sequence[Path], campaign: CampaignSettings | None = None, systems: Sequence[str] = (), as_of: str = ""
) -> tuple[ComparedResults, ...]:
    """What is named side by side, in that order; where several of them hold the same systems, each system by itself. A
    round alone is held against the one before it, or against itself ``as_of`` a moment, by its ledger. ``systems`` are
    those of offices' own, as ``load_systems`` takes them.

    Raises UsageFault (fewer than two, more than ``MOST``, a moment beside names), and as ``find_results``,
    ``read_runs`` and ``load_systems``.
    """
    if given and as_of:
        raise UsageFault("compare-as-of")
    found = find_results("compare", given, campaign) if given else _with_earlier(campaign, as_of)
    around = [reference for one in found for reference in one.systems]
    made = []
    for group in _group(found):
        if not 2 <= len(group) <= MOST:
            raise UsageFault("compare-number", number=len(group), most=MOST, found=" ".join(str(o.path) for o in group))
        runs = [_open(number, one, systems, around) for number, one in enumerate(group, start=1)]
        made.append(compare_sides(runs))
    return tuple(made)


def _open(number: int, found: FoundResults, systems: Sequence[str], around: Sequence[str]) -> ScoredRun:
    """A record with its rules: those named, those of its own round, then those of the other rounds."""
    rules = find_rules(found.record, systems, (*found.systems, *around))
    return ScoredRun(number, name_source(found.path), found.record, rules, period_of(found.record))


def _with_earlier(campaign: CampaignSettings | None, as_of: str) -> tuple[FoundResults, ...]:
    """The results of the round before, as its settings name them, or of this one as of a moment; and its own."""
    if campaign is None:
        raise UsageFault("results-unnamed", command="compare")
    if as_of:
        with read_ledger(campaign.folders.store) as ledger:
            runs = read_runs(ledger, parse_moment(as_of))
        then = [FoundResults(Path(run.at), record, campaign.systems) for run, record in runs]
        return (*then, *find_round_results(campaign))
    before = [FoundResults(path, read_results(path)) for path in find_previous(campaign)]
    if not before:
        raise UsageFault("compare-alone", path=str(campaign.path))
    return (*before, *find_round_results(campaign))


def _group(found: Sequence[FoundResults]) -> list[list[FoundResults]]:
    """One group, unless several systems come more than once: then one for each of these."""
    by_system: dict[str, list[FoundResults]] = {}
    for one in found:
        by_system.setdefault(one.record.catalog.id, []).append(one)
    several = [group for group in by_system.values() if len(group) > 1]
    return several if len(several) > 1 else [list(found)]


def write_comparisons(made: Sequence[ComparedResults], out: Path, overwrite: bool = False) -> Written:
    """Write 比较.xlsx, one for each system where they are several, into a folder. Raises UsageFault where another file
    stands there and not ``overwrite``; MachineFault."""
    files = {}
    for one in made:
        name = label("file.comparison_of", system=one.runs[0].system) if len(made) > 1 else label("file.comparison")
        files[out / name] = write_comparison(one)
    return write_once(files, overwrite)
