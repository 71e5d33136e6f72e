"""Ctrl-C stops a command in order, wherever it is, and the next run goes on from there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from mails import attachment, mail
from processes import Ended, count_calls, interrupted, interrupted_as_it_begins, interrupted_at, interrupted_at_the_end
from rounds import THREE, inbox, real_round, store
from sending import boxes
from servers import CODE, MailHost
from support import ISSUE, filled, put

from smartcity_xl.cli import run_cli
from smartcity_xl.ledger import Step, read_ledger

pytestmark = [pytest.mark.skipif(os.name == "nt", reason="signals")]


def assert_in_order(ended: Ended, folder: Path) -> None:
    """It said that it stopped, and left no trace of Python's, no process, no half file."""
    told = ended.err.decode()
    assert ended.code == 130, told
    assert "已停止" in told
    assert "Traceback" not in told
    assert "Exception" not in told
    assert ended.left == ()
    assert not list(folder.rglob("*.tmp"))


@pytest.fixture(scope="module")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return put(tmp_path_factory.mktemp("in") / "inbox", {f"{key}.xlsx": filled(key) for key in ("secrecy", "credit")})


@pytest.fixture(scope="module")
def alone(parcels: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a run comes to that nothing disturbs."""
    out = tmp_path_factory.mktemp("alone")
    assert run_cli(["collect", str(parcels), "--no-campaign", "--out", str(out)]) == 1
    return outputs(out)


def outputs(out: Path) -> dict[str, bytes]:
    files = [path for path in out.rglob("*") if path.is_file() and "ledger" not in path.relative_to(out).parts]
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


MOMENTS = [("store", 1), ("store", 2), ("open", 1), ("open", 3), ("check", 2), ("summary", 1), ("return", 2)]


@pytest.mark.parametrize(("step", "number"), MOMENTS)
def test_a_collect_stops_at_any_step_and_the_next_completes_it(
    step: str, number: int, parcels: Path, alone: dict[str, bytes], tmp_path: Path
) -> None:
    words = ["collect", str(parcels), "--no-campaign", "--lang", "zh", "--out", str(tmp_path)]
    assert_in_order(interrupted(step, number, *words), tmp_path)
    assert run_cli(words) == 1, "the ledger is free again"
    assert outputs(tmp_path) == alone


@pytest.fixture(scope="module")
def calls(parcels: Path, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How often a run that nothing disturbs asks for something in its folder."""
    out = tmp_path_factory.mktemp("calls")
    return count_calls(out, "collect", parcels, "--no-campaign", "--out", out)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.8, 1])
def test_a_collect_stops_wherever_it_is_and_the_next_completes_it(
    share: float, calls: int, parcels: Path, alone: dict[str, bytes], tmp_path: Path
) -> None:
    words = ["collect", str(parcels), "--no-campaign", "--lang", "zh", "--out", str(tmp_path)]
    assert_in_order(interrupted_at(round(share * calls), tmp_path, *words), tmp_path)
    assert run_cli(words) == 1
    assert outputs(tmp_path) == alone


def test_what_is_stopped_as_it_begins_ends_without_words_of_pythons() -> None:
    ended = interrupted_as_it_begins("--help")
    assert (ended.code, ended.out, ended.err, ended.left) == (130, b"", b"", ())


def test_what_is_done_and_said_is_not_stopped_any_more() -> None:
    ended = interrupted_at_the_end("--help")
    assert (ended.code, ended.err, ended.left) == (0, b"", ())


def test_templates_stop_before_any_is_written_and_come_with_the_next_run(tmp_path: Path) -> None:
    words = ["make-templates", "--no-campaign", "--city", ISSUE.city, "--round", ISSUE.round, "--lang", "zh", "--out"]
    words += [str(tmp_path), "--deadline", "2019-02-25"]
    assert_in_order(interrupted("templates", 12, *words), tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert run_cli(words) == 0
    assert len(list(tmp_path.iterdir())) == 23


SERVED = [
    pytest.mark.servers,
    pytest.mark.usefixtures("trusted"),
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]


class TestMail:
    pytestmark = SERVED

    @pytest.mark.parametrize("number", [1, 2, 3])
    def test_a_fetch_stops_and_the_next_brings_what_is_missing(
        self, number: int, host: MailHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XLSCORE_MAIL_SECRET", CODE)
        office = boxes(host)[0]
        host.put(office, *(mail(attachment("填报表.xlsx", name.encode())) for name in "abc"))
        folder = real_round(tmp_path, host, office)
        words = ["fetch", "--campaign", str(folder), "--lang", "zh", "--since", "2019-01-01"]
        assert_in_order(interrupted("fetch", number, *words), folder)
        before = inbox(folder)
        assert len(before) == number - 1
        assert run_cli(words) == 0
        assert len(inbox(folder)) == 3
        assert before.items() <= inbox(folder).items()

    @pytest.mark.parametrize("number", [1, 2, 3])
    def test_a_send_stops_and_the_next_sends_the_others_once(
        self, number: int, host: MailHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XLSCORE_MAIL_SECRET", CODE)
        office, people = boxes(host)
        folder = real_round(tmp_path, host, office, people)
        words = ["send", "--campaign", str(folder), "--lang", "zh", "--pause", "0"]
        assert_in_order(interrupted("send", number, *words), folder)
        assert run_cli(words) == 1, "some departments have no address"
        for department in THREE:
            assert len(host.arrived(people[department][0])) == 1
        with read_ledger(store(folder)) as ledger:
            assert [one.step for one in ledger.mail.postings()].count(Step.SENT) == 3
