"""How far a job is, for whoever waits for it: a bar on a terminal, lines in a log, nothing where nobody looks.

``docs/decisions/0022-progress.md`` says why so.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from smartcity_xl.cli import clock
from smartcity_xl.cli.stopping import STOPPING
from smartcity_xl.cli.terminal import UnarmedStream

if TYPE_CHECKING:
    from rich.progress import Progress

    from smartcity_xl.cli.speech import Speaker
    from smartcity_xl.model.headway import Follow, Headway

BAR, LINES, NONE = "bar", "lines", "none"
_PATIENCE = 0.8
"""Seconds that pass before anything is shown: what is over by then needs no bar."""
_REFRESH, _LINE = 0.1, 10.0
"""Seconds between two pictures of the bar, and between two lines of one step."""


@contextmanager
def following(speaker: Speaker) -> Iterator[Follow]:
    """Within it, what is to be told how far a job is. Standard error alone is written to."""
    way = NONE if speaker.quiet else choose_way()
    if speaker.verbose:
        log = _Log(speaker)
        yield log.follow
        log.end()
    elif way == BAR:
        with _Bar(speaker).shown() as bar:
            yield bar.follow
    elif way == LINES:
        yield _Lines(speaker).follow
    else:
        yield lambda _: STOPPING.look()


def choose_way() -> str:
    """As XLSCORE_PROGRESS says; without it a bar where standard error is a terminal that can move its cursor, lines
    where it is one that cannot (TERM=dumb), and nothing where it goes into a pipe or a file."""
    asked = os.environ.get("XLSCORE_PROGRESS", "").strip().lower()
    if asked in (LINES, NONE):
        return asked
    if not sys.stderr.isatty():
        return NONE
    return LINES if os.environ.get("TERM", "").lower() in ("dumb", "unknown") else BAR


class _Pace:
    """The speed of the step that a job is in."""

    def __init__(self, speaker: Speaker) -> None:
        self.speaker = speaker
        self.step, self.since, self.job_since = "", 0.0, clock.elapsed()

    def turn(self, now: Headway) -> bool:
        """Whether a step begins."""
        if now.step == self.step and now.done:
            return False
        self.step, self.since = now.step, clock.elapsed()
        return True

    def doing(self) -> str:
        return self.speaker.say(f"doing_{self.step}")

    def count(self, now: Headway) -> str:
        return f"{now.done}" if now.whole is None else f"{now.done}/{now.whole}"

    def tail(self, now: Headway) -> str:
        """The rate, and the time that is left by it; nothing before it is known."""
        seconds = clock.elapsed() - self.since
        if not now.done or seconds <= 0:
            return ""
        rate = now.done / seconds
        told = [self.speaker.say("headway_rate", rate=f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}")]
        if now.whole and now.done < now.whole:
            told.append(self.speaker.say("headway_left", left=_duration((now.whole - now.done) / rate)))
        return self.speaker.say("headway_between").join(told)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


# --- lines -------------------------------------------------------------------------------------------------------


class _Lines:
    """A line as a step begins to take time, one every ten seconds, and one as such a step ends."""

    def __init__(self, speaker: Speaker) -> None:
        self.pace, self.told_at, self.told = _Pace(speaker), 0.0, False

    def follow(self, now: Headway) -> None:
        STOPPING.look()
        if self.pace.turn(now):
            self.told_at, self.told = self.pace.since, False
        waited = clock.elapsed() - self.told_at
        over = self.told and now.done == now.whole
        if not (over or waited >= (_LINE if self.told else _PATIENCE)):
            return
        self.told, self.told_at = not over, clock.elapsed()
        self.pace.speaker.tell("headway_line", doing=self.pace.doing(), count=self.pace.count(now),
                               tail=self.pace.tail(now))  # fmt: skip


class _Log:
    """A line as each step begins, and one with its count as it ends."""

    def __init__(self, speaker: Speaker) -> None:
        self.pace = _Pace(speaker)
        self.last: Headway | None = None

    def follow(self, now: Headway) -> None:
        STOPPING.look()
        if self.last is None or now.step != self.last.step:
            self.end()
            self.pace.turn(now)
            self.pace.speaker.log("log_step", doing=self.pace.doing())
        self.last = now

    def end(self) -> None:
        if self.last is not None:
            told = {"doing": self.pace.doing(), "count": self.pace.count(self.last), "tail": self.pace.tail(self.last)}
            self.pace.speaker.log("headway_line", **told)


# --- a bar -------------------------------------------------------------------------------------------------------


class _Bar:
    """The last line of the terminal. It is taken away before anything else is printed, and when the job is over."""

    def __init__(self, speaker: Speaker) -> None:
        self.pace = _Pace(speaker)
        self.drawn_at = 0.0
        self.drawn: Progress | None = None

    @contextmanager
    def shown(self) -> Iterator[_Bar]:
        before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = (_AboveBar(_own(stream), self) for stream in before)
        try:
            yield self
        finally:
            self.hide()
            sys.stdout, sys.stderr = before

    def follow(self, now: Headway) -> None:
        STOPPING.look()
        self.pace.turn(now)
        moment = clock.elapsed()
        due = moment - self.drawn_at >= _REFRESH or now.done == now.whole
        if due and moment - self.pace.job_since >= _PATIENCE:
            self.drawn_at = moment
            self.draw(now)

    def draw(self, now: Headway) -> None:
        told = {"description": self.pace.doing(), "count": self.pace.count(now), "tail": self.pace.tail(now)}
        if self.drawn is None:
            self.drawn = _new_bar()
            self.drawn.add_task(total=1, **told)  # type: ignore[arg-type]
            self.drawn.start()
        (task,) = self.drawn.task_ids
        part = now.done if now.whole else 0  # of nobody knows how many, none is drawn as done
        self.drawn.update(task, completed=part, total=now.whole or 1, refresh=True, **told)  # type: ignore[arg-type]

    def hide(self) -> None:
        if self.drawn is not None:
            drawn, self.drawn = self.drawn, None
            drawn.stop()


def _new_bar() -> Progress:
    """Drawn when it is told to and not by a thread of its own: child processes are forked beside it."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24, style="bright_black", complete_style="cyan", finished_style="cyan"),
        TextColumn("{task.fields[count]}", markup=False),
        TextColumn("{task.fields[tail]}", markup=False),
    )
    console = Console(file=_own(sys.stderr), highlight=False, emoji=False, markup=False)
    return Progress(*columns, console=console, auto_refresh=False, transient=True, redirect_stdout=False,
                    redirect_stderr=False, get_time=clock.elapsed)  # fmt: skip


def _own(stream: TextIO) -> TextIO:
    """The stream of the system: the bar moves the cursor, which nothing that passes the unarmed one can."""
    while isinstance(stream, UnarmedStream):
        stream = stream.stream
    return stream


class _AboveBar(UnarmedStream):
    """What is printed stands above the bar, which is taken away for it."""

    def __init__(self, stream: TextIO, bar: _Bar) -> None:
        super().__init__(stream)
        self.bar = bar

    def write(self, text: str | bytes) -> int:
        self.bar.hide()
        return super().write(text)
