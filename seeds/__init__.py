"""Real and golden cases as figures, and what makes workbooks of them."""
