"""Reports to look at: the record of each system's round as a file, and what a report tells, held against that file."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from hand_worked import CATALOGS
from summaries import sum_up

from smartcity_xl.report import Report
from smartcity_xl.report.told import Chart, Cited, Heading, Paragraph, Passage, Table, ToFill, flat

SAMPLE = "cn-2018"
TOGETHER = ("db37-3890-zoucheng", "gbt33356-2022-county")
"""Two systems of one county and one year: a round with both."""
LONGEST = 160
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
Raw = Mapping[str, Any]


def hold_rounds(folder: Path) -> dict[str, tuple[Path, ...]]:
    """The results of every system's round, the example city's among them, and of a round of two systems."""
    alone = {system: sum_up(system, folder / system).folder / "results.json" for system in CATALOGS}
    return {system: (path,) for system, path in alone.items()} | {"together": tuple(alone[s] for s in TOGETHER)}


def read_raw(paths: Iterable[Path]) -> tuple[Raw, ...]:
    return tuple(json.loads(path.read_text(encoding="utf-8")) for path in paths)


# --- what is told ------------------------------------------------------------------------------------------------


def told_in(thing: object) -> Iterator[Cited]:
    """All that a report, a tree, a block tells."""
    if isinstance(thing, Cited):
        yield thing
    elif is_dataclass(thing):
        for one in fields(thing):
            if one.name != "records":
                yield from told_in(getattr(thing, one.name))
    elif isinstance(thing, Mapping):
        for inner in thing.values():
            yield from told_in(inner)
    elif isinstance(thing, tuple | list):
        for inner in thing:
            yield from told_in(inner)


def wrong(told: Iterable[Cited], records: tuple[Raw, ...]) -> list[str]:
    """What is told otherwise than it stands in the files."""
    counted = [count_all(record) for record in records]
    found = []
    for one in told:
        number, _, way = one.at.partition(".")
        if way.startswith("#"):
            stands: object = counted[int(number)].get(way[1:], "nothing is counted under this name")
        else:
            stands = look_up(records[int(number)], way)
        if not says(one.text, stands, records[int(number)]):
            found.append(f"{one.at}: {one.text!r}, where {stands!r} stands")
    return found


def look_up(record: Raw, way: str) -> object:
    """What stands at a way such as ``dimensions.2.score``; keys may have dots of their own."""
    at: Any = record
    steps = way.split(".")
    while steps:
        if isinstance(at, list):
            at = at[int(steps.pop(0))]
            continue
        size = next(n for n in range(len(steps), 0, -1) if ".".join(steps[:n]) in at)
        at, steps = at[".".join(steps[:size])], steps[size:]
    return at


def says(text: str, stands: object, record: Raw) -> bool:
    if stands is None:
        return text == "—"
    said = str(stands)
    if re.fullmatch(r"-?[0-9.]+", said):
        return text == said or (record["total"] is None and text == said.removesuffix(".00"))
    said = " ".join(said.split("\n"))
    if len(said) > LONGEST:
        return text == said[: LONGEST - 1] + "…"
    return text == (said or text) or "【联系方式略】" in text


def count_all(record: Raw) -> dict[str, str]:
    """What a report counts, counted here from the file alone."""
    asked = [one for one in record["departments"] if one["asked"]]
    indicators = [i for d in record["dimensions"] for c in d["categories"] for i in c["indicators"]]
    conflicts = Counter(one["state"] for one in record["conflicts"])
    same = {
        tuple(str(f[k]) for k in ("code", "department", "file", "sheet", "cell", "figure", "parameters")): f
        for f in record["findings"]
    }
    people = {code for one in record["people"] for code in one["findings"]}
    must = [f for f in record["findings"]
            if f["severity"] == "error" and not f["explanation"] and f["code"] not in people]  # fmt: skip
    lost = [i for i in indicators if i["lost"] is not None and Fraction(i["lost"]) > 0]
    counts: dict[str, object] = {
        "asked": len(asked), "reported": sum(d["reported"] for d in asked),
        "silent": sum(not d["reported"] for d in asked), "files": len(record["files"]),
        "errors": sum(f["severity"] == "error" for f in same.values()),
        "queries": sum(f["severity"] == "query" and not f["explanation"] for f in same.values()),
        "explained": sum(bool(f["explanation"]) for f in same.values()),
        "conflicts": len(record["conflicts"]), "decided": conflicts["decided"], "back": conflicts["back"],
        "open_conflicts": conflicts["open"] + conflicts["back"], "corrections": len(record["corrections"]),
        "rulings": len(record["rulings"]), "unsettled": sum(i["standing"] != "settled" for i in indicators),
        "lacking": len(record["evidence"]["lacking"]), "lost": len(lost), "lost_shown": min(10, len(lost)),
        "must": len(must), "must_shown": min(20, len(must)), "written": len(record["written"]),
        "cases": sum("案例" in w["kind"] for w in record["written"]),
        **{f"file_{status}": n for status, n in Counter(f["status"] for f in record["files"]).items()},
        **{f"sources_{d['key']}": sum(n["department"] == d["key"] and n["state"] == "present"
                                      for n in record["evidence"]["named"]) for d in record["departments"]},
    }  # fmt: skip
    counts.setdefault("file_taken", 0)
    if record["stars"]:
        counts |= _count_stars(record, indicators)
    counts |= {f"rate_{code}": rate for code, rate in _rates(record)}
    return {name: str(number) for name, number in counts.items()}


def _count_stars(record: Raw, indicators: list[Raw]) -> dict[str, object]:
    stars, found = record["stars"], {}
    groups = {"star": indicators} | {
        f"star_{d['code']}": [i for c in d["categories"] for i in c["indicators"]] for d in record["dimensions"]
    }
    for name, of in groups.items():
        levels = [i["star"] for i in of if i["star"] is not None or i["most_star"] is not None]
        found |= {f"{name}_{level}": levels.count(level) for level in range(6)}
        found |= {f"{name}_open": levels.count(None), f"{name}_all": len(levels)}
    assert {str(level): found[f"star_{level}"] for level in range(6)} == stars["counts"]
    reached = sum(n for level, n in stars["counts"].items() if int(level) >= stars["target"])
    whole = sum(stars["counts"].values()) + stars["unsettled"]
    return found | {"starred": whole, "stars_reached": reached, "stars_below": len(stars["below"])}


def _rates(record: Raw) -> Iterator[tuple[str, str]]:
    for dimension in record["dimensions"]:
        groups = dimension["categories"] if len(dimension["categories"]) > 1 else [
            {"code": dimension["code"], "indicators": dimension["categories"][0]["indicators"]}
        ]  # fmt: skip
        for group in groups:
            scored = [i for i in group["indicators"] if i["role"] == "scored" and i["points"] is not None]
            full = sum((Fraction(i["points_full"]) for i in scored), Fraction(0))
            if full:
                rate = 100 * sum((Fraction(i["points"]) for i in scored), Fraction(0)) / full
                hundredths = int(rate * 100 + Fraction(1, 2))
                yield group["code"], f"{hundredths // 100}.{hundredths % 100:02d}"


# --- what a reader sees ------------------------------------------------------------------------------------------


def lines_of(blocks: Iterable[Passage]) -> list[str]:
    """The texts of blocks, cell by cell, in the order in which they are read; headings without their numbers."""
    lines = []
    for block in blocks:
        match block:
            case Heading() | Paragraph():
                lines.append(flat(block.spans))
            case ToFill():
                lines.append(f"【请补充：{flat(block.spans)}】")
            case Table():
                lines += [_captioned("表", block), *block.heads]
                lines += [flat(cell) for row in block.rows for cell in row.cells]
            case Chart():
                lines.append(_captioned("图", block))
    return lines


def _captioned(word: str, block: Table | Chart) -> str:
    number, *caption = block.caption
    return f"{word}{number}　{flat(caption)}"


def blocks_of(report: Report) -> list[Passage]:
    return [block for chapter in report.chapters for block in chapter.blocks]


def part_of(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read(name)


def lines_of_word(data: bytes, part: str = "word/document.xml") -> list[str]:
    """Every paragraph of a document, those of cells among them."""
    root = ElementTree.fromstring(part_of(data, part))
    return ["".join(t.text or "" for t in p.iter(f"{_W}t")) for p in root.iter(f"{_W}p")]


class Seen(HTMLParser):
    """The page as it is written: what each marked span tells, and the texts of every element."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.told: list[Cited] = []
        self.tables: list[list[str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._at = ""
        self._inside = False
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.append((tag, named))
        self._at = named.get("data-of") or ""
        if self._at:
            self.told.append(Cited("", self._at))
        if tag == "table":
            self.tables.append([])
        if tag in ("th", "td", "caption"):
            self._inside = True
            self.tables[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._at = "" if tag in ("span", "a") else self._at
        self._inside = self._inside and tag not in ("th", "td", "caption")

    def handle_data(self, data: str) -> None:
        if self._at:
            self.told[-1] = Cited(self.told[-1].text + data, self._at)
        if self._inside:
            self.tables[-1][-1] += data


def walk_texts(raw: Any, change: Callable[[tuple[str, ...], str], str], way: tuple[str, ...] = ()) -> Any:
    """A copy of a record in which texts are changed; ``way`` are the keys that lead to one."""
    if isinstance(raw, dict):
        return {key: walk_texts(value, change, (*way, key)) for key, value in raw.items()}
    if isinstance(raw, list):
        return [walk_texts(value, change, way) for value in raw]
    return change(way, raw) if isinstance(raw, str) else raw
