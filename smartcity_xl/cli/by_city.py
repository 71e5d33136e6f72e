"""``xlscore collect --by-city``: each city of a province's folder as it would be alone, and a table of them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli.clock import elapsed, now
from smartcity_xl.cli.headway import following
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, NOTHING, UNFINISHED, Speaker
from smartcity_xl.cli.table import tell_table
from smartcity_xl.cli.typed import as_typed
from smartcity_xl.errors import UsageFault

if TYPE_CHECKING:
    from smartcity_xl.run.cities import CityOutcome, CityTask
    from smartcity_xl.run.finding_cities import CitiesFound

_OUT = Path("summary-out")


def like_of(
    senseless: Mapping[str, object],
    systems: tuple[str, ...],
    assignment: Path | None,
    round_: str,
    return_by: str,
    passwords: tuple[str, ...],
    as_of: str,
    anchored: bool,
    summaries: bool,
) -> CityTask:
    """What each city is to be done like. Raises UsageFault for what was given and makes no sense for many."""
    from smartcity_xl.ledger import utc
    from smartcity_xl.run.cities import CityTask

    if given := [name for name, value in senseless.items() if value]:
        raise UsageFault("cities-and-options", options=", ".join(given))
    return CityTask(
        "", "", "", utc(now()), systems=systems, assignment=str(assignment or ""), round=round_, return_by=return_by,
        passwords=passwords, as_of=as_of, anchored=anchored, summaries=summaries,
    )  # fmt: skip


def collect_by_city(
    speaker: Speaker, folder: Path | None, out: Path | None, like: CityTask, jobs: int | None, review: bool
) -> int:
    from smartcity_xl.run.city_workers import collect_cities, count_jobs
    from smartcity_xl.run.finding_cities import find_cities

    if folder is None:
        raise UsageFault("cities-unnamed")
    place = out or _OUT
    found = find_cities(folder, place, like)
    _refuse_one_city(folder, found)
    _tell_others(speaker, found, like)
    outcomes: list[CityOutcome] = []
    with following(speaker) as follow:
        outcomes.extend(collect_cities(found.tasks, jobs or count_jobs(), follow, elapsed=elapsed))
    for one in outcomes:
        _tell_city(speaker, one)
    _tell_table(speaker, outcomes)
    speaker.give("xlscore-cities/1", cities=[_document(speaker, one) for one in outcomes])
    return _exit_code(outcomes, review)


def _refuse_one_city(folder: Path, found: CitiesFound) -> None:
    """Raises UsageFault where the sub-folders are a city's departments."""
    from smartcity_xl.run.one_city import find_one_city

    if city := find_one_city([Path(task.place) for task in found.tasks if Path(task.place).is_dir()]):
        command = as_typed(("xlscore", "collect", str(folder)))
        raise UsageFault("cities-one-city", path=str(folder), city=city, command=command)


def _tell_others(speaker: Speaker, found: CitiesFound, like: CityTask) -> None:
    from smartcity_xl.run.cities import ROUND

    for one in found.others:
        speaker.tell(f"no_city_{one.why}", name=one.name)
    rounds = sum(task.kind == ROUND for task in found.tasks)
    if rounds and (like.systems or like.assignment or like.round):
        speaker.tell("cities_own_settings", number=rounds)


def _tell_city(speaker: Speaker, one: CityOutcome) -> None:
    """What is not in the table: why a city came to nothing, and what a person should know of its ledger and files."""
    for said in one.told:
        speaker.tell("city_told", city=one.name, told=speaker.say(said.code, **said.parameters))
    for path in one.kept:
        click.echo(speaker.say("return_kept", path=path))
    for path, reason in one.failed:
        told = {"path": path, **({"reason": reason} if reason else {})}
        click.echo(speaker.error("output-failed" if reason else "file-locked", **told), err=True)
    for name in one.spared:
        click.echo(speaker.say("city_spared", city=one.name, file=name), err=True)
    if one.fault:
        click.echo(speaker.say("city_fault", city=one.name), err=True)
        click.echo(one.words[speaker.language], err=True)


def _document(speaker: Speaker, one: CityOutcome) -> dict[str, object]:
    failed = [{"path": path, "reason": reason} for path, reason in one.failed]
    fault = one.words[speaker.language] if one.fault else None
    return {"name": one.name, "state": one.state, "out": one.out, "gist": one.gist, "failed": failed, "fault": fault}


def _tell_table(speaker: Speaker, outcomes: Sequence[CityOutcome]) -> None:
    head = [speaker.say(f"cities_{name}") for name in ("city", "state", "points", "reported", "open", "files", "out")]
    tell_table(head, [_row(speaker, one) for one in outcomes])
    states = {state: sum(one.state == state for one in outcomes) for state in ("done", "nothing", "failed", "killed")}
    click.echo(speaker.say("cities_sum", whole=len(outcomes), **states))


def _row(speaker: Speaker, one: CityOutcome) -> list[str]:
    state, gist = speaker.say(f"city_{one.state}"), one.gist
    if gist is None:
        return [one.name, state, *[NOTHING] * 5]
    graded = [system for system in gist.systems if system.graded]
    total = " / ".join(speaker.say("cities_total" if s.final else "cities_total_open", total=s.total) for s in graded)
    departments = f"{gist.departments - len(gist.missing)}/{gist.departments}"
    open_ = gist.errors + gist.queries
    return [one.name, state, total or NOTHING, departments, str(open_), str(sum(gist.receipts.values())), one.out]


def _exit_code(outcomes: Sequence[CityOutcome], review: bool) -> int:
    from smartcity_xl.run.cities import FAILED, KILLED

    if any(one.state in (FAILED, KILLED) or one.failed for one in outcomes):
        return UNFINISHED
    waits = any(one.gist is None or one.gist.open or (review and one.gist.to_review) for one in outcomes)
    return NEEDS_A_PERSON if waits else CLEAN
