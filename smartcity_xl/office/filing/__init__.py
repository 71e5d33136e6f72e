"""What the office files in the national system: the figures in the order and the units of the official tables."""

from smartcity_xl.office.filing.lines import FilingBook, FilingLine, Ready, plan_filing
from smartcity_xl.office.filing.write import write_filing

__all__ = ["FilingBook", "FilingLine", "Ready", "plan_filing", "write_filing"]
