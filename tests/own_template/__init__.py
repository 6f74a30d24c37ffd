"""Templates of an office's own, as real offices lay them out: built here, and two that were found."""
