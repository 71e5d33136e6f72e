"""Dates in a system's texts are dates of the round: what each word becomes, and which days that asks for."""

from __future__ import annotations

import datetime
import re

import pytest
from changed_catalogs import Change, all_of, assignment_faults, catalog_faults, figure, indicator, put, top

from smartcity_xl.books.windows import read_window
from smartcity_xl.catalog.dates import bare_years, date_words, expand_dates, fixed_texts, for_period, odd_words
from smartcity_xl.catalog.lint import lint_catalog
from smartcity_xl.catalog.load import catalog_ids, load_catalog
from smartcity_xl.model import Period
from smartcity_xl.model.periods import period_of_round, year_period


def stretch(first: str, last: str) -> Period:
    return Period(datetime.date.fromisoformat(first), datetime.date.fromisoformat(last))


Y2018, Y2026, LEAP = year_period(2018), year_period(2026), year_period(2024)
HALF, OVER = stretch("2026-01-01", "2026-06-30"), stretch("2025-11-01", "2026-10-31")
ODD = stretch("2025-11-16", "2026-10-15")

SHOWN = [  # what stands in the catalog, the round's time, what the clerk reads, the days that it asks for
    ("{end}", Y2018, "2018年12月底", "2018-12-01", "2018-12-31"),
    ("{end}", Y2026, "2026年12月底", "2026-12-01", "2026-12-31"),
    ("{end}", HALF, "2026年6月底", "2026-06-01", "2026-06-30"),
    ("{end}", OVER, "2026年10月底", "2026-10-01", "2026-10-31"),
    ("{end}", ODD, "2026年10月15日", "2026-10-15", "2026-10-15"),
    ("{end-1}", Y2026, "2025年12月底", "2025-12-01", "2025-12-31"),
    ("{end-1}", stretch("2023-03-01", "2024-02-29"), "2023年2月底", "2023-02-01", "2023-02-28"),
    ("截至{end}", Y2018, "截至2018年12月底", "2018-12-01", "2018-12-31"),
    ("截至{end}", ODD, "截至2026年10月15日", "2026-10-15", "2026-10-15"),
    ("{year_end}", Y2018, "2018年底", "2018-12-01", "2018-12-31"),
    ("{year_end-1}", Y2026, "2025年底", "2025-12-01", "2025-12-31"),
    ("{year_end-1}", OVER, "2025年10月底", "2025-10-01", "2025-10-31"),
    ("{period}", Y2018, "2018年", "2018-01-01", "2018-12-31"),
    ("{period}", LEAP, "2024年", "2024-01-01", "2024-12-31"),
    ("{period}", OVER, "2025年11月至2026年10月底", "2025-11-01", "2026-10-31"),
    ("{period}", ODD, "2025年11月16日至2026年10月15日", "2025-11-16", "2026-10-15"),
    ("{period-1}", HALF, "2025年1月至2025年6月底", "2025-01-01", "2025-06-30"),
    ("{annual}", Y2018, "2018年度", "2018-01-01", "2018-12-31"),
    ("{annual}", HALF, "2026年1月至2026年6月底", "2026-01-01", "2026-06-30"),
    ("{within}", Y2026, "2026年内", "2026-01-01", "2026-12-31"),
    ("{to_date}", Y2018, "2018年度（截至12月底）", "2018-12-01", "2018-12-31"),
    ("{to_date}", OVER, "2025年11月至2026年10月底", "2025-11-01", "2026-10-31"),
    ("{year-1}年至{end}", Y2018, "2017年至2018年12月底", "2017-01-01", "2018-12-31"),
    ("{year-1}年至{end}", OVER, "2025年至2026年10月底", "2025-01-01", "2026-10-31"),
    ("近2年（截至{end}）", Y2026, "近2年（截至2026年12月底）", "2025-01-01", "2026-12-31"),
    ("近2年（截至{end}）", HALF, "近2年（截至2026年6月底）", "2024-07-01", "2026-06-30"),
    ("近2年（截至{end}）", ODD, "近2年（截至2026年10月15日）", "2024-10-16", "2026-10-15"),
    ("{year+1}年3月底", Y2026, "2027年3月底", "2027-03-01", "2027-03-31"),
    ("{=2020年}12月底", Y2026, "2020年12月底", "2020-12-01", "2020-12-31"),
]


@pytest.mark.parametrize(("text", "period", "shown", "first", "last"), SHOWN)
def test_a_date_of_a_system_is_one_of_the_round(text: str, period: Period, shown: str, first: str, last: str) -> None:
    assert expand_dates(text, period) == shown
    window = read_window(shown)
    assert window is not None
    assert (window.first.isoformat(), window.last.isoformat()) == (first, last)


OUTSIDE = [
    ("{end}", "N年12月底"),
    ("{year-1}年至{end}", "N-1年至N年12月底"),
    ("{=2018年版}", "2018年版"),
    ("{x}", "{x}"),
]


@pytest.mark.parametrize(("text", "shown"), OUTSIDE)
def test_outside_a_round_a_date_names_no_year(text: str, shown: str) -> None:
    assert expand_dates(text, None) == shown


ROUNDS = {"2026": 2026, "2026年度": 2026, "2026年第二轮": 2026, "2026年（2026）": 2026, "第三轮": None, "": None,
          "2025-2026": None, "20261231": None}  # fmt: skip


@pytest.mark.parametrize("round_", ROUNDS)
def test_a_round_is_called_by_one_year_or_by_none(round_: str) -> None:
    year = ROUNDS[round_]
    assert period_of_round(round_) == (year_period(year) if year else None)


@pytest.mark.parametrize("period", [Y2018, HALF, OVER, ODD])
def test_a_time_reads_again_as_it_was_written(period: Period) -> None:
    window = read_window(period.as_text())
    assert window is not None
    assert Period(window.first, window.last) == period


def texts_of(system: str) -> list[str]:
    return [figure.as_of for figure in load_catalog(system).figures.values() if figure.as_of]


@pytest.mark.parametrize("system", catalog_ids())
@pytest.mark.parametrize("period", [Y2018, Y2026, OVER, ODD], ids=lambda one: one.as_text())
def test_every_relative_date_of_a_built_in_system_asks_for_known_days(system: str, period: Period) -> None:
    """A date whose days nobody can tell would never be checked."""
    relative = [text for text in texts_of(system) if re.search(r"\{[^=]", text)]
    assert relative or system == "cn-2016"
    assert [text for text in relative if read_window(expand_dates(text, period)) is None] == []


@pytest.mark.parametrize("system", catalog_ids())
def test_a_round_sees_no_braces_and_no_year_of_another_round(system: str) -> None:
    catalog = load_catalog(system)
    held = "\n".join(_texts(catalog))
    shown = "\n".join(_texts(for_period(catalog, Y2026)))
    assert not re.search("[{}]", shown)
    assert set(bare_years(shown)) <= {"2026", "2025", *(y for text in fixed_texts(held) for y in bare_years(text))}
    assert for_period(for_period(catalog, Y2026), Y2018) == for_period(catalog, Y2026)


def _texts(catalog: object) -> list[str]:
    """Every text anywhere in a system, but its titles."""
    if isinstance(catalog, str):
        return [catalog]
    if isinstance(catalog, dict):
        return [text for value in catalog.values() for text in _texts(value)]
    if isinstance(catalog, tuple):
        return [text for value in catalog for text in _texts(value)]
    names = {"label", "guidance", "as_of", "note", "evidence", "say", "text", "name", "weights_open", "row_label",
             "figures", "indicators", "categories", "dimensions", "notices", "items", "options", "columns",
             "queries"}  # fmt: skip
    slots = (name for name in names if hasattr(catalog, name))
    return [text for name in sorted(slots) for text in _texts(getattr(catalog, name))]


# --- what the linter tells ----------------------------------------------------------------------------------------

FAULTS: list[tuple[str, str, Change]] = [
    ("year-bare", "figures gov_items_total as_of", figure("gov_items_total", as_of="2018年12月底")),
    ("year-bare", "figures gov_items_total guidance", figure("gov_items_total", guidance="取2018年的数。")),
    ("year-bare", "figures gov_items_total label", figure("gov_items_total", label="事项总数（2019年度）")),
    ("year-bare", "indicators L1P1-A1 note", indicator("L1P1-A1", note="数据取2000年。")),
    ("year-bare", "indicators L1P1-A1 evidence", indicator("L1P1-A1", evidence=["2018年事项清单"])),
    ("year-bare", "indicators L1P8-A1 queries",
     indicator("L1P8-A1", queries=[{"when": "gov_site_departments_total == 0", "say": "2018年没有？"}])),
    ("year-bare", "notices", lambda document: document["notices"][0].update(text="2016版没有。")),
    ("date-word", "figures gov_items_total as_of", figure("gov_items_total", as_of="{ende}")),
    ("date-word", "figures gov_items_total as_of", figure("gov_items_total", as_of="{end")),
    ("date-word", "figures gov_items_total as_of", figure("gov_items_total", as_of="{end-10}")),
    ("date-word", "figures gov_items_total as_of", figure("gov_items_total", as_of="{=}年")),
    ("date-word", "figures gov_items_total as_of", figure("gov_items_total", as_of="{0.__class__}")),
]  # fmt: skip


@pytest.mark.parametrize(("code", "where", "change"), FAULTS, ids=range(len(FAULTS)))
def test_a_year_that_goes_with_no_round_is_told(code: str, where: str, change: Change) -> None:
    told = [(fault.code, fault.where) for fault in catalog_faults(change)]
    assert (code, where) in told
    assert {found for found, _ in told} == {code}


SILENT = ["按国办发〔2015〕70号执行", "按GB/T 33171—2016计算", "见DB37/T 3890-2020", "1:2000比例尺", "2000万填2000；",
          "{=2018年版}", "{end}前", "上限20190人", "3.2019", "12018"]  # fmt: skip


@pytest.mark.parametrize("text", SILENT)
def test_a_number_that_is_no_year_is_no_fault(text: str) -> None:
    assert (list(bare_years(text)), list(odd_words(text))) == ([], [])


def test_all_built_in_systems_are_silent() -> None:
    assert {system: lint_catalog(load_catalog(system)) for system in catalog_ids()} == dict.fromkeys(catalog_ids(), ())


def test_every_word_has_been_seen() -> None:
    assert set(date_words()) == {word for text, *_ in SHOWN for word in re.findall(r"\{([a-z_]+)", text)}


DEPARTMENTS: list[tuple[str, Change]] = [
    ("a name that bears the city's, and none for elsewhere", put("departments", "tax", name="洛阳市税务局")),
    ("a name for elsewhere where none is needed", put("departments", "tax", elsewhere="税务局")),
]


@pytest.mark.parametrize("change", [change for _, change in DEPARTMENTS], ids=[name for name, _ in DEPARTMENTS])
def test_a_name_that_bears_its_city_has_another_for_elsewhere(change: Change) -> None:
    assert [fault.code for fault in assignment_faults(change)] == ["elsewhere-lack"]


def test_a_day_for_the_contacts_is_a_day() -> None:
    assert [fault.code for fault in assignment_faults(top(contacts_deadline="soon"))] == ["date-form"]
    both = all_of(
        put("departments", "tax", name="洛阳市税务局", elsewhere="市税务局"), top(contacts_deadline="2019-02-01")
    )
    assert assignment_faults(both) == []
