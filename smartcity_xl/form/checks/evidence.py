"""An answer that ought to be proven, and no supporting material (支撑资料) listed for it.

Nought and 否 need no proof. A remark in the list without any material (“涉密，可现场查验”) explains why there is none.
Where the list is empty altogether, one finding says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.books.values import says_nothing
from smartcity_xl.catalog.duties import indicators_for
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog, Finding, Indicator, Submission


def check(catalog: Catalog, assignment: Assignment, submission: Submission) -> Iterator[Finding]:
    listed = {line.indicator for line in submission.evidence if not says_nothing(line.title or line.file)}
    unproven = [
        indicator for indicator in catalog.indicators
        if indicator.evidence and indicator.code in submission.places and indicator.code not in listed
        and _claims(catalog, submission, indicator)
    ]  # fmt: skip
    if not unproven:
        return
    asked = {indicator.code for indicator in indicators_for(catalog, assignment, submission.department)}
    bare = [indicator for indicator in unproven if indicator.code in asked]
    if len(bare) > 1 and not submission.evidence:
        codes = tuple(indicator.code for indicator in bare)
        parameters = {"number": str(len(bare)), "indicators": label("word.separator").join(codes)}
        first = submission.places[codes[0]]
        yield Finding("evidence-none", first, submission.department, parameters=parameters, concerns=codes)
        return
    for indicator in bare:
        remarks = (line.remark for line in submission.evidence if line.indicator == indicator.code)
        parameters = {"name": indicator.name, "wanted": label("word.separator").join(indicator.evidence)}
        yield Finding(
            "evidence-missing", submission.places[indicator.code], submission.department, "", indicator.code,
            parameters, explanation=label("word.list").join(remark for remark in remarks if not says_nothing(remark)),
        )  # fmt: skip


def _claims(catalog: Catalog, submission: Submission, indicator: Indicator) -> bool:
    """Whether the department answers anything but nought and 否 for an indicator."""
    for figure in catalog.figures_of[indicator.code]:
        table = submission.tables.get(figure.key)
        if table and any(cell.value for row in table.rows for cell in row.cells.values()):
            return True
        if any((answer := submission.answers.get(slot.key)) and answer.value for slot in figure.slots):
            return True
    return False
