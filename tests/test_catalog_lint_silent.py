"""Changes of a catalog that must not pass silently."""

from __future__ import annotations

from pathlib import Path

import pytest
from changed_catalogs import (
    Change,
    add,
    all_of,
    assignment_faults,
    catalog_faults,
    column,
    figure,
    indicator,
    item,
    query,
    remote,
    top,
)

from smartcity_xl.catalog.load import _read
from smartcity_xl.errors import CatalogFault

MEAN = "mean(tertiary_hospitals, ratio(tertiary_hospitals.record_reads, tertiary_hospitals.outpatient_visits))"

# --- what must not pass silently ---------------------------------------------------------------------------------

SILENT = [
    ("a query that reads a figure its rule does not read", indicator("L1P1-A1", queries=query("bus_lines_total > 0"))),
    (
        "a query that reads a checklist its rule does not read",
        indicator("L1P1-A1", queries=query("count(open_classes)")),
    ),
    ("a part that reads itself", remote("b1 = b1 + 1\nb1 * count(ss_remote_services)")),
    ("a part that reads one below", remote("b1 = b2\nb2 = 25\n(b1 + b2) * count(ss_remote_services)")),
    ("a part inside a mean", indicator("L1P4-A3", rule=f"b1 = 50\nmean(tertiary_hospitals, b1) + {MEAN}")),
    ("a figure inside a mean", indicator("L1P4-A3", rule=f"mean(tertiary_hospitals, gov_items_total) + {MEAN}")),
    ("a count inside a mean", indicator("L1P4-A3", rule=f"mean(tertiary_hospitals, count(open_classes)) + {MEAN}")),
    (
        "a mean inside a mean",
        indicator("L1P4-A3", rule=f"mean(tertiary_hospitals, {MEAN} * tertiary_hospitals.record_reads)"),
    ),
    ("an item whose key is no name", item("ss_remote_services", 0, key="Transfer Of")),
    ("an item whose key has a point", item("ss_remote_services", 0, key="transfer.of")),
    ("a column that is part of nothing known", column(0, part_of="everything")),
    ("a column twice", column(0, key="outpatient_visits", part_of="")),
    (
        "weights that close only because one is negative",
        all_of(indicator("L1P1-A1", weight="-10%"), indicator("L1P1-A2", weight="70%")),
    ),
    ("a sum of yes and no", figure("portal_accessible", merge="sum")),
    ("any of two numbers", figure("gov_items_total", merge="any")),
]


@pytest.mark.parametrize("change", [change for _, change in SILENT], ids=[what for what, _ in SILENT])
def test_a_system_that_cannot_be_scored_as_meant_has_a_fault(change: Change) -> None:
    assert catalog_faults(change) != []


SILENT_ASSIGNMENTS = [
    ("duties that are no section", top(indicators="all")),
    ("reasons that are no section", top(unassigned="none")),
    ("figures that are a list", top(figures=["bus_lines_total"])),
    ("a deadline that is no date", top(deadline="soon")),
    ("a department whose key is not ASCII", add("departments", key="铁路", name="市铁路局")),
]


@pytest.mark.parametrize("change", [row[1] for row in SILENT_ASSIGNMENTS], ids=[row[0] for row in SILENT_ASSIGNMENTS])
def test_an_assignment_that_cannot_be_used_as_meant_has_a_fault(change: Change) -> None:
    codes = {fault.code for fault in assignment_faults(change)}
    assert codes - {"department-idle"}


def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "system.toml").write_text('id = "x"\nversion = \n', encoding="utf-8")
    with pytest.raises(CatalogFault) as caught:
        _read(tmp_path / "system.toml")
    (fault,) = caught.value.faults
    assert "line 2" in fault.words("en")
    assert "读不懂" in fault.words("zh")
