"""An outcome -> the workbook of the office."""

from smartcity_xl.summary.once import find_ahead
from smartcity_xl.summary.workbook import write_summary

__all__ = ["find_ahead", "write_summary"]
