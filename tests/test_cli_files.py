"""Every option and argument that names a file or a folder, given what cannot be meant: each is told what is wrong.

One table over all commands, held to what the command line declares: a new option has to be in it.
"""

from __future__ import annotations

import builtins
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from make_survey import survey_rows, write_csv
from support import filled, put

from smartcity_xl.cli import build_cli, run_cli
from smartcity_xl.messages import sentence_codes

ISSUE = "--catalog cn-2018 --city 云溪市 --round 2026"
ALONE = f"{ISSUE} --no-campaign"
WHY = "--reason 试 --by 李"
OWN = "--ledger out/ledger --no-campaign"
FROZEN = f"{OWN} --out out --pack 出/p.zip"
SHOWN = "verify out/汇总.xlsx --no-campaign"
PLAIN, FOLDER, EMPTY, MISSING, THROUGH = "file", "夹", "empty", "没有/此处.xlsx", "file/此处"
"""A file of another kind, a folder with one, a file of no bytes, nothing at all, and what would lie in a file."""
FORBIDDEN = "禁"
LONG = "长" * 100
"""A name that no file can have."""

KINDS: dict[str, tuple[str, ...]] = {
    "file": (MISSING, FOLDER, THROUGH, EMPTY),
    "round": (MISSING, FOLDER, THROUGH, EMPTY),
    "results": (MISSING, FOLDER, THROUGH, EMPTY),
    "some results": (MISSING, FOLDER, THROUGH),
    "files that came": (MISSING, THROUGH),
    "folder": (MISSING, PLAIN, THROUGH),
    "new folder": (PLAIN, THROUGH, EMPTY, "新.xlsx", "新.CSV", "新.docx"),
    "new book": ("夹.xlsx", "纯.xlsx", "file/此处.xlsx", "表.csv", "表"),
    "new pack": ("夹.zip", "p.zip", "file/此处.zip", "表.xlsx", "表"),
    "ledger": (MISSING, FOLDER, PLAIN, THROUGH, EMPTY),
    "new ledger": (PLAIN, THROUGH, EMPTY),
    "name": (MISSING, FOLDER, THROUGH, EMPTY),
}
"""What an option wants, and what it cannot be given."""
READ = {"file", "round", "results"}
"""Those of which the machine may refuse one that is there."""

TABLE = {
    "init folder": (f"init {{}} {ISSUE} --deadline 2026-12-31", "new folder"),
    "init --assignment": (f"init 新 {ISSUE} --deadline 2026-12-31 --assignment {{}}", "file"),
    "make-templates --campaign": ("make-templates --campaign {}", "round"),
    "make-templates --assignment": (f"make-templates {ALONE} --out 出 --assignment {{}}", "file"),
    "make-templates --out": (f"make-templates {ALONE} --out {{}}", "new folder"),
    "make-templates --previous": (f"make-templates {ALONE} --out 出 --previous {{}}", "results"),
    "make-templates --cities": (
        "make-templates --catalog cn-2018 --round 2026 --no-campaign --out 出 --cities {}", "file",
    ),
    "send --campaign": ("send --campaign {}", "round"),
    "fetch --campaign": ("fetch --campaign {}", "round"),
    "check files": ("check {} --no-campaign", "files that came"),
    "check --campaign": ("check in --campaign {}", "round"),
    "check --assignment": ("check in --no-campaign --assignment {}", "file"),
    "check --previous": ("check in --no-campaign --previous {}", "results"),
    "check --inbox": ("check in/机要保密局.xlsx --no-campaign --inbox {}", "folder"),
    "check --ledger": ("check in --no-campaign --ledger {}", "ledger"),
    "collect inbox": ("collect {} --no-campaign --out 出", "folder"),
    "collect --campaign": ("collect in --out 出 --campaign {}", "round"),
    "collect --out": ("collect in --no-campaign --out {}", "new folder"),
    "collect --assignment": ("collect in --no-campaign --out 出 --assignment {}", "file"),
    "collect --previous": ("collect in --no-campaign --out 出 --previous {}", "results"),
    "collect --decisions": ("collect in --no-campaign --out 出 --decisions {}", "file"),
    "collect --ledger": ("collect in --no-campaign --out 出 --ledger {}", "new ledger"),
    "exclude file": (f"exclude {{}} {WHY} {OWN}", "name"),
    "exclude --campaign": (f"exclude 机要保密局.xlsx {WHY} --campaign {{}}", "round"),
    "exclude --ledger": (f"exclude 机要保密局.xlsx {WHY} --no-campaign --ledger {{}}", "ledger"),
    "admit file": (f"admit {{}} {WHY} {OWN}", "name"),
    "admit --campaign": (f"admit 机要保密局.xlsx {WHY} --campaign {{}}", "round"),
    "admit --ledger": (f"admit 机要保密局.xlsx {WHY} --no-campaign --ledger {{}}", "ledger"),
    "remind --campaign": ("remind --campaign {}", "round"),
    "status --campaign": ("status --campaign {}", "round"),
    "status --ledger": ("status --no-campaign --ledger {}", "ledger"),
    "trace --campaign": ("trace L6P1-A1 --campaign {}", "round"),
    "trace --ledger": ("trace L6P1-A1 --no-campaign --ledger {}", "ledger"),
    "whatif given": (f"whatif {{}} {OWN}", "name"),
    "whatif --campaign": ("whatif leak_events=1 --campaign {}", "round"),
    "whatif --ledger": ("whatif leak_events=1 --no-campaign --ledger {}", "ledger"),
    "compare given": ("compare out {} --no-campaign --out 出", "results"),
    "compare --campaign": ("compare out out --out 出 --campaign {}", "round"),
    "compare --out": ("compare out out2 --no-campaign --out {}", "new folder"),
    "province given": ("province out {} --out 出", "some results"),
    "province --out": ("province out --out {}", "new folder"),
    "firm given": ("firm {} --no-campaign", "results"),
    "firm --campaign": ("firm out --campaign {}", "round"),
    "report given": ("report {} --no-campaign --out 出", "results"),
    "report --campaign": ("report out --out 出 --campaign {}", "round"),
    "report --template": ("report out --no-campaign --out 出 --template {}", "file"),
    "report --out": ("report out --no-campaign --out {}", "new folder"),
    "report --ledger": ("report --no-campaign --out 出 --ledger {}", "ledger"),
    "filing --campaign": ("filing --provisional --out 出 --campaign {}", "round"),
    "filing --out": (f"filing --provisional {OWN} --out {{}}", "new folder"),
    "filing --ledger": ("filing --provisional --no-campaign --out 出 --ledger {}", "ledger"),
    "export given": ("export {} --no-campaign --out 出", "results"),
    "export --campaign": ("export out --out 出 --campaign {}", "round"),
    "export --out": ("export out --no-campaign --out {}", "new folder"),
    "freeze inbox": (f"freeze {{}} {FROZEN}", "folder"),
    "freeze --campaign": ("freeze in --campaign {}", "round"),
    "freeze --pack": (f"freeze in {OWN} --out out --pack {{}}", "new pack"),
    "freeze --out": ("freeze in --no-campaign --pack 出/p.zip --out {}", "ledger"),
    "freeze --assignment": (f"freeze in {FROZEN} --assignment {{}}", "file"),
    "freeze --previous": (f"freeze in {FROZEN} --previous {{}}", "results"),
    "freeze --ledger": ("freeze in --no-campaign --out out --pack 出/p.zip --ledger {}", "ledger"),
    "verify-code files": ("verify-code 7KQ2-M9XA {} --no-campaign", "files that came"),
    "verify-code --campaign": ("verify-code 7KQ2-M9XA in --campaign {}", "round"),
    "verify-code --assignment": ("verify-code 7KQ2-M9XA in --no-campaign --assignment {}", "file"),
    "verify files": ("verify {} --pack p.zip", "files that came"),
    "verify --campaign": ("verify out/汇总.xlsx --campaign {}", "round"),
    "verify --pack": ("verify out/汇总.xlsx --pack {}", "file"),
    "verify --inbox": (f"{SHOWN} --out out --inbox {{}}", "folder"),
    "verify --assignment": (f"{SHOWN} --inbox in --out out --assignment {{}}", "file"),
    "verify --out": (f"{SHOWN} --inbox in --out {{}}", "ledger"),
    "verify --ledger": (f"{SHOWN} --inbox in --out out --ledger {{}}", "ledger"),
    "verify --previous": (f"{SHOWN} --inbox in --out out --previous {{}}", "results"),
    "audit --campaign": ("audit --campaign {}", "round"),
    "audit --ledger": ("audit --no-campaign --ledger {}", "ledger"),
    "audit --inbox": (f"audit {OWN} --inbox {{}}", "folder"),
    "copy-ledger source": ("copy-ledger {} 新台账", "ledger"),
    "copy-ledger to": ("copy-ledger out/ledger {}", "new ledger"),
    "replay pack": ("replay {}", "file"),
    "replay --out": ("replay p.zip --out {}", "new folder"),
    "city-list file": ("city-list {}", "new book"),
    "catalog assign --campaign": ("catalog assign --out 出/a.xlsx --campaign {}", "round"),
    "catalog assign --from": ("catalog assign cn-2018 --no-campaign --out 出/a.xlsx --from {}", "name"),
    "catalog assign --out": ("catalog assign cn-2018 --no-campaign --out {}", "new book"),
    "catalog export --campaign": ("catalog export cn-2018 --out 出/a.xlsx --campaign {}", "round"),
    "catalog export --out": ("catalog export cn-2018 --no-campaign --out {}", "new book"),
    "catalog import file": ("catalog import {} --no-campaign --out 出", "file"),
    "catalog import --campaign": ("catalog import cat.xlsx --campaign {}", "round"),
    "catalog import --out": ("catalog import cat.xlsx --no-campaign --out {}", "new folder"),
    "survey form --campaign": ("survey form --out 出/a.xlsx --campaign {}", "round"),
    "survey form --out": ("survey form --no-campaign --out {}", "new book"),
    "survey score questionnaire": ("survey score {} a.csv --no-campaign --out 出/s.xlsx", "file"),
    "survey score responses": ("survey score q.xlsx {} --no-campaign --out 出/s.xlsx", "file"),
    "survey score --campaign": ("survey score q.xlsx a.csv --out 出/s.xlsx --campaign {}", "round"),
    "survey score --out": ("survey score q.xlsx a.csv --no-campaign --out {}", "new book"),
    "rehearse folder": ("rehearse {}", "new folder"),
    "doctor --campaign": ("doctor --campaign {}", "round"),
}  # fmt: skip
"""Option or argument -> a call in which it alone is wrong, and what it wants."""


def path_options() -> Iterator[str]:
    """All that name a file or a folder, as the command line declares them."""

    def walk(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[str, click.Parameter]]:
        if isinstance(command, click.Group):
            for name, inner in command.commands.items():
                yield from walk(inner, (*words, name))
        else:
            yield from ((" ".join(words), one) for one in command.params)

    for words, one in walk(build_cli("en"), ()):
        shown = one.metavar or ""
        if isinstance(one.type, click.Path) or "FILE" in shown or "DIR" in shown:
            yield f"{words} {one.opts[0] if isinstance(one, click.Option) else one.name}"


def test_every_option_that_names_a_file_is_in_the_table() -> None:
    assert sorted(path_options()) == sorted(TABLE)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small collection twice, a frozen round, workbooks of the office's own, and what cannot be meant."""
    folder = tmp_path_factory.mktemp("files")
    put(folder / "in", {"机要保密局.xlsx": filled()})
    put(
        folder,
        {
            PLAIN: b"x",
            EMPTY: b"",
            f"{FOLDER}/x": b"x",
            FORBIDDEN: b"x",
            "夹.xlsx/x": b"x",
            "夹.zip/x": b"x",
            "纯.xlsx": b"x",
            "a.csv": write_csv(survey_rows()),
        },
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for command in (
            "collect in --out out --no-campaign",
            "collect in --out out2 --no-campaign",
            f"freeze in {OWN} --out out --pack p.zip",
            "catalog export cn-2018 --no-campaign --out cat.xlsx",
            "survey form --no-campaign --out q.xlsx",
        ):
            assert run_cli(command.split()) in (0, 1)
    return folder


@pytest.mark.parametrize("named", TABLE)
def test_what_cannot_be_meant_is_told_for_what_it_is(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], named: str
) -> None:
    call, wants = TABLE[named]
    monkeypatch.chdir(home)
    for given in KINDS[wants]:
        for language in ("en", "zh") if given is KINDS[wants][0] else ("en",):
            code = run_cli([*call.format(given).split(), "--lang", language])
            out, told = capsys.readouterr()
            assert (code, out) == (2, ""), (given, told)
            assert given.rpartition("/")[2] in told or given.partition("/")[0] in told, told
            assert "ermission" not in told, told
            assert "权限" not in told, told
        if given is KINDS[wants][0] and named != "compare --out":  # which writes nothing then
            assert run_cli([*call.format(given).split(), "--json", "--quiet", "--lang", "en"]) == 2
            refused = json.loads(capsys.readouterr().out)
            assert (refused["schema"], refused["exit"]) == ("xlscore-refused/1", 2)
            assert refused["code"] in sentence_codes("errors")
            assert "ermission" not in refused["said"]
    if wants in READ:
        real = io.open

        def refuse(file: Any, *rest: Any, **more: Any) -> Any:
            if isinstance(file, str | os.PathLike) and Path(file).name == FORBIDDEN:
                raise PermissionError(13, "Permission denied", str(file))
            return real(file, *rest, **more)

        monkeypatch.setattr(os, "access", lambda *_, **__: False)  # what click goes by
        monkeypatch.setattr(io, "open", refuse)
        monkeypatch.setattr(builtins, "open", refuse)
        code = run_cli([*call.format(FORBIDDEN).split(), "--lang", "en"])
        told = capsys.readouterr().err
        assert code == 3
        assert f"“{FORBIDDEN}” cannot be read: Permission denied" in told, told


@pytest.mark.parametrize("named", TABLE)
def test_a_name_that_no_file_can_have_is_told_and_no_fault_of_ours(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], named: str
) -> None:
    call, wants = TABLE[named]
    monkeypatch.chdir(home)
    for ending in {"new book": (".xlsx",), "new pack": (".zip",), "new folder": ("", ".xlsx")}.get(wants, ("",)):
        for given in (LONG + ending, f"{LONG}/甲{ending}"):
            code = run_cli([*call.format(given).split(), "--json", "--lang", "en"])
            refused = json.loads(capsys.readouterr().out)
            if named not in ("compare --out", "province --out"):  # which write nothing then
                assert (refused["schema"], refused["exit"]) == ("xlscore-refused/1", code)
                assert code in (2, 3)
                assert refused["code"] != "bug", refused["said"]


FOLDERS = [named for named, (_, wants) in TABLE.items() if wants == "new folder"]


@pytest.mark.parametrize("named", FOLDERS)
def test_a_folder_that_stands_may_be_called_as_files_are(tmp_path: Path, named: str) -> None:
    """As far as the name goes: what is done then is another matter."""
    words = TABLE[named][0].split()
    command: Any = build_cli("en")
    for word in words:
        command = command.commands.get(word, command) if isinstance(command, click.Group) else command
    (one,) = [one for one in command.params if one.name == "folder" or "--out" in one.opts]
    (tmp_path / "全省.2026.xlsx").mkdir()
    assert one.type.convert(str(tmp_path / "全省.2026.xlsx"), one, None) == tmp_path / "全省.2026.xlsx"


def test_a_folder_without_files_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "空").mkdir()
    assert run_cli(["check", "空", "--no-campaign", "--lang", "en"]) == 2
    assert "The folder “空” holds no files." in capsys.readouterr().err
