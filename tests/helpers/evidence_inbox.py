"""Files that evidence lists name, and an inbox that holds some of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from msgspec.structs import replace
from support import figure as a_figure
from support import (
    small_assignment,
    small_catalog,
    submission,
)

from smartcity_xl.documents.evidence import match_evidence
from smartcity_xl.documents.owners import find_owners
from smartcity_xl.model import (
    Department,
    Evidence,
    Material,
    NamedFile,
    Origin,
    Submission,
)

SMALL = small_catalog(a_figure("total"))
TWO = replace(
    small_assignment(SMALL, "police", "civil"),
    departments={
        "police": Department("police", "市公安局", ("公安局",)),
        "civil": Department("civil", "市民政局", ("民政局",)),
    },
)


def material(name: str, content: str = "") -> Material:
    return Material(name, hashlib.sha256((content or name).encode()).hexdigest())


def sent(*files: str, department: str = "police", parcel: str = "", title: str = "材料") -> Submission:
    """A department's workbook whose evidence list holds these cells."""
    name = parcel or f"{department}.xlsx"
    given = submission(SMALL, {}, department=department, parcel=name)
    rows = [
        Evidence("L1P1-A1", title, file, "", Origin(name, "支撑资料", f"F{number}"))
        for number, file in enumerate(files, start=5)
    ]
    return replace(given, evidence=tuple(rows))


def match(submissions: Sequence[Submission], *materials: Material) -> tuple[NamedFile, ...]:
    return match_evidence(SMALL, find_owners(TWO, submissions), submissions, materials)


def one(cell: str, *names: str) -> tuple[str, list[str]]:
    """What a single cell stands for among these files: state, and names."""
    (named,) = match([sent(cell)], *(material(name) for name in names))
    return named.state.value, [found.name for found in named.files]
