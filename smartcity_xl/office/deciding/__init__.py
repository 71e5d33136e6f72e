"""The office's decisions over conflicts: a workbook out, filled by the office, and its decisions in."""

from smartcity_xl.office.deciding.read import NOTHING_DECIDED, DecisionBook, read_decision_book

__all__ = ["NOTHING_DECIDED", "DecisionBook", "read_decision_book"]
