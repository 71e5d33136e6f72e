"""Conflicts -> the workbook in which the office decides; decisions already made stand in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smartcity_xl.books.cells import column_name
from smartcity_xl.books.identity import DECISIONS_KIND, LAYOUT, MARKER
from smartcity_xl.books.pages import Book, Page, write_identity
from smartcity_xl.catalog.combine import JOIN
from smartcity_xl.form.template.inputs import hint
from smartcity_xl.messages import label
from smartcity_xl.model import Conflict, Decision, Outcome
from smartcity_xl.office.deciding.form import (
    COLUMNS,
    CONFLICTS,
    INPUTS,
    LAPSED,
    LAPSED_COLUMNS,
    LAPSED_WIDTHS,
    WIDTHS,
    decision_row,
    lapsed_row,
    side_row,
)
from smartcity_xl.summary.disputes import name_figure, side_rows

_FIRST_ROW = 5
_AT = {name: number for number, name in enumerate(COLUMNS)}
_LAST = len(COLUMNS) - 1
_CENTRED = ("number", "unit", "cell")

_LISTED = 255
"""Signs that a drop-down's own list may have in Excel."""


def write_decision_book(outcomes: Sequence[Outcome], lapsed: Sequence[Decision] = ()) -> bytes:
    """The workbook for the conflicts of one round, under all its systems; ``lapsed`` are kept on a sheet of their own.

    The same outcomes give the same bytes.
    """
    first = outcomes[0]
    title = label("decide.title", city=first.assignment.city, round=first.round)
    book = Book(title)
    page = _start(book, CONFLICTS, COLUMNS, WIDTHS, title, ("hint", "next"))
    conflicts = {conflict.subject: conflict for one in outcomes for conflict in one.merged.conflicts}
    at = _FIRST_ROW
    for conflict in conflicts.values():
        at = _write_block(page, at, outcomes, conflict) + 1
    if not conflicts:
        page.merged(at, 1, _LAST, label("decide.none"), "cell")
    if lapsed:
        _write_lapsed(book, outcomes, lapsed)
    write_identity(book, _identity(outcomes).items())
    return book.close()


def _identity(outcomes: Sequence[Outcome]) -> dict[str, str]:
    first = outcomes[0]
    return {
        "kind": DECISIONS_KIND,
        "layout": LAYOUT,
        "catalog": JOIN.join(one.catalog.id for one in outcomes),
        "version": JOIN.join(one.catalog.version for one in outcomes),
        "assignment": first.assignment.id,
        "round": first.round,
        "city": first.assignment.city,
    }


def _start(
    book: Book, sheet: str, columns: Sequence[str], widths: tuple[float, ...], title: str, hints: Sequence[str]
) -> Page:
    """A sheet with its map, title, hints and headings; the headings stand right above the first row."""
    page = book.page(label("decide.sheet" if sheet == CONFLICTS else f"decide.sheet_{sheet}"), widths)
    page.map_columns(MARKER + sheet, columns[1:])
    page.text(1, 1, title, "title")
    page.worksheet.set_row(1, 28)
    last = len(columns) - 1
    for row, name in enumerate(hints, start=2):
        text = label(f"decide.{name}")
        page.merged(row, 1, last, text, "hint")
        page.height(row, {1: text}, {1: sum(widths)})
    head = 2 + len(hints)
    page.head_columns(head, {at: label(f"decide.{name}") for at, name in enumerate(columns) if at})
    page.worksheet.freeze_panes(head + 1, 0)
    page.protect()
    page.print_on_a4(landscape=True, head=head, footer=f"&R{label('word.page')}")
    return page


def _write_block(page: Page, at: int, outcomes: Sequence[Outcome], conflict: Conflict) -> int:
    """The headline, the answers and the row of the decision; gives the row after them."""
    _write_headline(page, at, outcomes, conflict)
    numbers = {}
    for side, words in side_rows(outcomes, conflict):
        at += 1
        numbers[side.key] = int(words["number"])
        page.text(at, 0, side_row(numbers[side.key], side.key, conflict.subject), "plain")
        for name, text in words.items():
            page.text(at, _AT[name], text, "centre" if name in _CENTRED else "cell")
        page.height(at, {_AT[name]: text for name, text in words.items()})
    for one in outcomes:
        earlier = [d for d in one.merged.lapsed if (d.figure, d.department) == (conflict.figure, conflict.department)]
        if earlier:
            at += 1
            _write_earlier(page, at, earlier)
            break
    _write_decision(page, at + 1, conflict, numbers)
    return at + 2


def _write_headline(page: Page, row: int, outcomes: Sequence[Outcome], conflict: Conflict) -> None:
    concerned = [one for one in outcomes if conflict.subject in one.trials]
    first, figure = concerned[0], conflict.figure.partition(".")[0]
    several = len(outcomes) > 1
    used = [(one.catalog.short if several else "", code) for one in concerned for code in one.catalog.used_by[figure]]
    words = {
        "codes": label("word.separator").join(f"{system} {code}".strip() for system, code in used),
        "figure": name_figure(first.catalog, conflict.figure),
    }
    if conflict.department:
        text = label("decide.block_own", department=first.assignment.name(conflict.department), **words)
    else:
        text = label("decide.block", **words)
    page.merged(row, 1, _LAST - 1, text, "band")
    page.text(row, _LAST, label(f"decide.state_{conflict.state}"), "band_score")
    page.worksheet.set_row(row, 22)


def _write_earlier(page: Page, row: int, earlier: Sequence[Decision]) -> None:
    """What the office decided over earlier answers: it does not hold, but spares looking it up."""
    lines = (
        label("decide.earlier", said=decision.said, reason=decision.reason, who=decision.who) for decision in earlier
    )
    text = "\n".join(lines)
    page.merged(row, 1, _LAST, text, "small")
    page.height(row, {1: text}, {1: sum(WIDTHS)})


def _write_decision(page: Page, row: int, conflict: Conflict, numbers: Mapping[str, int]) -> None:
    decision, back = conflict.decision, label("decide.back")
    at = {name: _AT[column] for name, column in INPUTS.items()}
    page.text(row, 0, decision_row(conflict.subject), "plain")
    for name, column in at.items():
        page.text(row, column - 1, label(f"decide.{name}"), "label")
    if conflict.chosen:
        page.number(row, at["choice"], numbers[conflict.chosen.key], "input_choice")
    else:
        page.text(row, at["choice"], back if decision else "", "input_choice")
    reason, who = (decision.reason, decision.who) if decision else ("", "")
    page.merged(row, at["reason"], at["who"] - 2, reason, "input_text")
    page.text(row, at["who"], who, "input_text")
    span = {at["reason"]: sum(page.widths[at["reason"] : at["who"] - 1])}
    page.height(row, {at["reason"]: reason, at["who"]: who}, span, least=26)
    page.validate(row, at["choice"], _offer(f"{column_name(at['choice'])}{row + 1}", list(numbers.values()), back))
    for name in ("reason", "who"):
        title, text = label(f"decide.{name}"), label(f"decide.prompt_{name}")
        hint(page, row, at[name], title, text)


def _offer(cell: str, numbers: Sequence[int], back: str) -> dict[str, Any]:
    """What may be chosen: from a list, or typed where there are more sides than a list of Excel holds."""
    listed, last = [*map(str, numbers), back], max(numbers)
    told = {"error_type": "stop", "error_title": label("hint.error_title"), "input_title": label("decide.choice")}
    if len(",".join(listed)) <= _LISTED:
        words = {"error_message": label("decide.error_choice"), "input_message": label("decide.prompt_choice")}
        return {"validate": "list", "source": listed, **told, **words}
    fits = f'=IF(ISNUMBER({cell}),AND({cell}=INT({cell}),{cell}>={min(numbers)},{cell}<={last}),{cell}="{back}")'
    words = {
        "error_message": label("decide.error_choice_typed", last=last),
        "input_message": label("decide.prompt_choice_typed", last=last),
    }
    return {"validate": "custom", "value": fits, **told, **words}


def _write_lapsed(book: Book, outcomes: Sequence[Outcome], lapsed: Sequence[Decision]) -> None:
    page = _start(book, LAPSED, LAPSED_COLUMNS, LAPSED_WIDTHS, label("decide.sheet_lapsed"), ("hint_lapsed",))
    catalogs = [one.catalog for one in outcomes]
    for row, decision in enumerate(lapsed, start=4):
        catalog = next((c for c in catalogs if decision.figure.partition(".")[0] in c.figures), None)
        texts = {
            "figure": name_figure(catalog, decision.figure) if catalog else decision.figure,
            "said": decision.said,
            "reason": decision.reason,
            "who": decision.who,
        }
        page.text(row, 0, lapsed_row(decision), "plain")
        for name, text in texts.items():
            page.text(row, LAPSED_COLUMNS.index(name), text)
        page.height(row, {LAPSED_COLUMNS.index(name): text for name, text in texts.items()})
