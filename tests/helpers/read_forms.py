"""Forms filled and read again, moved about on the way."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from support import (
    edited,
    filled,
    read,
    repacked,
)

from smartcity_xl.books.package import Package
from smartcity_xl.model import Submission

HEALTH = {
    "answers": {"med_institutions_total": 486, "med_institutions_emr": "４１２", "mobile_services.bill_payment": "是"},
    "dates": {"hospital_visits_total": datetime.date(2018, 12, 31)},
    "formulas": {"hospital_visits_booked": {"formula": "=10+2"}},
    "remarks": {"med_institutions_total": "含社区医院"},
    "as_of": "2018-12-31",
    "tables": {
        "tertiary_hospitals": [
            {"name": "一院", "record_reads": 10, "outpatient_visits": 100},
            {"name": "二院", "record_reads": 0, "outpatient_visits": 50},
        ]
    },
    "evidence": [{"indicator": "L1P4-A1", "title": "名录", "file": "名录.pdf"}],
    "people": {"leader.name": "赵演文", "contact.mail": "health@example.com"},
}  # fmt: skip


def secrecy(edit: Callable[[Any], object] | None = None, **answers: Any) -> Submission:
    data = filled(
        "secrecy", **(answers or {"secrecy_review_deduction": 0.25, "leak_events": 1, "crypto_failing_systems": 4})
    )
    return read(edited(data, edit) if edit else data)


def values(submission: Submission) -> dict[str, Fraction | None]:
    return {key: answer.value for key, answer in submission.answers.items()}


ALL = {"secrecy_review_deduction": Fraction(1, 4), "leak_events": Fraction(1), "crypto_failing_systems": Fraction(4)}
Reader = Callable[[bytes], Submission]


def table_codes(submission: Submission) -> list[str]:
    return [f.code for f in submission.findings if f.origin.sheet == "明细表1" or f.figure == "tertiary_hospitals"]


def all_sheets(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return repacked(data, dict.fromkeys(Package(data).sheets.values(), change))


def prefixed(xml: bytes) -> bytes:
    xml = re.sub(rb"<(/?)(?=[A-Za-z])", rb"<\1x:", xml)
    return xml.replace(b'xmlns="', b'xmlns:x="')
