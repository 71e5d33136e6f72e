"""How many points of the total hang on an answer, and findings in the order in which they matter."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache

from smartcity_xl.catalog.score_tree import stake
from smartcity_xl.messages import severity
from smartcity_xl.model import Catalog, Finding, Indicator, Severity
from smartcity_xl.rules.itself import Itself

_RANK = {Severity.ERROR: 0, Severity.QUERY: 1, Severity.INFO: 3}
_EXPLAINED = 2
"""An explained query stands after the open ones."""


def points_of(catalog: Catalog, indicator: Indicator) -> Fraction:
    """The points of the total that an indicator can bring, or, as a deduction, take away: none that can be said where
    the deduction has no limit, none for what is merely shown. In a system without points every starred indicator
    counts as one."""
    return stake(catalog, indicator)


def indicators_at_stake(catalog: Catalog, keys: Iterable[str]) -> list[Indicator]:
    """The indicators whose rules read one of these figures or slots, each once.

    A key is that of a figure, a checklist's item (``figure.item``), a table's column, or the code of an indicator
    itself; others name none.
    """
    return list(_at_stake(Itself(catalog), tuple(keys))[0])


@lru_cache(maxsize=4_096)
def _at_stake(catalog: Itself[Catalog], keys: tuple[str, ...]) -> tuple[tuple[Indicator, ...], Fraction]:
    """The indicators at stake, and their points: in each city of a system the same is asked again."""
    used_by = catalog.one.used_by
    codes = {code for key in keys for code in (key, *used_by.get(key.partition(".")[0], ()))}
    found = tuple(indicator for indicator in catalog.one.indicators if indicator.code in codes)
    return found, sum((points_of(catalog.one, indicator) for indicator in found), Fraction(0))


def points_at_stake(catalog: Catalog, keys: Iterable[str]) -> Fraction:
    """The points of all indicators whose rules read one of these figures or slots, each indicator once."""
    return _at_stake(Itself(catalog), tuple(keys))[1]


def concerns_of(finding: Finding) -> tuple[str, ...]:
    """The keys that a finding is about."""
    return finding.concerns or (finding.figure or finding.indicator,)


def stake_of(catalog: Catalog, finding: Finding) -> Fraction:
    """The points that hang on what a finding is about."""
    return points_at_stake(catalog, concerns_of(finding))


def rank_findings(catalog: Catalog, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings, the gravest first, then those with most points at stake, otherwise in the order they were found."""

    def order(finding: Finding) -> tuple[int, Fraction]:
        rank = _EXPLAINED if finding.explanation else _RANK[severity(finding.code)]
        return rank, -stake_of(catalog, finding)

    return tuple(sorted(findings, key=order))
