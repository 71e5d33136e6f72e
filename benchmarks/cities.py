"""Realistic rounds of any number of cities: departments' workbooks as Excel saves them, with faults in a stated share.

``python benchmarks/cities.py FOLDER --cities 100 --faults 0.1`` fills a folder for each city. The same seed gives the
same bytes. Figures are those of ``samples/city.toml`` without its planted faults; in each city the parts of
wholes differ.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

from city import clean_answers
from saved import EXAMPLE_CITY, Saved, Value, as_excel_saves, pack_files

from smartcity_xl.catalog.dates import for_period
from smartcity_xl.catalog.load import load_assignment, load_catalog
from smartcity_xl.form.map import COVER, EVIDENCE, FIGURES, PEOPLE, TABLE_NAME, TemplatePlan, column, plan_template
from smartcity_xl.form.template import Issue, write_template
from smartcity_xl.messages import label, words
from smartcity_xl.model import Merge
from smartcity_xl.model.periods import period_of_round

ASSIGNMENT = load_assignment(load_catalog("cn-2018"))
CATALOG = for_period(load_catalog("cn-2018"), period_of_round(ASSIGNMENT.round))
UNREADABLE = ("约三百", "待统计部门核定", "详见附件2", "12.5.3")


@dataclass(frozen=True, slots=True)
class Shares:
    """The share of workbooks with a fault of each kind, and of those that come in an archive or a mail. ``evidence``:
    material is listed and comes along; else every department is asked for it again."""

    unreadable: float = 0
    blank: float = 0
    exceeding: float = 0
    conflict: float = 0
    duplicate: float = 0
    correction: float = 0
    stray: float = 0
    archive: float = 0
    mail: float = 0
    evidence: bool = False

    @classmethod
    def all_of(cls, share: float, evidence: bool = True) -> Shares:
        """Every kind of fault in the same share, a fifth in archives and a fifth in mails."""
        return cls(*[share] * 7, archive=0.2, mail=0.2, evidence=evidence)


QUIET = Shares()
"""Nothing wrong, all as single workbooks; but no material is listed, so that every one goes back."""


@dataclass(slots=True)
class Made:
    """What a round holds: ``workbooks`` in all, and how often each fault was planted."""

    workbooks: int = 0
    planted: dict[str, int] = field(default_factory=dict)

    def note(self, fault: str) -> None:
        self.planted[fault] = self.planted.get(fault, 0) + 1


@cache
def _example(department: str, revision: str = "") -> Saved:
    issue = Issue(ASSIGNMENT.round, EXAMPLE_CITY, ASSIGNMENT.deadline, revision)
    return as_excel_saves(write_template(CATALOG, ASSIGNMENT, department, issue))


@cache
def _plan(department: str) -> TemplatePlan:
    return plan_template(CATALOG, ASSIGNMENT, department, words("sheet"))


@cache
def _answers() -> tuple[Mapping[str, Any], ...]:
    return tuple(clean_answers())


def city_name(number: int) -> str:
    return EXAMPLE_CITY if number == 0 else f"云溪{number}市"


def vary(seed: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A department's answers in another city: what is a part of something is up to a fifth less."""
    answers = dict[str, Value](given["answers"])
    for key, value in answers.items():
        slot = CATALOG.slots[key]
        if slot.part_of and isinstance(value, int | float) and value > 10:
            smaller = value * (1 - random.Random(f"{seed}/{key}").random() / 5)
            answers[key] = int(smaller) if isinstance(value, int) else round(smaller, 2)
    return {**given, "answers": answers}


def write_workbook(given: Mapping[str, Any], city: str, evidence: bool, revision: str = "") -> bytes:
    """A department's workbook with answers, and with its list of material."""
    plan, filled = _plan(given["department"]), dict[str, dict[str, Value]]()
    figures = filled.setdefault(label("sheet.figures"), {})
    for key, value in given["answers"].items():
        at = plan.row_of[key].row
        figures[_cell(at, column(FIGURES, "value"))] = value
        figures[_cell(at, column(FIGURES, "as_of"))] = given["as_of"]
        for name, told in (("unit", "units"), ("remark", "remarks"), ("explanation", "explanations")):
            if key in given.get(told, {}):
                figures[_cell(at, column(FIGURES, name))] = given[told][key]
    for key, rows in given.get("tables", {}).items():
        table = plan.table(key)
        cells = filled.setdefault(table.sheet, {})
        for at, row in zip(table.rows, rows, strict=False):
            cells |= {
                _cell(at, table.column(name)): row[name] for name in (TABLE_NAME, *_columns(table)) if name in row
            }
    cover, listed = _keyed(given["department"], COVER), _keyed(given["department"], EVIDENCE)
    filled[label("sheet.cover")] = {
        _cell(cover[key], column(COVER, "value")): value for key, value in given["people"].items() if key in PEOPLE
    }
    places: dict[str, int] = {}
    for entry in given["evidence"] if evidence else ():
        places[entry["indicator"]] = places.get(entry["indicator"], 0) + 1
        at = listed[f"{entry['indicator']}#{places[entry['indicator']]}"]
        cells = filled.setdefault(label("sheet.evidence"), {})
        cells |= {
            _cell(at, column(EVIDENCE, "title")): entry["title"],
            _cell(at, column(EVIDENCE, "file")): _pdf(entry),
        }
    return _example(given["department"], revision).stamp(filled, city)


def _columns(table: Any) -> Iterator[str]:
    return (one.key for one in table.figure.columns)


def _cell(row: int, at: int) -> str:
    return f"{chr(ord('A') + at)}{row + 1}"


@cache
def _keyed(department: str, role: str) -> Mapping[str, int]:
    """Key -> row, of a sheet whose rows the plan does not tell: read from the blank workbook."""
    import io

    import openpyxl

    issue = Issue(ASSIGNMENT.round, EXAMPLE_CITY, ASSIGNMENT.deadline)
    book = openpyxl.load_workbook(io.BytesIO(write_template(CATALOG, ASSIGNMENT, department, issue)), read_only=True)
    rows = book[label(f"sheet.{role}")].iter_rows(max_col=1, values_only=True)
    return {key: number for number, (key,) in enumerate(rows) if isinstance(key, str)}


def make_city(folder: Path, number: int = 0, shares: Shares = QUIET, seed: int = 1) -> Made:
    """Fill a folder with one city's round."""
    made, city = Made(), city_name(number)
    folder.mkdir(parents=True, exist_ok=True)
    loose = dict[str, bytes]()
    for place, given in enumerate(_answers(), start=1):
        draw = random.Random(f"{seed}/{number}/{given['department']}")
        right = vary(f"{seed}/{number}", given)
        name = f"{place:02d}-{ASSIGNMENT.name(given['department'])}.xlsx"
        spoiled = _spoil(right, shares, draw, made)
        corrected = draw.random() < shares.correction and any(
            type(one) is int and one > 0 for one in right["answers"].values()
        )
        data = write_workbook(spoiled, city, shares.evidence, "2" if corrected else "")
        made.workbooks += 1
        files = {name: data} | (_evidence(right) if shares.evidence else {})
        if corrected:
            loose[f"第一次/{name[:-5]}.eml"] = _send_earlier(right, name, city, shares)
            made.note("correction")
            made.workbooks += 1
        if draw.random() < shares.duplicate:
            loose[f"{name[:-5]} - 副本.xlsx"] = data
            made.note("duplicate")
        if draw.random() < shares.stray:
            loose |= {
                f"{given['department']}/Thumbs.db": b"\xd0\xcf\x11\xe0",
                f"{given['department']}/说明.txt": "见附件。".encode(),
            }
            made.note("stray")
        loose |= _send(files, given, name, shares, draw, made)
    for path, data in loose.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return made


def _send_earlier(given: Mapping[str, Any], name: str, city: str, shares: Shares) -> bytes:
    """The mail with what a department sent first: a number is another one."""
    answers = dict(given["answers"])
    key = next(key for key, value in answers.items() if type(value) is int and value > 0)
    answers[key] -= 1
    data = write_workbook({**given, "answers": answers}, city, shares.evidence)
    return write_mail(given["department"], {name: data}, 1)


def _send(
    files: Mapping[str, bytes], given: Mapping[str, Any], name: str, shares: Shares, draw: random.Random, made: Made
) -> dict[str, bytes]:
    """The files as they come: in an archive, in a mail, or as they are."""
    way = draw.random()
    if way < shares.archive:
        made.note("archive")
        return {f"{name[:-5]}.zip": pack_files(files.items())}
    if way < shares.archive + shares.mail:
        made.note("mail")
        return {f"{name[:-5]}.eml": write_mail(given["department"], files, 2 + draw.randrange(20))}
    return {
        path if path == name else f"支撑资料/{ASSIGNMENT.name(given['department'])}/{path}": data
        for path, data in files.items()
    }


def write_mail(department: str, files: Mapping[str, bytes], day: int, minute: int = 0) -> bytes:
    """A mail of a department, received by our server on a day of February 2019."""
    mail = EmailMessage()
    when = f"{day:02d} Feb 2019 {minute // 60:02d}:{minute % 60:02d}:00 +0800"
    mail["Received"] = f"from mail.example.com by office.example.com with ESMTP id {department}{day}x{minute}; {when}"
    mail["From"], mail["To"] = f"{department}@example.com", "office@example.com"
    mail["Subject"], mail["Date"] = f"{ASSIGNMENT.name(department)} 报送", when
    mail["Message-ID"] = f"<{department}.{day}.{minute}@example.com>"
    mail.set_content("请查收附件。\n")
    for name, data in sorted(files.items()):
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    mail.set_boundary(f"=={department}-{day}-{minute}==")
    return mail.as_bytes()


def _pdf(entry: Mapping[str, str]) -> str:
    return f"{entry['file'].rpartition('.')[0]}.pdf"


def _evidence(given: Mapping[str, Any]) -> dict[str, bytes]:
    names = map(_pdf, given["evidence"])
    return {name: f"%PDF-1.4\n% {given['department']} {name}\n%%EOF\n".encode() for name in names}


def _spoil(given: dict[str, Any], shares: Shares, draw: random.Random, made: Made) -> dict[str, Any]:
    """The answers with the faults that fall to this workbook."""
    answers = dict(given["answers"])
    numbers = [key for key, value in answers.items() if isinstance(value, int | float)]
    parts = [key for key in numbers if CATALOG.slots[key].part_of in answers]
    shared = [key for key in parts if _must_agree(key, given["department"])]
    if numbers and draw.random() < shares.unreadable:
        answers[draw.choice(numbers)] = draw.choice(UNREADABLE)
        made.note("unreadable")
    if numbers and draw.random() < shares.blank:
        answers.pop(draw.choice(numbers))
        made.note("blank")
    whole = [
        key
        for key in parts
        if isinstance(answers.get(key), int) and isinstance(answers.get(CATALOG.slots[key].part_of), int)
    ]
    if whole and draw.random() < shares.exceeding:
        key = draw.choice(whole)
        answers[key] = answers[CATALOG.slots[key].part_of] + 1
        made.note("exceeding")
    shared = [key for key in shared if isinstance(answers.get(key), int)]
    if shared and draw.random() < shares.conflict:
        answers[draw.choice(shared)] -= 1
        made.note("conflict")
    return {**given, "answers": answers}


def _must_agree(key: str, department: str) -> bool:
    figure = CATALOG.figures[CATALOG.slots[key].figure]
    asked = ASSIGNMENT.asked[figure.key]
    return figure.merge is Merge.AGREE and len(asked) > 1 and asked[0] != department


def make_rounds(folder: Path, cities: int, shares: Shares = QUIET, seed: int = 1) -> Made:
    """A folder for each city, named by its number."""
    every = Made()
    for number in range(cities):
        one = make_city(folder / f"{number:04d}", number, shares, seed)
        every.workbooks += one.workbooks
        for fault, times in one.planted.items():
            every.planted[fault] = every.planted.get(fault, 0) + times
    return every


def make_corrections(folder: Path, department: str, number: int, seed: int = 1, versions: bool = False) -> None:
    """One city, in which a department sends its workbook so many times: by mail, or (``versions``) each on the form of
    the next revision."""
    make_city(folder, seed=seed)
    place, given = next((at, one) for at, one in enumerate(_answers(), start=1) if one["department"] == department)
    (folder / f"{place:02d}-{ASSIGNMENT.name(department)}.xlsx").unlink()
    for again in range(1, number + 1):
        revision = str(again) if versions and again > 1 else ""
        data = write_workbook(vary(f"{seed}/again/{again}", given), EXAMPLE_CITY, evidence=False, revision=revision)
        name = f"{department}-{again:04d}"
        if versions:
            (folder / f"{name}.xlsx").write_bytes(data)
        else:
            mail = write_mail(department, {"填报表.xlsx": data}, 1 + again // 1440, again % 1440)
            (folder / f"{name}.eml").write_bytes(mail)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cities", type=int, default=1, help="how many cities, each in a folder of its own (1)")
    parser.add_argument("--faults", type=float, default=0, help="share of workbooks with each kind of fault (0)")
    parser.add_argument("--evidence", action="store_true", help="supporting material is listed, and comes along")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other figures (1)")
    given = parser.parse_args()
    shares = Shares.all_of(given.faults, given.evidence) if given.faults else Shares(evidence=given.evidence)
    made = make_rounds(given.folder, given.cities, shares, given.seed)
    print(
        f"{made.workbooks} workbooks; " + ", ".join(f"{fault} {times}" for fault, times in sorted(made.planted.items()))
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
