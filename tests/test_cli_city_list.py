"""``city-list`` and ``make-templates --cities`` as they are typed: what is told, what is refused, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from tiny_round import put_system

from smartcity_xl.cli import run_cli
from smartcity_xl.messages import label
from smartcity_xl.office.cities import ListedCity, read_city_list, write_city_list


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    put_system(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(home: Path, *more: str) -> int:
    (home / "名单.xlsx").write_bytes(write_city_list([ListedCity("甲县"), ListedCity("乙县", deadline="2026-12-31")]))
    own = ("--catalog", "tiny", "--assignment", "分工.xlsx")
    return run_cli(
        ["--lang", "en", "make-templates", "--cities", "名单.xlsx", "--round", "2026", "--out", "out", *own, *more]
    )


def test_an_empty_list_is_written_once_and_the_next_step_is_told(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["--lang", "en", "city-list"]) == 0
    assert "xlscore make-templates --cities 城市名单.xlsx" in capsys.readouterr().out
    (home / "城市名单.xlsx").write_bytes(write_city_list([ListedCity("甲县")]))
    assert run_cli(["--lang", "en", "city-list"]) == 2
    assert [one.city for one in read_city_list(home / "城市名单.xlsx")] == ["甲县"]


def test_every_city_gets_its_workbooks_and_what_was_filled_is_kept(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make(home, "--jobs", "1") == 0
    assert "Cities that have all their workbooks: 2. Wrote" in capsys.readouterr().out
    filled = min((home / "out" / "甲县").iterdir())
    filled.write_bytes(b"answers")
    assert make(home, "--jobs", "1") == 1
    told = capsys.readouterr().out
    assert "workbooks: 1." in told
    assert f"{filled.relative_to(home)} stands there with other content" in told
    assert make(home, "--json", "--jobs", "1") == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["cities"], document["kept"]) == (1, [str(filled.relative_to(home))])


def fill_in(book: Path, place: Path) -> None:
    """Some answers typed into a blank workbook."""
    filled = openpyxl.load_workbook(book)
    for row in filled[label("sheet.figures")].iter_rows():
        for cell in row:
            if not cell.protection.locked and cell.value is None:
                cell.value = 1
    place.parent.mkdir(parents=True, exist_ok=True)
    filled.save(place)


@pytest.mark.parametrize("issued", [True, False])
def test_a_province_checks_the_code_of_a_city_whose_round_issued_its_workbooks(
    issued: bool, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = ["init", "out/甲县", "--city", "甲县", "--round", "2026", "--deadline", "2026-12-31"]
    own = ["--catalog", "tiny", "--assignment", "分工.xlsx"]
    if issued:
        assert run_cli([*begun, *own]) == 0
        capsys.readouterr()
    assert make(home, "--jobs", "1") == 0
    told = capsys.readouterr().out
    assert ("Cities whose folder is that of their round: 1." in told) is issued
    assert f"Cities whose workbooks carry no code: {2 - issued}." in told
    book = sorted((home / "out" / "甲县").glob("0*.xlsx"))[0]
    if not issued:
        assert run_cli([*begun, *own]) == 0
    fill_in(book, home / "out" / "甲县" / label("campaign_folder.inbox") / "甲局.xlsx")
    assert run_cli(["collect", "out", "--by-city", "--out", "sum", *own, "--lang", "en"]) in (0, 1)
    (results,) = (home / "out" / "甲县").rglob("results.json")
    files = {one["file"]: one["status"] for one in json.loads(results.read_bytes())["files"]}
    assert files["甲局.xlsx"] == ("taken" if issued else "aside")


REFUSED = {
    "a city beside the list": (["--city", "甲县"], "--city is about one"),
    "last round's results beside the list": (["--previous", "results.json"], "--previous is about one"),
    "a deadline that is none": (["--deadline", "年底"], "年底"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_about_one_city_is_refused_and_nothing_is_written(
    case: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more, says = REFUSED[case]
    assert make(home, *more) == 2
    assert says in capsys.readouterr().err
    assert not (home / "out").exists()


def test_in_a_rounds_folder_it_says_how_to_do_without_the_round(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = home / "round"
    own = ("--catalog", "tiny", "--assignment", "分工.xlsx", "--deadline", "2026-12-31")
    assert run_cli(["init", str(folder), *own]) == 0
    capsys.readouterr()
    (folder / "名单.xlsx").write_bytes(write_city_list([ListedCity("甲县")]))
    monkeypatch.chdir(folder)
    assert run_cli(["--lang", "en", "make-templates", "--cities", "名单.xlsx", "--round", "2026"]) == 2
    assert "add --no-campaign" in capsys.readouterr().err


def test_a_list_that_is_not_there_is_told_with_the_way_to_one(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["--lang", "en", "make-templates", "--cities", "没有.xlsx", "--round", "2026"]) == 2
    assert "xlscore city-list" in capsys.readouterr().err


def test_jobs_without_a_list_are_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["--lang", "en", "make-templates", "--jobs", "2"]) == 2
    assert "--jobs goes with --cities" in capsys.readouterr().err
