"""What an office defines: questions with scales and weights, groups, and how responses are counted.

Answers and column heads are compared in their ``folded`` form: full-width signs made plain, blanks taken out.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

from msgspec import Struct

from smartcity_xl.books.values import parse_numeral, plain


class ScaleVerdict(StrEnum):
    """What an answer is on the scale of its question."""

    VALID = "valid"
    EXCUSED = "excused"
    """Does not know, does not apply: an answer that does not count."""
    UNANSWERED = "unanswered"
    IMPOSSIBLE = "impossible"
    """Outside the scale."""


class Keep(StrEnum):
    """Which of several responses of one respondent counts."""

    FIRST = "first"
    LAST = "last"
    NONE = "none"


class Twins(StrEnum):
    """Where no column tells respondents apart: whether responses that are the same in every column all count."""

    ALL = "all"
    ONE = "one"


def folded(text: str) -> str:
    """Text as it is compared: full-width signs made plain, every blank and line end taken out, in small letters."""
    return "".join(plain(text).split()).casefold()


class Span(Struct, frozen=True):
    """Numbers from ``low`` to ``high``, both included, that give points in proportion; whole ones only unless
    ``decimals``. ``low_points`` may be the larger: then a small number is the better answer."""

    low: Fraction
    high: Fraction
    low_points: Fraction
    high_points: Fraction
    decimals: bool = False

    def points(self, number: Fraction) -> Fraction | None:
        if not self.low <= number <= self.high or (number.denominator != 1 and not self.decimals):
            return None
        return self.low_points + (self.high_points - self.low_points) * (number - self.low) / (self.high - self.low)


class Scale(Struct, frozen=True, dict=True):
    """A scale: numbers, named answers, or both. Points run from 0 to 100.

    ``answers`` maps an answer as the office wrote it to its points, None for one that does not count.
    """

    name: str
    span: Span | None
    answers: Mapping[str, Fraction | None]

    @cached_property
    def _named(self) -> Mapping[str, Fraction | None]:
        return {folded(answer): points for answer, points in self.answers.items()}

    def read(self, answer: str, unanswered: frozenset[str]) -> tuple[ScaleVerdict, Fraction | None]:
        """What an answer is, and its points where it is valid. ``unanswered`` holds folded ways of leaving it out."""
        answer = folded(answer)
        if not answer or answer in unanswered:
            return ScaleVerdict.UNANSWERED, None
        if answer in self._named:
            points = self._named[answer]
            return (ScaleVerdict.EXCUSED if points is None else ScaleVerdict.VALID), points
        number = parse_numeral(answer) if self.span else None
        points = self.span.points(number) if self.span and number is not None else None
        return (ScaleVerdict.IMPOSSIBLE if points is None else ScaleVerdict.VALID), points


class Question(Struct, frozen=True):
    """``column`` is the head of its column in the files of responses; ``weight`` a share of 1; ``where`` its cell."""

    column: str
    text: str
    scale: Scale
    weight: Fraction
    where: str


class Grouping(Struct, frozen=True):
    """A column by whose values the score is broken down."""

    column: str
    name: str
    where: str


class Questionnaire(Struct, frozen=True):
    """A filled questionnaire workbook.

    ``respondent`` is the column that tells respondents apart, "" where there is none. ``minimum`` is the share of
    the weights (0 < it ≤ 1) that a response must have answered to count; below ``least`` responses a score is marked
    as resting on few. ``as_of`` is an ISO date.
    """

    file: str
    title: str
    city: str
    round: str
    as_of: str
    method: str
    respondent: str
    respondent_where: str
    keep: Keep
    twins: Twins
    minimum: Fraction
    least: int
    unanswered: tuple[str, ...]
    questions: tuple[Question, ...]
    groupings: tuple[Grouping, ...]
