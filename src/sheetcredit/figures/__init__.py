"""The figures of the summary, from whole đồng."""
