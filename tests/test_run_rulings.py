"""What the office says of files: taken out, let in, undone; by which name, for which reasons, and never for others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from mails import attachment, mail, text
from rounds import template
from support import assert_worded, codes, filled, identified, put, receipt

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import Keeping, read_ledger
from smartcity_xl.messages import LANGUAGES, label, sentence
from smartcity_xl.model import Outcome, Person, Roster, RosterEntry, Verb
from smartcity_xl.results import read_results
from smartcity_xl.run.collecting import collect
from smartcity_xl.run.ruling import RulingEntered, Word, rule

EARLY = filled("secrecy", secrecy_review_deduction=0.25, leak_events=3, crypto_failing_systems=4)
LATE = filled("secrecy", secrecy_review_deduction=0.25, leak_events=1, crypto_failing_systems=4)
CREDIT = filled("credit")
OWN = "secrecy@example.com"


def day(number: int, hour: int = 0) -> str:
    return f"2019-03-{number:02d}T{hour:02d}:00:00Z"


class Desk:
    """An inbox with a ledger, and an office that says what it thinks of files."""

    def __init__(self, folder: Path, roster: Roster | None = None) -> None:
        self.folder, self.roster = folder, roster

    def collect(self, at: str, as_of: str = "", **files: bytes) -> Outcome:
        inbox = put(self.folder / "收", {name.replace("_", "."): data for name, data in files.items()})
        keeping = Keeping(self.folder / "账", at, as_of)
        outcome, _ = collect(inbox, self.folder / "出", roster=self.roster, keeping=keeping)
        assert_worded([finding for one in outcome.receipts for finding in one.findings])
        return outcome

    def say(self, at: str, what: str, verb: Verb, undo: bool = False) -> RulingEntered:
        moment = datetime.fromisoformat(at)
        return rule(self.folder / "账", Word(what, verb, "已电话核实", "李四", undo), moment)

    def refuse(self, at: str, what: str, verb: Verb, undo: bool = False) -> str:
        with pytest.raises(UsageFault) as fault:
            self.say(at, what, verb, undo)
        for language in LANGUAGES:
            assert sentence("errors", fault.value.code, language, **fault.value.parameters)
        return fault.value.code

    def written(self) -> dict[str, bytes]:
        return {name: (self.folder / "出" / name).read_bytes() for name in (label("file.summary"), "results.json")}


def in_force(outcome: Outcome, department: str = "secrecy") -> tuple[str, ...]:
    return next(one.files for one in outcome.departments if one.department.key == department)


def fate(outcome: Outcome, name: str) -> tuple[str, list[str]]:
    found = receipt(outcome, name)
    return found.status, codes(found.findings)


def by(sender: str, data: bytes, at: int = 1) -> bytes:
    route = f"Received: from mail.example.com by mx.office.example.com; 0{at} Mar 2019 00:00:00 +0000"
    return mail(text(), attachment("表.xlsx", data), headers=f"{route}\nFrom: <{sender}>")


def roster() -> Roster:
    return Roster({"secrecy": RosterEntry("secrecy", (), Person(), Person(addresses=(OWN,)), Person())})


# --- taken out ---------------------------------------------------------------------------------------------------


@pytest.mark.summary
def test_what_is_taken_out_counts_no_more_until_that_is_undone(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    whole = desk.collect(day(1), a_xlsx=LATE, b_xlsx=CREDIT)
    before = desk.written()
    desk.say(day(2), "a.xlsx", Verb.EXCLUDE)
    out = desk.collect(day(3))
    assert (in_force(out), fate(out, "a.xlsx")) == ((), ("excluded", ["excluded"]))
    assert out.merged.slots["leak_events"].answers == ()
    assert receipt(out, "a.xlsx").department == "secrecy"
    desk.say(day(4), "a.xlsx", Verb.EXCLUDE, undo=True)
    again = desk.collect(day(5))
    assert (in_force(again), again.scores.total) == (("a.xlsx",), whole.scores.total)
    assert desk.written() != before, "what was said, and taken back, stays on the page"


@pytest.mark.summary
def test_the_summary_and_the_results_say_who_when_and_why(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.collect(day(1), a_xlsx=LATE, b_xlsx=CREDIT)
    desk.say(day(2), "a.xlsx", Verb.EXCLUDE)
    desk.say(day(3), "b.xlsx", Verb.EXCLUDE)
    desk.say(day(4), "b.xlsx", Verb.EXCLUDE, undo=True)
    desk.collect(day(5))
    record = read_results(desk.written()["results.json"])
    assert [(one.verb, one.undo, one.file, one.who, one.reason, one.holds) for one in record.rulings] == [
        ("exclude", False, "a.xlsx", "李四", "已电话核实", True),
        ("exclude", False, "b.xlsx", "李四", "已电话核实", False),
        ("exclude", True, "b.xlsx", "李四", "已电话核实", False),
    ]
    assert datetime.fromisoformat(record.rulings[0].at) == datetime(2019, 3, 2, tzinfo=UTC)
    sheet = openpyxl.load_workbook(tmp_path / "出" / label("file.summary"))[label("sheet.rulings")]
    rows = [row[:7] for row in sheet.iter_rows(min_row=4, values_only=True)]
    assert [(row[0], row[1], row[3], row[4], row[6]) for row in rows] == [
        (label("ruling.exclude"), "a.xlsx", "已电话核实", "李四", label("word.yes")),
        (label("ruling.exclude"), "b.xlsx", "已电话核实", "李四", label("word.no")),
        (label("ruling.exclude_undone"), "b.xlsx", "已电话核实", "李四", None),
    ]


@pytest.mark.summary
def test_every_moment_can_be_asked_for_again_as_it_was(tmp_path: Path) -> None:
    desk, states = Desk(tmp_path), {}
    desk.collect(day(1), a_xlsx=EARLY, b_xlsx=LATE, c_xlsx=CREDIT)
    states[day(1)] = desk.written()
    desk.say(day(2), "b.xlsx", Verb.EXCLUDE)
    desk.collect(day(3))
    states[day(3)] = desk.written()
    desk.say(day(4), "b.xlsx", Verb.EXCLUDE, undo=True)
    desk.say(day(4, 1), "c.xlsx", Verb.EXCLUDE)
    desk.collect(day(5))
    states[day(5)] = desk.written()
    assert len({state["results.json"] for state in states.values()}) == 3
    for at, state in states.items():
        desk.collect(day(9), as_of=at)
        assert desk.written() == state, at
    desk.collect(day(9), as_of=day(1, 5))
    assert desk.written() == states[day(1)], "before anything was said"
    desk.collect(day(9), as_of=day(2, 5))
    assert desk.written() == states[day(3)], "as soon as it was said"


def test_all_that_came_can_be_taken_out_at_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.collect(day(1), a_xlsx=LATE)
    desk.say(day(2), "a.xlsx", Verb.EXCLUDE)
    out = desk.collect(day(3))
    assert (in_force(out), out.scores.total) == ((), 0)


def test_evidence_can_be_taken_out_too_and_copies_go_with_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    proof = b"%PDF-1.4 proof"
    desk.collect(day(1), a_xlsx=LATE, L3P4_pdf=proof, x_pdf=proof, n_pdf=b"%PDF-1.4 other")
    desk.say(day(2), "x.pdf", Verb.EXCLUDE)
    out = desk.collect(day(3))
    assert {fate(out, name)[0] for name in ("L3P4.pdf", "x.pdf")} == {"excluded"}
    assert "x.pdf" not in {one.name for one in out.documents.unmentioned}
    assert fate(out, "n.pdf") == ("ignored", ["other-file"])


@pytest.mark.parametrize("way", ["path", "stored", "hash", "name", "part"])
def test_a_file_is_meant_by_its_path_its_stored_copy_its_hash_or_its_name(way: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    outcome = desk.collect(day(1), 信_eml=mail(text(), attachment("保密局.xlsx", LATE)), b_xlsx=CREDIT)
    sha256 = receipt(outcome, "信.eml/保密局.xlsx").sha256
    (tmp_path / "别处.xlsx").write_bytes(LATE)
    what = {
        "path": str(tmp_path / "别处.xlsx"), "stored": str(tmp_path / "账" / "store" / sha256[:2] / sha256),
        "hash": sha256[:12], "name": "信.eml/保密局.xlsx", "part": "保密局",
    }[way]  # fmt: skip
    done = desk.say(day(2), what, Verb.EXCLUDE)
    assert (done.ruling.file, done.ruling.sha256) == ("信.eml/保密局.xlsx", sha256)
    assert done.department
    assert in_force(desk.collect(day(3))) == ()


def test_it_holds_for_the_bytes_whatever_they_are_called(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.collect(day(1), a_xlsx=LATE, b_xlsx=CREDIT)
    desk.say(day(2), "a.xlsx", Verb.EXCLUDE)
    (tmp_path / "收" / "a.xlsx").unlink()
    out = desk.collect(day(3), z_xlsx=LATE, 信_eml=by("stranger@example.com", LATE))
    assert in_force(out) == ()
    assert {fate(out, name)[0] for name in ("z.xlsx", "信.eml/表.xlsx")} == {"excluded"}


# --- let in ------------------------------------------------------------------------------------------------------


def test_an_unknown_sender_is_let_in_for_this_file_alone(tmp_path: Path) -> None:
    desk = Desk(tmp_path, roster())
    first = desk.collect(day(2), 信_eml=by("private@example.com", LATE), b_xlsx=CREDIT)
    assert fate(first, "信.eml/表.xlsx") == ("aside", ["sender-unknown"])
    desk.say(day(3), "信.eml/表.xlsx", Verb.ADMIT)
    let = desk.collect(day(4), 又_eml=by("private@example.com", EARLY, 3))
    assert in_force(let) == ("信.eml/表.xlsx",)
    assert "admitted" in fate(let, "信.eml/表.xlsx")[1]
    assert fate(let, "又.eml/表.xlsx")[0] == "aside"
    with read_ledger(tmp_path / "账") as ledger:
        [run] = ledger.last_runs()
        assert ledger.first_reports(run)["secrecy"] == day(1), "it came when its mail came"
    desk.say(day(5), "信.eml/表.xlsx", Verb.ADMIT, undo=True)
    assert in_force(desk.collect(day(6))) == ()


def test_an_unknown_sender_who_is_let_in_does_not_outrun_what_came_later(tmp_path: Path) -> None:
    desk = Desk(tmp_path, roster())
    desk.collect(day(3), 信_eml=by("private@example.com", EARLY, 1), 自_eml=by(OWN, LATE, 2))
    desk.say(day(4), "信.eml/表.xlsx", Verb.ADMIT)
    let = desk.collect(day(5))
    assert (in_force(let), fate(let, "信.eml/表.xlsx")[0]) == (("自.eml/表.xlsx",), "superseded")


def test_an_untouched_form_is_let_in_in_the_place_of_the_filled_one(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.collect(day(1), a_xlsx=LATE, b_xlsx=template("secrecy"), c_xlsx=CREDIT)
    desk.say(day(2), "b.xlsx", Verb.ADMIT)
    let = desk.collect(day(3))
    assert (in_force(let), fate(let, "a.xlsx")) == (("b.xlsx",), ("superseded", ["superseded-ruling"]))
    assert [one.by for one in let.corrections] == ["ruling"]
    later = desk.collect(day(4), d_xlsx=EARLY)
    assert in_force(later) == ("d.xlsx",), "what comes after the word replaces it as ever"


def test_an_untouched_form_that_is_taken_out_is_asked_about_no_more(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert "blank-form" in codes(desk.collect(day(1), a_xlsx=LATE, b_xlsx=template("secrecy")).findings)
    desk.say(day(2), "b.xlsx", Verb.EXCLUDE)
    after = desk.collect(day(3))
    assert (in_force(after), "blank-form" in codes(after.findings)) == (("a.xlsx",), False)


def test_what_was_replaced_is_let_in_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.collect(day(1), a_xlsx=EARLY)
    desk.collect(day(2), b_xlsx=LATE, c_xlsx=identified(filled("secrecy", leak_events=2), revision="2"))
    desk.say(day(3), "a.xlsx", Verb.ADMIT)
    let = desk.collect(day(4))
    assert in_force(let) == ("a.xlsx",)
    assert fate(let, "c.xlsx") == ("superseded", ["superseded-ruling"])
    desk.say(day(5), "b.xlsx", Verb.ADMIT)
    assert in_force(desk.collect(day(6))) == ("b.xlsx",), "the last word counts"
    desk.say(day(7), "b.xlsx", Verb.ADMIT, undo=True)
    assert in_force(desk.collect(day(8))) == ("a.xlsx",)
    assert in_force(desk.collect(day(9), d_xlsx=filled("secrecy", leak_events=4))) == ("d.xlsx",)


def test_a_file_that_came_again_is_let_in(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    files = {"1_eml": by(OWN, EARLY, 1), "2_eml": by(OWN, LATE, 2), "3_eml": by(OWN, EARLY, 3)}
    first = desk.collect(day(4), **files)
    assert fate(first, "1.eml/表.xlsx")[1] == ["superseded", "came-again"]
    desk.say(day(5), "3.eml/表.xlsx", Verb.ADMIT)
    assert in_force(desk.collect(day(6))) == ("1.eml/表.xlsx",)


@pytest.mark.parametrize("field", ["round", "city"])
def test_a_form_of_another_round_or_city_is_let_in(field: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    first = desk.collect(day(1), a_xlsx=identified(LATE, **{field: "2017"}), b_xlsx=CREDIT, c_xlsx=filled("police"))
    assert fate(first, "a.xlsx") == ("rejected", [f"{field}-differs"])
    desk.say(day(2), "a.xlsx", Verb.ADMIT)
    let = desk.collect(day(3))
    assert (in_force(let), fate(let, "a.xlsx")[0]) == (("a.xlsx",), "taken")
    assert let.merged.slots["leak_events"].value == 1


# --- never -------------------------------------------------------------------------------------------------------

NEVER: Mapping[str, bytes] = {
    "坏_xlsx": b"PK\x03\x04 not really a workbook",
    "空_xlsx": b"",
    "别_xlsx": identified(LATE, assignment="elsewhere"),
    "改_xlsx": identified(LATE, department="nobody"),
    "明_pdf": b"%PDF-1.4",
}


@pytest.mark.parametrize("name", NEVER)
def test_what_cannot_be_read_or_asks_something_else_is_never_let_in(name: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.collect(day(1), b_xlsx=CREDIT, c_xlsx=filled("police"), **{name: NEVER[name]})
    assert desk.refuse(day(2), name.replace("_", "."), Verb.ADMIT) == "admit-never"
    with read_ledger(tmp_path / "账") as ledger:
        assert ledger.rulings() == ()


def test_what_there_is_nothing_to_say_of_is_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with pytest.raises(UsageFault, match="ledger-missing"):
        desk.say(day(1), "a.xlsx", Verb.EXCLUDE)
    auto = mail(attachment("表.xlsx", EARLY), headers="Auto-Submitted: auto-replied")
    desk.collect(day(1), a_xlsx=LATE, 信_eml=mail(attachment("保.xlsx", EARLY)), 自_eml=auto, x_pdf=b"x", y_pdf=b"y")
    assert desk.refuse(day(2), "a.xlsx", Verb.ADMIT) == "admit-counts"
    assert desk.refuse(day(2), "信.eml", Verb.EXCLUDE) == "ruling-container"
    assert desk.refuse(day(2), "自.eml/表.xlsx", Verb.ADMIT) == "ruling-unread"
    assert desk.refuse(day(2), "没有.xlsx", Verb.EXCLUDE) == "ruling-unknown"
    assert desk.refuse(day(2), ".pdf", Verb.EXCLUDE) == "ruling-ambiguous"
    assert desk.refuse(day(2), "a.xlsx", Verb.EXCLUDE, undo=True) == "exclude-none"
    assert desk.refuse(day(2), "a.xlsx", Verb.ADMIT, undo=True) == "admit-none"
    desk.say(day(2), "a.xlsx", Verb.EXCLUDE)
    assert desk.refuse(day(3), "a.xlsx", Verb.EXCLUDE) == "excluded-already"
    assert desk.refuse(day(3), "a.xlsx", Verb.ADMIT) == "excluded-already"
    (tmp_path / "新.xlsx").write_bytes(filled("police"))
    assert desk.refuse(day(3), str(tmp_path / "新.xlsx"), Verb.EXCLUDE) == "ruling-not-received"
    (tmp_path / "收" / "x.pdf").unlink()
    desk.collect(day(4))
    assert desk.refuse(day(5), "x.pdf", Verb.ADMIT) == "admit-gone"
    assert desk.say(day(5), "x.pdf", Verb.EXCLUDE).ruling.file == "x.pdf", "it may come again"


@pytest.mark.parametrize(("reason", "who"), [(" ", "李四"), ("试填", "　")])
def test_nothing_is_entered_without_a_reason_and_a_name(reason: str, who: str, tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="ruling-unsaid"):
        rule(tmp_path, Word("a.xlsx", Verb.EXCLUDE, reason, who), datetime(2019, 3, 1, tzinfo=UTC))


# --- the commands ------------------------------------------------------------------------------------------------


def test_the_commands_say_what_was_entered_and_what_comes_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox, out = put(tmp_path / "收", {"a.xlsx": LATE, "b.xlsx": template("secrecy")}), tmp_path / "出"
    run_cli(["collect", str(inbox), "--out", str(out)])
    capsys.readouterr()
    said = ["--reason", "试填", "--by", "李四", "--ledger", str(out / "ledger")]
    for language, next_ in zip(LANGUAGES, ("下一次 xlscore collect", "xlscore collect goes by it"), strict=True):
        assert run_cli(["exclude", "a.xlsx", *said, "--lang", language]) == 0
        told = capsys.readouterr().out
        assert ("a.xlsx" in told, "李四" in told, next_ in told) == (True, True, True)
        assert run_cli(["exclude", "a.xlsx", "--undo", *said, "--lang", language]) == 0
        assert run_cli(["admit", "a.xlsx", *said, "--lang", language]) == 2
        capsys.readouterr()
    assert run_cli(["admit", "b.xlsx", *said]) == 0
    assert run_cli(["exclude", "a.xlsx", "--by", "李四"]) == 2
    run_cli(["collect", str(inbox), "--out", str(out), "--lang", "zh"])
    results = json.loads((out / "results.json").read_bytes())
    assert [(one["verb"], one["undo"]) for one in results["rulings"]] == [
        ("exclude", False), ("exclude", True), ("exclude", False), ("exclude", True), ("admit", False),
    ]  # fmt: skip
