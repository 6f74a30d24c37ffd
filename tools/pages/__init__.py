"""The generated reference pages of `docs/`, one module a page."""
