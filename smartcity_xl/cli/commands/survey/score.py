"""``xlscore survey score``: responses in, the score of citizen experience out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli import options
from smartcity_xl.cli.headway import following
from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, Speaker, tell_done, tell_instead

if TYPE_CHECKING:
    from smartcity_xl.office.survey.score import SurveyResult

PARAMETERS = (
    argument("questionnaire", "survey_questionnaire", type=options.PATH),
    argument("responses", "survey_responses", type=options.PATH, nargs=-1, required=True),
    options.CAMPAIGN.but("round_here"),
    options.OUT.but("survey_score_out", **options.NEW_BOOK),
    options.OVERWRITE,
)


def run(
    speaker: Speaker,
    questionnaire: Path,
    responses: tuple[Path, ...],
    campaign: Path | None,
    out: Path | None,
    overwrite: bool,
) -> int:
    from smartcity_xl.run.orders import order_survey_result
    from smartcity_xl.run.surveys import score_survey

    order = order_survey_result(campaign, out, "survey.xlsx")
    tell_instead(speaker, order.instead)
    with following(speaker) as follow:
        result, done = score_survey(questionnaire, responses, order.out, overwrite, follow)
    _tell_result(speaker, result)
    tell_done(speaker, done)
    if campaign is None or order.instead:
        inbox = speaker.say("begin_inbox") if campaign is None else ""
        speaker.advise("next_surveyed", "collect", *filter(None, [inbox]), path=order.out, inbox=inbox)
    return NEEDS_A_PERSON if result.needs_a_person else CLEAN


def _tell_result(speaker: Speaker, result: SurveyResult) -> None:
    estimate = result.estimate
    speaker.give("xlscore-survey/1", score=f"{float(estimate.score):.2f}",
                 interval=[f"{float(one):.2f}" for one in estimate.interval or ()], counted=estimate.number,
                 received=result.received, dropped={one.kind: one.number for one in result.dropped},
                 answers={one.kind: one.number for one in result.answers}, twins=result.twins,
                 few=result.few)  # fmt: skip
    low, high = estimate.interval or (None, None)
    interval = speaker.say("survey_no_interval")
    if low is not None and high is not None:
        interval = speaker.say("survey_interval", low=f"{float(low):.2f}", high=f"{float(high):.2f}")
    click.echo(speaker.say("survey_result", score=f"{float(estimate.score):.2f}", interval=interval))
    click.echo(speaker.say("survey_counted", number=estimate.number, received=result.received))
    for loss in (*result.dropped, *result.answers):
        if loss.number:
            click.echo(f"  {speaker.say(f'survey_{loss.kind}', number=loss.number)}")
    if result.twins:
        click.echo(f"  {speaker.say('survey_twins_kept', number=result.twins)}")
    if result.few:
        click.echo(speaker.say("survey_few", number=estimate.number, least=result.questionnaire.least))
