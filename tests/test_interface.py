"""What a Python program calls: the page that tells of it runs, and the jobs come to what the commands come to."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_round import put_system
from whole_cities import CITY, COUNTIES

import smartcity_xl as xl
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import FiguresFault, UsageFault
from smartcity_xl.interface import jobs
from smartcity_xl.interface.figures import Value
from smartcity_xl.messages import LANGUAGES
from smartcity_xl.model import Catalog, Kind, RatioAboveOne, Standing
from smartcity_xl.results.shown import two

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


def test_the_page_for_programs_runs_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    written = "\n".join(re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
    ran = subprocess.run([sys.executable, "-c", written], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_the_page_names_all_that_is_exported() -> None:
    functions = {name for name in xl.__all__ if name[0].islower()}
    named = set(re.findall(r"`(\w+)\(", PAGE))
    assert functions <= named
    assert all(getattr(xl, name) is not None and name in dir(xl) for name in xl.__all__)


def test_what_is_not_exported_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'score_everything'"):
        _ = xl.score_everything  # type: ignore[attr-defined]


def test_importing_the_package_loads_none_of_it() -> None:
    told = "import smartcity_xl, sys; print([m for m in sys.modules if m.startswith('smartcity_xl')])"
    shown = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "['smartcity_xl']"


def test_jobs_in_threads_are_done_one_after_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    begun: list[Path] = []

    def job(inbox: Path, **_: object) -> None:
        begun.append(inbox)
        time.sleep(0.05)
        assert begun.pop() == inbox
        done.append(inbox)
        raise UsageFault("no-inbox", path=str(inbox))

    done: list[Path] = []
    monkeypatch.setattr(jobs, "assess_inbox", job)
    inboxes = [tmp_path / f"{number}" for number in range(4)]
    with ThreadPoolExecutor(4) as threads:
        errors = [one.exception() for one in [threads.submit(xl.assess, inbox) for inbox in inboxes]]
    assert (sorted(done), {type(error) for error in errors}) == (inboxes, {UsageFault})


# --- figures ---------------------------------------------------------------------------------------------------------


def as_given(catalog: Catalog, given: Mapping[str, str], ticked: Mapping[str, list[str]]) -> dict[str, Value]:
    """A city of a case file, as a program would have it: numbers in many types."""
    makers = (int, float, Decimal, np.int64, np.float64, Fraction, str)
    values: dict[str, Value] = {}
    for number, slot in enumerate(one for one in catalog.slots.values() if one.fixed is None):
        if slot.figure in ticked:
            values[slot.key] = slot.key.partition(".")[2] in ticked[slot.figure]
        elif slot.kind is Kind.CHOICE:
            values[slot.key] = given[slot.key]
        elif slot.kind is Kind.YESNO:
            values[slot.key] = bool(int(given[slot.key]))
        elif slot.kind is Kind.SHARE:
            values[slot.key] = f"{given[slot.key]}%"
        else:
            make = makers[number % len(makers)]
            whole = Fraction(given[slot.key]).denominator == 1
            values[slot.key] = make(given[slot.key]) if whole or make not in (int, np.int64) else given[slot.key]
    return values


WHOLE: list[tuple[str, dict[str, Any]]] = [
    *(("gbt33356-2022-county", county) for county in COUNTIES),
    ("gbt33356-2022-city", CITY),
]


@pytest.mark.parametrize(
    ("system", "city"), WHOLE, ids=[f"{system} {city.get('name', 'a whole city')}" for system, city in WHOLE]
)
def test_a_whole_city_comes_to_what_was_worked_by_hand(system: str, city: dict[str, Any]) -> None:
    catalog = xl.load_catalog(system)
    scores = xl.score_figures(catalog, as_given(catalog, city["given"], city.get("ticked", {})))
    assert (scores.final, two(scores.total)) == (True, city["total"])


def test_an_exact_number_is_taken_with_all_its_digits() -> None:
    catalog = xl.load_catalog("cn-2018")

    def mark(value: Value) -> Fraction | None:
        figures = {"gov_items_total": 3, "gov_items_ecert": value}
        return next(xl.score_figures(catalog, figures).indicators).mark

    assert mark(np.int64(2)) == mark(2) == mark(2.0) == mark(Decimal(2)) == mark(Fraction(2)) == mark("2 项")


ROW: dict[str, Value] = {"record_reads": 1, "outpatient_visits": 2}
REFUSED: list[tuple[str, Mapping[str, Value | None], Mapping[str, list[dict[str, Value]]], str]] = [
    ("a number out of range", {"gov_items_total": -1}, {}, "is -1 项; expected: 0 to 100000"),
    ("no number at all", {"gov_items_total": float("nan")}, {}, "holds “nan”, which is no number"),
    ("a decimal that is none", {"gov_items_total": Decimal("NaN")}, {}, "which is no number"),
    ("part of a thing that is counted", {"gov_items_total": Decimal("1.5")}, {}, "is 1.5 项"),
    ("a fraction without an end", {"gov_items_total": Fraction(1, 3)}, {}, "holds “(1/3)”"),
    ("a number for yes or no", {"traffic_platform_abilities.forecast": 1}, {}, "“1”"),
    ("a name that nobody knows", {"gov_item_total": 1}, {}, "like it are: gov_items_total"),
    ("an indicator", {"L1P1-A1": 100}, {}, "is an indicator and no figure"),
    ("a blank", {"gov_items_total": " "}, {}, "has no value"),
    ("one figure twice", {"gov_items_total": 1, "政务服务事项总数": 2}, {}, "was given twice"),
    ("a table that is none", {}, {"hospitals": []}, "the tables of this system are: tertiary_hospitals"),
    ("a column that is none", {}, {"tertiary_hospitals": [{"reads": 1, **ROW}]}, "there is no column “reads”"),
    ("a column that is missing", {}, {"tertiary_hospitals": [{"record_reads": 1}]}, "“outpatient_visits” is missing"),
    ("a cell out of range", {}, {"tertiary_hospitals": [{"record_reads": 1, "outpatient_visits": -2}]}, "is -2 人次"),
    (
        "rows and their mean",
        {"tertiary_hospitals": "20%"},
        {"tertiary_hospitals": [{"record_reads": 1, "outpatient_visits": 2}]},
        "was given twice",
    ),
]


@pytest.mark.parametrize(("figures", "tables", "said"), [case[1:] for case in REFUSED], ids=[c[0] for c in REFUSED])
def test_what_is_no_answer_is_refused_and_said(
    figures: Mapping[str, Value | None], tables: Mapping[str, list[dict[str, Value]]], said: str
) -> None:
    with pytest.raises(FiguresFault) as refused:
        xl.score_figures(xl.load_catalog("cn-2018"), figures, tables)
    assert said in xl.word_error(refused.value, "en")
    assert all(xl.word_error(refused.value, language).count("\n") == 1 for language in LANGUAGES)


def test_the_faults_of_tables_are_told_apart() -> None:
    tables: dict[str, list[dict[str, Value]]] = {"hospitals": [], "tertiary_hospitals": [{"reads": 1}]}
    with pytest.raises(FiguresFault) as refused:
        xl.score_figures(xl.load_catalog("cn-2018"), {}, tables)
    codes = [one.code for one in refused.value.faults if isinstance(one, Fault)]
    assert sorted(set(codes)) == ["given-column-missing", "given-column-unknown", "given-table-unknown"]


def test_what_is_left_out_or_none_is_missing_and_never_zero() -> None:
    catalog = xl.load_catalog("cn-2018")
    for figures in ({}, {"gov_items_total": None, "gov_items_ecert": 5}):
        first = next(xl.score_figures(catalog, figures).indicators)
        assert (first.standing, first.score) == (Standing.MISSING, None)


def test_the_settings_of_an_office_count() -> None:
    figures = {"gov_items_total": 3, "gov_items_ecert": 4}
    chosen = (xl.Settings(), xl.Settings(ratio_above_one=RatioAboveOne.LITERAL))
    marks = [next(xl.score_figures(xl.load_catalog("cn-2018", one), figures).indicators).mark for one in chosen]
    assert marks == [100, Fraction(400, 3)]


def test_a_system_of_ones_own_is_scored_by_its_folder(tmp_path: Path) -> None:
    put_system(tmp_path)
    catalog = xl.load_catalog(next(tmp_path.rglob("system.toml")).parent)
    assert two(xl.score_figures(catalog, {"all": 10, "done": 9, "open": "是"}).total) == "0.94"


# --- jobs ------------------------------------------------------------------------------------------------------------


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_templates_are_those_of_the_command(tmp_path: Path) -> None:
    words = ["--city", "云溪市", "--round", "2018", "--deadline", "2019-02-25"]
    assert run_cli(["make-templates", "--out", str(tmp_path / "typed"), *words]) == 0
    done = xl.make_templates(tmp_path / "called", city="云溪市", round_="2018", deadline="2019-02-25")
    assert files_in(tmp_path / "called") == files_in(tmp_path / "typed")
    assert len(done.written) == len(files_in(tmp_path / "called"))
    with pytest.raises(UsageFault, match="deadline-unreadable"):
        xl.make_templates(tmp_path / "never", deadline="soon")
    assert not (tmp_path / "never").exists()


def test_a_collection_is_that_of_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for path in sorted((ROOT / "samples" / "inbox").glob("*.xlsx"))[:4]:
        (inbox / path.name).write_bytes(path.read_bytes())
    assert run_cli(["collect", str(inbox), "--out", str(tmp_path / "typed")]) == 1
    monkeypatch.chdir(tmp_path)
    now = datetime(2026, 11, 21, tzinfo=UTC)
    done = xl.collect(inbox, tmp_path / "called", now=now)
    assert done.open
    without = {
        name: data
        for name, data in files_in(tmp_path / "typed").items()
        if not name.startswith((".", "ledger", "台账"))
    }
    assert {name: files_in(tmp_path / "called")[name] for name in without} == without
    assert done.results == xl.assess(inbox)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"ledger": "ledger"}, "ledger-without-time"),
        ({"now": datetime(2026, 11, 21)}, "time-without-zone"),
        ({"campaign": ".", "settings": xl.Settings()}, "campaign-and-options"),
        ({"campaign": "."}, "campaign-missing"),
    ],
    ids=["a ledger without a time", "a time without a zone", "a round and settings", "a round that is none"],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, said: dict[str, Any], code: str) -> None:
    places = {name: tmp_path / value if isinstance(value, str) else value for name, value in said.items()}
    with pytest.raises(xl.XlscoreError) as refused:
        xl.collect(tmp_path, tmp_path / "out", **places)
    assert refused.value.code == code
    assert all(xl.word_error(refused.value, language) for language in LANGUAGES)
    assert not (tmp_path / "out").exists()
