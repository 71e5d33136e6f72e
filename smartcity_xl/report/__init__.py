"""The report of a round for those who read no workbook: a Word document to edit, and one page that opens anywhere.

Both say the same, chapter by chapter (``chapters``), in blocks whose numbers are those of the record (``told``);
``word`` and ``page`` only show them.
"""

from smartcity_xl.report.chapters import compose_report
from smartcity_xl.report.page import write_page
from smartcity_xl.report.told import Report
from smartcity_xl.report.word import OwnTemplate, open_template, write_word

__all__ = ["OwnTemplate", "Report", "compose_report", "open_template", "write_page", "write_word"]
