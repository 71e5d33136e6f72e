"""A round by mail, as it is sent."""

from __future__ import annotations

from pathlib import Path

from rounds import (
    THREE,
    make_round,
    store,
)
from servers import MailHost, Script

from smartcity_xl.ledger import Step, read_ledger
from smartcity_xl.mail.mailbox import Pace

A, B, C = THREE
OFFICE = "office@example.com"
PEOPLE = {A: ("a@example.com", "a2@example.com"), B: ("b@example.com", ""), C: ("c@example.com", "")}
FAST = Pace(between=0)
_numbers = iter(range(10**6))


def boxes(host: MailHost, sender: str = "office") -> tuple[str, dict[str, tuple[str, str]]]:
    """Mailboxes of this test's own: the office's, and those of three departments."""
    number = next(_numbers)
    names = [host.box(f"{name}{number}") for name in (sender, "a", "deputy", "b", "c")]
    return names[0], {A: (names[1], names[2]), B: (names[3], ""), C: (names[4], "")}


def scripted(folder: Path, script: Script, people: dict[str, tuple[str, str]] | None = None) -> Path:
    return make_round(
        folder, OFFICE, PEOPLE if people is None else people, imap_host="", smtp_port=script.port,
        smtp_host="127.0.0.1", smtp_security="plain",
    )  # fmt: skip


def steps(folder: Path, department: str) -> list[Step]:
    """The last step of each mail to a department."""
    with read_ledger(store(folder)) as ledger:
        return [one.step for one in ledger.mail.postings() if one.department == department]
