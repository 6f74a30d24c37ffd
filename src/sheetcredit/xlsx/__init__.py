"""Workbook files as bytes: packages, reading, patching cells, formulas. Knows nothing of credit."""
