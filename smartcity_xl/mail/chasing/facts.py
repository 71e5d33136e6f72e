"""The last collection, as the ledger keeps it -> what came, and what each department still owes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import Ledger
from smartcity_xl.messages import label, words
from smartcity_xl.model import Automatic, Roster

Document = Mapping[str, Any]
"""A ``results.json``, read."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a department must correct (``must``) or explain, in words, with the points that hang on it.

    ``about`` says where: the cell, and the indicator that it counts for first.
    """

    must: bool
    about: str
    found: str
    todo: str
    stake: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Came:
    """A file that came, and what became of it. ``received`` is our own time (UTC), ``why`` says in words why it does
    not count; ``automatic`` is the sign that a program wrote the mail it came in."""

    file: str
    sha256: str
    status: str
    department: str
    received: str
    message_id: str = ""
    automatic: str = ""
    sender: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """What one system asks of a department, what is filled of it, and the points that wait for the rest."""

    system: str
    asked: int
    filled: int
    points: str


@dataclass(frozen=True, slots=True)
class Owing:
    """Where a department stands, in each system; the gravest of the problems stand first, and of these the dearest."""

    department: str
    reported: bool
    shares: tuple[Share, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def asked(self) -> bool:
        return any(share.asked for share in self.shares)

    @property
    def stake(self) -> Fraction:
        return sum((Fraction(share.points) for share in self.shares), Fraction(0))

    @property
    def whole(self) -> bool:
        """Nothing is missing, and nothing is to be corrected or explained."""
        return self.reported and not self.problems and all(share.filled >= share.asked for share in self.shares)

    @property
    def errors(self) -> int:
        return sum(problem.must for problem in self.problems)

    @property
    def queries(self) -> int:
        return len(self.problems) - self.errors


@dataclass(frozen=True, slots=True)
class Facts:
    """What the last collection knew, the departments in its order. ``since`` counts the files that came after it;
    ``bounced`` and ``heard``: address -> when a bounce named it last, when something came from it last (UTC)."""

    at: str
    came: tuple[Came, ...]
    owing: tuple[Owing, ...]
    bounced: Mapping[str, str]
    heard: Mapping[str, str]
    since: int


def read_facts(ledger: Ledger, roster: Roster) -> Facts:
    """What the newest collection knew. Raises UsageFault where there was none, MachineFault."""
    runs = ledger.last_runs()
    if not runs:
        raise UsageFault("ledger-no-run", path=str(ledger.folder))
    documents = [json.loads(ledger.results(run)) for run in runs]
    received, at = ledger.received(), runs[0].at
    came = tuple(_came(documents, received, roster))
    bounced, heard = _boxes(documents[0], received)
    since = {one.sha256 for one in ledger.sightings() if one.at > at}
    return Facts(at, came, tuple(_owing(documents)), bounced, heard, len(since))


def _came(documents: Sequence[Document], received: Mapping[str, str], roster: Roster) -> Iterator[Came]:
    """The files of all systems' results, which are the same for each; a file that could not be taken belongs to the
    department of its sender."""
    said: dict[str, list[str]] = {}
    for finding in documents[0]["findings"]:
        said.setdefault(finding["file"], []).append(finding["zh"]["found"])
    for one in documents[0]["files"]:
        mail = one["mail"] or {}
        sender = mail.get("sender", "")
        why = said.get(one["file"], ()) if one["status"] == "rejected" else ()
        yield Came(
            one["file"], one["sha256"] or "", one["status"],
            one["department"] or (roster.department_of(sender) if sender else ""),
            received.get(one["container"] or one["sha256"] or "", ""), mail.get("message_id", ""),
            mail.get("automatic") or "", sender, label("word.list").join(why),
        )  # fmt: skip


def _boxes(document: Document, received: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What the mails say of addresses: who could not be reached, and from whom something came, and when last."""
    bounced: dict[str, str] = {}
    heard: dict[str, str] = {}
    for one in document["files"]:
        mail, at = one["mail"], received.get(one["sha256"] or "", "")
        if not mail or one["container"] or not at:
            continue
        if mail["automatic"] == Automatic.BOUNCE:
            bounced.update({a.casefold(): max(at, bounced.get(a.casefold(), "")) for a in mail["undelivered"]})
        elif not mail["automatic"] and mail["sender"]:
            sender = mail["sender"].casefold()
            heard[sender] = max(at, heard.get(sender, ""))
    return bounced, heard


def _owing(documents: Sequence[Document]) -> Iterator[Owing]:
    keys = dict.fromkeys(entry["key"] for document in documents for entry in document["departments"])
    for key in keys:
        mine = [(document, entry) for document in documents for entry in document["departments"] if entry["key"] == key]
        shares = tuple(
            Share(document["catalog"]["title"], entry["asked"], entry["filled"], entry["at_stake"])
            for document, entry in mine
        )
        problems = sorted(open_problems(documents, key), key=lambda problem: (not problem.must, -problem.stake))
        yield Owing(key, any(entry["reported"] for _, entry in mine), shares, tuple(problems))


def open_problems(documents: Sequence[Document], department: str) -> Iterator[Problem]:
    """What a department can do something about, each once, with what it weighs in all systems. What is wrong with a
    file that does not count is told in that file's receipt, or is the office's to decide."""
    found: dict[str, Problem] = {}
    for document in documents:
        told: set[str] = set()
        idle = {one["file"] for one in document["files"] if one["status"] not in ("taken", "attached")}
        for finding in document["findings"]:
            task = _task(finding)
            if not task or finding["file"] in idle or department not in _concerned(document, finding):
                continue
            parts = ("code", "file", "sheet", "cell", "figure", "parameters")
            key = json.dumps([finding[part] for part in parts], sort_keys=True)
            if key in told:
                continue
            told.add(key)
            before = found[key].stake if key in found else Fraction(0)
            place = "!".join(filter(None, (finding["sheet"], finding["cell"])))
            about = " ".join(filter(None, (place, finding["indicator"])))
            stake = before + Fraction(finding["points"])
            found[key] = Problem(finding["severity"] == "error", about, finding["zh"]["found"], task, stake)
    yield from found.values()


def _task(finding: Document) -> str:
    """What the department is told to do; "" for what it has explained, or is none of its business."""
    if finding["severity"] == "info" or finding["explanation"]:
        return ""
    todo = words("todo")
    return str(todo.get(finding["code"], todo["other"]))


def _concerned(document: Document, finding: Document) -> set[str]:
    """The departments that must act: of a conflict, all that have taken a side."""
    if finding["code"] != "conflict":
        return {finding["department"] or ""}
    mine = (one for one in document["conflicts"] if one["figure"] == finding["figure"] and one["state"] == "open")
    return {answer["department"] for one in mine for side in one["sides"] for answer in side["answers"]}
