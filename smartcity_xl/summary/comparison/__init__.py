"""Results side by side as a workbook: 比较.xlsx."""

from smartcity_xl.summary.comparison.workbook import write_comparison

__all__ = ["write_comparison"]
