"""Catalog, assignment and department -> the workbook that the department's clerk fills, blank or with answers in it."""

from smartcity_xl.template.given import BLANK, CellContent, Given, Mark
from smartcity_xl.template.notice import Place, Problem, ReturnNotice, Stray
from smartcity_xl.template.write import Issue, file_name, write_template

__all__ = [
    "BLANK",
    "CellContent",
    "Given",
    "Issue",
    "Mark",
    "Place",
    "Problem",
    "ReturnNotice",
    "Stray",
    "file_name",
    "write_template",
]
