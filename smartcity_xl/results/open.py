"""What is open for a department: decided here, once, for every table, letter and workbook that says it.

An *open finding* is one that a department can do something about and has not: it must be corrected or confirmed, nobody
has explained it, it is not the office's business (it has a task for a clerk), and it is not about a file that does not
count. Of an open conflict every department that has taken a side has one. *Points at stake* (涉及分值) are those of the
indicators that its open findings are about, each once; *points held* (压着的分) those of the indicators without a score
that wait for an answer of its.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

from msgspec import Struct, field
from msgspec.structs import replace

from smartcity_xl.messages import label, severity, words
from smartcity_xl.model import Finding, Severity
from smartcity_xl.results.record import (
    NO_REACH,
    ConflictState,
    DepartmentRecord,
    FileStatus,
    FindingRecord,
    ReachRecord,
    Results,
)
from smartcity_xl.results.shown import two

_ZERO = Fraction(0)
_COUNTS = (FileStatus.TAKEN, FileStatus.ATTACHED)
"""What is wrong with any other file is told in that file's receipt, or is the office's to decide."""
OF_OTHERS = frozenset({"not-confirmed", "sum-incomplete", "lead-silent", "largest-incomplete"})
"""What is said at a department's answer, and is about others who have not reported."""
SameFinding = tuple[str, str, str, str, str, str, tuple[tuple[str, str], ...]]


def same_finding(finding: FindingRecord | Finding) -> SameFinding:
    """What makes two findings one, though two systems each tell it: code, department, place, figure and parameters."""
    at = finding.origin if isinstance(finding, Finding) else finding
    return (
        finding.code, finding.department or "", at.file, at.sheet, at.cell, finding.figure or "",
        tuple(sorted(finding.parameters.items())),
    )  # fmt: skip


def task_of(finding: FindingRecord | Finding) -> str:
    """What a clerk is told to do about a finding, in the words of its case; "" for what is no department's business."""
    todo, code = words("todo"), finding.code
    other = todo["other_must" if severity(code) is Severity.ERROR else "other"]
    return str(todo.get(f"{code}.{finding.parameters.get('case', '')}", todo.get(code, other)))


class OpenFinding(Struct, frozen=True):
    """A finding that is open for a department. ``told``: every place where it stands, as the number of a system's
    record and of the finding in it; ``stakes``: the points that hang on it, for each system that tells it."""

    finding: FindingRecord
    task: str
    told: tuple[tuple[int, int], ...]
    stakes: Mapping[int, Fraction]

    @property
    def must(self) -> bool:
        return self.finding.severity is Severity.ERROR

    @property
    def stake(self) -> Fraction:
        return sum(self.stakes.values(), _ZERO)


class Share(Struct, frozen=True):
    """What one system asks of a department, what is filled of it, and the points held and at stake there: in a system
    without points (``graded`` is False) the number of indicators. ``reach`` is what would win points back."""

    system: str
    graded: bool
    asked: int
    filled: int
    held: str
    stake: str
    reach: ReachRecord = NO_REACH


class OpenWork(Struct, frozen=True):
    """What is open for a department in all systems together, each finding once; the gravest stand first, and of these
    the dearest."""

    department: str
    name: str
    reported: bool
    shares: tuple[Share, ...] = ()
    findings: tuple[OpenFinding, ...] = ()

    @property
    def errors(self) -> int:
        """Findings that must be corrected."""
        return sum(one.must for one in self.findings)

    @property
    def queries(self) -> int:
        """Findings that should be confirmed or explained."""
        return len(self.findings) - self.errors

    @property
    def conflicts(self) -> int:
        """Open conflicts in which it has taken a side; they are among those that must be corrected."""
        return sum(one.finding.code == "conflict" for one in self.findings)

    @property
    def asked(self) -> bool:
        return any(share.asked for share in self.shares)

    @property
    def missing(self) -> int:
        """Required answers that are not there, counted in each system."""
        return sum(share.asked - share.filled for share in self.shares)

    @property
    def held(self) -> Fraction:
        return sum((Fraction(share.held) for share in self.shares), _ZERO)

    @property
    def stake(self) -> Fraction:
        return sum((Fraction(share.stake) for share in self.shares), _ZERO)

    @property
    def steps(self) -> tuple[str, ...]:
        """What would win points back, in words: a line that sums up, then a line for each step, system by system."""
        said: list[str] = []
        shares = [share for share in self.shares if share.reach.steps]
        for share in shares:
            head = label(
                "steps.head_of" if len(shares) > 1 else "steps.head", system=share.system, reach=share.reach.zh
            )
            said += [head, *(label("steps.line", code=one.indicator, step=one.zh) for one in share.reach.steps)]
        return tuple(said)

    @property
    def whole(self) -> bool:
        """Nothing is missing, and nothing is to be corrected or explained."""
        return self.reported and not self.findings and all(share.filled >= share.asked for share in self.shares)

    @property
    def owes(self) -> bool:
        """Something is to be had of it still; of one that is asked nothing and sent nothing there is not."""
        return not self.whole and (self.reported or self.asked)


class _Gathered(Struct):
    first: FindingRecord
    told: list[tuple[int, int]] = field(default_factory=list)
    indicators: dict[int, set[str]] = field(default_factory=dict)


def open_work(records: Sequence[Results]) -> tuple[OpenWork, ...]:
    """What is open for each department of a campaign, by the records of its systems; in their order."""
    gathered: dict[str, dict[SameFinding, _Gathered]] = {}
    for system, record in enumerate(records):
        idle = {one.file for one in record.files if one.status not in _COUNTS}
        for number, finding in enumerate(record.findings):
            for department in _concerned(record, finding, idle):
                known = gathered.setdefault(department, {}).setdefault(same_finding(finding), _Gathered(finding))
                known.told.append((system, number))
                known.indicators.setdefault(system, set()).update(finding.indicators)
    stakes = [{one.code: _number(one.stake) for one in record.indicators} for record in records]
    keys = dict.fromkeys(one.key for record in records for one in record.departments)
    return tuple(_work(key, records, stakes, list(gathered.get(key, {}).values())) for key in keys)


@lru_cache(maxsize=1_024)
def _number(text: str) -> Fraction:
    """Of the same indicators in every city: to read a fraction takes longer than to find it."""
    return Fraction(text)


def _work(
    key: str, records: Sequence[Results], stakes: Sequence[Mapping[str, Fraction]], found: Sequence[_Gathered]
) -> OpenWork:
    mine = [(system, one) for system, record in enumerate(records) for one in record.departments if one.key == key]
    shares = []
    for system, entry in mine:
        codes = {code for one in found for code in one.indicators.get(system, ())}
        stake = two(_weigh(stakes[system], codes))
        graded = records[system].total is not None
        title = records[system].catalog.title
        shares.append(Share(title, graded, entry.asked, entry.filled, entry.held, stake, entry.reach))
    opened = (
        OpenFinding(
            one.first, task_of(one.first), tuple(one.told),
            {system: _weigh(stakes[system], codes) for system, codes in one.indicators.items()},
        )
        for one in found
    )  # fmt: skip
    ranked = tuple(sorted(opened, key=lambda one: (not one.must, -one.stake)))
    return OpenWork(key, mine[0][1].name, any(entry.reported for _, entry in mine), tuple(shares), ranked)


def _weigh(stakes: Mapping[str, Fraction], codes: Collection[str]) -> Fraction:
    return sum((stakes.get(code, _ZERO) for code in codes), _ZERO)


def _concerned(record: Results, finding: FindingRecord, idle: Collection[str]) -> Collection[str]:
    """The departments that must act on a finding: of an open conflict, all that have taken a side."""
    if finding.severity is Severity.INFO or finding.explanation or not task_of(finding) or finding.file in idle:
        return ()
    if finding.code != "conflict":
        return (finding.department,) if finding.department else ()
    return dict.fromkeys(_taking_sides(record, finding))


def _taking_sides(record: Results, finding: FindingRecord) -> Iterator[str]:
    """A conflict's finding stands at the first of its answers."""
    at = (finding.file, finding.sheet, finding.cell)
    for conflict in record.conflicts:
        answers = [answer for side in conflict.sides for answer in side.answers]
        first = next(((one.file, one.sheet, one.cell) for one in answers), None)
        if (conflict.figure, conflict.state, first) == (finding.figure, ConflictState.OPEN, at):
            yield from (answer.department for answer in answers)


class Counts(Struct, frozen=True):
    """How many findings of a round must be corrected, wait for an explanation, and have one; the office's own among
    them."""

    errors: int
    queries: int
    explained: int


def count_findings(findings: Iterable[Finding | FindingRecord]) -> Counts:
    """All that is open in a round, each finding once."""
    once = {same_finding(one): (severity(one.code), bool(one.explanation)) for one in findings}
    queries = [explained for level, explained in once.values() if level is Severity.QUERY]
    errors = sum(level is Severity.ERROR for level, _ in once.values())
    return Counts(errors, queries.count(False), sum(explained for _, explained in once.values()))


def count_conflicts(records: Sequence[Results]) -> int:
    """The conflicts that wait for the office in all systems together, each once."""
    found = set()
    for one in (one for record in records for one in record.conflicts if one.state is ConflictState.OPEN):
        places = ((answer.file, answer.sheet, answer.cell) for side in one.sides for answer in side.answers)
        found.add((one.figure, one.department, tuple(sorted(places))))
    return len(found)


def count_open(record: Results) -> Results:
    """The record with what is open for each of its departments."""
    works = {one.department: one for one in open_work([record])}

    def counted(entry: DepartmentRecord) -> DepartmentRecord:
        work = works[entry.key]
        return replace(entry, errors=work.errors, queries=work.queries, stake=work.shares[0].stake)

    return replace(record, departments=tuple(map(counted, record.departments)))
