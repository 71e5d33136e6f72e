"""The TOML that comes with the program is parsed once and kept ready; what is read is always what stands in it."""

from __future__ import annotations

import os
import sys
import tomllib
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from smartcity_xl import shipped
from smartcity_xl.shipped import HOME, kept_at, read_shipped

FILES = sorted(path.relative_to(HOME).as_posix() for path in HOME.rglob("*.toml"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(shipped, "HOME", tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    (tmp_path / "a.toml").write_text("one = 1", encoding="utf-8")
    return tmp_path


def kept(home: Path) -> Path:
    return kept_at(home / "a.toml")


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_read_as_it_stands(name: str) -> None:
    content = tomllib.loads((HOME / name).read_text(encoding="utf-8"))
    assert read_shipped(name) == content
    assert read_shipped(name) == content, "as it is kept"


def test_the_second_reading_needs_no_parser(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_shipped("a.toml") == {"one": 1}
    monkeypatch.delattr(tomllib, "loads")
    assert read_shipped("a.toml") == {"one": 1}
    assert [path.name for path in kept(home).parent.iterdir()] == [kept(home).name], "nothing half written is left"


def test_what_is_kept_and_the_code_of_a_module_that_is_called_alike_leave_each_other_alone(home: Path) -> None:
    code = Path(cache_from_source(str(home / "a.py")))
    code.parent.mkdir()
    code.write_bytes(b"code")
    assert read_shipped("a.toml") == {"one": 1}
    assert code.read_bytes() == b"code"
    assert kept(home).exists()


def test_an_edited_file_is_read_anew_however_alike(home: Path) -> None:
    read_shipped("a.toml")
    before = (home / "a.toml").stat()
    (home / "a.toml").write_text("one = 2", encoding="utf-8")
    os.utime(home / "a.toml", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert read_shipped("a.toml") == {"one": 2}
    assert read_shipped("a.toml") == {"one": 2}


# what became of the kept file
BROKEN = {
    "cut off after its mark": lambda data: data[:8], "cut off within": lambda data: data[:-3],
    "empty": lambda data: b"", "something else after its mark": lambda data: data[:8] + b"<html>",
    "of another source": lambda data: b"\0" * 8 + data[8:],
}  # fmt: skip


@pytest.mark.parametrize("harm", BROKEN)
def test_a_broken_keeping_is_passed_over(home: Path, harm: str) -> None:
    read_shipped("a.toml")
    kept(home).write_bytes(BROKEN[harm](kept(home).read_bytes()))
    assert read_shipped("a.toml") == {"one": 1}


def test_nothing_is_kept_where_the_interpreter_keeps_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert read_shipped("a.toml") == {"one": 1}
    assert list(home.iterdir()) == [home / "a.toml"]


def test_a_folder_that_takes_nothing_and_a_value_that_cannot_be_kept_do_no_harm(home: Path) -> None:
    (home / "__pycache__").write_text("no folder", encoding="utf-8")
    assert read_shipped("a.toml") == {"one": 1}
    (home / "__pycache__").unlink()
    (home / "a.toml").write_text("day = 2026-11-29", encoding="utf-8")
    assert str(read_shipped("a.toml")["day"]) == "2026-11-29"
    assert not kept(home).exists()


@pytest.mark.parametrize(("content", "error"), [(b"one = ", tomllib.TOMLDecodeError), (b"\xff", UnicodeDecodeError)])
def test_a_faulty_file_is_told_as_the_parser_tells_it(home: Path, content: bytes, error: type[Exception]) -> None:
    (home / "a.toml").write_bytes(content)
    with pytest.raises(error):
        read_shipped("a.toml")
    with pytest.raises(OSError, match=r"b\.toml"):
        read_shipped("b.toml")
