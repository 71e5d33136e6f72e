"""One way to open a workbook of ours: every kind, beside everything that can be wrong with the file or its sheets."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from books_other_formats import as_xlsb
from kinds_of_books import SORTS
from support import ASSIGNMENT, CATALOG, ISSUE, edited, filled, identified, parcel, put, repacked

from smartcity_xl.books.identity import IDENTITY_SHEET, MARKER
from smartcity_xl.books.kinds import MISPLACED
from smartcity_xl.books.package import Refused
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import FaultyFile, UsageFault, XlscoreError
from smartcity_xl.form.reading.workbook import open_workbook, read_submission
from smartcity_xl.messages import LANGUAGES, label, sentence
from smartcity_xl.run.collecting import assess

KINDS = pytest.mark.parametrize("kind", SORTS)


def tried(kind: str, data: bytes, folder: Path) -> XlscoreError:
    """What is said of a file that is given as a workbook of a kind."""
    path = folder / "file.xlsx"
    path.write_bytes(data)
    with pytest.raises(XlscoreError) as caught:
        SORTS[kind].read(path)
    return caught.value


def said(error: XlscoreError) -> list[str]:
    return [sentence("errors", error.code, language, **error.parameters) for language in LANGUAGES]


# --- the file ----------------------------------------------------------------------------------------------------

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FILES: Mapping[str, tuple[str, Callable[[bytes], bytes]]] = {
    "nothing": ("empty-file", lambda _: b""),
    "a PDF": ("not-a-workbook", lambda _: b"%PDF-1.4"),
    "a text": ("not-a-workbook", lambda _: "单位：公安局".encode()),
    "a RAR archive": ("archive", lambda _: b"Rar!\x1a\x07\x01\x00"),
    "an old workbook": ("old-workbook", lambda _: _OLE + b"\0" * 512),
    "a password": ("encrypted", lambda _: _OLE + "EncryptedPackage".encode("utf-16-le") + b"\0" * 512),
    "cut off": ("damaged", lambda data: data[: len(data) // 2]),
    "a hostile part": (
        "package-suspicious",
        lambda data: repacked(data, {"xl/worksheets/sheet1.xml": lambda xml: b"<!DOCTYPE x>" + xml}),
    ),
    "no identity": (
        "not-ours",
        lambda data: repacked(
            edited(data, lambda book: book.remove(book[IDENTITY_SHEET])), drop=["docProps/custom.xml"]
        ),
    ),
    "a kind that nobody knows": ("not-ours", lambda data: identified(data, kind="something")),
    "another layout": ("layout-differs", lambda data: identified(data, layout="99")),
}
"""Trouble -> its code, and how a workbook comes into it."""


@KINDS
@pytest.mark.parametrize("trouble", FILES)
def test_every_kind_is_refused_for_the_same_trouble_in_the_same_words(kind: str, trouble: str, tmp_path: Path) -> None:
    code, spoil = FILES[trouble]
    error = tried(kind, spoil(SORTS[kind].write()), tmp_path)
    assert (type(error), error.code) == (UsageFault, SORTS[kind].unreadable)
    found: Any = error.parameters["trouble"]
    assert found.code == code
    for language, text in zip(LANGUAGES, said(error), strict=True):
        assert sentence("books", code, language, **found.parameters) in text
        assert "{" not in text


@KINDS
def test_the_offices_workbooks_are_taken_whole_or_not_at_all(kind: str, tmp_path: Path) -> None:
    """What is read of a department's form, and told, is not enough of a workbook that the office fills."""
    bare = edited(SORTS[kind].write(), lambda book: book.remove(book[IDENTITY_SHEET]))
    for data, code in ((bare, "not-ours"), (as_xlsb(SORTS[kind].write()), "other-format")):
        error = tried(kind, data, tmp_path)
        assert (type(error), error.code) == (UsageFault, SORTS[kind].unreadable)
        found: Any = error.parameters["trouble"]
        assert found.code == code
        assert all("{" not in text for text in said(error))


@pytest.mark.parametrize("given", [*SORTS, "template"])
@KINDS
def test_a_workbook_of_another_kind_is_named_with_its_place(kind: str, given: str, tmp_path: Path) -> None:
    if kind == given:
        return
    data = filled("secrecy") if given == "template" else SORTS[given].write()
    error = tried(kind, data, tmp_path)
    assert error.code == SORTS[kind].unreadable
    code = "own-template" if given == "template" else SORTS[given].misplaced
    assert error.parameters["trouble"].code == code  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", MISPLACED)
def test_every_kind_of_ours_can_be_named_in_both_languages(kind: str) -> None:
    assert all(sentence("books", MISPLACED[kind], language) for language in LANGUAGES)


def test_a_misplaced_workbook_is_told_at_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(SORTS["roster"].write())
    assert run_cli(["--lang", "zh", "make-templates", "--assignment", str(path), "--out", str(tmp_path / "out")]) == 2
    assert "它是名册" in capsys.readouterr().err
    assert run_cli(["--lang", "en", "catalog", "import", str(path), "--out", str(tmp_path / "out")]) == 2
    assert "it is a roster" in capsys.readouterr().err


BOOKS: dict[str, dict[str, str]] = tomllib.loads(
    (resources.files("smartcity_xl.messages") / "books.toml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("code", BOOKS)
def test_a_trouble_says_the_same_in_both_languages(code: str) -> None:
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    assert set(BOOKS[code]) == set(LANGUAGES)
    assert places(BOOKS[code]["zh"]) == places(BOOKS[code]["en"])


def test_every_reason_to_refuse_a_file_has_words() -> None:
    import ast

    import smartcity_xl.books as books

    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in Path(str(books.__file__)).parent.glob("*.py")]
    codes = {
        node.args[0].value for tree in trees for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused" and node.args
        and isinstance(node.args[0], ast.Constant)
    }  # fmt: skip
    assert len(codes) > 6
    assert codes <= BOOKS.keys()


# --- the sheets --------------------------------------------------------------------------------------------------


def on(kind: str, change: Callable[[Any], object]) -> Callable[[], bytes]:
    """A workbook whose sheet that counts was changed."""
    return lambda: edited(SORTS[kind].write(), lambda book: change(book[SORTS[kind].sheet]))


def column_at(sheet: Any, name: str) -> int:
    return next(cell.column for cell in sheet[1] if cell.value == name)


def copy_column(sheet: Any, name: str) -> None:
    """A column of ours once more, at the end, with something else in it."""
    last = sheet.max_column + 1
    sheet.cell(1, last).value = name
    sheet.cell(sheet.max_row, last).value = "另一个"


def remove(sheet: Any, _: str) -> None:
    sheet.parent.create_sheet("其他")  # a workbook must show one
    sheet.parent.remove(sheet)


SHEETS: Mapping[str, tuple[str, Callable[[Any, str], object]]] = {
    "a sheet that is gone": ("sheet-missing", remove),
    "a sheet that stands twice": ("sheet-twice", lambda sheet, _: sheet.parent.copy_worksheet(sheet)),
    "a hidden first row that was deleted": ("sheet-unmarked", lambda sheet, _: sheet.delete_rows(1)),
    "a hidden first column that was deleted": ("sheet-unmarked", lambda sheet, _: sheet.delete_cols(1)),
    "a mark that was cleared": ("sheet-unmarked", lambda sheet, _: setattr(sheet["A1"], "value", None)),
    "a column that is gone": (
        "column-missing", lambda sheet, name: setattr(sheet.cell(1, column_at(sheet, name)), "value", None)
    ),
    "a column that stands twice": ("column-copied", copy_column),
    "a hidden first row that stands twice": (
        "marker-again", lambda sheet, _: setattr(sheet.cell(sheet.max_row + 1, 1), "value", sheet["A1"].value)
    ),
}  # fmt: skip
"""Trouble -> its code, and how a sheet comes into it."""


@KINDS
@pytest.mark.parametrize("trouble", SHEETS)
def test_every_kind_tells_the_same_of_a_sheet(kind: str, trouble: str, tmp_path: Path) -> None:
    code, spoil = SHEETS[trouble]
    error = tried(kind, on(kind, lambda sheet: spoil(sheet, SORTS[kind].column))(), tmp_path)
    assert isinstance(error, FaultyFile)
    assert [fault.code for fault in error.faults] == [code]  # type: ignore[attr-defined]
    for fault in error.faults:
        assert all(fault.words(language) and "{" not in fault.words(language) for language in LANGUAGES)


@KINDS
def test_what_lies_too_far_out_is_told(kind: str, tmp_path: Path) -> None:
    error = tried(kind, on(kind, lambda sheet: setattr(sheet.cell(20_000, 2), "value", "远"))(), tmp_path)
    assert isinstance(error, FaultyFile)
    found = {(fault.where, fault.code) for fault in error.faults}  # type: ignore[attr-defined]
    assert (f"{SORTS[kind].sheet}!B20000", "cell-far") in found


@KINDS
def test_sheets_may_be_renamed_and_stand_in_another_order(kind: str, tmp_path: Path) -> None:
    def shuffle(book: Any) -> None:
        for number, sheet in enumerate(book.worksheets):
            if sheet.title != IDENTITY_SHEET:
                sheet.title = f"表{number}"
        book._sheets.reverse()

    def outcome_of(data: bytes) -> object:
        path = tmp_path / "a.xlsx"
        path.write_bytes(data)
        try:
            return SORTS[kind].read(path)
        except FaultyFile as error:
            return sorted(fault.code for fault in error.faults)  # type: ignore[attr-defined]

    def told(read: object) -> str:
        return str(read) if isinstance(read, list) else type(read).__name__

    data = SORTS[kind].write()
    assert told(outcome_of(edited(data, shuffle))) == told(outcome_of(data))


# --- a department's workbook, in the inbox and by itself ---------------------------------------------------------


@pytest.mark.parametrize("trouble", FILES)
def test_a_departments_workbook_is_refused_with_the_same_codes(trouble: str) -> None:
    code, spoil = FILES[trouble]
    with pytest.raises(Refused) as refused:
        open_workbook(parcel(spoil(filled("secrecy", leak_events=1))))
    assert refused.value.code == code


@pytest.mark.parametrize("given", SORTS)
def test_another_workbook_of_ours_in_the_inbox_is_put_aside_by_its_name(given: str, tmp_path: Path) -> None:
    files = {"a.xlsx": filled("secrecy", leak_events=1), "b.xlsx": SORTS[given].write()}
    receipts = {one.parcel: one for one in assess(put(tmp_path, files)).receipts}
    told = receipts["b.xlsx"]
    assert (told.status, [finding.code for finding in told.findings]) == ("ignored", [SORTS[given].misplaced])


def codes_of(edit: Callable[[Any], object]) -> Sequence[str]:
    data = edited(filled("secrecy", leak_events=1), edit)
    return [finding.code for finding in read_submission(open_workbook(parcel(data)), CATALOG, ASSIGNMENT).findings]


@pytest.mark.parametrize("sheet", ["figures", "evidence", "cover"])
@pytest.mark.parametrize("lost", ["row", "column", "mark"])
def test_a_sheet_of_a_department_without_its_marks_is_told_as_that(sheet: str, lost: str) -> None:
    def lose(book: Any) -> None:
        found = book[label(f"sheet.{sheet}")]
        if lost == "row":
            found.delete_rows(1)
        elif lost == "column":
            found.delete_cols(1)
        else:
            assert str(found["A1"].value).startswith(MARKER)
            found["A1"].value = None

    told = {"row": "map-row-missing", "column": "map-column-missing", "mark": "sheet-unmarked"}
    assert codes_of(lose) == [told[lost]]


@pytest.mark.parametrize("name", ["value", "unit", "remark"])
def test_a_column_of_a_department_that_stands_twice_is_not_guessed(name: str) -> None:
    def edit(book: Any) -> None:
        copy_column(book[label("sheet.figures")], name)

    assert "column-copied" in codes_of(edit)


def test_a_column_that_stands_twice_with_the_same_content_does_no_harm() -> None:
    def edit(book: Any) -> None:
        sheet = book[label("sheet.figures")]
        at, last = column_at(sheet, "value"), sheet.max_column + 1
        for row in range(1, sheet.max_row + 1):
            sheet.cell(row, last).value = sheet.cell(row, at).value

    assert "column-copied" not in codes_of(edit)
    assert ISSUE.round
