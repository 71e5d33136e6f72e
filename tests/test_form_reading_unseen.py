"""Signs that cannot be seen, inside numbers and names: taken where they change nothing, named where they could."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from support import assert_worded, slot

from smartcity_xl.books.values import plain, read_cell, read_date, read_unit_cell, trimmed
from smartcity_xl.documents.names import fold
from smartcity_xl.model import Finding, Kind, Origin, State

# Text, the value that it is taken as, and the finding.
NUMBERS = [
    ("the calculator's marks", "\u202d600\u202c", 600, "text-number"),
    ("isolates", "\u2066600\u2069", 600, "text-number"),
    ("left to right mark", "\u200e600\u200e", 600, "text-number"),
    ("right to left mark", "600\u200f", 600, "text-number"),
    ("zero width space inside", "6\u200b00", 600, "text-number"),
    ("zero width joiner", "60\u200d0", 600, "text-number"),
    ("word joiner", "\u206060\u20600", 600, "text-number"),
    ("byte order mark", "\ufeff600", 600, "text-number"),
    ("soft hyphen", "6\u00ad00", 600, "text-number"),
    ("a variant", "600\ufe0f", 600, "text-number"),
    ("narrow blank between thousands", "30\u202f000", 30_000, "text-number"),
    ("thin blank between thousands", "1\u2009234\u2009567", 1_234_567, "text-number"),
    ("hard blank between thousands", "30\u00a0000", 30_000, "text-number"),
    ("figure space", "30\u2007000.5", "30000.5", "text-number"),
    ("a mark and a narrow blank", "\u202d30\u202f000\u202c", 30_000, "text-number"),
    ("blanks of every width around", "\u2003600\u2002\u200a", 600, "text-number"),
    ("a blank of no width that is a letter", "\u3164600", 600, "text-number"),
    ("unit behind a narrow blank", "600\u202f个", 600, "text-number"),
    # what could be two things is named
    ("an ordinary blank", "30 000", None, "signs-inside"),
    ("a blank after the sign", "- 5", None, "signs-inside"),
    ("a wide blank", "30\u3000000", None, "signs-inside"),
    ("a thin blank that parts no thousands", "30\u200900", None, "signs-inside"),
    ("shown from right to left", "\u202e006\u202c", None, "signs-inside"),
    ("embedded from right to left", "\u202b600\u202c", None, "signs-inside"),
    # and what is no number is still none
    ("a word", "\u202d约600\u202c", None, "not-a-number"),
    ("two lines", "120\n130", None, "not-a-number"),
    ("two numbers", "600\u200b、700", None, "not-a-number"),
]


@pytest.mark.parametrize(("text", "value", "code"), [pytest.param(*row, id=name) for name, *row in NUMBERS])
def test_an_unseen_sign_inside_a_number(text: str, value: Any, code: str) -> None:
    reading = read_cell(text, slot(Kind.NUMBER, unit="个"))
    assert reading.value == (None if value is None else Fraction(value))
    assert [name for name, _ in reading.problems] == [code]
    assert_worded([Finding(name, Origin("a.xlsx"), parameters=told) for name, told in reading.problems])


def test_the_sign_is_written_out() -> None:
    [(_, told)] = read_cell("\u202e006\u202c", slot()).problems
    assert told["raw"] == "[U+202E]006[U+202C]"
    assert told["signs"] == "U+202E"
    [(_, told)] = read_cell("\u202d600\u202c", slot()).problems
    assert told["raw"] == "[U+202D]600[U+202C]"
    [(_, told)] = read_cell("30 000", slot()).problems
    assert "空格" in told["signs"]


@pytest.mark.parametrize("text", ["\u200b", "\u202d\u202c", "\u2003", "\ufeff \u00ad", "\u3164"])
def test_unseen_signs_alone_are_a_blank(text: str) -> None:
    assert read_cell(text, slot()).state is State.BLANK


def test_words_units_dates_and_names_are_the_same_without_them() -> None:
    assert read_cell("\u202d不适用\u202c", slot()).state is State.NOT_APPLICABLE
    assert read_cell("是\u200b", slot(Kind.YESNO)).value == 1
    assert read_unit_cell("\u2068万元\u2069", slot(Kind.MONEY)) == "万元"
    assert read_date("\u202d2018-12-31\u202c") == "2018-12-31"
    assert trimmed("\u202a名录\u00ad.pdf\u202c ") == "名录.pdf"
    assert plain("张\u2009三") == "张 三"
    assert fold("学校\u202f统计表\u200b") == fold("学校 统计表")
