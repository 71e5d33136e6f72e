"""A rule in words, for the people who fill and audit a workbook (Chinese)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

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


@dataclass(frozen=True, slots=True)
class _Speaker:
    label: Callable[[str], str]
    parts: frozenset[str]

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
            case Arithmetic(sign, left, right):
                precedence = _ADDED if sign in "+-" else _MULTIPLIED
                right_side = self.say(right, precedence + (sign in "-/"))
                return f"{self.say(left, precedence)}{_SIGNS[sign]}{right_side}", precedence
            case Comparison(sign, left, right):
                return f"{self.say(left, _ADDED)}{_COMPARED[sign]}{self.say(right, _ADDED)}", _TESTED
            case Connective(sign, operands):
                return ("且" if sign == "and" else "或").join(self.say(operand, _ATOM) for operand in operands), _TESTED
            case Not(operand):
                return f"非{self.say(operand, _ATOM)}", _ATOM
            case Quotient():
                return self.quotient(node), _MULTIPLIED
            case If(condition, then, otherwise):
                return f"［若{self.say(condition)}：{self.say(then)}；否则：{self.say(otherwise)}］", _ATOM
            case Extremum(function, operands):
                name = "取小" if function == "min" else "取大"
                return f"{name}（{'，'.join(self.say(operand) for operand in operands)}）", _ATOM
            case Band(operand, steps, otherwise):
                levels = "；".join(
                    f"{_COMPARED['>=' if step.inclusive else '>']}{self.number(step.threshold, step.percent)}"
                    f" 得 {self.say(step.value)}"
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
                said = "；".join(f"{'零一二三四五'[level]}星：{self.say(condition)}" for level, condition in levels)
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

    def quotient(self, node: Quotient) -> str:
        text = f"{self.say(node.numerator, _MULTIPLIED)}÷{self.say(node.denominator, _ATOM)}"
        remarks = []
        if node.share:
            remarks.append("超过 1 按实际值" if node.literal else "超过 1 按 1")
        if node.zero is not None:
            remarks.append(f"分母为 0 时取 {self.say(node.zero)}")
        return f"（{text}，{'，'.join(remarks)}）" if remarks else text


def describe_node(node: Node, label: Callable[[str], str]) -> str:
    """One expression in words; ``label`` gives the wording of a figure, item, option or column."""
    return _Speaker(label, frozenset()).say(node)


def describe_rule(rule: Rule, label: Callable[[str], str]) -> str:
    """The rule in words, its parts first, one to a line."""
    speaker = _Speaker(label, frozenset(name for name, _ in rule.parts))
    lines = [f"{name}＝{speaker.say(node)}" for name, node in rule.parts]
    return "\n".join([*lines, speaker.say(rule.result)])
