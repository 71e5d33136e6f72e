"""Any workbook of ours, both ways: its identity and cells, how it is written, opened and read."""
