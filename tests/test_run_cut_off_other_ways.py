"""A round where the machine fails in other ways: killed for good, a full or read-only disk, files under way or gone."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ledger_harm import freely
from ledger_work import AT, LATER, rows
from stopping import before_every_call, lay_tree, read_tree
from support import codes, filled, put
from tiny_round import INIT, YES, Round, a, b, put_system, remembered

from smartcity_xl.arrival.inbox import list_files
from smartcity_xl.arrival.steady import GROWING, VANISHED, is_whole, read_steady
from smartcity_xl.books.compound import OLE
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import MachineFault, ResultsFault
from smartcity_xl.ledger import Keeping, audit_ledger, open_ledger, read_ledger
from smartcity_xl.ledger.store import Store
from smartcity_xl.messages import label
from smartcity_xl.results import read_results
from smartcity_xl.results.together import find_mixed, note_path
from smartcity_xl.run import collecting
from smartcity_xl.run.collecting import collect
from smartcity_xl.run.files import write_together

SUMMARY = label("file.summary")
NOW = "2026-11-21T03:00:00Z"
MOMENT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC).timestamp()


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A round with two reports that nobody has collected."""
    home = tmp_path_factory.mktemp("round")
    put_system(home)
    round_ = Round(home)
    assert (round_.run(*INIT), round_.run("make-templates")) == (0, 0)
    round_.receive(甲=a(all=100, done=50), 乙=b(all=100, done=60, open=YES))
    return home


@pytest.fixture
def round_(begun: Path, quick_path: Path) -> Iterator[Round]:
    with remembered():
        yield Round(lay_tree(quick_path / "round", read_tree(begun)))


def written(round_: Round) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in round_.out.rglob("*") if path.is_file()}


# --- stopped for good --------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("part", [0.15, 0.5, 0.8, 0.97])
def test_a_process_killed_in_the_middle_is_completed_by_the_next(part: float, round_: Round, quick_path: Path) -> None:
    first, whole = (Round(lay_tree(quick_path / name, read_tree(round_.home))) for name in ("first", "whole"))
    assert first.run("collect") == 1, "what a process does once alone is not counted"
    calls = 0

    def count(_: str) -> None:
        nonlocal calls
        calls += 1

    with before_every_call(count):
        assert whole.run("collect") == 1
    step, calls = int(part * calls), 0

    def end(_: str) -> None:
        nonlocal calls
        calls += 1
        if calls == step:
            os._exit(9)

    child = os.fork()
    if child == 0:
        with before_every_call(end):
            round_.run("collect")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert round_.run("collect") == 1
    assert written(round_) == written(whole)
    assert rows(round_.place("store")) == rows(whole.place("store"))


REFUSED = ("fsync", "replace", "link", "mkdir", "write")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_disk_that_refuses_at_any_call_loses_nothing_and_is_said(
    number: int, round_: Round, quick_path: Path
) -> None:
    whole = Round(lay_tree(quick_path / "whole", read_tree(round_.home)))
    assert whole.run("collect") == 1
    start, step, refused = read_tree(round_.home), 5 + number % 3, 0
    while True:
        calls = 0

        def refuse(name: str, step: int = step) -> None:
            nonlocal calls
            calls += name in REFUSED
            if calls == step and name in REFUSED:
                raise OSError(number, os.strerror(number))

        trial = Round(lay_tree(quick_path / str(step), start))
        with before_every_call(refuse):
            code = trial.run("collect")
        if calls < step:
            break
        refused += code == 3
        assert code in (1, 3), trial.told.getvalue()
        assert "Traceback" not in trial.told.getvalue(), trial.told.getvalue()
        assert not find_mixed(trial.out)
        assert trial.run("collect") == 1
        assert written(trial) == written(whole), f"call {step}"
        step += 9
    assert refused > 2


# --- of one run, or told -----------------------------------------------------------------------------------------


def cut_between(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two files of one run, cut off before the second is put in place, as by a power cut."""
    replace, calls = os.replace, 0

    def stop(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:  # the note, the first file, and no more
            os._exit(9)
        replace(*arguments)

    child = os.fork()
    if child == 0:
        monkeypatch.setattr(os, "replace", stop)
        write_together({folder / SUMMARY: b"new", folder / "results.json": b"new"})
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_cut_between_two_renames_is_told_to_people_and_to_whoever_reads_the_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox, out = put(tmp_path / "inbox", {"a.xlsx": filled("secrecy", leak_events=1)}), tmp_path / "out"
    collect(inbox, out, keeping=Keeping(out / "ledger", AT))
    right = {name: (out / name).read_bytes() for name in (SUMMARY, "results.json")}
    cut_between(out, monkeypatch)
    assert (out / SUMMARY).read_bytes() == b"new"
    assert (out / "results.json").read_bytes() == right["results.json"]
    assert "results.json" in note_path(out).read_text(encoding="utf-8-sig")
    with pytest.raises(ResultsFault, match="results-of-two-runs"):
        read_results(out / "results.json")
    asked = ["collect", str(inbox), "--lang", "en", "--out", str(tmp_path / "next")]
    assert run_cli([*asked, "--previous", str(out / "results.json")]) == 2
    assert "of an earlier run than the files beside it" in capsys.readouterr().err
    (out / SUMMARY).unlink()  # what nobody reads is no workbook of ours either
    collect(inbox, out, keeping=Keeping(out / "ledger", LATER))
    assert {name: (out / name).read_bytes() for name in right} == right
    assert not note_path(out).exists()
    assert read_results(out / "results.json").round == "2018"


def test_a_note_is_no_parcel_where_inbox_and_output_are_one(tmp_path: Path) -> None:
    put(tmp_path, {label("file.unfinished"): b"x", "a.xlsx": filled("secrecy")})
    assert [one.name for one in list_files(tmp_path, tmp_path)] == ["a.xlsx"]


def test_a_bug_in_the_results_costs_the_results_and_the_earlier_ones_are_not_taken_for_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import smartcity_xl.results

    inbox, out = put(tmp_path / "inbox", {"a.xlsx": filled("secrecy", leak_events=1)}), tmp_path / "out"
    arguments = ["collect", str(inbox), "--out", str(out), "--lang", "en"]
    assert run_cli(arguments) == 1
    before, summary = (out / "results.json").read_bytes(), (out / SUMMARY).read_bytes()
    put(inbox, {"a.xlsx": filled("secrecy", leak_events=2)})

    def stumble(_: object) -> bytes:
        raise ValueError("no JSON for that")

    with monkeypatch.context() as patch:
        patch.setattr(smartcity_xl.results, "write_results", stumble)
        assert run_cli(arguments) == 3
    assert "results.json” was not written: ValueError" in capsys.readouterr().err
    assert (out / "results.json").read_bytes() == before
    assert (out / SUMMARY).read_bytes() != summary
    with pytest.raises(ResultsFault, match="results-of-two-runs"):
        read_results(out / "results.json")
    assert run_cli(arguments) == 1
    assert read_results(out / "results.json").round == "2018"


def test_workbooks_that_a_cut_off_run_put_back_are_known_as_ours(round_: Round, quick_path: Path) -> None:
    """Cut before the folder's register is renewed, then another report comes: nothing old stays, nothing is kept."""
    whole = Round(lay_tree(quick_path / "whole", read_tree(round_.home)))
    put_file = collecting.put_returns.__globals__["_write_register"]

    def cut(path: Path, known: object) -> None:
        if not isinstance(known, list):
            raise KeyboardInterrupt
        put_file(path, known)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(collecting.put_returns.__globals__, "_write_register", cut)
        round_.run("collect")
    folder = round_.out / label("file.returned_folder")
    assert list(folder.glob("*.xlsx"))
    for one in (whole, round_):
        one.receive(甲=a(all=100, done=60))
        one.run("collect")
    there = {path.name: path.read_bytes() for path in folder.glob("*.xlsx")}
    assert there == {path.name: path.read_bytes() for path in (whole.out / folder.name).glob("*.xlsx")}
    assert "was changed" not in round_.told.getvalue()


# --- files under way ---------------------------------------------------------------------------------------------

WHOLE = filled("secrecy", leak_events=1)
BEGUN = {
    "a workbook": WHOLE[:-2000], "a workbook of nothing yet": b"", "a document": b"%PDF-1.4 half",
    "a photograph": b"\xff\xd8\xff\xe0 half", "a picture": b"\x89PNG\r\n\x1a\n half",
    "an archive": b"7z\xbc\xaf\x27\x1c\0\4" + bytes(24) + b"packed",
    "an old workbook": OLE + bytes(22) + b"\x09\0" + bytes(16) + b"\x40\0\0\0" + bytes(900),
}  # fmt: skip


def aged(folder: Path, seconds: float, **files: bytes) -> Path:
    put(folder, {f"{name}.xlsx": data for name, data in files.items()})
    for name in files:
        os.utime(folder / f"{name}.xlsx", (MOMENT - seconds,) * 2)
    return folder


@pytest.mark.parametrize("kind", BEGUN)
def test_a_fragment_written_just_now_is_left_for_the_next_run(kind: str, tmp_path: Path) -> None:
    assert not is_whole(BEGUN[kind])
    inbox = aged(tmp_path / "inbox", 2, 好=filled("credit"), 坏=BEGUN[kind])
    outcome, _ = collect(inbox, tmp_path / "out", keeping=Keeping(tmp_path / "ledger", NOW))
    [receipt] = [one for one in outcome.receipts if one.parcel == "坏.xlsx"]
    assert (receipt.status, codes(receipt.findings)) == ("ignored", [GROWING])
    with read_ledger(tmp_path / "ledger") as ledger:
        assert {one.name for one in ledger.sightings()} == {"好.xlsx"}, "a fragment is never kept as what came"
    back, _ = collect(inbox, tmp_path / "back", keeping=Keeping(tmp_path / "ledger", NOW, as_of=NOW))
    assert [r.findings for r in back.receipts if r.parcel == "坏.xlsx"] == [receipt.findings]
    (inbox / "坏.xlsx").write_bytes(WHOLE)
    outcome, _ = collect(inbox, tmp_path / "out", keeping=Keeping(tmp_path / "ledger", LATER))
    assert {one.department for one in outcome.submissions} == {"credit", "secrecy"}
    assert not {GROWING, "file-gone"} & set(codes(outcome.findings))


@pytest.mark.parametrize("seconds", [60.0, -60.0])
def test_a_fragment_that_lies_there_longer_is_told_as_what_it_is(seconds: float, tmp_path: Path) -> None:
    inbox = aged(tmp_path / "inbox", seconds, 好=filled("credit"), 坏=BEGUN["a workbook"])
    outcome, _ = collect(inbox, tmp_path / "out", keeping=Keeping(tmp_path / "ledger", NOW))
    [receipt] = [one for one in outcome.receipts if one.parcel == "坏.xlsx"]
    assert receipt.status == "rejected"


@pytest.mark.parametrize("data", [WHOLE, b"just text", b"%PDF-1.4\n%%EOF", b"PK\5\6" + bytes(18)])
def test_what_is_whole_is_taken_however_young(data: bytes, tmp_path: Path) -> None:
    inbox = aged(tmp_path / "inbox", 0, 坏=data)
    assert [one.data for one in read_steady(list_files(inbox), {}, NOW)] == [data]


@pytest.mark.parametrize("name", ["表.xlsx.part", "表.xlsx.crdownload", "表.xlsx.filepart", "表.download"])
def test_a_name_says_that_a_download_is_under_way(name: str, tmp_path: Path) -> None:
    outcome, _ = collect(put(tmp_path / "inbox", {name: WHOLE, "好.xlsx": filled("credit")}), tmp_path / "out")
    assert [codes(one.findings) for one in outcome.receipts if one.parcel == name] == [[GROWING]]


def test_a_file_that_grows_while_it_is_read_is_left_whatever_its_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, left = put(tmp_path / "inbox", {"a.txt": b"x", "b.txt": b"y"}), dict[str, str]()
    state, looks = os.fstat, 0

    def grow(descriptor: int) -> os.stat_result:
        nonlocal looks
        looks += 1
        if looks == 2:
            with (inbox / "a.txt").open("ab") as stream:
                stream.write(b"more")
        return state(descriptor)

    monkeypatch.setattr(os, "fstat", grow)
    assert [one.name for one in read_steady(list_files(inbox), left)] == ["b.txt"]
    assert left == {"a.txt": GROWING}


def test_a_file_that_vanishes_is_told_and_costs_nobody_else(tmp_path: Path) -> None:
    inbox, left = put(tmp_path / "inbox", {"a.txt": b"x", "b.txt": b"y"}), dict[str, str]()
    entries = list_files(inbox)
    (inbox / "a.txt").unlink()
    assert [one.name for one in read_steady(entries, left)] == ["b.txt"]
    assert left == {"a.txt": VANISHED}


def test_a_folder_that_vanishes_ends_the_run_and_enters_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smartcity_xl.arrival import intake

    inbox = put(tmp_path / "inbox", {"a.xlsx": filled("secrecy"), "二/b.xlsx": filled("credit")})
    collect(inbox, tmp_path / "out", keeping=Keeping(tmp_path / "ledger", AT))
    before = rows(tmp_path / "ledger")
    there = intake.list_files
    for gone in ("二", ""):

        def vanish(*given: Any, gone: str = gone) -> Any:
            found = there(*given)
            (inbox / gone).rename(tmp_path / f"away{gone}")
            return found

        with monkeypatch.context() as patch:
            patch.setattr(intake, "list_files", vanish)
            with pytest.raises(MachineFault, match="folder-vanished"):
                collect(inbox, tmp_path / "out", keeping=Keeping(tmp_path / "ledger", LATER))
        (tmp_path / f"away{gone}").rename(inbox / gone)
        assert rows(tmp_path / "ledger") == before


# --- the ledger --------------------------------------------------------------------------------------------------


def test_a_collection_says_that_the_ledger_was_altered_behind_its_back(tmp_path: Path) -> None:
    inbox, out = put(tmp_path / "inbox", {"a.xlsx": filled("secrecy")}), tmp_path / "out"
    ledger = tmp_path / "ledger"
    sound, _ = collect(inbox, out, keeping=Keeping(ledger, AT))
    assert "ledger-altered" not in codes(sound.findings)
    with freely(ledger) as database:
        database.execute("UPDATE sighting SET name = 'b.xlsx'")
    for at, as_of in ((LATER, ""), (LATER, AT)):
        told, _ = collect(inbox, out, keeping=Keeping(ledger, at, as_of))
        assert "ledger-altered" in codes(told.findings)
        assert told.scores.total == sound.scores.total
    assert any(one.code == "ledger-altered" for one in read_results(out / "results.json").findings)


def cut_off(ledger: Path, work: Callable[[Store], object]) -> None:
    """A writer that keeps something and comes to no end."""

    def write() -> None:
        with open_ledger(ledger, AT) as opened:
            work(opened.store)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()


def test_what_a_cut_off_writer_kept_and_never_entered_is_settled_by_the_next(tmp_path: Path) -> None:
    ledger, come = tmp_path / "ledger", {"name": "晚.pdf", "source": "inbox", "sender": "", "received": AT}
    with open_ledger(ledger, AT):
        pass
    cut_off(ledger, lambda store: store.note(store.put(b"noted"), come))
    cut_off(ledger, lambda store: store.put(b"a mail that was never handed over"))
    assert {one.code for one in audit_ledger(ledger, LATER).flaws} == {"object-unclaimed"}
    with open_ledger(ledger, LATER) as opened:
        pass
    assert opened.unclaimed == 2
    assert audit_ledger(ledger, LATER).flaws == ()
    with read_ledger(ledger) as opened:
        assert [one.name for one in opened.sightings()] == ["晚.pdf"]
    assert [path.read_bytes() for path in (ledger / "unclaimed").iterdir()] == [b"a mail that was never handed over"]


def test_what_is_unclaimed_though_nobody_was_cut_off_is_left_to_an_audit(tmp_path: Path) -> None:
    """Entries that somebody has removed leave such; a run must not tidy them away."""
    ledger = tmp_path / "ledger"
    with open_ledger(ledger, AT) as opened:
        sha256 = opened.store.put(b"nobody's")
    with open_ledger(ledger, LATER) as opened:
        pass
    assert opened.unclaimed == 0
    assert [one.sha256 for one in audit_ledger(ledger, LATER).flaws] == [sha256]


def test_a_run_says_what_it_settled(tmp_path: Path) -> None:
    inbox, told = put(tmp_path / "inbox", {"a.xlsx": filled("secrecy")}), list[str]()
    collect(inbox, tmp_path / "out", keeping=Keeping(tmp_path / "ledger", AT))
    cut_off(tmp_path / "ledger", lambda store: store.put(b"x"))
    keeping = Keeping(tmp_path / "ledger", LATER, tell=lambda code, **_: told.append(code))
    collect(inbox, tmp_path / "out", keeping=keeping)
    assert told == ["store_settled"]
