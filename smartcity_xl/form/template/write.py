"""Put a department's workbook together from its sheets."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.books.garbage import without_a_search
from smartcity_xl.books.identity import IDENTITY_FIELDS, LAYOUT, TEMPLATE_KIND
from smartcity_xl.books.pages import Book, open_identity, write_identity
from smartcity_xl.books.signing import sign_identity
from smartcity_xl.books.texts import footer_words
from smartcity_xl.form.map import FIGURES, SCORES, TemplatePlan, column, plan_template
from smartcity_xl.form.template.cover import CoverSources, address_cover, open_cover, write_cover
from smartcity_xl.form.template.evidence import open_evidence, write_evidence
from smartcity_xl.form.template.figures import finish_figures, open_figures, write_answers, write_checks
from smartcity_xl.form.template.given import BLANK, Given, fill_in, hold_entries, name_styles
from smartcity_xl.form.template.locked import locked_cells, seal_of
from smartcity_xl.form.template.notice import open_notice, write_notice
from smartcity_xl.form.template.paper import open_paper, write_code, write_paper
from smartcity_xl.form.template.scores import open_scores, write_scores
from smartcity_xl.form.template.tables import open_table, write_means, write_table
from smartcity_xl.messages import label, words
from smartcity_xl.model import Assignment, Catalog, Identity

_NOT_ALWAYS = ("revision", "deadline", "code")
"""Fields that are written only where they hold something."""


class Issue(Struct, frozen=True):
    """What one round prints on its templates: the year evaluated, the city, and the deadline (ISO date).

    ``revision`` numbers a workbook that goes out again, from 2; the first carries none. With the ``key`` of a round its
    workbooks carry a code that nobody else can write.
    """

    round: str
    city: str
    deadline: str
    revision: str = ""
    key: bytes = b""

    def __repr__(self) -> str:
        """Without the key, which nobody may see."""
        return f"Issue({self.round!r}, {self.city!r}, {self.deadline!r}, {self.revision!r})"


def file_name(assignment: Assignment, department: str) -> str:
    """The name a template goes out under; nothing is ever read from it."""
    number = list(assignment.departments).index(department) + 1
    return label("file.template", number=number, department=assignment.name(department))


def identity_of(catalog: Catalog, assignment: Assignment, department: str, issue: Issue) -> Identity:
    return Identity(
        TEMPLATE_KIND,
        catalog.id,
        catalog.version,
        assignment.id,
        department,
        issue.round,
        issue.city,
        LAYOUT,
        catalog.settings.as_text(),
        issue.revision,
        deadline=issue.deadline,
    )


class FormLayout(Struct, frozen=True):
    """A department's workbook for one round, laid out, without what differs from one copy to the next. Pages are told
    by their index."""

    plan: TemplatePlan
    book: Book
    round: str
    cover: int
    paper: int
    identity: int
    notice: int | None
    seal: str


@without_a_search
def write_template(
    catalog: Catalog, assignment: Assignment, department: str, issue: Issue, given: Given = BLANK
) -> bytes:
    """The workbook of one department: blank, or with what is given in it. The same inputs give the same bytes."""
    plan = make_room(plan_department(catalog, assignment, department), given)
    form = lay_out(plan, issue.round, returned=given.notice is not None)
    return fill_out(form.book, form, assignment, issue, given)


def find_code(catalog: Catalog, assignment: Assignment, department: str, issue: Issue, given: Given) -> str:
    """The code that the cover of a department's workbook prints with what is given in it."""
    plan = make_room(plan_department(catalog, assignment, department), given)
    form = lay_out(plan, issue.round, returned=False)
    hold_entries(form.book, given)
    return str(write_code(form.book.pages[form.paper], plan, issue.round, issue.city).value)


def plan_department(catalog: Catalog, assignment: Assignment, department: str) -> TemplatePlan:
    return plan_template(catalog, assignment, department, words("sheet"))


def lay_out(plan: TemplatePlan, round_: str, returned: bool) -> FormLayout:
    """The sheets, opened in the order in which they stand, and written in the order in which they need each other.

    Formulas are computed when the workbook is closed, or laid aside, over what the cells hold then.
    """
    book = Book("")
    front = open_notice(book) if returned else None
    department = plan.assignment.name(plan.department)
    said = label("footer.template", department=department, round=round_)
    footer = f"&L{footer_words(said)}&R{label('word.page')}"
    cover, figures = open_cover(book), open_figures(book, plan)
    tables = {table.figure.key: open_table(book, table) for table in plan.tables}
    scores, evidence, paper = open_scores(book, plan), open_evidence(book), open_paper(book)
    for table in plan.tables:
        write_table(tables[table.figure.key], table, footer)
    rows = write_answers(figures, plan, tables)
    for table in plan.tables:
        check = figures.seen_afar(plan.row_of[table.figure.key].row, column(FIGURES, "check"))
        write_means(tables[table.figure.key], table, check)
    write_scores(scores, plan, footer, figures, tables)
    write_checks(book, figures, plan, tables, scores, rows)
    finish_figures(figures, plan, footer)
    write_evidence(evidence, plan, footer)
    code = write_paper(paper, plan, figures, tables)
    done = label("cover.none_open_returned" if returned else "cover.none_open", sheet=label("sheet.notice"))
    write_cover(cover, plan, CoverSources(figures, scores, evidence, done, code))
    (front or cover).worksheet.activate()
    identity = open_identity(book)
    if returned:
        name_styles(book)
    watched = {(figures.index, column(FIGURES, "check")): FIGURES, (scores.index, column(SCORES, "score")): SCORES}
    written = {
        (watched[one.page, one.column], str(one.row)): one.text
        for one in book.formulas
        if one.text and (one.page, one.column) in watched
    }
    seal = seal_of(locked_cells(plan, written))
    notice = front.index if front else None
    return FormLayout(plan, book, round_, cover.index, paper.index, identity.index, notice, seal)


def fill_out(book: Book, form: FormLayout, assignment: Assignment, issue: Issue, given: Given) -> bytes:
    """Write into a form, or into a fork of its book, what differs from one copy to the next. ``assignment`` is the
    city's; the form may have been laid out for another's (``form_of``)."""
    plan, pages = form.plan, book.pages
    catalog, department = plan.catalog, plan.department
    book.entitle(f"{issue.city} {issue.round} {assignment.name(department)}")
    identity = replace(identity_of(catalog, assignment, department, issue), seal=form.seal)
    if issue.key:
        identity = replace(identity, code=sign_identity(identity, issue.key))
    known = {name: getattr(identity, name) for name in IDENTITY_FIELDS}
    fields = ((name, text) for name, text in known.items() if text or name not in _NOT_ALWAYS)
    write_identity(book, fields, pages[form.identity])
    address_cover(pages[form.cover], plan, assignment, issue.round, issue.city, issue.deadline)
    write_code(pages[form.paper], plan, issue.round, issue.city)
    fill_in(book, plan, given)
    if given.notice and form.notice is not None:
        write_notice(pages[form.notice], given.notice)
    return book.close()


def make_room(plan: TemplatePlan, given: Given) -> TemplatePlan:
    """The plan with the rows that what is given takes, where they are more than a blank workbook has."""
    tables = tuple(
        replace(table, figure=replace(table.figure, rows=max(table.figure.rows, given.rows.get(table.figure.key, 0))))
        for table in plan.tables
    )
    return replace(plan, tables=tables, lines=given.lines)
