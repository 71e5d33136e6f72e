"""``xlscore survey form``: the workbook in which an office defines a questionnaire."""

from __future__ import annotations

from pathlib import Path

from smartcity_xl.cli import options
from smartcity_xl.cli.speech import CLEAN, Speaker, tell_done

PARAMETERS = (
    options.CAMPAIGN.but("round_here"),
    options.OUT.but("survey_form_out", **options.NEW_BOOK),
    options.OVERWRITE,
)


def run(speaker: Speaker, campaign: Path | None, out: Path | None, overwrite: bool) -> int:
    from smartcity_xl.messages import label
    from smartcity_xl.run.orders import order_file
    from smartcity_xl.run.surveys import write_survey_form

    order = order_file(campaign, label("file.questionnaire"), out, "questionnaire.xlsx")
    tell_done(speaker, write_survey_form(order.out, overwrite, campaign))
    responses = order.out.with_name(label("file.responses"))
    speaker.advise("next_responses", "survey", "score", order.out, responses, responses=responses)
    return CLEAN
