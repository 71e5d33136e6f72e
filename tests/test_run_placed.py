"""Cities in object storage, by a real server that speaks S3: the same bytes as in folders, and never half of a city."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from counties import county, like, make_province, put
from msgspec.structs import replace
from storage import SECRET, USER, Bucket, Storage, run_storage
from tiny_round import MORNING, remembered

from smartcity_xl.arrival import steady
from smartcity_xl.cli import clock, run_cli
from smartcity_xl.errors import MachineFault, UsageFault, XlscoreError
from smartcity_xl.messages import LANGUAGES, label, word_error
from smartcity_xl.results.province import read_province
from smartcity_xl.run import placed
from smartcity_xl.run.anywhere import collect_anywhere, find_cities_anywhere
from smartcity_xl.run.cities import DONE, FAILED, CityOutcome, CityTask
from smartcity_xl.run.city_workers import collect_cities
from smartcity_xl.run.finding_cities import find_cities
from smartcity_xl.run.placed import collect_placed
from smartcity_xl.storage import MANIFEST, OWN, open_place, parse_place, putting, read_manifest
from smartcity_xl.storage import folder as place

pytestmark = pytest.mark.servers
ODD = "丙 县 100% 好#1"


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    with remembered():
        yield


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    with run_storage(tmp_path_factory.mktemp("storage")) as running:
        yield running


@pytest.fixture(autouse=True)
def let_in(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in storage.environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def bucket(storage: Storage) -> Bucket:
    return storage.make_bucket()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A province of a round, an archive and two folders, one of them with a name that a URL would take for more."""
    home = tmp_path_factory.mktemp("placed")
    make_province(home)
    (home / "province" / "乙县").rename(home / "province" / ODD)
    put(home / "province" / ODD, {"空.xlsx": b"", "a%20b+c#?.txt": b"x"})
    return home


def held(folder: Path) -> dict[str, bytes]:
    """All that lies there, but what is merely remembered."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*")
            if path.is_file() and path.name != "remembered.db"}  # fmt: skip


def held_there(bucket: Bucket) -> dict[str, bytes]:
    return {name: data for name, data in bucket.read().items() if f"/{OWN}" not in name and "remembered.db" not in name}


def one_city(bucket: Bucket, home: Path, done: int = 40, **more: str) -> CityTask:
    bucket.put({f"in/甲县/{name}": data for name, data in county("甲县", done).items()})
    task = replace(like(home), name="甲县", place=f"s3://{bucket.name}/in/甲县", out=f"s3://{bucket.name}/out/甲县")
    return replace(task, **more)


def there(task: CityTask) -> place.StorageFolder:
    return open_place(parse_place(task.out))


# --- the same as in folders --------------------------------------------------------------------------------------


def test_a_province_in_object_storage_comes_to_the_same_bytes_and_is_not_done_twice(
    bucket: Bucket, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put_folder(home)
    for folder in ("province/旧县", "province/甲县/子 夹"):
        bucket.mark(folder)
    where = f"s3://{bucket.name}"
    found = find_cities_anywhere(f"{where}/province", f"{where}/out", like(home))
    outcomes = list(collect_anywhere(found.tasks, 2, "", lambda _: None, lambda: 0.0))
    here = find_cities(home / "province", home / "out", like(home))
    assert [task.name for task in found.tasks] == [task.name for task in here.tasks]
    assert {one.name: one.why for one in found.others} == {"旧县": "empty", "说明.txt": "loose"}
    alone = list(collect_cities(here.tasks))
    assert [(one.state, one.gist, [*one.files.values()], [*one.returned.values()]) for one in outcomes] == [
        (DONE, one.gist, [*one.files.values()], [*one.returned.values()]) for one in alone
    ], [one.words for one in outcomes]
    assert held_there(bucket) == held(home)
    assert all(path.startswith(f"{where}/") for one in outcomes for path in (*one.files, *one.returned, one.place))
    monkeypatch.setattr(placed, "collect_city", lambda *_: pytest.fail("done again"))
    assert [collect_placed(task) for task in found.tasks] == outcomes


def make_failing(home: Path) -> None:
    """Cities of which nothing comes, each for another reason, beside one that is whole."""
    make_province(home)
    shutil.rmtree(home / "province" / "乙县")
    folder = home / "province"
    put(folder / "无表县", {"说明.txt": b"x"})
    (folder / "坏县.zip").write_bytes(b"PK\x03\x04 no archive")
    put(folder / "错县", {"campaign.toml": "city = 错".encode()})
    put(folder / "缺县", {"campaign.toml": (folder / "丁县" / "campaign.toml").read_bytes()})
    put(folder / "两轮县", county("两轮县", 40) | {f"另{name}": data for name, data in county("另县", 40).items()})


def test_a_city_of_which_nothing_comes_leaves_the_same_at_a_place_as_in_a_folder(
    bucket: Bucket, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: MORNING)
    make_failing(tmp_path)
    bucket.put_folder(tmp_path)
    bucket.mark("province/空县")
    where, own = f"s3://{bucket.name}", like(tmp_path)
    for home in (where, str(tmp_path)):
        words = ["--lang", "en", "collect", f"{home}/province", "--by-city", "--out", f"{home}/out", "--jobs", "1",
                 "--catalog", own.systems[0], "--assignment", own.assignment, "--no-campaign"]  # fmt: skip
        assert run_cli(words) == 3
    capfd.readouterr()
    there_, here = held_there(bucket), held(tmp_path)
    assert there_.keys() == here.keys()
    record = "out/province.json"
    named = there_[record].decode().replace(f"s3://{bucket.name}", str(tmp_path))
    failed = {one.name for one in read_province(there_[record]).cities if one.state.value != "collected"}
    assert failed == {"无表县", "坏县", "错县", "缺县", "两轮县"}
    assert named == here[record].decode()
    unlike = {record, f"out/{label('file.province')}"}
    assert {name: data for name, data in there_.items() if name not in unlike} == {
        name: data for name, data in here.items() if name not in unlike
    }


def test_what_is_new_and_what_a_person_changed_is_done_again(bucket: Bucket, home: Path) -> None:
    task = one_city(bucket, home)
    first = collect_placed(task)
    second = collect_placed(one_city(bucket, home, 41, at="2026-11-23T03:00:00Z"))
    assert (first.state, second.state) == (DONE, DONE), second.words
    assert [*first.files] == [*second.files]
    assert first.files != second.files
    name = f"out/甲县/{label('file.summary')}"
    bucket.put({name: b"spoilt"})
    third = collect_placed(task)
    assert bucket.read()[name] != b"spoilt"
    assert third.files == second.files
    assert not [one for one in bucket.names() if f"{OWN}-new" in one]


def test_an_object_above_the_limit_is_cut_as_its_reader_would(
    bucket: Bucket, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steady, "SIZE_LIMIT", 100)
    monkeypatch.setattr(placed, "SIZE_LIMIT", 100)
    task = one_city(bucket, home)
    folder = put(tmp_path / "in" / "甲县", county("甲县", 40))
    alone = placed.collect_city(replace(task, place=str(folder), out=str(tmp_path / "out" / "甲县")))
    outcome = collect_placed(task)
    assert alone.fault is not None
    assert outcome.fault is not None
    assert (outcome.state, outcome.fault.code) == (alone.state, alone.fault.code) == ("nothing", "no-templates")
    assert outcome.words["en"] == alone.words["en"].replace(str(folder), task.place)


# --- never half of it --------------------------------------------------------------------------------------------


class CutOff(BaseException):
    """The machine is gone."""


def cut_off_at(monkeypatch: pytest.MonkeyPatch, number: int) -> list[str]:
    """The machine goes before so many objects have been put, copied or removed."""
    done: list[str] = []
    for name in ("write", "copy_to", "remove"):

        def work(
            one: place.StorageFolder, *given: object, act: object = getattr(place.StorageFolder, name), verb: str = name
        ) -> object:
            if len(done) == number:
                raise CutOff
            done.append(f"{verb} {one}")
            return act(one, *given)  # type: ignore[operator]

        monkeypatch.setattr(place.StorageFolder, name, work)
    monkeypatch.setattr(putting, "do_at_once", lambda work, things: [work(one) for one in things])
    return done


def test_a_city_that_was_cut_off_anywhere_comes_out_whole_the_next_time(
    storage: Storage, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, later = storage.make_bucket(), "2026-11-23T03:00:00Z"
    collect_placed(one_city(whole, home))
    before = whole.read()
    with monkeypatch.context() as patch:
        steps = cut_off_at(patch, -1)
        collect_placed(one_city(whole, home, 41, at=later))
    wanted, files = held_there(whole), sum(step.startswith("copy") for step in steps)
    assert [step.split()[0] for step in steps] == (
        ["write"] * (1 + files + 1) + ["copy_to"] * files + ["write"] + ["remove"] * files
    )
    moving, moved = 1 + files, 2 + 2 * files
    for number in (1, files // 2, moving, moving + files // 2, moved + 1):
        bucket = storage.make_bucket()
        bucket.put(before)
        task = one_city(bucket, home, 41, at=later)
        with monkeypatch.context() as patch:
            cut_off_at(patch, number)
            with pytest.raises(CutOff):
                collect_placed(task)
        manifest = read_manifest(there(task))
        assert manifest
        assert manifest.is_whole == (number > moved)
        if number > moved:
            assert held_there(bucket) == wanted
        assert collect_placed(task).state == DONE
        assert held_there(bucket) == wanted, number
        assert not [one for one in bucket.names() if f"{OWN}-new" in one]


def test_of_two_runs_at_once_one_stands_back(bucket: Bucket, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task, inner = one_city(bucket, home), list[CityOutcome]()
    real = placed.collect_city

    def meanwhile(*given: object) -> CityOutcome:
        monkeypatch.setattr(placed, "collect_city", real)
        monkeypatch.setattr(placed, "_say_who", lambda _: "another")
        inner.append(collect_placed(task))
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(placed, "collect_city", meanwhile)
    outer = collect_placed(task)
    assert inner[0].state == DONE
    assert (outer.state, outer.fault and outer.fault.code) == (FAILED, "place-taken")
    manifest = read_manifest(there(task))
    assert manifest
    assert (manifest.is_whole, manifest.by) == (True, "another")


def test_a_manifest_that_cannot_be_read_counts_for_none(bucket: Bucket, home: Path) -> None:
    task = one_city(bucket, home)
    first = collect_placed(task)
    bucket.put({f"out/甲县/{MANIFEST}": b'{"state": 7'})
    assert collect_placed(task).files == first.files


# --- what a storage refuses --------------------------------------------------------------------------------------

# what the environment says, the address -> the code of what is told
REFUSED: dict[str, tuple[dict[str, str], str, str]] = {
    "no such bucket": ({}, "s3://no-such-bucket/x", "place-no-bucket"),
    "a key that nobody knows": ({"AWS_ACCESS_KEY_ID": "stranger"}, "", "place-wrong-key"),
    "another secret": ({"AWS_SECRET_ACCESS_KEY": "not-that-one"}, "", "place-wrong-key"),
    "no right": ({"AWS_SKIP_SIGNATURE": "true"}, "", "place-refused"),
    "nobody there": ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "", "place-unreachable"),
    "no endpoint": ({"AWS_ENDPOINT_URL": "nonsense"}, "", "place-settings"),
    "a key in the endpoint": ({"AWS_ENDPOINT_URL": f"http://{USER}:{SECRET}@127.0.0.1:9"}, "", "place-settings"),
    "no key": ({"AWS_ACCESS_KEY_ID": ""}, "", "place-no-key"),
    "nothing there": ({}, "", "place-empty"),
    "a key in the address": ({}, "s3://office:a-secret-of-the-office@bucket/x", "place-with-key"),
    "another protocol": ({}, "ftp://host/x", "place-unknown"),
    "no bucket": ({}, "s3://", "place-unknown"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_told_with_a_remedy_and_without_a_key(
    name: str, bucket: Bucket, home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from smartcity_xl.storage import s3

    says, address, code = REFUSED[name]
    for key, value in says.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setattr(s3, "RETRIES", 0)
    address = address or f"s3://{bucket.name}/in"
    with pytest.raises(XlscoreError) as raised:
        find_cities_anywhere(address, f"{address}-out", like(home))
    fault = raised.value
    assert isinstance(fault, MachineFault | UsageFault)
    assert fault.code == code
    told = "".join(word_error(fault, language) for language in LANGUAGES) + caplog.text + repr(fault)
    assert fault.__cause__ is None
    assert not any(secret in told for secret in (SECRET, "not-that-one", f"{USER}:"))


def test_a_storage_that_fails_costs_a_city_and_is_told(
    bucket: Bucket, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smartcity_xl.storage import s3

    task = one_city(bucket, home)
    monkeypatch.setattr(s3, "RETRIES", 0)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    outcome = collect_placed(task)
    assert (outcome.state, outcome.fault and outcome.fault.code) == (FAILED, "place-unreachable")


def test_names_that_no_file_can_have_are_told(tmp_path: Path) -> None:
    from smartcity_xl.storage import HeldObject, fetch

    class Held:
        def cat_file(self, path: str) -> bytes:
            return path.encode()

    one = place.StorageFolder("s3", "bucket/x", Held())
    for names in ({"长" * 200: 1}, {"a": 1, "a/b": 1}):
        with pytest.raises(MachineFault) as raised:
            fetch(one, tmp_path / "x", {name: HeldObject(size, "", 0.0) for name, size in names.items()})
        assert raised.value.code == "place-name"


# --- the command -------------------------------------------------------------------------------------------------

TYPED: list[tuple[tuple[str, ...], int, str]] = [
    (("s3://b/in",), 2, "--by-city"), (("in", "--out", "s3://b/out"), 2, "--by-city"),
    (("s3://b/in", "--by-city"), 2, "--out s3://b/in-summary-out"),
    (("in", "--cluster", "local"), 2, "--by-city"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "code", "says"), TYPED)
def test_what_makes_no_sense_is_refused(
    words: tuple[str, ...], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["--lang", "en", "collect", *words, "--no-campaign"]) == code
    assert says in capsys.readouterr().err


def test_the_command_tells_of_cities_in_a_bucket_and_sums_them_up_as_in_folders(
    bucket: Bucket, home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    task = one_city(bucket, home)
    put(tmp_path / "in" / "甲县", county("甲县", 40))
    for place_ in (f"s3://{bucket.name}", str(tmp_path)):
        words = ["--lang", "en", "collect", f"{place_}/in", "--by-city", "--out", f"{place_}/out", "--jobs", "1",
                 "--catalog", task.systems[0], "--assignment", task.assignment, "--no-campaign"]  # fmt: skip
        assert run_cli(words) == 1
    told = capfd.readouterr()
    assert f"s3://{bucket.name}/out/甲县" in told.out
    assert f"s3://{bucket.name}/out/province.json" in told.out
    assert SECRET not in told.out + told.err
    made = {f"out/甲县/{label('file.summary')}", "out/province.json", f"out/{label('file.province')}"}
    assert made <= set(bucket.names())
    for name in made:
        assert open_place(parse_place(f"s3://{bucket.name}/{name}")).read() == (tmp_path / name).read_bytes(), name
    record = open_place(parse_place(f"s3://{bucket.name}/out/province.json")).read()
    (city,) = read_province(record or b"").cities
    assert (city.state.value, city.results, city.summary) == (
        "collected", "甲县/results.json", f"甲县/{label('file.summary')}",
    )  # fmt: skip


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "obstore.fsspec", None)
    monkeypatch.delitem(sys.modules, "smartcity_xl.storage.s3", raising=False)
    with pytest.raises(MachineFault) as raised:
        open_place(parse_place("s3://bucket/x"))
    assert raised.value.code == "place-extra"
    assert "smartcity-xl[s3]" in word_error(raised.value, "en")
