"""Names like one that was mistyped, names of which a part was written, and who says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import filled, put

from smartcity_xl.catalog.load import load_assignment, load_catalog
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import UsageFault
from smartcity_xl.messages import LANGUAGES, word_error
from smartcity_xl.messages.near import find_meant, find_near
from smartcity_xl.model.campaign import Person, Roster, RosterEntry
from smartcity_xl.run.meant import find_department, find_in_look

COMMANDS = ("collect", "check", "compare", "status", "make-templates")


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("colect", ("collect",)),
        ("make_templates", ("make-templates",)),
        ("templates", ("make-templates",)),
        ("STATUS", ("status",)),
        ("nothing-like-it", ()),
        ("", ()),
        (" ", ()),
    ],
)
def test_a_mistyped_name_is_near_those_that_look_like_it(typed: str, near: tuple[str, ...]) -> None:
    assert find_near(typed, COMMANDS) == near


def test_a_spelling_is_told_by_what_it_stands_for_and_once() -> None:
    assert find_near("税务局", {"市税务局": "10", "税务": "10", "市税务局（新）": "11"}) == ("10", "11")


SPELLINGS = {"a": ("市数据局", "大数据局"), "b": ("市数据局二处",), "c": ("税务局",)}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("市数据局", ("a",)),
        ("大数据", ("a",)),
        ("数据局", ("a", "b")),
        ("税务", ("c",)),
        ("（空）", ()),
        ("", ()),
        ("c", ()),
    ],
)
def test_the_whole_name_goes_before_a_part_of_it(name: str, meant: tuple[str, ...]) -> None:
    assert find_meant(name, SPELLINGS) == meant


# --- departments -------------------------------------------------------------------------------------------------

CATALOG = load_catalog("cn-2018")
ASSIGNMENT = load_assignment(CATALOG)
ROSTER = Roster({
    key: RosterEntry(key, ("数管局",) if key == "gov-data" else (), Person(), Person(), Person())
    for key in ASSIGNMENT.departments
})  # fmt: skip


@pytest.mark.parametrize(
    ("name", "key"),
    [("tax", "tax"), ("市税务局", "tax"), ("税务", "tax"), ("卫生健康委", "health"), ("数管局", "gov-data"),
     ("市发展改革委", "reform"), ("人力资源", "hrss")],
)  # fmt: skip
def test_a_department_is_named_by_key_name_alias_or_a_part_of_one(name: str, key: str) -> None:
    assert find_department(ASSIGNMENT, ROSTER, name) == key


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [
        ("旅游局和", "send-department", "市文化广电和旅游局"),
        ("市水务局", "send-department", "市税务局"),
        ("中心", "department-several", "市行政服务中心、市公积金管理中心、市政府信息中心"),
        ("", "send-department", "市税务局"),
    ],
)
def test_a_part_of_several_and_a_stranger_are_refused_with_the_candidates(name: str, code: str, told: str) -> None:
    with pytest.raises(UsageFault) as refused:
        find_department(ASSIGNMENT, ROSTER, name)
    assert refused.value.code == code
    assert all(told in word_error(refused.value, language) for language in LANGUAGES)


@pytest.mark.parametrize("name", ["tax", "市税务局", "税务"])
def test_a_look_takes_a_department_by_the_names_that_come_with_its_system(name: str) -> None:
    names = {key: one.name for key, one in ASSIGNMENT.departments.items()}
    assert find_in_look([name], names, None, ["cn-2018"]) == {"tax"}
    assert find_in_look([], names, None, ["cn-2018"]) == frozenset()


def test_an_alias_holds_for_the_department_of_that_name_alone() -> None:
    aliased = next((key, one) for key, one in ASSIGNMENT.departments.items() if one.aliases)
    alias = aliased[1].aliases[0]
    assert find_in_look([alias], {aliased[0]: aliased[1].name}, None, ["cn-2018"]) == {aliased[0]}
    with pytest.raises(UsageFault):
        find_in_look([alias], {aliased[0]: "另一个单位"}, None, ["cn-2018"])


# --- on the command line -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an inbox that was collected."""
    folder = tmp_path_factory.mktemp("near")
    inbox = put(folder / "收件", {"机要保密局.xlsx": filled()})
    assert run_cli(["collect", str(inbox), "--out", str(folder / "汇总"), "--no-campaign"]) in (0, 1)
    return folder


LEDGER = ("--ledger", "汇总/ledger", "--no-campaign")
RULING = ("--reason", "试填", "--by", "李四", *LEDGER)
MISTYPED: dict[str, tuple[tuple[str, ...], str]] = {
    "a command": (("colect",), "collect"),
    "a command of a group": (("catalog", "lst"), "list"),
    "an option": (("status", "--deadlin", "2026-12-31"), "--deadline"),
    "a system": (("make-templates", "--catalog", "cn-2081", "--no-campaign"), "cn-2018"),
    "a system to look at": (("catalog", "show", "cn2018"), "cn-2018"),
    "an assignment": (("catalog", "assign", "--from", "luoyang2019", "--no-campaign"), "luoyang-2019"),
    "the inbox": (("collect", "收件夹", "--no-campaign"), "收件"),
    "a file to check": (("check", "收件/机要局.xlsx", "--no-campaign"), "收件/机要保密局.xlsx"),
    "a file to verify": (("verify", "汇总/汇总表.xlsx", "--inbox", "收件", "--out", "汇总", *LEDGER), "汇总/汇总.xlsx"),
    "a file to exclude": (("exclude", "机要局.xlsx", *RULING), "机要保密局.xlsx"),
    "a file to admit": (("admit", "机要局.xlsx", *RULING), "机要保密局.xlsx"),
    "an indicator": (("trace", "L1P1A1", *LEDGER), "L1P1-A1"),
    "an indicator's name": (("trace", "智慧城市统筹机", *LEDGER), "L7P1-A1"),
    "a figure": (("trace", "政务服务事项总数", *LEDGER), "L1P1-A1"),
    "a file to trace": (("trace", "机要局.xlsx", *LEDGER), "机要保密局.xlsx"),
    "a department of a status": (("status", "--department", "机要保秘局", *LEDGER), "市机要保密局"),
    "a department of a trace": (("trace", "L6P1-A1", "--department", "市水务局", *LEDGER), "市税务局"),
    "a cell to trace": (("trace", "机要局.xlsx!E9", *LEDGER), "机要保密局.xlsx"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", MISTYPED)
def test_who_mistypes_is_told_what_may_have_been_meant(
    what: str, language: str, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words, near = MISTYPED[what]
    monkeypatch.chdir(home)
    assert run_cli(["--lang", language, *words]) == 2
    shown = capsys.readouterr()
    line = next((one for one in shown.err.splitlines() if one.startswith(("是不是要写：", "Did you mean: "))), "")
    assert (near in line, shown.out) == (True, ""), shown.err


@pytest.mark.parametrize(
    "words",
    [("qqqqqq",), ("status", "--qqqqqq"), ("make-templates", "--catalog", "qqqqqq"), ("trace", "qqqqqq", *LEDGER)],
)
def test_nothing_is_guessed_where_nothing_is_like_it(
    words: tuple[str, ...], home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    assert run_cli(["--lang", "en", *words]) == 2
    assert "Did you mean" not in capsys.readouterr().err
