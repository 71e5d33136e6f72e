"""An outcome -> the workbook of the office."""

from smartcity_xl.summary.workbook import write_summary

__all__ = ["write_summary"]
