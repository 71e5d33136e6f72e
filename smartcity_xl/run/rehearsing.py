"""A round to practise on: laid out, followed step by step, and held against the right end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from smartcity_xl.errors import UsageFault
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, CampaignSettings, Person, RosterEntry
from smartcity_xl.office.assigning import Carried, Precedent, write_assignment_book
from smartcity_xl.office.campaign import SETTINGS_FILE, read_campaign, write_roster
from smartcity_xl.office.rehearsal import Story, read_story, rehearsal_system, system_text, write_arrival
from smartcity_xl.office.rehearsal.story import SYSTEM
from smartcity_xl.results import Results, read_results
from smartcity_xl.run.files import Written, write_file
from smartcity_xl.run.orders import order_templates
from smartcity_xl.run.rounds import choose_campaign, init_campaign, stay_out_of_folders
from smartcity_xl.run.systems import Choice, choose
from smartcity_xl.run.templates import make_templates

_FIRST, _SECOND = 1, 2
"""The waves in which files arrive."""


@dataclass(frozen=True, slots=True)
class RehearsalStep:
    """What is to be done next: the code of its sentence and what fills it; ``arrived`` are files that came just now.

    ``differences``: indicator (or "" for the total) -> what it came to, and what it should; once all is done.
    """

    code: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    arrived: tuple[Path, ...] = ()
    differences: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        return self.code == "rehearse_done"


def lay_out_rehearsal(folder: Path, key: bytes, python: Path = Path()) -> Written:
    """A round's folder of the invented county, with templates, roster and a first inbox. ``key`` is the round's, and
    ``python`` runs this program. Raises UsageFault where something stands there, and as ``init_campaign``."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageFault("rehearse-not-empty", folder=str(folder))
    stay_out_of_folders(folder)
    system, book = folder / label("rehearsal.system"), folder / label("file.assignment")
    catalog, assignment = rehearsal_system()
    carried = Carried(
        Precedent(assignment, assignment.asked, {}, catalog), assignment, assignment.asked, {}, (), {}, (), True,
        {"city": assignment.city, "round": assignment.round, "deadline": assignment.deadline,
         "recipients": "、".join(assignment.recipients), "office": assignment.name(assignment.office)},
    )  # fmt: skip
    write_file(system / "system.toml", system_text().encode())
    write_file(book, write_assignment_book(catalog, carried))
    begun = init_campaign(folder, Choice((str(system),), book), python=python, key=key)
    order = order_templates(folder, Choice())
    own = choose(order.choice)[1]
    write_file(folder / label("file.roster"), write_roster(own, _people(own)))
    done = make_templates(order.out, order.choice, order.round, order.city, order.deadline, home=order.home)
    arrived = tuple(_deliver(read_campaign(folder), _FIRST))
    return Written((*begun.done.written, *done.written, *arrived), ())


def follow_rehearsal(folder: Path) -> RehearsalStep:
    """Where somebody is in the rehearsal of a folder, and what comes next; what is due to arrive then arrives.

    Raises UsageFault where the round is no rehearsal, and as ``read_campaign``, ``read_results``.
    """
    settings = read_campaign(folder)
    if choose(choose_campaign(settings))[0].id != SYSTEM:
        raise UsageFault("rehearse-other-round", path=str(settings.path))
    story, results = read_story(), settings.folders.summary / "results.json"
    record = read_results(results) if results.exists() else None
    if record is None or _uncollected(record, story, _FIRST):
        return RehearsalStep("rehearse_collect", {"inbox": settings.folders.inbox})
    if step := _judge_conflict(record, story, settings):
        return step
    if not any(one.verb == "exclude" and one.holds and one.file == story.trial for one in record.rulings):
        return RehearsalStep("rehearse_exclude", {"file": story.trial})
    if arrived := tuple(_deliver(settings, _SECOND)):
        return RehearsalStep("rehearse_second", {"number": len(arrived)}, arrived)
    if _uncollected(record, story, _SECOND):
        return RehearsalStep("rehearse_collect", {"inbox": settings.folders.inbox})
    if held := next((one.file for one in record.files if one.status == "aside"), ""):
        return RehearsalStep("rehearse_admit", {"file": held})
    return _compare(record, story)


def _people(assignment: Assignment) -> Mapping[str, RosterEntry]:
    boxes = read_story().boxes
    return {
        key: RosterEntry(key, (), Person(), Person(label("rehearsal.contact"), addresses=(boxes[one.name],)), Person())
        for key, one in assignment.departments.items()
    }


def _deliver(settings: CampaignSettings, wave: int) -> Iterator[Path]:
    """What arrives in a wave is laid into the inbox, where it is not there yet; as the round itself would have it."""
    from smartcity_xl.form.template import Issue

    choice = choose_campaign(settings)
    catalog, assignment = choose(choice)
    keys = {one.name: key for key, one in assignment.departments.items()}
    for arrival in read_story().arrivals:
        path = settings.folders.inbox / arrival.file
        if arrival.wave == wave and not path.exists():
            issue = Issue(assignment.round, assignment.city, assignment.deadline, arrival.revision, choice.key)
            write_file(
                path, write_arrival(catalog, assignment, issue, replace(arrival, department=keys[arrival.department]))
            )
            yield path


def _uncollected(record: Results, story: Story, wave: int) -> bool:
    """Whether something of a wave is not in the record yet."""
    seen = {one.file for one in record.files}
    return any(one.wave == wave and one.file not in seen for one in story.arrivals)


def _judge_conflict(record: Results, story: Story, settings: CampaignSettings) -> RehearsalStep | None:
    """What is left to do about the conflict; None once the right answer was chosen."""
    told = {"book": settings.folders.summary / label("file.decisions"), "value": story.conflict.value}
    for conflict in record.conflicts:
        if conflict.figure == story.conflict.figure:
            if conflict.state != "decided" or conflict.chosen is None:
                return RehearsalStep("rehearse_decide", told)
            chosen = conflict.sides[conflict.chosen - 1].value
            if chosen != story.conflict.value:
                return RehearsalStep("rehearse_decide_wrong", {**told, "chosen": chosen})
    return None


def _compare(record: Results, story: Story) -> RehearsalStep:
    """What the round came to, against the right end."""
    total = record.total.score if record.total else "—"
    found = {one.code: (one.score or "—", story.scores[one.code]) for one in record.indicators}
    wrong = {code: pair for code, pair in {**found, "": (total, story.total)}.items() if pair[0] != pair[1]}
    if wrong:
        return RehearsalStep("rehearse_differs", {"total": total, "right": story.total}, (), wrong)
    return RehearsalStep("rehearse_done", {"total": total})


def holds_round(folder: Path) -> bool:
    """Whether a folder holds a round, be it of a rehearsal or not."""
    return (folder / SETTINGS_FILE).is_file()
