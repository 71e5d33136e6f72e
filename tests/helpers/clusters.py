"""A real cluster of Dask: a scheduler and its workers, each a process of its own, started by the tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from processes import wait_until

ROOT = Path(__file__).parent.parent.parent

_DEADLY = """\
import os, signal, sys, time
if any("smartcity_xl.cli.batch" in word for word in sys.orig_argv):
    from smartcity_xl.run import placed
    real = placed.collect_city

    def collect_city(task, follow, note):
        if os.path.basename(task.place) == "毁机县":
            os.kill(int(os.environ["XLSCORE_TEST_WORKER"]), signal.SIGKILL)
        while os.path.exists(os.environ["XLSCORE_TEST_HELD"]):
            time.sleep(0.05)

        def noted(parcel):
            note(parcel)
            if parcel and parcel.name == "致命.xlsx":
                os.kill(os.getpid(), signal.SIGKILL)

        return real(task, follow, noted)

    os.environ["XLSCORE_TEST_WORKER"] = str(os.getppid())
    placed.collect_city = collect_city
"""
"""What a machine is like on which one file ends whoever reads it, and one city whoever asks for it; and on which no
city is begun while it is held."""


class Cluster:
    """``address`` is its scheduler's; ``workers`` are those that watch over a worker each, and start it anew."""

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        (home / "site").mkdir()
        (home / "site" / "sitecustomize.py").write_text(_DEADLY, encoding="utf-8")
        self.home, self.address = home, ""
        self.environment = {
            **os.environ, **environment, "PYTHONPATH": f"{home / 'site'}{os.pathsep}{ROOT}",
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1", "DASK_TEMPORARY_DIRECTORY": str(home),
            "XLSCORE_TEST_HELD": str(home / "held"),
        }  # fmt: skip
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self, program: str, *words: str) -> subprocess.Popen[bytes]:
        log = (self.home / "log").open("ab")
        with log:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{program}", *words], env=self.environment, stdout=log,
                stderr=log, cwd=self.home, start_new_session=True,
            )  # fmt: skip

    def add_workers(self, number: int) -> None:
        self.workers += [
            self.start("worker", self.address, "--nthreads", "1", "--no-dashboard", "--memory-limit", "0",
                       "--host", "127.0.0.1")
            for _ in range(number)
        ]  # fmt: skip

    def hold(self) -> None:
        """Begin no city until ``let_go``: what shall befall those that are under way befalls them for certain."""
        (self.home / "held").touch()

    def let_go(self) -> None:
        (self.home / "held").unlink(missing_ok=True)

    def programs(self) -> list[tuple[int, psutil.Process]]:
        """What collects cities now: the number of the worker that started it, and the process."""
        found = []
        for number, worker in enumerate(self.workers):
            with suppress(psutil.Error):
                for one in psutil.Process(worker.pid).children(recursive=True):
                    if any("smartcity_xl.cli.batch" in word for word in one.cmdline()) and one.ppid() != worker.pid:
                        found.append((number, one))
        return found

    def kill_worker(self, number: int) -> None:
        """With whoever watches over it, as when its machine goes."""
        worker = self.workers[number]
        children = psutil.Process(worker.pid).children()
        worker.kill()
        for one in children:
            with suppress(psutil.Error):
                one.kill()
        worker.wait()

    def log(self) -> str:
        return (self.home / "log").read_text(encoding="utf-8", errors="replace")


@contextmanager
def run_scheduler(home: Path, environment: Mapping[str, str]) -> Iterator[Cluster]:
    """Without any worker."""
    cluster, told = Cluster(home, environment), home / "scheduler.json"
    scheduler = cluster.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                              "--scheduler-file", str(told))  # fmt: skip
    try:
        wait_until(lambda: told.exists() and told.read_text(encoding="utf-8").endswith("}"), "the scheduler is there")
        cluster.address = json.loads(told.read_text(encoding="utf-8"))["address"]
        yield cluster
    finally:
        _end([*cluster.workers, scheduler])


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
