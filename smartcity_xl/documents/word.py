"""The bytes of a .docx -> what it holds: characters, figures, tables, headings. Looks before python-docx opens it.

What counts is the text of the body with its tables and text boxes, as for Word's own 字数; headers, footers, footnotes,
comments and deleted text do not. A figure is a picture, chart, diagram or embedded object; a table is one that does not
lie within another.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from smartcity_xl.books import limits
from smartcity_xl.books.package import Package, Refused, say_part
from smartcity_xl.books.parts import refuse_tree
from smartcity_xl.books.refused import let_memory_pass
from smartcity_xl.documents.names import forms
from smartcity_xl.model import Writing

if TYPE_CHECKING:
    from docx.document import Document

_Done = TypeVar("_Done")
MAIN = "word/document.xml"
TEXT_LIMIT = 16 * 2**20
"""Bytes of all parts that are text: a document of 10,000 characters has well below 2 MiB of them."""
_KEPT, _TITLE, _MOST_HEADINGS, _HEADING_LENGTH, _LEAD_LENGTH = 200_000, 80, 300, 40, 12
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# One each: ideographs, kana and full-width signs, and the quotes, dashes and dots of Chinese text.
_SINGLE = (
    "[\u2e80-\u2fff\u3001-\u30ff\u3100-\u31ff\u3200-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff65"
    "\U00020000-\U0003ffff‘’“”—…·]"
)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_VALUE, _PARAGRAPH, _TABLE = f"{_W}val", f"{_W}p", f"{_W}tbl"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_PICTURES = frozenset({"pic", "chart", "relIds", "imagedata"})
_HOLDERS = frozenset({f"{_W}drawing", f"{_W}pict", f"{_W}object"})
_BLANKS = frozenset({f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}ptab"})
_BEGINNING = 200
"""Characters of a paragraph that tell whether it is a heading."""
_LEAD_SIGNS = "：:"


def count_characters(text: str) -> int:
    """Characters as Word counts 字数: each ideograph or full-width sign is one, each run of other signs is one."""
    return sum(1 for _ in _counted().finditer(text))


@cache
def _counted() -> re.Pattern[str]:
    """Made for the first text: few rounds have any, and making it takes a millisecond."""
    return re.compile(rf"{_SINGLE}|(?:(?!{_SINGLE})\S)+")


def is_word(name: str, data: bytes) -> bool:
    """Whether a file is a Word document, or calls itself one."""
    if data.startswith(b"PK"):
        return MAIN.encode() in data or name.casefold().endswith((".docx", ".docm"))
    old = data.startswith(_OLE) and "WordDocument".encode("utf-16-le") in data
    return old or name.casefold().endswith((".docx", ".docm", ".doc", ".wps"))


def read_writing(data: bytes) -> Writing:
    """What a .docx holds. Raises Refused, saying why it cannot be read."""
    return _work(data, _measure)


def open_writing(data: bytes) -> Document:
    """A .docx to write in, by python-docx. Raises Refused, saying why it cannot be opened."""
    return _work(data, lambda document: document)


def _work(data: bytes, work: Callable[[Document], _Done]) -> _Done:
    package = Package(data, MAIN)
    _refuse_unsafe(package)
    import docx

    try:
        return work(docx.Document(io.BytesIO(data)))
    except Exception as error:  # python-docx documents none; whatever it stumbles over, the file is at fault
        let_memory_pass(error)
        raise Refused("damaged", reason=f"{type(error).__name__}: {error}") from error


def _refuse_unsafe(package: Package) -> None:
    """python-docx loads every part, and knows no limits."""
    parts = package.parts_of({name: name for name in package.names})
    texts = {name: part for name, part in parts.items() if name.endswith((".xml", ".rels"))}
    if sum(map(len, texts.values())) > TEXT_LIMIT:
        raise Refused("part-too-large", part=say_part(MAIN), limit=f"{TEXT_LIMIT // 2**20} MiB")
    for name, part in texts.items():
        if b"\0" in part[:4] or part[:2] in (b"\xff\xfe", b"\xfe\xff"):  # UTF-16, in which a DOCTYPE could hide
            raise Refused("package-suspicious", parts=name)
        refuse_tree(name, part, limits.ELEMENTS_WORD)


def _measure(document: Document) -> Writing:
    body: Any = document.element.body
    lines = _texts(body)
    text = "\n".join(lines)
    title = next((line.strip() for line in lines if line.strip()), "")
    tables = sum(1 for element in _walk(body) if element.tag == _TABLE and _nearest(element, {_TABLE}) is None)
    headings = tuple(_headings(body, _heading_styles(document)))
    return Writing(title[:_TITLE], count_characters(text), _count_figures(body), tables, headings, text[:_KEPT])


def _count_figures(body: Any) -> int:
    """The drawings that show something; a mere text box or line does not. What is grouped in one drawing is one."""
    shown = (element for element in _walk(body) if str(element.tag).rpartition("}")[2] in _PICTURES)
    return len({holder for element in shown if (holder := _nearest(element, _HOLDERS)) is not None})


def _nearest(element: Any, tags: Collection[str]) -> Any:
    """The nearest element around one that bears one of these tags, or None."""
    return next((above for above in element.iterancestors() if above.tag in tags), None)


def _walk(element: Any) -> Iterator[Any]:
    """All elements below one, in order, but for the second copy that Word keeps of drawings for older programs."""
    if next(element.iter(_FALLBACK), None) is None:
        yield from element.iterdescendants("*")
        return
    waiting = [iter(element)]
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
        elif child.tag != _FALLBACK:
            yield child
            waiting.append(iter(child))


def _texts(element: Any, most: int = 0) -> list[str]:
    """The text below an element, a line for each paragraph; a text box breaks the paragraph it hangs in. ``most``: the
    rest may be left out once there are so many characters that are no blanks."""
    lines: list[list[str]] = [[]]
    found = 0
    for child in _walk(element):
        if child.tag == _PARAGRAPH:
            lines.append([])
        elif child.tag == f"{_W}t":
            lines[-1].append(child.text or "")
            found += len(lines[-1][-1].strip())
            if 0 < most < found:
                break
        elif child.tag in _BLANKS:
            lines[-1].append(" ")
    return ["".join(line) for line in lines]


# --- headings --------------------------------------------------------------------------------------------------


def _heading_styles(document: Document) -> frozenset[str]:
    """The ids of the styles that make a heading: by name, by outline level, or by the style they rest on."""
    rests_on: dict[str, str] = {}
    headings: set[str] = set()
    styles: Any = document.styles.element
    for style in styles.iter(f"{_W}style"):
        key = style.get(f"{_W}styleId", "")
        name = _value(style.find(f"{_W}name")).casefold()
        rests_on[key] = _value(style.find(f"{_W}basedOn"))
        if re.match(r"heading|标题|title", name) or style.find(f"{_W}pPr/{_W}outlineLvl") is not None:
            headings.add(key)
    for key in rests_on:
        above, seen = key, set()
        while above and above not in seen:
            if above in headings:
                headings.add(key)
            seen.add(above)
            above = rests_on.get(above, "")
    return frozenset(headings)


def _value(element: Any) -> str:
    return "" if element is None else str(element.get(_VALUE, ""))


def _headings(body: Any, styles: frozenset[str]) -> Iterator[str]:
    """What stands out as a heading, each once: by its style, its number, its bold type, or before a colon."""
    found: set[str] = set()
    for paragraph in (element for element in _walk(body) if element.tag == _PARAGRAPH):
        heading = _heading_in(paragraph, "".join(_texts(paragraph, _BEGINNING)).strip(), styles)
        if heading and heading not in found:
            found.add(heading)
            yield heading
        if len(found) >= _MOST_HEADINGS:
            return


def _heading_in(paragraph: Any, text: str, styles: frozenset[str]) -> str:
    if not text:
        return ""
    properties = paragraph.find(f"{_W}pPr")
    numbered = any(re.match(pattern, text) for pattern in forms()["heading_numbers"])
    if len(text) <= _HEADING_LENGTH and (numbered or _styled(paragraph, properties, styles)):
        return text
    first = re.split(f"[。{_LEAD_SIGNS}]", text, maxsplit=1)[0].strip()
    if numbered and len(first) <= _HEADING_LENGTH:
        return first
    led = len(first) < len(text) and text[len(first)] in _LEAD_SIGNS
    return first if led and len(first) <= _LEAD_LENGTH else ""


def _styled(paragraph: Any, properties: Any, styles: frozenset[str]) -> bool:
    if properties is not None:
        if _value(properties.find(f"{_W}pStyle")) in styles or properties.find(f"{_W}outlineLvl") is not None:
            return True
        if properties.find(f"{_W}numPr") is not None:
            return True
    runs = [run for run in paragraph.iter(f"{_W}r") if "".join(_texts(run)).strip()]
    return bool(runs) and all(_is_bold(run) for run in runs)


def _is_bold(run: Any) -> bool:
    bold = run.find(f"{_W}rPr/{_W}b")
    return bold is not None and _value(bold) not in ("0", "false", "off")
