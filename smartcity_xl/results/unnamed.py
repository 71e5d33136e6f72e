"""Texts without the people whom the departments name: what is handed on need not say whom to telephone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from smartcity_xl.messages import sentence
from smartcity_xl.results.record import Results

_LEAST = 2
"""Signs of a name: a single one stands in too many words."""
_OFFICE = ".post"
"""How the fields of the cover end that say what office somebody holds: that is no person's."""


class Unnamed(Struct, frozen=True):
    """``known``: what is never said, None where nothing is hidden."""

    known: re.Pattern[str] | None = None

    @classmethod
    def of(cls, record: Results) -> Unnamed:
        """Names, telephones and mailboxes of a record: those on the covers, and those of the mails that came. What is
        the name of a department, too, is no person's."""
        public = {one.name for one in record.departments}
        said = {text.strip() for text in _said(record)}
        words = sorted((word for word in said - public if len(word) >= _LEAST), key=lambda word: (-len(word), word))
        return cls(re.compile("|".join(map(re.escape, words)))) if words else cls()

    def in_text(self, text: str) -> str:
        """A text with a mark in the place of each of them."""
        return text if self.known is None else self.known.sub(sentence("columns", "redacted"), text)


def _said(record: Results) -> Iterator[str]:
    for entry in record.people:
        yield from (one.text for field, said in entry.said.items() if not field.endswith(_OFFICE) for one in said)
    for department in record.departments:
        named = (item for people in department.people for item in people.items())
        yield from (value for field, value in named if not field.endswith(_OFFICE))
    for file in record.files:
        if file.mail:
            yield from (file.mail.sender, file.mail.sender_name, *file.mail.undelivered)
