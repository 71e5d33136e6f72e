"""What a run is to do: as a person says, else as a campaign's settings say, else by default.

A look at a ledger is ordered here too: what only a collection needs is imported where one is ordered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from msgspec import Struct, field
from msgspec.structs import replace

from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import LEDGER_FOLDER, Keeping, parse_moment, utc
from smartcity_xl.messages import label

if TYPE_CHECKING:
    from smartcity_xl.model import CampaignSettings, Roster
    from smartcity_xl.model.place import Place
    from smartcity_xl.run.choice import Choice

_TEMPLATES, _SUMMARY = Path("templates-out"), Path("summary-out")
_Given = TypeVar("_Given")


class Instead(Struct, frozen=True):
    """What a person said in place of what the round says: the option (``inbox`` is an argument), and both values."""

    option: str
    given: str
    own: str


class _Scales(Struct):
    """A person goes before the round; what was said otherwise is noted, to be told."""

    settings: CampaignSettings | None
    instead: list[Instead] = field(default_factory=list)

    def weigh(self, option: str, given: _Given | None, own: Callable[[CampaignSettings], _Given]) -> _Given | None:
        """What was given, else what the round says, if there is one."""
        if self.settings is None:
            return given or None
        said = own(self.settings)
        if not given:
            return said
        if not _same(given, said):
            self.instead.append(Instead(option, _shown(given), _shown(said)))
        return given


def _shown(value: object) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _same(given: object, said: object) -> bool:
    if isinstance(given, Path) and isinstance(said, Path):
        return given.resolve() == said.resolve()
    return given == said


class TemplateOrder(Struct, frozen=True):
    """What ``make_templates`` is to write; None where the assignment says it."""

    out: Path
    choice: Choice
    round: str | None = None
    city: str | None = None
    deadline: str | None = None
    previous: tuple[Path, ...] = ()
    instead: tuple[Instead, ...] = ()
    home: Path | None = None
    """The folder of the round, if there is one."""


class CollectOrder(Struct, frozen=True):
    """What ``collect`` is to read and to write."""

    inbox: Path
    out: Path
    choice: Choice
    ledger: Place
    roster: Roster | None = None
    authserv: str = ""
    decisions: Path | None = None
    return_by: str = ""
    instead: tuple[Instead, ...] = ()
    home: Path | None = None
    """The folder of the round."""

    def keeping(self, now: datetime, as_of: str, tell: Callable[..., None], anchored: bool = False) -> Keeping:
        """How the ledger is kept, now or as of a moment. Raises UsageFault."""
        return Keeping(self.ledger, utc(now), parse_moment(as_of) if as_of else "", tell, anchored)


class LookOrder(Struct, frozen=True):
    """Where ``status`` and ``trace`` look; ``deadline`` is a day, or a moment with its zone; "" where the
    record says it."""

    ledger: Place
    deadline: str = ""
    settings: CampaignSettings | None = None
    """Those of the round that the ledger belongs to."""
    instead: tuple[Instead, ...] = ()

    @property
    def beside(self) -> Path:
        """The folder of what is written for the round, where nobody names one."""
        return self.settings.folders.summary if self.settings else folder_beside(self.ledger)


def folder_beside(ledger: Place) -> Path:
    """The folder in which a ledger lies; for one on a server that of a summary which nobody has named another."""
    return ledger.parent if isinstance(ledger, Path) else _SUMMARY


class CheckOrder(Struct, frozen=True):
    """How ``check`` is to look at files: as ``collect`` would, beside what the ledger knows of its inbox; alone where
    ``inbox`` or ``ledger`` is None."""

    choice: Choice
    inbox: Path | None = None
    out: Path | None = None
    ledger: Place | None = None
    roster: Roster | None = None
    authserv: str = ""


def order_templates(
    campaign: Path | None,
    chosen: Choice,
    out: Path | None = None,
    round_: str | None = None,
    city: str | None = None,
    deadline: str | None = None,
    previous: Path | None = None,
) -> TemplateOrder:
    """Raises UsageFault, MachineFault, CampaignFault."""
    from smartcity_xl.run.rounds import choose_campaign

    settings = _open_settings(campaign, chosen)
    scales = _Scales(settings)
    place = scales.weigh("--out", out, lambda own: own.folders.templates) or _TEMPLATES
    return TemplateOrder(
        place,
        choose_campaign(settings) if settings else chosen,
        scales.weigh("--round", round_, lambda own: own.round),
        scales.weigh("--city", city, lambda own: own.city),
        scales.weigh("--deadline", deadline, _due),
        _earlier(scales, (previous,) if previous else ()),
        tuple(scales.instead),
        settings.path.parent if settings else None,
    )


def order_collection(
    campaign: Path | None,
    chosen: Choice,
    inbox: Path | None = None,
    out: Path | None = None,
    ledger: Place | None = None,
    decisions: Path | None = None,
    return_by: str = "",
    previous: Sequence[Path] = (),
    back: bool = False,
) -> CollectOrder:
    """A round's own decision workbook counts as soon as it is there, wherever the summary goes; but not when looking
    ``back``: then the ledger says what was decided. Raises as ``order_templates``, CatalogFault."""
    settings = _open_settings(campaign, chosen)
    scales, roster, authserv = _Scales(settings), None, ""
    source = scales.weigh("inbox", inbox, lambda own: own.folders.inbox)
    if source is None:
        raise UsageFault("inbox-unnamed")
    place = scales.weigh("--out", out, lambda own: own.folders.summary) or _SUMMARY
    kept = _weigh_ledger(scales, ledger) or place / LEDGER_FOLDER
    if settings:
        from smartcity_xl.run.rounds import choose_campaign, open_roster

        chosen, roster, authserv = choose_campaign(settings), open_roster(settings), settings.mailbox.authserv
        return_by = return_by or _due(settings)
        decided = settings.folders.summary / label("file.decisions")
        if decided.exists() and not back:
            decisions = scales.weigh("--decisions", decisions, lambda _: decided)
    if before := _earlier(scales, previous):
        from smartcity_xl.run.previous import open_previous

        chosen = replace(chosen, previous=open_previous(before))
    home = settings.path.parent if settings else None
    return CollectOrder(
        source, place, chosen, kept, roster, authserv, decisions, return_by, tuple(scales.instead), home
    )


def _weigh_ledger(scales: _Scales, ledger: Place | None) -> Place | None:
    return cast("Place | None", scales.weigh("--ledger", ledger, lambda own: own.folders.store))


def order_look(campaign: Path | None, ledger: Place | None = None, deadline: str = "") -> LookOrder:
    """Raises as ``order_templates``."""
    scales = _Scales(_read_settings(campaign))
    place = _weigh_ledger(scales, ledger) or _SUMMARY / LEDGER_FOLDER
    settings = None if scales.instead else scales.settings
    until = scales.weigh("--deadline", deadline, _due) or ""
    if scales.settings and not deadline:
        until = scales.settings.deadline.isoformat()  # late is what came after the hour that the round says
    return LookOrder(place, until, settings, tuple(scales.instead))


class FileOrder(Struct, frozen=True):
    """Where a workbook of the office's own goes, and which systems it is about; ``named`` is its path as the settings
    of the round name it."""

    out: Path
    systems: tuple[str, ...] = ()
    named: str = ""
    instead: tuple[Instead, ...] = ()


def order_file(campaign: Path | None, name: str, out: Path | None, elsewhere: str) -> FileOrder:
    """A workbook of the office's own: in a round it lies beside the settings under a name, without one here and
    ``elsewhere``. Raises as ``order_templates``."""
    settings = _read_settings(campaign)
    return _place(settings, name, out, elsewhere)


def order_assignment(
    campaign: Path | None, systems: tuple[str, ...], out: Path | None, elsewhere: str, begun: bool = False
) -> FileOrder:
    """The workbook that shares systems out: those named, else those of the round, else, where it is ``begun`` from
    another assignment, those of that. Raises as ``order_templates``, and UsageFault where there are none."""
    settings = _read_settings(campaign)
    scales = _Scales(settings)
    chosen = scales.weigh("systems", systems, lambda own: own.systems) or ()
    if not chosen and not begun:
        raise UsageFault("systems-unnamed")
    place = _place(settings, label("file.assignment"), out, elsewhere)
    return replace(place, systems=chosen, instead=tuple(scales.instead))


def order_survey_result(campaign: Path | None, out: Path | None, elsewhere: str) -> FileOrder:
    """The results of a survey: they go into the inbox of a round. Raises as ``order_templates``."""
    scales = _Scales(_read_settings(campaign))
    place = scales.weigh("--out", out, lambda own: own.folders.inbox / label("file.survey")) or Path(elsewhere)
    inside = scales.settings and place.resolve().is_relative_to(scales.settings.folders.inbox.resolve())
    return FileOrder(place, instead=() if inside else tuple(scales.instead))


def _place(settings: CampaignSettings | None, name: str, out: Path | None, elsewhere: str) -> FileOrder:
    place = out or (settings.path.parent / name if settings else Path(elsewhere))
    home = settings.path.parent.resolve() if settings else Path.cwd()
    there = place.resolve()
    return FileOrder(place, named=(there.relative_to(home) if there.is_relative_to(home) else there).as_posix())


def _due(settings: CampaignSettings) -> str:
    return settings.deadline.date().isoformat()


def _earlier(scales: _Scales, given: Sequence[Path]) -> tuple[Path, ...]:
    """The results of the round before: those that were named, else those that lie in the round's folder."""
    if scales.settings is None:
        return tuple(given)
    from smartcity_xl.run.rounds import find_previous

    own = (scales.settings.previous or ()) if given else find_previous(scales.settings)
    if given and own:
        scales.instead.append(Instead("--previous", " ".join(map(str, given)), " ".join(map(str, own))))
    return tuple(given) or own


def order_check(
    campaign: Path | None,
    chosen: Choice,
    inbox: Path | None = None,
    ledger: Place | None = None,
    previous: Sequence[Path] = (),
) -> CheckOrder:
    """Raises as ``order_collection``, and UsageFault for an inbox or a ledger that is named and not there."""
    settings = _open_settings(campaign, chosen)
    if inbox:
        from smartcity_xl.arrival.inbox import refuse_no_folder

        refuse_no_folder(inbox)
    if ledger:
        from smartcity_xl.ledger import has_ledger

        if not has_ledger(ledger):
            raise UsageFault("ledger-missing", path=str(ledger))
    if settings is None:
        from smartcity_xl.run.previous import open_previous

        chosen = replace(chosen, previous=open_previous(previous))
        return CheckOrder(chosen, inbox, folder_beside(ledger) if ledger else None, ledger)
    order = order_collection(campaign, chosen, inbox, None, ledger, previous=previous)
    return CheckOrder(order.choice, order.inbox, order.out, order.ledger, order.roster, order.authserv)


def _read_settings(campaign: Path | None) -> CampaignSettings | None:
    if campaign is None:
        return None
    from smartcity_xl.office.campaign import read_campaign

    return read_campaign(campaign)


def _open_settings(campaign: Path | None, chosen: Choice) -> CampaignSettings | None:
    """A campaign's settings, where one is named. They say which systems, which assignment and which round:
    nothing else may."""
    if campaign and (chosen.systems or chosen.assignment_book):
        raise UsageFault("campaign-and-options", path=campaign)
    settings = _read_settings(campaign)
    if settings and not (chosen.round in ("", settings.round) and chosen.city in ("", settings.city)):
        raise UsageFault("campaign-and-round", path=campaign)
    return settings
