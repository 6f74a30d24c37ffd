"""What the commands do once their arguments are known. Loaded by the one command that is run."""
