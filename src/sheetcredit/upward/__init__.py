"""The way up: from an office's finished workbook to the branch and the head office."""
