"""The bytes of a part of a package -> the same as UTF-8 text, without a declaration that could harm; and how much of
it there is. All of it is looked at before any reader is."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from xml.parsers import expat

from smartcity_xl.books import limits
from smartcity_xl.books.known import by_text
from smartcity_xl.books.refused import Refused, let_memory_pass
from smartcity_xl.messages import label

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, ""), (codecs.BOM_UTF32_BE, ""), (b"<\0\0\0", ""), (b"\0\0\0<", ""),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"),
)  # fmt: skip
"""How a text begins, and its encoding; "" where no part may have it."""
_DECLARED = re.compile(rb"\A\s*<\?xml[^<>]*?\sencoding\s*=\s*[\"']([^\"'<>]*)[\"']")
_DECLARATION = re.compile(rb"\A\s*<\?xml[^<>]*\?>")
_PLAIN = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_WIDE = frozenset({"utf-16", "utf-16le", "utf-16be"})

_LONG_FORMAT = re.compile(rb"\sformatCode\s*=\s*[\"'][^\"'<>]{%d}" % (10 * limits.FORMAT))
"""A sign of a format takes ten bytes at most: &#131072;"""


def as_utf8(name: str, data: bytes) -> bytes:
    """As ``_as_utf8``."""
    return _as_utf8(data, name)


@by_text()
def _as_utf8(data: bytes, name: str) -> bytes:
    """A part that is a text, in UTF-8; any other part as it is. The standard knows UTF-8 and UTF-16: in another
    encoding words could stand that no search finds. Raises Refused for these, and for a DOCTYPE or an entity."""
    encoding = next((said for mark, said in _MARKS if data.startswith(mark)), None)
    if encoding == "":
        raise Refused("damaged", reason=f"{name}: UTF-32")
    if encoding and encoding.startswith("utf-16"):
        data = _from_utf16(name, data, encoding)
    elif declared := _DECLARED.match(data.removeprefix(codecs.BOM_UTF8)[:400]):
        said = declared[1].decode("ascii", "replace").strip().casefold()
        if said not in _PLAIN:
            raise Refused("damaged", reason=f"{name}: encoding {said[:20]}")
    if b"!" in data and b"<!DOCTYPE" in data:  # one sign alone is found ten times as fast
        raise Refused("package-suspicious", parts=f"{name}: DOCTYPE")
    return data


def _from_utf16(name: str, data: bytes, encoding: str) -> bytes:
    try:
        text = data.decode(encoding).encode()
    except UnicodeError as error:
        raise Refused("damaged", reason=f"{name}: {error}") from error
    said = _DECLARED.match(text[:400])
    if said and said[1].decode("ascii", "replace").strip().casefold() not in _WIDE:
        raise Refused("damaged", reason=f"{name}: encoding {said[1].decode('ascii', 'replace')[:20]}")
    return _DECLARATION.sub(b"", text, count=1)


# --- how much there is -----------------------------------------------------------------------------------------


def crowded(what: str, found: int, limit: int) -> Refused:
    """``what``: cells, rows, styles … in the words of the labels."""
    return Refused("book-crowded", what=label(f"crowd.{what}"), found=f"{found:,}", limit=f"{limit:,}")


def refuse_tree(name: str, data: bytes, most: int = limits.ELEMENTS) -> None:
    """Refuse a part that is to be read as a tree and has too many elements, or too many inside one another."""
    found = data.count(b"<") - data.count(b"</")
    if found > most:
        raise crowded("elements", found, most)
    if found > limits.DEEP:
        refuse_deep(name, data)


def refuse_deep(name: str, data: bytes) -> None:
    """Refuse a part in which elements stand too many inside one another. Damage is left to its reader."""
    depth = 0

    def begin(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > limits.DEEP:
            raise crowded("deep", depth, limits.DEEP)

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        let_memory_pass(error)
        return


def refuse_sheets(sheets: Mapping[str, bytes]) -> None:
    """Refuse sheets with too many rows or cells, over all of them, or with a text that no cell can hold. Rows and cells
    are counted where there may be too many: each takes two bytes at least."""
    rows = cells = long = 0
    many = sum(map(len, sheets.values())) > 2 * min(limits.ROWS, limits.CELLS)
    for name, text in sheets.items():
        longer, sound = _measure(text)
        long += longer
        if long > limits.LONG_TEXTS:
            raise crowded("long_texts", long, limits.LONG_TEXTS)
        if sound and not many:
            continue
        mark, begin, end = _cells_of(text)
        rows += text.count(b"<" + mark + b"row", begin, end) if many else 0
        cells += text.count(b"<" + mark + b"c", begin, end) if many else 0
        if cells > limits.CELLS:
            raise crowded("cells", cells, limits.CELLS)
        if rows > limits.ROWS:
            raise crowded("rows", rows, limits.ROWS)
        for at, length in _long_texts(text, limits.TEXT):
            raise Refused("cell-too-long", place=_place(name, text, at), found=f"{length:,}", limit=f"{limits.TEXT:,}")
        for at in long_runs(text, (b"<" + mark + b"c", b"<" + mark + b"row"), limits.CELL, begin, end):
            raise Refused("cell-too-long", place=_place(name, text, at), found="…", limit=f"{limits.TEXT:,}")


def _cells_of(text: bytes) -> tuple[bytes, int, int]:
    """What stands before the names of elements, and where the cells begin and end."""
    mark = _prefix(text, b"sheetData")
    return mark, max(0, text.find(b"<" + mark + b"sheetData")), max(0, text.rfind(b"sheetData>"))


@by_text()
def _measure(text: bytes) -> tuple[int, bool]:
    """The bytes of the long texts of a sheet, and whether neither a text nor a cell of it is too long."""
    long, (mark, begin, end) = _bytes_of_long_texts(text), _cells_of(text)
    runs = long_runs(text, (b"<" + mark + b"c", b"<" + mark + b"row"), limits.CELL, begin, end)
    fits = not long or next(_long_texts(text, limits.TEXT), None) is None
    return long, fits and next(runs, None) is None


def refuse_texts(texts: bytes, sheets: Mapping[str, bytes], most: int = limits.TEXTS) -> None:
    """Refuse a table of texts that cells share with too many of them, or with one that no cell can hold."""
    item = b"<" + _prefix(texts, b"sst") + b"si"
    if (found := texts.count(item)) > most:
        raise crowded("texts", found, most)
    if (long_ := _bytes_of_long_texts(texts)) > limits.LONG_TEXTS:
        raise crowded("long_texts", long_, limits.LONG_TEXTS)
    long = [(at, f"{length:,}") for at, length in _long_texts(texts, limits.TEXT)]
    long += [(at, "…") for at in long_runs(texts, (item,), limits.CELL, max(0, texts.find(item)), len(texts))]
    for at, length in long:
        number = texts.count(item, 0, at + len(item)) - 1
        raise Refused("cell-too-long", place=_user(number, sheets), found=length, limit=f"{limits.TEXT:,}")


@by_text()
def refuse_styles(styles: bytes) -> None:
    """Refuse more styles, or longer number formats, than any program writes."""
    found = styles.count(b"<" + _prefix(styles, b"styleSheet") + b"xf")
    if found > 2 * limits.STYLES:  # those of cells, and those with a name
        raise crowded("styles", found // 2, limits.STYLES)
    if _LONG_FORMAT.search(styles):
        raise crowded("format", 10 * limits.FORMAT, limits.FORMAT)
    refuse_tree("styles", styles)


def _prefix(text: bytes, element: bytes) -> bytes:
    """What stands before the names of elements: b"" or b"x:"."""
    found = re.search(rb"<((?:[^\s<>/:]+:)?)" + element + rb"[\s/>]", text)
    return found[1] if found else b""


def long_runs(text: bytes, signs: tuple[bytes, ...], least: int, at: int, end: int) -> Iterator[int]:
    """Where runs of at least so many bytes begin in which none of some signs stands. Looks at each byte twice at most,
    and mostly at none: it goes on from the last sign within reach."""
    only = signs[0] if len(signs) == 1 else b""
    while at + least < end:
        cut = text.rfind(only, at, at + least) if only else max(text.rfind(sign, at, at + least) for sign in signs)
        if cut >= at:
            at = cut + 1
            continue
        yield at
        at = min((found for sign in signs if (found := text.find(sign, at + least)) >= 0), default=end)


def _bytes_of_long_texts(text: bytes) -> int:
    """The bytes of all texts of more than 1,000 bytes."""
    found = 0
    for at in long_runs(text, (b"<",), 1_000, 0, len(text)):
        end = text.find(b"<", at)
        found += (end if end >= 0 else len(text)) - at
    return found


def _long_texts(text: bytes, longest: int) -> Iterator[tuple[int, int]]:
    """Where a text of more characters than ``longest`` stands, and of how many."""
    for at in long_runs(text, (b"<",), longest, 0, len(text)):
        end = text.find(b"<", at)
        words = text[at : end if end >= 0 else len(text)].partition(b">")[2]
        if len(words) > longest and (length := _characters(words)) > longest:
            yield at, length


def _characters(words: bytes) -> int:
    """How many characters a text in XML stands for."""
    plain = re.sub(rb"&[^&;<>]{1,10};", b"x", words) if b"&" in words else words
    return len(plain.decode("utf-8", "replace"))


def _place(sheet: str, text: bytes, at: int) -> str:
    """The cell before a place in the text of a sheet: 填报表!I6."""
    before = text.rfind(b' r="', 0, at + 1)
    cell = re.match(rb'([A-Z]{1,3}\d{1,7})"', text[before + 4 : before + 20]) if before >= 0 else None
    return f"{sheet}!{cell[1].decode()}" if cell else sheet


def _user(number: int, sheets: Mapping[str, bytes]) -> str:
    """The first cell that shows a shared text."""
    user = re.compile(rb'<c r="([A-Z]{1,3}\d{1,7})"[^<>]*\st="s"[^<>]*>\s*<v>%d</v>' % number)
    named = ((name, found) for name, text in sheets.items() if (found := user.search(text)))
    return next((f"{name}!{found[1].decode()}" for name, found in named), label("crowd.unused"))
