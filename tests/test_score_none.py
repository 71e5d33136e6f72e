"""None to count (E75): an explicit answer, which settles the indicator, and is told; never one that stays open."""

from __future__ import annotations

import io
from fractions import Fraction

import openpyxl
import pytest
from make_samples import fill_workbook
from support import ISSUE, submission

from smartcity_xl.catalog.load import load_assignment, load_catalog
from smartcity_xl.form.checks import check_submission
from smartcity_xl.form.map import FIGURES, column, plan_template
from smartcity_xl.messages import label, word_finding, words
from smartcity_xl.model import Merged, Standing, State
from smartcity_xl.score.merge import merge_submissions
from smartcity_xl.score.scoring import score_merged

SHANDONG = ("db37-3890-zoucheng", "db37-3890-zhangqiu")


def merged_hall(system: str, hall: str, rank: object, remark: str = "") -> tuple[Merged, int | None]:
    """The answers of the office's data bureau on “爱山东”, merged, and the star they come to."""
    catalog = load_catalog(system)
    assignment = load_assignment(catalog)
    [first, *_] = assignment.asked["app_hall_rank"]
    given = {"app_county_hall": hall, "app_hall_rank": rank}
    sent = submission(catalog, given, department=first, remarks={"app_hall_rank": remark} if remark else {})
    merged = merge_submissions(catalog, assignment, [check_submission(catalog, assignment, sent)])
    score = next(one for one in score_merged(catalog, merged).indicators if one.indicator.code == "5")
    return merged, score.star


HALLS = [
    ("not opened, no rank", "否", "不适用", "没有开通", 0, Standing.SETTLED),
    ("not opened, no reason", "否", "不适用", "", None, Standing.NOT_APPLICABLE),
    ("not opened, blank", "否", None, "", None, Standing.MISSING),
    ("opened, without a rank", "是", "不适用", "还没有公布", 0, Standing.SETTLED),
    ("opened and first", "是", 0.7, "", None, Standing.UNREADABLE),
    ("opened and in front", "是", 25, "", 5, Standing.SETTLED),
    ("opened and in the middle", "是", 50, "", 4, Standing.SETTLED),
]


@pytest.mark.parametrize("system", SHANDONG)
@pytest.mark.parametrize(
    ("hall", "rank", "remark", "star", "standing"), [row[1:] for row in HALLS], ids=[row[0] for row in HALLS]
)
def test_a_hall_that_is_not_opened_has_no_star_and_needs_no_invented_rank(
    system: str, hall: str, rank: object, remark: str, star: int | None, standing: Standing
) -> None:
    merged, found = merged_hall(system, hall, rank, remark)
    assert (merged.slots["app_hall_rank"].standing, found) == (standing, star)


NATIONAL = load_catalog("cn-2018")
LUOYANG = load_assignment(NATIONAL)


@pytest.mark.parametrize(("remark", "mark"), [("不适用：没有三级医院", Fraction(0)), ("不适用", None)])
def test_a_city_without_a_tertiary_hospital_scores_nought(remark: str, mark: Fraction | None) -> None:
    sent = submission(
        NATIONAL, {}, {"tertiary_hospitals": State.NOT_APPLICABLE}, department="health",
        remarks={"tertiary_hospitals": remark},
    )  # fmt: skip
    checked = check_submission(NATIONAL, LUOYANG, sent)
    merged = merge_submissions(NATIONAL, LUOYANG, [checked])
    score = next(one for one in score_merged(NATIONAL, merged).indicators if one.indicator.code == "L1P4-A3")
    assert score.mark == mark
    told = [word_finding(one) for one in checked.findings if one.figure == "tertiary_hospitals"]
    assert any("按一个也没有计" in one.remedy for one in told) == (mark is not None)


def test_the_sheet_counts_none_only_with_its_reason() -> None:
    """The live formulas say the same: 不适用 is 0 stars or 0 points once the remark says why."""
    catalog = load_catalog("db37-3890-zoucheng")
    assignment = load_assignment(catalog)
    first = assignment.asked["app_hall_rank"][0]
    data = fill_workbook(catalog, assignment, first, ISSUE, {"answers": {}, "tables": {}})
    sheet = openpyxl.load_workbook(io.BytesIO(data))[label("sheet.figures")]
    row = plan_template(catalog, assignment, first, words("sheet")).row_of["app_hall_rank"].row + 1
    formula = str(sheet.cell(row, column(FIGURES, "number") + 1).value)
    assert formula.startswith("=IF(IF(ISTEXT(")
    assert "不适用" in formula
