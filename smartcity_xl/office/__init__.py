"""Workbooks and settings that the office fills."""
