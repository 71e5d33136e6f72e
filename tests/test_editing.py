"""A system as a workbook: out and back without a loss, every fault by sheet and cell, and a round with one's own."""

from __future__ import annotations

import datetime
import io
import json
import re
import tomllib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from make_samples import fill_workbook
from office import PROGRAMS, recalculate, spoil_cached
from support import repacked
from test_assigning import fill_book

from smartcity_xl.catalog.build import build_catalog
from smartcity_xl.catalog.load import catalog_ids, load_catalog, load_document
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import CatalogFault, UsageFault
from smartcity_xl.form.template import Issue
from smartcity_xl.messages import LANGUAGES, label, words
from smartcity_xl.model import Catalog, Scheme
from smartcity_xl.office.assigning import read_assignment_book, write_assignment_book
from smartcity_xl.office.editing import open_catalog_book, read_catalog_book, write_catalog_book, write_document
from smartcity_xl.office.editing.cells import decimal
from smartcity_xl.office.editing.form import (
    COLUMN_HINT_ROW,
    FIRST_ROW,
    HEAD_ROW,
    LISTS,
    MEMBERS,
    QUERIES,
    SETTINGS,
    Form,
    words_for,
)
from smartcity_xl.rules.syntax import RuleError, parse_rule

ID = "cn-2018"
ROOT = Path(__file__).parent.parent


class Editor:
    """A catalog workbook as someone sees it in Excel; rows and columns count from 1."""

    def __init__(self, data: bytes) -> None:
        self.book = openpyxl.load_workbook(io.BytesIO(data))

    def sheet(self, name: str) -> Any:
        return self.book[label(f"edit.sheet_{name}")]

    def column(self, name: str, field: str) -> int:
        return next(cell.column for cell in self.sheet(name)[1] if cell.value == field)

    def row(self, name: str, entry: str) -> int:
        """The row of a code or key; for members ``figure.key``, for queries the first of an indicator."""
        figure, _, member = entry.partition(".")
        wanted: dict[int, str] = {
            SETTINGS: {1: entry},
            MEMBERS: {self.column(MEMBERS, "figure"): figure, self.column(MEMBERS, "key"): member},
            QUERIES: {self.column(QUERIES, "indicator"): entry},
        }.get(name) or {self.column(name, "key" if name == "figures" else "code"): entry}
        sheet = self.sheet(name)
        rows = range(1, sheet.max_row + 1)
        return next(row for row in rows if all(sheet.cell(row, at).value == value for at, value in wanted.items()))

    def cell(self, name: str, entry: str, field: str) -> Any:
        return self.sheet(name).cell(self.row(name, entry), self.column(name, field))

    def put(self, name: str, entry: str, field: str, value: Any) -> None:
        self.cell(name, entry, field).value = value

    def add(self, name: str, /, **fields: Any) -> None:
        """Fill the first row that is free."""
        sheet = self.sheet(name)
        row = FIRST_ROW + 1
        inputs = [self.column(name, column.name) for column in LISTS[name] if column.form is not Form.SHOWN]
        while any(sheet.cell(row, at).value is not None for at in inputs):
            row += 1
        for field, value in fields.items():
            sheet.cell(row, self.column(name, field)).value = value

    def save(self, path: Path) -> Path:
        self.book.save(path)
        return path


Edit = Callable[[Editor], object]


@pytest.fixture(scope="module", params=catalog_ids())
def system(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def exported(system: str = ID) -> bytes:
    return write_catalog_book(load_catalog(system), load_document(system))


BOOK = exported()


def edited(tmp_path: Path, *edits: Edit, data: bytes = BOOK) -> Path:
    editor = Editor(data)
    for edit in edits:
        edit(editor)
    return editor.save(tmp_path / "edited.xlsx")


# --- out and back ----------------------------------------------------------------------------------------------


def test_a_system_comes_back_as_it_was(system: str, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(exported(system))
    assert read_catalog_book(path).catalog == load_catalog(system)


def test_a_system_comes_back_as_it_was_from_the_hands_of_another_program(system: str, tmp_path: Path) -> None:
    path = edited(tmp_path, data=exported(system))
    assert read_catalog_book(path).catalog == load_catalog(system)


def test_the_same_system_gives_the_same_bytes(system: str) -> None:
    assert exported(system) == exported(system)


def test_the_text_of_a_system_reads_back_and_shows_rules_line_by_line(system: str) -> None:
    document = load_document(system)
    text = write_document(document)
    assert tomllib.loads(text) == document
    lines = text.split("\n")
    for indicator in document["indicators"]:
        if "\n" in indicator["rule"]:
            assert set(indicator["rule"].strip().split("\n")) <= {line.removesuffix('"""') for line in lines}


def test_moved_columns_sorted_rows_and_renamed_sheets_do_no_harm(tmp_path: Path) -> None:
    def edit(editor: Editor) -> None:
        sheet = editor.sheet("categories")
        sheet.insert_cols(3)
        sheet.title = "我的二级指标"
        editor.sheet("figures").insert_rows(FIRST_ROW + 3, 2)

    assert read_catalog_book(edited(tmp_path, edit)).catalog == load_catalog(ID)


WEIGHTS = [0.26, "26%", "２６％", " 26 % ".replace(" ", ""), "0.26"]


@pytest.mark.parametrize("weight", WEIGHTS, ids=repr)
def test_a_weight_may_be_a_percentage_or_its_text(weight: object, tmp_path: Path) -> None:
    path = edited(tmp_path, lambda editor: editor.put("dimensions", "L1", "weight", weight))
    book = read_catalog_book(path)
    assert book.catalog.dimensions[0].weight == Fraction(26, 100)
    assert book.document["dimensions"][0]["weight"] == "26%"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**12), max_value=10**12))
def test_a_number_is_written_with_every_digit(number: Any) -> None:
    text = decimal(Fraction(number))
    assert re.fullmatch(r"-?\d+(\.\d+)?", text)
    assert Fraction(text) == Fraction(number)


def test_the_units_of_a_figure_and_of_a_column_come_back_one_a_line(tmp_path: Path) -> None:
    def edit(editor: Editor) -> None:
        editor.put("figures", "city_area", "units", "平方公里\n公顷")
        editor.put("members", "tertiary_hospitals.record_reads", "units", "次\n万次")

    figures = read_catalog_book(edited(tmp_path, edit)).catalog.figures
    assert figures["city_area"].slots[0].choices == ("平方公里", "公顷")
    assert figures["tertiary_hospitals"].columns[0].units == ("次", "万次")


def test_full_width_signs_in_rules_and_keys_are_taken_as_plain_ones(tmp_path: Path) -> None:
    rule = "100 ＊ ratio（gov_items_ecert， gov_items_total）　# 见（一）"
    book = read_catalog_book(edited(tmp_path, lambda editor: editor.put("indicators", "L1P1-A1", "rule", rule)))
    before, after = (c.indicators[0].rule for c in (load_catalog(ID), book.catalog))
    assert after.result == before.result
    assert after.source.endswith("# 见（一）")


def test_the_guide_names_every_function_and_its_examples_are_rules() -> None:
    lines = words("edit")["guide"]
    with pytest.raises(RuleError) as refused:
        parse_rule("nosuchfunction(1)")
    known = set(refused.value.expected.removeprefix("one of the functions ").split(", "))
    assert {name for form, _, _ in lines for name in re.findall(r"([a-z]+)\(", form)} == known
    for _, _, example in lines:
        assert parse_rule(example)


def checks(path: Path, name: str) -> list[str]:
    """What the check column of a sheet says, from the total in its title row downwards."""
    book = openpyxl.load_workbook(path, data_only=True)
    sheet = book[label(f"edit.sheet_{name}")]
    at = next(cell.column for cell in sheet[1] if cell.value == "check")
    skip = (COLUMN_HINT_ROW + 1, HEAD_ROW + 1)
    values = [sheet.cell(row, at).value for row in range(2, sheet.max_row + 1) if row not in skip]
    return [str(value) for value in values if value]


@pytest.mark.office
@pytest.mark.parametrize("program", PROGRAMS)
def test_live_checks_tick_and_cross_in_other_peoples_programs(program: str, tmp_path: Path) -> None:
    """Every check is spoilt before the program recalculates it, so that what it says is its own."""
    files = {name: tmp_path / f"{name}.xlsx" for name in (*catalog_ids(), "wrong")}
    for name in catalog_ids():
        files[name].write_bytes(spoil_cached(exported(name)))
    editor = Editor(BOOK)
    editor.put("indicators", "L1P1-A1", "weight", 0.31)
    editor.put("categories", "L2P1", "weight", 0.035)
    editor.put("dimensions", "L8", "weight", 0.41)
    editor.save(files["wrong"])
    saved = recalculate(program, list(files.values()), tmp_path / "saved")
    tick, closed, opened, whole = (label(f"edit.check_{name}") for name in ("ok", "closed", "open", "whole"))
    for name in catalog_ids():
        catalog = load_catalog(name)
        if catalog.scheme is Scheme.STARS:
            continue  # nothing adds up there
        assert checks(saved[files[name]], "dimensions") == [closed, *[tick] * len(catalog.dimensions)]
        marked = {entry["code"] for entry in load_document(name)["categories"] if "mark" in entry}
        wholes = marked & {indicator.code for indicator in catalog.indicators}
        expected = [
            opened if category.weights_open else whole if category.code in wholes else tick
            for category in catalog.categories
        ]
        assert checks(saved[files[name]], "categories") == expected
    wrong = saved[files["wrong"]]
    assert checks(wrong, "dimensions")[:3] == ["合计 101.0%，应为 100.0%", tick, "合计 11.5%，应为 11.0%"]
    assert checks(wrong, "categories")[0] == "合计 101.0%，应为 100.0%"


# --- every fault by sheet and cell -----------------------------------------------------------------------------


def put(name: str, entry: str, field: str, value: Any) -> Edit:
    return lambda editor: editor.put(name, entry, field, value)


def rule(text: Any) -> Edit:
    return put("indicators", "L1P1-A1", "rule", text)


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
    path = edited(tmp_path, edit)
    faults = open_catalog_book(path).faults
    name, entry, field = place
    editor = Editor(path.read_bytes())
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
@pytest.mark.parametrize("place", [RULE, ("queries", "L1P2-A1", "when")], ids=["rule", "condition"])
def test_a_rule_can_do_arithmetic_and_nothing_else(text: str, place: Place, tmp_path: Path) -> None:
    def edit(editor: Editor) -> None:
        editor.put(*place, text)
        editor.cell(*place).data_type = "s"

    path = edited(tmp_path, edit)
    at = Editor(path.read_bytes()).cell(*place).coordinate
    faults = open_catalog_book(path).faults
    assert f"{label(f'edit.sheet_{place[0]}')}!{at}" in {fault.where for fault in faults}
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


# --- a round with an office's own system -----------------------------------------------------------------------


def own_book(tmp_path: Path, system: str = "yunxi-2026", *edits: Edit) -> Path:
    assert run_cli(["catalog", "export", ID, "--out", str(tmp_path / "export.xlsx")]) == 0
    change = put("settings", "id", "value", system)
    return edited(tmp_path, change, *edits, data=(tmp_path / "export.xlsx").read_bytes())


def imported(tmp_path: Path, *edits: Edit) -> Path:
    folder = tmp_path / "own"
    assert run_cli(["catalog", "import", str(own_book(tmp_path, "yunxi-2026", *edits)), "--out", str(folder)]) == 0
    return folder


CHANGES: tuple[Edit, ...] = (
    put("indicators", "L1P1-A1", "weight", 0.2), put("indicators", "L1P1-A2", "weight", 0.4),
    rule("100 * min(1, 2 * ratio(gov_items_ecert, gov_items_total))"),
    put("figures", "gov_items_total", "label", "全市政务服务事项总数"),
)  # fmt: skip
ANSWERS = {"gov_items_total": 100, "gov_items_ecert": 50, "gov_items_onestop": 25, "gov_items_unified_login": 10}


def collected(catalog: Catalog, book: Path, tmp_path: Path, system: str) -> dict[str, Any]:
    """The results of a round in which one department answers four figures."""
    _, assignment = read_assignment_book(book, catalog)
    (department,) = {assignment.asked[key][0] for key in ANSWERS}
    issue = Issue(assignment.round, assignment.city, assignment.deadline)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "1.xlsx").write_bytes(fill_workbook(catalog, assignment, department, issue, {"answers": ANSWERS}))
    out = tmp_path / "out"
    arguments = ["collect", str(inbox), "--out", str(out), "--assignment", str(book), "--catalog", system]
    assert run_cli(arguments) == 1
    results: dict[str, Any] = json.loads((out / "results.json").read_text(encoding="utf-8"))
    return results


def test_an_edited_system_runs_a_whole_round(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = imported(tmp_path, *CHANGES)
    catalog = load_catalog(str(folder))
    blank, book = tmp_path / "blank.xlsx", tmp_path / "分工.xlsx"
    assert run_cli(["--lang", "en", "catalog", "assign", str(folder), "--out", str(blank)]) == 0
    assert f"--catalog {folder}" in capsys.readouterr().out
    assert blank.read_bytes() == write_assignment_book(catalog)
    book.write_bytes(fill_book(catalog, dict.fromkeys(ANSWERS, ("县教育局",))))
    issue = ["make-templates", "--assignment", str(book), "--out", str(tmp_path / "issue")]
    assert run_cli(["--lang", "en", *issue]) == 2
    told = capsys.readouterr().err
    assert "yunxi-2026" in told
    assert "--catalog" in told
    assert run_cli([*issue, "--catalog", str(folder)]) == 0
    assert len(list((tmp_path / "issue").glob("*.xlsx"))) == 2
    results = collected(catalog, book, tmp_path, str(folder))
    category = results["dimensions"][0]["categories"][0]
    assert [indicator["score"] for indicator in category["indicators"]] == ["20.00", "10.00", "4.00"]
    assert results["total"]["score"] == "1.70"  # (20 + 10 + 4) × 5 %
    assert any(figure["label"] == "全市政务服务事项总数" for figure in results["figures"])
    capsys.readouterr()
    assert run_cli(["--lang", "en", "collect", str(tmp_path / "inbox"), "--out", str(tmp_path / "again")]) == 2
    told = capsys.readouterr().err
    assert "yunxi-2026" in told
    assert "--catalog" in told
    assert run_cli(["--lang", "en", "catalog", "diff", ID, str(folder)]) == 0
    assert "new rule of indicator  L1P1-A1" in capsys.readouterr().out


def test_an_assignment_of_another_edition_is_refused(tmp_path: Path) -> None:
    folder = imported(tmp_path)
    book = tmp_path / "分工.xlsx"
    book.write_bytes(fill_book(load_catalog(str(folder)), {"gov_items_total": ("县教育局",)}))
    text = (folder / "system.toml").read_text(encoding="utf-8")
    (folder / "system.toml").write_text(text.replace('version = "1"', 'version = "2"'), encoding="utf-8")
    with pytest.raises(UsageFault, match="assignment-old"):
        read_assignment_book(book, load_catalog(str(folder)))
    with pytest.raises(UsageFault, match="assignment-other-system"):
        read_assignment_book(book, load_catalog(ID))


def test_a_workbook_never_names_a_path(tmp_path: Path) -> None:
    """What a received workbook calls its system is an id, whatever stands there."""
    folder = imported(tmp_path)
    catalog = load_catalog(str(folder))
    path = tmp_path / "strange.xlsx"
    editor = Editor(fill_book(catalog, {"gov_items_total": ("县教育局",)}))
    for row in editor.book["_xlscore"].iter_rows():
        if row[0].value == "catalog":
            row[1].value = str(folder)
    with pytest.raises(UsageFault, match="catalog-needed"):
        read_assignment_book(editor.save(path))


def test_a_built_in_id_cannot_come_to_mean_another_system(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "own"
    same, other = tmp_path / "same.xlsx", own_book(tmp_path, ID, *CHANGES)
    same.write_bytes(BOOK)
    assert run_cli(["--lang", "en", "catalog", "import", str(other), "--out", str(out)]) == 2
    assert "Choose another id" in capsys.readouterr().err
    assert not out.exists()
    assert run_cli(["catalog", "import", str(same), "--out", str(out)]) == 0
    assert load_catalog(str(out)) == load_catalog(ID)
    text = (out / "system.toml").read_text(encoding="utf-8")
    (out / "system.toml").write_text(text.replace("政务服务", "政府服务"), encoding="utf-8")
    with pytest.raises(UsageFault, match="catalog-shadows"):
        load_catalog(str(out))


def test_a_folder_may_be_named_by_its_file_and_no_other_file_is_a_system(tmp_path: Path) -> None:
    folder = imported(tmp_path)
    assert load_catalog(str(folder / "system.toml")) == load_catalog(str(folder))
    for reference in (str(tmp_path), str(tmp_path / "export.xlsx"), str(tmp_path / "none"), ""):
        with pytest.raises(UsageFault, match="catalog-unknown"):
            load_catalog(reference)


def test_a_system_with_faults_is_not_worked_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = imported(tmp_path)
    text = (folder / "system.toml").read_text(encoding="utf-8")
    (folder / "system.toml").write_text(text.replace('weight = "26%"', 'weight = "27%"'), encoding="utf-8")
    for command in ("show", "assign", "export"):
        assert run_cli(["--lang", "en", "catalog", command, str(folder)]) == 2
        assert "must make 100%" in capsys.readouterr().err
    assert run_cli(["--lang", "en", "make-templates", "--catalog", str(folder)]) == 2
    assert run_cli(["--lang", "en", "catalog", "lint", str(folder)]) == 1


def test_another_system_in_the_folder_is_not_overwritten_unasked(tmp_path: Path) -> None:
    folder = imported(tmp_path)
    before = (folder / "system.toml").read_bytes()
    book = str(own_book(tmp_path, "other-2026"))
    assert run_cli(["catalog", "import", book, "--out", str(folder)]) == 2
    assert (folder / "system.toml").read_bytes() == before
    assert run_cli(["catalog", "import", book, "--out", str(folder), "--overwrite"]) == 0
    assert load_catalog(str(folder)).id == "other-2026"


def test_an_own_system_without_an_assignment_says_how_to_make_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = imported(tmp_path)
    assert run_cli(["--lang", "en", "make-templates", "--catalog", str(folder)]) == 2
    assert f"xlscore catalog assign {folder}" in capsys.readouterr().err


def test_a_document_that_was_edited_is_the_document_of_its_file(tmp_path: Path) -> None:
    book = read_catalog_book(own_book(tmp_path, "yunxi-2026", *CHANGES))
    catalog, faults = build_catalog(tomllib.loads(write_document(book.document)))
    assert (catalog, faults) == (book.catalog, ())
