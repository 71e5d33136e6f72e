"""Text of a rule -> its syntax tree."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

from msgspec import Struct

from smartcity_xl.rules.tree import (
    Arithmetic,
    Band,
    BandStep,
    Comparison,
    Connective,
    Count,
    Extremum,
    If,
    Mean,
    Negative,
    Node,
    Not,
    Number,
    Pick,
    Points,
    Quotient,
    Reference,
    Rule,
    Stars,
    names_used,
    walk,
)


class RuleError(Exception):
    """A rule that cannot be read.

    ``line`` and ``column`` count from 1 inside the rule; ``found`` and ``expected`` are short phrases.
    """

    def __init__(self, line: int, column: int, found: str, expected: str) -> None:
        super().__init__(f"line {line}, column {column}: found {found}, expected {expected}")
        self.line, self.column, self.found, self.expected = line, column, found, expected


_TOKEN = re.compile(
    r"(?P<space>[ \t\r]+|\#[^\n]*)|(?P<newline>\n)|(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<name>[a-z][a-z0-9_]*)"
    r"|(?P<sign>>=|<=|==|!=|[-+*/%()<>=,:.])"
)
KEYWORDS = frozenset({"and", "or", "not"})
# Far beyond any rule that people read, and well within what the walkers can climb.
_DEEPEST, _LONGEST = 60, 200
_LEVELS = frozenset("12345")


class _Token(Struct, frozen=True):
    kind: str
    text: str
    line: int
    column: int


def _tokenize(source: str) -> list[_Token]:
    tokens: list[_Token] = []
    position, line, start, depth = 0, 1, 0, 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        column = position - start + 1
        if match is None or match.lastgroup is None:
            raise RuleError(line, column, f"“{source[position]}”", "a number, a name or an operator")
        kind, text = match.lastgroup, match.group()
        position = match.end()
        if kind == "newline":
            if depth == 0 and tokens and tokens[-1].kind != "newline":
                tokens.append(_Token("newline", text, line, column))
            line, start = line + 1, position
        elif kind != "space":
            depth += (text == "(") - (text == ")")
            tokens.append(_Token("keyword" if text in KEYWORDS else kind, text, line, column))
    if tokens and tokens[-1].kind == "newline":
        tokens.pop()
    tokens.append(_Token("end", "", line, position - start + 1))
    return tokens


class _Argument(Struct, frozen=True):
    """One argument of a call: bare, with a name (``zero: 1``) or with a step (``>=90%: 20``)."""

    node: Node
    at: _Token
    label: str = ""
    step: Number | None = None


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = _tokenize(source)
        self.position = 0
        self.depth = 0

    @property
    def current(self) -> _Token:
        return self.tokens[self.position]

    def advance(self) -> _Token:
        token = self.current
        self.position += 1
        return token

    def fail(self, expected: str, at: _Token | None = None) -> RuleError:
        token = at or self.current
        found = {"end": "the end of the rule", "newline": "the end of the line"}.get(token.kind, f"“{token.text}”")
        return RuleError(token.line, token.column, found, expected)

    def accept(self, *texts: str) -> _Token | None:
        return self.advance() if self.current.kind in ("sign", "keyword") and self.current.text in texts else None

    def expect(self, text: str) -> _Token:
        token = self.accept(text)
        if token is None:
            raise self.fail(f"“{text}”")
        return token

    def name(self, expected: str = "a name") -> str:
        if self.current.kind != "name":
            raise self.fail(expected)
        return self.advance().text

    # rule = { part NEWLINE } expression
    def rule(self) -> Rule:
        parts: list[tuple[str, Node]] = []
        while self.current.kind == "name" and self.tokens[self.position + 1].text == "=":
            at = self.current
            name = self.name()
            if any(name == earlier for earlier, _ in parts):
                raise self.fail("a part name that is not used twice", at)
            self.expect("=")
            node = self.expression()
            if name in names_used(node):
                raise self.fail("a part that does not use itself", at)
            parts.append((name, node))
            if self.current.kind != "newline":
                raise self.fail("the end of the line after a part")
            self.advance()
        result = self.expression()
        if self.current.kind != "end":
            raise self.fail("the end of the rule")
        self.refuse_forward_references(parts)
        return Rule(self.source.strip(), tuple(parts), result)

    def refuse_forward_references(self, parts: list[tuple[str, Node]]) -> None:
        for number, (name, node) in enumerate(parts):
            used = names_used(node)
            later = [other for other, _ in parts[number + 1 :] if other in used]
            if later:
                at = next(token for token in self.tokens if token.text == name)
                raise self.fail(f"“{later[0]}” to be defined above the part that uses it", at)

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.fail(f"at most {_DEEPEST} levels of brackets")
        node = self._connective("or", lambda: self._connective("and", self.negation))
        self.depth -= 1
        return node

    def _connective(self, operator: str, inner: Callable[[], Node]) -> Node:
        operands = [inner()]
        while self.accept(operator):
            operands.append(inner())
            self.limit(len(operands))
        return operands[0] if len(operands) == 1 else Connective(operator, tuple(operands))

    def limit(self, terms: int) -> None:
        if terms > _LONGEST:
            raise self.fail(f"at most {_LONGEST} terms in a row")

    def negation(self) -> Node:
        signs = 0
        while self.accept("not"):
            signs += 1
            self.limit(signs)
        node = self.comparison()
        for _ in range(signs):
            node = Not(node)
        return node

    def comparison(self) -> Node:
        left = self.sum()
        operator = self.accept(">=", ">", "<=", "<", "==", "!=")
        return Comparison(operator.text, left, self.sum()) if operator else left

    def sum(self) -> Node:
        left, terms = self.product(), 1
        while operator := self.accept("+", "-"):
            left, terms = Arithmetic(operator.text, left, self.product()), terms + 1
            self.limit(terms)
        return left

    def product(self) -> Node:
        left, terms = self.unary(), 1
        while operator := self.accept("*", "/"):
            at, terms = self.current, terms + 1
            self.limit(terms)
            right = self.unary()
            if operator.text == "/" and not (isinstance(right, Number) and right.value):
                raise self.fail("a constant other than 0 after “/” (write ratio(a, b) or quotient(a, b))", at)
            left = Arithmetic(operator.text, left, right)
        return left

    def unary(self) -> Node:
        signs = 0
        while self.accept("-"):
            signs += 1
            self.limit(signs)
        node = self.atom()
        for _ in range(signs):
            node = Negative(node)
        return node

    def number(self) -> Number:
        value = Fraction(self.advance().text)
        return Number(value / 100, percent=True) if self.accept("%") else Number(value)

    def atom(self) -> Node:
        if self.current.kind == "number":
            return self.number()
        if self.accept("("):
            inner = self.expression()
            self.expect(")")
            return inner
        at = self.current
        name = self.name("a number, a figure, a function or “(”")
        if self.accept("("):
            return self.call(name, at)
        if self.accept("."):
            name = f"{name}.{self.name('the name of an item or a column')}"
        return Reference(name)

    def arguments(self) -> list[_Argument]:
        found: list[_Argument] = []
        while True:
            found.append(self.argument())
            if self.accept(")"):
                return found
            self.expect(",")

    def argument(self) -> _Argument:
        at = self.current
        if sign := self.accept(">=", ">"):
            if self.current.kind != "number":
                raise self.fail("the threshold of the step, a number")
            threshold = self.number()
            self.expect(":")
            return _Argument(self.expression(), at, sign.text, threshold)
        if at.kind in ("name", "number") and self.tokens[self.position + 1].text == ":":
            self.advance()
            self.advance()
            return _Argument(self.expression(), at, at.text)
        return _Argument(self.expression(), at)

    def call(self, function: str, at: _Token) -> Node:
        build = _FUNCTIONS.get(function)
        if build is None:
            raise self.fail("one of the functions " + ", ".join(sorted(_FUNCTIONS)), at)
        return build(self, at, self.arguments())

    # What the functions ask of their arguments

    def plain(self, at: _Token, arguments: list[_Argument], count: int, usage: str) -> list[Node]:
        """The first ``count`` arguments, which must be bare."""
        if len(arguments) < count or any(argument.label for argument in arguments[:count]):
            raise self.fail(usage, at)
        return [argument.node for argument in arguments[:count]]

    def subject(self, at: _Token, arguments: list[_Argument], usage: str) -> str:
        """The name of the checklist, choice or table that a function is about."""
        (node,) = self.plain(at, arguments, 1, usage)
        if not isinstance(node, Reference) or "." in node.name:
            raise self.fail(usage, at)
        return node.name

    def labelled(self, at: _Token, arguments: list[_Argument], usage: str) -> tuple[tuple[str, Node], ...]:
        if any(not argument.label or argument.step for argument in arguments):
            raise self.fail(usage, at)
        labels = [argument.label for argument in arguments]
        if len(set(labels)) < len(labels):
            raise self.fail("each label only once", at)
        return tuple((argument.label, argument.node) for argument in arguments)


def _quotient(parser: _Parser, at: _Token, arguments: list[_Argument], share: bool) -> Node:
    usage = "ratio(a, b [, zero: value] [, max: 1])" if share else "quotient(a, b [, zero: value])"
    numerator, denominator = parser.plain(at, arguments, 2, usage)
    if isinstance(denominator, Number) and not denominator.value:
        raise parser.fail("a denominator that is not the constant 0", arguments[1].at)
    options = dict(parser.labelled(at, arguments[2:], usage))
    cap = options.pop("max", None)
    if options.keys() - {"zero"} or (cap is not None and (not share or cap != Number(Fraction(1)))):
        raise parser.fail(usage, at)
    return Quotient(numerator, denominator, options.get("zero"), share, cap is not None)


def _if(parser: _Parser, at: _Token, arguments: list[_Argument]) -> Node:
    usage = "if(condition, then, otherwise)"
    if len(arguments) != 3:
        raise parser.fail(usage, at)
    return If(*parser.plain(at, arguments, 3, usage))


def _extremum(parser: _Parser, at: _Token, arguments: list[_Argument]) -> Node:
    operands = parser.plain(at, arguments, len(arguments), f"{at.text}(a, b, …)")
    if len(operands) < 2:
        raise parser.fail(f"at least two values in {at.text}(…)", at)
    return Extremum(at.text, tuple(operands))


def _band(parser: _Parser, at: _Token, arguments: list[_Argument]) -> Node:
    usage = "band(x, >=90: 20, >=80: 10 [, else: 0])"
    (operand,) = parser.plain(at, arguments, 1, usage)
    rest = arguments[1:]
    otherwise: Node = Number(Fraction(0))
    if rest and rest[-1].label == "else":
        otherwise = rest.pop().node
    steps: list[BandStep] = []
    for argument in rest:
        if argument.step is None:
            raise parser.fail(usage, at)
        step = BandStep(argument.step.value, argument.label == ">=", argument.node, argument.step.percent)
        # >=80 after >80 is a lower step; >80 after >=80 could never be reached
        if steps and (steps[-1].threshold, not steps[-1].inclusive) <= (step.threshold, not step.inclusive):
            raise parser.fail("thresholds that fall from left to right, without overlap", argument.at)
        steps.append(step)
    if not steps:
        raise parser.fail(usage, at)
    return Band(operand, tuple(steps), otherwise)


def _points(parser: _Parser, at: _Token, arguments: list[_Argument]) -> Node:
    usage = "points(checklist, item: points, …)"
    return Points(parser.subject(at, arguments, usage), parser.labelled(at, arguments[1:], usage))


def _count(parser: _Parser, at: _Token, arguments: list[_Argument]) -> Node:
    if len(arguments) != 1:
        raise parser.fail("count(checklist)", at)
    return Count(parser.subject(at, arguments, "count(checklist)"))


def _pick(parser: _Parser, at: _Token, arguments: list[_Argument]) -> Node:
    usage = "pick(choice, option: value, …)"
    return Pick(parser.subject(at, arguments, usage), parser.labelled(at, arguments[1:], usage))


def _stars(parser: _Parser, at: _Token, arguments: list[_Argument]) -> Node:
    usage = "stars(5: condition, 4: condition, …), levels from 5 to 1, falling"
    levels = parser.labelled(at, arguments, usage)
    if any(label not in _LEVELS for label, _ in levels) or sorted(levels, key=lambda level: -int(level[0])) != list(
        levels
    ):
        raise parser.fail(usage, at)
    return Stars(tuple((int(label), condition) for label, condition in levels))


def _mean(parser: _Parser, at: _Token, arguments: list[_Argument]) -> Node:
    usage = "mean(table, expression)"
    if len(arguments) != 2:
        raise parser.fail(usage, at)
    table = parser.subject(at, arguments, usage)
    expression = parser.plain(at, arguments, 2, usage)[1]
    if any(isinstance(node, (Mean, Points, Count, Pick, Stars)) for node in walk(expression)):
        raise parser.fail("an expression of the row's own columns", arguments[1].at)
    return Mean(table, expression)


_FUNCTIONS: dict[str, Callable[[_Parser, _Token, list[_Argument]], Node]] = {
    "ratio": lambda parser, at, arguments: _quotient(parser, at, arguments, share=True),
    "quotient": lambda parser, at, arguments: _quotient(parser, at, arguments, share=False),
    "if": _if,
    "min": _extremum,
    "max": _extremum,
    "band": _band,
    "points": _points,
    "count": _count,
    "pick": _pick,
    "stars": _stars,
    "mean": _mean,
}


def parse_rule(source: str) -> Rule:
    """Read a rule. Raises RuleError, which says where in the rule and what was expected."""
    return _Parser(source).rule()


def parse_condition(source: str) -> Node:
    """Read a single expression, such as the condition of a query. Raises RuleError."""
    rule = parse_rule(source)
    if rule.parts:
        raise RuleError(1, 1, f"“{rule.parts[0][0]} =”", "a single condition, without named parts")
    return rule.result
