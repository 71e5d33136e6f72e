"""Templates for a list of cities: those of each city alone, however often and in how many processes they are made."""

from __future__ import annotations

import csv
import hashlib
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from smartcity_xl.errors import UsageFault
from smartcity_xl.model import RoundTerms
from smartcity_xl.model.headway import Headway
from smartcity_xl.office.campaign import KEY_FILE, write_key
from smartcity_xl.office.cities import ListedCity, write_city_list
from smartcity_xl.run import city_templates
from smartcity_xl.run.choice import Choice
from smartcity_xl.run.city_templates import make_city_templates
from smartcity_xl.run.templates import make_templates

_BASE = Choice(("db37-3890-zoucheng",), round="2026", terms=RoundTerms(deadline="2026-11-30", basis="某通知"))
_LIST = (
    ListedCity("甲县", recipients=("甲县发展改革局",), phone="0531-1"),
    ListedCity("乙县", deadline="2026-12-31", recipients=("市政府", "市网信办"), address="某路 1 号"),
    ListedCity("丙市", "cn-2018", deadline="2027-01-05"),
    *(ListedCity(f"{number}县", recipients=(f"{number}县政府",), mail=f"{number}@example.com") for number in range(4)),
)


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("list") / "城市名单.xlsx"
    path.write_bytes(write_city_list(_LIST))
    return path


@pytest.fixture(scope="module")
def made(listing: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made")
    done = make_city_templates(listing, out, _BASE)
    assert (done.cities, done.unchanged, done.kept) == (len(_LIST), 0, ())
    return out


def files(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*.*"))}


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "下发清单.csv").open(encoding="utf-8-sig", newline="") as stream:
        return [*csv.DictReader(stream)]


def test_each_city_has_the_workbooks_that_are_made_for_it_alone(made: Path, tmp_path: Path) -> None:
    terms = _BASE.terms
    alone = {
        "甲县": (_BASE, RoundTerms(None, "2026-11-30", None, "某通知", ("甲县发展改革局",), "0531-1")),
        "乙县": (_BASE, RoundTerms(None, "2026-12-31", None, "某通知", ("市政府", "市网信办"), address="某路 1 号")),
        "丙市": (Choice(("cn-2018",), round="2026"), RoundTerms(None, "2027-01-05", None, terms.basis)),
        "3县": (_BASE, RoundTerms(None, "2026-11-30", None, "某通知", ("3县政府",), mail="3@example.com")),
    }
    for city, (choice, said) in alone.items():
        own = Choice(choice.systems, round="2026", terms=said)
        make_templates(tmp_path / city, own, city=city)
        assert files(tmp_path / city) == {
            name.partition("/")[2]: data for name, data in files(made).items() if name.startswith(f"{city}/")
        }, city


def test_the_manifest_names_every_workbook_in_the_order_of_the_list(made: Path) -> None:
    told = rows(made)
    assert {row["文件"]: row["SHA-256"] for row in told} == {
        name: hashlib.sha256(data).hexdigest() for name, data in files(made).items() if name.endswith(".xlsx")
    }
    assert list(dict.fromkeys(row["城市"] for row in told)) == [city.city for city in _LIST]
    assert (told[0]["报送时限"], told[0]["报送至"], told[0]["第几份"][:2]) == ("2026-11-30", "甲县发展改革局", "1/")


def test_two_processes_write_what_one_writes(listing: Path, made: Path, tmp_path: Path) -> None:
    make_city_templates(listing, tmp_path, _BASE, jobs=2)
    assert files(tmp_path) == files(made)


def test_a_run_that_was_stopped_goes_on_where_it_stood(
    listing: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(now: Headway) -> None:
        if now.done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_city_templates(listing, tmp_path, _BASE, follow=stop)
    assert 0 < len({row["城市"] for row in rows(tmp_path)}) < len(_LIST)
    with (tmp_path / "下发清单.csv").open("ab") as stream:  # a power cut in the middle of a line
        stream.write("4县,01".encode())
    before = {row["城市"] for row in rows(tmp_path) if row["生成依据"]}
    again = list[str]()
    write = city_templates.CityTemplates.write
    monkeypatch.setattr(
        city_templates.CityTemplates, "write", lambda self, choice: again.append(choice.city) or write(self, choice)
    )
    make_city_templates(listing, tmp_path, _BASE)
    assert not before & set(again)
    assert files(tmp_path) == files(made)


def test_a_city_is_made_again_where_what_it_rests_on_or_what_stands_there_is_another(
    listing: Path, made: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(made, out)
    done = make_city_templates(listing, out, _BASE)
    assert (done.written, done.kept) == (0, ())
    lost = min((out / "甲县").iterdir())
    lost.unlink()
    assert make_city_templates(listing, out, _BASE).written == 1
    assert files(out) == files(made)
    later = Choice(_BASE.systems, round="2026", terms=RoundTerms(deadline="2026-12-01", basis="某通知"))
    done = make_city_templates(listing, out, later)  # two cities have a deadline of their own
    assert (done.cities, done.kept) == (len(_LIST), ())
    changed = {name.split("/")[0] for name, data in files(out).items() if files(made)[name] != data}
    assert changed == {city.city for city in _LIST if not city.deadline} | {"下发清单.csv"}


def test_what_somebody_filled_is_kept_and_told(listing: Path, made: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(made, out)
    filled = sorted((out / "乙县").iterdir())[0]
    filled.write_bytes(b"answers")
    done = make_city_templates(listing, out, _BASE)
    assert done.kept == (filled,)
    assert done.cities == len(_LIST) - 1
    assert filled.read_bytes() == b"answers"
    assert make_city_templates(listing, out, _BASE, overwrite=True).written == 1
    assert files(out) == files(made)


def test_cities_that_are_no_longer_listed_stay_in_the_manifest(made: Path, tmp_path: Path) -> None:
    out, shorter = tmp_path / "out", tmp_path / "短.xlsx"
    shutil.copytree(made, out)
    shorter.write_bytes(write_city_list(_LIST[2:]))
    make_city_templates(shorter, out, _BASE)
    assert {row["文件"] for row in rows(out)} == {row["文件"] for row in rows(made)}


def test_a_file_that_is_no_manifest_is_not_written_over(listing: Path, tmp_path: Path) -> None:
    (tmp_path / "下发清单.csv").write_text("somebody's own", encoding="utf-8")
    with pytest.raises(UsageFault, match="would-overwrite"):
        make_city_templates(listing, tmp_path, _BASE)
    assert files(tmp_path).keys() == {"下发清单.csv"}


def test_a_city_whose_folder_is_that_of_its_round_gets_the_code_of_its_key(listing: Path, tmp_path: Path) -> None:
    key = bytes(range(32))
    (tmp_path / "乙县").mkdir()
    (tmp_path / "乙县" / KEY_FILE).write_bytes(write_key(key))
    done = make_city_templates(listing, tmp_path, _BASE)
    assert (done.keyed, done.listed) == (1, len(_LIST))
    terms = RoundTerms(None, "2026-12-31", None, "某通知", ("市政府", "市网信办"), address="某路 1 号")
    alone = make_templates(tmp_path / "alone", replace(_BASE, city="乙县", terms=terms, key=key))
    assert {path.name: path.read_bytes() for path in alone.written} == {
        path.name: path.read_bytes() for path in (tmp_path / "乙县").glob("*.xlsx")
    }
    assert make_city_templates(listing, tmp_path, _BASE).written == 0
    (tmp_path / "乙县" / KEY_FILE).write_bytes(write_key(bytes(32)))
    assert make_city_templates(listing, tmp_path, _BASE).written == len(alone.written), "another key, another code"
