"""Rules, drop-downs and hints on the cells that a clerk fills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.books.live import (
    NEVER,
    Live,
    SharedFormula,
    choose,
    every,
    is_number,
    number,
    round_to,
    shows_percentage,
    stand_in,
    text,
)
from smartcity_xl.books.pages import Page
from smartcity_xl.form.template.live import within
from smartcity_xl.messages import label
from smartcity_xl.model import Kind, Merge, Slot
from smartcity_xl.rules.formula import constant

_TITLE_LIMIT, _TEXT_LIMIT, _LIST_LIMIT = 32, 255, 255


def _clip(text: str, limit: int) -> str:
    """As much of a text as Excel takes, which counts a rare sign twice."""
    if len(text.encode("utf-16-le")) <= 2 * limit:
        return text
    return text.encode("utf-16-le")[: 2 * (limit - 1)].decode("utf-16-le", "ignore") + "…"


def grouped(value: str) -> str:
    """A plain decimal numeral with thousands separators."""
    whole, point, rest = value.partition(".")
    return f"{int(whole):,}{point}{rest}"


def hint(page: Page, row: int, column: int, title: str, text: str) -> None:
    """A hint that appears when the cell is chosen; anything may be typed."""
    page.validate(
        row, column,
        {"validate": "any", "input_title": _clip(title, _TITLE_LIMIT), "input_message": _clip(text, _TEXT_LIMIT)},
    )  # fmt: skip


def _hint_text(slot: Slot, units: bool) -> str:
    share = "share" if units else "share_alone"
    names = {Kind.COUNT: "count", Kind.SHARE: share, Kind.POINTS: "mark", Kind.YESNO: "yesno", Kind.CHOICE: "choice"}
    name = names.get(slot.kind, "number")
    bounds = {"minimum": grouped(constant(slot.minimum)), "maximum": grouped(constant(slot.maximum)), "unit": slot.unit}
    return label(f"hint.{name}", **bounds)


def offer_units(page: Page, row: int, column: int, slot: Slot) -> None:
    """The drop-down of a figure's units, with its own chosen."""
    page.text(row, column, slot.unit, "input_choice")
    page.validate(row, column, {
        "validate": "list", "source": _fitting(slot.choices), "error_type": "stop",
        "error_title": label("hint.error_title"), "error_message": label("hint.error_list"),
        "input_title": label("figures.unit"), "input_message": label("hint.unit"),
    })  # fmt: skip


def _fitting(entries: Sequence[str]) -> list[str]:
    """The entries of a drop-down list, which are written into one short text with commas between them."""
    if len(",".join(entries).encode("utf-16-le")) > 2 * _LIST_LIMIT or any("," in entry for entry in entries):
        raise ValueError(f"options do not fit into a drop-down list: {', '.join(entries)}")
    return list(entries)


def rule_of(slot: Slot, address: str, excuse: bool = True) -> dict[str, Any]:
    """The rule of an answer cell. ``excuse``: “not applicable” may be typed instead."""
    return rule_alike(alike(slot), False, excuse).at([address], slot.label)


def alike(slot: Slot) -> Slot:
    """A slot without what no formula of its row reads."""
    return replace(slot, key="", figure="", label="", part_of="", same_as="", merge=Merge.AGREE)


class CellRule(Struct, frozen=True):
    """What may be typed into all answer cells that are asked alike. ``test`` is over the cell and, where the clerk may
    choose a unit, that of its factor."""

    hint: str
    options: Mapping[str, Any]
    test: SharedFormula | None

    def at(self, addresses: Sequence[str], title: str, guidance: str = "") -> dict[str, Any]:
        """The rule of one cell, and what is said when it is chosen."""
        options = {
            **self.options,
            "input_title": _clip(title, _TITLE_LIMIT),
            "input_message": _clip(self.hint + guidance, _TEXT_LIMIT),
        }
        if self.test:
            options["value"] = f"={self.test.text(addresses)}"
        return options


@lru_cache(maxsize=512)
def rule_alike(slot: Slot, units: bool, excuse: bool) -> CellRule:
    """``slot`` is one without what is its own; ``excuse`` as above."""
    options: dict[str, Any] = {"ignore_blank": True, "error_type": "stop", "error_title": label("hint.error_title")}
    if slot.kind in (Kind.YESNO, Kind.CHOICE):
        allowed = [option.label for option in slot.options] or [label("word.yes"), label("word.no")]
        allowed += [label("word.not_applicable")] if excuse else []
        options |= {"validate": "list", "source": _fitting(allowed), "error_message": label("hint.error_list")}
        return CellRule(_hint_text(slot, units), options, None)
    what = label("hint.what_whole" if slot.whole else "hint.what_mark" if slot.awarded else "hint.what_number")
    bounds = {"minimum": grouped(constant(slot.minimum)), "maximum": grouped(constant(slot.maximum))}
    message = label("hint.error_number" if excuse else "hint.error_number_alone", what=what, unit=slot.unit, **bounds)
    options |= {"validate": "custom", "error_message": _clip(message, _TEXT_LIMIT)}
    return CellRule(_hint_text(slot, units), options, SharedFormula(_number_rule(slot, units, excuse)))


def _number_rule(slot: Slot, units: bool, excuse: bool) -> Live:
    """The test of a number as it is typed: a rule has no room for ``meant``."""
    value, factor = stand_in(0), stand_in(1) if units else None
    amount = round_to(value * factor, 4) if factor else round_to(value, 9)
    own = [factor.equals(number(1))] if factor else []
    fits = every(*within(slot, amount, own))
    if slot.kind is Kind.SHARE:
        fits = choose(shows_percentage(value), every(value >= number(0), value <= number(1)), fits)
    return choose(is_number(value), fits, value.equals(text(label("word.not_applicable"))) if excuse else NEVER)
