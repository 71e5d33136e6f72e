"""An inbox as offices keep it: nothing usable in it, locked archives, untouched forms, our own output and returns."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import mails
import pytest
from archives import CRYPTO, NOISE
from mails import attachment, mail, text
from rounds import template
from support import (
    ASSIGNMENT,
    CATALOG,
    PERSONS,
    assert_worded,
    codes,
    edited,
    figures_sheet,
    filled,
    identified,
    parcel,
    proofs,
    put,
    receipt,
    value_cell,
)

from smartcity_xl.arrival.echoes import is_blank
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import NothingUsable, UsageFault
from smartcity_xl.form.checks import check_workbook
from smartcity_xl.form.reading.workbook import open_workbook, read_submission
from smartcity_xl.ledger import Keeping, open_ledger
from smartcity_xl.messages import LANGUAGES, label
from smartcity_xl.model import Outcome
from smartcity_xl.run.collecting import assess, collect

AT = "2019-03-01T00:00:00Z"


def secrecy() -> bytes:
    return filled("secrecy", secrecy_review_deduction=0.25, leak_events=1, crypto_failing_systems=4)


def credit() -> bytes:
    return filled("credit")


def blank() -> bytes:
    return template("secrecy")


def reported(outcome: Outcome) -> dict[str, tuple[str, ...]]:
    return {status.department.key: status.files for status in outcome.departments if status.files}


def fate(outcome: Outcome, name: str) -> tuple[str, list[str]]:
    found = receipt(outcome, name)
    assert_worded(found.findings)
    return found.status, codes(found.findings)


# --- nothing usable ----------------------------------------------------------------------------------------------


@cache
def useless() -> dict[str, tuple[bytes, str]]:
    return {
        "a.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old-workbook"),
        "信.eml": (mail(text()), "mail-empty"),
        "材料.zip": (base64.b64decode(CRYPTO), "archive-encrypted"),
        "材料.zip.001": (b"PK\x03\x04" + bytes(90), "archive-volumes"),
        "证明.pdf": (b"%PDF-1.4", "other-file"),
        "空.xlsx": (b"", "empty-file"),
        "别的体系.xlsx": (identified(secrecy(), catalog="cn-2099"), "system-unknown"),
        "表.xlsx": (b"\x91\xfe\0\x01" + bytes(90), "content-unknown"),
    }


def test_where_nothing_is_usable_the_reason_of_every_file_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox = put(tmp_path / "收", {name: data for name, (data, _) in useless().items()} | {"~$a.xlsx": b"x"})
    with pytest.raises(NothingUsable) as refused:
        assess(inbox)
    told = {fault.name: fault.finding.code for fault in refused.value.faults}  # type: ignore[attr-defined]
    assert told == {name: code for name, (_, code) in useless().items()}
    assert_worded([fault.finding for fault in refused.value.faults])  # type: ignore[attr-defined]
    for language in LANGUAGES:
        assert run_cli(["collect", str(inbox), "--out", str(tmp_path / "出"), "--lang", language]) == 1
        words = capsys.readouterr().err
        assert all(f"{name}：" in words or f"{name}: " in words for name in useless())
        assert "{" not in words
        assert "~$" not in words
    assert [path.name for path in (tmp_path / "出").iterdir()] == ["ledger"]


UNLIKE = {
    "表.xlsx": (bytes(9000), "file-zeros"),
    "二.xlsx": (b"\x91\xfe\0\x01" + NOISE, "content-unknown"),
    "证明.pdf": (b"\x91\xfe\0\x02" + NOISE, "content-unknown"),
    "网页.zip": (b"<html>404</html>", "archive-none"),
    "杂.rar": (b"\x91\xfe\0\x03" + NOISE, "archive-none"),
    "零.7z": (bytes(8000), "file-zeros"),
}
AS_BEFORE = {
    "a.pdf": (b"%PDF-1.4", "other-file"),
    "b.pdf": (b"\x00\x01\x02\n" * 9 + b"%PDF-1.4", "other-file"),
    "表.xlsx": ("学校,12\n".encode("gbk"), "not-a-workbook"),
    "网页.xls": (b"<html><table></table></html>", "not-a-workbook"),
    "旧.xls": (b"\t\x04\x06\x00" + NOISE, "old-workbook"),
    "a.zip": (b"%PDF-1.5", "other-file"),
    "a.dat": (NOISE, "other-file"),
}


@pytest.mark.parametrize("cases", [UNLIKE, AS_BEFORE], ids=["told", "as before"])
def test_what_nobody_recognises_is_told_by_what_it_calls_itself(
    cases: dict[str, tuple[bytes, str]], tmp_path: Path
) -> None:
    outcome = assess(put(tmp_path, {"好.xlsx": secrecy(), **{name: data for name, (data, _) in cases.items()}}))
    told = {one.parcel: codes(one.findings) for one in outcome.receipts if one.parcel != "好.xlsx"}
    assert told == {name: [code] for name, (_, code) in cases.items()}
    assert_worded([finding for one in outcome.receipts for finding in one.findings])


def test_one_file_that_is_usable_is_enough(tmp_path: Path) -> None:
    inbox = put(tmp_path, {"表.xlsx": secrecy(), "空.xlsx": b""})
    assert set(reported(assess(inbox))) == {"secrecy"}


# --- passwords ---------------------------------------------------------------------------------------------------


def locked(data: bytes) -> bytes:
    return mails.sevenzipped({"表.xlsx": data}, **{"password": "Ab 12#密"})


def test_archives_are_opened_with_the_passwords_that_the_office_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = put(tmp_path / "收", {"表.xlsx": credit(), "材料.7z": locked(secrecy())})
    assert set(reported(assess(inbox))) == {"credit"}
    assert set(reported(assess(inbox, passwords=("x", "Ab 12#密")))) == {"credit", "secrecy"}
    command = ["collect", str(inbox), "--out", str(tmp_path / "出"), "--lang", "zh"]
    run_cli(command)
    results = tmp_path / "出" / "results.json"
    assert "archive-encrypted" in results.read_text("utf-8")
    run_cli([*command, "--archive-password", "x", "--archive-password", "Ab 12#密"])
    by_option = results.read_bytes()
    assert "材料.7z/表.xlsx".encode() in by_option
    assert "Ab 12#密".encode() not in by_option
    results.unlink()
    monkeypatch.setenv("XLSCORE_ARCHIVE_PASSWORD", "x\nAb 12#密\n")
    run_cli(command)
    assert results.read_bytes() == by_option


# --- untouched forms ---------------------------------------------------------------------------------------------


def test_an_untouched_form_beside_the_filled_one_is_put_aside(tmp_path: Path) -> None:
    both = mail(text("回复"), attachment("01.xlsx", blank()), attachment("01（已填）.xlsx", secrecy()))
    outcome = assess(put(tmp_path, {"信.eml": both}))
    assert reported(outcome) == {"secrecy": ("信.eml/01（已填）.xlsx",)}
    assert fate(outcome, "信.eml/01.xlsx") == ("ignored", ["blank-form"])
    assert "missing" not in codes(outcome.findings)
    assert "several-workbooks" not in codes(outcome.findings)


def test_an_untouched_form_that_comes_later_replaces_nothing(tmp_path: Path) -> None:
    inbox = put(tmp_path / "收", {"1.xlsx": secrecy()})
    collect(inbox, tmp_path / "出", keeping=Keeping(tmp_path / "账", AT))
    put(inbox, {"2/空白.xlsx": blank()})
    outcome, _ = collect(inbox, tmp_path / "出", keeping=Keeping(tmp_path / "账", "2019-03-02T00:00:00Z"))
    assert reported(outcome) == {"secrecy": ("1.xlsx",)}
    assert outcome.superseded == ()


def test_an_untouched_form_alone_is_still_told_as_one_that_says_nothing(tmp_path: Path) -> None:
    outcome = assess(put(tmp_path, {"表.xlsx": blank()}))
    assert reported(outcome) == {"secrecy": ("表.xlsx",)}
    assert "missing" in codes(outcome.findings)


def word(cell: str, value: object) -> bytes:
    return edited(blank(), lambda book: figures_sheet(book).__getitem__(cell).__setattr__("value", value))


def person_cell(book: Any, key: str) -> Any:
    """The cell of the cover for one fact of a person."""
    cover = book[label("sheet.cover")]
    return next(cover.cell(row[0].row, 3) for row in cover.iter_rows(max_col=1) if row[0].value == key)


TOUCHED: dict[str, Callable[[], bytes]] = {
    "a number": lambda: word(value_cell("secrecy", "leak_events"), 0),
    "something unreadable": lambda: word(value_cell("secrecy", "leak_events"), "约 3"),
    "a remark": lambda: word("G" + value_cell("secrecy", "leak_events")[1:], "本单位无此项"),
    "words outside the form": lambda: word("Z40", "请以此为准"),
    "a person": lambda: edited(
        blank(), lambda book: person_cell(book, "leader.name").__setattr__("value", PERSONS["leader.name"])
    ),
}


@pytest.mark.parametrize("case", TOUCHED)
def test_a_form_in_which_anything_was_written_is_a_submission(case: str, tmp_path: Path) -> None:
    outcome = assess(put(tmp_path, {"a.xlsx": secrecy(), "b.xlsx": TOUCHED[case]()}))
    assert fate(outcome, "b.xlsx")[0] == "taken", case
    assert proofs("secrecy")


# --- our own returns ---------------------------------------------------------------------------------------------


def first_round(tmp_path: Path) -> tuple[Path, Path, bytes]:
    """An inbox whose only workbook leaves something open, the output, and the workbook that went back."""
    inbox, out = put(tmp_path / "收", {"第一次.xlsx": filled("secrecy", leak_events="约 3")}), tmp_path / "出"
    _, done = collect(inbox, out, keeping=Keeping(tmp_path / "账", AT))
    (path,) = done.returned
    return inbox, out, path.read_bytes()


LATER = "2019-03-02T00:00:00Z"


def test_a_returned_workbook_in_the_inbox_does_not_beat_the_departments_correction(tmp_path: Path) -> None:
    inbox, out, returned = first_round(tmp_path)
    put(inbox, {"第二次.xlsx": secrecy(), "退回件.xlsx": returned})
    outcome, _ = collect(inbox, out, keeping=Keeping(tmp_path / "账", LATER))
    assert reported(outcome) == {"secrecy": ("第二次.xlsx",)}
    assert fate(outcome, "退回件.xlsx") == ("ignored", ["own-return"])
    assert fate(outcome, "第一次.xlsx")[0] == "superseded"


def resaved(data: bytes) -> bytes:
    return edited(data, lambda book: None)


def test_one_that_was_only_opened_and_saved_is_known_by_what_it_says(tmp_path: Path) -> None:
    inbox, _, returned = first_round(tmp_path)
    put(inbox, {"第二次.xlsx": secrecy(), "信.eml": mail(text(), attachment("退回.xlsx", resaved(returned)))})
    outcome, _ = collect(inbox, tmp_path / "别处", keeping=Keeping(tmp_path / "账", LATER))
    assert reported(outcome) == {"secrecy": ("第二次.xlsx",)}
    assert fate(outcome, "信.eml/退回.xlsx") == ("ignored", ["own-return-sent"])


def test_the_hashes_of_what_went_back_are_remembered_when_it_no_longer_stands_there(tmp_path: Path) -> None:
    inbox, out, returned = first_round(tmp_path)
    (inbox / "第一次.xlsx").unlink()
    put(inbox, {"第二次.xlsx": filled("secrecy", leak_events="大约 5")})
    collect(inbox, out)
    put(inbox, {"第三次.xlsx": secrecy(), "退回件.xlsx": returned})
    (inbox / "第二次.xlsx").unlink()
    outcome, _ = collect(inbox, out)
    assert reported(outcome) == {"secrecy": ("第三次.xlsx",)}
    assert fate(outcome, "退回件.xlsx") == ("ignored", ["own-return"])


def test_a_returned_workbook_with_any_change_counts_as_the_newer_one(tmp_path: Path) -> None:
    inbox, out, returned = first_round(tmp_path)
    cell = value_cell("secrecy", "leak_events")
    corrected = edited(returned, lambda book: figures_sheet(book).__getitem__(cell).__setattr__("value", 3))
    outcome, _ = collect(put(inbox, {"改好.xlsx": corrected}), out)
    assert reported(outcome) == {"secrecy": ("改好.xlsx",)}
    (inbox / "改好.xlsx").unlink()

    def explain(book: object) -> None:
        sheet = figures_sheet(book)
        at = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "explanation")
        sheet.cell(int(cell[1:]), at.column).value = "统计口径如此"

    outcome, _ = collect(put(inbox, {"说明.xlsx": edited(returned, explain)}), out)
    assert reported(outcome) == {"secrecy": ("说明.xlsx",)}


def test_a_returned_workbook_that_is_all_there_is_still_counts(tmp_path: Path) -> None:
    inbox, out, returned = first_round(tmp_path)
    (inbox / "第一次.xlsx").unlink()
    outcome, _ = collect(put(inbox, {"退回件.xlsx": returned}), out)
    assert reported(outcome) == {"secrecy": ("退回件.xlsx",)}


# --- inbox, output and ledger in one another ---------------------------------------------------------------------


def results(out: Path) -> bytes:
    return (out / "results.json").read_bytes()


PLACES = {
    "the same folder": ("收", "收", "收/ledger"),
    "the output inside the inbox": ("收", "收/出", "收/出/ledger"),
    "the inbox inside the output": ("出/收", "出", "出/ledger"),
    "the ledger right in the inbox": ("收", "出", "收"),
    "a link to the inbox": ("收", "链接", "链接/ledger"),
}


@pytest.mark.parametrize("case", PLACES)
@pytest.mark.summary
def test_folders_may_be_one_or_lie_in_each_other(case: str, tmp_path: Path) -> None:
    inbox, out, store = (tmp_path / name for name in PLACES[case])
    put(inbox, {"01/表.xlsx": filled("secrecy", leak_events="约 3"), "出/表.xlsx": credit()})
    if case == "a link to the inbox":
        out.symlink_to(inbox)
    apart = shutil.copytree(inbox, tmp_path / "apart" / inbox.name)
    expected, _ = collect(apart, tmp_path / "apart-out", keeping=Keeping(tmp_path / "apart-ledger", AT))
    first, _ = collect(inbox, out, keeping=Keeping(store, AT))
    once = results(out)
    second, _ = collect(inbox, out, keeping=Keeping(store, LATER))
    assert first.receipts == expected.receipts
    assert second.receipts == expected.receipts
    assert results(out) == once == results(tmp_path / "apart-out")
    assert "file-gone" not in codes(second.findings)


@pytest.mark.summary
def test_what_a_department_put_beside_our_output_is_read(tmp_path: Path) -> None:
    inbox, out = put(tmp_path / "收", {"表.xlsx": filled("secrecy", leak_events="约 3")}), tmp_path / "收" / "出"
    _, done = collect(inbox, out)
    put(out, {"信用.xlsx": credit(), "说明.pdf": b"%PDF-1.4", "results-旧.json": b"{}"})
    (changed,) = done.returned
    changed.write_bytes(resaved(changed.read_bytes()))
    outcome, _ = collect(inbox, out)
    assert set(reported(outcome)) == {"secrecy", "credit"}
    names = {one.parcel for one in outcome.receipts}
    assert {"出/信用.xlsx", "出/说明.pdf", "出/results-旧.json"} <= names
    assert fate(outcome, f"出/{label('file.returned_folder')}/{changed.name}") == ("ignored", ["own-return"])
    assert not any("汇总" in name for name in names)


def test_no_folder_is_passed_over_because_of_a_file_in_it(tmp_path: Path) -> None:
    inbox = put(
        tmp_path / "收", {"甲/ledger.sqlite3": b"not one", "甲/表.xlsx": secrecy(), "甲/store/b.pdf": b"%PDF-1.4"}
    )
    with open_ledger(inbox / "乙", AT):
        pass
    put(inbox, {"乙/表.xlsx": credit(), "乙/证明/c.pdf": b"%PDF-1.4"})
    outcome = assess(inbox)
    names = [one.parcel for one in outcome.receipts]
    assert names == ["乙/表.xlsx", "乙/证明/c.pdf", "甲/ledger.sqlite3", "甲/store/b.pdf", "甲/表.xlsx"]
    assert set(reported(outcome)) == {"secrecy", "credit"}


def test_a_parcel_with_the_name_of_our_output_is_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = label("file.summary")
    inbox = put(tmp_path / "收", {name: secrecy(), "b.xlsx": credit()})
    with pytest.raises(UsageFault, match="output-over-parcel"):
        collect(inbox, inbox)
    assert (inbox / name).read_bytes() == secrecy()
    for language in LANGUAGES:
        assert run_cli(["collect", str(inbox), "--out", str(inbox), "--lang", language]) == 2
        assert name in capsys.readouterr().err
    outcome, _ = collect(inbox, tmp_path / "出")
    assert set(reported(outcome)) == {"secrecy", "credit"}


@pytest.mark.parametrize("department", sorted(ASSIGNMENT.departments))
def test_every_form_as_it_is_issued_is_an_untouched_one(department: str) -> None:
    book = open_workbook(parcel(template(department)))
    assert is_blank(check_workbook(CATALOG, ASSIGNMENT, book, read_submission(book, CATALOG, ASSIGNMENT)))
