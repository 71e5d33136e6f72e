"""Files of responses in every form that they come in."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from make_survey import write_csv
from questionnaires import ROWS, as_xlsx, loss_of, lost, responses, scored, small_form
from support import check_growth, put, with_cell

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import FaultyFile, ResponsesFault, UsageFault
from smartcity_xl.office.survey import grids, score
from smartcity_xl.run.surveys import score_survey

F = Fraction

# --- files of responses ------------------------------------------------------------------------------------------


def lines(separator: str, encoding: str) -> bytes:
    return "\r\n".join(separator.join(row) for row in ROWS).encode(encoding)


FORMATS = {
    "UTF-8": ("a.csv", write_csv(ROWS)), "UTF-8 with a mark": ("a.csv", write_csv(ROWS, "utf-8-sig")),
    "GBK": ("a.csv", write_csv(ROWS, "gbk")), "UTF-16 with tabs": ("a.txt", lines("\t", "utf-16")),
    "semicolons": ("a.csv", lines(";", "utf-8")),
    "an old Mac's line ends": ("a.csv", write_csv(ROWS).replace(b"\r\n", b"\r")),
    "a workbook": ("a.xlsx", as_xlsx(ROWS)), "a workbook that calls itself text": ("a.csv", as_xlsx(ROWS)),
    "titles above the headings": ("a.csv", write_csv([["2026 年市民体验调查"], [], *ROWS])),
    "titles in a workbook": ("a.xlsx", as_xlsx([["2026 年市民体验调查"], [], *ROWS])),
    "commas at the ends of lines": ("a.csv", write_csv([ROWS[0], *([*row, ""] for row in ROWS[1:])])),
    "headings in full-width signs, with blanks": ("a.csv", write_csv([["区 ", " 甲", "　乙"], *ROWS[1:]])),
    "numbers as text": ("a.xlsx", as_xlsx([ROWS[0], *([*row[:2], f" {row[2]}"] for row in ROWS[1:])])),
}  # fmt: skip


@pytest.mark.parametrize(("name", "data"), FORMATS.values(), ids=FORMATS)
def test_every_way_of_writing_responses_gives_the_same(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    result = scored(small_form(tmp_path, groups=("区",)), path)
    # 75, 100, and 0 on the second question alone
    assert (result.estimate.total, result.received) == (175, 3)
    assert [(one.value, one.estimate.total) for one in result.groups] == [("东城区", 75), ("西城区", 100)]


def test_several_files_are_laid_together_in_the_order_of_their_names(tmp_path: Path) -> None:
    path = small_form(tmp_path, respondent="号")
    second = responses(tmp_path, "号 甲 乙\n7 很满意 5\n9 一般 3", "b.csv")
    first = tmp_path / "a.xlsx"
    first.write_bytes(as_xlsx([["乙", "别的", "号", "甲"], [4, "x", 7, "满意"], [1, "y", 8, "很不满意"]]))
    result = scored(path, second, first)
    assert result.estimate.total == 75 + 0 + 50
    ((place, _, _),) = loss_of(result, "same-respondent").listed
    assert (place.file, place.row) == ("b.csv", 2)
    assert scored(path, first, second) == result


def test_a_loss_is_told_by_file_and_row(tmp_path: Path) -> None:
    path = small_form(tmp_path)
    file = tmp_path / "a.csv"
    file.write_bytes(write_csv([["调查"], ["甲", "乙"], ["满意", "4"], ["", ""], ["好极了", "4"], ["满意\n啊", "4"]]))
    listed = loss_of(scored(path, file), "impossible").listed
    assert [(place.row, question, given) for place, question, given in listed] == [
        (5, "甲", "好极了"), (6, "甲", "满意\n啊"),
    ]  # fmt: skip


def test_of_all_questions_together_no_more_losses_are_listed_than_a_list_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score, "LISTED", 3)
    file = responses(tmp_path, "甲 乙\n满意 9\n好 9\n坏 4\n满意 5")
    lost = loss_of(scored(small_form(tmp_path), file), "impossible")
    assert (lost.number, [question for _, question, _ in lost.listed]) == (4, ["甲", "甲", "乙"])


def test_only_responses_that_count_are_counted_as_nameless(tmp_path: Path) -> None:
    file = responses(tmp_path, "号 甲 乙\n1 满意 4\n- 满意 4\n- - -\n- x x")
    assert scored(small_form(tmp_path, respondent="号"), file).nameless == 1


def xml_cell(data: bytes, cell: str, xml: str) -> bytes:
    return with_cell(data, cell, xml, "xl/worksheets/sheet1.xml")


def test_an_error_or_a_formula_without_result_is_no_blank(tmp_path: Path) -> None:
    data = as_xlsx([["甲", "乙"], ["满意", "3"], ["满意", "3"], ["满意", "3"]])
    data = xml_cell(data, "B2", '<c r="B2" t="e"><v>#N/A</v></c>')
    data = xml_cell(data, "B3", '<c r="B3"><f>1+2</f></c>')
    data = xml_cell(data, "B4", '<c r="B4"><f>1+2</f><v>3</v></c>')
    file = tmp_path / "a.xlsx"
    file.write_bytes(data)
    result = scored(small_form(tmp_path), file)
    assert (lost(result), result.estimate.total) == ({"impossible": 2}, 75 + 75 + F("62.5"))


def far_cell(data: bytes) -> bytes:
    return xml_cell(data, "C4", '<c r="C4"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c>')


OLE_ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "EncryptedPackage\0".encode("utf-16-le")
FILE_FAULTS: dict[str, tuple[str, str, dict[str, bytes]]] = {
    "a column that is not there": ("题目!B7", "column-absent", {"a.csv": write_csv([["甲"], ["满意"]])}),
    "a column of nearly this name": ("题目!B6", "column-near", {"a.csv": write_csv([["甲甲", "乙"], ["满意", "4"]])}),
    "two columns of this name": (
        "题目!B6", "column-twice", {"a.csv": write_csv([["甲", "乙", "甲"], ["满意", "4", "一般"]])},
    ),
    "no headings at all": ("题目!B6", "column-absent", {"a.csv": b"1,2\r\n3,4\r\n"}),
    "an empty file": ("a.csv", "empty-file", {"a.csv": b""}),
    "a damaged workbook": ("a.xlsx", "responses-damaged", {"a.xlsx": as_xlsx(ROWS)[:800]}),
    "a PDF": ("a.csv", "not-a-workbook", {"a.csv": b"%PDF-1.4 ..."}),
    "a page of a browser": ("a.xls", "not-a-workbook", {"a.xls": b"<html><table></table></html>"}),
    "an old workbook": ("a.xls", "old-workbook", {"a.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600}),
    "a workbook with a password": ("a.xlsx", "encrypted", {"a.xlsx": OLE_ENCRYPTED}),
    "an archive": ("a.rar", "archive", {"a.rar": b"Rar!\x1a\x07\x00"}),
    "a row with more cells than headings": ("a.csv", "responses-ragged", {"a.csv": "甲,乙\n满意,4,1\n".encode()}),
    "a row with many more": ("a.csv", "responses-ragged", {"a.csv": "甲,乙\n满意,4\n满意,4,1,2\n".encode()}),
    "a quotation mark left open": ("a.csv", "responses-quote", {"a.csv": '甲,乙\n"满意,4\n满意,4\n'.encode()}),
    "no encoding": ("a.csv", "responses-encoding", {"a.csv": "甲,乙\n".encode() + b"\xff\xff,\xfe\n"}),
    "two sheets of responses": ("a.xlsx", "responses-sheets", {"a.xlsx": as_xlsx(ROWS, 2)}),
    "a cell at the end of the sheet": ("a.xlsx", "responses-far", {"a.xlsx": far_cell(as_xlsx(ROWS))}),
    "a sheet that no program writes": (
        "a.xlsx", "responses-odd", {"a.xlsx": xml_cell(as_xlsx(ROWS), "A2", "<c  r='A2'><v>1</v></c>")},
    ),
    "one of two files": ("b.csv", "empty-file", {"a.csv": write_csv(ROWS), "b.csv": b""}),
}  # fmt: skip


@pytest.mark.parametrize(("where", "code", "files"), FILE_FAULTS.values(), ids=FILE_FAULTS)
def test_a_file_that_cannot_be_used_is_named_and_nothing_is_written(
    tmp_path: Path, where: str, code: str, files: dict[str, bytes]
) -> None:
    path = small_form(tmp_path)
    folder = put(tmp_path / "in", files)
    with pytest.raises(FaultyFile) as caught:
        scored(path, *(folder / name for name in files))
    assert (where, code) in [(fault.where, fault.code) for fault in caught.value.faults]  # type: ignore[attr-defined]
    assert all("{" not in fault.words(language) for fault in caught.value.faults for language in ("zh", "en"))
    assert isinstance(caught.value, ResponsesFault)
    assert not (tmp_path / "市民体验得分.xlsx").exists()


@pytest.mark.parametrize("portion", [1, 7, 5_000])
@pytest.mark.parametrize(("last", "code"), [("8,一般,3,1,2", "responses-ragged"), ('8,"一般,3', "responses-quote")])
def test_what_is_told_of_a_file_does_not_hang_on_where_a_portion_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str, code: str, portion: int
) -> None:
    monkeypatch.setattr(grids, "_PORTION", portion)
    monkeypatch.setattr(grids, "_WIDE", 0)
    file = tmp_path / "a.csv"
    file.write_text(
        "\n".join(["号,甲,乙", *["1E+15,满意,4"] * 2, *["7,满意,4"] * 3, last, "9,满意,4"]), encoding="utf-8"
    )
    with pytest.raises(ResponsesFault) as caught:
        scored(small_form(tmp_path, respondent="号"), file)
    told = [(fault.code, fault.parameters["row"]) for fault in caught.value.faults]  # type: ignore[attr-defined]
    assert told == [("respondent-cut", "2"), (code, "7")]


@pytest.mark.parametrize("identity", ["888888888888881234", "8.88889E+17"], ids=["a number", "its text"])
def test_ids_that_lost_their_end_are_refused(tmp_path: Path, identity: str) -> None:
    """A spreadsheet keeps 15 digits: two people of one county would become one."""
    file = tmp_path / "a.xlsx"
    file.write_bytes(as_xlsx([["号", "甲", "乙"], [identity, "满意", "4"]]))
    with pytest.raises(FaultyFile) as caught:
        scored(small_form(tmp_path, respondent="号"), file)
    (fault,) = caught.value.faults
    assert (fault.code, fault.where) == ("respondent-cut", "说明!C15")  # type: ignore[attr-defined]


def test_a_column_that_is_no_group_is_refused(tmp_path: Path) -> None:
    rows = "\n".join(["号 甲 乙", *(f"{number} 满意 4" for number in range(201))])
    with pytest.raises(FaultyFile) as caught:
        scored(small_form(tmp_path, groups=("号",)), responses(tmp_path, rows))
    assert [fault.code for fault in caught.value.faults] == ["group-many"]  # type: ignore[attr-defined]


def test_the_same_file_twice_is_refused(tmp_path: Path) -> None:
    first, second = (responses(tmp_path, "甲 乙\n满意 4", name) for name in ("a.csv", "b.csv"))
    with pytest.raises(UsageFault, match="survey-file-twice"):
        scored(small_form(tmp_path), first, second)


def test_no_response_that_counts_is_told_with_the_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, file = small_form(tmp_path), responses(tmp_path, "甲 乙\n好 9\n不清楚 -")
    out = tmp_path / "out.xlsx"
    assert run_cli(["--lang", "en", "survey", "score", str(path), str(file), "--out", str(out)]) == 2
    told = capsys.readouterr().err
    assert "Of 2 responses none counts: no valid answer 2" in told
    assert not out.exists()


@pytest.mark.parametrize("given", ["调查问卷.xlsx", "答卷.csv"])
def test_the_results_never_replace_what_they_come_from(tmp_path: Path, given: str) -> None:
    path, file = small_form(tmp_path), responses(tmp_path, "甲 乙\n满意 4")
    before = (tmp_path / given).read_bytes()
    with pytest.raises(UsageFault, match="survey-out-is-input"):
        score_survey(path, [file], tmp_path / given, overwrite=True)
    assert (tmp_path / given).read_bytes() == before


def test_time_grows_with_the_number_of_responses(tmp_path: Path) -> None:
    path = small_form(tmp_path, respondent="号")

    def work(size: int) -> None:
        rows = [["号", "甲", "乙"], *([str(n), "满意", str(1 + n % 5)] for n in range(size))]
        (tmp_path / "a.csv").write_bytes(write_csv(rows))
        assert scored(path, tmp_path / "a.csv").received == size

    check_growth(work, 2_000)
