"""Excel on this machine: what it needs to find Python, put in place and looked at."""
