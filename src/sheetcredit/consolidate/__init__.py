"""All reports of a branch or the nation in one workbook, and who has reported."""
