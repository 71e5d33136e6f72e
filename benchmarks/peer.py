"""The peer: the whole job as a good analyst would script it with pandas and openpyxl.

``python benchmarks/peer.py OUT INBOX …`` reads every inbox: mails and archives are opened, every file is hashed, every
sheet read; the answers are checked, corrections put in order, conflicts told, the 2018 scores computed in floats. For
each city ``OUT/<name>/`` gets a formatted summary with a chart, ``results.json``, and a workbook for each department
with something open: its own, marked and commented. Prints the totals.

It is written to be quick where that costs the analyst nothing: workbooks are read in openpyxl's reading mode, and only
those that go back are loaded whole; the summary is written through XlsxWriter.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import io
import sys
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from itertools import pairwise
from pathlib import Path

import openpyxl
import pandas as pd
from peer_checks import (
    INDICATORS,
    Problem,
    check_answers,
    check_evidence,
    check_people,
    compare_versions,
    parse_answers,
)
from peer_score import score_indicators, total_up
from peer_write import write_results, write_returned, write_summary

warnings.filterwarnings("ignore", module="openpyxl")
LITTER = ("thumbs.db", "desktop.ini", ".ds_store")
HOSPITALS = "明细表1"


@dataclass(slots=True)
class File:
    """A file as it came: ``received`` is when a mail brought it, "" outside a mail."""

    name: str
    data: bytes
    received: str = ""
    sha256: str = ""
    status: str = ""


@dataclass(slots=True)
class Form:
    """A department's workbook as read."""

    file: File
    identity: dict[str, str]
    sheets: dict[str, list[tuple]]
    answers: pd.DataFrame = field(default_factory=pd.DataFrame)
    hospitals: pd.DataFrame = field(default_factory=pd.DataFrame)
    problems: list[Problem] = field(default_factory=list)

    @property
    def department(self) -> str:
        return self.identity["department"]

    @property
    def revision(self) -> int:
        return int(self.identity.get("revision") or 1)


# --- what came -------------------------------------------------------------------------------------------------


def walk_inbox(inbox: Path) -> Iterator[File]:
    for path in sorted(path for path in inbox.rglob("*") if path.is_file()):
        if path.name.lower() not in LITTER and not path.name.startswith("~$"):
            yield from unpack(File(str(path.relative_to(inbox)), path.read_bytes()))


def unpack(file: File) -> Iterator[File]:
    file.sha256 = hashlib.sha256(file.data).hexdigest()
    suffix = file.name.lower().rpartition(".")[2]
    if suffix == "zip":
        file.status = "opened"
        yield file
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            for name in archive.namelist():
                if not name.endswith("/"):
                    yield from unpack(File(f"{file.name}/{name}", archive.read(name), file.received))
    elif suffix == "eml":
        file.status = "opened"
        yield file
        mail = email.message_from_bytes(file.data, policy=email.policy.default)
        received = parsedate_to_datetime(mail["Received"].rpartition(";")[2].strip()).isoformat()
        for part in mail.iter_attachments():
            yield from unpack(File(f"{file.name}/{part.get_filename()}", part.get_payload(decode=True), received))
    else:
        yield file


# --- reading ---------------------------------------------------------------------------------------------------


def read_form(file: File) -> Form | None:
    """A workbook, every sheet of it; None where it is none of the round's."""
    try:
        book = openpyxl.load_workbook(io.BytesIO(file.data), read_only=True, data_only=True)
        sheets = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the analyst goes on
        print(f"left out {file.name}: {error}", file=sys.stderr)
        return None
    identity = {str(row[0]): str(row[1] or "") for row in sheets.get("_xlscore", ())}
    return Form(file, identity, sheets) if identity.get("kind") == "xlscore-template" else None


def read_inbox(inbox: Path) -> tuple[list[File], list[Form]]:
    """All files, and the workbooks of the round that most of them are of, each once."""
    files, forms, seen = [], [], dict[str, str]()
    for file in walk_inbox(inbox):
        files.append(file)
        if file.status:
            continue
        if file.sha256 in seen:
            file.status = f"duplicate of {seen[file.sha256]}"
            continue
        seen[file.sha256] = file.name
        form = read_form(file) if file.name.lower().endswith(".xlsx") else None
        file.status = "read" if form else "material"
        forms += [form] if form else []
    round_ = Counter((form.identity["city"], form.identity["round"]) for form in forms).most_common(1)[0][0]
    ours = []
    for form in forms:
        if (form.identity["city"], form.identity["round"]) == round_:
            ours.append(form)
        else:
            form.file.status = "of another round"
    return files, ours


def check_form(form: Form, names: set[str]) -> None:
    """Answers out of the sheets, and what is wrong with them."""
    form.answers = parse_answers(form.department, form.file.name, form.sheets["填报表"])
    form.hospitals = _read_hospitals(form.sheets.get(HOSPITALS))
    form.problems += check_answers(form.answers, form.hospitals)
    form.problems += check_evidence(form.answers, form.hospitals, form.sheets["支撑资料"], names)
    form.problems += check_people(form.sheets["封面"])


def _read_hospitals(rows: list[tuple] | None) -> pd.DataFrame:
    if rows is None:
        return pd.DataFrame()
    table = pd.DataFrame(rows[5:], columns=rows[0])[["name", "record_reads", "outpatient_visits"]]
    return table.dropna(how="all")


# --- laying together -------------------------------------------------------------------------------------------


def put_in_order(forms: list[Form]) -> dict[str, list[list[Form]]]:
    """Department -> its generations, the oldest first: by revision, then by the time of the mail."""
    histories: dict[str, list[list[Form]]] = {}
    for form in sorted(forms, key=lambda form: (form.revision, form.file.received, form.file.name)):
        generations = histories.setdefault(form.department, [])
        last = generations[-1][-1] if generations else None
        if last and last.revision == form.revision and not (last.file.received and form.file.received):
            generations[-1].append(form)
        else:
            generations.append([form])
    return histories


def merge_answers(answers: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame]:
    """One number for each key, and the answers of those on which departments do not agree."""
    given = answers[answers["state"] == "value"]
    by_key = given.groupby("key")["number"]
    merged = by_key.first()
    modes = given.groupby("key")["merge"].first()
    ticked, summed = modes.index[modes == "any"], modes.index[modes == "sum"]
    merged[ticked] = by_key.max()[ticked]
    merged[summed] = by_key.sum()[summed]
    different = by_key.nunique()
    clashing = different.index[(different > 1) & (modes == "agree")]
    return merged.drop(clashing), given[given["key"].isin(clashing)]


def score(forms: list[Form]) -> dict:
    """Everything that the workbooks in force come to."""
    answers = pd.concat([form.answers for form in forms], ignore_index=True)
    tables = [form.hospitals for form in forms if len(form.hospitals)]
    hospitals = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    merged, conflicts = merge_answers(answers)
    asked = set(answers.loc[answers["required"], "key"])
    unfilled = answers[answers["required"] & (answers["merge"] == "sum") & (answers["state"] != "value")]
    lacking = {key.partition(".")[0] for key in (asked - set(merged.index)) | set(unfilled["key"])}
    known = merged.reindex(sorted(asked | set(answers["key"])))
    marks = score_indicators(known, hospitals)
    scores = {code: mark for code, mark in marks.items() if not lacking & INDICATORS[code].figures}
    categories, dimensions, total = total_up(scores.items())
    return {"answers": answers, "merged": merged, "conflicts": conflicts, "scores": scores, "categories": categories,
            "dimensions": dimensions, "total": total, "hospitals": hospitals}  # fmt: skip


def tell_corrections(histories: dict[str, list[list[Form]]], in_force: list[Form]) -> list[dict]:
    """What each replacement changed, in answers and in the total."""
    told = []
    for generations in histories.values():
        others = [form for form in in_force if form not in generations[-1]]
        totals = [score([*others, *generation])["total"] for generation in generations] if len(generations) > 1 else []
        for number, (earlier, later) in enumerate(pairwise(generations)):
            changes, gone = compare_versions(earlier[0].answers, later[0].answers)
            told.append({"department": later[0].department, "earlier": earlier[0].file.name,
                         "later": later[0].file.name, "changes": changes, "before": totals[number],
                         "after": totals[number + 1]})  # fmt: skip
            earlier[0].file.status = f"replaced by {later[0].file.name}"
            if gone or not changes:
                later[0].problems.append(Problem("填报表", "D1", "更正后少了原有的数，或没有改动，请核对。"))
    return told


def run_city(inbox: Path, out: Path) -> float:
    files, forms = read_inbox(inbox)
    names = {file.name.rpartition("/")[2] for file in files}
    for form in forms:
        check_form(form, names)
    histories = put_in_order(forms)
    in_force = [form for generations in histories.values() for form in generations[-1]]
    corrections = tell_corrections(histories, in_force)
    outcome = score(in_force)
    for row in outcome["conflicts"].itertuples():
        form = next(form for form in in_force if form.file.name == row.file)
        form.problems.append(Problem("填报表", row.cell, f"与其他单位填报的不一致：{row.label}。请核对。"))
    out.mkdir(parents=True, exist_ok=True)
    write_summary(out / "summary.xlsx", outcome, in_force, files, corrections)
    write_results(out / "results.json", outcome, in_force, files, corrections)
    (out / "returned").mkdir(exist_ok=True)
    for form in in_force:
        if form.problems:
            target = out / "returned" / f"{form.department}.xlsx"
            write_returned(target, form.file.data, form.problems, form.revision + 1)
    return outcome["total"]


def main(out: Path, inboxes: list[Path]) -> None:
    for inbox in inboxes:
        print(f"{run_city(inbox, out / inbox.name):.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(given) for given in sys.argv[2:]])
