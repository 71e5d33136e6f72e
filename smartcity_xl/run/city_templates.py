"""Templates for many cities: a list in; a folder for each city out, and a manifest of all that was written."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.messages import label
from smartcity_xl.model.headway import Follow, followed, unfollowed
from smartcity_xl.model.periods import is_date
from smartcity_xl.office.campaign import read_key
from smartcity_xl.office.cities import ListedCity, read_city_list
from smartcity_xl.run.choice import Choice
from smartcity_xl.run.files import put_file, read_file, write_file
from smartcity_xl.run.fingerprint import digest_data, digest_paths, program_digest
from smartcity_xl.run.manifest import ManifestRow, add_rows, read_manifest, write_manifest
from smartcity_xl.run.systems import choose_round
from smartcity_xl.run.templates import CityTemplates

_PORTION = 8
"""Cities that a worker is given at a time."""


class CitiesWritten(Struct, frozen=True):
    """What became of a list. ``written`` and ``unchanged`` count workbooks, ``cities`` those cities that have all of
    theirs; ``kept`` are files that stand where one should and hold something else: perhaps answers. ``keyed`` counts
    those of the ``listed`` cities whose workbooks carry the code of their round."""

    manifest: Path
    cities: int
    written: int
    unchanged: int
    kept: tuple[Path, ...]
    keyed: int
    listed: int


class _Task(Struct, frozen=True):
    """A city, what it rests on, and what the manifest says of its files from earlier: path -> row."""

    choice: Choice
    basis: str
    before: Mapping[str, ManifestRow]


class _Portion(Struct, frozen=True):
    tasks: tuple[_Task, ...]
    out: Path
    overwrite: bool


class _Made(Struct, frozen=True):
    """One city: the rows of those of its workbooks that stand there, how many of them are new, and what was kept."""

    rows: tuple[ManifestRow, ...]
    new: int
    kept: tuple[Path, ...]


def make_city_templates(
    listing: Path, out: Path, base: Choice, jobs: int = 1, overwrite: bool = False, follow: Follow = unfollowed
) -> CitiesWritten:
    """Write the workbooks of every city of a list into a folder of its own below ``out``.

    What a row of the list leaves open is as ``base`` says. Where a city's folder there is that of its round, the
    workbooks carry the code of its key, as those that are made in the round do. A city whose workbooks stand there as
    the manifest says, made of the same, is not made again: a run that was stopped goes on. Cities are made in ``jobs``
    processes; what is written does not depend on their number. A file that stands there with content of somebody
    else's is kept, unless ``overwrite``.

    Raises as ``read_city_list``, ``choose_round`` and ``read_key``, before anything is written; MachineFault where the
    disk refuses, or a worker is lost: then what is done stays done.
    """
    listed = read_city_list(listing)
    path = out / label("file.city_manifest")
    known = read_manifest(path, overwrite)
    tasks = _plan(listed, base, known, out)
    done: dict[str, _Made] = {}
    portions = [_Portion(tuple(tasks[at : at + _PORTION]), out, overwrite) for at in range(0, len(tasks), _PORTION)]
    order = [task.choice.city for task in tasks]
    with add_rows(path, known) as add:
        made = (one for portion in _work(portions, jobs) for one in portion)
        for city, one in zip(order, followed(made, "city_templates", follow, len(tasks)), strict=True):
            done[city] = one
            add(one.rows)
    rows = [row for city in listed for row in done[city.city].rows]
    others = [row for row in known if row.city not in done]
    write_file(path, write_manifest((*rows, *others)))
    whole = sum(1 for one in done.values() if not one.kept)
    new, kept = sum(one.new for one in done.values()), tuple(path for one in done.values() for path in one.kept)
    return CitiesWritten(
        path, whole, new, len(rows) - new, kept, sum(bool(task.choice.key) for task in tasks), len(tasks)
    )


def _plan(listed: Sequence[ListedCity], base: Choice, known: Sequence[ManifestRow], out: Path) -> list[_Task]:
    """A task for each city, those with one form together. Raises what is wrong with what they ask for."""
    before: dict[str, dict[str, ManifestRow]] = {}
    for row in known:
        before.setdefault(row.city, {})[row.file] = row
    groups: dict[object, list[_Task]] = {}
    paths: dict[object, str] = {}
    for city in listed:
        choice = replace(_choose(base, city), key=read_key(out / city.city))
        asked = (choice.systems, choice.assignment_book, choice.assignment_id)
        if asked not in paths:
            choose_round(choice)
            paths[asked] = digest_paths(_places(choice))
        terms = choice.terms
        form = (asked, bool(terms.recipients), bool(terms.phone or terms.mail or terms.address))
        basis = digest_data(program_digest(), paths[asked], choice)
        groups.setdefault(form, []).append(_Task(choice, basis, before.get(city.city, {})))
    return [task for tasks in groups.values() for task in tasks]


def _choose(base: Choice, city: ListedCity) -> Choice:
    """What a city is given: what its row says, else what is said for all."""
    terms = replace(
        base.terms,
        deadline=city.deadline or base.terms.deadline,
        recipients=city.recipients or base.terms.recipients,
        phone=city.phone or base.terms.phone,
        mail=city.mail or base.terms.mail,
        address=city.address or base.terms.address,
    )
    for day in (terms.deadline, terms.contacts_deadline):
        if day and not is_date(day):
            raise UsageFault("deadline-unreadable", found=day)
    choice = replace(base, city=city.city, terms=terms, systems=(city.system,) if city.system else base.systems)
    if city.assignment.casefold().endswith(".xlsx"):
        return replace(choice, assignment_book=Path(city.assignment))
    if city.assignment or city.system:
        return replace(choice, assignment_book=None, assignment_id=city.assignment)
    return choice


def _places(choice: Choice) -> list[Path]:
    """The files and folders that a choice rests on, beside the program."""
    books = [choice.assignment_book] if choice.assignment_book else []
    return [*books, *(Path(name) for name in choice.systems if Path(name).exists())]


# --- at work ---------------------------------------------------------------------------------------------------


def _work(portions: Sequence[_Portion], jobs: int) -> Iterator[list[_Made]]:
    """What became of each portion, in order. In this process where one is enough."""
    jobs = min(jobs, len(portions))
    if jobs <= 1:
        yield from map(_write_portion, portions)
        return
    with ProcessPoolExecutor(jobs, initializer=_leave_interrupts) as pool:
        try:
            yield from pool.map(_write_portion, portions)
        except BrokenProcessPool as error:
            raise MachineFault("worker-lost") from error
        finally:
            pool.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    """Ctrl-C is for the process that hands out work: a worker ends with the portion that it has."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


_TEMPLATES: list[CityTemplates] = []
"""Those of this process: forms are laid out once for all portions that it is given."""


def _write_portion(portion: _Portion) -> list[_Made]:
    if not _TEMPLATES:
        _TEMPLATES.append(CityTemplates())
    return [_write_city(_TEMPLATES[0], task, portion) for task in portion.tasks]


def _write_city(templates: CityTemplates, task: _Task, portion: _Portion) -> _Made:
    if _stands(task, portion.out):
        return _Made(tuple(task.before.values()), 0, ())
    city, terms = task.choice.city, task.choice.terms
    made = list(templates.write(task.choice))
    rows, kept, new = list[ManifestRow](), list[Path](), 0
    for number, (name, data) in enumerate(made, start=1):
        file = f"{city}/{name}"
        path, digest = portion.out / city / name, hashlib.sha256(data).hexdigest()
        standing = _digest(path) if path.exists() else ""
        ours = file in task.before and task.before[file].sha256 == standing
        if standing not in ("", digest) and not ours and not portion.overwrite:
            kept.append(path)
            continue
        if standing != digest:
            put_file(path, data)
            new += 1
        said = label("word.separator").join(terms.recipients or ())
        rows.append(ManifestRow(
            city, name, file, f"{number}/{len(made)}", digest, len(data), terms.deadline or "", said, task.basis
        ))  # fmt: skip
    return _Made(tuple(rows), new, tuple(kept))


def _stands(task: _Task, out: Path) -> bool:
    """Whether all of a city's workbooks stand there as they were made, of the same."""
    rows = task.before.values()
    return (
        bool(rows)
        and all(row.basis == task.basis and row.number.endswith(f"/{len(rows)}") for row in rows)
        and all((path := out / row.file).exists() and _digest(path) == row.sha256 for row in rows)
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(read_file(path)).hexdigest()
