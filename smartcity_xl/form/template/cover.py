"""The cover: who, what, until when, to whom, how; what is filled, what is missing, and the score so far, all live."""

from __future__ import annotations

from smartcity_xl.books.cells import column_name, reference
from smartcity_xl.books.identity import MARKER
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.form.map import COLUMNS, COVER, FIGURES, PEOPLE, SCORES, FigureRow, ScoreSection, TemplatePlan, column
from smartcity_xl.form.template.evidence import file_range
from smartcity_xl.form.template.inputs import hint
from smartcity_xl.form.template.live import quoted
from smartcity_xl.form.template.scores import visible_full, visible_stars
from smartcity_xl.messages import label, words
from smartcity_xl.model import Assignment

_WIDTHS = (0, 22, 34, 24, 16)
_FIRST, _VALUE, _THIRD, _LAST = 1, 2, 3, 4
_LISTED = 10


def write_cover(book: Book, plan: TemplatePlan, round_: str, city: str, deadline: str) -> None:
    page = book.page(label("sheet.cover"), _WIDTHS)
    page.map_columns(MARKER + COVER, COLUMNS[COVER][1:])
    page.merged(1, _FIRST, _LAST, label("cover.title"), "title_centre")
    page.worksheet.set_row(1, 36)
    page.merged(
        2, _FIRST, _LAST, label("cover.subtitle", city=city, round=round_, system=plan.catalog.title), "subtitle"
    )
    page.height(2, {_FIRST: label("cover.subtitle", city=city, round=round_, system=plan.catalog.title)},
                {_FIRST: sum(_WIDTHS)}, least=22)  # fmt: skip
    at = _write_facts(page, plan, deadline, 4)
    at = _write_progress(page, plan, at + 1)
    at = _write_steps(page, at + 1)
    at = _write_people(page, at + 1)
    at = _write_open(page, plan, at + 1)
    page.protect()
    page.worksheet.print_area(0, 0, at, _LAST)
    page.print_on_a4(landscape=False, head=None, footer=f"&R{label('word.page')}", one_page=True)


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


def _office(assignment: Assignment) -> str:
    """How the office can be reached."""
    named = (("phone", assignment.phone), ("mail", assignment.mail), ("address", assignment.address))
    return label("word.list").join(label(f"cover.{name}", **{name: text}) for name, text in named if text)


def _write_facts(page: Page, plan: TemplatePlan, deadline: str, at: int) -> int:
    assignment = plan.assignment
    facts = {
        "department": assignment.name(plan.department),
        "deadline": _until(deadline),
        "contacts_deadline": assignment.contacts_deadline and _until(assignment.contacts_deadline),
        "recipients": label("word.separator").join(assignment.recipients),
        "basis": assignment.document,
        "office": _office(assignment),
    }
    for name, text in facts.items():
        if not text:  # what the round does not say is not asked of it
            continue
        page.text(at, _FIRST, label(f"cover.{name}"), "label")
        page.merged(at, _VALUE, _LAST, text, "cell")
        page.height(at, {_VALUE: text}, {_VALUE: sum(_WIDTHS[_VALUE:])})
        at += 1
    return at


def _column(plan: TemplatePlan, name: str) -> str:
    """A column of the figures sheet, from its heading to its last row, as seen from the cover."""
    at = column(FIGURES, name)
    return f"{reference(label('sheet.figures'), plan.FIRST_ROW - 1, at)}:${column_name(at)}${plan.last_row + 1}"


def _required(plan: TemplatePlan) -> list[FigureRow]:
    return [row for row in plan.rows if row.required]


def _write_progress(page: Page, plan: TemplatePlan, at: int) -> int:
    at = _section(page, at, label("cover.progress"))
    asked = len(_required(plan))
    still_open = f"COUNT({_column(plan, 'open')})"
    items, files = label("cover.items"), label("cover.files")
    cells = (
        ("asked", quoted(f"{asked} {items}"), f"{asked} {items}"),
        ("filled", f"({asked}-SUM({_column(plan, 'gap')}))&{quoted(' ' + items)}", f"0 {items}"),
        ("open", f"{still_open}&{quoted(' ' + items)}", f"{asked} {items}"),
        ("evidence", f"COUNTA({file_range(plan)})&{quoted(' ' + files)}", f"0 {files}"),
    )
    for number, (name, formula, cached) in enumerate(cells):
        row, left = at + number // 2, _FIRST + 2 * (number % 2)
        page.text(row, left, label(f"cover.{name}"), "label")
        page.formula(row, left + 1, formula, cached, "centre")
        page.worksheet.set_row(row, 20)
    at += 2
    for section in plan.sections:
        formula, cached = _score_so_far(plan, section)
        name = label("cover.score") + (f"（{section.system.short}）" if plan.catalog.parts else "")
        page.text(at, _FIRST, name, "label")
        page.worksheet.merge_range(at, _VALUE, at, _LAST, "", page.book.format("cell"))
        page.formula(at, _VALUE, formula, cached, "cell")
        page.height(at, {_FIRST: name, _VALUE: cached}, {_VALUE: sum(_WIDTHS[_VALUE:])})
        at += 1
    return at


def _score_so_far(plan: TemplatePlan, section: ScoreSection) -> tuple[str, str]:
    """A system's score on the cover as a formula, and what it says of a blank workbook."""
    graded, row = section.system.graded, section.total
    names = ("points", "points_full") if graded else ("score", "full")
    score, full = (reference(label("sheet.scores"), row, column(SCORES, name)) for name in names)
    wording, form = ("cover.score_value", "0.00") if graded else ("cover.stars_value", "0")
    target = "" if graded else label(f"stars.level_{section.system.target}")
    text = label(wording, score="\0", full="\1", target=target)
    before, middle, after = text.split("\0")[0], text.split("\0")[1].split("\1")[0], text.split("\1")[1]
    # Rounded first: TEXT alone shows 0.655 as 0.65 in one program and as 0.66 in another
    shown, of = (f'TEXT(ROUND({cell},2),"{form}")' for cell in (score, full))
    formula = f"{quoted(before)}&{shown}&{quoted(middle)}&{of}&{quoted(after)}"
    if graded:
        return formula, label(wording, score="0.00", full=f"{visible_full(plan, section):.2f}")
    return formula, label(wording, score="0", full=str(visible_stars(section)), target=target)


def _write_steps(page: Page, at: int) -> int:
    at = _section(page, at, label("cover.how"))
    for step in words("cover")["steps"]:
        page.merged(at, _FIRST, _LAST, step, "plain")
        page.height(at, {_FIRST: step}, {_FIRST: sum(_WIDTHS)})
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


def _write_open(page: Page, plan: TemplatePlan, at: int) -> int:
    at = _section(page, at, label("cover.todo", rows=_LISTED))
    headings = ("todo_code", "todo_label", "todo_check", "todo_cell")
    for position, name in enumerate(headings, start=_FIRST):
        page.text(at, position, label(f"cover.{name}"), "head")
    at += 1
    required = _required(plan)
    numbers = _column(plan, "open")
    value, first = column_name(column(FIGURES, "value")), plan.FIRST_ROW - 1
    for number in range(1, _LISTED + 1):
        row = required[number - 1] if number <= len(required) else None
        match = f"MATCH({number},{numbers},0)"
        shown: dict[int, tuple[str, str]] = {}
        for position, name in ((_FIRST, "code"), (_VALUE, "label"), (_THIRD, "check")):
            shown[position] = (f"INDEX({_column(plan, name)},{match})", _cached(plan, row, name))
        shown[_THIRD] = (_brief(shown[_THIRD][0]), shown[_THIRD][1])
        place = f"{quoted(value)}&({match}+{first})"
        shown[_LAST] = (place, f"{value}{row.row + 1}" if row else "")
        for position, (formula, cached) in shown.items():
            page.formula(at, position, f'IFERROR({formula},"")', cached, "centre" if position != _VALUE else "cell")
        page.worksheet.set_row(at, 24)
        at += 1
    count = f"COUNT({numbers})"
    more = label("cover.more", number="\0").split("\0")
    formula = (
        f"IF({count}=0,{quoted(label('cover.none_open'))},"
        f'IF({count}>{_LISTED},{quoted(more[0])}&({count}-{_LISTED})&{quoted(more[1])},""))'
    )
    left = len(required) - _LISTED
    cached = label("cover.none_open") if not required else label("cover.more", number=left) if left > 0 else ""
    page.worksheet.merge_range(at, _FIRST, at, _LAST, "", page.book.format("hint"))
    page.formula(at, _FIRST, formula, cached, "hint")
    return at


def _brief(check: str) -> str:
    """What the check says; of a doubt, which names another figure and may be long, only that it is one."""
    word = label("check.doubt")
    return f"IF(LEFT({check},{len(word)})={quoted(word)},{quoted(label('cover.doubt'))},{check})"


def _cached(plan: TemplatePlan, row: FigureRow | None, name: str) -> str:
    if row is None:
        return ""
    return {
        "code": plan.codes_of(row.figure)[0],
        "label": row.slot.label if row.slot else row.figure.label,
        "check": label("check.blank" if row.slot else "check.table_blank"),
    }[name]
