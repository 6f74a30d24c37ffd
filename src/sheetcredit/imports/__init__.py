"""The bank's own exports: which report a file is, by what it says and never by its name."""
