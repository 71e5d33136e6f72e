"""Templates out: one workbook for each department."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from smartcity_xl.errors import UsageFault
from smartcity_xl.model.headway import Follow, followed, unfollowed
from smartcity_xl.model.periods import is_date
from smartcity_xl.run.files import NO_FILES, Written, write_once
from smartcity_xl.run.rounds import begin_key
from smartcity_xl.run.systems import EVERYTHING_DEFAULT, Choice, choose_round

if TYPE_CHECKING:
    from smartcity_xl.form.template import Stamp


def make_templates(
    out: Path,
    choice: Choice = EVERYTHING_DEFAULT,
    round_: str | None = None,
    city: str | None = None,
    deadline: str | None = None,
    overwrite: bool = False,
    previous: Sequence[Path] = (),
    home: Path | None = None,
    follow: Follow = unfollowed,
) -> Written:
    """Write one workbook for each department of the assignment: each figure once, however many systems ask for it.

    A file that already stands there with other content may be a clerk's answers: it is not touched unless
    ``overwrite``. ``previous`` are last round's ``results.json``, one for each system: their answers stand beside the
    cells. With the choice's key the workbooks carry the round's code; ``home`` is the round's folder, where a new key
    is kept. ``follow`` is told of each workbook. Raises UsageFault, MachineFault, CatalogFault; then nothing was
    written.
    """
    from smartcity_xl.form.returning import previous_answers, say_previous
    from smartcity_xl.form.template import Given, Issue, file_name, write_template
    from smartcity_xl.results import read_results

    terms = replace(choice.terms, deadline=deadline) if deadline else choice.terms
    for day in (terms.deadline, terms.contacts_deadline):
        if day and not is_date(day):
            raise UsageFault("deadline-unreadable", found=day)
    choice = replace(choice, round=round_ or choice.round, city=city or choice.city, terms=terms)
    catalog, assignment = choose_round(choice)
    issue = Issue(assignment.round, assignment.city, assignment.deadline, key=choice.key)
    before = previous_answers(*map(read_results, previous))
    books = {}
    departments = assignment.departments
    for department in followed(departments, "templates", follow, len(departments)):
        given = Given(previous=say_previous(catalog, assignment, department, before), previous_round=before.round)
        path = out / file_name(assignment, department)
        books[path] = write_template(catalog, assignment, department, issue, given)
    return write_once(books, overwrite, begin_key(home, choice.key) if home else NO_FILES)


class CityTemplates:
    """The blank workbooks of one round for many cities: each department's is laid out once, when it is first wanted,
    and again only where a city's form is another (``form_of``). Only the last form is kept: cities of one come
    together."""

    def __init__(self, departments: Collection[str] = ()) -> None:
        """``departments``: only these; all if left out."""
        self._departments = departments
        self._laid_out: object = None
        self._stamps: dict[str, Stamp] = {}

    def write(self, choice: Choice) -> Iterator[tuple[str, bytes]]:
        """File name and bytes of each department's workbook, as ``make_templates`` writes it for this city. Raises
        UsageFault as ``choose_round`` does."""
        from smartcity_xl.form.template import Issue, Stamp, file_name, form_of, free_forms

        catalog, assignment = choose_round(choice)
        form = (catalog, form_of(assignment), assignment.round)
        if form != self._laid_out:
            self._laid_out, held = form, bool(self._stamps)
            self._stamps = {}
            if held:
                free_forms()
        issue = Issue(assignment.round, assignment.city, assignment.deadline, key=choice.key)
        for department in assignment.departments:
            if self._departments and department not in self._departments:
                continue
            if department not in self._stamps:
                self._stamps[department] = Stamp(catalog, assignment, department, assignment.round)
            yield file_name(assignment, department), self._stamps[department].write(issue, assignment=assignment)
