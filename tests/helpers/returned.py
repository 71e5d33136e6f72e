"""Workbooks that go back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from make_samples import fill_workbook
from support import (
    ASSIGNMENT,
    CATALOG,
    ISSUE,
    put,
)

from smartcity_xl.form.map import PEOPLE
from smartcity_xl.form.returning import plan_returns
from smartcity_xl.form.returning.write import ReturnPlan
from smartcity_xl.form.template import Task
from smartcity_xl.model import Outcome
from smartcity_xl.results import Results
from smartcity_xl.run.collecting import assess

INBOX = Path(__file__).parent.parent.parent / "samples" / "inbox"


@dataclass(frozen=True, slots=True)
class Return:
    """A workbook that goes back: its department, its name and bytes, and what its list says."""

    department: str
    name: str
    data: bytes
    revision: str
    problems: tuple[Task, ...]


def write_returns(outcome: Outcome, records: Sequence[Results] = ()) -> tuple[Return, ...]:
    """All that go back; nothing is wrong with any of them."""
    plans = [plan for plan in plan_returns(outcome, records=records) if isinstance(plan, ReturnPlan)]
    return tuple(Return(plan.department, plan.name, plan.write(), plan.issue.revision, plan.problems) for plan in plans)


def returned(inbox: Path, files: Mapping[str, bytes]) -> tuple[Return, ...]:
    return write_returns(assess(put(inbox, files)))


def full(department: str, **changes: object) -> bytes:
    """A department's workbook with a plausible answer everywhere, but for these."""
    answers: dict[str, object] = {}
    for key in ASSIGNMENT.figures_for(department):
        for slot in CATALOG.figures[key].slots:
            if slot.fixed is None:
                words_ = [option.label for option in slot.options] or ["否"]
                answers[slot.key] = max(0, int(slot.minimum)) if slot.numeric else words_[0]
    people = {key: "甲" for key in PEOPLE if key.endswith("name")}
    people |= {"leader.phone": "0100-1234567", "contact.mobile": "100-0000-0002", "contact.mail": "a@example.com"}
    return fill_workbook(CATALOG, ASSIGNMENT, department, ISSUE, {
        "answers": {**answers, **changes}, "as_of": "2018-12-31", "people": people,
    })  # fmt: skip
