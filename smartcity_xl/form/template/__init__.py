"""Catalog, assignment and department -> the workbook that the department's clerk fills, blank or with answers in it."""

from smartcity_xl.form.template.forms import Stamp, form_of, free_forms, stamp_template
from smartcity_xl.form.template.given import BLANK, CellContent, Given, Mark
from smartcity_xl.form.template.notice import CellPlace, ReturnNotice, Stray, Task
from smartcity_xl.form.template.write import Issue, file_name, write_template

__all__ = [
    "BLANK",
    "CellContent",
    "CellPlace",
    "Given",
    "Issue",
    "Mark",
    "ReturnNotice",
    "Stamp",
    "Stray",
    "Task",
    "file_name",
    "form_of",
    "free_forms",
    "stamp_template",
    "write_template",
]
