"""A catalog -> the workbook in which it is edited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from smartcity_xl.editing.form import (
    CATALOG_KIND,
    CATEGORIES,
    COLUMN_HINT_ROW,
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
    SETTINGS,
    SPARE_ROWS,
    TITLE_ROW,
    Form,
    position,
    words_for,
)
from smartcity_xl.layout import MARKER, cell_name, column_name
from smartcity_xl.messages import label, words
from smartcity_xl.model import Catalog, Scheme
from smartcity_xl.rules.words import describe_rule
from smartcity_xl.sheets import POINTS_A_LINE, Book, Page, lines_needed, write_identity

_HIGHEST = 400.0
"""Points; Excel takes no row above 409."""
_STYLES = {
    Form.TEXT: "input_text", Form.CODE: "input_text", Form.RULE: "input_code", Form.NUMBER: "input_number",
    Form.SHARE: "input_percent", Form.LINES: "input_text", Form.WORD: "input_choice", Form.FLAG: "input_choice",
    Form.SHOWN: "small",
}  # fmt: skip
_REFERENCES = {
    (CATEGORIES, "dimension"): (DIMENSIONS, "code"), (INDICATORS, "category"): (CATEGORIES, "code"),
    (QUERIES, "indicator"): (INDICATORS, "code"), (MEMBERS, "figure"): (FIGURES, "key"),
    (CATEGORIES, "mark"): (FIGURES, "key"),
    (FIGURES, "part_of"): (FIGURES, "key"), (FIGURES, "same_as"): (FIGURES, "key"),
}  # fmt: skip
"""Column -> the column of the codes that it may name: what its drop-down offers."""
_FROZEN = {CATEGORIES: 4, INDICATORS: 4, FIGURES: 3, MEMBERS: 4}
_Entry = Mapping[str, Any]


def write_catalog_book(catalog: Catalog, document: Mapping[str, Any]) -> bytes:
    """The workbook of a system; ``document`` is the content of its file. The same system gives the same bytes."""
    book = Book(label("edit.title", system=catalog.title))
    entries = {name: list(_entries(document, name)) for name in LISTS}
    shown, weighted = _shown(catalog), catalog.scheme is Scheme.WEIGHTS
    _write_settings(book, catalog, document)
    ends = {name: FIRST_ROW + len(entries[name]) + SPARE_ROWS[name] for name in LISTS}
    for sheet, name in dict.fromkeys(_REFERENCES.values()):
        book.workbook.define_name(f"xlscore_{sheet}", f"={_area(sheet, name, ends)}")
    for name in LISTS:
        page = _start(book, name, entries[name], weighted)
        _write_list(page, name, entries[name], shown, ends, weighted)
    _write_guide(book)
    write_identity(book, (("kind", CATALOG_KIND), ("catalog", catalog.id), ("version", catalog.version)))
    return book.close()


def _entries(document: Mapping[str, Any], name: str) -> Iterator[_Entry]:
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


def _shown(catalog: Catalog) -> dict[tuple[str, str, str], str]:
    """(Sheet, column, code or key) -> what the program writes there for the reader's eye."""
    found = {(FIGURES, "used", key): label("word.separator").join(codes) for key, codes in catalog.used_by.items()}
    for indicator in catalog.indicators:
        found[INDICATORS, "words", indicator.code] = describe_rule(indicator.rule, catalog.label)
    return found


def _start(book: Book, name: str, entries: list[_Entry], weighted: bool) -> Page:
    """A sheet with its machine row, title, hints and headings; columns that nobody needs here are hidden. Weights never
    are where they can count: an office may give some to indicators that have none (E49)."""
    columns = LISTS[name]
    needed = {field for entry in entries for field in entry} | ({"weight"} if weighted else set())
    widths = tuple(0.0 if column.name in RARE - needed else column.width for column in columns)
    page = book.page(label(f"edit.sheet_{name}"), (0.0, *widths))
    page.text(0, 0, MARKER + name, "plain")
    page.hide_row(0)
    page.text(TITLE_ROW, 1, label(f"edit.sheet_{name}"), "title")
    page.worksheet.set_row(TITLE_ROW, 28)
    hint = label(f"edit.hint_{name}")
    page.text(HINT_ROW, 1, hint, "remark")
    page.worksheet.set_row(HINT_ROW, 20)
    hints = {}
    for at, column in enumerate(columns, start=1):
        page.text(0, at, column.name, "plain")
        hints[at] = label(f"edit.{name}_{column.name}_hint")
        page.text(COLUMN_HINT_ROW, at, hints[at], "hint")
        page.text(HEAD_ROW, at, label(f"edit.{name}_{column.name}"), "head")
    page.height(COLUMN_HINT_ROW, {at: hint for at, hint in hints.items() if widths[at - 1]})
    page.worksheet.set_row(HEAD_ROW, 22)
    page.worksheet.freeze_panes(FIRST_ROW, _FROZEN.get(name, 1))
    page.print_on_a4(landscape=True, head=HEAD_ROW, footer=f"&R{label('word.page')}")
    return page


def _write_settings(book: Book, catalog: Catalog, document: Mapping[str, Any]) -> None:
    page = book.page(label(f"edit.sheet_{SETTINGS}"), (0.0, 22.0, 60.0, 50.0))
    page.map_columns(MARKER + SETTINGS, ("label", "value", "hint"))
    page.text(TITLE_ROW, 1, label("edit.title", system=catalog.title), "title")
    page.worksheet.set_row(TITLE_ROW, 28)
    steps = words("edit")["steps"]
    for row, step in enumerate(steps, start=HINT_ROW):
        page.merged(row, 1, 3, step, "plain")
        page.height(row, {1: step}, {1: 132.0})
    head = HINT_ROW + len(steps) + 1
    page.worksheet.set_row(head, 22)
    for at, name in enumerate(("label", "value", "hint"), start=1):
        page.text(head, at, label(f"edit.settings_{name}"), "head")
    for row, key in enumerate(SETTING_KEYS, start=head + 1):
        value, hint = str(document.get(key, "")), label(f"edit.setting_{key}_hint")
        page.text(row, 0, key, "plain")
        page.text(row, 1, label(f"edit.setting_{key}"), "label")
        page.text(row, 2, value, "input_text")
        page.text(row, 3, hint, "small")
        page.height(row, {2: value, 3: hint}, least=26)
    page.print_on_a4(landscape=True, head=None, footer=f"&R{label('word.page')}")


def _write_list(
    page: Page,
    name: str,
    entries: list[_Entry],
    shown: Mapping[tuple[str, str, str], str],
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
        page.worksheet.set_row(row, min(_HIGHEST, max(20.0, 5 + POINTS_A_LINE * lines)))
    for row in range(FIRST_ROW + len(entries), ends[name]):
        for at, column in enumerate(LISTS[name], start=1):
            page.blank(row, at, _STYLES[column.form])
    _offer_choices(page, name, ends)
    if name in (DIMENSIONS, CATEGORIES) and weighted:
        _check_weights(page, name, entries, ends)


def _write_cell(page: Page, row: int, column: int, form: Form, name: str, value: Any) -> str:
    """Write a value as its column has it; the text that it takes, for the row's height."""
    style = _STYLES[form]
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
            page.worksheet.data_validation(FIRST_ROW, at, ends[name] - 1, at, {
                "validate": "list", "source": source, "error_type": "stop",
                "error_title": label("hint.error_title"), "error_message": label("edit.error_list"),
            })  # fmt: skip


def _percent(formula: str) -> str:
    return f'TEXT({formula},"0.0#%")'


def _state(total: str, expected: str, closed: str = "edit.check_ok") -> str:
    """A formula: a tick where a sum is what it must be, else both."""
    wrong = f'"{label("edit.check_total")}"&{_percent(total)}&"{label("edit.check_expected")}"&{_percent(expected)}'
    return f'IF(ABS({total}-{expected})<0.000000001,"{label(closed)}",{wrong})'


def _check_weights(page: Page, name: str, entries: list[_Entry], ends: Mapping[str, int]) -> None:
    """Live sums: of each entry's weights below it, and of the dimensions' own."""
    below, parent = (CATEGORIES, "dimension") if name == DIMENSIONS else (INDICATORS, "category")
    parents, weights = _area(below, parent, ends), _area(below, "weight", ends)
    at = position(name, "check")
    tick = label("edit.check_ok")
    for row in range(FIRST_ROW, ends[name]):
        code, weight = (cell_name(row, position(name, field)) for field in ("code", "weight"))
        total, number = f"SUMIF({parents},{code},{weights})", f"COUNTIF({parents},{code})"
        if name == DIMENSIONS:
            state = _state(total, weight)
        else:
            why = f'TRIM({cell_name(row, position(name, "weights_open"))})<>""'
            deductions = f"AND({total}=0,{weight}=0)"
            state = f'IF({why},"{label("edit.check_open")}",IF({deductions},"{tick}",{_state(total, "1")}))'
        formula = f'IF({code}="","",IF({number}=0,"{label("edit.check_none")}",{state}))'
        standing = row < FIRST_ROW + len(entries)
        opened = standing and entries[row - FIRST_ROW].get("weights_open")
        page.formula(row, at, formula, label("edit.check_open") if opened else tick if standing else "", "check")
    first, last = cell_name(FIRST_ROW, at), cell_name(ends[name] - 1, at)
    for texts, style in (((tick,), "good"), ((label("edit.check_total"), label("edit.check_none")), "bad")):
        for text in texts:
            page.worksheet.conditional_format(f"{first}:{last}", {
                "type": "text", "criteria": "begins with", "value": text, "format": page.book.format(style),
            })  # fmt: skip
    if name == DIMENSIONS:
        closed = "edit.check_closed"
        total = _state(f"SUM({_area(name, 'weight', ends)})", "1", closed)
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
