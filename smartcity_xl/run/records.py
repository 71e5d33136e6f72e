"""The results that a person names: files, folders that hold them, rounds; each with where its systems are found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from smartcity_xl.errors import UsageFault, XlscoreError
from smartcity_xl.model import CampaignSettings
from smartcity_xl.model.headway import Follow, followed, unfollowed
from smartcity_xl.office.campaign import SETTINGS_FILE, find_campaign, read_campaign
from smartcity_xl.results import Results, read_results

_RECORDS = "results*.json"


class FoundResults(Struct, frozen=True):
    """A record, the file that it was read from, and the systems of its round as that names them: none where no round
    is known."""

    path: Path
    record: Results
    systems: tuple[str, ...] = ()


def find_results(
    command: str, given: Sequence[Path], campaign: CampaignSettings | None = None, follow: Follow = unfollowed
) -> tuple[FoundResults, ...]:
    """Each record once, in the order in which they are named, a folder's by their names; those of the round where none
    is named.

    Raises UsageFault (nothing there, nothing collected yet, nothing to go by), and as ``read_results`` and
    ``read_campaign``.
    """
    found: dict[Path, FoundResults] = {}
    for one in followed((one for path in given for one in _look_at(path)), "results", follow):
        found.setdefault(one.path.resolve(), one)
    if not given:
        if campaign is None:
            raise UsageFault("results-unnamed", command=command)
        return tuple(find_round_results(campaign))
    return tuple(found.values())


def find_round_results(settings: CampaignSettings) -> Iterator[FoundResults]:
    """What a round was collected to last, one for each of its systems. Raises UsageFault where there is nothing yet."""
    folder = settings.folders.summary
    names = ["results.json"] if len(settings.systems) == 1 else [
        f"results-{Path(one).name}.json" for one in settings.systems
    ]  # fmt: skip
    paths = [folder / name for name in names if (folder / name).is_file()] or sorted(folder.glob(_RECORDS))
    if not paths:
        raise UsageFault("results-not-yet", path=str(folder), city=settings.city, round=settings.round)
    yield from (FoundResults(path, read_results(path), settings.systems) for path in paths)


def _look_at(path: Path) -> Iterator[FoundResults]:
    if path.name == SETTINGS_FILE or (path / SETTINGS_FILE).is_file():
        yield from find_round_results(read_campaign(path))
        return
    files = sorted(path.glob(_RECORDS)) if path.is_dir() else [path] if path.is_file() else []
    if not files:
        raise UsageFault("results-nowhere" if path.exists() else "results-missing", path=str(path))
    for file in files:
        yield FoundResults(file, read_results(file), systems_around(file))


def systems_around(file: Path) -> tuple[str, ...]:
    """The systems of the round in whose folder a file lies; where that cannot be read, the results go on without."""
    try:
        settings = find_campaign(file.parent.resolve())
        return read_campaign(settings).systems if settings else ()
    except XlscoreError:
        return ()
