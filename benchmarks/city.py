"""The city that is measured: ``samples/city.toml`` with its planted faults mended, one workbook a department."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
INBOX = ROOT / "samples" / "inbox"
sys.path.insert(0, str(ROOT / "samples"))

MENDED: Mapping[str, Mapping[str, object]] = {
    "transport": {"transit_trips_total": 124500000},
    "education": {"students_total": 812600},
    "health": {"med_institutions_emr": 412},
    "service-center": {"gov_items_unified_login": 1344},
    "urban-management": {"case_ontime_rate": 86},
    "agriculture": {"agri_sales_online": 320000},
    "housing": {"new_roads_gallery_length": 15.6},
    "housing-fund": {"mobile_services_extra": 0},
    "ecology": {"polluters_disclosed": 301},
    "credit": {"credit_units_sharing": 41},
    "planning": {"map_update_cycle": 2},
    "police": {"criminal_cases_total": 5210},
    "cyberspace": {"main_sites_ipv6": 8},
    "reform": {"energy_users_total": 63, "energy_users_monitored": 58},
}
"""Department -> slot -> an answer in place of the planted fault."""


def clean_answers() -> Iterator[dict[str, Any]]:
    """The sections of ``city.toml``, the first workbook of each department only, without faults."""
    city = tomllib.loads((ROOT / "samples" / "city.toml").read_text(encoding="utf-8"))
    seen: set[str] = set()
    for given in city["workbook"]:
        department = given["department"]
        if department not in seen:
            seen.add(department)
            kept = {name: part for name, part in given.items() if name not in ("formulas", "dates", "damaged")}
            yield {**kept, "answers": {**given["answers"], **MENDED.get(department, {})}}


def make_clean_inbox(inbox: Path) -> int:
    """Fill an empty folder with the clean workbooks, saved by openpyxl; gives their number."""
    from make_samples import fill_workbook

    from smartcity_xl.catalog.dates import for_period
    from smartcity_xl.catalog.load import load_assignment, load_catalog
    from smartcity_xl.form.template import Issue
    from smartcity_xl.model.periods import period_of_round

    assignment = load_assignment(load_catalog("cn-2018"))
    catalog = for_period(load_catalog("cn-2018"), period_of_round(assignment.round))
    issue = Issue(assignment.round, "云溪市", assignment.deadline)
    made = list(clean_answers())
    for number, given in enumerate(made, start=1):
        data = fill_workbook(catalog, assignment, given["department"], issue, given)
        (inbox / f"{number:02d}-{given['department']}.xlsx").write_bytes(data)
    return len(made)
