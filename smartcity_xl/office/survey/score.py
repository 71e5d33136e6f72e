"""Responses -> the score, with all it rests on. Exact: no binary float takes part.

An answer gives 0 to 100 points on its scale; a response's score is the mean of its valid answers, weighted by their
questions; the survey's score is the mean of the responses that count. ``docs/decisions/0006-survey.md`` says why.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from itertools import accumulate, compress, islice
from math import ceil
from typing import TypeVar

from msgspec import Struct

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
from smartcity_xl.office.survey.table import ResponseFile, Responses

LISTED = 1_000
"""Of each kind of thing that does not count, so many are listed one by one; all are counted."""
GROUPS_LIMIT = 200
NUMBERS_SHOWN = 21
"""So many different numbers are listed one by one."""
_Held = TypeVar("_Held")


class Drop(StrEnum):
    """Why a whole response does not count."""

    NO_ANSWER = "no-answer"
    FEW_ANSWERS = "few-answers"
    SAME_RESPONDENT = "same-respondent"
    TWIN = "twin"


class ResponsePlace(Struct, frozen=True):
    """Where a response stands: the file, and the row as people count it there."""

    file: str
    row: int


class Loss(Struct, frozen=True):
    """All of one kind that does not count: how many, and the first of them with what stands there."""

    kind: str
    number: int
    listed: tuple[tuple[ResponsePlace, str, str], ...]
    """Place, question, what was answered; the last two are blank for whole responses."""


class AnswerCount(Struct, frozen=True):
    """How often an answer was given. ``points`` is None for one that does not count, and for a band of numbers."""

    text: str
    points: Fraction | None
    number: int
    counts: bool


class QuestionResult(Struct, frozen=True):
    """How the responses that count answered a question. ``valid`` is None where nobody gave a valid answer."""

    question: Question
    valid: Estimate | None
    verdicts: Mapping[ScaleVerdict, int]
    answers: tuple[AnswerCount, ...]


class GroupResult(Struct, frozen=True):
    grouping: Grouping
    value: str
    estimate: Estimate


class SurveyResult(Struct, frozen=True):
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

    @property
    def few(self) -> bool:
        """Whether fewer responses count than the questionnaire asks for."""
        return self.estimate.number < self.questionnaire.least

    @property
    def needs_a_person(self) -> bool:
        """Whether anybody should look: something was dropped or is outside its scale, or too few responses count."""
        impossible = any(loss.number for loss in self.answers if loss.kind == "impossible")
        return self.few or impossible or any(loss.number for loss in self.dropped)


def score_responses(questionnaire: Questionnaire, responses: Responses) -> SurveyResult:
    """Raises UsageFault where no response counts, ResponsesFault where a group's column has too many values."""
    return _Scorer(questionnaire, responses).result()


class _Losses:
    """Counts what does not count, and lists the first of each kind."""

    def __init__(self) -> None:
        self.numbers: Counter[str] = Counter()
        self.listed: dict[str, list[tuple[ResponsePlace, str, str]]] = {}

    def add(self, kind: str, number: int, places: Iterable[tuple[ResponsePlace, str, str]]) -> None:
        """So many of a kind; of their places no more are asked for than are listed."""
        self.numbers[kind] += number
        listed = self.listed.setdefault(kind, [])
        listed += islice(places, LISTED - len(listed))

    def told(self, kinds: Sequence[str]) -> tuple[Loss, ...]:
        return tuple(Loss(kind, self.numbers[kind], tuple(self.listed.get(kind, ()))) for kind in kinds)


class _Scorer:
    """One run over the responses; a response is known by its place among all, from 0."""

    def __init__(self, questionnaire: Questionnaire, responses: Responses) -> None:
        self.asked, self.responses, self.sources = questionnaire, responses, responses.sources
        columns = responses.columns
        self.columns = [columns[question.column] for question in questionnaire.questions]
        self.twins = responses.twins
        self.groups = [columns[grouping.column] for grouping in questionnaire.groupings]
        self.ends = list(accumulate(source.rows for source in self.sources))
        self.times = [column.times() for column in self.columns]
        """For each question, how often each text was given, in all responses received."""
        self.read_answers()

    def place(self, row: int) -> ResponsePlace:
        return ResponsePlace(self.sources[bisect_right(self.ends, row)].file, self.responses.rows[row] + 1)

    def read_answers(self) -> None:
        """What each wording means, once; points and weights as whole numbers, ``unit`` to the point."""
        questions, unanswered = self.asked.questions, frozenset(map(folded, self.asked.unanswered))
        self.readings = [
            [question.scale.read(text, unanswered) for text in column.texts]
            for question, column in zip(questions, self.columns, strict=True)
        ]
        valid = [
            (n, code, p) for n, one in enumerate(self.readings) for code, (_, p) in enumerate(one) if p is not None
        ]
        points, self.unit = whole_numbers(points for _, _, points in valid)
        self.points: list[dict[int, int]] = [{} for _ in questions]
        for (number, code, _), whole in zip(valid, points, strict=True):
            self.points[number][code] = whole
        self.weights, self.whole_weight = whole_numbers(question.weight for question in questions)
        self.bits = self.whole_weight.bit_length()

    def result(self) -> SurveyResult:
        dropped = _Losses()
        scores = self.scores()
        enough = self.with_enough(scores, dropped)
        kept = self.without_doubles(enough, dropped)
        if not kept:
            raise UsageFault(
                "survey-no-respondent", file=self.asked.file, received=len(scores),
                **{kind.value.replace("-", "_"): dropped.numbers[kind] for kind in Drop},
            )  # fmt: skip
        return SurveyResult(
            questionnaire=self.asked,
            sources=self.sources,
            received=len(scores),
            nameless=self.nameless(kept),
            twins=sum(self.twins[row] for row in kept) if self.twins else 0,
            estimate=self.estimate(Counter(_among(scores, kept))),
            questions=tuple(self.question_results(kept)),
            groups=tuple(self.group_results(kept, scores)),
            dropped=dropped.told(tuple(Drop)),
            answers=self.answer_losses(),
        )

    def estimate(self, scores: Mapping[int, int]) -> Estimate:
        """Over scores as ``scores`` has them, each with how often it was given."""
        tally, mask = Tally(), (1 << self.bits) - 1
        for score, times in scores.items():
            tally.add(score >> self.bits, score & mask, times)
        return tally.estimate(self.unit)

    # --- which responses count

    def scores(self) -> list[int]:
        """Each response's weighted sum of points (in units) and, in the lowest ``bits``, the weight it answered; 0 for
        no valid answer. Two numbers in one are added at once."""
        worth = []
        for column, points, weight in zip(self.columns, self.points, self.weights, strict=True):
            both = [
                weight * ((points[code] << self.bits) + 1) if code in points else 0 for code in range(len(column.texts))
            ]
            worth.append(map(both.__getitem__, column.codes))
        return list(map(sum, zip(*worth, strict=True)))

    def with_enough(self, scores: Sequence[int], dropped: _Losses) -> Sequence[int]:
        """The responses that answered enough of the weight."""
        least, mask = ceil(self.asked.minimum * self.whole_weight), (1 << self.bits) - 1
        short = {score for score in set(scores) if score & mask < least}
        if not short:
            return range(len(scores))
        few = [row for row, score in enumerate(scores) if score and score in short]
        self.drop(Drop.FEW_ANSWERS, few, dropped)
        self.drop(Drop.NO_ANSWER, [row for row, score in enumerate(scores) if not score], dropped)
        return [row for row, score in enumerate(scores) if score not in short]

    def drop(self, kind: Drop, rows: Sequence[int], dropped: _Losses) -> None:
        dropped.add(kind, len(rows), ((self.place(row), "", "") for row in rows))

    def without_doubles(self, rows: Sequence[int], dropped: _Losses) -> Sequence[int]:
        """One response for each respondent; a response without an id stands for itself."""
        if not self.asked.respondent:
            return self.without_twins(rows, dropped)
        respondents = self.responses.respondents
        if len(set(_among(respondents, rows))) == len(rows):
            return rows
        times = Counter(_among(respondents, rows))
        kept: list[int] = []
        others: list[int] = []
        seen: Counter[str] = Counter()
        for row in rows:
            counts = True
            if (one := respondents[row]) and times[one] > 1:
                seen[one] += 1
                counts = seen[one] == {Keep.FIRST: 1, Keep.LAST: times[one], Keep.NONE: 0}[self.asked.keep]
            (kept if counts else others).append(row)
        self.drop(Drop.SAME_RESPONDENT, others, dropped)
        return kept

    def without_twins(self, rows: Sequence[int], dropped: _Losses) -> Sequence[int]:
        """One response of those that are the same in every column, where the office wants it so."""
        if self.asked.twins is not Twins.ONE:
            return rows
        self.drop(Drop.TWIN, [row for row in rows if self.twins[row]], dropped)
        return [row for row in rows if not self.twins[row]]

    def nameless(self, rows: Sequence[int]) -> int:
        """How many of some responses have no respondent's id, where there are any ids."""
        return list(_among(self.responses.respondents, rows)).count("") if self.asked.respondent else 0

    # --- what they say

    def question_results(self, rows: Sequence[int]) -> Iterator[QuestionResult]:
        """How some responses answered: as all did, but for the few others."""
        every = range(len(self.responses))
        others = sorted(set(every).difference(rows)) if len(rows) < len(every) else []
        for number, column in enumerate(self.columns):
            yield self.question(number, self.times[number] - Counter(map(column.codes.__getitem__, others)))

    def question(self, number: int, given: Mapping[int, int]) -> QuestionResult:
        """``given`` is how often each text was given."""
        question, readings, points = self.asked.questions[number], self.readings[number], self.points[number]
        column = self.columns[number]
        verdicts: Counter[ScaleVerdict] = Counter()
        for code, times in given.items():
            verdicts[readings[code][0]] += times
        valid: Counter[int] = Counter()
        for code, times in given.items():
            if code in points:
                valid[(points[code] << self.bits) + 1] += times
        texts = {column.texts[code]: times for code, times in given.items()}
        meant = {text: readings[code] for code, text in enumerate(column.texts)}
        answers = _distribution(question.scale, texts, meant)
        return QuestionResult(question, self.estimate(valid) if valid else None, verdicts, answers)

    def group_results(self, rows: Sequence[int], scores: Sequence[int]) -> Iterator[GroupResult]:
        given = list(_among(scores, rows))
        for grouping, column in zip(self.asked.groupings, self.groups, strict=True):
            codes = _among(column.codes, rows)
            members: dict[str, Counter[int]] = {}
            for (code, score), times in Counter(zip(codes, given, strict=True)).items():
                members.setdefault(column.texts[code], Counter())[score] += times
            if len(members) > GROUPS_LIMIT:
                told = {"found": str(len(members)), "limit": str(GROUPS_LIMIT), "column": grouping.column}
                fault = Fault(grouping.where, "group-many", told)
                raise ResponsesFault(self.asked.file, [fault])
            for value in sorted(members, key=lambda value: (not value, value)):
                yield GroupResult(grouping, value, self.estimate(members[value]))

    def answer_losses(self) -> tuple[Loss, ...]:
        """Answers that do not count, in all responses received."""
        losses = _Losses()
        for number, (column, points) in enumerate(zip(self.columns, self.points, strict=True)):
            question, readings = self.asked.questions[number].text, self.readings[number]
            kinds: dict[ScaleVerdict, set[int]] = {}
            for code, (verdict, _) in enumerate(readings):
                if code not in points:
                    kinds.setdefault(verdict, set()).add(code)
            for kind, codes in kinds.items():
                rows = compress(range(len(column.codes)), map(codes.__contains__, column.codes))
                places = ((self.place(row), question, column[row]) for row in rows)
                losses.add(kind, sum(self.times[number][code] for code in codes), places)
        return losses.told((ScaleVerdict.IMPOSSIBLE, ScaleVerdict.UNANSWERED, ScaleVerdict.EXCUSED))


def _among(values: Sequence[_Held], rows: Sequence[int]) -> Iterable[_Held]:
    """The values of some responses, in their order; those of all need no picking."""
    return values if len(rows) == len(values) else map(values.__getitem__, rows)


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
