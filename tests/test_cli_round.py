"""The round is found where somebody stands, told in one line, and nothing happens outside it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from front_door import ALL, files_below, make_office, place, say

from smartcity_xl.cli import build_cli
from smartcity_xl.cli.options import NO_CAMPAIGN
from smartcity_xl.cli.shape import Command, option
from smartcity_xl.cli.speech import Speaker
from smartcity_xl.errors import MachineFault
from smartcity_xl.messages import label
from smartcity_xl.office.campaign import KEY_FILE, find_campaign, read_campaign
from smartcity_xl.run.collection import Collection
from smartcity_xl.run.orders import order_collection, order_templates
from smartcity_xl.run.systems import EVERYTHING_DEFAULT

INBOX, SUMMARY, STORE, TEMPLATES = (
    label(f"campaign_folder.{name}") for name in ("inbox", "summary", "store", "templates")
)
ROUNDLESS = {
    "init",
    "city-list",
    "copy-ledger",
    "rehearse",
    "replay",
    "province",
    "catalog list",
    "catalog show",
    "catalog lint",
    "catalog diff",
}
"""Commands that neither write for a round nor score: each has been thought about."""
MUST = ("send", "fetch", "remind", "doctor")
TERMS = ("--city", "云溪市", "--round", "2019", "--deadline", "2019-12-31")
"""What a new round needs."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A round that is only looked at: with answers of two departments, not collected yet."""
    home = make_office(tmp_path_factory.mktemp("there") / "2018 年（评价）", people=2)
    for key in ALL[:2]:
        place(home, "inbox", key)
    return home


@pytest.fixture
def own(office: Path, tmp_path: Path) -> Path:
    """One of its own, to be written into."""
    return Path(shutil.copytree(office, tmp_path / "我的 一轮"))


# --- every command ------------------------------------------------------------------------------------------------


def all_commands(command: click.Command, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, inner in command.commands.items() if isinstance(command, click.Group) else ():
        whole = f"{path} {name}".strip()
        if isinstance(inner, click.Group):
            yield from all_commands(inner, whole)
        else:
            yield whole, inner


def careless(commands: dict[str, Any]) -> set[str]:
    """Commands that know a round by half, or that nobody has thought about."""
    found = set()
    for name, command in commands.items():
        options = {word for one in command.params for word in one.opts}
        by_round = {"--campaign" in options, "--no-campaign" in options, bool(command.wants_round)}
        if len(by_round) > 1 or (by_round == {False}) != (name in ROUNDLESS):
            found.add(name)
    return found


def test_every_command_finds_the_round_and_can_do_without() -> None:
    assert careless(dict(all_commands(build_cli("en")))) == set()


@pytest.mark.parametrize("planted", [(), (option("--campaign", says="campaign"),), (NO_CAMPAIGN,)])
def test_a_command_that_knows_a_round_by_half_is_seen(planted: tuple[Any, ...]) -> None:
    assert careless({"planted": Command(Speaker("en"), "planted", "status", planted, lambda *_: 0)}) == {"planted"}


CALLS = (
    ["status", "--json"], ["trace", "L1P1-A1", "--json"], ["remind", "--json"], ["collect"], ["make-templates"],
    ["doctor"], ["send", "--dry-run"], ["catalog", "assign"], ["survey", "form"], ["catalog", "export", "cn-2018"],
)  # fmt: skip


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
@pytest.mark.parametrize("below", ["", INBOX, f"{INBOX}/深/更深"])
def test_a_command_finds_the_round_from_its_folder_and_from_below(
    call: list[str], below: str, own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (own / below).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(own / below)
    [line] = say(capsys, *call).round
    assert line == f"本轮：云溪市 2018 年度（{own / 'campaign.toml'}）"


def test_what_is_printed_for_programs_stays_pure(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(own / INBOX)
    assert say(capsys, "collect").code == 1
    for call in (["status", "--json"], ["trace", "L1P1-A1", "--json"], ["remind", "--json"]):
        told = say(capsys, *call)
        assert json.loads(told.out)["schema"].startswith("xlscore-")
        assert told.err.splitlines()[-1].startswith("下一步：")


def test_nothing_is_written_beside_the_round_wherever_somebody_stands(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in (own / TEMPLATES).iterdir():
        file.unlink()
    monkeypatch.chdir(own / INBOX)
    came, around = files_below(own / INBOX), files_below(own.parent)
    for call in CALLS:
        say(capsys, *call)
    assert files_below(own / INBOX) == came, "nobody's output lies among what came"
    made = {name.split("/")[1] for name in files_below(own.parent) - around}
    assert made == {TEMPLATES, SUMMARY, STORE, "待发", "任务分工.xlsx", "调查问卷.xlsx", "指标.xlsx", KEY_FILE}
    assert {name.split("/")[0] for name in files_below(own.parent)} == {own.name}


def test_collect_alone_takes_all_that_the_round_has(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given: dict[str, Any] = {}

    def seize(told: Collection) -> None:
        given.update({name: getattr(told, name) for name in told.__struct_fields__})
        raise MachineFault("folder-gone", reason="seen")

    monkeypatch.chdir(own / INBOX)
    assert say(capsys, "collect").code == 1
    (own / "上轮结果.json").write_bytes((own / SUMMARY / "results.json").read_bytes())
    (own / SUMMARY / label("file.decisions")).write_bytes(b"decided")
    monkeypatch.setattr("smartcity_xl.run.collected.collect_or_repeat", seize)
    assert say(capsys, "collect").code == 3
    assert given["inbox"].resolve() == own / INBOX
    assert given["out"].resolve() == own / SUMMARY
    assert given["keeping"].folder.resolve() == own / STORE
    assert given["decisions"].resolve() == own / SUMMARY / label("file.decisions")
    assert given["roster"].department_of(f"{ALL[0]}@example.com") == ALL[0]
    assert given["choice"].previous.round == "2018"
    templates = order_templates(Path("../campaign.toml"), EVERYTHING_DEFAULT)
    assert templates.previous == (Path("../上轮结果.json"),)
    assert given["choice"].systems == ("cn-2018",)


def test_the_rounds_decisions_count_also_where_the_summary_goes_elsewhere(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = own / SUMMARY / label("file.decisions")
    book.write_bytes(b"decided")
    order = order_collection(own, EVERYTHING_DEFAULT, out=own / "别处")
    assert order.decisions == book


# --- named, without, and what is said otherwise -------------------------------------------------------------------


def test_a_round_can_be_named_from_elsewhere_and_left_aside(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = make_office(tmp_path / "另一轮", templates=False)
    monkeypatch.chdir(other)
    told = say(capsys, "status", "--campaign", own)
    assert told.round == [f"本轮：云溪市 2018 年度（{own / 'campaign.toml'}）"]
    assert told.command[-2:] == ["--campaign", str(own)], "the next command means the same round"
    assert say(capsys, "survey", "form", "--no-campaign").round == []
    assert (other / "questionnaire.xlsx").exists()
    assert say(capsys, "survey", "form", "--no-campaign", "--out", "f.xlsx").command[-1] == "--no-campaign"
    told = say(capsys, "status", "--campaign", own, "--no-campaign")
    assert (told.code, told.out) == (2, "")
    assert "只能写一个" in told.err


@pytest.mark.parametrize("command", MUST)
def test_what_needs_a_round_says_so_where_there_is_none(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    make_office(tmp_path / "轮", templates=False)
    for given in ([], ["--no-campaign"]):
        told = say(capsys, command, *given, language="en")
        assert told.code == 2
        assert "xlscore init" in told.err
    assert say(capsys, command, "--campaign", "轮", language="en").round


TOLD = [
    (["collect", "那边"], "收件文件夹 按命令行写的：那边（本轮设置是 收件）"),
    (["collect", "--out", "那边"], "--out 按命令行写的：那边（本轮设置是 汇总）"),
    (["collect", "--ledger", "那边"], "--ledger 按命令行写的：那边（本轮设置是 台账）"),
    (["make-templates", "--out", "那边"], "--out 按命令行写的：那边（本轮设置是 下发）"),
    (["make-templates", "--overwrite", "--city", "另一市"], "send 和 collect 都不认"),
    (["make-templates", "--overwrite", "--deadline", "2030-01-01"], "（本轮设置是 2019-02-25）"),
    (["status", "--ledger", "那边"], "--ledger 按命令行写的：那边（本轮设置是 台账）"),
    (["trace", "L1P1-A1", "--ledger", "那边"], "--ledger 按命令行写的：那边（本轮设置是 台账）"),
    (["catalog", "assign", "cn-2016"], "指标体系 按命令行写的：cn-2016（本轮设置是 cn-2018）"),
]


@pytest.mark.parametrize(("call", "expected"), TOLD, ids=[" ".join(call) for call, _ in TOLD])
def test_what_the_command_says_goes_before_the_round_and_is_told(
    call: list[str], expected: str, own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(own / INBOX, own / "那边")
    monkeypatch.chdir(own)
    assert expected in say(capsys, *call).err


@pytest.mark.parametrize("call", [["collect", "."], ["collect", "--out", f"../{SUMMARY}"], ["make-templates"]])
def test_what_is_no_other_is_not_told(
    call: list[str], own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(own / INBOX)
    assert "按命令行" not in say(capsys, *call).err


def test_other_systems_than_the_rounds_are_refused_with_a_way_out(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(own)
    told = say(capsys, "make-templates", "--catalog", "cn-2018")
    assert told.code == 2
    assert all(word in told.err for word in ("campaign.toml", "--catalog", "--no-campaign"))
    assert say(capsys, "make-templates", "--catalog", "cn-2018", "--no-campaign", "--out", "别处").code == 0


# --- what stands in the way ---------------------------------------------------------------------------------------


def test_broken_settings_above_are_told_with_a_way_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "campaign.toml").write_text('[tool]\nname = "another program"\n', encoding="utf-8")
    (tmp_path / "工作").mkdir()
    monkeypatch.chdir(tmp_path / "工作")
    for call in (["make-templates"], ["status"], []):
        told = say(capsys, *call)
        assert told.code == 2
        assert str(tmp_path / "campaign.toml") in told.err
        assert "--no-campaign" in told.err
        assert "tool" in told.err
    assert say(capsys, "survey", "form", "--no-campaign").code == 0


def test_a_round_far_above_is_used_and_how_to_do_without_is_told(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (own / "杂项" / "别的").mkdir(parents=True)
    monkeypatch.chdir(own / "杂项" / "别的")
    [line] = say(capsys, "status").round
    assert str(own / "campaign.toml") in line
    assert "--no-campaign" in line


def test_a_link_to_nowhere_is_told_and_a_folder_of_that_name_is_passed_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "campaign.toml").mkdir()
    assert say(capsys).code == 0
    (tmp_path / "campaign.toml").rmdir()
    (tmp_path / "campaign.toml").symlink_to(tmp_path / "gone.toml")
    told = say(capsys, "status")
    assert told.code == 2
    assert "失效的链接" in told.err
    assert "--no-campaign" in told.err


def test_linked_settings_belong_to_the_folder_of_the_link(own: Path, tmp_path: Path) -> None:
    (tmp_path / "共用").mkdir()
    (own / "campaign.toml").rename(tmp_path / "共用" / "2018.toml")
    (own / "campaign.toml").symlink_to(tmp_path / "共用" / "2018.toml")
    found = find_campaign(own / INBOX)
    assert found == own / "campaign.toml"
    assert read_campaign(found).folders.inbox == own / INBOX


def test_the_way_through_a_link_counts_too_and_two_rounds_are_told(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    share = tmp_path / "共享盘" / "收件"
    share.mkdir(parents=True)
    shutil.rmtree(own / INBOX)
    (own / INBOX).symlink_to(share)
    monkeypatch.chdir(share)
    assert say(capsys, "status").round == []
    monkeypatch.setenv("PWD", str(own / INBOX))
    assert say(capsys, "status").round == [f"本轮：云溪市 2018 年度（{own / 'campaign.toml'}）"]
    make_office(tmp_path / "共享盘", templates=False)
    told = say(capsys, "status")
    assert told.code == 2
    assert str(own / "campaign.toml") in told.err
    assert str(tmp_path / "共享盘" / "campaign.toml") in told.err


def test_a_folder_that_lets_nobody_look_is_told(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    look = Path.lstat

    def refuse(path: Path) -> os.stat_result:
        if path == own / "campaign.toml":
            raise PermissionError(13, "Permission denied")
        return look(path)

    monkeypatch.chdir(own / INBOX)
    monkeypatch.setattr(Path, "lstat", refuse)
    told = say(capsys, "status")
    assert told.code == 3
    assert all(word in told.err for word in (str(own), "Permission denied", "--no-campaign"))


def test_settings_that_nobody_may_read_are_told(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: Any, **__: Any) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.chdir(own)
    monkeypatch.setattr(Path, "read_text", refuse)
    told = say(capsys, "status")
    assert told.code == 3
    assert all(word in told.err for word in (str(own / "campaign.toml"), "Permission denied", "--no-campaign"))


def test_a_folder_that_is_gone_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    (tmp_path / "a").rmdir()
    told = say(capsys, "status")
    assert told.code == 3
    assert "当前文件夹打不开" in told.err


# --- a new round inside another -----------------------------------------------------------------------------------


def test_a_new_round_is_refused_in_the_folders_of_another_and_told_of_beside_them(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(own / INBOX)
    told = say(capsys, "init", "2019", *TERMS)
    assert told.code == 2
    assert "收件" in told.err
    assert not (own / INBOX / "2019").exists()
    monkeypatch.chdir(own)
    told = say(capsys, "init", "2019", *TERMS)
    assert told.code == 0
    assert f"在另一轮评价（{own / 'campaign.toml'}）的文件夹里" in told.err
    assert told.command == ["make-templates", "--campaign", "2019"]
    monkeypatch.chdir(own / "2019")
    assert "2019 年度" in say(capsys).round[0], "the nearest counts"
    monkeypatch.chdir(own)
    assert "注意" not in say(capsys, "init", ".", *TERMS).err, "a round's own folder is no other round"
    assert say(capsys, "init", "../2020", *TERMS).err == ""
