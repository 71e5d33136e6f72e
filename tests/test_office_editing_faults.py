"""Every fault of an edited system, by sheet and cell."""

from __future__ import annotations

import datetime
import re
import tomllib
from pathlib import Path

import pytest
from edited_books import BOOK, ID, Edit, Editor, edited, put, rule
from support import repacked

from smartcity_xl.catalog.load import catalog_ids, load_catalog
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import CatalogFault, UsageFault
from smartcity_xl.messages import LANGUAGES, label
from smartcity_xl.office.assigning import write_assignment_book
from smartcity_xl.office.editing import open_catalog_book
from smartcity_xl.office.editing.form import (
    LISTS,
    Form,
    words_for,
)

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module", params=catalog_ids())
def system(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# --- every fault by sheet and cell -------------------------------------------------------------------------------

RULE = ("indicators", "L1P1-A1", "rule")
GOOD = "100 * ratio(gov_items_ecert, gov_items_total)"
Place = tuple[str, str, str]
FAULTY: list[tuple[str, str, Place, Edit]] = [
    ("weights of indicators", "weights-open", ("categories", "L1P1", "weight"),
     put("indicators", "L1P1-A1", "weight", 0.31)),
    ("weights of categories", "weights-open", ("dimensions", "L1", "weight"),
     put("categories", "L1P1", "weight", 0.06)),
    ("weights of dimensions", "weights-open", ("dimensions", "L1", "weight"), put("dimensions", "L8", "weight", 0.41)),
    ("a weight typed without its sign", "weights-open", ("categories", "L1P1", "weight"),
     put("indicators", "L1P1-A1", "weight", 30)),
    ("a weight below 0", "weight-negative", ("indicators", "L1P1-A1", "weight"),
     put("indicators", "L1P1-A1", "weight", -0.3)),
    ("a weight in words", "cell-number", ("categories", "L1P1", "weight"), put("categories", "L1P1", "weight", "五成")),
    ("no weight", "field-missing", ("indicators", "L1P1-A2", "weight"), put("indicators", "L1P1-A2", "weight", None)),
    ("a weight for a deduction", "cell-unused", ("indicators", "L6P1-A1", "weight"),
     put("indicators", "L6P1-A1", "weight", 0.5)),
    ("a deduction among scored ones", "deduction-mixed", ("categories", "L1P1", "weight"),
     lambda editor: [editor.put("indicators", "L1P1-A1", "weight", None),
                     editor.put("indicators", "L1P1-A1", "deduct_max", 2)]),
    ("a rule that does not parse", "cell-rule", RULE, rule("100 * ratio(gov_items_ecert gov_items_total)")),
    ("no rule", "field-missing", RULE, rule(None)),
    ("a figure nobody knows", "name-unknown", RULE, rule(GOOD.replace("ecert", "nonsense"))),
    ("overlapping bands", "cell-rule", RULE, rule("band(gov_items_total, >=80: 60, >=90: 80)")),
    ("a part that nobody reads", "part-unused", RULE, rule(f"b1 = 1\n{GOOD}")),
    ("a part with a figure's name", "part-shadows", RULE,
     rule("gov_items_onestop = 100\ngov_items_onestop * ratio(gov_items_ecert, gov_items_total)")),
    ("a column outside its table", "column-outside", RULE, rule(f"{GOOD} + tertiary_hospitals.record_reads")),
    ("a column of another table", "column-foreign", RULE, rule(f"{GOOD} + mean(tertiary_hospitals, gov_items_total)")),
    ("a checklist as a number", "not-a-number", RULE, rule(f"{GOOD} + ss_remote_services")),
    ("a count of what is no checklist", "kind-wrong", RULE, rule(f"{GOOD} + count(gov_items_total)")),
    ("an item left out", "members-named", ("indicators", "L1P2-A1", "rule"),
     lambda editor: editor.add("members", figure="traffic_index_roads", what="清单项", key="lane", label="巷道")),
    ("a condition that does not parse", "cell-rule", ("queries", "L1P2-A1", "when"),
     put("queries", "L1P2-A1", "when", "大于零")),
    ("a condition on another's figure", "query-foreign", ("queries", "L1P2-A1", "when"),
     put("queries", "L1P2-A1", "when", "gov_items_total > 0")),
    ("a condition on no figure", "name-unknown", ("queries", "L1P2-A1", "when"),
     put("queries", "L1P2-A1", "when", "nonsense > 0")),
    ("a condition of no indicator", "name-unknown", ("queries", "X1", "indicator"),
     put("queries", "L1P2-A1", "indicator", "X1")),
    ("nothing to say", "field-missing", ("queries", "L1P2-A1", "say"), put("queries", "L1P2-A1", "say", None)),
    ("a code twice", "duplicate", ("indicators", "L1P1-A2", "code"), lambda editor: editor.add(
        "indicators", category="L1P1", code="L1P1-A2", name="又一项", weight=0, rule=GOOD, source="本市")),
    ("a figure twice", "duplicate", ("figures", "gov_items_total", "key"), lambda editor: editor.add(
        "figures", key="gov_items_total", label="又一个", kind="整数", unit="项", max=9)),
    ("an item twice", "duplicate", ("members", "ss_remote_services.transfer", "key"), lambda editor: editor.add(
        "members", figure="ss_remote_services", what="清单项", key="transfer", label="又一项")),
    ("a category without indicators", "category-empty", ("categories", "L1P99", "code"), lambda editor: editor.add(
        "categories", dimension="L1", code="L1P99", name="空类", weight=0)),
    ("a dimension nobody knows", "name-unknown", ("categories", "L1P1", "dimension"),
     put("categories", "L1P1", "dimension", "L99")),
    ("a category nobody knows", "name-unknown", ("indicators", "L1P1-A1", "category"),
     put("indicators", "L1P1-A1", "category", "L99P1")),
    ("no survey dimension of that code", "name-unknown", ("settings", "survey_dimension", "value"),
     put("settings", "survey_dimension", "value", "L99")),
    ("no id", "field-missing", ("settings", "id", "value"), put("settings", "id", "value", None)),
    ("no name", "field-missing", ("dimensions", "L1", "name"), put("dimensions", "L1", "name", None)),
    ("a notice without text", "field-missing", ("notices", "", "text"),
     lambda editor: editor.add("notices", about="E99")),
    ("a figure that no rule reads", "figure-unused", ("figures", "spare", "key"), lambda editor: editor.add(
        "figures", key="spare", label="没有用的数", kind="整数", unit="项", max=9)),
    ("a key in Chinese", "key-form", ("figures", "政务事项", "key"),
     put("figures", "gov_items_ecert", "key", "政务事项")),
    ("an item's key in Chinese", "key-form", ("members", "ss_remote_services.转移", "key"),
     put("members", "ss_remote_services.transfer", "key", "转移")),
    ("a label that is too long", "text-long", ("figures", "gov_items_total", "label"),
     put("figures", "gov_items_total", "label", "数" * 61)),
    ("guidance that is too long", "text-long", ("figures", "gov_items_total", "guidance"),
     put("figures", "gov_items_total", "guidance", "数" * 121)),
    ("a comma in an option", "options-list", ("figures", "news_sites_accessible", "key"),
     put("members", "news_sites_accessible.three", "label", "三家,均支持")),
    ("a kind nobody knows", "cell-choice", ("figures", "gov_items_total", "kind"),
     put("figures", "gov_items_total", "kind", "小数")),
    ("a kind without its members", "cell-members", ("figures", "gov_items_total", "kind"),
     put("figures", "gov_items_total", "kind", "清单")),
    ("a sum of yes and no", "merge-kind", ("figures", "traffic_index_platform", "merge"),
     put("figures", "traffic_index_platform", "merge", "相加")),
    ("no upper bound", "field-missing", ("figures", "gov_items_total", "max"),
     put("figures", "gov_items_total", "max", None)),
    ("an empty range", "range", ("figures", "gov_items_total", "max"), put("figures", "gov_items_total", "max", 0)),
    ("a column with an empty range", "range", ("members", "tertiary_hospitals.record_reads", "max"),
     put("members", "tertiary_hospitals.record_reads", "max", -1)),
    ("no unit", "field-missing", ("figures", "gov_items_total", "unit"),
     put("figures", "gov_items_total", "unit", None)),
    ("a bound where none belongs", "cell-unused", ("figures", "traffic_index_platform", "max"),
     put("figures", "traffic_index_platform", "max", 5)),
    ("a unit of another measure offered", "unit-foreign", ("figures", "city_area", "units"),
     put("figures", "city_area", "units", "平方公里\n公里")),
    ("a unit that no table knows", "unit-unknown", ("figures", "one_card_areas", "unit"),
     put("figures", "one_card_areas", "unit", "各")),
    ("units for a yes or no", "units-idle", ("figures", "smart_city_leadership", "units"),
     put("figures", "smart_city_leadership", "units", "个")),
    ("a whole in another unit", "units-differ", ("figures", "gov_items_ecert", "part_of"),
     put("figures", "gov_items_ecert", "unit", "件")),
    ("a part of nothing", "name-unknown", ("figures", "gov_items_ecert", "part_of"),
     put("figures", "gov_items_ecert", "part_of", "nonsense")),
    ("a table without rows", "cell-table", ("figures", "tertiary_hospitals", "rows"),
     put("figures", "tertiary_hospitals", "rows", None)),
    ("half a row", "cell-whole", ("figures", "tertiary_hospitals", "rows"),
     put("figures", "tertiary_hospitals", "rows", 1.5)),
    ("a member of no figure", "name-unknown", ("members", "nonsense.x", "figure"),
     lambda editor: editor.add("members", figure="nonsense", what="清单项", key="x", label="项")),
    ("a member of no sort", "cell-choice", ("members", "ss_remote_services.transfer", "what"),
     put("members", "ss_remote_services.transfer", "what", "项目")),
    ("a unit for an item", "cell-unused", ("members", "ss_remote_services.transfer", "unit"),
     put("members", "ss_remote_services.transfer", "unit", "项")),
    ("a column that is part of nothing", "name-unknown", ("members", "tertiary_hospitals.record_reads", "part_of"),
     put("members", "tertiary_hospitals.record_reads", "part_of", "nonsense")),
    ("a formula for a weight", "cell-formula", ("indicators", "L1P1-A1", "weight"),
     put("indicators", "L1P1-A1", "weight", "=0.1+0.2")),
    ("a formula for a rule", "cell-formula", RULE, rule("=100*ratio(gov_items_ecert,gov_items_total)")),
    ("a formula for a name", "cell-formula", ("settings", "title", "value"), put("settings", "title", "value", "=A1")),
    ("an error for a weight", "cell-error", ("indicators", "L1P1-A1", "weight"),
     put("indicators", "L1P1-A1", "weight", "#N/A")),
    ("a date for a text", "cell-date", ("figures", "gov_items_total", "as_of"),
     put("figures", "gov_items_total", "as_of", datetime.date(2018, 12, 31))),
    ("a tick for a number", "cell-logical", ("figures", "gov_items_total", "max"),
     put("figures", "gov_items_total", "max", True)),
    ("a word for a tick", "cell-flag", ("dimensions", "L1", "apart"), put("dimensions", "L1", "apart", "也许")),
]  # fmt: skip


@pytest.mark.parametrize(("code", "place", "edit"), [row[1:] for row in FAULTY], ids=[row[0] for row in FAULTY])
def test_a_fault_is_named_with_sheet_and_cell(code: str, place: Place, edit: Edit, tmp_path: Path) -> None:
    editor = Editor(BOOK)
    edit(editor)
    faults = open_catalog_book(editor.save(tmp_path / "edited.xlsx")).faults
    name, entry, field = place
    told = [(fault.where, fault.code) for fault in faults]
    sheet = label(f"edit.sheet_{name}")
    if entry:
        cell = editor.cell(name, entry, field)
        rows = [row for (row,) in editor.sheet(name).iter_rows(min_col=cell.column, max_col=cell.column)]
        same = [other.coordinate for other in rows if other.value == cell.value]
        at = same[1] if code == "duplicate" else cell.coordinate  # the second of the two
        assert (f"{sheet}!{at}", code) in told
    else:
        assert any(where.startswith(f"{sheet}!") and found == code for where, found in told), told
    for fault in faults:
        assert re.fullmatch(r".+![A-Z]{1,2}\d+", fault.where)
        for language in LANGUAGES:
            assert not set("{}") & set(fault.words(language))


INJECTIONS = [
    "__import__('os').system('id')", "eval('1')", "exec(1)", "open('/etc/passwd')", "gov_items_total.__class__",
    "lambda: 1", "[x for x in (1,)]", "globals()", "100 if True else 0", "`id`", "$(id)", "{gov_items_total}",
    "gov_items_total ** 999999999", "'a' * 999999999", "gov_items_total; gov_items_ecert", "import os",
    "HYPERLINK(1)", "+cmd|' /C calc'!A0", "@SUM(1)", "((((" * 50, "1 / 0", "while 1", "x := 1", "ratio.__globals__",
]  # fmt: skip


@pytest.mark.parametrize("text", INJECTIONS)
def test_a_rule_and_a_condition_can_do_arithmetic_and_nothing_else(text: str, tmp_path: Path) -> None:
    """One workbook for both, in which neither hides the other."""
    editor, places = Editor(BOOK), (RULE, ("queries", "L1P2-A1", "when"))
    for place in places:
        editor.put(*place, text)
        editor.cell(*place).data_type = "s"
    path = editor.save(tmp_path / "edited.xlsx")
    told = {fault.where for fault in open_catalog_book(path).faults}
    assert {f"{label(f'edit.sheet_{place[0]}')}!{editor.cell(*place).coordinate}" for place in places} <= told
    assert run_cli(["catalog", "import", str(path), "--out", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()


def test_content_far_outside_the_table_is_not_dropped_in_silence(tmp_path: Path) -> None:
    path = edited(tmp_path, lambda editor: editor.sheet("dimensions").cell(20_000, 2, "L9"))
    assert ("一级指标!B20000", "cell-far") in [(f.where, f.code) for f in open_catalog_book(path).faults]


GONE: list[tuple[str, str, str, Edit]] = [
    ("a sheet", "sheet-missing", "", lambda editor: editor.book.remove(editor.sheet("members"))),
    ("a column", "column-missing", "分项!A1", lambda editor: editor.sheet("indicators").delete_cols(7)),
    ("a sheet twice", "sheet-twice", "分项 Copy",
     lambda editor: editor.book.copy_worksheet(editor.sheet("indicators"))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "where", "edit"), [row[1:] for row in GONE], ids=[row[0] for row in GONE])
def test_a_workbook_that_lost_a_part_is_refused(code: str, where: str, edit: Edit, tmp_path: Path) -> None:
    with pytest.raises(CatalogFault) as caught:
        open_catalog_book(edited(tmp_path, edit))
    assert [(f.where, f.code) for f in caught.value.faults] == [(where, code)]  # type: ignore[attr-defined]
    assert all(fault.words("zh") and fault.words("en") for fault in caught.value.faults)


def test_every_fault_of_a_workbook_has_been_seen() -> None:
    faults = tomllib.loads((ROOT / "smartcity_xl/messages/faults.toml").read_text(encoding="utf-8"))
    seen = {code for _, code, *_ in (*FAULTY, *GONE)} | {"cell-far"}
    seen |= {"cell-unsaved", "cell-unreadable", "sheet-unmarked"}  # tests/test_books_keyed.py, test_books_opener.py
    assert {code for code in faults if code.startswith(("cell-", "sheet-", "column-missing"))} <= seen


def test_faults_are_told_all_at_once_in_the_order_of_the_sheets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = edited(
        tmp_path, put("figures", "gov_items_total", "label", None), put("dimensions", "L1", "name", None), rule("("),
        put("indicators", "L1P1-A2", "rule", "100 * nonsense"),
    )  # fmt: skip
    assert run_cli(["--lang", "zh", "catalog", "import", str(path), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    places = re.findall(r"^  (\S+)!\w+:", told, re.MULTILINE)
    assert places == ["一级指标", "分项", "分项", "数据项"]
    assert run_cli(["--lang", "en", "catalog", "lint", str(path)]) == 1
    assert "4 faults" in capsys.readouterr().out


def test_a_fault_that_follows_from_another_is_not_told(tmp_path: Path) -> None:
    """A rule that cannot be read reads no figure: that its figures are unused is no news."""
    faults = open_catalog_book(edited(tmp_path, put("indicators", "L6P2-A1", "rule", "扣分"))).faults
    assert [fault.code for fault in faults] == ["cell-rule"]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"%PDF-1.4", write_assignment_book(load_catalog(ID))],
                         ids=["empty", "damaged", "PDF", "an assignment"])  # fmt: skip
def test_a_file_that_is_no_catalog_workbook_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(data)
    with pytest.raises(UsageFault, match="catalog-book-unreadable"):
        open_catalog_book(path)


def test_a_workbook_with_a_hostile_part_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(repacked(BOOK, {"xl/worksheets/sheet2.xml": lambda xml: b"<!DOCTYPE x>" + xml}))
    with pytest.raises(UsageFault, match="catalog-book-unreadable"):
        open_catalog_book(path)


def test_every_drop_down_offers_what_the_reader_knows(tmp_path: Path) -> None:
    editor = Editor(BOOK)
    for name, columns in LISTS.items():
        offered = {
            str(area).partition(":")[0].rstrip("0123456789"): validation.formula1
            for validation in editor.sheet(name).data_validations.dataValidation
            for area in validation.sqref.ranges
        }
        for column in columns:
            if column.form is Form.WORD:
                letter = editor.sheet(name).cell(1, editor.column(name, column.name)).column_letter
                assert offered[letter].strip('"').split(",") == list(words_for(column.name).values())
