"""A program of somebody else's, which a checker of types holds against the installed wheel: ``mypy --strict``."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import smartcity_xl as xl


def total_of(inbox: Path) -> str | None:
    (record,) = xl.assess(inbox)
    return record.total.score if record.total else None


def score(figures: dict[str, int | Decimal]) -> Fraction | None:
    catalog: xl.Catalog = xl.load_catalog("cn-2018")
    scores: xl.Scores = xl.score_figures(catalog, dict(figures))
    return scores.total


def difference(results: str) -> str:
    tried: xl.TriedSystem = xl.what_if(results, {"gov_items_ecert": 100})
    return tried.total.difference if tried.total else ""


def tables(*results: Path) -> list[str]:
    first, *more = results
    return list(xl.read_tables(first, *more))


def write(results: list[Path], out: Path) -> list[Path]:
    done: xl.Written = xl.export_tables(results, out, overwrite=True)
    report = xl.write_report(results, out, only="page")
    runs = [run.total for one in xl.compare(results) for run in one.runs]
    assert runs
    return [*done.written, *report.written]


def words(error: xl.XlscoreError) -> str:
    return xl.word_error(error, "en")
