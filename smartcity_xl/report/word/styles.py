"""Which styles of a document the report is written in: by name, in whatever language the document was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from smartcity_xl.messages import label

if TYPE_CHECKING:
    from docx.document import Document

LEVELS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Styles:
    """Ids of styles; None where the document has no such style and its default serves. ``headings``: level -> id;
    ``numbered``: levels whose style numbers by itself."""

    headings: dict[int, str]
    numbered: frozenset[int]
    annex: str | None
    body: str | None
    table: str | None
    caption: str | None
    chart: str | None
    gap: str | None


def find_styles(document: Document) -> Styles:
    """The styles of a document; a heading's that is not there is not in ``headings``."""
    known: dict[str, tuple[str, object]] = {}
    for style in document.styles.element.style_lst:
        name = style.name_val or ""
        known.setdefault(f"{style.type}:{name.casefold()}", (style.styleId, style))
    headings: dict[int, str] = {}
    numbered = set()
    for level in LEVELS:
        names = (f"heading {level}", label(f"report_styles.heading_{level}").casefold())
        for name in names:
            if found := known.get(f"PARAGRAPH (1):{name}") or known.get(f"paragraph:{name}"):
                headings.setdefault(level, found[0])
                if _is_numbered(found[1]):
                    numbered.add(level)
    return Styles(
        headings,
        frozenset(numbered),
        *(_own(known, name) for name in ("annex", "body", "table", "caption", "chart", "gap")),
    )


def _own(known: dict[str, tuple[str, object]], name: str) -> str | None:
    wanted = label(f"report_styles.{name}").casefold()
    kind = "CHARACTER (2)" if name == "gap" else "PARAGRAPH (1)"
    found = known.get(f"{kind}:{wanted}")
    return found[0] if found else None


def _is_numbered(style: object) -> bool:
    return bool(style.xpath("w:pPr/w:numPr"))  # type: ignore[attr-defined]
