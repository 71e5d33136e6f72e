"""A filled questionnaire workbook -> the questionnaire, or every fault in it by sheet and cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from msgspec import field

from smartcity_xl.books.opener import load_book
from smartcity_xl.books.values import SEPARATORS, parse_numeral, trimmed
from smartcity_xl.errors import SurveyFault
from smartcity_xl.messages import label
from smartcity_xl.office.editing.book import BookReader
from smartcity_xl.office.editing.cells import decimal
from smartcity_xl.office.editing.form import SETTINGS, Column, Form
from smartcity_xl.office.survey.form import ANSWERS, FORM, GROUPS, OPTIONAL, QUESTIONS, SCALES, SETTING_KEYS, words_of
from smartcity_xl.office.survey.questionnaire import Grouping, Keep, Question, Questionnaire, Scale, Span, Twins, folded

_SPAN = ("low", "low_points", "high", "high_points")
_HIGHEST = Fraction(100)
_Choice = TypeVar("_Choice", Keep, Twins)
_FieldsRead = Mapping[str, Any]


def read_questionnaire(path: Path) -> Questionnaire:
    """A filled questionnaire.

    Raises UsageFault for a file that is no questionnaire workbook, MachineFault where it cannot be read, SurveyFault
    with every fault (sheet, cell, what was found, what to do).
    """
    reader = _QuestionnaireReader(FORM, load_book(path, FORM.shape)[1])
    questionnaire = reader.questionnaire(path.name)
    if reader.faults:
        faults = sorted(reader.faults, key=lambda fault: fault.path)
        raise SurveyFault(str(path), faults)
    return questionnaire


class _QuestionnaireReader(BookReader):
    settings: dict[str, tuple[Any, int]] = field(default_factory=dict)
    """Key -> value (None where blank) and row."""

    def questionnaire(self, file: str) -> Questionnaire:
        self.read_settings()
        unanswered = tuple(self.listed_names("unanswered"))
        scales = self.scales(frozenset(map(folded, unanswered)))
        return Questionnaire(
            file=file,
            title=self.text("title"),
            city=self.text("city"),
            round=self.text("round"),
            as_of=self.text("as_of"),
            method=self.text("method"),
            respondent=self.text("respondent"),
            respondent_where=self.where(SETTINGS, self.settings.get("respondent", ("", 0))[1], "value"),
            keep=self.choice("keep", Keep),
            twins=self.choice("twins", Twins),
            minimum=self.minimum(),
            least=self.least(),
            unanswered=unanswered,
            questions=tuple(self.questions(scales)),
            groupings=tuple(self.groupings()),
        )

    def where(self, name: str, row: int, column: str) -> str:
        return self.sheets[name].place(row, column)

    # --- the settings

    def read_settings(self) -> None:
        for key, row in self.keyed(SETTING_KEYS):
            if key == "as_of":  # the only cell in which a date is no slip
                value: Any = self.day(self.sheets[SETTINGS], row, "value") or None
            else:
                form = Form.NUMBER if key in ("minimum", "least") else Form.TEXT
                value = self.read(SETTINGS, row, Column("value", form, 0))
            self.settings[key] = (value, row)
            known = any(fault.path[:2] == (0, row) for fault in self.faults)
            if value is None and key not in OPTIONAL and not known:
                self.note(SETTINGS, row, "value", "field-missing")
        for key in SETTING_KEYS:
            if key not in self.settings and key not in OPTIONAL:
                self.note(SETTINGS, 0, "value", "setting-gone", found=label(f"survey.setting_{key}"))

    def text(self, key: str) -> str:
        value = self.settings.get(key, (None, 0))[0]
        return "" if value is None else str(value)

    def refuse(self, key: str, code: str, **parameters: str) -> None:
        self.note(SETTINGS, self.settings[key][1], "value", code, **parameters)

    def listed_names(self, key: str) -> list[str]:
        return [name for part in re.split(f"[{SEPARATORS}]", self.text(key)) if (name := trimmed(part))]

    def choice(self, key: str, kind: type[_Choice]) -> _Choice:
        text, words = self.text(key), words_of(kind)
        for value in kind:
            if text == words[value]:
                return value
        if text:
            self.refuse(key, "cell-choice", found=text, expected=label("word.separator").join(words.values()))
        return next(iter(kind))

    def number(self, key: str) -> Fraction | None:
        if not (text := self.text(key)):
            return None
        value = parse_numeral(text)
        if value is None:
            self.refuse(key, "cell-number", found=text)
        return value

    def minimum(self) -> Fraction:
        value = self.number("minimum")
        if value is not None and not 0 < value <= 1:
            self.refuse("minimum", "share-range", found=percent(value))
        return value or Fraction(0)

    def least(self) -> int:
        value = self.number("least")
        if value is not None and (value.denominator != 1 or value < 1):
            self.refuse("least", "cell-whole", found=decimal(value))
        return int(value or 0)

    # --- the lists

    def scales(self, unanswered: frozenset[str]) -> dict[str, Scale]:
        """The scales by name, each with its answers."""
        spans: dict[str, tuple[int, Span | None]] = {}
        for row, entry in self.entries(SCALES):
            name = self.once(SCALES, row, "name", entry.get("name"), spans)
            if name:
                spans[name] = (row, self.span(row, entry))
        answers: dict[str, dict[str, Fraction | None]] = {name: {} for name in spans}
        for row, entry in self.entries(ANSWERS):
            scale, answer, points = (str(entry[key]) if key in entry else None for key in ("scale", "answer", "points"))
            for key, value in (("scale", scale), ("answer", answer), ("points", points)):
                if value is None:
                    self.note(ANSWERS, row, key, "field-missing")
            if scale is not None and scale not in spans:
                self.note(ANSWERS, row, "scale", "scale-unknown", found=scale)
            elif scale is not None and answer is not None:
                self.check_answer(row, answer, answers[scale], spans[scale][1], unanswered)
                answers[scale][answer] = self.points(ANSWERS, row, "points", points, excused=True)
        for name, (row, span) in spans.items():
            if span is None and not answers[name] and not self.touched(SCALES, row):
                self.note(SCALES, row, "name", "scale-empty")
        return {name: Scale(name, span, answers[name]) for name, (_, span) in spans.items()}

    def touched(self, name: str, row: int) -> bool:
        """Whether a row has a fault already."""
        return any(fault.path[:2] == (self.form.sheets.index(name), row) for fault in self.faults)

    def once(self, name: str, row: int, column: str, text: Any, known: Mapping[str, object]) -> str:
        """A name that must stand, and stand once; "" with a fault where it does not."""
        if text is None:
            if not self.touched(name, row):
                self.note(name, row, column, "field-missing")
            return ""
        if folded(str(text)) in map(folded, known):
            self.note(name, row, column, "duplicate", found=str(text))
            return ""
        return str(text)

    def span(self, row: int, entry: _FieldsRead) -> Span | None:
        decimals = entry.get("decimals")
        words = {label("word.yes"): True, label("word.no"): False, None: False}
        if decimals not in words:
            expected = f"{label('word.yes')}{label('word.separator')}{label('word.no')}"
            self.note(SCALES, row, "decimals", "cell-choice", found=str(decimals), expected=expected)
        given = [name for name in _SPAN if name in entry]
        if not given:
            return None
        for name in _SPAN:
            if name not in entry:
                self.note(SCALES, row, name, "field-missing")
        low, high = (self.figure(SCALES, row, name, entry.get(name)) for name in ("low", "high"))
        points = [
            self.points(SCALES, row, name, str(entry[name])) if name in entry else None
            for name in ("low_points", "high_points")
        ]
        if low is None or high is None or None in points:
            return None
        if low >= high:
            self.note(SCALES, row, "high", "span-empty", found=decimal(high), expected=decimal(low))
            return None
        return Span(low, high, points[0] or Fraction(0), points[1] or Fraction(0), words.get(decimals, False))

    def figure(self, name: str, row: int, column: str, value: Any) -> Fraction | None:
        number = None if value is None else parse_numeral(str(value))
        if value is not None and number is None:
            self.note(name, row, column, "cell-number", found=str(value))
        return number

    def points(self, name: str, row: int, column: str, text: str | None, excused: bool = False) -> Fraction | None:
        """Points from 0 to 100; None, where ``excused`` is allowed, for an answer that does not count."""
        if text is None or (excused and text == label("survey.excused")):
            return None
        number = parse_numeral(text)
        if number is None or not 0 <= number <= _HIGHEST:
            self.note(name, row, column, "points-named" if excused else "points-range", found=text)
            return None
        return number

    def check_answer(
        self, row: int, answer: str, known: Mapping[str, object], span: Span | None, unanswered: frozenset[str]
    ) -> None:
        """An answer must mean one thing."""
        plain = folded(answer)
        if plain in map(folded, known):
            self.note(ANSWERS, row, "answer", "duplicate", found=answer)
        elif plain in unanswered:
            self.note(ANSWERS, row, "answer", "answer-unanswered", found=answer)
        elif span and (number := parse_numeral(plain)) is not None and span.points(number) is not None:
            self.note(ANSWERS, row, "answer", "answer-in-span", found=answer)

    def questions(self, scales: Mapping[str, Scale]) -> Iterator[Question]:
        known: dict[str, None] = {}
        weights: dict[int, Fraction | None] = {}
        for row, entry in self.entries(QUESTIONS):
            column = self.once(QUESTIONS, row, "column", entry.get("column"), known)
            known[column] = None
            weights[row] = self.weight(row, entry.get("weight"))
            scale = entry.get("scale")
            if scale is None:
                self.note(QUESTIONS, row, "scale", "field-missing")
            elif str(scale) not in scales:
                self.note(QUESTIONS, row, "scale", "scale-unknown", found=str(scale))
            elif column:
                text, where = str(entry.get("text", column)), self.where(QUESTIONS, row, "column")
                yield Question(column, text, scales[str(scale)], weights[row] or Fraction(0), where)
        if not weights:
            self.note(QUESTIONS, 0, "column", "questions-none")
        elif None not in weights.values():
            self.check_sum({row: weight or Fraction(0) for row, weight in weights.items()})

    def check_sum(self, weights: Mapping[int, Fraction]) -> None:
        total, rows = sum(weights.values(), Fraction(0)), list(weights)
        if total != 1:
            page = self.sheets[QUESTIONS]
            cells = ":".join(page.cell_name(row, "weight") for row in (rows[0], rows[-1]))
            self.note(QUESTIONS, rows[0], "weight", "survey-weights", found=percent(total), cells=cells)

    def weight(self, row: int, value: Any) -> Fraction | None:
        if value is None:
            if not self.touched(QUESTIONS, row):
                self.note(QUESTIONS, row, "weight", "field-missing")
            return None
        weight = self.figure(QUESTIONS, row, "weight", value)
        if weight is not None and not 0 <= weight <= 1:
            self.note(QUESTIONS, row, "weight", "share-range", found=percent(weight))
            return None
        return weight

    def groupings(self) -> Iterator[Grouping]:
        known: dict[str, None] = {}
        for row, entry in self.entries(GROUPS):
            if column := self.once(GROUPS, row, "column", entry.get("column"), known):
                known[column] = None
                yield Grouping(column, str(entry.get("name", column)), self.where(GROUPS, row, "column"))


def percent(share: Fraction) -> str:
    """A share as a percentage, every digit: 1/8 -> 12.5%."""
    return f"{decimal(100 * share)}%"
