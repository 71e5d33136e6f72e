"""What the peer writes: a formatted summary with a chart, results.json, and the workbooks that go back."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill

_RED = PatternFill("solid", fgColor="FFC7CE")
_HEAD = PatternFill("solid", fgColor="DDEBF7")


def frames(
    outcome: dict[str, Any], forms: list[Any], files: list[Any], corrections: list[dict]
) -> dict[str, pd.DataFrame]:
    """The sheets of the summary."""
    problems = [
        {"单位": form.department, "文件": form.file.name, "工作表": one.sheet, "单元格": one.cell, "问题": one.text}
        for form in forms for one in form.problems
    ]  # fmt: skip
    counts = pd.DataFrame(
        [{"单位": form.department, "文件": form.file.name, "问题数": len(form.problems)} for form in forms]
    )
    changes = [
        {"单位": one["department"], "原文件": one["earlier"], "新文件": one["later"], "数据项": change["label"],
         "原填报值": change["value"], "新填报值": change["value_later"],
         "原总分": one["before"], "新总分": one["after"]}
        for one in corrections for change in one["changes"]
    ]  # fmt: skip
    answers = outcome["answers"]
    return {
        "总分": outcome["dimensions"],
        "二级指标": outcome["categories"],
        "分项": pd.Series(outcome["scores"], name="score").rename_axis("indicator").reset_index(),
        "采用数据": outcome["merged"].rename_axis("key").reset_index(),
        "各部门数据": answers[
            ["department", "file", "cell", "key", "label", "value", "unit", "number", "state", "as_of"]
        ],
        "问题清单": pd.DataFrame(problems),
        "数据冲突": outcome["conflicts"][["key", "label", "department", "value", "file", "cell"]],
        "更正情况": pd.DataFrame(changes),
        "医院": outcome["hospitals"],
        "部门": counts,
        "文件": pd.DataFrame([{"文件": one.name, "sha256": one.sha256, "状态": one.status} for one in files]),
    }


def write_summary(
    path: Path, outcome: dict[str, Any], forms: list[Any], files: list[Any], corrections: list[dict]
) -> None:
    with pd.ExcelWriter(path, engine="xlsxwriter") as writer:
        book = writer.book
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True})
        number = book.add_format({"num_format": "0.00", "border": 1})
        text = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
        for name, frame in frames(outcome, forms, files, corrections).items():
            frame.to_excel(writer, sheet_name=name, index=False)
            sheet = writer.sheets[name]
            for at, title in enumerate(frame.columns):
                sheet.write(0, at, str(title), head)
                numeric = pd.api.types.is_float_dtype(frame[title])
                sheet.set_column(at, at, 12 if numeric else 24, number if numeric else text)
            sheet.freeze_panes(1, 0)
            if len(frame):
                sheet.autofilter(0, 0, len(frame), max(0, len(frame.columns) - 1))
        front = writer.sheets["总分"]
        last = len(outcome["dimensions"])
        front.write(last + 2, 0, "总分", head)
        front.write(last + 2, 1, outcome["total"], number)
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"name": "得分", "categories": ["总分", 1, 0, last, 0], "values": ["总分", 1, 1, last, 1]})
        chart.set_title({"name": "各一级指标得分"})
        front.insert_chart("D2", chart)


def write_results(
    path: Path, outcome: dict[str, Any], forms: list[Any], files: list[Any], corrections: list[dict]
) -> None:
    answers = outcome["answers"].astype(object).where(outcome["answers"].notna(), None)
    told = {
        "total": f"{outcome['total']:.2f}",
        "dimensions": outcome["dimensions"].to_dict("records"),
        "categories": outcome["categories"].to_dict("records"),
        "indicators": outcome["scores"],
        "figures": outcome["merged"].to_dict(),
        "answers": answers.to_dict("records"),
        "problems": {form.department: [[one.sheet, one.cell, one.text] for one in form.problems] for form in forms},
        "corrections": corrections,
        "files": [{"name": one.name, "sha256": one.sha256, "status": one.status} for one in files],
    }
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1, default=str), encoding="utf-8")


def write_returned(path: Path, data: bytes, problems: list[Any], revision: int) -> None:
    """The department's own workbook, marked, with a list of what is open, as the next revision."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    notes: dict[tuple[str, str], list[str]] = {}
    for one in problems:
        notes.setdefault((one.sheet, one.cell), []).append(one.text)
    for (sheet, cell), texts in notes.items():
        book[sheet][cell].fill = _RED
        book[sheet][cell].comment = Comment("\n".join(texts), "评价工作办公室")
    listed = book.create_sheet("退回说明", 0)
    for row in (
        ("序号", "工作表", "单元格", "问题"),
        *((at, one.sheet, one.cell, one.text) for at, one in enumerate(problems, 1)),
    ):
        listed.append(row)
    for cell in listed[1]:
        cell.font, cell.fill = Font(bold=True), _HEAD
    for column, width in zip("ABCD", (6, 12, 10, 80), strict=True):
        listed.column_dimensions[column].width = width
    for row in listed.iter_rows(min_row=2, min_col=4, max_col=4):
        row[0].alignment = Alignment(wrap_text=True, vertical="top")
    identity = book["_xlscore"]
    row = next((cell.row for cell in identity["A"] if cell.value == "revision"), identity.max_row + 1)
    identity.cell(row, 1, "revision")
    identity.cell(row, 2, str(revision))
    book.active = 0
    book.save(path)
