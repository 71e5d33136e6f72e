"""The main job through real files: templates out, the rehearsal inbox in, the answer key met."""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from make_samples import fill_workbook
from support import PERSONS, proofs, put

from smartcity_xl.catalog.load import load_assignment, load_catalog
from smartcity_xl.cli import run_cli
from smartcity_xl.form.template import Issue, file_name, write_template
from smartcity_xl.run.systems import EVERYTHING_DEFAULT, choose

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"
INBOX = SAMPLES / "inbox"


def read_toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("collected")
    assert run_cli(["collect", str(INBOX), "--out", str(out)]) == 1
    return out, json.loads((out / "results.json").read_text(encoding="utf-8"))


KEY = read_toml(SAMPLES / "answer-key.toml")


def indicators(results: dict[str, Any]) -> dict[str, Any]:
    found = (i for d in results["dimensions"] for c in d["categories"] for i in c["indicators"])
    return {indicator["code"]: indicator for indicator in found}


@pytest.mark.parametrize("expected", KEY["indicator"], ids=lambda entry: entry["code"])
def test_every_indicator_scores_as_the_key_says(collected: tuple[Path, Any], expected: dict[str, str]) -> None:
    found = indicators(collected[1])[expected["code"]]
    assert (found["score"] or "", found["standing"]) == (expected["score"], expected["standing"])


def test_categories_dimensions_and_total_are_those_of_the_key(collected: tuple[Path, Any]) -> None:
    results = collected[1]
    assert {d["code"]: d["score"] for d in results["dimensions"]} == {d["code"]: d["score"] for d in KEY["dimension"]}
    categories = {c["code"]: c["score"] for d in results["dimensions"] for c in d["categories"]}
    assert categories == {c["code"]: c["score"] for c in KEY["category"]}
    total = results["total"]
    told = {"score": KEY["total"], "full": "100.00", "assessed": KEY["assessed"], "final": False, "apart": None}
    assert told.items() <= total.items()
    assert Decimal(total["range"]["floor"]) <= Decimal(KEY["total"]) < Decimal(total["range"]["ceiling"]) < 100


# What each planted fault must lead to: a finding of this code in this file, or a file of this fate.
FINDING_OF = {
    "F1": "text-number", "F2": "text-number", "F3": "part-exceeds-whole", "F4": "conflict", "F5": "share-scale",
    "F6": "not-a-number", "F7": "formula-kept", "F8": "cell-error", "F9": "missing", "F10": None, "F11": "query",
    "F12": "date-for-number", "F13": "duplicate-file", "F14": "conflict", "F15": "out-of-range",
    "F16": "zero-denominator", "F17": "damaged", "F18": "not-applicable", "F19": None,
    "F20": "evidence-file-missing", "F21": "evidence-file-unclear", "F22": "written-long",
}  # fmt: skip


def test_without_the_indicator_that_lacks_evidence_the_score_is_that_of_the_key(collected: tuple[Path, Any]) -> None:
    evidence = collected[1]["evidence"]
    assert (evidence["lacking"], evidence["score_without"]) == (["L2P2-A2"], "62.34")


@pytest.mark.parametrize("fault", KEY["fault"], ids=lambda fault: f"{fault['id']} {fault['file']}")
def test_every_planted_fault_is_found_where_it_stands(collected: tuple[Path, Any], fault: dict[str, str]) -> None:
    results = collected[1]
    code = FINDING_OF[fault["id"]]
    in_file = [f for f in results["findings"] if f["file"] == fault["file"]]
    if fault["id"] == "F19":
        (receipt,) = (f for f in results["files"] if f["file"] == fault["file"])
        assert receipt["status"] == "ignored"
    elif code is None:
        assert [f for f in in_file if f["figure"] == fault["slot"]] == []
    elif code in ("query", "zero-denominator"):
        figure = next(f for f in results["figures"] if f["key"] == fault["slot"])
        assert any(f["code"] == code and f["indicator"] in figure["indicators"] for f in results["findings"])
    elif code == "conflict":
        assert any(f["code"] == code and f["figure"] == fault["slot"] for f in results["findings"])
    else:
        assert any(f["code"] == code and f["figure"] == (fault["slot"] or None) for f in in_file)


def test_nothing_is_reported_that_was_not_planted(collected: tuple[Path, Any]) -> None:
    expected = {
        "text-number": 2, "part-exceeds-whole": 1, "conflict": 2, "share-scale": 1,
        "not-a-number": 1, "formula-kept": 1, "cell-error": 1, "missing": 1, "query": 1, "date-for-number": 1,
        "duplicate-file": 1, "several-workbooks": 1, "out-of-range": 1, "zero-denominator": 1, "damaged": 1,
        "department-missing": 1, "not-confirmed": 4, "not-applicable": 1, "other-file": 3, "litter": 1,
        "evidence-file-missing": 1, "evidence-file-unclear": 1, "written-absent": 2, "written-kind": 1,
        "written-long": 1, "written-plain": 1, "written-sections": 1, "written-mentions": 1,
    }  # fmt: skip
    found: dict[str, int] = {}
    for finding in collected[1]["findings"]:
        found[finding["code"]] = found.get(finding["code"], 0) + 1
    assert found == expected


def each_cell(answer: Any) -> list[Any]:
    """The answer cells of an answer: those of its rows, where it is a table with rows."""
    return [cell for row in answer["rows"] or () for cell in row["cells"].values()] or [answer]


def test_the_summary_traces_every_score_to_file_and_cell(collected: tuple[Path, Any]) -> None:
    out, results = collected
    book = openpyxl.load_workbook(out / "汇总.xlsx", data_only=True)
    breakdown = book["指标得分"]
    rows = {row[0]: row for row in breakdown.iter_rows(min_row=4, values_only=True)}
    for code, indicator in indicators(results).items():
        score = rows[code][3]
        assert (f"{score:.2f}" if isinstance(score, (int, float)) else "") == (indicator["score"] or "")
    assert book["总览"]["B4"].value == float(results["total"]["score"])
    listed = [row for row in book["全部答复"].iter_rows(min_row=4, values_only=True) if row[12]]
    used = sorted((row[12], row[13], row[14]) for row in listed if row[8] == "是")
    cells = [a for figure in results["figures"] for answer in figure["answers"] for a in each_cell(answer)]
    assert used == sorted((a["file"], a["sheet"], a["cell"]) for a in cells if a["used"])
    assert len(listed) == len(cells)
    names = {row[0] for row in book["部门情况"].iter_rows(min_row=4, values_only=True)}
    assert names == {department["name"] for department in results["departments"]}


def test_the_same_inbox_in_another_order_gives_the_same_bytes(collected: tuple[Path, Any], tmp_path: Path) -> None:
    first, _ = collected
    copy, out = tmp_path / "inbox", tmp_path / "out"
    for path in sorted(INBOX.rglob("*"), reverse=True):  # another order on the disk, other times
        if path.is_file():
            target = copy / path.relative_to(INBOX)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            os.utime(target, (1_000_000_000, 1_000_000_000))
    assert run_cli(["collect", str(copy), "--out", str(out)]) == 1
    for name in ("汇总.xlsx", "results.json"):
        assert (out / name).read_bytes() == (first / name).read_bytes()


def test_the_blank_workbooks_in_templates_are_fresh() -> None:
    catalog, assignment = choose(EVERYTHING_DEFAULT)
    issue = Issue(assignment.round, assignment.city, assignment.deadline)
    expected = {file_name(assignment, d): d for d in assignment.departments}
    assert {path.name for path in (ROOT / "templates").glob("*.xlsx")} == expected.keys()
    for name, department in expected.items():
        fresh = write_template(catalog, assignment, department, issue)
        assert (ROOT / "templates" / name).read_bytes() == fresh, f"{name} is stale: run `make templates`"


def test_the_rehearsal_material_is_what_the_citys_data_make() -> None:
    from make_samples import make_materials

    made = make_materials(read_toml(SAMPLES / "city.toml"), load_assignment(load_catalog("cn-2018")))
    folders = [path for path in INBOX.rglob("*") if path.is_file() and path.suffix != ".xlsx"]
    strays = {stray["name"] for stray in read_toml(SAMPLES / "city.toml")["stray"]}
    assert {path.relative_to(INBOX).as_posix() for path in folders} - strays == made.keys()
    for name, data in made.items():
        if name.endswith(".pdf"):  # the bytes of a .docx depend on the version of python-docx
            assert (INBOX / name).read_bytes() == data


def test_the_rehearsal_inbox_was_made_from_todays_templates_and_the_citys_data() -> None:
    """The committed workbooks hold exactly what city.toml says, whoever saved them."""
    from smartcity_xl.run.collecting import assess

    city = read_toml(SAMPLES / "city.toml")
    outcome = assess(INBOX)
    taken = {submission.parcel: submission for submission in outcome.submissions}
    for workbook in city["workbook"]:
        if workbook.get("damaged"):
            continue
        submission = taken[workbook["file"]]
        assert submission.department == workbook["department"]
        for key, typed in workbook["answers"].items():
            raw = submission.answers[key].raw
            assert raw == str(typed) or float(raw) == float(typed), key
        assert {key: value for key, value in submission.people.items() if value} == workbook["people"]
        assert {entry.file for entry in submission.evidence} == {entry["file"] for entry in workbook["evidence"]}


def test_some_of_the_rehearsal_workbooks_were_saved_by_libreoffice() -> None:
    import zipfile

    city = read_toml(SAMPLES / "city.toml")
    saved = [w["file"] for w in city["workbook"] if w["saved_by"] == "libreoffice"]
    assert len(saved) >= 5
    for name in saved:
        with zipfile.ZipFile(INBOX / name) as archive:
            assert b"LibreOffice" in archive.read("docProps/app.xml")


BESIDES = {"written-absent"}
"""For the record: nobody has sent written material."""


def make_clean_city(inbox: Path, explanations: dict[str, str]) -> None:
    """Every department's workbook, all that is asked filled, with nothing to ask about but one ratio above 1."""
    catalog = load_catalog("cn-2018")
    assignment = load_assignment(catalog)
    issue = Issue(assignment.round, "云溪市", assignment.deadline)
    inbox.mkdir()
    for department in assignment.departments:
        answers: dict[str, Any] = {}
        for key in assignment.figures_for(department):
            figure = catalog.figures[key]
            for slot in figure.slots:
                if slot.fixed is None:
                    choice = slot.options[0].label if slot.options else "是"
                    answers[slot.key] = 10 if slot.numeric and slot.maximum >= 10 else 0 if slot.numeric else choice
        rows = [{"name": "云溪市第一医院", "record_reads": 5, "outpatient_visits": 10}]
        tables = {key: rows for key in assignment.figures_for(department) if catalog.figures[key].columns}
        said = {key: text for key, text in explanations.items() if key in answers}
        given = {
            "answers": answers, "tables": tables, "people": PERSONS, "evidence": proofs(department),
            "explanations": said,
        }  # fmt: skip
        files = {f"{department}/{proof['file']}": f"%PDF {department} {proof}".encode() for proof in proofs(department)}
        put(inbox, files | {f"{department}/表.xlsx": fill_workbook(catalog, assignment, department, issue, given)})


def collect(inbox: Path, out: Path, *options: str) -> tuple[int, dict[str, Any]]:
    code = run_cli(["collect", str(inbox), "--out", str(out), *options])
    return code, json.loads((out / "results.json").read_text(encoding="utf-8"))


def test_a_clean_city_ends_with_a_final_total(tmp_path: Path) -> None:
    make_clean_city(tmp_path / "inbox", {})
    # 10 leaks, 10 systems; a share of 10 %; every ratio is 10/10, and 10 air stations on 10 km2 are above one
    code, results = collect(tmp_path / "inbox", tmp_path / "out")
    assert {finding["code"] for finding in results["findings"]} == {"ratio-above-one", *BESIDES}
    assert (code, results["total"]["final"], results["city"]) == (1, True, "云溪市")


def test_what_a_department_explains_needs_no_person_unless_the_office_wants(tmp_path: Path) -> None:
    make_clean_city(tmp_path / "inbox", {"air_stations": "含省控点位，经核实无误。", "gov_items_total": "没有人问起"})
    code, results = collect(tmp_path / "inbox", tmp_path / "out")
    [finding] = [finding for finding in results["findings"] if finding["code"] not in BESIDES]
    assert (code, finding["code"], finding["severity"]) == (0, "ratio-above-one", "query")
    assert finding["explanation"] == "含省控点位，经核实无误。"
    book = openpyxl.load_workbook(tmp_path / "out" / "汇总.xlsx", read_only=True)
    rows = book["指标得分"].iter_rows(min_row=4, values_only=True)
    told = [row for row in rows if row[0] == finding["indicator"]]
    assert "核实说明：含省控点位，经核实无误。" in str(told)
    first = next(book["问题清单"].iter_rows(min_row=4, values_only=True))
    assert (first[0], first[1], "含省控点位，经核实无误。" in first) == ("已说明", float(finding["points"]), True)
    assert collect(tmp_path / "inbox", tmp_path / "again", "--review")[0] == 1


def test_findings_are_ranked_by_gravity_and_then_by_the_points_that_hang_on_them(collected: tuple[Path, Any]) -> None:
    out, results = collected
    rank = {"error": 0, "query": 1, "info": 2}
    order = [(rank[finding["severity"]], -float(finding["points"])) for finding in results["findings"]]
    assert order == sorted(order)
    assert results["findings"][0]["code"] == "department-missing"  # ten points hang on what it holds
    assert results["findings"][0]["points"] == "10.00"
    sheet = openpyxl.load_workbook(out / "汇总.xlsx")["问题清单"]
    shown = [row[1] for row in sheet.iter_rows(min_row=4, values_only=True)]
    assert shown == [float(finding["points"]) for finding in results["findings"]]
