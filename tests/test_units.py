"""Units: what is offered, what people write, what is asked about, and that a unit and its multiple score the same."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from support import (
    assert_worded,
    edited,
    figures_sheet,
    filled,
    read,
    slot,
    value_cell,
)

from smartcity_xl import units
from smartcity_xl.books.formats import read_format, telling_styles, tells
from smartcity_xl.books.values import FormulaCell, read_cell
from smartcity_xl.messages import LANGUAGES, word_finding
from smartcity_xl.model import Finding, Kind, Origin, Slot, State

F = Fraction
UNIT_OF_TRIPS = value_cell("transport", "transit_trips_total").replace("D", "E")
DATA: dict[str, Any] = tomllib.loads((Path(units.__file__).parent / "units.toml").read_text(encoding="utf-8"))

# --- the table of units ------------------------------------------------------------------------------------------

# One of the first is so many of the second, by law and custom.
FACTORS = [
    ("亩", "平方米", F(2000, 3)), ("公顷", "亩", 15), ("平方公里", "公顷", 100), ("平方公里", "亩", 1500),
    ("万平方米", "公顷", 1), ("万元", "元", 10_000), ("亿元", "万元", 10_000), ("元", "亿元", F(1, 10**8)),
    ("万人", "人", 10_000), ("亿人次", "万人次", 10_000), ("公里", "米", 1000), ("里", "米", 500),
    ("小数", "%", 100), ("‰", "%", F(1, 10)), ("Gbit/s", "Mbit/s", 1000), ("吨", "千克", 1000),
    ("万吨标准煤", "吨标准煤", 10_000), ("亿千瓦时", "万千瓦时", 10_000), ("立方米", "升", 1000),
    ("月", "年", F(1, 12)),
    ("天", "小时", 24), ("兆瓦", "千瓦", 1000), ("百万元", "万元", 100), ("万户", "户", 10_000),
    ("千件", "万件", F(1, 10)),
]  # fmt: skip


@pytest.mark.parametrize(("unit", "other", "times"), FACTORS, ids=[f"{a} in {b}" for a, b, _ in FACTORS])
def test_one_unit_is_exactly_so_many_of_another(unit: str, other: str, times: Any) -> None:
    assert units.factor(unit, other) == times
    assert units.factor(other, unit) == 1 / F(times)


def test_a_library_of_units_finds_every_factor_of_the_table() -> None:
    """The same definitions given to pint, in an empty registry and with exact fractions."""
    import pint

    registry: Any = pint.UnitRegistry(None, non_int_type=Fraction)
    compared = 0
    for number, measure in enumerate({id(m): m for m in units.measures().values()}.values()):
        names = {unit: f"unit_{number}_{at}" for at, unit in enumerate(measure.sizes)}
        registry.define(f"smallest_{number} = [measure_{number}]")
        for unit, size in measure.sizes.items():
            registry.define(f"{names[unit]} = {size.numerator} * smallest_{number} / {size.denominator}")
        for a, name in names.items():
            for b, other in names.items():
                for word, times in {"": 1, **DATA["scales"]}.items():
                    found = registry.Quantity(F(times), name).to(other).magnitude
                    assert units.factor(word + a, b) == found, (word, a, b)
                    compared += 1
    assert compared > 1500


SPELLINGS = [
    ("km²", "平方公里", "平方公里"), ("km2", "平方公里", "平方公里"), ("㎡", "平方公里", "平方米"),
    ("m2", "平方公里", "平方米"),
    ("千米", "公里", "公里"), ("km", "公里", "公里"), ("KM", "公里", "公里"), ("平方千米", "平方公里", "平方公里"),
    ("市亩", "平方公里", "亩"), ("万㎡", "平方公里", "万平方米"), ("万 平方 米", "平方公里", "万平方米"),
    ("万人次", "人次", "万人次"), ("名", "人", "人"), ("千人", "人", "千人"), ("亿元", "万元", "亿元"),
    ("百万元", "万元", "百万元"), ("圆", "万元", "元"), ("Mbps", "Mbit/s", "Mbit/s"), ("兆", "Mbit/s", "Mbit/s"),
    ("kWh", "万千瓦时", "千瓦时"), ("个月", "年", "月"), ("小数", "%", "小数"), ("人", "人", "人"),
]  # fmt: skip
FOREIGN = [
    ("公里", "人"), ("件", "人"), ("人次", "人"), ("亿", "万元"), ("万", "人"), ("平方", "公里"), ("天", "年"),
    ("MB/s", "Mbit/s"), ("%", "个"), ("个百分点", "%"), ("元/人", "元"), ("万万元", "万元"), ("", "人"), ("人人", "人"),
    ("Ha", "平方公里"), ("吨", "吨标准煤"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "own", "meant"), SPELLINGS, ids=[f"{a} for {b}" for a, b, _ in SPELLINGS])
def test_a_spelling_is_known(text: str, own: str, meant: str) -> None:
    assert units.read_unit(text, own) == meant


@pytest.mark.parametrize(("text", "own"), FOREIGN, ids=[f"{a} for {b}" for a, b in FOREIGN])
def test_what_is_no_unit_of_the_figure_is_none(text: str, own: str) -> None:
    assert units.read_unit(text, own) is None


def test_a_unit_that_no_table_knows_is_itself_and_nothing_else() -> None:
    assert units.read_unit("盏灯", "盏灯") == "盏灯"
    assert units.read_unit("万盏灯", "盏灯") is None
    assert units.offered("盏灯", (), F(10**9)) == ("盏灯",)
    assert not units.is_known("盏灯")
    assert units.base("盏灯") == "盏灯"


OFFERED = [
    ("people", "人", 10**8, ("人", "万人")),
    ("at most a thousand things", "个", 1000, ("个",)),
    ("just enough for 万", "项", 10**6, ("项", "万项")),
    ("money", "万元", 10**9, ("元", "万元", "亿元")),
    ("little money", "万元", 5000, ("元", "万元")),
    ("an area", "平方公里", 10**4, ("平方米", "亩", "公顷", "平方公里")),
    ("a small area", "平方米", 10**4, ("平方米", "亩", "公顷")),
    ("a length", "公里", 10**5, ("米", "公里")),
    ("a share", "%", 100, ("‰", "%", "小数")),
    ("years", "年", 100, ("月", "年")),
    ("a speed", "Mbit/s", 10**6, ("kbit/s", "Mbit/s", "Gbit/s")),
    ("points", "分", 100, ("分",)),
    ("a figure that the catalog gives in 万", "万人", 10**4, ("人", "万人")),
    ("a unit that is offered to nobody else", "千元", 10**7, ("元", "千元", "万元", "亿元")),
]


@pytest.mark.parametrize(("own", "maximum", "expected"), [pytest.param(*row, id=name) for name, *row in OFFERED])
def test_the_choices_follow_from_the_unit_and_the_range(own: str, maximum: int, expected: tuple[str, ...]) -> None:
    assert units.offered(own, (), F(maximum)) == expected


def test_a_catalog_may_narrow_or_widen_the_choices() -> None:
    assert units.offered("万元", ("万元",), F(10**9)) == ("万元",)
    assert units.offered("个", ("个", "千个"), F(5000)) == ("个", "千个")


def test_no_spelling_means_two_units_of_one_measure() -> None:
    for measure in units.measures().values():
        for spelling, unit in measure.spellings.items():
            assert spelling == unit or spelling not in measure.sizes
    listed = [s for given in DATA["measures"].values() for names in given["aliases"].values() for s in names]
    assert all(spelling == "".join(spelling.split()) for spelling in listed)


def test_the_table_is_not_read_for_a_workbook_in_the_figures_own_units() -> None:
    """Honest files that leave the units as they were issued pay nothing for the choice."""
    own = filled("transport", transit_trips_total=124500000, bus_lines_total=200)
    other = edited(own, lambda book: figures_sheet(book).__setitem__(UNIT_OF_TRIPS, "万人次"))
    for data, times in ((own, 0), (other, 1)):
        for cached in vars(units).values():
            if hasattr(cached, "cache_clear"):
                cached.cache_clear()
        assert read(data).answers["bus_lines_total"].value == 200
        assert units._data.cache_info().currsize == times


# --- a number with a unit typed after it -------------------------------------------------------------------------

PEOPLE = slot(unit="人")
MONEY = slot(Kind.MONEY, unit="万元")
ROAD = slot(Kind.LENGTH, unit="公里")
AREA = slot(Kind.AREA, unit="平方公里")
SHARE = slot(Kind.SHARE, minimum=F(0), maximum=F(100))
STRICT = slot(Kind.MONEY, unit="万元", units=("万元", "元"))
# What is typed, for which figure, beside which unit ("" where nobody touched it), what it is and in which unit.
TAKEN = [
    ("12.5万人", PEOPLE, "", 125_000, "万人"), ("12.5 万人", PEOPLE, "", 125_000, "万人"),
    ("１２．５万人", PEOPLE, "", 125_000, "万人"), ("12.5万", PEOPLE, "", 125_000, "万人"),
    ("3.2万", ROAD, "", 32_000, "万公里"),
    ("12.5万人", PEOPLE, "万人", 125_000, "万人"), ("3千人", PEOPLE, "", 3000, "千人"),
    ("1.2亿", PEOPLE, "", 120_000_000, "亿人"),
    ("120人", PEOPLE, "", 120, "人"), ("1,250名", PEOPLE, "", 1250, "人"), ("3,200公里", ROAD, "", 3200, "公里"),
    ("3200千米", ROAD, "", 3200, "公里"), ("3200km", ROAD, "", 3200, "公里"), ("850米", ROAD, "", "0.85", "米"),
    ("850 m", ROAD, "", "0.85", "米"), ("3.2亿元", MONEY, "", 32_000, "亿元"),
    ("3.2亿元", MONEY, "亿元", 32_000, "亿元"),
    ("125000元", MONEY, "", "12.5", "元"), ("126480.5万元", MONEY, "", "126480.5", "万元"), ("85%", SHARE, "", 85, "%"),
    ("85％", SHARE, "", 85, "%"), ("8.5‰", SHARE, "", "0.85", "‰"), ("0.85%", SHARE, "", "0.85", "%"),
    ("152㎡", AREA, "", F(152, 10**6), "平方米"), ("1500亩", AREA, "", 1, "亩"), ("1亩", AREA, "", F(1, 1500), "亩"),
    ("17000公顷", AREA, "", 170, "公顷"), ("180.5km²", AREA, "", "180.5", "平方公里"),
    ("2万亩", AREA, "", F(40, 3), "万亩"),
    ("-5人", PEOPLE, "", -5, "人"), ("125000元", STRICT, "", "12.5", "元"), ("3.2", MONEY, "亿元", 32_000, "亿元"),
]  # fmt: skip
# The number could mean two things.
ASKED = [
    ("3.2万", MONEY, ""), ("3.2亿", MONEY, ""), ("3.2万", PEOPLE, "万人"), ("3.2亿", MONEY, "亿元"),
    ("125000人", PEOPLE, "万人"), ("3.2亿元", MONEY, "元"), ("85%", SHARE, "小数"), ("85%", SHARE, "‰"),
    ("850米", ROAD, "万公里"),
]  # fmt: skip
# A unit, but none that the figure can have.
REFUSED = [
    ("12公里", PEOPLE), ("12件", PEOPLE), ("85%", PEOPLE), ("12人", ROAD), ("12km", AREA), ("12平方公里", ROAD),
    ("100亿元", STRICT),
    ("85人", SHARE), ("3年", MONEY), ("12万件", PEOPLE),
]  # fmt: skip
UNREADABLE = [
    "12人左右", "约12人", "12.5 万 5 千", "12万5千", "12人/年", "12个多", "12人12", "3.2万余人", "12.人", "1,23人",
    "十二人", "12万亿亿人",
    "12人（含）", "12美元吗", "12MB/s", "人12", "12" + "万" * 20, "1" * 41 + "人",
]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "figure", "unit", "value", "meant"), TAKEN, ids=[f"{r[0]} beside {r[2]}" for r in TAKEN]
)
def test_a_unit_typed_after_the_number_is_read(typed: str, figure: Slot, unit: str, value: Any, meant: str) -> None:
    reading = read_cell(typed, figure, unit)
    assert (reading.state, reading.value, reading.unit) == (State.VALUE, F(value), meant)
    assert [code for code, _ in reading.problems] == ["text-number"]


def told(reading: Any) -> tuple[str, Mapping[str, str]]:
    assert (reading.state, reading.value) == (State.UNREADABLE, None)
    [(code, parameters)] = reading.problems
    for language in LANGUAGES:
        assert word_finding(Finding(code, Origin("a.xlsx"), parameters=parameters), language).remedy
    return code, parameters


@pytest.mark.parametrize(("typed", "figure", "unit"), ASKED, ids=[f"{r[0]} beside {r[2] or r[1].unit}" for r in ASKED])
def test_what_could_mean_two_things_is_asked_with_both(typed: str, figure: Slot, unit: str) -> None:
    code, parameters = told(read_cell(typed, figure, unit))
    assert code == "unit-twofold"
    assert parameters["first"] != parameters["second"]


def test_both_readings_are_spelled_out() -> None:
    _, parameters = told(read_cell("3.2亿", MONEY))
    assert (parameters["first"], parameters["second"]) == ("3.2 亿元（32000 万元）", "320000000 万元")
    _, parameters = told(read_cell("125000人", PEOPLE, "万人"))
    assert (parameters["first"], parameters["second"]) == ("125000 人", "125000 万人（1250000000 人）")


@pytest.mark.parametrize(("typed", "figure"), REFUSED, ids=[f"{a} for {b.unit}" for a, b in REFUSED])
def test_a_foreign_unit_is_refused_and_the_choices_are_named(typed: str, figure: Slot) -> None:
    code, parameters = told(read_cell(typed, figure))
    assert (code, parameters["choices"]) == ("unit-foreign", "、".join(figure.choices))


@pytest.mark.parametrize("typed", UNREADABLE)
def test_words_around_a_number_are_no_unit(typed: str) -> None:
    assert told(read_cell(typed, PEOPLE))[0] in ("not-a-number", "unit-foreign")


# --- number formats ----------------------------------------------------------------------------------------------

# Format, stored number, what it is shown times, and the words after it.
FORMATS = [
    ("General", 12, 1, ""), ("0.00", 12, 1, ""), ("#,##0", 12345, 1, ""), ("#,##0.00;[Red]-#,##0.00", 12, 1, ""),
    ("@", 12, 1, ""), ("0%", "0.85", 100, "%"), ("0.00%", "0.85", 100, "%"), ('0.00"%"', "0.85", 1, "%"),
    ("0.00\\%", "0.85", 1, "%"), ('0!.0,"万"', 123456, F(1, 10**4), "万"), ('0\\.0,"万"', 123456, F(1, 10**4), "万"),
    ('0"."0,"万"', 123456, F(1, 10**4), "万"), ('0!.0000"万"', 123456, F(1, 10**4), "万"),
    ("0!.0,万", 1, F(1, 10**4), "万"),
    ('0.0,,"百万"', 10**7, F(1, 10**6), "百万"), ("0.00,", 123456, F(1, 1000), ""), ("0,.00", 123456, F(1, 1000), ""),
    ("#,##0,", 123456, F(1, 1000), ""), ('0"万"', 12, 1, "万"), ('#,##0.0"万元"', 12, 1, "万元"),
    ('0"人"', 12, 1, "人"),
    ('"约"0', 12, 1, ""), ('_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ;_ ¥* "-"??_ ;_ @_ ', 12, 1, ""),
    ('[>=10000]0!.0,"万";0', 123456, F(1, 10**4), "万"), ('[>=10000]0!.0,"万";0', 1234, 1, ""),
    ('[<10000]0;0!.0,"万"', 123456, F(1, 10**4), "万"), ("[Red]0", 12, 1, ""), ("[DBNum1][$-804]General", 12, 1, ""),
    ('0"升";0"降"', -5, 1, "降"), ('0"升";0"降";0"平"', 0, 1, "平"), ("0.00E+00", 12, 1, ""),
    ("yyyy-mm-dd", 43465, 1, ""),
    ('yyyy"年"m"月"', 43465, 1, ""), ("# ?/?", "0.5", 1, ""), ("", 12, 1, ""), ('General"人"', 12, 1, "人"),
    ('"a;b"0%', "0.5", 100, "%"), ("G/通用格式", 12, 1, ""),
]  # fmt: skip


@pytest.mark.parametrize(("code", "value", "scale", "suffix"), FORMATS, ids=[f"{r[0]} {r[1]}" for r in FORMATS])
def test_what_a_format_shows(code: str, value: Any, scale: Any, suffix: str) -> None:
    display = read_format(code, F(value))
    assert (display.scale, display.suffix) == (scale, suffix)
    if (scale, suffix) != (1, ""):
        assert tells(code)


@pytest.mark.parametrize("code", ["General", "0.00", "#,##0.00;[Red]-#,##0.00", "yyyy-mm-dd", "@", "0.00E+00", "# ?/?"])
def test_an_ordinary_format_tells_nothing(code: str) -> None:
    assert not tells(code)


def test_telling_styles_are_found_however_the_part_is_written() -> None:
    plain = (
        b'<styleSheet><numFmts count="1"><numFmt numFmtId="164" formatCode="0!.0,&quot;\xe4\xb8\x87&quot;"/></numFmts>'
        b'<cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="164"><x/>'
        b'</xf><xf numFmtId="10"/><xf numFmtId="14"/></cellXfs><cellStyles/><xf numFmtId="9"/></styleSheet>'
    )
    expected = {b"1": '0!.0,"万"', b"2": "0.00%"}
    assert telling_styles(plain) == expected
    assert telling_styles(plain.replace(b"<", b"<x:").replace(b"<x:/", b"</x:")) == expected
    assert telling_styles(plain.replace(b'"164"', b"'164'")) == expected
    assert telling_styles(b"") == {}


# Stored, format, figure, unit beside it -> value, or the finding.
SHOWN = [
    ("0.85 shown as 85%", 0.85, "0%", SHARE, "", 85, []),
    ("0.1234 shown as 12.34%", 0.1234, "0.00%", SHARE, "", "12.34", []),
    ("0.005 shown as 0.5%", 0.005, "0.0%", SHARE, "", "0.5", []),
    ("1 shown as 100%", 1, "0%", SHARE, "", 100, []),
    ("nought shown as 0%", 0, "0%", SHARE, "", 0, []),
    ("0.85 shown as 0.85% by a written sign", 0.85, '0.00"%"', SHARE, "", "0.85", []),
    ("85 shown as 85% by a written sign", 85, '0"%"', SHARE, "", 85, []),
    ("0.85 as a decimal, shown as 85%", 0.85, "0%", SHARE, "小数", 85, []),
    ("85 shown as 8500%", 85, "0%", SHARE, "", None, ["format-twofold"]),
    ("0.85 per mille, shown as 85%", 0.85, "0%", SHARE, "‰", None, ["format-twofold"]),
    ("people shown in 万", 123456, '0!.0,"万"', PEOPLE, "", 123456, ["format-kept"]),
    ("people shown with 人", 12, '0"人"', PEOPLE, "", 12, []),
    ("people shown with a word that is no unit", 12, '0"（含）"', PEOPLE, "", 12, ["format-kept"]),
    ("12 people shown as 12万", 12, '0"万"', PEOPLE, "", None, ["format-twofold"]),
    ("12万人 shown as 12万", 12, '0"万"', PEOPLE, "万人", 120_000, []),
    ("万元 shown in 万", 1264805, '0!.0,"万"', MONEY, "", None, ["format-twofold"]),
    ("万元 shown as 万元", 12, '0.0"万元"', MONEY, "", 12, []),
    ("万元 shown as 元", 12, '0"元"', MONEY, "", None, ["format-twofold"]),
    ("thousands hidden", 123456, "0.00,", PEOPLE, "", None, ["format-twofold"]),
    ("nought with thousands hidden", 0, "0.00,", PEOPLE, "", 0, []),
    ("people shown as per cent", 5, "0%", PEOPLE, "", 5, ["format-kept"]),
    ("people shown as households", 5, '0"户"', PEOPLE, "", 5, ["format-kept"]),
    ("a formula shown as 85%", FormulaCell("=17/20", 0.85), "0%", SHARE, "", 85, ["formula-kept"]),
]


@pytest.mark.parametrize(
    ("cell", "code", "figure", "unit", "value", "expected"), [pytest.param(*row, id=name) for name, *row in SHOWN]
)
def test_a_number_and_what_its_format_shows(
    cell: object, code: str, figure: Slot, unit: str, value: Any, expected: list[str]
) -> None:
    reading = read_cell(cell, figure, unit, code)
    assert reading.value == (None if value is None else F(value))
    assert [name for name, _ in reading.problems] == expected
    for name, parameters in reading.problems:
        assert_worded([Finding(name, Origin("a.xlsx"), parameters=parameters)])


def test_both_readings_of_a_format_are_spelled_out() -> None:
    _, parameters = told(read_cell(85, SHARE, "", "0%"))
    assert (parameters["shown"], parameters["first"], parameters["second"]) == ("8500%", "85 %", "8500 %")
    _, parameters = told(read_cell(1264805, MONEY, "", '0!.0000"万"'))
    assert (parameters["first"], parameters["second"]) == ("1264805 万元", "126.4805 万元")
