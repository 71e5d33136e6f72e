"""An outcome -> the office's workbook and the same for programs."""

from smartcity_xl.summary.results import write_results
from smartcity_xl.summary.workbook import write_summary

__all__ = ["write_results", "write_summary"]
