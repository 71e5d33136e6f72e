"""A whole round of an invented city in 2026, by the command line alone: each step leads to the next, everything tells
the same numbers, and nothing tells of another city or year."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import pytest
from front_door import Said
from leaks import fixed_of, leaks, leaks_of, read_words
from told_numbers import Told, disagreements, tell_everything
from transcript import (
    APPROVAL,
    BOXES,
    CASE,
    CATALOG,
    DATA,
    ECOLOGY,
    EDUCATION,
    HEALTH,
    NAMES,
    POLICE,
    PRIVATE,
    TERMS,
    Play,
    attached,
    fill,
    fill_assignment,
    fill_decisions,
    fill_settings,
    proof,
    read_drafts,
    reply,
)

from smartcity_xl.messages import label

SYSTEM = (CATALOG.title, CATALOG.short, CATALOG.id, "luoyang-2019")
"""Names of systems and assignments, which the settings list."""


@dataclass
class Story:
    """What was done and said in a round: step -> what its last command said; stage -> what every place told."""

    play: Play
    home: Path
    steps: dict[str, Said] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    letters: dict[str, dict[str, EmailMessage]] = field(default_factory=dict)

    def put(self, day: int, name: str, sender: str, **files: bytes) -> None:
        data = reply(day, sender, {key.replace("__", "."): value for key, value in files.items()})
        (self.home / "收件" / name).write_bytes(data)

    def tell(self, stage: str, collected: Said) -> None:
        """Hold what every place tells after a collection, and all that was written for it."""
        languages = ("zh", "en") if stage == "decided" else ("zh",)
        self.told[stage] = tell_everything(self.play, self.home, collected.out, languages)


def tell(tmp: Path, patch: pytest.MonkeyPatch) -> Story:
    play = Play(patch)
    story = Story(play, tmp / "2026年评价")
    patch.chdir(tmp)
    _set_up(story)
    patch.chdir(story.home)
    blank = _hand_out(story)
    _first_replies(story, blank)
    _decide(story)
    _corrections(story, blank)
    _rule(story)
    _last_replies(story)
    patch.chdir(tmp)
    _next_year(story, tmp)
    return story


def _set_up(story: Story) -> None:
    play, steps = story.play, story.steps
    steps["outside"] = play()
    steps["assign"] = play("catalog", "assign", "cn-2018", "--out", "分工.xlsx")
    fill_assignment(Path("分工.xlsx"))
    start = ("init", "2026年评价", "--city", "云溪市", "--round", "2026", "--deadline", "2026-12-31")
    steps["init"] = play(*start, "--assignment", "分工.xlsx", *TERMS)
    fill_settings(story.home)
    steps["templates"] = play.follow(steps["init"])


def _hand_out(story: Story) -> dict[str, bytes]:
    play, steps = story.play, story.steps
    steps["ready"] = play()
    steps["drafts"] = play.follow(steps["ready"])
    steps["sent"] = play()
    return {name: attached(letter) for name, letter in read_drafts(story.home).items()}


def _first_replies(story: Story, blank: dict[str, bytes]) -> None:
    """Two that contradict each other, errors, a private mailbox, a trial, an untouched form, and a case by mail."""
    play, steps = story.play, story.steps
    play.days.turn_to(5)
    ours = {"gov_items_total": 1000, "gov_items_ecert": 500}
    story.put(5, "1.eml", BOXES[DATA], 数据局__xlsx=fill(blank[DATA], ours, whole=True, proof="数据证明.pdf"),
              数据证明__pdf=proof(DATA))  # fmt: skip
    theirs = {**ours, "gov_items_total": 1200}
    story.put(5, "2.eml", BOXES[APPROVAL], 审批局__xlsx=fill(blank[APPROVAL], theirs, whole=True, proof="审批证明.pdf"),
              审批证明__pdf=proof(APPROVAL))  # fmt: skip
    wrong = {"med_institutions_total": "约三百", "hospital_visits_total": 1000, "hospital_visits_booked": 5000}
    story.put(5, "3.eml", BOXES[HEALTH], 卫健委__xlsx=fill(blank[HEALTH], wrong, as_of="2025-12-31"))
    story.put(5, "4.eml", PRIVATE, 教育局__xlsx=fill(blank[EDUCATION], {}, whole=True, proof="教育证明.pdf"),
              教育证明__pdf=proof(EDUCATION))  # fmt: skip
    story.put(5, "5.eml", BOXES[POLICE], 试填__xlsx=fill(blank[POLICE], {"key_areas_total": 1}))
    story.put(5, "6.eml", BOXES[ECOLOGY], 填报表__xlsx=blank[ECOLOGY])
    story.put(5, "7.eml", BOXES[ECOLOGY], 智慧环保实践案例__docx=CASE)
    steps["arrived"] = play()
    steps["checked"] = play("check", "收件/3.eml")
    play("check", "收件/4.eml", language="en")
    steps["first"] = play.follow(steps["checked"])
    story.tell("first", steps["first"])


def _decide(story: Story) -> None:
    play, steps = story.play, story.steps
    fill_decisions(story.home, gov_items_total=(1, "按台账核对", "李四"))
    steps["excluded"] = play("exclude", "试填.xlsx", "--reason", "试填的表", "--by", "李四")
    steps["admitted"] = play("admit", "教育局.xlsx", "--reason", "已电话核实", "--by", "李四")
    steps["decided"] = play.follow(steps["admitted"])
    steps["receipts"] = play.follow(steps["decided"])
    story.tell("decided", steps["decided"])


def _corrections(story: Story, blank: dict[str, bytes]) -> None:
    """In the workbook that came back with the receipt; the evidence that it lists does not come along."""
    play, steps = story.play, story.steps
    play.days.turn_to(12)
    story.letters = {kind: read_drafts(story.home, kind) for kind in ("", "-回执")}
    back, new = attached(story.letters["-回执"][HEALTH]), attached(story.letters["-回执"][ECOLOGY])
    right = {"med_institutions_total": 100, "hospital_visits_total": 1000, "hospital_visits_booked": 800}
    story.put(12, "8.eml", BOXES[HEALTH], 卫健委改__xlsx=fill(back, right, whole=True, proof="卫健证明.pdf"))
    story.put(12, "9.eml", BOXES[POLICE], 公安局__xlsx=fill(blank[POLICE], {}, whole=True, proof="公安证明.pdf"),
              公安证明__pdf=proof(POLICE))  # fmt: skip
    made = fill(new, {"air_stations": 3}, whole=True, proof="环境证明.pdf")
    story.put(12, "10.eml", BOXES[ECOLOGY], 环境局__xlsx=made, 环境证明__pdf=proof(ECOLOGY))
    steps["corrected"] = play.follow(play())
    steps["second receipts"] = play.follow(steps["corrected"])
    steps["remind"] = play.follow(play())
    steps["reminded"] = play.follow(steps["remind"])
    story.tell("corrected", steps["corrected"])
    for language in ("zh", "en"):
        for what in ("L1P4-A1", "卫健委改.xlsx"):
            steps[f"trace {what} {language}"] = play("trace", what, language=language)


def _rule(story: Story) -> None:
    """The blank form is settled; and a word on another file is taken back."""
    play, steps = story.play, story.steps
    play("exclude", "6.eml/填报表.xlsx", "--reason", "附错了空白表", "--by", "李四")
    steps["ruled"] = play(language="en")
    for undone in ((), ("--undo",)):
        play("exclude", "审批局.xlsx", "--reason", "误发", "--by", "李四", *undone)


def _last_replies(story: Story) -> None:
    """The evidence that was lacking, alone in a mail: then the round is done, and the next can begin."""
    play, steps = story.play, story.steps
    play.days.turn_to(15)
    story.put(15, "11.eml", BOXES[HEALTH], 卫健证明__pdf=proof(HEALTH))
    steps["last"] = play.follow(play())
    steps["last receipts"] = play.follow(steps["last"])
    story.tell("last", steps["last"])
    steps["done"] = play()


def _next_year(story: Story, tmp: Path) -> None:
    play, steps = story.play, story.steps
    start = ("init", "2027年评价", "--from", "2026年评价", "--round", "2027", "--deadline", "2027-12-31")
    steps["next year"] = play(*start)
    steps["next templates"] = play.follow(steps["next year"])


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with pytest.MonkeyPatch.context() as patch:
        yield tell(tmp_path_factory.mktemp("round"), patch)


# --- each step leads to the next ---------------------------------------------------------------------------------

NEXT = {
    "assign": ["make-templates", "--assignment", "分工.xlsx"],
    "init": ["make-templates", "--campaign", "2026年评价"],
    "templates": ["send", "--dry-run", "--campaign", "2026年评价"],
    "ready": ["send", "--dry-run"], "drafts": ["collect"], "sent": ["collect"], "arrived": ["collect"],
    "checked": ["collect"], "first": ["collect"], "excluded": ["collect"], "admitted": ["collect"],
    "decided": ["send", "--receipts", "--dry-run"], "receipts": ["collect"],
    "corrected": ["send", "--receipts", "--dry-run"], "ruled": ["collect"],
    "second receipts": ["collect"],
    "remind": ["remind", "--dry-run"], "reminded": ["collect"], "last": ["send", "--receipts", "--dry-run"],
    "next year": ["make-templates", "--campaign", "2027年评价"], "trace L1P4-A1 zh": ["collect"],
    "trace 卫健委改.xlsx en": ["collect"],
}  # fmt: skip
SAYS = {
    "outside": "xlscore init 2026年评价 --city 云溪市 --round 2026 --deadline 2026-12-31",
    "first": "填好 汇总/裁定表.xlsx（1 处待裁定）", "admitted": "重新汇总后照此办理",
    "arrived": "还没有汇总的 7 个文件", "receipts": "待发 里的信稿", "reminded": "待发 里的信稿",
    "ruled": "go by what the office has said of files (1)",
}  # fmt: skip


@pytest.mark.parametrize("step", NEXT)
def test_a_step_ends_with_the_command_that_is_typed_next(story: Story, step: str) -> None:
    assert story.steps[step].command == NEXT[step], story.steps[step].out
    assert SAYS.get(step, "") in story.steps[step].next


@pytest.mark.parametrize("step", SAYS)
def test_a_step_says_what_comes_next(story: Story, step: str) -> None:
    assert SAYS[step] in story.steps[step].out


ASKS = {"checked", "first", "decided", "corrected", "remind", "reminded"}
"""Steps that leave something to a person: 1, where the others give 0."""


def test_a_step_gives_the_code_of_what_it_found(story: Story) -> None:
    assert {name for name, told in story.steps.items() if told.code == 1} == ASKS
    assert {told.code for told in story.steps.values()} == {0, 1}


def test_after_a_ruling_nothing_else_is_offered_before_it_is_gone_by(story: Story) -> None:
    assert "1 words of the office" in story.steps["ruled"].out


# --- one fact, one number ----------------------------------------------------------------------------------------

PLACES = {
    "first": {"裁定表.xlsx", "退回"}, "decided": {"退回", "回执"}, "corrected": {"退回", "回执", "催报"}, "last": set(),
}  # fmt: skip


@pytest.mark.parametrize("stage", PLACES)
def test_every_place_tells_the_same_numbers(story: Story, stage: str) -> None:
    told = story.told[stage]
    assert disagreements(told) == []
    for place in PLACES[stage]:
        assert set(told[place]) - {""} or told[place][""].get("conflicts"), place
    for place in ("results.json", "汇总.xlsx", "status --json", "status zh"):
        assert told[place].keys() == {*NAMES, ""}, place
    for place in ("collect", "xlscore zh", "汇总.xlsx"):
        assert {"total", "reports", "conflicts"} <= told[place][""].keys(), place


OPEN = {
    "first": {DATA: (1, 0), APPROVAL: (1, 0), HEALTH: (3, 5), EDUCATION: (0, 0), POLICE: (2, 3), ECOLOGY: (1, 2)},
    "decided": {DATA: (0, 0), APPROVAL: (0, 0), HEALTH: (3, 5), EDUCATION: (0, 0), POLICE: (0, 0), ECOLOGY: (1, 2)},
    "corrected": {name: (0, int(name == HEALTH)) for name in NAMES},
    "last": dict.fromkeys(NAMES, (0, 0)),
}  # fmt: skip
WHOLE = {
    "first": {"reports": 5, "conflicts": 1, "returned": 5, "owing": 6, "final": False},
    "decided": {"reports": 5, "conflicts": 0, "returned": 2, "owing": 3, "final": False},
    "corrected": {"reports": 6, "conflicts": 0, "returned": 1, "owing": 1, "final": True},
    "last": {"reports": 6, "conflicts": 0, "returned": 0, "owing": 0, "final": True},
}


@pytest.mark.parametrize("stage", OPEN)
def test_what_is_open_is_what_was_done_to_the_replies(story: Story, stage: str) -> None:
    record = story.told[stage]["results.json"]
    assert {name: (record[name]["errors"], record[name]["queries"]) for name in NAMES} == OPEN[stage]
    front = {name: str(number) for name, number in story.told[stage]["xlscore zh"][""].items()}
    assert {**front, **{name: str(number) for name, number in WHOLE[stage].items()}} == front


def test_both_languages_tell_the_same(story: Story) -> None:
    told = story.told["decided"]
    for place in ("xlscore", "status", "remind"):
        assert {of: told[f"{place} en"][of].keys() for of in told[f"{place} en"]} == {
            of: numbers.keys() for of, numbers in told[f"{place} zh"].items()
        }


def test_a_place_that_tells_another_number_is_seen() -> None:
    told: Told = {
        "a": {DATA: {"errors": 1}, "": {"total": "5.00"}},
        "b": {DATA: {"errors": "1"}, "": {"total": "5.01"}},
    }
    assert disagreements(told) == [" total: {'a': '5.00', 'b': '5.01'}"]


# --- what is told of what was sent -------------------------------------------------------------------------------


def test_a_check_says_before_what_collect_says_after(story: Story) -> None:
    told, after = story.steps["checked"].out, story.told["first"]["results.json"][HEALTH]
    counted = (len(re.findall("〔须改正〕", told)), len(re.findall("〔待核实〕", told)))
    assert counted == (after["errors"], after["queries"])
    assert f"应填 {after['asked']} 项，已填 {after['filled']} 项" in told


def test_evidence_and_a_case_stay_with_their_department(story: Story) -> None:
    record = json.loads((story.home / "汇总" / "results.json").read_text(encoding="utf-8"))
    files = {one["file"]: (one["status"], one["department"]) for one in record["files"]}
    keys = {one["name"]: one["key"] for one in record["departments"]}
    assert files["7.eml/智慧环保实践案例.docx"] == ("attached", keys[ECOLOGY])
    assert files["11.eml/卫健证明.pdf"] == ("attached", keys[HEALTH])
    assert {one["department"] for one in record["written"]} == {keys[ECOLOGY]}


def test_a_done_round_says_so(story: Story) -> None:
    assert (story.steps["last"].code, story.steps["done"].code) == (0, 0)
    assert story.steps["done"].out.endswith("这一轮已经办完，没有下一步。\n")
    assert "[　]" not in story.steps["done"].out


# --- nothing tells of another city or year -----------------------------------------------------------------------

BEGUN = label("file.assignment")
"""Where an office may take a suggestion, it is told from which city: that book names them."""
KINDS = ("*", "信函/*", "下发/*", "待发/*", "汇总/*", "汇总/退回/*")
_ERRATUM = re.compile(r"[（；，、]E\d{1,3}(?=[）；，、])|^E\d{1,3}(?=[:：　])|版E\d{1,3}(?!\d)", re.MULTILINE)
_NOTE = re.compile(r"E\d{1,3}　")
"""So begin the notes on the text in the summary: where an auditor looks."""


def errata(path: Path) -> list[str]:
    """The texts of a file that bear the number of an erratum, but for an auditor's notes."""
    return [text for text in read_words(path) if _ERRATUM.search(text) and not _NOTE.match(text)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("year", ["2026", "2027"])
def test_no_file_tells_of_another_city_or_year_or_of_an_erratum(story: Story, year: str, kind: str) -> None:
    found = (story.home.parent / f"{year}年评价").glob(kind)
    files = [path for path in found if path.is_file() and path.name != BEGUN]
    assert files or year == "2027"
    fixed = fixed_of((CATALOG,))
    assert [line for path in files for line in leaks(path, SYSTEM, fixed)] == []
    assert [text for path in files if path.suffix != ".json" for text in errata(path)] == []


def test_no_command_tells_of_another_city_or_year_or_of_an_erratum(story: Story) -> None:
    fixed = fixed_of((CATALOG,))
    for typed, told in story.play.said:
        for text in (told.out, told.err):
            assert leaks_of(text, SYSTEM, fixed) == [], typed
            assert not _ERRATUM.search(text), (typed, text)


def test_an_erratum_is_seen(tmp_path: Path) -> None:
    for text in ("按1计（E3）", "得0分（E38；另一种读法得20分）", "E40: 合计80%", "与2018版E34相同"):
        (tmp_path / "a.txt").write_text(text, encoding="utf-8")
        assert errata(tmp_path / "a.txt") == [text]
    (tmp_path / "a.txt").write_text("填报表!E5，见 E5 和 3E5", encoding="utf-8")
    assert errata(tmp_path / "a.txt") == []
