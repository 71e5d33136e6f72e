"""Make ``samples/inbox`` from ``city.toml``: the filled workbooks of every department of an invented city.

Most files are filled with openpyxl; those marked ``libreoffice`` are opened, recalculated and saved by LibreOffice,
as a clerk's would be. Run ``python samples/make_samples.py`` (needs LibreOffice).
"""

from __future__ import annotations

import datetime
import io
import shutil
import subprocess
import tempfile
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loaded_books import open_book

from smartcity_xl.catalog.dates import for_period
from smartcity_xl.catalog.load import load_assignment, load_catalog
from smartcity_xl.catalog.terms import under_terms
from smartcity_xl.form.map import COVER, EVIDENCE, FIGURES, PEOPLE, TABLE_NAME, TemplatePlan, column, plan_template
from smartcity_xl.form.template import Issue, write_template
from smartcity_xl.messages import label, words
from smartcity_xl.model import Assignment, Catalog, RoundTerms

HERE = Path(__file__).parent
FIXED_TIME = datetime.datetime(2019, 2, 20)


def fill_workbook(
    catalog: Catalog, assignment: Assignment, department: str, issue: Issue, given: Mapping[str, Any]
) -> bytes:
    """A department's template with answers in it. ``given`` has the sections of a workbook in ``city.toml``."""
    plan = plan_template(catalog, assignment, department, words("sheet"))
    book = open_book(_blank(catalog, assignment, department, issue))
    _fill_figures(book[label("sheet.figures")], plan, given)
    for key, rows in given.get("tables", {}).items():
        table = plan.table(key)
        sheet = book[table.sheet]
        for at, row in zip(table.rows, rows, strict=False):
            for name in (TABLE_NAME, *(c.key for c in table.figure.columns)):
                sheet.cell(at + 1, table.column(name) + 1).value = row.get(name)
    _fill_keyed(book[label("sheet.evidence")], EVIDENCE, _evidence_rows(given))
    people = {key: {"value": value} for key, value in given.get("people", {}).items() if key in PEOPLE}
    _fill_keyed(book[label("sheet.cover")], COVER, people)
    book.properties.modified = FIXED_TIME
    stream = io.BytesIO()
    book.save(stream)
    return _without_times(stream.getvalue())


_BLANKS: dict[tuple[int, int, str, Issue], tuple[Catalog, Assignment, bytes]] = {}
"""Blank workbooks by the very catalog and assignment, which stand beside them so that no other can take their place."""


def _blank(catalog: Catalog, assignment: Assignment, department: str, issue: Issue) -> bytes:
    """A department's template, written once for all its fillings."""
    key = (id(catalog), id(assignment), department, issue)
    if key not in _BLANKS:
        _BLANKS[key] = catalog, assignment, write_template(catalog, assignment, department, issue)
    return _BLANKS[key][2]


def _without_times(data: bytes) -> bytes:
    """The same package with fixed times on its parts, so that the same answers give the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as fixed:
        for name in given.namelist():
            part = zipfile.ZipInfo(name, FIXED_TIME.timetuple()[:6])
            part.compress_type = zipfile.ZIP_DEFLATED
            fixed.writestr(part, given.read(name))
    return stream.getvalue()


def _fill_figures(sheet: Any, plan: TemplatePlan, given: Mapping[str, Any]) -> None:
    value, unit, as_of = (column(FIGURES, name) + 1 for name in ("value", "unit", "as_of"))
    words_of = {"remark": given.get("remarks", {}), "explanation": given.get("explanations", {})}
    formulas = {key: entry["formula"] for key, entry in given.get("formulas", {}).items()}
    typed = {**given.get("answers", {}), **formulas, **given.get("dates", {})}
    for key in typed.keys() | set().union(*words_of.values()):
        at = plan.row_of[key].row + 1
        cell = sheet.cell(at, value)
        answer = typed.get(key)
        cell.value = answer
        if isinstance(answer, str) and key not in formulas:
            cell.data_type = "s"
        if key in given.get("dates", {}):
            cell.number_format = "yyyy-mm-dd"
        if key in typed and given.get("as_of"):
            sheet.cell(at, as_of).value = given["as_of"]
        if key in given.get("units", {}):
            sheet.cell(at, unit).value = given["units"][key]
        if key in given.get("number_formats", {}):
            cell.number_format = given["number_formats"][key]
        for name, said in words_of.items():
            if key in said:
                sheet.cell(at, column(FIGURES, name) + 1).value = said[key]


def _evidence_rows(given: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    rows: dict[str, dict[str, str]] = {}
    for entry in given.get("evidence", []):
        number = sum(key.startswith(entry["indicator"] + "#") for key in rows) + 1
        rows[f"{entry['indicator']}#{number}"] = {"title": entry["title"], "file": entry["file"]}
    return rows


def _fill_keyed(sheet: Any, role: str, rows: Mapping[str, Mapping[str, str]]) -> None:
    at = {sheet.cell(row, 1).value: row for row in range(1, sheet.max_row + 1)}
    for key, cells in rows.items():
        for name, value in cells.items():
            cell = sheet.cell(at[key], column(role, name) + 1)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # a text that begins with an equals sign too


def save_with_libreoffice(files: list[Path]) -> None:
    """Open, recalculate and save workbooks in place, as LibreOffice does."""
    with tempfile.TemporaryDirectory() as folder:
        profile, out = Path(folder) / "profile", Path(folder) / "out"
        for number, file in enumerate(files):  # one folder each: the names may be the same
            target = out / str(number)
            subprocess.run(
                ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to",
                 "xlsx:Calc MS Excel 2007 XML", "--outdir", str(target), str(file)],
                check=True, capture_output=True,
            )  # fmt: skip
            shutil.copyfile(target / file.name, file)


def make_inbox(inbox: Path) -> None:
    """Write the whole rehearsal inbox into an empty folder."""
    city = tomllib.loads((HERE / "city.toml").read_text(encoding="utf-8"))
    own = load_assignment(load_catalog("cn-2018"))
    assignment = under_terms(own, city["city"], own.round, RoundTerms(deadline=own.deadline))
    catalog = for_period(load_catalog("cn-2018"), assignment.period)
    issue = Issue(assignment.round, city["city"], assignment.deadline)
    resaved = []
    for given in city["workbook"]:
        path = inbox / given["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(fill_workbook(catalog, assignment, given["department"], issue, given))
        if given["saved_by"] == "libreoffice":
            resaved.append(path)
    save_with_libreoffice(resaved)
    for given in city["workbook"]:
        if given.get("damaged"):
            path = inbox / given["file"]
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    for stray in city["stray"]:
        path = inbox / stray["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_stray(stray, inbox))
    for name, data in make_materials(city, assignment).items():
        path = inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def make_materials(city: Mapping[str, Any], assignment: Assignment) -> dict[str, bytes]:
    """What comes besides the workbooks: the evidence files that they name, but for the planted faults, and written
    material. Path inside the inbox -> bytes."""
    evidence, found = city["evidence"], {}
    renamed = {f"{entry['department']}/{entry['named']}": entry["as"] for entry in evidence["renamed"]}
    for given in city["workbook"]:
        if given.get("damaged"):
            continue
        for named in given["evidence"]:
            place = f"{given['department']}/{named['file']}"
            if place not in evidence["absent"]:
                name = renamed.get(place, named["file"])
                folder = f"{evidence['folder']}/{assignment.name(given['department'])}"
                found[f"{folder}/{name}"] = f"%PDF-1.4\n% rehearsal: {place}\n%%EOF\n".encode()
    found |= {name: f"%PDF-1.4\n% rehearsal: {name}\n%%EOF\n".encode() for name in evidence["added"]}
    return found | {entry["file"]: make_writing(**entry) for entry in city["written"]}


def make_writing(title: str, sections: list[str], characters: int, tables: int, **_: Any) -> bytes:
    """A Word document with these sections and about so many characters."""
    import docx

    document = docx.Document()
    document.core_properties.created = document.core_properties.modified = FIXED_TIME
    document.add_heading(title, 0)
    filler = "演练用的文字，数据来源为本市统计公报，没有实际内容。"
    for section in sections:
        document.add_heading(section, 1)
        document.add_paragraph(filler * (characters // len(filler) // len(sections)))
    for number in range(tables):
        document.add_table(2, 3).cell(0, 0).text = f"表{number + 1}"
    stream = io.BytesIO()
    document.save(stream)
    return _without_times(stream.getvalue())


def _stray(stray: Mapping[str, str], inbox: Path) -> bytes:
    match stray["kind"]:
        case "copy":
            return (inbox / stray["of"]).read_bytes()
        case "pdf":
            return b"%PDF-1.4\n% a notice, not an answer\n%%EOF\n"
        case "owner":
            return b"\x07rehearsal".ljust(165, b" ")
        case "docx":
            return _tiny_docx()
    raise ValueError(stray["kind"])


def _tiny_docx() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in (("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<document/>")):
            archive.writestr(zipfile.ZipInfo(name, (2019, 2, 20, 0, 0, 0)), text)
    return stream.getvalue()


if __name__ == "__main__":
    target = HERE / "inbox"
    shutil.rmtree(target, ignore_errors=True)
    make_inbox(target)
    print(f"wrote {sum(1 for path in target.rglob('*') if path.is_file())} files to {target}")
