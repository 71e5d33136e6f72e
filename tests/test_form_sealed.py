"""The check code on the cover: one for each content, the same in every program, and told by the command."""

from __future__ import annotations

import datetime
import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import office
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rounds import template
from support import ASSIGNMENT, CATALOG, ISSUE, edited, figures_sheet, filled, plan, put, read, value_cell

from smartcity_xl.books.live import FAILED, InOneStep, Value, cell, number
from smartcity_xl.cli import run_cli
from smartcity_xl.form.map import PAPER_SHEET
from smartcity_xl.form.sealed import code_of
from smartcity_xl.form.template import paper
from smartcity_xl.form.template.paper import PRIMES, SIGNS, read_code
from smartcity_xl.messages import label

SECRECY = filled("secrecy", leak_events=1)


def code(data: bytes) -> str:
    return code_of(CATALOG, ASSIGNMENT, read(data))


def typed(department: str = "secrecy", **cells: Any) -> bytes:
    """A workbook with something in the cells of answers, whatever it is."""

    def edit(book: Any) -> None:
        for key, value in cells.items():
            figures_sheet(book)[value_cell(department, key)].value = value

    return edited(template(department), edit)


def hospitals(*rows: tuple[str, Any, Any], first: int = 6) -> bytes:
    """The health department's workbook with rows of its first table."""
    table = plan("health").tables[0]

    def edit(book: Any) -> None:
        sheet = book[table.sheet]
        for at, row in enumerate(rows, start=first):
            for column, value in enumerate(row, start=2):
                sheet.cell(at, column).value = value

    return edited(template("health"), edit)


def shown_code(data: bytes) -> str:
    """What stands on the cover as it was saved."""
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    found = [row for row in book[label("sheet.cover")].iter_rows() if row[1].value == label("cover.code")]
    assert len(found) == 1
    return str(found[0][2].value)


# --- how it is found ---------------------------------------------------------------------------------------------

NUMBERS = st.one_of(
    st.integers(-(10**13), 10**13).map(Fraction), st.fractions(-(10**7), 10**7), st.integers(0, 32**4).map(Fraction)
)
HELD = st.one_of(NUMBERS, st.none(), st.just(FAILED), st.booleans(), st.text("甲a1", max_size=3))


@given(HELD, st.sampled_from(PRIMES))
def test_what_is_found_in_one_step_is_what_the_pieces_come_to(held: Value, prime: int) -> None:
    one = cell("A1", held)
    for piece in (paper._digits(one), paper._rest(one, prime), paper._spell(one)):
        assert isinstance(piece, InOneStep)
        assert piece.value == piece.composed.value


@given(st.lists(HELD, min_size=1, max_size=4), st.sampled_from(PRIMES))
def test_a_line_found_in_one_step_is_what_its_parts_come_to(cells: list[Value], prime: int) -> None:
    weights = [number(paper._weight(f"k{place}", prime)) for place in range(len(cells))]
    line = paper._add_parts([cell("A1", held) for held in cells], weights, prime)
    assert isinstance(line, InOneStep)
    assert line.value == line.composed.value


# --- what it tells apart -----------------------------------------------------------------------------------------

CONTENTS = {
    "blank": {},
    "nought": {"leak_events": 0},
    "one": {"leak_events": 1},
    "two": {"leak_events": 2},
    "the same number elsewhere": {"crypto_failing_systems": 1},
    "two numbers": {"leak_events": 1, "crypto_failing_systems": 4},
    "the two the other way round": {"leak_events": 4, "crypto_failing_systems": 1},
    "a fraction": {"secrecy_review_deduction": 0.25},
    "another fraction": {"secrecy_review_deduction": 0.250001},
    "below nought": {"leak_events": -1},
    "a large number": {"leak_events": 123_456_789},
    "its neighbour": {"leak_events": 123_456_788},
    "its millions elsewhere": {"leak_events": 122_456_790},
    "beyond all bounds": {"leak_events": 10**13},
    "no data": {"leak_events": "—"},
    "words": {"leak_events": "不适用"},
    "longer words": {"leak_events": "没有数据的"},
    "a date": {"leak_events": datetime.datetime(2019, 1, 1)},
    "a truth": {"leak_events": True},
    "an error": {"leak_events": "#N/A"},
}


def test_every_content_has_a_code_of_its_own() -> None:
    codes = {name: code(typed(**cells)) for name, cells in CONTENTS.items()}
    assert len(set(codes.values())) == len(codes), codes
    assert all(read_code(one) == one for one in codes.values())


def test_the_same_amount_has_one_code_however_it_is_typed() -> None:
    assert code(typed(leak_events=1)) == code(typed(leak_events="1")) == code(typed(leak_events=" １ "))
    assert code(typed(leak_events=1.0000000000000002)) == code(typed(leak_events=1))


def test_no_two_departments_or_rounds_share_a_code() -> None:
    blank = {name: code(template(name)) for name in ("secrecy", "tax", "credit")}
    assert len(set(blank.values())) == 3


def test_rows_of_a_table_may_change_places_and_their_cells_may_not() -> None:
    first, second = ("甲院", 5, 10), ("乙院", 7, 12)
    whole = code(hospitals(first, second))
    assert code(hospitals(second, first)) == whole
    assert code(hospitals(first, second, first=8)) == whole, "blank rows between them say nothing"
    assert code(hospitals(("甲院", 7, 10), ("乙院", 5, 12))) != whole, "two cells of two rows"
    assert code(hospitals(("甲院", 5, 12), ("乙院", 7, 10))) != whole
    assert code(hospitals(("甲院", 10, 5), second)) != whole
    assert code(hospitals(first)) != whole
    assert code(hospitals(("甲医院", 5, 10), second)) != whole, "of a name its length"
    assert code(hospitals(("甲院", "—", 10), second)) != whole


# --- every program says the same -----------------------------------------------------------------------------------


def test_a_template_is_written_with_its_code() -> None:
    data = template("health")
    assert shown_code(data) == code(data)
    assert PAPER_SHEET in openpyxl.load_workbook(io.BytesIO(data)).sheetnames


@pytest.mark.office
@pytest.mark.xdist_group("office")
@pytest.mark.parametrize("program", office.PROGRAMS)
def test_what_a_program_prints_is_what_the_file_gives(program: str, tmp_path: Path) -> None:
    books = {name: typed(**cells) for name, cells in CONTENTS.items()}
    books["a table"] = hospitals(("甲院", 5, 10), ("乙院", "—", 12.5), ("", 1, 2), ("丙院", None, None))
    books["numbers of 15 digits"] = typed("tax", mobile_services_extra=123456.123456789)
    books["a third"] = typed("tax", mobile_services_extra=1 / 3)
    books["the last half"] = typed("tax", mobile_services_extra=12.3456785)
    paths = {name: tmp_path / f"{number}.xlsx" for number, name in enumerate(books)}
    for name, path in paths.items():
        path.write_bytes(office.spoil_cached(books[name]))
    saved = office.recalculate(program, list(paths.values()), tmp_path / "out")
    dated = () if program == office.LIBREOFFICE else ("a date",)  # Gnumeric takes it for a number
    printed = {name: shown_code(saved[path].read_bytes()) for name, path in paths.items() if name not in dated}
    assert printed == {name: code_of(CATALOG, ASSIGNMENT, read(books[name])) for name in printed}


# --- the command -------------------------------------------------------------------------------------------------


def test_a_code_is_read_as_people_copy_it() -> None:
    assert read_code("7kq2-m9xa") == read_code("７ＫＱ２　Ｍ９ＸＡ") == read_code(" 7KQ2M9XA ") == "7KQ2-M9XA"
    assert [read_code(one) for one in ("", "7KQ2-M9X", "7KQ2-M9XAA", "7KQ2-M9X0", "7KQ2-M9XI", "纸上没有写什么")] == [
        ""
    ] * 6
    assert len(set(SIGNS)) == 32
    assert not set(SIGNS) & set("01IO")
    assert all(prime < 32**4 for prime in PRIMES)


def test_the_command_tells_whether_page_and_file_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = put(tmp_path, {"表.xlsx": SECRECY, "别的.xlsx": filled("tax")})
    mine, other = code(SECRECY), code(filled("tax"))
    verify = ["--lang", "zh", "verify-code"]
    assert run_cli([*verify, mine.lower(), str(folder / "表.xlsx"), "--no-campaign"]) == 0
    assert mine in capsys.readouterr().out
    assert run_cli([*verify, other, str(folder / "表.xlsx"), "--no-campaign"]) == 1
    said = capsys.readouterr().out
    assert mine in said
    assert other in said
    assert run_cli([*verify, mine, str(folder), "--no-campaign"]) == 1, "of two files one differs"
    assert run_cli([*verify, "7KQ2-M9X0", str(folder), "--no-campaign"]) == 2
    assert run_cli([*verify, mine, "--no-campaign"]) == 2
    assert run_cli([*verify, mine, str(folder / "没有.xlsx"), "--no-campaign"]) == 2


def test_without_a_file_the_rounds_inbox_is_looked_through(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("--city", ISSUE.city, "--round", ISSUE.round, "--deadline", "2019-02-25")
    assert run_cli(["init", str(tmp_path), *given]) == 0
    put(tmp_path / label("campaign_folder.inbox"), {"表.xlsx": SECRECY, "别的.xlsx": filled("tax")})
    round_ = ("--campaign", str(tmp_path))
    capsys.readouterr()
    assert run_cli(["verify-code", code(SECRECY), *round_]) == 0
    told = capsys.readouterr().out
    assert "表.xlsx" in told
    assert "别的.xlsx" not in told
    assert run_cli(["verify-code", "7KQ2-M9XA", *round_]) == 1
