"""``xlscore collect``: an inbox in, the summary out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli import clock, options
from smartcity_xl.cli.headway import following
from smartcity_xl.cli.shape import argument, option
from smartcity_xl.cli.speech import (
    CLEAN,
    NEEDS_A_PERSON,
    UNFINISHED,
    Speaker,
    tell_instead,
    tell_unproven,
    tell_written,
)
from smartcity_xl.cli.typed import as_typed
from smartcity_xl.errors import UsageFault

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place

PARAMETERS = (
    argument("inbox", "collect_inbox", type=options.PLACE, required=False),
    options.CAMPAIGN,
    options.OUT.but("collect_out", type=options.NEW_PLACE),
    options.SYSTEMS.but("collect_catalog"),
    options.ASSIGNMENT,
    options.ROUND.but("collect_round", default=""),
    options.CITY.but("collect_city", default=""),
    options.RETURN_BY.but(default=""),
    options.PREVIOUS.but("collect_previous", multiple=True),
    option("--review", says="collect_review", is_flag=True),
    option("--decisions", says="collect_decisions", **options.FILE),
    options.PASSWORDS,
    options.LEDGER.but("collect_ledger", default=None),
    options.AS_OF.but("collect_as_of"),
    option("--print-anchor", says="collect_print_anchor", is_flag=True),
    option("--by-city", says="collect_by_city", is_flag=True),
    options.JOBS.but("collect_jobs"),
    option("--cluster", says="collect_cluster", metavar="ADDRESS", default=""),
    options.FIRM.but("collect_firm"),
    options.DRAWS.but(default=None),
    options.SPREAD.but(default=None),
    options.SEED.but(default=None),
    option("--no-summary", says="collect_no_summary", is_flag=True),
)


def run(
    speaker: Speaker,
    inbox: Path | str | None,
    campaign: Path | None,
    out: Path | str | None,
    systems: tuple[str, ...],
    assignment: Path | None,
    round_: str,
    city: str,
    return_by: str,
    previous: tuple[Path, ...],
    review: bool,
    decisions: Path | None,
    passwords: tuple[str, ...],
    ledger: Place | None,
    as_of: str,
    print_anchor: bool,
    by_city: bool,
    jobs: int | None,
    cluster: str,
    firm: bool,
    draws: int | None,
    spread: float | None,
    seed: int | None,
    no_summary: bool,
) -> int:
    moved = options.moved_weights(firm, draws, spread, seed)
    if by_city:
        from smartcity_xl.cli.by_city import collect_by_city, like_of

        senseless = {"--campaign": campaign, "--city": city, "--ledger": ledger, "--decisions": decisions,
                     "--previous": previous}  # fmt: skip
        like = like_of(senseless, systems, assignment, round_, return_by, _passwords(passwords), as_of, print_anchor,
                       not no_summary)  # fmt: skip
        return collect_by_city(speaker, inbox, out, like, jobs, cluster, review, moved)
    if jobs or cluster:
        raise UsageFault("jobs-without-cities" if jobs else "cluster-without-cities")
    if moved:
        raise UsageFault("firm-without-cities")
    if isinstance(inbox, str) or isinstance(out, str):
        raise UsageFault("place-alone", found=str(inbox if isinstance(inbox, str) else out))
    from smartcity_xl.cli.outcome import tell_conflicts, tell_outcome, told_as_data
    from smartcity_xl.run.choice import Choice
    from smartcity_xl.run.collected import collect_or_repeat
    from smartcity_xl.run.collection import Collection
    from smartcity_xl.run.cores import count_cores
    from smartcity_xl.run.orders import order_collection

    chosen = Choice(systems, assignment, round=round_, city=city)
    order = order_collection(campaign, chosen, inbox, out, ledger, decisions, return_by, previous, bool(as_of))
    _refuse_province(order.inbox)
    tell_instead(speaker, order.instead)
    tell_unproven(speaker, order.choice.key, campaign)
    with following(speaker) as follow:
        told = Collection(
            order.inbox,
            order.out,
            order.choice,
            order.roster,
            order.authserv,
            order.keeping(clock.now(), as_of, speaker.tell, print_anchor),
            order.decisions,
            order.return_by,
            _passwords(passwords),
            order.home,
            follow,
            not no_summary,
            cores=count_cores(),
        )
        gist, done = collect_or_repeat(told)
    speaker.give("xlscore-collect/1", **told_as_data(speaker, gist), unchanged=done.unchanged, returned=done.returned,
                 kept=done.kept, failed=[{"path": path, "reason": reason} for path, reason in done.failed])  # fmt: skip
    tell_outcome(speaker, gist)
    tell_written(speaker, done.written)
    for path in done.unchanged:
        click.echo(speaker.say("collect_unchanged", path=path))
    if done.returned:
        click.echo(speaker.say("returned", number=len(done.returned), folder=done.returned[0].parent))
    for path in done.kept:
        click.echo(speaker.say("return_kept", path=path))
    _tell_failed(speaker, done.failed)
    if sum(gist.elsewhere.values()) > 1:
        _tell_elsewhere(speaker, gist.elsewhere, order.inbox)
    waiting = tell_conflicts(speaker, gist)
    if campaign is None and not as_of:
        again = ("collect", order.inbox, "--out", order.out, *options.typed_choice(systems, assignment))
        again += (*(("--city", city) if city else ()), *(("--round", round_) if round_ else ()))
        again += ("--ledger", ledger) if ledger else ()
        again += tuple(word for path in previous for word in ("--previous", path))
        _advise(speaker, again, waiting, order.out, decisions, len(done.returned), gist.open)
    if done.failed:
        return UNFINISHED
    return NEEDS_A_PERSON if gist.open or (review and gist.to_review) else CLEAN


def _passwords(given: tuple[str, ...]) -> tuple[str, ...]:
    return (*given, *os.environ.get("XLSCORE_ARCHIVE_PASSWORD", "").splitlines())


def _refuse_province(inbox: Path) -> None:
    """Raises UsageFault where rounds lie in the folders of an inbox: it is a province's."""
    from smartcity_xl.office.campaign import holds_rounds

    if rounds := holds_rounds(inbox):
        raise UsageFault("inbox-of-cities", path=str(inbox), number=len(rounds), first=rounds[0],
                         command=as_typed(("xlscore", "collect", str(inbox), "--by-city")))  # fmt: skip


def _tell_elsewhere(speaker: Speaker, elsewhere: Mapping[str, int], inbox: Path) -> None:
    """Workbooks of several cities lie in one inbox."""
    speaker.tell(
        "cities_in_one", number=sum(elsewhere.values()), cities=", ".join(elsewhere),
        command=as_typed(("xlscore", "collect", str(inbox), "--by-city")),
    )  # fmt: skip


def _tell_failed(speaker: Speaker, failed: Iterable[tuple[Path, str]]) -> None:
    for path, reason in failed:
        told = {"path": path, **({"reason": reason} if reason else {})}
        click.echo(speaker.error("output-failed" if reason else "file-locked", **told), err=True)


def _advise(
    speaker: Speaker,
    again: tuple[object, ...],
    waiting: int,
    out: Path,
    decisions: Path | None,
    returned: int,
    open_: bool,
) -> None:
    """What comes next outside a round: the same once more, when the office or the departments have done their part."""
    from smartcity_xl.messages import label

    book = out / label("file.decisions")
    inbox = again[1]
    if waiting:
        speaker.advise("next_decide", *again, "--decisions", book, number=waiting, decisions=book)
        return
    again += ("--decisions", decisions) if decisions else ()
    if returned:
        folder = out / label("file.returned_folder")
        speaker.advise("next_give_back", *again, number=returned, returned=folder, inbox=inbox)
    elif open_:
        speaker.advise("next_open", *again, summary=out / label("file.summary"), inbox=inbox)
