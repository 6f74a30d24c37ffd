"""Papers to sign: minutes of each commune and association, lists of groups, summaries of associations."""
