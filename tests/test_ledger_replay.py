"""An earlier run is asked for again from the ledger alone, decisions included, byte for byte."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from database_server import DatabaseServer
from mails import attachment, mail, text
from make_samples import fill_workbook
from support import ASSIGNMENT, CATALOG, ISSUE, filled, identified, parcel, put

from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import Keeping, Listed, open_ledger, parse_utc, read_ledger, utc
from smartcity_xl.ledger.schema import MIGRATIONS, open_database
from smartcity_xl.messages import LANGUAGES, label, sentence
from smartcity_xl.model import SEND_BACK, Rounding, Settings
from smartcity_xl.model.place import Place
from smartcity_xl.office.deciding.form import INPUTS, read_decision_row
from smartcity_xl.run.collecting import collect
from smartcity_xl.run.systems import Choice

SHARED = "gov_items_ecert"
LEAD, OTHER = ASSIGNMENT.asked[SHARED][:2]
FILES = ("results.json", label("file.summary"))


@cache
def given(department: str, **answers: object) -> bytes:
    return fill_workbook(CATALOG, ASSIGNMENT, department, ISSUE, {"answers": answers})


def letter(data: bytes, received: str) -> bytes:
    headers = f"Received: from mx.example.com by mail.example.com; {received}\nFrom: clerk@example.com"
    return mail(text(), attachment("表.xlsx", data), headers=headers)


def day(number: int, second: int = 0) -> str:
    return f"2026-11-{number:02}T08:00:{second:02}Z"


class Office:
    """A round as its office keeps it, day by day; ``states`` are the files that each run wrote."""

    def __init__(self, folder: Path, ledger: Place | None = None) -> None:
        self.ledger = ledger or folder / "ledger"
        self.folder, self.states = folder, dict[str, list[bytes]]()
        self.book = folder / "out" / label("file.decisions")

    def put(self, **files: bytes) -> None:
        put(self.folder / "inbox", {name.replace("_", "."): data for name, data in files.items()})

    def collect(self, at: str, decided: bool = True, as_of: str = "") -> list[bytes]:
        keeping = Keeping(self.ledger, at, as_of)
        book = self.book if decided and self.book.exists() else None
        collect(self.folder / "inbox", self.folder / "out", keeping=keeping, decisions=book)
        written = [(self.folder / "out" / name).read_bytes() for name in FILES]
        if not as_of:
            self.states[at] = written
        return written

    def decide(self, choice: object, reason: str = "按台账核对") -> None:
        book = openpyxl.load_workbook(self.book)
        sheet = book[label("decide.sheet")]
        head = {str(cell.value): cell.column for cell in sheet[1]}
        for row in range(2, sheet.max_row + 1):
            subject = read_decision_row(str(sheet.cell(row, 1).value))
            if subject and subject.startswith(SHARED):
                for name, value in {"choice": choice, "reason": reason, "who": "李四"}.items():
                    sheet.cell(row, head[INPUTS[name]]).value = value
        book.save(self.book)


def settle_days(office: Office) -> None:
    """Seven days: a conflict, a decision, a correction that lapses it, a mail, another decision, and files that go."""
    office.put(a_xlsx=given(LEAD, **{SHARED: 800}), b_xlsx=given(OTHER, **{SHARED: 850}))
    office.collect(day(1))
    office.decide(2)
    office.collect(day(2))
    office.put(c_eml=letter(filled("secrecy", leak_events=3), "Tue, 03 Nov 2026 09:00:00 +0800"))
    office.collect(day(3))
    office.put(d_xlsx=given(OTHER, **{SHARED: 860}))
    office.collect(day(4))
    office.decide(label("decide.back"), "再核")
    office.collect(day(5))
    office.put(e_eml=letter(filled("secrecy", leak_events=1), "Fri, 06 Nov 2026 09:00:00 +0800"))
    (office.folder / "inbox" / "a.xlsx").unlink()
    office.collect(day(6))
    office.put(a_xlsx=given(LEAD, **{SHARED: 800}))
    office.collect(day(7))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    made = Office(tmp_path_factory.mktemp("office"))
    settle_days(made)
    assert len({state[0] for state in made.states.values()}) == 7
    return made


@pytest.mark.parametrize("number", range(1, 8))
def test_every_run_can_be_asked_for_again_from_the_ledger_alone(office: Office, number: int) -> None:
    standing = office.book.read_bytes()
    assert office.collect(day(20), decided=False, as_of=day(number)) == office.states[day(number)]
    assert office.book.read_bytes() == standing


@pytest.mark.servers
def test_a_ledger_on_a_server_says_the_same_of_every_day(
    office: Office, database_server: DatabaseServer, tmp_path: Path
) -> None:
    other = Office(tmp_path, database_server.place())
    settle_days(other)
    assert [results for results, _ in other.states.values()] == [results for results, _ in office.states.values()]
    with read_ledger(office.ledger) as ledger, read_ledger(other.ledger) as served:
        assert served.anchor() == ledger.anchor(), "the very same entries, link by link"
        assert served.anchor(day(3)) == ledger.anchor(day(3))
    assert other.collect(day(20), False, as_of=day(5)) == other.states[day(5)]


@pytest.mark.parametrize("number", range(2, 7))
def test_a_second_before_a_run_the_one_before_it_holds_and_a_second_after_it_itself(
    office: Office, number: int
) -> None:
    at = parse_utc(day(number))
    before, after = (utc(at.fromtimestamp(at.timestamp() + step, at.tzinfo)) for step in (-1, 1))
    assert office.collect(day(20), False, as_of=before) == office.states[day(number - 1)]
    assert office.collect(day(20), False, as_of=after) == office.states[day(number)]


def test_a_second_before_the_first_run_there_is_nothing(office: Office) -> None:
    with pytest.raises(UsageFault, match="as-of-unknown"):
        office.collect(day(20), False, as_of="2026-11-01T07:59:59Z")


@pytest.mark.parametrize(("step", "number"), [(-1, 1), (0, 2), (1, 2)])
def test_what_the_ledger_knows_of_a_moment_has_the_same_boundary(office: Office, step: int, number: int) -> None:
    at = parse_utc(day(2))
    moment = utc(at.fromtimestamp(at.timestamp() + step, at.tzinfo))
    with read_ledger(office.ledger) as ledger:
        [run] = ledger.last_runs(moment)
        assert ledger.runs_of(ASSIGNMENT.id, ISSUE.round, ISSUE.city, moment) == (run,)
        assert run.at == day(number)
        assert [one.name for one in ledger.listing("inbox", moment) or ()] == ["a.xlsx", "b.xlsx"]
    with read_ledger(office.ledger) as ledger:
        at = parse_utc(day(3))
        moment = utc(at.fromtimestamp(at.timestamp() + step, at.tzinfo))
        assert ("c.eml" in {one.name for one in ledger.listing("inbox", moment) or ()}) == (step >= 0)
        assert (len(ledger.arrivals(moment)) > 3) == (step >= 0)
        gone = parse_utc(day(6))
        moment = utc(gone.fromtimestamp(gone.timestamp() + step, gone.tzinfo))
        assert [one.name for one in ledger.gone("inbox", moment)] == (["a.xlsx"] if step >= 0 else [])


def test_what_lay_there_when_a_run_was_cut_off_is_known_once_and_to_the_second(tmp_path: Path) -> None:
    one, other, third = parcel(b"1", "a.xlsx"), parcel(b"2", "b.xlsx"), parcel(b"3", "c.xlsx")
    for at, parcels in ((day(1), [one]), (day(2), [one, other]), (day(3), [one, other, third])):
        with open_ledger(tmp_path, at) as ledger:
            ledger.take(parcels, "inbox", ())
    with read_ledger(tmp_path) as ledger:
        assert ledger.listing("inbox", day(1)) == (Listed("a.xlsx", one.sha256),)
        assert ledger.listing("inbox", "2026-11-02T07:59:59Z") == (Listed("a.xlsx", one.sha256),)
        assert ledger.listing("inbox", day(2)) == (Listed("a.xlsx", one.sha256), Listed("b.xlsx", other.sha256))


def test_the_ledger_keeps_what_was_chosen_over_which_answers_and_where_that_stands(office: Office) -> None:
    with read_ledger(office.ledger) as ledger:
        kept = {}
        for number in range(1, 8):
            [run] = ledger.last_runs(day(number))
            kept[number] = ledger.decisions(run)
    assert kept[1] == ()
    [made] = kept[2]
    assert made.side == "850"
    assert made.subject.split("|")[:2] == [SHARED, ""]
    assert (made.file, made.sheet, made.held) == (label("file.decisions"), label("decide.sheet"), True)
    assert made.cell
    [lapsed] = kept[4]
    assert (lapsed.side, lapsed.held) == ("850", False)
    assert [(one.side, one.held) for one in kept[5]] == [(SEND_BACK, True)]


def test_a_decision_workbook_that_waits_does_not_stop_a_look_back(office: Office) -> None:
    """The output folder holds decisions that nobody gave: nothing is written over them, so nothing is refused."""
    assert office.collect(day(20), decided=False, as_of=day(1)) == office.states[day(1)]


# --- a ledger of an older program --------------------------------------------------------------------------------


def older(folder: Path, spoil: Callable[[sqlite3.Connection], None] = lambda _: None) -> None:
    """Make of a ledger what the program before kept: decisions in words alone, and one time for each parcel."""
    path = folder / "ledger.sqlite3"
    now = sqlite3.connect(path)
    kept = folder / "older.sqlite3"
    before = open_database(kept, migrations=MIGRATIONS[:3])
    tables = [name for (name,) in before.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        columns = [row[1] for row in before.execute(f"PRAGMA table_info({table})")]
        named = ", ".join(columns)
        rows = now.execute(f"SELECT {named} FROM {table}").fetchall()
        before.executemany(f"INSERT INTO {table} ({named}) VALUES ({', '.join('?' * len(columns))})", rows)
    spoil(before)
    before.close()
    now.close()
    for left in folder.glob("ledger.sqlite3*"):
        left.unlink()
    kept.rename(path)
    for left in folder.glob("older.sqlite3*"):
        left.unlink()


@pytest.fixture
def short(tmp_path: Path) -> Office:
    """Two days: a conflict, and its decision."""
    made = Office(tmp_path)
    made.put(a_xlsx=given(LEAD, **{SHARED: 800}), b_xlsx=given(OTHER, **{SHARED: 850}),
             c_eml=letter(filled("secrecy"), "Sun, 01 Nov 2026 09:00:00 +0800"))  # fmt: skip
    made.collect(day(1))
    made.decide(2)
    made.collect(day(2))
    return made


def test_a_ledger_of_an_older_program_is_opened_and_its_decisions_are_known_by_their_words(short: Office) -> None:
    before = short.states[day(2)]
    older(short.folder / "ledger")
    with open_ledger(short.folder / "ledger", day(3)) as ledger:
        [run] = ledger.last_runs()
        [kept] = ledger.decisions(run)
        assert (kept.side, kept.held) == ("", True)
        assert set(ledger.received().values()) == {day(1), "2026-11-01T01:00:00Z"}
    results = short.collect(day(20), False, as_of=day(2))[0]
    assert b'"state": "decided"' in results
    assert results.count(b"850") == before[0].count(b"850")


def test_words_that_no_answer_bears_are_refused_by_name(short: Office) -> None:
    def reword(database: sqlite3.Connection) -> None:
        [trigger] = [name for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name = 'UPDATE:decision'")]  # fmt: skip
        database.execute(f'DROP TRIGGER "{trigger}"')
        database.execute("UPDATE decision SET choice = '选项 3：900项'")

    older(short.folder / "ledger", reword)
    with open_ledger(short.folder / "ledger", day(3)):
        pass
    with pytest.raises(UsageFault, match="decision-unrecalled") as fault:
        short.collect(day(20), False, as_of=day(2))
    for language in LANGUAGES:
        told = sentence("errors", fault.value.code, language, **fault.value.parameters)
        assert all(part in told for part in ("选项 3：900项", SHARED, "2026-11-02"))


def test_settings_that_the_office_chose_are_replayed_too(tmp_path: Path) -> None:
    """Half of the workbooks carry other settings: without the choice that the ledger keeps, nobody could tell."""
    put(
        tmp_path / "inbox", {"a.xlsx": filled("secrecy"), "b.xlsx": identified(filled("tax"), settings="rounding=once")}
    )
    for at, as_of, choice in ((day(1), "", Choice(settings=Settings(rounding=Rounding.ONCE))),
                              (day(2), day(1), Choice())):  # fmt: skip
        collect(tmp_path / "inbox", tmp_path / at[:10], choice, keeping=Keeping(tmp_path / "ledger", at, as_of))
    first, again = ([(tmp_path / at[:10] / name).read_bytes() for name in FILES] for at in (day(1), day(2)))
    assert again == first
    assert b"settings-other" in first[0]


def test_two_rounds_in_one_ledger_keep_their_decisions_apart(short: Office) -> None:
    """Another inbox is collected into the same ledger later: looking back at the first finds its own decisions."""
    put(short.folder / "other", {"a.xlsx": fill_workbook(
        CATALOG, ASSIGNMENT, LEAD, type(ISSUE)("2020", ISSUE.city, ISSUE.deadline), {"answers": {}})})  # fmt: skip
    keeping = Keeping(short.folder / "ledger", day(3))
    collect(short.folder / "other", short.folder / "other-out", keeping=keeping)
    assert short.collect(day(20), False, as_of=day(4)) == short.states[day(2)]
