"""The seal of a workbook: what it covers, its code, its record, and the keys that sign it."""
