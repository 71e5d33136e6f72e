"""Whose a file is: by who sent the mail, by what it lies in, by its name; also when a correction comes alone."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from evidence_inbox import TWO, material, sent
from mails import attachment, mail, text, zipped
from rounds import template
from support import ASSIGNMENT, codes, filled, proofs, put, receipt

from smartcity_xl.documents.owners import find_owners
from smartcity_xl.ledger import Keeping
from smartcity_xl.messages import label
from smartcity_xl.model import Material, Outcome, Person, Roster, RosterEntry
from smartcity_xl.results import from_outcome
from smartcity_xl.run.collecting import assess, collect

POLICE, CIVIL = "police@example.com", "civil@example.com"
PDF = "application/pdf"


def sender_of(address: str) -> str:
    return {POLICE: "police", CIVIL: "civil"}.get(address, "")


def posted(name: str, sender: str) -> Material:
    """A file in a mail; its name begins with the mail's."""
    way = name.split("/")
    top = next(number for number, part in enumerate(way) if part.endswith(".eml"))
    plain = material(name)
    return Material(plain.name, plain.sha256, sender=sender, mail="/".join(way[: top + 1]))


# name -> sender, workbooks in the inbox (name -> department), whose it is
CASES = {
    "sent alone by its contact": ("信.eml/证明.pdf", POLICE, {}, "police"),
    "in an archive in that mail": ("信.eml/材料.zip/证明.pdf", POLICE, {}, "police"),
    "named after another department": ("信.eml/民政局数据.pdf", POLICE, {}, "police"),
    "in an archive named after another": ("信.eml/民政局提供.zip/证明.pdf", POLICE, {}, "police"),
    "a mail named after another": ("民政局.eml/证明.pdf", POLICE, {}, "police"),
    "a mail that lies beside another's workbook": ("二月/信.eml/证明.pdf", POLICE, {"二月/表.xlsx": "civil"}, "police"),
    "beside another's workbook in that very mail": ("信.eml/证明.pdf", POLICE, {"信.eml/表.xlsx": "civil"}, "civil"),
    "beside workbooks of both": (
        "信.eml/证明.pdf", POLICE, {"信.eml/甲.xlsx": "civil", "信.eml/乙.xlsx": "police"}, "police",
    ),
    "beside one's workbook in an archive of the mail": (
        "信.eml/a.zip/证明.pdf", POLICE, {"信.eml/a.zip/甲.xlsx": "civil", "信.eml/乙.xlsx": "police"}, "civil",
    ),
    "from a stranger, named": ("信.eml/民政局数据.pdf", "x@example.com", {}, "civil"),
    "from a stranger, beside nothing": ("信.eml/证明.pdf", "x@example.com", {}, ""),
    "from a stranger, beside a workbook": ("信.eml/证明.pdf", "x@example.com", {"信.eml/表.xlsx": "civil"}, "civil"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_whose_a_file_of_a_mail_is(case: str) -> None:
    name, sender, books, expected = CASES[case]
    workbooks = [sent(department=department, parcel=parcel) for parcel, department in books.items()]
    assert find_owners(TWO, workbooks, (), sender_of).owner_of(posted(name, sender)) == expected


def test_what_lies_in_a_folder_is_as_before() -> None:
    owners = find_owners(TWO, [sent(parcel="二月/表.xlsx")], (), sender_of)
    assert owners.owner_of(material("二月/证明.pdf")) == owners.owner("二月/证明.pdf") == "police"
    assert owners.owner_of(material("民政局/证明.pdf")) == "civil"


# --- in a whole round --------------------------------------------------------------------------------------------

OWN, OTHER = "transport@example.com", "education@example.com"
FULL = filled("transport", transit_trips_total=1250)
BETTER = filled("transport", transit_trips_total=1300)
PROOF = proofs("transport")[0]["file"]


def roster() -> Roster:
    people = {"transport": OWN, "education": OTHER}
    entries = {key: RosterEntry(key, (), Person(), Person(), Person()) for key in ASSIGNMENT.departments}
    entries |= {
        key: RosterEntry(key, (), Person(), Person(addresses=(address,)), Person()) for key, address in people.items()
    }
    return Roster(entries)


def by(sender: str, day: int, *attachments: bytes) -> bytes:
    route = f"Received: from mail.example.com by mx.office.example.com; 0{day} Mar 2019 00:00:00 +0000"
    return mail(text(), *attachments, headers=f"{route}\nFrom: <{sender}>")


def states(outcome: Outcome) -> dict[str, str]:
    return {one.named: one.state.value for one in outcome.documents.named if one.department == "transport"}


WITH = by(OWN, 1, attachment("表.xlsx", FULL), attachment(PROOF, b"%PDF-1.4 ours", PDF))
FOREIGN = by(OTHER, 1, attachment(PROOF, b"%PDF-1.4 theirs", PDF))


def test_evidence_stays_its_departments_when_a_corrected_workbook_comes_alone(tmp_path: Path) -> None:
    """Another department's file of the same name makes the difference: nobody's would leave it unclear."""
    for people in (roster(), None):
        folder = tmp_path / str(people is None)
        files = {
            "一.eml": WITH,
            "二.eml": by(OWN, 2, attachment("表.xlsx", BETTER)),
            "外/教育局/" + PROOF: b"%PDF-1.4 x",
        }
        outcome = assess(put(folder, files), roster=people)
        assert receipt(outcome, "一.eml/表.xlsx").status == "superseded"
        assert states(outcome)[PROOF] == "present"
        named = next(one for one in outcome.documents.named if one.named == PROOF)
        assert [one.name for one in named.files] == [f"一.eml/{PROOF}"]


def test_evidence_beside_a_workbook_that_was_taken_out_or_was_untouched_stays_its_departments(tmp_path: Path) -> None:
    files = {
        "一/表.xlsx": template("transport"),
        f"一/{PROOF}": b"%PDF-1.4 a",
        "二/表.xlsx": FULL,
        "三/通知.pdf": b"%PDF",
    }
    outcome = assess(put(tmp_path, {**files, "教育局/" + PROOF: b"%PDF-1.4 x"}))
    assert receipt(outcome, "一/表.xlsx").status == "ignored"
    assert states(outcome)[PROOF] == "present"


def test_evidence_sent_alone_from_a_roster_address_goes_before_anothers(tmp_path: Path) -> None:
    files = {"一.eml": by(OWN, 1, attachment("表.xlsx", FULL)), "二.eml": FOREIGN}
    assert states(assess(put(tmp_path / "a", files), roster=roster()))[PROOF] == "unclear", "another department's"
    files["三.eml"] = by(OWN, 2, attachment("证明.zip", zipped({PROOF: b"%PDF-1.4 ours"}), "application/zip"))
    outcome = assess(put(tmp_path / "b", files), roster=roster())
    assert states(outcome)[PROOF] == "present"
    assert receipt(outcome, f"三.eml/证明.zip/{PROOF}").department == "transport"
    files["三.eml"] = by(OWN, 2, attachment(PROOF, b"%PDF-1.4 ours", PDF), attachment("扫描.pdf", b"%PDF-1.4 s", PDF))
    asked = receipt(assess(put(tmp_path / "c", files), roster=roster()), "三.eml").findings
    assert codes(asked) == ["mail-without-form"], "one of its files is nobody's evidence, and may be the form"


def test_a_file_sent_alone_belongs_to_its_sender_in_every_list(tmp_path: Path) -> None:
    files = {"表.xlsx": filled("secrecy"), "信.eml": by(OWN, 1, attachment("说明.pdf", b"%PDF-1.4 note", PDF))}
    outcome, _ = collect(put(tmp_path / "收", files), tmp_path / "出", roster=roster(),
                         keeping=Keeping(tmp_path / "账", "2019-03-05T00:00:00Z"))  # fmt: skip
    assert receipt(outcome, "信.eml/说明.pdf").department == "transport"
    record = from_outcome(outcome)
    assert [(one.file, one.department) for one in record.evidence.unmentioned] == [("信.eml/说明.pdf", "transport")]
    book = openpyxl.load_workbook(tmp_path / "出" / label("file.summary"))
    name = ASSIGNMENT.name("transport")
    for sheet, at in (("files", 0), ("evidence", 7)):
        rows = [
            row for row in book[label(f"sheet.{sheet}")].iter_rows(values_only=True) if row[at] == "信.eml/说明.pdf"
        ]
        assert [name in row for row in rows] == [True], sheet


def test_written_material_sent_alone_is_its_senders(tmp_path: Path) -> None:
    docx = (Path(__file__).parent.parent / "samples" / "inbox" / "市交通运输局文字材料.docx").read_bytes()
    files = {"表.xlsx": filled("secrecy"), "信.eml": by(OTHER, 1, attachment("文字材料.docx", docx))}
    outcome = assess(put(tmp_path, files), roster=roster())
    assert [(one.department, one.material.name) for one in outcome.documents.written] == [
        ("education", "信.eml/文字材料.docx")
    ]
    assert receipt(outcome, "信.eml/文字材料.docx").department == "education"
    assert receipt(outcome, "信.eml").findings == (), "no form is asked of a mail that was not meant to bring one"
    files["信.eml"] = by(OTHER, 1, attachment("说明.docx", docx))
    other = assess(put(tmp_path / "又", files), roster=roster())
    assert [one.department for one in other.findings if one.code == "written-kind"] == ["education"]
