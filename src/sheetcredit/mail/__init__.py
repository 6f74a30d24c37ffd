"""The way up and back: sealing, sending, receipts."""
