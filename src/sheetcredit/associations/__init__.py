"""The statements of the mass associations: read, checked, merged into the office workbook."""
