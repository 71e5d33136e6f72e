"""Many cities: each as it is alone, whoever does it; and a worker that dies costs nobody but its own."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from counties import AT, county, like, make_province, put
from msgspec.structs import replace
from processes import LIMIT, stand_still_half_way
from stopping import Tree, read_tree
from tiny_round import remembered

from smartcity_xl.errors import UsageFault
from smartcity_xl.messages import label
from smartcity_xl.model import Parcel
from smartcity_xl.model.headway import Follow, Headway, unfollowed
from smartcity_xl.run import city_workers
from smartcity_xl.run.cities import DONE, FAILED, KILLED, NOTHING, CityOutcome, CityTask, collect_city
from smartcity_xl.run.city_workers import WorkerBounds, collect_cities
from smartcity_xl.run.finding_cities import find_cities, name_cities

SUMMARY = label("file.summary")
Noting = Callable[[Parcel | None], None]


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    with remembered():
        yield


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder around one, as it was laid out; every test takes it back to that."""
    home = tmp_path_factory.mktemp("cities")
    make_province(home)
    shutil.copytree(home, home.with_name("kept"), symlinks=True)
    return home


@pytest.fixture
def home(province: Path) -> Path:
    shutil.rmtree(province)
    shutil.copytree(province.with_name("kept"), province, symlinks=True)
    return province


def tasks_of(home: Path, **more: object) -> tuple[CityTask, ...]:
    return find_cities(home / "province", home / "out", like(home, **more)).tasks


def run(home: Path, jobs: int, order: Callable[[Sequence[CityTask]], Sequence[CityTask]] = tuple) -> list[CityOutcome]:
    return list(collect_cities(order(tasks_of(home)), jobs))


def held(home: Path) -> Tree:
    """All that lies there, but what is merely remembered."""
    return {name: data for name, data in read_tree(home).items() if "remembered.db" not in name}


# --- who is a city ------------------------------------------------------------------------------------------------


def test_folders_archives_and_rounds_are_cities_and_what_is_none_is_told(home: Path) -> None:
    found = find_cities(home / "province", home / "out", like(home))
    assert [(task.name, task.kind) for task in found.tasks] == [
        ("丁县", "round"), ("丙县", "inbox"), ("乙县", "inbox"), ("甲县", "inbox"),
    ]  # fmt: skip
    assert [(one.name, one.why) for one in found.others] == [("空县", "empty"), ("说明.txt", "loose")]
    assert [Path(task.out).name for task in found.tasks] == ["", "丙县", "乙县", "甲县"]


def test_the_folder_that_is_written_to_is_no_city(home: Path) -> None:
    put(home / "province" / "汇总", {"汇总.xlsx": b"of an earlier run"})
    found = find_cities(home / "province", home / "province" / "汇总", like(home))
    assert "汇总" not in [task.name for task in found.tasks]


@pytest.mark.parametrize(
    ("given", "names"),
    [([("甲县", True), ("甲县.zip", False)], 2), ([("A", True), ("a", True), ("b", True)], 3),
     ([("CON", True), ("..zip", False), ("x/y", True), ("长" * 200, True)], 4)],
)  # fmt: skip
def test_names_are_safe_and_none_is_like_another(given: list[tuple[str, bool]], names: int) -> None:
    found = name_cities(given)
    assert len({name.casefold() for name in found}) == names
    assert all(name.strip(" .") == name and "/" not in name and name.casefold() != "con" for name in found)
    backward = name_cities(given[::-1])
    assert found == backward[::-1]


@pytest.mark.parametrize(("place", "code"), [("province/丁县", "cities-one-round"), ("province/甲县", "cities-none"),
                                             ("nowhere", "inbox-missing")])  # fmt: skip
def test_what_is_no_province_is_refused(home: Path, place: str, code: str) -> None:
    with pytest.raises(UsageFault) as raised:
        find_cities(home / place, home / "out", like(home))
    assert raised.value.code == code


# --- the same, whoever does it ------------------------------------------------------------------------------------


def test_two_workers_and_another_order_write_the_same_bytes(home: Path) -> None:
    alone = run(home, 1)
    assert [one.state for one in alone] == [DONE] * 4, [one.words for one in alone]
    written = held(home)
    again = shutil.copytree(home.with_name("kept"), home.with_name("again"), symlinks=True)
    shutil.rmtree(home)
    again.rename(home)
    for number, path in enumerate(sorted((home / "province").rglob("*.xlsx"))):
        os.utime(path, (1_600_000_000 - number,) * 2)
    together = run(home, 2, lambda tasks: tasks[::-1])
    assert held(home) == written
    assert sorted(together, key=lambda one: one.name) == sorted(alone, key=lambda one: one.name)
    assert [one.name for one in together] == [one.name for one in alone[::-1]]  # as they were asked for


def test_outcomes_come_in_the_order_of_the_tasks_whichever_is_done_first(home: Path) -> None:
    def work(task: CityTask, follow: Follow, note: Noting) -> CityOutcome:
        done = home / "one is done"
        while task.name == "丁县" and not done.exists():
            time.sleep(0.05)
        outcome = collect_city(task, follow, note)
        done.touch()
        return outcome

    names = [one.name for one in collect_cities(tasks_of(home), 2, work=work)]
    assert names == ["丁县", "丙县", "乙县", "甲县"]


def test_each_is_what_collect_of_it_alone_makes(home: Path) -> None:
    run(home, 1)
    for name in ("甲县", "丁县"):
        task = next(task for task in tasks_of(home) if task.name == name)
        before = held(home)
        collect_city(task)
        assert {key: data for key, data in held(home).items() if "ledger" not in key and "台账" not in key} == {
            key: data for key, data in before.items() if "ledger" not in key and "台账" not in key
        }


def test_a_city_that_comes_to_nothing_says_why_and_the_others_go_on(home: Path) -> None:
    put(home / "province" / "戊县", {"照片.jpg": b"\xff\xd8\xff"})
    (home / "province" / "丁县" / "campaign.toml").write_text("city = 1", encoding="utf-8")
    found = {one.name: one for one in run(home, 2)}
    assert {name: one.state for name, one in found.items()} == {
        "甲县": DONE, "乙县": DONE, "丙县": DONE, "丁县": FAILED, "戊县": NOTHING,
    }  # fmt: skip
    assert found["丁县"].fault is not None
    assert found["丁县"].fault.code == "campaign-faulty"
    assert "campaign.toml" in found["丁县"].words["en"]


def test_headway_is_told_of_cities(home: Path) -> None:
    for jobs in (1, 2):
        told: list[Headway] = []
        list(collect_cities(tasks_of(home), jobs, told.append))
        assert (told[0].done, told[-1].done) == (0, 4)
        assert {one.step for one in told} == {"cities"}


# --- summaries on demand ------------------------------------------------------------------------------------------


def test_summaries_are_left_out_and_written_later_from_what_is_remembered(home: Path) -> None:
    done = list(collect_cities(tasks_of(home, summaries=False), 1))
    out = Path(done[-1].out)
    assert not (out / SUMMARY).exists()
    assert (out / "results.json").exists()
    task = tasks_of(home)[-1]
    assert str(out / SUMMARY) in collect_city(task).files
    whole = (out / SUMMARY).read_bytes()
    shutil.rmtree(home / "out")
    collect_city(task)
    assert (out / SUMMARY).read_bytes() == whole


def test_a_summary_that_stands_beside_newer_results_is_marked(home: Path) -> None:
    from smartcity_xl.results.together import find_mixed

    task = tasks_of(home)[-1]
    collect_city(task)
    out = Path(task.out)
    collect_city(replace(task, summaries=False))
    assert find_mixed(out) == ()  # nothing new: it is of the same run
    put(home / "province" / "甲县", county("甲县", 99))
    collect_city(replace(task, summaries=False, at="2026-11-23T03:00:00Z"))
    assert find_mixed(out) == (SUMMARY,)
    collect_city(replace(task, at="2026-11-24T03:00:00Z"))
    assert find_mixed(out) == ()


# --- workers that die ---------------------------------------------------------------------------------------------


def die_over(name: str, times: int, parcel: bool = True) -> Callable[[CityTask, Follow, Noting], CityOutcome]:
    """Collecting, but that the process is killed in the city of this name (over its workbook 甲), so many times."""

    def work(task: CityTask, follow: Follow, note: Noting) -> CityOutcome:
        deaths = Path(task.place).parent.parent / "deaths"

        def noted(one: Parcel | None) -> None:
            note(one)
            if task.name == name and (one.name == "甲.xlsx" if parcel and one else not parcel):
                if deaths.exists() and len(deaths.read_bytes()) >= times:
                    return
                with deaths.open("ab") as stream:
                    stream.write(b"x")
                os.kill(os.getpid(), signal.SIGKILL)

        return collect_city(task, follow, noted)

    return work


posix = pytest.mark.skipif(os.name != "posix", reason="kills as a POSIX system does")


@posix
@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_killed_worker_costs_its_city_alone(home: Path, times: int) -> None:
    right = {one.name: one for one in run(home, 1)}
    shutil.rmtree(home / "out")
    # the file is read whole again after one death, left out after two, and the city is given up where that is no help
    found = {one.name: one for one in collect_cities(tasks_of(home), 2, work=die_over("甲县", times, times < 3))}
    assert {name: one for name, one in found.items() if name not in ("甲县", "丁县")} == {
        name: one for name, one in right.items() if name not in ("甲县", "丁县")
    }
    city = found["甲县"]
    if times == 1:
        assert city == right["甲县"]
    elif times == 2:
        assert (city.state, city.spared) == (DONE, ("甲.xlsx",))
        assert city.gist is not None
        assert "reader-crashed" in [one.code for one in city.gist.first]
    else:
        assert (city.state, city.fault and city.fault.parameters["reason"]) == (KILLED, "SIGKILL")
        assert not (home / "out" / "甲县" / "results.json").exists()
    again = {one.name: one for one in run(home, 2)}  # and the next run goes on from there
    for path in right["甲县"].results:  # the summary of one that had come to something else tells of that
        assert again["甲县"].files[path] == right["甲县"].files[path]


@posix
def test_a_worker_that_stands_still_while_it_hands_over_costs_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(task: CityTask, follow: Follow, note: Noting) -> CityOutcome:
        return CityOutcome(task.name, task.place, task.out, DONE, words={"zh": "多" * 1_000_000})

    monkeypatch.setattr(city_workers, "_STILL", 0.5)
    stand_still_half_way(monkeypatch, tmp_path / "once")
    tasks = tasks_of(home)
    assert list(collect_cities(tasks, 2, work=work)) == [work(task, unfollowed, lambda _: None) for task in tasks]
    assert (tmp_path / "once").exists()


@posix
def test_a_city_that_takes_too_long_is_ended(home: Path) -> None:
    def work(task: CityTask, follow: Follow, note: Noting) -> CityOutcome:
        if task.name == "甲县":
            (home / "begun").touch()
            signal.pause()
        return collect_city(task, follow, note)

    done = [0]

    def follow(now: Headway) -> None:
        done[0] = now.done

    def elapsed() -> float:
        """Time that stands still until nothing else is left to be done, however long that takes."""
        return 5.0 if done[0] == 3 and (home / "begun").exists() else 0.0

    found = {
        one.name: one.state for one in collect_cities(tasks_of(home), 2, follow, WorkerBounds(seconds=4), work, elapsed)
    }
    assert found == {"甲县": KILLED, "乙县": DONE, "丙县": DONE, "丁县": DONE}


@posix
def test_memory_is_bounded_and_costs_the_city_alone(home: Path) -> None:
    def work(task: CityTask, follow: Follow, note: Noting) -> CityOutcome:
        def filling(now: Headway) -> None:
            if task.name == "甲县":
                bytearray(2**30)
            follow(now)

        return collect_city(task, filling, note)

    found = {one.name: one for one in collect_cities(tasks_of(home), 2, within=WorkerBounds(memory=2**28), work=work)}
    assert found["甲县"].fault is not None
    assert found["甲县"].fault.code == "city-memory"
    assert [one.state for one in found.values()].count(DONE) == 3


@posix
def test_stopped_in_the_middle_the_next_run_goes_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(city_workers, "_LEAVE", LIMIT)
    right = {one.name: one.files for one in run(home, 1)}
    shutil.rmtree(home / "out")

    def stop(now: Headway) -> None:
        if now.done and (home / "begun").exists():
            raise KeyboardInterrupt

    def work(task: CityTask, follow: Follow, note: Noting) -> CityOutcome:
        if task.name == "甲县":
            try:
                (home / "begun").touch()
                signal.pause()
            finally:
                (home / "left").touch()
        return collect_city(task, follow, note)

    with pytest.raises(KeyboardInterrupt):
        list(collect_cities(tasks_of(home), 2, stop, work=work))
    assert (home / "left").exists()  # a worker leaves its city in order
    assert not list(home.rglob(".xlscore-*.tmp"))
    assert {one.name: one.files for one in run(home, 2)} == right


def test_a_task_keeps_its_passwords_to_itself() -> None:
    task = CityTask("甲县", "a", "b", AT, passwords=("芝麻开门",))
    assert "芝麻开门" not in repr(task)
