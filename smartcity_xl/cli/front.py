"""``xlscore`` alone: where the round stands in whose folder somebody is; elsewhere, how to begin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli import clock
from smartcity_xl.cli.round import RoundInUse, find_round, word_round_step
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, Speaker
from smartcity_xl.cli.table import tell_table

if TYPE_CHECKING:
    from smartcity_xl.office.campaign.progress import Progress, Stage


def show_front(speaker: Speaker, named: Path | None, without: bool) -> int:
    """Where the round stands, and what comes next. Raises as ``find_round``, and what makes a round unreadable."""
    round_ = find_round(speaker, named, without)
    if round_ is None:
        click.echo(speaker.say("begin"))
        return CLEAN
    return show_progress(speaker, round_)


def show_progress(speaker: Speaker, round_: RoundInUse) -> int:
    """The stages of a round, each done or open, and what comes next."""
    from smartcity_xl.office.campaign.progress import next_step
    from smartcity_xl.run.progress import read_progress

    progress = read_progress(round_.path, clock.now())
    tell_stages(speaker, progress)
    step = word_round_step(speaker, round_, next_step(progress))
    click.echo(step or speaker.say("stage_over"))
    return NEEDS_A_PERSON if progress.roster_faults else CLEAN


def tell_stages(speaker: Speaker, progress: Progress) -> None:
    """The stages of a round, each done or open, and what is wrong with its roster."""
    from smartcity_xl.office.campaign.progress import Stage

    tell_table((), [_row(speaker, progress, stage) for stage in Stage])
    for fault in progress.roster_faults:
        click.echo(f"  {fault}")


def _row(speaker: Speaker, progress: Progress, stage: Stage) -> list[str]:
    mark = speaker.say("stage_done" if progress.done(stage) else "stage_open")
    return [f"{mark} {speaker.say(f'stage_{stage}')}", "; ".join(_facts(speaker, progress, stage))]


def _facts(speaker: Speaker, progress: Progress, stage: Stage) -> Iterator[str]:
    from smartcity_xl.office.campaign.progress import Stage

    say, whole = speaker.say, progress.departments
    match stage:
        case Stage.SET_UP:
            yield say("stage_templates", part=progress.templates, whole=whole)
            if progress.roster_faults:
                yield say("stage_roster_faults", number=len(progress.roster_faults))
            elif not progress.settings.roster.exists():
                yield say("stage_no_roster", path=progress.settings.roster)
            else:
                yield say("stage_roster", part=progress.reachable, whole=whole)
        case Stage.SENT:
            yield say("stage_part", part=progress.sent, whole=whole)
            if progress.drafts:
                yield say("stage_drafts")
        case Stage.RECEIVED:
            yield say("stage_part", part=progress.reported, whole=whole)
            if progress.unread:
                yield say("stage_unread", number=progress.unread)
            if progress.ruled:
                yield say("stage_ruled", number=progress.ruled)
        case Stage.CONFLICTS if progress.collected:
            yield str(progress.conflicts)
        case Stage.RETURNED if progress.collected:
            yield say("stage_returned_to", number=progress.returned, part=progress.given_back)
        case Stage.FINAL if progress.collected:
            yield from _result(speaker, progress)


def _result(speaker: Speaker, progress: Progress) -> Iterator[str]:
    for one in progress.totals:
        name = f"{one.system} " if len(progress.totals) > 1 else ""
        if one.score is not None:
            sentence = "status_final" if progress.final else "status_provisional"
            yield name + speaker.say(sentence, score=one.score, full=one.full)
    if progress.owing:
        yield speaker.say("stage_owing", number=progress.owing)
