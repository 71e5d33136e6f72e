"""An office's own sharing-out of the figures: a workbook out, filled by the office, and an assignment in."""

from smartcity_xl.office.assigning.read import read_assignment_book
from smartcity_xl.office.assigning.write import write_assignment_book

__all__ = ["read_assignment_book", "write_assignment_book"]
