"""A report as a Word document to go on writing in: in the style that is built in, or in the office's own."""

from __future__ import annotations

from smartcity_xl.report.told import Report
from smartcity_xl.report.word.template import OwnTemplate, open_template

__all__ = ["OwnTemplate", "open_template", "write_word"]


def write_word(report: Report, template: OwnTemplate | None = None) -> bytes:
    """The bytes of a .docx: the same for the same report. A ``template`` is one that ``open_template`` has read.

    Raises TemplateFault with every fault of the template.
    """
    from smartcity_xl.report.word.filling import fill_template
    from smartcity_xl.report.word.pack import pack
    from smartcity_xl.report.word.template import built_in

    return pack(fill_template(report, template or built_in()))
