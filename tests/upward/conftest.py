"""Every test of this room has settings, keys and an outbox of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mail_server import own_folders
from tests.seeds_of import GOLDEN, copy_of
from tests.upward.nation import land

__all__ = ["land"]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in own_folders(tmp_path).items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """The golden workbook, to work on."""
    return copy_of(GOLDEN, tmp_path, "Báo cáo quý I.xlsx")
