"""A Word document of the office's own as the template of a report: whether it can be one, and which places it holds
open."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_xl.books.refused import Refused
from smartcity_xl.catalog.entry import Fault, fault_at
from smartcity_xl.documents.word import open_writing
from smartcity_xl.errors import TemplateFault, unread
from smartcity_xl.messages import words
from smartcity_xl.report.word.elements import Element

if TYPE_CHECKING:
    from docx.document import Document

PLACEHOLDER = re.compile(r"[{｛]{2}([^{}｛｝]*)[}｝]{2}")
_STRAY = re.compile(r"[{｛]{2}|[}｝]{2}")
_NUMBERED = re.compile(r"(.*?)\s*([0-9]{1,3})")
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_NO_DOCX = frozenset({"not-a-workbook", "archive", "old-workbook", "empty-file"})
_LOCKED = frozenset({"encrypted", "password", "sealed-by-office", "rights-protected"})
_SHOWN = 60
_BASE = (
    "[Content_Types].xml", "_rels/.rels", "docProps/core.xml", "word/document.xml", "word/_rels/document.xml.rels",
    "word/styles.xml", "word/numbering.xml", "word/settings.xml", "word/fontTable.xml",
    "word/theme1.xml", "word/header1.xml", "word/header2.xml", "word/footer1.xml", "word/footer2.xml",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OwnTemplate:
    """A document to write in; ``name`` is how messages call it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class HeldPlace:
    """A placeholder as it was typed; ``field`` or ``part`` is what it asks for, ``system`` of which system, from 1."""

    typed: str
    paragraph: Element
    field: str = ""
    part: str = ""
    system: int = 1


def open_template(path: Path) -> OwnTemplate:
    """A template of the office's own. Raises MachineFault where it cannot be read; what is wrong with it is told when
    a report is written in it."""
    try:
        return OwnTemplate(str(path), path.read_bytes())
    except OSError as error:
        raise unread(path, error) from error


def built_in() -> OwnTemplate:
    """The template that comes with the program, of the parts in ``base/``: margins, lines and type of GB/T 9704."""
    home, packed = resources.files(__package__) / "base", io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name in _BASE:
            target.writestr(zipfile.ZipInfo(name), home.joinpath(*name.split("/")).read_bytes())
    return OwnTemplate("", packed.getvalue())


def open_document(template: OwnTemplate) -> Document:
    """Raises TemplateFault, saying what is wrong with the file."""
    try:
        document = open_writing(template.data)
    except Refused as refused:
        raise TemplateFault(template.name, [_word_refused(refused)]) from refused
    if document.settings.element.find(f"{_W}documentProtection") is not None:
        raise TemplateFault(template.name, [fault_at((), "template-protected")])
    return document


def _word_refused(refused: Refused) -> Fault:
    if refused.code in _LOCKED:
        return fault_at((), "template-locked")
    reason = refused.parameters.get("reason", refused.code)
    if refused.code in _NO_DOCX or "content type is" in reason:
        kind = refused.parameters.get("kind") or refused.parameters.get("reason") or "—"
        return fault_at((), "template-no-docx", kind=kind.rpartition(".")[2] if "content type" in kind else kind)
    return fault_at((), "template-damaged", reason=reason)


# --- placeholders ------------------------------------------------------------------------------------------------


def roots_of(document: Document) -> Iterator[tuple[Element, bool]]:
    """The body, and every header and footer that there is; whether it is the body."""
    yield document.element.body, True
    for part in _side_parts(document):
        yield part.element, False


def _side_parts(document: Document) -> list[Element]:
    kinds = ("/header", "/footer", "/footnotes", "/endnotes")
    related = (one for one in document.part.rels.values() if one.reltype.endswith(kinds) and not one.is_external)
    return [one.target_part for one in related if hasattr(one.target_part, "element")]


def text_of(paragraph: Element) -> str:
    return "".join(node.text or "" for node in texts_in(paragraph))


def texts_in(paragraph: Element) -> list[Element]:
    """The texts of a paragraph itself, not of those in a text box that hangs in it."""
    return [
        node for node in paragraph.iter(f"{_W}t") if next(node.iterancestors(f"{_W}p"), None) is paragraph
    ]  # fmt: skip


def find_places(document: Document, systems: int) -> tuple[list[HeldPlace], list[Fault]]:
    """Every placeholder of a document, in its order, and what is wrong with some."""
    fields = {said: name for name, said in words("report_fields").items()}
    parts = {said: name for name, said in words("report_parts").items()}
    places: list[HeldPlace] = []
    faults: list[Fault] = []
    for root, is_body in roots_of(document):
        for paragraph in root.iter(f"{_W}p"):
            text = text_of(paragraph)
            for found in PLACEHOLDER.finditer(text):
                place = _read_place(found, paragraph, fields, parts)
                faults += _check_place(place, found, text, root if is_body else None, systems, (*fields, *parts))
                places.append(place)
            if _STRAY.search(PLACEHOLDER.sub("", text)):
                example = f"{{{{{next(iter(fields))}}}}}"
                faults.append(fault_at((), "placeholder-open", found=text[:_SHOWN], example=example))
    return places, faults


def _read_place(found: re.Match[str], paragraph: Element, fields: dict[str, str], parts: dict[str, str]) -> HeldPlace:
    name, system = found[1].strip(), 1
    if name not in fields and name not in parts and (numbered := _NUMBERED.fullmatch(name)):
        name, system = numbered[1], int(numbered[2])
    return HeldPlace(found[0], paragraph, fields.get(name, ""), parts.get(name, ""), system)


def _check_place(
    place: HeldPlace, found: re.Match[str], text: str, body: Element | None, systems: int, known: tuple[str, ...]
) -> Iterator[Fault]:
    if not (place.field or place.part):
        yield fault_at((), "placeholder-unknown", found=found[0][:_SHOWN], known="、".join(known))
    elif not 1 <= place.system <= systems:
        yield fault_at((), "placeholder-system", found=found[0], number=place.system, known=systems)
    elif place.part and (text.strip() != found[0].strip() or place.paragraph.getparent() is not body):
        yield fault_at((), "placeholder-not-alone", found=found[0])
