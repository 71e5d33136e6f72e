"""A new round that begins from the one before: what carries over, what is asked anew, and what is told."""

from __future__ import annotations

import io
import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from assignments import COUNTY, fill_book

from smartcity_xl.catalog.load import load_catalog
from smartcity_xl.cli import run_cli
from smartcity_xl.messages import label
from smartcity_xl.model import Period
from smartcity_xl.office.campaign import read_campaign, read_roster
from smartcity_xl.office.campaign.form import ROSTER_COLUMNS, ROSTER_FIRST_ROW
from smartcity_xl.run.rounds import choose_campaign, find_previous
from smartcity_xl.run.systems import choose

CITY, LAST, NEXT = "清溪县", "2026", "2027"
POLICE, SCHOOLS, FARMING = "县公安局", "县教育局", "县农业农村局"
DUTIES = {"residents_total": (POLICE,), "urban_area_total": (FARMING,), "air_informatized_area": (SCHOOLS,)}
ROSTER, BOOK = label("file.roster"), label("file.assignment")
ANEW = ["--round", NEXT, "--deadline", "2027-12-31"]
Told = pytest.CaptureFixture[str]


def fill_roster(path: Path, people: dict[str, tuple[str, str]]) -> None:
    """Name and address of the contact, by department."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    at = {name: column for column, name in enumerate(ROSTER_COLUMNS, start=1)}
    for row in range(ROSTER_FIRST_ROW + 1, sheet.max_row + 1):
        name, mail = people.get(sheet.cell(row, at["department"]).value, ("", ""))
        sheet.cell(row, at["contact_name"]).value, sheet.cell(row, at["contact_mail"]).value = (
            name or None,
            mail or None,
        )
    book.save(path)


def answer(folder: Path, department: str, value: float) -> None:
    """A department fills the first figure of its form, and sends it."""
    path = next((folder / "下发").glob(f"*{department}*"))
    book = openpyxl.load_workbook(path)
    sheet = book[label("sheet.figures")]
    at = {cell.value: cell.column for cell in sheet[1]}
    row = next(r for r in range(2, sheet.max_row + 1) if sheet.cell(r, 1).value == "residents_total")
    sheet.cell(row, at["value"]).value = value
    book.save(folder / "收件" / path.name)


def edit_settings(folder: Path, edit: Callable[[str], str]) -> None:
    path = folder / "campaign.toml"
    path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The round of 2026, collected, in a folder of its own."""
    home = tmp_path_factory.mktemp("office")
    book, folder = home / "分工.xlsx", home / "2026年"
    catalog = load_catalog(COUNTY)
    book.write_bytes(fill_book(catalog, DUTIES))
    assert run_cli(["init", str(folder), "--assignment", str(book), "--phone", "0000-1", "--basis", "清溪发〔2026〕1号",
                    "--contacts-deadline", "2026-12-20", "--address", "清溪路1号"]) == 0  # fmt: skip
    book.rename(folder / "本县分工.xlsx")
    edit_settings(folder, lambda text: text.replace("../分工.xlsx", "本县分工.xlsx"))
    edit_settings(folder, lambda text: text.replace('address = ""', 'address = "office@example.com"', 1))
    edit_settings(folder, lambda text: text.replace('imap_host = ""', 'imap_host = "imap.example.com"'))
    edit_settings(folder, lambda text: text.replace('user = ""', 'user = "office@example.com"'))
    edit_settings(folder, lambda text: text.replace('missing = "zero"', 'missing = "left-out"'))
    fill_roster(folder / ROSTER, {POLICE: ("孙例", "police@example.com"), SCHOOLS: ("李例", "schools@example.com")})
    (folder / label("file.draft_issue")).write_text(
        "各单位：\n请填报{city}的数据。2026年度的资料另附。\n", encoding="utf-8"
    )
    assert run_cli(["make-templates", "--campaign", str(folder)]) == 0
    answer(folder, POLICE, 51200)
    assert run_cli(["collect", "--campaign", str(folder)]) in (0, 1)
    return home


@pytest.fixture
def office(made: Path, tmp_path: Path) -> Path:
    """A copy of the office's folder, to be changed."""
    return Path(shutil.copytree(made, tmp_path / "office"))


def begin(office: Path, *words: str, name: str = "2027年", anew: list[str] = ANEW) -> Path:
    folder = office / name
    assert run_cli(["--lang", "en", "init", str(folder), "--from", str(office / "2026年"), *anew, *words]) == 0
    return folder


def settings_of(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "campaign.toml").read_text(encoding="utf-8"))


def test_assignment_roster_settings_letters_and_values_carry_over(office: Path, capsys: Told) -> None:
    folder = begin(office)
    told = capsys.readouterr().out
    assert "new 0, changed 0, asked no more 0" in told
    old, new = read_campaign(office / "2026年"), read_campaign(folder)
    assert (new.city, new.round, new.deadline.date().isoformat()) == (CITY, NEXT, "2027-12-31")
    assert (new.sender, new.mailbox, new.rules) == (old.sender, old.mailbox, old.rules)
    assert (new.phone, new.address, new.recipients) == (old.phone, old.address, ("县发展改革局", "县委网信办"))
    (_, before), (_, after) = choose(choose_campaign(old)), choose(choose_campaign(new))
    assert (after.asked, after.departments, after.duties) == (before.asked, before.departments, before.duties)
    assert read_roster(new.roster, after) == read_roster(old.roster, before)
    letter = label("file.draft_issue")
    assert (folder / letter).read_bytes() == (office / "2026年" / letter).read_bytes()
    assert f"{letter} is as in the round before and still says “2026”" in told
    assert settings_of(folder)["previous"] == ["../2026年/汇总/results.json"]


def test_nothing_that_has_a_date_or_a_number_of_last_year_comes_along(office: Path) -> None:
    folder = begin(office)
    text = (folder / "campaign.toml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if "2026" in line and not line.startswith("#")]
    assert lines == ['    "../2026年/汇总/results.json",'] or lines == ['previous = ["../2026年/汇总/results.json"]']
    new = read_campaign(folder)
    assert (new.basis, new.contacts_deadline) == ("", None)
    sheet = openpyxl.load_workbook(folder / BOOK)[label("assign.sheet_settings")]
    assert [sheet.cell(row, 3).value for row in range(5, 10)][:3] == [CITY, NEXT, "2027-12-31"]


@pytest.mark.parametrize("missing", ["--round", "--deadline"])
def test_round_and_deadline_are_said_anew(missing: str, office: Path, capsys: Told) -> None:
    anew = {"--round": NEXT, "--deadline": "2027-12-31"}
    words = [word for name, value in anew.items() if name != missing for word in (name, value)]
    assert run_cli(["--lang", "en", "init", str(office / "neu"), "--from", str(office / "2026年"), *words]) == 2
    assert missing in capsys.readouterr().err
    assert not (office / "neu").exists()


def test_templates_and_checks_use_the_last_values_without_being_told(office: Path, capsys: Told) -> None:
    folder = begin(office)
    assert run_cli(["make-templates", "--campaign", str(folder)]) == 0
    path = next((folder / "下发").glob(f"*{POLICE}*"))
    cells = [str(c.value) for row in openpyxl.load_workbook(path)[label("sheet.figures")].iter_rows() for c in row]
    assert label("figures.previous", round=LAST) in cells
    assert [cell for cell in cells if "51200" in cell]
    answer(folder, POLICE, 512_000_0)
    assert run_cli(["collect", "--campaign", str(folder)]) in (0, 1)
    results = json.loads((folder / "汇总" / "results.json").read_text(encoding="utf-8"))
    assert [f["code"] for f in results["findings"] if f["figure"] == "residents_total" and f["code"] == "jump"] == [
        "jump"
    ]


def test_both_folders_can_be_moved(office: Path, tmp_path: Path) -> None:
    begin(office)
    moved = office.rename(tmp_path / "another machine")
    folder = moved / "2027年"
    assert run_cli(["make-templates", "--campaign", str(folder)]) == 0
    (found,) = find_previous(read_campaign(folder))
    assert found.resolve() == (moved / "2026年" / "汇总" / "results.json").resolve()
    assert str(tmp_path) not in (folder / "campaign.toml").read_text(encoding="utf-8")


def test_a_folder_moved_alone_says_what_was_left_behind(office: Path, tmp_path: Path, capsys: Told) -> None:
    folder = begin(office).rename(tmp_path / "alone")
    assert run_cli(["--lang", "en", "make-templates", "--campaign", str(folder)]) == 2
    told = capsys.readouterr().err
    assert "previous = []" in told
    edit_settings(
        folder, lambda text: text.replace(text[text.index("previous = [") :].split("]")[0] + "]", "previous = []")
    )
    assert run_cli(["--lang", "en", "make-templates", "--campaign", str(folder)]) == 0


def test_an_assignment_outside_the_folder_is_named_as_seen_from_it(office: Path) -> None:
    book = office / "分工.xlsx"
    book.write_bytes(fill_book(load_catalog(COUNTY), DUTIES))
    assert run_cli(["init", str(office / "neu"), "--assignment", str(book)]) == 0
    assert settings_of(office / "neu")["assignment"] == "../分工.xlsx"


def test_departments_that_came_and_went_are_told(office: Path, capsys: Told) -> None:
    book = office / "neu.xlsx"
    duties = {"residents_total": (POLICE,), "urban_area_total": ("县统计局",)}
    names = {POLICE: "", "县统计局": ""}
    book.write_bytes(fill_book(load_catalog(COUNTY), duties, names=names))
    folder = begin(office, "--assignment", str(book))
    told = capsys.readouterr().out
    assert "to be filled in the roster, new: 县统计局" in told
    assert SCHOOLS in told.split("left out: ")[1].splitlines()[0]
    _, assignment = choose(choose_campaign(read_campaign(folder)))
    roster = read_roster(folder / ROSTER, assignment)
    assert [e.contact.addresses for e in roster.entries.values() if e.contact.name == "孙例"] == [
        ("police@example.com",)
    ]


def test_what_is_new_in_another_system_is_listed_and_left_to_fill(office: Path, capsys: Told) -> None:
    folder = begin(office, "--catalog", "gbt33356-2022-city")
    told = capsys.readouterr().out
    assert "to be shared out, new:" in told
    sheet = openpyxl.load_workbook(folder / BOOK)[label("assign.sheet_duties")]
    rows = {row[0].value: row[4].value for row in sheet.iter_rows(min_row=5)}
    carried = DUTIES.keys() & rows.keys()
    assert carried
    assert {key: rows[key] for key in carried} == {key: DUTIES[key][0] for key in carried}
    assert settings_of(folder)["systems"] == ["gbt33356-2022-city"]
    assert choose(choose_campaign(read_campaign(folder)))[0].id == "gbt33356-2022-city"


def test_another_city_takes_who_answers_what_and_nobodys_address(office: Path, capsys: Told) -> None:
    folder = begin(office, "--city", "云溪县")
    assert f"({CITY})" in capsys.readouterr().out
    new = read_campaign(folder)
    assert (new.city, new.sender.address, new.mailbox.imap_host, new.phone, new.previous) == (
        "云溪县",
        "",
        "",
        "",
        None,
    )
    assert new.rules.missing.value == "left-out"
    _, assignment = choose(choose_campaign(new))
    assert not [e for e in read_roster(new.roster, assignment).entries.values() if e.addresses]
    told = (folder / "campaign.toml").read_text(encoding="utf-8") + (folder / label("file.draft_issue")).read_text(
        "utf-8"
    )
    assert CITY not in told


def test_a_system_of_the_offices_own_comes_along(office: Path, capsys: Told) -> None:
    last, system = office / "2026年", office / "2026年" / "本县指标"
    assert run_cli(["catalog", "export", COUNTY, "--no-campaign", "--out", str(office / "指标.xlsx")]) == 0
    book = openpyxl.load_workbook(office / "指标.xlsx")
    sheet = book.worksheets[0]
    row = next(r for r in range(1, sheet.max_row + 1) if sheet.cell(r, 1).value == "id")
    at = next(c for c in range(2, sheet.max_column + 1) if sheet.cell(row, c).value == COUNTY)
    sheet.cell(row, at).value = "own-county"
    book.save(office / "指标.xlsx")
    assert run_cli(["catalog", "import", str(office / "指标.xlsx"), "--no-campaign", "--out", str(system)]) == 0
    catalog = load_catalog(str(system))
    (last / "本县分工.xlsx").write_bytes(fill_book(catalog, DUTIES))
    edit_settings(last, lambda text: text.replace(f'"{COUNTY}"', '"本县指标"'))
    folder = begin(office)
    assert settings_of(folder)["systems"] == ["本县指标"]
    assert (folder / "本县指标" / "system.toml").read_bytes() == (system / "system.toml").read_bytes()
    assert choose(choose_campaign(read_campaign(folder)))[0].id == "own-county"


# --- the reference period -----------------------------------------------------------------------------------------

PERIODS = [
    ("2025-11-01至2026-10-31", "2027", ("2026-11-01", "2027-10-31")),
    ("2026-01-01至2026-06-30", "2027", ("2027-01-01", "2027-06-30")),
    ("2025", "2027", ("2026-01-01", "2026-12-31")),
    ("2027-03-01至2028-02-29", "2027", ("2028-03-01", "2029-02-28")),
    ("2026", "2028", ("2028-01-01", "2028-12-31")),
]


@pytest.mark.parametrize(("period", "round_", "moved"), PERIODS)
def test_the_reference_period_moves_with_the_round(
    period: str, round_: str, moved: tuple[str, str], office: Path
) -> None:
    edit_settings(office / "2026年", lambda text: text.replace('\nperiod = "2026"', f'\nperiod = "{period}"'))
    folder = begin(office, anew=["--round", round_, "--deadline", "2029-12-31"])
    found = read_campaign(folder).period
    assert isinstance(found, Period)
    assert (found.first.isoformat(), found.last.isoformat()) == moved


def test_a_period_that_nobody_can_move_is_asked_for(office: Path, capsys: Told) -> None:
    period = "2026-01-01至2026-06-30"
    edit_settings(office / "2026年", lambda text: text.replace('\nperiod = "2026"', f'\nperiod = "{period}"'))
    words = [
        "init",
        str(office / "neu"),
        "--from",
        str(office / "2026年"),
        "--round",
        "2026年下半年",
        "--deadline",
        "2026-12-31",
    ]
    assert run_cli(["--lang", "en", *words]) == 2
    assert "--period" in capsys.readouterr().err
    assert run_cli([*words, "--period", "2026-07-01至2026-12-31"]) == 0


# --- what is wrong with the round before ---------------------------------------------------------------------------


def results(folder: Path) -> Path:
    return folder / "汇总" / "results.json"


def change_results(folder: Path, **changes: Any) -> None:
    record = json.loads(results(folder).read_text(encoding="utf-8"))
    results(folder).write_text(json.dumps(record | changes, ensure_ascii=False), encoding="utf-8")


NOTES: dict[str, tuple[Callable[[Path], object], str, bool]] = {
    "no results": (lambda folder: results(folder).unlink(), "has no results", False),
    "broken results": (lambda folder: results(folder).write_text("{"), "cannot be used", False),
    "another city's": (
        lambda folder: change_results(folder, city="云溪县"),
        "“云溪县 2026”, not of “清溪县 2026”",
        False,
    ),
    "another round's": (
        lambda folder: change_results(folder, round="2025"),
        "“清溪县 2025”, not of “清溪县 2026”",
        False,
    ),
    "a provisional run": (lambda folder: None, "is provisional still", True),
    "no roster": (lambda folder: (folder / ROSTER).unlink(), "has no roster", True),
}


@pytest.mark.parametrize(("edit", "told", "wired"), NOTES.values(), ids=NOTES)
def test_what_does_not_come_along_is_told(
    edit: Callable[[Path], object], told: str, wired: bool, office: Path, capsys: Told
) -> None:
    edit(office / "2026年")
    folder = begin(office)
    assert told in capsys.readouterr().out
    assert (read_campaign(folder).previous is not None) is wired


def test_results_that_are_final_are_no_matter(office: Path, capsys: Told) -> None:
    record = json.loads(results(office / "2026年").read_text(encoding="utf-8"))
    stars = record["stars"] and record["stars"] | {"unsettled": 0}
    total = record["total"] and record["total"] | {"final": True}
    change_results(office / "2026年", stars=stars, total=total)
    begin(office)
    assert "provisional" not in capsys.readouterr().out


FAULTS: dict[str, tuple[Callable[[Path], object], list[str], str]] = {
    "no round": (lambda folder: (folder / "campaign.toml").unlink(), [], "is no round"),
    "a broken one": (lambda folder: edit_settings(folder, lambda text: text + "oops"), [], "campaign.toml"),
    "a setting with a fault": (
        lambda folder: edit_settings(folder, lambda text: text.replace(f'round = "{LAST}"', "round = 7")), [], "round",
    ),
    "no assignment": (lambda folder: (folder / "本县分工.xlsx").unlink(), [], "本县分工.xlsx"),
    "the same round": (lambda folder: None, ["--round", LAST], "is the very round"),
    "a broken roster": (lambda folder: (folder / ROSTER).write_bytes(b"PK"), [], ROSTER),
}  # fmt: skip


@pytest.mark.parametrize(("edit", "words", "told"), FAULTS.values(), ids=FAULTS)
def test_what_is_wrong_with_the_round_before_is_told_and_nothing_is_written(
    edit: Callable[[Path], object], words: list[str], told: str, office: Path, capsys: Told
) -> None:
    edit(office / "2026年")
    given = ["--lang", "en", "init", str(office / "neu"), "--from", str(office / "2026年"), *ANEW, *words]
    assert run_cli(given) == 2
    assert told in capsys.readouterr().err
    assert not (office / "neu").exists()


def test_a_new_round_overwrites_neither_the_one_before_nor_another(office: Path, capsys: Told) -> None:
    last = office / "2026年"
    before = (last / "campaign.toml").read_bytes()
    for overwrite in ([], ["--overwrite"]):
        assert run_cli(["--lang", "en", "init", str(last), "--from", str(last), *ANEW, *overwrite]) == 2
        assert "Name another folder" in capsys.readouterr().err
    assert (last / "campaign.toml").read_bytes() == before
    folder = begin(office)
    begin(office)  # the same again: nothing is lost, and nothing is said against it
    (folder / ROSTER).write_bytes(b"filled")
    assert run_cli(["--lang", "en", "init", str(folder), "--from", str(last), *ANEW]) == 2
    assert ROSTER in capsys.readouterr().err
    assert (folder / ROSTER).read_bytes() == b"filled"


def test_the_settings_file_names_the_round_too(office: Path) -> None:
    words = ["init", str(office / "neu"), "--from", str(office / "2026年" / "campaign.toml"), *ANEW]
    assert run_cli(words) == 0


def test_a_built_in_assignment_stays_what_it_is(tmp_path: Path, capsys: Told) -> None:
    last, new = tmp_path / "2026年", tmp_path / "2027年"
    assert run_cli(["init", str(last), "--city", "云溪市", "--round", LAST, "--deadline", "2026-12-31"]) == 0
    fill_roster(last / ROSTER, {"市教育局": ("李例", "schools@example.com")})
    assert run_cli(["--lang", "en", "init", str(new), "--from", str(last), *ANEW]) == 0
    told = capsys.readouterr().out
    assert settings_of(new)["assignment"] == "luoyang-2019"
    assert not (new / BOOK).exists()
    assert "has no results" in told
    assert "2019" not in (new / "campaign.toml").read_text(encoding="utf-8").replace("luoyang-2019", "")
    _, assignment = choose(choose_campaign(read_campaign(new)))
    assert read_roster(new / ROSTER, assignment).entries["education"].contact.addresses == ("schools@example.com",)


def test_a_built_in_system_in_another_edition_tells_what_changed(tmp_path: Path, office: Path, capsys: Told) -> None:
    """The results say which edition that round had, where its assignment came with the program."""
    from smartcity_xl.run.last_round import tell_edition

    path = results(office / "2026年")
    record = json.loads(path.read_text(encoding="utf-8"))
    record["catalog"]["version"] = "0.9"
    first, second = record["figures"][0], record["figures"][1]
    first["label"] = "旧的说法"
    second["key"] = "gone_figure"
    path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    notes = tell_edition([path], load_catalog(COUNTY))
    assert [note.code for note in notes].count("last_edition_changed") == 1
    assert sorted(note.code for note in notes) == [
        "last_edition", "last_edition_changed", "last_edition_gone", "last_edition_new",
    ]  # fmt: skip


def test_the_roster_of_the_new_round_is_right_before_anything_recalculates_it(office: Path) -> None:
    folder = begin(office)
    book = openpyxl.load_workbook(io.BytesIO((folder / ROSTER).read_bytes()), data_only=True)
    rows = {row[1].value: row[-1].value for row in book.worksheets[0].iter_rows(min_row=5, max_col=len(ROSTER_COLUMNS))}
    assert rows[POLICE] == label("roster.check_ok")
    assert rows[FARMING] == label("roster.check_contact")
