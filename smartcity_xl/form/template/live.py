"""The live formulas beside an input cell: its number, what is wrong with it in words, and whether it is open.

They say about a cell what ``reading`` and ``checks`` will say about it once it comes back. A formula refers to
cells by address; every text goes through ``quoted``.
"""

from __future__ import annotations

from dataclasses import dataclass

from smartcity_xl.messages import label
from smartcity_xl.model import Kind, Slot
from smartcity_xl.rules.formula import constant
from smartcity_xl.units import factor


def quoted(text: str) -> str:
    """Text as a string literal of a formula."""
    return '"' + text.replace('"', '""') + '"'


def within(slot: Slot, amount: str, times: str = "") -> str:
    """Conditions, for AND(…), under which an amount in the slot's unit can be true. ``times`` is the cell with the
    factor of the unit in which it was given: a share given in another unit than its own is in no doubt."""
    tests = [f"{amount}>={constant(slot.minimum)}", f"{amount}<={constant(slot.maximum)}"]
    if slot.whole:
        tests.append(f"{amount}=INT({amount})")
    if slot.awarded:
        tests.append(f"ABS({amount}-ROUND({amount},2))<0.000000000001")  # programs round to neighbouring binary numbers
    if slot.kind is Kind.SHARE:
        tests.append(f"NOT(AND({amount}>0,{amount}<=1{f',{times}=1' if times else ''}))")
    return ",".join(tests)


def factor_formula(slot: Slot, unit: str) -> str:
    """How many of the slot's unit one of the chosen unit is; empty text for a unit that is not offered."""
    found = f'IF(TRIM({unit})="",1,"")'
    for other in slot.choices:
        found = f"IF({unit}={quoted(other)},{constant(factor(other, slot.unit))},{found})"
    return found


def meant(number: str) -> str:
    """A binary number to the 15 digits that a cell keeps and shows, which is how the reader takes it: 0.57*100 is 57,
    not 56.99999999999999.

    Programs differ in whether they compare binary numbers bit by bit or to some 15 digits; after this they agree.
    (No program rounds to more than 20 places, and below 0.000001 nothing is compared.)
    """
    size = f"ABS({number})"
    small = f"IF({size}<0.000001,{number},ROUND({number},14-INT(LOG10({size}))))"
    return f"IF({size}<1,{small},ROUND({number},15-LEN(INT({size}))))"


def amount_formula(value: str, times: str = "") -> str:
    """A number in the slot's unit, as it is meant; empty text without one. ``times`` is the cell with the factor of
    the unit that was chosen, where one can be."""
    exact = f'IF(ISNUMBER({times}),{meant(f"{value}*{times}")},"")' if times else meant(value)
    # A logical value is a number to some programs, and no answer to us
    return f'IF(ISLOGICAL({value}),"",IF(ISNUMBER({value}),{exact},""))'


def number_formula(slot: Slot, value: str, times: str = "") -> str:
    """The answer as a number that rules can read, or empty text. ``value`` is the cell that holds it, of a number the
    one with the amount; ``times`` as for ``within``."""
    if slot.fixed is not None:
        return value
    if slot.kind is Kind.YESNO:
        yes, no = quoted(label("word.yes")), quoted(label("word.no"))
        return f'IF(ISTEXT({value}),IF(TRIM({value})={yes},1,IF(TRIM({value})={no},0,"")),"")'
    if slot.kind is Kind.CHOICE:
        found = '""'
        for position, option in reversed(list(enumerate(slot.options, start=1))):
            found = f"IF(TRIM({value})={quoted(option.label)},{position},{found})"
        return f'IF(ISTEXT({value}),{found},"")'
    return f'IF(ISNUMBER({value}),IF(AND({within(slot, value, times)}),{value},""),"")'


def _wrong(slot: Slot, cells: RowCells) -> str:
    """Words for a cell that holds something, but no usable answer."""
    value, amount = cells.value, cells.amount
    if not slot.numeric:
        return quoted(label("check.not_choice"))
    bounds = {"minimum": constant(slot.minimum), "maximum": constant(slot.maximum)}
    several = "_unit" if len(slot.choices) > 1 else ""
    inner = label(f"check.whole{several}", unit=slot.unit)
    if slot.kind is Kind.SHARE or slot.awarded:
        inner = label("check.decimals" if slot.awarded else "check.scale")
    range_ = label(f"check.range{several}", unit=slot.unit, **bounds)
    outside = f"OR({amount}<{bounds['minimum']},{amount}>{bounds['maximum']})"
    ranged = f"IF({outside},{quoted(range_)},{quoted(inner)})"
    if several:
        ranged = f"IF(ISNUMBER({amount}),{ranged},{quoted(label('check.unit'))})"
    not_number = quoted(label("check.not_number"))
    return f"IF(ISLOGICAL({value}),{not_number},IF(ISNUMBER({value}),{ranged},{not_number}))"


@dataclass(frozen=True, slots=True)
class RowCells:
    """The cells of a row that its formulas refer to. ``amount``: the one with a number as it is meant, in the slot's
    unit; ``whole``: the number cell and the wording of the figure that the row's is part of.
    """

    value: str
    amount: str
    number: str
    remark: str
    explanation: str
    whole: tuple[str, str] | None = None


def doubt(cells: RowCells) -> str:
    """What the check column says of an answer that may be right and must be explained; "" where none can be."""
    return label("check.part", whole=cells.whole[1]) if cells.whole else ""


def none_formula(slot: Slot, cells: RowCells, number: str) -> str:
    """The formula of a number cell where 不适用 with its reason is an answer that counts (E75)."""
    if slot.none is None:
        return number
    na = quoted(label("word.not_applicable"))
    said = f'IF(ISTEXT({cells.value}),AND(TRIM({cells.value})={na},TRIM({cells.remark})<>""),FALSE)'
    return f"IF({said},{constant(slot.none)},{number})"


def check_formula(slot: Slot, cells: RowCells, required: bool) -> str:
    """What the check column says."""
    if slot.fixed is not None:
        return quoted(label("check.fixed"))
    value, number, remark = cells.value, cells.number, cells.remark
    fine = quoted(label("check.ok"))
    if cells.whole:
        asked = f'IF(TRIM({cells.explanation})="",{quoted(doubt(cells))},{quoted(label("check.explained"))})'
        fine = f"IF(ISNUMBER({cells.whole[0]}),IF({number}>{cells.whole[0]},{asked},{fine}),{fine})"
    blank = quoted(label("check.blank" if required else "check.optional"))
    na, reason = quoted(label("check.not_applicable")), quoted(label("check.reason"))
    said_so = f"TRIM({value})={quoted(label('word.not_applicable'))}"
    excused = f'IF({said_so},IF(TRIM({remark})="",{reason},{na}),{_wrong(slot, cells)})'
    return (
        f"IF(ISERROR({value}),{quoted(label('check.error'))},"
        f'IF(ISNUMBER({number}),{fine},IF(TRIM({value})="",{blank},{excused})))'
    )


def _answered(check: str, counts: str) -> str:
    """Whether a row is answered: ``counts`` holds, or the check column says that nothing need stand there."""
    excused = (f"{check}={quoted(label(f'check.{name}'))}" for name in ("not_applicable", "optional"))
    return f"OR({','.join((counts, *excused))})"


def gap_formula(check: str, number: str) -> str:
    """1 for a row that must be answered and is not; a row that may be left blank has no such formula."""
    return f'IF({_answered(check, f"ISNUMBER({number})")},"",1)'


def open_formula(check: str, number: str, above: str, doubt: str) -> str:
    """A running number for rows that still need the clerk, else empty; ``above`` is the range of this column so far,
    ``doubt`` what the check says of an answer that must be explained."""
    counts = f"AND(ISNUMBER({number}),{check}<>{quoted(doubt)})" if doubt else f"ISNUMBER({number})"
    return f'IF({_answered(check, counts)},"",COUNT({above})+1)'
