"""One Windows for the session, with the program installed by its setup."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.windows.installed import Installed, install
from tools.windows.pieces import BUILD
from tools.windows.wine import new_windows


@pytest.fixture(scope="session")
def installed(worker_id: str) -> Iterator[Installed]:
    """The program, installed without questions for the one user; each process of pytest has a Windows.

    `WINDOWS_PROGRAM` names a folder with an unpacked program to be tried instead: quick, while tests are written.
    """
    wine = new_windows(BUILD / f"prefix-{worker_id}")
    unpacked = os.environ.get("WINDOWS_PROGRAM")
    with wine.awake():
        yield Installed(wine, Path(unpacked).resolve()) if unpacked else install(wine)
