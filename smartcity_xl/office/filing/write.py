"""What is filed -> the workbook it is copied from: a front page, a sheet for each official table, a list to tick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from smartcity_xl.books.cells import Spot, cell_name
from smartcity_xl.books.identity import LAYOUT
from smartcity_xl.books.kinds import FILING_KIND
from smartcity_xl.books.pages import Book, Page, write_identity
from smartcity_xl.messages import label
from smartcity_xl.office.filing.lines import FilingBook, FilingLine, FilingTable, Ready, blank_doubts

_FRONT = {"table": 34, "lines": 10, "state": 18}
_TABLE = {"number": 6, "code": 12, "name": 44, "value": 24, "unit": 11, "note": 42, "source": 22}
_TICKS = {
    "number": 6, "table": 20, "code": 11, "name": 38, "value": 18, "unit": 10, "state": 9, "department": 18,
    "place": 34, "typed": 16, "tick": 8, "who": 10, "remark": 16,
}  # fmt: skip
_HEAD = 3
_TICK = "✓"
_SIGNS = 31
"""Signs in the name of a sheet."""
_NONE_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def write_filing(book: FilingBook, at: str, provisional: bool = False) -> bytes:
    """The workbook; ``at`` says when it was collected, in words. Values that are provisional are left out, unless
    ``provisional``: then they stand there, and are marked. The same content gives the same bytes."""
    record = book.record
    out = Book(label("filing.title", city=record.city, round=record.round, system=book.title))
    names = dict(zip((table.name for table in book.tables), _sheet_names(book.tables), strict=True))
    _write_front(out, book, at, provisional, names)
    tables = [replace(table, lines=_shown(table.lines, provisional)) for table in book.tables]
    for table in tables:
        _write_table(out, names[table.name], table, provisional)
    _write_ticks(out, tables, provisional)
    write_identity(out, _identity(book).items())
    return out.close()


def _shown(lines: Sequence[FilingLine], provisional: bool) -> tuple[FilingLine, ...]:
    return tuple(lines) if provisional else blank_doubts(lines)


def _identity(book: FilingBook) -> dict[str, str]:
    record = book.record
    return {
        "kind": FILING_KIND, "catalog": record.catalog.id, "version": record.catalog.version,
        "assignment": record.assignment.id, "round": record.round, "city": record.city, "layout": LAYOUT,
    }  # fmt: skip


def _sheet_names(tables: Sequence[FilingTable]) -> Iterator[str]:
    """A name for each sheet, as a program takes it; two that are cut to one get a number."""
    seen = {label("filing.sheet_front"), label("filing.sheet_ticks")}
    for table in tables:
        name, number = table.name.translate(_NONE_IN_NAMES)[:_SIGNS].strip(), 2
        while name.casefold() in {one.casefold() for one in seen}:
            name, number = f"{table.name.translate(_NONE_IN_NAMES)[: _SIGNS - 4].strip()} {number}", number + 1
        seen.add(name)
        yield name


def _write_front(out: Book, book: FilingBook, at: str, provisional: bool, names: dict[str, str]) -> None:
    widths = tuple(_FRONT.values())
    page = out.page(label("filing.sheet_front"), widths)
    last = len(widths) - 1
    record = book.record
    texts = [(label("filing.title", city=record.city, round=record.round, system=book.title), "title_wrap")]
    texts += [(text, "alarm_text") for text in (*_verdict(book, provisional), *book.warnings)]
    if book.firm:
        texts.append((label("filing.ready", number=book.count(Ready.FIRM)), "cell"))
    where = label("filing.from", at=at, system=record.catalog.id, version=record.catalog.version)
    texts += [(label("filing.how"), "cell"), (where, "small")]
    for row, (text, style) in enumerate(texts):
        page.merged(row, 0, last, text, style)
        page.height(row, {0: text}, {0: page.span(0, last)}, least=30 if row == 0 else 20)
    head = len(texts) + 1
    page.head_columns(head, {column: label(f"filing.{name}") for column, name in enumerate(_FRONT)})
    for row, table in enumerate(book.tables, start=head + 1):
        page.text(row, 0, table.name, "link", Spot(names[table.name], 0, 0))
        page.number(row, 1, len({(one.code, one.key) for one in table.lines}), "centre")
        open_, doubt = (len({(o.code, o.key) for o in table.lines if o.ready is r}) for r in (Ready.OPEN, Ready.DOUBT))
        page.text(row, 2, label("filing.state_open", open=open_, doubt=doubt) if open_ or doubt
                  else label("filing.state_ok"), "alarm" if open_ or doubt else "centre")  # fmt: skip
    ticks = head + 1 + len(book.tables)
    page.text(ticks, 0, label("filing.sheet_ticks"), "link", Spot(label("filing.sheet_ticks"), 0, 0))
    page.print_on_a4(landscape=False, head=None, footer=f"&R{label('word.page')}")


def _verdict(book: FilingBook, provisional: bool) -> Iterator[str]:
    open_, doubt = book.count(Ready.OPEN), book.count(Ready.DOUBT)
    if not book.firm:
        yield label("filing.not_ready_given" if provisional else "filing.not_ready", open=open_, doubt=doubt)


def _write_table(out: Book, name: str, table: FilingTable, provisional: bool) -> None:
    page = _begin(out, name, table.name, "how", _TABLE)
    at, before = 0, ("", "")
    for row, line in enumerate(table.lines, start=_HEAD + 1):
        at += (line.code, line.key) != before
        before = line.code, line.key
        cells = {
            "number": str(at), "code": line.code, "name": _name(line), "value": line.value, "unit": line.unit,
            "note": _note(line, provisional), "source": line.source,
        }  # fmt: skip
        _write_line(page, row, list(_TABLE), cells, line)
    page.worksheet.freeze_panes(_HEAD + 1, 3)


def _begin(out: Book, name: str, title: str, hint_: str, columns: dict[str, int]) -> Page:
    page = out.page(name, tuple(columns.values()))
    last = len(columns) - 1
    page.merged(0, 0, last, title, "title_wrap")
    page.height(0, {0: title}, {0: page.span(0, last)}, least=30)
    text = label(f"filing.{hint_}")
    page.merged(1, 0, last, text, "hint")
    page.height(1, {0: text}, {0: page.span(0, last)})
    page.head_columns(_HEAD, {at: label(f"filing.{one}") for at, one in enumerate(columns)})
    page.print_on_a4(landscape=True, head=_HEAD, footer=f"&R{label('word.page')}")
    return page


def _name(line: FilingLine) -> str:
    return f"{line.name}　{label('filing.row', number=line.row, head=line.head)}" if line.row else line.name


def _note(line: FilingLine, provisional: bool) -> str:
    given = line.ready is Ready.DOUBT and provisional
    return label("word.separator").join(filter(None, (label("filing.given") if given else "", line.note)))


_STYLE = {
    "number": "centre",
    "code": "centre",
    "unit": "centre",
    "value": "paste",
    "state": "centre",
    "source": "small",
}


def _write_line(page: Page, row: int, columns: Sequence[str], cells: dict[str, str], line: FilingLine) -> None:
    firm = line.ready is Ready.FIRM
    for at, name in enumerate(columns):
        if name in cells:
            style = _STYLE.get(name, "cell")
            if not firm and name in ("value", "note", "state"):
                style = "paste_open" if name == "value" else "alarm_text"
            page.text(row, at, cells[name], style)
    page.height(row, {at: cells[name] for at, name in enumerate(columns) if name in cells})


def _write_ticks(out: Book, tables: Sequence[FilingTable], provisional: bool) -> None:
    """One line for each figure, and for each cell of a table's rows: where it came from, and room for a tick."""
    page = _begin(out, label("filing.sheet_ticks"), label("filing.sheet_ticks"), "ticks_hint", _TICKS)
    columns = list(_TICKS)
    row = _HEAD
    for table in tables:
        for line in table.lines:
            row += 1
            cells = {
                "number": str(row - _HEAD), "table": table.name, "code": line.code, "name": _name(line),
                "value": line.value, "unit": line.unit, "state": _state(line, provisional),
                "department": _each(one.department for one in line.givers),
                "place": _each(one.place for one in line.givers),
                "typed": "" if line.row else _each(one.typed for one in line.givers),
            }  # fmt: skip
            _write_line(page, row, columns, cells, line)
            for name, style in (("tick", "input_choice"), ("who", "input"), ("remark", "input")):
                page.blank(row, columns.index(name), style)
            page.validate(row, columns.index("tick"), {"validate": "list", "source": [_TICK]})
    first, tick = cell_name(_HEAD + 1, columns.index("tick")), columns.index("tick")
    text = label("filing.sum", number=row - _HEAD)
    page.merged(2, 0, tick - 1, text, "label")
    page.formula(2, tick, f'COUNTIF({first}:{cell_name(row, tick)},"{_TICK}")', 0, "centre")
    page.worksheet.freeze_panes(_HEAD + 1, 4)
    page.worksheet.autofilter(_HEAD, 0, row, len(columns) - 1)
    page.protect()


def _state(line: FilingLine, provisional: bool) -> str:
    if line.ready is Ready.FIRM:
        return label("filing.state_ok")
    return label("filing.given") if provisional and line.value else line.note.partition("：")[0]


def _each(texts: Iterator[str]) -> str:
    return label("word.separator").join(dict.fromkeys(filter(None, texts)))
