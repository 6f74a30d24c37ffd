"""One Windows for the session, with the program installed by its setup."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.windows.installed import Installed, install
from tools.windows.pieces import BUILD
from tools.windows.wine import new_windows


@pytest.fixture(scope="session")
def installed() -> Iterator[Installed]:
    """The program, installed without questions for the one user."""
    wine = new_windows(BUILD / "prefix-test")
    with wine.awake():
        yield install(wine)
