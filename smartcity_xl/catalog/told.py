"""A catalog's words for those who fill a workbook or read a result: what the list of errata settled is told in words,
without the numbers under which it is kept (E3). Those stand where an auditor looks: in ``catalog show``, in the catalog
workbook, and in the summary's notes on the text.
"""

from __future__ import annotations

import re

_NUMBERS = r"E\d+(?:、E\d+)*"
_FORMS = (
    (re.compile(rf"（{_NUMBERS}）"), ""),
    (re.compile(rf"(?<=（){_NUMBERS}[；，、]"), ""),
    (re.compile(rf"[；，、]{_NUMBERS}(?=）)"), ""),
    (re.compile(rf"^{_NUMBERS}[:：]\s*", re.MULTILINE), ""),
    (re.compile(rf"(版\}}?){_NUMBERS}"), r"\1"),  # an edition's year may be marked: {=2018版}
)


def without_errata(text: str) -> str:
    """A text without the numbers of errata."""
    for form, instead in _FORMS:
        text = form.sub(instead, text)
    return text
