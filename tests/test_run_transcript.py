"""A whole round of an invented city in 2026, by the command line alone: each step leads to the next, everything tells
the same numbers, and nothing tells of another city or year."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from front_door import Said
from leaks import leaks, leaks_of
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

SYSTEM = (CATALOG.title, CATALOG.short, CATALOG.id)


@dataclass
class Story:
    """What was done and said in a round: step -> what its last command said; stage -> what every place told."""

    play: Play
    home: Path
    steps: dict[str, Said] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)

    def put(self, day: int, name: str, sender: str, **files: bytes) -> None:
        data = reply(day, sender, {key.replace("__", "."): value for key, value in files.items()})
        (self.home / "收件" / name).write_bytes(data)

    def stage(self, name: str, collected: Said) -> Said:
        """Hold what everything tells after a collection; gives what ``xlscore`` alone says."""
        self.steps[name] = collected
        self.told[name] = tell_everything(self.play, self.home, collected.out)
        return self.play()


def tell(tmp: Path, patch: pytest.MonkeyPatch) -> Story:
    play = Play(tmp, patch)
    story = Story(play, tmp / "2026年评价")
    patch.chdir(tmp)
    _set_up(story)
    patch.chdir(story.home)
    blank = _hand_out(story)
    _first_replies(story, blank)
    _decide(story)
    _corrections(story, blank)
    _last_replies(story)
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
    steps["front of the first"] = story.stage("first", play.follow(steps["checked"], 1))


def _decide(story: Story) -> None:
    play, steps = story.play, story.steps
    fill_decisions(story.home, gov_items_total=(1, "按台账核对", "李四"))
    steps["excluded"] = play("exclude", "试填.xlsx", "--reason", "试填的表", "--by", "李四")
    steps["admitted"] = play("admit", "教育局.xlsx", "--reason", "已电话核实", "--by", "李四")
    steps["front of the decided"] = story.stage("decided", play.follow(steps["admitted"], 1))
    steps["receipts"] = play.follow(steps["decided"])
    story.told["receipts"] = tell_everything(play, story.home)


def _corrections(story: Story, blank: dict[str, bytes]) -> None:
    """In the workbook that came back with the receipt; one thing is explained, one stays open."""
    play, steps = story.play, story.steps
    play.days.turn_to(12)
    back = attached(read_drafts(story.home, "-回执")[HEALTH])
    right = {"med_institutions_total": 100, "hospital_visits_booked": 800}
    story.put(12, "8.eml", BOXES[HEALTH], 卫健委改__xlsx=fill(back, right, whole=True, proof="卫健证明.pdf"))
    story.put(12, "9.eml", BOXES[POLICE], 公安局__xlsx=fill(blank[POLICE], {}, whole=True, proof="公安证明.pdf"),
              公安证明__pdf=proof(POLICE))  # fmt: skip
    ecology = attached(read_drafts(story.home, "-回执")[ECOLOGY])
    story.put(12, "10.eml", BOXES[ECOLOGY], 环境局__xlsx=fill(ecology, {}, whole=True, proof="环境证明.pdf"),
              环境证明__pdf=proof(ECOLOGY))  # fmt: skip
    steps["arrived again"] = play()
    steps["front of the corrected"] = story.stage("corrected", play.follow(steps["arrived again"], 1))
    word = ("审批局.xlsx", "--reason", "误发", "--by", "李四")
    play("exclude", *word)
    steps["ruled"] = play()
    play("exclude", *word, "--undo")
    steps["front of the taken back"] = story.stage("taken back", play.follow(play(), 1))
    steps["second receipts"] = play.follow(steps["front of the taken back"])
    steps["to remind"] = play()
    steps["remind"] = play.follow(steps["to remind"], 1)
    steps["reminded"] = play.follow(steps["remind"], 1)
    story.told["reminded"] = tell_everything(play, story.home)
    for language in ("zh", "en"):
        play("trace", "L1P4-A1", language=language)
        play("trace", "卫健委改.xlsx", language=language)


def _last_replies(story: Story) -> None:
    """The evidence that was lacking, alone in a mail."""
    play, steps = story.play, story.steps
    play.days.turn_to(15)
    story.put(15, "11.eml", BOXES[HEALTH], 卫健证明__pdf=proof(HEALTH))
    steps["front of the last"] = story.stage("last", play.follow(play(), 1))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with pytest.MonkeyPatch.context() as patch:
        yield tell(tmp_path_factory.mktemp("round"), patch)


def test_look(story: Story) -> None:
    for typed, told in story.play.said:
        print("$", typed, told.code)
        print(told.out, told.err)
