"""A responsible leader or a contact person who is not named, or cannot be reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from smartcity_xl.books.values import says_nothing
from smartcity_xl.form.map import PEOPLE
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog, Finding, Origin, Submission

_WAYS = ("phone", "mobile", "mail")


def check(catalog: Catalog, assignment: Assignment, submission: Submission) -> Iterator[Finding]:
    if not submission.people:
        return  # the cover is gone, which the reader tells
    for person in dict.fromkeys(key.partition(".")[0] for key in PEOPLE):
        gaps = _gaps(person, submission.people)
        if gaps:
            names = [label("person." + key.replace(".", "_")).replace("　", "") for key in gaps]
            at = submission.places.get(gaps[0], Origin(submission.parcel, label("sheet.cover")))
            code = "leader-missing" if person == "leader" else "contact-missing"
            field = label("person." + gaps[0].replace(".", "_"))
            parameters = {"fields": label("word.separator").join(names), "field": field}
            yield Finding(code, at, submission.department, parameters=parameters)


def _gaps(person: str, people: Mapping[str, str]) -> list[str]:
    """The fields of the cover that are wanting: the name, and the ways to reach the person where there is none."""
    ways = [key for way in _WAYS if (key := f"{person}.{way}") in PEOPLE]
    name = f"{person}.name"
    gaps = [name] if says_nothing(people.get(name, "")) else []
    return gaps if any(not says_nothing(people.get(key, "")) for key in ways) else gaps + ways
