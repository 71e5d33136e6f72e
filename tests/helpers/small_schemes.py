"""Systems of star levels and of marks, small enough to see through."""

from __future__ import annotations

import copy
import tomllib
from fractions import Fraction
from typing import Any

STARS = tomllib.loads("""
id = "county-stars"
version = "1"
title = "星级体系"
document = "试例"
scheme = "stars"
target = 4

[[dimensions]]
code = "1"
name = "数字惠民"

[[indicators]]
code = "1"
category = "1"
name = "使用率"
source = "1"
points_5 = "3"
points_4 = "2.5"
rule = '''
rate = ratio(done, all)
stars(5: rate > 85%, 4: rate >= 80%, 2: plan and done > 0)'''

[[indicators]]
code = "2"
category = "1"
name = "只有五星"
source = "2"
leading = true
points_5 = "1"
rule = "stars(5: done >= 80)"

[[indicators]]
code = "3"
category = "1"
name = "信息安全"
role = "deduction"
source = "3"
rule = "2 * leaks"

[[indicators]]
code = "4"
category = "1"
name = "底座"
role = "shown"
source = "4"
rule = "plan"

[[figures]]
key = "done"
label = "已办"
kind = "count"
unit = "项"
max = 1000

[[figures]]
key = "all"
label = "总数"
kind = "count"
unit = "项"
max = 1000

[[figures]]
key = "plan"
label = "有计划"
kind = "yesno"

[[figures]]
key = "leaks"
label = "事件数"
kind = "count"
unit = "起"
max = 100
""")
WHOLE = tomllib.loads("""
id = "marks"
version = "1"
title = "整体评分"
document = "试例"

[[dimensions]]
code = "L1"
name = "服务"
weight = "100%"

[[dimensions]]
code = "Z"
name = "自选指标"
weight = "10%"
apart = true
most_categories = 3
most_indicators = 3

[[categories]]
code = "L1P1"
dimension = "L1"
name = "甲"
weight = "60%"
mark = "mark_a"

[[categories]]
code = "L1P2"
dimension = "L1"
name = "乙"
weight = "40%"
mark = "mark_b"

[[indicators]]
code = "L1P1-A1"
category = "L1P1"
name = "甲一"
source = "1"
rule = "mark_a1"

[[indicators]]
code = "L1P1-A2"
category = "L1P1"
name = "甲二"
source = "2"
rule = "mark_a2"

[[indicators]]
code = "L1P2-A1"
category = "L1P2"
name = "乙一"
source = "3"
weight = "100%"
rule = "mark_b1"
""")
WHOLE["figures"] = [
    {"key": key, "label": key, "kind": "points", "unit": "分", "max": 100}
    for key in ("mark_a", "mark_a1", "mark_a2", "mark_b", "mark_b1", "own")
]
OWN_CATEGORY = {"code": "ZP1", "dimension": "Z", "name": "旅游", "weight": "10%"}
OWN_INDICATOR = {"code": "ZP1-A1", "category": "ZP1", "name": "旅游一", "source": "省", "weight": "100%", "rule": "own"}


def with_own(number: int = 1, each: int = 1) -> dict[str, Any]:
    """The marks system with categories of a province's own, their weights closing to the 10 points."""
    document = copy.deepcopy(WHOLE)
    for n in range(number):
        category = {**OWN_CATEGORY, "code": f"ZP{n}", "weight": f"{Fraction(10, number).limit_denominator(1)}%"}
        document["categories"].append(category | ({"weight": "10%"} if number == 1 else {}))
        for m in range(each):
            weight = "100%" if each == 1 else f"{100 // each}%"
            code = f"ZP{n}-A{m}"
            document["indicators"].append({**OWN_INDICATOR, "category": f"ZP{n}", "code": code, "weight": weight})
    return document


def changed(document: dict[str, Any], *path: Any, **fields: Any) -> dict[str, Any]:
    document = copy.deepcopy(document)
    entry = document
    for step in path:
        entry = entry[step]
    entry.update(fields)
    return document


SEEN = {
    "target-range": changed(STARS, target=6),
    "not-stars": changed(STARS, "indicators", 1, rule="done"),
    "points-level": changed(STARS, "indicators", 0, points_3="1"),
    "points-fall": changed(STARS, "indicators", 0, points_4="4"),
    "weights-some": changed(WHOLE, "indicators", 0, weight="100%"),
    "too-many": with_own(1, 4),
}
