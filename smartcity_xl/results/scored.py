"""What was scored, under which rules, and what it came to, as records."""

# No annotations as texts here: msgspec would evaluate each anew at every start that reads a record.

from collections.abc import Mapping

from msgspec import Struct, field

from smartcity_xl.model import Missing, RatioAboveOne, Role, Rounding, Slack, Standing
from smartcity_xl.results.numbers import Exact, Score


class CatalogRecord(Struct, frozen=True):
    """The indicator system."""

    id: str
    version: str
    title: str


class AssignmentRecord(Struct, frozen=True):
    """The sharing-out among departments."""

    id: str
    title: str


class RangeRecord(Struct, frozen=True):
    """Between which scores a level can still lie, both ends inclusive; None where nothing limits it. ``slack`` says why
    an end may be wider than what can be reached, "" where both are reached."""

    floor: Score | None
    ceiling: Score | None
    slack: Slack

    @property
    def certain(self) -> bool:
        return self.floor is not None and self.floor == self.ceiling


class MoveRecord(Struct, frozen=True):
    """One answer that would have to be another: its figure, and both values in the figure's unit and in words."""

    figure: str
    label: str
    unit: str
    now: Exact
    then: Exact
    zh_now: str
    zh_then: str


class StepRecord(Struct, frozen=True):
    """What would have to be true for an indicator to score more. ``gain`` is what the total gains by it (None in a
    system without points), ``score``, ``star`` and ``total`` are those after it, ``departments`` are asked for the
    answers; ``zh`` says it."""

    indicator: str
    moves: tuple[MoveRecord, ...]
    gain: Score | None
    score: Score | None
    star: int | None
    total: Score | None
    departments: tuple[str, ...]
    zh: str


class ReachRecord(Struct, frozen=True):
    """Steps that can be taken together, the best first, and what the total gains by all of them."""

    steps: tuple[StepRecord, ...] = ()
    gain: Score | None = None
    zh: str = ""


NO_REACH = ReachRecord()


class TotalRecord(Struct, frozen=True):
    """``assessed``: the points that the indicators scored so far could reach; ``final``: nothing is open; ``apart``:
    the points of dimensions kept beside the total."""

    score: Score
    full: Score
    assessed: Score
    final: bool
    apart: Score | None
    range: RangeRecord | None = None
    apart_range: RangeRecord | None = None


class StarsRecord(Struct, frozen=True):
    """What a star system shows: level -> how many indicators stand there, and the codes of those below the target.

    ``certain``: level -> how many reach it whatever is still answered; ``possible``: how many can still reach it, these
    among them. What is in neither is out of reach.
    """

    target: int
    counts: Mapping[str, int]
    unsettled: int
    below: tuple[str, ...]
    certain: Mapping[str, int] = field(default_factory=dict)
    possible: Mapping[str, int] = field(default_factory=dict)


class SettingsRecord(Struct, frozen=True):
    """What the office chose where the texts are silent."""

    ratio_above_one: RatioAboveOne
    rounding: Rounding
    missing: Missing


class IndicatorRecord(Struct, frozen=True):
    """``score`` of ``full`` is on the indicator's own scale, ``points`` of ``points_full`` in the total (``factor``
    between them); ``stake`` are the points that it can bring or, as a deduction, take away: 1 in a system without
    points. ``mark`` is the rule's result before the weight, ``parts`` its b1, b2, …; ``open`` the figures that keep it
    from a score. ``range`` is that of the score once it is settled, ``least_star`` and ``most_star`` that of the level;
    ``lost`` are the points of the total that it could have and has not, or takes away (None beside the total and while
    it is open); ``steps`` what would win some back, the smallest first."""

    code: str
    name: str
    role: Role
    weight: Exact | None
    deduct_max: Exact | None
    standing: Standing
    score: Score | None
    full: Score
    factor: Exact
    points: Exact | None
    points_full: Exact
    stake: Exact
    mark: Exact | None
    parts: Mapping[str, Exact]
    open: tuple[str, ...]
    star: int | None
    next_star: int | None
    range: RangeRecord | None = None
    least_star: int | None = None
    most_star: int | None = None
    lost: Exact | None = None
    steps: tuple[StepRecord, ...] = ()


class CategoryRecord(Struct, frozen=True):
    """``weight`` is a fraction of 1."""

    code: str
    name: str
    weight: Exact
    score: Score
    full: Score
    indicators: tuple[IndicatorRecord, ...]
    range: RangeRecord | None = None


class DimensionRecord(Struct, frozen=True):
    """``weight`` is a fraction of 1."""

    code: str
    name: str
    weight: Exact
    score: Score
    full: Score
    categories: tuple[CategoryRecord, ...]
    range: RangeRecord | None = None
