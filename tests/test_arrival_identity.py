"""The code of a round: what its key proves is taken, and whatever it does not prove is held for a person."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest
from bad_books import fate
from msgspec.structs import fields, replace
from support import ASSIGNMENT, CATALOG, ISSUE, assert_worded, filled, identified, put, receipt

from smartcity_xl.books.identity import IDENTITY_FIELDS, LAYOUT, TEMPLATE_KIND
from smartcity_xl.books.signing import is_signed, sign_identity
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import CampaignFault
from smartcity_xl.form.reading.workbook import open_workbook
from smartcity_xl.form.template import write_template
from smartcity_xl.ledger import Keeping
from smartcity_xl.messages import LANGUAGES, label
from smartcity_xl.model import Identity, Outcome, Parcel, Settings, Verb
from smartcity_xl.office.campaign import KEY_FILE, read_key, write_key
from smartcity_xl.run.collecting import assess, collect
from smartcity_xl.run.ruling import Word, rule
from smartcity_xl.run.systems import Choice

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
CHOICE = Choice(settings=Settings(), round=ISSUE.round, city=ISSUE.city, key=KEY)


def identity_in(data: bytes) -> Identity:
    return open_workbook(Parcel("a.xlsx", data, "")).identity


def signed(data: bytes, key: bytes = KEY, **changed: str) -> bytes:
    """A workbook with the code of a round, and then with fields of its identity changed."""
    return identified(data, **{"code": sign_identity(identity_in(data), key), **changed})


def good() -> bytes:
    return filled("secrecy", leak_events=1)


@cache
def credit() -> bytes:
    return signed(filled("credit"))


@cache
def second() -> bytes:
    return identified(good(), revision="2")


# name -> makes the workbook; what is said of it
HELD: dict[str, tuple[Callable[[], bytes], str]] = {
    "no code, as before a round had a key": (good, "identity-unsigned"),
    "its code taken out": (lambda: signed(good(), code=""), "identity-unsigned"),
    "its code cut": (lambda: signed(good(), code=sign_identity(identity_in(good()), KEY)[:-1]), "identity-false"),
    "a code of letters": (lambda: signed(good(), code="真" * 64), "identity-false"),
    "another round's key": (lambda: signed(good(), OTHER_KEY), "identity-false"),
    "another department": (lambda: signed(filled("credit"), department="secrecy"), "identity-department"),
    "a revision that was never issued": (lambda: signed(good(), revision="9999"), "identity-revision"),
    "an older revision than it is": (lambda: signed(second(), revision=""), "identity-revision"),
    "a later revision than it is": (lambda: signed(second(), revision="3"), "identity-revision"),
    "other scoring settings": (lambda: signed(good(), settings="ratio_above_one=literal"), "identity-settings"),
    "another version": (lambda: signed(good(), version="0"), "identity-false"),
    "another deadline": (lambda: signed(good(), deadline="2030-01-01"), "identity-false"),
    "another seal": (lambda: signed(good(), seal="0" * 32), "identity-false"),
    "two fields": (lambda: signed(good(), revision="2", department="tax"), "identity-false"),
}
TAKEN: dict[str, Callable[[], bytes]] = {
    "as it was issued": lambda: signed(good()),
    "a revision that was issued": lambda: signed(second()),
    "its code in capitals, with blanks around it": lambda: signed(
        good(), code=f" {sign_identity(identity_in(good()), KEY).upper()} "
    ),
}


def look(inbox: Path, data: bytes, choice: Choice = CHOICE) -> Outcome:
    outcome = assess(put(inbox, {"表.xlsx": data, "好.xlsx": credit()}), choice=choice)
    assert_worded([finding for one in outcome.receipts for finding in one.findings])
    return outcome


@pytest.mark.parametrize("case", HELD)
def test_what_the_key_does_not_prove_is_held_and_says_why(case: str, tmp_path: Path) -> None:
    data, code = HELD[case]
    outcome = look(tmp_path, data())
    status, found = fate(outcome, "表.xlsx")
    assert (status, found[0]) == ("aside", code)
    assert receipt(outcome, "好.xlsx").status == "taken"
    assert [one.department for one in outcome.submissions] == ["credit"]
    assert outcome.catalog.settings == Settings()


@pytest.mark.parametrize("case", TAKEN)
def test_what_the_round_issued_is_taken(case: str, tmp_path: Path) -> None:
    assert receipt(look(tmp_path, TAKEN[case]()), "表.xlsx").status == "taken"


@pytest.mark.parametrize("case", ["no code, as before a round had a key", "another round's key"])
def test_without_a_key_workbooks_are_taken_at_their_word(case: str, tmp_path: Path) -> None:
    outcome = look(tmp_path, HELD[case][0](), replace(CHOICE, key=b""))
    assert receipt(outcome, "表.xlsx").status == "taken"


def test_the_code_covers_every_field_of_the_identity() -> None:
    identity = Identity(TEMPLATE_KIND, "cn-2018", "1", "luoyang-2018", "tax", "2018", "云溪市", LAYOUT)
    code = sign_identity(identity, KEY)
    covered = [one.name for one in fields(Identity) if one.name != "code"]
    assert set(covered) == set(IDENTITY_FIELDS) - {"code"}
    for name in covered:
        assert sign_identity(replace(identity, **{name: f"{getattr(identity, name)}9"}), KEY) != code, name
    moved = replace(identity, catalog="cn-2018 1", version="")
    assert sign_identity(moved, KEY) != code, "what stands in one field is never taken for another's"
    assert is_signed(replace(identity, code=code), KEY)
    assert not is_signed(replace(identity, code=code), OTHER_KEY)
    assert not is_signed(identity, KEY)


def test_a_template_carries_its_code_and_the_same_key_gives_the_same_bytes() -> None:
    first, again = (write_template(CATALOG, ASSIGNMENT, "tax", replace(ISSUE, key=KEY)) for _ in range(2))
    assert first == again
    assert is_signed(identity_in(first), KEY)
    assert KEY.hex().encode() not in first
    bare = write_template(CATALOG, ASSIGNMENT, "tax", ISSUE)
    assert identity_in(bare).code == ""
    assert replace(identity_in(first), code="") == identity_in(bare)


# --- what the office says ----------------------------------------------------------------------------------------


def collect_at(folder: Path, at: str, **files: bytes) -> Outcome:
    inbox = put(folder / "收", {name.replace("_", "."): data for name, data in files.items()})
    outcome, _ = collect(inbox, folder / "出", CHOICE, keeping=Keeping(folder / "账", at))
    return outcome


def admit(folder: Path, at: str, name: str) -> tuple[str, ...]:
    given = rule(folder / "账", Word(name, Verb.ADMIT, "已电话核实", "李四"), datetime.fromisoformat(at))
    return given.ruling.over


def test_the_office_lets_one_in_and_the_ledger_keeps_its_word(tmp_path: Path) -> None:
    first = collect_at(tmp_path, "2019-03-01T00:00:00Z", 表_xlsx=signed(good(), revision="9999"), 好_xlsx=credit())
    assert fate(first, "表.xlsx") == ("aside", ["identity-revision"])
    assert admit(tmp_path, "2019-03-02T00:00:00Z", "表.xlsx") == ("identity-revision",)
    again = collect_at(tmp_path, "2019-03-03T00:00:00Z")
    assert receipt(again, "表.xlsx").status == "taken"
    assert again.merged.slots["leak_events"].value == 1
    [let_in] = [one for one in again.submissions if one.department == "secrecy"]
    assert let_in.revision == 2, "a number that was never issued is before no other"
    back = sorted(path.name for path in (tmp_path / "出" / label("file.returned_folder")).glob("*.xlsx"))
    assert any("第3版" in name for name in back), back


def test_what_was_let_in_is_replaced_by_the_next_that_the_round_issued(tmp_path: Path) -> None:
    files = {"表_xlsx": signed(good(), revision="9999"), "好_xlsx": credit()}
    collect_at(tmp_path, "2019-03-01T00:00:00Z", **files)
    admit(tmp_path, "2019-03-02T00:00:00Z", "表.xlsx")
    collect_at(tmp_path, "2019-03-03T00:00:00Z")
    later = signed(identified(filled("secrecy", leak_events=2), revision="3"))
    outcome = collect_at(tmp_path, "2019-03-04T00:00:00Z", 新_xlsx=later)
    assert receipt(outcome, "表.xlsx").status == "superseded"
    assert outcome.merged.slots["leak_events"].value == 2


def test_who_lets_in_another_rounds_form_lets_it_in_once(tmp_path: Path) -> None:
    collect_at(tmp_path, "2019-03-01T00:00:00Z", 表_xlsx=identified(good(), round="2017"), 好_xlsx=credit())
    assert admit(tmp_path, "2019-03-02T00:00:00Z", "表.xlsx") == ("round-differs",)
    assert receipt(collect_at(tmp_path, "2019-03-03T00:00:00Z"), "表.xlsx").status == "taken"


def test_what_goes_back_carries_the_code_of_its_revision(tmp_path: Path) -> None:
    collect_at(tmp_path, "2019-03-01T00:00:00Z", 表_xlsx=signed(good()), 好_xlsx=credit())
    back = list((tmp_path / "出" / label("file.returned_folder")).glob("*.xlsx"))
    assert len(back) == 2
    for path in back:
        identity = identity_in(path.read_bytes())
        assert (identity.revision, is_signed(identity, KEY)) == ("2", True)
    (tmp_path / "收" / "退回.xlsx").write_bytes(back[0].read_bytes())
    outcome = collect_at(tmp_path, "2019-03-02T00:00:00Z")
    assert not any(one.status == "aside" for one in outcome.receipts)


# --- the key -----------------------------------------------------------------------------------------------------


def init(folder: Path, *options: str) -> int:
    given = ("--city", "云溪市", "--round", "2018", "--deadline", "2019-02-25")
    return run_cli(["init", str(folder), *(options or given)])


def test_a_round_has_a_key_of_its_own_that_only_its_owner_may_read(tmp_path: Path) -> None:
    assert init(tmp_path / "一") == 0
    key = read_key(tmp_path / "一")
    assert len(key) == 32
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "一" / KEY_FILE).stat().st_mode) == 0o600
    assert init(tmp_path / "二", "--from", str(tmp_path / "一"), "--round", "2019", "--deadline", "2020-02-25") == 0
    assert read_key(tmp_path / "二") not in (b"", key)
    given = ("--city", "云溪市", "--round", "2018", "--deadline", "2019-02-25", "--overwrite")
    assert init(tmp_path / "一", *given) == 0
    assert read_key(tmp_path / "一") == key, "a key that stands is never replaced: forms are out there"


def test_a_round_of_before_gets_its_key_with_the_next_templates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(tmp_path) == 0
    (tmp_path / KEY_FILE).unlink()
    out = tmp_path / label("campaign_folder.templates")
    out.mkdir(exist_ok=True)
    make = ["make-templates", "--campaign", str(tmp_path)]
    (out / "01-占位.xlsx").write_bytes(b"")
    assert run_cli(make) == 0
    told = capsys.readouterr().out
    assert told.count(KEY_FILE) == 1
    key = read_key(tmp_path)
    books = [path for path in out.glob("*.xlsx") if path.stat().st_size]
    assert books
    assert all(is_signed(identity_in(path.read_bytes()), key) for path in books[:3])
    before = {path: path.read_bytes() for path in books}
    assert run_cli(make) == 0
    assert KEY_FILE not in capsys.readouterr().out
    assert {path: path.read_bytes() for path in books} == before


def test_where_forms_of_before_stand_no_key_is_made_over_them(tmp_path: Path) -> None:
    assert init(tmp_path) == 0
    make = ["make-templates", "--campaign", str(tmp_path)]
    assert run_cli(make) == 0
    (tmp_path / KEY_FILE).unlink()
    assert run_cli(make) == 2, "other bytes stand there"
    assert not (tmp_path / KEY_FILE).exists()


@pytest.mark.parametrize("text", ["", "# nothing\n", "abc\n", "zz" * 32, "ab" * 31, "ab" * 32 + "\n" + "ab" * 32])
def test_a_file_that_holds_no_key_is_told_and_never_shown(text: str, tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(CampaignFault) as fault:
        read_key(tmp_path)
    for language in LANGUAGES:
        [told] = [one.words(language) for one in fault.value.faults]
        assert not text.strip() or text.strip() not in told


def test_a_key_survives_an_editor(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(
        b"\xef\xbb\xbf" + write_key(KEY).replace(b"\n", b"\r\n").replace(b"0001", b"0001")
    )
    assert read_key(tmp_path) == KEY
    assert read_key(tmp_path / "nowhere") == b""


def test_the_key_is_in_nothing_that_a_round_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "轮"
    assert init(home) == 0
    key = read_key(home)
    make = ["make-templates", "--campaign", str(home)]
    assert run_cli(make) == 0
    form = min((home / label("campaign_folder.templates")).glob("*.xlsx"))
    put(home / label("campaign_folder.inbox"), {"表.xlsx": form.read_bytes(), KEY_FILE: (home / KEY_FILE).read_bytes()})
    assert run_cli(["collect", "--campaign", str(home)]) in (0, 1)
    shown = capsys.readouterr()
    spelt = (key, key.hex().encode(), key.hex().upper().encode())
    own = {home / KEY_FILE, home / label("campaign_folder.inbox") / KEY_FILE}
    for path in home.rglob("*"):
        if path.is_file() and path not in own:
            assert not any(one in path.read_bytes() for one in spelt), path
    assert key.hex() not in shown.out + shown.err


def test_that_nothing_is_proven_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inbox = put(tmp_path / "收", {"表.xlsx": good(), "好.xlsx": credit()})
    assert run_cli(["--lang", "zh", "collect", str(inbox), "--no-campaign", "--out", str(tmp_path / "出")]) == 1
    assert capsys.readouterr().err.count("无从核验") == 1
