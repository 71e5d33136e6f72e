"""A letter never says that all is well while something of the department's is open."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from mails import attachment, mail, text
from rounds import make_round, template
from support import ASSIGNMENT, filled, proofs, put

from smartcity_xl.cli import run_cli
from smartcity_xl.mail.chasing.pending import read_pending
from smartcity_xl.messages import label
from smartcity_xl.results import from_outcome
from smartcity_xl.results.open import open_work
from smartcity_xl.run.collecting import assess

OWN = "secrecy@example.com"
WELL = ("没有发现需要改正或核实的问题。\n", "暂时不需要再做什么")
WHOLE = filled("secrecy", secrecy_review_deduction=0.25, leak_events=1, crypto_failing_systems=4)
PROOFS = {line["file"]: b"%PDF-1.4 " + line["file"].encode() for line in proofs("secrecy")}


def by(sender: str, *parts: bytes, day: int = 20) -> bytes:
    route = f"Received: from mail.example.com by mx.office.example.com; {day} Feb 2019 01:00:00 +0000"
    return mail(text(), *parts, headers=f"{route}\nFrom: <{sender}>")


def whole_report() -> bytes:
    return by(OWN, attachment("表.xlsx", WHOLE), *(attachment(name, data) for name, data in PROOFS.items()))


def receipt_for(folder: Path, department: str = "secrecy") -> str:
    """The receipt that would go out to a department now."""
    assert run_cli(["send", "--receipts", "--dry-run", "--campaign", str(folder), "--lang", "zh"]) in (0, 1)
    name = label("campaign_folder.drafts")
    number = list(ASSIGNMENT.departments).index(department) + 1
    [draft] = (folder / name).glob(f"{number:02d}-*回执.eml")
    body = message_from_bytes(draft.read_bytes(), policy=policy.default).get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    people = {"secrecy": (OWN, ""), "credit": ("credit@example.com", "")}
    folder = make_round(tmp_path, "office@example.com", people, imap_host="", smtp_host="")
    path = folder / "campaign.toml"
    path.write_text("outlines = []\n" + path.read_text("utf-8"), "utf-8")
    put(folder / label("campaign_folder.inbox"), {"一.eml": whole_report()})
    return folder


def collect(folder: Path, **files: bytes) -> None:
    named = {name.replace("_", "."): data for name, data in files.items()}
    put(folder / label("campaign_folder.inbox"), named)
    assert run_cli(["collect", "--campaign", str(folder)]) in (0, 1)


def rule(folder: Path, verb: str, file: str) -> None:
    assert run_cli([verb, file, "--reason", "已电话核实", "--by", "李四", "--campaign", str(folder)]) == 0


def test_where_nothing_is_open_it_says_so(campaign: Path) -> None:
    collect(campaign)
    said = receipt_for(campaign)
    assert all(words in said for words in WELL), said
    assert label("draft.pending_head") not in said


def excluded(folder: Path) -> None:
    collect(folder, 二_eml=by(OWN, attachment("新表.xlsx", filled("secrecy", leak_events=2)), day=21))
    rule(folder, "exclude", "二.eml/新表.xlsx")
    collect(folder)


OPEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "a file that cannot be read": (
        lambda folder: collect(folder, 二_eml=by(OWN, attachment("补.xlsx", b"PK\x03\x04 broken"), day=21)), "补.xlsx",
    ),
    "an untouched form beside it": (
        lambda folder: collect(folder, 二_eml=by(OWN, attachment("空.xlsx", template("secrecy")), day=21)), "空.xlsx",
    ),
    "a form of another sender's": (
        lambda folder: collect(folder, 二_eml=by("x@example.com", attachment("外.xlsx", filled("secrecy")))), "外.xlsx",
    ),
    "a workbook that the office took out": (excluded, "新表.xlsx"),
    "an older file that came again": (
        lambda folder: collect(
            folder, 二_eml=by(OWN, attachment("旧.xlsx", filled("secrecy", leak_events=2)), day=19),
            三_eml=by(OWN, attachment("旧.xlsx", filled("secrecy", leak_events=2)), day=22),
        ), "待我办核实",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", OPEN)
def test_while_something_is_open_it_names_it(case: str, campaign: Path) -> None:
    arrange, named = OPEN[case]
    collect(campaign)
    arrange(campaign)
    said = receipt_for(campaign)
    assert not any(words in said for words in WELL), said
    assert label("draft.pending_head") in said
    assert named in said.partition(label("draft.pending_head"))[2], said


def test_evidence_that_has_not_come_is_open(campaign: Path) -> None:
    put(campaign / label("campaign_folder.inbox"), {"一.eml": by(OWN, attachment("表.xlsx", WHOLE))})
    collect(campaign)
    said = receipt_for(campaign)
    assert not any(words in said for words in WELL)
    assert "支撑资料" in said


def test_written_material_that_is_asked_for_and_has_not_come_is_named(tmp_path: Path) -> None:
    record = from_outcome(assess(put(tmp_path, {"表.xlsx": WHOLE})))
    absent = [one for one in record.findings if one.code == "written-absent"]
    pending = read_pending([record], open_work([record]), {})
    for one in absent:
        line = label("draft.pending_written", kind=one.parameters["kind"])
        named = one.parameters["departments"].split(label("word.separator"))
        assert {ASSIGNMENT.name(key) for key, lines in pending.items() if line in lines} == set(named)
    assert absent
