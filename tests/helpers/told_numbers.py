"""The numbers of a round as its places tell them: the record, the commands, the sheets, the letters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import openpyxl
from transcript import NAMES, Play, read_drafts

from smartcity_xl.ledger import parse_utc, read_ledger
from smartcity_xl.messages import label
from smartcity_xl.office.deciding.form import read_decision_row

Numbers = Mapping[str, object]
"""What is told -> the number. Points stand with two places."""
Told = dict[str, dict[str, dict[str, object]]]
"""Place -> of what (a department, or "" for the round) -> numbers."""


def disagreements(told: Told) -> list[str]:
    """Every number that two places tell differently, with what each says."""
    found: dict[tuple[str, str], dict[str, object]] = {}
    for place, whole in told.items():
        for of, numbers in whole.items():
            for what, number in numbers.items():
                found.setdefault((of, what), {})[place] = number
    return [f"{of} {what}: {said}" for (of, what), said in found.items() if len(set(map(str, said.values()))) > 1]


def tell_everything(play: Play, home: Path, collected: str, languages: Sequence[str] = ("zh",)) -> Told:
    """What every place says of a round now; ``collected``: what ``collect`` has just said."""
    told: Told = {
        "results.json": _record(home), "汇总.xlsx": _summary(home), "裁定表.xlsx": _decision_book(home),
        "退回": _returned(home), "回执": _letters(home, "回执"), "催报": _letters(home, "催报"),
    }  # fmt: skip
    told["status --json"] = _status_json(json.loads(play("status", "--json").out))
    reminders = json.loads(play("remind", "--json").out)["departments"]
    told["remind --json"] = {one["name"]: _lower(one) for one in reminders}
    for language in languages:
        told[f"xlscore {language}"] = {"": _front(play(language=language).out)}
        told[f"status {language}"] = _status(play("status", language=language).out)
        told[f"remind {language}"] = _remind(play("remind", language=language).out)
    told["collect"] = {"": _collected(collected)}
    return told


_COUNTS = ("asked", "filled", "errors", "queries", "held", "stake", "reported")


def _lower(given: Mapping[str, Any]) -> dict[str, object]:
    return {name: given[name] for name in _COUNTS if name in given}


def _two(value: Any) -> str:
    return f"{float(value):.2f}"


# --- the record, and what is printed -----------------------------------------------------------------------------


def _record(home: Path) -> dict[str, dict[str, object]]:
    record = json.loads((home / "汇总" / "results.json").read_text(encoding="utf-8"))
    departments = {one["name"]: _lower(one) for one in record["departments"]}
    levels = [(one["severity"], bool(one["explanation"])) for one in record["findings"]]
    whole = {
        "total": record["total"]["score"], "assessed": record["total"]["assessed"], "final": record["total"]["final"],
        "reports": sum(bool(one["reported"]) for one in departments.values()),
        "conflicts": sum(one["state"] == "open" for one in record["conflicts"]),
        "errors": sum(level == "error" for level, _ in levels), "queries": levels.count(("query", False)),
        "owing": sum(
            not one["reported"] or bool(one["errors"] or one["queries"]) or one["filled"] != one["asked"]
            for one in departments.values()
        ),
    }  # fmt: skip
    return {**departments, "": whole}


def _status_json(document: Mapping[str, Any]) -> dict[str, dict[str, object]]:
    (system,), together = document["systems"], document["open"]
    found = {one["name"]: {**_lower(one), "reported": bool(one["files"])} for one in system["departments"]}
    for one in together:
        assert {**found[one["name"]], **_lower(one)} == found[one["name"]], one
    whole = {"total": system["total"], "final": system["final"], "reports": system["reported"]}
    return {**found, "": whole}


def _rows(out: str) -> Iterator[list[str]]:
    """The rows of a table that was printed, of those that begin with a department."""
    for line in out.splitlines():
        cells = re.split(r"\s{2,}", line.strip())
        if cells[0] in NAMES:
            yield cells


def _status(out: str) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for name, first, *_, filled, errors, queries, held, stake in _rows(out):
        part, whole = filled.split("/")
        found[name] = {"reported": first not in ("未报", "nothing"), "filled": part, "asked": whole, "errors": errors,
                       "queries": queries, "held": held, "stake": stake}  # fmt: skip
    assert found.keys() == set(NAMES)
    return {**found, "": {**_total(out), **_part(out, r"已报 (\d+)/|^(\d+) of \d+ departments have reported")}}


def _remind(out: str) -> dict[str, dict[str, object]]:
    return {
        name: {"reported": standing not in ("未报", "not reported"), "errors": errors, "queries": queries, "held": held,
               "stake": stake}
        for name, standing, errors, queries, held, stake, *_ in _rows(out)
    }  # fmt: skip


def _total(out: str) -> dict[str, object]:
    found = re.search(r"(暂定)?总得分 ([\d.]+)|(Provisional t|Final t|T)otal ([\d.]+)", out)
    if found is None:
        return {}
    return {"total": found[2] or found[4], "final": not (found[1] or found[3] == "Provisional t")}


def _part(out: str, form: str, name: str = "reports") -> dict[str, object]:
    found = re.search(form, out, re.MULTILINE)
    return {name: next(filter(None, found.groups()))} if found else {}


def _front(out: str) -> dict[str, object]:
    owing = _part(out, r"(\d+) 个单位未报，或|(\d+) departments have not reported, or", "owing") or {"owing": 0}
    return {
        **_total(out), **owing, **_part(out, r"收到 +(\d+)/6|received +(\d+) of 6"),
        **_part(out, r"待裁定 +(\d+)$|conflicts +(\d+)$", "conflicts"),
        **_part(out, r"退回 +(\d+) 个单位|returned +(\d+) departments", "returned"),
    }  # fmt: skip


def _collected(out: str) -> dict[str, object]:
    problems = re.search(r"须改正 (\d+) 处，待核实 (\d+) 处", out)
    return {
        **_total(out), **_part(out, r"已报 (\d+)/6"), **_part(out, r"分值合计 ([\d.]+)", "assessed"),
        "errors": problems[1] if problems else 0, "queries": problems[2] if problems else 0,
        **(_part(out, r"有 (\d+) 处答复不一致", "conflicts") or {"conflicts": 0}),
        **(_part(out, r"单位 (\d+) 个，退回件", "returned") or {"returned": 0}),
    }  # fmt: skip


# --- workbooks ---------------------------------------------------------------------------------------------------


def _table(sheet: Any, head: str) -> Iterator[dict[str, Any]]:
    """The rows under the heading that begins with these words, by the words of the headings."""
    rows = iter(sheet.iter_rows(values_only=True))
    names = next(list(row) for row in rows if row[0] == head)
    for row in rows:
        if row[0] in (None, ""):
            return
        yield {str(name): cell for name, cell in zip(names, row, strict=True) if name}


def _summary(home: Path) -> dict[str, dict[str, object]]:
    book = openpyxl.load_workbook(home / "汇总" / "汇总.xlsx", data_only=True)
    found: dict[str, dict[str, object]] = {}
    for row in _table(book["部门情况"], "填报单位"):
        found[row["填报单位"]] = {
            "reported": row["填报情况"] == "已报", "asked": row["应填"], "filled": row["已填"], "errors": row["须改正"],
            "queries": row["待核实"], "held": _two(row["压着的分"]), "stake": _two(row["涉及分值"]),
        }  # fmt: skip
    for row in book["总览"].iter_rows(values_only=True):
        if name := re.fullmatch(r"(.+)　压着", str(row[0])):
            mine = found[name[1]]
            held = str(next(cell for cell in row[1:] if cell)).removesuffix(" 分")
            assert (mine["reported"], mine["held"]) == (False, _two(held)), row
    told = next(_table(book["总览"], "已报单位"))
    (total,) = (row for row in book["总览"].iter_rows(values_only=True) if row[0] == "总得分")
    levels = [row["类别"] for row in _table(book["问题清单"], "类别")]
    listed = [levels.count("须改正"), levels.count("待核实")]
    assert listed == [int(told["须改正"]), int(told["待核实"])], told
    rows = _table(book["裁定"], "指标") if "裁定" in book else ()
    conflicts = {row["数据项"] for row in rows if row["裁定"] == "待裁定"}
    whole = {"total": _two(total[1]), "final": "暂定" not in str(total), "errors": told["须改正"],
             "queries": told["待核实"], "reports": str(told["已报单位"]).split("/")[0].strip(),
             "conflicts": len(conflicts)}  # fmt: skip
    return {**found, "": whole}


def _decision_book(home: Path) -> dict[str, dict[str, object]]:
    path = home / "汇总" / "裁定表.xlsx"
    if not path.exists():
        return {}
    sheet = openpyxl.load_workbook(path)[label("decide.sheet")]
    rows = [row for row in range(1, sheet.max_row + 1) if read_decision_row(str(sheet.cell(row, 1).value or ""))]
    return {"": {"conflicts": sum(not sheet.cell(row, 3).value for row in rows)}}


_RETURNED = re.compile(r"有 (\d+) 处需要处理：(\d+) 处须改正，(\d+) 处待核实；压着的分 ([\d.]+)，涉及分值 ([\d.]+)")


def _returned(home: Path) -> dict[str, dict[str, object]]:
    """What each workbook that goes back says in front, and lists."""
    found: dict[str, dict[str, object]] = {}
    for path in sorted((home / "汇总" / "退回").glob("*.xlsx")):
        sheet = openpyxl.load_workbook(path, data_only=True).worksheets[0]
        told = _RETURNED.search(str(sheet["B3"].value))
        assert told, sheet["B3"].value
        kinds = [sheet.cell(row, 5).value for row in range(11, sheet.max_row + 1)]
        assert (kinds.count("须改正"), kinds.count("待核实")) == (int(told[2]), int(told[3])), path
        assert int(told[1]) == int(told[2]) + int(told[3])
        name = str(sheet["B2"].value).rstrip("：")
        found[name] = {"errors": told[2], "queries": told[3], "held": told[4], "stake": told[5]}
    return {**found, "": {"returned": len(found)}}


# --- letters -----------------------------------------------------------------------------------------------------


def _letters(home: Path, kind: str) -> dict[str, dict[str, object]]:
    """Of the drafts that were written since the last collection."""
    with read_ledger(home / "台账") as ledger:
        collected = parse_utc(ledger.last_runs()[0].at)
    drafts = read_drafts(home, f"-{kind}")
    return {name: numbers_of(one) for name, one in drafts.items() if parsedate_to_datetime(one["Date"]) > collected}


def numbers_of(letter: EmailMessage) -> dict[str, object]:
    body = letter.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    reported = "还没有收到贵单位可以采用的填报表" not in text
    found: dict[str, object] = {"held": "0.00", "stake": "0.00", "reported": reported}
    for name, form in (("asked", r"应填 (\d+) 项"), ("filled", r"已填 (\d+) 项"), ("held", r"压着的分 ([\d.]+\d)"),
                       ("stake", r"涉及分值 ([\d.]+\d)"), ("errors", r"(\d+) 处须改正"),
                       ("queries", r"(\d+) 处待核实")):  # fmt: skip
        found |= _part(text, form, name)
    if "没有发现需要改正或核实的问题" in text:
        found |= {"errors": 0, "queries": 0}
    return found
