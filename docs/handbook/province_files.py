"""An invented province: departments' workbooks of several cities, as they come back, for pictures and tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent.parent / "benchmarks"))

from cities import Shares, city_name, make_city, vary, write_workbook
from city import clean_answers

_SETTLED, _FAULTY = Shares(evidence=True), Shares.all_of(0.08)
_SLIPPED, _TIMES = ("agri_sales_total", "agri_sales_online"), 100


def make_province(inbox: Path, cities: int) -> None:
    """A folder for each city. The second is a hundredfold too high in two figures, every third has faults in a twelfth
    of its workbooks, and of the last one a letter came and no workbook."""
    for number in range(1, cities):
        make_city(inbox / city_name(number), number, _FAULTY if number % 3 == 0 else _SETTLED)
    _slip(inbox / city_name(2))
    letter = inbox / city_name(cities) / "情况说明.txt"
    letter.parent.mkdir(parents=True)
    letter.write_text("表格正在盖章，下周报送。\n", encoding="utf-8")


def _slip(folder: Path) -> None:
    """Write anew the workbook of the department that sells."""
    given = next(vary("1/2", one) for one in clean_answers() if set(_SLIPPED) <= one["answers"].keys())
    told = {key: given["answers"][key] * _TIMES for key in _SLIPPED}
    data = write_workbook({**given, "answers": {**given["answers"], **told}}, folder.name, evidence=True)
    next(folder.glob("*农业农村局.xlsx")).write_bytes(data)
