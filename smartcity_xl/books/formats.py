"""What a number format shows of a stored number: 0.85 as 85%, 123456 as 12.3万, 12 as 12万元.

The stored number is what a reader gets, the shown one what the clerk saw. Only formats that scale a number, write words
beside it or hide it can make the two differ; they are few, so they are looked for first.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from xml.parsers import expat

from msgspec import Struct

from smartcity_xl.books.known import by_text
from smartcity_xl.books.refused import let_memory_pass

# Built-in formats that scale; all others show the number as it is, or as a date.
_BUILT_IN = {9: "0%", 10: "0.00%"}
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|_.|\*.|\[(?P<bracket>[^\]]*)\]|(?P<digit>[0#?]|General)|'
    r"(?P<exponent>[Ee][+-])|(?P<sign>.)",
    re.DOTALL,
)
_GENERAL = re.compile(r"G/通用格式|general|standard", re.IGNORECASE)
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_DASHES = frozenset("-−–—")
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)")
_HOLDS: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge, "=": operator.eq, "<>": operator.ne,
}  # fmt: skip
_DATE_SIGNS = frozenset("ymdhseabYMDHSEAB@")


class Display(Struct, frozen=True):
    """How a stored number is shown: times ``scale``, between ``prefix`` and ``suffix``. ``digits``: whether any of it
    is shown; where none is, the words are all that is seen."""

    scale: Fraction
    suffix: str
    prefix: str = ""
    digits: bool = True


_AS_IT_IS = Display(Fraction(1), "")


def read_format(code: str, value: Fraction) -> Display:
    """How a number format shows a number. A date format, which shows none, counts as showing it as it is."""
    section, bare = _section(code, value)
    return _read_section(section, bare)


@lru_cache(maxsize=256)
def tells(code: str) -> bool:
    """Whether a format shows some number otherwise than as it is stored."""
    sections = _sections(code)[:3]
    bare = not any(map(_condition, sections))
    return any(_read_section(section, bare and at == 1) != _AS_IT_IS for at, section in enumerate(sections))


@lru_cache(maxsize=256)
def _sections(code: str) -> tuple[str, ...]:
    """A format's parts between its semicolons, but for those in quotes."""
    code = _GENERAL.sub("General", code)
    parts, start = [], 0
    for match in _TOKEN.finditer(code):
        if match["sign"] == ";":
            parts.append(code[start : match.start()])
            start = match.end()
    return (*parts, code[start:])


def _section(code: str, value: Fraction) -> tuple[str, bool]:
    """The part of a format that applies to a number, by its condition, else by its sign; and whether that part must
    write the minus itself."""
    sections = _sections(code)
    if any(map(_condition, sections)):
        for section in sections:
            condition = _condition(section)
            if condition is None or _HOLDS[condition[1]](value, Fraction(condition[2])):
                return section, False
        return sections[-1], False
    if value < 0 and len(sections) > 1:
        return sections[1], True
    return sections[2] if value == 0 and len(sections) > 2 else sections[0], False


def _condition(section: str) -> re.Match[str] | None:
    """The condition of a section; brackets that hold a colour or a language are passed over."""
    brackets = (match["bracket"] for match in _TOKEN.finditer(section) if match["bracket"])
    return next((found for bracket in brackets if (found := _CONDITION.fullmatch(bracket))), None)


@lru_cache(maxsize=256)
def _read_section(section: str, bare: bool) -> Display:
    """``bare``: the section shows the number without its sign, and must write it itself."""
    scale, before, after = Fraction(1), "", ""
    seen = point = minus = False
    commas = written_point = 0
    for match in _TOKEN.finditer(section):
        literal = match["quoted"] if match["quoted"] is not None else match["escaped"]
        if match["digit"]:
            before, after = (before, "") if seen else (after, "")
            seen, commas = True, 0
            scale /= 10 if written_point else 1
        elif literal is not None:
            # A point in quotes stands among the digits and moves none: 0!.0 shows 123 as 12.3
            written_point |= literal == "." and seen and not point
            after += literal
        elif match["exponent"] or _is_date(match, seen):
            return _AS_IT_IS
        elif match["sign"] == "%":
            scale *= 100
            after += "%"
        elif match["sign"] == ",":
            commas += 1 if seen else 0
        elif match["sign"] == ".":
            scale, commas, point = scale / 1000**commas, 0, True
        elif match["sign"] and match["sign"] not in "+ ":
            after += match["sign"]
    before, after = before.strip(), after.strip()
    if not seen:
        return Display(Fraction(1), after, digits=False)
    if before[:1] in ("(", "（") and after[-1:] in (")", "）") and bare:
        minus, before, after = True, before[1:].strip(), after[:-1].strip()
    elif dash := next((sign for sign in before if sign in _DASHES), ""):
        minus, before = True, before.replace(dash, "", 1).strip()
    scale /= 1000**commas
    unsigned = bare and not minus and not before + after  # a word may stand for the sign: 5降
    return Display(-scale if unsigned or (minus and not bare) else scale, after, before)


def _is_date(match: re.Match[str], seen: bool) -> bool:
    """Whether a piece shows a day or a time, or a text; after digits it is a word."""
    return not seen and (match["sign"] in _DATE_SIGNS or bool(_ELAPSED.fullmatch(match["bracket"] or "")))


_PREFIX = rb"<(?:[^\s<>/:]+:)?"
_FORMAT = re.compile(_PREFIX + rb"numFmt\b([^<>]*)>")
_STYLE = re.compile(_PREFIX + rb"xf\b([^<>]*)>")
_NUMBER = re.compile(rb"\bnumFmtId\s*=\s*[\"'](\d+)[\"']")
_CODE = re.compile(rb"\bformatCode\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


@by_text()
def telling_styles(styles: bytes) -> Mapping[bytes, str]:
    """The styles of a workbook whose number format tells: the style's number, as a cell names it -> its format."""
    import html

    codes = dict(_BUILT_IN)
    for (attributes,) in ((m[1],) for m in _FORMAT.finditer(styles)):
        number, code = _NUMBER.search(attributes), _CODE.search(attributes)
        if number and code and len(number[1]) < 10:
            codes[int(number[1])] = html.unescape((code[1] or code[2] or b"").decode("utf-8", "replace"))
    wanted = {number: code for number, code in codes.items() if tells(code)}
    start = styles.find(b"cellXfs")
    found = {}
    for at, style in enumerate(_STYLE.finditer(styles, start, styles.find(b"cellXfs", start + 7))):
        number = _NUMBER.search(style[1])
        if number and len(number[1]) < 10 and int(number[1]) in wanted:
            found[str(at).encode()] = wanted[int(number[1])]
    return found


_USUAL = 256 * 2**10
"""Bytes of styles beyond which nothing is left out."""
_ROOT = re.compile(rb"(?:\s*<\?xml[^<>]*\?>)?\s*<styleSheet\b[^<>]*(?<!/)>")
_BLOCK = re.compile(rb"<(numFmts|cellXfs)\b[^<>]*>.*?</\1>", re.DOTALL)
_WITHIN = re.compile(rb'(<xf(?:\s+[\w:]+="[^"<>]*+")*+)\s*>.*?</xf>', re.DOTALL)


@by_text()
def number_styles(styles: bytes) -> bytes:
    """The styles without all that says nothing of numbers, for a reader that tells dates from numbers by them: most of
    what it takes to open a workbook. Whatever is not written as programs write it stays as it is."""
    root = _ROOT.match(styles)
    named = styles.count(b"numFmts"), styles.count(b"cellXfs")
    if root is None or len(styles) > _USUAL or named not in ((0, 2), (2, 2)) or b"<!" in styles or b":xf" in styles:
        return styles
    blocks = [*_BLOCK.finditer(styles)]
    if len(blocks) != sum(named) // 2 or blocks[-1][1] != b"cellXfs" or not _is_sound(styles):
        return styles
    cells = blocks[-1][0]
    bare = _WITHIN.sub(rb"\1/>", cells)
    if bare.count(b"<xf") != cells.count(b"<xf"):
        return styles
    return b"".join((root[0], *(block[0] for block in blocks[:-1]), bare, b"</styleSheet>"))


def _is_sound(text: bytes) -> bool:
    parser = expat.ParserCreate()
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        let_memory_pass(error)
        return False
    return True


def styled_cells(xml: bytes, columns: tuple[str, ...], styles: Mapping[bytes, str]) -> dict[str, str]:
    """The cells of a plain sheet, in some columns (letters), whose style tells: the cell's name -> its format."""
    if not any(b' s="%b"' % style in xml for style in styles):
        return {}
    cell = _styled_in(columns)
    return {match[1].decode(): styles[match[2]] for match in cell.finditer(xml) if match[2] in styles}


@lru_cache(maxsize=256)
def _styled_in(columns: tuple[str, ...]) -> re.Pattern[bytes]:
    """A cell of one of the columns, with its style."""
    return re.compile(rb'<c r="((?:' + "|".join(columns).encode() + rb')\d+)"(?: (?!s=)\w+="\w*")*? s="(\w*)"')
