"""Safe repairs of a workbook's cells: what a value is written like, never what it is."""
