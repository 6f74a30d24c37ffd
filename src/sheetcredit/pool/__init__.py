"""Many workbooks at once: chunks of files read and checked by a process pool, with a cache."""
