"""What of two sides is not compared, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from smartcity_xl.catalog.diff import Difference
from smartcity_xl.messages import label, words
from smartcity_xl.model import Figure, Indicator
from smartcity_xl.results.attributed import why_not
from smartcity_xl.results.compared import Incomparable
from smartcity_xl.results.likeness import Likeness

CODE, SCORING, ANSWERS, GONE, NEW, PROVISIONAL, SETTINGS = (
    "code", "scoring", "answers", "gone", "new", "provisional", "settings",
)  # fmt: skip


def find_incomparable(like: Likeness) -> tuple[Incomparable, ...]:
    """Whole results first, then indicators, then figures."""
    return (*_runs(like), *_indicators(like), *_figures(like))


def _tell(
    like: Likeness, sort: str, reason: str, a: Indicator | Figure | None, b: Indicator | Figure | None, zh: str
) -> Incomparable:
    codes = [None if one is None else one.code if isinstance(one, Indicator) else one.key for one in (a, b)]
    names = [None if one is None else one.name if isinstance(one, Indicator) else one.label for one in (a, b)]
    return Incomparable(like.first.number, like.second.number, sort, reason, codes[0], names[0], codes[1], names[1], zh)


def _runs(like: Likeness) -> Iterator[Incomparable]:
    sides = (like.first, like.second)
    for side in sides:
        if not side.final:
            zh = label("compare.why_provisional", number=side.number, open=len(side.open))
            yield _tell(like, "run", PROVISIONAL, None, None, zh)
    if reason := why_not(*sides):
        without = label("word.separator").join(str(side.number) for side in sides if side.rules is None)
        zh = label(f"compare.why_{reason.replace('-', '_')}", numbers=without)
        yield _tell(like, "run", reason, None, None, zh)
    if like.first.record.settings != like.second.record.settings:
        yield _tell(like, "run", SETTINGS, None, None, label("compare.why_settings"))


def _indicators(like: Likeness) -> Iterator[Incomparable]:
    for a, b in like.misleading:
        yield _tell(like, "indicator", CODE, a, b, label("compare.why_code", code=a.code))
    for one, other in like.matches.indicators:
        if one is None or other is None:
            reason = NEW if one is None else GONE
            yield _tell(like, "indicator", reason, one, other, label(f"compare.why_{reason}"))
        elif changes := like.scoring[other.code]:
            yield _tell(like, "indicator", SCORING, one, other, _word(changes))
        elif not like.is_same(one, other) and like.known and _asks_otherwise(like, one):
            yield _tell(like, "indicator", ANSWERS, one, other, label("compare.why_answers"))


def _asks_otherwise(like: Likeness, one: Indicator) -> bool:
    return any(figure.key not in like.figures for figure in like.shapes[0].figures_of[one.code])


def _figures(like: Likeness) -> Iterator[Incomparable]:
    for one in like.unlike:
        zh = _word(one.differences) or label(f"compare.why_{one.reason}")
        yield _tell(like, "figure", one.reason, one.before, one.after, zh)
    paired = {one.before.key for one in like.unlike} | like.figures
    there = {one.after.key for one in like.unlike} | like.figures
    for key, figure in like.shapes[0].figures.items():
        if key not in paired:
            yield _tell(like, "figure", GONE, figure, None, label("compare.why_gone"))
    for key, figure in like.shapes[1].figures.items():
        if key not in there:
            yield _tell(like, "figure", NEW, None, figure, label("compare.why_new"))


def _word(changes: Iterable[Difference]) -> str:
    """What differs, one change a line."""
    fields = words("compare_field")
    return "\n".join(
        label("compare.change", field=fields.get(one.field or one.kind, one.field or one.kind),
              before=one.before or label("compare.none"), after=one.after or label("compare.none"))
        for one in changes
    )  # fmt: skip
