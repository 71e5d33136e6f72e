"""A province as a workbook: 全省汇总.xlsx."""

from smartcity_xl.summary.province.workbook import write_province_book

__all__ = ["write_province_book"]
