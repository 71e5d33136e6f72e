"""Charts that stay charts in Word: DrawingML with the workbook that holds their numbers, both made by XlsxWriter."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

from smartcity_xl.books.charts import LYING, describe_chart
from smartcity_xl.messages import label
from smartcity_xl.report.told import Chart, flat
from smartcity_xl.report.word.elements import Element

if TYPE_CHECKING:
    from docx.opc.part import Part

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_INK, _GRID = "#1F2933", "#D9E2EC"
_PAIR = ("#1F4E79", "#C9D6E3")
_STEPS = ("#0B2A40", "#2B6CA3", "#6EA3CF", "#A5C8E4", "#D3E4F2", "#F3EDE0", "#FFFFFF")
"""Dark to light, so that a printer without colours tells them apart."""
_PART = "xl/charts/chart1.xml"
_LABELS = b'<c:showVal val="1"/>'
_LABELS_ALONE = b'<c:showLegendKey val="0"/>%b%b' % (
    _LABELS,
    b"".join(b'<c:show%b val="0"/>' % name for name in (b"CatName", b"SerName", b"Percent", b"BubbleSize")),
)
"""Beside a bar stands its number, and nothing else: programs differ in what they take for granted."""
_WIDTH, _BAR, _FRAME = 5_616_000, 260_000, 900_000
"""EMU: the line of a page, a bar and what is around them all."""


def value_of(text: str) -> float | None:
    """A cell's number; None where there is none."""
    return float(text) if _NUMBER.fullmatch(text) else None


def place_chart(part: Part, chart: Chart, number: int) -> Element:
    """The drawing of a chart that has been added to a document's part; ``number`` is that of the drawing."""
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml import parse_xml

    package = part.package
    book, drawn = _write_book(chart, drawn=False), _draw(chart)
    sheet = Part(PackURI(str(package.next_partname("/word/embeddings/chart%d.xlsx"))), _BOOK_TYPE, book, package)
    plot = Part(PackURI(str(package.next_partname("/word/charts/chart%d.xml"))), _CHART_TYPE, drawn, package)
    lead = plot.relate_to(sheet, f"{_RELATIONS}/package")
    plot._blob = _lead_to_book(drawn, lead)
    caption = f"{label('report.chart_word')}{flat(chart.caption)}"
    made: Element = parse_xml(_DRAWING)
    made.xpath(".//wp:extent")[0].set("cy", str(_height(chart)))
    about = made.xpath(".//wp:docPr")[0]
    about.set("id", str(number))
    about.set("name", caption)
    about.set("descr", describe_chart(LYING, chart.stacked, caption))
    made.xpath(".//*[local-name()='chart']")[0].set(f"{{{_RELATIONS}}}id", part.relate_to(plot, f"{_RELATIONS}/chart"))
    return made


def _height(chart: Chart) -> int:
    series = 1 if chart.stacked else len(chart.columns)
    return _FRAME + len(chart.rows) * (_BAR if series == 1 else _BAR * 3 // 2)


def _lead_to_book(drawn: bytes, lead: str) -> bytes:
    """What Word edits the numbers in; how a sheet is printed is none of its business."""
    drawn = re.sub(rb"<c:printSettings>.*?</c:printSettings>", b"", drawn, flags=re.DOTALL)
    external = f'<c:externalData r:id="{lead}"><c:autoUpdate val="0"/></c:externalData></c:chartSpace>'
    return drawn.replace(_LABELS, _LABELS_ALONE).replace(b"</c:chartSpace>", external.encode())


def _draw(chart: Chart) -> bytes:
    with zipfile.ZipFile(io.BytesIO(_write_book(chart, drawn=True))) as package:
        return package.read(_PART)


def _write_book(chart: Chart, drawn: bool) -> bytes:
    """The numbers of a chart as a workbook, with the chart in it or without."""
    from smartcity_xl.books.pages import Book

    book = Book(flat(chart.caption))
    page = book.page(label("report.chart_word"), (30.0, *[12.0] * len(chart.columns)))
    for at, column in enumerate(chart.columns, start=1):
        page.text(0, at, chart.table.heads[column], "head")
    for row, line in enumerate(chart.rows, start=1):
        page.text(row, 0, flat(line.cells[chart.label_column]), "cell")
        for at, column in enumerate(chart.columns, start=1):
            value = value_of(flat(line.cells[column]))
            if value is not None:
                page.number(row, at, value)
    if drawn:
        page.chart(0, len(chart.columns) + 2, _chart(book, page.name, chart), flat(chart.caption))
    return book.close()


def _chart(book: Any, sheet: str, chart: Chart) -> Any:
    made = book.workbook.add_chart({"type": "bar", **({"subtype": "stacked"} if chart.stacked else {})})
    colours = _STEPS if chart.stacked else _PAIR
    last = len(chart.rows)
    for at in range(1, len(chart.columns) + 1):
        show = {} if chart.stacked else {"data_labels": {"value": True, "num_format": "0.00##", "font": _font(8)}}
        made.add_series({
            "name": [sheet, 0, at], "categories": [sheet, 1, 0, last, 0], "values": [sheet, 1, at, last, at],
            "fill": {"color": colours[at - 1]}, "border": {"color": _INK, "width": 0.5}, "gap": 40, **show,
        })  # fmt: skip
    made.set_title({"none": True})
    made.set_y_axis({"num_font": _font(9), "reverse": True, "label_position": "low", "major_tick_mark": "none"})
    below = any((value_of(flat(row.cells[column])) or 0) < 0 for row in chart.rows for column in chart.columns)
    made.set_x_axis({
        "num_font": _font(9), "label_position": "high", **({} if below else {"min": 0}), "major_tick_mark": "none",
        "minor_tick_mark": "none", "major_gridlines": {"visible": True, "line": {"color": _GRID}},
    })  # fmt: skip
    made.set_legend({"none": True} if len(chart.columns) == 1 else {"position": "top", "font": _font(9)})
    return made


def _font(size: int) -> dict[str, object]:
    return {"name": "宋体", "size": size, "color": _INK}


_DRAWING = (
    '<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
    f' xmlns:r="{_RELATIONS}">'
    f'<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{_WIDTH}" cy="0"/>'
    '<wp:docPr id="0" name=""/><wp:cNvGraphicFramePr/><a:graphic>'
    '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:chart/></a:graphicData>'
    "</a:graphic></wp:inline></w:drawing>"
)
