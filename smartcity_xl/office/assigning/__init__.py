"""An office's own sharing-out of the figures: a workbook out, filled by the office, and an assignment in."""

from smartcity_xl.office.assigning.carry import Carried, Precedent, begin_round, carry_over, keep_round, source_of
from smartcity_xl.office.assigning.form import REQUIRED
from smartcity_xl.office.assigning.read import read_assignment_book, read_source
from smartcity_xl.office.assigning.write import write_assignment_book

__all__ = [
    "REQUIRED",
    "Carried",
    "Precedent",
    "begin_round",
    "carry_over",
    "keep_round",
    "read_assignment_book",
    "read_source",
    "source_of",
    "write_assignment_book",
]
