"""Citizen experience from a questionnaire: the workbook that defines it, the responses, and the score they give."""
