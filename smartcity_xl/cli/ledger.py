"""``xlscore status`` and ``xlscore trace``: what the ledger knows. The one place that asks the clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli.speech import CLEAN, Command, Speaker

if TYPE_CHECKING:
    from smartcity_xl.ledger import Keeping
    from smartcity_xl.results.status import DepartmentReport, Status
    from smartcity_xl.results.trace import Points, TracedCell, TracedFile, TracedIndicator

_DEFAULT = Path("summary-out") / "ledger"
_NOTHING = "—"


def keep_in(speaker: Speaker, out: Path, ledger: Path | None, as_of: str) -> Keeping:
    """Where ``collect`` keeps its ledger, now or as of a moment. Raises UsageFault."""
    from smartcity_xl.ledger import LEDGER_FOLDER, Keeping, parse_moment, utc

    moment = parse_moment(as_of) if as_of else ""
    return Keeping(ledger or out / LEDGER_FOLDER, utc(datetime.now(UTC)), moment, speaker.tell)


def build_ledger_commands(speaker: Speaker, language_option: Callable[[], click.Option]) -> Iterator[click.Command]:
    say = speaker.say

    def options() -> list[click.Parameter]:
        return [
            click.Option(["--ledger"], type=click.Path(path_type=Path), metavar="DIR", default=_DEFAULT,
                         help=say("status_ledger")),
            click.Option(["--as-of"], metavar="TIME", default="", help=say("status_as_of")),
            click.Option(["--json", "as_json"], is_flag=True, help=say("status_json")),
            language_option(),
        ]  # fmt: skip

    deadline = click.Option(["--deadline"], metavar="DATE", default="", help=say("status_deadline"))
    yield Command(
        speaker, {}, say("status_example"), name="status", help=say("status"),
        callback=lambda **given: _status(speaker, **given), params=[deadline, *options()],
    )  # fmt: skip
    yield Command(
        speaker, {"WHAT": say("trace_what")}, say("trace_example"), name="trace", help=say("trace"),
        callback=lambda **given: _trace(speaker, **given), params=[click.Argument(["what"]), *options()],
    )  # fmt: skip


def _moment(as_of: str) -> str:
    from smartcity_xl.ledger import parse_moment

    return parse_moment(as_of) if as_of else ""


def _local(moment: str) -> str:
    from smartcity_xl.ledger import local_time

    return local_time(moment) if moment else ""


# --- status


def _status(speaker: Speaker, ledger: Path, deadline: str, as_of: str, as_json: bool) -> int:
    from smartcity_xl.catalog.lint import is_date
    from smartcity_xl.errors import UsageFault
    from smartcity_xl.ledger import read_ledger
    from smartcity_xl.results.status import read_open, read_status

    if deadline and not is_date(deadline):
        raise UsageFault("deadline-unreadable", found=deadline)
    with read_ledger(ledger) as opened:
        found, together = read_status(opened, _moment(as_of), deadline), read_open(opened, _moment(as_of))
    if as_json:
        document = {
            "schema": "xlscore-status/2",
            "systems": [asdict(status) for status in found],
            "open": [asdict(one) for one in together],
        }
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return CLEAN
    for status in found:
        _tell_status(speaker, status)
    if len(found) > 1:
        click.echo("")
        click.echo(speaker.say("status_together"))
        names = ("department", "errors", "queries", "held", "stake")
        heads = [speaker.say(f"status_{name}") for name in names]
        rows = [[one.name, str(one.errors), str(one.queries), one.held, one.stake] for one in together]
        for line in aligned([heads, *rows]):
            click.echo(line)
    return CLEAN


def _tell_status(speaker: Speaker, status: Status) -> None:
    say = speaker.say
    click.echo(say("status_title", city=status.city, round=status.round, system=status.system, at=_local(status.at)))
    if status.total is not None:
        sentence = "status_final" if status.final else "status_provisional"
        click.echo(say(sentence, score=status.total, full=status.full))
    click.echo(say("reported", part=status.reported, whole=len(status.departments)))
    if status.deadline:
        click.echo(say("status_deadline_is", date=status.deadline))
    if status.since:
        click.echo(say("status_since", number=status.since))
    names = ("department", "first", "in_force", "late", "filled", "errors", "queries", "held", "stake")
    heads = [say(f"status_{name}") for name in names]
    click.echo("")
    for line in aligned([heads, *(_status_row(speaker, one) for one in status.departments)]):
        click.echo(line)


def _status_row(speaker: Speaker, one: DepartmentReport) -> list[str]:
    return [
        one.name,
        _local(one.first) or speaker.say("status_none"),
        _local(one.in_force) or _NOTHING,
        _lateness(speaker, one.late) + _corrected_late(speaker, one),
        f"{one.filled}/{one.asked}",
        str(one.errors),
        str(one.queries),
        one.held,
        one.stake,
    ]


def _corrected_late(speaker: Speaker, one: DepartmentReport) -> str:
    """In time at first, and replaced after the deadline: how late that was, in brackets."""
    return f" ({_lateness(speaker, one.late_in_force)})" if one.late_in_force and not one.late else ""


def _lateness(speaker: Speaker, seconds: int | None) -> str:
    """A lateness in the largest unit that it fills; whatever is late is never shown as nothing."""
    if not seconds:
        return _NOTHING if seconds is None else "0"
    if seconds >= 86_400:
        return speaker.say("late_days", days=seconds // 86_400)
    if seconds >= 3_600:
        return speaker.say("late_hours", hours=seconds // 3_600)
    return speaker.say("late_minutes", minutes=-(-seconds // 60))


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of a table, its columns as wide as their widest cell; an ideograph takes two places."""
    from smartcity_xl.books.pages import text_width

    widths = [max(int(text_width(cell)) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell + " " * (width - int(text_width(cell))) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


# --- trace


def _trace(speaker: Speaker, what: str, ledger: Path, as_of: str, as_json: bool) -> int:
    from smartcity_xl.ledger import read_ledger
    from smartcity_xl.results.trace import TracedIndicator, trace

    with read_ledger(ledger) as opened:
        found = trace(opened, what, _moment(as_of))
    if as_json:
        document = {"schema": "xlscore-trace/1", "found": [asdict(one) for one in found]}
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return CLEAN
    for one in found:
        if isinstance(one, TracedIndicator):
            _tell_indicator(speaker, one)
        else:
            _tell_file(speaker, one)
    return CLEAN


def _points_line(speaker: Speaker, points: Points) -> str:
    standing = speaker.say(f"standing_{points.standing}")
    if points.star is not None and points.score is None:
        return speaker.say("trace_star", code=points.code, name=points.name, standing=standing, star=points.star)
    stars = "" if points.star is None else speaker.say("trace_stars", star=points.star)
    return stars + speaker.say(
        "trace_indicator", code=points.code, name=points.name, standing=standing, score=points.score or _NOTHING,
        full=points.full, points=points.points or _NOTHING, points_full=points.points_full,
    )  # fmt: skip


def _tell_indicator(speaker: Speaker, found: TracedIndicator) -> None:
    say = speaker.say
    click.echo(_points_line(speaker, found.indicator))
    for figure in found.figures:
        standing = say(f"standing_{figure.standing}")
        value = figure.value if figure.value is not None else _NOTHING
        click.echo("  " + say("trace_figure", label=figure.label, value=value, unit=figure.unit, standing=standing))
        came = ""
        for source in figure.sources:
            place = "!".join(part for part in (source.sheet, source.cell) if part) + (source.row and f" {source.row}")
            mark = "√" if source.used else "×"
            click.echo("    " + say("trace_source", mark=mark, department=source.department, file=source.file,
                                    place=place, raw=_given(source.raw, source.unit)))  # fmt: skip
            if source.sha256 != came:
                click.echo("      " + say("trace_came", received=_local(source.received),
                                          sender=source.sender or _NOTHING, sha256=source.sha256))  # fmt: skip
            came = source.sha256


def _tell_file(speaker: Speaker, found: TracedFile) -> None:
    say = speaker.say
    status = say(f"use_{found.status}")
    click.echo(say("trace_file", file=found.file, status=status, department=found.department).rstrip())
    click.echo("  " + say("trace_hash", sha256=found.sha256 or _NOTHING))
    for seen in found.seen:
        click.echo("  " + say("trace_seen", received=_local(seen.at), name=seen.name, source=seen.source or _NOTHING,
                              sender=seen.sender or _NOTHING))  # fmt: skip
    if found.indicators:
        click.echo("  " + say("trace_rests", number=len(found.indicators), points=found.points))
        for points in found.indicators:
            click.echo("    " + _points_line(speaker, points))
    else:
        click.echo("  " + say("trace_rests_none"))
    for cell in found.cells:
        click.echo("  " + _cell_line(speaker, cell))


def _cell_line(speaker: Speaker, cell: TracedCell) -> str:
    place = "!".join(part for part in (cell.sheet, cell.cell) if part) + (cell.row and f" {cell.row}")
    use = speaker.say(f"use_{cell.use}")
    codes = " ".join(cell.indicators)
    return speaker.say(
        "trace_cell", place=place, label=cell.label, raw=_given(cell.raw, cell.unit), use=use, codes=codes
    ).rstrip()


def _given(raw: str, unit: str) -> str:
    """What was typed, with its unit, unless that was typed too."""
    return f"{raw} {unit}" if unit and raw[-1:].isdecimal() else raw
