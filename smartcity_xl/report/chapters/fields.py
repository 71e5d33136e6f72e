"""What stands in the places that a template of the office's own holds open, for one system."""

from __future__ import annotations

from collections.abc import Mapping

from smartcity_xl.messages import label
from smartcity_xl.report.chapters.outcomes import is_final
from smartcity_xl.report.facts import NONE, RecordFacts
from smartcity_xl.report.texts import shown
from smartcity_xl.report.told import Fragments, cell
from smartcity_xl.results.highlights import silent


def fields_of(one: RecordFacts) -> Mapping[str, Fragments]:
    """Name of a placeholder -> what stands in its place; ``labels.toml`` says how each is written in a template."""
    record, total = one.record, one.record.total
    span = total.range if total else None
    final = is_final(record)
    asked = [d for d in record.departments if d.asked]
    stars = record.stars
    reached = sum(number for star, number in stars.counts.items() if int(star) >= stars.target) if stars else 0
    starred = sum(stars.counts.values()) + stars.unsettled if stars else 0
    return {
        "city": cell(one.name("city", record.city)),
        "round": cell(one.name("round", record.round)),
        "title": (label("report.title", city=shown(record.city), round=shown(record.round)),),
        "system": cell(one.name("catalog.title", record.catalog.title)),
        "deadline": cell(one.name("deadline", record.deadline or NONE)),
        "total": cell(one.told("total.score", total.score)) if total else (NONE,),
        "full": cell(one.told("total.full", total.full)) if total else (NONE,),
        "floor": cell(one.told("total.range.floor", span.floor)) if span else (NONE,),
        "ceiling": cell(one.told("total.range.ceiling", span.ceiling)) if span else (NONE,),
        "state": (label("report.state_final" if final else "report.state_provisional"),),
        "provisional": ("" if final else label("report.provisional"),),
        "mark": ("" if final else label("report.provisional_header"),),
        "reached": cell(one.count("stars_reached", reached)) if stars else (NONE,),
        "starred": cell(one.count("starred", starred)) if stars else (NONE,),
        "asked": cell(one.count("asked", len(asked))),
        "reported": cell(one.count("reported", sum(d.reported for d in asked))),
        "silent": cell(one.count("silent", len(silent(record)))),
    }
