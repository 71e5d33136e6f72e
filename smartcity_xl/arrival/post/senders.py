"""The roster and a letter -> whether a submission counts, or waits for the office to admit its sender."""

from __future__ import annotations

from smartcity_xl.model import Assignment, Finding, Letter, Origin, Roster


def is_heard(roster: Roster | None, letter: Letter | None, department: str) -> bool:
    """Whether what came in a mail, or without one, counts for a department."""
    return not (letter and letter.unclear) and admits(roster, letter.sender if letter else None, department)


def admits(roster: Roster | None, sender: str | None, department: str) -> bool:
    """Whether what an address sent for a department counts. None is no sender: the office laid it into the folder.

    Without a roster every sender is admitted. Reply-To and the sender's name mean nothing.
    """
    return roster is None or sender is None or (sender != "" and roster.department_of(sender) == department)


def check_sender(
    roster: Roster | None, assignment: Assignment, letter: Letter | None, department: str, parcel: str
) -> Finding | None:
    """Why a department's workbook is put aside, or None where it is admitted. A mail that names its author in no one
    address is put aside also where there is no roster."""
    if is_heard(roster, letter, department):
        return None
    if letter and letter.unclear:
        return Finding("sender-unclear", Origin(parcel), department, parameters={"sender": letter.unclear[:160]})
    assert roster is not None and letter is not None  # noqa: S101, PT018 - else it would be admitted
    owner = roster.department_of(letter.sender) if letter.sender else ""
    found = {"sender": " ".join(filter(None, (letter.sender_name, letter.sender))) or "?"}
    if not owner:
        return Finding("sender-unknown", Origin(parcel), department, parameters=found)
    name = assignment.name(owner) if owner in assignment.departments else owner
    return Finding("sender-of-another", Origin(parcel), department, parameters={**found, "other": name})
