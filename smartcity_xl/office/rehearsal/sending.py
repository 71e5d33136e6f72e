"""What departments send in the rehearsal: forms filled as a clerk fills them, alone or in a mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.message import EmailMessage

from smartcity_xl.form.map import COVER, FIGURES
from smartcity_xl.form.template import CellContent, CellPlace, Given, Issue, file_name, write_template
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog
from smartcity_xl.office.rehearsal.story import Incoming

_WORKBOOK = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_PEOPLE: Mapping[str, str] = {
    "leader.name": "钱演", "leader.post": "副局长", "leader.phone": "0000-6000001",
    "contact.name": "周演", "contact.post": "科长", "contact.phone": "0000-6000002",
    "contact.mail": "zhou@dept.example.com",
}  # fmt: skip


def write_arrival(catalog: Catalog, assignment: Assignment, issue: Issue, arrival: Incoming) -> bytes:
    """The bytes of what arrives: a workbook, or the mail that brings it."""
    given = Given(dict(_entries(arrival, issue)))
    book = write_template(catalog, assignment, arrival.department, issue, given)
    if not arrival.sender:
        return book
    mail = EmailMessage()
    mail["From"], mail["To"] = arrival.sender, "office@example.com"
    mail["Date"] = f"Tue, {arrival.wave:02} Dec 2026 09:00:00 +0800"
    mail["Message-ID"] = f"<{arrival.wave}.{arrival.department}@dept.example.com>"
    mail["Subject"] = label("rehearsal.subject", department=assignment.name(arrival.department))
    mail.set_content(label("rehearsal.letter"))
    kind, subkind = _WORKBOOK
    name = file_name(assignment, arrival.department)
    mail.add_attachment(book, maintype=kind, subtype=subkind, filename=name)
    mail.set_boundary(f"=_{arrival.wave}_{arrival.department}")
    return mail.as_bytes()


def _entries(arrival: Incoming, issue: Issue) -> Iterator[tuple[CellPlace, CellContent]]:
    for key, typed in arrival.answers.items():
        yield CellPlace(FIGURES, key, "value"), CellContent(typed)
        yield CellPlace(FIGURES, key, "as_of"), CellContent(f"{issue.round}-12-31")
    for key, text in _PEOPLE.items():
        yield CellPlace(COVER, key, "value"), CellContent(text)
