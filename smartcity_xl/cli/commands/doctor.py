"""``xlscore doctor``: whether mailbox and settings will work, step by step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli import clock, options
from smartcity_xl.cli.mailing import find_secret_of
from smartcity_xl.cli.shape import option
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, UNFINISHED, Speaker

if TYPE_CHECKING:
    from smartcity_xl.mail.mailbox import Examination

PARAMETERS = (
    options.THIS_CAMPAIGN,
    option("--send-test-to", says="doctor_send_test_to", metavar="ADDRESS", default=""),
)


def run(speaker: Speaker, campaign: Path, send_test_to: str) -> int:
    from smartcity_xl.mail.mailbox import Health
    from smartcity_xl.run.mailing import examine

    worst, used = CLEAN, False
    steps: list[dict[str, str]] = []
    speaker.give("xlscore-doctor/1", steps=steps)
    for check in examine(campaign, find_secret_of(speaker), clock.now(), send_test_to):
        said = _word_check(speaker, check)
        click.echo(speaker.say(f"doctor_mark_{check.state}") + said)
        steps.append({"step": check.word, "state": str(check.state), "said": said})
        used = used or check.state is not Health.NONE
        worst = max(worst, {Health.BAD: UNFINISHED, Health.LOOK: NEEDS_A_PERSON}.get(check.state, CLEAN))
    well = "doctor_well" if used else "doctor_without"
    click.echo(speaker.say({CLEAN: well, NEEDS_A_PERSON: "doctor_look"}.get(worst, "doctor_not_well")))
    return worst


def _word_check(speaker: Speaker, check: Examination) -> str:
    if check.fault:
        return speaker.error(check.fault.code, **check.fault.parameters)
    return speaker.say(f"doctor_{check.word}", **check.parameters)
