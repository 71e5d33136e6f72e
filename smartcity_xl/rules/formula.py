"""A rule as a live formula for a cell.

Only functions that Excel 2007, WPS, LibreOffice and Gnumeric share: IF, AND, OR, NOT, MIN, MAX, SUM, ROUND,
CHOOSE. Binary floating point is kept harmless by rounding to 12 decimals before a tie can be seen and before a
threshold is compared: below any difference that figures up to 10^10 can make.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from msgspec import Struct, field

from smartcity_xl.rules.tree import (
    Arithmetic,
    Band,
    Comparison,
    Connective,
    Count,
    Extremum,
    If,
    Ladder,
    Mean,
    Negative,
    Node,
    Not,
    Number,
    Pick,
    Points,
    Quotient,
    Reference,
    Rounded,
    Rule,
    Stars,
    Sum,
)


class Cells(Struct, frozen=True):
    """Where a rule finds its numbers.

    ``slot``: figure, ``checklist.item`` or ``table.column`` -> address of a cell that holds a number.
    ``items``: checklist -> its items, in order. ``mean``: an aggregate over a table -> address of the cell that
    holds it (its rows have a helper column of their own, rendered by ``render_node``). ``spelt``: results that have no
    cell of their own; a reference to one is written out, in brackets where an operator stands beside it.
    """

    slot: Callable[[str], str]
    items: Callable[[str], tuple[str, ...]]
    mean: Callable[[Mean], str]
    spelt: Mapping[str, Rule] = field(default_factory=dict)


# Precedence in a cell: a node is bracketed where its own is lower than its surroundings ask for.
_COMPARED, _ADDED, _MULTIPLIED, _SIGNED, _ATOM = range(5)
_PRECEDENCE = {"+": _ADDED, "-": _ADDED, "*": _MULTIPLIED, "/": _MULTIPLIED}


def constant(value: Fraction) -> str:
    """A fraction as a decimal literal, or as a quotient where it has no finite decimal form."""
    numerator, denominator = value.as_integer_ratio()
    if denominator == 1:
        return str(numerator)
    scale = places = 1
    while (scale := 10 * scale) % denominator and places < 15:
        places += 1
    if scale % denominator:
        return f"({numerator}/{denominator})"
    digits = str(abs(numerator) * (scale // denominator)).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}"
    return f"-{text}" if numerator < 0 else text


def percent(share: Fraction) -> str:
    """A share of 1 as a percentage: 0.26 -> 26%."""
    return f"{constant(100 * share)}%"


class _Writer(Struct, frozen=True):
    cells: Cells
    parts: dict[str, Node]

    def write(self, node: Node, needed: int = _COMPARED) -> str:
        text, precedence = self.form(node)
        return f"({text})" if precedence < needed else text

    def truth(self, node: Node) -> str:
        """The node as a condition."""
        match node:
            case Comparison(sign, left, right):
                sides = (self.compared(left), self.compared(right))
                return {"==": "=", "!=": "<>"}.get(sign, sign).join(sides)
            case Connective(sign, operands):
                return f"{sign.upper()}({','.join(self.truth(operand) for operand in operands)})"
            case Not(operand):
                return f"NOT({self.truth(operand)})"
        return f"{self.compared(node)}<>0"

    def compared(self, node: Node) -> str:
        """The node as one side of a comparison: what was computed is rounded first, what was typed is not."""
        if isinstance(node, Reference) and node.name in self.parts:
            return self.compared(self.parts[node.name])
        typed = isinstance(node, Number) or (isinstance(node, Reference) and node.name not in self.cells.spelt)
        return self.write(node) if typed else f"ROUND({self.write(node)},12)"

    def form(self, node: Node) -> tuple[str, int]:
        match node:
            case Number(value):
                return constant(value), _ATOM if value >= 0 else _SIGNED
            case Reference(name):
                return self.reference(name)
            case Negative(operand):
                return f"-{self.write(operand, _SIGNED)}", _SIGNED
            case Arithmetic(sign, left, right):
                precedence = _PRECEDENCE[sign]
                right_side = self.write(right, precedence + (sign in "-/"))
                return f"{self.write(left, precedence)}{sign}{right_side}", precedence
            case Comparison() | Connective() | Not():
                return f"IF({self.truth(node)},1,0)", _ATOM
            case Quotient():
                return self.quotient(node), _ATOM
            case If(condition, then, otherwise):
                return f"IF({self.truth(condition)},{self.write(then)},{self.write(otherwise)})", _ATOM
            case Extremum(function, operands):
                return f"{function.upper()}({','.join(self.write(operand) for operand in operands)})", _ATOM
            case Band(operand, steps, otherwise):
                x, text = self.compared(operand), self.write(otherwise)
                for step in reversed(steps):
                    sign = ">=" if step.inclusive else ">"
                    text = f"IF({x}{sign}{constant(step.threshold)},{self.write(step.value)},{text})"
                return text, _ATOM
            case Points(checklist, pairs):
                terms = (
                    f"{self.write(points, _MULTIPLIED)}*{self.cells.slot(f'{checklist}.{item}')}"
                    for item, points in pairs
                )
                return "+".join(terms), _ADDED
            case Count(checklist):
                ticks = (self.cells.slot(f"{checklist}.{item}") for item in self.cells.items(checklist))
                return f"SUM({','.join(ticks)})", _ATOM
            case Pick(choice, pairs):
                values = ",".join(self.write(value) for _, value in pairs)
                return f"CHOOSE({self.cells.slot(choice)},{values})", _ATOM
            case Stars(levels):
                text = "0"
                for level, condition in reversed(levels):
                    text = f"IF({self.truth(condition)},{level},{text})"
                return text, _ATOM
            case Mean():
                return self.cells.mean(node), _ATOM
            case Rounded(operand, places):
                return rounded(self.write(operand), places), _ATOM
            case Sum(operands):
                return total(self.write(operand) for operand in operands), _ATOM
            case Ladder(operand, steps):
                values = ",".join(self.write(value) for value in steps)
                return f"CHOOSE({self.write(operand, _ADDED)}+1,{values})", _ATOM

    def reference(self, name: str) -> tuple[str, int]:
        if name in self.parts:
            return self.form(self.parts[name])
        if name in self.cells.spelt:
            return render_rule(self.cells.spelt[name], self.cells), _COMPARED
        return self.cells.slot(name), _ATOM

    def quotient(self, node: Quotient) -> str:
        divided = f"{self.write(node.numerator, _MULTIPLIED)}/{self.write(node.denominator, _SIGNED)}"
        capped = node.share and not node.literal
        if capped:
            divided = f"MIN(1,{divided})"
        if isinstance(node.denominator, Number):
            return divided if capped else f"({divided})"
        zero = "0" if node.zero is None else self.write(node.zero)
        return f"IF({self.compared(node.denominator)}=0,{zero},{divided})"


def render_rule(rule: Rule, cells: Cells) -> str:
    """The rule's unrounded value as a formula, without the leading equals sign."""
    return _Writer(cells, dict(rule.parts)).write(rule.result)


def render_node(node: Node, cells: Cells) -> str:
    """A single expression, such as the row expression of a mean."""
    return _Writer(cells, {}).write(node)


def render_condition(node: Node, cells: Cells) -> str:
    """A single condition."""
    return _Writer(cells, {}).truth(node)


def rounded(expression: str, places: int = 2) -> str:
    """Half-up rounding that no binary representation error can tip over."""
    return f"ROUND(ROUND({expression},12),{places})"


POINTS_PLACES = 4
"""Decimals with which points of the total are shown beside a score."""


def trimmed(expression: str) -> str:
    """Points of the total for reading, without what binary numbers add to them; no score counts on from them."""
    return f"ROUND({expression},{POINTS_PLACES})"


def total(cells: Iterable[str]) -> str:
    """The sum of cells or ranges, which passes over words; 0 of nothing."""
    listed = ",".join(cells)
    return f"SUM({listed})" if listed else "0"


_LITERAL = re.compile(r'"[^"\0]*"')


def bare_formula(formula: str) -> str:
    """A formula without the words in it, and without the quotes around names of sheets that only some programs write:
    what two editions of one formula have in common."""
    return _LITERAL.sub('""', formula).replace("'", "")
