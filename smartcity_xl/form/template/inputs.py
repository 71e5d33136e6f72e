"""Rules, drop-downs and hints on the cells that a clerk fills."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from smartcity_xl.books.live import (
    NEVER,
    Shape,
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
from smartcity_xl.form.template.shapes import alike
from smartcity_xl.messages import label
from smartcity_xl.model import Kind, Slot
from smartcity_xl.rules.formula import constant

_TITLE_LIMIT, _TEXT_LIMIT, _LIST_LIMIT = 32, 255, 255


def _clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


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


def _hint_text(slot: Slot, guidance: str, units: bool) -> str:
    share = "share" if units else "share_alone"
    names = {Kind.COUNT: "count", Kind.SHARE: share, Kind.POINTS: "mark", Kind.YESNO: "yesno", Kind.CHOICE: "choice"}
    name = names.get(slot.kind, "number")
    bounds = {"minimum": grouped(constant(slot.minimum)), "maximum": grouped(constant(slot.maximum)), "unit": slot.unit}
    return label(f"hint.{name}", **bounds) + guidance


def offer_units(page: Page, row: int, column: int, slot: Slot) -> None:
    """The drop-down of a figure's units, with its own chosen."""
    page.text(row, column, slot.unit, "input_choice")
    page.validate(row, column, {
        "validate": "list", "source": _fitting(slot, slot.choices), "error_type": "stop",
        "error_title": label("hint.error_title"), "error_message": label("hint.error_list"),
        "input_title": label("figures.unit"), "input_message": label("hint.unit"),
    })  # fmt: skip


def _fitting(slot: Slot, entries: Sequence[str]) -> list[str]:
    """The entries of a drop-down list, which are written into one short text with commas between them."""
    if len(",".join(entries)) > _LIST_LIMIT or any("," in entry for entry in entries):
        raise ValueError(f"the options of {slot.key} do not fit into a drop-down list")
    return list(entries)


def restrict(
    page: Page,
    row: int,
    column: int,
    slot: Slot,
    address: str,
    guidance: str = "",
    excuse: bool = True,
    times: str = "",
) -> None:
    """Put its rule on an answer cell."""
    page.validate(row, column, rule_of(slot, address, guidance, excuse, times))


def rule_of(slot: Slot, address: str, guidance: str = "", excuse: bool = True, times: str = "") -> dict[str, Any]:
    """The rule of an answer cell. ``excuse``: “not applicable” may be typed instead; ``times``: the cell with the
    factor of the chosen unit."""
    options: dict[str, Any] = {
        "ignore_blank": True,
        "error_type": "stop",
        "error_title": label("hint.error_title"),
        "input_title": _clip(slot.label, _TITLE_LIMIT),
        "input_message": _clip(_hint_text(slot, guidance, bool(times)), _TEXT_LIMIT),
    }
    na = label("word.not_applicable")
    if slot.kind in (Kind.YESNO, Kind.CHOICE):
        allowed = [option.label for option in slot.options] or [label("word.yes"), label("word.no")]
        allowed += [na] if excuse else []
        options |= {"validate": "list", "source": _fitting(slot, allowed), "error_message": label("hint.error_list")}
    else:
        test = _number_rule(alike(slot), bool(times), excuse).text([address, times])
        what = label("hint.what_whole" if slot.whole else "hint.what_mark" if slot.awarded else "hint.what_number")
        bounds = {"minimum": grouped(constant(slot.minimum)), "maximum": grouped(constant(slot.maximum))}
        told = "error_number" if excuse else "error_number_alone"
        message = label(f"hint.{told}", what=what, unit=slot.unit, **bounds)
        options |= {"validate": "custom", "value": f"={test}", "error_message": _clip(message, _TEXT_LIMIT)}
    return options


@lru_cache(maxsize=512)
def _number_rule(slot: Slot, units: bool, excuse: bool) -> Shape:
    """The test of a number as it is typed, over its cell and, with ``units``, that of the factor of the chosen one: a
    rule has no room for ``meant``."""
    value, factor = stand_in(0), stand_in(1) if units else None
    amount = round_to(value * factor, 4) if factor else round_to(value, 9)
    own = [factor.equals(number(1))] if factor else []
    fits = every(*within(slot, amount, own))
    if slot.kind is Kind.SHARE:
        fits = choose(shows_percentage(value), every(value >= number(0), value <= number(1)), fits)
    otherwise = value.equals(text(label("word.not_applicable"))) if excuse else NEVER
    return Shape(choose(is_number(value), fits, otherwise))
