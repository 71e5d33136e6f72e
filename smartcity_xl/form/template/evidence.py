"""The evidence list (支撑资料): for each indicator, what to attach and under which file name."""

from __future__ import annotations

from smartcity_xl.books.identity import MARKER
from smartcity_xl.books.live import Area
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.form.map import COLUMNS, EVIDENCE, TemplatePlan, column
from smartcity_xl.form.template.inputs import hint
from smartcity_xl.messages import label
from smartcity_xl.model import Indicator

_WIDTHS = (0, 10, 32, 30, 34, 34, 20)
_LEAST_ROWS = 2
_HEADINGS = {"code": "code", "indicator": "indicator", "wanted": "wanted", "title": "title_column", "file": "file",
             "remark": "remark"}  # fmt: skip


def col(name: str) -> int:
    return column(EVIDENCE, name)


def file_area(page: Page, plan: TemplatePlan) -> Area:
    """The cells of the file names, from the first row down, for counting."""
    last = plan.FIRST_ROW + sum(lines_for(plan, score.indicator) for score in plan.scores)
    return page.area(range(plan.FIRST_ROW, last), col("file"), afar=True)


def lines_for(plan: TemplatePlan, indicator: Indicator) -> int:
    """Lines of an indicator's list."""
    return max(_LEAST_ROWS, len(indicator.evidence), plan.lines.get(indicator.code, 0))


def open_evidence(book: Book) -> Page:
    return book.page(label("sheet.evidence"), _WIDTHS)


def write_evidence(page: Page, plan: TemplatePlan, footer: str) -> None:
    page.map_columns(MARKER + EVIDENCE, COLUMNS[EVIDENCE][1:])
    page.entitle(label("evidence.title"), label("evidence.hint"), col("remark"))
    page.head_columns(3, {col(name): label(f"evidence.{heading}") for name, heading in _HEADINGS.items()})
    at = plan.FIRST_ROW
    for score in plan.scores:
        indicator = score.indicator
        for number in range(lines_for(plan, indicator)):
            wanted = indicator.evidence[number] if number < len(indicator.evidence) else ""
            page.text(at, 0, f"{indicator.code}#{number + 1}", "plain")
            page.text(at, col("code"), indicator.code, "centre")
            page.text(at, col("indicator"), indicator.name)
            page.text(at, col("wanted"), wanted, "small")
            for name in ("title", "file", "remark"):
                page.blank(at, col(name), "input_text")
            hint(page, at, col("title"), label("evidence.title_column"), label("evidence.hint_title"))
            hint(page, at, col("file"), label("evidence.file"), label("evidence.hint_file"))
            hint(page, at, col("remark"), label("evidence.remark"), label("hint.remark"))
            page.height(at, {col("indicator"): indicator.name, col("wanted"): wanted})
            at += 1
    page.worksheet.freeze_panes(plan.FIRST_ROW, col("title"))
    page.protect()
    page.print_on_a4(landscape=True, head=3, footer=footer)
