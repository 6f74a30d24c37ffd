"""How bytes are read and written: read, patch, live, guard. Nobody else touches a file."""
