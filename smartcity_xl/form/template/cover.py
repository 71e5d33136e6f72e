"""The cover: who, what, until when, to whom, how; what is filled, what is missing, and the score so far, all live."""

from __future__ import annotations

from msgspec import Struct

from smartcity_xl.books.cells import column_name
from smartcity_xl.books.identity import MARKER
from smartcity_xl.books.live import (
    EMPTY,
    Area,
    Live,
    Operands,
    SharedFormula,
    begins,
    choose,
    count,
    count_filled,
    link,
    match,
    number,
    or_else,
    pick,
    stand_in,
    text,
    total,
    write_number,
)
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.books.texts import height_of_lines, lines_needed
from smartcity_xl.form.map import COLUMNS, COVER, FIGURES, PEOPLE, SCORES, ScoreSection, TablePlan, TemplatePlan, column
from smartcity_xl.form.template.evidence import file_area
from smartcity_xl.form.template.inputs import hint
from smartcity_xl.messages import label, words
from smartcity_xl.model import Assignment

_WIDTHS = (0.0, 24.0, 34.0, 22.0, 16.0)
_FIRST, _VALUE, _THIRD, _LAST = 1, 2, 3, 4
_SUBTITLE_ROW, _FACTS_ROW = 2, 4
_LATER = "\0"
"""Stands for what is written when it is known whom the cover is for."""
_LISTED = 10
_MOST_LINES = 3
"""Lines of a row of the list: which figures stand there changes with the answers."""


class CoverSources(Struct, frozen=True):
    """The pages that the cover draws upon, which are written before it. ``done`` is said once no answer is open:
    of a workbook that goes back, that what the office has found is to be settled too. ``code``: that of its answers."""

    figures: Page
    scores: Page
    evidence: Page
    done: str
    code: Live


def open_cover(book: Book) -> Page:
    return book.page(label("sheet.cover"), _WIDTHS)


def write_cover(page: Page, plan: TemplatePlan, seen: CoverSources) -> None:
    """All but whom it is for (``address_cover``)."""
    page.map_columns(MARKER + COVER, COLUMNS[COVER][1:])
    page.merged(1, _FIRST, _LAST, label("cover.title"), "title_centre")
    page.worksheet.set_row(1, 36)
    page.merged(_SUBTITLE_ROW, _FIRST, _LAST, "", "subtitle")
    at = _write_facts(page, plan, _FACTS_ROW)
    at = _write_progress(page, plan, seen, at + 1)
    at = _write_steps(page, at + 1)
    at = _write_people(page, at + 1)
    at = _write_signatures(page, seen.code, at + 1)
    page.worksheet.set_h_pagebreaks([at + 1])  # the list, which is long, on a page of its own
    at = _write_open(page, plan, seen, at + 2)
    page.protect()
    page.worksheet.print_area(0, 0, at, _LAST)
    page.print_on_a4(landscape=False, head=None, footer=f"&R{label('word.page')}")


def address_cover(
    page: Page, plan: TemplatePlan, assignment: Assignment, round_: str, city: str, deadline: str
) -> None:
    """Whose cover it is, until when it is wanted, and, as the city's ``assignment`` says, to whom it is reported and
    how the office can be reached. The plan's assignment may be another city's of the same form."""
    subtitle = label("cover.subtitle", city=city, round=round_, system=plan.catalog.title)
    page.text(_SUBTITLE_ROW, _FIRST, subtitle, "subtitle")
    page.height(_SUBTITLE_ROW, {_FIRST: subtitle}, least=22)
    said = {"deadline": _until(deadline), "recipients": _recipients(assignment), "office": _office(assignment)}
    for at, name in enumerate(_facts(plan.assignment, plan.department), start=_FACTS_ROW):
        if name in said:
            page.text(at, _VALUE, said[name], "cell")
            page.height(at, {_VALUE: said[name]})


def _section(page: Page, at: int, text: str) -> int:
    page.merged(at, _FIRST, _LAST, text, "section")
    page.worksheet.set_row(at, 24)
    return at + 1


def _until(iso: str) -> str:
    """A deadline in words; "" says that it is not fixed yet."""
    if not iso:
        return label("cover.deadline_open")
    year, month, day = (int(part) for part in iso.split("-"))
    return label("cover.deadline_value", date=f"{year} 年 {month} 月 {day} 日")


def _recipients(assignment: Assignment) -> str:
    return label("word.separator").join(assignment.recipients)


def _office(assignment: Assignment) -> str:
    """How the office can be reached."""
    named = (("phone", assignment.phone), ("mail", assignment.mail), ("address", assignment.address))
    return label("word.list").join(label(f"cover.{name}", **{name: text}) for name, text in named if text)


def _facts(assignment: Assignment, department: str) -> dict[str, str]:
    """What the cover states, in order. What the round does not say is not asked of it."""
    facts = {
        "department": assignment.name(department),
        "deadline": _LATER,
        "contacts_deadline": assignment.contacts_deadline and _until(assignment.contacts_deadline),
        "recipients": _recipients(assignment) and _LATER,
        "basis": assignment.document,
        "office": _office(assignment) and _LATER,
    }
    return {name: said for name, said in facts.items() if said}


def _write_facts(page: Page, plan: TemplatePlan, at: int) -> int:
    for name, said in _facts(plan.assignment, plan.department).items():
        page.text(at, _FIRST, label(f"cover.{name}"), "label")
        page.merged(at, _VALUE, _LAST, said.removeprefix(_LATER), "cell")
        page.height(at, {_VALUE: said})
        at += 1
    return at


def _area(figures: Page, plan: TemplatePlan, name: str) -> Area:
    """A column of the figures sheet, from its heading to its last row, as seen from the cover."""
    return figures.area(range(plan.FIRST_ROW - 1, plan.last_row + 1), column(FIGURES, name), afar=True)


def _write_progress(page: Page, plan: TemplatePlan, seen: CoverSources, at: int) -> int:
    at = _section(page, at, label("cover.progress"))
    asked = number(sum(row.required for row in plan.rows))
    items, files = text(" " + label("cover.items")), text(" " + label("cover.files"))
    cells = {
        "asked": asked & items,
        "filled": (asked - total(_area(seen.figures, plan, "gap"))) & items,
        "open": count(_area(seen.figures, plan, "open")) & items,
        "evidence": count_filled(file_area(seen.evidence, plan)) & files,
    }
    for place, (name, formula) in enumerate(cells.items()):
        row, left = at + place // 2, _FIRST + 2 * (place % 2)
        page.text(row, left, label(f"cover.{name}"), "label")
        page.live(row, left + 1, formula, "centre")
        page.worksheet.set_row(row, 20)
    at += 2
    for section in plan.sections:
        formula = _score_so_far(plan, section, seen.scores)
        name = label("cover.score") + (f"（{section.system.short}）" if plan.catalog.parts else "")
        page.text(at, _FIRST, name, "label")
        page.merged(at, _VALUE, _LAST, "", "cell")
        page.live(at, _VALUE, formula, "cell")
        page.height(at, {_FIRST: name})
        page.make_room(at, _VALUE, formula)
        at += 1
    return at


def _score_so_far(plan: TemplatePlan, section: ScoreSection, scores: Page) -> Live:
    """A system's score on the cover."""
    graded, row = section.system.graded, section.total
    names = ("points", "points_full") if graded else ("score", "full")
    wording, places = ("cover.score_value", 2) if graded else ("cover.stars_value", 0)
    target = "" if graded else label(f"stars.level_{section.system.target}")
    sentence = label(wording, score="\0", full="\1", target=target)
    before, middle, after = sentence.split("\0")[0], sentence.split("\0")[1].split("\1")[0], sentence.split("\1")[1]
    shown, of = (write_number(scores.seen_afar(row, column(SCORES, name)), places) for name in names)
    return text(before) & shown & text(middle) & of & text(after)


def _write_steps(page: Page, at: int) -> int:
    at = _section(page, at, label("cover.how"))
    for step in words("cover")["steps"]:
        page.merged(at, _FIRST, _LAST, step, "plain")
        page.height(at, {_FIRST: step})
        at += 1
    return at


def _write_people(page: Page, at: int) -> int:
    at = _section(page, at, label("cover.people"))
    for key in PEOPLE:
        name = label("person." + key.replace(".", "_"))
        page.text(at, 0, key, "plain")
        page.text(at, _FIRST, name, "label")
        page.merged(at, _VALUE, _LAST, "", "input_text")
        hint(page, at, _VALUE, name, label("person.hint", field=name.replace("　", "")))
        page.worksheet.set_row(at, 20)
        at += 1
    return at


def _write_open(page: Page, plan: TemplatePlan, seen: CoverSources, at: int) -> int:
    """What is open, row by row, each with its group and a link to its cell."""
    at = _section(page, at, label("cover.todo", rows=_LISTED))
    for place, name in enumerate(("todo_code", "todo_label", "todo_check", "todo_cell"), start=_FIRST):
        page.text(at, place, label(f"cover.{name}"), "head")
    areas = {name: _area(seen.figures, plan, name) for name in ("open", "group", "label", "check", "sheet")}
    found = match(stand_in(0), areas["open"])
    group, what, check, sheet = (pick(areas[name], found) for name in ("group", "label", "check", "sheet"))
    shown = {_FIRST: group, _VALUE: what, _THIRD: _brief(check), _LAST: _link(plan, sheet, found)}
    formulas = {left: SharedFormula(or_else(formula, EMPTY)) for left, formula in shown.items()}
    texts = [label("cover.doubt"), *(row.slot.label if row.slot else row.figure.label for row in plan.rows)]
    lines = max(lines_needed(words_, _WIDTHS[_VALUE]) for words_ in texts)
    height = 5 + height_of_lines(min(max(lines, 2), _MOST_LINES))
    for place in range(1, _LISTED + 1):
        at, wanted = at + 1, Operands.of(number(place))
        for left, formula in formulas.items():
            style = "link" if left == _LAST else "cell" if left in (_FIRST, _VALUE) else "centre"
            page.live(at, left, formula.at(wanted), style)
        page.worksheet.set_row(at, height)
    many, most = count(areas["open"]), number(_LISTED)
    more = label("cover.more", number="\0").split("\0")
    rest = choose(many > most, text(more[0]) & (many - most) & text(more[1]), EMPTY)
    at += 1
    page.merged(at, _FIRST, _LAST, "", "hint")
    page.live(at, _FIRST, choose(many.equals(number(0)), text(seen.done), rest), "hint")
    return at


def _write_signatures(page: Page, code: Live, at: int) -> int:
    """Where the printed cover is signed and sealed, beside the code of the answers; nothing in it is read."""
    at = _section(page, at, label("cover.sign"))
    page.text(at, _FIRST, label("cover.code"), "label")
    page.live(at, _VALUE, code, "centre")
    page.merged(at, _THIRD, _LAST, label("cover.code_hint"), "hint")
    page.height(at, {_THIRD: label("cover.code_hint")}, least=24)
    at += 1
    for left, right in (("filled_by", "checked_by"), ("head", "signed_on")):
        for place, name in ((_FIRST, left), (_THIRD, right)):
            page.text(at, place, label(f"cover.{name}"), "label")
            page.blank(at, place + 1, "cell")
        page.worksheet.set_row(at, 30)
        at += 1
    page.text(at, _FIRST, label("cover.seal"), "label")
    page.merged(at, _VALUE, _LAST, "", "cell")
    page.worksheet.set_row(at, 60)
    return at


def _link(plan: TemplatePlan, sheet: Live, found: Live) -> Live:
    """The place of a row, as a link: the cell of its value, or the sheet of its table."""
    own = column_name(column(FIGURES, "value"))
    row = found + number(plan.FIRST_ROW - 1)
    figures = label("sheet.figures")
    here = link(text(f"#'{figures}'!{own}") & row, text(f"{figures} {own}") & row)
    there = link(text("#'") & sheet & text(f"'!B{TablePlan.FIRST_ROW + 1}"), sheet)
    return choose(sheet.equals(EMPTY), here, there)


def _brief(check: Live) -> Live:
    """What the check says; of a doubt, which names another figure and may be long, only that it is one."""
    return choose(begins(check, label("check.doubt")), text(label("cover.doubt")), check)
