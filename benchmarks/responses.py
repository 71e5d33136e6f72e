"""Responses of a survey, as many as wanted, in a workbook as Excel saves it or as .csv."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import xlsxwriter
from make_survey import AGES, COUNTIES, HEADS, WAYS, write_csv
from saved import pack_files

from smartcity_xl.office.survey.write import write_questionnaire


def write_responses(folder: Path, number: int, suffix: str) -> tuple[Path, Path]:
    """A questionnaire, and a file with so many responses to it."""
    folder.mkdir(parents=True, exist_ok=True)
    questionnaire, responses = folder / "questionnaire.xlsx", folder / f"responses.{suffix}"
    questionnaire.write_bytes(write_questionnaire())
    rows = [HEADS, *make_rows(number)]
    responses.write_bytes(write_csv(rows) if suffix == "csv" else save_rows(rows))
    return questionnaire, responses


def make_rows(number: int) -> Iterator[list[str]]:
    """Everybody answers in one of three ways, by turns; the times are all different."""
    for at in range(number):
        person = [f"R{at:06}", COUNTIES[at % 2], AGES[at % 3]]
        yield [*person, *WAYS[at % 3], "希望办事更快些" * (at % 7 == 0)]


def save_rows(rows: list[list[str]]) -> bytes:
    """One sheet of texts, all of them shared strings."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.add_worksheet("Sheet1").write_string(0, 0, "x")
    book.close()
    with zipfile.ZipFile(stream) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    strings: dict[str, int] = {}
    lines = []
    for at, row in enumerate(rows, start=1):
        cells = "".join(
            f'<c r="{chr(65 + column)}{at}" t="s"><v>{strings.setdefault(text, len(strings))}</v></c>'
            for column, text in enumerate(row) if text
        )  # fmt: skip
        lines.append(f'<row r="{at}" spans="1:{len(row)}">{cells}</row>')
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    before, _, rest = sheet.partition("<sheetData>")
    data = f"{before}<sheetData>{''.join(lines)}</sheetData>{rest.partition('</sheetData>')[2]}"
    data = data.replace('<dimension ref="A1"/>', f'<dimension ref="A1:{chr(64 + len(rows[0]))}{len(rows)}"/>')
    parts["xl/worksheets/sheet1.xml"] = data.encode()
    table = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
    head = parts["xl/sharedStrings.xml"].decode().partition("<sst")[0]
    parts["xl/sharedStrings.xml"] = (
        f'{head}<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{table}</sst>'.encode()
    )
    return pack_files(parts.items())
