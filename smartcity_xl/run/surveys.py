"""Surveys of citizens: the questionnaire's workbook out, its responses in, the workbook of results out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_xl.errors import UsageFault
from smartcity_xl.model.headway import Follow, unfollowed
from smartcity_xl.run.files import Written, write_once

if TYPE_CHECKING:
    from smartcity_xl.office.survey.score import SurveyResult


def write_survey_form(path: Path, overwrite: bool = False, campaign: Path | None = None) -> Written:
    """Write the workbook in which an office defines a questionnaire, for a campaign if one is named. Raises as
    ``make_templates``, CampaignFault."""
    from smartcity_xl.office.campaign import read_campaign
    from smartcity_xl.office.survey.write import write_questionnaire

    named = (settings.city, settings.round) if campaign and (settings := read_campaign(campaign)) else ("", "")
    return write_once({path: write_questionnaire(*named)}, overwrite)


def score_survey(
    questionnaire: Path, responses: Sequence[Path], out: Path, overwrite: bool = False, follow: Follow = unfollowed
) -> tuple[SurveyResult, Written]:
    """Score the responses to a questionnaire and write the workbook of results.

    Raises SurveyFault and ResponsesFault with every fault of the questionnaire or the files, UsageFault (no such
    workbook, no response that counts), MachineFault; then nothing was written. ``follow`` is told of the responses.
    """
    from smartcity_xl.office.survey.read import read_questionnaire
    from smartcity_xl.office.survey.responses import read_responses
    from smartcity_xl.office.survey.result import write_survey_result
    from smartcity_xl.office.survey.score import score_responses

    asked = read_questionnaire(questionnaire)
    if out.exists() and any(path.exists() and out.samefile(path) for path in (questionnaire, *responses)):
        raise UsageFault("survey-out-is-input", path=str(out))
    result = score_responses(asked, read_responses(responses, asked, follow))
    return result, write_once({out: write_survey_result(result)}, overwrite)
