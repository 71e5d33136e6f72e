"""Proof that what a catalog tells clerks agrees with what their cells take: units, kinds, and caps of ratios."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from smartcity_xl.catalog.entry import Fault, fault_at
from smartcity_xl.model import Catalog, Figure, Indicator, Kind, Slot
from smartcity_xl.rules.tree import Quotient, Rule, names_used, walk
from smartcity_xl.rules.words import describe_node
from smartcity_xl.units import base, measures, read_unit

_TICK = re.compile("[勾√✓☑]")
_NUMBER_WORDS = re.compile(r"填\s*[“\"]?(?:[0-9０-９]|数)")
_YES_NO = re.compile('[填选]\\s*[“"]?[是否](?:[”"，。；、]|$)')
_OPTION = re.compile("下拉|选择|选一|选符合")
_UNCAPPED = re.compile("不封顶|没有封顶、?照实|按实际值计|照实计算")
_CAPPED = re.compile(r"(?:超过|大于)\s*1\s*(?:的|时)?[，、]?\s*(?:一律|只)?按\s*1")
_BRACKET = re.compile(r"[（(]\s*(?:单位[：:])?([^（()）]*)[)）]\s*$")


@cache
def _orders() -> re.Pattern[str]:
    """Words that bid a clerk use one unit: 按万元填, 以公里为单位, 单位统一为平方公里, 换算成亩, 不按万人."""
    spellings = {spelling for measure in measures().values() for spelling in measure.spellings}
    listed = "|".join(map(re.escape, sorted(spellings | {"百分号前的数"}, key=len, reverse=True)))
    unit = rf"((?:十|百|千|万|十万|百万|千万|亿|万亿)?(?:{listed}))"
    shapes = (
        rf"按{unit}(?:来|如实)?填",
        rf"不按{unit}(?![一-鿿])",
        rf"以{unit}(?:为单位|填|计)",
        rf"(?:换算|折算|折合|折)[成为]{unit}",
        rf"单位(?:统一|一律|均|都)?(?:为|是|用|取|填|选|：|:){unit}",
        rf"填{unit}(?:数|值)(?![一-鿿])",
        r"填(百分号前的数)",
    )
    return re.compile("|".join(shapes))


def lint_texts(catalog: Catalog) -> Iterator[Fault]:
    """Guidance and labels against units and kinds, and what is said of caps against the rules."""
    for figure in catalog.figures.values():
        yield from _lint_words(figure)
        yield from _lint_units(figure)
    for indicator in catalog.indicators:
        yield from _lint_cap(catalog, indicator)


def _lint_words(figure: Figure) -> Iterator[Fault]:
    """How an answer is given: nobody ticks anything, and a number is no choice."""
    where, said = ("figures", figure.key), f"{figure.label}\n{figure.guidance}"
    if found := _TICK.search(said):
        yield fault_at((*where, "guidance"), "guidance-tick", found=found.group())
    if figure.kind in (Kind.YESNO, Kind.CHECKLIST, Kind.CHOICE):
        wrong = _NUMBER_WORDS.search(figure.guidance) or (
            _YES_NO.search(figure.guidance) if figure.kind is Kind.CHOICE else None
        )
    else:
        wrong = _YES_NO.search(figure.guidance) or (
            _OPTION.search(figure.guidance) if figure.kind is not Kind.TABLE else None
        )
    if wrong:
        yield fault_at((*where, "guidance"), "guidance-kind", found=wrong.group(), kind=figure.kind.value)


def _lint_units(figure: Figure) -> Iterator[Fault]:
    """The units that texts speak of, against those that a cell takes."""
    slots = figure.columns or figure.slots
    orders = [match.group() for match in _orders().finditer(figure.guidance) if not _fits(match, figure, slots)]
    if orders:
        units = "、".join(dict.fromkeys(unit for slot in slots for unit in slot.choices)) or "—"
        yield fault_at(("figures", figure.key, "guidance"), "guidance-unit", found="、".join(orders), expected=units)
    for slot in slots:
        bracket = _BRACKET.search(slot.label)
        named = read_unit(bracket.group(1), slot.unit) if bracket and slot.unit else None
        if bracket and named not in (None, slot.unit):
            where = ("figures", figure.key) + (("columns", slot.key) if figure.columns else ())
            yield fault_at((*where, "label"), "label-unit", found=bracket.group(1), expected=slot.unit)


def _fits(order: re.Match[str], figure: Figure, slots: tuple[Slot, ...]) -> bool:
    """Whether the unit that a clerk is bidden to use is the only one there is, or that of a heading."""
    named = next(filter(None, order.groups()))
    if figure.columns:
        return any(read_unit(named, slot.unit) == slot.unit for slot in slots)
    alone = all(slot.choices == (read_unit(named, slot.unit),) for slot in slots)
    return bool(slots) and (alone or _counts_things(named, order.group(), slots))


def _counts_things(named: str, said: str, slots: tuple[Slot, ...]) -> bool:
    """以人计, of what is counted one by one, says what is one and not how many make a unit."""
    plain = base(named) == named and all(base(slot.unit) == read_unit(named, slot.unit) for slot in slots)
    return plain and said.endswith("计") and all(slot.kind is Kind.COUNT for slot in slots)


def _lint_cap(catalog: Catalog, indicator: Indicator) -> Iterator[Fault]:
    """Whether a ratio above 1 counts as 1: by the rule, and by what is said beside it."""
    where = ("indicators", indicator.code)
    shares = [node for node in walk(indicator.rule) if isinstance(node, Quotient)]
    capped = [node for node in shares if node.share and not node.literal]
    named = {name.partition(".")[0] for node in capped for name in names_used(Rule("", (), node))}
    read = sorted(named & catalog.figures.keys())
    for node in capped:
        if "按 1" not in describe_node(node, lambda name: name):
            yield fault_at((*where, "rule"), "cap-unsaid", found=describe_node(node, lambda name: name))
    texts = [(indicator.note, (*where, "note"))]
    texts += [(catalog.figures[key].guidance, ("figures", key, "guidance")) for key in read]
    for text, at in texts:
        if capped and len(capped) == len(shares) and (found := _UNCAPPED.search(text)):
            yield fault_at(at, "cap-denied", found=found.group())
    if not capped and (found := _CAPPED.search(indicator.note)):
        yield fault_at((*where, "note"), "cap-absent", found=found.group())
