"""The evidence list (支撑资料): for each indicator, what to attach and under which file name."""

from __future__ import annotations

from smartcity_xl.layout import COLUMNS, EVIDENCE, MARKER, TemplatePlan, column
from smartcity_xl.messages import label
from smartcity_xl.sheets import Book
from smartcity_xl.template.inputs import hint

_WIDTHS = (0, 10, 32, 30, 34, 34, 20)
_LEAST_ROWS = 2
_HEADINGS = {"code": "code", "indicator": "indicator", "wanted": "wanted", "title": "title_column", "file": "file",
             "remark": "remark"}  # fmt: skip


def col(name: str) -> int:
    return column(EVIDENCE, name)


def file_range(plan: TemplatePlan) -> str:
    """The cells of the file names, from the first row down, for counting."""
    last = plan.FIRST_ROW + sum(_rows(score.indicator.evidence) for score in plan.scores)
    letter = chr(ord("A") + col("file"))
    return f"'{label('sheet.evidence')}'!${letter}${plan.FIRST_ROW + 1}:${letter}${last}"


def _rows(evidence: tuple[str, ...]) -> int:
    return max(_LEAST_ROWS, len(evidence))


def write_evidence(book: Book, plan: TemplatePlan, footer: str) -> None:
    page = book.page(label("sheet.evidence"), _WIDTHS)
    page.text(0, 0, MARKER + EVIDENCE, "plain")
    for position, name in enumerate(COLUMNS[EVIDENCE][1:], start=1):
        page.text(0, position, name, "plain")
    page.hide_row(0)
    page.text(1, 1, label("evidence.title"), "title")
    page.worksheet.set_row(1, 28)
    page.merged(2, 1, col("remark"), label("evidence.hint"), "hint")
    for name, heading in _HEADINGS.items():
        page.text(3, col(name), label(f"evidence.{heading}"), "head")
    page.worksheet.set_row(3, 22)
    at = plan.FIRST_ROW
    for score in plan.scores:
        indicator = score.indicator
        for number in range(_rows(indicator.evidence)):
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
