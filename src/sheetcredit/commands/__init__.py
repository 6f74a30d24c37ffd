"""The commands of the terminal, by whom they serve; `cli.py` puts them together. They hold no rule."""
