"""Formulas of a workbook, each with what it comes to.

Who writes a formula says each rule once, with the functions below: its text goes into the cell, its value is the
result that is saved with it. Functions mean what they mean in a cell: Excel, WPS, LibreOffice and Gnumeric have all of
them. A number is exact, where a program has the nearest binary one.

A value is found when somebody asks for it, over what the cells hold then: the same formulas, laid out once, come to
what they come to over other answers (``books.reckoning``).
"""

from smartcity_xl.books.held import FAILED, Value, cached
from smartcity_xl.books.live.areas import (
    Area,
    count,
    count_filled,
    count_from,
    count_same,
    count_text,
    match,
    mean,
    pick,
    total,
)
from smartcity_xl.books.live.logic import (
    choose,
    every,
    is_error,
    is_logical,
    is_number,
    is_text,
    none,
    or_else,
    shows_date,
    shows_percentage,
    some,
)
from smartcity_xl.books.live.numbers import divide, meant, round_to, size, whole_part
from smartcity_xl.books.live.pieces import EMPTY, NEVER, Addressed, InOneStep, Live, OfAll, cell, number, quoted, text
from smartcity_xl.books.live.shared import Operands, SharedFormula, between, stand_in, stand_ins
from smartcity_xl.books.live.texts import (
    begins,
    find,
    left,
    length,
    link,
    middle,
    narrow,
    read_text,
    right,
    same,
    same_as_any,
    say_number,
    trim,
    write_number,
)

__all__ = [
    "EMPTY",
    "FAILED",
    "NEVER",
    "Addressed",
    "Area",
    "InOneStep",
    "Live",
    "OfAll",
    "Operands",
    "SharedFormula",
    "Value",
    "begins",
    "between",
    "cached",
    "cell",
    "choose",
    "count",
    "count_filled",
    "count_from",
    "count_same",
    "count_text",
    "divide",
    "every",
    "find",
    "is_error",
    "is_logical",
    "is_number",
    "is_text",
    "left",
    "length",
    "link",
    "match",
    "mean",
    "meant",
    "middle",
    "narrow",
    "none",
    "number",
    "or_else",
    "pick",
    "quoted",
    "read_text",
    "right",
    "round_to",
    "same",
    "same_as_any",
    "say_number",
    "shows_date",
    "shows_percentage",
    "size",
    "some",
    "stand_in",
    "stand_ins",
    "text",
    "total",
    "trim",
    "whole_part",
    "write_number",
]  # fmt: skip
