"""All files of the hostile corpus at once, beside an honest inbox: each comes to what the table says, and nothing of
the honest ones moves. Each alone, with its seconds and its memory: ``benchmarks/hostile.py``."""

from __future__ import annotations

from pathlib import Path

import pytest
from hostile_corpus import SAMPLES, Hostile, corpus
from support import assert_worded

from smartcity_xl.messages import severity
from smartcity_xl.model import Outcome, Severity
from smartcity_xl.run.collecting import assess
from smartcity_xl.run.systems import Choice

HONEST = ("11-市民政局.xlsx", "12-市生态环境局.xlsx", "21-市工信局.xlsx")
CHOICE = Choice(city="云溪市", round="2018")
pytestmark = pytest.mark.filterwarnings("ignore:Duplicate name")


def seen(outcome: Outcome, one: Hostile) -> tuple[str, tuple[str, ...]]:
    """What an outcome says of a file of the corpus."""
    name = f"{one.file}/{one.inside}" if one.inside else one.file
    receipt = next(receipt for receipt in outcome.receipts if receipt.parcel == name)
    for written in outcome.documents.written:
        if written.material.name == name:
            first = written.findings[0]
            return receipt.status, (first.code, first.parameters["reason"].partition(",")[0])
    return receipt.status, tuple(finding.code for finding in receipt.findings)


def test_the_whole_corpus_at_once_beside_an_honest_inbox(tmp_path: Path) -> None:
    for name in HONEST:
        (tmp_path / name).write_bytes((SAMPLES / name).read_bytes())
    honest = assess(tmp_path, choice=CHOICE)
    hostile = dict(corpus())
    (tmp_path / "实践案例").mkdir()
    for one in hostile.values():
        (tmp_path / one.file).write_bytes(one.make())
    together = assess(tmp_path, choice=CHOICE)

    assert {name: seen(together, one) for name, one in hostile.items()} == {
        name: (one.status, one.codes) for name, one in hostile.items()
    }
    assert together.submissions == honest.submissions
    assert together.scores == honest.scores
    assert together.merged == honest.merged
    mine = {name: receipt for name in HONEST for receipt in together.receipts if receipt.parcel == name}
    assert list(mine.values()) == [receipt for receipt in honest.receipts if receipt.parcel in HONEST]
    assert_worded(together.findings)
    for receipt in together.receipts:
        assert_worded(receipt.findings)


def test_the_corpus_has_a_hundred_faults_of_every_kind() -> None:
    hostile = dict(corpus())
    endings = [one.file.rpartition(".")[2] for one in hostile.values()]
    assert len(hostile) >= 150
    assert len({one.file for one in hostile.values()}) == len(hostile)
    assert endings.count("xlsx") >= 90
    assert min(endings.count(kind) for kind in ("docx", "zip", "eml")) >= 9
    told = {code for one in hostile.values() for code in one.codes if not code.startswith("written")}
    assert len(told) >= 40
    assert sum(severity(code) is Severity.ERROR for code in told) >= 30
