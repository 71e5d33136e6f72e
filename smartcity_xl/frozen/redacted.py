"""A round -> the same round without what names or reaches a person; it comes to the same numbers.

What stays: which department answered what, in numbers and choices, in which cell of which (renamed) file, what replaced
what, and what the office decided. What goes: mails, contacts, evidence, the files themselves, and every free word (a
remark, a reason, a row's name, a name of a file): each is replaced by a name of ours, equal ones by the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from smartcity_xl.books.values import reason_in
from smartcity_xl.messages import label, word_value, words
from smartcity_xl.model import (
    Answer,
    Assignment,
    Catalog,
    Conflict,
    Decision,
    NamedFile,
    Origin,
    Outcome,
    Round,
    State,
    Submission,
    TableAnswer,
    TableRow,
)
from smartcity_xl.model.answers import Typed
from smartcity_xl.score.merge import merge_submissions

SCHEMA: Literal["xlscore-redacted/1"] = "xlscore-redacted/1"
_NUMBER = re.compile(r"[0-9０-９.,，．%％+\-/ ]{1,24}")
_DATE = re.compile(r"(?:19|20)\d\d(?:[-./年]\d{1,2}(?:[-./月]\d{1,2}日?)?月?)?年?", re.ASCII)
_History = tuple[tuple[Submission, ...], ...]


@dataclass(frozen=True, slots=True)
class RedactedRound:
    """What a redacted pack is run again from. ``systems`` are the ids of those scored, ``settings`` the office's
    choices (``Settings.as_text``), ``named``: system -> which evidence there was, without its names."""

    schema: Literal["xlscore-redacted/1"]
    systems: tuple[str, ...]
    settings: str
    round: str
    assignment: Assignment
    histories: tuple[_History, ...]
    placed: Mapping[str, str]
    decisions: tuple[Decision, ...]
    named: Mapping[str, tuple[NamedFile, ...]]


def redact_round(outcome: Outcome) -> RedactedRound:
    """``outcome`` is the first of a run, with those beside it, and the round behind them. Raises ValueError where it is
    another."""
    whole = outcome.whole
    if whole is None:
        raise ValueError(outcome.catalog.id)
    hidden = _Hidden.over(whole)
    histories = tuple(
        tuple(tuple(hidden.submission(one, whole.catalog) for one in generation) for generation in history)
        for history in whole.histories
    )
    decisions = _follow(whole, histories, hidden)
    together = (outcome, *outcome.beside)
    return RedactedRound(
        SCHEMA, tuple(one.catalog.id for one in together), outcome.catalog.settings.as_text(), outcome.round,
        _without_contacts(whole.assignment), histories, whole.placed, decisions,
        {one.catalog.id: tuple(map(_without_names, one.documents.named)) for one in together},
    )  # fmt: skip


def _without_contacts(assignment: Assignment) -> Assignment:
    return replace(assignment, recipients=(), phone="", mail="", address="")


def _without_names(named: NamedFile) -> NamedFile:
    return NamedFile(named.indicator, named.department, "", "", named.state, (), "", Origin(""))


@dataclass(slots=True)
class _Hidden:
    """Names of ours for words of theirs: kind -> theirs -> ours."""

    names: dict[str, dict[str, str]] = field(default_factory=dict)
    digits: int = 1

    @classmethod
    def over(cls, whole: Round) -> _Hidden:
        """Files are called in the order of their names: some of what is told goes by it."""
        files = sorted({one.parcel for history in whole.histories for generation in history for one in generation})
        hidden = cls(digits=len(str(len(files))))
        for file in files:
            hidden.name("file", file)
        return hidden

    def name(self, kind: str, theirs: str) -> str:
        if not theirs:
            return ""
        known = self.names.setdefault(kind, {})
        number = str(len(known) + 1).zfill(self.digits if kind == "file" else 1)
        return known.setdefault(theirs, label(f"redacted.{kind}", number=number))

    def origin(self, at: Origin) -> Origin:
        ours = at.sheet in words("sheet").values()
        return Origin(self.name("file", at.file), at.sheet if ours else self.name("sheet", at.sheet), at.cell)

    def submission(self, one: Submission, catalog: Catalog) -> Submission:
        answers = {key: self.answer(answer, catalog) for key, answer in one.answers.items()}
        tables = {key: self.table(table, catalog) for key, table in one.tables.items()}
        identity = replace(one.identity, code="", seal="")
        return Submission(self.name("file", one.parcel), one.sha256, identity, answers, tables, (), {}, ())

    def answer(self, one: Answer, catalog: Catalog) -> Answer:
        return replace(
            one,
            raw=self._typed(one, catalog),
            unit=one.unit if one.state is State.VALUE else "",
            origin=self.origin(one.origin),
            as_of=one.as_of if _DATE.fullmatch(one.as_of) else self.name("word", one.as_of),
            remark=self.name("word", one.remark),
            typed=Typed(),
            explanation=self.name("word", one.explanation),
        )

    def _typed(self, one: Answer, catalog: Catalog) -> str:
        """What was typed, where that is a number, a choice, or nothing at all."""
        if one.state is not State.VALUE or one.value is None:
            return self.name("word", one.raw)
        if _NUMBER.fullmatch(one.raw):
            return one.raw
        slot = catalog.slots.get(one.slot)
        return word_value(slot, one.value) if slot else str(one.value)

    def table(self, one: TableAnswer, catalog: Catalog) -> TableAnswer:
        rows = tuple(
            TableRow(self.name("row", row.name), {key: self.answer(cell, catalog) for key, cell in row.cells.items()})
            for row in one.rows
        )
        remark = self.name("word", one.remark)
        if bool(reason_in(remark)) != bool(reason_in(one.remark)):
            remark = ""
        return replace(
            one, rows=rows, origin=self.origin(one.origin), remark=remark,
            as_of=one.as_of if _DATE.fullmatch(one.as_of) else self.name("word", one.as_of),
            explanation=self.name("word", one.explanation),
            dated_at=self.origin(one.dated_at) if one.dated_at else None,
        )  # fmt: skip


def _follow(whole: Round, histories: Iterable[_History], hidden: _Hidden) -> tuple[Decision, ...]:
    """The office's decisions over the same conflicts, which are known by the answers: these are called otherwise now.
    What has lapsed is left out."""
    before = _conflicts(whole, [one for history in whole.histories for one in history[-1]])
    after = _conflicts(whole, [one for history in histories for one in history[-1]])
    made = {decision.subject: decision for decision in whole.decisions}
    followed = []
    for old, new in zip(before, after, strict=True):
        if (decision := made.get(old.subject)) is None:
            continue
        keys = {side.key: mine.key for side, mine in zip(old.sides, new.sides, strict=True)}
        followed.append(Decision(
            new.figure, new.department, new.answers, keys.get(decision.choice, decision.choice),
            hidden.name("word", decision.reason), hidden.name("word", decision.who), hidden.name("word", decision.said),
            hidden.origin(decision.origin),
        ))  # fmt: skip
    return tuple(followed)


def _conflicts(whole: Round, submissions: list[Submission]) -> tuple[Conflict, ...]:
    return merge_submissions(whole.catalog, whole.assignment, submissions).conflicts


# --- as JSON -----------------------------------------------------------------------------------------------------


def write_redacted(round_: RedactedRound) -> bytes:
    """UTF-8 JSON with a stable order of keys; numbers are exact (``5/3``)."""
    plain = msgspec.to_builtins(round_, enc_hook=_write_fraction)
    return (json.dumps(plain, ensure_ascii=False, indent=1) + "\n").encode()


def read_redacted(data: bytes) -> RedactedRound:
    """Raises ValueError with what is wrong."""
    return msgspec.json.decode(data, type=RedactedRound, dec_hook=_read_fraction)


def _write_fraction(value: Any) -> str:
    if isinstance(value, Fraction):
        return str(value)
    raise NotImplementedError(type(value).__name__)


def _read_fraction(kind: type, value: Any) -> Any:
    if kind is Fraction and isinstance(value, str):
        return Fraction(value)
    if kind is object:
        return value
    raise NotImplementedError(kind.__name__)
