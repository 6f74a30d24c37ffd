"""Why two sides differ: hypotheses about single mistakes, weighed by what they would clear."""
