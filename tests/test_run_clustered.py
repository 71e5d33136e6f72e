"""Many cities by a real cluster of Dask: a scheduler and two workers, of which one is killed in the middle."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from clusters import Cluster, run_scheduler
from counties import county, like, make_province, put
from msgspec.structs import replace
from processes import wait_until
from storage import Bucket, Storage, run_storage
from tiny_round import remembered

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import MachineFault, UsageFault, XlscoreError
from smartcity_xl.messages import LANGUAGES, word_error
from smartcity_xl.model.headway import Headway
from smartcity_xl.run import clustered
from smartcity_xl.run.anywhere import find_cities_anywhere
from smartcity_xl.run.batch import LOCAL, Batch, pack_batches, run_batch, size_of_batch, stop_batches
from smartcity_xl.run.cities import DONE, FAILED, KILLED, NOTHING, CityOutcome, CityTask
from smartcity_xl.run.city_workers import collect_cities
from smartcity_xl.run.clustered import collect_clustered
from smartcity_xl.run.finding_cities import find_cities
from smartcity_xl.storage import OWN

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.servers


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    with remembered():
        yield


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    with run_storage(tmp_path_factory.mktemp("storage")) as running:
        yield running


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory, storage: Storage) -> Iterator[Cluster]:
    with run_scheduler(tmp_path_factory.mktemp("cluster"), storage.environment) as running:
        yield running


@pytest.fixture(scope="module")
def cluster(scheduler: Cluster) -> Cluster:
    if not scheduler.workers:
        scheduler.add_workers(2)
    return scheduler


@pytest.fixture
def held_cluster(cluster: Cluster) -> Iterator[Cluster]:
    cluster.hold()
    yield cluster
    cluster.let_go()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("clustered")
    make_province(home)
    return home


def held(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*")
            if path.is_file() and path.name != "remembered.db"}  # fmt: skip


def held_there(bucket: Bucket) -> dict[str, bytes]:
    return {name: data for name, data in bucket.read().items() if f"/{OWN}" not in name and "remembered.db" not in name}


def told(fault: XlscoreError) -> str:
    return "".join(word_error(fault, language) for language in LANGUAGES)


def cities(folder: Path, names: Sequence[str], home: Path) -> tuple[CityTask, ...]:
    for name in names:
        put(folder / "in" / name, county(name, 40))
    return find_cities(folder / "in", folder / "out", like(home)).tasks


# --- who may collect ---------------------------------------------------------------------------------------------


def test_a_scheduler_without_workers_is_told(scheduler: Cluster, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustered, "ARRIVE", 0.5)
    with pytest.raises(MachineFault) as raised:
        list(collect_clustered((), scheduler.address))
    assert raised.value.code == "cluster-no-workers"
    assert f"dask worker {scheduler.address}" in told(raised.value)


@pytest.mark.parametrize(
    ("address", "code"),
    [("tcp://127.0.0.1:9", "cluster-unreachable"), ("127.0.0.1:9", "cluster-unreachable"),
     ("tcp://no-such-host.invalid:8786", "cluster-unreachable"), ("nonsense", "cluster-address"),
     ("carrier-pigeon://here", "cluster-address"), ("", "cluster-address")],
)  # fmt: skip
def test_an_address_at_which_nobody_answers_is_told(address: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustered, "CONNECT", 0.5)
    with pytest.raises(XlscoreError) as raised:
        list(collect_clustered((), address))
    assert isinstance(raised.value, MachineFault | UsageFault)
    assert raised.value.code == code
    assert address in told(raised.value)


def certify(home: Path) -> Path:
    """An authority of one's own and a certificate that it has signed; and another authority."""
    for words in (
        "req -x509 -newkey rsa:2048 -nodes -keyout ca-key.pem -out ca.pem -days 2 -subj /CN=ca",
        "req -newkey rsa:2048 -nodes -keyout key.pem -out request.pem -subj /CN=cluster",
        "x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -out cert.pem -days 2",
        "req -x509 -newkey rsa:2048 -nodes -keyout other-key.pem -out other.pem -days 2 -subj /CN=other",
    ):
        subprocess.run(["openssl", *words.split()], cwd=home, check=True, capture_output=True)
    return home


def settings(home: Path, authority: str = "ca.pem", cert: str = "cert.pem", key: str = "key.pem") -> dict[str, str]:
    """Dask's, as docs/cluster.md has them."""
    whole = "DASK_DISTRIBUTED__COMM__"
    files = {f"{whole}TLS__{role}__{what}": str(home / file) for role in ("SCHEDULER", "WORKER", "CLIENT")
             for what, file in (("CERT", cert), ("KEY", key))}  # fmt: skip
    tls = {f"{whole}TLS__CA_FILE": str(home / authority), f"{whole}DEFAULT_SCHEME": "tls"}
    return {**files, **tls, f"{whole}REQUIRE_ENCRYPTION": "true"}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="certificates are made by openssl")
def test_what_travels_is_encrypted_where_dasks_settings_name_certificates(
    home: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    certify(tmp_path)
    with run_scheduler(tmp_path_factory.mktemp("encrypted"), settings(tmp_path)) as encrypted:
        assert encrypted.address.startswith("tls://")
        encrypted.add_workers(2)

        def collect(environment: dict[str, str], out: str) -> subprocess.CompletedProcess[str]:
            own = like(home)
            words = ["--lang", "en", "collect", str(home / "province"), "--by-city", "--out", str(tmp_path / out),
                     "--cluster", encrypted.address, "--catalog", own.systems[0], "--assignment", own.assignment,
                     "--no-campaign"]  # fmt: skip
            given = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
            return subprocess.run([sys.executable, "-m", "smartcity_xl", *words], env=given, capture_output=True,
                                  text=True, encoding="utf-8")  # fmt: skip

        done = collect(settings(tmp_path), "汇总")
        assert (done.returncode, "Collected: 4" in done.stdout) == (1, True), done.stderr
        wrong = {
            "ssl_context": {},
            "certificate verify failed": settings(tmp_path, "other.pem", "other.pem", "other-key.pem"),
            "No such file": settings(tmp_path, cert="none.pem"),
            "no certificate": settings(tmp_path, "key.pem"),
        }
        for reason, environment in wrong.items():
            refused = collect(environment, "没有")
            assert refused.returncode == 3, refused.stderr
            assert "No encrypted connection to the scheduler at tls://" in refused.stderr, refused.stderr
            assert reason in refused.stderr, refused.stderr


def test_another_program_on_a_worker_is_refused(cluster: Cluster, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustered, "program_digest", lambda: "another")
    tasks = find_cities(home / "province", home / "never", like(home)).tasks
    with pytest.raises(MachineFault) as raised:
        list(collect_clustered(tasks, cluster.address))
    assert raised.value.code == "cluster-other-program"
    assert not (home / "never" / "甲县").exists()
    late = run_batch(Batch(tasks[:1], {}, "another"))  # a worker that has come later
    assert [(one.state, one.fault and one.fault.code) for one in late] == [(FAILED, "cluster-other-program")]


def test_a_folder_that_a_worker_does_not_see_is_told(
    cluster: Cluster, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = cities(tmp_path, ["甲县"], home)
    monkeypatch.setattr(Path, "touch", lambda *_: None)  # what is written here is not there
    with pytest.raises(MachineFault) as raised:
        list(collect_clustered(tasks, cluster.address))
    assert raised.value.code == "cluster-not-shared"
    assert str(tmp_path / "out") in told(raised.value)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MachineFault) as raised:
        list(collect_clustered((), LOCAL))
    assert raised.value.code == "cluster-extra"
    assert "smartcity-xl[cluster]" in told(raised.value)


# --- the same, whoever does it -----------------------------------------------------------------------------------


def test_a_worker_killed_in_the_middle_costs_nothing_and_the_bytes_are_the_same(
    held_cluster: Cluster, storage: Storage, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in storage.environment.items():
        monkeypatch.setenv(name, value)
    cluster, bucket, killed = held_cluster, storage.make_bucket(), list[int]()
    bucket.put_folder(home)
    there = find_cities_anywhere(f"s3://{bucket.name}/province", f"s3://{bucket.name}/out", like(home)).tasks

    def kill(_: Headway) -> None:
        if not killed and (running := cluster.programs()):
            number, program = running[0]
            cluster.kill_worker(number)
            killed.append(number)
            wait_until(lambda: not program.is_running() or program.status() == "zombie", "what it did has ended")
            cluster.let_go()

    outcomes = list(collect_clustered(there, cluster.address, follow=kill))
    assert killed
    cluster.workers.pop(killed[0])
    cluster.add_workers(1)
    assert [one.state for one in outcomes] == [DONE] * 4, [one.words for one in outcomes]
    alone = list(collect_cities(find_cities(home / "province", home / "out", like(home)).tasks))
    assert [one.gist for one in outcomes] == [one.gist for one in alone]
    assert held_there(bucket) == held(home)


def test_a_cluster_on_this_machine_writes_what_one_process_writes(home: Path, tmp_path: Path) -> None:
    (task, *_) = tasks = cities(tmp_path, ["甲县", "乙县"], home)
    words = ["collect", str(tmp_path / "in"), "--by-city", "--out", str(tmp_path / "out"), "--catalog", task.systems[0],
             "--assignment", task.assignment, "--no-campaign"]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "smartcity_xl", *words, "--cluster", LOCAL, "--jobs", "2", "--lang", "en"],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")
    assert "Cities: 2. Collected: 2;" in done.stdout
    written = {name: data for name, data in held(tmp_path / "out").items() if "/ledger/" not in name}
    shutil.rmtree(tmp_path / "out")
    assert run_cli([*words, "--jobs", "1"]) == 1
    assert {name: data for name, data in held(tmp_path / "out").items() if "/ledger/" not in name} == written
    assert len(tasks) == 2


def test_files_and_reasons_are_named_as_they_were_typed(
    cluster: Cluster, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever folder the workers were started in."""
    cities(tmp_path, ["甲县", "乙县"], home)
    put(tmp_path / "in" / "空表县", {"甲.xlsx": b"nothing"})
    put(tmp_path / "in" / "坏设置县", {"campaign.toml": b"["})
    put(tmp_path / "out", {"乙县": b"a file where its folder goes"})
    shutil.copytree(tmp_path, tmp_path / "same")

    def collect(folder: Path, *address: str) -> list[CityOutcome]:
        monkeypatch.chdir(folder)
        tasks = find_cities_anywhere("in", "./out/", like(home)).tasks
        return list(collect_clustered(tasks, *address) if address else collect_cities(tasks))

    there, here = collect(tmp_path, cluster.address), collect(tmp_path / "same")
    assert there == here
    assert {one.state for one in there} == {DONE, NOTHING, FAILED}
    assert not any(str(tmp_path) in repr(one) for one in there)
    assert held(tmp_path / "out") == held(tmp_path / "same" / "out")


def test_paths_that_lead_to_what_is_shared_count_from_a_folder_that_is_not(
    cluster: Cluster, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cities(tmp_path, ["甲县"], home)
    (tmp_path / "own").mkdir()
    monkeypatch.chdir(tmp_path / "own")
    tasks = find_cities_anywhere("../in", "../out", like(home)).tasks
    (batch,) = pack_batches(tasks, 1)
    (done,) = run_batch(replace(batch, home=str(tmp_path / "elsewhere")))
    assert done.state == DONE
    assert (tmp_path / "out" / "甲县" / "results.json").exists()


def test_headway_is_told_and_nobody_is_asked_to_share_the_cores_of_others(
    cluster: Cluster, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks, seen = cities(tmp_path, ["甲县"], home), list[Headway]()
    assert [one.state for one in collect_clustered(tasks, cluster.address, follow=seen.append)] == [DONE]
    assert (seen[0], seen[-1]) == (Headway("cities", 0, 1), Headway("cities", 1, 1))
    words = ["--lang", "en", "collect", str(tmp_path / "in"), "--by-city", "--cluster", cluster.address, "--jobs", "2"]
    assert run_cli([*words, "--no-campaign"]) == 2
    assert "--jobs" in capsys.readouterr().err


def test_a_file_that_ends_its_reader_is_set_aside_as_on_one_machine(
    cluster: Cluster, home: Path, tmp_path: Path
) -> None:
    tasks = cities(tmp_path, ["甲县", "乙县"], home)
    put(tmp_path / "in" / "甲县", {"致命.xlsx": county("甲县", 40)["甲.xlsx"] + b" "})
    deadly, sound = sorted(collect_clustered(tasks, cluster.address), key=lambda one: one.name == "乙县")
    assert (deadly.state, deadly.spared, sound.state, sound.spared) == (DONE, ("致命.xlsx",), DONE, ())


def test_a_city_that_ends_every_worker_is_told_and_the_others_are_done(
    cluster: Cluster, home: Path, tmp_path: Path
) -> None:
    tasks = cities(tmp_path, ["甲县", "毁机县"], home)
    found = {one.name: one for one in collect_clustered(tasks, cluster.address)}
    assert (found["甲县"].state, found["毁机县"].state) == (DONE, KILLED)
    assert "毁机县" in found["毁机县"].words["zh"]
    assert (fault := found["毁机县"].fault)
    assert fault.code == "cluster-killed"


def test_what_waits_behind_a_city_that_ends_its_worker_is_done(
    home: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tasks = cities(tmp_path, ["甲县", "毁机县"], home)
    with run_scheduler(tmp_path_factory.mktemp("alone"), {}) as scheduler:
        scheduler.add_workers(1)
        found = {one.name: one.state for one in collect_clustered(tasks, scheduler.address)}
    assert found == {"甲县": DONE, "毁机县": KILLED}


def test_whoever_stops_asking_ends_what_runs(held_cluster: Cluster, home: Path, tmp_path: Path) -> None:
    tasks = cities(tmp_path, ["甲县", "乙县", "丙县"], home)

    def stop(_: Headway) -> None:
        if held_cluster.programs():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(collect_clustered(tasks, held_cluster.address, follow=stop))
    wait_until(lambda: not held_cluster.programs(), "nothing runs any more")


def test_a_cluster_that_goes_is_told_and_what_was_done_stays(
    held_cluster: Cluster, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clustered, "RETURN", 0.0)
    tasks, ticks, cluster = cities(tmp_path, ["甲县", "乙县"], home), iter(range(10**6)), held_cluster

    def go(_: Headway) -> None:
        while cluster.workers:
            cluster.kill_worker(0)
            cluster.workers.pop(0)

    with pytest.raises(MachineFault) as raised:
        list(collect_clustered(tasks, cluster.address, follow=go, elapsed=lambda: float(next(ticks))))
    assert raised.value.code == "cluster-lost"


@pytest.mark.skipif(sys.platform == "win32", reason="there it sees that its pipe is closed")
def test_a_batch_whose_worker_went_before_it_stood_is_not_collected(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getpid", lambda: 0)  # whoever started it is another than who should have
    with pytest.raises(RuntimeError, match="SIGKILL"):
        run_batch(pack_batches(cities(tmp_path, ["甲县"], home), 1)[0])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("stopped", ["before it began", "as it begins"])
def test_a_batch_of_a_run_that_is_stopped_goes_on_for_nobody(
    stopped: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, (one,) = subprocess.Popen, pack_batches(cities(tmp_path, ["甲县"], home), 1)

    def begin_late(*words: Any, **given: Any) -> Any:
        program = begin(*words, **given)
        stop_batches(stopped)
        return program

    if stopped == "before it began":
        stop_batches(stopped)
    else:
        monkeypatch.setattr(subprocess, "Popen", begin_late)
    with pytest.raises(RuntimeError, match=r"stopped|SIGKILL"):
        run_batch(one, stopped)
    assert not (tmp_path / "out").exists()
    monkeypatch.undo()
    assert [done.state for done in run_batch(one, "another")] == [DONE]


# --- batches -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cities", "workers", "size"),
    [(1, 2, 1), (4, 2, 2), (19, 2, 10), (21, 2, 3), (2850, 64, 10), (3, 8, 1)],
)
def test_batches_are_few_and_leave_no_worker_alone(cities: int, workers: int, size: int) -> None:
    assert size_of_batch(cities, workers) == size


def test_what_the_command_named_goes_with_the_cities(home: Path, tmp_path: Path) -> None:
    (task,) = cities(tmp_path, ["甲县"], home)
    (batch,) = pack_batches([task], 10)
    assert (tmp_path / "in").exists()
    assert not any(str(home) in text for text in (batch.tasks[0].assignment, *batch.tasks[0].systems))
    secret = replace(task, passwords=("geheim",))
    assert "geheim" not in repr(pack_batches([secret], 1))
