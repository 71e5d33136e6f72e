"""The national system of 2016: names and weights only (E49), marked by category or one by one, and a province's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from assignments import fill_book
from edited_books import Editor
from make_samples import fill_workbook
from support import PERSONS
from whole_cities import CITIES_2016

from smartcity_xl.catalog.load import assignment_ids, catalog_ids, load_catalog, load_document
from smartcity_xl.cli import run_cli
from smartcity_xl.form.template import Issue
from smartcity_xl.messages import label
from smartcity_xl.model import Catalog, Kind
from smartcity_xl.office.assigning import read_assignment_book
from smartcity_xl.office.editing import open_catalog_book, write_catalog_book
from smartcity_xl.office.editing.form import COLUMN_HINT_ROW, words_for

ID = "cn-2016"
CATALOG, DOCUMENT = load_catalog(ID), load_document(ID)
WHOLE, OWN = CITIES_2016[0], CITIES_2016[-1]
OFFICE, EXPERTS = "市智慧城市工作专班", "市智慧城市专家组"


def test_the_system_has_8_dimensions_21_categories_and_54_named_indicators() -> None:
    names = [item for category in CATALOG.categories for item in category.items]
    assert [d.code for d in CATALOG.dimensions if not d.apart] == [f"L{n}" for n in range(1, 9)]
    assert (len(CATALOG.categories), len(names), len(DOCUMENT["indicators"])) == (21, 54, 54)
    assert len({item.key for item in names}) == 54


def test_the_weights_are_those_of_the_text() -> None:
    dimensions = {d.code: int(100 * d.weight) for d in CATALOG.dimensions if not d.apart}
    categories = {c.code: int(100 * c.weight) for c in CATALOG.categories}
    assert dimensions == {"L1": 37, "L2": 9, "L3": 8, "L4": 7, "L5": 7, "L6": 8, "L7": 4, "L8": 20}
    assert categories == {
        "L1P1": 8, "L1P2": 3, "L1P3": 3, "L1P4": 3, "L1P5": 3, "L1P6": 3, "L1P7": 7, "L1P8": 5, "L1P9": 2, "L2P1": 4,
        "L2P2": 5, "L3P1": 4, "L3P2": 4, "L4P1": 4, "L4P2": 3, "L5P1": 4, "L5P2": 3, "L6P1": 4, "L6P2": 4, "L7P1": 4,
        "L8P1": 20,
    }  # fmt: skip


def test_no_indicator_has_a_weight_or_takes_anything_from_another_edition() -> None:
    """E49: a mark for each category and one for each indicator, all from 0 to 100; only the survey is shared."""
    assert not any("weight" in indicator for indicator in DOCUMENT["indicators"])
    marks = [category["mark"] for category in DOCUMENT["categories"]]
    rules = [indicator["rule"] for indicator in DOCUMENT["indicators"]]
    assert sorted(figure["key"] for figure in DOCUMENT["figures"]) == sorted([*marks, *rules])
    assert len({*marks, *rules}) == 21 + 54
    assert {(f["kind"], f["unit"], f["max"]) for f in DOCUMENT["figures"]} == {("points", "分", 100)}
    others = {key for other in catalog_ids() if other != ID for key in load_catalog(other).figures}
    assert {figure["key"] for figure in DOCUMENT["figures"]} & others == {"citizen_experience"}


def test_network_security_earns_points_here() -> None:
    """E49: 8 of the 100; later editions only deduct."""
    assert sum(c.weight for c in CATALOG.categories if c.dimension == "L6") == Fraction("0.08")
    assert not any(indicator.deducts for indicator in CATALOG.indicators)


def test_the_self_chosen_dimension_is_empty_kept_apart_and_limited() -> None:
    (dimension,) = (d for d in CATALOG.dimensions if d.apart)
    assert (dimension.name, dimension.weight) == ("自选指标", Fraction("0.1"))
    assert (dimension.most_categories, dimension.most_indicators) == (3, 3)
    assert dimension not in CATALOG.shown_dimensions


def test_the_text_names_no_departments() -> None:
    assert assignment_ids(ID) == ()


# --- through real files ------------------------------------------------------------------------------------------


def own_system(folder: Path) -> Path:
    """What an office and its province make of the system, in the exported workbook, and import again."""
    editor = Editor(write_catalog_book(CATALOG, DOCUMENT))
    editor.put("settings", "id", "value", "yunting-2016")
    for code, weight in OWN["weights"].items():
        editor.put("indicators", code, "weight", weight)
    for name, entries in OWN["own"].items():
        for entry in entries:
            fields = {**entry, "kind": words_for("kind")[Kind.POINTS]} if name == "figures" else entry
            editor.add(name, **fields)
    book = editor.save(folder / "own.xlsx")
    assert run_cli(["catalog", "import", str(book), "--out", str(folder / "own")]) == 0
    return folder / "own"


def collect_round(folder: Path, reference: str, given: dict[str, str]) -> dict[str, Any]:
    """A round in which the office answers the survey and a group of experts everything else."""
    catalog: Catalog = load_catalog(reference)
    assert run_cli(["catalog", "assign", reference, "--out", str(folder / "blank.xlsx")]) == 0
    book = folder / "分工.xlsx"
    duties = {key: (EXPERTS,) for key in catalog.figures if key != "citizen_experience"}
    settings = {
        "city": "云汀市", "round": "2016", "deadline": "2016-12-30", "recipients": "省发展改革委", "office": OFFICE,
    }  # fmt: skip
    book.write_bytes(fill_book(catalog, duties, settings, {EXPERTS: ""}))
    _, assignment = read_assignment_book(book, catalog)
    common = ["--assignment", str(book), "--catalog", reference]
    assert run_cli(["make-templates", *common, "--out", str(folder / "issue")]) == 0
    assert len(list((folder / "issue").glob("*.xlsx"))) == 2
    inbox = folder / "inbox"
    inbox.mkdir()
    issue = Issue(assignment.round, assignment.city, assignment.deadline)
    for department in assignment.departments:
        answers = {key: float(given[key]) for key in assignment.figures_for(department) if key in given}
        data = fill_workbook(catalog, assignment, department, issue, {"answers": answers, "people": PERSONS})
        (inbox / f"{department}.xlsx").write_bytes(data)
    assert run_cli(["collect", str(inbox), *common, "--out", str(folder / "out")]) == 0
    results: dict[str, Any] = json.loads((folder / "out" / "results.json").read_text(encoding="utf-8"))
    return results


def test_a_city_marked_by_category_runs_a_whole_round(tmp_path: Path) -> None:
    total = collect_round(tmp_path, ID, WHOLE["given"])["total"]
    assert (total["score"], total["full"], total["final"], total["apart"]) == (WHOLE["total"], "100.00", True, None)


def test_weights_and_self_chosen_indicators_come_in_by_workbook_and_the_latter_are_reported_apart(
    tmp_path: Path,
) -> None:
    results = collect_round(tmp_path, str(own_system(tmp_path)), OWN["given"])
    total = results["total"]
    assert (total["score"], total["full"], total["apart"]) == (OWN["total"], "100.00", OWN["apart"])
    found = {i["code"]: i["score"] for d in results["dimensions"] for c in d["categories"] for i in c["indicators"]}
    assert found == {entry["code"]: entry["score"] for entry in OWN["indicator"]}
    asked = {figure["key"] for figure in results["figures"]}
    assert "mark2016_l7p1" in asked, "still marked as a whole"
    assert "mark2016_l1p1" not in asked, "its indicators have weights now"


def weigh(*weights: str) -> Callable[[Editor], None]:
    """Give the first indicators of the first category these weights."""

    def edit(editor: Editor) -> None:
        for indicator, weight in zip(DOCUMENT["indicators"], weights, strict=False):
            editor.put("indicators", indicator["code"], "weight", weight)

    return edit


def add_categories(editor: Editor) -> None:
    for n in range(4):
        editor.add("categories", code=f"ZP{n}", dimension="Z", name=f"自选{n}", weight="2.5%")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(weigh("40%"), "weights-some", id="one of three weights"),
        pytest.param(weigh("30%", "30%", "30%"), "weights-open", id="weights that do not close"),
        pytest.param(add_categories, "too-many", id="four categories of the province's own"),
    ],
)
def test_what_does_not_close_or_is_too_much_is_refused(
    change: Callable[[Editor], None], code: str, tmp_path: Path
) -> None:
    editor = Editor(write_catalog_book(CATALOG, DOCUMENT))
    change(editor)
    faults = open_catalog_book(editor.save(tmp_path / "own.xlsx")).faults
    assert code in {fault.code for fault in faults}


def test_every_figure_is_points_from_0_to_100() -> None:
    assert {(f.kind, f.minimum, f.maximum) for f in CATALOG.figures.values()} == {(Kind.POINTS, 0, 100)}


def test_the_column_of_weights_is_in_sight_although_nothing_fills_it() -> None:
    sheet = Editor(write_catalog_book(CATALOG, DOCUMENT)).sheet("indicators")
    seen = {cell.value: not sheet.column_dimensions[cell.column_letter].hidden for cell in sheet[1]}
    assert seen["weight"]
    assert not seen["role"], "nor what only other schemes need"
    assert sheet.row_dimensions[COLUMN_HINT_ROW + 1].height < 60, "hints of hidden columns take no room"


def test_the_workbooks_name_the_indicators_that_a_mark_is_for(tmp_path: Path) -> None:
    collect_round(tmp_path, ID, WHOLE["given"])
    template = openpyxl.load_workbook(next((tmp_path / "issue").glob("01-*.xlsx")))
    summary = openpyxl.load_workbook(tmp_path / "out" / label("file.summary"))
    names = [item.label for category in CATALOG.categories for item in category.items]
    for sheet in (template[label("sheet.scores")], summary[label("sheet.methods")]):
        text = "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
        assert [name for name in names if name not in text] == []
    heads = [cell for row in template[label("sheet.figures")].iter_rows(values_only=True) for cell in row if cell]
    assert any(str(cell).endswith("（整体评分，占总分的 8%）") for cell in heads)
