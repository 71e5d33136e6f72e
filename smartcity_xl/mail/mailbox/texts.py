"""The text of a mail: plain, with {placeholders}, which the office may edit, filled for each department."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping

from msgspec import Struct

from smartcity_xl.catalog.entry import Fault
from smartcity_xl.errors import CampaignFault
from smartcity_xl.messages import label


class DraftText(Struct, frozen=True):
    """The text of a mail with its placeholders open."""

    subject: str
    body: str

    def fill(self, values: Mapping[str, str]) -> tuple[str, str]:
        """Subject and body with every placeholder filled. ``values`` holds one for each; a line of placeholders that
        all have nothing to say falls away."""
        subject = self.subject.format_map(values)
        lines = [line for line in self.body.split("\n") if line.format_map(values).strip() or not line.strip()]
        return " ".join(subject.split()), "\n".join(lines).format_map(values)


def read_text(text: str, path: str, known: tuple[str, ...]) -> DraftText:
    """The text of a mail as the office wrote it: the subject on the first line, then the text.

    ``known`` are the placeholders that this kind of mail has. Raises CampaignFault with every fault by its line: no
    subject, a placeholder that is none of these, a brace that stands alone.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").strip().split("\n")
    head = label("draft.subject")
    faults = [fault for number, line in enumerate(lines, start=1) for fault in _check(number, line, known)]
    if not lines[0].startswith(head) or not lines[0].removeprefix(head).strip():
        faults.insert(0, Fault(_line(1), "draft-subject", {"found": lines[0][:40], "head": head}))
    if not "".join(lines[1:]).strip():
        faults.append(Fault(_line(len(lines)), "draft-empty", {}))
    if faults:
        raise CampaignFault(path, faults)
    return DraftText(lines[0].removeprefix(head).strip(), "\n".join(lines[1:]).strip() + "\n")


def _check(number: int, line: str, known: tuple[str, ...]) -> Iterator[Fault]:
    try:
        pieces = list(string.Formatter().parse(line))
    except ValueError:
        yield Fault(_line(number), "draft-brace", {"found": line.strip()[:40]})
        return
    for _, name, form, conversion in pieces:
        if name is not None and (name not in known or form or conversion):
            shown = name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
            yield Fault(_line(number), "draft-placeholder", {
                "found": "{" + shown + "}", "known": " ".join("{" + one + "}" for one in known),
            })  # fmt: skip


def _line(number: int) -> str:
    return label("draft.line", number=number)
