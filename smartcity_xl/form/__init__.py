"""A department's workbook: its map, how it is written, read, checked, and what goes back."""
