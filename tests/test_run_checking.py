"""A look at files before they count: everything is said of them, and nothing is recorded anywhere."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from mails import attachment, mail, text, zipped
from rounds import make_round, template
from support import filled, identified, put, value_cell

from smartcity_xl.cli import clock, run_cli
from smartcity_xl.ledger import parse_utc, read_ledger
from smartcity_xl.messages import label

FILLED = filled("secrecy", secrecy_review_deduction=0.25, leak_events=1, crypto_failing_systems=4)
WRONG = filled("secrecy", leak_events="约 3")
OWN = "secrecy@example.com"


def by(sender: str, data: bytes) -> bytes:
    return mail(text(), attachment("表.xlsx", data), headers=f"From: <{sender}>")


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def look(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, object]]:
    capsys.readouterr()
    code = run_cli(["check", *map(str, arguments), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "xlscore-check/1"
    return code, found


def fates(found: dict[str, object]) -> dict[str, str]:
    return {one["file"]: one["status"] for one in found["files"]}  # type: ignore[attr-defined]


def told(found: dict[str, object]) -> list[str]:
    return [one["code"] for one in found["findings"]]  # type: ignore[attr-defined]


# --- alone -------------------------------------------------------------------------------------------------------


def test_a_workbook_is_told_with_its_identity_findings_and_scores_so_far(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, {"表.xlsx": WRONG})
    before = everything(tmp_path)
    code, found = look(capsys, tmp_path / "表.xlsx")
    assert code == 1
    [file] = found["files"]  # type: ignore[misc]
    assert (file["status"], file["department"], file["city"], file["round"], file["revision"]) == (
        "taken", "secrecy", "云溪市", "2018", 1,
    )  # fmt: skip
    [scored] = found["departments"]  # type: ignore[misc]
    assert (scored["asked"], scored["filled"]) == (3, 0), "what cannot be read is no answer"
    assert {one["standing"] for one in scored["indicators"]} == {"missing", "unreadable"}
    at = [(one["file"], one["cell"]) for one in found["findings"] if one["code"] == "not-a-number"]  # type: ignore[attr-defined]
    assert at == [("表.xlsx", value_cell("secrecy", "leak_events"))]
    assert "department-missing" not in told(found), "nothing is said of other departments"
    assert everything(tmp_path) == before


def test_what_is_said_on_the_screen_says_the_same_in_both_languages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, {"表.xlsx": WRONG, "信.eml": by(OWN, filled("credit")), "坏.xlsx": b"PK\x03\x04 broken"})
    for language, words in (("zh", ("市机要保密局", "什么也没有记入")), ("en", ("Nothing was entered", "not taken"))):
        files = [str(tmp_path / name) for name in ("表.xlsx", "信.eml", "坏.xlsx")]
        assert run_cli(["check", *files, "--lang", language]) == 1
        said = capsys.readouterr().out
        assert all(word in said for word in (*words, "信.eml/表.xlsx", "坏.xlsx", "约 3")), said
        ended = {"zh": r"读不出数；应为：只填数字（.*?）。请对方", "en": r"; expected: .*\. Ask "}[language]
        assert re.search(ended, said), "what was found, what was wanted and what to do stand apart"


def test_several_files_mails_and_archives_are_looked_at_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, {"信.eml": by(OWN, FILLED), "包.zip": zipped({"信用.xlsx": filled("credit")}), "注.pdf": b"%PDF-1.4"})
    _, found = look(capsys, tmp_path / "信.eml", tmp_path / "包.zip", tmp_path / "注.pdf")
    assert fates(found) == {
        "信.eml": "opened", "信.eml/表.xlsx": "taken", "包.zip": "opened", "包.zip/信用.xlsx": "taken",
        "注.pdf": "ignored",
    }  # fmt: skip
    assert [one["department"] for one in found["departments"]] == ["credit", "secrecy"]  # type: ignore[attr-defined]
    _, folder = look(capsys, tmp_path)
    assert fates(folder) == fates(found)


def test_what_cannot_be_used_at_all_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path, {"坏.xlsx": b"PK\x03\x04 broken"})
    assert run_cli(["check", str(tmp_path / "坏.xlsx"), "--lang", "zh"]) == 1
    assert "坏.xlsx" in capsys.readouterr().err
    assert run_cli(["check", str(tmp_path / "无.xlsx"), "--lang", "zh"]) == 2
    assert "无.xlsx" in capsys.readouterr().err


# --- beside what came --------------------------------------------------------------------------------------------


@pytest.fixture
def campaign(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A round that has collected one filled workbook."""
    people = {"secrecy": (OWN, ""), "credit": ("credit@example.com", "")}
    folder = make_round(tmp_path / "轮", "office@example.com", people, imap_host="", smtp_host="")
    put(folder / label("campaign_folder.inbox"), {"一.xlsx": FILLED})
    run_cli(["collect", "--campaign", str(folder)])
    return folder


NEW = {
    "an untouched form": (template("secrecy"), "ignored", "blank-form"),
    "the very same bytes": (FILLED, "duplicate", "duplicate-file"),
    "of another round": (identified(FILLED, round="2017"), "rejected", "round-differs"),
    "of another round, filled otherwise": (identified(WRONG, round="2017"), "rejected", "round-differs"),
}


@pytest.mark.parametrize("case", NEW)
def test_what_would_be_put_aside_is_told_with_the_reason(
    case: str, campaign: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, status, code = NEW[case]
    put(tmp_path, {"新.xlsx": data})
    before = everything(campaign)
    _, found = look(capsys, tmp_path / "新.xlsx", "--campaign", campaign)
    assert fates(found) == {"新.xlsx": status}
    assert code in told(found)
    assert everything(campaign) == before, "no entry, no file"


def test_a_strangers_form_would_wait_for_the_office_and_what_stands_in_it_is_told(
    campaign: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, {"信.eml": by("x@example.com", WRONG)})
    code, found = look(capsys, tmp_path / "信.eml", "--campaign", campaign)
    assert (code, fates(found)["信.eml/表.xlsx"]) == (1, "aside")
    assert {"sender-unknown", "not-a-number"} <= set(told(found))


def test_a_correction_would_replace_what_came_and_is_scored_with_the_rest(
    campaign: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, {"新.xlsx": filled("secrecy", leak_events=2)})
    _, found = look(capsys, tmp_path / "新.xlsx", "--campaign", campaign)
    [file] = found["files"]  # type: ignore[misc]
    assert (file["status"], file["replaces"]) == ("taken", ["一.xlsx"])
    assert "correction-blank" in told(found)
    assert found["at"]


@pytest.mark.parametrize("behind", [timedelta(), timedelta(days=400)], ids=["of this very second", "a year ago"])
def test_a_correction_is_later_than_what_came_whatever_the_clock_shows(
    behind: timedelta, campaign: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    put(tmp_path, {"新.xlsx": filled("secrecy", leak_events=2)})
    with read_ledger(campaign / label("campaign_folder.store")) as ledger:
        entered = parse_utc(ledger.newest)
    monkeypatch.setattr(clock, "now", lambda: entered - behind)
    _, found = look(capsys, tmp_path / "新.xlsx", "--campaign", campaign)
    assert [one["replaces"] for one in found["files"]] == [["一.xlsx"]]  # type: ignore[attr-defined]


def test_a_file_in_the_inbox_is_known_by_its_place_there_before_it_was_collected(
    campaign: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox = campaign / label("campaign_folder.inbox")
    put(inbox, {"市政府信用办/新.xlsx": filled("credit")})
    _, found = look(capsys, inbox / "市政府信用办" / "新.xlsx", inbox / "一.xlsx", "--campaign", campaign)
    assert fates(found) == {"一.xlsx": "taken", "市政府信用办/新.xlsx": "taken"}


def test_before_the_first_collection_a_form_of_another_round_is_looked_at_by_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_round(tmp_path / "轮", "office@example.com", {"secrecy": (OWN, "")}, imap_host="", smtp_host="")
    put(tmp_path, {"旧.xlsx": identified(FILLED, round="2017")})
    code, found = look(capsys, tmp_path / "旧.xlsx", "--campaign", folder)
    assert (code, "round-differs" in told(found)) == (1, True)
    assert [one["department"] for one in found["departments"]] == ["secrecy"]  # type: ignore[attr-defined]


def test_what_the_office_took_out_stays_out_in_a_look(campaign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = ["--reason", "试填", "--by", "李四", "--campaign", str(campaign)]
    assert run_cli(["exclude", "一.xlsx", *said]) == 0
    inbox = campaign / label("campaign_folder.inbox")
    _, found = look(capsys, inbox / "一.xlsx", "--campaign", campaign)
    assert (fates(found), found["departments"]) == ({"一.xlsx": "excluded"}, [])


def test_a_look_misses_nothing_where_the_clock_runs_behind(
    campaign: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a change of the clock, or when two commands run within one second."""
    run_cli(["exclude", "一.xlsx", "--reason", "试填", "--by", "李四", "--campaign", str(campaign)])
    monkeypatch.setattr(clock, "now", lambda: datetime(2020, 1, 1, tzinfo=UTC))
    _, found = look(capsys, campaign / label("campaign_folder.inbox") / "一.xlsx", "--campaign", campaign)
    assert fates(found) == {"一.xlsx": "excluded"}
