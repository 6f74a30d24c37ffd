"""One Windows for the session, with the program installed by its setup."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.windows.installed import Installed, install
from tools.windows.pieces import BUILD
from tools.windows.wine import new_windows


@pytest.fixture(scope="session")
def installed(worker_id: str) -> Iterator[Installed]:
    """The program, installed without questions for the one user; each process of pytest has a Windows."""
    wine = new_windows(BUILD / f"prefix-{worker_id}")
    with wine.awake():
        yield install(wine)
