"""Where a province's cities lie, and who does them: this machine, or a cluster; in folders, or in object storage."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from smartcity_xl.errors import MachineFault, UsageFault, XlscoreError
from smartcity_xl.ledger import LEDGER_PARTS
from smartcity_xl.model.headway import Follow
from smartcity_xl.office.campaign import SETTINGS_FILE
from smartcity_xl.run.cities import CityOutcome, CityTask
from smartcity_xl.run.finding_cities import CitiesFound, find_cities
from smartcity_xl.storage import OWN, StorageFolder, is_place, open_place, parse_place


def find_cities_anywhere(folder: str, out: str, like: CityTask) -> CitiesFound:
    """As ``find_cities``, also where one of both is an address. Raises as it does, and what a place raises."""
    if not (is_place(folder) or is_place(out)):
        return find_cities(Path(folder), Path(out), like)
    with tempfile.TemporaryDirectory(prefix="xlscore-place-", ignore_cleanup_errors=True) as scratch:
        home = f"{Path(scratch).resolve()}{os.sep}"

        def here(text: str) -> Path:
            return Path(home, parse_place(text).path) if is_place(text) else Path(text).absolute()

        def there(text: str) -> str:
            return text.replace(home, "s3://") if text.startswith(home) else text

        if is_place(folder):
            _lay_out(open_place(parse_place(folder)), here(folder))
        try:
            found = find_cities(here(folder), here(out), like)
        except XlscoreError as fault:
            fault.parameters = {name: there(str(one)) for name, one in fault.parameters.items()}
            raise
        tasks = tuple(replace(task, place=there(task.place), out=there(task.out)) for task in found.tasks)
        return replace(found, tasks=tasks)


def _lay_out(place: StorageFolder, folder: Path) -> None:
    """What tells cities from other things: names, without what the files hold. Raises UsageFault, MachineFault."""
    found = place.find()
    if not found:
        raise UsageFault("place-empty", found=str(place))
    telling = (SETTINGS_FILE, *LEDGER_PARTS)
    for name, one in found.items():
        first, _, rest = name.partition("/")
        if first.startswith(OWN):
            continue
        second, _, deeper = rest.partition("/")
        inside = f"{second}/-" if deeper and second in telling else second if second in telling else "-"
        try:
            if rest:
                path = folder / first / inside
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
            elif one.size or place.within(first).look():
                (folder / first).touch()
            else:  # listed, and not there: it stands for an empty folder
                (folder / first).mkdir(exist_ok=True)
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
            raise MachineFault("place-name", found=str(place.within(name)), reason=reason) from error


def collect_anywhere(
    tasks: Sequence[CityTask], jobs: int, cluster: str, follow: Follow, elapsed: Callable[[], float]
) -> Iterator[CityOutcome]:
    """Each city's outcome, in the order of the tasks, the same whoever does them. ``cluster`` is the address of a
    scheduler; "" for this machine alone. Raises UsageFault, MachineFault."""
    if cluster:
        from smartcity_xl.run.clustered import collect_clustered

        yield from collect_clustered(tasks, cluster, jobs, follow, elapsed)
    elif any(is_place(task.place) or is_place(task.out) for task in tasks):
        from smartcity_xl.run.batch import collect_in_programs

        yield from collect_in_programs(tasks, jobs, follow)
    else:
        from smartcity_xl.run.city_workers import collect_cities

        yield from collect_cities(tasks, jobs, follow, elapsed=elapsed)
