"""The roster and a letter -> whether a submission counts, or waits for the office to admit its sender."""

from __future__ import annotations

from smartcity_xl.model import Assignment, Finding, Letter, Origin, Roster


def check_sender(
    roster: Roster | None, assignment: Assignment, letter: Letter | None, department: str, parcel: str
) -> Finding | None:
    """Why a department's workbook is put aside, or None where it is admitted.

    Without a roster every sender is admitted, and so is a file that the office itself laid into the folder, outside any
    mail. Reply-To and the sender's name mean nothing.
    """
    if roster is None or letter is None:
        return None
    owner = roster.department_of(letter.sender) if letter.sender else ""
    if owner == department:
        return None
    found = {"sender": letter.sender or "?", "name": letter.sender_name}
    if not owner:
        return Finding("sender-unknown", Origin(parcel), department, parameters=found)
    name = assignment.name(owner) if owner in assignment.departments else owner
    return Finding("sender-of-another", Origin(parcel), department, parameters={**found, "other": name})
