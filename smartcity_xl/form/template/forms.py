"""Forms that are laid out once and stamped for many cities, or for many answers."""

from __future__ import annotations

import gc

from msgspec.structs import replace

from smartcity_xl.books.garbage import without_a_search
from smartcity_xl.form.many import are_many
from smartcity_xl.form.template.evidence import lines_for
from smartcity_xl.form.template.given import BLANK, Given
from smartcity_xl.form.template.write import FormLayout, Issue, fill_out, lay_out, plan_department, write_template
from smartcity_xl.model import Assignment, Catalog


class Stamp:
    """One department's workbook of one round, to be stamped with any city, deadline and answers. ``returned``: it goes
    back, and has the sheet that says what to correct."""

    @without_a_search
    def __init__(
        self, catalog: Catalog, assignment: Assignment, department: str, round_: str, returned: bool = False
    ) -> None:
        self._asked = (catalog, assignment, department)
        self._form: FormLayout = lay_out(plan_department(catalog, assignment, department), round_, returned)
        self._form.book.lay_out()
        gc.freeze()  # it is large and stays: to look for garbage in it again and again costs more than the stamping

    @without_a_search
    def write(self, issue: Issue, given: Given = BLANK, assignment: Assignment | None = None) -> bytes:
        """The same bytes as those of ``write_template``, which writes what this form has no place for. ``assignment``
        is that of another city with the same form (``form_of``)."""
        catalog, own, department = self._asked
        if not self.fits(issue, given):
            return write_template(catalog, assignment or own, department, issue, given)
        with self._form.book.fork() as book:
            return fill_out(book, self._form, assignment or own, issue, given)

    def fits(self, issue: Issue, given: Given) -> bool:
        """Whether the form has room for what is given, and is that of the round."""
        plan = self._form.plan
        indicators = {score.indicator.code: score.indicator for score in plan.scores}
        return (
            issue.round == self._form.round
            and (given.notice is not None) == (self._form.notice is not None)
            and all(lines <= lines_for(plan, indicators[code]) for code, lines in given.lines.items())
            and all(rows <= plan.table(key).figure.rows for key, rows in given.rows.items())
        )


class Forms:
    """The stamps of a process. One is made when a department's workbook is written for the second time: who writes
    each once gains nothing by it. Where many cities are to come, it is made at once, as far as there is room."""

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._made: list[tuple[tuple[object, ...], Stamp | None]] = []

    def write(self, catalog: Catalog, assignment: Assignment, department: str, issue: Issue, given: Given) -> bytes:
        key: tuple[object, ...] = (department, issue.round, given.notice is not None, form_of(assignment), catalog)
        known = next((at for at, (other, _) in enumerate(self._made) if other == key), None)
        stamp, room = None, False
        if known is None:
            dropped = self._made[: -self._most + 1]
            del self._made[: len(dropped)]
            room = not dropped
            if any(stamp for _, stamp in dropped):
                dropped.clear()
                free_forms()
        else:
            key, stamp = self._made.pop(known)
        if known is not None or (room and are_many()):
            stamp = stamp or Stamp(catalog, assignment, department, issue.round, given.notice is not None)
        self._made.append((key, stamp))
        if stamp is None:
            return write_template(catalog, assignment, department, issue, given)
        return stamp.write(issue, given, assignment)


def free_forms() -> None:
    """Give back the memory of stamps that nobody holds any more."""
    gc.unfreeze()
    gc.collect()


_FORMS = Forms()


def stamp_template(catalog: Catalog, assignment: Assignment, department: str, issue: Issue, given: Given) -> bytes:
    """What ``write_template`` writes, stamped where this process has written the same form before."""
    return _FORMS.write(catalog, assignment, department, issue, given)


def form_of(assignment: Assignment) -> Assignment:
    """An assignment without what is stamped on its forms: cities with the same form share what is laid out. What the
    cover prints only where it is said leaves a sign that it is said."""
    reached = assignment.phone or assignment.mail or assignment.address
    return replace(
        assignment, city="", title="", round="", deadline="", recipients=("",) if assignment.recipients else (),
        phone="." if reached else "", mail="", address="",
    )  # fmt: skip
