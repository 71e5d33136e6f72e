"""Submissions -> one answer for each slot, and what they come to."""
