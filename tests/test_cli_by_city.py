"""``collect --by-city``: what is told, what is refused, and that nobody is left guessing which of the two is meant."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from counties import county, make_province, pack, put, report
from front_door import Said, say
from tiny_round import FIRST, SECOND, YES, remembered

from smartcity_xl.cli import by_city
from smartcity_xl.messages import label
from smartcity_xl.results.province import read_province


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    with remembered():
        yield


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("by-city")
    make_province(home)
    return home


def collect(capsys: pytest.CaptureFixture[str], home: Path, folder: str, *more: object) -> Said:
    own = ("--catalog", home / "tiny", "--assignment", home / "分工.xlsx", "--out", home / "out", "--no-campaign")
    return say(capsys, "collect", home / folder, *own, *more, language="en")


def test_a_table_of_all_cities_and_what_is_none(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = collect(capsys, home, "province", "--by-city", "--jobs", "2")
    assert told.code == 1, told
    rows = [line.split() for line in told.out.splitlines()]
    assert [row[0] for row in rows] == ["City", "丁县", "丙县", "乙县", "甲县", "Cities:", "Wrote", "Wrote"]
    last = "Cities: 4. Collected: 4; without a usable form: 0; not finished: 0; process ended: 0."
    assert told.out.splitlines()[-3] == last
    assert rows[4][1:3] == ["collected", "0.64"]
    for name in ("空县", "说明.txt", "Cities with a campaign.toml of their own, which they go by: 1."):
        assert name in told.err
    assert (home / "out" / "甲县" / label("file.summary")).exists()


def test_the_province_is_summed_up_the_same_by_one_and_by_two(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = [home / "out" / "province.json", home / "out" / label("file.province")]
    seen = []
    for jobs in ("1", "2"):
        collect(capsys, home, "province", "--by-city", "--jobs", jobs)
        seen.append([path.read_bytes() for path in made])
    assert seen[0] == seen[1]
    cities = read_province(made[0]).cities
    assert [(one.name, one.state.value) for one in cities] == [
        ("丁县", "collected"), ("丙县", "collected"), ("乙县", "collected"), ("甲县", "collected")
    ]  # fmt: skip
    place = home / "province" / "甲县" / "甲.xlsx"
    kept = place.read_bytes()
    place.write_bytes(b"\xff\xd8\xff")
    (place.with_name("乙.xlsx")).rename(home / "aside")
    assert collect(capsys, home, "province", "--by-city", "--jobs", "1").code == 1
    city = next(one for one in read_province(made[0]).cities if one.name == "甲县")
    assert (city.state.value, "没有" in city.reason) == ("nothing", True)
    place.write_bytes(kept)
    (home / "aside").rename(place.with_name("乙.xlsx"))


def test_of_very_many_only_those_that_need_something_are_told(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_city, "_SHOWN", 3)
    (home / "province" / "戊县").mkdir()
    (home / "province" / "戊县" / "照片.jpg").write_bytes(b"\xff\xd8\xff")
    told = collect(capsys, home, "province", "--by-city", "--jobs", "1")
    shutil.rmtree(home / "province" / "戊县")
    lines = told.out.splitlines()
    assert [line.split()[0] for line in lines[:2]] == ["City", "戊县"]
    assert lines[2].startswith("The other 4 cities were collected")


@pytest.mark.parametrize("option", [("--city", "甲县"), ("--ledger", "x"), ("--decisions", "x"), ("--previous", "x")])
def test_what_makes_no_sense_for_many_is_refused_by_name(
    option: tuple[str, str], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = collect(capsys, home, "province", "--by-city", *option)
    assert (told.code, told.out) == (2, "")
    assert f"does not go with {option[0]}:" in told.err


def test_a_round_in_use_is_refused_too(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = say(
        capsys, "collect", home / "province", "--by-city", "--campaign", home / "province" / "丁县", language="en"
    )
    assert told.code == 2
    assert "--campaign" in told.err


def test_jobs_go_with_cities_only(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--jobs goes with --by-city" in collect(capsys, home, "province/甲县", "--jobs", "2").err


def test_a_province_is_not_taken_for_an_inbox(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = collect(capsys, home, "province")
    assert (told.code, told.out) == (2, "")
    assert f"xlscore collect {home / 'province'} --by-city" in told.err


def test_several_cities_in_one_inbox_are_told_with_what_to_type(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(home / "mixed" / "一", county("甲县", 40))
    put(home / "mixed" / "二", county("乙县", 50))
    assert "with --by-city" in collect(capsys, home, "mixed").err  # nobody can say whose inbox it is
    told = collect(capsys, home, "mixed", "--city", "甲县")
    assert f"xlscore collect {home / 'mixed'} --by-city" in told.err
    assert "2 more workbooks are of other cities" in told.err


def test_one_city_by_departments_is_not_taken_for_a_province(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(home / "one" / "甲局", {"甲.xlsx": report("甲县", FIRST, all=100, done=40)})
    put(home / "one" / "乙局", {"乙.xlsx": report("甲县", SECOND, all=100, done=40, open=YES)})
    told = collect(capsys, home, "one", "--by-city")
    assert (told.code, told.out) == (2, "")
    assert "one city (甲县)" in told.err
    put(home / "one" / "甲局", {"0.xlsx": report("甲县", SECOND, all=100, done=40, open=YES)})
    told = collect(capsys, home, "one", "--by-city")  # one department twice: two rounds of one name, side by side
    assert told.out.count("甲局") == 2, told


WRONG = {
    "no such system": (("--catalog", "cn-2081"), "There is no indicator system “cn-2081”"),
    "no such assignment": (("--assignment", "nowhere.xlsx"), "nowhere.xlsx"),
    "no day to look back to": (("--as-of", "2030"), "“2030”"),
    "no day to have them back": (("--return-by", "tomorrow"), "“tomorrow”"),
    "a file to write into": (("--out", __file__), "is a file"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_for_all_is_told_once_and_no_city_is_begun(
    case: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    option, words = WRONG[case]
    told = say(capsys, "collect", home / "province", "--by-city", "--no-campaign", "--out", home / "none", *option,
               language="en")  # fmt: skip
    assert (told.code in (2, 3), told.out) == (True, "")
    assert told.err.count(words) == 1, told.err
    assert not (home / "none").exists()


def test_the_inbox_of_one_city_is_not_taken_for_a_province(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox = put(tmp_path / "inbox", county("甲县", 40))
    put(inbox / "支撑资料", {"材料.pdf": b"%PDF-1.4\n"})
    told = collect(capsys, home, str(inbox), "--by-city")
    assert (told.code, told.out) == (2, "")
    assert f"Leave --by-city away: xlscore collect {inbox}" in told.err
    put(inbox / "乙县", county("乙县", 50))  # now it holds another city's too
    told = collect(capsys, home, str(inbox), "--by-city")
    assert told.err.count("lies in the province's folder itself") == 2
    assert "乙县" in told.out


def test_what_is_no_folder_of_a_province_says_what_it_is(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert "is empty. Give each city" in collect(capsys, home, str(tmp_path / "empty"), "--by-city").err
    assert "is a file and no province's folder" in collect(capsys, home, __file__, "--by-city").err
    assert "is a file and no folder" in collect(capsys, home, __file__).err


def test_one_city_under_two_names_is_told_with_where_each_went(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path / "甲县", county("甲县", 40))
    pack(tmp_path / "甲县.zip", county("甲县", 60))
    told = collect(capsys, home, str(tmp_path), "--by-city", "--out", tmp_path / "out")
    assert told.err.count("has the name of another one; its results go to “甲县-") == 2
    assert "2 different results of the name “甲县”" in told.err


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("--jobs", "0"), "--jobs is wrong: expected a whole number, not below 1."),
        (("--jobs", "many"), "--jobs is wrong: expected a whole number, not below 1."),
    ],
)
def test_a_value_out_of_range_is_told_with_what_was_expected(
    option: tuple[str, str], words: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words in collect(capsys, home, "province", "--by-city", *option).err


def test_a_round_in_which_nobody_has_reported_has_no_form_and_is_no_failure(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    round_ = shutil.copytree(home / "province" / "丁县", tmp_path / "province" / "丁县")
    for folder in ("收件", "台账", "汇总"):
        shutil.rmtree(round_ / folder, ignore_errors=True)
        (round_ / folder).mkdir()
    for name in ("tiny", "分工.xlsx"):
        (tmp_path / name).symlink_to(home / name)
    told = collect(capsys, home, str(tmp_path / "province"), "--by-city", "--out", tmp_path / "out")
    assert told.code == 1, told
    assert "Collected: 0; without a usable form: 1; not finished: 0" in told.out


def test_a_storage_without_a_key_is_told_once(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    told = collect(capsys, home, "province", "--by-city", "--out", "s3://bucket/none")
    assert (told.code, told.out, told.err.count("s3://bucket/none")) == (3, "", 1)


def test_ranks_under_moved_weights_are_those_that_province_tells_of_the_same_results(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A county without a form among them, which both tell of."""
    bad = put(home / "province" / "坏县", {"甲.xlsx": b"\xff\xd8\xff"})
    out = home / "firm"
    made = [out / "province.json", out / label("file.province")]
    moved = ("--firm", "--draws", "200", "--spread", "0.5", "--seed", "3")
    try:
        assert collect(capsys, home, "province", "--by-city", "--jobs", "1", "--out", out, *moved).code == 1
    finally:
        shutil.rmtree(bad)
    by_city = [path.read_bytes() for path in made]
    whole = read_province(made[0])
    assert all(one.firm is not None for one in whole.systems[0].ranking)
    assert [(one.name, one.state.value) for one in whole.cities if one.system is None] == [("坏县", "nothing")]
    round_ = home / "province" / "丁县"
    again = ("province", out, round_, *moved, "--catalog", home / "tiny", "--out", out, "--overwrite")
    for _ in range(2):  # the second time it reads what it has written itself
        said = say(capsys, *again, language="en")
        assert said.code == 1, said
        assert "坏县: no usable form, no results." in said.out
        assert [path.read_bytes() for path in made] == by_city
    bare = say(capsys, "province", out, round_, "--out", out, "--overwrite")
    assert bare.code == 1
    assert all(one.firm is None for one in read_province(made[0]).systems[0].ranking)


STANDING = "戊县: the last run of the province had no results of it; those that lie in its folder count here."


@pytest.mark.parametrize("results", ["since", "from before"])
def test_results_of_a_county_that_the_last_run_of_the_province_did_not_have_count_and_say_so(
    results: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether they are older than that run or newer: nobody can tell."""
    own, out = put(home / "province" / "戊县", {"甲.xlsx": b"\xff\xd8\xff"}), home / results

    def collect_own() -> None:
        put(own, county("戊县", 30))
        collect(capsys, home, "province/戊县", "--out", out / "戊县")

    def run_province() -> list[str]:
        collect(capsys, home, "province", "--by-city", "--jobs", "1", "--out", out)
        return found()

    def found() -> list[str]:
        cities = read_province(out / "province.json").cities
        return [f"{one.state.value} {one.reason}".strip() for one in cities if one.name == "戊县"]

    try:
        if results == "from before":
            collect_own()
            shutil.rmtree(own)
            put(own, {"甲.xlsx": b"\xff\xd8\xff"})
            (out / "戊县" / "ledger" / "ledger.sqlite3").unlink()
        assert run_province()[0].split()[0] in ("nothing", "failed")
        if results == "since":
            collect_own()
        for _ in range(2):  # the second time it reads what it has written itself
            said = say(capsys, "province", out, "--out", out, "--overwrite", language="en")
            assert (said.code, STANDING in said.out) == (1, True), said
            (told,) = found()
            assert told.startswith(f"collected {label('province.standing', state='x')[:10]}")
        if results == "since":
            assert run_province() == ["collected"]
            assert STANDING not in say(capsys, "province", out, "--out", out, "--overwrite", language="en").out
    finally:
        shutil.rmtree(own)


def test_a_record_in_an_archive_is_ranked_as_weights_are_moved_like_any_other(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where it was left out, the others lay between ranks of a smaller province than theirs."""
    out, sent = home / "whole", home / "sent"
    collect(capsys, home, "province", "--by-city", "--jobs", "1", "--out", out, "--no-summary")
    told = []
    for packed in (False, True):
        shutil.rmtree(sent, ignore_errors=True)
        for name in ("甲县", "乙县", "丙县"):
            put(sent / name, {"results.json": (out / name / "results.json").read_bytes()})
        if packed:
            pack(sent / "丙县.zip", {"results.json": (sent / "丙县" / "results.json").read_bytes()})
            shutil.rmtree(sent / "丙县")
        moved = ("--firm", "--draws", "50", "--catalog", home / "tiny")
        assert say(capsys, "province", sent, *moved, "--out", sent, "--overwrite").code == 0
        told.append([(one.rank, one.firm) for one in read_province(sent / "province.json").systems[0].ranking])
    assert told[0] == told[1]
    assert all(firm and firm.best <= rank <= firm.worst for rank, firm in told[1])


def test_weights_are_moved_with_cities_only(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--firm goes with --by-city" in collect(capsys, home, "province/甲县", "--firm").err
    assert "go with --firm" in collect(capsys, home, "province", "--by-city", "--draws", "9").err


def test_how_far_a_province_is_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = home / "far"
    collect(capsys, home, "province", "--by-city", "--jobs", "1", "--out", out)
    given = (out, "--catalog", home / "tiny", "--draws", "200", "--verbose")
    steps = ("Reading results", "Scoring by the rules of each", "Moving weights")
    for command in (("province", *given, "--firm", "--json"), ("firm", *given)):
        told = say(capsys, *command, language="en").err
        assert all(step in told for step in steps), told
        assert "200/200" in told
