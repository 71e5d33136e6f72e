"""A round of an invented city in 2026, under every system: nothing that it puts out tells of another city or year."""

from __future__ import annotations

import io
import json
import re
import tomllib
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from assignments import fill_book
from leaks import fixed_of, leaks, read_words

from smartcity_xl.books.identity import IDENTITY_SHEET
from smartcity_xl.catalog.load import assignment_ids, catalog_ids, load_assignment, load_catalog
from smartcity_xl.cli import run_cli
from smartcity_xl.form.map import FIGURES, column
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Catalog

CITY, ROUND, DUE = "云溪市", "2026", "2026-12-31"
SAID = {
    "--basis": "云溪市关于开展评价工作的通知（云发〔2026〕8号）", "--recipient": "市大数据中心",
    "--phone": "0000-1234567", "--address": "云溪市人民路1号", "--contacts-deadline": "2026-12-20",
}  # fmt: skip
OWN = {"县教育局": ""}
NAMES = tuple(OWN)


@dataclass(frozen=True)
class Played:
    """A round as far as it goes without a mail server: its folder, and what of the systems' names may stand there."""

    folder: Path
    catalogs: tuple[Catalog, ...]
    names: tuple[str, ...]


@cache
def _own_book(system: str) -> bytes:
    catalog = load_catalog(system)
    duties = dict.fromkeys(catalog.figures, NAMES[:1])
    settings = {"city": CITY, "round": ROUND, "deadline": DUE, "recipients": "市大数据中心", "office": NAMES[0]}
    return fill_book(catalog, duties, settings, OWN)


def play(system: str, folder: Path) -> Played:
    """Set up, issue, receive what is half wrong and contradicts itself, collect, write to everybody."""
    home, catalog = folder / "本轮", load_catalog(system)
    command = ["init", str(home), "--city", CITY, "--round", ROUND, "--deadline", DUE, "--catalog", system]
    if not assignment_ids(system):
        book = folder / "分工.xlsx"
        book.write_bytes(_own_book(system))
        command += ["--assignment", str(book)]
    assert run_cli([*command, *(word for pair in SAID.items() for word in pair)]) == 0
    _give_addresses(home)
    run = ["--campaign", str(home)]
    assert run_cli(["make-templates", *run]) == 0
    assert run_cli(["send", "--dry-run", *run]) == 0
    by_name = sorted((home / "下发").glob("*.xlsx"))
    for number, issued in enumerate(sorted(by_name, key=_asks_no_time)[:3]):
        (home / "收件" / issued.name).write_bytes(_fill(issued.read_bytes(), number))
    assert run_cli(["collect", *run]) in (0, 1)
    assert run_cli(["send", "--receipts", "--dry-run", *run]) in (0, 1)
    assert run_cli(["remind", "--dry-run", *run]) in (0, 1)
    ids = (system, *assignment_ids(system), "luoyang-2019")
    return Played(home, (catalog,), (catalog.title, catalog.short, *ids))


def _give_addresses(home: Path) -> None:
    settings = home / "campaign.toml"
    text = settings.read_text(encoding="utf-8").replace('\naddress = ""\n', '\naddress = "office@example.com"\n', 1)
    settings.write_text(text.replace('\nname = ""\n', '\nname = "云溪市评价工作办公室"\n', 1), encoding="utf-8")
    book = openpyxl.load_workbook(home / "名册.xlsx")
    sheet = book.worksheets[0]
    headings = [cell.value for cell in sheet[4]]
    mail = headings.index(label("roster.contact_mail")) + 1
    for row in range(5, sheet.max_row + 1):
        sheet.cell(row, mail).value = f"a{row}@example.com"
    book.save(home / "名册.xlsx")


def _asks_no_time(issued: Path) -> bool:
    with zipfile.ZipFile(issued) as package:
        hint = label("hint.as_of_due", as_of="").rstrip("。").encode()
        return not any(hint in package.read(name) for name in package.namelist() if "worksheets" in name)


def _fill(issued: bytes, number: int) -> bytes:
    """A number that differs from workbook to workbook, a date of another year, and words where a number belongs."""
    book = openpyxl.load_workbook(io.BytesIO(issued))
    sheet = book[label("sheet.figures")]
    value, as_of = (column(FIGURES, name) + 1 for name in ("value", "as_of"))
    for row in range(5, sheet.max_row + 1):
        cell = sheet.cell(row, value)
        if cell.protection.locked or sheet.cell(row, 1).value is None:
            continue
        cell.value = ("很多" if row % 5 == 0 else 10 + number) if row % 3 else None
        sheet.cell(row, as_of).value = "上个月" if row % 7 == 0 else "2020-03-31"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.fixture(scope="module", params=catalog_ids())
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(request.param, tmp_path_factory.mktemp("round"))


KINDS = ("名册.xlsx", "下发/*.xlsx", "信函/*.txt", "campaign.toml", "待发/*.eml", "汇总/汇总.xlsx", "汇总/results.json",
         "汇总/退回/*.xlsx")  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_no_output_tells_of_another_city_or_year(played: Played, kind: str) -> None:
    files = sorted(played.folder.glob(kind))
    assert files
    fixed = fixed_of(played.catalogs)
    assert [line for path in files for line in leaks(path, played.names, fixed)] == []


def test_the_round_says_of_itself_what_was_said_of_it(played: Played) -> None:
    """One fact, one place: the cover, the letter, the workbook that goes back, the summary and the record."""
    record = json.loads((played.folder / "汇总" / "results.json").read_text(encoding="utf-8"))
    terms = {"period": "2026", "contacts_deadline": "2026-12-20", "basis": SAID["--basis"],
             "recipients": ["市大数据中心"], "phone": SAID["--phone"], "mail": "office@example.com",
             "address": SAID["--address"]}  # fmt: skip
    assert (record["city"], record["round"], record["deadline"], record["terms"]) == (CITY, ROUND, DUE, terms)
    for kind in ("下发/*.xlsx", "汇总/退回/*.xlsx"):
        for path in played.folder.glob(kind):
            cover = "\n".join(read_words(path))
            assert all(text in cover for text in (*SAID.values(), "2026 年 12 月 31 日") if text != "2026-12-20")
            assert "2026 年 12 月 20 日" in cover
    summary = "\n".join(read_words(played.folder / "汇总" / "汇总.xlsx"))
    assert all(text in summary for text in (CITY, DUE, "2026-12-20", SAID["--basis"], "市大数据中心"))
    issued = [path for path in (played.folder / "待发").glob("*.eml") if not path.stem.endswith(("回执", "催报"))]
    said = "\n".join(text for path in issued for text in read_words(path))
    assert all(text in said for text in (CITY, "2026年12月31日", "2026年12月20日", SAID["--phone"], SAID["--address"]))


def test_a_date_of_another_year_is_told(played: Played) -> None:
    """Every system's dates are held against the round's."""
    record = json.loads((played.folder / "汇总" / "results.json").read_text(encoding="utf-8"))
    told = {one["parameters"]["asked"] for one in record["findings"] if one["code"] == "date-outside"}
    assert played.catalogs[0].id == "cn-2016" or (told and all("202" in asked for asked in told))


@pytest.mark.parametrize("system", [system for system in catalog_ids() if assignment_ids(system)])
def test_templates_outside_a_round_tell_of_no_other_city_or_year(system: str, tmp_path: Path) -> None:
    command = ["make-templates", "--catalog", system, "--out", str(tmp_path), "--city", CITY]
    assert run_cli([*command, "--round", ROUND]) == 0
    catalog = load_catalog(system)
    names = (catalog.title, catalog.short, system, *assignment_ids(system))
    found = [line for path in tmp_path.glob("*.xlsx") for line in leaks(path, names, fixed_of((catalog,)))]
    assert found == []
    assert run_cli([*command, "--overwrite"]) == 2  # the built-in assignment's year is its own city's
    assert run_cli([*command, "--round", "第三轮", "--overwrite"]) == 2
    assert run_cli([*command, "--round", "第三轮", "--period", "2027", "--overwrite"]) == 0
    assert any("2027" in text for text in read_words(sorted(tmp_path.glob("*.xlsx"))[0]))


def test_a_survey_of_a_round_bears_its_name(tmp_path: Path) -> None:
    assert (
        run_cli(["init", str(tmp_path / "轮"), "--city", "清溪县", "--round", "2027", "--deadline", "2027-12-31"]) == 0
    )
    assert run_cli(["survey", "form", "--campaign", str(tmp_path / "轮"), "--out", str(tmp_path / "问卷.xlsx")]) == 0
    told = "\n".join(read_words(tmp_path / "问卷.xlsx"))
    assert "清溪县 2027 年度市民体验调查" in told
    assert CITY not in told


def test_the_built_in_example_itself_says_all_that_its_notice_says(tmp_path: Path) -> None:
    """The rule is about other rounds: its own keeps its document, its recipients and both its deadlines."""
    assert run_cli(["init", str(tmp_path), "--city", "洛阳市", "--round", "2018"]) == 0
    read = tomllib.loads((tmp_path / "campaign.toml").read_text(encoding="utf-8"))
    notice: Assignment = load_assignment(load_catalog("cn-2018"))
    assert (read["basis"], tuple(read["recipients"])) == (notice.document, notice.recipients)
    assert (read["deadline"][:10], read["contacts_deadline"][:10]) == ("2019-02-25", "2019-02-20")
    assert "outlines" not in read


LEAKS = [
    ("city", "洛阳市的数"),
    ("year", "取2018年的数"),
    ("number", "见洛发改高技〔2019〕3号"),
    ("year", "至2019-02-25"),
]


@pytest.mark.parametrize(("what", "text"), LEAKS)
def test_a_leak_is_seen(what: str, text: str, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet(IDENTITY_SHEET)["A1"] = text
    book.save(tmp_path / "a.xlsx")
    (tmp_path / "a.json").write_text(json.dumps({"a": text}, ensure_ascii=False), encoding="utf-8")
    assert all(leaks(tmp_path / name, (), frozenset()) for name in ("a.xlsx", "a.json")), what
    assert not re.search("2018|2019", CITY + ROUND + DUE)
