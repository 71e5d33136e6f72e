"""Who answers for a department: by the covers of its workbooks, and by the office's own roster."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from msgspec.structs import replace
from support import ASSIGNMENT, CATALOG, assert_worded, codes, figure, filled, put, small_assignment, small_catalog
from support import submission as a_submission

from smartcity_xl.errors import CampaignFault, MachineFault, UsageFault
from smartcity_xl.form.people import is_address, is_phone, merge_people, split_addresses
from smartcity_xl.model import PeopleEntry, Roster, Submission
from smartcity_xl.office.campaign import read_roster, write_roster
from smartcity_xl.office.campaign.form import ROSTER_COLUMNS, ROSTER_FIRST_ROW
from smartcity_xl.run.collecting import assess, collect

SMALL = small_catalog(figure("total"))
TWO = small_assignment(SMALL, "a", "b")
WHOLE = {
    "leader.name": "赵演", "leader.post": "副局长", "leader.phone": "0379-0000-0001",
    "contact.name": "钱演", "contact.phone": "0379-0000-0002", "contact.mail": "a@example.com",
}  # fmt: skip

# --- what people can be reached by -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["0379-0000-0001", "00000001", "100-0000-0002", "（0379）00000001", "+86 379 0000 0001", "00000001转802",
     "00000001-8002", "０３７９－００００－０００１", "0379-00000001、0379-00000002", "400-000-1234"],
)  # fmt: skip
def test_it_can_be_a_telephone_number(text: str) -> None:
    assert is_phone(text)


@pytest.mark.parametrize(
    "text", ["", "12345", "张三", "见通讯录", "0379", "1" * 20, "a@example.com", "0379-0000-000X", "；"]
)
def test_it_cannot_be_a_telephone_number(text: str) -> None:
    assert not is_phone(text)


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("a@example.com", ["a@example.com"]),
        ("ａ＠ｅｘａｍｐｌｅ．ｃｏｍ", ["a@example.com"]),
        ("a@example.com；b@example.com", ["a@example.com", "b@example.com"]),
        ("a@example.com, b@example.com\nc@example.com", ["a@example.com", "b@example.com", "c@example.com"]),
        ("钱演 <a@example.com>", ["a@example.com"]),
        ("mailto:a@example.com", ["a@example.com"]),
        ("", []),
    ],
)
def test_the_addresses_in_a_cell(text: str, addresses: list[str]) -> None:
    assert list(split_addresses(text)) == addresses
    assert all(map(is_address, addresses))


@pytest.mark.parametrize(
    "text", ["a@example", "@example.com", "a@@example.com", "a b@example.com", "张@example.com", "a@-x.com"]
)
def test_it_cannot_be_an_address(text: str) -> None:
    assert not is_address(text)


# --- merged from the covers --------------------------------------------------------------------------------------


def sent(people: Mapping[str, str], parcel: str = "a.xlsx", department: str = "a") -> Submission:
    return replace(a_submission(SMALL, {}, department=department, parcel=parcel), people=people)


def merged(*submissions: Submission) -> PeopleEntry:
    entry = merge_people(TWO, submissions)[0]
    assert_worded(entry.findings)
    return entry


SAID = [
    ("all that is needed", WHOLE, [], []),
    ("a mobile number instead of a telephone",
     {**WHOLE, "contact.phone": "", "contact.mobile": "100-0000-0002"}, [], []),
    ("no contact", {**WHOLE, "contact.name": "", "contact.mail": "无"}, [("contact.name",), ("contact.mail",)], []),
    ("no number at all", {**WHOLE, "contact.phone": "—"}, [("contact.phone", "contact.mobile")], []),
    ("no leader", {**WHOLE, "leader.name": ""}, [("leader.name",)], []),
    ("a number that cannot be", {**WHOLE, "leader.phone": "12345"}, [], ["phone-form"]),
    ("an address that cannot be", {**WHOLE, "contact.mail": "a@example"}, [], ["mail-form"]),
    ("nothing", {}, [("leader.name",), ("contact.name",), ("contact.phone", "contact.mobile"), ("contact.mail",)], []),
]  # fmt: skip


@pytest.mark.parametrize(("people", "missing", "told"), [c[1:] for c in SAID], ids=[c[0] for c in SAID])
def test_a_cover_with(people: dict[str, str], missing: list[Any], told: list[str]) -> None:
    entry = merged(sent(people))
    assert (list(entry.missing), codes(entry.findings)) == (missing, told)


def test_workbooks_that_agree_are_one_and_those_that_differ_are_shown_side_by_side() -> None:
    other = {**WHOLE, "contact.name": "钱 演", "contact.mail": "A@example.com", "leader.name": "孙演"}
    entry = merged(sent(WHOLE, "a.xlsx"), sent(other, "b.xlsx"))
    assert [(said.text, said.files) for said in entry.said["leader.name"]] == [
        ("赵演", ("a.xlsx",)), ("孙演", ("b.xlsx",)),
    ]  # fmt: skip
    assert [said.files for said in entry.said["contact.name"]] == [("a.xlsx", "b.xlsx")]
    assert [said.files for said in entry.said["contact.mail"]] == [("a.xlsx", "b.xlsx")]
    (finding,) = entry.findings
    assert (finding.code, finding.origin.file) == ("people-differ", "b.xlsx")
    assert "赵演" in finding.parameters["sides"]
    assert "孙演" in finding.parameters["sides"]


def test_what_one_workbook_leaves_blank_another_may_say() -> None:
    assert merged(sent({**WHOLE, "contact.name": ""}, "a.xlsx"), sent(WHOLE, "b.xlsx")).missing == ()


def test_a_department_that_has_not_reported_has_a_row_and_no_findings() -> None:
    first, second = merge_people(TWO, [sent(WHOLE, department="b")])
    assert (first.department, first.reported, first.missing, first.findings) == ("a", False, (), ())
    assert (second.department, second.reported) == ("b", True)


def test_the_sheet_has_one_row_for_each_department(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.xlsx": filled("secrecy"), "b.xlsx": filled("secrecy", leak_events=0)})
    outcome, done = collect(tmp_path / "inbox", tmp_path / "out")
    assert [entry.department for entry in outcome.people] == list(ASSIGNMENT.departments)
    book = openpyxl.load_workbook(done.written[0], data_only=True)
    rows = {row[0]: row for row in book["联络名册"].iter_rows(min_row=4, values_only=True)}
    assert list(rows) == [department.name for department in ASSIGNMENT.departments.values()]
    assert "缺：" in rows[ASSIGNMENT.name("secrecy")][-1]
    assert rows[ASSIGNMENT.name("police")][1] == "未报"
    assert assess(tmp_path / "inbox").people == outcome.people


# --- the office's roster -----------------------------------------------------------------------------------------

BLANK = write_roster(ASSIGNMENT)
_ROWS = {key: ROSTER_FIRST_ROW + number + 1 for number, key in enumerate(ASSIGNMENT.departments)}
POLICE, CIVIL = _ROWS["police"], _ROWS["civil-affairs"]


def column(name: str) -> int:
    return ROSTER_COLUMNS.index(name) + 1


def roster(path: Path, *cells: tuple[int, str, object], edit: Callable[[Any], object] = lambda _: None) -> Path:
    """The blank roster with cells filled: (row as Excel counts, column, value)."""
    book = openpyxl.load_workbook(io.BytesIO(BLANK))
    for row, name, value in cells:
        book.worksheets[0].cell(row, column(name)).value = value
    edit(book.worksheets[0])
    book.save(path / "名册.xlsx")
    return path / "名册.xlsx"


def faults(path: Path) -> list[tuple[str, str]]:
    """(cell, code) of every fault; each can be said in both languages."""
    with pytest.raises(CampaignFault) as raised:
        read_roster(path, ASSIGNMENT)
    for fault in raised.value.faults:
        for language in ("zh", "en"):
            assert "{" not in fault.words(language)
            assert fault.where in fault.words(language)
    return [(fault.where, fault.code) for fault in raised.value.faults]  # type: ignore[attr-defined]


def test_a_blank_roster_is_whole_and_the_same_each_time(tmp_path: Path) -> None:
    (tmp_path / "名册.xlsx").write_bytes(BLANK)
    read = read_roster(tmp_path / "名册.xlsx", ASSIGNMENT)
    assert list(read.entries) == list(ASSIGNMENT.departments)
    assert read.entries["police"].aliases == ASSIGNMENT.departments["police"].aliases
    assert read.entries["police"].addresses == ()
    assert write_roster(ASSIGNMENT) == BLANK


def test_people_and_addresses_are_read(tmp_path: Path) -> None:
    path = roster(
        tmp_path,
        (POLICE, "leader_name", "赵演"), (POLICE, "leader_phone", "０３７９－００００－０００１"),
        (POLICE, "contact_name", " 钱演 "), (POLICE, "contact_mail", "Police@Example.com；p2@example.com"),
        (POLICE, "deputy_name", "孙演"), (POLICE, "deputy_mail", "p3@example.com"),
        (POLICE, "aliases", "公安局、市局，公安"), (CIVIL, "contact_mail", "暂无"),
    )  # fmt: skip
    read = read_roster(path, ASSIGNMENT)
    entry = read.entries["police"]
    assert (entry.leader.name, entry.leader.phone) == ("赵演", "0379-0000-0001")
    assert (entry.contact.name, entry.contact.addresses) == ("钱演", ("Police@Example.com", "p2@example.com"))
    assert entry.deputy.addresses == ("p3@example.com",)
    assert entry.aliases == ("公安局", "市局", "公安")
    assert read.entries["civil-affairs"].addresses == ()
    assert [read.department_of(a) for a in (" POLICE@example.com", "p3@example.com", "x@example.com")] == [
        "police", "police", "",
    ]  # fmt: skip


def test_rows_may_be_sorted_and_a_row_typed_anew_is_found_by_name(tmp_path: Path) -> None:
    def edit(sheet: Any) -> None:
        sheet.move_range(f"A{POLICE}:N{POLICE}", rows=60)
        sheet.cell(POLICE + 60, 1).value = None
        sheet.cell(POLICE + 60, column("department")).value = "公安局"

    path = roster(tmp_path, (POLICE, "contact_mail", "p@example.com"), edit=edit)
    assert read_roster(path, ASSIGNMENT).department_of("p@example.com") == "police"


def _delete(row: int) -> Callable[[Any], object]:
    return lambda sheet: sheet.delete_rows(row)


SPOILT: list[tuple[str, list[tuple[int, str, object]], Callable[[Any], object], list[tuple[str, str]]]] = [
    ("an address that cannot be", [(POLICE, "contact_mail", "p@example")], lambda _: None,
     [(f"名册!J{POLICE}", "roster-address")]),
    ("one address under two departments",
     [(POLICE, "contact_mail", "x@example.com"), (CIVIL, "deputy_mail", "X@example.com")], lambda _: None,
     [(f"名册!M{CIVIL}", "roster-shared")]),
    ("a formula", [(POLICE, "contact_mail", "=A1")], lambda _: None, [(f"名册!J{POLICE}", "cell-formula")]),
    ("a department nobody knows", [(60, "department", "市足球局"), (60, "contact_name", "李演")], lambda _: None,
     [("名册!B60", "roster-unknown")]),
    ("a department twice", [(60, "department", "公安局"), (60, "contact_name", "李演")], lambda _: None,
     [("名册!B60", "roster-twice")]),
    ("a department that is gone", [], _delete(POLICE), [(f"名册!B{ROSTER_FIRST_ROW + 1}", "roster-absent")]),
    ("an alias that two departments bear", [(CIVIL, "aliases", "公安局")], lambda _: None,
     [(f"名册!C{CIVIL}", "roster-alias")]),
    ("an alias that is another's name", [(CIVIL, "aliases", "市公安局")], lambda _: None,
     [(f"名册!C{CIVIL}", "roster-alias")]),
    ("a column that is gone", [], lambda sheet: sheet.delete_cols(column("contact_mail")),
     [("名册!A1", "column-missing")]),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "edit", "told"), [c[1:] for c in SPOILT], ids=[c[0] for c in SPOILT])
def test_a_roster_is_refused_with(
    tmp_path: Path, cells: list[tuple[int, str, object]], edit: Callable[[Any], object], told: list[tuple[str, str]]
) -> None:
    assert faults(roster(tmp_path, *cells, edit=edit)) == told


def test_every_fault_is_told_at_once_and_a_shared_address_names_both_departments(tmp_path: Path) -> None:
    path = roster(
        tmp_path, (POLICE, "contact_mail", "x@example.com；bad"), (CIVIL, "contact_mail", "x@example.com；bad2")
    )
    with pytest.raises(CampaignFault) as raised:
        read_roster(path, ASSIGNMENT)
    told = " ".join(fault.words("zh") for fault in raised.value.faults)
    assert len(raised.value.faults) == 3
    assert all(word in told for word in ("市公安局", "市民政局", f"J{POLICE}", f"J{CIVIL}", "bad2"))


def test_a_contact_and_a_deputy_of_one_department_may_share_an_address(tmp_path: Path) -> None:
    path = roster(tmp_path, (POLICE, "contact_mail", "x@example.com"), (POLICE, "deputy_mail", "x@example.com"))
    assert read_roster(path, ASSIGNMENT).department_of("x@example.com") == "police"


@pytest.mark.parametrize("data", [b"", b"%PDF", filled("secrecy")], ids=["empty", "a PDF", "a department's workbook"])
def test_what_is_no_roster_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "名册.xlsx").write_bytes(data)
    with pytest.raises(UsageFault) as raised:
        read_roster(tmp_path / "名册.xlsx", ASSIGNMENT)
    assert raised.value.code == "roster-unreadable"


def test_a_roster_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises((UsageFault, MachineFault)) as raised:
        read_roster(tmp_path / "名册.xlsx", ASSIGNMENT)
    assert raised.value.code == "roster-missing"


def test_nothing_typed_becomes_a_formula_or_is_lost_on_a_second_writing() -> None:
    hostile = replace(
        ASSIGNMENT,
        departments={**ASSIGNMENT.departments, "police": replace(ASSIGNMENT.departments["police"], name="=1+1")},
    )
    book = openpyxl.load_workbook(io.BytesIO(write_roster(hostile)))
    cell = book.worksheets[0].cell(POLICE, column("department"))
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_an_empty_roster_knows_nobody() -> None:
    assert Roster({}).department_of("a@example.com") == ""
    assert CATALOG.id
