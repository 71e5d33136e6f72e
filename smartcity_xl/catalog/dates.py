"""Dates in a system's texts, which stand there relative to the round: what they are in a round, and which are no dates.

A text holds words in braces: ``{end}`` is the end of the time that the round evaluates (2018年12月底), ``{year-1}`` the
year before the reference year. The words, and how a round shows them, are data: ``dates.toml``. What a text fixes for
every round is marked: ``{=2016年12月16日}`` stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from msgspec.structs import replace

from smartcity_xl.model import Catalog, Figure, Indicator, Option, Period, Slot
from smartcity_xl.shipped import read_shipped

_WORD = re.compile(r"\{(?:=(?P<fixed>[^{}]*)|(?P<word>[a-z_]+)(?P<back>[+-]\d)?)\}")
_BRACED = re.compile(r"\{[^{}]*\}?|\}")
_MOST = 9
"""Years back or ahead that a word can name."""


@cache
def _data() -> Mapping[str, Any]:
    return read_shipped("catalog/dates.toml")


def date_words() -> tuple[str, ...]:
    """The words that a text may hold, in the order of their list."""
    return tuple(_data()["words"])


def for_period(catalog: Catalog, period: Period | None) -> Catalog:
    """The system with its texts as a round of that time shows them. Without a time they say N for the year, which is
    how a system is shown outside a round. A system that is shown already stays as it is."""

    def text(held: str) -> str:
        return expand_dates(held, period)

    return replace(
        catalog,
        dimensions=tuple(replace(d, name=text(d.name)) for d in catalog.dimensions),
        categories=tuple(
            replace(c, name=text(c.name), weights_open=text(c.weights_open), items=_options(c.items, period))
            for c in catalog.categories
        ),
        indicators=tuple(_indicator(one, period) for one in catalog.indicators),
        figures={key: _figure(figure, period) for key, figure in catalog.figures.items()},
        notices=tuple(replace(notice, text=text(notice.text)) for notice in catalog.notices),
        parts=tuple(for_period(part, period) for part in catalog.parts),
    )


def _indicator(indicator: Indicator, period: Period | None) -> Indicator:
    return replace(
        indicator,
        name=expand_dates(indicator.name, period),
        evidence=tuple(expand_dates(line, period) for line in indicator.evidence),
        note=expand_dates(indicator.note, period),
        queries=tuple(replace(query, say=expand_dates(query.say, period)) for query in indicator.queries),
    )


def _figure(figure: Figure, period: Period | None) -> Figure:
    return replace(
        figure,
        label=expand_dates(figure.label, period),
        guidance=expand_dates(figure.guidance, period),
        as_of=expand_dates(figure.as_of, period),
        row_label=expand_dates(figure.row_label, period),
        items=_options(figure.items, period),
        options=_options(figure.options, period),
        columns=tuple(_column(column, period) for column in figure.columns),
    )


def _column(column: Slot, period: Period | None) -> Slot:
    return replace(column, label=expand_dates(column.label, period))


def _options(options: tuple[Option, ...], period: Period | None) -> tuple[Option, ...]:
    return tuple(replace(option, label=expand_dates(option.label, period)) for option in options)


def expand_dates(text: str, period: Period | None) -> str:
    """A text as a round shows it; what is no word of ours stays."""
    return _WORD.sub(lambda match: _expand(match, period), text) if "{" in text else text


def _expand(match: re.Match[str], period: Period | None) -> str:
    word, back = match["word"], int(match["back"] or 0)
    if match["fixed"] is not None:
        return match["fixed"]
    forms = _data()["words"].get(word)
    if forms is None:
        return match[0]
    if period is None:
        year = f"N{back:+d}" if back else "N"
        return str(forms["unset"]).format(year=year)
    form = forms["year"] if period.is_year else forms["other"]
    first, last = (_say(day, whole, back) for day, whole in _ends(period))
    return str(form).format(
        year=period.year + back, month=period.last.month, first=first, last=last, last_of=_of_month(period, last)
    )


def _ends(period: Period) -> tuple[tuple[Any, bool], tuple[Any, bool]]:
    return (period.first, period.begins_with_month), (period.last, period.ends_with_month)


def _say(day: Any, whole_month: bool, back: int) -> str:
    form = _data()["days"]["month" if whole_month else "day"]
    return str(form).format(year=day.year + back, month=day.month, day=day.day)


def _of_month(period: Period, last: str) -> str:
    """The last day, as the end of its month where it is that."""
    return last + (_data()["days"]["end"] if period.ends_with_month else "")


# --- what the linter asks ------------------------------------------------------------------------------------------


def texts_of(catalog: Catalog) -> Iterator[tuple[tuple[str, ...], tuple[str | int, ...], str]]:
    """The texts that people read in a round, each with its place: list, entry and field, and how it goes on below.
    Titles and sources are names, and stand apart."""
    for number, notice in enumerate(catalog.notices):
        yield ("notices",), (number, "text"), notice.text
    for dimension in catalog.dimensions:
        yield ("dimensions", dimension.code, "name"), (), dimension.name
    for category in catalog.categories:
        yield ("categories", category.code, "name"), (), category.name
        yield ("categories", category.code, "weights_open"), (), category.weights_open
    for indicator in catalog.indicators:
        where = ("indicators", indicator.code)
        yield (*where, "name"), (), indicator.name
        yield (*where, "note"), (), indicator.note
        yield from (((*where, "evidence"), (), line) for line in indicator.evidence)
        yield from (((*where, "queries"), (at, "say"), query.say) for at, query in enumerate(indicator.queries))
    for figure in catalog.figures.values():
        yield from _texts_of_figure(figure)


def _texts_of_figure(figure: Figure) -> Iterator[tuple[tuple[str, ...], tuple[str | int, ...], str]]:
    where = ("figures", figure.key)
    for name in ("label", "guidance", "as_of", "row_label"):
        yield (*where, name), (), getattr(figure, name)
    members: tuple[tuple[str, tuple[Option | Slot, ...]], ...] = (
        ("items", figure.items), ("options", figure.options), ("columns", figure.columns),
    )  # fmt: skip
    for name, entries in members:
        yield from (((*where, name), (at, "label"), entry.label) for at, entry in enumerate(entries))


def odd_words(text: str) -> Iterator[str]:
    """What stands in braces and is no word of ours."""
    for match in _BRACED.finditer(text):
        word = _WORD.fullmatch(match[0])
        known = word is not None and (word["fixed"] or word["word"] in date_words())
        if not known:
            yield match[0]


def bare_years(text: str) -> Iterator[str]:
    """The years that stand in a text as they are: neither relative to a round, nor marked as fixed, nor part of the
    number of a document or a standard."""
    plain = _WORD.sub("", text)
    for form in _data()["names"]["forms"]:
        plain = re.sub(form, "", plain)
    yield from (match[0] for match in re.finditer(_data()["names"]["year"], plain))


def fixed_texts(text: str) -> Iterator[str]:
    """What a text marks as fixed for every round."""
    yield from (match["fixed"] for match in _WORD.finditer(text) if match["fixed"] is not None)
