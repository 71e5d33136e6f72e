"""Any workbook of ours: one way to open it, one way to find what stands in it."""
