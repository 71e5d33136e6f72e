"""The score tree of the page, to unfold: dimension, category, indicator, figure, answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from smartcity_xl.messages import label
from smartcity_xl.model import Kind, Standing
from smartcity_xl.report.facts import NONE, RecordFacts
from smartcity_xl.report.texts import shown
from smartcity_xl.report.told import Fragment, Fragments, Report, cell, listed, say
from smartcity_xl.results.record import AnswerRecord, CellRecord, FigureRecord, IndicatorRecord, RangeRecord


@dataclass(frozen=True, slots=True)
class AnswerLeaf:
    """One answer cell: who, what was typed, what became of it, and where it stands. ``row`` names a table's row and
    column, "" for none."""

    department: Fragment
    row: Fragments
    given: Fragments
    state: str
    used: bool
    place: Fragments


@dataclass(frozen=True, slots=True)
class FigureNode:
    label: Fragment
    value: Fragments
    standing: str
    settled: bool
    asked: Fragments
    answers: tuple[AnswerLeaf, ...]


@dataclass(frozen=True, slots=True)
class TreeNode:
    """``place`` is its place on the page, "" for none; ``score`` is in the points of the total, or a star."""

    kind: str
    code: Fragment
    name: Fragment
    score: Fragments
    about: tuple[Fragments, ...] = ()
    place: str = ""
    open: bool = False
    nodes: tuple[TreeNode, ...] = ()
    figures: tuple[FigureNode, ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    title: Fragment
    nodes: tuple[TreeNode, ...]


def grow_trees(report: Report) -> tuple[Tree, ...]:
    """One for each system."""
    facts = (RecordFacts.of(number, record, report.contacts) for number, record in enumerate(report.records))
    return tuple(Tree(one.name("catalog.title", one.record.catalog.title), tuple(_dimensions(one))) for one in facts)


def _dimensions(one: RecordFacts) -> Iterator[TreeNode]:
    for d, dimension in enumerate(one.record.dimensions):
        way = f"dimensions.{d}"
        categories = []
        for c, category in enumerate(dimension.categories):
            below = f"{way}.categories.{c}"
            found = tuple(_indicator(one, f"{below}.indicators.{i}", x) for i, x in enumerate(category.indicators))
            categories.append(TreeNode(
                "category", one.name(f"{below}.code", category.code), one.name(f"{below}.name", category.name),
                _sum(one, below, category.score, category.full), _about(one, below, category.range), nodes=found,
            ))  # fmt: skip
        nodes = tuple(categories) if len(categories) > 1 else tuple(n for c in categories for n in c.nodes)
        yield TreeNode(
            "dimension", one.name(f"{way}.code", dimension.code), one.name(f"{way}.name", dimension.name),
            _sum(one, way, dimension.score, dimension.full), _about(one, way, dimension.range), nodes=nodes,
        )  # fmt: skip


def _sum(one: RecordFacts, way: str, score: str, full: str) -> Fragments:
    if not one.graded:
        return ()
    return say("report_page.of", score=one.told(f"{way}.score", score), full=one.told(f"{way}.full", full))


def _about(one: RecordFacts, way: str, span: RangeRecord | None) -> tuple[Fragments, ...]:
    """The range of what is not certain."""
    if not one.graded or span is None or span.certain:
        return ()
    ends = {
        name: label("overview.unlimited") if end is None else one.told(f"{way}.range.{name}", end)
        for name, end in (("floor", span.floor), ("ceiling", span.ceiling))
    }
    return (say("report_page.between", **ends),)


def _indicator(one: RecordFacts, way: str, found: IndicatorRecord) -> TreeNode:
    score: Fragments = ()
    if one.graded:
        score = say("report_page.of", score=one.told(f"{way}.points", found.points),
                    full=one.told(f"{way}.points_full", found.points_full))  # fmt: skip
    if found.star is not None:
        score = (*score, *say("report_page.star", star=one.told(f"{way}.star", found.star)))
    about: list[Fragments] = (
        [(label(f"standing.{found.standing.value}"),)] if found.standing is not Standing.SETTLED else []
    )
    own = one.told(f"{way}.full", found.full)
    about += [(*said, *say("report_page.own_scale", full=own)) for said in _about(one, way, found.range)]
    for at, step in enumerate(found.steps[:1]):
        about.append(cell(one.name(f"{way}.steps.{at}.zh", step.zh)))
    return TreeNode(
        "indicator", one.name(f"{way}.code", found.code), one.name(f"{way}.name", found.name), score, tuple(about),
        f"n-{one.number}-{found.code}", found.standing is not Standing.SETTLED,
        figures=tuple(_figure(one, at, f) for at, f in enumerate(one.record.figures) if found.code in f.indicators),
    )  # fmt: skip


def _figure(one: RecordFacts, at: int, figure: FigureRecord) -> FigureNode:
    way = f"figures.{at}"
    return FigureNode(
        one.name(f"{way}.label", figure.label), _value(one, way, figure), label(f"standing.{figure.standing.value}"),
        figure.standing is Standing.SETTLED, listed(one.department(key) for key in figure.asked),
        tuple(leaf for n, answer in enumerate(figure.answers)
              for leaf in _answer(one, f"{way}.answers.{n}", figure, answer)),
    )  # fmt: skip


def _value(one: RecordFacts, way: str, figure: FigureRecord) -> Fragments:
    """The value that counted, as people write it: of a choice or a yes the words that were given."""
    if figure.value is None:
        return ()
    if figure.kind is Kind.YESNO:
        return (label("word.yes" if figure.value == "1" else "word.no"),)
    if figure.kind is Kind.CHOICE:
        used = ((n, a) for n, a in enumerate(figure.answers) if a.used)
        return next((cell(one.name(f"{way}.answers.{n}.raw", a.raw)) for n, a in used), ())
    return cell(one.told(f"{way}.value", figure.value), one.name(f"{way}.unit", figure.unit or ""))


def _answer(one: RecordFacts, way: str, figure: FigureRecord, answer: AnswerRecord) -> Iterator[AnswerLeaf]:
    if answer.rows is None:
        yield _leaf(one, way, answer, ())
        return
    at = way.partition(".answers.")[0]
    columns = {c.key: one.name(f"{at}.columns.{n}.label", c.label) for n, c in enumerate(figure.columns or ())}
    if not answer.rows:
        yield _leaf(one, way, answer, ())
    for r, row in enumerate(answer.rows):
        for key, found in row.cells.items():
            name = one.text(f"{way}.rows.{r}.name", row.name)
            yield _leaf(one, f"{way}.rows.{r}.cells.{key}", found, cell(name, "　", columns.get(key, shown(key))))


def _leaf(one: RecordFacts, way: str, found: CellRecord, row: Fragments) -> AnswerLeaf:
    given: Fragments = cell(one.name(f"{way}.raw", found.raw))
    if found.unit and found.raw[-1:].isdecimal():
        given = (*given, one.name(f"{way}.unit", found.unit))
    place = (one.text(f"{way}.file", found.file), "　", one.name(f"{way}.sheet", found.sheet), "!",
             one.name(f"{way}.cell", found.cell))  # fmt: skip
    return AnswerLeaf(
        one.department(found.department), row, given if found.raw else (NONE,), label(f"state.{found.state.value}"),
        found.used, place if found.file else (NONE,),
    )  # fmt: skip
