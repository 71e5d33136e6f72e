"""The people who answer for a department: merged from all its workbooks, with what is missing and what cannot be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from smartcity_xl.books.tolerance import tolerance
from smartcity_xl.books.values import plain
from smartcity_xl.form.map import PEOPLE
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Finding, Origin, PeopleEntry, Said, Submission

_NEEDED = (("leader.name",), ("contact.name",), ("contact.phone", "contact.mobile"), ("contact.mail",))
"""What an office needs to reach somebody: of each group one will do."""
_LONGEST = 200


def split_addresses(text: str) -> tuple[str, ...]:
    """The mail addresses in a cell, as they are used: ordinary signs, and no names around them (甲<a@example.com>)."""
    text = plain(text)[:_LONGEST].replace("mailto:", "")
    pieces = re.findall(r"<([^<>]+)>", text) or re.split(tolerance()["between"], text)
    return tuple(piece.strip() for piece in pieces if piece.strip())


def is_address(text: str) -> bool:
    """Whether a text can be a mail address."""
    return any(re.fullmatch(form, text, re.IGNORECASE | re.ASCII) for form in tolerance()["mails"])


def is_phone(text: str) -> bool:
    """Whether a text can be a telephone number, or several."""
    numbers = [number for number in re.split(r"[;；,，、/]", plain(text)[:_LONGEST]) if number.strip()]
    forms = tolerance()["phones"]
    return bool(numbers) and all(
        any(re.fullmatch(form, number.strip(), re.IGNORECASE | re.ASCII) for form in forms) for number in numbers
    )


def field_name(key: str) -> str:
    """A field of the cover in words: 联络人　手机."""
    return label("person." + key.replace(".", "_"))


def describe_fields(keys: Sequence[str]) -> str:
    """Fields of which one will do: 联络人　办公电话或联络人　手机."""
    return label("word.or").join(map(field_name, keys))


def merge_people(assignment: Assignment, submissions: Sequence[Submission]) -> tuple[PeopleEntry, ...]:
    """One entry for each department of the assignment, in its order, from all the workbooks it sent."""
    entries = []
    for department in assignment.departments:
        mine = [submission for submission in submissions if submission.department == department]
        said = {key: _merge(key, mine) for key in PEOPLE}
        missing = tuple(group for group in _NEEDED if mine and not any(said[key] for key in group))
        entries.append(PeopleEntry(department, bool(mine), said, missing, tuple(_problems(department, said))))
    return tuple(entries)


def _merge(key: str, submissions: Sequence[Submission]) -> tuple[Said, ...]:
    """What is said of one field, each thing once; blanks and signs for “none” say nothing."""
    files: dict[str, list[str]] = {}
    shown: dict[str, str] = {}
    for submission in submissions:
        text = submission.people.get(key, "")
        if not text or text in tolerance()["fillers"]:
            continue
        same = "".join(plain(text).split()).casefold()
        shown[same] = min(text, shown.get(same, text))  # the names of the files choose no spelling
        files.setdefault(same, []).append(submission.parcel)
    return tuple(Said(shown[same], tuple(names)) for same, names in files.items())


def _problems(department: str, said: Mapping[str, tuple[Said, ...]]) -> Iterator[Finding]:
    """What cannot be, or differs. What is merely missing, each workbook's own checks tell."""
    sheet = label("sheet.cover")

    def finding(code: str, file: str, **parameters: str) -> Finding:
        return Finding(code, Origin(file, sheet), department, parameters=parameters)

    for key, given in said.items():
        fits = is_phone if key.endswith((".phone", ".mobile")) else _are_addresses if key.endswith(".mail") else None
        for one in given:
            if fits and not fits(one.text):
                code = "mail-form" if fits is _are_addresses else "phone-form"
                yield finding(code, one.files[0], field=field_name(key), raw=one.text[:80])
        if len(given) > 1:
            sides = label("word.list").join(label("word.said", text=s.text, files=_files(s)) for s in given)
            yield finding("people-differ", given[-1].files[0], field=field_name(key), sides=sides)


def _are_addresses(text: str) -> bool:
    addresses = split_addresses(text)
    return bool(addresses) and all(map(is_address, addresses))


def _files(said: Said) -> str:
    return label("word.separator").join(said.files)
