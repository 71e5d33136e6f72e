"""The sheet in front of a workbook that goes back: who returns it, until when, what to correct, with links to cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.books.styles import SIZES
from smartcity_xl.books.texts import EDGES, footer_words, height_of_text
from smartcity_xl.messages import label, words

if TYPE_CHECKING:
    from smartcity_xl.books.whole_rows import Placed

_WIDTHS = (1, 6, 15, 30, 9, 40, 26, 40, 10)
_HEADINGS = ("number", "place", "item", "level", "found", "expected", "todo", "stake")
_STRAY_SPANS = {"number": (1, 1), "place": (2, 2), "item": (3, 4), "stray": (5, 6), "why": (7, 8)}
_LAST = len(_HEADINGS)
NOTICE_STYLES = ("title", "plain", "section", "head", "centre", "link", "alarm", "cell")


class CellPlace(Struct, frozen=True):
    """A cell of a workbook by its map: the role of the sheet, the key of the row, the name of the column."""

    role: str
    key: str
    column: str


class Task(Struct, frozen=True):
    """One thing to correct or to confirm. ``where`` says it in words for what has no cell in the workbook; ``stake``
    are the points that hang on it, in words."""

    place: CellPlace | None
    where: str
    item: str
    must: bool
    found: str
    expected: str
    todo: str
    stake: str


class Stray(Struct, frozen=True):
    """Something that the department gave and that has no place in the workbook: where it stood, and what it was."""

    where: str
    item: str
    content: str
    why: str


class ReturnNotice(Struct, frozen=True):
    """What the sheet says. ``until`` says by when, ``replaces`` names the files that the workbook takes the place of,
    ``points`` says in words how many wait, and how many hang on the problems, ``steps`` what would win points back."""

    office: str
    department: str
    revision: str
    until: str
    replaces: str
    problems: tuple[Task, ...]
    strays: tuple[Stray, ...] = ()
    points: str = ""
    steps: tuple[str, ...] = ()


def open_notice(book: Book) -> Page:
    """The first sheet, still empty: what it links to is written after it."""
    return book.page(label("sheet.notice"), _WIDTHS)


def write_notice(page: Page, notice: ReturnNotice) -> None:
    page.whole.write(0, [(1, label("notice.title"), "title", None)], 34, measured=False)
    must = sum(problem.must for problem in notice.problems)
    parameters = {
        "office": notice.office, "department": notice.department, "revision": notice.revision, "until": notice.until,
        "replaces": notice.replaces, "number": len(notice.problems), "must": must,
        "may": len(notice.problems) - must, "points": notice.points,
    }  # fmt: skip
    at = 1
    for sentence in words("notice")["sentences"]:
        _write_joined(page, at, [(1, _LAST, sentence.format(**parameters), "plain")], least=22)
        at += 1
    at = _write_problems(page, notice, at + 1)
    if notice.steps:
        at = _write_steps(page, notice.steps, at + 1)
    if notice.strays:
        at = _write_strays(page, notice, at + 1)
    page.protect()
    page.worksheet.print_area(0, 0, at - 1, _LAST)
    said = label("notice.footer", department=notice.department, revision=notice.revision)
    footer = f"&L{footer_words(said)}"
    page.print_on_a4(landscape=True, head=None, footer=footer + f"&R{label('word.page')}")


def _write_problems(page: Page, notice: ReturnNotice, at: int) -> int:
    _write_section(page, at, label("notice.problems"))
    heads = [(column, column, label(f"notice.{name}"), "head") for column, name in enumerate(_HEADINGS, start=1)]
    _write_joined(page, at + 1, heads, least=22)
    at += 2
    for number, problem in enumerate(notice.problems, start=1):
        level = label("severity.error" if problem.must else "severity.query")
        page.text(at, 1, str(number), "centre")
        place = _write_place(page, at, problem)
        page.text(at, 4, level, "alarm" if problem.must else "centre")
        texts = {3: problem.item, 5: problem.found, 6: problem.expected, 7: problem.todo}
        for column, text in texts.items():
            page.text(at, column, text, "cell")
        page.text(at, 8, problem.stake, "centre")
        page.height(at, {2: place, **texts, 8: problem.stake})
        at += 1
    return at


def _write_place(page: Page, at: int, problem: Task) -> str:
    """The link to the cell; words where there is none to link to. What was written."""
    place = problem.place
    target = page.book.marked.get(place.role) if place else None
    if place is None or target is None or place.key not in target.rows:
        page.text(at, 2, problem.where, "cell")
        return problem.where
    cell = cell_name(target.rows[place.key], target.columns[place.column])
    text = f"{target.name} {cell}"
    page.link(at, 2, target.name, cell, text)
    return text


def _write_steps(page: Page, steps: tuple[str, ...], at: int) -> int:
    _write_section(page, at, label("notice.steps"))
    for text in steps:
        at += 1
        _write_joined(page, at, [(1, _LAST, text, "plain")], least=20)
    return at + 1


def _write_strays(page: Page, notice: ReturnNotice, at: int) -> int:
    _write_section(page, at, label("notice.strays"))
    at += 1
    heads = [(*span, label(f"notice.{name}"), "head") for name, span in _STRAY_SPANS.items()]
    _write_joined(page, at, heads, least=22)
    for number, stray in enumerate(notice.strays, start=1):
        at += 1
        texts = {"number": str(number), "place": stray.where, "item": stray.item, "stray": stray.content,
                 "why": stray.why}  # fmt: skip
        cells = [(*span, texts[name], "centre" if name == "number" else "cell") for name, span in _STRAY_SPANS.items()]
        _write_joined(page, at, cells, least=20)
    return at + 1


def _write_section(page: Page, at: int, heading: str) -> None:
    _write_joined(page, at, [(1, _LAST, heading, "section")], least=24)


def _write_joined(page: Page, at: int, cells: Sequence[tuple[int, int, str, str]], least: float) -> None:
    """A row of texts with their styles, each over some columns; as high as they need."""
    placed: list[Placed] = []
    for first, last, text, style in cells:
        placed += [(first, text, style, None), *((column, "", style, None) for column in range(first + 1, last + 1))]
        least = max(least, EDGES + height_of_text(text, page.span(first, last), SIZES[style]))
    page.whole.write(at, placed, least, measured=False)
    for first, last, _, _ in cells:
        if first < last:
            page.worksheet.join_whole(at, first, last)
