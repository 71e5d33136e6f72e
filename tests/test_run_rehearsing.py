"""The rehearsal: whoever follows it comes to the right end; whoever does something else is told what."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest
from deciding_desk import filled_book
from transcript import Play

from smartcity_xl import score_figures
from smartcity_xl.messages import LANGUAGES
from smartcity_xl.office.rehearsal import read_story, rehearsal_system
from smartcity_xl.results import read_results
from smartcity_xl.results.shown import two

STORY = read_story()
BOOK = Path("汇总") / "裁定表.xlsx"


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Somebody who has laid the rehearsal out, and stands in its folder."""
    monkeypatch.chdir(tmp_path)
    player = Play(monkeypatch)
    assert player("rehearse", "演练").code == 1
    monkeypatch.chdir(tmp_path / "演练")
    return player


def decide(side: int) -> None:
    BOOK.write_bytes(filled_book(BOOK.read_bytes(), all=(side, "电话核实", "李四")))


def said(play: Play) -> str:
    """What the rehearsal says now, without the line of the round."""
    return play("rehearse").out


def to_the_exclusion(play: Play) -> None:
    play("collect")
    decide(1)
    play("collect")


def test_who_follows_it_comes_to_the_right_end(play: Play) -> None:
    assert "还没有汇总的文件" in said(play)
    play("collect")
    assert f"以审批局的 {STORY.conflict.value} 为准" in said(play)
    decide(1)
    assert "为准" in said(play), "decided in the workbook, and not collected yet"
    play("collect")
    assert f"xlscore exclude {STORY.trial}" in said(play)
    assert play("exclude", STORY.trial, "--reason", "试填", "--by", "李四").code == 0
    play("collect")
    told = said(play)
    assert told.count("刚收到") == 2
    assert "又来了 2 封信" in told
    assert "还没有汇总的文件" in said(play), "it does not arrive twice"
    play("collect")
    told = said(play)
    (held,) = re.findall(r"xlscore admit (\S+) ", told)
    assert held.startswith(STORY.private)
    assert play("admit", held, "--reason", "电话核实", "--by", "李四").code == 0
    assert play("collect").code == 0, "nothing is left for a person"
    end = play("rehearse")
    assert (end.code, "练完了" in end.out, STORY.total in end.out) == (0, True, True)
    record = read_results(Path("汇总") / "results.json")
    assert record.total is not None
    assert (record.total.score, record.total.final) == (STORY.total, True)


def test_the_wrong_side_is_told_and_can_be_mended(play: Play) -> None:
    play("collect")
    decide(2)
    play("collect")
    assert "选的是 1900" in said(play)
    decide(1)
    play("collect")
    assert "xlscore exclude" in said(play)


def test_what_was_taken_out_too_much_shows_at_the_end(play: Play) -> None:
    to_the_exclusion(play)
    play("exclude", STORY.trial, "--reason", "试填", "--by", "李四")
    play("exclude", "县数据局.xlsx", "--reason", "误记", "--by", "李四")
    play("collect")
    said(play)
    play("collect")
    held = next(one.file for one in read_results(Path("汇总") / "results.json").files if one.status == "aside")
    play("admit", held, "--reason", "电话核实", "--by", "李四")
    play("collect")
    end = play("rehearse")
    assert end.code == 1
    assert "L1P1-A2：—，应为 40.00" in end.out
    play("exclude", "县数据局.xlsx", "--undo", "--reason", "记错了", "--by", "李四")
    play("collect")
    assert "为准" in said(play), "what was decided over another set of answers has lapsed"
    decide(1)
    play("collect")
    assert play("rehearse").code == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_folder_with_something_in_it_is_left_alone(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "有东西").mkdir()
    (tmp_path / "有东西" / "信.txt").write_text("x", encoding="utf-8")
    told = Play(monkeypatch)("rehearse", "有东西", language=language)
    assert told.code == 2
    assert "有东西" in told.err
    assert [path.name for path in (tmp_path / "有东西").iterdir()] == ["信.txt"]


def test_a_file_is_no_folder_to_practise_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "信.txt").write_text("x", encoding="utf-8")
    told = Play(monkeypatch)("rehearse", "信.txt")
    assert (told.code, "已经有了" in told.err) == (2, True)
    assert (tmp_path / "信.txt").read_text(encoding="utf-8") == "x"


def test_the_folders_of_a_round_are_none_to_practise_in(play: Play) -> None:
    told = play("rehearse", "收件/里面")
    assert (told.code, "收件" in told.err) == (2, True)
    assert not Path("收件/里面").exists(), "nothing is left there"


def test_a_real_round_is_no_rehearsal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    play = Play(monkeypatch)
    play("init", "真的", "--catalog", "cn-2018", "--city", "云溪市", "--round", "2026", "--deadline", "2026-12-31")
    told = play("rehearse", "真的")
    assert (told.code, "是真的一轮" in told.err) == (2, True)
    assert list((tmp_path / "真的" / "收件").iterdir()) == []


def test_nowhere_there_is_no_rehearsal_to_go_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Play(monkeypatch)("rehearse").code == 2


def test_the_right_end_is_what_the_rules_say_of_the_right_answers() -> None:
    catalog, _ = rehearsal_system()
    right: dict[str, str | int | float | Fraction | None] = {}
    for arrival in STORY.arrivals:
        if arrival.file != STORY.trial:
            right |= arrival.answers
    right["all"] = STORY.conflict.value
    scores = score_figures(catalog, right)  # type: ignore[arg-type]
    assert (scores.final, two(scores.total)) == (True, STORY.total)
    assert {one.indicator.code: two(one.score) for one in scores.indicators if one.score is not None} == STORY.scores
