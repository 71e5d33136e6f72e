"""The results as pandas tables: declared columns, exact numbers, nothing lost."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from smartcity_xl.cli import run_cli
from smartcity_xl.results.tables import COLUMNS, read_tables

INBOX = Path(__file__).parent.parent / "samples" / "inbox"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tables")
    run_cli(["collect", str(INBOX), "--out", str(out)])
    return out / "results.json"


def test_every_table_has_the_columns_it_declares(results: Path) -> None:
    tables = read_tables(results)
    assert {name: tuple(table.columns) for name, table in tables.items()} == dict(COLUMNS)


def test_numbers_are_exact_and_nothing_is_lost(results: Path) -> None:
    tables, document = read_tables(results), json.loads(results.read_text(encoding="utf-8"))
    assert len(tables["indicators"]) == 53
    assert len(tables["findings"]) == len(document["findings"])
    assert len(tables["files"]) == len(document["files"])
    scored = tables["indicators"].dropna(subset=["score"])
    assert all(isinstance(score, Decimal) for score in scored["score"])
    # The points of single indicators are not rounded; the total is, at every level, and drifts by a little.
    assert abs(sum(scored["worth"]) - Decimal(document["total"]["score"])) < Decimal("0.1")


def test_a_text_that_looks_like_a_missing_value_stays_text(results: Path) -> None:
    answers = read_tables(results)["answers"]
    assert set(answers.loc[answers["state"] == "not-applicable", "raw"]) == {"不适用"}
    assert answers["raw"].map(type).eq(str).all()


def test_a_table_figure_gives_a_row_for_each_cell(results: Path) -> None:
    answers = read_tables(results)["answers"]
    hospitals = answers[answers["key"].str.startswith("tertiary_hospitals.")]
    assert len(hospitals) == 10
    assert hospitals["cell"].str.len().gt(0).all()


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text('{"schema": "something/2"}', encoding="utf-8")
    with pytest.raises(ValueError, match="xlscore-results/1"):
        read_tables(path)
