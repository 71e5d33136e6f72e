"""Several systems that one set of workbooks answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assignments import NAMES, fill_book, typed
from make_samples import fill_workbook
from msgspec import Struct
from whole_cities import CITY

from smartcity_xl.catalog.combine import lay_together
from smartcity_xl.catalog.load import load_catalog
from smartcity_xl.form.template import Issue
from smartcity_xl.model import (
    Assignment,
    Catalog,
    Kind,
)
from smartcity_xl.office.assigning import read_assignment_book

NATIONAL, CITIES, STARS = "cn-2018", "gbt33356-2022-city", "db37-3890-zoucheng"
SYSTEMS = (NATIONAL, CITIES, STARS)
PARTS = tuple(load_catalog(system) for system in SYSTEMS)
WHOLE = lay_together(PARTS)


def given_for(catalog: Catalog) -> dict[str, str]:
    """The figures of the whole city worked by hand, and for what it does not know something plain."""
    given = dict(CITY["given"])
    for slot in catalog.slots.values():
        plain = {Kind.CHOICE: slot.options[0].key if slot.options else "", Kind.SHARE: "50"}
        given.setdefault(slot.key, plain.get(slot.kind, "1"))
    return given


def tables_for(catalog: Catalog, assignment: Assignment, department: str) -> dict[str, list[dict[str, Any]]]:
    asked = [catalog.figures[key] for key in assignment.figures_for(department)]
    row = {"name": "一院"}
    return {f.key: [row | {column.key: 100 for column in f.columns}] for f in asked if f.columns}


class Campaign(Struct, frozen=True):
    """A campaign in a folder: the assignment workbook, the inbox, and the assignment read from it."""

    book: Path
    inbox: Path
    assignment: Assignment


def hold(folder: Path, catalog: Catalog, names: tuple[str, ...] = NAMES) -> Campaign:
    """Share a catalog out, and let every department fill its workbook."""
    book, inbox = folder / "分工.xlsx", folder / "inbox"
    duties = {key: (names[n % len(names)],) for n, key in enumerate(catalog.figures)}
    book.write_bytes(fill_book(catalog, duties))
    _, assignment = read_assignment_book(book, catalog)
    issue = Issue(assignment.round, assignment.city, assignment.deadline)
    inbox.mkdir()
    given = given_for(catalog)
    for number, department in enumerate(assignment.departments):
        answers = typed(catalog, given, department, assignment)
        content = {"answers": answers, "tables": tables_for(catalog, assignment, department)}
        data = fill_workbook(catalog, assignment, department, issue, content)
        (inbox / f"{number}.xlsx").write_bytes(data)
    return Campaign(book, inbox, assignment)
