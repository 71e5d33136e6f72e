"""A summary that somebody forwards says what the run said, or where it does not; a mere re-save is no difference."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from resaved import resave
from support import edited
from tiny_round import INIT, Round, a, b, put_system

from smartcity_xl.cli import run_cli
from smartcity_xl.messages import label

SUMMARY = label("file.summary")
FRONT, SCORES, GIVEN = label("sheet.overview"), label("sheet.breakdown"), label("sheet.answers")


@pytest.fixture(scope="module")
def round_(tmp_path_factory: pytest.TempPathFactory) -> Round:
    """Two collections: what the first wrote was sent on."""
    home = tmp_path_factory.mktemp("round")
    put_system(home)
    round_ = Round(home)
    assert round_.run(*INIT) == 0
    round_.receive(甲=a(all=100, done=50), 乙=b(all=120, done=60))
    assert round_.run("collect") == 1
    (home / "first.xlsx").write_bytes((round_.out / SUMMARY).read_bytes())
    round_.receive(乙=b(all=120, done=90))
    assert round_.run("collect") == 1
    assert round_.run("freeze") == 0, round_.told.getvalue()
    return round_


@pytest.fixture(scope="module")
def pack(round_: Round) -> Path:
    return round_.folder / label("file.pack_whole")


@pytest.fixture(scope="module")
def summary(round_: Round) -> bytes:
    return (round_.out / SUMMARY).read_bytes()


def verified(file: Path, pack: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[dict[str, str]]]:
    code = run_cli(["verify", str(file), "--pack", str(pack), "--no-campaign", "--json"])
    (one,) = json.loads(capsys.readouterr().out)["files"]
    return code, one["unlike"] or [one["trouble"] or {}]


@pytest.mark.office
def test_a_mere_resave_is_no_difference(
    round_: Round, pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever program saved it, it still says the same; and one changed digit in what that program saved is seen."""
    for program, path in resave(round_.out / SUMMARY, tmp_path).items():
        assert verified(path, pack, capsys) == (0, [{}]), program
        data = edited(path.read_bytes(), _raise_last_digit)
        path.write_bytes(data)
        code, found = verified(path, pack, capsys)
        assert (code, [one["code"] for one in found]) == (1, ["value-changed"]), program


def _raise_last_digit(book: Any) -> None:
    cells = (cell for sheet in book for row in sheet.iter_rows() for cell in row)
    cell = next(cell for cell in cells if isinstance(cell.value, int | float) and cell.value > 1)
    cell.value += 1e-9


def put_rich(book: Any) -> None:
    book[FRONT]["A4"].value = "总得分（最终）"


def first_formula(sheet: Any) -> Any:
    cells = (cell for row in sheet.iter_rows() for cell in row)
    return next(cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith("="))


def fix_value(book: Any) -> None:
    first_formula(book[FRONT]).value = 99.99


def same_value(book: Any) -> None:
    cell = first_formula(book[SCORES])
    cell.value = f"{cell.value}+0"


def insert_row(book: Any) -> None:
    book[GIVEN].insert_rows(5)
    book[GIVEN]["A5"].value = "另加的一行"


def drop_row(book: Any) -> None:
    book[GIVEN].delete_rows(5)


def add_sheet(book: Any) -> None:
    book.create_sheet("另附")["A1"].value = "说明"


def mask(book: Any) -> None:
    cell = first_formula(book[FRONT])
    cell.number_format = '"98.76"'


def paste_note(book: Any) -> None:
    book[FRONT]["B4"].comment = Comment("以此为准：98.76", "x")


# what was done -> the edit; the codes of what is told
EDITS: dict[str, tuple[Callable[[Any], object], set[str]]] = {
    "a text was edited": (put_rich, {"value-changed"}),
    "a formula was replaced by a number": (fix_value, {"formula-changed"}),
    "a formula was changed and gives the same": (same_value, {"formula-changed"}),
    "a row was put in": (insert_row, {"row-added"}),
    "a row was taken out": (drop_row, {"row-gone"}),
    "a sheet was added": (add_sheet, {"sheet-added"}),
    "a sheet was taken out": (lambda book: book.remove(book[GIVEN]), {"sheet-gone"}),
    "a sheet was hidden": (lambda book: setattr(book[GIVEN], "sheet_state", "hidden"), {"sheet-hidden"}),
    "sheets change places": (lambda book: book.move_sheet(GIVEN, -3), {"sheets-moved"}),
    "a row was hidden": (lambda book: setattr(book[SCORES].row_dimensions[5], "hidden", True), {"row-hidden"}),
    "a column was hidden": (
        lambda book: setattr(book[SCORES].column_dimensions["D"], "hidden", True), {"column-hidden"}
    ),
    "a cell was blanked": (lambda book: setattr(book[FRONT]["A4"], "value", None), {"cell-gone"}),
    "something was written where nothing stood": (
        lambda book: setattr(book[FRONT]["T5"], "value", "已核"), {"cell-added"}
    ),
    "something was written below the end": (
        lambda book: setattr(book[FRONT]["A90"], "value", "已核"), {"row-added"}
    ),
    "a number format shows another number": (mask, {"format-masks"}),
    "a note was laid over a cell": (paste_note, {"covered"}),
    "another font": (lambda book: setattr(book[FRONT]["A4"], "style", "Normal"), set()),
}  # fmt: skip


@pytest.mark.parametrize("case", EDITS)
def test_what_somebody_changed_is_told(
    case: str, summary: bytes, pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit, expected = EDITS[case]
    path = tmp_path / "转来的.xlsx"
    path.write_bytes(edited(summary, edit))
    code, found = verified(path, pack, capsys)
    assert {one["code"] for one in found if one} == expected
    assert code == (1 if expected else 0)
    assert run_cli(["verify", str(path), "--pack", str(pack), "--no-campaign", "--lang", "zh"]) == code
    assert "{" not in capsys.readouterr().out


def test_a_place_says_what_stands_there_and_what_the_run_said(
    summary: bytes, pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "转来的.xlsx"
    path.write_bytes(edited(summary, put_rich))
    assert run_cli(["verify", str(path), "--pack", str(pack), "--no-campaign", "--lang", "en"]) == 1
    assert f"{FRONT}!A4: it said 总得分, now it says 总得分（最终）" in capsys.readouterr().out


def test_a_saved_result_that_is_not_the_formulas_is_told(
    summary: bytes, pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Previews and phones show it, and nothing recalculates there."""
    path, stream = tmp_path / "转来的.xlsx", io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(summary)) as source, zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part, times = re.subn(rb"(</f><v>)[0-9.]+(</v>)", rb"\g<1>98.76\g<2>", part, count=1)
                assert times == 1
            target.writestr(name, part)
    path.write_bytes(stream.getvalue())
    code, found = verified(path, pack, capsys)
    assert (code, [(one["code"], one["found"]) for one in found]) == (1, [("result-changed", "98.76")])


def test_in_the_round_itself_the_ledger_says_what_each_run_said(round_: Round, tmp_path: Path) -> None:
    """The one sent on after the first collection is that run's, and there was a later one."""
    assert (
        round_.run(
            "verify", str(round_.out / SUMMARY), *map(str, (round_.out / label("file.returned_folder")).glob("*.xlsx"))
        )
        == 0
    )
    assert round_.told.getvalue().count("every cell says what the collection") >= 2
    first = round_.home / "first.xlsx"
    assert round_.run("verify", str(first)) == 0
    assert "There was a later collection" in round_.told.getvalue()
    changed = tmp_path / "x.xlsx"
    changed.write_bytes(edited(first.read_bytes(), put_rich))
    before = _state(round_.folder)
    assert round_.run("verify", str(changed)) == 1
    assert "1 places" in round_.told.getvalue()
    assert _state(round_.folder) == before, "the round is only read"


def _state(folder: Path) -> Mapping[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and "-shm" not in path.name}


def test_one_that_hides_what_it_is_is_held_against_what_it_looks_like(
    summary: bytes, pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "转来的.xlsx"
    path.write_bytes(edited(summary, lambda book: book.remove(book["_xlscore"])))
    assert verified(path, pack, capsys) == (1, [_gone("_xlscore")])


def _gone(sheet: str) -> dict[str, str]:
    return {"code": "sheet-gone", "sheet": sheet, "cell": "", "expected": "", "found": ""}


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"PK\x03\x04 and no more"], ids=["empty", "a PDF", "cut off"])
def test_what_is_no_workbook_is_told(
    data: bytes, pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(data)
    assert run_cli(["verify", str(path), "--pack", str(pack), "--no-campaign", "--lang", "en"]) == 1
    assert "cannot be verified" in capsys.readouterr().out


def test_another_workbook_is_told(pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.xlsx"
    openpyxl.Workbook().save(path)
    assert run_cli(["verify", str(path), "--pack", str(pack), "--no-campaign", "--lang", "en"]) == 1
    assert "no collection wrote such a workbook" in capsys.readouterr().out
