"""The peer's reading of answers and its checks: what each figure may be comes from the system's tables."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

_FOLDER = Path(__file__).resolve().parent.parent / "smartcity_xl" / "catalogs" / "cn-2018"
_SYSTEM = tomllib.loads((_FOLDER / "system.toml").read_text(encoding="utf-8"))
_ASSIGNED = tomllib.loads((_FOLDER / "luoyang-2019.toml").read_text(encoding="utf-8"))["indicators"]
YEAR = "2018"
TICKS = {"是": 1.0, "否": 0.0}
OFFERED = {"3家均支持": 3.0, "2家支持": 2.0, "1家支持": 1.0, "均不支持": 0.0}
FACTORS = {("公顷", "平方公里"): 0.01, ("万户", "户"): 10_000.0, ("万人", "人"): 10_000.0, ("亿元", "万元"): 10_000.0}
NOTHING = ("", "—", "-", "/", "无", "暂无", "未统计")
WHOLE = ("count",)


@dataclass(frozen=True, slots=True)
class Problem:
    """What a department is to do, and where."""

    sheet: str
    cell: str
    text: str


@dataclass(frozen=True, slots=True)
class Indicator:
    figures: frozenset[str]
    departments: tuple[str, ...]


def _figures_in(rule: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z][a-z0-9_]+", rule)) & FIGURES.keys()


FIGURES: dict[str, dict[str, Any]] = {figure["key"]: figure for figure in _SYSTEM["figures"]}
INDICATORS = {
    one["code"]: Indicator(_figures_in(one["rule"]), tuple(_ASSIGNED.get(one["code"], ())))
    for one in _SYSTEM["indicators"]
}
_FIRST_ASKED = {figure: one.departments[:1] for one in reversed(INDICATORS.values()) for figure in one.figures}


# --- answers ---------------------------------------------------------------------------------------------------


def parse_answers(department: str, file: str, rows: list[tuple]) -> pd.DataFrame:
    """A row for each answer: key, what was typed, its number in the figure's unit, its state, its cell."""
    frame = pd.DataFrame(rows[4:], columns=rows[0]).rename(columns={"xlscore:figures": "key"})
    frame = frame[["key", "label", "value", "unit", "as_of", "remark", "explanation"]].assign(
        row=range(5, len(rows) + 1), department=department, file=file
    )
    frame = frame[frame["key"].notna()].copy()
    figure = frame["key"].str.partition(".")[0].map(FIGURES)
    frame["kind"] = [spec["kind"] for spec in figure]
    frame["merge"] = [spec.get("merge", "agree") for spec in figure]
    heads = (frame["kind"] == "checklist") & ~frame["key"].str.contains(".", regex=False)
    frame = frame[(frame["kind"] != "table") & ~heads].copy()
    frame["cell"] = "D" + frame["row"].astype(str)
    first = [_FIRST_ASKED.get(key.partition(".")[0], ()) for key in frame["key"]]
    frame["required"] = [merge != "any" or department in own for merge, own in zip(frame["merge"], first, strict=True)]
    parsed = [_parse(row.key, row.kind, row.value, row.unit) for row in frame.itertuples()]
    frame["state"] = [state for state, _ in parsed]
    frame["number"] = [number for _, number in parsed]
    return frame


def _parse(key: str, kind: str, value: object, unit: object) -> tuple[str, float]:
    """The state of an answer, and its number."""
    if value is None or value != value or str(value).strip() in NOTHING:
        return "blank", float("nan")
    if str(value).strip() == "不适用":
        return "none", float("nan")
    if kind in ("yesno", "checklist"):
        return ("value", TICKS[str(value)]) if value in TICKS else ("unreadable", float("nan"))
    if kind == "choice":
        return ("value", OFFERED[str(value)]) if value in OFFERED else ("unreadable", float("nan"))
    try:
        number = float(str(value).replace(",", "").rstrip("%"))
    except ValueError:
        return "unreadable", float("nan")
    own = FIGURES[key.partition(".")[0]].get("unit")
    return "value", number if unit in (own, None) else number * FACTORS.get((str(unit), str(own)), float("nan"))


# --- checks ----------------------------------------------------------------------------------------------------


def check_answers(answers: pd.DataFrame, hospitals: pd.DataFrame) -> Iterator[Problem]:
    numbers = answers[answers["state"] == "value"].set_index("key")["number"]
    for row in answers.itertuples():
        spec, number = FIGURES[row.key.partition(".")[0]], row.number
        if row.state == "blank":
            if row.required:
                yield Problem("填报表", row.cell, f"{row.label}没有填。请补填。")
        elif row.state == "unreadable":
            yield Problem("填报表", row.cell, f"{row.label}填的是“{row.value}”，不是数。请填准确的数。")
        elif row.state == "none":
            yield Problem("填报表", row.cell, f"{row.label}填了不适用。请说明理由。")
        elif number < 0 or number > float(spec.get("max", 100 if row.kind == "share" else number)):
            yield Problem("填报表", row.cell, f"{row.label}填的是{row.value}，超出范围。请核对。")
        elif row.kind in WHOLE and abs(number - round(number)) > 1e-6:
            yield Problem("填报表", row.cell, f"{row.label}应为整数。请核对。")
        elif row.kind == "points" and abs(number * 100 - round(number * 100)) > 1e-6:
            yield Problem("填报表", row.cell, f"{row.label}最多两位小数。请核对。")
        elif row.kind == "share" and 0 < number <= 1:
            yield Problem("填报表", row.cell, f"{row.label}填的是{row.value}，单位是百分数。请核对。")
        else:
            whole = numbers.get(spec.get("part_of", ""))
            if whole is not None and number > whole and not row.explanation:
                yield Problem("填报表", row.cell, f"{row.label}大于其总数。请核对。")
        if row.state == "value" and isinstance(row.as_of, str) and YEAR not in row.as_of:
            yield Problem("填报表", f"H{row.row}", f"{row.label}的数据日期是{row.as_of}，应为{YEAR}年。请核对。")
    for number, row in enumerate(hospitals.itertuples(), start=6):
        if row.name is None or pd.isna(row.record_reads) or pd.isna(row.outpatient_visits):
            yield Problem("明细表1", f"B{number}", "这一行没有填全。")
        elif row.record_reads > row.outpatient_visits:
            yield Problem("明细表1", f"C{number}", "调阅次数大于门诊总数。请核对。")


def check_evidence(
    answers: pd.DataFrame, hospitals: pd.DataFrame, rows: list[tuple], names: set[str]
) -> Iterator[Problem]:
    """Indicators with answers other than nought and 否 and no material; and material that did not come."""
    lines = pd.DataFrame(rows[4:], columns=rows[0]).rename(columns={"xlscore:evidence": "key"})
    lines["row"] = range(5, len(rows) + 1)
    lines = lines[lines["key"].notna()].copy()
    lines["indicator"] = lines["key"].str.partition("#")[0]
    figures = answers["key"].str.partition(".")[0]
    claimed = set(figures[answers["number"].fillna(0) != 0]) | ({"tertiary_hospitals"} if len(hospitals) else set())
    for code, mine in lines.groupby("indicator", sort=False):
        listed = mine[mine["title"].notna() | mine["file"].notna()]
        if listed.empty and mine["remark"].isna().all() and claimed & INDICATORS[code].figures:
            yield Problem("支撑资料", f"E{mine['row'].iloc[0]}", f"{code}没有列支撑资料。请补列，或在备注中说明。")
        for row in listed.itertuples():
            if row.file and row.file not in names:
                yield Problem("支撑资料", f"F{row.row}", f"没有收到“{row.file}”。请补报。")


def check_people(rows: list[tuple]) -> Iterator[Problem]:
    found = {row[0]: row[2] for row in rows if row[0]}
    cells = {row[0]: f"C{number}" for number, row in enumerate(rows, start=1) if row[0]}
    for person, called in (("leader", "责任领导"), ("contact", "联络人")):
        if not found.get(f"{person}.name") or not (found.get(f"{person}.phone") or found.get(f"{person}.mobile")):
            yield Problem("封面", cells.get(f"{person}.name", "C1"), f"{called}没有填全。")


def compare_versions(earlier: pd.DataFrame, later: pd.DataFrame) -> tuple[list[dict], int]:
    """The answers that differ, and how many were there before and are gone."""
    both = earlier[["key", "label", "value", "state"]].merge(
        later[["key", "value", "state"]], on="key", suffixes=("", "_later")
    )
    changed = both[(both["value"].astype(str) != both["value_later"].astype(str))]
    gone = int(((changed["state"] != "blank") & (changed["state_later"] == "blank")).sum())
    return changed[["key", "label", "value", "value_later"]].to_dict("records"), gone
