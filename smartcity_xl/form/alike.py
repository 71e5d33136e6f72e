"""Findings of one file that are all alike, by the thousand -> the first of them, and one that tells of the rest.

Somebody who fills 5,000 rows that nobody asked for gets one list, and everybody else theirs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from smartcity_xl.books import limits
from smartcity_xl.messages import severity, word_finding
from smartcity_xl.model import Finding, Severity

_TOGETHER = {Severity.ERROR: "alike-errors", Severity.QUERY: "alike-queries", Severity.INFO: "alike-told"}


def gather_alike(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings in their order, those beyond the limit of each kind drawn together at the end. What they concern is
    kept. A query that is explained is not drawn together with one that is not."""
    kept, beyond = [], defaultdict[tuple[str, bool], list[Finding]](list)
    seen = defaultdict[tuple[str, bool], int](int)
    for finding in findings:
        kind = finding.code, bool(finding.explanation)
        seen[kind] += 1
        if seen[kind] <= limits.ALIKE:
            kept.append(finding)
        else:
            beyond[kind].append(finding)
    return (*kept, *(_together(code, rest) for (code, _), rest in beyond.items()))


def _together(code: str, rest: Sequence[Finding]) -> Finding:
    first, last = rest[0], rest[-1]
    concerns = tuple(dict.fromkeys(key for one in rest for key in (one.concerns or (one.figure or one.indicator,))))
    told = {
        "number": f"{len(rest):,}", "what": word_finding(first).found[:80], "sheet": first.origin.sheet,
        "cell": first.origin.cell, "last": last.origin.cell,
    }  # fmt: skip
    return Finding(
        _TOGETHER[severity(code)], first.origin, first.department, first.figure, first.indicator, parameters=told,
        concerns=tuple(filter(None, concerns)), explanation=first.explanation,
    )  # fmt: skip
