"""Whose a file is and which evidence it is: never by what the mails, the folders and the workbooks are called."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support import figure, small_assignment, small_catalog, submission

from smartcity_xl.documents import review_documents
from smartcity_xl.model import Department, Material, Submission

SMALL = small_catalog(figure("total"), evidence=["名录"])
TWO = replace(
    small_assignment(SMALL, "police", "civil"),
    departments={
        "police": Department("police", "市公安局", ("公安局",)),
        "civil": Department("civil", "市民政局", ("民政局",)),
    },
)
FILES = ("附件.pdf", "附件1.pdf", "名录.xls", "证明.pdf")
MAILS = ("一", "二", "三")
"""Three mails: what each holds (department of its workbook or "", files named, files attached), by these names."""
Mail = tuple[str, tuple[str, ...], tuple[str, ...]]


def came(mails: list[Mail], called: Mapping[int, str], turned: bool) -> object:
    """What comes of the mails under these names, with the hashes of the files for their names."""
    sent: list[Submission] = []
    materials: list[Material] = []
    for number, (department, named, attached) in enumerate(mails):
        if department:
            name = f"{called[number]}.eml/表.xlsx"
            sent.append(submission(SMALL, {}, department=department, parcel=name,
                                   evidence=[("材料", file, "") for file in named]))  # fmt: skip
        for file in attached:
            sha256 = hashlib.sha256(f"{number} {file}".encode()).hexdigest()
            materials.append(Material(f"{called[number]}.eml/{file}", sha256))
    sent.sort(key=lambda one: one.parcel)
    found = review_documents(SMALL, TWO, sent, materials[::-1] if turned else materials, ())
    return (
        sorted((one.department, one.state, sorted(file.sha256 for file in one.files)) for one in found.named),
        sorted(one.sha256 for one in found.unmentioned),
        sorted((one.code, one.department, one.indicator) for one in found.findings),
    )


SUBSET = st.lists(st.sampled_from(FILES), max_size=3, unique=True).map(tuple)


@given(st.lists(st.tuples(st.sampled_from(["police", "civil", ""]), SUBSET, SUBSET), min_size=2, max_size=3))
@settings(max_examples=120, deadline=None)
def test_the_names_of_the_mails_decide_no_evidence(mails: list[Mail]) -> None:
    outcomes = set()
    for names in permutations(MAILS[: len(mails)]):
        called = dict(enumerate(names))
        outcomes |= {repr(came(mails, called, turned)) for turned in (False, True)}
    assert len(outcomes) == 1
