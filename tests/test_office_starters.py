"""The files beside a round's folders that a person double-clicks: they work wherever the folder lies."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import smartcity_xl
from smartcity_xl.cli import build_cli, run_cli
from smartcity_xl.office.campaign.starters import write_starters

HOME = str(Path(smartcity_xl.__file__).parent.parent)
NAMES = {"现在汇总": "collect", "查看进度": "status"}
TERMS = ("--city", "云溪市", "--round", "2026", "--deadline", "2026-12-31")
ODD = "搬 到 别处 (1)&'x' $y %s"


@pytest.fixture(scope="module")
def round_(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("starters") / "2026年评价"
    assert run_cli(["init", str(folder), *TERMS]) == 0
    moved = folder.parent / ODD
    shutil.move(folder, moved)
    return moved


def run_file(command: list[str], cwd: Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    given = {"PYTHONPATH": HOME, "PATH": path or os.environ["PATH"], "HOME": str(cwd)}
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", env=given, cwd=cwd, stdin=subprocess.DEVNULL
    )


def test_each_thing_to_do_has_a_file_for_each_system(round_: Path) -> None:
    assert {path.name for path in round_.iterdir() if path.is_file()} == {
        "campaign.toml", ".xlscore-key", "名册.xlsx",
        *(f"{name}.{kind}" for name in NAMES for kind in ("cmd", "sh", "desktop")),
    }  # fmt: skip
    assert set(NAMES.values()) <= set(build_cli("zh").commands)
    for name in NAMES:
        modes = {kind: (round_ / f"{name}.{kind}").stat().st_mode & stat.S_IXUSR for kind in ("sh", "desktop", "cmd")}
        assert modes["sh"]
        assert modes["desktop"]
        assert not modes["cmd"]


def test_the_shell_file_runs_where_the_folder_was_moved(round_: Path, tmp_path: Path) -> None:
    done = run_file([str(round_ / "查看进度.sh")], tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"本轮：云溪市 2026 年度（{round_ / 'campaign.toml'}）" in done.stderr
    assert "下一步：生成填报表" in done.stdout
    done = run_file(["sh", "现在汇总.sh"], round_)
    assert done.returncode == 2, "nothing came yet: told by the program itself"
    assert "收件" in done.stderr


@pytest.mark.parametrize("found", ["on the path", "nowhere"])
def test_the_shell_file_takes_another_program_where_that_of_init_is_gone(
    found: str, round_: Path, tmp_path: Path
) -> None:
    away = tmp_path / "away"
    away.mkdir()
    text = (round_ / "查看进度.sh").read_text(encoding="utf-8")
    assert shlex.quote(sys.executable) in text
    (away / "查看进度.sh").write_text(text.replace(sys.executable, "/no/such/python"), encoding="utf-8")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "dirname", "basename"):
        (tools / name).symlink_to(shutil.which(name) or "")
    if found == "on the path":
        (tools / "xlscore").write_text('#!/bin/sh\necho "called in $PWD: $* ($XLSCORE_LANG)"\nexit 1\n')
        (tools / "xlscore").chmod(0o755)
    done = run_file([str(tools / "sh"), str(away / "查看进度.sh")], tmp_path, str(tools))
    if found == "on the path":
        assert (done.returncode, done.stdout) == (1, f"called in {away}: status (zh)\n")
    else:
        assert done.returncode == 3
        assert "找不到 xlscore" in done.stdout


def test_the_window_stays_open_until_somebody_has_read_it(round_: Path) -> None:
    import pty

    main, inner = pty.openpty()
    given = {"PYTHONPATH": HOME, "PATH": os.environ["PATH"], "HOME": str(round_)}
    running = subprocess.Popen(
        [str(round_ / "查看进度.sh")], stdin=inner, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=given
    )
    assert running.stdout
    told = b""
    while "按回车键关闭窗口".encode() not in told:
        piece = running.stdout.read1()
        assert piece, told.decode()
        told += piece
    os.write(main, b"\n")
    assert running.wait(120) == 0
    running.communicate()
    os.set_blocking(inner, False)
    with pytest.raises(BlockingIOError):  # it took the line, and so had waited for it
        os.read(inner, 1)


def words_of_exec(line: str, file: Path) -> list[str]:
    """``Exec`` as the Desktop Entry Specification reads it: escapes of the value, then quotes, then field codes."""
    value = re.sub(r"\\(.)", lambda m: {"s": " ", "n": "\n", "t": "\t"}.get(m[1], m[1]), line)
    words = []
    for quoted, bare in re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', value):
        word = re.sub(r'\\(["`$\\])', r"\1", quoted) if quoted else bare
        assert "%" not in quoted, "a field code has no meaning inside quotes"
        words.append(str(file) if word == "%k" else word)
    return words


def test_the_desktop_file_finds_the_shell_file_beside_it(round_: Path, tmp_path: Path) -> None:
    file = round_ / "查看进度.desktop"
    entries = dict(line.split("=", 1) for line in file.read_text(encoding="utf-8").splitlines() if "=" in line)
    assert (entries["Type"], entries["Terminal"], entries["Name"]) == ("Application", "true", "查看进度")
    done = run_file(words_of_exec(entries["Exec"], file), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "下一步：生成填报表" in done.stdout
    astray = run_file(words_of_exec(entries["Exec"], Path("gone.desktop")), tmp_path)
    assert "请改为双击同一文件夹里的 查看进度.sh" in astray.stdout, "a file manager that does not say where the file is"


@pytest.mark.parametrize("name", NAMES)
def test_the_batch_file_is_one_for_every_windows(name: str, round_: Path) -> None:
    """Read, not run: there is no Windows here."""
    data = (round_ / f"{name}.cmd").read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf"), "cmd would take a mark for a command"
    assert data.count(b"\n") == data.count(b"\r\n")
    lines = data.decode("utf-8").split("\r\n")
    assert lines[:2] == ["@echo off", "chcp 65001 >nul"]
    assert all(line.isascii() for line in lines[:2]), "before the code page is set"
    assert 'pushd "%~dp0"' in lines, "its own folder, on whatever disk or share"
    assert f"if defined PROGRAM call %PROGRAM% {NAMES[name]}" in lines
    assert lines[-2] == "pause >nul"
    assert not re.search(r"goto|\(|\)", data.decode("utf-8").replace(sys.executable, "")), "no block, no jump"


def test_a_program_whose_path_has_odd_signs_is_quoted(tmp_path: Path) -> None:
    files = write_starters(Path("/opt/张 三's/100%/python"))
    (shell,) = re.findall(r"^python=(.*)$", files["现在汇总.sh"].decode(), re.MULTILINE)
    assert shlex.split(shell) == ["/opt/张 三's/100%/python"]
    assert '"/opt/张 三\'s/100%%/python" -m smartcity_xl' in files["现在汇总.cmd"].decode()


def test_a_file_that_stands_there_is_left_alone(tmp_path: Path) -> None:
    assert run_cli(["init", str(tmp_path), *TERMS]) == 0
    (tmp_path / "现在汇总.sh").write_text("edited")
    assert run_cli(["init", str(tmp_path), *TERMS]) == 0
    assert (tmp_path / "现在汇总.sh").read_text() == "edited"
    assert run_cli(["init", str(tmp_path), *TERMS, "--overwrite"]) == 0
    assert (tmp_path / "现在汇总.sh").read_text().startswith("#!/bin/sh")
