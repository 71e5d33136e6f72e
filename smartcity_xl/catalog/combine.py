"""Several systems as one: what departments are asked, each figure once, for all of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from smartcity_xl.errors import UsageFault
from smartcity_xl.model import (
    Assignment,
    Catalog,
    Evidence,
    Figure,
    Finding,
    Indicator,
    RatioAboveOne,
    Scheme,
    Settings,
    Submission,
)
from smartcity_xl.rules.tree import Node, Quotient, Rule, rewrite_rule

_Value = TypeVar("_Value")
JOIN = "+"
"""Between the ids of systems laid together."""
ASKED_TWICE = "；"
"""Between the dates that several systems ask of one figure, where they are not the same."""
_SAME = ("label", "kind", "unit", "minimum", "maximum", "part_of", "same_as", "fixed", "none", "items", "options",
         "columns", "rows", "row_label", "merge")  # fmt: skip
"""What makes two figures one: all that is asked, and how answers become one."""


def under_settings(catalog: Catalog, settings: Settings) -> Catalog:
    """The system as the office scores it: its rules and its target under the settings of a campaign."""

    def literal(node: Node) -> Node:
        if isinstance(node, Quotient) and node.share and not node.stated_cap:
            return replace(node, literal=True)
        return node

    def rule(indicator: Indicator) -> Rule:
        return rewrite_rule(indicator.rule, literal)

    indicators = catalog.indicators
    if settings.ratio_above_one is RatioAboveOne.LITERAL:
        indicators = tuple(replace(indicator, rule=rule(indicator)) for indicator in indicators)
    starred = catalog.scheme is Scheme.STARS
    target = settings.target_star if starred and settings.target_star else catalog.target
    return replace(catalog, indicators=indicators, settings=settings, target=target)


def lay_together(catalogs: Sequence[Catalog]) -> Catalog:
    """One catalog for all that several systems ask, each figure once; a single one stays as it is.

    Codes get the system's short name before them. Raises UsageFault where a system is named twice, where short names
    are missing or alike, and where one key means two things.
    """
    if len(catalogs) == 1:
        return catalogs[0]
    shorts = [catalog.short for catalog in catalogs]
    if len(set(shorts)) < len(shorts) or not all(shorts):
        raise UsageFault("systems-short", systems=", ".join(f"{c.id} ({c.short or '—'})" for c in catalogs))
    figures: dict[str, Figure] = {}
    for catalog in catalogs:
        for key, figure in catalog.figures.items():
            figures[key] = _same(figures[key], figure, catalog) if key in figures else figure
    named = [(catalog, f"{catalog.short} ") for catalog in catalogs]
    return Catalog(
        id=JOIN.join(catalog.id for catalog in catalogs),
        version=JOIN.join(catalog.version for catalog in catalogs),
        title="、".join(catalog.title for catalog in catalogs),
        document="；".join(catalog.document for catalog in catalogs),
        dimensions=tuple(replace(d, code=name + d.code) for c, name in named for d in c.dimensions),
        categories=tuple(
            replace(p, code=name + p.code, dimension=name + p.dimension) for c, name in named for p in c.categories
        ),
        indicators=tuple(
            replace(i, code=name + i.code, category=name + i.category) for c, name in named for i in c.indicators
        ),
        figures=figures,
        settings=catalogs[0].settings,
        parts=tuple(catalogs),
    )


def _same(first: Figure, second: Figure, catalog: Catalog) -> Figure:
    """One figure for two of the same key. Raises UsageFault where they are not the same."""
    for field in _SAME:
        if (a := getattr(first, field)) != (b := getattr(second, field)):
            raise UsageFault("systems-differ", key=first.key, system=catalog.id, field=field, found=b, expected=a)
    dates = dict.fromkeys(text for text in (first.as_of, second.as_of) if text)
    return replace(first, as_of=ASKED_TWICE.join(dates), guidance=first.guidance or second.guidance)


def part_of_assignment(assignment: Assignment, whole: Catalog, system: Catalog) -> Assignment:
    """The share of an assignment that concerns one of the systems laid together."""
    if not whole.parts:
        return assignment
    return replace(
        assignment,
        system=system.id,
        duties=_own(assignment.duties, whole, system),
        asked={key: departments for key, departments in assignment.asked.items() if key in system.figures},
        unassigned=_own(assignment.unassigned, whole, system),
    )


def _own(by_code: Mapping[str, _Value], whole: Catalog, system: Catalog) -> dict[str, _Value]:
    codes = {whole.code_of(system, indicator.code): indicator.code for indicator in system.indicators}
    return {codes[code]: value for code, value in by_code.items() if code in codes}


def part_of_submission(submission: Submission, whole: Catalog, system: Catalog) -> Submission:
    """A submission as one of the systems laid together sees it: its own answers, and its own codes."""
    if not whole.parts:
        return submission
    codes = {whole.code_of(system, indicator.code): indicator.code for indicator in system.indicators}
    evidence: list[Evidence] = [
        replace(entry, indicator=codes[entry.indicator]) for entry in submission.evidence if entry.indicator in codes
    ]
    return replace(
        submission,
        answers={key: answer for key, answer in submission.answers.items() if key in system.slots},
        tables={key: table for key, table in submission.tables.items() if key in system.figures},
        evidence=tuple(evidence),
        findings=tuple(part_of_findings(submission.findings, whole, system)),
    )


def part_of_findings(findings: Sequence[Finding], whole: Catalog, system: Catalog) -> list[Finding]:
    """The findings that concern one of the systems laid together, with its own codes; those of a file concern all."""
    if not whole.parts:
        return list(findings)
    codes = {whole.code_of(system, indicator.code): indicator.code for indicator in system.indicators}
    found = []
    for finding in findings:
        figure = finding.figure.partition(".")[0]
        if finding.indicator and finding.indicator not in codes and not figure:
            continue
        concerns = tuple(
            codes.get(key, key) for key in finding.concerns if key in codes or key.partition(".")[0] in system.figures
        )
        elsewhere = figure in whole.figures and figure not in system.figures  # a block may go on in this system
        if (finding.concerns or elsewhere) and not concerns:
            continue
        found.append(replace(finding, indicator=codes.get(finding.indicator, ""), concerns=concerns))
    return found
