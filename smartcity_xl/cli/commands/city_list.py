"""``xlscore city-list``: the workbook in which the cities are listed for which templates are made."""

from __future__ import annotations

from pathlib import Path

from smartcity_xl.cli import options
from smartcity_xl.cli.shape import argument
from smartcity_xl.cli.speech import CLEAN, Speaker, tell_done

PARAMETERS = (
    argument("file", "city_list_file", required=False, **options.NEW_BOOK),
    options.OVERWRITE,
)


def run(speaker: Speaker, file: Path | None, overwrite: bool) -> int:
    from smartcity_xl.messages import label
    from smartcity_xl.office.cities import write_city_list
    from smartcity_xl.run.files import write_once

    path = file or Path(label("file.cities"))
    tell_done(speaker, write_once({path: write_city_list()}, overwrite))
    speaker.advise("next_cities", "make-templates", "--cities", path, "--round", speaker.say("begin_round"), path=path)
    return CLEAN
