"""A round as its office plays it: one command after the other in one folder, on days that the test names."""

from __future__ import annotations

import contextlib
import email
import email.policy
import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import mails
import openpyxl
import pytest
from assignments import fill_book
from deciding_desk import filled_book
from front_door import Said
from make_samples import make_writing
from support import edited

from smartcity_xl.catalog.load import load_catalog
from smartcity_xl.cli import clock, run_cli
from smartcity_xl.form.map import COVER, EVIDENCE, FIGURES, PEOPLE, column
from smartcity_xl.messages import label
from smartcity_xl.model import Kind, Slot
from smartcity_xl.office.campaign.form import ROSTER_COLUMNS, ROSTER_FIRST_ROW
from smartcity_xl.run import systems

CITY, OFFICE, PRIVATE = "云溪市", "office@example.com", "someone@private.example.com"
DATA, APPROVAL, HEALTH, EDUCATION, POLICE, ECOLOGY = NAMES = (
    "市数据局", "市行政审批局", "市卫生健康委", "市教育局", "市公安局", "市生态环境局"
)  # fmt: skip
BOXES = {name: f"box{number}@dept.example.com" for number, name in enumerate(NAMES, start=1)}
CATALOG = load_catalog("cn-2018")
SHARES = {"L1P1-": (DATA, APPROVAL), "L1P4-": (HEALTH,), "L1P7-": (DATA,), "L1P": (EDUCATION,), "L2": (POLICE,),
          "L3": (ECOLOGY,), "L4": (ECOLOGY,), "L6": (POLICE,), "L": (DATA,)}  # fmt: skip
SETTINGS = {"city": CITY, "round": "2026", "deadline": "2026-12-31", "recipients": DATA, "office": DATA}
TERMS = ("--contacts-deadline", "2026-12-20", "--basis", "云溪市通知（云发〔2026〕8号）", "--phone", "0000-1234567",
         "--address", "人民路1号")  # fmt: skip
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CASE = make_writing("智慧环保实践案例", ["一、背景", "二、需求", "三、做法", "四、特色亮点", "五、成效"], 3000, 1)


class Days:
    """The clock of a round, in the place of ``datetime``: a second later with every look."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 12, 1, 1, tzinfo=UTC)

    def now(self, zone: Any) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment.astimezone(zone)

    def turn_to(self, day: int) -> None:
        self.moment = datetime(2026, 12, day, 1, tzinfo=UTC)


class Play:
    """Runs commands on the days of a round, and keeps what they said."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.days = Days()
        self.said: list[tuple[str, Said]] = []
        patch.setattr(clock, "datetime", self.days)
        patch.setattr(systems, "load_whole_catalog", cache(systems.load_whole_catalog))  # each command reads it anew

    def __call__(self, *words: object, language: str = "zh") -> Said:
        typed = [str(word) for word in words]
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            patch.setenv("XLSCORE_LANG", language)
            code = run_cli(typed)
        told = Said(code, out.getvalue(), err.getvalue())
        assert "Traceback" not in told.err, told.err
        self.said.append((" ".join(("xlscore", *typed)), told))
        return told

    def follow(self, told: Said) -> Said:
        """Type the command that a step ended with, as it stands there."""
        assert told.command, told.out
        return self(*told.command)


# --- what the office fills ---------------------------------------------------------------------------------------


def fill_assignment(path: Path) -> None:
    duties = {
        key: next(names for start, names in SHARES.items() if CATALOG.used_by[key][0].startswith(start))
        for key in CATALOG.figures
    }
    path.write_bytes(fill_book(CATALOG, duties, SETTINGS, dict.fromkeys(NAMES, "")))


def fill_settings(home: Path) -> None:
    """The address that the office writes from, and those that it writes to."""
    file = home / "campaign.toml"
    top, sender, rest = file.read_text(encoding="utf-8").partition("[sender]")
    rest = rest.replace('name = ""', 'name = "云溪市评价办"', 1).replace('address = ""', f'address = "{OFFICE}"', 1)
    top = re.sub("(?m)^# outlines = .*$", 'outlines = ["cn-2016-case"]', top)
    file.write_text(top + sender + rest, encoding="utf-8")
    book = openpyxl.load_workbook(home / label("file.roster"))
    sheet = book.worksheets[0]
    at = {name: place for place, name in enumerate(ROSTER_COLUMNS, start=1)}
    for row in range(ROSTER_FIRST_ROW + 1, sheet.max_row + 1):
        name = next((str(cell.value) for cell in sheet[row] if cell.value in BOXES), "")
        if name:
            sheet.cell(row, at["contact_name"]).value = "钱演"
            sheet.cell(row, at["contact_mail"]).value = BOXES[name]
    book.save(home / label("file.roster"))


def fill_decisions(home: Path, **choices: tuple[object, object, object]) -> None:
    path = home / label("campaign_folder.summary") / label("file.decisions")
    path.write_bytes(filled_book(path.read_bytes(), **choices))


# --- what a department gets, and what it sends -------------------------------------------------------------------


def read_drafts(home: Path, kind: str = "") -> dict[str, email.message.EmailMessage]:
    """Department -> the draft of a kind of mail ("" for the workbooks) that lies there for it."""
    found = {}
    for path in sorted((home / label("campaign_folder.drafts")).glob("*.eml")):
        name = path.stem.partition("-")[2]
        if name.removesuffix(kind) in NAMES and name.endswith(kind):
            found[name.removesuffix(kind)] = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    return found


def attached(letter: email.message.EmailMessage) -> bytes:
    """The workbook of a mail."""
    (one,) = letter.iter_attachments()
    data: bytes = one.get_payload(decode=True)
    return data


def plausible(slot: Slot) -> object:
    """An answer that nobody has anything against."""
    if slot.kind is Kind.YESNO:
        return "是"
    if slot.options:
        return slot.options[0].label
    value = 80 if slot.part_of else 100
    return float(min(max(value, slot.minimum), slot.maximum))


def fill(
    form: bytes, answers: Mapping[str, object], as_of: str = "2026-12-31", whole: bool = False, proof: str = "",
    explained: Mapping[str, str] | None = None,
) -> bytes:  # fmt: skip
    """A form as a clerk fills it; ``whole``: every answer that is not given is one that nobody has anything against.
    ``explained``: what is said of a slot's answer."""
    said = explained or {}

    def edit(book: Any) -> None:
        sheet = book[label("sheet.figures")]
        value, dated, why = (column(FIGURES, name) + 1 for name in ("value", "as_of", "explanation"))
        for row in range(1, sheet.max_row + 1):
            key = str(sheet.cell(row, 1).value or "")
            slot = CATALOG.slots.get(key)
            if key in answers or (whole and slot and sheet.cell(row, value).value is None):
                sheet.cell(row, value).value = answers[key] if key in answers else plausible(CATALOG.slots[key])
                sheet.cell(row, dated).value = as_of
            if key in said:
                sheet.cell(row, why).value = said[key]
        if whole:
            _fill_beside(book, proof)

    return edited(form, edit)


def _fill_beside(book: Any, proof: str) -> None:
    """The table of hospitals, the people on the cover, and a line of evidence for each indicator."""
    people = {"name": "钱演", "post": "处长", "phone": "0999-6012345", "mobile": "138" + "0000" * 2,
              "mail": "qianyan@dept.example.com"}  # fmt: skip
    for sheet in book.worksheets:
        for row in range(1, sheet.max_row + 1):
            key = str(sheet.cell(row, 1).value or "")
            if key == "1" and sheet.cell(1, 1).value == "xlscore:table:tertiary_hospitals":
                for at, given in enumerate(("云溪一院", 80, 100), start=2):
                    sheet.cell(row, at).value = given
            elif key in PEOPLE and sheet.title == label("sheet.cover"):
                sheet.cell(row, column(COVER, "value") + 1).value = people[key.partition(".")[2]]
            elif proof and key.endswith("#1") and sheet.title == label("sheet.evidence"):
                sheet.cell(row, column(EVIDENCE, "title") + 1).value = "证明材料"
                sheet.cell(row, column(EVIDENCE, "file") + 1).value = proof


def reply(day: int, sender: str, files: Mapping[str, bytes]) -> bytes:
    """A mail to the office, as its server took it in on a day of December."""
    kinds = {".pdf": "application/pdf", ".docx": WORD}
    parts = [mails.attachment(name, data, kinds.get(Path(name).suffix, mails.WORKBOOK)) for name, data in files.items()]
    stamp = f"{day} Dec 2026 08:30:15 +0800"
    return mails.mail(mails.text(), *parts, headers=(
        f"Received: from mail.dept.example.com by mx.example.com; {stamp}\nFrom: <{sender}>\nDate: {stamp}\n"
        f"Message-ID: <{day}.{sender}.{len(files)}.{len(next(iter(files.values())))}>"
    ))  # fmt: skip


def proof(name: str) -> bytes:
    return f"%PDF-1.4\n% {name}\n%%EOF\n".encode()
