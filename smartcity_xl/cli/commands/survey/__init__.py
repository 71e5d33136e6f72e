"""Citizen experience: the questionnaire out, responses in, the score out."""
