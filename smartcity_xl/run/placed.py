"""A city at a place that is no folder of this machine: fetched, collected as any other, and put back whole.

What a city was made of stands beside what came of it; where both are as they were, nothing is done again.
"""

from __future__ import annotations

import logging
import os
import posixpath
import re
import socket
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath

import msgspec
from msgspec.structs import replace

from smartcity_xl.arrival.inbox import SIZE_LIMIT
from smartcity_xl.errors import MachineFault, XlscoreError
from smartcity_xl.model import Parcel
from smartcity_xl.model.headway import Follow, unfollowed
from smartcity_xl.office.campaign import SETTINGS_FILE
from smartcity_xl.run.cities import DONE, FAILED, ROUND, CityOutcome, CityTask, collect_city, fail_city
from smartcity_xl.run.fingerprint import digest_data, program_digest
from smartcity_xl.storage import (
    HeldObject,
    PlaceManifest,
    StorageFolder,
    fetch,
    hash_files,
    is_place,
    open_place,
    parse_place,
    put_back,
    settle,
    sign,
    sweep,
    take_hold,
)

_Held = dict[str, HeldObject]
TakeNote = Callable[[Parcel | None], None]
_OUTCOME = msgspec.json.Decoder(CityOutcome)
_LOG = logging.getLogger(__name__)


def collect_placed(task: CityTask, follow: Follow = unfollowed, note: TakeNote | None = None) -> CityOutcome:
    """As ``collect_city``, also where the city's folder or its output folder is the address of a place: the same bytes
    lie there afterwards as would in a folder. What the place refuses is the outcome."""
    if not (is_place(task.place) or is_place(task.out)):
        return collect_city(task, follow, note)
    try:
        with tempfile.TemporaryDirectory(prefix="xlscore-place-", ignore_cleanup_errors=True) as scratch:
            return _Errand(task, Path(scratch).resolve()).run(follow, note)
    except XlscoreError as fault:
        return fail_city(task, FAILED, fault)
    except OSError as error:
        reason = error.strerror or str(error)
        return fail_city(task, FAILED, MachineFault("place-scratch", path=tempfile.gettempdir(), reason=reason))


class _Errand:
    """One city's way here and back. Everything lies under ``scratch`` as it does under the addresses, so that whatever
    lies beside each other there does here too."""

    def __init__(self, task: CityTask, scratch: Path) -> None:
        self.task, self.scratch = task, scratch
        self.source = open_place(parse_place(task.place)) if is_place(task.place) else None
        self.out = (
            self.source if task.kind == ROUND else open_place(parse_place(task.out)) if is_place(task.out) else None
        )

    def run(self, follow: Follow, note: TakeNote | None) -> CityOutcome:
        settled = settle(self.out) if self.out else None
        came = self._list_source()
        there = came if self.out is self.source else dict(self.out.find()) if self.out else {}
        beside = _find_beside(self.source) if self.source and self.task.kind == ROUND else {}
        basis = self._basis(came, beside)
        if settled and settled.is_whole and basis == settled.basis != "" and settled.left == sign(there):
            try:
                known = _OUTCOME.decode(settled.came)
                if self.out:
                    sweep(self.out, there)
                return known
            except msgspec.MsgspecError as error:
                _LOG.warning("what came of %s is made anew: %s", self.task.name, error)
        for place, found in beside.items():
            fetch(place, self._lies(place), found)
        return self._collect(came, there, basis, follow, note)

    def _list_source(self) -> dict[str, HeldObject]:
        return _list_one(self.source) if self.source else {}

    def _collect(
        self,
        came: dict[str, HeldObject],
        there: dict[str, HeldObject],
        basis: str,
        follow: Follow,
        note: TakeNote | None,
    ) -> CityOutcome:
        by = _say_who(self.task)
        if self.out:
            take_hold(self.out, by)
        if self.source and self.source is not self.out:
            fetch(self.source, self._lies(self.source), came, SIZE_LIMIT)
        if self.out is None:
            return self._named_as_there(collect_city(self._here(), follow, note))
        folder = self._lies(self.out)
        fetch(self.out, folder, there)
        self._refuse_what_lies_elsewhere(folder)
        before = hash_files(folder)
        outcome = self._named_as_there(collect_city(self._here(), follow, note))
        whole = outcome.state == DONE and not outcome.failed
        told = PlaceManifest.done(by, basis if whole else "", msgspec.json.encode(outcome).decode())
        put_back(self.out, folder, before, hash_files(folder), told)
        return outcome

    def _here(self) -> CityTask:
        """The same to be done on this machine."""
        here = self.task
        if self.source:
            here = replace(here, place=str(self._lies(self.source)))
        return replace(here, out=str(self._lies(self.out))) if self.out and self.task.kind != ROUND else here

    def _lies(self, place: StorageFolder) -> Path:
        return self.scratch / place.path

    def _refuse_what_lies_elsewhere(self, folder: Path) -> None:
        """A round whose settings lead out of its own folder cannot be collected at a place. Raises MachineFault."""
        if self.task.kind != ROUND:
            return
        from smartcity_xl.office.campaign import read_campaign

        try:
            folders = read_campaign(folder).folders
        except XlscoreError:  # told when it is collected
            return
        for one in (folders.inbox, folders.summary, folders.store):
            if isinstance(one, Path) and not one.resolve().is_relative_to(folder):
                raise MachineFault("place-round-outside", found=self.task.place, path=str(one))

    def _named_as_there(self, outcome: CityOutcome) -> CityOutcome:
        """What came of it, with the addresses of the files and not with where they lay meanwhile."""
        here = msgspec.json.encode(f"{self.scratch}{os.sep}")[1:-1]
        told = msgspec.json.encode(outcome).replace(here, b"s3://")
        named = _OUTCOME.decode(told)
        return replace(named, place=self.task.place, out=named.out if self.out else self.task.out)

    def _basis(self, came: dict[str, HeldObject], beside: Mapping[StorageFolder, dict[str, HeldObject]]) -> str:
        """A digest of all that the city is made of, beside what lies in its output folder. "" where it is to be made
        again in any case: passwords are kept in no form, and a folder is looked through by the ledger anyway."""
        if self.task.passwords or not self.source:
            return ""
        luggage = [self.task.assignment, *self.task.systems]
        plain = replace(self.task, at="", assignment="", systems=())
        inbox = "" if self.source is self.out else sign(came)
        near = [(str(place), sign(found)) for place, found in beside.items()]
        return digest_data(program_digest(), plain, inbox, [*_told(luggage)], near)


def _list_one(place: StorageFolder) -> dict[str, HeldObject]:
    """What lies in a folder; where there is a single object, that alone, without a name."""
    found = dict(place.find())
    alone = None if found else place.look()
    return {"": alone} if alone else found


def _find_beside(round_: StorageFolder) -> dict[StorageFolder, dict[str, HeldObject]]:
    """What the settings of a round name that lies outside its folder: a system or an assignment that several share."""
    try:
        document = tomllib.loads((round_.within(SETTINGS_FILE).read() or b"").decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):  # told when it is collected
        return {}
    found = {}
    for text in sorted(set(_texts([one for key, one in document.items() if key != "folders"]))):
        path = posixpath.normpath(posixpath.join(round_.path, text))
        if PurePosixPath(text).parts[:1] == ("..",) and path.startswith(f"{round_.bucket}/"):
            place = round_.at(path)
            found[place] = _list_one(place)
    return {place: there for place, there in found.items() if there}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _told(paths: list[str]) -> Iterator[tuple[str, str]]:
    """What was given as a file or a folder: its own names and its content; what is none by its name."""
    from smartcity_xl.ledger import digest_of

    for text in paths:
        path = Path(text)
        if text and path.is_dir():
            yield from ((f"{path.name}/{name}", digest) for name, digest in sorted(hash_files(path).items()))
        else:
            yield (path.name, digest_of(path)) if text and path.is_file() else (text, "")


def _say_who(task: CityTask) -> str:
    """Unlike that of every other who may be at work on this city."""
    return re.sub(r"[^\w.-]", "-", f"{task.at} {socket.gethostname()} {os.getpid()}", flags=re.ASCII)
