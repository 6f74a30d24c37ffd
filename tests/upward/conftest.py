"""What the tests of the way up share."""

from tests.upward.nation import land

__all__ = ["land"]
