"""Every formula of every workbook that we write carries the result that a program calculates: in a protected view, on
a telephone, in the preview of a mail nothing is ever recalculated."""

from __future__ import annotations

from pathlib import Path

import office
import pytest
from answered_forms import write_all
from hand_worked import CATALOGS
from kinds_of_books import SORTS
from recalculated_forms import complain, differences

from smartcity_xl.books import live
from smartcity_xl.form.template import row_formulas
from smartcity_xl.messages import label

pytestmark = pytest.mark.xdist_group("office")
every_program = pytest.mark.parametrize("program", office.PROGRAMS)


class Written:
    """Workbooks as they were written, and what each program made of them with every result spoilt."""

    def __init__(self, folder: Path) -> None:
        before, spoilt = folder / "written", folder / "spoilt"
        before.mkdir()
        spoilt.mkdir()
        self.files = [path for system in CATALOGS for path in write_all(before, system)]
        self.dated = list(write_all(before, "db37-3890-zhangqiu", dates=True))
        for name, sort in SORTS.items():
            self.files.append(before / f"book-{name}.xlsx")
            self.files[-1].write_bytes(sort.write())
        paths = {path: spoilt / path.name for path in (*self.files, *self.dated)}
        for path, target in paths.items():
            target.write_bytes(office.spoil_cached(path.read_bytes()))
        self.made = {}
        for program in office.PROGRAMS:
            saved = office.recalculate(program, list(paths.values()), folder / program)
            self.made[program] = {path: saved[target] for path, target in paths.items()}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return Written(tmp_path_factory.mktemp("cached"))


def disagreements(path: Path, made: Path) -> tuple[list[str], int]:
    cached, formulas = office.read_values(path), office.read_formulas(path)
    return [f"{path.stem} {text}" for text in differences(office.read_values(made), cached, formulas)], len(formulas)


@pytest.mark.office
@every_program
def test_every_formula_carries_what_a_program_calculates(written: Written, program: str) -> None:
    found, number = [], 0
    for path in written.files:
        wrong, formulas = disagreements(path, written.made[program][path])
        found, number = found + wrong, number + formulas
    assert number > 20_000
    complain(found, number)


@pytest.mark.office
def test_a_date_in_the_cell_of_a_number_is_seen(written: Written) -> None:
    """By LibreOffice; Gnumeric tells no format of year, month and day from others, and would count it as a number."""
    found, number, seen = [], 0, 0
    for path in written.dated:
        wrong, formulas = disagreements(path, written.made[office.LIBREOFFICE][path])
        found, number = found + wrong, number + formulas
        said = office.read_values(path)[label("sheet.figures")].values()
        seen += list(said).count(label("check.date"))
    assert seen > 5
    complain(found, number)


@pytest.mark.office
def test_no_formula_of_ours_gives_an_error(written: Written) -> None:
    found = [f"{path.stem} {cell}" for path in written.files for cell in office.read_errors(path)]
    complain(found, len(written.files))


def test_a_wrong_result_is_found(written: Written, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A rule whose value is not what its text says."""
    monkeypatch.setattr("smartcity_xl.form.template.live.trim", lambda one: live.Live(live.trim(one).text, None))
    monkeypatch.setattr(row_formulas, "_formulas_of", row_formulas.RowFormulas)
    (path,) = [path for path in write_all(tmp_path, "cn-2018") if path.stem.endswith("faulty")][:1]
    original = next(one for one in written.files if one.name == path.name)
    wrong, _ = disagreements(path, written.made[office.GNUMERIC][original])
    assert wrong
