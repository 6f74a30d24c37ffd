"""Claims: the numbers a text makes about the report, found, understood, and held against the figures."""
