"""How far a job is: a bar on a terminal, lines where asked for, nothing in a pipe; and nothing that breaks a line."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from processes import in_a_pipe, on_a_terminal
from rich.cells import cell_len
from support import ISSUE, filled, put

from smartcity_xl.cli import clock, headway
from smartcity_xl.cli.speech import Speaker
from smartcity_xl.cli.stopping import STOPPING
from smartcity_xl.model.headway import Headway, followed, ticking, unfollowed

posix = pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal")
TEMPLATES = ("make-templates", "--no-campaign", "--city", ISSUE.city, "--round", ISSUE.round, "--deadline",
             "2019-02-25", "--lang", "zh", "--out")  # fmt: skip
_SIGNS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

# --- what is told ------------------------------------------------------------------------------------------------


def test_things_are_handed_on_one_by_one_and_told_when_they_are_done_with() -> None:
    told: list[Headway] = []
    asked: list[int] = []
    for thing in followed(iter([7, 8]), "open", told.append, 2):
        asked.append(thing)
        assert [one.done for one in told] == list(range(len(asked)))
    assert told == [Headway("open", 0, 2), Headway("open", 1, 2), Headway("open", 2, 2)]


def test_where_nobody_knows_how_many_the_last_tells_it() -> None:
    told: list[Headway] = []
    assert list(followed("ab", "return", told.append)) == ["a", "b"]
    assert told[-1] == Headway("return", 2, 2)
    tick = ticking("check", told.append, 3)
    assert [tick("x"), tick("y")] == ["x", "y"]
    assert told[-1] == Headway("check", 2, 3)
    unfollowed(told[-1])


# --- where it is shown ---------------------------------------------------------------------------------------------

WAYS = [
    ("a terminal", True, {"TERM": "xterm"}, "bar"), ("a terminal without a name", True, {}, "bar"),
    ("a dumb terminal", True, {"TERM": "dumb"}, "lines"), ("a pipe", False, {"TERM": "xterm"}, "none"),
    ("a pipe, lines wanted", False, {"XLSCORE_PROGRESS": "lines"}, "lines"),
    ("a terminal, nothing wanted", True, {"XLSCORE_PROGRESS": "none", "TERM": "xterm"}, "none"),
    ("a pipe, a bar wanted", False, {"XLSCORE_PROGRESS": "bar"}, "none"),
]  # fmt: skip


@pytest.mark.parametrize(("terminal", "environment", "way"), [one[1:] for one in WAYS], ids=[one[0] for one in WAYS])
def test_where_a_bar_is_shown_and_where_lines(
    terminal: bool, environment: dict[str, str], way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TERM", "XLSCORE_PROGRESS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    assert headway.choose_way() == way


def lines_of(shown: bytes, encoding: str = "utf-8") -> list[str]:
    """The pictures of the bar and the lines around it, without what moves and colours."""
    text = shown.decode(encoding)
    return [line for part in _SIGNS.sub("", text).split("\n") for line in part.split("\r") if line]


@posix
def test_a_terminal_shows_a_bar_with_rate_and_time_left_and_none_of_it_stays(tmp_path: Path) -> None:
    done = on_a_terminal(*TEMPLATES, tmp_path / "out")
    pictures = [line for line in lines_of(done.out) if line.startswith("制作填报表")]
    assert done.code == 0
    assert len(pictures) > 20
    assert all(re.search(r" \d+/23 ", line) for line in pictures)
    assert any(re.search(r"12/23 每秒 [\d.]+，约剩 0:\d\d", line) for line in pictures)
    assert max(map(cell_len, pictures)) < 100
    last = done.out.decode().rpartition("\x1b[2K")[2]
    assert "制作填报表" not in last, "the bar is taken away"
    assert last.startswith("已生成 23 份")
    assert done.out.count(b"\x1b[?25l") == done.out.count(b"\x1b[?25h"), "the cursor is there again"


@posix
@pytest.mark.parametrize("columns", [20, 38])
def test_a_narrow_terminal_is_not_overrun(columns: int, tmp_path: Path) -> None:
    shown = on_a_terminal(*TEMPLATES, tmp_path / "out", columns=columns).out.decode()
    bar = shown[: shown.rindex("\x1b[2K")]
    assert max(map(cell_len, _SIGNS.sub("", bar).replace("\r", "\n").split("\n"))) <= columns


@posix
@pytest.mark.parametrize(
    ("environment", "encoding", "absent"),
    [
        ({"NO_COLOR": "1"}, "utf-8", r"\x1b\[[0-9;]+m"),
        ({"TERM": "dumb"}, "utf-8", r"\x1b"),
        ({"PYTHONIOENCODING": "gbk"}, "gbk", "━"),
    ],
    ids=["without colour", "a dumb terminal", "a console in GBK"],
)
def test_a_terminal_that_can_do_less_is_asked_for_less(
    environment: dict[str, str], encoding: str, absent: str, tmp_path: Path
) -> None:
    done = on_a_terminal(*TEMPLATES, tmp_path / "out", **environment)
    assert done.code == 0
    assert not re.search(absent, done.out.decode(encoding))
    assert any(line.startswith("制作填报表") for line in lines_of(done.out, encoding))


@posix
def test_a_pipe_gets_nothing_and_a_log_gets_lines(tmp_path: Path) -> None:
    inbox = put(tmp_path / "inbox", {"a.xlsx": filled("secrecy"), "b.xlsx": filled("credit")})
    words = ("collect", inbox, "--no-campaign", "--lang", "en", "--out")
    quiet, logged = in_a_pipe(*words, tmp_path / "a"), in_a_pipe(*words, tmp_path / "b", XLSCORE_PROGRESS="lines")
    assert quiet.err.decode().count("\n") == 1, "that nothing proves the workbooks"
    lines = logged.err.decode().splitlines()
    assert any(re.fullmatch(r"Opening files: 1/2  [\d.]+/s, about 0:\d\d left", line) for line in lines)
    assert {line.partition(":")[0] for line in lines[1:]} == {
        "Keeping files", "Opening files", "Checking workbooks", "Writing summaries", "Writing workbooks to give back",
    }  # fmt: skip
    assert b"\x1b" not in logged.err
    assert logged.out.decode().replace(str(tmp_path / "b"), str(tmp_path / "a")) == quiet.out.decode()


def test_every_step_that_is_told_of_has_its_words() -> None:
    root = Path(headway.__file__).parent.parent
    sources = "".join(path.read_text("utf-8") for path in root.rglob("*.py"))
    told = re.findall(r'(?:ticking\(|Headway\()"(\w+)"|, "(\w+)", (?:\w+\.)?follow', sources)
    steps = {one for pair in told for one in pair if one}
    assert {"store", "open", "check", "summary", "return", "templates", "fetch", "send", "survey"} <= steps
    for language in ("zh", "en"):
        assert all(Speaker(language).say(f"doing_{step}") for step in steps)


# --- lines, by the clock -------------------------------------------------------------------------------------------


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float], None]]:
    now = [100.0]
    monkeypatch.setattr(clock, "elapsed", lambda: now[0])
    monkeypatch.setenv("XLSCORE_PROGRESS", "lines")

    def pass_(seconds: float) -> None:
        now[0] += seconds

    return pass_


def test_a_log_gets_a_line_when_a_step_takes_long_every_ten_seconds_and_at_its_end(
    moment: Callable[[float], None], capsys: pytest.CaptureFixture[str]
) -> None:
    with headway.following(Speaker("en")) as follow:
        for step, seconds, whole in (("store", 0.001, 100), ("open", 0.5, 60)):
            follow(Headway(step, 0, whole))
            for done in range(1, whole + 1):
                moment(seconds)
                follow(Headway(step, done, whole))
    assert capsys.readouterr().err.splitlines() == [
        "Opening files: 2/60  2.0/s, about 0:29 left", "Opening files: 22/60  2.0/s, about 0:19 left",
        "Opening files: 42/60  2.0/s, about 0:09 left", "Opening files: 60/60  2.0/s",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0:00"), (59.6, "1:00"), (61, "1:01"), (3_599, "59:59"), (3_600, "1:00:00")]
)
def test_time_is_said_in_minutes_and_seconds(seconds: float, said: str) -> None:
    assert headway._duration(seconds) == said


def test_ctrl_c_that_went_nowhere_ends_the_job_at_its_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python drops what is raised while it tidies up an object."""
    monkeypatch.setattr(STOPPING, "times", 1)
    with headway.following(Speaker("en")) as follow, pytest.raises(KeyboardInterrupt):
        follow(Headway("open", 1, 2))
