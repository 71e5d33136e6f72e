"""What a receipt and a reminder say: the office's text, filled with what came and what is open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction

from msgspec import Struct

from smartcity_xl.ledger import parse_utc
from smartcity_xl.mail.chasing import Came
from smartcity_xl.mail.mailbox import Attachment, DraftText
from smartcity_xl.messages import label
from smartcity_xl.results.open import OpenFinding, OpenWork, Share
from smartcity_xl.run.posting import NAMED, say_moment

REMINDER = (*NAMED, "state", "problems", "todo", "steps")
"""What a reminder can name."""
ANSWER = (*REMINDER, "files")
"""What a receipt can name."""
_SHOWN = 10
"""Problems that a mail lists; the workbook that goes back lists all."""
_SHORT = 12
_LONG = 120
"""Signs of a clerk's own words that a line shows."""


class Told(Struct, frozen=True):
    """What there is to say: where the department stands, the workbook that goes back to it, and until when."""

    owing: OpenWork
    returned: tuple[Attachment, ...]
    until: date | None
    deadline: datetime
    now: datetime
    pending: tuple[str, ...] = ()
    """What is not settled for the department beside what it owes: then a letter does not say that all is well."""
    anchor: str = ""
    """What stands for all that the ledger knows of what came: whoever has it can tell that the past was rewritten."""


def word_receipt(text: DraftText, names: Mapping[str, str], files: Sequence[Came], told: Told) -> tuple[str, str]:
    """Subject and body."""
    listed = "\n".join(_file(number, file, told) for number, file in enumerate(files, start=1))
    listed += "\n" + label("draft.receipt_anchor", anchor=told.anchor).strip("\n") if told.anchor else ""
    return _fill(text, {**names, **_standing(told), "files": listed})


def word_reminder(text: DraftText, names: Mapping[str, str], told: Told) -> tuple[str, str]:
    return _fill(text, {**names, **_standing(told)})


def _fill(text: DraftText, values: Mapping[str, str]) -> tuple[str, str]:
    """What has nothing to say leaves no gap."""
    subject, body = text.fill(values)
    return subject, re.sub(r"\n{3,}", "\n\n", body)


def _file(number: int, file: Came, told: Told) -> str:
    """A file under the name that its sender gave it: what lies before it are the mail and the archive around it."""
    at = parse_utc(file.received).astimezone(told.deadline.tzinfo) if file.received else None
    return label(
        "draft.receipt_file", number=number, file=_line(file.file.rpartition("/")[2]),
        received=say_moment(at) if at else label("word.unknown"),
        status=label(f"draft.receipt_{file.status}", why=_line(file.why)), short=file.sha256[:_SHORT],
        sha256=file.sha256,
    ).strip("\n")  # fmt: skip


def _standing(told: Told) -> dict[str, str]:
    problems = "\n".join((*_problems(told), *_pending(told)))
    state, steps = _state(told.owing, bool(told.pending)), "\n".join(told.owing.steps)
    return {"state": state, "problems": problems, "todo": _todo(told), "steps": steps}


def _pending(told: Told) -> Iterator[str]:
    if told.pending:
        yield label("draft.pending_head")
    for line in told.pending[:_SHOWN]:
        yield label("draft.pending", line=_line(line))
    if (rest := len(told.pending) - _SHOWN) > 0:
        yield label("draft.pending_rest", number=rest)


def _state(owing: OpenWork, pending: bool) -> str:
    if owing.whole:
        return label("draft.state_whole_pending" if pending else "draft.state_whole")
    shares = [share for share in owing.shares if share.asked]
    several = "_of" if len(shares) > 1 else ""
    listed = [
        label(f"draft.share{several}", system=share.system, asked=share.asked, filled=share.filled) + _weight(share)
        for share in shares
    ]
    code = "state_open" if owing.reported else "state_none_open" if owing.findings else "state_none"
    return label(f"draft.{code}", shares=label("word.list").join(listed), errors=owing.errors, queries=owing.queries)


def _weight(share: Share) -> str:
    """The points held and at stake, where there are any; of a system without points the indicators."""
    told = ""
    for name, points in (("held", share.held), ("stake", share.stake)):
        if Fraction(points):
            kind = "" if share.graded else "_items"
            told += label(f"draft.share_{name}{kind}", **{name: points if share.graded else int(Fraction(points))})
    return told


def _problems(told: Told) -> Iterator[str]:
    """What is wrong, under what is to be done about it: each task once, with the cells that it is about."""
    problems = told.owing.findings
    if problems:
        yield label("draft.problems_head")
    tasks: dict[tuple[bool, str], list[OpenFinding]] = {}
    for one in problems[:_SHOWN]:
        tasks.setdefault((one.must, one.task), []).append(one)
    for number, ((must, todo), mine) in enumerate(tasks.items(), start=1):
        level = label("severity.error" if must else "severity.query")
        yield label("draft.task", number=number, level=level, todo=todo)
        for one in mine:
            about, found = _line(_about(one)), _line(one.finding.zh.found)
            yield label("draft.cell" if about else "draft.cell_none", about=about, found=found)
    if (rest := len(problems) - _SHOWN) > 0:
        file = told.returned[0].name if told.returned else ""
        yield label("draft.problems_more" if file else "draft.problems_rest", number=rest, file=file)


def _about(one: OpenFinding) -> str:
    """The cell, and the indicator that it counts for first."""
    place = "!".join(filter(None, (one.finding.sheet, one.finding.cell)))
    return " ".join(filter(None, (place, one.finding.indicator)))


def _todo(told: Told) -> str:
    if told.owing.whole:
        return label("draft.todo_pending" if told.pending else "draft.todo_none")
    until = _until(told)
    if told.returned:
        return label("draft.todo_returned", file=told.returned[0].name, until=until)
    return label("draft.todo_correct" if told.owing.reported else "draft.todo_report", until=until)


def _until(told: Told) -> str:
    if told.until:
        return label("draft.until", until=label("draft.day", at=told.until))
    passed = told.now > told.deadline
    return label("draft.until_past" if passed else "draft.until", until=say_moment(told.deadline))


def _line(text: str) -> str:
    """A clerk's own words on one line."""
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONG else plain[: _LONG - 1] + "…"
