"""Time in the ledger, deadlines, and an inbox asked for again as it stood."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from ledger_work import AT, LATER, LATEST
from msgspec.structs import replace
from support import codes, filled, parcel, put

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import NothingUsable, UsageFault
from smartcity_xl.ledger import (
    Keeping,
    Listed,
    late_by,
    local_time,
    open_ledger,
    parse_moment,
    read_ledger,
)
from smartcity_xl.messages import sentence
from smartcity_xl.model import Outcome
from smartcity_xl.model.place import Place
from smartcity_xl.results.past import NO_PAST
from smartcity_xl.run import collecting
from smartcity_xl.run.collecting import collect

# --- time --------------------------------------------------------------------------------------------------------


def test_time_in_the_ledger_never_runs_backwards(place: Place) -> None:
    with open_ledger(place, LATER) as ledger:
        ledger.take([parcel(b"first", "a")], "inbox", ())
        assert (ledger.at, ledger.clock_behind) == (LATER, "")
    with open_ledger(place, AT) as ledger:
        assert ledger.clock_behind == LATER
        ledger.take([parcel(b"second", "b")], "inbox", ())
    with open_ledger(place, "2026-11-22T03:00:01Z") as ledger:  # no later than the newest entry
        assert ledger.clock_behind == ""
        ledger.take([parcel(b"third", "c")], "inbox", ())
        assert sorted(ledger.received().values()) == [LATER, "2026-11-22T03:00:01Z", "2026-11-22T03:00:02Z"]


SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("received", "zone", "seconds"),
    [
        pytest.param("2026-12-31T15:59:59Z", SHANGHAI, 0, id="the last second of the day"),
        pytest.param("2026-12-31T16:00:00Z", SHANGHAI, 1, id="the first second after it"),
        pytest.param("2026-12-31T22:59:59Z", BERLIN, 0, id="the last second, elsewhere"),
        pytest.param("2026-12-31T23:00:00Z", BERLIN, 1, id="the first second after it, elsewhere"),
        pytest.param("2026-01-01T00:00:00Z", SHANGHAI, 0, id="a year before"),
        pytest.param("2027-01-01T16:00:00Z", SHANGHAI, 86_401, id="a day after"),
    ],
)
def test_a_deadline_is_the_end_of_its_day_in_its_zone(received: str, zone: ZoneInfo, seconds: int) -> None:
    assert late_by(received, "2026-12-31", zone).total_seconds() == seconds


@pytest.mark.parametrize(("received", "seconds"), [("2026-03-29T21:59:59Z", 0), ("2026-03-29T22:00:00Z", 1)])
def test_a_deadline_on_the_day_the_clocks_change_ends_at_midnight_all_the_same(received: str, seconds: int) -> None:
    assert late_by(received, "2026-03-29", BERLIN).total_seconds() == seconds


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-31", "2026-12-31T15:59:59Z"),
        ("2026-12-31 18:00", "2026-12-31T10:00:00Z"),
        ("2026-12-31T18:00:05", "2026-12-31T10:00:05Z"),
        ("2026-12-31T18:00:05Z", "2026-12-31T18:00:05Z"),
        (" 2026-12-31 18:00+09:00", "2026-12-31T09:00:00Z"),
    ],
)
def test_a_moment_is_read_as_people_write_it(text: str, moment: str) -> None:
    assert parse_moment(text, SHANGHAI) == moment
    assert parse_moment(local_time(moment, SHANGHAI), SHANGHAI) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "31.12.2026", "18:00"])
def test_what_is_no_moment_is_told(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageFault, match="time-unreadable"):
        parse_moment(text)
    if text:
        assert run_cli(["collect", "x", "--as-of", text]) == 2
        assert text in capsys.readouterr().err


# --- an inbox, kept and asked for again --------------------------------------------------------------------------


def keep(tmp_path: Path, at: str, as_of: str = "") -> Outcome:
    done, _ = collect(tmp_path / "inbox", tmp_path / "out", keeping=Keeping(tmp_path / "ledger", at, as_of))
    return done


def test_every_earlier_state_can_be_asked_for_again_byte_for_byte(tmp_path: Path) -> None:
    inbox, states = tmp_path / "inbox", {}
    changes: list[Callable[[], object]] = [
        lambda: put(inbox, {"a.xlsx": filled("secrecy"), "~$a.xlsx": b"owner", "notes.pdf": b"%PDF-1.4"}),
        lambda: put(inbox, {"b.xlsx": filled("credit"), "a2.xlsx": filled("secrecy", leak_events=7)}),
        lambda: (inbox / "a.xlsx").unlink(),
        lambda: put(inbox, {"b.xlsx": b"damaged"}),
        lambda: put(inbox, {"a.xlsx": filled("secrecy"), "b.xlsx": filled("credit")}),
    ]
    for day, change in enumerate(changes, start=1):
        change()
        at = f"2026-11-0{day}T08:00:00Z"
        keep(tmp_path, at)
        states[at] = [(tmp_path / "out" / name).read_bytes() for name in ("results.json", "汇总.xlsx")]
    assert len({state[0] for state in states.values()}) == len(changes)
    for at, state in states.items():
        for asked in (at, at.replace("08:00", "20:00")):
            keep(tmp_path, LATER, asked)
            assert [(tmp_path / "out" / name).read_bytes() for name in ("results.json", "汇总.xlsx")] == state
    with read_ledger(tmp_path / "ledger") as ledger:
        for at, state in states.items():
            [run] = ledger.last_runs(at)
            assert ledger.results(run) == state[0]
        assert [run.at for run in ledger.last_runs()] == ["2026-11-05T08:00:00Z"], "asking enters nothing"


def test_before_anything_was_received_there_is_nothing_to_score(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.xlsx": filled("secrecy")})
    with pytest.raises(UsageFault, match="ledger-missing"):
        keep(tmp_path, AT, AT)
    keep(tmp_path, LATER)
    with pytest.raises(UsageFault, match="as-of-unknown") as fault:
        keep(tmp_path, LATEST, AT)
    assert "2026-11-21" in sentence("errors", fault.value.code, "zh", **fault.value.parameters)


def test_a_mail_received_in_time_and_collected_later_counts_as_of_then(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.xlsx": filled("secrecy")})
    keep(tmp_path, AT)
    data = filled("credit")
    with open_ledger(tmp_path / "ledger", "2026-11-21T12:00:00Z") as ledger:
        mailed = replace(parcel(data, "b.xlsx"), sender="clerk@example.com", received="2026-11-21T11:00:00Z")
        ledger.take([mailed], "mail")
    put(tmp_path / "inbox", {"b.xlsx": data, "c.xlsx": filled("tax")})
    keep(tmp_path, LATER)
    asked = keep(tmp_path, LATEST, "2026-11-21T11:30:00Z")
    assert [one.parcel for one in asked.submissions] == ["a.xlsx", "b.xlsx"]
    assert [one.parcel for one in keep(tmp_path, LATEST, AT).submissions] == ["a.xlsx"]


def test_files_that_are_gone_from_the_inbox_are_told_and_do_not_count(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.xlsx": filled("secrecy"), "b.xlsx": filled("credit")})
    assert "file-gone" not in codes(keep(tmp_path, AT).findings)
    (tmp_path / "inbox" / "a.xlsx").unlink()
    (tmp_path / "inbox" / "b.xlsx").rename(tmp_path / "inbox" / "renamed.xlsx")
    done = keep(tmp_path, LATER)
    assert [(f.origin.file, f.parameters) for f in done.findings if f.code == "file-gone"] == [
        ("a.xlsx", {"sha256": parcel(filled("secrecy")).sha256[:12]})
    ]
    assert [one.parcel for one in done.submissions] == ["renamed.xlsx"]


def test_without_a_ledger_and_with_a_fresh_one_the_results_are_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = put(tmp_path / "inbox", {"a.xlsx": filled("secrecy"), "b.xlsx": filled("secrecy", leak_events=7)})
    monkeypatch.setattr(collecting, "look_back", lambda *_: NO_PAST)  # the one thing that a ledger adds to a page
    collect(inbox, tmp_path / "bare")
    keep(tmp_path, AT)
    keep(tmp_path, LATER)
    for name in ("results.json", "汇总.xlsx"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "bare" / name).read_bytes()


def test_a_second_collection_of_the_same_inbox_gives_the_same_summary(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.xlsx": filled("secrecy"), "b.xlsx": filled("secrecy", leak_events=7)})
    keep(tmp_path, AT)
    first = (tmp_path / "out" / "汇总.xlsx").read_bytes()
    keep(tmp_path, LATER)
    assert (tmp_path / "out" / "汇总.xlsx").read_bytes() == first


def test_a_ledger_inside_the_inbox_is_not_taken_for_what_was_received(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.xlsx": filled("secrecy")})
    keeping = Keeping(tmp_path / "inbox" / "账", AT)
    first, _ = collect(tmp_path / "inbox", tmp_path / "out", keeping=keeping)
    second, _ = collect(tmp_path / "inbox", tmp_path / "other", keeping=keeping)
    assert [receipt.parcel for receipt in first.receipts] == ["a.xlsx"]
    assert first == second


def test_what_was_received_is_kept_even_where_nothing_of_it_can_be_scored(tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"a.pdf": b"%PDF-1.4"})
    with pytest.raises(NothingUsable, match="no-templates"):
        keep(tmp_path, AT)
    with read_ledger(tmp_path / "ledger") as ledger:
        assert ledger.listing("inbox") == (Listed("a.pdf", parcel(b"%PDF-1.4").sha256),)


def test_what_the_ledger_has_to_say_of_itself_is_told_to_the_operator(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox = put(tmp_path / "inbox", {"a.xlsx": filled("secrecy")})
    with open_ledger(tmp_path / "out" / "ledger", "2090-01-01T00:00:00Z") as ledger:
        ledger.take([parcel(b"x", "x.pdf")], "mail")
    assert run_cli(["--lang", "en", "collect", str(inbox), "--out", str(tmp_path / "out")]) == 1
    assert "clock" in capsys.readouterr().err
    for left in (tmp_path / "out" / "ledger").glob("ledger.sqlite3*"):
        left.unlink()
    assert run_cli(["--lang", "en", "collect", str(inbox), "--out", str(tmp_path / "out")]) == 1
    assert "rebuilt" in capsys.readouterr().err


def test_the_notes_in_the_store_say_how_a_parcel_came(tmp_path: Path) -> None:
    with open_ledger(tmp_path, AT) as ledger:
        ledger.take([parcel(b"x", "一.xlsx")], "inbox", ())
    [note] = (tmp_path / "store").glob("*/*.json")
    assert json.loads(note.read_text(encoding="utf-8")) == {
        "name": "一.xlsx", "received": AT, "sender": "", "source": "inbox",
    }  # fmt: skip
