"""The files that evidence lists name, and the files that came: what matches, what is asked, what is left without."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from pathlib import Path

import office
import openpyxl
import pytest
from evidence_inbox import SMALL, TWO, match, material, one, sent
from msgspec.structs import replace
from support import (
    ASSIGNMENT,
    CATALOG,
    ISSUE,
    assert_worded,
    codes,
    put,
    receipt,
)

from smartcity_xl.catalog.combine import lay_together
from smartcity_xl.cli import run_cli
from smartcity_xl.documents import find_lacking, part_of_documents, review_documents
from smartcity_xl.documents.evidence import split_names
from smartcity_xl.documents.names import compare_names, parse_name
from smartcity_xl.documents.owners import find_owners
from smartcity_xl.messages import label
from smartcity_xl.model import (
    Catalog,
    Department,
    Evidenced,
    FileState,
    NamedFile,
    Origin,
    Outcome,
    Rounding,
    Settings,
)
from smartcity_xl.run.collecting import assess
from smartcity_xl.score.scoring import score_merged, total_without
from smartcity_xl.summary import write_summary

# --- names -------------------------------------------------------------------------------------------------------

ANSWERS = [
    ("the very same", "事项清单.pdf", "事项清单.pdf"),
    ("any folder", "事项清单.pdf", "甲/乙/事项清单.pdf"),
    ("no ending", "事项清单", "事项清单.pdf"),
    ("another ending", "事项清单.doc", "事项清单.docx"),
    ("full-width signs", "事项清单（２０１８）．ｐｄｆ", "事项清单(2018).pdf"),
    ("blanks", " 事项 清单.pdf", "事项清单　.pdf"),
    ("capitals", "IPv6检测.PDF", "ipv6检测.pdf"),
    ("quotes around it", "《事项清单》.pdf", "事项清单.pdf"),
    ("decomposed signs", "Cafe\u0301清单.pdf", "Caf\u00e9清单.pdf"),
    ("a number that only the list has", "1.事项清单.pdf", "事项清单.pdf"),
    ("a number that only the file has", "事项清单.pdf", "附件3：事项清单.pdf"),
    ("the same number in other words", "一、事项清单.pdf", "1.事项清单.pdf"),
    ("the same number in a circle", "（12）事项清单.pdf", "⑫事项清单.pdf"),
    ("the indicator's code in front", "事项清单.pdf", "L1P1-A1-事项清单.pdf"),
    ("the indicator's code in the list only", "L1P1-A1 事项清单.pdf", "事项清单.pdf"),
    ("the mark of a second download", "事项清单.pdf", "事项清单(1).pdf"),
    ("the mark of a copy", "事项清单.pdf", "事项清单 - 副本.pdf"),
    ("a dash of another kind", "公安局—台账.pdf", "公安局-台账.pdf"),
    ("words in front of the name", "见附件：事项清单.pdf", "事项清单.pdf"),
    ("a folder in front of the name", "证据/事项清单.pdf", "公安/证据/事项清单.pdf"),
    ("a folder written the Windows way", "证据\\事项清单.pdf", "证据/事项清单.pdf"),
    ("a file in an archive in a mail", "事项清单.pdf", "回复.eml/资料.zip/事项清单.pdf"),
]


@pytest.mark.parametrize(("named", "file"), [case[1:] for case in ANSWERS], ids=[case[0] for case in ANSWERS])
def test_a_file_answers_to_a_name_that_differs_in(named: str, file: str) -> None:
    assert one(named, file, "别的.pdf") == ("present", [file])


@pytest.mark.parametrize(
    ("named", "file"),
    [
        ("1.事项清单.pdf", "2.事项清单.pdf"),
        ("事项清单(2).pdf", "事项清单(1).pdf"),
        ("2017年统计.pdf", "2018年统计.pdf"),
        ("L1P1-A1-清单.pdf", "L1P1-A2-清单.pdf"),
        ("清单.pdf", "清单汇总.pdf"),
        ("附件1.pdf", "附件2.pdf"),
        ("证据/清单.pdf", "其他/清单.pdf"),
        ("1.pdf", "2.pdf"),
    ],
)
def test_what_may_be_another_file_is_never_taken_for_it(named: str, file: str) -> None:
    assert one(named, file) == ("missing", [])


def test_the_nearest_name_wins() -> None:
    names = ["1.清单.pdf", "清单.docx", "清单(1).pdf", "清单.pdf", "2.清单.pdf"]
    assert one("清单.pdf", *names) == ("present", ["清单.pdf"])
    assert one("2.清单.pdf", *names) == ("present", ["2.清单.pdf"])
    assert one("1、清单", *names) == ("present", ["1.清单.pdf"])
    ranks = [compare_names(parse_name("清单.pdf"), parse_name(name)) for name in names]
    assert ranks == [4, 3, 5, 0, 4]


CELLS = [
    ("one name", "清单.pdf", ["清单.pdf"]),
    ("several with every separator", "a.pdf；b.jpg;c.png\nd.doc", ["a.pdf", "b.jpg", "c.png", "d.doc"]),
    ("names that all look like files", "甲.pdf、乙.jpg，丙.png", ["甲.pdf", "乙.jpg", "丙.png"]),
    ("names without endings, one of which came", "清单、截图", ["清单", "截图"]),
    ("a sign within a name that came", "关于甲、乙的通知.pdf", ["关于甲、乙的通知.pdf"]),
    ("a sign within a name that did not come", "关于丙、丁的通知.pdf", ["关于丙、丁的通知.pdf"]),
    ("files parted by a stroke", "甲.pdf/乙.pdf", ["甲.pdf", "乙.pdf"]),
    ("a path", "证据/清单.pdf、证据/截图.png", ["证据/清单.pdf", "证据/截图.png"]),
    ("nothing", " ； ", []),
]


@pytest.mark.parametrize(("cell", "names"), [case[1:] for case in CELLS], ids=[case[0] for case in CELLS])
def test_the_names_in_a_cell(cell: str, names: list[str]) -> None:
    came = {"清单": 1, "清单.pdf": 1, "关于甲、乙的通知.pdf": 1, "关于甲、乙的通知": 1}
    assert split_names(cell, came) == names


@pytest.mark.parametrize("filler", ["无", "—", "暂无", "不适用"])
def test_a_sign_for_none_names_nothing(filler: str) -> None:
    assert match([sent(filler)], material("无.pdf")) == ()


def test_where_the_file_is_left_blank_the_title_stands_for_it() -> None:
    (named,) = match([sent("", title="办事清单")], material("办事清单.pdf"))
    assert (named.named, named.state) == ("办事清单", FileState.PRESENT)


def test_a_folder_stands_for_all_that_lies_in_it() -> None:
    assert one("证据文件夹", "证据/甲.pdf", "证据/深/乙.pdf", "丙.pdf") == (
        "present",
        ["证据/甲.pdf", "证据/深/乙.pdf"],
    )
    assert one("证据.zip", "回复/证据.zip/甲.pdf")[0] == "present"
    assert one("证据", "回复/证据.zip/甲.pdf")[0] == "present"
    assert one("空文件夹", "证据/甲.pdf") == ("missing", [])


# --- whose file it is --------------------------------------------------------------------------------------------


def test_what_came_with_the_departments_own_workbook_is_its_own() -> None:
    police, civil = sent("附件1.pdf", parcel="甲/表.xlsx"), sent("附件1.pdf", department="civil", parcel="乙/表.xlsx")
    found = match([police, civil], material("甲/附件1.pdf"), material("乙/证据/附件1.pdf"))
    assert [(n.department, n.files[0].name) for n in found] == [
        ("police", "甲/附件1.pdf"),
        ("civil", "乙/证据/附件1.pdf"),
    ]


def test_a_folder_with_the_departments_name_is_its_own() -> None:
    found = match([sent("附件1.pdf")], material("07-市公安局报送/附件1.pdf"), material("市民政局/附件1.pdf"))
    assert [material.name for material in found[0].files] == ["07-市公安局报送/附件1.pdf"]
    assert found[0].state is FileState.PRESENT


UNCLEAR = [
    ("two different files in nobody's folders", ["甲/附件1.pdf", "乙/附件1.pdf"]),
    ("a file that lies in another department's folder", ["市民政局/附件1.pdf"]),
    ("two different files in its own folder", ["市公安局/甲/附件1.pdf", "市公安局/乙/附件1.pdf"]),
    ("two folders of one name", ["甲/附件1.pdf/x.png", "乙/附件1.pdf/y.png"]),
]


@pytest.mark.parametrize("names", [case[1] for case in UNCLEAR], ids=[case[0] for case in UNCLEAR])
def test_it_is_asked_and_not_guessed_about(names: list[str]) -> None:
    submissions = [sent("附件1.pdf")]
    documents = review_documents(SMALL, TWO, submissions, [material(name) for name in names], ())
    assert [named.state for named in documents.named] == [FileState.UNCLEAR]
    assert codes(documents.findings) == ["evidence-file-unclear"]
    assert all(name in documents.findings[0].parameters["files"] for name in names)
    assert documents.findings[0].origin == Origin("police.xlsx", "支撑资料", "F5")
    assert find_lacking(wanting_evidence(), TWO, documents.named) == ("L1P1-A1",)
    assert_worded(documents.findings)


def wanting_evidence() -> Catalog:
    """The small catalog, wanting evidence."""
    (indicator,) = SMALL.indicators
    return replace(SMALL, indicators=(replace(indicator, evidence=("清单",)),))


def test_the_same_bytes_in_two_places_leave_nothing_to_ask() -> None:
    (named,) = match([sent("附件1.pdf")], material("乙/附件1.pdf", "same"), material("甲/附件1.pdf", "same"))
    assert (named.state, named.files[0].name) == (FileState.PRESENT, "乙/附件1.pdf")


def test_a_folder_that_several_departments_share_is_nobodys() -> None:
    submissions = [sent("附件1.pdf", parcel="第二批/甲.xlsx"), sent(department="civil", parcel="第二批/乙.xlsx")]
    owners = find_owners(TWO, submissions)
    assert owners.owner("第二批/附件1.pdf") == ""
    assert owners.owner("第二批/市民政局/附件1.pdf") == "civil"
    assert owners.owner("第二批/公安局附件1.pdf") == "police"
    assert owners.owner("公安局和民政局.pdf") == ""


def test_of_names_within_each_other_the_longer_counts() -> None:
    longer = {**TWO.departments, "civil": Department("civil", "市公安局交警支队")}
    owners = find_owners(replace(TWO, departments=longer), [])
    assert (owners.owner("市公安局交警支队/a.pdf"), owners.owner("市公安局/a.pdf")) == ("civil", "police")


# --- what is told ------------------------------------------------------------------------------------------------


def test_one_missing_file_is_told_by_its_cell_and_all_of_them_in_one_sentence() -> None:
    documents = review_documents(SMALL, TWO, [sent("甲.pdf", "乙.pdf")], [material("甲.pdf")], ())
    (finding,) = documents.findings
    assert (finding.code, finding.origin.cell, finding.parameters["named"]) == ("evidence-file-missing", "F6", "乙.pdf")
    documents = review_documents(SMALL, TWO, [sent("甲.pdf", "乙.pdf")], [], ())
    (finding,) = documents.findings
    assert (finding.code, finding.parameters["number"]) == ("evidence-files-none", "2")
    assert_worded(documents.findings)


def test_what_nobody_names_is_listed_once() -> None:
    came = [material("甲.pdf"), material("乙.pdf"), material("丙.pdf", "same"), material("丁.pdf", "same")]
    documents = review_documents(SMALL, TWO, [sent("甲.pdf")], came, ())
    assert [material.name for material in documents.unmentioned] == ["丁.pdf", "乙.pdf"]


def test_the_same_name_in_two_workbooks_of_a_department_is_one() -> None:
    submissions = [sent("甲.pdf", parcel="a.xlsx"), sent("甲.pdf ", parcel="b.xlsx")]
    assert len(match(submissions, material("甲.pdf"))) == 1


def test_each_of_several_systems_sees_the_evidence_for_its_own_indicators() -> None:
    wanting = wanting_evidence()
    parts = [replace(wanting, id=name, short=short) for name, short in (("one", "甲"), ("two", "乙"))]
    whole = lay_together(parts)
    assignment = replace(TWO, asked={"total": ("police", "civil")})
    given = sent("L1P1-A1-清单.pdf", "缺的.pdf")
    codes_of = ("甲 L1P1-A1", "乙 L1P1-A1")
    rows = tuple(replace(row, indicator=code) for row, code in zip(given.evidence, codes_of, strict=True))
    came = [material("清单.pdf"), material("没人提到.pdf")]
    documents = review_documents(whole, assignment, [replace(given, evidence=rows)], came, ())
    seen = [part_of_documents(documents, whole, part) for part in whole.parts]
    assert [[(n.indicator, n.state.value) for n in one.named] for one in seen] == [
        [("L1P1-A1", "present")], [("L1P1-A1", "missing")],
    ]  # fmt: skip
    assert [codes(one.findings) for one in seen] == [[], ["evidence-file-missing"]]
    assert [[m.name for m in one.unmentioned] for one in seen] == [["没人提到.pdf"]] * 2
    lacking = [find_lacking(part, assignment, one.named) for part, one in zip(parts, seen, strict=True)]
    assert lacking == [(), ("L1P1-A1",)]


# --- the score ---------------------------------------------------------------------------------------------------


def test_evidence_counts_only_from_a_department_that_answers_the_indicator() -> None:
    catalog = wanting_evidence()
    came = NamedFile("L1P1-A1", "police", "", "甲.pdf", FileState.PRESENT, (material("甲.pdf"),), "", Origin("a.xlsx"))
    assert find_lacking(catalog, TWO, [came]) == ()
    assert find_lacking(catalog, TWO, [replace(came, department="stranger")]) == ("L1P1-A1",)
    assert find_lacking(catalog, TWO, [replace(came, state=FileState.MISSING)]) == ("L1P1-A1",)
    assert find_lacking(SMALL, TWO, []) == ()  # no evidence is wanted


def test_the_total_without_is_rounded_as_the_total_and_keeps_deductions(samples_outcome: Outcome) -> None:
    outcome = samples_outcome
    every = {indicator.code for indicator in CATALOG.indicators}
    deductions = sum(
        score.score or Fraction(0) for score in outcome.scores.indicators if score.indicator.deduct_max is not None
    )
    assert deductions < 0
    assert total_without(CATALOG, outcome.scores, every) == deductions
    assert total_without(CATALOG, outcome.scores, ()) == outcome.scores.total
    for score in outcome.scores.indicators:
        if score.score and score.indicator.deduct_max is None:
            without = total_without(CATALOG, outcome.scores, {score.indicator.code})
            lost = CATALOG.worth(score.indicator) * score.score
            assert abs(outcome.scores.total - without - lost) <= Fraction(2, 100)
    assert score_merged(CATALOG, outcome.merged).total == outcome.scores.total


@pytest.fixture(scope="module")
def samples_outcome() -> Outcome:
    return assess(Path(__file__).parent.parent / "samples" / "inbox")


@pytest.mark.office
@pytest.mark.parametrize("program", ["soffice", "ssconvert"])
@pytest.mark.parametrize("rounding", list(Rounding))
def test_the_score_without_is_live_and_agrees_with_the_engine(
    samples_outcome: Outcome, program: str, rounding: Rounding, tmp_path: Path
) -> None:
    catalog = replace(samples_outcome.catalog, settings=Settings(rounding=rounding))
    lacking = tuple(indicator.code for indicator in catalog.indicators[::3])
    evidenced = Evidenced(lacking, total_without(catalog, samples_outcome.scores, lacking))
    outcome = replace(samples_outcome, catalog=catalog, evidenced=evidenced)
    book = tmp_path / "summary.xlsx"
    book.write_bytes(office.spoil_cached(write_summary(outcome)))
    values = office.read_values(office.recalculate(program, [book], tmp_path / program)[book])
    assert values[label("sheet.overview")]["B5"] == pytest.approx(float(evidenced.total), abs=1e-9)


# --- through the whole program -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An inbox of one department: a named file, one that is missing, one that is a workbook, one nobody names."""
    from make_samples import fill_workbook

    folder = tmp_path_factory.mktemp("evidence")
    named = ("密码评估.pdf", "台账.xlsx", "缺的.pdf")
    code = next(i.code for i in CATALOG.indicators if "secrecy" in ASSIGNMENT.duties.get(i.code, ()))
    rows = [{"indicator": code, "title": name, "file": name} for name in named[:2]]
    other = next(
        i.code for i in CATALOG.indicators if "secrecy" in ASSIGNMENT.duties.get(i.code, ()) and i.code != code
    )
    rows.append({"indicator": other, "title": "缺", "file": named[2]})
    book = openpyxl.Workbook()
    book.active["A1"] = "=1+1"
    book.save(folder / "ledger.xlsx")
    put(folder / "inbox", {
        "表.xlsx": fill_workbook(CATALOG, ASSIGNMENT, "secrecy", ISSUE, {"evidence": rows}),
        "证据/1.密码评估.pdf": b"%PDF-1.4 a %%EOF",
        "证据/台账.xlsx": (folder / "ledger.xlsx").read_bytes(),
        "没人提到.pdf": b"%PDF-1.4 b %%EOF",
    })  # fmt: skip
    assert run_cli(["collect", str(folder / "inbox"), "--out", str(folder / "out")]) == 1
    return folder / "inbox", folder / "out"


def test_the_results_tell_present_missing_and_never_mentioned(collected: tuple[Path, Path]) -> None:
    results = json.loads((collected[1] / "results.json").read_text(encoding="utf-8"))
    evidence = results["evidence"]
    assert {entry["named"]: entry["state"] for entry in evidence["named"]} == {
        "密码评估.pdf": "present", "台账.xlsx": "present", "缺的.pdf": "missing",
    }  # fmt: skip
    assert [entry["file"] for entry in evidence["unmentioned"]] == ["没人提到.pdf"]
    files = {entry["file"]: (entry["status"], entry["reasons"]) for entry in results["files"]}
    assert files["证据/台账.xlsx"] == ("attached", ["evidence-file"])  # and no longer “not ours”
    assert files["没人提到.pdf"] == ("ignored", ["other-file"])
    wanted = {i.code for i in CATALOG.indicators if i.evidence}
    present = {entry["indicator"] for entry in evidence["named"] if entry["state"] == "present"}
    assert set(evidence["lacking"]) == wanted - present


def test_the_sheet_shows_state_file_and_hash_and_the_overview_the_score_without(collected: tuple[Path, Path]) -> None:
    outcome = assess(collected[0])
    book = openpyxl.load_workbook(collected[1] / "汇总.xlsx", data_only=True)
    rows = [row for row in book["支撑资料"].iter_rows(min_row=4, values_only=True) if row[5] == "密码评估.pdf"]
    data = (collected[0] / "证据/1.密码评估.pdf").read_bytes()
    assert [(row[2], row[6], row[7], row[8]) for row in rows] == [
        ("有", "收到", "证据/1.密码评估.pdf", hashlib.sha256(data).hexdigest())
    ]
    states = {row[6] for row in book["支撑资料"].iter_rows(min_row=4, values_only=True)}
    assert states == {"收到", "未收到", "未提到"}
    assert book["总览"]["B5"].value == float(outcome.evidenced.total)
    assert receipt(outcome, "证据/1.密码评估.pdf").status == "attached"
