"""What a cell holds -> an answer, strictly: what could mean two things is not guessed.

A reading is ``(state, value, problems)``, and for a number its unit; a problem is a finding code and its parameters.
"""

from __future__ import annotations

import calendar
import datetime
import math
import re
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache

from msgspec import Struct

from smartcity_xl.books.amounts import Amount, BareFinding, amount_in, read_shown, read_typed
from smartcity_xl.books.tolerance import tolerance
from smartcity_xl.messages import label
from smartcity_xl.model import Kind, Slot, State
from smartcity_xl.rules.exact import shown
from smartcity_xl.units import read_unit

SEPARATORS = "、，,；;\n"
"""What may stand between names in one cell."""


class ErrorCell(Struct, frozen=True):
    """An error value: #N/A, #DIV/0! …"""

    text: str


class FormulaCell(Struct, frozen=True):
    """A formula; ``cached`` is the value the spreadsheet program saved with it, None if it saved none ("": an empty
    text)."""

    formula: str
    cached: object


class MarkedText(Struct, frozen=True):
    """A cell that shows more than one thing, such as a number struck through and another; ``shown`` describes it."""

    shown: str


class PictureCell(Struct, frozen=True):
    """A cell that holds a picture in place of a value."""


Cell = object
"""None, str, bool, int, float, a date or time, an ErrorCell, a FormulaCell, a MarkedText or a PictureCell."""


class Reading(Struct, frozen=True):
    """``value`` is in the slot's unit, ``unit`` the one it was meant in; ``raw`` is what the clerk saw, where the cell
    itself does not tell."""

    state: State
    value: Fraction | None = None
    problems: tuple[BareFinding, ...] = ()
    unit: str = ""
    raw: str = ""


@cache
def _listed(name: str) -> frozenset[str]:
    return frozenset(tolerance()[name])


# Full-width forms one by one: a general normalisation would turn 12① into 121.
_PLAIN: dict[int, int | str | None] = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_PLAIN |= {0x3000: " ", 0x2212: "-", 0x2013: "-", 0xFE63: "-"}
# Signs that nobody sees: control, zero width, direction, soft hyphen, byte order, variants, tags. Windows' calculator
# copies such marks with every number.
_UNSEEN: dict[int, int | str | None] = dict.fromkeys(
    code
    for first, last in (
        (0x00, 0x08), (0x0E, 0x1B), (0x7F, 0x84), (0x86, 0x9F), (0xAD, 0xAD), (0x034F, 0x034F), (0x061C, 0x061C),
        (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
        (0xFFF9, 0xFFFB), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE01EF),
    )
    for code in range(first, last + 1)
)  # fmt: skip
_REVERSED = frozenset("\u202e\u202b\u2067")
"""Marks after which a text may be shown from right to left: 600 is seen where 006 stands."""
_GROUPING = (0xA0, 0x2007, 0x2008, 0x2009, 0x202F)
"""Blanks that programs write between thousands."""
_BLANKS = dict.fromkeys(
    (*_GROUPING, 0x115F, 0x1160, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x205F, 0x2800, 0x3164, 0xFFA0), " "
)
_PLAIN |= _UNSEEN | _BLANKS
_GROUPED = re.compile(rf"(?<!\d)([1-9]\d{{0,2}})((?:[{''.join(map(chr, _GROUPING))}]\d{{3}})+)(?!\d)", re.ASCII)
_NUMERAL = re.compile(r"[+-]?(?:\d+|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d+)?", re.ASCII)
_LONGEST_NUMERAL = 40
_TYPED = re.compile(r"([+-]?[\d,]+(?:\.\d+)?)(\D.{0,11})?", re.ASCII)
"""A numeral, and what is typed after it."""


def plain(text: str) -> str:
    """Text with full-width signs and unusual blanks and dashes made ordinary, trimmed."""
    return text.translate(_PLAIN).strip()


def trimmed(text: str) -> str:
    """A clerk's own words, as they are but for invisible signs and the blanks around them."""
    return (text if text.isascii() else text.translate(_UNSEEN)).strip()


def unhidden(text: str) -> str:
    """A text in which signs that nobody sees are written out: [U+202E]."""
    return text if text.isascii() else "".join(f"[U+{ord(s):04X}]" if ord(s) in _UNSEEN else s for s in text)


def ungrouped(text: str) -> str:
    """A text without the blanks that programs write between thousands (30\u202f000). An ordinary blank stays: it may
    part two numbers."""
    return _GROUPED.sub(lambda match: match[1] + re.sub(r"\D", "", match[2]), text)


def shows_nothing(text: str) -> bool:
    """Whether no sign of a text can be seen: blanks of every width, marks of direction, soft hyphens."""
    return all(sign.isspace() or _PLAIN.get(ord(sign), sign) in (None, " ") for sign in text)


def says_nothing(text: str) -> bool:
    """Whether words are none: blank, or a sign that stands for “we have none”."""
    return not text or text in _listed("fillers") or plain(text) in _listed("fillers")


_BETWEEN = " \u3000：:，,。.；;（）()、-—"
"""Signs between 不适用 and its reason."""


def reason_in(remark: str) -> str:
    """What the remark to a table says beyond 不适用, the word that it begins with."""
    word = next((word for word in tolerance()["not_applicable"] if remark.startswith(word)), "")
    reason = remark.removeprefix(word).strip(_BETWEEN)
    return "" if says_nothing(reason) else reason


def show_cell(cell: Cell) -> str:
    """A cell as its reader would recognise it."""
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case int() | float():
            return _show_number(cell)
        case ErrorCell(text) | MarkedText(text):
            return text
        case PictureCell():
            return label("word.picture")
        case FormulaCell(formula, cached):
            return f"{formula} → {show_cell(cached)}"
        case datetime.datetime() if cell.time() == datetime.time():
            return cell.date().isoformat()
        case _:
            return str(cell)


_WHOLE = 10**15
"""Below it all digits of a whole number are kept: it need not go through a text."""


def _show_number(number: float) -> str:
    """A number with the digits that a cell shows; without an exponent, where that needs no more than 15 places."""
    if isinstance(number, int) and abs(number) < _WRITTEN_OUT:
        return str(number)
    if isinstance(number, int) or not math.isfinite(number):
        return _show_beyond(number)
    if -_WHOLE < number < _WHOLE and number.is_integer():
        return str(int(number))
    text = f"{number:.15g}"
    return text if abs(number) >= 1e15 or 0 < abs(number) < 1e-15 else f"{Decimal(text) + 0:f}"


LARGEST = 9.99999999999999e307
"""Spreadsheet programs hold no larger number."""
_WRITTEN_OUT = 10**100


def _show_beyond(number: float) -> str:
    """A number that no spreadsheet program holds: NaN, inf, or an integer of thousands of digits."""
    if isinstance(number, float):
        return str(number)
    power = math.floor(math.log10(abs(number)))
    return f"{'-' if number < 0 else ''}1E{power}"


def parse_numeral(text: str) -> Fraction | None:
    """A numeral as people type it (12450, 12,450, １２．５), or None for anything else."""
    text = plain(text)
    if len(text) > _LONGEST_NUMERAL or not _NUMERAL.fullmatch(text):
        return None
    return Fraction(text.replace(",", ""))


def read_number(number: float) -> Fraction | None:
    """A cell's number as it is meant: to 15 significant digits, which is what every spreadsheet program keeps of what
    is typed and shows of what it computes. None for what is no finite number.

    This is the one place where a binary number becomes an exact one; ``form.template.live.meant`` says it to the cells.
    """
    if not -LARGEST <= number <= LARGEST:  # nor is NaN
        return None
    if -_WHOLE < number < _WHOLE and number == int(number):
        return Fraction(int(number))
    return Fraction(f"{Decimal(number):.15g}")


def read_cell(cell: Cell, slot: Slot, unit: str = "", code: str = "") -> Reading:
    """The answer in a cell. Says nothing about ranges: that is for the checks.

    ``unit``: the one chosen beside the cell, the slot's own if left out. ``code``: the cell's number format, where it
    shows a number otherwise than it is stored.
    """
    unit = unit or slot.unit
    if isinstance(cell, str):
        return _read_text(cell, slot, unit)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        number = read_number(cell)
        if not slot.numeric or number is None:
            return _unreadable("not-a-number" if slot.numeric else "not-a-choice", cell, slot)
        if code:
            return _taken(read_shown(number, code, slot, unit), cell, slot)
        return Reading(State.VALUE, amount_in(number, unit, slot), (), unit)
    match cell:
        case None:
            return Reading(State.BLANK)
        case bool() if slot.kind is Kind.YESNO:
            return _chosen(cell, slot, Fraction(cell), label("word.yes" if cell else "word.no"))
        case ErrorCell():
            return _unreadable("cell-error", cell, slot)
        case MarkedText():
            return _unreadable("text-marked", cell, slot)
        case PictureCell():
            return _unreadable("picture-in-cell", cell, slot)
        case FormulaCell():
            return _read_formula(cell, slot, unit, code)
        case datetime.date() | datetime.time() | datetime.timedelta():
            return _unreadable("date-for-number" if slot.numeric else "not-a-choice", cell, slot)
        case _:
            return _unreadable("not-a-number" if slot.numeric else "not-a-choice", cell, slot)


def _chosen(cell: Cell, slot: Slot, value: Fraction, meant: str) -> Reading:
    """A choice; one in other words than the drop-down's is taken, and told."""
    if isinstance(cell, str) and cell.strip(" ") == meant:
        return Reading(State.VALUE, value)
    told: BareFinding = ("choice-kept", {"raw": show_cell(cell)[:80], "value": meant, "label": slot.label})
    return Reading(State.VALUE, value, (told,))


def _unreadable(code: str, cell: Cell, slot: Slot, **more: str) -> Reading:
    return Reading(State.UNREADABLE, None, (_problem(code, cell, slot, **more),))


def _problem(code: str, cell: Cell, slot: Slot, **more: str) -> BareFinding:
    return code, {
        "raw": unhidden(show_cell(cell)[:80]),
        "label": slot.label,
        "unit": slot.unit,
        "units": label("word.separator").join(slot.choices),
        **more,
    }


def _taken(amount: Amount, cell: Cell, slot: Slot, told: str = "") -> Reading:
    """An amount as a reading. ``told``: the finding that says how an amount was taken."""
    if amount.value is None and amount.problem:
        return _unreadable(amount.problem[0], cell, slot, **amount.problem[1])
    problems = [_problem(amount.problem[0], cell, slot, **amount.problem[1])] if amount.problem else []
    if told:
        problems.append(_problem(told, cell, slot, value=shown(amount.value or Fraction(0))))
    return Reading(State.VALUE, amount.value, tuple(problems), amount.unit, amount.raw)


def _read_formula(cell: FormulaCell, slot: Slot, unit: str, code: str) -> Reading:
    if "DISPIMG" in cell.formula:
        return _unreadable("picture-in-cell", cell.formula, slot)
    if cell.cached is None or cell.cached == "":
        return _unreadable("formula-uncached", cell.formula, slot)
    if isinstance(cell.cached, ErrorCell):
        return _unreadable("cell-error", cell, slot)
    inner = read_cell(cell.cached, slot, unit, code)
    if inner.state is not State.VALUE:
        return inner
    value = inner.raw or show_cell(cell.cached)
    kept: BareFinding = ("formula-kept", {"raw": cell.formula[:80], "value": value, "label": slot.label})
    raw = f"{cell.formula} → {inner.raw}" if inner.raw else ""
    return Reading(inner.state, inner.value, (kept, *inner.problems), inner.unit, raw)


def _read_text(text: str, slot: Slot, unit: str) -> Reading:
    typed = plain(ungrouped(text.translate(_UNSEEN)))
    if not typed:
        return Reading(State.BLANK)
    if typed in _listed("not_applicable"):
        return Reading(State.NOT_APPLICABLE)
    if slot.kind is Kind.YESNO and typed in _listed("yes") | _listed("no"):
        yes = typed in _listed("yes")
        return _chosen(text, slot, Fraction(yes), label("word.yes" if yes else "word.no"))
    if slot.kind is Kind.CHOICE:
        for position, option in enumerate(slot.options, start=1):
            if typed == plain(option.label):
                return _chosen(text, slot, Fraction(position), option.label)
    if says_nothing(text.strip()):
        return Reading(State.NO_DATA)
    if not slot.numeric:
        return _unreadable("not-a-choice", text, slot)
    if odd := _odd_signs(text, typed):
        return _unreadable("signs-inside", text, slot, signs=odd)
    match = _TYPED.fullmatch(typed)
    number = parse_numeral(match[1]) if match else None
    if match is None or number is None:
        return _unreadable("not-a-number", text, slot)
    said = "".join((match[2] or "").split())
    amount = read_typed(number, said, slot, unit) if said else Amount(amount_in(number, unit, slot), unit)
    return _taken(amount, text, slot, "text-number")


def _odd_signs(text: str, typed: str) -> str:
    """What stands in a text that was meant as a number and is not seen as part of it: marks of direction that turn it
    round, blanks inside; "" where it is no number for another reason."""
    turned = [f"U+{ord(sign):04X}" for sign in dict.fromkeys(text) if sign in _REVERSED]
    bare = "".join(re.split(r"[^\S\r\n]", typed))
    blank = [label("word.blank_inside")] if bare != typed and parse_numeral(bare) is not None else []
    return label("word.separator").join(turned + blank)


def read_unit_cell(cell: Cell, slot: Slot) -> str | None:
    """The unit chosen beside a number: the slot's own for a blank cell, None for what is none of its choices."""
    if isinstance(cell, FormulaCell) and cell.cached is None:
        return None  # what the clerk saw there is not known
    typed = plain(show_cell(cell.cached if isinstance(cell, FormulaCell) else cell))
    unit = read_unit(typed, slot.unit) if typed else slot.unit
    return unit if unit in slot.choices else None


def read_date(cell: Cell) -> str | None:
    """A date in ISO form, as exact as it was typed (2018-12-31, 2018-12, 2018); "" for blank, None if unclear."""
    if isinstance(cell, FormulaCell):
        if cell.cached is None or cell.cached == "":
            return None
        cell = cell.cached
    match cell:
        case None:
            return ""
        case datetime.datetime():
            return cell.date().isoformat()
        case datetime.date():
            return cell.isoformat()
        case bool():
            return None
        case int() | float():
            if 20_000 <= cell <= 60_000:  # a serial date whose format got lost
                return (datetime.date(1899, 12, 30) + datetime.timedelta(days=int(cell))).isoformat()
            text = show_cell(cell)
            return None if text.endswith(".1") else _read_date_text(text)  # 2018.1 may have been 2018.10
        case str():
            typed = plain(cell)
            return _read_date_text(typed) if typed else ""
        case _:
            return None


@lru_cache(maxsize=1_024)
def _read_date_text(text: str) -> str | None:
    for form in tolerance()["dates"]:
        match = re.fullmatch(form, text, re.ASCII)
        if not match:
            continue
        parts = {name: int(value) for name, value in match.groupdict().items()}
        year, month, day = parts["y"], parts.get("m", 12 if form.endswith("[底末]") else None), parts.get("d")
        if not 1990 <= year <= 2100 or (month is not None and not 1 <= month <= 12):
            return None
        if day is not None and month is not None and not 1 <= day <= calendar.monthrange(year, month)[1]:
            return None
        return "-".join([str(year), *(f"{part:02d}" for part in (month, day) if part is not None)])
    return None
