"""A campaign's settings file: written with its explanations, read back, and every fault by its key."""

from __future__ import annotations

import datetime
import json
import tomllib
from pathlib import Path

import pytest

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import CampaignFault, MachineFault, UsageFault
from smartcity_xl.messages import label
from smartcity_xl.model import Login, Missing, RatioAboveOne, Rounding, Security, Settings
from smartcity_xl.office.campaign import SETTINGS_FILE, read_campaign, read_moment, write_campaign
from smartcity_xl.office.campaign.form import SETTINGS, SettingForm

GIVEN = {
    "city": "云溪市", "round": "2026", "systems": ["cn-2018"], "assignment": "luoyang-2019",
    "deadline": "2026-12-31T18:00:00+08:00",
}  # fmt: skip
FILE = write_campaign(GIVEN).decode()


def settings(folder: Path, *changes: tuple[str, str], text: str = FILE) -> Path:
    """The settings file with lines replaced: (line as it stands, other text)."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    (folder / SETTINGS_FILE).write_text(text, encoding="utf-8")
    return folder


def faults(folder: Path) -> list[tuple[str, str]]:
    """(key, code) of every fault; each can be said in both languages, with its key."""
    with pytest.raises(CampaignFault) as raised:
        read_campaign(folder)
    for fault in raised.value.faults:
        for language in ("zh", "en"):
            assert "{" not in fault.words(language).replace("{…}", "")
            assert fault.words(language).startswith(fault.where)  # type: ignore[attr-defined]
    return [(fault.where, fault.code) for fault in raised.value.faults]  # type: ignore[attr-defined]


# --- written and read back ---------------------------------------------------------------------------------------


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    read = read_campaign(settings(tmp_path))
    assert (read.city, read.round, read.systems) == ("云溪市", "2026", ("cn-2018",))
    assert (read.assignment, read.assignment_book) == ("luoyang-2019", None)
    assert read.deadline == datetime.datetime(2026, 12, 31, 10, tzinfo=datetime.UTC)
    assert read.rules == Settings()
    assert (read.folders.inbox, read.roster) == (tmp_path / "收件", tmp_path / "名册.xlsx")
    assert (read.mailbox.imap_port, read.mailbox.smtp_port) == (993, 465)
    assert (read.mailbox.imap_security, read.mailbox.smtp_security) == (Security.TLS, Security.TLS)
    assert (read.mailbox.login, read.outlines) == (Login.BASIC, None)
    assert read_campaign(tmp_path / SETTINGS_FILE) == read
    assert write_campaign(GIVEN).decode() == FILE


def test_every_setting_stands_in_the_file_with_an_explanation_above_it() -> None:
    lines = FILE.split("\n")
    for setting in SETTINGS:
        (at,) = [n for n, line in enumerate(lines) if line.removeprefix("# ").startswith(f"{setting.name} = ")
                 and _group(lines, n) == setting.group]  # fmt: skip
        assert lines[at - 1].startswith("# ")
        assert any("一" <= sign <= "鿿" for sign in lines[at - 1])


def _group(lines: list[str], at: int) -> str:
    heads = [line.strip("[]") for line in lines[:at] if line.startswith("[")]
    return heads[-1] if heads else ""


def test_every_example_is_a_value_that_is_taken() -> None:
    from smartcity_xl.office.campaign.settings import _read_value

    for setting in SETTINGS:
        value = tomllib.loads(f"x = {setting.example}")["x"]
        assert _read_value(setting, value) is not None, setting.key


def test_all_that_an_office_may_choose_is_read(tmp_path: Path) -> None:
    read = read_campaign(settings(
        tmp_path,
        ('ratio_above_one = "cap"', 'ratio_above_one = "literal"'), ('rounding = "every-level"', 'rounding = "once"'),
        ('missing = "zero"', 'missing = "left-out"'), ("# target_star = 4", "target_star = 5"),
        ('# outlines = ["cn-2016-case"]', 'outlines = ["cn-2016-case"]'), ('name = ""', 'name = "办公室"'),
        ('address = ""', 'address = "office@example.com"'), ('imap_host = ""', 'imap_host = "imap.example.com"'),
        ('user = ""', 'user = "office@example.com"'), ('login = "basic"', 'login = "xoauth2"'),
        ('inbox = "收件"', 'inbox = "../共享/收件"'),
    ))  # fmt: skip
    assert read.rules == Settings(RatioAboveOne.LITERAL, Rounding.ONCE, Missing.LEFT_OUT, 5)
    assert (read.outlines, read.sender.name, read.mailbox.login) == (("cn-2016-case",), "办公室", Login.XOAUTH2)
    assert read.folders.inbox == tmp_path / "../共享/收件"


def test_an_empty_list_of_outlines_is_not_the_same_as_none_named(tmp_path: Path) -> None:
    assert read_campaign(settings(tmp_path, ('# outlines = ["cn-2016-case"]', "outlines = []"))).outlines == ()


def test_only_what_has_no_default_must_be_given(tmp_path: Path) -> None:
    text = "\n".join(line for line in FILE.split("[folders]")[0].split("\n"))
    assert read_campaign(settings(tmp_path, text=text)).folders.inbox == tmp_path / "收件"


def test_a_file_saved_by_notepad_is_read(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_bytes(FILE.replace("\n", "\r\n").encode("utf-8-sig"))
    assert read_campaign(tmp_path).city == "云溪市"


def test_systems_and_assignments_may_lie_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "本市指标").mkdir()
    (tmp_path / "本市指标" / "system.toml").write_text("")
    (tmp_path / "分工.xlsx").write_bytes(b"")
    read = read_campaign(settings(
        tmp_path, ('    "cn-2018",\n', '    "cn-2018", "本市指标",\n'), ('"luoyang-2019"', '"分工.xlsx"')
    ))  # fmt: skip
    assert read.systems == ("cn-2018", str(tmp_path / "本市指标"))
    assert (read.assignment, read.assignment_book) == (str(tmp_path / "分工.xlsx"), tmp_path / "分工.xlsx")


# --- the deadline ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-12-31T18:00:00+08:00", "2026-12-31T10:00:00"),
        ("2026-12-31 18:00+08:00", "2026-12-31T10:00:00"),
        ("2026-12-31T10:00:00Z", "2026-12-31T10:00:00"),
        ("2026-12-31T18:00:00 Asia/Shanghai", "2026-12-31T10:00:00"),
        ("2026-12-31T18:00:00[Asia/Shanghai]", "2026-12-31T10:00:00"),
        ("2026-12-31T12:00:00 UTC", "2026-12-31T12:00:00"),
        ("2026-07-01T12:00:00 Europe/Berlin", "2026-07-01T10:00:00"),
    ],
)
def test_a_moment_with_its_zone(text: str, utc: str) -> None:
    moment = read_moment(text)
    assert moment is not None
    assert moment.astimezone(datetime.UTC).replace(tzinfo=None).isoformat() == utc


@pytest.mark.parametrize(
    "text",
    ["2026-12-31", "2026-12-31T18:00:00", "明天", "2026-02-30T18:00:00+08:00", "2026-12-31T18:00:00 Asia/Nowhere",
     "2026-12-31T25:00:00+08:00", "2026-12-31T18:00:00 ../../etc/passwd", "2026-12-31T18:00:00+99:00",
     "2026-03-29T02:30:00 Europe/Berlin", "2026-10-25T02:30:00 Europe/Berlin", ""],
)  # fmt: skip
def test_what_is_no_moment_or_two_is_refused(text: str) -> None:
    assert read_moment(text) is None


def test_toml_may_write_the_moment_itself(tmp_path: Path) -> None:
    line = 'deadline = "2026-12-31T18:00:00+08:00"'
    assert read_campaign(settings(tmp_path, (line, "deadline = 2026-12-31T18:00:00+08:00"))).deadline.hour == 18
    for local in ("2026-12-31T18:00:00", "2026-12-31", "18:00:00"):
        assert faults(settings(tmp_path, (line, f"deadline = {local}"))) == [("deadline", "setting-moment")]


# --- faults ------------------------------------------------------------------------------------------------------

FAULTS = [
    ("text without quotes' type", ('city = "云溪市"', "city = 1"), [("city", "setting-text")]),
    ("blank text", ('city = "云溪市"', 'city = " "'), [("city", "setting-text")]),
    ("a setting left out", ('city = "云溪市"\n', ""), [("city", "setting-missing")]),
    ("a slip of the pen", ('city = "云溪市"', 'city = "云溪市"\ncitty = "a"'), [("citty", "setting-unknown")]),
    ("a slip within a group", ('inbox = "收件"', 'inbocks = "收件"'), [("folders.inbocks", "setting-unknown")]),
    ("a group nobody knows", ("[rules]", "[regeln]\na = 1\n[rules]"), [("regeln", "setting-unknown")]),
    ("a value for a group", ("[folders]", 'sender = "a"\n[folders]'), None),
    ("no systems", ('    "cn-2018",\n', ""), [("systems", "setting-texts")]),
    ("the same system twice", ('    "cn-2018",\n', '    "cn-2018", "cn-2018",\n'), [("systems", "setting-texts")]),
    ("a system nobody knows", ('"cn-2018",', '"cn-1999",'),
     [("systems", "setting-system")]),
    ("an assignment nobody knows", ('"luoyang-2019"', '"luoyang-1999"'), [("assignment", "setting-assignment")]),
    ("an assignment workbook that is not there", ('"luoyang-2019"', '"分工.xlsx"'),
     [("assignment", "setting-assignment")]),
    ("a city's assignment for two systems", ('    "cn-2018",\n', '    "cn-2018", "gbt33356-2022-city",\n'),
     [("assignment", "setting-assignment")]),
    ("a deadline without a zone", ('+08:00"\n', '"\n'), [("deadline", "setting-moment")]),
    ("an outline nobody knows", ('# outlines = ["cn-2016-case"]', 'outlines = ["x"]'),
     [("outlines", "setting-outline")]),
    ("a port out of range", ("imap_port = 993", "imap_port = 99300"), [("mailbox.imap_port", "setting-number")]),
    ("a port in quotes", ("imap_port = 993", 'imap_port = "993"'), [("mailbox.imap_port", "setting-number")]),
    ("true for a number", ("imap_port = 993", "imap_port = true"), [("mailbox.imap_port", "setting-number")]),
    ("no such way of encryption", ('imap_security = "tls"', 'imap_security = "ssl"'),
     [("mailbox.imap_security", "setting-choice")]),
    ("a choice that is not offered", ('rounding = "every-level"', 'rounding = "twice"'),
     [("rules.rounding", "setting-choice")]),
    ("a star that does not exist", ("# target_star = 4", "target_star = 6"),
     [("rules.target_star", "setting-number")]),
    ("an address that cannot be", ('address = ""', 'address = "office"'), [("sender.address", "setting-address")]),
    ("a host with its port", ('imap_host = ""', 'imap_host = "imap.example.com:993"'),
     [("mailbox.imap_host", "setting-host")]),
    ("a host without a user", ('imap_host = ""', 'imap_host = "imap.example.com"'),
     [("mailbox.user", "setting-missing")]),
    ("one folder for two things", ('summary = "汇总"', 'summary = "./收件"'),
     [("folders.summary", "setting-same-folder")]),
    ("a folder that is none", ('summary = "汇总"', "summary = 7"), [("folders.summary", "setting-folder")]),
    ("a server for a folder", ('inbox = "收件"', 'inbox = "postgresql://h/d"'), [("folders.inbox", "setting-folder")]),
    ("a server in no address", ('store = "台账"', 'store = "postgresql://h:port/d"'),
     [("folders.store", "setting-ledger")]),
    ("a number for a ledger", ('store = "台账"', "store = 7"), [("folders.store", "setting-ledger")]),
    ("a ledger with its password", ('store = "台账"', 'store = "postgresql://u:p@h/d"'),
     [("folders.store", "setting-ledger-password")]),
    ("TOML that is none", ('city = "云溪市"', "city = 云溪市"), [("", "campaign-unreadable")]),
    ("a path the Windows way", ('inbox = "收件"', 'inbox = "D:\\收件"'), [("", "campaign-unreadable")]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "told"), [c[1:] for c in FAULTS], ids=[c[0] for c in FAULTS])
def test_a_settings_file_is_refused_with(
    tmp_path: Path, change: tuple[str, str], told: list[tuple[str, str]] | None
) -> None:
    if told is None:  # a table cannot be given twice: TOML itself refuses what follows, so the rest is taken away
        text = FILE.split("[folders]")[0] + 'sender = "a"\n'
        assert faults(settings(tmp_path, text=text)) == [("sender", "setting-table")]
    else:
        assert faults(settings(tmp_path, change)) == told


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    folder = settings(
        tmp_path, ('city = "云溪市"', "city = 1"), ('imap_security = "tls"', "imap_security = 1"), ('+08:00"\n', '"\n')
    )
    assert faults(folder) == [
        ("city", "setting-text"),
        ("deadline", "setting-moment"),
        ("mailbox.imap_security", "setting-choice"),
    ]


SECRET_LINES = [
    ("mailbox.password", ('user = ""', 'password = "hunter2"\nuser = ""')),
    ("password", ('city = "云溪市"', 'password = "hunter2"\ncity = "云溪市"')),
    ("mailbox.imap_Password", ('user = ""', 'imap_Password = "hunter2"\nuser = ""')),
    ("mailbox.授权码", ('user = ""', '"授权码" = "hunter2"\nuser = ""')),
    ("mailbox.user.password", ('user = ""', 'user = { password = "hunter2" }')),
    ("mailbox.user.token", ('user = ""', 'user = [{ token = "hunter2" }]')),
]


@pytest.mark.parametrize(("key", "change"), SECRET_LINES, ids=[key for key, _ in SECRET_LINES])
def test_a_password_is_refused_and_never_shown(
    tmp_path: Path, key: str, change: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CampaignFault) as raised:
        read_campaign(settings(tmp_path, change))
    assert (key, "setting-password") in [(fault.where, fault.code) for fault in raised.value.faults]  # type: ignore[attr-defined]
    told = " ".join(fault.words(language) for fault in raised.value.faults for language in ("zh", "en"))
    assert "hunter2" not in told + str(raised.value)


ADDRESSES = [
    ("store", "postgresql://u:hunter2@h/d"), ("store", "postgresql://h/d?password=hunter2"),
    ("store", "postgres://u:hunter2@h:x/d"), ("store", "postgresql:/u:hunter2@h"),
    ("inbox", "postgresql://u:hunter2@h/d"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), ADDRESSES)
def test_a_password_in_an_address_is_refused_and_never_shown(name: str, value: str, tmp_path: Path) -> None:
    folder = {"store": "台账", "inbox": "收件"}[name]
    with pytest.raises(CampaignFault) as raised:
        read_campaign(settings(tmp_path, (f'{name} = "{folder}"', f'{name} = "{value}"')))
    told = " ".join(fault.words(language) for fault in raised.value.faults for language in ("zh", "en"))
    assert "hunter2" not in told + str(raised.value)


def test_a_ledger_may_lie_on_a_server(tmp_path: Path) -> None:
    address = "postgresql://office@db.example.com/province?schema=云溪_2026"
    read = read_campaign(settings(tmp_path, ('store = "台账"', f'store = "{address}"')))
    assert str(read.folders.store) == address
    assert tmp_path / "收件" in read.folders.here
    assert len(read.folders.here) == 4


def test_no_setting_of_ours_looks_like_a_password() -> None:
    from smartcity_xl.office.campaign.settings import _is_secret

    assert [setting.key for setting in SETTINGS if _is_secret(setting.name)] == []
    assert {setting.form for setting in SETTINGS} == set(SettingForm)


@pytest.mark.parametrize("data", ["city = '云溪市'".encode("gb18030"), b"\xff\xfe"], ids=["GBK", "UTF-16"])
def test_another_encoding_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / SETTINGS_FILE).write_bytes(data)
    assert faults(tmp_path) == [("", "campaign-unreadable")]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises((UsageFault, MachineFault)) as raised:
        read_campaign(tmp_path)
    assert raised.value.code == "campaign-missing"


# --- xlscore init ------------------------------------------------------------------------------------------------


def test_init_makes_a_folder_that_can_be_read_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "2026年评价"
    arguments = ["--lang", "zh", "init", str(folder), "--city", "云溪市", "--round", "2026"]
    assert run_cli([*arguments, "--deadline", "2026-12-31"]) == 0
    assert SETTINGS_FILE in capsys.readouterr().out
    read = read_campaign(folder)
    assert (read.city, read.round, read.deadline.isoformat()) == ("云溪市", "2026", "2026-12-31T23:59:59+08:00")
    assert read.roster.is_file()
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {
        "下发", "收件", "汇总", "台账", "待发", "信函",
    }  # fmt: skip
    assert label("draft.issue") == (folder / label("file.draft_issue")).read_text(encoding="utf-8")


EXAMPLE = ("--city", "洛阳市", "--round", "2018")
"""The round that the built-in assignment was written for, which says the rest."""


def test_init_a_second_time_changes_nothing_and_edits_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["init", str(tmp_path), *EXAMPLE]) == 0
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert run_cli(["init", str(tmp_path), *EXAMPLE]) == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before
    (tmp_path / SETTINGS_FILE).write_text("edited")
    assert run_cli(["init", str(tmp_path), *EXAMPLE]) == 2
    assert SETTINGS_FILE in capsys.readouterr().err
    assert (tmp_path / SETTINGS_FILE).read_text() == "edited"
    assert run_cli(["init", str(tmp_path), *EXAMPLE, "--overwrite"]) == 0
    assert read_campaign(tmp_path).systems == ("cn-2018",)


@pytest.mark.parametrize("deadline", ["tomorrow", "2026-12-31T18:00:00", "2026-13-01"])
def test_init_refuses_a_deadline_that_cannot_be_read(
    tmp_path: Path, deadline: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["init", str(tmp_path / "a"), "--deadline", deadline]) == 2
    assert deadline in capsys.readouterr().err
    assert not (tmp_path / "a").exists()


def test_init_with_the_offices_own_assignment_names_it_as_seen_from_the_folder(tmp_path: Path) -> None:
    import openpyxl

    from smartcity_xl.catalog.load import load_catalog
    from smartcity_xl.office.assigning import write_assignment_book
    from smartcity_xl.office.assigning.form import FIRST_ROW, SETTING_KEYS

    book_path = tmp_path / "分工.xlsx"
    book_path.write_bytes(write_assignment_book(load_catalog("gbt33356-2022-county")))
    book = openpyxl.load_workbook(book_path)
    given = {"city": "云溪县", "round": "2026", "deadline": "2026-12-31", "recipients": "办公室", "office": "办公室"}
    for row, key in enumerate(SETTING_KEYS, start=FIRST_ROW + 1):
        book.worksheets[0].cell(row, 3).value = given.get(key)
    book.worksheets[1].cell(FIRST_ROW + 1, 1).value = "县教育局"
    book.save(book_path)
    assert run_cli(["init", str(tmp_path), "--assignment", str(book_path)]) == 0
    read = read_campaign(tmp_path)
    assert (read.systems, read.assignment_book) == (("gbt33356-2022-county",), book_path)
    assert 'assignment = "分工.xlsx"' in (tmp_path / SETTINGS_FILE).read_text(encoding="utf-8")
    assert read.city == "云溪县"


# --- a round run by its settings file ----------------------------------------------------------------------------


def test_templates_and_collect_follow_the_settings_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "轮"
    given = ["--city", "云溪市", "--round", "2018", "--deadline", "2019-02-25"]
    assert run_cli(["init", str(folder), "--catalog", "cn-2018", *given]) == 0
    file = folder / "campaign.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('ratio_above_one = "cap"', 'ratio_above_one = "literal"'), encoding="utf-8")
    assert run_cli(["make-templates", "--campaign", str(folder)]) == 0
    issued = sorted((folder / "下发").glob("*.xlsx"))
    assert len(issued) == 23
    for path in issued:
        (folder / "收件" / path.name).write_bytes(path.read_bytes())
    assert run_cli(["collect", "--campaign", str(file)]) == 1
    results = json.loads((folder / "汇总" / "results.json").read_text(encoding="utf-8"))
    assert (results["city"], results["round"], results["settings"]["ratio_above_one"]) == ("云溪市", "2018", "literal")
    file.write_text(file.read_text(encoding="utf-8").replace('round = "2018"', 'round = "2019"'), encoding="utf-8")
    capsys.readouterr()
    assert run_cli(["--lang", "en", "collect", "--campaign", str(file)]) == 2, "another round's workbooks"
    assert "no workbook of 云溪市 2019, only: 云溪市 2018" in capsys.readouterr().err


@pytest.mark.parametrize("option", [["--catalog", "cn-2018"], ["--assignment", "分工.xlsx"]])
@pytest.mark.parametrize("command", ["make-templates", "collect"])
def test_a_settings_file_leaves_no_room_for_other_systems(
    command: str, option: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["init", str(tmp_path), *EXAMPLE]) == 0
    assert run_cli(["--lang", "en", command, "--campaign", str(tmp_path), *option]) == 2
    told = capsys.readouterr().err
    assert "cannot be given as well" in told
    assert "--no-campaign" in told


def test_collect_without_a_folder_says_what_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["--lang", "en", "collect"]) == 2
    assert "xlscore collect FOLDER" in capsys.readouterr().err
