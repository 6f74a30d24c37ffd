"""The quarterly bulletin: composed from the figures of `Tổng hợp`, and texts of others verified."""
