"""The text of a sheet: whether it is written plainly, and what the fast reader does not show of one that is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice

from smartcity_xl.books.known import by_text

_PREFIX = rb"(?:[^\s<>/:]+:)?"
_CELL = re.compile(rb"<c[\s/>]")
# At most column CV and row 5,000; nothing but the attributes that spreadsheet programs write.
_ODD_CELL = re.compile(
    rb'<c(?=[\s/>])(?! r="(?:[A-Z]|[AB][A-Z]|C[A-V])(?:[1-9]\d{0,2}|[1-4]\d{3}|5000)"'
    rb'(?: (?:s|t|cm|vm|ph)="\w*")*\s?/?>)'
)
_ANY_CELL = re.compile(rb'<c r="([A-Z]{1,3})([1-9]\d{0,6})"(?: (?:s|t|cm|vm|ph)="\w*")*\s?/?>')
_PLAIN_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^<>]*\?>\s*)?<")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE)
_DECLARED = re.compile(rb"<[!?]")
_ODD = re.compile(rb"<v(?:>|\s[^<>]*>)[^<&]*&|</v>\s*<f|<[^\s<>/:]+:[cfv][\s/>]|<v[^<>]*>[^<]*<[^/]")
_PLAIN_CELL = (
    rb'<c r="(?:[A-Z]|[AB][A-Z]|C[A-V])(?:[1-9]\d{0,2}|[1-4]\d{3}|5000)"(?: (?:s|t|cm|vm|ph)="\w*+")*+\s?'
    rb'(?:/>|>(?:<f(?: [\w:]++="[^"<>&]*+")*+(?:/>|>[^<]*+</f>))?(?:<v>[^<&]*+</v>)?</c>)'
)
_PLAIN_ROW = rb'<row((?: [\w:]++="[^"<>&]*+")*+)(?:/>|>(?:' + _PLAIN_CELL + rb")*+</row>)"
_ONE_ROW, _MORE_ROWS = re.compile(_PLAIN_ROW), re.compile(rb"(?:" + _PLAIN_ROW + rb")*+")
"""A row that is written the usual way, and as many as are: nothing in them is one of the signs above. To say so takes
half the time that it takes to look for each of those."""
_BEGIN = b"<sheetData>"
_OUTLINED = 5_000
"""Rows whose tags are part of an outline."""
_TAG = re.compile(rb"<" + _PREFIX + rb"c(\s[^<>]*)>")
_ADDRESS = re.compile(rb"\sr\s*=\s*[\"']\s*([A-Za-z]+)(\d+)")


_FAR_CODE = re.compile(rb"_x(?!00)[0-9A-Fa-f]{4}_")
_FORMULA = re.compile(rb"<f(?: [^<>]*)?(?:/>|>[^<]*</f>)")
_USUAL = 512 * 2**10
"""Bytes of a sheet beyond which nothing is left out: it need not be in memory twice."""
_END, _ALL = b"</sheetData>", b"</sheetData></worksheet>"


@by_text()
def values_only(xml: bytes) -> bytes:
    """A plain sheet without the formulas in its plain rows, and without what stands below the rows: half of what a
    reader of values is given is nothing to it."""
    around = around_rows(xml)
    if len(around) < 2 or len(xml) > _USUAL:
        return xml
    begin, end = len(around[0]), len(xml) - len(around[1])
    return b"".join((around[0], _FORMULA.sub(b"", xml[begin:end]), _ALL if around[1].startswith(_END) else around[1]))


def is_plain(xml: bytes) -> bool:
    """Whether a sheet is written the way spreadsheet programs write one, every cell within 100 columns and 5,000
    rows.

    Only then does looking at its text prove anything, and only then is the fast reader safe: it reserves room for
    the whole rectangle up to the last cell.
    """
    signs = [_signs(part) for part in around_rows(xml)]
    return _is_plainly_written(xml, signs) and not any(cell for _, cell, _ in signs)


def around_rows(xml: bytes) -> tuple[bytes, ...]:
    """What must be looked through of a sheet: all but the rows that are known to be plain, in which nothing stands but
    cells, formulas and values."""
    return _parted(xml)[0]


def outline(xml: bytes) -> bytes:
    """A sheet without what stands in its plain rows, of which only the tags are left: all that is said of rows, columns
    and areas. Workbooks of one form have it in common, whatever was filled in. The sheet itself where that cannot be
    told, or is no less."""
    return _parted(xml)[1]


@by_text()
def _parted(xml: bytes) -> tuple[tuple[bytes, ...], bytes]:
    """What stands around the plain rows, and the outline."""
    first = xml.find(_BEGIN)
    if first < 0:
        return (xml,), xml
    begin = at = first + len(_BEGIN)
    tags: list[bytes] = []
    while row := _ONE_ROW.match(xml, at):
        at = row.end()
        tags.append(row[1])
        if len(tags) > _OUTLINED:
            rest = _MORE_ROWS.match(xml, at)
            around = xml[:begin], xml[rest.end() if rest else at :]
            return around, xml
    around = xml[:begin], xml[at:]
    return around, b"".join((around[0], *(b"<row%b>" % tag for tag in tags), around[1]))


_Signs = tuple[bool, bool, list[bytes]]


def _is_plainly_written(xml: bytes, signs: Sequence[_Signs]) -> bool:
    start = _PLAIN_START.match(xml)
    if not start or _ENCODING.search(start.group()) or any(odd for odd, _, _ in signs):
        return False
    return [*islice(chain.from_iterable(declared for _, _, declared in signs), 2)] in ([], [b"<?"])


@by_text()
def _signs(part: bytes) -> _Signs:
    """Whether anything in a part of a sheet is written in an odd way, or a cell is, and the first declarations."""
    declared = (match[0] for match in _DECLARED.finditer(part))
    return _ODD.search(part) is not None, _ODD_CELL.search(part) is not None, [*islice(declared, 2)]


def has_far_code(text: bytes) -> bool:
    """Whether a part has a sign by a code that the fast reader does not know: it reads those of the first 256 only."""
    return _FAR_CODE.search(text) is not None


def extent(xml: bytes) -> tuple[int, int] | None:
    """How many rows and columns a sheet reaches over from A1, however many; None where it is not plainly written."""
    if not _is_plainly_written(xml, [_signs(part) for part in around_rows(xml)]):
        return None
    rows, letters, found = 0, {b"A"}, 0
    for found, cell in enumerate(_ANY_CELL.finditer(xml), start=1):  # noqa: B007 - the number of cells in the end
        letters.add(cell[1])
        rows = max(rows, int(cell[2]))
    return (rows, 1 + max(map(column_number, letters))) if found == sum(1 for _ in _CELL.finditer(xml)) else None


def far_cell(xml: bytes) -> str:
    """The address of a cell with content that lies outside what is read of a form, or ""."""
    for tag in _TAG.finditer(xml):
        address = _ADDRESS.search(tag[1])
        if address and not tag[1].endswith(b"/"):
            letters, row = address.groups()
            if len(letters) > 2 or column_number(letters.upper()) >= 100 or len(row) > 4 or int(row) > 5_000:
                return (letters.upper() + row[:9]).decode()
    return ""


_ERROR = re.compile(rb"\bt=\"e\"")
_IS_ERROR = b't="e"'
"""Ruled out first by itself: a search for bare bytes takes a tenth of the time."""


@lru_cache(maxsize=256)
def _hidden_in(columns: tuple[str, ...]) -> re.Pattern[bytes]:
    """A cell of one of the columns that holds a formula or an error, with its formula and its value."""
    return re.compile(
        rb'<c r="(' + "|".join(columns).encode() + rb')(\d+)"(?=[^<>]*+(?<!/)>\s*<f|[^<>]* t="e")([^<>]*)(?<!/)>\s*'
        rb"(?:<f(?:\s[^<>]*)?(?:/>|>([^<]*)</f>))?\s*(?:<v(?:\s[^<>]*)?>([^<]*)</v>)?"
    )


def hidden_cells(xml: bytes, columns: tuple[str, ...]) -> Mapping[tuple[int, int], tuple[str | None, str | None]]:
    """What the fast reader does not show in some columns (letters) of a plain sheet: formulas and error values.

    (row, column) from 0 -> (the formula, or None; the error value, "" for a formula that gave an empty text, or None).
    """
    if b"<f" not in xml and not (_IS_ERROR in xml and _ERROR.search(xml)):
        return {}
    found = {}
    for match in _hidden_in(columns).finditer(xml):
        letters, row, attributes, formula, value = match.groups()
        is_error = b' t="e"' in attributes
        has_formula = formula is not None or b"<f" in match.group()
        if is_error or has_formula:
            text = "=" + _words(formula or b"...") if has_formula else None
            empty = "" if b' t="str"' in attributes and not value else None
            found[int(row) - 1, column_number(letters)] = (text, _words(value or b"#N/A") if is_error else empty)
    return found


def _words(text: bytes) -> str:
    return unescape(text.decode("utf-8", "replace"))


def unescape(text: str) -> str:
    """The words that a text in XML stands for."""
    if "&#" in text:
        import html  # large, and seldom needed: programs write such signs as they are

        return html.unescape(text)
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(entity, sign)
    return text


def column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
