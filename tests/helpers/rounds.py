"""A round by mail, as the tests set it up: a campaign's folder with three departments that can be reached."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
from servers import CODE, MailHost
from support import ASSIGNMENT, CATALOG, ISSUE

from smartcity_xl.form.template import file_name, write_template
from smartcity_xl.mail.mailbox import Delivery, Fetched, Pace, Secret
from smartcity_xl.messages import label, sentence
from smartcity_xl.office.campaign import SETTINGS_FILE, write_campaign, write_roster
from smartcity_xl.office.campaign.form import ROSTER_COLUMNS, ROSTER_FIRST_ROW
from smartcity_xl.run.mailing import fetch
from smartcity_xl.run.posting import Plan, Wishes, send

NOW = datetime(2019, 2, 20, 1, 30, tzinfo=UTC)
PACE = Pace()
THREE = tuple(ASSIGNMENT.departments)[:3]
People = Mapping[str, tuple[str, str]]
"""Department -> addresses of the contact and of the deputy."""


@cache
def template(department: str) -> bytes:
    return write_template(CATALOG, ASSIGNMENT, department, ISSUE)


@cache
def _roster(people: tuple[tuple[str, tuple[str, str]], ...]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(write_roster(ASSIGNMENT)))
    (sheet,) = book.worksheets[:1]
    at = {name: column for column, name in enumerate(ROSTER_COLUMNS, start=1)}
    given = dict(people)
    for row in range(ROSTER_FIRST_ROW + 1, sheet.max_row + 1):
        contact, deputy = given.get(str(sheet.cell(row, 1).value), ("", ""))
        for name, value in (("contact_mail", contact), ("deputy_mail", deputy)):
            sheet.cell(row, at[name]).value = value or None
        if contact:
            sheet.cell(row, at["contact_name"]).value = "钱演"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def set_people(folder: Path, people: People) -> None:
    (folder / label("file.roster")).write_bytes(_roster(tuple(people.items())))


def make_round(home: Path, user: str, people: People | None = None, **mailbox: Any) -> Path:
    """A campaign's folder. ``mailbox`` are its settings, such as ``imap_port``."""
    home.mkdir(parents=True, exist_ok=True)
    settings = {"user": user, "imap_host": "localhost", "smtp_host": "localhost", **mailbox}
    given = {
        "city": ISSUE.city, "round": ISSUE.round, "systems": [CATALOG.id], "assignment": ASSIGNMENT.id,
        "deadline": "2019-02-25T18:00:00+08:00", "sender.name": "云溪市新型智慧城市评价工作办公室",
        "sender.address": user, **{f"mailbox.{name}": value for name, value in settings.items()},
    }  # fmt: skip
    (home / SETTINGS_FILE).write_bytes(write_campaign(given))
    set_people(home, people or {})
    templates = home / label("campaign_folder.templates")
    templates.mkdir(exist_ok=True)
    for department in people or {}:
        (templates / file_name(ASSIGNMENT, department)).write_bytes(template(department))
    return home


def real_round(home: Path, host: MailHost, user: str, people: People | None = None, **mailbox: Any) -> Path:
    """A campaign's folder whose mailbox is at the real servers."""
    return make_round(home, user, people, **{"imap_port": host.imaps, "smtp_port": host.smtps, **mailbox})


def inbox(folder: Path) -> dict[str, bytes]:
    """What lies in a campaign's inbox: name -> bytes."""
    place = folder / label("campaign_folder.inbox")
    return {path.name: path.read_bytes() for path in place.iterdir()} if place.is_dir() else {}


def secret(user: str) -> Secret:
    return Secret(CODE, "test")


@dataclass
class Told:
    """Collects what a run tells on the way; each sentence must be sayable in both languages."""

    codes: list[str] = field(default_factory=list)
    facts: list[Mapping[str, object]] = field(default_factory=list)

    def __call__(self, code: str, /, **parameters: object) -> None:
        self.codes.append(code)
        self.facts.append(parameters)
        if "outgoing" not in parameters:
            for language in ("zh", "en"):
                assert "{" not in sentence("cli", code, language, **parameters)


@dataclass
class Clock:
    """Time that passes only in sleep, and a second with every look at it."""

    now: datetime = NOW
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


def run_send(
    folder: Path, *departments: str, clock: Clock | None = None, tell: Callable[..., None] | None = None,
    pace: Pace = PACE, find_secret: Callable[[str], Secret] = secret, **wishes: Any,
) -> tuple[Plan, dict[str, Delivery]]:  # fmt: skip
    """Send a round; gives the plan, and department -> what became of its mail."""
    time = clock or Clock()
    plan, done = send(folder, find_secret, Wishes(departments, **wishes), time, time.sleep, tell or Told(), pace)
    return plan, {one.outgoing.posting.department: one for one in done}


def run_fetch(folder: Path, now: datetime = NOW, tell: Callable[..., None] | None = None, **given: Any) -> Fetched:
    return fetch(folder, given.pop("find_secret", secret), now, tell or Told(), **given)


def store(folder: Path) -> Path:
    """A campaign's ledger."""
    return folder / label("campaign_folder.store")


# --- a process that ends in the middle -------------------------------------------------------------------------

STEPS = frozenset({"write", "fsync", "replace", "execute", "read"})
DOERS = frozenset({"module", "Connection", "FileDatabase", "_SSLSocket", "BufferedWriter"})
"""Calls of the system, of the database and of a line to a server, between which a process can end; and whose they
are: texts too have a method called replace."""
NO_STEPS = frozenset({"msgspec._core"})
"""Modules whose functions have such a name, and write nothing."""


@contextmanager
def killed_at(step: int) -> Iterator[list[str]]:
    """Kill this process before the ``step``-th such call that our own code makes; 0: never."""
    home = str(Path(sys.modules["smartcity_xl"].__file__ or "").parent)
    calls: list[str] = []

    def watch(frame: Any, event: str, argument: Any) -> None:
        if event != "c_call" or argument.__name__ not in STEPS or argument.__module__ in NO_STEPS:
            return
        if type(argument.__self__).__name__ not in DOERS:
            return
        at = frame
        while at is not None and not at.f_code.co_filename.startswith(home):
            at = at.f_back
        if at is not None:
            calls.append(argument.__name__)
            if len(calls) == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(watch)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def killed(step: int, work: Callable[[], object]) -> bool:
    """Do work in a child process that is killed at a step; whether it came so far."""
    child = os.fork()
    if child == 0:
        try:
            with killed_at(step):
                work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def chosen(calls: Sequence[str], number: int) -> list[int]:
    """Steps to be killed at: about so many, over the whole length, and before each answer of a server is read."""
    answers = (step for step, call in enumerate(calls, 1) if call == "read")
    return sorted({*range(1, len(calls), max(1, len(calls) // number)), *answers})
