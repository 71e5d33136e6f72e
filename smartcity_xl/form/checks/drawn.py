"""Pictures, text boxes and objects on the sheets: nothing in them is read, and a person must be told of them.

A picture in the place of an answer is told by the reader, and is not told again.
"""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.books.beside import find_drawn, find_embedded
from smartcity_xl.form.checks.look import Look, listed
from smartcity_xl.form.map import FIGURES
from smartcity_xl.messages import label
from smartcity_xl.model import Finding, Origin

_MOST = 20


def check(look: Look) -> Iterator[Finding]:
    book = look.book
    for role, sheet in book.sheets.items():
        drawn = list(find_drawn(book.package, sheet.part))
        for one in [one for one in drawn if one.words][:_MOST]:
            at = Origin(book.parcel.name, sheet.name, one.cell)
            yield Finding("text-box", at, look.department, parameters={"raw": one.words[:200]})
        answers = _instead(look, role) if drawn else set()
        pictures = list(dict.fromkeys(one.cell for one in drawn if not one.words and one.cell not in answers))
        if pictures:
            at = Origin(book.parcel.name, sheet.name, pictures[0])
            told = {"number": str(len(pictures)), "cells": listed(pictures)}
            yield Finding("pictures-on-sheet", at, look.department, parameters=told)
        if files := [file.name for file in find_embedded(book.package, sheet.part)]:
            names = label("word.separator").join(files[:_MOST]) + ("…" if len(files) > _MOST else "")
            told = {"number": str(len(files)), "names": names}
            yield Finding("files-embedded", Origin(book.parcel.name, sheet.name), look.department, parameters=told)


def _instead(look: Look, role: str) -> set[str]:
    """The cells of blank answers: a picture there is told by the reader."""
    if role != FIGURES:
        return set()
    return {cell.name for cell in look.asked_cells(role)} - {cell.name for cell in look.filled[role]}
