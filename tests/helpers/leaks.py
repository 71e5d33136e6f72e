"""What a file or a command says of another city or another year than its round's."""

from __future__ import annotations

import email
import email.policy
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from smartcity_xl.catalog.dates import bare_years, fixed_texts, texts_of
from smartcity_xl.model import Catalog

PLACES = ("洛阳", "邹城", "章丘", "济南", "济宁", "洛发改", "邹政", "章政", "luoyang市")
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_HASH = re.compile(r"\b[0-9a-f]{12,}\b")


def read_words(path: Path) -> Iterator[str]:
    """Every text of a file: of a workbook all of its parts, with the texts of prompts and properties."""
    data = path.read_bytes()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            for part in book.namelist():
                if part.endswith((".xml", ".rels", ".vml")):
                    yield from _words_of_xml(book.read(part))
    elif path.suffix == ".eml":
        message = email.message_from_bytes(data, policy=email.policy.default)
        yield str(message["subject"])
        for part in message.walk():
            if part.get_filename():
                yield str(part.get_filename())
            elif part.get_content_type() == "text/plain":
                yield part.get_content()
    elif path.suffix in (".json", ".toml", ".txt", ".sh", ".cmd", ".desktop"):
        yield data.decode("utf-8" if path.suffix != ".cmd" else "gb18030", "replace")


def _words_of_xml(data: bytes) -> Iterator[str]:
    root = ElementTree.fromstring(data)
    numbers = {value for cell in root.iter(f"{_SHEET}c") if cell.get("t") == "s" for value in cell.iter(f"{_SHEET}v")}
    for element in root.iter():
        if element not in numbers:  # the number of a text that stands elsewhere
            yield from (text for text in (element.text, element.tail) if text and text.strip())
        yield from (text for text in element.attrib.values() if not text.isascii())


def leaks(path: Path, names: tuple[str, ...], fixed: frozenset[str]) -> list[str]:
    """What a file says of another city or another year, with some of the text around it."""
    found = []
    for text in read_words(path):
        found += [f"{path.name}: {one} in {_around(text, one)}" for one in leaks_of(text, names, fixed)]
    return found


def leaks_of(text: str, names: tuple[str, ...], fixed: frozenset[str] = frozenset()) -> list[str]:
    """The names of other cities and the other years in a text, but for the names of systems and what they fix."""
    bare = _HASH.sub("", text)
    for name in sorted({*names, *fixed}, key=len, reverse=True):
        bare = bare.replace(name, "")
    wrong = [place for place in PLACES if place in text.replace("luoyang-2019", "")]
    return wrong + [year for year in bare_years(bare) if year in ("2018", "2019")]


def _around(text: str, found: str) -> str:
    at = text.find(found)
    return text[max(at - 30, 0) : at + 40]


def fixed_of(catalogs: tuple[Catalog, ...]) -> frozenset[str]:
    """What the systems' texts mark as fixed for every round: names of editions and classifications."""
    return frozenset(fixed for catalog in catalogs for *_, text in texts_of(catalog) for fixed in fixed_texts(text))
