"""A catalog -> the workbook in which it is edited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from smartcity_xl.books.cells import cell_name, column_name
from smartcity_xl.books.kinds import CATALOG_KIND
from smartcity_xl.books.pages import Book, Page, write_identity
from smartcity_xl.books.texts import height_of_lines, lines_needed
from smartcity_xl.messages import label, words
from smartcity_xl.model import Catalog, Scheme
from smartcity_xl.office.editing.form import (
    CATEGORIES,
    DIMENSIONS,
    FIGURES,
    FIRST_ROW,
    GUIDE,
    HEAD_ROW,
    HINT_ROW,
    INDICATORS,
    LISTS,
    MEMBER_LISTS,
    MEMBERS,
    QUERIES,
    RARE,
    SETTING_KEYS,
    SPARE_ROWS,
    TITLE_ROW,
    Form,
    position,
    words_for,
)
from smartcity_xl.office.editing.pages import STYLES, offer_list, start_list, write_settings
from smartcity_xl.rules.words import describe_rule

_HIGHEST = 400.0
"""Points; Excel takes no row above 409."""
_REFERENCES = {
    (CATEGORIES, "dimension"): (DIMENSIONS, "code"), (INDICATORS, "category"): (CATEGORIES, "code"),
    (QUERIES, "indicator"): (INDICATORS, "code"), (MEMBERS, "figure"): (FIGURES, "key"),
    (CATEGORIES, "mark"): (FIGURES, "key"),
    (FIGURES, "part_of"): (FIGURES, "key"), (FIGURES, "same_as"): (FIGURES, "key"),
}  # fmt: skip
"""Column -> the column of the codes that it may name: what its drop-down offers."""
_FROZEN = {CATEGORIES: 4, INDICATORS: 4, FIGURES: 3, MEMBERS: 4}
_Fields = Mapping[str, Any]
_Shown = Mapping[tuple[str, str, str], str]
"""(Sheet, column, code or key) -> what the program writes there for the reader's eye."""


def write_catalog_book(catalog: Catalog, document: Mapping[str, Any]) -> bytes:
    """The workbook of a system; ``document`` is the content of its file. The same system gives the same bytes."""
    book = Book(label("edit.title", system=catalog.title))
    entries = {name: list(_entries(document, name)) for name in LISTS}
    shown, weighted = _shown(catalog, document), catalog.scheme is Scheme.WEIGHTS
    given = {key: str(document.get(key, "")) for key in SETTING_KEYS}
    write_settings(book, "edit", label("edit.title", system=catalog.title), given)
    ends = {name: FIRST_ROW + len(entries[name]) + SPARE_ROWS[name] for name in LISTS}
    for sheet, name in dict.fromkeys(_REFERENCES.values()):
        book.workbook.define_name(f"xlscore_{sheet}", f"={_area(sheet, name, ends)}")
    for name in LISTS:
        page = start_list(book, "edit", name, LISTS[name], _FROZEN.get(name, 1), _unneeded(entries[name], weighted))
        _write_list(page, name, entries[name], shown, ends, weighted)
    _write_guide(book)
    write_identity(book, (("kind", CATALOG_KIND), ("catalog", catalog.id), ("version", catalog.version)))
    return book.close()


def _entries(document: Mapping[str, Any], name: str) -> Iterator[_Fields]:
    """The rows of a sheet: queries and members stand in lists of their own."""
    if name == QUERIES:
        for indicator in document.get(INDICATORS, ()):
            yield from ({"indicator": indicator["code"], **query} for query in indicator.get("queries", ()))
    elif name == MEMBERS:
        for figure in document.get(FIGURES, ()):
            for what in MEMBER_LISTS:
                yield from ({"figure": figure["key"], "what": what, **entry} for entry in figure.get(what, ()))
    else:
        yield from document.get(name, ())


def _shown(catalog: Catalog, document: Mapping[str, Any]) -> dict[tuple[str, str, str], str]:
    """(Sheet, column, code or key) -> what the program writes there for the reader's eye."""
    found = {(FIGURES, "used", key): label("word.separator").join(codes) for key, codes in catalog.used_by.items()}
    for indicator in catalog.indicators:
        found[INDICATORS, "words", indicator.code] = describe_rule(indicator.rule, catalog.label, catalog.unit)
    if catalog.scheme is Scheme.STARS:
        return found  # nothing to add up
    for dimension in catalog.dimensions:
        found[DIMENSIONS, "check", dimension.code] = label("edit.check_ok")
    marked = {entry["code"] for entry in document.get(CATEGORIES, ()) if entry.get("mark")}
    for category in catalog.categories:
        whole = category.code in marked & {indicator.code for indicator in catalog.indicators}
        state = "open" if category.weights_open else "whole" if whole else "ok"
        found[CATEGORIES, "check", category.code] = label(f"edit.check_{state}")
    return found


def _unneeded(entries: list[_Fields], weighted: bool) -> frozenset[str]:
    """The columns that nobody needs here, and that are hidden. Weights never are where they can count: an office may
    give some to indicators that have none (E49)."""
    return RARE - {field for entry in entries for field in entry} - ({"weight"} if weighted else set())


def _write_list(
    page: Page,
    name: str,
    entries: list[_Fields],
    shown: _Shown,
    ends: Mapping[str, int],
    weighted: bool,
) -> None:
    for row, entry in enumerate(entries, start=FIRST_ROW):
        texts = {}
        for at, column in enumerate(LISTS[name], start=1):
            value = entry.get(column.name)
            if column.form is Form.SHOWN:
                value = shown.get((name, column.name, str(entry.get("code", entry.get("key", "")))))
            texts[at] = _write_cell(page, row, at, column.form, column.name, value)
        lines = max(lines_needed(text, page.widths[at]) for at, text in texts.items())
        page.worksheet.set_row(row, min(_HIGHEST, max(20.0, 5 + height_of_lines(lines))))
    for row in range(FIRST_ROW + len(entries), ends[name]):
        for at, column in enumerate(LISTS[name], start=1):
            page.blank(row, at, STYLES[column.form])
    _offer_choices(page, name, ends)
    if name in (DIMENSIONS, CATEGORIES) and weighted:
        _check_weights(page, name, entries, shown, ends)


def _write_cell(page: Page, row: int, column: int, form: Form, name: str, value: Any) -> str:
    """Write a value as its column has it; the text that it takes, for the row's height."""
    style = STYLES[form]
    if value is None or value == "" or value == []:
        page.blank(row, column, style)
        return ""
    if form in (Form.NUMBER, Form.SHARE):
        exact = read_exact(value)
        if Fraction(repr(float(exact))) == exact:
            page.number(row, column, float(exact), style)
        else:
            page.text(row, column, str(value), style)
        return ""
    if form is Form.FLAG:
        value = label("word.yes") if value else ""
    text = "\n".join(value) if form is Form.LINES else words_for(name)[value] if form is Form.WORD else str(value)
    page.text(row, column, text, style)
    return text


def read_exact(value: int | str) -> Fraction:
    """A number as a catalog's file has it: an integer, "0.5" or "26%"."""
    text = str(value)
    return Fraction(text.removesuffix("%")) / (100 if text.endswith("%") else 1)


def _area(sheet: str, name: str, ends: Mapping[str, int]) -> str:
    """A column's cells, from the first row to the last one laid out."""
    letters = column_name(position(sheet, name))
    return f"'{label(f'edit.sheet_{sheet}')}'!${letters}${FIRST_ROW + 1}:${letters}${ends[sheet]}"


def _offer_choices(page: Page, name: str, ends: Mapping[str, int]) -> None:
    for at, column in enumerate(LISTS[name], start=1):
        source: Any = None
        if column.form is Form.FLAG:
            source = [label("word.yes")]
        elif column.form is Form.WORD:
            source = list(words_for(column.name).values())
        elif (name, column.name) in _REFERENCES:
            source = f"=xlscore_{_REFERENCES[name, column.name][0]}"
        if source:
            offer_list(page, at, FIRST_ROW, ends[name] - 1, source, label("edit.error_list"))


def _percent(formula: str) -> str:
    return f'TEXT({formula},"0.0#%")'


def _state(total: str, expected: str, closed: str = "edit.check_ok") -> str:
    """A formula: a tick where a sum is what it must be, else both."""
    wrong = f'"{label("edit.check_total")}"&{_percent(total)}&"{label("edit.check_expected")}"&{_percent(expected)}'
    return f'IF(ABS({total}-{expected})<0.000000001,"{label(closed)}",{wrong})'


def _filled(row: int, name: str, column: str) -> str:
    """A formula's condition: a field of the row holds something."""
    return f'TRIM({cell_name(row, position(name, column))})<>""'


def _check_weights(page: Page, name: str, entries: list[_Fields], shown: _Shown, ends: Mapping[str, int]) -> None:
    """Live sums: of each entry's weights below it, and of the dimensions' own."""
    below, parent = (CATEGORIES, "dimension") if name == DIMENSIONS else (INDICATORS, "category")
    parents, weights = _area(below, parent, ends), _area(below, "weight", ends)
    at = position(name, "check")
    tick = label("edit.check_ok")
    for row in range(FIRST_ROW, ends[name]):
        code, weight = (cell_name(row, position(name, field)) for field in ("code", "weight"))
        total, number = f"SUMIF({parents},{code},{weights})", f"COUNTIF({parents},{code})"
        none = label("edit.check_none")
        if name == DIMENSIONS:
            state = _state(total, weight)
            none_yet = f'IF({_filled(row, name, "apart")},"{tick}","{none}")'
        else:
            deductions = f"AND({total}=0,{weight}=0)"
            state = f'IF({deductions},"{tick}",{_state(total, "1")})'
            marked = _filled(row, name, "mark")
            whole = label("edit.check_whole")
            state = f'IF(AND({marked},{total}=0),"{whole}",{state})'
            state = f'IF({_filled(row, name, "weights_open")},"{label("edit.check_open")}",{state})'
            none_yet = f'IF({marked},"{whole}","{none}")'
        formula = f'IF({code}="","",IF({number}=0,{none_yet},{state}))'
        standing = row < FIRST_ROW + len(entries)
        now = shown[name, "check", entries[row - FIRST_ROW]["code"]] if standing else ""
        page.formula(row, at, formula, now, "check")
    first, last = cell_name(FIRST_ROW, at), cell_name(ends[name] - 1, at)
    for texts, style in (((tick,), "good"), ((label("edit.check_total"), label("edit.check_none")), "bad")):
        for text in texts:
            page.worksheet.conditional_format(f"{first}:{last}", {
                "type": "text", "criteria": "begins with", "value": text, "format": page.book.format(style),
            })  # fmt: skip
    if name == DIMENSIONS:
        closed = "edit.check_closed"
        weights = _area(name, "weight", ends)
        apart = f'SUMIF({_area(name, "apart", ends)},"{label("word.yes")}",{weights})'
        total = _state(f"(SUM({weights})-{apart})", "1", closed)
        page.formula(TITLE_ROW, at, total, label(closed), "check")


def _write_guide(book: Book) -> None:
    """How rules are written, for someone who has never seen one."""
    page = book.page(label(f"edit.sheet_{GUIDE}"), (0.0, 40.0, 66.0, 50.0))
    page.text(TITLE_ROW, 1, label(f"edit.sheet_{GUIDE}"), "title")
    page.worksheet.set_row(TITLE_ROW, 28)
    page.text(HINT_ROW, 1, label("edit.hint_guide"), "remark")
    page.worksheet.set_row(HINT_ROW, 20)
    for at, name in enumerate(("form", "meaning", "example"), start=1):
        page.text(HEAD_ROW, at, label(f"edit.guide_{name}"), "head")
    for row, line in enumerate(words("edit")["guide"], start=FIRST_ROW):
        for at, (text, style) in enumerate(zip(line, ("label", "cell", "cell"), strict=True), start=1):
            page.text(row, at, text, style)
        page.height(row, dict(enumerate(line, start=1)))
    page.worksheet.freeze_panes(FIRST_ROW, 1)
    page.print_on_a4(landscape=True, head=HEAD_ROW, footer=f"&R{label('word.page')}")
    page.protect()
