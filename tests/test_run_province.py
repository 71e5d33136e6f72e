"""``xlscore province``: records from folders and files, broken ones among them; what it prints and writes."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import pytest
from invented_provinces import close_city, give_value, national_record, star_record, value_of, vary_cities
from msgspec.structs import replace

from smartcity_xl.arrival.inbox import is_own_output
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import ResultsFault
from smartcity_xl.messages import label
from smartcity_xl.results import Results, read_results, write_results
from smartcity_xl.results.province import (
    CityState,
    ProvinceEntry,
    brief_city,
    read_lean,
    read_province,
    write_province,
)
from smartcity_xl.results.province.lean import LeanRecord
from smartcity_xl.results.together import NEVER, note_path, write_note
from smartcity_xl.run.province import CitySource, find_records, sum_up_province, way_below, write_summary


def lay(folder: Path, records: Sequence[Results]) -> Path:
    """A folder for each city, with its record and a summary beside it."""
    for record in records:
        place = folder / record.city / "汇总"
        place.mkdir(parents=True)
        (place / "results.json").write_bytes(write_results(record))
        (place / label("file.summary")).write_bytes(b"PK")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay(tmp_path_factory.mktemp("province"), [close_city(one) for one in vary_cities(4)])


def test_a_folder_of_cities_is_summed_up(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["--lang", "zh", "province", str(folder), "--name", "演示省", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    made = read_province(tmp_path / "province.json")
    assert [one.name for one in made.cities] == ["云溪1县", "云溪2县", "云溪3县", "云溪4县"]
    assert made.name == "演示省"
    assert all(one.name in printed for one in made.cities)
    assert openpyxl.load_workbook(tmp_path / label("file.province")).sheetnames[0] == label("sheet.province_front")
    assert all(one.summary == "" for one in made.cities)  # they lie elsewhere
    for name in ("province.json", label("file.province")):
        assert is_own_output(tmp_path / name, tmp_path)


def test_the_cities_summaries_are_led_to_where_they_lie_below(folder: Path) -> None:
    made = sum_up_province(find_records([folder]), folder)
    assert [one.summary for one in made.cities] == [f"{one.name}/汇总/汇总.xlsx" for one in made.cities]
    assert [one.results for one in made.cities] == [f"{one.name}/汇总/results.json" for one in made.cities]


def test_files_and_folders_give_the_same_in_any_order(folder: Path, tmp_path: Path) -> None:
    files = sorted(folder.rglob("results.json"))
    first = write_province(sum_up_province(find_records([folder]), tmp_path))
    assert write_province(sum_up_province(find_records(files[::-1]), tmp_path)) == first
    assert write_province(sum_up_province(find_records([*files, folder, folder / "云溪1县"]), tmp_path)) == first


BROKEN = {
    "nothing": b"", "no json": b"\x00\x01", "another schema": b'{"schema": "xlscore-results/9"}', "cut off": None,
}  # fmt: skip


def test_a_broken_record_is_a_city_that_failed_and_never_dropped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(tmp_path, [close_city(one) for one in vary_cities(2)])
    whole = write_results(national_record())
    for name, data in BROKEN.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.json").write_bytes(whole[:5000] if data is None else data)
    out = tmp_path / "out"
    assert run_cli(["--lang", "en", "province", str(tmp_path), "--out", str(out)]) == 1
    printed = capsys.readouterr().out
    made = read_province(out / "province.json")
    lost = {one.name: one.reason for one in made.cities if one.system is None}
    assert set(lost) == set(BROKEN)
    assert all(str(tmp_path / name) in reason for name, reason in lost.items())
    assert all(f"{name}: failed" in printed for name in BROKEN)
    assert "读" not in printed
    assert len(made.systems[0].ranking) == 2


def test_a_figure_that_is_to_be_asked_back_asks_for_a_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = [close_city(one) for one in vary_cities(10)]
    records[4] = give_value(records[4], {"agri_sales_total": str(value_of(records[4], "agri_sales_total") * 10_000)})
    lay(tmp_path / "in", records)
    assert run_cli(["--lang", "en", "province", str(tmp_path / "in"), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["figure"] for one in found["systems"][0]["queries"]] == ["agri_sales_total"]
    assert not (tmp_path / "province.json").exists()


def test_a_foreign_file_is_not_written_over(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "province.json").write_text("mine")
    assert run_cli(["province", str(folder), "--out", str(tmp_path)]) == 2
    assert (tmp_path / "province.json").read_text() == "mine"
    assert not (tmp_path / label("file.province")).exists()
    assert run_cli(["province", str(folder), "--out", str(tmp_path), "--overwrite"]) == 0
    assert read_province(tmp_path / "province.json").cities


@pytest.mark.parametrize("given", [[], ["nowhere"], ["empty"]])
def test_nothing_to_sum_up_is_told(
    given: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert run_cli(["--lang", "en", "province", *given]) == 2
    assert capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [tmp_path / "empty"]


def test_a_record_without_a_city_is_called_as_its_folder(tmp_path: Path) -> None:
    record = vary_cities(1)[0]
    lay(tmp_path, [record])
    nameless = tmp_path / "无名县"
    nameless.mkdir()
    (nameless / "results.json").write_bytes(write_results(replace(record, city="")))
    assert [one.name for one in sum_up_province(find_records([tmp_path]), tmp_path).cities] == [record.city, "无名县"]


def test_several_systems_of_a_city_lead_to_their_own_summaries(tmp_path: Path) -> None:
    record = vary_cities(1)[0]
    (tmp_path / "results-cn-2018.json").write_bytes(write_results(record))
    own = tmp_path / label("file.summary_of", system="cn-2018")
    own.write_bytes(b"PK")
    (tmp_path / label("file.summary")).write_bytes(b"PK")
    made = sum_up_province(find_records([tmp_path]), tmp_path)
    assert [one.summary for one in made.cities] == [own.name]


@pytest.mark.parametrize("name", ["a#b", "c%20", "d;e", "_x0041_"])
def test_a_name_that_a_link_could_take_for_more_has_no_way(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "汇总.xlsx").write_bytes(b"PK")
    (tmp_path / "好").mkdir()
    (tmp_path / "好" / "汇总.xlsx").write_bytes(b"PK")
    assert way_below(tmp_path, tmp_path / name / "汇总.xlsx") == ""
    assert way_below(tmp_path, tmp_path / "好" / "汇总.xlsx") == "好/汇总.xlsx"
    assert way_below(tmp_path / "好", tmp_path / name / "汇总.xlsx") == ""
    assert way_below(tmp_path, tmp_path / "好" / "没有.xlsx") == ""


def test_sources_without_a_file_keep_their_reason(tmp_path: Path) -> None:
    made = sum_up_province([CitySource("空县", None, reason="收件文件夹里没有填报表")], tmp_path)
    assert [(one.name, one.reason, one.system) for one in made.cities] == [("空县", "收件文件夹里没有填报表", None)]
    assert len(write_summary(made, tmp_path).written) == 2


def test_a_city_that_had_no_results_is_known_by_its_folder_whatever_it_is_called(tmp_path: Path) -> None:
    """Also when it is read again what was said of it; and nothing is said of results that are gone."""
    lost = CitySource("一县", None, CityState.NOTHING, "没有填报表")
    write_summary(sum_up_province([lost], tmp_path), tmp_path)
    other, one = vary_cities(2)
    lay(tmp_path, [other])
    (tmp_path / "一县").mkdir()
    (tmp_path / "一县" / "results.json").write_bytes(write_results(one))
    for _ in range(2):
        made = sum_up_province(find_records([tmp_path]), tmp_path)
        said = label("province.standing", state=label("province.state_nothing"))
        assert {city.name: city.reason for city in made.cities} == {other.city: "", one.city: said}
        write_summary(made, tmp_path)
    (tmp_path / "一县" / "results.json").unlink()
    assert [source.name for source in find_records([tmp_path])] == ["汇总"]


@pytest.mark.parametrize(
    "name", ["results.json", "甲/results.json", "甲/2018/results.json", "甲/2018/汇总/results-a.json"]
)
def test_a_record_that_could_not_be_read_and_is_mended_stands_once(name: str, tmp_path: Path) -> None:
    """However deep it lies, and whatever lies beside it under the same name."""
    one, other = map(close_city, vary_cities(2))
    beside = tmp_path / "乙" / "2018" / "results.json"
    for path, data in ((tmp_path / name, b"{}"), (beside, write_results(other))):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for number in range(3):
        if number == 2:
            (tmp_path / name).write_bytes(write_results(one))
        made = sum_up_province(find_records([tmp_path]), tmp_path)
        write_summary(made, tmp_path)
        assert [city.state for city in made.cities].count(CityState.FAILED) == (number < 2)
        assert len(made.cities) == 2
    said = label("province.standing", state=label("province.state_failed"))
    assert {city.name: city.reason for city in made.cities} == {one.city: said, other.city: ""}


def test_nothing_is_said_of_a_record_that_could_not_be_read_and_is_gone(tmp_path: Path) -> None:
    (other,) = vary_cities(1)
    lay(tmp_path, [other])
    (tmp_path / "甲" / "2018").mkdir(parents=True)
    broken = tmp_path / "甲" / "2018" / "results.json"
    broken.write_bytes(b"{}")
    write_summary(sum_up_province(find_records([tmp_path]), tmp_path), tmp_path)
    broken.unlink()
    made = sum_up_province(find_records([tmp_path]), tmp_path)
    assert [(city.name, city.reason) for city in made.cities] == [(other.city, "")]


# --- sent by mail ----------------------------------------------------------------------------------------------------


def mail(**attached: bytes) -> bytes:
    letter = EmailMessage()
    letter["From"], letter["Subject"] = "office@example.com", "结果"
    letter.set_content("见附件。")
    for name, data in attached.items():
        letter.add_attachment(data, maintype="application", subtype="octet-stream", filename=name.replace("_", "."))
    return letter.as_bytes()


def packed(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_", "/", 1) + ".json", data)
    return stream.getvalue()


def test_a_record_in_an_archive_that_is_mended_stands_once(tmp_path: Path) -> None:
    records = [write_results(close_city(one)) for one in vary_cities(2)]
    for number, second in enumerate((b'{"schema": "xlscore-results/1"', records[1])):
        (tmp_path / "二.zip").write_bytes(packed(a_results=records[0], b_results=second))
        made = sum_up_province(find_records([tmp_path]), tmp_path)
        write_summary(made, tmp_path)
        assert sorted(city.state for city in made.cities) == sorted(
            [CityState.COLLECTED] * (1 + number) + [CityState.FAILED] * (1 - number)
        )
        assert not any(city.reason for city in made.cities if city.state == CityState.COLLECTED)


def test_records_that_came_by_mail_and_in_archives_count(tmp_path: Path) -> None:
    records = [write_results(close_city(one)) for one in vary_cities(4)]
    (tmp_path / "一.eml").write_bytes(mail(results_json=records[0]))
    (tmp_path / "二.zip").write_bytes(packed(a_results=records[1], b_results=records[2], note=b"{}"))
    (tmp_path / "三.eml").write_bytes(mail(all_zip=packed(x_results=records[3])))
    (tmp_path / label("file.pack_whole")).write_bytes(packed(results=records[0]))
    made = sum_up_province(find_records([tmp_path]), tmp_path)
    assert [one.name for one in made.cities] == ["云溪1县", "云溪2县", "云溪3县", "云溪4县"]
    assert {one.system for one in made.cities} == {1}
    named = sum_up_province(find_records(sorted(tmp_path.glob("*.eml"))), tmp_path)
    assert [one.name for one in named.cities] == ["云溪1县", "云溪4县"]


SENT = {
    "no record": lambda: mail(photo_jpg=b"\xff\xd8"),
    "nothing": lambda: mail(),
    "a broken archive": lambda: mail(all_zip=packed(x_results=write_results(national_record()))[:-3000]),
    "a broken record": lambda: mail(results_json=write_results(national_record())[:4000]),
}


@pytest.mark.parametrize("case", SENT)
def test_a_mail_without_a_record_is_a_city_that_failed(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "某县.eml").write_bytes(SENT[case]())
    assert run_cli(["--lang", "en", "province", str(tmp_path), "--out", str(tmp_path)]) == 1
    (lost,) = read_province(tmp_path / "province.json").cities
    assert lost.name.startswith("某县.eml")
    assert "results.json" in lost.reason
    assert "某县.eml" in capsys.readouterr().out


# --- what a run has written ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [national_record, star_record])
def test_the_parts_of_a_record_that_count_are_read_as_the_whole(make: Callable[[], Results], tmp_path: Path) -> None:
    data = write_results(make())
    (tmp_path / "results.json").write_bytes(data)
    whole = brief_city(ProvinceEntry("某市", CityState.COLLECTED, make()))
    for source in (data, tmp_path / "results.json"):
        lean = read_lean(source)
        assert isinstance(lean, LeanRecord)
        assert brief_city(ProvinceEntry("某市", CityState.COLLECTED, lean)) == whole


def test_a_record_of_the_first_schema_is_read_whole() -> None:
    old = gzip.decompress((Path(__file__).parent / "data" / "results-1.json.gz").read_bytes())
    assert read_lean(old) == read_results(old)


@pytest.mark.parametrize("spoilt", [b"", b"{", b'{"schema": "xlscore-results/9"}', b'{"schema": "xlscore-results/2"}'])
def test_a_broken_record_is_refused_as_ever(spoilt: bytes, tmp_path: Path) -> None:
    with pytest.raises(ResultsFault) as one:
        read_results(spoilt)
    with pytest.raises(ResultsFault) as other:
        read_lean(spoilt)
    assert (one.value.code, one.value.parameters) == (other.value.code, other.value.parameters)
    with pytest.raises(ResultsFault):
        read_lean(tmp_path / "results.json")


def test_a_record_of_two_runs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(write_results(national_record()))
    (tmp_path / "汇总.xlsx").write_bytes(b"the later run's")
    digests = {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in tmp_path.iterdir()}
    meant = {"results.json": (NEVER, digests["results.json"]), "汇总.xlsx": (digests["汇总.xlsx"], "")}
    note_path(tmp_path).write_bytes(write_note(meant))
    for read in (read_results, read_lean):
        with pytest.raises(ResultsFault):
            read(path)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("--draws", "10"), "go with --firm"),
        (("--seed", "1"), "go with --firm"),
        (("--firm", "--spread", "2"), "expected a number, above 0, below 1."),
        (("--firm", "--draws", "0"), "expected a whole number, not below 1, not above 1000000."),
        (("--firm", "--seed", "x"), "expected a whole number."),
        (("--out", __file__), "is a file"),
    ],
)
def test_an_option_that_makes_no_sense_is_told(
    option: tuple[str, ...], words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["--lang", "en", "province", str(folder), *option]) == 2
    assert words in capsys.readouterr().err
    assert run_cli(["--lang", "zh", "province", str(folder), *option]) == 2
    assert not set("{}") & set(capsys.readouterr().err)


def test_a_name_that_is_ranked_twice_is_told(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    once, other = vary_cities(2)
    lay(tmp_path / "a", [once])
    lay(tmp_path / "b", [once])
    given = ["--lang", "en", "province", str(tmp_path / "a"), str(tmp_path / "b")]
    run_cli([*given, "--out", str(tmp_path / "1")])
    assert "different results" not in capsys.readouterr().err  # the very same counts once
    lay(tmp_path / "c", [replace(other, city=once.city)])
    run_cli([*given, str(tmp_path / "c"), "--out", str(tmp_path / "2")])
    assert f"There are 2 different results of the name “{once.city}”" in capsys.readouterr().err


def test_what_is_named_and_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["--lang", "zh", "province", str(tmp_path / "nowhere")]) == 2
    assert "没有“" in capsys.readouterr().err
