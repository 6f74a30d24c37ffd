"""What the tests of the way up share."""

from tests.upward.nation import nation

__all__ = ["nation"]
