"""What a cell of the catalog workbook holds -> the plain value that a catalog's file would have, or why it has none.

Strict: a formula, an error, a date or a tick box is never taken for a value. What is no number is handed on as it
was typed, so that whoever reads the document names it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from smartcity_xl.books.content import SHOWN, Content, NumberCell, Odd, words_in
from smartcity_xl.books.tolerance import tolerance
from smartcity_xl.books.values import parse_numeral, plain, read_number, trimmed
from smartcity_xl.office.editing.form import Form, words_for


def read_value(content: Content, form: Form, column: str = "") -> Any:
    """A cell's value in the terms of a catalog's file; None for a blank one, an Odd for one that holds no value."""
    said = words_in(content)
    if isinstance(said, Odd):
        return said
    text = said.replace("\r\n", "\n").replace("\r", "\n")
    if not text:
        return None
    match form:
        case Form.CODE:
            return plain(text)
        case Form.RULE:
            return "\n".join(map(_plain_code, text.split("\n")))
        case Form.LINES:
            return [entry for line in text.split("\n") if (entry := trimmed(line))]
        case Form.WORD:
            return {word: value for value, word in words_for(column).items()}.get(text, text)
        case Form.FLAG:
            return _flag(text)
        case Form.NUMBER | Form.SHARE:
            return _number(content, text, form)
    return text


def _flag(text: str) -> bool | Odd | None:
    """Yes as true, no as nothing."""
    if text not in (*tolerance()["yes"], *tolerance()["no"]):
        return Odd("cell-flag", text[:SHOWN])
    return True if text in tolerance()["yes"] else None


def _plain_code(line: str) -> str:
    """A line of a rule with full-width signs made plain, up to its comment."""
    code, mark, comment = line.partition("#")
    bare = code.replace("\u3000", " ")
    before, after = bare[: len(bare) - len(bare.lstrip())], bare[len(bare.rstrip()) :]
    return (before + plain(bare) + after if bare.strip() else bare) + mark + comment


def _number(content: Content, text: str, form: Form) -> int | str:
    if isinstance(content, NumberCell):
        value = read_number(content.number)
    else:
        typed = plain(text)
        value = parse_numeral(typed.removesuffix("%"))
        if value is not None and typed.endswith("%"):
            value /= 100
    if value is None:
        return text
    if form is Form.SHARE:
        return f"{decimal(100 * value)}%"
    return int(value) if value.denominator == 1 else decimal(value)


def decimal(value: Fraction) -> str:
    """A fraction that came from a decimal, as that decimal: every digit, and no exponent."""
    places, scaled = 0, value
    while scaled.denominator != 1:
        scaled, places = scaled * 10, places + 1
    digits = str(abs(int(scaled))).rjust(places + 1, "0")
    whole, part = digits[: len(digits) - places], digits[len(digits) - places :]
    return ("-" if value < 0 else "") + whole + ("." + part if part else "")
