"""``xlscore trace``: from points to cells, files and senders, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli import options
from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, NOTHING, Speaker, local, tell_instead

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place
    from smartcity_xl.results.trace import PointsTrace, TracedCell, TracedFile, TracedIndicator

PARAMETERS = (argument("what", "trace_what"), options.CAMPAIGN, options.LEDGER, options.AS_OF,
              options.DEPARTMENTS.but("trace_departments"))  # fmt: skip
BRIEF = True


def run(
    speaker: Speaker,
    what: str,
    campaign: Path | None,
    ledger: Place | None,
    as_of: str,
    departments: tuple[str, ...],
) -> int:
    from smartcity_xl.results.trace import TracedIndicator
    from smartcity_xl.run.looking import look_behind
    from smartcity_xl.run.orders import order_look

    order = order_look(campaign, ledger)
    tell_instead(speaker, order.instead)
    found = look_behind(order.ledger, what, as_of, departments, order.settings)
    if speaker.data:
        speaker.give("xlscore-trace/1", found=found)
        return CLEAN
    if not found:
        click.echo(speaker.say("trace_none", what=what))
    for one in found:
        if isinstance(one, TracedIndicator):
            _tell_indicator(speaker, one)
        else:
            _tell_file(speaker, one)
    return CLEAN


def _points_line(speaker: Speaker, points: PointsTrace) -> str:
    standing = speaker.say(f"standing_{points.standing}")
    if points.star is not None and points.score is None:
        return speaker.say("trace_star", code=points.code, name=points.name, standing=standing, star=points.star)
    stars = "" if points.star is None else speaker.say("trace_stars", star=points.star)
    return stars + speaker.say(
        "trace_indicator", code=points.code, name=points.name, standing=standing, score=points.score or NOTHING,
        full=points.full, points=points.points or NOTHING, points_full=points.points_full,
    )  # fmt: skip


def _tell_indicator(speaker: Speaker, found: TracedIndicator) -> None:
    say = speaker.say
    click.echo(_points_line(speaker, found.indicator))
    for figure in found.figures:
        standing = say(f"standing_{figure.standing}")
        value = figure.value if figure.value is not None else NOTHING
        click.echo("  " + say("trace_figure", label=figure.label, value=value, unit=figure.unit, standing=standing))
        came = ""
        for source in figure.sources:
            place = "!".join(part for part in (source.sheet, source.cell) if part) + (source.row and f" {source.row}")
            mark = "√" if source.used else "×"
            click.echo("    " + say("trace_source", mark=mark, department=source.department, file=source.file,
                                    place=place, raw=_given(source.raw, source.unit)))  # fmt: skip
            if source.sha256 != came:
                click.echo("      " + say("trace_came", received=local(source.received),
                                          sender=source.sender or NOTHING, sha256=source.sha256))  # fmt: skip
            came = source.sha256


def _tell_file(speaker: Speaker, found: TracedFile) -> None:
    say = speaker.say
    status = say(f"use_{found.status}")
    click.echo(say("trace_file", file=found.file, status=status, department=found.department).rstrip())
    click.echo("  " + say("trace_hash", sha256=found.sha256 or NOTHING))
    for seen in found.seen:
        click.echo("  " + say("trace_seen", received=local(seen.at), name=seen.name, source=seen.source or NOTHING,
                              sender=seen.sender or NOTHING))  # fmt: skip
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
