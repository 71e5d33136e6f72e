"""Responses -> the score, with all it rests on. Exact: no binary float takes part.

An answer gives 0 to 100 points on its scale; a response's score is the mean of its valid answers, weighted by their
questions; the survey's score is the mean of the responses that count. ``docs/decisions/0006-survey.md`` says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from smartcity_xl.catalog.entry import Fault
from smartcity_xl.errors import ResponsesFault, UsageFault
from smartcity_xl.messages import label
from smartcity_xl.office.survey.estimate import Estimate, Tally, whole_numbers
from smartcity_xl.office.survey.questionnaire import (
    Grouping,
    Keep,
    Question,
    Questionnaire,
    Scale,
    ScaleVerdict,
    Twins,
    folded,
)
from smartcity_xl.office.survey.responses import FILE, ROW, TWIN, ResponseFile, Responses

LISTED = 1_000
"""Of each kind of thing that does not count, so many are listed one by one; all are counted."""
GROUPS_LIMIT = 200
NUMBERS_SHOWN = 21
"""So many different numbers are listed one by one."""


class Drop(StrEnum):
    """Why a whole response does not count."""

    NO_ANSWER = "no-answer"
    FEW_ANSWERS = "few-answers"
    SAME_RESPONDENT = "same-respondent"
    TWIN = "twin"


@dataclass(frozen=True, slots=True)
class ResponsePlace:
    """Where a response stands: the file, and the row as people count it there."""

    file: str
    row: int


@dataclass(frozen=True, slots=True)
class Loss:
    """All of one kind that does not count: how many, and the first of them with what stands there."""

    kind: str
    number: int
    listed: tuple[tuple[ResponsePlace, str, str], ...]
    """Place, question, what was answered; the last two are blank for whole responses."""


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """How often an answer was given. ``points`` is None for one that does not count, and for a band of numbers."""

    text: str
    points: Fraction | None
    number: int
    counts: bool


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """How the responses that count answered a question. ``valid`` is None where nobody gave a valid answer."""

    question: Question
    valid: Estimate | None
    verdicts: Mapping[ScaleVerdict, int]
    answers: tuple[AnswerCount, ...]


@dataclass(frozen=True, slots=True)
class GroupResult:
    grouping: Grouping
    value: str
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class SurveyResult:
    """``received`` counts every row that holds anything; ``nameless`` those that count without a respondent's id,
    ``twins`` those that count and are the same in every column as an earlier one (where there are no ids)."""

    questionnaire: Questionnaire
    sources: tuple[ResponseFile, ...]
    received: int
    nameless: int
    twins: int
    estimate: Estimate
    questions: tuple[QuestionResult, ...]
    groups: tuple[GroupResult, ...]
    dropped: tuple[Loss, ...]
    answers: tuple[Loss, ...]


def score_responses(questionnaire: Questionnaire, responses: Responses) -> SurveyResult:
    """Raises UsageFault where no response counts, ResponsesFault where a group's column has too many values."""
    return _Scorer(questionnaire, responses).result()


@dataclass(slots=True)
class _Losses:
    """Counts what does not count, and lists the first of each kind."""

    numbers: Counter[str] = field(default_factory=Counter)
    listed: dict[str, list[tuple[ResponsePlace, str, str]]] = field(default_factory=dict)

    def add(self, kind: str, place: ResponsePlace, question: str = "", answer: str = "") -> None:
        self.numbers[kind] += 1
        if self.numbers[kind] <= LISTED:
            self.listed.setdefault(kind, []).append((place, question, answer))

    def told(self, kinds: Sequence[str]) -> tuple[Loss, ...]:
        return tuple(Loss(kind, self.numbers[kind], tuple(self.listed.get(kind, ()))) for kind in kinds)


class _Scorer:
    """One run over the responses; a response is known by its row in the table, from 0."""

    def __init__(self, questionnaire: Questionnaire, responses: Responses) -> None:
        self.asked, self.sources = questionnaire, responses.sources
        table, questions = responses.table, questionnaire.questions
        self.places = [
            ResponsePlace(self.sources[f].file, int(r)) for f, r in zip(table[FILE], table[ROW], strict=True)
        ]
        self.texts: list[list[str]] = [table[question.column].tolist() for question in questions]
        self.respondents = table[questionnaire.respondent].tolist() if questionnaire.respondent else None
        self.twins = table[TWIN].tolist() if TWIN in table else [False] * len(table)
        self.groups = [table[grouping.column].tolist() for grouping in questionnaire.groupings]
        self.read_answers()

    def read_answers(self) -> None:
        """What each wording means, once; points and weights as whole numbers, ``unit`` to the point."""
        questions, unanswered = self.asked.questions, frozenset(map(folded, self.asked.unanswered))
        self.readings = [
            {text: question.scale.read(text, unanswered) for text in sorted(set(texts))}
            for question, texts in zip(questions, self.texts, strict=True)
        ]
        valid = [(n, text, p) for n, one in enumerate(self.readings) for text, (_, p) in one.items() if p is not None]
        points, self.unit = whole_numbers(points for _, _, points in valid)
        self.points: list[dict[str, int]] = [{} for _ in questions]
        for (number, text, _), whole in zip(valid, points, strict=True):
            self.points[number][text] = whole
        self.weights, self.whole_weight = whole_numbers(question.weight for question in questions)

    def result(self) -> SurveyResult:
        dropped = _Losses()
        scores = list(self.scores())
        enough = [row for row, (_, weight) in enumerate(scores) if self.is_enough(row, weight, dropped)]
        kept = list(self.without_doubles(enough, dropped))
        if not kept:
            raise UsageFault(
                "survey-no-respondent", file=self.asked.file, received=len(scores),
                **{kind.value.replace("-", "_"): dropped.numbers[kind] for kind in Drop},
            )  # fmt: skip
        return SurveyResult(
            questionnaire=self.asked,
            sources=self.sources,
            received=len(scores),
            nameless=sum(not self.respondents[row] for row in kept) if self.respondents else 0,
            twins=sum(self.twins[row] for row in kept),
            estimate=self.estimate(scores[row] for row in kept),
            questions=tuple(self.question(number, kept) for number in range(len(self.texts))),
            groups=tuple(self.group_results(kept, scores)),
            dropped=dropped.told(tuple(Drop)),
            answers=self.answer_losses(),
        )

    def estimate(self, scores: Iterable[tuple[int, int]]) -> Estimate:
        tally = Tally()
        for numerator, denominator in scores:
            tally.add(numerator, denominator)
        return tally.estimate(self.unit)

    # --- which responses count

    def scores(self) -> Iterator[tuple[int, int]]:
        """Each response's weighted sum of points (in units), and the weight it answered; both 0 for no valid answer."""
        columns = [[points.get(text) for text in texts] for points, texts in zip(self.points, self.texts, strict=True)]
        for marks in zip(*columns, strict=True):
            total = answered = 0
            for weight, mark in zip(self.weights, marks, strict=True):
                if mark is not None:
                    total += weight * mark
                    answered += weight
            yield total, answered

    def is_enough(self, row: int, answered: int, dropped: _Losses) -> bool:
        if not answered:
            dropped.add(Drop.NO_ANSWER, self.places[row])
            return False
        if Fraction(answered, self.whole_weight) < self.asked.minimum:
            dropped.add(Drop.FEW_ANSWERS, self.places[row])
            return False
        return True

    def without_doubles(self, rows: Sequence[int], dropped: _Losses) -> Iterator[int]:
        """One response for each respondent; a response without an id stands for itself."""
        times: Counter[str] = Counter(self.respondents[row] for row in rows) if self.respondents else Counter()
        seen: Counter[str] = Counter()
        for row in rows:
            if self.respondents is None:
                double, kind = self.twins[row] and self.asked.twins is Twins.ONE, Drop.TWIN
            else:
                name = self.respondents[row]
                seen[name] += 1
                chosen = {Keep.FIRST: 1, Keep.LAST: times[name], Keep.NONE: 0}[self.asked.keep]
                double, kind = bool(name) and times[name] > 1 and seen[name] != chosen, Drop.SAME_RESPONDENT
            if double:
                dropped.add(kind, self.places[row])
            else:
                yield row

    # --- what they say

    def question(self, number: int, rows: Sequence[int]) -> QuestionResult:
        question, readings, points = self.asked.questions[number], self.readings[number], self.points[number]
        given = Counter(self.texts[number][row] for row in rows)
        verdicts: Counter[ScaleVerdict] = Counter()
        for text, times in given.items():
            verdicts[readings[text][0]] += times
        valid = [(points[text], 1) for text, times in given.items() if text in points for _ in range(times)]
        answers = _distribution(question.scale, given, readings)
        return QuestionResult(question, self.estimate(valid) if valid else None, verdicts, answers)

    def group_results(self, rows: Sequence[int], scores: Sequence[tuple[int, int]]) -> Iterator[GroupResult]:
        for grouping, values in zip(self.asked.groupings, self.groups, strict=True):
            members: dict[str, list[int]] = {}
            for row in rows:
                members.setdefault(values[row], []).append(row)
            if len(members) > GROUPS_LIMIT:
                told = {"found": str(len(members)), "limit": str(GROUPS_LIMIT), "column": grouping.column}
                fault = Fault(grouping.where, "group-many", told)
                raise ResponsesFault(self.asked.file, [fault])
            for value in sorted(members, key=lambda value: (not value, value)):
                yield GroupResult(grouping, value, self.estimate(scores[row] for row in members[value]))

    def answer_losses(self) -> tuple[Loss, ...]:
        """Answers that do not count, in all responses received."""
        losses, questions = _Losses(), self.asked.questions
        for number, (texts, points) in enumerate(zip(self.texts, self.points, strict=True)):
            for row, text in enumerate(texts):
                if text not in points:
                    losses.add(self.readings[number][text][0], self.places[row], questions[number].text, text)
        return losses.told((ScaleVerdict.IMPOSSIBLE, ScaleVerdict.UNANSWERED, ScaleVerdict.EXCUSED))


def _distribution(
    scale: Scale, given: Mapping[str, int], readings: Mapping[str, tuple[ScaleVerdict, Fraction | None]]
) -> tuple[AnswerCount, ...]:
    """How often each answer of a scale was given: named ones as the office wrote them, numbers as they are, but in
    fifths of the points where they are many."""
    times: Counter[str] = Counter()
    for text, number in given.items():
        times[folded(text)] += number
    named = [
        AnswerCount(answer, points, times.pop(folded(answer), 0), points is not None)
        for answer, points in scale.answers.items()
    ]
    numbers: Counter[Fraction] = Counter()
    shown: dict[Fraction, str] = {}
    for text, (verdict, points) in readings.items():
        number = times.pop(folded(text), 0)
        if verdict is ScaleVerdict.VALID and points is not None and number:
            numbers[points] += number
            shown.setdefault(points, text)
    if len(numbers) <= NUMBERS_SHOWN:
        listed = [AnswerCount(shown[points], points, numbers[points], True) for points in sorted(numbers, reverse=True)]
    else:
        fifths = Counter(min(int(points / 20), 4) for points in numbers.elements())
        listed = [AnswerCount(_band(fifth), None, fifths[fifth], True) for fifth in range(4, -1, -1)]
    return (*named, *listed)


def _band(fifth: int) -> str:
    return label("survey_result.band", low=20 * fifth, high=20 * fifth + 20)
