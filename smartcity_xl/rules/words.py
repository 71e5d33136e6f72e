"""A rule in words, for the people who fill and audit a workbook (Chinese)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from msgspec import Struct

from smartcity_xl.rules.formula import constant
from smartcity_xl.rules.formula import percent as in_percent
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

_TESTED, _ADDED, _MULTIPLIED, _ATOM = range(4)
_SIGNS = {"+": "＋", "-": "－", "*": "×", "/": "÷"}
_COMPARED = {">=": "≥", ">": "＞", "<=": "≤", "<": "＜", "==": "＝", "!=": "≠"}


class _Speaker(Struct, frozen=True):
    label: Callable[[str], str]
    parts: Mapping[str, Node]
    unit: Callable[[str], str | None]
    """The unit of what a name stands for: "" where nothing is known of one, None for a yes or no."""

    def number(self, value: Fraction, percent: bool) -> str:
        return in_percent(value) if percent else constant(value)

    def say(self, node: Node, needed: int = _TESTED) -> str:
        text, precedence = self.form(node)
        return f"（{text}）" if precedence < needed else text

    def form(self, node: Node) -> tuple[str, int]:
        match node:
            case Number(value, percent):
                return self.number(value, percent), _ATOM
            case Reference(name):
                return name if name in self.parts else f"“{self.label(name)}”", _ATOM
            case Negative(operand):
                return f"－{self.say(operand, _ATOM)}", _ADDED
            case Arithmetic("*", Number(value, percent), Reference(name)) if self.is_yesno(name):
                return f"［“{self.label(name)}”为是得 {self.number(value, percent)}，为否得 0］", _ATOM
            case Arithmetic(sign, left, right):
                precedence = _ADDED if sign in "+-" else _MULTIPLIED
                right_side = self.say(right, precedence + (sign in "-/"))
                return f"{self.say(left, precedence)}{_SIGNS[sign]}{right_side}", precedence
            case Comparison(sign, left, right):
                return self.compared(sign, left, right), _TESTED
            case Connective(sign, operands):
                tests = (self.test(operand, _ATOM) for operand in operands)
                return ("且" if sign == "and" else "或").join(tests), _TESTED
            case Not(Reference(name)) if self.is_yesno(name):
                return f"“{self.label(name)}”为否", _ATOM
            case Not(operand):
                return f"非{self.say(operand, _ATOM)}", _ATOM
            case Quotient():
                return self.quotient(node), _MULTIPLIED
            case If(condition, then, otherwise):
                return f"［若{self.test(condition)}：{self.say(then)}；否则：{self.say(otherwise)}］", _ATOM
            case Extremum(function, operands):
                name = "取小" if function == "min" else "取大"
                return f"{name}（{'，'.join(self.say(operand) for operand in operands)}）", _ATOM
            case Band(operand, steps, otherwise):
                unit = self.unit_of(operand)
                levels = "；".join(
                    f"{_COMPARED['>=' if step.inclusive else '>']}{self.number(step.threshold, step.percent)}"
                    f"{'' if step.percent else unit} 得 {self.say(step.value)}"
                    for step in steps
                )
                return f"［{self.say(operand)}：{levels}；其余得 {self.say(otherwise)}］", _ATOM
            case Points(checklist, pairs):
                items = "、".join(f"{self.label(f'{checklist}.{item}')} {self.say(points)}" for item, points in pairs)
                return f"［逐项计分：{items}］", _ATOM
            case Count(checklist):
                return f"“{self.label(checklist)}”的项数", _ATOM
            case Pick(choice, pairs):
                options = "、".join(
                    f"{self.label(f'{choice}.{option}')} 得 {self.say(value)}" for option, value in pairs
                )
                return f"［“{self.label(choice)}”：{options}］", _ATOM
            case Stars(levels):
                said = "；".join(f"{'零一二三四五'[level]}星：{self.test(condition)}" for level, condition in levels)
                return f"［按达到的最高一级：{said}；均未达到为无星］", _ATOM
            case Mean(table, expression):
                return f"［“{self.label(table)}”各行的平均：{self.say(expression)}］", _ATOM
            case Rounded(operand, places):
                return f"［{self.say(operand)}，四舍五入到 {places} 位小数］", _ATOM
            case Sum(operands):
                return f"［合计：{'、'.join(self.say(operand) for operand in operands)}］", _ATOM
            case Ladder(operand, steps):
                said = "、".join(f"{level} 得 {self.say(value)}" for level, value in enumerate(steps))
                return f"［{self.say(operand)}：{said}］", _ATOM

    def is_yesno(self, name: str) -> bool:
        return name not in self.parts and self.unit(name) is None

    def test(self, node: Node, needed: int = _TESTED) -> str:
        """A condition in words; what is answered by yes or no is said to be yes."""
        match node:
            case Reference(name) if self.is_yesno(name):
                return f"“{self.label(name)}”为是"
        return self.say(node, needed)

    def unit_of(self, node: Node) -> str:
        """The unit of what is compared with a threshold: of one answer, or of answers of one unit added up."""
        match node:
            case Reference(name):
                return self.unit_of(self.parts[name]) if name in self.parts else self.unit(name) or ""
            case Arithmetic("+" | "-", left, right):
                unit = self.unit_of(left)
                return unit if unit == self.unit_of(right) else ""
        return ""

    def compared(self, sign: str, left: Node, right: Node) -> str:
        match left, right:
            case Reference(name), Number(value) if self.is_yesno(name) and sign in ("==", "!="):
                return f"“{self.label(name)}”为{'是' if bool(value) == (sign == '==') else '否'}"
        said = self.say(right, _ADDED)
        if isinstance(right, Number) and not right.percent:
            said += self.unit_of(left)
        return f"{self.say(left, _ADDED)}{_COMPARED[sign]}{said}"

    def quotient(self, node: Quotient) -> str:
        text = f"{self.say(node.numerator, _MULTIPLIED)}÷{self.say(node.denominator, _ATOM)}"
        remarks = []
        if node.share:
            remarks.append("超过 1 按实际值" if node.literal else "超过 1 按 1")
        if node.zero is not None:
            remarks.append(f"分母为 0 时取 {self.say(node.zero)}")
        return f"（{text}，{'，'.join(remarks)}）" if remarks else text


Unit = Callable[[str], str | None]


def _no_unit(name: str) -> str:
    return ""


def describe_node(node: Node, label: Callable[[str], str], unit: Unit = _no_unit) -> str:
    """One expression in words; ``label`` gives the wording of a figure, item, option or column, ``unit`` its unit: ""
    where it has none, None where it is answered by yes or no."""
    return _Speaker(label, {}, unit).test(node)


def describe_operand(node: Node, label: Callable[[str], str]) -> str:
    """What a rule divides, in words: a sum stands in brackets."""
    return _Speaker(label, {}, _no_unit).say(node, _ATOM)


def unit_of(node: Node, unit: Unit) -> str:
    """The unit of what a node comes to, where it is one of answers; "" where it has none."""
    return _Speaker(lambda name: name, {}, unit).unit_of(node)


def describe_rule(rule: Rule, label: Callable[[str], str], unit: Unit = _no_unit) -> str:
    """The rule in words, its parts first, one to a line; names as for ``describe_node``."""
    speaker = _Speaker(label, dict(rule.parts), unit)
    lines = [f"{name}＝{speaker.say(node)}" for name, node in rule.parts]
    return "\n".join([*lines, speaker.say(rule.result)])
