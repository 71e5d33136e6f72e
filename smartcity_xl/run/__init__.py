"""The jobs, composed from the rooms. The only composer; prints nothing."""

from smartcity_xl.run.collecting import assess, collect, needs_a_person
from smartcity_xl.run.files import Written, write_file
from smartcity_xl.run.rounds import choose_campaign, init_campaign, open_roster
from smartcity_xl.run.surveys import score_survey, write_survey_form
from smartcity_xl.run.systems import (
    Choice,
    export_catalog,
    import_catalog,
    lint_system,
    open_system,
    write_assignment,
)
from smartcity_xl.run.templates import make_templates

__all__ = [
    "Choice",
    "Written",
    "assess",
    "choose_campaign",
    "collect",
    "export_catalog",
    "import_catalog",
    "init_campaign",
    "lint_system",
    "make_templates",
    "needs_a_person",
    "open_roster",
    "open_system",
    "score_survey",
    "write_assignment",
    "write_file",
    "write_survey_form",
]
