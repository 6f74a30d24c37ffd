"""The dated catalogues: which office, commune, programme or source a code means, and since when."""
