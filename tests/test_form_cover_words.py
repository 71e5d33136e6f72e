"""What the cover says when no answer is open: true of a form that goes out, and of one that goes back."""

from __future__ import annotations

import io

import office
import pytest
from support import ASSIGNMENT, CATALOG, ISSUE

from smartcity_xl.form.template import Given, write_template
from smartcity_xl.form.template.given import BLANK
from smartcity_xl.form.template.notice import ReturnNotice
from smartcity_xl.messages import label


def said_when_done(given: Given) -> set[str]:
    """The texts that the formula under the cover's list may show."""
    formulas = office.read_formulas(io.BytesIO(write_template(CATALOG, ASSIGNMENT, "credit", ISSUE, given)))
    sheet = label("sheet.cover")
    return {formula for (where, _), formula in formulas.items() if where == sheet and "即可发回" in formula}


@pytest.mark.parametrize("returned", [False, True])
def test_the_cover_bids_nobody_send_back_what_is_not_settled(returned: bool) -> None:
    notice = ReturnNotice("市发展改革委", "市信用办", "2", "2019-03-01", "", ()) if returned else None
    [formula] = said_when_done(Given(notice=notice) if returned else BLANK)
    assert (label("sheet.notice") in formula) is returned
    assert (label("cover.people") in formula) is not returned
