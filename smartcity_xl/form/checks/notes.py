"""Notes at cells, and threads of comments: somebody says something there that no reader of values sees.

The notes that a returned workbook carries are our own.
"""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.books.beside import find_notes
from smartcity_xl.form.checks.look import Look
from smartcity_xl.messages import label
from smartcity_xl.model import Finding, Origin

_MOST = 50
_OWN = ("mark", "formula", "formula_text", "error_text", "marked_text")


def check(look: Look) -> Iterator[Finding]:
    own = tuple(label(f"notice.{name}").partition("{")[0] for name in _OWN) if look.book.identity.revision else ()
    told = 0
    for role, sheet in look.book.sheets.items():
        notes = find_notes(look.book.package, sheet.part)
        slots = {cell.name: cell.slot for cell in look.asked_cells(role)} if notes and role in look.answered else {}
        for cell, said in notes.items():
            if said.startswith(own or ("\0",)) or told >= _MOST:
                continue
            told += 1
            origin, slot = Origin(look.book.parcel.name, sheet.name, cell), slots.get(cell, "")
            yield Finding("note-at-cell", origin, look.department, slot, parameters={"raw": said[:200]})
