"""The kinds of workbook that are ours, and the code under which each is told where another was wanted.

What a kind is called, and where a workbook of it belongs, stands in ``messages/books.toml`` and, for an inbox, in
``messages/findings.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping

from smartcity_xl.books.identity import (
    COMPARISON_KIND,
    DECISIONS_KIND,
    PROVINCE_KIND,
    SUMMARY_KIND,
    SURVEY_KIND,
    TEMPLATE_KIND,
)

ASSIGNMENT_KIND = "xlscore-assignment"
CATALOG_KIND = "xlscore-catalog"
ROSTER_KIND = "xlscore-roster"
QUESTIONNAIRE_KIND = "xlscore-survey-form"
FILING_KIND = "xlscore-filing"
CITIES_KIND = "xlscore-cities"

MISPLACED: Mapping[str, str] = {
    TEMPLATE_KIND: "own-template",
    SUMMARY_KIND: "own-summary",
    SURVEY_KIND: "own-survey",
    COMPARISON_KIND: "own-comparison",
    PROVINCE_KIND: "own-province",
    DECISIONS_KIND: "own-decisions",
    ASSIGNMENT_KIND: "own-assignment",
    CATALOG_KIND: "own-catalog",
    ROSTER_KIND: "own-roster",
    QUESTIONNAIRE_KIND: "own-questionnaire",
    FILING_KIND: "own-filing",
    CITIES_KIND: "own-cities",
}
"""Kind, as the identity has it -> the code that says: this is one of those, and belongs elsewhere."""
