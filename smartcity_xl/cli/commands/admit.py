"""``xlscore admit``: a form that was put aside, into the result; or the undoing of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_xl.cli import options
from smartcity_xl.cli.ruling import enter_word
from smartcity_xl.cli.speech import Speaker

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place

PARAMETERS = (
    options.RECEIVED,
    options.REASON,
    options.BY,
    options.UNDO.but("admit_undo"),
    options.CAMPAIGN,
    options.LEDGER.but("ruling_ledger", default=None),
)


def run(
    speaker: Speaker, file: str, reason: str, by: str, undo: bool, campaign: Path | None, ledger: Place | None
) -> int:
    from smartcity_xl.model import Verb
    from smartcity_xl.run.ruling import Word

    return enter_word(speaker, Word(file, Verb.ADMIT, reason, by, undo), campaign, ledger)
