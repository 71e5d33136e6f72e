"""A workbook as other programs save it: nothing was typed in it."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
from office import find_program, run


def resave(path: Path, folder: Path) -> dict[str, Path]:
    """Program -> the same workbook, opened there and saved as .xlsx."""
    saved = {name: folder / name / path.name for name in ("LibreOffice", "Gnumeric", "openpyxl")}
    for one in saved.values():
        one.parent.mkdir(parents=True)
    profile = f"-env:UserInstallation={(folder / 'profile').resolve().as_uri()}"
    command = ["soffice", profile, "--headless", "--norestore", "--convert-to", "xlsx:Calc MS Excel 2007 XML"]
    run([find_program("soffice"), *command[1:], "--outdir", str(saved["LibreOffice"].parent), str(path)])
    run([find_program("ssconvert"), str(path), str(saved["Gnumeric"])])
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    book.save(saved["openpyxl"])
    return saved
