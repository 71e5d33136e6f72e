"""The results as tables, as frames and in files: declared columns and types, exact numbers, nothing lost, nobody
named."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from front_door import files_below, say
from hypothesis import given
from hypothesis import strategies as st
from make_samples import fill_workbook
from msgspec.structs import replace
from tiny_round import FIRST, KEY, SECOND, assignment, system

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import UsageFault
from smartcity_xl.form.template import Issue
from smartcity_xl.messages import LANGUAGES, label
from smartcity_xl.results import read_results
from smartcity_xl.results.columns import COLUMNS, PEOPLE, ColumnType, word_column, word_table, word_unit
from smartcity_xl.results.csv_text import guard, unguard, write_csv
from smartcity_xl.results.parquet import parquet_type, write_parquet
from smartcity_xl.results.tables import DataTable, Datum, NamedResults, make_tables, read_tables

INBOX = Path(__file__).parent.parent / "samples" / "inbox"
DUCK = {ColumnType.TEXT: "VARCHAR", ColumnType.WHOLE: "BIGINT", ColumnType.TRUTH: "BOOLEAN"}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tables")
    run_cli(["collect", str(INBOX), "--out", str(out)])
    return out / "results.json"


@pytest.fixture(scope="module")
def tables(results: Path) -> Mapping[str, DataTable]:
    return {one.name: one for one in make_tables([NamedResults("results.json", read_results(results))], contacts=True)}


# --- frames ----------------------------------------------------------------------------------------------------------


def test_every_table_has_the_columns_it_declares(results: Path) -> None:
    declared = {name: [column.name for column in columns] for name, columns in COLUMNS.items()}
    assert {name: list(table.columns) for name, table in read_tables(results, contacts=True).items()} == declared
    assert set(read_tables(results)) == set(declared) - {PEOPLE}


def test_numbers_are_exact_and_nothing_is_lost(results: Path) -> None:
    tables, document = read_tables(results), json.loads(results.read_text(encoding="utf-8"))
    assert len(tables["indicators"]) == 53
    assert len(tables["findings"]) == len(document["findings"])
    assert len(tables["files"]) == len(document["files"])
    scored = tables["indicators"].dropna(subset=["score"])
    assert all(isinstance(score, Decimal) for score in scored["score"])
    # The points of single indicators are not rounded; the total is, at every level, and drifts by a little.
    assert abs(sum(scored["worth"]) - Decimal(document["total"]["score"])) < Decimal("0.1")
    city = tables["cities"].iloc[0]
    assert (city["total"], city["ceiling"], city["final"]) == (Decimal("63.43"), Decimal("73.10"), False)


def test_every_cell_is_of_the_type_that_its_column_declares(tables: Mapping[str, DataTable]) -> None:
    types = {ColumnType.TEXT: str, ColumnType.WHOLE: int, ColumnType.DECIMAL: Decimal, ColumnType.TRUTH: bool}
    for table in tables.values():
        for column, cells in zip(table.columns, zip(*table.rows, strict=True), strict=False):
            assert {type(cell) for cell in cells} <= {types[column.type], type(None)}, (table.name, column.name)


def test_a_text_that_looks_like_a_missing_value_stays_text(results: Path) -> None:
    answers = read_tables(results)["answers"]
    assert set(answers.loc[answers["state"] == "not-applicable", "raw"]) == {"不适用"}
    assert answers["raw"].map(type).eq(str).all()


def test_a_table_figure_gives_a_row_for_each_cell(results: Path) -> None:
    answers = read_tables(results)["answers"]
    hospitals = answers[answers["key"].str.startswith("tertiary_hospitals.")]
    assert len(hospitals) == 10
    assert hospitals["cell"].str.len().gt(0).all()
    assert hospitals["row"].str.len().gt(0).all()
    assert set(hospitals["value_unit"]) == {"次", "人次"}


def test_several_results_are_told_apart_by_their_number(results: Path) -> None:
    one, two = read_tables(results), read_tables(results, results)
    for name, table in one.items():
        assert len(two[name]) == 2 * len(table)
        assert set(two[name]["run"]) <= {1, 2}
    assert list(two["cities"]["run"]) == [1, 2]


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text('{"schema": "something/2"}', encoding="utf-8")
    with pytest.raises(ValueError, match="xlscore-results/1"):
        read_tables(path)


# --- CSV -------------------------------------------------------------------------------------------------------------


def from_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_a_csv_holds_the_table_as_text_without_exponents_and_opens_in_excel(tables: Mapping[str, DataTable]) -> None:
    for table in tables.values():
        data = write_csv(table)
        assert data.startswith(b"\xef\xbb\xbf"), "the mark by which Excel knows UTF-8"
        head, *rows = from_csv(data)
        assert head == [column.name for column in table.columns]
        assert [[unguard(cell) for cell in row] for row in rows] == [
            [shown(cell) for cell in row] for row in table.rows
        ]


def shown(cell: Datum) -> str:
    if isinstance(cell, bool):
        return str(cell).upper()
    return "" if cell is None else f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def test_pandas_reads_the_csv_back_as_the_frames_are(results: Path, tmp_path: Path) -> None:
    frames = read_tables(results)
    assert run_cli(["export", str(results), "--out", str(tmp_path)]) == 0
    for name, frame in frames.items():
        back = pd.read_csv(tmp_path / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
        told = frame.map(lambda cell: guard(cell) if isinstance(cell, str) else shown(cell))
        pd.testing.assert_frame_equal(back.astype(object), told.astype(object), check_dtype=False)


FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r1", "＝1+1", "－1", " =1", "'=1", "''@x", "\n=2")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_a_program_could_evaluate_is_guarded_and_comes_back(text: str) -> None:
    assert guard(text) == f"'{text}"
    assert unguard(guard(text)) == text


@pytest.mark.parametrize("text", ["", "a=b", "1-2", "'", "'a", "“=”", "2018-12-31", "县=市"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert guard(text) == text == unguard(text)


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n ＝a\",")))
def test_any_text_comes_back(text: str) -> None:
    assert unguard(guard(text)) == text
    column = COLUMNS["answers"][5]
    data = write_csv(DataTable("t", (column, column), ((text, None),)))
    assert [unguard(cell) for cell in from_csv(data)[1]] == [text, ""]


def test_no_cell_of_an_export_begins_a_formula_though_names_and_answers_do(results: Path, tmp_path: Path) -> None:
    record = read_results(results)
    hostile = replace(
        record, city='=cmd|"/c calc"!A1',
        files=tuple(replace(one, file=f"=HYPERLINK({number})") for number, one in enumerate(record.files)),
    )  # fmt: skip
    for table in make_tables([NamedResults("x", hostile)]):
        for row in from_csv(write_csv(table))[1:]:
            assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for cell in row)


# --- Parquet ---------------------------------------------------------------------------------------------------------


def test_another_reader_finds_the_parquet_as_the_dictionary_says(results: Path, tmp_path: Path) -> None:
    """Read by DuckDB, which shares no code with the writer: types, every value, and the units in the dictionary."""
    assert run_cli(["export", str(results), "--out", str(tmp_path), "--parquet", "--contacts"]) == 0
    dictionary = read_dictionary(tmp_path)
    for table in make_tables([NamedResults("x", read_results(results))], contacts=True):
        path = str(tmp_path / f"{table.name}.parquet")
        found = duckdb.sql("select * from read_parquet(?)", params=[path])
        for column, kind in zip(table.columns, found.types, strict=True):
            told = dictionary[table.name, column.name]
            assert str(kind) == (DUCK.get(column.type) or told["parquet"].replace(" ", "").replace(",", ",")), column
            assert told["unit_en"] == word_unit(column, "en")
        rows = [tuple(row) for row in found.fetchall()]
        names = [column.name for column in table.columns]
        source = names.index("source") if "source" in names else None  # how the file was named
        assert [drop(row, source) for row in rows] == [drop(row, source) for row in table.rows]


def drop(row: tuple[Any, ...], at: int | None) -> tuple[Any, ...]:
    return row if at is None else (*row[:at], *row[at + 1 :])


def read_dictionary(folder: Path) -> dict[tuple[str, str], dict[str, str]]:
    head, *rows = from_csv((folder / label("file.dictionary")).read_bytes())
    return {(row[0], row[1]): dict(zip(head, row, strict=True)) for row in rows}


def test_the_frames_that_pandas_makes_of_the_parquet_hold_the_same_decimals(results: Path, tmp_path: Path) -> None:
    assert run_cli(["export", str(results), "--out", str(tmp_path), "--parquet"]) == 0
    frame = pd.read_parquet(tmp_path / "indicators.parquet")
    same = read_tables(results)["indicators"]
    assert [one for one in frame["worth"] if one is not None] == [one for one in same["worth"] if one is not None]
    assert {type(one) for one in frame["worth"]} <= {Decimal, type(None)}


@pytest.mark.parametrize(
    ("number", "kind"),
    [("1.5", "DECIMAL(38, 18)"), ("12345678901234567890.123456789012345678", "DECIMAL(38, 18)"),
     ("0.1234567890123456789012345", "DECIMAL(38, 25)"), ("123456789012345678901", "STRING"),
     ("-99999999999999999999", "DECIMAL(38, 18)")],
    ids=["few digits", "just as many as fit", "more after the point", "more before the point", "below nothing"],
)  # fmt: skip
def test_no_digit_of_a_number_is_lost_in_parquet(number: str, kind: str) -> None:
    column = next(one for one in COLUMNS["figures"] if one.name == "value")
    table = DataTable("figures", (column,), ((Decimal(number),), (None,)))
    assert str(parquet_type(table, column)) == kind
    import pyarrow.parquet

    held = pyarrow.parquet.read_table(io.BytesIO(write_parquet(table)))["value"].to_pylist()
    assert [held[0] if kind == "STRING" else Decimal(held[0]), held[1]] == [
        number if kind == "STRING" else Decimal(number), None
    ]  # fmt: skip


def test_without_pyarrow_the_csv_is_written_and_parquet_says_what_to_install(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for language, remedy in (("zh", "不加 --parquet"), ("en", "leave out --parquet")):
        said = say(capsys, "export", results, "--out", tmp_path, "--parquet", language=language)
        assert said.code == 2
        assert "smartcity-xl[parquet]" in said.err
        assert remedy in said.err
    assert files_below(tmp_path) == set(), "nothing is half written"
    assert say(capsys, "export", results, "--out", tmp_path).code == 0


# --- the dictionary --------------------------------------------------------------------------------------------------


def test_every_table_and_column_is_worded_in_both_languages() -> None:
    for language in LANGUAGES:
        for table, columns in COLUMNS.items():
            assert word_table(table, language)
            assert all(word_column(table, column, language) for column in columns)
            assert all(word_unit(one, language) for one in columns if one.type is ColumnType.DECIMAL)


def test_the_pages_name_every_table_and_column() -> None:
    page = (Path(__file__).parent.parent / "docs" / "export.md").read_text(encoding="utf-8")
    for table, columns in COLUMNS.items():
        assert f"`{table}`" in page
        assert [column.name for column in columns if f"`{column.name}`" not in page] == []


# --- people ----------------------------------------------------------------------------------------------------------

CONTACTS = {"leader.name": "赵演甲", "leader.phone": "0379-0000-0011", "contact.name": "钱演乙",
            "contact.phone": "0379-0000-0012", "contact.mail": "jia@example.com"}  # fmt: skip


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A round in which departments name people, one of them in the name of its file and in an answer too."""
    home = tmp_path_factory.mktemp("peopled")
    inbox = home / "inbox"
    inbox.mkdir()
    for name in (FIRST, SECOND):
        key = next(one.key for one in assignment().departments.values() if one.name == name)
        answers: dict[str, Any] = {"all": 100, "done": "请问钱演乙 0379-0000-0012"}
        given = {"answers": answers, "people": CONTACTS if name == FIRST else {}}
        data = fill_workbook(system()[0], assignment(), key, Issue("2026", "清溪县", "2026-12-31", key=KEY), given)
        (inbox / f"{name} {'钱演乙' if name == FIRST else ''}.xlsx").write_bytes(data)
    book, folder = home / "分工.xlsx", home / "tiny"
    from tiny_round import put_system

    put_system(home)
    assert run_cli(["collect", str(inbox), "--out", str(home / "out"), "--catalog", str(folder), "--assignment",
                    str(book), "--no-campaign"]) in (0, 1)  # fmt: skip
    return home / "out"


def test_nobody_is_named_unless_it_is_asked_for(peopled: Path, tmp_path: Path) -> None:
    held = (peopled / "results.json").read_text(encoding="utf-8")
    assert all(word in held for word in CONTACTS.values()), "the record does name them"
    for flag, there in (((), False), (("--contacts",), True)):
        out = tmp_path / str(there)
        assert run_cli(["export", str(peopled), "--out", str(out), "--parquet", *flag]) == 0
        text = b"".join(path.read_bytes() for path in sorted(out.glob("*.csv"))).decode("utf-8-sig")
        told = str(
            [duckdb.sql("from read_parquet(?)", params=[str(path)]).fetchall() for path in out.glob("*.parquet")]
        )
        for word in CONTACTS.values():
            assert (word in text) is there, word
            assert (word in told) is there, word
        assert (out / "people.csv").exists() is there


def test_an_export_is_the_same_bytes_every_time_and_does_not_overwrite_unasked(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("export", results, "--out", tmp_path, "--parquet")
    assert say(capsys, *words).code == 0
    before = {name: (tmp_path / name).read_bytes() for name in files_below(tmp_path)}
    assert say(capsys, *words).code == 0
    assert before == {name: (tmp_path / name).read_bytes() for name in files_below(tmp_path)}
    (tmp_path / "cities.csv").write_bytes(b"mine")
    refused = say(capsys, *words)
    assert (refused.code, (tmp_path / "cities.csv").read_bytes()) == (2, b"mine")
    assert say(capsys, *words, "--overwrite").code == 0


def test_results_that_are_nowhere_are_told() -> None:
    from smartcity_xl.run.records import find_results

    with pytest.raises(UsageFault, match="results-unnamed"):
        find_results("export", ())
    with pytest.raises(UsageFault, match="results-missing"):
        find_results("export", [Path("nowhere")])
