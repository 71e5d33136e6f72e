"""What is not settled for a department beside what it has to correct, and no letter may pass over: files that do not
count, questions that the office has, material that has not come.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from smartcity_xl.messages import label
from smartcity_xl.model import Severity
from smartcity_xl.results import Results
from smartcity_xl.results.open import OF_OTHERS, OpenWork, same_finding
from smartcity_xl.results.record import FileStatus, FindingRecord

_ABSENT = "written-absent"
"""One finding for all departments from which material of a kind is wanted; its parameters name them."""
_UNSETTLED = (FileStatus.REJECTED, FileStatus.ASIDE, FileStatus.EXCLUDED)


def read_pending(
    records: Sequence[Results], works: Sequence[OpenWork], owners: Mapping[str, str]
) -> Mapping[str, tuple[str, ...]]:
    """Department -> what is not settled for it, a line for each. ``owners``: file -> whose it is."""
    found = {same_finding(one): one for record in records for one in record.findings}
    known = {same_finding(one.finding) for work in works for one in work.findings}
    waiting = [one for key, one in found.items() if key not in known and _is_pending(one)]
    return {
        work.department: tuple(dict.fromkeys(_lines(work, records[0], list(found.values()), waiting, owners)))
        for work in works
    }


def _is_pending(finding: FindingRecord) -> bool:
    """Whether a finding waits for somebody, and is about the department at which it stands."""
    matters = finding.severity is not Severity.INFO and not finding.explanation
    return matters and finding.code not in OF_OTHERS and finding.code != "department-missing"


def _lines(
    work: OpenWork,
    record: Results,
    found: Sequence[FindingRecord],
    waiting: Sequence[FindingRecord],
    owners: Mapping[str, str],
) -> Iterator[str]:
    told = set()
    for file in record.files:
        why = [one for one in found if one.file == file.file and (file.status in _UNSETTLED or one in waiting)]
        loose = file.status is FileStatus.IGNORED and bool(why)
        if owners.get(file.file, "") == work.department and (file.status in _UNSETTLED or loose):
            said = label("word.list").join(one.zh.found for one in why) or label("word.unknown")
            told.add(file.file)
            name = file.file.rpartition("/")[2]
            yield label(f"draft.pending_{file.status.value}", file=name, why=said)
    for one in waiting:
        if one.department == work.department and one.file not in told:
            yield label("draft.pending_asked", found=one.zh.found)
    for one in found:
        if one.code == _ABSENT and work.name in one.parameters["departments"].split(label("word.separator")):
            yield label("draft.pending_written", kind=one.parameters["kind"])
