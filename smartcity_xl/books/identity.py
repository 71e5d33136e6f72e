"""What says which workbook one is: its kind, and the hidden sheet that names its fields."""

from __future__ import annotations

LAYOUT = "1"
"""Version of this map; a reader refuses a workbook of another."""

MARKER = "xlscore:"

IDENTITY_SHEET = "_xlscore"

IDENTITY_FIELDS = (
    "kind", "catalog", "version", "assignment", "department", "round", "city", "layout", "settings", "revision", "seal",
    "deadline", "code",
)  # fmt: skip

TEMPLATE_KIND, SUMMARY_KIND, SURVEY_KIND = "xlscore-template", "xlscore-summary", "xlscore-survey"
COMPARISON_KIND = "xlscore-comparison"
PROVINCE_KIND = "xlscore-province"

DECISIONS_KIND = "xlscore-decisions"
