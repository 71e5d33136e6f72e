"""The live formulas beside an input cell: its number, what is wrong with it in words, and whether it is open.

They say about a cell what ``reading`` and ``checks`` will say about it once it comes back. A formula refers to
cells by address; every text goes through ``quoted``.
"""

from __future__ import annotations

from dataclasses import dataclass

from smartcity_xl.messages import label
from smartcity_xl.model import Kind, Slot
from smartcity_xl.rules.formula import constant


def quoted(text: str) -> str:
    """Text as a string literal of a formula."""
    return '"' + text.replace('"', '""') + '"'


def within(slot: Slot, cell: str) -> str:
    """Conditions, for AND(…), under which a number in the cell can be true."""
    tests = [f"{cell}>={constant(slot.minimum)}", f"{cell}<={constant(slot.maximum)}"]
    if slot.whole:
        tests.append(f"{cell}=INT({cell})")
    if slot.kind is Kind.SHARE:
        tests.append(f"NOT(AND({cell}>0,{cell}<=1))")
    return ",".join(tests)


def number_formula(slot: Slot, value: str) -> str:
    """The cell's answer as a number that rules can read, or empty text."""
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
    # A logical value is a number to some programs, and no answer to us
    number = f'IF(ISNUMBER({value}),IF(AND({within(slot, value)}),{value},""),"")'
    return f'IF(ISLOGICAL({value}),"",{number})'


def _wrong(slot: Slot, value: str) -> str:
    """Words for a cell that holds something, but no usable answer."""
    if not slot.numeric:
        return quoted(label("check.not_choice"))
    bounds = {"minimum": constant(slot.minimum), "maximum": constant(slot.maximum)}
    inner = quoted(label("check.scale")) if slot.kind is Kind.SHARE else quoted(label("check.whole"))
    outside = f"OR({value}<{bounds['minimum']},{value}>{bounds['maximum']})"
    ranged = f"IF({outside},{quoted(label('check.range', **bounds))},{inner})"
    not_number = quoted(label("check.not_number"))
    return f"IF(ISLOGICAL({value}),{not_number},IF(ISNUMBER({value}),{ranged},{not_number}))"


@dataclass(frozen=True, slots=True)
class RowCells:
    """The cells of a row that its formulas refer to. ``whole``: the number cell and the wording of the figure that the
    row's is part of."""

    value: str
    number: str
    remark: str
    explanation: str
    whole: tuple[str, str] | None = None


def doubt(cells: RowCells) -> str:
    """What the check column says of an answer that may be right and must be explained; "" where none can be."""
    return label("check.part", whole=cells.whole[1]) if cells.whole else ""


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
    excused = f'IF({said_so},IF(TRIM({remark})="",{reason},{na}),{_wrong(slot, value)})'
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
