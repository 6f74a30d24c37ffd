"""What is kept for good: accepted figures, rows and findings as Parquet."""
