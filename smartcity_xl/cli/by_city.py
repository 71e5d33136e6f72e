"""``xlscore collect --by-city``: each city of a province's folder as it would be alone, and a table of them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from smartcity_xl.cli import clock
from smartcity_xl.cli.headway import following
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, NOTHING, UNFINISHED, Speaker, tell_written
from smartcity_xl.cli.table import tell_table
from smartcity_xl.cli.typed import as_typed
from smartcity_xl.errors import UsageFault

if TYPE_CHECKING:
    from smartcity_xl.run.cities import CityOutcome, CityTask
    from smartcity_xl.run.finding_cities import CitiesFound
    from smartcity_xl.score.firm_weights import Perturbation

_OUT = Path("summary-out")
_SHOWN = 200
"""Cities that are told one by one; of more, those that came to something."""


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
        "", "", "", utc(clock.now()), systems=systems, assignment=str(assignment or ""), round=round_,
        return_by=return_by, passwords=passwords, as_of=as_of, anchored=anchored, summaries=summaries,
    )  # fmt: skip


def collect_by_city(
    speaker: Speaker,
    folder: Path | str | None,
    out: Path | str | None,
    like: CityTask,
    jobs: int | None,
    cluster: str,
    review: bool,
    moved: Perturbation | None,
) -> int:
    """``moved``: how weights are moved for the ranks of the province; None where nobody asks for these."""
    from smartcity_xl.run.anywhere import collect_anywhere, find_cities_anywhere
    from smartcity_xl.run.batch import LOCAL
    from smartcity_xl.run.cities_together import CitiesTogether
    from smartcity_xl.run.cores import count_cores
    from smartcity_xl.run.proving_cities import prove_like

    if folder is None:
        raise UsageFault("cities-unnamed")
    if isinstance(folder, str) and out is None:
        raise UsageFault("place-out", found=folder, example=f"{folder.rstrip('/')}-{_OUT}")
    if jobs and cluster not in ("", LOCAL):
        raise UsageFault("cluster-and-jobs")
    place = out or _OUT
    prove_like(like, str(place))
    found = find_cities_anywhere(str(folder), str(place), like)
    _refuse_one_city(folder, found)
    _tell_others(speaker, found, like)
    weigher = None
    if moved:
        from smartcity_xl.run.firm_province import RanksWeigher

        weigher = RanksWeigher(like.systems, moved)
    tally, together = _Tally(speaker, review), CitiesTogether(str(place), weigher)
    with following(speaker) as follow:
        for one in collect_anywhere(found.tasks, jobs or count_cores(), cluster, follow, clock.elapsed):
            tally.add(one)
            together.add(one)
    tally.tell()
    with following(speaker) as follow:
        written = together.write(follow)
    tell_written(speaker, written)
    tell_namesakes(speaker, together.namesakes)
    return tally.code


def _refuse_one_city(folder: Path | str, found: CitiesFound) -> None:
    """Raises UsageFault where the sub-folders are a city's departments, or its workbooks lie in the folder itself."""
    from smartcity_xl.run.one_city import find_loose_city, find_one_city

    command = as_typed(("xlscore", "collect", str(folder)))
    folders = [Path(task.place) for task in found.tasks if Path(task.place).is_dir()]
    loose = [Path(folder, one.name) for one in found.others if one.why == "loose"]
    if city := find_loose_city(loose, folders):
        raise UsageFault("cities-in-inbox", path=str(folder), city=city, command=command)
    if city := find_one_city(folders):
        raise UsageFault("cities-one-city", path=str(folder), city=city, command=command)


def _tell_others(speaker: Speaker, found: CitiesFound, like: CityTask) -> None:
    from smartcity_xl.run.cities import ROUND

    for one in found.others:
        speaker.tell(f"no_city_{one.why}", name=one.name)
    for given, name in found.alike:
        speaker.tell("cities_alike", name=given, given=name)
    rounds = sum(task.kind == ROUND for task in found.tasks)
    if rounds and (like.systems or like.assignment or like.round):
        speaker.tell("cities_own_settings", number=rounds)


class _Tally:
    """What is told of many cities, with nothing kept of one that is not."""

    def __init__(self, speaker: Speaker, review: bool) -> None:
        self._speaker, self._review = speaker, review
        self._rows, self._states = list[list[str]](), Counter[str]()
        self._beside: list[CityOutcome] = []
        self._unfinished = self._waits = False
        self._documents: list[dict[str, object]] = []
        speaker.give("xlscore-cities/1", cities=self._documents)

    @property
    def code(self) -> int:
        return UNFINISHED if self._unfinished else NEEDS_A_PERSON if self._waits else CLEAN

    def add(self, one: CityOutcome) -> None:
        from smartcity_xl.run.cities import FAILED, KILLED

        self._rows.append(_row(self._speaker, one))
        if self._speaker.data:
            self._documents.append(_document(self._speaker, one))
        self._states[one.state] += 1
        self._unfinished |= one.state in (FAILED, KILLED) or bool(one.failed)
        self._waits |= one.gist is None or one.gist.open or (self._review and one.gist.to_review)
        if one.told or one.kept or one.failed or one.spared or one.fault:
            self._beside.append(replace(one, gist=None, files={}, returned={}))

    def tell(self) -> None:
        say, states = self._speaker.say, ("done", "nothing", "failed", "killed")
        for one in self._beside:
            _tell_city(self._speaker, one)
        head = [say(f"cities_{name}") for name in ("city", "state", "points", "reported", "open", "files", "out")]
        done, shown = say("city_done"), self._rows
        if len(shown) > _SHOWN:  # who asks for many wants those that need something; all stand in the workbook
            shown = [row for row in shown if row[1] != done]
        if shown:
            tell_table(head, shown)
        if len(shown) < len(self._rows):
            click.echo(say("cities_more", number=len(self._rows) - len(shown)))
        click.echo(say("cities_sum", whole=len(self._rows), **{state: self._states[state] for state in states}))


def tell_namesakes(speaker: Speaker, found: Mapping[str, int]) -> None:
    """Names that stand in the ranking more than once, for a person to see why."""
    for name, number in found.items():
        speaker.tell("cities_namesakes", name=name, number=number)


def _document(speaker: Speaker, one: CityOutcome) -> dict[str, object]:
    gist = one.gist
    told = gist and {"systems": gist.systems, "departments": gist.departments, "missing": len(gist.missing),
                     "errors": gist.errors, "queries": gist.queries, "conflicts": gist.waiting,
                     "open": gist.open}  # fmt: skip
    failed = [{"path": path, "reason": reason} for path, reason in one.failed]
    fault = one.words[speaker.language] if one.fault else None
    return {"name": one.name, "state": one.state, "out": one.out, "gist": told, "failed": failed, "fault": fault}


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


def _row(speaker: Speaker, one: CityOutcome) -> list[str]:
    state, gist = speaker.say(f"city_{one.state}"), one.gist
    if gist is None:
        return [one.name, state, *[NOTHING] * 5]
    graded = [system for system in gist.systems if system.graded]
    total = " / ".join(speaker.say("cities_total" if s.final else "cities_total_open", total=s.total) for s in graded)
    departments = f"{gist.departments - len(gist.missing)}/{gist.departments}"
    open_ = gist.errors + gist.queries
    return [one.name, state, total or NOTHING, departments, str(open_), str(sum(gist.receipts.values())), one.out]
