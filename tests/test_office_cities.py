"""The list of cities: what a row says, and every fault by its cell."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from smartcity_xl.errors import CampaignFault, UsageFault
from smartcity_xl.office.cities import ListedCity, is_folder_name, read_city_list, write_city_list

_FIRST = 5  # the first row for a city, as a person counts
_COLUMNS = {
    "city": 2,
    "system": 3,
    "assignment": 4,
    "deadline": 5,
    "recipients": 6,
    "phone": 7,
    "mail": 8,
    "address": 9,
}


def fill(path: Path, *rows: dict[str, object]) -> Path:
    book = openpyxl.load_workbook(io.BytesIO(write_city_list()))
    page = book["城市名单"]
    for at, row in enumerate(rows, start=_FIRST):
        for name, value in row.items():
            page.cell(at, _COLUMNS[name], value)
    book.save(path)
    return path


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    listed = (
        ListedCity("云溪市"),
        ListedCity(
            "某县", "cn-2018", "", "2026-12-31", ("县发展改革局", "县委网信办"), "0531-1", "a@example.com", "某路"
        ),
    )
    path = tmp_path / "名单.xlsx"
    path.write_bytes(write_city_list(listed))
    read = read_city_list(path)
    assert [one.place for one in read] == ["城市名单!B5", "城市名单!B6"]
    assert [ListedCity(one.city, *[getattr(one, name) for name in tuple(_COLUMNS)[1:]]) for one in read] == [*listed]


def test_cells_are_read_as_people_fill_them(tmp_path: Path) -> None:
    rows = (
        {"city": " 云溪市 ", "deadline": "2026年12月31日", "recipients": "甲；乙,丙\n丁"},
        {},
        {"city": "某县", "phone": "—"},
    )
    first, second = read_city_list(fill(tmp_path / "a.xlsx", *rows))
    assert (first.city, first.deadline, first.recipients) == ("云溪市", "2026-12-31", ("甲", "乙", "丙", "丁"))
    assert (second.city, second.phone, second.place) == ("某县", "", "城市名单!B7")


FAULTY = {
    "no city in a row that says something": ([{"city": "甲"}, {"phone": "1"}], [("城市名单!B6", "city-unnamed")]),
    "a city twice": ([{"city": "甲"}, {"city": "乙"}, {"city": "甲"}], [("城市名单!B7", "city-twice")]),
    "a city twice in other letters": ([{"city": "Aa"}, {"city": "aA"}], [("城市名单!B6", "city-twice")]),
    "a name that is no folder's": ([{"city": "甲"}, {"city": "甲/乙"}], [("城市名单!B6", "city-name")]),
    "a name that leads elsewhere": ([{"city": ".."}], [("城市名单!B5", "city-name")]),
    "an unknown system": ([{"city": "甲", "system": "cn-2081"}], [("城市名单!C5", "setting-system")]),
    "an assignment of another system": (
        [{"city": "甲", "system": "cn-2016", "assignment": "zoucheng"}], [("城市名单!D5", "setting-assignment")]
    ),
    "an assignment workbook that is not there": (
        [{"city": "甲", "assignment": "分工.xlsx"}], [("城市名单!D5", "setting-assignment")]
    ),
    "no day": ([{"city": "甲", "deadline": "年底前"}], [("城市名单!E5", "date-form")]),
    "no address": ([{"city": "甲", "mail": "甲市邮箱"}], [("城市名单!H5", "setting-address")]),
    "a list without a city": ([], [("城市名单!B5", "city-none")]),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTY)
def test_every_fault_is_told_by_its_cell(case: str, tmp_path: Path) -> None:
    rows, told = FAULTY[case]
    with pytest.raises(CampaignFault) as raised:
        read_city_list(fill(tmp_path / "a.xlsx", *rows))
    assert [(fault.where, fault.code) for fault in raised.value.faults] == told


def test_paths_begin_at_the_list(tmp_path: Path) -> None:
    (tmp_path / "自定体系").mkdir()
    (tmp_path / "分工.xlsx").touch()
    (read,) = read_city_list(fill(tmp_path / "a.xlsx", {"city": "甲", "system": "自定体系", "assignment": "分工.xlsx"}))
    assert (read.system, read.assignment) == (str(tmp_path / "自定体系"), str(tmp_path / "分工.xlsx"))


def test_what_is_no_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageFault) as raised:
        read_city_list(tmp_path / "没有.xlsx")
    assert raised.value.code == "cities-missing"
    (tmp_path / "b.xlsx").write_bytes(b"no workbook")
    with pytest.raises(UsageFault) as raised:
        read_city_list(tmp_path / "b.xlsx")
    assert raised.value.code == "cities-unreadable"


@pytest.mark.parametrize("name", ["云溪市", "A县 (1)", "新疆生产建设兵团", "a.b"])
def test_a_folder_may_bear_it(name: str) -> None:
    assert is_folder_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "甲/乙", "甲\\乙", "..", ".甲", "~甲", "-甲", "甲.", "甲 ", "甲:", "a?", "CON", "nul.x", "甲\n", "长" * 61],
)
def test_no_folder_may_bear_it(name: str) -> None:
    assert not is_folder_name(name)
